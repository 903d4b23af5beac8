"""Text files from any program: encodings, line ends, compression, and errors that name the line."""

import codecs
import gzip
import io
import os

import pytest

from tests.support.rows import compress
from tools.text_files import decode_text, is_blank, numbered_lines, read_text, text_stream

TEXT = "one é⚾\n\ntwo 王\n"
LINES = [(1, "one é⚾\n"), (2, "\n"), (3, "two 王\n")]
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
ENCODED = [TEXT.encode(), *(mark + TEXT.encode(name) for name, mark in MARKS.items())]


@pytest.mark.parametrize("ending", ["", ".gz", ".xz", ".zst"])
@pytest.mark.parametrize("content", ENCODED)
def test_text_in_every_encoding_is_read_without_its_mark(tmp_path, content, ending):
    path = tmp_path / f"a.txt{ending}"
    path.write_bytes(compress(content, ending))
    assert read_text(path) == TEXT
    assert list(numbered_lines(path)) == LINES
    assert decode_text(content, "a.txt") == TEXT


def test_all_line_ends_are_read_as_newlines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\ntwo\rthree\n\r\nfour \xe2\x80\xa8 five")
    assert read_text(path) == "one\ntwo\nthree\n\nfour \u2028 five"
    lines = ["one\n", "two\n", "three\n", "\n", "four \u2028 five"]
    assert list(numbered_lines(path)) == list(enumerate(lines, start=1))


def test_a_pipe_is_read_line_by_line_as_it_arrives():
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb", buffering=0) as sent, os.fdopen(reader, "rb") as received:
        sent.write(codecs.BOM_UTF8 + b"Hi\r\n")
        lines = text_stream(received)
        assert lines.readline() == "Hi\n"
        sent.write("zwölf\n".encode())
        assert lines.readline() == "zwölf\n"


def test_an_empty_pipe_has_no_lines():
    assert list(text_stream(io.BufferedReader(io.BytesIO(b"")))) == []


MANY_LINES = "é\r\n" * 600_000  # more than one chunk
NOT_TEXT = [
    (b"one\ntwo\n\xff three\n", "line 3: not UTF-8 text (invalid start byte)"),
    ("zwölf".encode("latin-1"), "line 1: not UTF-8 text"),
    (b"one\rtwo\r\n\xe9t\xe9\r\n", "line 3: not UTF-8 text"),
    (MANY_LINES.encode() + b"\xff", "line 600001: not UTF-8 text"),
    (codecs.BOM_UTF8 + b"one\n\xff", "line 2: not UTF-8 text"),
    (MARKS["utf-16-le"] + "one\ntwo".encode("utf-16-le")[:-1], "line 2: not UTF-16-LE text"),
    (MARKS["utf-16-be"] + b"\0a\0\n\xd8\0\0a", "line 2: not UTF-16-BE text"),
    (MARKS["utf-32-le"] + "a\n".encode("utf-32-le") + b"\xff" * 4, "line 2: not UTF-32-LE text"),
    ("no mark".encode("utf-16-le"), "line 1: this looks like UTF-16 or UTF-32 without"),
    ("no mark".encode("utf-16-be"), "line 1: this looks like UTF-16 or UTF-32 without"),
    ("no mark".encode("utf-32-le"), "line 1: this looks like UTF-16 or UTF-32 without"),
]


@pytest.mark.parametrize("content, expected", NOT_TEXT)
def test_what_is_not_text_is_refused_with_file_and_line(tmp_path, content, expected):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    readers = [
        lambda: read_text(path),
        lambda: list(numbered_lines(path)),
        lambda: decode_text(content, path),
    ]
    for read in readers:
        with pytest.raises(ValueError) as refused:
            read()
        assert str(refused.value).startswith(f"{path}, {expected}")
        assert "convert it to UTF-8" in str(refused.value)


@pytest.mark.parametrize("ending", ["", ".gz", ".xz", ".zst"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised_by_its_start_alone(tmp_path, encoding, ending):
    text = "It is the last game of a long season: " * 2 + "nobody\u2019s fault.\n"
    content = (text * 3).encode(encoding)
    assert 0 not in "\u2019".encode(encoding)  # unlike every letter before it
    assert len(text[: text.index("\u2019")].encode(encoding)) > 64
    path = tmp_path / f"a.txt{ending}"
    path.write_bytes(compress(content, ending))
    for read in (read_text, lambda path: list(numbered_lines(path))):
        with pytest.raises(ValueError, match="looks like UTF-16 .* convert it to UTF-8") as refused:
            read(path)
        assert str(refused.value).startswith(f"{path}, line 1: ")


@pytest.mark.parametrize("ending", [".gz", ".xz", ".zst"])
def test_a_truncated_compressed_file_is_refused_with_its_name(tmp_path, ending):
    path = tmp_path / f"a.txt{ending}"
    path.write_bytes(compress(os.urandom(5000).hex().encode(), ending)[:-40])
    for read in (read_text, lambda path: list(numbered_lines(path))):
        with pytest.raises(ValueError, match="is corrupt .*replace it"):
            read(path)


def test_a_truncated_file_that_is_not_text_either_is_refused_with_its_name(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"\xff" + os.urandom(50_000).hex().encode())[:-40])
    with pytest.raises(ValueError, match="a.txt.gz"):
        list(numbered_lines(path))


def test_a_line_of_white_space_or_a_mark_is_blank():
    assert all(map(is_blank, ["\n", " \t\n", "\ufeff\n", "\ufeff", "\u3000"]))
    assert not is_blank("\ufeffa")
