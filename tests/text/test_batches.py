import json
import shutil

import numpy as np
import pytest

from text.batches import WindowBatches, shuffled, unigram_loss, validation_micro_batches
from text.conversation import tokenize_exchange
from text.examples import read_pools, save_conversations
from text.shards import ShardWriter, TokenShards, read_windows


class Row:
    """Stands in for TokenShards: token i is i."""

    folder, split = "memory", "train"

    def __init__(self, tokens):
        self.tokens = tokens

    def __len__(self):
        return self.tokens

    def read(self, start, stop):
        return np.arange(start, stop)


def all_tokens(data_folder, split):
    return np.concatenate([np.load(path) for path in sorted(data_folder.glob(f"{split}_*.npy"))])


def test_shards_are_plain_uint16_arrays_read_as_one_row(data_folder, tokenizer):
    paths = sorted(data_folder.glob("train_*.npy"))
    assert len(paths) > 3 and all(np.load(path).dtype == np.uint16 for path in paths)
    shards, expected = (
        TokenShards(data_folder, "train", tokenizer),
        all_tokens(data_folder, "train"),
    )
    assert len(shards) == len(expected)
    generator = np.random.default_rng(0)
    for start in [0, 29_000, *generator.integers(0, len(expected) - 70_000, 50)]:
        for length in (1, 100, 70_000):
            assert (
                shards.read(int(start), int(start) + length) == expected[start : start + length]
            ).all()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 1000, 4097])
def test_shuffled_is_a_permutation_that_depends_on_seed_and_epoch(size):
    orders = [
        shuffled(np.arange(size), size, seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0))
    ]
    for order in orders:
        assert sorted(order) == list(range(size))
    if size > 60:
        assert not any((a == b).all() for a, b in zip(orders, orders[1:]))


def test_shuffled_looks_random():
    """Correlation of place and destination, and of neighbours' destinations, stay within four standard errors of 0."""
    size = 20_000
    for seed in range(5):
        order = shuffled(np.arange(size), size, seed, 0)
        assert abs(np.corrcoef(np.arange(size), order)[0, 1]) < 4 / np.sqrt(size)
        assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 4 / np.sqrt(size)


def test_the_order_of_the_data_never_changes_with_a_version():
    assert shuffled(np.arange(10), 10, 0, 0).tolist() == FIRST_ORDER
    assert shuffled(np.arange(3), 10**12, 7, 2).tolist() == LARGE_ORDER


FIRST_ORDER = [4, 2, 6, 7, 5, 3, 9, 1, 8, 0]
LARGE_ORDER = [507121519026, 290744754276, 501354274996]


def windows_of(batches, step):
    return [
        int(inputs[0]) // 8
        for micro_inputs, _, _ in batches(step).micro_batches
        for inputs in micro_inputs
    ]


def test_an_epoch_reads_every_window_once_and_a_step_may_cross_its_end():
    batches = WindowBatches(Row(8 * 11 + 1), 8, 8 * 4, 8 * 4, seed=0)
    seen = [
        number for step in range(1, 12) for number in windows_of(batches, step)
    ]  # 44 windows: four epochs of 11
    for epoch in range(4):
        assert sorted(seen[11 * epoch : 11 * epoch + 11]) == list(range(11))


def test_a_set_smaller_than_a_batch_is_read_several_times_in_it():
    batches = WindowBatches(Row(8 * 3 + 1), 8, 8 * 7, 8 * 2, seed=0)
    seen = windows_of(batches, 1)
    assert sorted(seen[:3]) == sorted(seen[3:6]) == [0, 1, 2] and len(seen) == 7
    assert batches(1).targets == 56


def test_targets_are_the_inputs_moved_by_one():
    for inputs, targets, _ in WindowBatches(Row(1000), 8, 64, 16, seed=1)(3).micro_batches:
        assert inputs.shape == targets.shape == (2, 8)
        assert (targets == inputs + 1).all()


def test_micro_batches_and_processes_change_nothing_about_a_batch():
    whole = windows_of(WindowBatches(Row(10_001), 8, 8 * 12, 8 * 12, seed=5), 9)
    for micro in (1, 2, 5, 12):
        assert windows_of(WindowBatches(Row(10_001), 8, 8 * 12, 8 * micro, seed=5), 9) == whole
        shares = [
            windows_of(WindowBatches(Row(10_001), 8, 8 * 12, 8 * micro, 5, rank, 3), 9)
            for rank in range(3)
        ]
        assert sorted(sum(shares, [])) == sorted(whole)


def test_validation_reads_the_first_tokens_whatever_the_micro_batch():
    for micro_tokens in (8, 24, 8000):
        parts = validation_micro_batches(Row(1000), 8, 80, micro_tokens)
        assert np.concatenate([inputs.ravel() for inputs, _, _ in parts]).tolist() == list(
            range(80)
        )
    with pytest.raises(ValueError, match="give at most 992"):
        validation_micro_batches(Row(1000), 8, 1000, 8)


def test_read_windows_overlap_by_the_one_token_that_is_a_target_first():
    inputs, targets = read_windows(Row(100), [0, 1], 4)
    assert (inputs.tolist(), targets.tolist()) == (
        [[0, 1, 2, 3], [4, 5, 6, 7]],
        [[1, 2, 3, 4], [5, 6, 7, 8]],
    )


def test_another_tokenizers_shards_are_refused(data_folder):
    from tokenizer_bpe import train_tokenizer

    other = train_tokenizer({"some": 3, " other": 2, " words": 2}, 262, "other")
    with pytest.raises(ValueError, match="made with another tokenizer"):
        TokenShards(data_folder, "train", other)


@pytest.mark.parametrize(
    "damage",
    ["missing", "short", "not an array", "pickled", "no meta", "broken meta", "other meta"],
)
def test_damaged_data_is_refused_with_the_file_and_the_remedy(
    data_folder, tokenizer, tmp_path, damage
):
    folder = tmp_path / "copy"
    shutil.copytree(data_folder, folder)
    shard, meta = folder / "train_00001.npy", folder / "meta.json"
    if damage == "missing":
        shard.unlink()
    elif damage == "short":
        shard.write_bytes(shard.read_bytes()[:-100])
    elif damage == "not an array":
        shard.write_bytes(b"hello")
    elif damage == "pickled":
        np.save(shard, np.array([{}], dtype=object), allow_pickle=True)
    elif damage == "no meta":
        meta.unlink()
    elif damage == "broken meta":
        meta.write_text("{")
    else:
        meta.write_text(
            json.dumps({"splits": 3, "tokenizer": {"merges_sha256": tokenizer.merges_sha256}})
        )
    with pytest.raises(ValueError, match=str(folder)):
        TokenShards(folder, "train", tokenizer)


def test_a_writer_goes_on_from_its_commit_whatever_came_after(tmp_path):
    documents = [np.arange(start, start + 7 + start % 5) for start in range(0, 2000, 10)]

    def write(folder, documents, writer=None):
        folder.mkdir(exist_ok=True)
        writer = writer or ShardWriter(folder, "train", np.uint16, 100)
        for document in documents:
            writer.add(document)
        return writer

    write(tmp_path / "whole", documents).close_shard()
    for stop in (0, 1, 9, 10, 11, 57, 200):
        folder = tmp_path / f"stop_{stop}"
        writer = write(folder, documents[:stop])
        committed = json.loads(json.dumps(writer.commit()))
        write(
            folder, documents[stop : stop + 25], writer
        )  # lost in the crash, full shards among it
        resumed = ShardWriter(folder, "train", np.uint16, 100, committed)
        write(folder, documents[stop:], resumed).close_shard()
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()
        }
    sizes = [len(np.load(path)) for path in sorted((tmp_path / "whole").iterdir())]
    assert max(sizes) <= 100 and min(sizes[:-1]) > 85 and sum(sizes) == sum(map(len, documents))


def test_the_unigram_loss_is_that_of_add_one_smoothed_frequencies():
    """Tokens 0…8 occur once each in training, 9 never: log(9 + 10) − log(2) nats for the former, log(19) for the latter."""
    targets = np.array([[0, 1, 9]])
    assert unigram_loss(Row(9), [(targets, targets)], 10) == pytest.approx(
        (2 * np.log(19 / 2) + np.log(19)) / 3
    )


def test_damaged_conversations_are_named(tokenizer, tmp_path):
    conversation = tokenize_exchange("How many?", "Nine.", tokenizer)
    for file, content in (
        ("train_ids.npy", np.zeros(3, dtype=np.uint16)),
        ("train_mask.npy", None),
        ("train_parts.npy", np.array([4], dtype=np.uint8)),
    ):
        save_conversations(
            tmp_path, {"train": [(conversation, "x")], "val": []}, {"parts": {"x": {}}}, tokenizer
        )
        (tmp_path / file).unlink() if content is None else np.save(tmp_path / file, content)
        with pytest.raises(ValueError, match="the train conversations are missing or damaged"):
            read_pools(tmp_path, "train", tokenizer, 64, {})
    with pytest.raises(ValueError, match="no val conversations that fit"):
        read_pools(tmp_path, "val", tokenizer, 64, {})
