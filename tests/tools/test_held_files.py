"""Files that another program has open, as on Windows."""

import os
from pathlib import Path

import pytest

from tests.support.windows import (
    ACCESS_DENIED,
    SHARING_VIOLATION,
    USER_MAPPED_FILE,
    Clock,
    HeldFile,
    windows_error,
)
from text.data_folder import load_array
from tools.files import (
    PATIENCE,
    is_held,
    move,
    read_bytes,
    remove_file,
    remove_folder,
    replace_file,
    retry_while_held,
)
from tools.messages import damaged, describe_error


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tools.files.time", clock)
    return clock


@pytest.mark.parametrize("winerror", [ACCESS_DENIED, SHARING_VIOLATION, 33, USER_MAPPED_FILE, None])
@pytest.mark.parametrize("times", [1, 7])
def test_a_file_that_is_held_for_a_moment_is_replaced_all_the_same(
    tmp_path, monkeypatch, clock, winerror, times
):
    path = tmp_path / "a.json"
    path.write_text("old")
    held = HeldFile(times, winerror)
    monkeypatch.setattr(os, "replace", held.guard(os.replace))
    replace_file(path, "new")
    assert path.read_text() == "new"
    assert held.calls == times + 1
    assert clock.pauses == sorted(clock.pauses) and len(clock.pauses) == times


def test_a_file_that_stays_held_is_given_up_after_ten_seconds(tmp_path, monkeypatch, clock):
    path = tmp_path / "a.json"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", HeldFile(10**6).guard(os.replace))
    with pytest.raises(PermissionError) as problem:
        replace_file(path, "new")
    assert PATIENCE == 10
    assert PATIENCE <= clock.now <= PATIENCE + max(clock.pauses)
    assert path.read_text() == "old"
    assert "another program may have it open" in describe_error(problem.value)


def test_nothing_pauses_if_nothing_is_held(tmp_path, clock):
    replace_file(tmp_path / "a", "text")
    move(tmp_path / "a", tmp_path / "b")
    assert read_bytes(tmp_path / "b") == b"text"
    remove_file(tmp_path / "b")
    remove_file(tmp_path / "b")
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    remove_folder(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []
    assert clock.pauses == []


@pytest.mark.parametrize(
    "problem",
    [
        PermissionError(13, "Permission denied"),
        OSError(28, "No space left on device"),
        FileNotFoundError(2, "No such file"),
        windows_error(3, "a"),  # the path was not found
        windows_error(112, "a"),  # the disk is full
    ],
)
def test_other_errors_are_raised_at_once(clock, problem):
    def fail():
        raise problem

    with pytest.raises(type(problem)):
        retry_while_held(fail)
    assert not is_held(problem)
    assert clock.pauses == []


def test_a_held_folder_is_deleted_once_its_last_file_is_closed(tmp_path, monkeypatch, clock):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in "abc":
        (folder / name).write_text("x")
    held = HeldFile(times=3, name="b")
    monkeypatch.setattr(os, "unlink", held.guard(os.unlink))
    remove_folder(folder)
    assert not folder.exists()
    assert held.calls == 4


def test_opening_waits_as_well(tmp_path, monkeypatch, clock):
    path = tmp_path / "a"
    path.write_bytes(b"text")
    held = HeldFile(times=2, winerror=None)
    monkeypatch.setattr(Path, "read_bytes", held.guard(Path.read_bytes))
    assert read_bytes(path) == b"text"
    assert held.calls == 3


@pytest.mark.parametrize("problem", [windows_error(None, "data/a.npy"), PermissionError(13, "No")])
def test_a_file_that_may_not_be_read_is_not_called_corrupt(tmp_path, monkeypatch, clock, problem):
    def fail(*_, **__):
        raise problem

    monkeypatch.setattr("text.data_folder.np.load", fail)
    with pytest.raises(PermissionError):
        load_array(tmp_path / "a.npy")
    sentence = str(damaged("data/a.npy", problem, "delete it"))
    assert "corrupt" not in sentence
    assert "delete it" not in sentence


def test_a_real_permission_error_does_not_blame_another_program():
    sentence = describe_error(PermissionError(13, "Permission denied", "a"))
    assert "another program" not in sentence
