"""The peak learning rate of a new model, unless --max-lr gives another.

The rates of BEST were the best of three on the tiny model, 256 wide: AdamW's in batches of 16,384
tokens (benchmarks/README.md), Muon's in batches of 4,096 (EXPERIMENTS.md), where half of it was
hardly worse. For other widths they are scaled so that a step changes the output of a hidden layer
equally at any width:

    adamw   in proportion to 1 / width, muP's rule (Yang et al. 2022). At GPT-2 small's width this
            is 6.7e-4; GPT-3's rate was 6e-4 (Brown et al. 2020, table 2.1)
    muon    in proportion to 1 / sqrt(width): a step of root mean square r, all of whose singular
            values are equal, stretches a vector by r * sqrt(width) (Bernstein & Newhouse 2024)

muP leaves the rate of the embeddings alone. Here one rate serves all parameters, so embeddings,
biases and LayerNorms get the scaled one, too, although AdamW updates them.
"""

import math
from collections.abc import Mapping

MEASURED_WIDTH = 256
BEST = {"adamw": 2e-3, "muon": 8e-3}


def peak_rate(optimizer: str, width: int) -> float:
    """The peak learning rate of this optimizer for a model of this width, to two digits."""
    ratio = MEASURED_WIDTH / width
    scale = ratio if optimizer == "adamw" else math.sqrt(ratio)
    return float(f"{BEST[optimizer] * scale:.1e}")


def describe_rates(optimizer: str, widths: Mapping[str, int]) -> str:
    """The default rates of several models, given the width of each by its name.

    "0.0046 for gpt2-small, 0.008 for tiny, less with adamw"
    """
    rates = [f"{peak_rate(optimizer, width):g} for {name}" for name, width in widths.items()]
    return ", ".join([*rates, "less with adamw"])
