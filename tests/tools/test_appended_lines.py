"""Following a file that grows: each line once, torn lines, files written anew."""

import pytest

from tools.appended_lines import AppendedLines, NewLines


@pytest.fixture
def path(tmp_path):
    (tmp_path / "log").write_text("a\nb\n")
    return tmp_path / "log"


def append(path, text):
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_each_line_is_read_once_and_a_torn_one_when_it_is_complete(path):
    lines = AppendedLines(path)
    assert lines.read() == NewLines(["a", "b"])
    assert lines.read() == NewLines([])
    append(path, "c\nd")
    assert lines.read() == NewLines(["c"])
    append(path, "é\n")
    assert lines.read() == NewLines(["dé"])


def test_only_the_end_of_a_long_file_is_read_again(path):
    path.write_text("x\n" + "y\n" * 1000)
    lines = AppendedLines(path)
    lines.read()
    with path.open("r+") as file:
        file.write("X")  # as no run would do; only who reads the beginning again can see it
    append(path, "z\n")
    assert lines.read() == NewLines(["z"])


@pytest.mark.parametrize("content", ["a\n", "a\nB\nc\n", "", "A\nb\n"])
def test_a_file_that_was_written_anew_is_read_from_its_beginning(path, content):
    lines = AppendedLines(path)
    lines.read()
    replacement = path.with_name("replacement")
    replacement.write_text(content)
    replacement.replace(path)
    assert lines.read() == NewLines(content.splitlines(), is_restart=True)
    append(path, "more\n")
    assert lines.read() == NewLines(["more"])


def test_a_file_that_is_gone_is_an_error_until_it_is_back(path):
    lines = AppendedLines(path)
    lines.read()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        lines.read()
    path.write_text("a\nb\nc\n")
    assert lines.read() == NewLines(["c"])
