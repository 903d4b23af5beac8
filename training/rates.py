"""The peak learning rate of a new model, unless --max-lr gives another.

The best rates were measured on the tiny model, 256 wide (EXPERIMENTS.md). For other widths they
are scaled so that a step changes what a layer puts out by as much at any width:

    adamw           in proportion to 1 / width: muP's rule (Yang et al. 2022). At GPT-2 small's
                    width it gives GPT-3's 6e-4 (Brown et al. 2020, table 2.1) but for a tenth
    muon, normuon   to 1 / sqrt(width): a step of root mean square r, all of whose singular values
                    are alike, stretches a vector by r * sqrt(width) (Bernstein & Newhouse 2024)
"""

import math

MEASURED_WIDTH = 256
BEST = {"adamw": 2e-3, "muon": 8e-3, "normuon": 8e-3}


def peak_rate(optimizer: str, width: int) -> float:
    """The peak learning rate of this optimizer for a model of this width, to two digits."""
    ratio = MEASURED_WIDTH / width
    scale = ratio if optimizer == "adamw" else math.sqrt(ratio)
    return float(f"{BEST[optimizer] * scale:.1e}")
