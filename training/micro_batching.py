"""How many tokens are on the device at a time: given, chosen by trial, halved if memory runs out.

    --micro-tokens 4096    this many; if memory runs out during training, half of it, once
    --micro-tokens auto    the most that fit and leave 1 GB free, found by trial steps

A trial computes gradients and throws them away; it changes neither weights nor optimizer. The
number changes speed and memory, but what a step sees does not depend on it. A run that is resumed
with the same flag on the same device starts with the number that it had at the end.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import torch
import torch.distributed as dist

from model import GPT, GPTConfig
from network.hardware import Hardware
from text.batches import Batch, MicroBatch
from tools.memory import is_out_of_memory
from training.compiling import compile_loss
from training.device_memory import (
    FREE_BYTES,
    MemoryUse,
    free_cache,
    free_memory,
    read_use,
    reset_peak,
)
from training.gradient import GradientBuffer
from training.loss_function import LossFunction, micro_batch_loss
from training.optimizer import Optimizer
from training.settings import AUTO

CPU_TOKENS = 4096  # more than this at a time makes no CPU faster
# What autograd keeps of a layer for a token: 17 vectors of the model's width, in float32.
VALUES_PER_LAYER = 17
STEP_BETWEEN_CANDIDATES = 1.5  # the least ratio of two numbers that are tried

BatchFunction = TypeVar("BatchFunction", bound=Callable[[int], Batch])


@dataclass(frozen=True)
class MicroBatching(Generic[BatchFunction]):
    """The number of tokens at a time, and how to make the batches with another number."""

    tokens: int
    smallest: int  # tokens of the smallest micro-batch: one window, or the longest conversation
    candidates: tuple[int, ...]  # the numbers that `auto` chooses from, ascending
    make_batches: Callable[[int], BatchFunction]  # by the number of tokens at a time
    multiple: int = 1  # numbers must be multiples of this
    requested: int | str = AUTO  # the flag
    may_halve: bool = True  # this command has not halved it yet
    halved_at: int | None = None  # the step at which memory ran out, if it did

    def halved(self) -> "MicroBatching[BatchFunction] | None":
        """With half as many tokens; None if that is not possible, or was done before."""
        if not self.may_halve or self.tokens <= self.smallest:
            return None
        half = self.tokens // 2
        tokens = max(self.smallest, half - half % self.multiple)
        return replace(self, tokens=tokens, may_halve=False)

    def micro_batch(self, tokens: int) -> MicroBatch:
        """A micro-batch of this size for a trial: every position has a target."""
        rows = max(1, tokens // self.smallest)
        ids = np.zeros((rows, self.smallest), dtype=np.int64)
        return MicroBatch(ids, ids, ())


def window_candidates(batch_tokens: int, context: int, world_size: int) -> tuple[int, ...]:
    """Tokens at a time for windows: they divide the batch, and give each process something to do.

    (2^19, 1024, 1) -> 1024, 2048, 4096, ...
    """
    windows = batch_tokens // context
    most = max(1, windows // world_size)
    divisors = [rows for rows in range(1, most + 1) if windows % rows == 0]
    return _thin_out([rows * context for rows in divisors])


def conversation_candidates(batch_size: int, longest: int, world_size: int) -> tuple[int, ...]:
    """Tokens at a time for conversations: the longest one, and doublings of it."""
    most = max(1, batch_size // world_size)
    doublings = range(most.bit_length())
    return tuple(longest << doubling for doubling in doublings)


def _thin_out(numbers: Sequence[int]) -> tuple[int, ...]:
    """Leave out numbers that are hardly larger than the one before."""
    kept = [numbers[0]]
    for number in numbers[1:]:
        if number >= STEP_BETWEEN_CANDIDATES * kept[-1]:
            kept.append(number)
    return tuple(kept)


# ---- choosing ----


def settle_micro_tokens(
    micro: MicroBatching[BatchFunction],
    model: GPT,
    optimizer: Optimizer,
    hardware: Hardware,
    recorded: Mapping,
) -> MicroBatching[BatchFunction]:
    """Settle on a number of tokens: the flag's, the largest that fits, or that of a resumed run.

    `recorded` is what run.json says about it; {} for a new run. All processes must call it, and
    get the same number. Raises ValueError if not even the smallest micro-batch fits.
    """
    say: Callable[[str], None] = print if hardware.is_first else _say_nothing
    before = _recorded_tokens(micro, recorded, hardware)
    if before:
        say(f"--micro-tokens {micro.requested}: {before:,} tokens at a time, as before")
        halved_at = recorded.get("halved_at_step")
        return replace(micro, tokens=before, halved_at=halved_at)
    if micro.requested != AUTO:
        return micro
    if hardware.device.type == "cuda":
        trial = Trials(micro, model, optimizer, hardware, say)
        chosen = largest_that_fits(micro.candidates, trial) or 0
        trial.end()
    else:
        chosen = fit_by_arithmetic(micro, model.config, hardware)
    chosen = smallest_of_all(chosen, hardware)
    if not chosen:
        raise ValueError(
            f"not even {micro.candidates[0]:,} tokens at a time fit into the memory of "
            f"{hardware.device_name()}; close other programs that use it, or take a smaller model"
        )
    say(f"--micro-tokens auto: {chosen:,} tokens at a time")
    return replace(micro, tokens=chosen)


def _recorded_tokens(micro: MicroBatching, recorded: Mapping, hardware: Hardware) -> int | None:
    """The number that the resumed run ended with, if flag and device are the same."""
    tokens = recorded.get("tokens")
    if recorded.get("asked") != micro.requested or recorded.get("device") != hardware.device_name():
        return None
    if type(tokens) is not int or tokens < 1 or tokens % micro.multiple:
        return None
    return tokens


def _say_nothing(text: str) -> None:
    pass


def smallest_of_all(number: int, hardware: Hardware) -> int:
    """The smallest of the processes' numbers."""
    if hardware.world_size == 1:
        return number
    shared = torch.tensor(number, device=hardware.device)
    dist.all_reduce(shared, dist.ReduceOp.MIN)
    return int(shared)


def fit_by_arithmetic(micro: MicroBatching, config: GPTConfig, hardware: Hardware) -> int:
    """The largest number, up to 4,096, that takes at most half of the free memory.

    Where the free memory is unknown, 4,096.
    """
    bytes_per_token = 4 * VALUES_PER_LAYER * config.n_layer * config.n_embd
    memory = free_memory(hardware.device)
    share = np.inf if memory is None else memory / 2 / hardware.world_size
    fitting = [
        tokens
        for tokens in micro.candidates
        if tokens <= CPU_TOKENS and tokens * bytes_per_token <= share
    ]
    return max(fitting, default=micro.candidates[0])


def largest_that_fits(
    candidates: Sequence[int], trial: Callable[[int], MemoryUse | None]
) -> int | None:
    """The largest candidate that leaves 1 GB free, or the smallest if it fits at all.

    `trial(tokens)` gives the memory that so many tokens take, None if it is not enough. Memory
    grows linearly with the tokens, so two small trials predict a number, from which to search.
    """
    uses: dict[int, MemoryUse | None] = {}

    def fits(index: int) -> bool:
        tokens = candidates[index]
        if tokens not in uses:
            uses[tokens] = trial(tokens)
        use = uses[tokens]
        return use is not None and use.left >= FREE_BYTES

    if not fits(0):
        return candidates[0] if uses[candidates[0]] is not None else None
    if len(candidates) == 1 or not fits(1):
        return candidates[0]
    index = _predict(candidates, uses[candidates[0]], uses[candidates[1]])
    while not fits(index):
        index -= 1
    while index + 1 < len(candidates) and fits(index + 1):
        index += 1
    return candidates[index]


def _predict(candidates: Sequence[int], first: MemoryUse | None, second: MemoryUse | None) -> int:
    """The index of the largest candidate that fits, if memory grows linearly."""
    assert first is not None and second is not None
    per_token = (second.reserved - first.reserved) / (candidates[1] - candidates[0])
    spare = second.left - FREE_BYTES
    more = [tokens for tokens in candidates[1:] if per_token * (tokens - candidates[1]) <= spare]
    return len(more)


class Trials:
    """Gradients of micro-batches of several sizes, computed to see how much memory they take.

    The memory of the optimizer's state, which a run has from its first step on, is kept occupied.
    """

    def __init__(
        self,
        micro: MicroBatching,
        model: GPT,
        optimizer: Optimizer,
        hardware: Hardware,
        say: Callable[[str], None],
    ):
        self.micro, self.model, self.hardware = micro, model, hardware
        self.say = say
        self.missing = missing_state_bytes(optimizer)
        self.uses: dict[int, MemoryUse | None] = {}  # by the number of tokens tried
        self.buffer: GradientBuffer | None = GradientBuffer(model)

    def __call__(self, tokens: int) -> MemoryUse | None:
        """The memory that gradients of so many tokens take; None if there is not enough."""
        use = None
        try:
            use = self._measure(tokens)
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
        free_cache(self.hardware.device)  # here, where the exception no longer holds tensors
        self.uses[tokens] = use
        result = "too much" if use is None else f"{use.reserved / 1e9:.2f} GB"
        self.say(f"trying {tokens:,} tokens at a time: {result}")
        return use

    def _measure(self, tokens: int) -> MemoryUse:
        micro_batch = self.micro.micro_batch(tokens)
        device = self.hardware.device
        state = torch.empty(self.missing, dtype=torch.uint8, device=device)
        loss_function = self._loss(micro_batch)
        # The first time also compiles, which takes more memory.
        micro_batch_loss(loss_function, micro_batch, self.hardware).backward()
        free_cache(device)
        reset_peak(device)
        micro_batch_loss(loss_function, micro_batch, self.hardware).backward()
        use = read_use(device)
        del state
        assert use is not None  # it is a GPU
        return use

    def _loss(self, micro_batch: MicroBatch) -> LossFunction:
        """The loss function that a run with this size would use."""
        if not self.hardware.compile:
            return self.model.loss
        torch.compiler.reset()  # otherwise a second shape would be compiled as one that varies
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run itself will say why it is not compiled
            loss_function = compile_loss(self.model, self.hardware, [micro_batch])
        if loss_function == self.model.loss:
            self.hardware = replace(self.hardware, compile=False)
        return loss_function

    def end(self) -> None:
        """Free the gradients, and forget what was compiled for other sizes."""
        self.buffer = None
        for parameter in self.model.parameters():
            parameter.grad = None
        if self.hardware.compile:
            torch.compiler.reset()
        free_cache(self.hardware.device)


def state_bytes(optimizer: Optimizer) -> int:
    """The memory of the optimizer's state: AdamW keeps two numbers for each weight, Muon one."""
    total = 0
    for member in optimizer.optimizers:
        values = 2 if isinstance(member, torch.optim.AdamW) else 1
        for group in member.param_groups:
            total += values * sum(parameter.nbytes for parameter in group["params"])
    return total


def missing_state_bytes(optimizer: Optimizer) -> int:
    """The part of the optimizer's state that is not in memory yet: all of it before a step."""
    present = 0
    for member in optimizer.optimizers:
        for state in member.state.values():
            present += sum(value.nbytes for value in state.values() if value.dim() > 0)
    return max(0, state_bytes(optimizer) - present)


# ---- run.json ----


def with_micro_batching(run_json: dict, micro: MicroBatching, hardware: Hardware) -> dict:
    """run.json with the number of tokens at a time, and how it came about if not by the flag."""
    run_json = run_json | {"settings": run_json["settings"] | {"micro_tokens": micro.tokens}}
    run_json.pop("micro_batching", None)
    if micro.tokens == micro.requested:
        return run_json
    recorded = {
        "asked": micro.requested,
        "tokens": micro.tokens,
        "device": hardware.device_name(),
    }
    if micro.halved_at is not None:
        recorded["halved_at_step"] = micro.halved_at
    return run_json | {"micro_batching": recorded}
