"""Rows of local files: Parquet, JSON, and plain text, the latter two also compressed.

.parquet         its rows
.jsonl           an object a line; blank lines are skipped
.json            the same, or one list of objects
.txt             one row, {"text": ...}, that holds the whole file
"""

import itertools
import json
from collections.abc import Callable, Collection, Generator, Iterator
from pathlib import Path
from typing import Any

from tools.files import parse_json
from tools.memory import is_out_of_memory
from tools.messages import damaged, first_line
from tools.text_files import BOM, COMPRESSED, REPLACE_IT, is_blank, numbered_lines, read_text

ROW_ENDINGS = (".jsonl", ".json")
TEXT_ENDINGS = (".txt", *(".txt" + ending for ending in COMPRESSED))
FILE_ENDINGS = (
    ".parquet",
    *ROW_ENDINGS,
    *(ending + compressed for ending in ROW_ENDINGS for compressed in COMPRESSED),
)
NAMED_FILES = 4  # in messages
ROWS_PER_BATCH = 128  # documents of a few kilobytes each

# The columns to read: a list, a function that chooses among the columns of a file or row, or all.
Columns = list[str] | Callable[[Collection[str]], list[str]] | None
Rows = Iterator[tuple[list[dict], int]]  # rows, and the number of rows or lines read so far


def is_readable(name: str) -> bool:
    """Whether the name ends like a file that can be read."""
    return name.lower().endswith(FILE_ENDINGS + TEXT_ENDINGS)


def is_parquet(path: Path) -> bool:
    """Whether the file is Parquet, by its name."""
    return path.suffix.lower() == ".parquet"


def is_plain_text(path: Path) -> bool:
    """Whether the whole file is one text, by its name."""
    return path.name.lower().endswith(TEXT_ENDINGS)


def is_list_of_rows(path: Path) -> bool:
    """Whether a file of JSON holds one list, not a row a line."""
    lines = (line.strip().lstrip(BOM) for _, line in numbered_lines(path))
    return next(filter(None, lines), "").startswith("[")


class LocalFiles:
    """The rows of several files, one file after another.

    A position is [index of the file, number of rows or lines already read from it]. `rows` is the
    number of all rows, or None if a file has to be read to count them.
    """

    def __init__(self, paths: list[Path], columns: Columns):
        self.paths = paths
        self.columns = columns
        self.name = ", ".join(path.name for path in paths[:NAMED_FILES])
        if len(paths) > NAMED_FILES:
            self.name += f" and {len(paths) - NAMED_FILES:,} more files"
        self.rows: int | None = None
        if all(is_parquet(path) or is_plain_text(path) for path in paths):
            self.rows = sum(map(_count_rows, paths))

    @property
    def file_versions(self) -> list[list[int]]:
        """The size of each file and the time of its last change, to notice when it is edited."""
        statuses = [path.stat() for path in self.paths]
        return [[status.st_size, status.st_mtime_ns] for status in statuses]

    def batches(self, position: Any = None) -> Generator[tuple[list[dict], Any], None, None]:
        """Yield pairs: a list of rows, as dicts, and the position after them.

        Starts after `position`. Raises ValueError, with the file and the line, if a file is
        corrupt or a row is invalid.
        """
        first, done = self._check_position(position)
        for number, path in enumerate(self.paths[first:], start=first):
            skip = done if number == first else 0
            for rows, read_so_far in _reader_of(path)(path, self.columns, skip):
                yield rows, [number, read_so_far]

    def _check_position(self, position: Any) -> tuple[int, int]:
        if position is None:
            return 0, 0
        is_pair = isinstance(position, list) and len(position) == 2
        if not is_pair or not all(type(number) is int and number >= 0 for number in position):
            raise ValueError(
                f"{self.name}: reading cannot resume from {position!r}; "
                "delete what was prepared and start again"
            )
        first, done = position
        return first, done


def _reader_of(path: Path) -> Callable[[Path, Columns, int], Rows]:
    if is_parquet(path):
        return _parquet_rows
    return _whole_text if is_plain_text(path) else _json_rows


def _count_rows(path: Path) -> int:
    return _open_parquet(path).metadata.num_rows if is_parquet(path) else 1


# ---- plain text ----


def _whole_text(path: Path, columns: Columns, skip: int) -> Rows:
    """Yield the only row of a file of plain text, unless it is skipped."""
    if skip:
        return
    row = {"text": read_text(path)}
    yield [_check_row(f"{path}, which is plain text", row, columns)], 1


# ---- Parquet ----
# Only Parquet and .zst files need pyarrow, which is slow to import.


def _open_parquet(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as problem:
        if is_out_of_memory(problem):
            raise
        reason = first_line(problem)
        raise ValueError(f"{path} is not a readable parquet file ({reason})") from None


def _parquet_rows(path: Path, columns: Columns, skip: int) -> Rows:
    """Yield the rows of a Parquet file in batches, without the first `skip` rows."""
    import pyarrow

    file = _open_parquet(path)
    names = file.schema_arrow.names
    columns = _choose_columns(columns, names, str(path))
    missing = sorted(set(columns or []) - set(names))
    if missing:
        raise ValueError(f'{path} has no column "{missing[0]}"; its columns are {", ".join(names)}')
    done = skip
    try:
        for group in range(file.num_row_groups):
            rows_in_group = file.metadata.row_group(group).num_rows
            if skip >= rows_in_group:
                skip -= rows_in_group
                continue
            for batch in file.iter_batches(ROWS_PER_BATCH, row_groups=[group], columns=columns):
                if skip < batch.num_rows:
                    rows = batch.slice(skip).to_pylist()
                    done += len(rows)
                    yield rows, done
                skip = max(0, skip - batch.num_rows)
    except (OSError, pyarrow.ArrowException, UnicodeDecodeError, OverflowError) as problem:
        if is_out_of_memory(problem):
            raise
        raise damaged(path, first_line(problem), REPLACE_IT) from None


# ---- JSON ----


def _parse_row(place: str, line: str, columns: Columns) -> dict:
    """The wanted columns of the row in a line. Raises ValueError if it is not JSON or lacks one."""
    try:
        row = parse_json(line.lstrip(BOM))
    except ValueError:
        row = None
    return _check_row(place, row, columns)


def _check_row(place: str, row: Any, columns: Columns) -> dict:
    """The wanted columns of a row. Raises ValueError if it is not an object or lacks one."""
    if not isinstance(row, dict):
        raise ValueError(f"{place}: not a JSON object")
    names = _choose_columns(columns, row, place)
    if not names:
        return row
    missing = [name for name in names if name not in row]
    if missing:
        raise ValueError(f'{place}: there is no "{missing[0]}" in it')
    return {name: row[name] for name in names}


def _choose_columns(columns: Columns, names: Collection[str], place: str) -> list[str] | None:
    if not callable(columns):
        return columns
    try:
        return columns(names)
    except ValueError as problem:
        raise ValueError(f"{place}: {problem}") from None


def _json_rows(path: Path, columns: Columns, skip: int) -> Rows:
    """Yield the rows of a file of JSON in batches, without those of the first `skip` lines."""
    if is_list_of_rows(path):
        yield from _list_rows(path, columns, skip)
        return
    lines = numbered_lines(path)
    while batch := list(itertools.islice(lines, ROWS_PER_BATCH)):
        remaining = [(number, line) for number, line in batch if number > skip]
        rows = [
            _parse_row(f"{path}, line {number}", line, columns)
            for number, line in remaining
            if not is_blank(line)
        ]
        if rows:
            last, _ = batch[-1]
            yield rows, last


def _list_rows(path: Path, columns: Columns, skip: int) -> Rows:
    """Yield the rows of a file that holds a list of them, without the first `skip`."""
    rows = _read_list(path)
    for start in range(skip, len(rows), ROWS_PER_BATCH):
        batch = rows[start : start + ROWS_PER_BATCH]
        numbered = enumerate(batch, start=start + 1)
        checked = [_check_row(f"{path}, row {number}", row, columns) for number, row in numbered]
        yield checked, start + len(batch)


def _read_list(path: Path) -> list:
    """The list that a file of JSON holds. Raises ValueError, with the line, if it is damaged."""
    try:
        return parse_json(read_text(path).lstrip().lstrip(BOM))
    except json.JSONDecodeError as problem:
        reason = f"line {problem.lineno}: not a list of JSON objects ({problem.msg})"
        raise ValueError(f"{path}, {reason}") from None
    except ValueError as problem:
        raise ValueError(f"{path}: not a list of JSON objects ({problem})") from None
