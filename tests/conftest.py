"""Fixtures that several tests share: a small tokenizer, and a small data folder made from sample/.

The project's modules are imported in the fixtures, because NumPy and PyTorch read the environment
when they are loaded.
"""

import os

import pytest

from tests.support.scripts import SAMPLE

os.environ["HF_HUB_OFFLINE"] = "1"  # no test uses the network
os.environ.setdefault("OMP_NUM_THREADS", "1")  # models this small are slower on more threads


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config, items):
    """Let one process run all tests of a file, so that it makes what they share only once.

    The tests about baseball are together for the same reason: they share all facts.
    """
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        path, _, _ = item.nodeid.partition("::")
        group = "baseball" if "baseball" in path else path
        item.add_marker(pytest.mark.xdist_group(group))


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
