"""The optimizers: AdamW for everything, or Muon for the matrices inside the blocks."""

import math
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor

from model import GPT
from network.hardware import has_fast_bfloat16

# Brown et al. 2020, appendix B
WEIGHT_DECAY = 0.1
BETAS = (0.9, 0.95)


class Optimizer:
    """The optimizer of a run, by name: "adamw" or "muon".

    adamw    AdamW (Loshchilov & Hutter 2019) for all parameters
    muon     Muon (Jordan et al. 2024) for the matrices inside the blocks, AdamW for the rest;
             Muon's updates are scaled to the size of AdamW's (Liu et al. 2025)

    Weight decay acts on matrices and embeddings, not on biases and LayerNorm weights.
    """

    def __init__(self, name: str, model: GPT):
        muon_matrices = _matrices_in_blocks(model) if name == "muon" else []
        in_muon = set(muon_matrices)
        others = [parameter for parameter in model.parameters() if parameter not in in_muon]
        matrices = [parameter for parameter in others if parameter.dim() == 2]
        vectors = [parameter for parameter in others if parameter.dim() < 2]
        groups = [
            {"params": matrices, "weight_decay": WEIGHT_DECAY},
            {"params": vectors, "weight_decay": 0.0},
        ]
        adamw = torch.optim.AdamW(groups, lr=0.0, betas=BETAS, eps=1e-8, fused=True)
        self.optimizers: list[torch.optim.Optimizer] = [adamw]
        if muon_matrices:
            self.optimizers.append(_SharedMuon(muon_matrices))

    def step(self, learning_rate: float) -> None:
        """Update the weights from the gradients."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.step()

    def state_dict(self) -> list[dict]:
        """The state of each optimizer. With several processes, all must call it."""
        return [optimizer.state_dict() for optimizer in self.optimizers]

    def load_state_dict(self, states: list[dict]) -> None:
        """Restore each state. Raises ValueError if there are other optimizers or groups in it."""
        for optimizer, state in zip(self.optimizers, states, strict=True):
            optimizer.load_state_dict(state)

    def fits(self) -> bool:
        """Whether the tensors of the loaded state have the shapes of their parameters."""
        for optimizer in self.optimizers:
            for parameter, state in optimizer.state.items():
                for value in state.values():
                    if value.dim() > 0 and value.shape != parameter.shape:
                        return False
        return True


def _matrices_in_blocks(model: GPT) -> list[Tensor]:
    named = model.named_parameters()
    return [
        parameter for name, parameter in named if name.startswith("h.") and parameter.dim() == 2
    ]


class _SharedMuon(torch.optim.Muon):
    """Muon with its orthogonalizations, nearly all of its work, divided among the processes.

    Each process updates its share of the matrices, then broadcasts them to the others. `dtype` is
    the type of the orthogonalization: bfloat16, as in PyTorch, whose steps these are then bit for
    bit; or float32, which is many times as fast on a CPU that has no bfloat16.
    """

    def __init__(self, matrices: list[Tensor], dtype: torch.dtype | None = None):
        super().__init__(
            matrices, lr=0.0, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"
        )
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
        if self.rank < len(self.matrices_of):
            for matrix in self.matrices_of[self.rank]:
                self._update(matrix, **self.param_groups[0])
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
        """The whole state. All processes must call it: each has the momentum of its share only."""
        self._broadcast(self._momentum)
        return super().state_dict()

    def _momentum(self, matrix: Tensor) -> Tensor:
        return self.state[matrix].setdefault("momentum_buffer", torch.zeros_like(matrix))

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
