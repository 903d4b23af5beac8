"""The chart of the Watch page: what it draws of the chosen runs, and how."""

import math

import pytest

from serving.pages.loss_chart import Curves, View, chart_options
from training.curves import Run
from training.loss_log import Row
from training.rewinds import Rewind

COLOUR = "#123456"


def row(step, split="train", loss=None):
    return Row(step, step * 1000, step * 36.0, split, 10 - step / 10_000 if loss is None else loss)


def run_of(steps, *more, name="a", drops=(), rewinds=()):
    rows = [*map(row, range(1, steps + 1)), *more]
    return Run(name, sorted(rows, key=lambda row: row.step), drops, rewinds)


def draw(*runs, spikes=(), **view):
    """The series of a chart of these runs, by name."""
    curves = [Curves(run, tuple(spikes), COLOUR) for run in runs]
    options = chart_options(curves, View(**view))
    return {series["name"]: series for series in options["series"]}


def test_a_run_has_a_smooth_curve_a_pale_one_and_its_validation():
    series = draw(run_of(300, row(100, "val", 5.5), row(200, "val", 5.25)))
    assert list(series) == ["a: every step", "a", "a: validation"]
    assert series["a: validation"]["data"] == [[100, 5.5], [200, 5.25]]
    assert len(series["a"]["data"]) == 300
    assert series["a: every step"]["data"][9] == [10, 9.999]
    assert {one["color"] for one in series.values()} == {COLOUR}


@pytest.mark.parametrize("axis, x", [("steps", 100), ("tokens", 100_000), ("hours", 1.0)])
def test_the_x_axis_has_steps_tokens_or_hours(axis, x):
    series = draw(run_of(200, row(100, "val", 5.5)), x_axis=axis)
    assert series["a: validation"]["data"] == [[x, 5.5]]
    options = chart_options([], View(x_axis=axis, is_logarithmic=True))
    assert axis.removesuffix("s") in options["xAxis"]["name"]
    assert options["yAxis"]["type"] == "log"


def test_a_long_run_is_thinned_out_and_keeps_its_end():
    series = draw(run_of(10_000), smoothing="every step")
    assert list(series) == ["a"]
    assert 900 < len(series["a"]["data"]) <= 1001
    assert series["a"]["data"][-1] == [10_000, 9.0]


def test_the_end_of_a_run_is_shown_in_full_detail():
    series = draw(run_of(10_000, row(100, "val", 5.0)), range="last tenth")
    steps = [x for x, _ in series["a"]["data"]]
    assert min(steps) >= 9000 and max(steps) == 10_000
    assert series["a: validation"]["data"] == []


def test_smoothing_is_the_mean_of_a_part_of_the_run():
    losses = [row(step, loss=float(step % 2)) for step in range(1, 301)]
    series = draw(Run("a", losses, ()), smoothing="a lot")
    middle = [loss for x, loss in series["a"]["data"] if 100 < x < 200]
    assert all(loss == pytest.approx(0.5, abs=0.02) for loss in middle)


def test_drops_rewinds_and_spikes_are_marked():
    rewind = Rewind(step=50, diverged_at=70, factor=0.5, shift=20, reason="it rose")
    run = run_of(200, drops=[(100, 0.1), (999, 0.5)], rewinds=[rewind])
    series = draw(run, spikes=[row(150, loss=12.0)])
    lines = series["a"]["markLine"]["data"]
    assert [(line["xAxis"], line["lineStyle"]["type"]) for line in lines] == [
        (100, "dotted"),
        (50, "dashed"),
    ]
    assert lines[0]["name"] == "rate ×0.1"
    assert series["a: spikes"]["data"] == [[150, 12.0]]


def test_a_validation_loss_that_is_not_finite_is_left_out():
    series = draw(run_of(10, row(5, "val", math.nan), row(8, "val", math.inf), row(9, "val", 2.0)))
    assert series["a: validation"]["data"] == [[9, 2.0]]


def test_of_many_parts_only_the_whole_is_drawn():
    parts = [row(5, f"val/{number}", 3.0) for number in range(10)]
    assert len(draw(run_of(10, row(5, "val", 3.0), *parts[:3]))) == 5
    assert len(draw(run_of(10, row(5, "val", 3.0), *parts))) == 2


def test_a_run_without_rows_is_drawn_as_nothing():
    assert draw(Run("a", [], ()))["a"]["data"] == []
