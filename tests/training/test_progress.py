"""How far a run is, and what the screen shows of it."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from model import GPT
from tests.support.models import CPU, TINY
from training.display import Display, format_duration
from training.loss_log import Row
from training.progress import Progress

CHECKPOINT = Path("runs/a/checkpoints/step_0000007")
AT_STEP_7 = Progress(7, 7168, 3.5, 2.5, 5, {"val": 2.6})


def test_durations_are_in_minutes_and_seconds_or_hours_and_minutes():
    expected = {5: "0m05s", 65: "1m05s", 3725: "1h02m", 200_000: "55h33m"}
    assert {seconds: format_duration(seconds) for seconds in expected} == expected


def test_a_step_adds_its_tokens_and_seconds():
    progress = Progress()
    progress.advance(1024, 0.5)
    progress.advance(1024, 0.25)
    assert progress == Progress(step=2, tokens=2048, seconds=0.75)


def test_only_a_lower_loss_is_a_new_best():
    progress = Progress()
    best_steps = []
    for loss in (3.0, 2.5, 2.5, 2.7, 2.4):
        progress.step += 1
        progress.validation = {"val": loss}
        if progress.note_best():
            best_steps.append(progress.step)
    assert best_steps == [1, 2, 5]
    assert (progress.best_loss, progress.best_step) == (2.4, 5)


def test_the_loss_of_replayed_data_alone_is_never_the_best():
    progress = Progress(validation={"val/nectar": 1.0})
    assert not progress.note_best()
    assert progress.best_loss == math.inf


def test_a_loss_that_is_not_a_number_is_never_the_best():
    progress = Progress(step=1, validation={"val": 2.0})
    progress.note_best()
    progress.validation = {"val": math.nan}
    assert not progress.note_best()
    assert progress.best_loss == 2.0


def test_numbers_that_a_run_left_fit_their_checkpoint():
    assert AT_STEP_7.fits(CHECKPOINT)
    assert replace(AT_STEP_7, best_loss=math.inf, best_step=0).fits(CHECKPOINT)


@pytest.mark.parametrize(
    "change",
    [
        {"step": 8},
        {"tokens": -1},
        {"seconds": math.nan},
        {"best_loss": "2.5"},
        {"best_step": True},
        {"validation": {"val": None}},
    ],
)
def test_numbers_of_no_run_do_not_fit(change):
    assert not replace(AT_STEP_7, **change).fits(CHECKPOINT)


def a_row(step, loss=1.5):
    return Row(step, 16 * step, 2.0, "train", loss, 1e-3, 0.5, 2000.0)


def test_without_a_terminal_the_first_and_last_steps_have_a_line(capsys):
    display = Display(GPT(TINY), CPU, steps=3, step=0)
    for step in (1, 2, 3):
        display.step(a_row(step), seconds=30.0)
    display.validation(replace(AT_STEP_7, step=3, validation={"val/a": 2.0, "val": 2.25}))
    display.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{sum(p.numel() for p in GPT(TINY).parameters()):,} parameters on ")
    expected = r"step 1/3  loss 1\.5000  lr 1\.00e-03  2,000 tokens/s  \d+% of peak  1m00s left"
    assert re.fullmatch(expected, lines[1])
    assert lines[2].startswith("step 3/3  ") and lines[2].endswith("  0m00s left")
    assert lines[3:] == ["step 3/3  val/a loss 2.0000  val loss 2.2500"]


def test_a_peak_that_was_measured_on_a_busy_machine_is_not_shown(capsys):
    display = Display(GPT(TINY), CPU, steps=3, step=0)
    display.peak = display.flops_per_token * 1999.0  # FLOP/s; the step has 2,000 tokens/s
    display.step(a_row(1), seconds=30.0)
    display.close()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "step 1/3  loss 1.5000  lr 1.00e-03  2,000 tokens/s  1m00s left"


def test_all_processes_but_the_first_are_silent(capsys):
    display = Display(GPT(TINY), replace(CPU, rank=1, world_size=2), steps=1, step=0)
    display.step(a_row(1), seconds=1.0)
    display.say("a sentence")
    display.close()
    assert capsys.readouterr().out == ""
