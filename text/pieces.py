"""How often each piece (word, number, …) occurs in text files, for training a tokenizer.

    count_pieces_in_files(["a.txt", "b.jsonl", "c.parquet"], workers=8)      # {" the": 4211, …}

    .txt       one document
    .jsonl     one row a line: a document, {"text": ...}, or a conversation (conversation_forms.py)
    .json      the same, or one list of rows
    .parquet   rows with columns of the same names

All but .parquet may be compressed: .gz, .xz, .zst. Files are read in blocks. Worker processes split
the blocks into pieces and count them.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from text.conversation_forms import find_form
from text.local_files import is_list_of_rows, is_parquet, is_plain_text, is_readable
from text.sources import open_source
from text.tokenizer import SPLIT, encodable_parts
from tools.files import parse_json
from tools.messages import check_problems
from tools.text_files import BOM, is_blank, numbered_lines
from tools.workers import map_in_processes

LARGEST_BLOCK = 64 << 20  # bytes: the larger the blocks, the fewer words occur in several of them
SMALLEST_BLOCK = 1 << 20
WORTH_PROCESSES = 4 << 20  # bytes; starting processes takes longer than counting less than this
WANTED = 'a string under "text", or a conversation'
PART_CHARACTERS = 1 << 16  # short parts keep the regular expression's lists of results small


@dataclass(frozen=True)
class Block:
    """A part of a file: a text, or whole lines of JSON, or some texts of rows."""

    path: Path
    content: str | list[str]
    first_line: int = 0  # the number of the first line of JSON in the file; 0 if it is not JSON

    def texts(self) -> Iterator[str]:
        """Yield the texts, cut into parts that have the same pieces together as the whole texts.

        Raises ValueError, with the file and line, if a line is not a row with texts.
        """
        if isinstance(self.content, str):
            yield from split_text(self.content)
            return
        for number, text in enumerate(self.content, self.first_line):
            texts = self._texts_of_line(number, text) if self.first_line else [text]
            for part in texts:
                yield from encodable_parts(part)

    def _texts_of_line(self, number: int, line: str) -> list[str]:
        if is_blank(line):
            return []
        try:
            return _texts_of_row(parse_json(line.lstrip(BOM)))
        except ValueError as problem:
            reason = f"not a JSON object with {WANTED} ({problem})"
            raise ValueError(f"{self.path}, line {number}: {reason}") from None


def _texts_of_row(row: Any) -> list[str]:
    """The text of a document, or all texts of a conversation, such as Nectar's prompt and answers.

    Raises ValueError, with the reason, if the row is neither.
    """
    if not isinstance(row, dict):
        raise ValueError("not an object")
    try:
        if "text" in row:
            texts = [] if row["text"] is None else [row["text"]]
        else:
            texts = find_form(row).texts(row)
        is_text = all(isinstance(text, str) for text in texts)
    except (KeyError, TypeError):
        is_text = False
    if not is_text:
        raise ValueError("a text is not a string")
    return texts


def read_blocks(path: Path, block_bytes: int) -> Iterator[Block]:
    """Yield the whole file in blocks of at least `block_bytes`; only the last may be smaller.

    Characters count as bytes. Raises ValueError, naming the file, and the line if there is one, if
    a file is corrupt or not text, or if rows lack the columns or have a text that is not a string.
    """
    if is_plain_text(path) or not is_readable(path.name):
        return _read_text(path, block_bytes)
    if is_parquet(path) or is_list_of_rows(path):
        return _read_rows(path, block_bytes)
    return _read_lines(path, block_bytes)


def _read_text(path: Path, block_bytes: int) -> Iterator[Block]:
    lines: list[str] = []
    size = 0
    for _, line in numbered_lines(path):
        if size >= block_bytes and _can_cut(lines[-1][-2:], line[:1]):
            yield Block(path, "".join(lines))
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    yield Block(path, "".join(lines))


def _read_lines(path: Path, block_bytes: int) -> Iterator[Block]:
    first_line = 1
    lines: list[str] = []
    size = 0
    for number, line in numbered_lines(path):
        if size >= block_bytes:
            yield Block(path, lines, first_line)
            first_line, lines, size = number, [], 0
        lines.append(line)
        size += len(line)
    yield Block(path, lines, first_line)


def _read_rows(path: Path, block_bytes: int) -> Iterator[Block]:
    texts: list[str] = []
    size = 0
    for number, row in enumerate(_rows_of(path), start=1):
        try:
            texts_of_row = _texts_of_row(row)
        except ValueError as problem:
            raise ValueError(f"{path}, row {number}: {problem}") from None
        texts += texts_of_row
        size += sum(len(text) for text in texts_of_row)
        if size >= block_bytes:
            yield Block(path, texts)
            texts, size = [], 0
    yield Block(path, texts)


def _rows_of(path: Path) -> Iterator[dict]:
    """Yield the rows of a file, with only the columns that hold text."""
    for rows, _ in open_source([str(path)], columns=_text_columns).batches():
        yield from rows


def _text_columns(names: Collection[str]) -> list[str]:
    """Which columns to read. Raises ValueError if there is neither text nor a conversation."""
    if "text" in names:
        return ["text"]
    try:
        form = find_form(names)
    except ValueError as problem:
        raise ValueError(f'{problem}, nor is there a column "text"') from None
    return [*form.columns, *(name for name in form.optional if name in names)]


def split_text(text: str, size: int = PART_CHARACTERS) -> Iterator[str]:
    """Yield the text in parts of about `size` characters, without cutting any piece in two.

    The last part may be shorter. Others are longer if the next place for a cut is far away.
    """
    start = 0
    while start < len(text):
        end = start + size
        while 0 < end < len(text) and not _can_cut(text[end - 2 : end], text[end : end + 1]):
            end = text.find("\n", end) + 1
        end = end or len(text)
        yield text[start:end]
        start = end


def _can_cut(before: str, after: str) -> bool:
    """Whether a text can be cut here: after a single newline between two visible ASCII characters.

    No piece reaches across such a newline.

    "Nine.\\n" and "Ten" -> True;  "Nine.\\n" and "  Ten" -> False, as "\\n " is one piece.
    """
    return before[-1:] == "\n" and "!" <= before[-2:-1] <= "~" and "!" <= after[:1] <= "~"


def count_pieces(texts: Iterable[str]) -> Counter[str]:
    """How often each piece of GPT-2's split occurs in the texts: ["to be"] -> {"to": 1, " be": 1}.

    A piece may begin with a space, but has no space after that. So the text is cut at its spaces,
    and the regular expression runs once for each distinct chunk instead of once for each word:

        "the cat and the dog" -> "the", then chunks {"cat": 1, "and": 1, "the": 1, "dog": 1}

    The exception is a space after other white space that is followed by more white space or by the
    end of the text. A text with such a space is given to the regular expression whole.
    """
    find_pieces = regex.compile(SPLIT).findall
    inside_white_space = regex.compile(r"\s (?:\s|$)").search
    pieces: Counter[str] = Counter()
    chunks: Counter[str] = Counter()
    for text in texts:
        if inside_white_space(text):
            pieces.update(find_pieces(text))
        else:
            first, *others = text.split(" ")
            pieces.update(find_pieces(first))
            chunks.update(others)
    for chunk, count in chunks.items():
        if chunk.isalpha():  # one piece
            pieces[" " + chunk] += count
        else:
            for piece in find_pieces(" " + chunk):
                pieces[piece] += count
    return pieces


def count_pieces_in_files(paths: Sequence[Path | str], workers: int = 1) -> Counter[str]:
    """`count_pieces` for all texts of .txt, .jsonl, .json and .parquet files.

    Raises ValueError if a file is missing or corrupt, or if a worker process dies.
    """
    check_problems(missing_files(paths)[:1])
    total_bytes = sum(os.path.getsize(path) for path in paths)
    block_bytes = min(LARGEST_BLOCK, max(SMALLEST_BLOCK, total_bytes // (2 * workers)))
    if total_bytes < WORTH_PROCESSES:
        workers = 1
    total: Counter[str] = Counter()
    for pieces, _ in map_in_processes(_count_block, _all_blocks(paths, block_bytes), workers):
        total.update(pieces)
    return total


def _all_blocks(paths: Sequence[Path | str], block_bytes: int) -> Iterator[tuple[Block, None]]:
    """Yield the blocks of all files, each with the companion that `map_in_processes` expects."""
    for path in paths:
        for block in read_blocks(Path(path), block_bytes):
            yield block, None


def _count_block(block: Block) -> Counter[str]:
    return count_pieces(block.texts())


def missing_files(paths: Iterable[Path | str]) -> list[str]:
    """A sentence for each path that is not a file."""
    return [f"there is no file {path}" for path in paths if not os.path.isfile(path)]
