"""schedule."""

import math


def cosine_decay(
    step: int, *, steps: int, max_lr: float, min_lr: float, warmup_steps: int, drops=()
) -> float:
    """The learning rate of step 1 … steps: linear warm-up to `max_lr`, then half a cosine down to `min_lr` (Loshchilov & Hutter
    2017; Brown et al. 2020, appendix B). Each (STEP, FACTOR) of `drops` multiplies it from that step on."""
    if step <= warmup_steps:
        rate = max_lr * step / warmup_steps
    else:
        progress = min(1.0, (step - warmup_steps) / max(1, steps - warmup_steps))
        rate = min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * progress)) / 2
    for first_step, factor in drops:
        if step >= first_step:
            rate *= factor
    return rate
