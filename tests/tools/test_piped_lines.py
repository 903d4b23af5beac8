"""The lines of a pipe, in any encoding, as they arrive."""

import codecs
import io
import os
import threading

import pytest

from tools.piped_lines import piped_lines

TEXT = "Who is on first?\nNaïve ⚾ 漢字 \u0a0a \u0a00 👍\n\nWhat?"
ENCODINGS = [
    ("utf-8", b""),
    ("utf-8", codecs.BOM_UTF8),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
    ("utf-32-le", codecs.BOM_UTF32_LE),
    ("utf-32-be", codecs.BOM_UTF32_BE),
]


def lines_of(content):
    return list(piped_lines(io.BufferedReader(io.BytesIO(content)), "standard input"))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding, mark", ENCODINGS)
def test_lines_are_the_same_in_every_encoding_and_with_every_line_end(encoding, mark, newline):
    content = mark + TEXT.replace("\n", newline).encode(encoding)
    assert lines_of(content) == TEXT.split("\n")


SHORT_TEXTS = {
    "": [],
    "\n": [""],
    "\n\n": ["", ""],
    "ï": ["ï"],
    "\uff01": ["\uff01"],  # its first byte is that of UTF-8's byte order mark
    "a": ["a"],
}


@pytest.mark.parametrize("text, expected", SHORT_TEXTS.items())
def test_text_that_begins_like_a_byte_order_mark_or_ends_at_once_is_kept(text, expected):
    assert lines_of(text.encode()) == expected


def test_byte_order_marks_inside_joined_files_are_left_out():
    assert lines_of(codecs.BOM_UTF8 + b"a\n" + codecs.BOM_UTF8 + b"b\n") == ["a", "b"]


@pytest.mark.parametrize("encoding, mark", ENCODINGS)
def test_a_line_arrives_before_the_next_is_written(encoding, mark):
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", 0) as pipe:
        lines = piped_lines(stream, "standard input")
        too_late = threading.Timer(20, pipe.close)  # ends the wait, and so fails the test
        too_late.start()
        pipe.write(mark)
        for line in ["", "a", "", "⚾"]:
            pipe.write(f"{line}\n".encode(encoding))
            assert next(lines) == line and not pipe.closed
        too_late.cancel()


@pytest.mark.parametrize(
    "bad, line, reason",
    [
        (b"caf\xe9\n", 3, "not UTF-8 text"),
        ("Who?\n".encode("utf-16-le"), 3, "zero bytes"),
        (b"\x89PNG\r\n\x1a\n", 3, "not UTF-8 text"),
        (b"cut \xe2\x9a", 3, "not UTF-8 text"),
    ],
)
def test_what_is_not_text_is_refused_with_its_line_after_the_lines_before_it(bad, line, reason):
    lines = piped_lines(io.BufferedReader(io.BytesIO(b"a\nb\n" + bad)), "standard input")
    assert [next(lines), next(lines)] == ["a", "b"]
    with pytest.raises(ValueError, match=rf"standard input, line {line}: .*{reason}.*iconv"):
        next(lines)


def test_utf_16_that_is_cut_inside_a_character_is_refused_with_its_line():
    with pytest.raises(ValueError, match="line 2: not UTF-16"):
        lines_of("a\nb".encode("utf-16")[:-1])
