"""batches."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from text.conversation import TokenizedConversation
from text.examples import Pool
from text.shards import TokenShards, count_windows, read_windows

NOT_A_TARGET = -100  # in targets: a position without a loss (PyTorch's and Hugging Face's convention; model.py has the same)


MOST_PADDING = 0.05  # of a micro-batch of conversations


class MicroBatch(NamedTuple):
    """What the device holds at a time: int64 arrays of token ids, (row, time) both.

    `targets` is NOT_A_TARGET where no loss is due. `numbers` says which window, or which of the
    conversations given to `pack`, each row is.
    """

    inputs: np.ndarray
    targets: np.ndarray
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """What one optimizer step sees. `micro_batches` are (inputs, targets) pairs of int64 arrays (sequence, time): this process's
    share; `targets` counts those of the whole batch, in all processes, `tokens` likewise what it reads, `places` that with padding."""

    micro_batches: list[MicroBatch]
    targets: int
    tokens: int
    places: int


class WindowBatches:
    """Batches of windows from token shards. What step s sees is a function of (seed, s) alone: not of the micro-batch size,
    the number of processes, or what ran before. Each epoch reads every window once, in an order of its own."""

    def __init__(
        self,
        shards: TokenShards,
        context: int,
        batch_tokens: int,
        micro_tokens: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
    ):
        """Raises ValueError where the shards hold not even one window. `batch_tokens` and `micro_tokens` are multiples of `context`."""
        self.shards, self.context, self.seed, self.rank, self.world = (
            shards,
            context,
            seed,
            rank,
            world,
        )
        self.windows = count_windows(shards, context)
        self.windows_a_step, self.windows_a_micro_batch = (
            batch_tokens // context,
            micro_tokens // context,
        )

    def window_numbers(self, step: int) -> np.ndarray:
        """The windows of step 1, 2, …; a step may cross from one epoch into the next."""
        return draw(
            (step - 1) * self.windows_a_step, step * self.windows_a_step, self.windows, self.seed
        )

    def __call__(self, step: int) -> Batch:
        numbers = self.window_numbers(step)
        shares = [
            numbers[i : i + self.windows_a_micro_batch]
            for i in range(0, len(numbers), self.windows_a_micro_batch)
        ]
        mine = [
            read_micro_batch(self.shards, share, self.context)
            for share in shares[self.rank :: self.world]
        ]
        tokens = len(numbers) * self.context
        return Batch(mine, tokens, tokens, tokens)


class MixedBatches:
    """Batches of `batch_size` conversations from several pools. What step s sees is a function of (seed, s) alone; each pool is
    read in an order of its own, again and again, and gets its share of the *target tokens*: a pool of short answers gives more
    conversations than one of long articles."""

    def __init__(
        self,
        pools: list[Pool],
        batch_size: int,
        micro_tokens: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
        length_multiple: int = 1,
    ):
        self.pools, self.batch_size, self.micro_tokens, self.seed = (
            pools,
            batch_size,
            micro_tokens,
            seed,
        )
        self.rank, self.world, self.length_multiple = rank, world, length_multiple
        weights = np.array([pool.share / pool.mean_targets for pool in pools])
        self.conversation_shares = weights / weights.sum()
        self._ends = np.append(np.cumsum(self.conversation_shares)[:-1], 1.0)

    def drawn_before(self, step: int) -> list[int]:
        """How many conversations each pool has given before this step."""
        total = (step - 1) * self.batch_size
        return np.diff(np.floor(total * self._ends + 1e-9).astype(np.int64), prepend=0).tolist()

    def drawn(self, step: int) -> list[list[TokenizedConversation]]:
        """What each pool gives to this step."""
        ranges = zip(self.pools, self.drawn_before(step), self.drawn_before(step + 1))
        return [
            [pool.conversations[place] for place in self._places(number, start, end)]
            for number, (pool, start, end) in enumerate(ranges)
        ]

    def _places(self, number: int, start: int, end: int) -> list[int]:
        size = len(self.pools[number].conversations)
        return draw(start, end, size, self.seed + 1000 * number).tolist()

    def __call__(self, step: int) -> Batch:
        chosen = sum(self.drawn(step), [])
        targets = sum(int(conversation.mask[1:].sum()) for conversation in chosen)
        tokens = sum(len(conversation) - 1 for conversation in chosen)
        micro_batches = sorted(
            pack(chosen, self.micro_tokens, self.length_multiple),
            key=lambda micro_batch: micro_batch.inputs.size,
            reverse=True,
        )
        mine = (
            micro_batches[self.rank :: 2 * self.world]
            + micro_batches[2 * self.world - 1 - self.rank :: 2 * self.world]
        )  # dealt there and back: equal work
        return Batch(
            mine, targets, tokens, sum(micro_batch.inputs.size for micro_batch in micro_batches)
        )


def pack(
    conversations: list[TokenizedConversation], micro_tokens: int, length_multiple: int = 1
) -> list[MicroBatch]:
    """Micro-batches of at most `micro_tokens` places each, unless one conversation alone is longer.

    Conversations of like length come together, and a micro-batch ends before its padding reaches MOST_PADDING; after that, lengths are
    rounded up to `length_multiple`. Padding and what the human says are NOT_A_TARGET.
    """
    micro_batches: list[MicroBatch] = []
    group: list[int] = []  # numbers of the conversations of the next micro-batch
    tokens = 0
    longest_first = sorted(
        range(len(conversations)), key=lambda number: len(conversations[number]), reverse=True
    )
    for number in longest_first:
        conversation = conversations[number]
        if group:
            longest, rows = len(conversations[group[0]]) - 1, len(group) + 1
            is_full = rows * round_up(longest, length_multiple) > micro_tokens
            if is_full or tokens + len(conversation) - 1 < (1 - MOST_PADDING) * rows * longest:
                micro_batches.append(pad(conversations, group, length_multiple))
                group, tokens = [], 0
        group.append(number)
        tokens += len(conversation) - 1
    if group:
        micro_batches.append(pad(conversations, group, length_multiple))
    return micro_batches


def round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def pad(
    conversations: list[TokenizedConversation], numbers: list[int], length_multiple: int
) -> MicroBatch:
    """Inputs and targets, (conversation, time) each, of conversations of which the first is the longest."""
    group = [conversations[number] for number in numbers]
    length = round_up(len(group[0]) - 1, length_multiple)
    inputs = np.zeros((len(group), length), dtype=np.int64)
    targets = np.full((len(group), length), NOT_A_TARGET, dtype=np.int64)
    for row, conversation in enumerate(group):
        inputs[row, : len(conversation) - 1] = conversation.ids[:-1]
        targets[row, : len(conversation) - 1] = np.where(
            conversation.mask[1:], conversation.ids[1:], NOT_A_TARGET
        )
    return MicroBatch(inputs, targets, tuple(numbers))


def read_micro_batch(shards: TokenShards, numbers, context: int) -> MicroBatch:
    """The windows of these numbers as one micro-batch."""
    inputs, targets = read_windows(shards, numbers, context)
    return MicroBatch(inputs, targets, tuple(map(int, numbers)))


def validation_micro_batches(shards: TokenShards, context: int, tokens: int, micro_tokens: int):
    """The first windows of the split, `tokens` in all, as (inputs, targets) micro-batches: the same ones at every evaluation.

    Raises ValueError where the split has fewer.
    """
    windows, wanted = count_windows(shards, context), tokens // context
    if wanted < 1 or wanted > windows:
        raise ValueError(
            f"--eval-tokens {tokens:,} asks for {wanted:,} windows of {context}, and the validation split of {shards.folder} has {windows:,}: give at most {windows * context}"
        )
    size = max(1, micro_tokens // context)
    return [
        read_micro_batch(shards, range(start, min(start + size, wanted)), context)
        for start in range(0, wanted, size)
    ]


def unigram_loss(shards: TokenShards, micro_batches, vocab_size: int) -> float:
    """Mean loss in nats of guessing every target by how often it occurs in the first 2^24 training tokens, each token counted once
    more than it occurs (add-one smoothing): what a model stays above as long as it makes no use of context."""
    counts = np.bincount(shards.read(0, min(len(shards), 1 << 24)), minlength=vocab_size) + 1.0
    losses = np.log(counts.sum()) - np.log(counts)
    return float(
        losses[
            np.concatenate([micro_batch.targets.ravel() for micro_batch in micro_batches])
        ].mean()
    )


def draw(start: int, end: int, size: int, seed: int) -> np.ndarray:
    """Draws number start to end of an endless series that takes each of 0 … size−1 once an epoch, each epoch in its own order."""
    epochs, places = np.divmod(np.arange(start, end), size)
    return np.concatenate(
        [shuffled(places[epochs == epoch], size, seed, int(epoch)) for epoch in np.unique(epochs)]
        or [places]
    )


def shuffled(places: np.ndarray, size: int, seed: int, epoch: int) -> np.ndarray:
    """Where each of the places 0 … size−1 goes in a random order fixed by (seed, epoch): a permutation that is computed, not
    stored, so that it costs no memory for any size and never changes with a library's version.

    Six rounds of a Feistel network (Luby & Rackoff 1988) permute the next power of four; what falls outside is sent through again.
    """
    half_bits = max(1, (size - 1).bit_length() + 1 >> 1)
    mask = np.uint64((1 << half_bits) - 1)
    keys = _mix(
        np.arange(6, dtype=np.uint64)
        + np.uint64((seed * 0x9E3779B97F4A7C15 + epoch * 0xD1B54A32D192ED03) % (1 << 64))
    )
    result = places.astype(np.uint64)
    outside = np.ones(len(result), dtype=bool)
    while outside.any():
        left, right = result[outside] >> np.uint64(half_bits), result[outside] & mask
        for key in keys:
            left, right = right, left ^ (_mix(right ^ key) & mask)
        result[outside] = left << np.uint64(half_bits) | right
        outside[outside] = result[outside] >= size
    return result.astype(np.int64)


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's output function (Steele et al. 2014): every bit of the result depends on every bit of x."""
    x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return x ^ x >> np.uint64(31)
