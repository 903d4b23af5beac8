import numpy as np
import pytest
import torch

from tests.support.text import CountingShards, as_pool, random_conversations
from text.batches import (
    NOT_A_TARGET,
    MicroBatch,
    MixedBatches,
    WindowBatches,
    pack,
    unigram_loss,
    validation_micro_batches,
)


def test_pytorch_ignores_targets_that_are_not_a_target():
    assert torch.nn.CrossEntropyLoss().ignore_index == NOT_A_TARGET


# ---- windows ----


def windows_of(batches, step):
    """The numbers of a step's windows, told from their first tokens; the context is 8."""
    numbers = []
    for micro_batch in batches(step).micro_batches:
        numbers += (micro_batch.inputs[:, 0] // 8).tolist()
    return numbers


def test_an_epoch_reads_every_window_once_and_a_step_may_cross_its_end():
    batches = WindowBatches(CountingShards(8 * 11 + 1), 8, 8 * 4, 8 * 4, seed=0)
    seen = []
    for step in range(1, 12):  # 44 windows: four epochs of 11
        seen += windows_of(batches, step)
    for epoch in range(4):
        assert sorted(seen[11 * epoch : 11 * epoch + 11]) == list(range(11))


def test_a_data_set_smaller_than_a_batch_is_read_several_times_in_it():
    batches = WindowBatches(CountingShards(8 * 3 + 1), 8, 8 * 7, 8 * 2, seed=0)
    seen = windows_of(batches, 1)
    assert sorted(seen[:3]) == sorted(seen[3:6]) == [0, 1, 2]
    assert len(seen) == 7
    assert batches(1).target_count == 56


def test_targets_are_the_inputs_shifted_by_one():
    batch = WindowBatches(CountingShards(1000), 8, 64, 16, seed=1)(3)
    for inputs, targets, _ in batch.micro_batches:
        assert inputs.shape == targets.shape == (2, 8)
        assert (targets == inputs + 1).all()


def test_micro_batches_say_which_windows_they_hold():
    batch = WindowBatches(CountingShards(1000), 8, 64, 16, seed=1)(3)
    for inputs, _, numbers in batch.micro_batches:
        assert inputs[:, 0].tolist() == [8 * number for number in numbers]


def test_a_batch_is_the_same_for_any_micro_batch_size_and_number_of_processes():
    shards, batch_tokens = CountingShards(10_001), 8 * 12
    whole = windows_of(WindowBatches(shards, 8, batch_tokens, 8 * 12, seed=5), 9)
    for micro_tokens in (8, 16, 40, 96):
        one_process = WindowBatches(shards, 8, batch_tokens, micro_tokens, seed=5)
        assert windows_of(one_process, 9) == whole
        in_three_processes = []
        for rank in range(3):
            batches = WindowBatches(shards, 8, batch_tokens, micro_tokens, 5, rank, 3)
            in_three_processes += windows_of(batches, 9)
        assert sorted(in_three_processes) == sorted(whole)


def test_validation_reads_the_first_tokens_for_any_micro_batch_size():
    for micro_tokens in (8, 24, 8000):
        micro_batches = validation_micro_batches(CountingShards(1000), 8, 80, micro_tokens)
        inputs = [micro_batch.inputs.ravel() for micro_batch in micro_batches]
        assert np.concatenate(inputs).tolist() == list(range(80))
    with pytest.raises(ValueError, match="give at most 992"):
        validation_micro_batches(CountingShards(1000), 8, 1000, 8)


def test_the_unigram_loss_uses_add_one_smoothed_frequencies():
    """Tokens 0 to 8 occur once each in training, and 9 never.

    So the loss is log(9 + 10) - log(2) nats for tokens 0 to 8, and log(19) nats for token 9.
    """
    targets = np.array([[0, 1, 9]])
    micro_batch = MicroBatch(targets, targets, (0,))
    expected = (2 * np.log(19 / 2) + np.log(19)) / 3
    assert unigram_loss(CountingShards(9), [micro_batch], 10) == pytest.approx(expected)


# ---- conversations ----


@pytest.mark.parametrize("number, micro_tokens", [(1000, 4096), (100, 8192), (37, 1024)])
def test_padding_stays_under_five_percent_and_every_conversation_is_packed_once(
    number, micro_tokens
):
    conversations = random_conversations(number, longest=1024)
    micro_batches = pack(conversations, micro_tokens)
    padded_tokens = sum(inputs.size for inputs, _, _ in micro_batches)
    tokens = sum(len(conversation) - 1 for conversation in conversations)
    assert 1 - tokens / padded_tokens < 0.05
    assert all(inputs.size <= micro_tokens for inputs, _, _ in micro_batches)
    packed_targets = sum((targets >= 0).sum() for _, targets, _ in micro_batches)
    assert packed_targets == sum(conversation.mask[1:].sum() for conversation in conversations)
    # Token 0 is also the padding, so rows are compared without it.
    rows = [tuple(row[row > 0]) for inputs, _, _ in micro_batches for row in inputs]
    expected = [conversation.ids[:-1] for conversation in conversations]
    assert sorted(rows) == sorted(tuple(ids[ids > 0]) for ids in expected)


@pytest.mark.parametrize("free", [64, 512])
def test_free_padding_makes_fewer_micro_batches_of_the_same_conversations(free):
    conversations = random_conversations(100, longest=1024)
    micro_batches = pack(conversations, 8192, free)
    assert len(micro_batches) < len(pack(conversations, 8192))
    numbers = [number for micro_batch in micro_batches for number in micro_batch.numbers]
    assert sorted(numbers) == list(range(100))
    for inputs, _, numbers in micro_batches:
        tokens = sum(len(conversations[number]) - 1 for number in numbers)
        assert inputs.size - tokens <= max(free, 0.05 * inputs.size)
        assert inputs.size <= 8192


def test_each_row_is_the_conversation_that_its_number_names():
    conversations = random_conversations(100)
    for inputs, targets, numbers in pack(conversations, 1024):
        for row, number in enumerate(numbers):
            ids, mask = conversations[number].ids, conversations[number].mask
            assert inputs[row, : len(ids) - 1].tolist() == ids[:-1].tolist()
            learned = targets[row][targets[row] != NOT_A_TARGET]
            assert learned.tolist() == ids[1:][mask[1:] == 1].tolist()


def rows_of(batches):
    """The bytes of all rows of inputs, sorted."""
    micro_batches = [micro_batch for batch in batches for micro_batch in batch.micro_batches]
    return sorted(row.tobytes() for inputs, _, _ in micro_batches for row in inputs)


def test_no_process_of_three_gets_over_one_percent_more_work_than_the_mean():
    pool = as_pool("all", 1.0, random_conversations(300, longest=200))
    whole = MixedBatches([pool], 200, 1024, seed=5)(1)
    shares = [MixedBatches([pool], 200, 1024, 5, rank, world_size=3)(1) for rank in range(3)]
    assert rows_of([whole]) == rows_of(shares)
    assert {share.target_count for share in shares} == {whole.target_count}
    assert {share.padded_tokens for share in shares} == {whole.padded_tokens}
    work = [sum(inputs.size for inputs, _, _ in share.micro_batches) for share in shares]
    assert sum(work) == whole.padded_tokens
    assert max(work) < 1.01 * sum(work) / 3


def test_shares_are_shares_of_target_tokens_however_long_the_conversations_are():
    short = as_pool("short", 0.7, random_conversations(500, 1, longest=20))
    long = as_pool("long", 0.3, random_conversations(300, 2, longest=900))
    batches = MixedBatches([short, long], 1000, 4096, seed=5)
    targets = np.zeros(2)
    for step in range(1, 21):
        drawn = batches.drawn(step)
        assert sum(map(len, drawn)) == 1000
        for pool_number, conversations in enumerate(drawn):
            for conversation in conversations:
                targets[pool_number] += conversation.mask[1:].sum()
    assert targets[0] / targets.sum() == pytest.approx(0.7, abs=0.01)


def test_a_pool_gives_every_conversation_once_before_it_repeats_any():
    short = as_pool("short", 0.5, random_conversations(50, 1, longest=20))
    long = as_pool("long", 0.5, random_conversations(30, 2, longest=90))
    batches = MixedBatches([short, long], 16, 4096, seed=5)
    for number, pool in enumerate([short, long]):
        drawn = []
        for step in range(1, 60):
            drawn += [id(conversation) for conversation in batches.drawn(step)[number]]
        size = len(pool.conversations)
        assert len(drawn) > 2 * size
        assert len(set(drawn[:size])) == size
        assert len(set(drawn[size : 2 * size])) == size
        assert drawn[:size] != drawn[size : 2 * size]
