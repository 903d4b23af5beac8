"""The lines of a pipe, each as soon as it is written, so that a program can wait for an answer.

    for line in piped_lines(sys.stdin.buffer, "standard input"):
        ...

tools/text_files.py reads whole files, and knows the encodings.
"""

import codecs
from collections.abc import Iterator
from typing import IO

from tools.text_files import BOM, CONVERT_IT, ENCODINGS, encoding_of


def piped_lines(stream: IO[bytes], name: str) -> Iterator[str]:
    r"""Yield the lines of a buffered binary stream, without line ends and byte order marks.

    b"\xef\xbb\xbfWho?\r\nWhat?" -> "Who?", "What?"

    It never waits for bytes beyond the end of a line. Raises ValueError, with `name` and the line,
    at the first line that is not text: not UTF-8, nor UTF-16 or UTF-32 with a mark.
    """
    number = 0
    line = ""
    try:
        for text in _decoded_parts(stream):
            line += text
            if line.endswith("\n"):
                number += 1
                yield from _split(line, name, number)
                line = ""
    except UnicodeDecodeError as problem:
        encoding = problem.encoding.upper().removesuffix("-SIG")
        reason = f"not {encoding} text ({problem.reason}); {CONVERT_IT}"
        raise ValueError(f"{name}, line {number + 1}: {reason}") from None
    if line:
        yield from _split(line, name, number + 1)


def _decoded_parts(stream: IO[bytes]) -> Iterator[str]:
    """Yield the text of a stream in parts, none of which goes beyond the end of a line."""
    raw = _read_mark(stream)
    decoder = codecs.getincrementaldecoder(encoding_of(raw))()
    if not raw.endswith(b"\n"):
        raw += stream.readline()
    while raw:
        text = decoder.decode(raw)
        # In UTF-16 and UTF-32, `readline` stops inside the newline, and inside any other character
        # with a byte 0x0A.
        while decoder.getstate()[0] and (byte := stream.read(1)):
            text += decoder.decode(byte)
        yield text
        raw = stream.readline()
    yield decoder.decode(b"", final=True)


def _read_mark(stream: IO[bytes]) -> bytes:
    """Read a byte order mark; without one, as few bytes as it takes to know that."""
    start = b""
    while any(mark.startswith(start) and mark != start for mark in ENCODINGS):
        byte = stream.read(1)
        if not byte:
            break
        start += byte
    return start


def _split(line: str, name: str, number: int) -> list[str]:
    """Split a line at its carriage returns, which end the lines of some programs.

    Raises ValueError if there is a zero byte.
    """
    if "\0" in line:
        raise ValueError(
            f"{name}, line {number}: this has zero bytes, so it may be UTF-16 without a byte order "
            "mark; convert it to UTF-8, for example: iconv -f UTF-16LE -t UTF-8 OLD > NEW"
        )
    lines = line.removesuffix("\n").removesuffix("\r").split("\r")
    return [text.removeprefix(BOM) for text in lines]
