"""When a run has diverged: its loss has risen far above its lowest, or is not finite.

A run can diverge without a NaN: the loss jumps from 5.7 to 63.8 and settles at 24.9. The rule must
see this within a few dozen steps, and must not take a spike, a noisy curve, overfitting or the
first steps of fine-tuning for it. A window is a tenth of the run's steps, at least 10 and at most
50. After each step the run has diverged if one of these holds:

- *training*: the median of the newest window of training losses is more than 1 nat above the lowest
  median of any window before it;
- *validation*: the newest validation loss is more than 1 nat above the lowest one before it, the
  first of all included, and so is the median of the newest window of training losses.

Why a median: a spike shorter than half a window does not move it, however high it is, and a lasting
jump moves it after half a window (25 steps in a long run, 5 in a short one); a jump of less than
2 nats, one step later. Why 1 nat: the probability of the right token has fallen by a factor of e.
In the curves of results/ a median never rises by more than 0.43, in tiny runs on a few facts. Why
validation too: a run that diverges before its first window is full has no good window to be
compared with, but it has the validation loss of its start. Why the training losses must agree:
overfitting raises the validation loss alone, and it is no reason to stop.

The history is a function of the rows of loss.csv, with their six decimals, so a resumed run decides
as an uninterrupted one does, and all processes decide alike.
"""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from training.gradient import StepResult
from training.loss_log import Row

MARGIN = 1.0  # nats above the lowest: diverged
GOOD_MARGIN = MARGIN / 2  # nats above the lowest: a checkpoint within it is from before the rise
SMALLEST_WINDOW, LARGEST_WINDOW = 10, 50  # steps
NOT_APPLIED = "the weights were not updated"  # after a loss that is not finite
RECENT_STEPS = 5  # steps whose median says where the loss is now


@dataclass(frozen=True)
class Divergence:
    """A run that has diverged: when it was noticed, where the rise began, and why."""

    step: int
    onset: int  # the first step of the rise
    reason: str


def window_of(steps: int) -> int:
    """The window of a run of so many steps: 9600 -> 50, 300 -> 30, 22 -> 10."""
    return min(LARGEST_WINDOW, max(SMALLEST_WINDOW, steps // 10))


def not_finite(result: StepResult, step: int) -> Divergence | None:
    """The divergence of a step whose loss or gradient is not finite."""
    if math.isfinite(result.loss) and math.isfinite(result.gradient_norm):
        return None
    reason = (
        f"the loss is {result.loss} and the gradient norm {result.gradient_norm}; {NOT_APPLIED}"
    )
    return Divergence(step, step, reason)


class LossHistory:
    """The losses of a run so far, and what they say about it and its checkpoints."""

    def __init__(self, steps: int, rows: Iterable[Row] = ()):
        self.window = window_of(steps)
        self.rows: list[Row] = []
        self.training: dict[int, float] = {}
        self.validation: dict[int, float] = {}
        self.medians: dict[int, float] = {}  # of the window that ends at this step
        self.lowest_medians: dict[int, float] = {}  # up to this step
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add a row of the loss log. Validation of the parts of the data is not used."""
        self.rows.append(row)
        loss = round(row.loss, 6)  # as loss.csv has it
        if row.split == "val":
            self.validation[row.step] = loss
        elif row.split == "train":
            self.training[row.step] = loss
            self._add_median(row.step)

    def _add_median(self, step: int) -> None:
        losses = self._losses(step - self.window + 1, step)
        if len(losses) == self.window:
            self.medians[step] = statistics.median(losses)
            lowest_before = self.lowest_medians.get(step - 1, math.inf)
            self.lowest_medians[step] = min(lowest_before, self.medians[step])

    def _losses(self, first: int, last: int) -> list[float]:
        """The training losses from one step to another, both included, as far as known."""
        steps = range(first, last + 1)
        return [self.training[step] for step in steps if step in self.training]

    # ---- the run ----

    def divergence(self, step: int) -> Divergence | None:
        """The divergence of the run at its newest step, if it has diverged."""
        median = self.medians.get(step, -math.inf)
        lowest = self.lowest_medians.get(step, math.inf)
        if median > lowest + MARGIN:
            reason = (
                f"the loss has risen far above its lowest: its median over the last {self.window} "
                f"steps is {median:.4f}; the lowest was {lowest:.4f}"
            )
            return Divergence(step, self._onset(step, lowest), reason)
        lowest = self._lowest_validation(0, step - 1)
        if self.validation.get(step, -math.inf) > lowest + MARGIN and median > lowest + MARGIN:
            reason = (
                "the loss has risen far above its lowest: the validation loss is "
                f"{self.validation[step]:.4f}; the lowest was {lowest:.4f}"
            )
            return Divergence(step, self._onset(step, lowest), reason)
        return None

    def _onset(self, step: int, lowest: float) -> int:
        """The first step of the rise; a few lower losses since then do not interrupt it."""
        onset = step
        for earlier in range(step, 0, -1):
            losses = self._losses(earlier, min(step, earlier + RECENT_STEPS - 1))
            if not losses or statistics.median(losses) <= lowest + MARGIN:
                break
            if self.training.get(earlier, -math.inf) > lowest + MARGIN:
                onset = earlier
        return onset

    def _lowest_validation(self, first: int, last: int) -> float:
        losses = self.validation.items()
        return min((loss for step, loss in losses if first <= step <= last), default=math.inf)

    def is_far_worse(self, step: int) -> bool:
        """Whether the weights after this step, the newest, are far worse than the run's best.

        By the newest validation loss, if there is one after training began, unless the model is
        overfitting; and by the median of the last few training losses. One bad loss is enough,
        since this decides only which weights are published.
        """
        losses = {at: loss for at, loss in self.validation.items() if at > 0}
        recent = statistics.median(self._losses(step - RECENT_STEPS + 1, step) or [math.inf])
        if recent > self.lowest_medians.get(step, math.inf) + MARGIN:
            return True
        if not losses:
            return False
        is_near = losses[max(losses)] <= min(losses.values()) + MARGIN
        return not is_near and not self._is_overfitting(step)

    def _is_overfitting(self, step: int) -> bool:
        """Whether the training loss has fallen far below every validation loss."""
        recent = statistics.median(self._losses(step - RECENT_STEPS + 1, step) or [math.inf])
        return recent < self._lowest_validation(1, step) - MARGIN

    # ---- its checkpoints ----

    def best(self, steps: Iterable[int]) -> int | None:
        """Of these steps, the one after which the validation loss was lowest.

        None if none of them was validated.
        """
        validated = {step: loss for step, loss in self.validation.items() if not math.isnan(loss)}
        return min(set(steps) & validated.keys(), key=validated.__getitem__, default=None)

    def newest_good(self, steps: Iterable[int]) -> int | None:
        """Of these steps, the last one whose weights are from before a rise, if there is any."""
        return max(filter(self.is_good, steps), default=None)

    def is_good(self, step: int) -> bool:
        """Whether the weights after this step are known to be near the best until then.

        By their validation loss, or else by the first training loss that they gave. What is not
        known yet is not good.
        """
        if step in self.validation:
            lowest = self._lowest_validation(0, step)
            is_near = self.validation[step] <= lowest + GOOD_MARGIN
            is_bad_number = not math.isfinite(self.validation[step])
            return not is_bad_number and (is_near or self._is_overfitting(step))
        before = self.lowest_medians.get(step)
        if before is None:  # no window is full: compare with the start
            before = self.training.get(1, math.inf)
        return self.training.get(step + 1, math.inf) <= before + GOOD_MARGIN
