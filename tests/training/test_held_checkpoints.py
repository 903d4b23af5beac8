"""Checkpoints and logs while other programs have their files open, as on Windows."""

import os
import shutil
from dataclasses import replace

import pytest
import torch

from model import GPT
from network.model_folder import load_model
from tests.support.training import (
    explosive_plan,
    run_plan,
    small_model,
    small_plan,
    steps_saved,
)
from tests.support.windows import ACCESS_DENIED, Clock, HeldFile, mapped_files
from training.checkpoints import (
    load_checkpoint,
    newest_checkpoint,
    prune,
    publish,
    publish_unless_held,
    save_checkpoint,
)
from training.loss_log import LossLog, Row, cut_back, read_loss_log
from training.sample_log import Sample

FOREVER = 10**6


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tools.files.time", clock)
    return clock


@pytest.fixture(scope="module")
def model(tokenizer):
    return small_model(tokenizer, seed=1)


def hold(monkeypatch, function, times, **options):
    """Refuse the first calls of a function of `os` or another module."""
    held = HeldFile(times, **options)
    module, name = function.rsplit(".", 1)
    target = {"os": os, "shutil": shutil, "torch": torch}[module]
    monkeypatch.setattr(target, name, held.guard(getattr(target, name)))
    return held


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# ---- a moment ----


@pytest.mark.parametrize("function", ["os.replace", "os.unlink", "os.link", "os.rmdir"])
def test_a_scanner_that_holds_files_for_a_moment_changes_nothing(
    tokenizer, tmp_path, monkeypatch, clock, function
):
    plan = small_plan(keep=1, save_every=1)
    run_plan(plan, tmp_path / "undisturbed", tokenizer)
    held = hold(monkeypatch, function, times=3, winerror=ACCESS_DENIED)
    run_plan(plan, tmp_path / "disturbed", tokenizer)
    assert held.calls > 3
    assert len(clock.pauses) == 3
    for name in ("model.safetensors", "checkpoints/step_0000006/model.safetensors"):
        undisturbed, disturbed = [tmp_path / run / name for run in ("undisturbed", "disturbed")]
        assert disturbed.read_bytes() == undisturbed.read_bytes()
    assert names_in(tmp_path / "disturbed") == names_in(tmp_path / "undisturbed")
    assert names_in(tmp_path / "disturbed/checkpoints") == ["step_0000006"]


def test_a_held_checkpoint_is_read_once_it_is_closed(tmp_path, model, tokenizer, monkeypatch):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {"tensor": torch.ones(9)})
    held = hold(monkeypatch, "torch.load", times=2, winerror=None)
    assert torch.equal(load_checkpoint(saved, GPT(model.config))["tensor"], torch.ones(9))
    assert held.calls == 3


def test_a_checkpoint_that_stays_held_is_not_called_corrupt(
    tmp_path, model, tokenizer, monkeypatch
):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {})
    hold(monkeypatch, "torch.load", times=FOREVER, winerror=None)
    with pytest.raises(PermissionError):
        load_checkpoint(saved, GPT(model.config))


def test_a_loaded_model_keeps_no_file_mapped(tmp_path, model, tokenizer):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {"tensor": torch.ones(9)})
    state = load_checkpoint(saved, GPT(model.config))
    loaded, _ = load_model(saved)
    assert state and loaded
    assert not [name for name in mapped_files() if name.startswith(str(tmp_path))]


def test_publishing_copies_if_the_file_system_has_no_hard_links(
    tmp_path, model, tokenizer, monkeypatch, clock
):
    def fail(*_):
        problem = OSError(22, "Incorrect function")
        problem.winerror = 1  # what CreateHardLink says on FAT and exFAT
        raise problem

    monkeypatch.setattr(os, "link", fail)
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {})
    publish(saved, tmp_path)
    name = "model.safetensors"
    assert (tmp_path / name).read_bytes() == (saved / name).read_bytes()
    assert clock.pauses == []


# ---- longer than anyone waits ----


def test_pruning_never_raises_and_says_what_is_left(tmp_path, monkeypatch, clock):
    for step in (5, 10, 15, 20):
        (tmp_path / "checkpoints" / f"step_{step:07d}").mkdir(parents=True)
        (tmp_path / "checkpoints" / f"step_{step:07d}" / "config.json").touch()
    with monkeypatch.context() as patch:
        hold(patch, "os.replace", times=FOREVER)
        left = prune(tmp_path, 1)
    assert [path.name for path in left] == ["step_0000005", "step_0000010", "step_0000015"]
    assert clock.now < 12  # seconds for all of them together
    assert steps_saved(tmp_path) == [5, 10, 15, 20]
    with monkeypatch.context() as patch:
        hold(patch, "os.unlink", times=FOREVER, name="config.json")
        left = prune(tmp_path, 1)
    assert len(left) == 3
    assert steps_saved(tmp_path) == [20]  # what is deleted in part is not taken for a checkpoint
    assert prune(tmp_path, 1) == []
    assert names_in(tmp_path / "checkpoints") == ["step_0000020"]


def test_a_checkpoint_is_saved_beside_its_own_undeletable_leftover(
    tmp_path, model, tokenizer, monkeypatch
):
    leftover = tmp_path / "checkpoints" / ".step_0000005.tmp"
    leftover.mkdir(parents=True)
    (leftover / "config.json").write_text("stale")
    with monkeypatch.context() as patch:
        hold(patch, "os.unlink", times=FOREVER, name="config.json")
        saved = save_checkpoint(tmp_path, 5, model, tokenizer, {"a": 1})
    assert load_checkpoint(saved, GPT(model.config)) == {"a": 1}
    assert names_in(tmp_path / "checkpoints") == [".step_0000005.tmp", "step_0000005"]
    assert prune(tmp_path, 0) == []
    assert names_in(tmp_path / "checkpoints") == ["step_0000005"]


def test_a_run_that_cannot_prune_warns_once_and_goes_on(tokenizer, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        hold(patch, "os.rmdir", times=FOREVER, name="step_0000001.tmp")
        assert run_plan(small_plan(keep=1, save_every=1), tmp_path, tokenizer).step == 6
    assert capsys.readouterr().out.count("could not be deleted") == 1
    assert steps_saved(tmp_path) == [6]
    run_plan(small_plan(keep=1, save_every=1), tmp_path, tokenizer, newest_checkpoint(tmp_path))
    assert names_in(tmp_path / "checkpoints") == ["step_0000006"]


@pytest.mark.parametrize("keeps_best", [False, True])
def test_a_run_whose_model_is_held_goes_on_and_publishes_it_later(
    tokenizer, tmp_path, monkeypatch, capsys, keeps_best
):
    plan = small_plan(save_every=1, eval_every=1, keeps_best=keeps_best)
    run_plan(plan, tmp_path / "undisturbed", tokenizer)
    settings = replace(plan.settings, keep=2, sample_every=4)
    plan = replace(plan, sample=lambda _: patch.undo() or Sample("", "closed"), settings=settings)
    with monkeypatch.context() as patch:
        patch.setattr("tools.files.time", Clock())
        held = hold(patch, "os.replace", times=FOREVER, name="disturbed/model.safetensors")
        run_plan(plan, tmp_path / "disturbed", tokenizer)  # its sample closes the file
    assert held.calls > 0
    assert capsys.readouterr().out.count("run's model is not updated") == 1
    published = [tmp_path / run / "model.safetensors" for run in ("undisturbed", "disturbed")]
    assert published[0].read_bytes() == published[1].read_bytes()


def test_if_the_last_model_cannot_be_published_the_run_says_so_and_resuming_does_it(
    tokenizer, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        hold(patch, "os.replace", times=FOREVER, name=f"{tmp_path.name}/model.safetensors")
        with pytest.raises(PermissionError):
            run_plan(small_plan(), tmp_path, tokenizer)
    assert steps_saved(tmp_path) == [3, 6]
    run_plan(small_plan(), tmp_path, tokenizer, newest_checkpoint(tmp_path))
    last = newest_checkpoint(tmp_path) / "model.safetensors"
    assert (tmp_path / "model.safetensors").read_bytes() == last.read_bytes()


def test_a_disk_that_is_full_still_ends_a_run_at_once(tmp_path, model, tokenizer, monkeypatch):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {})

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copyfile", fail)
    with pytest.raises(OSError, match="No space left"):
        publish_unless_held(saved, tmp_path)


# ---- loss.csv ----


def test_a_held_loss_log_is_opened_once_it_is_closed(tmp_path, monkeypatch):
    path = tmp_path / "loss.csv"
    held = HeldFile(times=4, winerror=None)
    monkeypatch.setattr("pathlib.Path.open", held.guard(type(path).open))
    log = LossLog(path)
    log.write(Row(1, 10, 0.5, "val", 2.0))
    log.close()
    assert held.calls == 5
    assert [row.loss for row in read_loss_log(path)] == [2.0]


def test_a_loss_log_that_cannot_be_replaced_is_cut_back_in_place(tmp_path, monkeypatch):
    logs = [tmp_path / name for name in ("free.csv", "held.csv")]
    for path in logs:
        log = LossLog(path)
        for step in range(1, 6):
            log.write(Row(step, 10 * step, 0.5, "val", 2.0))
        log.close()
    hold(monkeypatch, "os.replace", times=FOREVER, name="held.csv")
    for path in logs:
        cut_back(path, 3)
    assert logs[0].read_bytes() == logs[1].read_bytes()
    assert [row.step for row in read_loss_log(logs[1])] == [1, 2, 3]


def test_a_rewind_continues_although_the_log_is_held(tokenizer, tmp_path, monkeypatch):
    plan = explosive_plan(on_divergence="rewind")
    run_plan(plan, tmp_path / "undisturbed", tokenizer)
    held = hold(monkeypatch, "os.replace", times=FOREVER, name="disturbed/loss.csv")
    run_plan(plan, tmp_path / "disturbed", tokenizer)
    assert held.calls > 0
    runs = [tmp_path / name for name in ("undisturbed", "disturbed")]
    losses = [[row.loss for row in read_loss_log(run / "loss.csv")] for run in runs]
    assert losses[0] == losses[1]
