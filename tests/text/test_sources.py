import json
import os

import pytest

from tests.support.rows import ROWS, write_rows
from text.sources import filter_with_journal, open_source

NOT_SOURCES = [["a.jsonl"], ["nothing"], ["a/b", "c/d"], ["a/b/c"]]


@pytest.mark.parametrize("words", NOT_SOURCES)
def test_a_source_that_is_neither_a_data_set_nor_files_is_refused(words):
    with pytest.raises(ValueError, match="a source is|there is no file"):
        open_source(words)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a source is"):
        open_source([str(tmp_path)])


class EveryThird:
    """Selects the text of every third row, and records the rows that it was asked about."""

    expected = [row["text"] for row in ROWS if row["id"] % 3 == 0]

    def __init__(self):
        self.asked = []

    def __call__(self, row):
        self.asked.append(row["id"])
        return row["text"] if row["id"] % 3 == 0 else None


def read_all(source, select, journal, settings):
    """The number of all rows, and all values selected from them."""
    pairs = list(filter_with_journal(source, select, journal, settings))
    number_of_rows = sum(number for number, _ in pairs)
    return number_of_rows, [text for _, selected in pairs for text in selected]


def test_a_journal_restores_what_was_selected_wherever_reading_stopped(tmp_path):
    source = open_source([str(write_rows(tmp_path, ".parquet"))])
    journal, settings = tmp_path / "rows.part", {"of": 1}
    expected = len(ROWS), EveryThird.expected
    assert read_all(source, EveryThird(), journal, settings) == expected
    whole = journal.read_bytes()
    for size in [*range(0, len(whole), len(whole) // 50), len(whole)]:
        journal.write_bytes(whole[:size])
        select = EveryThird()
        assert read_all(source, select, journal, settings) == expected
        assert journal.read_bytes() == whole
    assert select.asked == []  # with the whole journal, no row is read again


def test_a_journal_with_other_settings_is_started_over(tmp_path):
    source = open_source([str(write_rows(tmp_path, ".parquet"))])
    journal, select = tmp_path / "rows.part", EveryThird()
    read_all(source, EveryThird(), journal, {"of": 1})
    expected = len(ROWS), EveryThird.expected
    assert read_all(source, select, journal, {"of": 2}) == expected
    assert len(select.asked) == len(ROWS)


def change_a_text(path):
    """Replace a text of the first rows by one of the same length."""
    content = path.read_text()
    path.write_text(content.replace("document 3 ", "DOCUMENT 3 "))
    after = path.stat().st_mtime_ns + 1_000_000  # however coarse the file system's clock is
    os.utime(path, ns=(after, after))


def add_a_row(path):
    with path.open("a") as file:
        file.write('{"text": "one more", "id": 1236}\n')


@pytest.mark.parametrize("edit", [change_a_text, add_a_row])
def test_a_journal_of_a_file_that_was_edited_since_is_started_over(tmp_path, edit):
    path = write_rows(tmp_path, ".jsonl")
    journal, settings = tmp_path / "rows.part", {"of": 1}
    interrupted = filter_with_journal(open_source([str(path)]), EveryThird(), journal, settings)
    next(interrupted)
    interrupted.close()
    edit(path)
    select = EveryThird()
    number_of_rows, texts = read_all(open_source([str(path)]), select, journal, settings)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert select.asked == [row["id"] for row in rows]
    assert number_of_rows == len(rows)
    assert texts == [row["text"] for row in rows if row["id"] % 3 == 0] != EveryThird.expected
