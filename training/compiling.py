"""The compiled loss: what is compiled, what is printed, and the fallback if compiling fails.

Two parts of `model.loss` are compiled, each once:

    the trunk       from token ids to the final hidden states. Where every row fills the context, as
                    in pretraining, for one shape, which is fastest; a last micro-batch with fewer
                    rows is padded to it. Otherwise, as in fine-tuning, for any shape.
    a chunk         of the loss of the output layer, always of one size: `kernels.add_chunk`. The
                    loop over the chunks is not compiled, so that a chunk's memory is free before
                    the next one starts. Inductor would keep a weight gradient for each of them.

"For any shape" means that the compiler does not know rows and length (`mark_unbacked`). If the
sizes are merely "dynamic", four trunks are compiled, because PyTorch distinguishes one row from
several, and Inductor distinguishes lengths that are multiples of 8 from others.

PyTorch 2.11 cannot compile for sizes that it does not know. There the sizes are dynamic, and
`pad_to_one_kind` pads the inputs so that a single trunk serves them all. In bfloat16 on CPUs the
sizes are dynamic too (`can_have_any_size`), without this padding.

Both parts are compiled whole (`fullgraph`): where PyTorch would leave something uncompiled without
a word, as it does after too many compilations, it raises an exception instead. Any exception, in
any step, makes the run go on uncompiled: gradient.py then repeats the step.
"""

import inspect
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

import kernels
from model import GPT
from network.hardware import Hardware
from text.batches import MicroBatch
from tools.memory import is_out_of_memory
from tools.messages import first_line
from training.display import say
from training.loss_function import LossFunction, micro_batch_loss

BACKEND = "inductor"
NOTHING_COMPILED = "PyTorch compiled nothing; is TORCH_COMPILE_DISABLE=1 or a similar variable set?"


def compile_loss(
    model: GPT, hardware: Hardware, micro_batches: Sequence[MicroBatch]
) -> "CompiledLoss | LossFunction":
    """`model.loss` compiled, and tried on a batch; if that fails, `model.loss` with a warning.

    Compiles all that the micro-batches need, and prints how long that took. The trial adds to the
    gradients, which every step zeroes first. If memory runs out, nothing is compiled yet, and the
    first step, which needs no less, deals with it.
    """
    says = hardware.is_first and len(micro_batches) > 0  # a process may have none
    if says:
        say("compiling…")
    try:
        loss_function = CompiledLoss(model, common_shape(micro_batches, model.config.n_positions))
        for micro_batch in micro_batches[:1]:  # what it compiles serves all of them
            micro_batch_loss(loss_function, micro_batch, hardware).backward()
    except Exception as problem:
        if has_run_out(problem):
            return CompiledLoss(model, common_shape(micro_batches, model.config.n_positions))
        warn_of(problem)
        return model.loss
    if micro_batches and not loss_function.timer.compilations:
        warn(f"compiling failed ({NOTHING_COMPILED})")
        return model.loss
    if says:
        say(f"compiled in {loss_function.timer.seconds:.0f} s")
    loss_function.timer.prints = hardware.is_first
    return loss_function


def is_compiled(loss_function: Callable) -> bool:
    """Whether the next call of a loss function runs compiled code."""
    return isinstance(loss_function, CompiledLoss) and loss_function.is_compiled


def compile_seconds(loss_function: Callable) -> float:
    """How many seconds PyTorch has spent on compiling since this loss function was made."""
    return loss_function.timer.seconds if isinstance(loss_function, CompiledLoss) else 0.0


def common_shape(micro_batches: Sequence[MicroBatch], context: int) -> tuple[int, int] | None:
    """(rows, context) of the largest micro-batch if every row fills the context, else None."""
    lengths = {micro_batch.inputs.shape[1] for micro_batch in micro_batches}
    if lengths != {context}:
        return None
    return max(len(micro_batch.inputs) for micro_batch in micro_batches), context


def has_run_out(problem: Exception) -> bool:
    """Whether there was too little memory for tensors, and not just to start a compiler."""
    return is_out_of_memory(problem) and not isinstance(problem, OSError)


def warn_of(problem: Exception) -> None:
    """Warn that this exception ends the use of compiled code; raise it again if memory ran out."""
    if has_run_out(problem):
        raise problem
    warn(f"compiling failed ({reason_of(problem)})")


def warn(reason: str) -> None:
    """Warn that this and later steps run uncompiled."""
    warnings.warn(f"{reason}; training uncompiled", stacklevel=4)


def reason_of(problem: BaseException) -> str:
    """Why compiling failed, in a line."""
    if type(problem).__name__ == "FailOnRecompileLimitHit":
        limit = torch._dynamo.config.recompile_limit
        return f"there are more shapes than the {limit} that PyTorch compiles"
    if "found no compiled frames" in str(problem):
        return NOTHING_COMPILED
    cause = getattr(problem, "inner_exception", problem)  # what Inductor or a backend raised
    return f"{type(cause).__name__}: {first_line(cause)[:200]}"


class CompiledLoss:
    """`model.loss`, compiled until `fall_back` is called.

    `shape` is the (rows, time) that the trunk is compiled for, or None for any shape. `is_compiled`
    says what the next call does; `timer`, what has been compiled so far.
    """

    def __init__(self, model: GPT, shape: tuple[int, int] | None = None):
        self.model = model
        self.is_compiled = True
        self.timer = CompileTimer()
        weakref.finalize(self, self.timer.close)
        self.shape = shape

        def trunk(ids: Tensor) -> Tensor:
            hidden = model(ids)
            return hidden.to(kernels.type_of_products(hidden))  # half the memory

        self.trunk_of_shape = _compile(trunk, dynamic=False)
        self.trunk = _compile(trunk, dynamic=True)
        self.add_chunk = _compile(kernels.add_chunk, dynamic=False)

    def __call__(self, ids: Tensor, targets: Tensor) -> Tensor:
        """The sum of the token losses. ids, targets: (batch, time)."""
        if not self.is_compiled:
            return self.model.loss(ids, targets)
        hidden = self._hidden(ids)
        if not self.model.fused:
            return self.model.loss_of(hidden, targets)
        weight = self.model.wte.weight
        return kernels.linear_cross_entropy(
            hidden.flatten(0, 1), weight, targets.flatten(), self.add_chunk
        )

    def _hidden(self, ids: Tensor) -> Tensor:
        """The final hidden states, (batch, time, n_embd)."""
        rows, time = ids.shape
        if self.shape and time == self.shape[1] and rows <= self.shape[0]:
            padded = F.pad(ids, (0, 0, 0, self.shape[0] - rows))
            return self.trunk_of_shape(padded)[:rows]
        # A copy, because a single row counts as contiguous whatever its stride, which is guarded.
        ids = ids.clone(memory_format=torch.contiguous_format)
        context = self.model.config.n_positions
        if can_have_any_size(ids) and not can_bound_sizes():
            padded = pad_to_one_kind(ids, context)
            torch._dynamo.maybe_mark_dynamic(padded, [0, 1])  # or equal sizes were one size
            return self.trunk(padded)[:rows, :time]
        if can_have_any_size(ids):
            mark_any_size(ids, context)
        return self.trunk(ids)

    def fall_back(self, problem: Exception) -> None:
        """Run uncompiled from now on, because a call or its backward pass raised this exception.

        Raises it again if the compiler is not to blame: memory ran out, or nothing is compiled.
        """
        if not self.is_compiled:
            raise problem
        warn_of(problem)
        self.is_compiled = False


def can_have_any_size(ids: Tensor) -> bool:
    """Whether Inductor can make code for sizes that it does not know.

    It cannot for products of whole matrices in bfloat16 on CPUs. There the sizes are "dynamic".
    """
    device = ids.device.type
    is_bfloat16 = torch.get_autocast_dtype(device) == torch.bfloat16
    return not (device == "cpu" and is_bfloat16 and torch.is_autocast_enabled(device))


@cache
def can_bound_sizes() -> bool:
    """Whether PyTorch can be told the bounds of a size that it does not know: since 2.12."""
    return "max" in inspect.signature(torch._dynamo.decorators.mark_unbacked).parameters


def mark_any_size(ids: Tensor, context: int) -> None:
    """Tell the compiler to make code for any size of ids, (rows, time), of 1 to `context` time.

    The hints are the sizes that Inductor should expect; fixed ones, so that they change no code.
    """
    mark = torch._dynamo.decorators.mark_unbacked
    mark(ids, 0, hint_override=8, min=1)
    mark(ids, 1, hint_override=context // 2, min=1, max=context)


def pad_to_one_kind(ids: Tensor, context: int) -> Tensor:
    """Pad to two rows or more, and to a length that is a multiple of 8 or the context.

    PyTorch compiles a single row apart from several, and Inductor lengths that are multiples of 8
    from others. A single row takes twice its memory.
    """
    rows, time = ids.shape
    length = min(context, -(-time // 8) * 8)
    return F.pad(ids, (0, length - time, 0, max(0, 2 - rows)))


def _compile(function: Callable, dynamic: bool) -> Callable:
    """The compiled function, with a limit of compilations of its own where PyTorch has that."""
    options: dict = {"fullgraph": True, "dynamic": dynamic, "backend": BACKEND}
    if "isolate_recompiles" in inspect.signature(torch.compile).parameters:
        options["isolate_recompiles"] = True
    return torch.compile(function, **options)


class CompileTimer:
    """How often PyTorch compiles, and for how many seconds, until `close` is called.

    Includes backward passes, which are compiled when they first run. If `prints`, says so before.
    """

    def __init__(self):
        self.compilations = 0  # of forward passes
        self.seconds = 0.0
        self.prints = False
        self._started = 0.0
        from torch._dynamo.callback import callback_handler  # takes a second

        self._handler = callback_handler
        callback_handler.register_start_callback(self._start)
        callback_handler.register_end_callback(self._end)

    def _start(self, event: Any) -> None:
        is_forward = event.callback_trigger.name == "DYNAMO"
        self.compilations += is_forward
        if self.prints and is_forward:
            say("compiling for another shape of micro-batch…")
        self._started = time.perf_counter()

    def _end(self, event: Any) -> None:
        self.seconds += time.perf_counter() - self._started

    def close(self) -> None:
        """Stop counting."""
        if self._start in self._handler.start_callbacks:  # not after torch.compiler.reset()
            self._handler.remove_start_callback(self._start)
            self._handler.remove_end_callback(self._end)
