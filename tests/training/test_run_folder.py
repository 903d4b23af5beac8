"""Which folders a run may be started or resumed in."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.models import CPU
from tests.support.training import SETTINGS
from training.run_folder import (
    MAY_CHANGE,
    NEW_RUN,
    PreviousRun,
    check_device,
    check_resumable,
    open_run,
    read_previous_run,
)
from training.run_json import read_run_json, write_run_json

BEFORE = {
    "data": "data/a",
    "steps": 100,
    "max_lr": 0.001,
    "seed": 0,
    "schedule": "cosine",
    "lr_drop": [[30, 0.5]],
    "eval_every": 10,
    "eval_tokens": 512,
    "resume": False,
}
INPUTS = {"tokens": 5}
PREVIOUS = PreviousRun(BEFORE, INPUTS, Path("runs/a/checkpoints/step_0000040"))


def check(run, changes, previous=PREVIOUS, inputs=INPUTS):
    settings = BEFORE | {"resume": True} | changes
    schedule = replace(SETTINGS, steps=settings["steps"])
    if settings["schedule"] == "trapezoid":
        schedule = replace(schedule, schedule="trapezoid", cooldown=settings["cooldown"])
    check_resumable(run, settings, inputs, schedule.learning_rates, previous)


# ---- a new run ----


def test_an_empty_folder_takes_a_new_run_with_or_without_resume(tmp_path):
    check(tmp_path, {"resume": False}, NEW_RUN)
    check(tmp_path, {"resume": True}, read_previous_run(tmp_path))
    check(tmp_path, {"resume": True}, read_previous_run(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", ["loss.csv", "checkpoints/step_0000040"])
def test_a_folder_that_holds_a_run_takes_no_new_one(tmp_path, name):
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(ValueError, match="already holds a run: resume it with --resume"):
        check(tmp_path, {"resume": False}, NEW_RUN)


@pytest.mark.parametrize("resume", [False, True])
def test_a_trained_model_without_checkpoints_is_not_overwritten(tmp_path, resume):
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ValueError, match="holds a trained model but no checkpoint to resume from"):
        check(tmp_path, {"resume": resume}, read_previous_run(tmp_path))


# ---- a resumed run ----


@pytest.mark.parametrize(
    "changes, expected",
    [
        (
            {"max_lr": 0.002, "seed": 1},
            "other settings than those of its first 40 steps: --max-lr was 0.001, now 0.002, "
            "--seed was 0, now 1$",
        ),
        (
            {"lr_drop": []},
            r"--lr-drop was \[\[30, 0.5\]\], now \[\]. Repeat --lr-drop 30:0.5; a new one may "
            "begin at step 41$",
        ),
        ({"lr_drop": [[30, 0.5], [40, 0.5]]}, "--lr-drop was .* a new one may begin at step 41$"),
        ({"eval_tokens": 1024}, "--eval-tokens was 512, now 1024"),
        ({"schedule": "linear"}, "--schedule was 'cosine', now 'linear'"),
        ({"size": "tiny"}, "--size was None, now 'tiny'"),
        ({"steps": 39}, "has taken 40 steps already; --steps must be at least that, not 39"),
    ],
)
def test_a_change_of_what_was_done_is_refused(tmp_path, changes, expected):
    with pytest.raises(ValueError, match=expected):
        check(tmp_path, changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lr_drop": [[30, 0.5], [41, 0.5]]},
        {"eval_every": 0, "eval_tokens": 0},
        *({name: 77} for name in sorted(MAY_CHANGE - {"steps", "resume"})),
    ],
)
def test_places_speed_reporting_and_drops_to_come_may_change(tmp_path, capsys, changes):
    check(tmp_path, changes)
    assert capsys.readouterr().out == ""


def test_validation_tokens_may_change_if_there_was_no_validation(tmp_path):
    previous = replace(PREVIOUS, settings=BEFORE | {"eval_every": 0, "eval_tokens": 0})
    check(tmp_path, {}, previous)


def test_other_data_is_refused(tmp_path):
    with pytest.raises(ValueError, match="was trained on other data; .* Give the same --data, or"):
        check(tmp_path, {}, inputs={"tokens": 6})


def test_other_steps_are_allowed_and_the_next_learning_rates_are_printed(tmp_path, capsys):
    check(tmp_path, {"steps": 200})
    before, after = replace(SETTINGS, steps=100), replace(SETTINGS, steps=200)
    assert capsys.readouterr().out == (
        "warning: --steps was 100, now 200: the next learning rate is "
        f"{after.learning_rates.at(41):.2e} instead of {before.learning_rates.at(41):.2e}\n"
    )


TRAPEZOID = replace(PREVIOUS, settings=BEFORE | {"schedule": "trapezoid", "cooldown": 0.2})


def check_trapezoid(run, changes, step):
    """Resume a trapezoid of 100 steps, with a cooldown from step 81 on, after so many steps."""
    previous = replace(TRAPEZOID, checkpoint=Path(f"runs/a/checkpoints/step_{step:07d}"))
    check(run, {"schedule": "trapezoid", "cooldown": 0.2} | changes, previous)


def test_before_its_cooldown_a_trapezoid_may_get_other_steps_without_a_warning(tmp_path, capsys):
    check_trapezoid(tmp_path, {"steps": 200}, step=79)
    assert capsys.readouterr().out == (
        "--steps was 100, now 200, which changes no learning rate up to step 80\n"
    )
    check_trapezoid(tmp_path, {"steps": 50}, step=39)
    assert capsys.readouterr().out == (
        "--steps was 100, now 50, which changes no learning rate up to step 40\n"
    )


@pytest.mark.parametrize(
    "steps, step, rates",
    [
        (200, 80, "1.00e-02 instead of 9.55e-03"),  # the next step would have been the first lower
        (200, 90, "1.00e-02 instead of 5.05e-03"),
        (50, 45, "4.60e-03 instead of 1.00e-02"),
    ],
)
def test_a_trapezoid_whose_next_rate_changes_warns_of_it(tmp_path, capsys, steps, step, rates):
    check_trapezoid(tmp_path, {"steps": steps}, step)
    assert capsys.readouterr().out == (
        f"warning: --steps was 100, now {steps}: the next learning rate is {rates}\n"
    )


def test_a_cooldown_may_change_until_it_begins(tmp_path, capsys):
    check_trapezoid(tmp_path, {"cooldown": 0.5}, step=50)
    check_trapezoid(tmp_path, {"cooldown": 0.1}, step=80)
    assert capsys.readouterr().out == ""
    for cooldown, step in ((0.5, 51), (0.1, 81)):
        with pytest.raises(ValueError, match=f"--cooldown was 0.2, now {cooldown}"):
            check_trapezoid(tmp_path, {"cooldown": cooldown}, step)


def test_a_run_from_before_there_were_schedules_has_the_cosine(tmp_path):
    settings = {name: value for name, value in BEFORE.items() if name != "schedule"}
    write_run_json(tmp_path, {"settings": settings, "inputs": INPUTS})
    (tmp_path / "checkpoints" / "step_0000040").mkdir(parents=True)
    previous = read_previous_run(tmp_path)
    check(tmp_path, {}, previous)
    with pytest.raises(ValueError, match="--schedule was 'cosine', now 'linear'"):
        check(tmp_path, {"schedule": "linear"}, previous)


# ---- another device ----


def on_device(hardware_json):
    return replace(PREVIOUS, hardware=hardware_json)


RAN_ON_CARD = {"device": "NVIDIA GeForce RTX 4070, bfloat16", "device_type": "cuda"}


def test_a_run_of_the_card_is_not_resumed_on_the_cpu_unless_told(tmp_path):
    settings = replace(SETTINGS, steps=100, device="auto")
    with pytest.raises(ValueError, match="ran on NVIDIA GeForce RTX 4070.*add --device cpu"):
        check_device(tmp_path, settings, CPU, on_device(RAN_ON_CARD))
    check_device(tmp_path, replace(settings, device="cpu"), CPU, on_device(RAN_ON_CARD))


@pytest.mark.parametrize("hardware_json", [{}, {"device": "NVIDIA"}, {"device_type": "cpu"}])
def test_the_same_device_or_an_unknown_one_is_no_obstacle(tmp_path, hardware_json):
    settings = replace(SETTINGS, steps=100, device="auto")
    check_device(tmp_path, settings, CPU, on_device(hardware_json))


def test_a_finished_run_is_no_business_of_the_device(tmp_path):
    settings = replace(SETTINGS, steps=PREVIOUS.step, device="auto")
    check_device(tmp_path, settings, CPU, on_device(RAN_ON_CARD))


# ---- reading and opening the folder ----


def test_the_previous_run_is_its_run_json_and_newest_checkpoint(tmp_path):
    write_run_json(tmp_path, {"settings": BEFORE, "inputs": INPUTS})
    assert read_previous_run(tmp_path) == PreviousRun(BEFORE, INPUTS, None)
    assert read_previous_run(tmp_path).step == 0
    assert read_previous_run(tmp_path).kept_settings == {}
    checkpoint = tmp_path / "checkpoints" / "step_0000040"
    checkpoint.mkdir(parents=True)
    assert read_previous_run(tmp_path) == PreviousRun(BEFORE, INPUTS, checkpoint)
    assert read_previous_run(tmp_path).step == 40
    assert read_previous_run(tmp_path).kept_settings == BEFORE


def test_a_corrupt_run_json_is_an_error_only_beside_a_checkpoint(tmp_path):
    (tmp_path / "run.json").write_text("{")
    assert read_previous_run(tmp_path) == NEW_RUN
    (tmp_path / "checkpoints" / "step_0000040").mkdir(parents=True)
    with pytest.raises(ValueError, match="run.json is corrupt"):
        read_previous_run(tmp_path)


def test_an_opened_run_is_described_as_run_json_will_hold_it(tmp_path):
    run = tmp_path / "run"
    settings = BEFORE | {"lr_drop": ((30, 0.5),)}
    content = open_run(run, settings, INPUTS, CPU, SETTINGS, NEW_RUN)
    assert content["settings"] == BEFORE
    assert content["inputs"] == INPUTS
    assert set(content["versions"]) == {"python", "torch", "numpy"}
    assert not (run / "run.json").exists()  # not before the run can really begin
    write_run_json(run, content)
    assert read_run_json(run) == content
