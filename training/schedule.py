"""The learning rate of each step: a linear warm-up, then one of three shapes.

    cosine      half a cosine to the end: GPT-3's, and the default (Loshchilov & Hutter 2017;
                Brown et al. 2020, appendix B)
    linear      a straight line to the end; to 0, as Bergsma et al. 2025 recommend, with --min-lr 0
    trapezoid   constant, then a straight line over the last steps, the cooldown (Zhai et al. 2022;
                Hägele et al. 2024, who also have a cooldown by 1 - sqrt)

A trapezoid does not depend on the number of steps until its cooldown begins, so this number can
still be changed while the run trains.
"""

import math
from dataclasses import dataclass

SHAPES = ("cosine", "linear", "trapezoid")


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up to `max_lr`, then a decay of this shape to `min_lr` at the last step.

    Each (step, factor) of `drops` multiplies the rate by `factor` from that step on.
    """

    steps: int
    max_lr: float
    min_lr: float  # may be 0; then the last step changes nothing
    warmup_steps: int
    drops: tuple[tuple[int, float], ...] = ()
    shape: str = "cosine"
    cooldown: float | None = None  # a trapezoid's share of the steps in which it decays

    def at(self, step: int) -> float:
        """The learning rate of a step, counted from 1."""
        rate = self._without_drops(step)
        for first_step, factor in self.drops:
            if step >= first_step:
                rate *= factor
        return rate

    @property
    def decay_start(self) -> int:
        """The last step before the decay. Up to it, no rate depends on `steps`."""
        if self.cooldown is None:
            return self.warmup_steps
        cooldown_steps = max(1, round(self.cooldown * self.steps))
        return max(self.warmup_steps, self.steps - cooldown_steps)

    def _without_drops(self, step: int) -> float:
        if step <= self.warmup_steps:
            return self.max_lr * step / self.warmup_steps
        decay_steps = max(1, self.steps - self.decay_start)
        progress = min(1.0, max(0, step - self.decay_start) / decay_steps)
        left = 1 - progress
        if self.shape == "cosine":
            left = (1 + math.cos(math.pi * progress)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * left

    def describe(self) -> str:
        """In words: "0.0006 after 715 steps of warm-up, then a cosine to 6e-05 at step 9,600"."""
        parts = [f"{self.max_lr:.3g}"]
        if self.warmup_steps:
            parts[0] += f" after {self.warmup_steps:,} steps of warm-up"
        if self.decay_start > self.warmup_steps:
            parts.append(f"constant to step {self.decay_start:,}")
        line = "a cosine" if self.shape == "cosine" else "a straight line"
        parts.append(f"then {line} to {self.min_lr:.3g} at step {self.steps:,}")
        parts += [f"multiplied by {factor:g} from step {step:,} on" for step, factor in self.drops]
        return ", ".join(parts)
