"""A loss or gradient that is not finite stops a run, with the remedy."""

import math
from pathlib import Path

from training.checkpoints import newest_checkpoint, step_of
from training.gradient import StepResult


def check_finite(result: StepResult, step: int, run: Path, is_first: bool) -> None:
    """Stop a run whose loss or gradient is not finite, before it reaches the weights.

    Raises ValueError with the step and a remedy in the first process, SystemExit(2) in the others.
    """
    if math.isfinite(result.loss) and math.isfinite(result.gradient_norm):
        return
    if not is_first:
        raise SystemExit(2)
    raise ValueError(
        f"step {step}: the loss is {result.loss} and the gradient norm {result.gradient_norm}; "
        f"stopped before they reach the weights. {_remedy(run)}"
    )


def _remedy(run: Path) -> str:
    newest = newest_checkpoint(run)
    if newest is None:
        return "There is no checkpoint yet: start again with --resume and a lower --max-lr"
    return (
        f"The last good checkpoint is {newest}: resume from it at half the learning rate "
        f"with --resume --lr-drop {step_of(newest) + 1}:0.5"
    )
