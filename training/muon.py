"""Muon, for matrices: a step is the momentum of the gradients, made orthogonal.

    gradient ──▶ Nesterov momentum ──▶ orthogonalize ──▶ a step of AdamW's size

Orthogonalizing is nearly all of the work, and processes divide it among them.
"""

import math
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor

from network.hardware import has_fast_bfloat16

# At first the gradients change fast, and a long average of them is out of date. The rise over the
# first 300 steps is modded-nanogpt's (Jordan et al. 2024); EXPERIMENTS.md says what it gains.
FIRST_MOMENTUM, MOMENTUM = 0.85, 0.95
MOMENTUM_STEPS = 300


class SharedMuon(torch.optim.Muon):
    """Muon (Jordan et al. 2024) with steps of AdamW's size (Liu et al. 2025).

    Each process updates its share of the matrices, then broadcasts them to the others. `dtype` is
    the type of the orthogonalization. With bfloat16 the steps equal those of `torch.optim.Muon` at
    the same momentum, bit for bit; float32 is many times as fast on a CPU without bfloat16.
    """

    def __init__(
        self, matrices: list[Tensor], weight_decay: float, dtype: torch.dtype | None = None
    ):
        super().__init__(
            matrices, lr=0.0, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        self.param_groups[0]["steps"] = 0  # steps taken, saved with the state
        if dtype is None:
            is_fast = has_fast_bfloat16(matrices[0].device)
            dtype = torch.bfloat16 if is_fast else torch.float32
        self.dtype = dtype
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        world_size = dist.get_world_size() if dist.is_initialized() else 1
        by_size = sorted(matrices, key=Tensor.numel)
        owners = range(min(world_size, len(by_size)))  # there may be more processes than matrices
        # by the rank of the process that updates them
        self.matrices_of = [by_size[owner::world_size] for owner in owners]

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # takes no closure
        """Update this process's share of the matrices, and get the others from their owners."""
        group = self.param_groups[0]
        group["steps"] = group.get("steps", MOMENTUM_STEPS) + 1  # earlier versions did not save it
        group["momentum"] = momentum_at(group["steps"])
        if self.rank < len(self.matrices_of):
            for matrix in self.matrices_of[self.rank]:
                self._update(matrix, **group)
        self._broadcast(lambda matrix: matrix)

    def _update(
        self, matrix: Tensor, lr: float, momentum: float, weight_decay: float, **_others: object
    ) -> None:
        """One step of a matrix: Nesterov momentum, orthogonalized, with AdamW's step size."""
        assert matrix.grad is not None  # every parameter's gradient is a view of the buffer
        average = self._momentum(matrix)
        average.lerp_(matrix.grad, 1 - momentum)
        update = orthogonalize(matrix.grad.lerp(average, momentum), self.dtype)
        matrix.mul_(1 - lr * weight_decay)
        matrix.add_(update, alpha=-lr * (0.2 * math.sqrt(max(matrix.shape))))

    def state_dict(self) -> dict:
        """The whole state. All processes must call it: each has that of its share only."""
        self._broadcast(self._momentum)
        return super().state_dict()

    def _momentum(self, matrix: Tensor) -> Tensor:
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(matrix)
        return state["momentum_buffer"]

    @torch.no_grad()
    def _broadcast(self, tensor_of: Callable[[Tensor], Tensor]) -> None:
        """Send `tensor_of(matrix)` of every matrix from its owner to all processes."""
        if not dist.is_initialized():
            return
        for owner, matrices in enumerate(self.matrices_of):
            tensors = [tensor_of(matrix) for matrix in matrices]
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            dist.broadcast(flat, owner)
            sizes = [tensor.numel() for tensor in tensors]
            for tensor, values in zip(tensors, flat.split(sizes)):
                tensor.copy_(values.view_as(tensor))


def momentum_at(step: int) -> float:
    """Muon's momentum in a step, counted from 1."""
    return FIRST_MOMENTUM + (MOMENTUM - FIRST_MOMENTUM) * min(1.0, step / MOMENTUM_STEPS)


def orthogonalize(matrix: Tensor, dtype: torch.dtype) -> Tensor:
    """The nearest matrix to `matrix` whose singular values are all about 1, in `dtype`.

    Five Newton-Schulz iterations with the coefficients of Jordan et al. 2024, which leave singular
    values between about 0.7 and 1.2.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    is_tall = matrix.size(0) > matrix.size(1)
    x = matrix.to(dtype, copy=True)
    x = x.T if is_tall else x
    x.div_(x.norm().clamp(min=1e-7))  # now no singular value is above 1
    for _ in range(5):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_tall else x
