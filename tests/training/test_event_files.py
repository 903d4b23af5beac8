"""--tensorboard: what TensorBoard's own reader finds in the event files of a run."""

import importlib.util
from dataclasses import replace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import pretrain
from tests.support.models import CPU
from tests.support.training import explosive_plan, run_plan, small_plan
from training.checkpoints import all_checkpoints, newest_checkpoint, step_of
from training.event_files import EventFiles
from training.loss_log import Row, read_loss_log
from training.sample_log import Sample


def events_of(run):
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    return events


def scalars(run, tag):
    return [(event.step, event.value) for event in events_of(run).Scalars(tag)]


def logged(run, split, field="loss"):
    """What loss.csv has, as (step, number)."""
    rows = [row for row in read_loss_log(run / "loss.csv") if row.split == split]
    return [(row.step, pytest.approx(getattr(row, field), rel=1e-4)) for row in rows]


def test_the_events_are_the_numbers_of_the_loss_log_and_the_samples(tokenizer, tmp_path):
    plan = small_plan(tensorboard=True, sample_every=4, sample=lambda _: Sample("*a*", " text\nb"))
    run_plan(plan, tmp_path, tokenizer)
    for field in ("loss", "learning_rate", "gradient_norm"):
        assert scalars(tmp_path, f"train/{field}") == logged(tmp_path, "train", field)
    speeds = scalars(tmp_path, "train/tokens_per_second")
    assert [step for step, _ in speeds] == [1, 2, 3, 4, 5, 6]
    assert scalars(tmp_path, "val/loss") == logged(tmp_path, "val")
    samples = events_of(tmp_path).Tensors("sample/text_summary")
    assert [event.step for event in samples] == [4, 6]
    assert samples[0].tensor_proto.string_val == [b"    *a* text\n    b"]  # a block of code


def test_a_resumed_run_shows_no_step_twice(tokenizer, tmp_path):
    plan = small_plan(tensorboard=True)
    run_plan(plan, tmp_path, tokenizer)
    [middle] = [path for path in all_checkpoints(tmp_path) if step_of(path) == 3]
    run_plan(plan, tmp_path, tokenizer, middle)
    assert len(list((tmp_path / "tensorboard").iterdir())) == 2
    assert scalars(tmp_path, "train/loss") == logged(tmp_path, "train")
    assert scalars(tmp_path, "val/loss") == logged(tmp_path, "val")


def test_a_finished_run_that_is_resumed_begins_no_file(tokenizer, tmp_path):
    plan = small_plan(tensorboard=True)
    run_plan(plan, tmp_path, tokenizer)
    run_plan(plan, tmp_path, tokenizer, newest_checkpoint(tmp_path))
    assert len(list((tmp_path / "tensorboard").iterdir())) == 1


def test_the_steps_that_a_rewind_undoes_are_not_shown(tokenizer, tmp_path):
    plan = explosive_plan(on_divergence="rewind", tensorboard=True)
    run_plan(plan, tmp_path, tokenizer)
    assert scalars(tmp_path, "train/loss") == logged(tmp_path, "train")


def test_other_processes_than_the_first_write_nothing(tokenizer, tmp_path):
    plan = small_plan(steps=2, eval_every=0, tensorboard=True)
    run_plan(plan, tmp_path, tokenizer, hardware=replace(CPU, rank=1))
    assert list(tmp_path.iterdir()) == []


def test_without_the_flag_there_are_no_event_files(tokenizer, tmp_path):
    run_plan(small_plan(steps=1), tmp_path, tokenizer)
    assert not (tmp_path / "tensorboard").exists()


def test_a_folder_that_cannot_be_written_costs_a_warning_and_not_the_run(tmp_path):
    (tmp_path / "tensorboard").write_text("a file")
    warnings = []
    events = EventFiles(tmp_path, 1, warnings.append)
    events.write(Row(1, 10, 1.0, "train", 3.0, 1e-3, 1.0, 10))
    events.write_sample(1, Sample("a", "b"))
    events.close()
    assert len(warnings) == 1 and "going on without event files" in warnings[0]


def test_a_missing_package_is_named_before_anything_is_read(monkeypatch, tmp_path, capsys):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "training.event_files.find_spec",
        lambda name: None if name == "tensorboard" else find_spec(name),
    )
    with pytest.raises(SystemExit) as stopped:
        pretrain.main(["--tensorboard", "--data", str(tmp_path), "--out", str(tmp_path / "run")])
    assert stopped.value.code == 2
    assert "pip install tensorboard" in capsys.readouterr().err
