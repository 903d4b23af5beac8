"""Batches: what one optimizer step sees, as a function of the seed and the step alone.

`WindowBatches` serves windows of token shards, for pretraining; `MixedBatches` serves
conversations, for fine-tuning. A batch is divided into micro-batches, which fit on the device, and
those are divided among the processes. Neither division changes what a step sees, so a run can
resume at any step with a different micro-batch size or number of processes.

What leads to a batch of pretraining:

    token shards                 shards.py
    numbers of windows           WindowBatches, in the order of permutation.py
    micro-batches                read_micro_batch: one window in each row

and of fine-tuning:

    stored conversations         examples.py, in a pool for each part of the data
    pools with their shares      mixture.py: those of --data and --replay
    conversations of the step    MixedBatches, from each pool in the order of permutation.py
    joined, then retyped ones    joining.py, retyping.py; transforms.py says which of them
    micro-batches                pack: padded rows of similar length
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from text.conversation import TokenizedConversation
from text.examples import Pool
from text.permutation import draw_indices
from text.shards import TokenShards, count_windows, fit_context, read_windows

NOT_A_TARGET = -100  # marks a target without a loss, by PyTorch's and Hugging Face's convention
MAX_PADDING = 0.05  # of a micro-batch of conversations, unless some tokens of padding are free
UNIGRAM_TOKENS = 1 << 24  # how many training tokens unigram_loss counts

# Changes the conversations of a step: Joining, Retyping. Their target tokens stay the same, and
# what becomes of them depends on them and the step alone.
Transform = Callable[[Sequence[TokenizedConversation], int], list[TokenizedConversation]]


class MicroBatch(NamedTuple):
    """What the device processes at once: `inputs` and `targets`, int64 token ids, (row, time).

    `targets` is NOT_A_TARGET at positions without a loss. `numbers` has one value for each row: the
    number of its window, or its index in the conversations given to `pack`.
    """

    inputs: np.ndarray
    targets: np.ndarray
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """What one optimizer step sees.

    `micro_batches` are this process's share. The counts are of the whole batch, in all processes.
    """

    micro_batches: list[MicroBatch]
    target_count: int
    tokens: int  # inputs, without padding
    padded_tokens: int  # inputs, with padding


# ---- windows of token shards ----


def read_micro_batch(shards: TokenShards, numbers: Iterable[int], context: int) -> MicroBatch:
    """The windows with these numbers, one in each row."""
    window_numbers = tuple(map(int, numbers))
    inputs, targets = read_windows(shards, window_numbers, context)
    return MicroBatch(inputs, targets, window_numbers)


class WindowBatches:
    """Batches of windows. Every epoch reads each window once, in an order of its own.

    `batch_tokens` and `micro_tokens` must be multiples of `context`. Raises ValueError if the
    shards have too few tokens for one window.
    """

    def __init__(
        self,
        shards: TokenShards,
        context: int,
        batch_tokens: int,
        micro_tokens: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
    ):
        self.shards = shards
        self.context = context
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.windows = count_windows(shards, context)
        self.windows_per_batch = batch_tokens // context
        self.windows_per_micro_batch = micro_tokens // context

    def window_numbers(self, step: int) -> np.ndarray:
        """The numbers of a step's windows. Steps count from 1 and may cross into the next epoch."""
        start = (step - 1) * self.windows_per_batch
        return draw_indices(start, start + self.windows_per_batch, self.windows, self.seed)

    def __call__(self, step: int) -> Batch:
        """This process's share of the batch of step 1, 2, ..."""
        numbers = self.window_numbers(step)
        size = self.windows_per_micro_batch
        groups = [numbers[start : start + size] for start in range(0, len(numbers), size)]
        own_groups = groups[self.rank :: self.world_size]
        micro_batches = [read_micro_batch(self.shards, group, self.context) for group in own_groups]
        tokens = len(numbers) * self.context
        return Batch(micro_batches, target_count=tokens, tokens=tokens, padded_tokens=tokens)


def validation_micro_batches(
    shards: TokenShards, context: int, tokens: int, micro_tokens: int
) -> list[MicroBatch]:
    """The first windows of a split, `tokens` tokens in all: the same ones at every evaluation.

    `tokens` is rounded down to whole windows. A split smaller than a window is one shorter window.
    Raises ValueError if the result is no window, or more than the split has.
    """
    context = fit_context(shards, context)
    windows = count_windows(shards, context)
    wanted = tokens // context
    if not 1 <= wanted <= windows:
        raise ValueError(
            f"--eval-tokens {tokens:,} asks for {wanted:,} windows of {context}, but the "
            f"validation split of {shards.folder} has {windows:,}: give at most "
            f"{windows * context}, and at least {context}"
        )
    size = max(1, micro_tokens // context)
    groups = [range(start, min(start + size, wanted)) for start in range(0, wanted, size)]
    return [read_micro_batch(shards, group, context) for group in groups]


def unigram_loss(
    shards: TokenShards, micro_batches: Iterable[MicroBatch], vocab_size: int
) -> float:
    """The mean loss in nats of predicting each target by its frequency in the training tokens.

    A model that uses the context at all has a lower loss. Frequencies are counted in the first 2^24
    training tokens, with add-one smoothing.
    """
    tokens = shards.read(0, min(len(shards), UNIGRAM_TOKENS))
    counts = np.bincount(tokens, minlength=vocab_size) + 1.0
    losses = np.log(counts.sum()) - np.log(counts)
    targets = [micro_batch.targets.ravel() for micro_batch in micro_batches]
    return float(losses[np.concatenate(targets)].mean())


# ---- conversations ----


def _pad(conversations: Sequence[TokenizedConversation], numbers: Sequence[int]) -> MicroBatch:
    """The conversations with these numbers as padded rows; the first must be the longest."""
    length = len(conversations[numbers[0]]) - 1
    inputs = np.zeros((len(numbers), length), dtype=np.int64)
    targets = np.full((len(numbers), length), NOT_A_TARGET, dtype=np.int64)
    for row, number in enumerate(numbers):
        conversation = conversations[number]
        is_target = conversation.mask[1:]
        own_length = len(conversation) - 1
        inputs[row, :own_length] = conversation.ids[:-1]
        targets[row, :own_length] = np.where(is_target, conversation.ids[1:], NOT_A_TARGET)
    return MicroBatch(inputs, targets, tuple(numbers))


def pack(
    conversations: Sequence[TokenizedConversation], micro_tokens: int, free_padding: int = 0
) -> list[MicroBatch]:
    """Pack conversations into micro-batches of at most `micro_tokens` tokens, padding included.

    Conversations are taken from longest to shortest, so that those of similar length share a
    micro-batch. A micro-batch ends before its padding exceeds both MAX_PADDING and `free_padding`
    tokens. A conversation longer than `micro_tokens` is a micro-batch of its own. The targets of
    padding and of unlearned tokens are NOT_A_TARGET.
    """
    lengths = [len(conversation) - 1 for conversation in conversations]
    groups: list[list[int]] = []
    tokens = 0  # in the last group
    for number in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if groups:
            longest = lengths[groups[-1][0]]
            rows = len(groups[-1]) + 1
            fits = rows * longest <= micro_tokens
            unpadded = tokens + lengths[number]
            padding = rows * longest - unpadded
            is_dense = padding <= max(MAX_PADDING * rows * longest, free_padding)
            if fits and is_dense:
                groups[-1].append(number)
                tokens = unpadded
                continue
        groups.append([number])
        tokens = lengths[number]
    return [_pad(conversations, group) for group in groups]


def _padded_tokens(micro_batch: MicroBatch) -> int:
    """The number of its tokens, padding included."""
    return micro_batch.inputs.size


def conversation_shares(pools: Sequence[Pool]) -> np.ndarray:
    """The share of a batch's conversations that each pool gives, for its share of the targets."""
    weights = np.array([pool.share / pool.mean_targets for pool in pools])
    return weights / weights.sum()


class MixedBatches:
    """Batches of `batch_size` conversations from several pools.

    Each pool gets its share of the target tokens, so a pool of short answers gives more
    conversations than a pool of long articles. A pool gives each of its conversations once before
    it gives any of them again. `transforms` are applied, in this order, to the conversations drawn.
    `free_padding` is that of `pack`.
    """

    def __init__(
        self,
        pools: list[Pool],
        batch_size: int,
        micro_tokens: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
        transforms: Sequence[Transform] = (),
        free_padding: int = 0,
    ):
        self.pools = pools
        self.batch_size = batch_size
        self.micro_tokens = micro_tokens
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.transforms = transforms
        self.free_padding = free_padding
        self._cumulative_shares = np.append(np.cumsum(conversation_shares(pools))[:-1], 1.0)

    def drawn_before(self, step: int) -> list[int]:
        """How many conversations each pool has given before this step.

        Cumulative sums over the pools are rounded down, so that the numbers always add up to the
        conversations of all earlier steps.
        """
        total = (step - 1) * self.batch_size
        ends = np.floor(total * self._cumulative_shares + 1e-9).astype(np.int64)
        return np.diff(ends, prepend=0).tolist()

    def drawn(self, step: int) -> list[list[TokenizedConversation]]:
        """The conversations that each pool gives to this step."""
        starts, stops = self.drawn_before(step), self.drawn_before(step + 1)
        drawn = []
        for number, pool in enumerate(self.pools):
            size = len(pool.conversations)
            seed = self.seed + 1000 * number  # each pool has an order of its own
            indices = draw_indices(starts[number], stops[number], size, seed)
            drawn.append([pool.conversations[index] for index in indices.tolist()])
        return drawn

    def transformed(self, step: int) -> list[TokenizedConversation]:
        """What a step reads: the conversations drawn for it, after `transforms`."""
        conversations = list(itertools.chain.from_iterable(self.drawn(step)))
        for transform in self.transforms:
            conversations = transform(conversations, step)
        return conversations

    def _own_share(self, micro_batches: list[MicroBatch]) -> list[MicroBatch]:
        """This process's share: about as many tokens, padding included, as that of any other.

        Micro-batches are dealt from the largest to the smallest, each to the process with the
        fewest tokens so far (Graham 1969, "longest processing time first").
        """
        tokens = [0] * self.world_size
        own = []
        for micro_batch in sorted(micro_batches, key=_padded_tokens, reverse=True):
            process = tokens.index(min(tokens))
            tokens[process] += _padded_tokens(micro_batch)
            if process == self.rank:
                own.append(micro_batch)
        return own

    def __call__(self, step: int) -> Batch:
        """This process's share of the batch of step 1, 2, ..."""
        conversations = self.transformed(step)
        micro_batches = pack(conversations, self.micro_tokens, self.free_padding)
        return Batch(
            self._own_share(micro_batches),
            target_count=sum(conversation.target_count for conversation in conversations),
            tokens=sum(len(conversation) - 1 for conversation in conversations),
            padded_tokens=sum(map(_padded_tokens, micro_batches)),
        )
