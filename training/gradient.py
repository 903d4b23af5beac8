"""The gradient of a batch: one flat tensor, summed over micro-batches and processes."""

from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor

from model import GPT
from network.hardware import Hardware
from text.batches import Batch
from tools.memory import is_out_of_memory
from training.compiling import CompiledLoss
from training.device_memory import free_cache
from training.loss_function import LossFunction, micro_batch_loss
from training.stop_request import StopRequest


class StepResult(NamedTuple):
    """The numbers of one step, read from the device."""

    loss: float  # mean over all targets of the batch, in nats
    gradient_norm: float  # before clipping
    stop_requested: bool  # by any process
    out_of_memory: bool = False  # in any process; then loss and gradient mean nothing


class GradientBuffer:
    """All gradients as one flat tensor, of which each parameter's `.grad` is a view.

    Zeroing them, summing them over processes, and computing their norm take one operation each.
    The last three elements carry the loss, a lack of memory and a stop request through the same
    all-reduce.
    """

    def __init__(self, model: GPT):
        parameters = list(model.parameters())
        sizes = [parameter.numel() for parameter in parameters]
        self.flat = torch.zeros(sum(sizes) + 3, device=parameters[0].device)
        self.gradients = self.flat[:-3]
        self.loss = self.flat[-3]
        self.memory = self.flat[-2]
        self.stop = self.flat[-1]
        self.has_run_out = False  # memory, in this process
        self.is_shared = False  # by several processes; then `memory` says whether it has in any
        for parameter, view in zip(parameters, self.gradients.split(sizes)):
            parameter.grad = view.view_as(parameter)

    def clip(self, max_norm: float) -> Tensor:
        """Scale the gradient down to `max_norm` if its norm is larger.

        Returns the norm before scaling, a scalar that is still on the device.
        """
        norm = torch.linalg.vector_norm(self.gradients)
        self.gradients.mul_((max_norm / (norm + 1e-6)).clamp(max=1.0))
        return norm

    def read(self, norm: Tensor) -> StepResult:
        """Read loss, norm and flags; with fused kernels the only wait of a step."""
        numbers = torch.stack([self.loss, norm, self.stop, self.memory]).tolist()
        loss, gradient_norm, stop, memory = numbers
        out_of_memory = bool(memory) if self.is_shared else self.has_run_out
        return StepResult(loss, gradient_norm, bool(stop), out_of_memory)


def accumulate_gradients(
    loss_function: LossFunction,
    batch: Batch,
    buffer: GradientBuffer,
    hardware: Hardware,
    stop_request: StopRequest | None = None,
    may_run_out: bool = False,
) -> None:
    """Fill the buffer with the batch's mean loss, its gradient, and the stop request.

    The mean is over the targets of the whole batch, in all processes. `loss_function(ids, targets)`
    returns a *sum* of token losses, which is divided by the number of these targets, so that
    micro-batches of any size, in any number of processes, add up to the same gradient.

    If a compiled loss fails, the step starts over with the uncompiled one. If memory runs out and
    `may_run_out`, all processes learn of it, and the caller repeats the step with smaller
    micro-batches. Otherwise the exception is raised.
    """
    buffer.has_run_out = False
    buffer.is_shared = hardware.world_size > 1
    try:
        _sum_micro_batches(loss_function, batch, buffer, hardware)
    except Exception as problem:
        buffer.has_run_out = may_run_out and is_out_of_memory(problem)
        if not buffer.has_run_out:
            raise
    if buffer.has_run_out:  # here, where no exception holds the computation's tensors any more
        free_cache(hardware.device)
        buffer.flat.zero_()
        buffer.memory.fill_(1.0)
    if stop_request is not None and stop_request.is_made:
        buffer.stop.fill_(1.0)
    if buffer.is_shared:
        dist.all_reduce(buffer.flat)


def _sum_micro_batches(
    loss_function: LossFunction, batch: Batch, buffer: GradientBuffer, hardware: Hardware
) -> None:
    """Fill the buffer with this process's part of the mean loss and of its gradient.

    If a compiled loss fails, it starts over with the uncompiled one, unless memory has run out.
    """
    buffer.flat.zero_()
    try:
        _add_micro_batches(loss_function, batch, buffer, hardware)
    except Exception as problem:
        if not isinstance(loss_function, CompiledLoss):
            raise
        loss_function.fall_back(problem)
    else:
        return
    buffer.flat.zero_()
    _add_micro_batches(loss_function, batch, buffer, hardware)


def _add_micro_batches(
    loss_function: LossFunction, batch: Batch, buffer: GradientBuffer, hardware: Hardware
) -> None:
    """Add the losses and gradients of this process's micro-batches to the buffer."""
    for micro_batch in batch.micro_batches:
        total = micro_batch_loss(loss_function, micro_batch, hardware)
        portion = total / batch.target_count  # of the mean loss
        portion.backward()
        buffer.loss += portion.detach()
