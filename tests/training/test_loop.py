"""The loop: resuming, and whole runs of a few steps."""

import math
import os
import shutil
import signal
from dataclasses import replace

import pytest
import torch

from network.model_folder import load_model
from tests.support.models import CPU, batch_of, masked_sequences
from tests.support.training import (
    draw_batch,
    model_and_optimizer,
    run_plan,
    small_model,
    small_plan,
    steps_saved,
)
from training.checkpoints import all_checkpoints, newest_checkpoint
from training.loop import is_due, resume, train
from training.loss_log import read_loss_log
from training.optimizer import Optimizer
from training.sample_log import Sample
from training.validation import evaluate


@pytest.mark.parametrize(
    "every, step, is_last, expected",
    [
        (0, 10, False, False),
        (0, 10, True, False),
        (5, 10, False, True),
        (5, 11, False, False),
        (5, 11, True, True),
    ],
)
def test_a_periodic_action_is_due_at_its_multiples_and_at_the_end_unless_turned_off(
    every, step, is_last, expected
):
    assert is_due(every, step, is_last) == expected


# ---- whole runs ----


def logged(run):
    """The rows of loss.csv without their times."""
    rows = read_loss_log(run / "loss.csv")
    return [(row.step, row.tokens, row.split, row.loss, row.learning_rate) for row in rows]


def test_a_run_validates_saves_and_samples_when_it_is_due(tokenizer, tmp_path, capsys):
    plan = small_plan(steps=5, sample_every=4, sample=lambda model: Sample("some", " text"))
    progress = run_plan(plan, tmp_path, tokenizer)
    assert (progress.step, progress.tokens) == (5, 5 * 8 * 16)
    splits = [(step, split) for step, _, split, _, _ in logged(tmp_path)]
    validated = [step for step, split in splits if split == "val"]
    trained = [step for step, split in splits if split == "train"]
    assert validated == [0, 2, 4, 5]
    assert trained == [1, 2, 3, 4, 5]
    assert steps_saved(tmp_path) == [3, 5]
    assert capsys.readouterr().out.count("sample: 'some text'") == 2  # after steps 4 and 5


def test_the_log_has_the_loss_before_the_step_and_the_schedules_rate(tokenizer, tmp_path):
    plan = small_plan(steps=2, lr_drop=((2, 0.5),))
    run_plan(plan, tmp_path, tokenizer)
    first, second = [row for row in logged(tmp_path) if row[2] == "train"]
    model = small_model(tokenizer)
    expected = evaluate(model, draw_batch(1).micro_batches, CPU)
    assert first[3] == pytest.approx(expected, abs=2e-6)
    rates = [first[4], second[4]]
    middle = 1e-3 + 9e-3 * (1 + math.cos(math.pi / 2)) / 2
    assert rates == pytest.approx([middle, 1e-3 / 2])


def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(tokenizer, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run_plan(small_plan(), whole, tokenizer)
    run_plan(small_plan(), parts, tokenizer)
    last = all_checkpoints(parts)[-1]
    last.rename(tmp_path / "lost")
    run_plan(small_plan(), parts, tokenizer, newest_checkpoint(parts))
    assert logged(parts) == logged(whole)
    weights = "model.safetensors"
    assert (parts / weights).read_bytes() == (whole / weights).read_bytes()
    assert (last / weights).read_bytes() == (tmp_path / "lost" / weights).read_bytes()


def test_a_run_with_nothing_left_to_do_says_so_and_changes_neither_log_nor_weights(
    tokenizer, tmp_path, capsys
):
    remark = f"{tmp_path} has taken all its 6 steps already\n"
    run_plan(small_plan(), tmp_path, tokenizer)
    assert remark not in capsys.readouterr().out
    before = [(tmp_path / name).read_bytes() for name in ("loss.csv", "model.safetensors")]
    run_plan(small_plan(), tmp_path, tokenizer, newest_checkpoint(tmp_path))
    assert remark in capsys.readouterr().out
    after = [(tmp_path / name).read_bytes() for name in ("loss.csv", "model.safetensors")]
    assert before == after


def test_the_best_weights_are_saved_at_once_and_published(tokenizer, tmp_path):
    plan = small_plan(keeps_best=True, save_every=0, lr_drop=((3, 1000.0),))
    progress = run_plan(plan, tmp_path, tokenizer)
    losses = {step: loss for step, _, split, loss, _ in logged(tmp_path) if split == "val"}
    del losses[0]  # there is no checkpoint of the start
    assert progress.best_step == min(losses, key=losses.get) == 2
    assert steps_saved(tmp_path) == [2, 6]
    best = tmp_path / "checkpoints" / "step_0000002" / "model.safetensors"
    assert (tmp_path / "model.safetensors").read_bytes() == best.read_bytes()


def test_the_loss_called_val_is_the_mean_of_the_parts_by_their_shares(tokenizer, tmp_path):
    parts = {
        f"val/{name}": batch_of(*masked_sequences(6, seed), 4).micro_batches
        for seed, name in enumerate("ab")
    }
    plan = replace(small_plan(steps=2), validation=parts, shares={"val/a": 0.75, "val/b": 0.25})
    progress = run_plan(plan, tmp_path, tokenizer)
    losses = progress.validation
    assert list(losses) == ["val/a", "val/b", "val"]
    assert losses["val"] == pytest.approx(0.75 * losses["val/a"] + 0.25 * losses["val/b"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_step_it_came_in_and_saves(tokenizer, tmp_path, capsys, number):
    def batch(step):
        if step == 2:
            os.kill(os.getpid(), number)
        return draw_batch(step)

    with pytest.raises(SystemExit) as end:
        run_plan(small_plan(batch), tmp_path, tokenizer)
    assert end.value.code == 128 + number
    assert steps_saved(tmp_path) == [2]
    expected = "stopped and saved after step 2; resume it with --resume"
    assert expected in capsys.readouterr().out


def test_a_signal_in_the_last_step_ends_the_run_as_usual(tokenizer, tmp_path):
    def batch(step):
        if step == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return draw_batch(step)

    assert run_plan(small_plan(batch), tmp_path, tokenizer).step == 6
    assert steps_saved(tmp_path) == [3, 6]


def test_a_loss_that_is_not_finite_never_reaches_the_weights(tokenizer, tmp_path):
    model, optimizer = model_and_optimizer(tokenizer)
    before = []

    def batch(step):
        if step == 3:
            before.extend(parameter.detach().clone() for parameter in model.parameters())
            model.ln_f.bias.data.fill_(math.nan)
        return draw_batch(step)

    with pytest.raises(ValueError, match="step 3: the loss is nan"):
        train(small_plan(batch), tmp_path, model, tokenizer, optimizer, CPU)
    for (name, parameter), old in zip(model.named_parameters(), before):
        assert name == "ln_f.bias" or torch.equal(parameter, old)
    assert [row[0] for row in logged(tmp_path) if row[2] == "train"] == [1, 2]


# ---- resuming ----


@pytest.fixture(scope="module")
def short_run(tokenizer, tmp_path_factory):
    """A run of small_plan of three steps."""
    run = tmp_path_factory.mktemp("runs") / "short"
    run_plan(small_plan(steps=3), run, tokenizer)
    return run


@pytest.fixture
def checkpoint(short_run, tmp_path):
    """A copy of the checkpoint of step 3 of a run of small_plan."""
    return newest_checkpoint(shutil.copytree(short_run, tmp_path / "run"))


def change_state(checkpoint, change):
    path = checkpoint / "training_state.pt"
    state = torch.load(path, weights_only=True)
    change(state)
    torch.save(state, path)


def test_resuming_fills_model_and_optimizer(tokenizer, checkpoint):
    model = small_model(tokenizer, seed=9)
    optimizer = Optimizer("adamw", model)
    progress = resume(checkpoint, model, optimizer)
    assert (progress.step, progress.tokens) == (3, 3 * 8 * 16)
    expected, _ = load_model(checkpoint)
    for ours, theirs in zip(model.parameters(), expected.parameters()):
        assert torch.equal(ours, theirs)
    steps = {int(state["step"]) for state in optimizer.optimizers[0].state.values()}
    assert steps == {3}


BROKEN_STATES = {
    "no optimizer": lambda state: state.pop("optimizer"),
    "no progress": lambda state: state.pop("progress"),
    "another optimizer": lambda state: state["optimizer"].append({}),
    "another step": lambda state: state["progress"].update(step=4),
    "unknown number": lambda state: state["progress"].update(mood=1),
    "negative tokens": lambda state: state["progress"].update(tokens=-1),
    "text for a number": lambda state: state["progress"].update(seconds="long"),
    "moments of another shape": lambda state: state["optimizer"][0]["state"][0].update(
        exp_avg=torch.zeros(3)
    ),
}


@pytest.mark.parametrize("name", BROKEN_STATES)
def test_a_training_state_of_another_run_is_refused_in_a_sentence(tokenizer, checkpoint, name):
    change_state(checkpoint, BROKEN_STATES[name])
    with pytest.raises(ValueError, match="holds no training state of this run.*; delete it"):
        resume(checkpoint, *model_and_optimizer(tokenizer))
