"""The learning rate of each step."""

import math
from dataclasses import replace

import pytest

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


def test_a_run_of_one_step_has_the_minimum_rate():
    assert Schedule(steps=1, max_lr=1.0, min_lr=0.1, warmup_steps=0).at(1) == pytest.approx(0.1)


def test_after_the_last_step_the_rate_stays_at_the_minimum():
    assert GPT2_SMALL.at(20_000) == pytest.approx(6e-5)
