"""The learning rate of each step."""

import math
from dataclasses import replace

import pytest
import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR

from training.schedule import Schedule

GPT2_SMALL = Schedule(steps=9600, max_lr=6e-4, min_lr=6e-5, warmup_steps=715)


def test_the_schedule_is_the_closed_form():
    assert GPT2_SMALL.at(1) == pytest.approx(6e-4 / 715)
    assert GPT2_SMALL.at(715) == pytest.approx(6e-4)
    middle = 715 + (9600 - 715) // 2
    assert GPT2_SMALL.at(middle) == pytest.approx((6e-4 + 6e-5) / 2, rel=1e-3)
    assert GPT2_SMALL.at(9600) == pytest.approx(6e-5)
    progress = (4321 - 715) / (9600 - 715)
    expected = 6e-5 + 5.4e-4 * 0.5 * (1 + math.cos(math.pi * progress))
    assert GPT2_SMALL.at(4321) == pytest.approx(expected)


def test_warm_up_is_linear():
    for step in range(1, 716):
        assert GPT2_SMALL.at(step) == pytest.approx(6e-4 * step / 715)


STEPS, WARMUP, PEAK = 50, 8, 2e-3


def rates_of_pytorch(optimizer, parts, starts):
    """The rate of each step: a warm-up, then these schedulers from after these steps on."""
    warmup = LinearLR(optimizer, 1 / WARMUP, 1, WARMUP - 1)
    milestones = [start - 1 for start in (WARMUP, *starts)]
    scheduler = SequentialLR(optimizer, [warmup, *parts], milestones)
    rates = []
    for _ in range(STEPS):
        rates += scheduler.get_last_lr()
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("lowest", [0.0, 3e-4])
@pytest.mark.parametrize("shape", ["cosine", "linear", "trapezoid"])
def test_every_rate_is_that_of_pytorchs_schedulers(shape, lowest):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    decay_steps, cooldown_steps = STEPS - WARMUP, 15
    parts = {
        "cosine": [CosineAnnealingLR(optimizer, decay_steps, lowest)],
        "linear": [LinearLR(optimizer, 1, lowest / PEAK, decay_steps)],
        "trapezoid": [
            ConstantLR(optimizer, 1, STEPS),
            LinearLR(optimizer, 1, lowest / PEAK, cooldown_steps),
        ],
    }
    starts = [STEPS - cooldown_steps] if shape == "trapezoid" else []
    expected = rates_of_pytorch(optimizer, parts[shape], starts)
    cooldown = 0.3 if shape == "trapezoid" else None
    schedule = Schedule(STEPS, PEAK, lowest, WARMUP, (), shape, cooldown)
    rates = [schedule.at(step) for step in range(1, STEPS + 1)]
    assert rates == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_more_steps_change_no_rate_of_a_trapezoid_before_its_cooldown():
    short = Schedule(100, 1e-3, 0.0, 10, (), "trapezoid", 0.2)
    longer = replace(short, steps=1000)
    assert [short.at(step) for step in range(1, 81)] == [longer.at(step) for step in range(1, 81)]
    assert short.at(81) < longer.at(81) == 1e-3
    assert (short.decay_start, longer.decay_start) == (80, 800)


@pytest.mark.parametrize("cooldown", [0.95, 1.0])
def test_a_cooldown_that_would_begin_during_warm_up_begins_after_it(cooldown):
    trapezoid = Schedule(100, 1e-3, 1e-5, 10, (), "trapezoid", cooldown)
    linear = Schedule(100, 1e-3, 1e-5, 10, (), "linear")
    for step in range(1, 101):
        assert trapezoid.at(step) == linear.at(step)


def test_the_shortest_cooldown_is_the_last_step():
    rates = Schedule(4, 1e-3, 0.0, 0, (), "trapezoid", 0.01)
    assert [rates.at(step) for step in range(1, 5)] == [1e-3, 1e-3, 1e-3, 0.0]


def test_a_schedule_in_words():
    assert GPT2_SMALL.describe() == (
        "0.0006 after 715 steps of warm-up, then a cosine to 6e-05 at step 9,600"
    )
    trapezoid = Schedule(9600, 1e-3, 0.0, 0, ((3000, 0.5),), "trapezoid", 0.2)
    assert trapezoid.describe() == (
        "0.001, constant to step 7,680, then a straight line to 0 at step 9,600, "
        "multiplied by 0.5 from step 3,000 on"
    )


def test_a_drop_multiplies_the_rate_from_its_step_on():
    dropped = replace(GPT2_SMALL, drops=((3000, 0.5),))
    assert dropped.at(2999) == GPT2_SMALL.at(2999)
    assert dropped.at(3000) == pytest.approx(GPT2_SMALL.at(3000) / 2)
    twice = replace(GPT2_SMALL, drops=((3000, 0.5), (6000, 0.2)))
    assert twice.at(7000) == pytest.approx(GPT2_SMALL.at(7000) / 10)


def test_a_drop_during_warm_up_counts_too():
    dropped = replace(GPT2_SMALL, drops=((100, 0.5),))
    assert dropped.at(200) == pytest.approx(GPT2_SMALL.at(200) / 2)


def test_without_warm_up_the_first_step_has_at_most_the_peak():
    schedule = Schedule(steps=5, max_lr=1.0, min_lr=0.1, warmup_steps=0)
    assert schedule.at(1) <= 1.0


SHAPES = [("cosine", None), ("linear", None), ("trapezoid", 0.2)]


@pytest.mark.parametrize("shape, cooldown", SHAPES)
def test_a_run_of_one_step_has_the_minimum_rate(shape, cooldown):
    assert Schedule(1, 1.0, 0.1, 0, (), shape, cooldown).at(1) == pytest.approx(0.1)


@pytest.mark.parametrize("shape, cooldown", SHAPES)
def test_after_the_last_step_the_rate_stays_at_the_minimum(shape, cooldown):
    schedule = replace(GPT2_SMALL, shape=shape, cooldown=cooldown)
    assert schedule.at(9599) > schedule.at(20_000) == pytest.approx(6e-5)
