"""The optimizers: AdamW for everything, or Muon for the matrices inside the blocks."""

from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor

from model import GPT

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
        self.parts: list[torch.optim.Optimizer] = [adamw]
        if muon_matrices:
            self.parts.append(_SharedMuon(muon_matrices))

    def step(self, learning_rate: float) -> None:
        """Update the weights from the gradients."""
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = learning_rate
            part.step()

    def state_dict(self) -> list[dict]:
        """The state of each part. With several processes, all must call it."""
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        """Restore the state of each part. Raises ValueError if it has other parts or groups."""
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)

    def fits(self) -> bool:
        """Whether the tensors of the loaded state have the shapes of their parameters."""
        for part in self.parts:
            for parameter, state in part.state.items():
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

    Each process updates its share of the matrices, then broadcasts them to the others.
    """

    def __init__(self, matrices: list[Tensor]):
        super().__init__(
            matrices, lr=0.0, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"
        )
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        world_size = dist.get_world_size() if dist.is_initialized() else 1
        by_size = sorted(matrices, key=Tensor.numel)
        owners = range(min(world_size, len(by_size)))  # there may be more processes than matrices
        self.shares = [by_size[owner::world_size] for owner in owners]

    def step(self) -> None:  # type: ignore[override]  # takes no closure
        """Update this process's share of the matrices, and get the others from their owners."""
        others = [
            matrix
            for owner, share in enumerate(self.shares)
            for matrix in share
            if owner != self.rank
        ]
        gradients = [matrix.grad for matrix in others]
        for matrix in others:
            matrix.grad = None  # makes Muon skip the matrix
        super().step()
        for matrix, gradient in zip(others, gradients):
            matrix.grad = gradient
        self._broadcast(lambda matrix: matrix)

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
        for owner, share in enumerate(self.shares):
            tensors = [tensor_of(matrix) for matrix in share]
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            dist.broadcast(flat, owner)
            sizes = [tensor.numel() for tensor in tensors]
            for tensor, values in zip(tensors, flat.split(sizes)):
                tensor.copy_(values.view_as(tensor))
