"""The loss on the validation data, which every run computes now and then."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.distributed as dist

from model import GPT
from network.hardware import Hardware
from text.batches import MicroBatch
from tools.memory import is_out_of_memory
from training.device_memory import free_cache
from training.loss_function import micro_batch_loss
from training.plan import Plan
from training.progress import Progress
from training.record import Record


def validate(
    plan: Plan, model: GPT, hardware: Hardware, progress: Progress, record: Record
) -> None:
    """Compute and record the loss of every validation split.

    If the data has parts, the loss of "val" is the mean of theirs, weighted by `plan.shares`.
    """
    progress.validation = {
        split: evaluate(model, micro_batches, hardware)
        for split, micro_batches in plan.validation.items()
    }
    if plan.shares:
        losses = progress.validation
        losses["val"] = sum(plan.shares[split] * loss for split, loss in losses.items())
    record.validation(progress)


@torch.no_grad()
def evaluate(model: GPT, micro_batches: Sequence[MicroBatch], hardware: Hardware) -> float:
    """Mean loss over all targets of the micro-batches, in nats; the processes share the work."""
    total = torch.zeros(2, dtype=torch.float64)  # Σ loss, number of targets
    for micro_batch in micro_batches[hardware.rank :: hardware.world_size]:
        loss = sum_of_losses(model, micro_batch, hardware)
        count = np.count_nonzero(micro_batch.targets >= 0)
        total += torch.tensor([loss, count], dtype=torch.float64)
    if hardware.world_size > 1:
        total = total.to(hardware.device)
        dist.all_reduce(total)
    return float(total[0] / total[1])


def sum_of_losses(model: GPT, micro_batch: MicroBatch, hardware: Hardware) -> float:
    """The sum of the losses of all targets, in nats.

    If memory runs out, each half of the rows is computed by itself, and so on down to one row.
    """
    try:
        return micro_batch_loss(model.loss, micro_batch, hardware).item()
    except Exception as problem:
        if len(micro_batch.inputs) == 1 or not is_out_of_memory(problem):
            raise
    # Here no exception holds the computation's tensors any more.
    free_cache(hardware.device)
    return sum(sum_of_losses(model, half, hardware) for half in halves(micro_batch))


def halves(batch: MicroBatch) -> tuple[MicroBatch, MicroBatch]:
    """The first and the second half of the rows, of which there are at least two."""
    middle = len(batch.inputs) // 2
    return (
        MicroBatch(batch.inputs[:middle], batch.targets[:middle], batch.numbers[:middle]),
        MicroBatch(batch.inputs[middle:], batch.targets[middle:], batch.numbers[middle:]),
    )
