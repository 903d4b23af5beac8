"""The optimizers: AdamW for everything, or Muon for the matrices inside the blocks."""

import torch
from torch import Tensor

from model import GPT
from training.muon import SharedMuon

# Brown et al. 2020, appendix B
WEIGHT_DECAY = 0.1
BETAS = (0.9, 0.95)


class Optimizer:
    """The optimizer of a run, by its name in settings.OPTIMIZERS.

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
            self.optimizers.append(SharedMuon(muon_matrices, WEIGHT_DECAY))

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
        """Whether the tensors of the loaded state have the shapes that their parameters need."""
        for optimizer in self.optimizers:
            for parameter, state in optimizer.state.items():
                for name, value in state.items():
                    expected = torch.Size() if name == "step" else parameter.shape
                    if value.shape != expected:
                        return False
        return True


def _matrices_in_blocks(model: GPT) -> list[Tensor]:
    named = model.named_parameters()
    return [
        parameter for name, parameter in named if name.startswith("h.") and parameter.dim() == 2
    ]
