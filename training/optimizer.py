"""optimizer."""

from typing import Callable

import torch
import torch.distributed as dist
from torch import Tensor

from model import GPT

WEIGHT_DECAY = 0.1  # Brown et al. 2020, appendix B


class _SharedMuon(torch.optim.Muon):
    """Muon whose orthogonalizations, nearly all of its work, are divided among the processes; each gives the others its results."""

    def __init__(self, matrices: list[Tensor], **options):
        super().__init__(matrices, **options)
        self.rank, world = (
            (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        )
        by_size = sorted(matrices, key=Tensor.numel)
        self.shares = [
            by_size[owner::world] for owner in range(min(world, len(by_size)))
        ]  # there may be more processes than matrices

    def step(self) -> None:
        others = [
            matrix
            for owner, share in enumerate(self.shares)
            if owner != self.rank
            for matrix in share
        ]
        gradients = [matrix.grad for matrix in others]
        for matrix in others:
            matrix.grad = None  # which Muon takes as "not this one"
        super().step()
        for matrix, gradient in zip(others, gradients):
            matrix.grad = gradient
        self._exchange(lambda matrix: matrix)

    def state_dict(self) -> dict:
        """To be called by all processes: each has the momentum of its own share only."""
        self._exchange(
            lambda matrix: self.state[matrix].setdefault(
                "momentum_buffer", torch.zeros_like(matrix)
            )
        )
        return super().state_dict()

    @torch.no_grad()
    def _exchange(self, what: Callable[[Tensor], Tensor]) -> None:
        if not dist.is_initialized():
            return
        for owner, share in enumerate(self.shares):
            tensors = [what(matrix) for matrix in share]
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            dist.broadcast(flat, owner)
            for tensor, values in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
                tensor.copy_(values.view_as(tensor))


class Optimizer:
    """`adamw`: AdamW (Loshchilov & Hutter 2019) for everything. `muon`: Muon (Jordan et al. 2024; scaled to AdamW's step size by
    Liu et al. 2025) for the matrices inside the blocks, AdamW for the rest. Weight decay acts on matrices and embeddings only."""

    def __init__(self, name: str, model: GPT):
        inner = [
            parameter
            for name_, parameter in model.named_parameters()
            if name_.startswith("h.") and parameter.dim() == 2
        ]
        by_muon = set(inner) if name == "muon" else set()
        others = [parameter for parameter in model.parameters() if parameter not in by_muon]
        groups = [
            {
                "params": [parameter for parameter in others if parameter.dim() == 2],
                "weight_decay": WEIGHT_DECAY,
            },
            {
                "params": [parameter for parameter in others if parameter.dim() < 2],
                "weight_decay": 0.0,
            },
        ]
        self.parts = [torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95), eps=1e-8, fused=True)]
        if by_muon:
            self.parts.append(
                _SharedMuon(
                    inner, lr=0.0, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"
                )
            )

    def step(self, learning_rate: float) -> None:
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = learning_rate
            part.step()

    def state_dict(self) -> list[dict]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)

    def fits(self) -> bool:
        """Whether every tensor it keeps for a parameter has that parameter's shape; PyTorch does not look when it loads."""
        kept = (
            (parameter, value)
            for part in self.parts
            for parameter, state in part.state.items()
            for value in state.values()
        )
        return all(value.dim() == 0 or value.shape == parameter.shape for parameter, value in kept)
