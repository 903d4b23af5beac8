import numpy as np
import pytest

import prepare_nectar
from tests.support.scripts import ROOT
from text.conversation import tokenize_exchange
from text.examples import read_pools, save_conversations


@pytest.fixture(scope="module")
def nectar_folder(tokenizer_folder, tmp_path_factory):
    """The sample conversations."""
    folder = tmp_path_factory.mktemp("nectar")
    source = ROOT / "sample" / "nectar.jsonl"
    paths = ["--source", str(source), "--tokenizer", str(tokenizer_folder), "--out", str(folder)]
    prepare_nectar.main([*paths, "--val-fraction", "0.1"])
    return folder


def test_conversations_are_trimmed_to_a_smaller_context_by_whole_turns(nectar_folder, tokenizer):
    too_long = {}
    [pool] = read_pools(nectar_folder, "train", tokenizer, 60, too_long)
    assert max(map(len, pool.conversations)) <= 60
    assert too_long["lost their oldest turns"] > 0
    head = tokenizer.encode("\n\nHuman:")
    for conversation in pool.conversations:
        assert conversation.ids[: len(head)].tolist() == head


@pytest.fixture
def one_conversation(tokenizer, tmp_path):
    """A folder with one conversation to train on, and none for validation."""
    conversation = tokenize_exchange("How many?", "Nine.", tokenizer)
    splits = {"train": [(conversation, "x")], "val": []}
    save_conversations(tmp_path, splits, {"parts": {"x": {}}}, tokenizer)
    return tmp_path


OTHER_ARRAYS = [
    ("train_ids.npy", np.zeros(3, dtype=np.uint16)),
    ("train_parts.npy", np.array([4], dtype=np.uint8)),
    ("train_offsets.npy", np.zeros(0, dtype=np.int64)),
    ("train_mask.npy", np.zeros(3)),
]


@pytest.mark.parametrize("file, array", OTHER_ARRAYS)
def test_conversations_that_do_not_fit_together_are_refused(
    one_conversation, tokenizer, file, array
):
    np.save(one_conversation / file, array)
    expected = "is corrupt .in its train conversations, .*; prepare the data again"
    with pytest.raises(ValueError, match=expected):
        read_pools(one_conversation, "train", tokenizer, 64, {})


def test_a_missing_array_is_named(one_conversation, tokenizer):
    (one_conversation / "train_mask.npy").unlink()
    with pytest.raises(ValueError, match="train_mask.npy is missing; prepare the data again"):
        read_pools(one_conversation, "train", tokenizer, 64, {})


def test_a_split_without_conversations_is_refused_only_for_training(one_conversation, tokenizer):
    assert read_pools(one_conversation, "val", tokenizer, 64, {}) == []
    with pytest.raises(ValueError, match="nothing to train on that fits a context of 2"):
        read_pools(one_conversation, "train", tokenizer, 2, {})
