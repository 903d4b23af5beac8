"""The default learning rates, against what a step does to a layer and against published ones."""

import math

import pytest
import torch

from model import GPT, GPTConfig
from training.optimizer import Optimizer
from training.rates import peak_rate, tuning_rate
from training.settings import OPTIMIZERS


def change_of_output(optimizer, width, tokens):
    """The root mean square of what the first step at the default rate adds to a layer's output.

    The gradient is that of so many tokens, one of which, of root mean square 1, is fed to the layer
    again.
    """
    config = GPTConfig(vocab_size=16, n_positions=8, n_embd=width, n_layer=1, n_head=1)
    model = GPT(config)
    random = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    matrix = model.h[0].attn.c_proj.weight
    given = torch.randint(0, 2, (tokens, width), generator=random) * 2.0 - 1
    matrix.grad = torch.randn(width, tokens, generator=random) @ given
    before = matrix.detach().clone()
    rate = peak_rate(optimizer, width)
    Optimizer(optimizer, model).step(rate)
    decayed = before * (1 - rate * 0.1)
    return float(((matrix.detach() - decayed) @ given[0]).square().mean().sqrt())


@pytest.mark.parametrize("optimizer, tokens", [("adamw", 1), ("muon", 1), ("muon", 1024)])
def test_a_step_at_the_default_rate_changes_outputs_equally_at_any_width(optimizer, tokens):
    """muP's condition (Yang et al. 2022; Yang, Simon & Bernstein 2023).

    For AdamW it holds if few tokens make the gradient, for Muon always.
    """
    changes = [change_of_output(optimizer, width, tokens) for width in (64, 256, 1024)]
    assert max(changes) < 1.2 * min(changes)


def test_the_rates_for_gpt2_small_are_near_those_that_others_have_found():
    """GPT-3's 6e-4 for AdamW (Brown et al. 2020, table 2.1), and 0.025 for Muon.

    The latter is that of modded-nanogpt's tuned baseline for networks of this size. It multiplies
    an orthogonal matrix, so a step of a square matrix is 0.025 / sqrt(768) in root mean square;
    ours is a fifth of the rate.
    """
    assert peak_rate("adamw", 768) == pytest.approx(6e-4, rel=0.15)
    assert 0.2 * peak_rate("muon", 768) == pytest.approx(0.025 / math.sqrt(768), rel=0.15)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fine_tuning_has_the_same_share_of_the_peak_rate_at_every_width(optimizer):
    for width in (256, 384, 768, 1600):
        share = tuning_rate(optimizer, width) / peak_rate(optimizer, width)
        assert share == pytest.approx(0.3, rel=0.06)  # both are rounded to two digits


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_narrower_models_have_higher_rates_of_two_digits(optimizer):
    rates = [peak_rate(optimizer, width) for width in (256, 384, 768, 1600)]
    assert rates == sorted(set(rates), reverse=True)
    assert all(float(f"{rate:.1e}") == rate for rate in rates)
