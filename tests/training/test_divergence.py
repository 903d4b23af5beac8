"""When a run has diverged, what is kept of it, and how it goes on."""

import math
import random
from dataclasses import replace

import pytest

from tests.support.models import CPU
from tests.support.scripts import ROOT
from tests.support.training import (
    explosive_plan,
    learnable_batch,
    model_and_optimizer,
    run_plan,
    steps_saved,
)
from training import saved_models
from training.checkpoints import newest_checkpoint
from training.divergence import Divergence, LossHistory, not_finite, window_of
from training.gradient import StepResult
from training.loop import train
from training.loss_log import LossLog, Row, read_loss_log
from training.recovery import describe_stop
from training.rewinds import Rewind, make_rewind, rewound_schedule, shifted_step
from training.run_json import read_run_json
from training.schedule import Schedule

CURVES = sorted((ROOT / "results").rglob("loss.csv"))


def rows_of(losses, validation=()):
    """Rows of the training losses of step 1, 2, ..., and of the (step, loss) of validation."""
    rows = [Row(step, 0, 0.0, "train", loss) for step, loss in enumerate(losses, start=1)]
    rows += [Row(step, 0, 0.0, "val", loss) for step, loss in validation]
    return sorted(rows, key=lambda row: row.step)


def alarms(rows, steps=None):
    """The steps at which a run of so many steps with these rows has diverged."""
    last = rows[-1].step
    history = LossHistory(steps or last)
    found = []
    for number, row in enumerate(rows):
        history.add(row)
        is_end_of_step = number + 1 == len(rows) or rows[number + 1].step > row.step
        if is_end_of_step and history.divergence(row.step):
            found.append(row.step)
    return found


def falling(steps, noise=0.1):
    """A noisy curve from 10 nats towards 3."""
    draw = random.Random(0)
    return [3 + 7 * math.exp(-10 * step / steps) + draw.gauss(0, noise) for step in range(steps)]


# ---- false alarms ----


def test_there_are_real_curves():
    assert len(CURVES) >= 15
    assert min(max(row.step for row in read_loss_log(path)) for path in CURVES) == 22


@pytest.mark.parametrize("steps", [None, 100, 10_000], ids=["own length", "short", "long"])
@pytest.mark.parametrize("path", CURVES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_no_published_run_is_taken_for_a_diverged_one(path, steps):
    rows = read_loss_log(path)
    assert alarms(rows, steps) == []
    history = LossHistory(steps or rows[-1].step, rows)
    assert not history.is_far_worse(rows[-1].step)
    validated = history.validation.keys()
    assert history.newest_good(validated) == max(validated)


def test_a_spike_of_any_height_shorter_than_half_a_window_is_no_divergence():
    losses = falling(1000)
    for step in (300, 500):
        losses[step : step + 24] = [1e6] * 24
    assert alarms(rows_of(losses, [(200, 4.0), (310, 1e6), (400, 3.2)])) == []


def test_a_step_down_or_a_restarted_rate_is_no_divergence():
    losses = falling(600)
    for step in range(300, 600):
        losses[step] -= 0.4
    for step in range(450, 600):
        losses[step] += 0.6
    assert alarms(rows_of(losses)) == []


def test_the_onset_of_fine_tuning_is_no_divergence():
    losses = [3.0, 3.4, 3.8, 3.7, 3.5, *falling(100)[60:]]
    assert alarms(rows_of(losses, [(0, 3.0), (4, 3.9), (20, 3.0)])) == []


def test_overfitting_is_no_divergence_and_its_newest_weights_may_be_published():
    losses = [4 * 0.97**step for step in range(200)]
    validation = [(step, 3 + step / 50) for step in range(0, 201, 20)]
    rows = rows_of(losses, validation)
    assert alarms(rows) == []
    history = LossHistory(200, rows)
    assert not history.is_far_worse(200)
    assert history.best(range(1, 201)) == 20


# ---- true alarms ----


@pytest.mark.parametrize("steps, window", [(22, 10), (100, 10), (300, 30), (500, 50), (9600, 50)])
def test_a_jump_is_noticed_after_half_a_window_and_one_step(steps, window):
    assert window_of(steps) == window
    start = steps // 2 + 1
    losses = falling(steps)
    losses[start - 1 :] = [24.9] * (steps - start + 1)
    until = start + window  # of no interest after that
    found = alarms(rows_of(losses[:until]), steps)
    assert found == list(range(found[0], min(until, steps) + 1))
    assert found[0] <= start + window // 2
    history = LossHistory(steps, rows_of(losses[: found[0]]))
    assert history.divergence(found[0]).onset == start


@pytest.mark.parametrize("steps", [9600, 100])
def test_a_jump_of_under_two_nats_is_noticed_one_step_later_than_a_higher_one(steps):
    window = window_of(steps)
    for jump, expected in ((2.1, window // 2), (1.9, window // 2 + 1)):
        losses = [3.0] * (2 * window) + [3.0 + jump] * window
        assert alarms(rows_of(losses), steps)[0] == 2 * window + expected


def test_a_slow_rise_is_noticed_once_it_is_a_nat_high():
    losses = falling(1000)
    for step in range(500, 1000):
        losses[step] += (step - 500) / 100
    [first, *_] = alarms(rows_of(losses))
    assert 600 <= first <= 700


def test_a_run_that_leaves_the_validation_loss_of_its_start_behind_has_diverged():
    """No window of its training losses was ever good."""
    losses = [3.0, 8.0, *[9.0] * 38]
    assert alarms(rows_of(losses)) == []
    assert alarms(rows_of(losses, [(0, 3.0), (5, 9.0), (10, 9.0), (20, 8.9)])) == [10, 20]


@pytest.mark.parametrize("loss, norm", [(math.nan, 1.0), (1.0, math.inf), (-math.inf, math.nan)])
def test_a_loss_or_gradient_that_is_not_finite_is_a_divergence(loss, norm):
    divergence = not_finite(StepResult(loss, norm, False), 22)
    assert (divergence.step, divergence.onset) == (22, 22)
    assert divergence.reason == (
        f"the loss is {loss} and the gradient norm {norm}; the weights were not updated"
    )
    assert not_finite(StepResult(1e30, 1e30, False), 22) is None


# ---- which checkpoints and weights are good ----


def test_checkpoints_are_judged_by_their_validation_or_by_the_loss_after_them():
    losses = [5.0] * 40 + [60.0] * 10
    history = LossHistory(100, rows_of(losses, [(20, 5.0), (40, 63.8)]))
    good = [10, 20, 30, 39]
    assert [step for step in (10, 20, 30, 39, 40, 45, 50) if history.is_good(step)] == good
    assert history.newest_good([10, 20, 40, 50]) == 20
    assert history.newest_good([40, 50]) is None
    assert history.best([20, 40]) == 20
    assert history.best([10, 30]) is None


def test_weights_broken_by_the_very_last_step_are_far_worse():
    assert LossHistory(22, rows_of([5.0] * 22, [(20, 5.7), (22, 63.8)])).is_far_worse(22)
    assert LossHistory(22, rows_of([5.0] * 22, [(20, 5.7), (22, math.nan)])).is_far_worse(22)
    assert not LossHistory(22, rows_of([5.0] * 22, [(20, 5.7), (22, 6.0)])).is_far_worse(22)


# ---- rewinds ----


def test_after_a_rewind_no_batch_is_seen_twice_and_none_before_it_changes():
    schedule = Schedule(1000, 1e-3, 1e-4, 10)
    first = make_rewind(100, 150, 130, "", schedule, [])
    seen = [*range(1, 151), *(shifted_step(step, [first]) for step in range(101, 131))]
    for back_to in (120, 100, 50):
        second = make_rewind(back_to, 130, 125, "", schedule, [first])
        rewinds = [first, second]
        later = [shifted_step(step, rewinds) for step in range(back_to + 1, 300)]
        assert not set(seen) & set(later)
        assert later == list(range(181, 181 + len(later)))
        assert shifted_step(back_to, rewinds) == shifted_step(back_to, [first])


def test_each_rewind_halves_the_rate_from_its_step_on_and_undoes_the_raise_that_caused_it():
    schedule = Schedule(100, 1e-3, 1e-3, 0, ((10, 0.5), (30, 1000.0), (80, 2.0)))
    rewinds = [Rewind(25, 35, 0.5, 10, ""), Rewind(20, 40, 0.5, 30, "")]
    rates = rewound_schedule(schedule, rewinds)
    halved = {9: 1, 10: 0.5, 20: 0.5, 21: 0.25, 25: 0.25, 26: 0.125, 30: 0.125, 80: 0.25}
    assert {step: rates.at(step) / 1e-3 for step in halved} == pytest.approx(halved)


@pytest.mark.parametrize("shape, cooldown", [("linear", None), ("trapezoid", 0.3)])
def test_a_rewind_changes_nothing_else_of_a_schedule(shape, cooldown):
    schedule = Schedule(100, 1e-3, 0.0, 10, ((5, 0.5),), shape, cooldown)
    rates = rewound_schedule(schedule, [Rewind(40, 50, 0.25, 10, "")])
    for step in range(1, 101):
        factor = 1 if step <= 40 else 0.25
        assert rates.at(step) == pytest.approx(factor * schedule.at(step))


def test_after_a_rise_during_warm_up_the_peak_is_half_the_rate_it_began_with():
    schedule = Schedule(1000, 1e-3, 1e-4, 100)
    rewind = make_rewind(20, 50, 40, "", schedule, [])
    peak = max(rewound_schedule(schedule, [rewind]).at(step) for step in range(21, 1001))
    assert peak == pytest.approx(schedule.at(40) / 2)


# ---- whole runs of a small model ----


def resume_plan(plan, run, tokenizer):
    """As the scripts do: with the rewinds that run.json holds."""
    rewinds = read_run_json(run).get("rewinds", [])
    plan = replace(plan, run_json=plan.run_json | {"rewinds": rewinds})
    return run_plan(plan, run, tokenizer, newest_checkpoint(run))


def logged(run):
    rows = read_loss_log(run / "loss.csv")
    return [(row.step, row.tokens, row.split, row.loss, row.learning_rate) for row in rows]


def losses(run, split):
    return {step: loss for step, _, of, loss, _ in logged(run) if of == split}


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def weights_at(run, step):
    return weights(run / "checkpoints" / f"step_{step:07d}")


@pytest.mark.parametrize("keeps_best", [False, True], ids=["newest", "best"])
def test_a_finite_divergence_stops_and_the_named_remedy_resumes_before_the_rise(
    tokenizer, tmp_path, keeps_best
):
    with pytest.raises(ValueError) as problem:
        run_plan(replace(explosive_plan(), keeps_best=keeps_best), tmp_path, tokenizer)
    message = str(problem.value)
    assert "the loss has risen far above its lowest" in message
    assert int(message.split()[1].rstrip(":")) <= 31 + 7  # known within 7 steps
    good = tmp_path / "checkpoints" / "step_0000030"
    assert message.endswith(
        f"The last good checkpoint is {good}: resume from it at half the learning rate "
        "with --resume --lr-drop 31:0.5, and without --lr-drop 31:1000"
    )
    assert newest_checkpoint(tmp_path) == good
    assert weights(tmp_path) == weights(good)
    resumed = explosive_plan(lr_drop=((31, 0.5),))
    resume_plan(replace(resumed, keeps_best=keeps_best), tmp_path, tokenizer)
    validation = losses(tmp_path, "val")
    assert validation[60] < validation[30] + 0.1
    assert list(losses(tmp_path, "train")) == list(range(1, 61))


def test_the_named_remedy_repeats_the_other_drops_of_the_run(tokenizer, tmp_path):
    plan = explosive_plan(lr_drop=((5, 0.5), (31, 2000.0), (55, 0.9)))
    with pytest.raises(ValueError) as problem:
        run_plan(plan, tmp_path, tokenizer)
    assert str(problem.value).endswith(
        "with --resume --lr-drop 31:0.5 5:0.5 55:0.9 in place of any other --lr-drop"
    )


def test_checkpoints_from_after_the_rise_are_set_aside_and_nothing_is_deleted(tokenizer, tmp_path):
    plan = explosive_plan(eval_every=0, save_every=2, keep=3)
    with pytest.raises(ValueError, match="diverged_step_0000032, diverged_step_0000034"):
        run_plan(plan, tmp_path, tokenizer)
    assert steps_saved(tmp_path)[-1] == 30
    assert (tmp_path / "checkpoints" / "diverged_step_0000032").is_dir()
    assert weights(tmp_path) == weights_at(tmp_path, 30)


def test_weights_broken_by_the_step_they_were_saved_after_are_not_the_good_ones(
    tokenizer, tmp_path
):
    """Without validation only later losses show it, when --keep 1 has pruned."""
    plan = explosive_plan(lr_drop=((30, 1000.0),), eval_every=0, save_every=10, keep=1)
    with pytest.raises(ValueError, match="The last good checkpoint is .*step_0000020: "):
        run_plan(plan, tmp_path, tokenizer)
    assert steps_saved(tmp_path) == [20]


def test_when_ignored_the_best_is_kept_and_stays_published(tokenizer, tmp_path, capsys):
    progress = run_plan(explosive_plan(on_divergence="ignore"), tmp_path, tokenizer)
    validation = losses(tmp_path, "val")
    assert validation[60] > min(validation.values()) + 1
    assert progress.best_loss == pytest.approx(min(validation.values()), abs=1e-6)
    assert steps_saved(tmp_path) == sorted({progress.best_step, 30, 55, 60})
    assert weights(tmp_path) == weights_at(tmp_path, progress.best_step)
    output = capsys.readouterr().out
    assert output.count("warning: step") == 1
    assert f"the run's model is that of step {progress.best_step}" in output


def test_a_healthy_run_keeps_the_newest_and_publishes_it(tokenizer, tmp_path):
    progress = run_plan(explosive_plan(lr_drop=()), tmp_path, tokenizer)
    assert steps_saved(tmp_path) == sorted({progress.best_step, 55, 60})
    assert weights(tmp_path) == weights_at(tmp_path, 60)


@pytest.mark.parametrize("factor", [1000.0, 1e33], ids=["finite", "not finite"])
def test_a_rewound_run_goes_on_by_itself_and_says_so(tokenizer, tmp_path, capsys, factor):
    plan = explosive_plan(on_divergence="rewind", lr_drop=((31, factor),))
    run_plan(plan, tmp_path, tokenizer)
    [rewind] = read_run_json(tmp_path)["rewinds"]
    assert (rewind["step"], rewind["factor"]) == (30, 0.5)
    assert rewind["shift"] == rewind["diverged_at"] - 30
    assert "Rewound to step 30 (1 of at most 3 times)" in capsys.readouterr().out
    validation = losses(tmp_path, "val")
    assert validation[60] < validation[30] + 0.1
    assert list(losses(tmp_path, "train")) == list(range(1, 61))
    rates = {step: rate for step, _, split, _, rate in logged(tmp_path) if split == "train"}
    expected = [replace(plan.settings, lr_drop=((31, 0.5),)).learning_rates.at(s) for s in rates]
    assert list(rates.values()) == pytest.approx(expected)


def crash_after(number):
    """The function that gives the batches, until it has given so many."""
    given = []

    def batch(step):
        if len(given) == number:
            raise OSError("power cut")
        given.append(step)
        return learnable_batch(step)

    return batch


def test_a_resumed_run_repeats_an_uninterrupted_one_that_was_rewound_bit_for_bit(
    tokenizer, tmp_path
):
    plan = explosive_plan(on_divergence="rewind", keep=0, steps=50, save_every=10)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run_plan(plan, whole, tokenizer)
    for number in (33, 39, 50):  # steps taken: during the rise; just after the rewind; later
        run = parts / str(number)
        crashing_batch = crash_after(number)
        with pytest.raises(OSError):
            run_plan(replace(plan, batches=crashing_batch), run, tokenizer)
        resume_plan(plan, run, tokenizer)
        assert logged(run) == logged(whole)
        assert weights(run) == weights(whole)
        assert read_run_json(run)["rewinds"] == read_run_json(whole)["rewinds"]


def test_a_run_diverging_before_its_first_checkpoint_is_rewound_to_its_start(tokenizer, tmp_path):
    plan = explosive_plan(on_divergence="rewind", lr_drop=((12, 1000.0),), save_every=50)
    run_plan(plan, tmp_path, tokenizer)
    assert [each["step"] for each in read_run_json(tmp_path)["rewinds"]] == [0]
    assert [row for row in logged(tmp_path) if row[0] == 0 and row[2] == "val"] != []
    assert len(losses(tmp_path, "val")) == len([r for r in logged(tmp_path) if r[2] == "val"])
    assert losses(tmp_path, "val")[60] < losses(tmp_path, "val")[0]


def test_a_run_rewinds_three_times_at_most(tokenizer, tmp_path):
    def batch(step):
        if step > 30:
            model.ln_f.bias.data.fill_(math.nan)
        return learnable_batch(step)

    model, optimizer = model_and_optimizer(tokenizer)
    plan = replace(explosive_plan(on_divergence="rewind", lr_drop=()), batches=batch)
    with pytest.raises(ValueError, match="step 31: .*has been rewound 3 times, the most allowed"):
        train(plan, tmp_path, model, tokenizer, optimizer, CPU)
    rewinds = read_run_json(tmp_path)["rewinds"]
    assert [rewind["step"] for rewind in rewinds] == [30, 30, 30]
    assert [rewind["shift"] for rewind in rewinds] == [1, 2, 3]


def test_a_run_that_stops_without_a_good_checkpoint_is_not_said_to_be_rewound_too_often(tmp_path):
    rewinds = [{"step": 5, "diverged_at": 9, "factor": 0.5, "shift": 4, "reason": ""}]
    plan = explosive_plan(on_divergence="rewind")
    plan = replace(plan, run_json=plan.run_json | {"rewinds": rewinds})
    message = describe_stop(plan, tmp_path, Divergence(12, 11, "the loss is nan"), None, [])
    assert message.startswith("step 12: the loss is nan. There is no checkpoint yet")


@pytest.mark.parametrize("starts_trained, published", [(True, 0), (False, 60)])
def test_in_place_of_far_worse_weights_the_start_is_published_if_it_was_trained(
    tokenizer, tmp_path, capsys, starts_trained, published
):
    """The last step breaks them, too late for a divergence; only the start was saved before."""
    plan = explosive_plan(on_divergence="rewind", lr_drop=((60, 1000.0),), save_every=0)
    run_plan(replace(plan, starts_trained=starts_trained), tmp_path, tokenizer)
    assert steps_saved(tmp_path) == [0, 60]
    assert weights(tmp_path) == weights_at(tmp_path, published)
    said = "the run's model is that of step 0" in capsys.readouterr().out
    assert said == starts_trained


def test_the_start_of_a_run_is_saved_after_its_log_is_on_disk(tokenizer, tmp_path, monkeypatch):
    order = []
    save, flush = saved_models.save_checkpoint, LossLog.flush_to_disk

    def noted_save(*arguments):
        order.append("save")
        return save(*arguments)

    def noted_flush(log):
        order.append("flush")
        flush(log)

    monkeypatch.setattr(saved_models, "save_checkpoint", noted_save)
    monkeypatch.setattr(LossLog, "flush_to_disk", noted_flush)
    run_plan(explosive_plan(on_divergence="rewind", steps=2, lr_drop=()), tmp_path, tokenizer)
    assert order[:2] == ["flush", "save"]


def test_without_any_checkpoint_the_remedy_is_a_new_start(tokenizer, tmp_path):
    plan = explosive_plan(lr_drop=((2, 1e38),), save_every=0)
    with pytest.raises(ValueError, match="There is no checkpoint yet: start again with --resume"):
        run_plan(plan, tmp_path, tokenizer)
