"""The loss of a micro-batch: for gradients, for validation, for trials."""

from collections.abc import Callable

from torch import Tensor

from network.hardware import Hardware
from text.batches import MicroBatch

LossFunction = Callable[[Tensor, Tensor], Tensor]  # (ids, targets) -> sum of the token losses


def micro_batch_loss(
    loss_function: LossFunction, micro_batch: MicroBatch, hardware: Hardware
) -> Tensor:
    """The sum of the token losses of a micro-batch, a scalar on the device."""
    ids = hardware.to_device(micro_batch.inputs)
    targets = hardware.to_device(micro_batch.targets)
    with hardware.autocast():
        return loss_function(ids, targets)
