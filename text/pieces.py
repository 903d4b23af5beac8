"""How often each piece (word, number, …) occurs in text files, for training a tokenizer.

    count_pieces_in_files(["a.txt", "b.jsonl", "c.parquet"], workers=8)      # {" the": 4211, …}

    .txt       one document
    .jsonl     one document per line: {"text": ...}, or Nectar's {"prompt": ..., "answers": ...}
    .parquet   one document per row, in columns of the same names

Files are read in blocks. Worker processes split the blocks into pieces and count them.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from text.tokenizer import SPLIT, encodable_parts
from tools.files import parse_json
from tools.messages import check_problems, damaged, missing
from tools.workers import map_in_processes

NECTAR_COLUMNS = ["prompt", "answers"]
LARGEST_BLOCK = 64 << 20  # bytes: the larger the blocks, the fewer words occur in several of them
SMALLEST_BLOCK = 1 << 20
WORTH_PROCESSES = 4 << 20  # bytes; starting processes takes longer than counting less than this
PART_CHARACTERS = 1 << 16  # short parts keep the regular expression's lists of results small


@dataclass(frozen=True)
class Block:
    """A part of a file: whole lines of a .txt or .jsonl file, or some texts of a .parquet file."""

    path: Path
    content: bytes | list[str]
    first_line: int = 1  # the number of the block's first line in the file

    def texts(self) -> Iterator[str]:
        """Yield the texts, cut into parts that have the same pieces together as the whole texts.

        Raises ValueError, with the file and line, if the content is not text.
        """
        if isinstance(self.content, list):
            for text in self.content:
                yield from encodable_parts(text)
        elif self.path.suffix == ".jsonl":
            for number, line in enumerate(self.content.split(b"\n"), self.first_line):
                yield from self._texts_of_line(number, line)
        else:
            try:
                text = self.content.decode("utf-8")
            except UnicodeDecodeError as problem:
                reason = f"not UTF-8 text: {problem.reason}"
                raise damaged(self.path, reason, "convert it to UTF-8") from None
            yield from split_text(text)

    def _texts_of_line(self, number: int, line: bytes) -> Iterator[str]:
        if not line.strip():
            return
        try:
            texts = _texts_of_row(parse_json(line))
        except (ValueError, KeyError, TypeError):
            form = 'a string under "text", or with "prompt" and "answers" like a row of Nectar'
            raise ValueError(f"{self.path}, line {number}: not a JSON object with {form}") from None
        for text in texts:
            yield from encodable_parts(text)


def _texts_of_row(row: dict) -> list[str]:
    """The text of a document, or the prompt and all answers of a row of Nectar.

    Raises KeyError or TypeError if the row is neither.
    """
    if "text" in row:
        texts = [row["text"]]
    else:
        texts = [row["prompt"], *(answer["answer"] for answer in row["answers"])]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not a string")
    return texts


def read_blocks(path: Path, block_bytes: int) -> Iterator[Block]:
    """Yield the whole file in blocks of at least `block_bytes`; only the last may be smaller.

    In a .parquet file, characters are counted instead of bytes. Raises ValueError, naming the file,
    if a .parquet file is corrupt, lacks the columns, or has a text that is not a string.
    """
    if path.suffix == ".parquet":
        return _read_rows(path, block_bytes)
    return _read_lines(path, block_bytes)


def _read_lines(path: Path, block_bytes: int) -> Iterator[Block]:
    is_json_lines = path.suffix == ".jsonl"
    first_line = 1
    lines: list[bytes] = []
    size = 0
    with open(path, "rb") as file:
        for line in file:
            if size >= block_bytes and (is_json_lines or _can_cut_between(lines[-1], line)):
                yield Block(path, b"".join(lines), first_line)
                first_line += len(lines)
                lines, size = [], 0
            lines.append(line)
            size += len(line)
    yield Block(path, b"".join(lines), first_line)


def _read_rows(path: Path, block_bytes: int) -> Iterator[Block]:
    texts: list[str] = []
    size = 0
    for number, row in enumerate(_parquet_rows(path), start=1):
        try:
            texts_of_row = _texts_of_row(row)
        except (KeyError, TypeError):
            raise ValueError(f"{path}, row {number}: a text is not a string") from None
        texts += texts_of_row
        size += sum(len(text) for text in texts_of_row)
        if size >= block_bytes:
            yield Block(path, texts)
            texts, size = [], 0
    yield Block(path, texts)


def _parquet_rows(path: Path) -> Iterator[dict]:
    """Yield the rows of a .parquet file, with only the columns that hold text."""
    # Imported here because only this format needs them and they take 0.2 s to load.
    import pyarrow.parquet

    from text.sources import open_source

    open_source([str(path)])  # raises ValueError if the file cannot be read
    names = pyarrow.parquet.read_schema(path).names
    columns = ["text"] if "text" in names else NECTAR_COLUMNS
    if not set(columns) <= set(names):
        what = 'has neither a column "text" nor "prompt" and "answers" as Nectar has'
        raise missing(path, what, f"its columns are {', '.join(names)}")
    for rows, _ in open_source([str(path)], columns=columns).batches():
        yield from rows


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


def _can_cut_between(line: bytes, following: bytes) -> bool:
    # As Latin-1, because a byte over 127 may be part of any character, even of white space.
    return _can_cut(line[-2:].decode("latin-1"), following[:1].decode("latin-1"))


def count_pieces(texts: Iterable[str]) -> Counter[str]:
    """How often each piece of GPT-2's split occurs in the texts: ["to be"] -> {"to": 1, " be": 1}.

    A piece may begin with a space, but has no space after that. So the text is cut at its spaces,
    and the regular expression runs once for each distinct chunk instead of once for each word:

        "the cat and the dog" -> "the", then chunks {"cat": 1, "and": 1, "the": 1, "dog": 1}

    The exception is a space after other white space that is followed by more white space or by the
    end of the text. A text with such a space is given to the regular expression whole.
    """
    find_pieces = regex.compile(SPLIT).findall
    inside_white_space = regex.compile(r" (?<=\s )(?:\s|$)").search
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
    """`count_pieces` for all texts of .txt, .jsonl and .parquet files.

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
