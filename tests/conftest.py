"""Fixtures that several tests share: a small tokenizer, and a small data folder made from sample/.

The project's modules are imported in the fixtures, because NumPy and PyTorch read the environment
when they are loaded.
"""

import gc
import os

import pytest

from tests.support.scheduling import GroupScheduling
from tests.support.scripts import SAMPLE

os.environ["HF_HUB_OFFLINE"] = "1"  # no test uses the network
os.environ.setdefault("OMP_NUM_THREADS", "1")  # models this small are slower on more threads


@pytest.hookimpl(optionalhook=True)  # for `pytest -p no:xdist`
def pytest_xdist_make_scheduler(config, log):
    """Let each process of `pytest --numprocesses` run whole files."""
    return GroupScheduling(config, log)


@pytest.fixture(scope="module", autouse=True)
def frozen_heap():
    """Let garbage collections in a file skip what was made before it: modules, and shared facts.

    NiceGUI's simulated visitors collect twice each, and millions of objects may be alive by then.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def tokenizer():
    """A tokenizer of 512 tokens, trained on the sample corpus."""
    from tokenizer_bpe import count_pieces_in_files, train_tokenizer

    return train_tokenizer(count_pieces_in_files([SAMPLE]), 512, "test")


@pytest.fixture(scope="session")
def tokenizer_folder(tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="session")
def data_folder(tokenizer_folder, tmp_path_factory):
    """The sample corpus in shards of 30,000 tokens."""
    import prepare_fineweb

    folder = tmp_path_factory.mktemp("data")
    paths = ["--source", str(SAMPLE), "--tokenizer", str(tokenizer_folder), "--out", str(folder)]
    options = ["--val-fraction", "0.08", "--shard-tokens", "30000", "--workers", "1"]
    prepare_fineweb.main([*paths, *options])
    return folder
