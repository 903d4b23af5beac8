"""--check: what it reports, what it refuses, and that it changes nothing."""

import json
import shutil
import warnings
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from tests.support.models import CPU, batch_of, masked_sequences
from tests.support.training import model_and_optimizer, small_plan
from training import check as check_module
from training import machine_report
from training.check import Check, affordable, check_run, choose_micro_batches, size_of
from training.device_memory import MemoryUse
from training.machine_report import (
    checkpoint_bytes,
    count_saves,
    count_validations,
    disk_bytes_needed,
    start_lines,
)
from training.micro_batching import MicroBatching
from training.run_folder import NEW_RUN, open_run
from training.settings import OPTIMIZERS

GB = 10**9


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def check(plan, run, tokenizer):
    model, optimizer = model_and_optimizer(tokenizer)
    check_run(plan, run, model, tokenizer, optimizer, CPU)


def lines_of(output):
    """The report as a dictionary: the first word of each line, and the rest."""
    return {line.split()[0]: line[12:] for line in output.splitlines() if line.strip()}


# ---- the report ----


def test_the_report_has_a_line_for_each_question(run, tokenizer, capsys):
    check(small_plan(), run, tokenizer)
    report = lines_of(capsys.readouterr().out)
    names = "software device precision schedule compiled memory checkpoint speed time disk ready:"
    assert list(report) == names.split()
    assert report["software"] == f"torch {torch.__version__}"
    assert "CPU" in report["device"]
    assert report["precision"].startswith("float32")
    assert report["schedule"] == "0.01, then a cosine to 0.001 at step 6"
    assert report["compiled"] == "no: --compile off"
    assert "for 6 steps of" in report["time"]
    assert "for 2 checkpoints" in report["time"]
    assert "for 4 validations" in report["time"]


def test_a_check_leaves_no_trace_of_a_new_run(tmp_path, tokenizer):
    run = tmp_path / "run"
    plan = small_plan()
    open_run(run, {"resume": False}, {}, CPU, plan.settings, NEW_RUN)
    check(plan, run, tokenizer)
    assert not run.exists()


def test_a_check_changes_nothing_in_a_folder_that_holds_something(run, tokenizer):
    (run / "notes.txt").write_text("mine")
    check(small_plan(), run, tokenizer)
    assert [path.name for path in run.iterdir()] == ["notes.txt"]


def test_if_compiling_fails_the_reason_is_in_the_report(run, tokenizer, capsys, monkeypatch):
    def fail(*_):
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", lambda *_, **__: fail)
    model, optimizer = model_and_optimizer(tokenizer)
    check_run(small_plan(), run, model, tokenizer, optimizer, replace(CPU, compile=True))
    compiled = lines_of(capsys.readouterr().out)["compiled"]
    assert compiled.startswith("no: compiling failed")
    assert "no compiler here" in compiled


def test_warnings_that_only_mention_compiling_are_no_reason(run, tokenizer, capsys, monkeypatch):
    def fail(*_):
        warnings.warn(
            "script_method is deprecated; use `torch.compile`", DeprecationWarning, stacklevel=2
        )
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", lambda *_, **__: fail)
    model, optimizer = model_and_optimizer(tokenizer)
    check_run(small_plan(), run, model, tokenizer, optimizer, replace(CPU, compile=True))
    assert "script_method" not in lines_of(capsys.readouterr().out)["compiled"]


# ---- what would fail ----


def test_a_lack_of_memory_is_reported_and_ends_with_the_remedy(run, tokenizer, capsys):
    model, optimizer = model_and_optimizer(tokenizer)

    def run_out(ids, targets):
        raise torch.OutOfMemoryError("CUDA out of memory")

    model.loss = run_out
    with pytest.raises(ValueError, match="the device is out of memory; lower --micro-tokens"):
        check_run(small_plan(), run, model, tokenizer, optimizer, CPU)
    report = lines_of(capsys.readouterr().out)
    assert report["memory"] == "out of memory"
    assert "speed" not in report
    assert "disk" in report


def test_less_than_1_gb_is_warned_of(run, tokenizer, capsys, monkeypatch):
    monkeypatch.setattr(check_module, "read_use", lambda _: MemoryUse(1, 11 * GB, 11 * GB + 7))
    check(small_plan(), run, tokenizer)
    assert "warning: less than 1 GB is left; lower --micro-tokens" in capsys.readouterr().out


class TrialsOfACard:
    """Trials on a card of 4 GB, where a thousand tokens take 1.5 GB."""

    def __init__(self, *_):
        self.uses = {}

    def __call__(self, tokens):
        needed = int(1.5e6 * tokens)
        self.uses[tokens] = MemoryUse(needed, needed, 4 * GB) if needed <= 4 * GB else None
        return self.uses[tokens]

    def end(self):
        pass


@pytest.mark.parametrize(
    "tokens, smallest, expected",
    [
        (8000, 1000, "--micro-tokens 2000 is the largest number that leaves 1 GB free"),
        (4000, 2500, "even --micro-tokens 2500, the smallest, leaves less than 1 GB; close other"),
        (8000, 4000, "not even --micro-tokens 4000 fits; close other programs"),
        (1000, 1000, "no smaller --micro-tokens is possible; close other programs"),
    ],
)
def test_on_a_card_a_smaller_number_is_looked_for(
    run, tokenizer, monkeypatch, tokens, smallest, expected
):
    monkeypatch.setattr(check_module, "Trials", TrialsOfACard)
    candidates = tuple(smallest << doubling for doubling in range(4))
    micro = MicroBatching(tokens, smallest, candidates, lambda tokens: None, requested=tokens)
    model, optimizer = model_and_optimizer(tokenizer)
    plan = replace(small_plan(), micro=micro)
    check = Check(plan, run, model, tokenizer, optimizer, CPU, None)
    check.hardware = SimpleNamespace(device=torch.device("cuda"), world_size=1, is_first=True)
    monkeypatch.setattr(check_module, "free_cache", lambda _: None)
    assert expected in check.smaller_number()


def test_a_disk_that_is_too_small_is_refused(run, tokenizer, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(ValueError, match="the disk is too small: .* take a smaller --keep"):
        check(small_plan(), run, tokenizer)


# ---- the disk ----


@pytest.mark.parametrize(
    "save_every, step, expected", [(3, 0, 2), (4, 0, 2), (0, 0, 1), (3, 3, 1), (3, 6, 0)]
)
def test_checkpoints_to_come_are_counted(save_every, step, expected):
    assert count_saves(small_plan(save_every=save_every), step) == expected


@pytest.mark.parametrize(
    "eval_every, step, expected", [(2, 0, 4), (4, 0, 3), (0, 0, 0), (2, 3, 2), (2, 6, 0)]
)
def test_validations_to_come_are_counted(eval_every, step, expected):
    assert count_validations(small_plan(eval_every=eval_every), step) == expected


def test_the_start_of_a_run_that_may_rewind_is_a_checkpoint_too():
    plan = small_plan(save_every=3, on_divergence="rewind")
    assert count_saves(plan, 0) == 1 + count_saves(small_plan(save_every=3), 0)
    assert count_saves(plan, 3) == count_saves(small_plan(save_every=3), 3)


def test_the_disk_holds_all_checkpoints_or_the_newest_and_three_more(run):
    def needed(**changes):
        plan = small_plan(steps=100, save_every=10, eval_every=0, **changes)
        return disk_bytes_needed(plan, run, 0, GB) // GB

    assert needed(keep=0) == 10
    assert needed(keep=2) == 5
    (run / "checkpoints" / "step_0000010").mkdir(parents=True)
    assert needed(keep=2) == 4  # one is there already


@pytest.mark.parametrize(
    "eval_every, save_every, step, expected",
    [
        (10, 20, 0, 10),  # after steps 10, 20, …, 100
        (10, 0, 0, 10),
        (30, 40, 0, 6),  # 30, 40, 60, 80, 90, 100
        (40, 100, 79, 2),  # 80, 100
        (0, 50, 0, 2),
        (10, 10, 100, 0),
    ],
)
def test_where_the_best_are_saved_too_each_validation_may_write_a_checkpoint(
    run, eval_every, save_every, step, expected
):
    plan = small_plan(
        keeps_best=True, steps=100, save_every=save_every, eval_every=eval_every, keep=0
    )
    assert disk_bytes_needed(plan, run, step, GB) // GB == expected


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_size_of_a_checkpoint_is_predicted(run, tokenizer, name):
    from tests.support.training import small_model
    from training.checkpoints import save_checkpoint
    from training.optimizer import Optimizer

    model = small_model(tokenizer)
    optimizer = Optimizer(name, model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step(1e-3)
    saved = save_checkpoint(run, 1, model, tokenizer, {"optimizer": optimizer.state_dict()})
    files = [saved / "model.safetensors", saved / "training_state.pt"]
    size = sum(path.stat().st_size for path in files)
    assert checkpoint_bytes(model, optimizer) == pytest.approx(size, rel=0.2)


def test_a_start_says_what_the_machine_has_and_warns_of_a_small_disk(run, tokenizer, monkeypatch):
    model, optimizer = model_and_optimizer(tokenizer)
    first, rates, disk = start_lines(small_plan(), run, model, optimizer, CPU, 0)
    assert first.startswith(f"torch {torch.__version__}; ")
    assert rates == "learning rate: 0.01, then a cosine to 0.001 at step 6"
    assert disk.startswith("disk: ")
    monkeypatch.setattr(machine_report.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert start_lines(small_plan(), run, model, optimizer, CPU, 0)[-1].startswith(
        "warning: too little disk: "
    )


# ---- parts of a batch ----


def test_slow_steps_are_cut_to_the_largest_micro_batch_and_others():
    batch = batch_of(*masked_sequences(10), 4)  # of 4, 4 and 2 rows
    assert choose_micro_batches(batch, 3) is batch
    assert size_of(batch) == 160
    two = choose_micro_batches(batch, 2)
    assert [len(micro_batch.inputs) for micro_batch in two.micro_batches] == [4, 4]
    assert (two.target_count, two.tokens) == (batch.target_count, batch.tokens)
    nothing = replace(batch, micro_batches=[])  # a process may have none
    assert choose_micro_batches(nothing, 1) is nothing


def test_a_timed_step_has_as_many_micro_batches_as_take_20_seconds():
    assert affordable(128, 0.1, 1.0) == 128
    assert affordable(128, 1.0, 2.0) == 18
    assert affordable(128, 60.0, 2.0) == 1
    assert affordable(0, 0.0, 0.0) == 1


def test_the_scripts_check_without_changing_anything(data_folder, tmp_path, capsys, monkeypatch):
    import pretrain

    shape = {"n_positions": 256, "n_embd": 32, "n_layer": 1, "n_head": 2}
    monkeypatch.setitem(pretrain.SIZES, "tiny", shape)
    flags = "--size tiny --steps 4 --batch-tokens 512 --micro-tokens auto --dtype float32"
    flags += " --eval-every 0"
    paths = ["--data", str(data_folder), "--out", str(tmp_path / "run"), "--device", "cpu"]
    pretrain.main([*paths, *flags.split(), "--check"])
    assert "ready: the same command without --check starts it" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()
    pretrain.main([*paths, *flags.split(), "--sample-every", "0"])
    files = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    pretrain.main([*paths, *flags.split(), "--steps", "8", "--check", "--resume"])
    after = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert after == files
    content = json.loads((tmp_path / "run" / "run.json").read_text())
    assert content["settings"]["micro_tokens"] == 512
    assert content["micro_batching"]["asked"] == "auto"
