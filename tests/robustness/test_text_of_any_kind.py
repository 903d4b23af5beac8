"""Files as other programs write them: every reader of text accepts the same ones."""

import codecs
import gzip
import json

import pytest

from evaluation.answers import read_questions
from tests.support.json_files import QUESTION
from tests.support.rows import compress
from text.local_files import ROWS_PER_BATCH
from text.pieces import count_pieces, count_pieces_in_files
from text.sources import open_source

TEXTS = ["zwölf é⚾", "two", "three"]
LINES = [json.dumps({"text": text}, ensure_ascii=False) for text in TEXTS]
UTF_8_MARK = codecs.BOM_UTF8.decode()


def plain(text):
    return text.encode()


WRITERS = {
    "UTF-8": plain,
    "a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16, little-endian": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16, big-endian": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-32": lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
    "Windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old Macintosh line ends": lambda text: text.replace("\n", "\r").encode(),
    "blank lines": lambda text: b"\n \n" + text.replace("\n", "\n\n\t\n").encode() + b"\n\n",
    "no newline at the end": lambda text: text.rstrip("\n").encode(),
    "joined files": lambda text: text.replace("\n", "\n" + UTF_8_MARK).encode(),
}


@pytest.mark.parametrize("name", WRITERS)
def test_json_lines_of_any_program_are_rows_pieces_and_questions(tmp_path, name):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(WRITERS[name]("".join(line + "\n" for line in LINES)))
    source = open_source([str(path)], columns=["text"])
    assert [row["text"] for rows, _ in source.batches() for row in rows] == TEXTS
    assert count_pieces_in_files([path]) == count_pieces(TEXTS)
    questions = [json.dumps({**QUESTION, "question": f"Why {text}?"}) for text in TEXTS]
    path.write_bytes(WRITERS[name]("".join(line + "\n" for line in questions)))
    assert [question.question for question in read_questions(path)] == [
        f"Why {text}?" for text in TEXTS
    ]


@pytest.mark.parametrize("ending", [".json", ".json.gz", ".json.xz", ".json.zst", ".jsonl"])
def test_a_list_of_rows_is_read_like_a_row_a_line(tmp_path, ending):
    path = tmp_path / f"rows{ending}"
    rows = [{"text": text, "id": number} for number, text in enumerate(TEXTS * 100)]
    path.write_bytes(compress(b"\n" + json.dumps(rows, indent=1).encode(), path.suffix))
    batches = list(open_source([str(path)]).batches())
    assert [row for batch, _ in batches for row in batch] == rows
    assert count_pieces_in_files([path]) == count_pieces(TEXTS * 100)
    first, position = batches[0]
    rest = [row for batch, _ in open_source([str(path)]).batches(position) for row in batch]
    assert first + rest == rows


TEXT = "Nine innings.\nZwölf é⚾\n"


@pytest.mark.parametrize("ending", [".txt", ".TXT", ".txt.gz", ".txt.xz", ".txt.zst"])
@pytest.mark.parametrize("name", ["UTF-8", "a mark", "UTF-16, big-endian", "Windows line ends"])
def test_a_text_file_is_one_document(tmp_path, name, ending):
    path = tmp_path / f"book{ending}"
    path.write_bytes(compress(WRITERS[name](TEXT), path.suffix))
    source = open_source([str(path)] * 2, columns=["text"])
    assert source.rows == 2
    assert list(source.batches()) == [([{"text": TEXT}], [0, 1]), ([{"text": TEXT}], [1, 1])]
    assert list(source.batches([0, 1])) == [([{"text": TEXT}], [1, 1])]
    assert count_pieces_in_files([path]) == count_pieces([TEXT])


@pytest.mark.parametrize("name", ["UTF-8", "a mark", "blank lines", "UTF-32"])
def test_reading_resumes_at_any_position_whatever_lies_between_the_rows(tmp_path, name):
    path = tmp_path / "rows.jsonl"
    rows = [{"text": str(number)} for number in range(3 * ROWS_PER_BATCH + 7)]
    path.write_bytes(WRITERS[name]("".join(json.dumps(row) + "\n" for row in rows)))
    source = open_source([str(path)])
    read = []
    for batch, position in source.batches():
        read += batch
        rest = [row for later, _ in source.batches(position) for row in later]
        assert read + rest == rows


def test_positions_in_a_file_without_blank_lines_count_its_rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"text": "{number}"}}\n' for number in range(300)))
    source = open_source([str(path), str(path)])
    positions = [position for _, position in source.batches()]
    assert positions == [[0, 128], [0, 256], [0, 300], [1, 128], [1, 256], [1, 300]]
    [first, *_], _ = next(source.batches([0, 200]))
    assert first == {"text": "200"}


NOT_READABLE = [
    ("rows.jsonl", b'{"text": "a"}\n\n\xe9\n', "line 3: not UTF-8 text"),
    ("rows.jsonl", "no mark".encode("utf-16-le"), "line 1: this looks like UTF-16"),
    ("rows.jsonl", gzip.compress(b"a", mtime=0), "line 1: not UTF-8 text"),
    ("rows.jsonl", b'{"text": "a"}\n\n{"text"\n', "line 3: not a JSON object"),
    ("rows.json", b'[{"text": "a"},\n{"text"\n', "line 3: not a list of JSON objects"),
    ("rows.json", b'[{"text": "a"},\n3]\n', "row 2: not a JSON object"),
    ("rows.json", b'[{"text": "a"}, {"txt": 1}]\n', 'row 2: there is no "text"'),
    ("rows.json", b"[" * 100_000, "not a list of JSON objects"),
    ("book.txt", b"one\ntwo\n\xff\n", "line 3: not UTF-8 text"),
    ("book.txt.gz", gzip.compress(b"one\n" * 100, mtime=0)[:-9], "is corrupt"),
]


@pytest.mark.parametrize("name, content, expected", NOT_READABLE)
def test_what_cannot_be_read_is_refused_with_file_and_line(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=expected) as refused:
        list(open_source([str(path)], columns=["text"]).batches())
    assert str(refused.value).startswith(str(path))
    with pytest.raises(ValueError) as refused:
        count_pieces_in_files([path])
    assert str(refused.value).startswith(str(path))


def test_plain_text_has_no_other_column(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("Nine innings.")
    with pytest.raises(ValueError, match=r'book.txt, which is plain text: there is no "prompt"'):
        list(open_source([str(path)], columns=["prompt"]).batches())


def test_many_files_have_a_short_name(tmp_path):
    paths = [tmp_path / f"{number}.txt" for number in range(9)]
    for path in paths:
        path.write_text("a")
    assert open_source([str(path) for path in paths]).name == (
        "0.txt, 1.txt, 2.txt, 3.txt and 5 more files"
    )
