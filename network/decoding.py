"""Reading tokens with a cache: the prompts at once, then one token of each sequence at a time.

    with open_decoder(model, batch, positions) as decoder:
        logits = decoder.prefill(prompts)         # (batch, vocab_size)
        logits = decoder.decode(tokens)           # (batch, vocab_size), as often as there is room

There are two kinds. A `GrowingDecoder` attends to the tokens read so far, and nothing else. On a
GPU that leaves the CPU to start some 150 small kernels for each token, which takes longer than the
kernels do. A `FixedDecoder` runs the step in shapes that do not grow (model.FixedCache), so that it
can be recorded once, as a CUDA graph, and then be started as a whole.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor

from kernels import can_pack_linear, pack_linear
from model import GPT, FixedCache, KVCache
from tools.messages import first_line

FEWEST_POSITIONS = 64  # of a graph; below that, attention takes next to no time
IDLE_BYTES = 1 << 30  # a model keeps a cache of at most this size for its next answers
COMPARED_LOGITS = 1024  # of a row, between a new graph and the step that it has recorded


# ---- preparing a model ----


def for_generation(model: GPT, device: torch.device, dtype: torch.dtype) -> GPT:
    """Prepare a model for generation, in place, and return it; it can no longer be trained.

    Its weights move to `device` in `dtype`. On CPUs, the matrix products use a second, packed copy
    of the weights (kernels.pack_linear). On CUDA, tokens are decoded with CUDA graphs.
    """
    model.to(device, dtype).requires_grad_(False)
    if device.type == "cuda":
        use_fixed_shapes(model)
    if device.type == "cpu" and can_pack_linear(dtype):
        # These assignments replace methods, which mypy forbids.
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                packed = pack_linear(module.weight, module.bias)
                module.forward = packed  # type: ignore[method-assign, assignment]
        packed_head = pack_linear(model.wte.weight, None)
        model.logits = packed_head  # type: ignore[method-assign, assignment]
    return model


def use_fixed_shapes(model: GPT) -> None:
    """Let `open_decoder` give this model a `FixedDecoder`, whatever its device."""
    idle: list[StepMemory] = []  # none or one; it is freed with the model
    model.idle_step_memory = idle  # type: ignore[assignment]


def cache_for(model: GPT, batch: int, positions: int | None = None) -> KVCache:
    """An empty cache on the model's device, by default with room for the whole context.

    On CPUs it is float32: attention of a single query is four times as fast as in bfloat16.
    """
    weight = model.wte.weight
    dtype = torch.float32 if weight.device.type == "cpu" else weight.dtype
    return KVCache(model.config, batch, weight.device, positions, dtype)


# ---- the two decoders ----


class GrowingDecoder:
    """Reads tokens into a cache; each step attends to the part of it that is filled."""

    def __init__(self, model: GPT, batch: int, positions: int):
        self.model = model
        self.cache = cache_for(model, batch, positions)

    def prefill(self, ids: Tensor) -> Tensor:
        """Read prompts of equal length; return the logits of the tokens that follow.

        ids: (batch, time). Returns (batch, vocab_size) in float32. The cache grows by `time`.
        """
        return last_logits(self.model, ids, self.cache).float()

    def decode(self, tokens: Tensor) -> Tensor:
        """Read one more token of each sequence, (batch,); return the logits as `prefill` does."""
        return self.prefill(tokens.unsqueeze(1))

    def keep(self, rows: Tensor) -> None:
        """Keep only some sequences of the batch: those whose row numbers are given, (rows,)."""
        self.cache.keep(rows)


class FixedDecoder:
    """The same results as a `GrowingDecoder`, up to rounding, by steps in shapes that do not grow.

    A step computes a power of two of rows and of positions. Rows without a sequence, and sequences
    that were not kept, are computed and ignored, until half as many rows are enough.
    """

    def __init__(self, model: GPT, memory: "StepMemory", batch: int):
        self.model = model
        self.memory = memory
        self.sequences = batch
        self.rows: Tensor | None = None  # the row of each sequence; None if they are the first ones
        self.computed_rows = power_of_two(batch)
        self.length = 0  # tokens read of each sequence

    def prefill(self, ids: Tensor) -> Tensor:
        """Read prompts of equal length, (batch, time), as `GrowingDecoder.prefill` does."""
        cache = self.memory.empty_cache(self.sequences)
        logits = last_logits(self.model, ids, cache).float()
        self.length = cache.length
        return logits

    def decode(self, tokens: Tensor) -> Tensor:
        """Read one more token of each sequence, (batch,); return the logits, (batch, vocab_size).

        The next call overwrites them. Raises ValueError if there is no room for another token.
        """
        memory = self.memory
        room = min(memory.positions, self.model.config.n_positions)
        if self.length == room:
            raise ValueError(f"another token does not fit: there is room for {room}")
        if self.rows is None:
            memory.tokens[: self.sequences] = tokens.unsqueeze(1)
        else:
            memory.tokens.index_copy_(0, self.rows, tokens.unsqueeze(1))
        memory.position.fill_(self.length)
        memory.run_step(self.model, self.computed_rows, self.length)
        self.length += 1
        if self.rows is None:
            return memory.logits[: self.sequences]
        return memory.logits.index_select(0, self.rows)

    def keep(self, rows: Tensor) -> None:
        """Keep only some sequences of the batch: those whose numbers are given, (rows,)."""
        self.rows = rows if self.rows is None else self.rows[rows]
        self.sequences = len(rows)
        if power_of_two(self.sequences) < self.computed_rows:
            self.memory.move(self.rows, 0, self.length)
            self.computed_rows = power_of_two(self.sequences)
            self.rows = None


Decoder = GrowingDecoder | FixedDecoder


@contextmanager
def open_decoder(model: GPT, batch: int, positions: int) -> Iterator[Decoder]:
    """A decoder for `batch` sequences of up to `positions` tokens, prompt included.

    A `FixedDecoder` borrows the memory that the model's last one has left, with its graphs, if it
    fits and no other decoder has it.
    """
    idle: list[StepMemory] | None = getattr(model, "idle_step_memory", None)
    if idle is None:
        yield GrowingDecoder(model, batch, positions)
        return
    memory = idle.pop() if idle else None
    if memory is None or not memory.fits(model, batch, positions):
        memory = None  # frees the old memory before the new one is allocated
        memory = StepMemory(model, power_of_two(batch), power_of_two(positions))
    try:
        yield FixedDecoder(model, memory, batch)
    finally:
        if memory.cache_bytes() <= IDLE_BYTES:
            idle[:] = [memory]


def power_of_two(number: int) -> int:
    """The smallest power of two that is at least `number`: 1, 2, 3, 5, 64 -> 1, 2, 4, 8, 64."""
    return 1 << (number - 1).bit_length()


def last_logits(model: GPT, ids: Tensor, cache: KVCache | FixedCache) -> Tensor:
    """The logits of the token after the last one of `ids`, (batch, vocab_size)."""
    return model.logits(model(ids, cache)[:, -1])


# ---- the step in fixed shapes, and its graphs ----


class StepMemory:
    """What a decode step reads and writes, at addresses that do not change, and its CUDA graphs.

    Before a step, `tokens` holds the token of each row, and `position` its position. After it,
    `logits` holds the logits that follow. There is at most one graph for each power of two of
    rows and of positions. All of it is freed together. The graphs hold the addresses of the
    weights, but do not keep the model alive.
    """

    def __init__(self, model: GPT, rows: int, positions: int):
        context = model.config.n_positions
        aligned_context = context + -context % FEWEST_POSITIONS
        self.positions = min(max(positions, FEWEST_POSITIONS), aligned_context)
        self.cache = cache_for(model, rows, self.positions)
        device = self.cache.keys.device
        self.position = torch.zeros(rows, dtype=torch.int64, device=device)
        self.tokens = torch.zeros(rows, 1, dtype=torch.int64, device=device)
        self.logits = torch.zeros(rows, model.config.vocab_size, device=device)
        hidden = torch.full((self.positions, self.positions), -torch.inf, device=device)
        self.causal_mask = hidden.triu(1).to(self.cache.keys.dtype)
        self.weights = _addresses(model)
        self.recorder = GraphRecorder(device) if device.type == "cuda" else None
        self.graphs: dict[tuple[int, int], Callable[[], None]] = {}  # by rows and positions
        self.seen: set[tuple[int, int]] = set()

    def fits(self, model: GPT, batch: int, positions: int) -> bool:
        """Whether it has room for so many sequences, and the model's weights have not moved."""
        has_room = batch <= len(self.tokens) and positions <= self.positions
        return has_room and self.weights == _addresses(model)

    def cache_bytes(self) -> int:
        return self.cache.keys.nbytes + self.cache.values.nbytes

    def empty_cache(self, batch: int) -> KVCache:
        """The cache of the first rows, empty. Nothing is left in it of earlier sequences.

        The mask hides old values, but 0 times infinity, or times NaN, is NaN.
        """
        self.cache.keys.zero_()
        self.cache.values.zero_()
        return self.cache.view(batch, self.positions)

    def move(self, rows: Tensor, first: int, length: int) -> None:
        """Move the given rows, (rows,), with their first `length` positions, to `first` and on."""
        for layer in (*self.cache.keys, *self.cache.values):  # (batch, head, positions, head_size)
            layer[first : first + len(rows), :, :length] = layer[rows, :, :length]

    def run_step(self, model: GPT, rows: int, length: int) -> None:
        """Read the token of each of the first `rows` rows, at its position.

        `length` is the largest of these positions. The first step in new shapes runs as it is,
        which also lets the libraries prepare what they need. The second one is recorded; from then
        on the graph runs.
        """
        positions = min(self.positions, max(FEWEST_POSITIONS, power_of_two(length + 1)))
        shapes = (rows, positions)
        if shapes in self.graphs:
            self.graphs[shapes]()
            return

        def step() -> None:
            part = self.cache.view(rows, positions)
            mask = self.causal_mask[:, :positions]
            position = self.position[:rows]
            cache = FixedCache(part.keys, part.values, position, mask, length)
            self.logits[:rows] = last_logits(model, self.tokens[:rows], cache)

        if self.recorder is None:
            step()
            return
        self.recorder.run(step)
        if shapes in self.seen:
            self._record(self.recorder, step, shapes)
        self.seen.add(shapes)

    def _record(
        self, recorder: "GraphRecorder", step: Callable[[], None], shapes: tuple[int, int]
    ) -> None:
        """Record the step that has just run as a graph, if the graph gives the same logits.

        If it does not, or if recording fails, a warning says so, and all further steps run as they
        are.
        """
        expected = self._some_logits()
        try:
            graph = recorder.record(step)
            graph()
            if not torch.allclose(self._some_logits(), expected, 1e-2, 1e-2, equal_nan=True):
                raise RuntimeError("the graph gave other logits than the step recorded in it")
            self.graphs[shapes] = graph
        except RuntimeError as problem:
            self.recorder = None
            self.graphs.clear()
            reason = first_line(_first_cause(problem))[:200]
            warnings.warn(
                f"decoding without a CUDA graph: slower, with the same results ({reason})",
                stacklevel=2,
            )
            step()  # again, since the graph may have changed the logits

    def _some_logits(self) -> Tensor:
        """The first logits of the first row, on the CPU."""
        return self.logits[0, :COMPARED_LOGITS].to("cpu", copy=True)


class GraphRecorder:
    """Records functions as CUDA graphs (https://docs.pytorch.org/docs/stable/notes/cuda.html).

    The graphs share the memory of their intermediate results, so results must be copied out.
    """

    def __init__(self, device: torch.device):
        self.stream = _recording_stream(device)
        self.pool = torch.cuda.graph_pool_handle()

    def run(self, step: Callable[[], None]) -> None:
        """Run a function on the stream on which it may be recorded later."""
        main_stream = torch.cuda.current_stream(self.stream.device)
        self.stream.wait_stream(main_stream)
        with torch.cuda.stream(self.stream):
            step()
        main_stream.wait_stream(self.stream)

    def record(self, step: Callable[[], None]) -> Callable[[], None]:
        """Record a function without running it; return a function that replays it.

        Raises RuntimeError if it does something that cannot be recorded.
        """
        graph = torch.cuda.CUDAGraph()
        main_stream = torch.cuda.current_stream(self.stream.device)
        with (
            torch.cuda.stream(main_stream),  # the current one again if recording fails
            torch.cuda.graph(graph, self.pool, self.stream, "thread_local"),
        ):
            step()
        return graph.replay


@cache
def _recording_stream(device: torch.device) -> torch.cuda.Stream:
    """One stream for all graphs of a device, because cuBLAS keeps some memory for each stream."""
    return torch.cuda.Stream(device)


def _first_cause(problem: BaseException) -> BaseException:
    """The exception during whose handling the others were raised."""
    while problem.__context__ is not None:
        problem = problem.__context__
    return problem


def _addresses(model: GPT) -> list[int]:
    """Where the weights are in memory."""
    return [parameter.data_ptr() for parameter in model.parameters()]
