"""Replacing files, claiming folders, and reading JSON."""

import subprocess
import sys

import pytest

from tests.support.scripts import ROOT
from tools.files import add_path_to_errors, claim_folder, parse_json, read_json, replace_file


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.json"
    replace_file(path, "old")
    replace_file(path, "nouveau é")
    assert path.read_text(encoding="utf-8") == "nouveau é"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_keeps_its_content(tmp_path):
    path = tmp_path / "a.json"
    replace_file(path, "old")
    (tmp_path / "a.json.tmp").mkdir()
    with pytest.raises(OSError):
        replace_file(path, "new")
    assert path.read_text() == "old"


def test_a_write_error_names_the_file():
    with pytest.raises(OSError) as problem, add_path_to_errors("data/a.npy"):
        raise OSError("the disk is full")
    assert problem.value.filename == "data/a.npy"


def claim_in_another_process(folder):
    program = f"from tools.files import claim_folder; claim_folder({str(folder)!r})"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_claimed_folder_is_refused_to_other_processes_only(tmp_path):
    folder = tmp_path / "new" / "folder"
    claim_folder(folder)
    claim_folder(folder)
    refused = claim_in_another_process(folder)
    assert f"another process is writing into {folder}" in refused.stderr
    assert claim_in_another_process(tmp_path / "other").returncode == 0


def test_json_is_read_and_invalid_json_is_a_value_error(tmp_path):
    assert parse_json(b'{"a": [1]}') == {"a": [1]}
    for text in ("{", "", "[" * 100_000, b"\xff"):
        with pytest.raises(ValueError):
            parse_json(text)
    with pytest.raises(OSError):
        read_json(tmp_path / "nowhere.json")
