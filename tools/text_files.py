"""Reading text files that people bring, whatever program wrote them.

    read_text("book.txt")                  # the whole text
    for number, line in numbered_lines("rows.jsonl.gz"):
        ...
    lines = text_stream(sys.stdin.buffer)  # a pipe, read as it arrives

Text is UTF-8, or UTF-16 or UTF-32 with a byte order mark (BOM), as Windows programs write it; the
mark is not part of the text. Files may be compressed: .gz, .xz and .zst. Anything else is refused
with the file and the line.
"""

import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from tools.files import retry_while_held
from tools.messages import damaged

# UTF-16's mark is the beginning of UTF-32's, so UTF-32 comes first.
ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BOM = "\ufeff"  # also found inside files that were joined from several
COMPRESSED = (".gz", ".xz", ".zst")
START_BYTES = 64  # enough to recognise an encoding
CHUNK_BYTES = 1 << 20
SHORTEST_GUESS = 8  # bytes of a text whose encoding is guessed from its zero bytes
REPLACE_IT = "replace it with an intact copy"
CONVERT_IT = "convert it to UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"


def encoding_of(start: bytes) -> str:
    """The name of the encoding of a text that begins with these bytes.

    b"\\xff\\xfeH\\0" -> "utf-16";  b"Hi" -> "utf-8", as there is no byte order mark

    The codecs of these names leave the mark out.
    """
    for mark, encoding in ENCODINGS.items():
        if start.startswith(mark):
            return encoding
    return "utf-8"


def decode_text(content: bytes, name: Path | str) -> str:
    """The text in the bytes of a whole file, without a byte order mark; line ends as they are.

    Raises ValueError with `name` and the line if it is neither UTF-8 nor UTF-16 or UTF-32 with a
    mark.
    """
    _check_mark(content[:START_BYTES], name)
    try:
        return content.decode(encoding_of(content))
    except UnicodeDecodeError as problem:
        raise _not_text(problem, io.BytesIO(content), name) from None


def text_stream(stream: IO[bytes], errors: str = "strict") -> io.TextIOWrapper:
    """A text stream for a buffered binary stream, such as `sys.stdin.buffer`.

    Each line arrives as soon as it is written, and ends with "\\n". `errors` is that of `open`.
    """
    start = cast(Any, stream).peek(START_BYTES)
    return io.TextIOWrapper(cast(Any, stream), encoding=encoding_of(start), errors=errors)


def read_text(path: Path | str) -> str:
    """The text of a file, in which all line ends are "\\n".

    Raises ValueError, with the line if there is one, if the file is corrupt or not text.
    """
    with open_bytes(path) as stream, _as_corrupt_file(path):
        content = stream.read()
    return decode_text(content, path).replace("\r\n", "\n").replace("\r", "\n")


def numbered_lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """The lines of a file, numbered from 1, the blank ones too. Line ends are "\\n".

    Raises ValueError, with the line if there is one, if the file is corrupt or not text.
    """
    with open_bytes(path) as stream, _as_corrupt_file(path):
        # `peek` returns everything that is buffered, not only as many bytes as it is asked for.
        _check_mark(cast(Any, stream).peek(START_BYTES)[:START_BYTES], path)
        yield from enumerate(text_stream(stream), start=1)


def is_blank(line: str) -> bool:
    """Whether a line holds nothing but white space and byte order marks."""
    return not line.strip().strip(BOM)


def open_bytes(path: Path | str) -> IO[bytes]:
    """A buffered stream of a file's content, decompressed if its name ends in .gz, .xz or .zst."""
    return retry_while_held(lambda: _open_bytes(Path(path)))


def _open_bytes(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    if path.suffix == ".xz":
        return lzma.open(path)
    if path.suffix == ".zst":
        import pyarrow  # slow to load, and only this format needs it

        return io.BufferedReader(pyarrow.input_stream(str(path), compression="zstd"))
    return path.open("rb")


@contextmanager
def _as_corrupt_file(path: Path | str) -> Iterator[None]:
    """Turn what reading a file raises into a ValueError with its name."""
    try:
        yield
    except UnicodeDecodeError as problem:
        # A compressed file may be cut off, too.
        with _as_corrupt_file(path), open_bytes(path) as stream:
            error = _not_text(problem, stream, path)
        raise error from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
        raise damaged(path, problem, REPLACE_IT) from None


def _check_mark(start: bytes, name: Path | str) -> None:
    """Raise ValueError if a file begins like UTF-16 or UTF-32, but without a byte order mark.

    Every second byte of English text is then zero: b"H\\0i\\0".
    """
    if encoding_of(start) != "utf-8" or len(start) < SHORTEST_GUESS:
        return
    is_wide = any(any(start) and not any(start[first::2]) for first in (0, 1))
    if is_wide:
        raise ValueError(
            f"{name}, line 1: this looks like UTF-16 or UTF-32 without a byte order mark; "
            "convert it to UTF-8, for example: iconv -f UTF-16LE -t UTF-8 OLD > NEW"
        )


def _not_text(problem: UnicodeDecodeError, stream: IO[bytes], name: Path | str) -> ValueError:
    """The error about a file that cannot be decoded. `stream` has its content, from the start."""
    line = _line_of_error(stream)
    encoding = problem.encoding.upper().removesuffix("-SIG")
    return ValueError(f"{name}, line {line}: not {encoding} text ({problem.reason}); {CONVERT_IT}")


def _line_of_error(stream: IO[bytes]) -> int:
    """The number of the line that holds the first bytes that cannot be decoded."""
    decoder = None
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    line = 1
    while True:
        chunk = stream.read(CHUNK_BYTES)
        decoder = decoder or codecs.getincrementaldecoder(encoding_of(chunk))()
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as problem:
            before = problem.object[: problem.start].decode(problem.encoding)
            return line + newlines.decode(before, final=True).count("\n")
        line += newlines.decode(text).count("\n")
        if not chunk:
            return line
