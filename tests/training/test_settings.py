"""The flags that both training scripts have: defaults, and everything that can be wrong."""

import math
import sys
from argparse import ArgumentParser

import pytest

from training import finetune_settings
from training.schedule import Schedule
from training.settings import Defaults, add_training_flags, parse_lr_drop, settle

DEFAULTS = Defaults(
    eval_every=250,
    save_every=300,
    sample_every=1000,
    max_lr_help="1e-3",
    optimizer_help="muon",
    kernels_help="fused",
)


def settings_of(*flags, steps=9600, max_lr=1e-3, previous=None, defaults=DEFAULTS):
    """The settings that these flags give, and their problems."""
    parser = ArgumentParser()
    parser.add_argument("--out", default="runs/a")
    add_training_flags(parser.add_argument, defaults)
    args = parser.parse_args([str(flag) for flag in flags])
    chosen = {
        "steps": steps,
        "default_max_lr": max_lr,
        "previous": previous or {},
        "optimizer": "adamw",
        "kernels": "fused",
    }
    return settle(args, defaults, **chosen)


# ---- defaults ----


def test_defaults_of_a_long_run_are_the_scripts_own():
    settings, problems = settings_of(steps=20_000)
    assert problems == []
    assert settings.learning_rates == Schedule(20_000, 1e-3, 1e-3 / 10, 715, ())
    periods = (settings.eval_every, settings.save_every, settings.sample_every)
    assert periods == (250, 300, 1000)
    assert settings.keep == 2
    assert not settings.resume


def test_defaults_of_a_short_run_are_a_tenth_of_its_steps():
    settings, problems = settings_of(steps=40)
    assert problems == []
    assert settings.warmup_steps == 4
    periods = (settings.eval_every, settings.save_every, settings.sample_every)
    assert periods == (4, 4, 4)


@pytest.mark.parametrize("steps", [1, 9])
def test_a_run_of_under_ten_steps_has_no_warm_up_and_acts_at_every_step(steps):
    settings, problems = settings_of(steps=steps)
    assert problems == []
    assert settings.warmup_steps == 0
    assert settings.eval_every == settings.save_every == settings.sample_every == 1


@pytest.mark.parametrize(
    "steps, expected",
    [
        (3200, (64, 64, 64)),  # a fiftieth is more than every default
        (1000, (20, 50, 50)),
        (100, (10, 10, 10)),  # a tenth is less than every default
        (9, (1, 1, 1)),
    ],
)
def test_a_fine_tuning_run_validates_and_saves_at_most_about_fifty_times(steps, expected):
    defaults = finetune_settings.DEFAULTS
    settings, problems = settings_of(steps=steps, defaults=defaults)
    assert problems == []
    assert (settings.eval_every, settings.save_every, settings.sample_every) == expected
    given, _ = settings_of("--eval-every", 3, "--save-every", 0, steps=steps, defaults=defaults)
    assert (given.eval_every, given.save_every, given.sample_every) == (3, 0, expected[2])


def test_flags_replace_defaults_and_0_turns_a_periodic_action_off():
    periods = ["--eval-every", 0, "--save-every", 7, "--sample-every", 0]
    rates = ["--min-lr", 1e-3, "--warmup-steps", 0, "--lr-drop", "30:0.5", "--lr-drop", "50:0.1"]
    settings, problems = settings_of(*periods, *rates)
    assert problems == []
    assert (settings.eval_every, settings.save_every, settings.sample_every) == (0, 7, 0)
    assert settings.learning_rates == Schedule(9600, 1e-3, 1e-3, 0, ((30, 0.5), (50, 0.1)))


def test_a_resumed_run_keeps_its_warm_up_when_its_steps_grow():
    assert settings_of(steps=400)[0].warmup_steps == 40
    resumed, problems = settings_of("--resume", steps=400, previous={"warmup_steps": 4})
    assert problems == []
    assert resumed.warmup_steps == 4
    given, _ = settings_of("--warmup-steps", 9, steps=400, previous={"warmup_steps": 4})
    assert given.warmup_steps == 9


@pytest.mark.parametrize("nonsense", [None, "4", 4.0, True, [4]])
def test_a_corrupt_warm_up_of_the_previous_run_is_not_taken_over(nonsense):
    settings, _ = settings_of(steps=400, previous={"warmup_steps": nonsense})
    assert settings.warmup_steps == 40


def test_a_resumed_run_keeps_its_peak_rate_even_if_the_default_has_changed():
    settings, problems = settings_of("--resume", max_lr=1e-3, previous={"max_lr": 2e-4})
    assert problems == []
    assert (settings.max_lr, settings.min_lr) == (2e-4, 2e-5)
    given, _ = settings_of("--resume", "--max-lr", 5e-4, previous={"max_lr": 2e-4})
    assert (given.max_lr, given.min_lr) == (5e-4, 5e-5)


def test_a_resumed_run_keeps_the_rate_at_its_end_unless_a_rate_is_given():
    previous = {"max_lr": 5e-3, "min_lr": 5e-5}
    rates = [
        ([], (5e-3, 5e-5)),
        (["--min-lr", 0], (5e-3, 0.0)),
        (["--max-lr", 1e-3], (1e-3, 1e-4)),
    ]
    for flags, expected in rates:
        settings, problems = settings_of("--resume", *flags, previous=previous)
        assert problems == []
        assert (settings.max_lr, settings.min_lr) == pytest.approx(expected)


@pytest.mark.parametrize("nonsense", [None, "5e-5", 1, -1.0, 1.0, math.nan])
def test_a_corrupt_rate_at_the_end_of_the_previous_run_is_not_taken_over(nonsense):
    settings, _ = settings_of(previous={"max_lr": 5e-3, "min_lr": nonsense})
    assert settings.min_lr == pytest.approx(5e-4)


@pytest.mark.parametrize("nonsense", [None, "2e-4", 2, 0.0, math.nan, math.inf])
def test_a_corrupt_peak_rate_of_the_previous_run_is_not_taken_over(nonsense):
    assert settings_of(max_lr=1e-3, previous={"max_lr": nonsense})[0].max_lr == 1e-3


def test_a_resumed_run_keeps_its_drops_unless_others_are_given():
    previous = {"lr_drop": [[30, 0.5], [70, 1e-05]]}
    settings, problems = settings_of("--resume", previous=previous)
    assert problems == []
    assert settings.lr_drop == ((30, 0.5), (70, 1e-5))
    given, _ = settings_of("--resume", "--lr-drop", "40:0.1", previous=previous)
    assert given.lr_drop == ((40, 0.1),)
    none, problems = settings_of("--resume", "--lr-drop", "none", previous=previous)
    assert (none.lr_drop, problems) == ((), [])


@pytest.mark.parametrize(
    "nonsense",
    [
        *([[0, 0.5]], [[30, -1.0]], [[30.5, 0.5]], [["x", 0.5]], [[30, math.nan]], [[True, 0.5]]),
        *([[30, 0.5], [40, 0.0]], [[30, None]], [[30]], [30], 30, None),
    ],
)
def test_corrupt_drops_of_the_previous_run_are_not_taken_over(nonsense):
    settings, problems = settings_of("--resume", previous={"lr_drop": nonsense})
    assert problems == []
    assert settings.lr_drop == ()


def test_the_schedule_is_the_cosine_unless_a_flag_says_otherwise():
    assert (settings_of()[0].schedule, settings_of()[0].cooldown) == ("cosine", None)
    settings, problems = settings_of("--schedule", "linear", "--min-lr", 0)
    assert problems == []
    assert settings.learning_rates == Schedule(9600, 1e-3, 0.0, 715, (), "linear")
    settings, problems = settings_of("--schedule", "trapezoid")
    assert problems == []
    assert settings.learning_rates == Schedule(9600, 1e-3, 1e-4, 715, (), "trapezoid", 0.2)


def test_a_resumed_run_keeps_its_schedule():
    previous = {"schedule": "trapezoid", "cooldown": 0.5}
    settings, problems = settings_of("--resume", previous=previous)
    assert problems == []
    assert (settings.schedule, settings.cooldown) == ("trapezoid", 0.5)
    settings, problems = settings_of("--resume", "--cooldown", 0.1, previous=previous)
    assert problems == []
    assert settings.cooldown == 0.1


@pytest.mark.parametrize("schedule", [None, 5, ["linear"], "step"])
def test_a_corrupt_schedule_of_the_previous_run_is_not_taken_over(schedule):
    previous = {"schedule": schedule, "cooldown": "0.5"}
    assert settings_of(previous=previous)[0].schedule == "cosine"
    settings, problems = settings_of("--schedule", "trapezoid", previous=previous)
    assert problems == []
    assert settings.cooldown == 0.2


# ---- problems ----


def test_all_problems_are_listed_at_once():
    periods = ["--eval-every", -1, "--save-every", -2, "--keep", -3, "--sample-every", -4]
    others = ["--seed", -5, "--min-lr", 1, "--warmup-steps", 40, "--lr-drop", "x", "10:0", "9:0.5"]
    settings, problems = settings_of(*periods, *others, steps=40)
    assert problems == [
        "--eval-every must be 0 or more",
        "--save-every must be 0 or more",
        "--keep must be 0 or more",
        "--sample-every must be 0 or more",
        "--seed must be 0 or more, and less than 2^63",
        "--min-lr must be at most the peak rate, 0.001",
        "--warmup-steps must be fewer than --steps (40)",
        "--lr-drop takes STEP:FACTOR, such as 3000:0.5, not 'x'",
        "--lr-drop takes STEP:FACTOR, such as 3000:0.5, not '10:0'",
    ]
    assert settings.lr_drop == ((9, 0.5),)


def test_a_negative_warm_up_is_refused_without_a_comparison_with_the_steps():
    _, problems = settings_of("--warmup-steps", -1, steps=sys.maxsize)
    assert problems == ["--warmup-steps must be 0 or more"]


@pytest.mark.parametrize("max_lr", [0.0, -1.0, math.inf, math.nan])
def test_an_impossible_peak_rate_is_a_problem(max_lr):
    for flags in ([], ["--min-lr", 0]):
        _, problems = settings_of("--max-lr", max_lr, *flags)
        assert problems == ["--max-lr must be a positive number"]


@pytest.mark.parametrize(
    "min_lr, problem",
    [
        (-1.0, "--min-lr must be 0 or more"),
        (math.nan, "--min-lr must be 0 or more"),
        (2e-3, "--min-lr must be at most the peak rate, 0.001"),
    ],
)
def test_an_impossible_rate_at_the_end_is_a_problem(min_lr, problem):
    assert settings_of("--min-lr", min_lr)[1] == [problem]


@pytest.mark.parametrize("cooldown", [0, -0.1, 1.1, "nan"])
def test_a_cooldown_is_a_share_of_a_trapezoid(cooldown):
    _, problems = settings_of("--schedule", "trapezoid", "--cooldown", cooldown)
    assert problems == ["--cooldown is a share of the steps, over 0 and up to 1"]
    _, problems = settings_of("--cooldown", 0.5)
    assert problems == ["--cooldown is part of --schedule trapezoid: give both"]


@pytest.mark.parametrize("seed, is_valid", [(0, True), (2**63 - 1, True), (2**63, False)])
def test_a_seed_fits_into_63_bits(seed, is_valid):
    _, problems = settings_of("--seed", seed)
    assert (problems == []) == is_valid


def test_a_drop_is_a_step_and_a_factor():
    assert parse_lr_drop("3000:0.5") == (3000, 0.5)
    assert parse_lr_drop("1:1e33") == (1, 1e33)


@pytest.mark.parametrize(
    "text",
    ["3000", "0:0.5", "10:0", "10:-1", "x:0.5", "10:inf", "10:nan", ":0.5", "1.5:2", "1:2:3"],
)
def test_a_malformed_drop_is_refused(text):
    with pytest.raises(ValueError, match="--lr-drop takes STEP:FACTOR"):
        parse_lr_drop(text)
