"""Fixtures that several tests share: a small tokenizer, and a small data folder made from sample/."""

import os

import pytest

from tests.support.scripts import SAMPLE

os.environ["HF_HUB_OFFLINE"] = "1"  # no test asks the network for anything
os.environ.setdefault("OMP_NUM_THREADS", "1")  # models this small are slower on more threads


@pytest.fixture(scope="session")
def tokenizer():
    """512 tokens, trained on the sample corpus."""
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
    options = ["--val-fraction", "0.08", "--shard-tokens", "30000", "--workers", "1"]
    paths = ["--source", str(SAMPLE), "--tokenizer", str(tokenizer_folder), "--out", str(folder)]
    prepare_fineweb.main([*paths, *options])
    return folder
