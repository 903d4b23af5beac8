"""Watching runs: what is new, states, spikes; torn, damaged, shortened and deleted files."""

import json
import os
import shutil

import pytest

from training import watching
from training.loss_log import LossLog, Row, cut_back, find_spikes, read_loss_log
from training.sample_log import Sample, append_sample
from training.watching import RunsFolder, WatchedRun, find_runs

NOW = 2_000_000_000.0


def train_row(step, loss=3.0):
    return Row(step, step * 100, step * 2.0, "train", loss, 1e-3, 1.0, 50)


def write_rows(folder, rows, at=NOW):
    """Append rows, and set the time of change to `at`."""
    folder.mkdir(parents=True, exist_ok=True)
    log = LossLog(folder / "loss.csv")
    for row in rows:
        log.write(row)
    log.close()
    os.utime(folder / "loss.csv", (at, at))


def write_settings(folder, at=NOW, **content):
    settings = {"settings": {"steps": 100, "lr_drop": [[5, 0.5]]}}
    (folder / "run.json").write_text(json.dumps(settings | content))
    os.utime(folder / "run.json", (at, at))


@pytest.fixture
def folder(tmp_path):
    """A run of 10 of 100 steps."""
    write_rows(tmp_path / "runs" / "a", map(train_row, range(1, 11)))
    write_settings(tmp_path / "runs" / "a")
    return tmp_path / "runs" / "a"


@pytest.fixture
def run(folder):
    watched = WatchedRun(folder, "a")
    watched.poll()
    return watched


def test_a_running_run_has_its_rows_its_speed_and_the_time_left(run):
    assert [row.step for row in run.log.train] == list(range(1, 11))
    assert run.state(NOW + 5) == "running"
    assert run.speed.tokens_per_second == 50
    assert run.seconds_left == 90 * 2.0
    assert [marker.text for marker in run.log.markers("steps")] == ["rate ×0.5"]
    assert run.remarks == []


def test_new_rows_appear_and_raise_the_version_and_nothing_new_does_not(run, folder):
    version = run.version
    run.poll()
    assert run.version == version
    write_rows(folder, [train_row(11), Row(11, 1100, 22.0, "val", 2.5)], at=NOW + 9)
    run.poll()
    assert run.version > version
    assert run.step == 11
    assert [row.loss for row in run.log.validation["val"]] == [2.5]


def test_states_finished_stopped_and_waiting(run, folder, tmp_path):
    assert run.state(NOW + 119) == "running"
    assert run.state(NOW + 1020) == "quiet for 17 min"
    assert run.state(NOW + 3601) == "stopped"
    write_rows(folder, [train_row(100)])
    run.poll()
    assert run.state(NOW + 1000) == "finished"
    write_rows(tmp_path / "new", [Row(0, 0, 0.0, "val", 8.0)])
    new = WatchedRun(tmp_path / "new", "new")
    new.poll()
    assert new.state(NOW + 1) == "waiting for the first step"
    assert new.speed is None and new.seconds_left is None


@pytest.mark.parametrize("name", ["run.json", "samples.jsonl"])
def test_a_run_that_writes_another_file_is_not_quiet(run, folder, name):
    (folder / name).touch()
    os.utime(folder / name, (NOW + 500, NOW + 500))
    run.poll()
    assert run.state(NOW + 600) == "running"
    assert run.state(NOW + 680) == "quiet for 3 min"


def test_runs_that_are_gone_take_no_places(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "MOST_RUNS", 2)
    for name in "abc":
        write_rows(tmp_path / name, [train_row(1)])
    runs = RunsFolder(tmp_path)
    runs.poll()
    assert [run.name for run in runs.watched] == ["a", "b"]
    shutil.rmtree(tmp_path / "a")
    runs.poll()
    assert [run.name for run in runs.watched] == ["a", "b", "c"]


def test_a_run_whose_steps_take_minutes_is_not_called_stopped_between_two(tmp_path):
    rows = [Row(step, step, step * 300.0, "train", 3.0, 1e-3, 1.0, 1) for step in (1, 2, 3)]
    write_rows(tmp_path, rows)
    run = WatchedRun(tmp_path, "slow")
    run.poll()
    assert run.state(NOW + 900) == "running"
    assert run.state(NOW + 3001) == "quiet for 50 min"


def test_a_run_that_is_resumed_from_a_checkpoint_shows_no_step_twice(run, folder):
    cut_back(folder / "loss.csv", 6)
    write_rows(folder, [train_row(7, loss=2.0)])
    run.poll()
    assert [(row.step, row.loss) for row in run.rows][-2:] == [(6, 3.0), (7, 2.0)]
    assert len(run.log.train) == 7
    assert "had reached step 10 when it was cut back" in run.remarks[0]


def test_a_damaged_row_is_left_out_with_a_remark_and_a_torn_one_waits(run, folder):
    path = folder / "loss.csv"
    with path.open("a") as file:
        file.write("11,rubbish\n" + train_row(12).as_line() + train_row(13).as_line()[:20])
    run.poll()
    assert run.step == 12
    assert run.remarks == ["Line 12 of loss.csv is not a row and is left out."]
    with path.open("a") as file:
        file.write(train_row(13).as_line()[20:])
    run.poll()
    assert run.step == 13 and len(run.remarks) == 1


@pytest.mark.parametrize("clock", ["nan", "inf", "-inf"])
def test_a_row_whose_clock_is_not_finite_is_left_out_with_a_remark(run, folder, clock):
    with (folder / "loss.csv").open("a") as file:
        file.write(f"11,1100,{clock},train,3.0,1e-3,1.0,50\n")
    run.poll()
    assert run.step == 10 and run.seconds_left == 90 * 2.0
    assert run.remarks == ["Line 12 of loss.csv is not a row and is left out."]
    with pytest.raises(ValueError, match="line 12: not a row"):
        read_loss_log(folder / "loss.csv")


def test_a_folder_that_is_deleted_keeps_its_curve_and_one_that_comes_back_is_read_anew(run, folder):
    shutil.rmtree(folder)
    run.poll()
    assert run.state(NOW) == "cannot be read" and len(run.log.train) == 10
    assert "loss.csv is gone" in run.remarks[0]
    write_rows(folder, [train_row(1, loss=9.0)])
    run.poll()
    assert [row.loss for row in run.rows] == [9.0]
    assert run.state(NOW) == "running"


def test_spikes_are_those_that_the_run_itself_reports(tmp_path):
    calm = [3.0 + 0.1 * (-1) ** step for step in range(60)]
    losses = [*calm, 4.0, *calm, 9.0]
    write_rows(tmp_path, [train_row(step, loss) for step, loss in enumerate(losses, start=1)])
    run = WatchedRun(tmp_path, "spiky")
    run.poll()
    assert [row.step for row in run.spikes] == find_spikes(read_loss_log(tmp_path / "loss.csv"))
    assert [row.step for row in run.spikes] == [61, 122]


def test_the_newest_sample_is_shown_and_a_damaged_one_is_not(run, folder):
    path = folder / "samples.jsonl"
    append_sample(path, 5, Sample("The", " first"))
    append_sample(path, 10, Sample("The", " second"))
    with path.open("a") as file:
        file.write("{}\n{")
    run.poll()
    assert run.sample == (10, Sample("The", " second"))
    path.write_text("")
    run.poll()
    assert run.sample is None


def test_an_unreadable_run_json_leaves_the_curves(run, folder):
    (folder / "run.json").write_text("{")
    run.poll()
    assert len(run.log.train) == 10 and run.seconds_left is None


def test_runs_are_found_in_folders_below_and_as_they_begin(folder, tmp_path):
    runs = RunsFolder(tmp_path / "runs")
    runs.poll()
    assert [run.name for run in runs.watched] == ["a"]
    write_rows(tmp_path / "runs" / "demo" / "b", [train_row(1)])
    runs.poll()
    assert [run.name for run in runs.watched] == ["a", "demo/b"]
    assert list(find_runs(tmp_path / "none")) == []
    one = RunsFolder(folder)
    one.poll()
    assert [run.name for run in one.watched] == ["a"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_that_leads_in_a_circle_is_not_followed(folder, tmp_path):
    (tmp_path / "runs" / "circle").symlink_to(tmp_path / "runs")
    assert list(find_runs(tmp_path / "runs")) == [folder]
