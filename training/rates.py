"""The peak learning rate, unless --max-lr gives another.

The rates of BEST were the best of three on the tiny model, 256 wide: AdamW's in batches of 16,384
tokens (benchmarks/README.md), Muon's in batches of 4,096 (EXPERIMENTS.md), where half of it was
hardly worse. For other widths they are scaled so that a step changes the output of a hidden layer
equally at any width:

    adamw   in proportion to 1 / width, muP's rule (Yang et al. 2022). At GPT-2 small's width this
            is 6.7e-4; GPT-3's rate was 6e-4 (Brown et al. 2020, table 2.1)
    muon    in proportion to 1 / sqrt(width): a step of root mean square r, all of whose singular
            values are equal, stretches a vector by r * sqrt(width) (Bernstein & Newhouse 2024)

Fine-tuning has TUNING_SHARE of these. On the tiny model with Muon, a seventh of that share learned
far fewer facts (EXPERIMENTS.md, "The rate of fine-tuning").

muP leaves the rate of the embeddings alone. Here one rate serves all parameters, so embeddings,
biases and LayerNorms get the scaled one, too, although AdamW updates them.
"""

import math
from collections.abc import Mapping

MEASURED_WIDTH = 256
BEST = {"adamw": 2e-3, "muon": 8e-3}
TUNING_SHARE = 0.3


def peak_rate(optimizer: str, width: int) -> float:
    """The peak learning rate of this optimizer for a new model of this width, to two digits."""
    return two_digits(best_rate(optimizer, width))


def tuning_rate(optimizer: str, width: int) -> float:
    """The peak learning rate of fine-tuning a model of this width, to two digits."""
    return two_digits(TUNING_SHARE * best_rate(optimizer, width))


def best_rate(optimizer: str, width: int) -> float:
    """BEST, scaled from MEASURED_WIDTH to this width."""
    ratio = MEASURED_WIDTH / width
    scale = ratio if optimizer == "adamw" else math.sqrt(ratio)
    return BEST[optimizer] * scale


def two_digits(rate: float) -> float:
    """The rate, rounded to two significant digits."""
    return float(f"{rate:.1e}")


def describe_rates(optimizer: str, widths: Mapping[str, int]) -> str:
    """The default rates of several models, given the width of each by its name.

    "0.0046 for gpt2-small, 0.008 for tiny, less with adamw"
    """
    rates = [f"{peak_rate(optimizer, width):g} for {name}" for name, width in widths.items()]
    return ", ".join([*rates, "less with adamw"])
