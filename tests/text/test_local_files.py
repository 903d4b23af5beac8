import json

import pytest

from tests.support.rows import ROWS, write_rows
from text.local_files import FILE_ENDINGS
from text.sources import open_source


def open_texts(*paths):
    return open_source([str(path) for path in paths], columns=["text"])


def texts(batches):
    return [row["text"] for rows, _ in batches for row in rows]


@pytest.mark.parametrize("ending", FILE_ENDINGS)
def test_files_of_every_format_give_the_same_rows_from_any_position(tmp_path, ending):
    path = write_rows(tmp_path, ending)
    source = open_texts(path, path)
    batches = list(source.batches())
    everything = texts(batches)
    assert everything == [row["text"] for row in ROWS] * 2
    seen = 0
    for rows, position in batches:
        seen += len(rows)
        position = json.loads(json.dumps(position))
        assert texts(source.batches(position)) == everything[seen:]


BROKEN_FILES = [
    (b'{"text": "a"}\n{"txt": "b"}\n', 'line 2: there is no "text"'),
    (b'{"text": "a"}\n[1]\n', "line 2: not a JSON object"),
    (b'{"text": "a"}\n{"text"', "line 2: not a JSON object"),
    (b'{"text": "a"}\n\xff\n', "line 2: not UTF-8 text"),
]


@pytest.mark.parametrize("content, expected", BROKEN_FILES)
def test_a_broken_line_is_named(tmp_path, content, expected):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=expected):
        list(open_texts(path).batches())


@pytest.mark.parametrize("ending", [".parquet", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst"])
def test_a_truncated_file_is_refused_with_its_name(tmp_path, ending):
    path = write_rows(tmp_path, ending)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="rows"):
        list(open_texts(path).batches())


def test_a_parquet_file_without_the_column_is_refused(tmp_path):
    source = open_source([str(write_rows(tmp_path, ".parquet"))], columns=["prompt"])
    with pytest.raises(ValueError, match='no column "prompt"; its columns are text, id'):
        list(source.batches())
