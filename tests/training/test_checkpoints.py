"""Checkpoints: whole or not there at all, the newest kept, one of them published."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from model import GPT
from network.model_folder import load_model
from tests.support.training import small_model
from training.checkpoints import (
    all_checkpoints,
    load_checkpoint,
    newest_checkpoint,
    prune,
    publish,
    save_checkpoint,
    step_of,
)


@pytest.fixture(scope="module")
def model(tokenizer):
    return small_model(tokenizer, seed=1)


def have_equal_weights(model, other):
    pairs = zip(model.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(ours, theirs) for ours, theirs in pairs)


def fail(*_, **__):
    raise OSError("no space left")


# ---- writing and reading ----


def test_a_checkpoint_brings_back_weights_and_training_state(tmp_path, model, tokenizer):
    state = {
        "progress": {"step": 7, "best_loss": float("inf")},
        "optimizer": [{"state": {0: {"exp_avg": torch.arange(3.0)}}}],
    }
    saved = save_checkpoint(tmp_path, 7, model, tokenizer, state)
    assert saved.name == "step_0000007"
    assert newest_checkpoint(tmp_path) == saved
    other = GPT(model.config, seed=9)
    loaded = load_checkpoint(saved, other)
    assert have_equal_weights(other, model)
    assert loaded["progress"] == state["progress"]
    assert torch.equal(loaded["optimizer"][0]["state"][0]["exp_avg"], torch.arange(3.0))


def test_a_checkpoint_that_exists_is_left_as_it_is(tmp_path, model, tokenizer):
    saved = save_checkpoint(tmp_path, 7, model, tokenizer, {"first": True})
    other = GPT(model.config, seed=9)
    assert save_checkpoint(tmp_path, 7, other, tokenizer, {"first": False}) == saved
    assert load_checkpoint(saved, other) == {"first": True}
    assert have_equal_weights(other, model)


@pytest.mark.parametrize(
    "function", ["network.model_folder.save_file", "torch.save", "training.checkpoints.os.replace"]
)
def test_a_checkpoint_cut_short_at_any_file_is_never_taken_for_one(
    tmp_path, model, tokenizer, monkeypatch, function
):
    save_checkpoint(tmp_path, 1, model, tokenizer, {})
    with monkeypatch.context() as patch:
        patch.setattr(function, fail)
        with pytest.raises(OSError):
            save_checkpoint(tmp_path, 2, model, tokenizer, {})
    assert newest_checkpoint(tmp_path).name == "step_0000001"
    assert save_checkpoint(tmp_path, 2, model, tokenizer, {}) == newest_checkpoint(tmp_path)


@pytest.mark.parametrize("function", ["network.model_folder.save_file", "torch.save"])
def test_a_full_disk_is_not_kept_full_by_half_a_checkpoint(
    tmp_path, model, tokenizer, monkeypatch, function
):
    monkeypatch.setattr(function, fail)
    with pytest.raises(OSError):
        save_checkpoint(tmp_path, 2, model, tokenizer, {})
    assert list((tmp_path / "checkpoints").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a zip file", None])
def test_a_corrupt_training_state_is_refused_with_the_remedy(tmp_path, model, tokenizer, content):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {"tensor": torch.ones(99)})
    path = saved / "training_state.pt"
    torn = path.read_bytes()[:-50]
    path.write_bytes(torn if content is None else content)
    with pytest.raises(ValueError) as problem:
        load_checkpoint(saved, GPT(model.config))
    assert str(problem.value).startswith(f"{path} is corrupt (")
    assert str(problem.value).endswith(f"delete {saved} to resume from the one before")


@pytest.mark.parametrize("name", ["model.safetensors", "training_state.pt"])
def test_a_checkpoint_without_a_file_is_not_called_corrupt(tmp_path, model, tokenizer, name):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {})
    (saved / name).unlink()
    with pytest.raises(ValueError) as problem:
        load_checkpoint(saved, GPT(model.config))
    remedy = f"delete {saved} to resume from the one before"
    assert str(problem.value) == f"{saved / name} is missing; {remedy}"


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_failure_of_the_device_while_saving_is_not_taken_for_a_full_disk(
    tmp_path, model, tokenizer, monkeypatch, problem
):
    def fail_on_device(*_):
        raise problem

    monkeypatch.setattr(torch, "save", fail_on_device)
    with pytest.raises(RuntimeError) as raised:
        save_checkpoint(tmp_path, 1, model, tokenizer, {})
    assert raised.value is problem


# ---- finding and deleting ----


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_only_the_newest_are_kept_and_the_published_weights_survive(tmp_path, model, tokenizer):
    for step in (5, 10, 15, 20):
        publish(save_checkpoint(tmp_path, step, model, tokenizer, {}), tmp_path)
    prune(tmp_path, 0)
    assert len(names_in(tmp_path / "checkpoints")) == 4
    prune(tmp_path, 2)
    assert names_in(tmp_path / "checkpoints") == ["step_0000015", "step_0000020"]
    shutil.rmtree(tmp_path / "checkpoints")
    assert have_equal_weights(load_model(tmp_path)[0], model)


def test_protected_checkpoints_are_kept_beside_the_newest(tmp_path):
    for step in (5, 10, 15, 20):
        (tmp_path / "checkpoints" / f"step_{step:07d}").mkdir(parents=True)
    prune(tmp_path, 2, protected=[5, 20])
    assert names_in(tmp_path / "checkpoints") == ["step_0000005", "step_0000015", "step_0000020"]


def test_what_a_crash_left_of_a_checkpoint_is_removed(tmp_path):
    (tmp_path / "checkpoints" / ".step_0000005.tmp").mkdir(parents=True)
    (tmp_path / "checkpoints" / "step_0000004").mkdir()
    assert newest_checkpoint(tmp_path).name == "step_0000004"
    prune(tmp_path, 0)
    assert names_in(tmp_path / "checkpoints") == ["step_0000004"]


def test_checkpoints_come_in_the_order_of_their_steps(tmp_path):
    for step in (10_000_000, 20, 9_999_999):
        (tmp_path / "checkpoints" / f"step_{step:07d}").mkdir(parents=True)
    (tmp_path / "checkpoints" / "notes").mkdir()
    steps = [step_of(checkpoint) for checkpoint in all_checkpoints(tmp_path)]
    assert steps == [20, 9_999_999, 10_000_000]
    assert step_of(newest_checkpoint(tmp_path)) == 10_000_000


def test_a_folder_without_checkpoints_has_no_newest_one(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["step_30", "step_0000003.tmp", ".step_0000003.tmp", "best"])
def test_a_folder_of_another_name_is_not_a_checkpoint(name):
    with pytest.raises(ValueError, match="is not the name of a checkpoint"):
        step_of(Path("runs/a/checkpoints") / name)


# ---- publishing ----


def test_publishing_works_without_hard_links(tmp_path, model, tokenizer, monkeypatch):
    monkeypatch.setattr(os, "link", fail)
    publish(save_checkpoint(tmp_path, 1, model, tokenizer, {}), tmp_path)
    assert have_equal_weights(load_model(tmp_path)[0], model)


def test_publishing_twice_leaves_the_model_and_nothing_else(tmp_path, model, tokenizer):
    saved = save_checkpoint(tmp_path, 1, model, tokenizer, {})
    publish(saved, tmp_path)
    before = names_in(tmp_path)
    publish(saved, tmp_path)
    assert names_in(tmp_path) == before
    assert "training_state.pt" not in before
    assert not any(name.endswith(".tmp") for name in before)
