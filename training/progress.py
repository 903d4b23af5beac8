"""How far a run is: the numbers that a checkpoint holds beside weights and optimizer."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from training.checkpoints import step_of
from training.optimizer import Optimizer


@dataclass
class Progress:
    """How far a run is. A checkpoint stores these numbers with the weights and optimizer state."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0  # of training alone, without evaluation, sampling and saving
    best_loss: float = math.inf  # lowest validation loss after a step, in nats per token
    best_step: int = 0
    validation: dict[str, float] = field(default_factory=dict)  # newest loss of each split

    def advance(self, tokens: int, seconds: float) -> None:
        """Count one more step."""
        self.step += 1
        self.tokens += tokens
        self.seconds += seconds

    def note_best(self) -> bool:
        """Note the newest loss of "val" if it is the lowest so far; return whether it is.

        The loop does so after a step. The loss of the weights that a run starts from is not noted:
        the best ones are always weights that it has trained.
        """
        if "val" not in self.validation:
            return False
        loss = self.validation["val"]
        is_best = loss < self.best_loss  # False for NaN, which is never the best
        if is_best:
            self.best_loss, self.best_step = loss, self.step
        return is_best

    def fits(self, checkpoint: Path) -> bool:
        """Whether these numbers are valid, and belong to the step of this checkpoint."""
        numbers = [self.tokens, self.seconds, self.best_loss, self.best_step]
        numbers += self.validation.values()
        are_valid = all(type(number) in (int, float) and number >= 0 for number in numbers)
        return step_of(checkpoint) == self.step and are_valid


def training_state(progress: Progress, optimizer: Optimizer) -> dict:
    """What a checkpoint holds beside the model; `loop.resume` reads it.

    With several processes, all must call it.
    """
    return {"progress": vars(progress).copy(), "optimizer": optimizer.state_dict()}
