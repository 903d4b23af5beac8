"""The learning rate of each step."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up to `max_lr`, then half a cosine down to `min_lr` at the last step.

    Loshchilov & Hutter 2017; Brown et al. 2020, appendix B. Each (step, factor) of `drops`
    multiplies the rate by `factor` from that step on.
    """

    steps: int
    max_lr: float
    min_lr: float
    warmup_steps: int
    drops: tuple[tuple[int, float], ...] = ()

    def at(self, step: int) -> float:
        """The learning rate of a step, counted from 1."""
        rate = self._without_drops(step)
        for first_step, factor in self.drops:
            if step >= first_step:
                rate *= factor
        return rate

    def _without_drops(self, step: int) -> float:
        if step <= self.warmup_steps:
            return self.max_lr * step / self.warmup_steps
        decay_steps = max(1, self.steps - self.warmup_steps)
        progress = min(1.0, (step - self.warmup_steps) / decay_steps)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * progress)) / 2
