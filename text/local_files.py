"""Rows of local files: Parquet, and JSON lines, plain or compressed."""

import gzip
import io
import itertools
import lzma
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from tools.files import parse_json
from tools.messages import damaged

FILE_ENDINGS = (".parquet", ".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst")
ROWS_PER_BATCH = 128  # documents of a few kilobytes each
REPLACE_IT = "replace it with an intact copy"


class LocalFiles:
    """The rows of several files, one file after another.

    A position is [index of the file, number of rows already read from it]. `rows` is the number of
    all rows if all files are Parquet, otherwise None.
    """

    def __init__(self, paths: list[Path], columns: list[str] | None):
        self.paths = paths
        self.columns = columns
        self.name = ", ".join(path.name for path in paths)
        self.rows: int | None = None
        if all(path.suffix == ".parquet" for path in paths):
            self.rows = sum(_open_parquet(path).metadata.num_rows for path in paths)

    def batches(self, position: Any = None) -> Generator[tuple[list[dict], Any], None, None]:
        """Yield pairs: a list of rows, as dicts, and the position after them.

        Starts after `position`. Raises ValueError, with the file and the line, if a file is
        corrupt or a row is invalid.
        """
        first, done = self._check_position(position)
        for number, path in enumerate(self.paths[first:], start=first):
            read_rows = _parquet_rows if path.suffix == ".parquet" else _json_rows
            for rows in read_rows(path, self.columns, done):
                done += len(rows)
                yield rows, [number, done]
            done = 0

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


# ---- Parquet ----
# Only Parquet and .zst files need pyarrow, which is slow to import.


def _open_parquet(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as problem:
        reason = str(problem).splitlines()[0]
        raise ValueError(f"{path} is not a readable parquet file ({reason})") from None


def _parquet_rows(path: Path, columns: list[str] | None, skip: int) -> Iterator[list[dict]]:
    """Yield the rows of a Parquet file in batches, without the first `skip` rows."""
    import pyarrow

    file = _open_parquet(path)
    names = file.schema_arrow.names
    missing = sorted(set(columns or []) - set(names))
    if missing:
        raise ValueError(f'{path} has no column "{missing[0]}"; its columns are {", ".join(names)}')
    try:
        for group in range(file.num_row_groups):
            rows_in_group = file.metadata.row_group(group).num_rows
            if skip >= rows_in_group:
                skip -= rows_in_group
                continue
            for batch in file.iter_batches(ROWS_PER_BATCH, row_groups=[group], columns=columns):
                if skip < batch.num_rows:
                    yield batch.slice(skip).to_pylist()
                skip = max(0, skip - batch.num_rows)
    except (OSError, pyarrow.ArrowException, UnicodeDecodeError, OverflowError) as problem:
        raise damaged(path, str(problem).splitlines()[0], REPLACE_IT) from None


# ---- JSON lines ----


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    if path.suffix == ".zst":
        import pyarrow

        stream = pyarrow.input_stream(str(path), compression="zstd")
        return io.TextIOWrapper(stream, encoding="utf-8")
    return path.open(encoding="utf-8")


def _parse_row(path: Path, number: int, line: str, columns: list[str] | None) -> dict:
    """The wanted columns of the row in a line. Raises ValueError if it is not JSON or lacks one."""
    try:
        row = parse_json(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise ValueError(f"{path}, line {number}: not a JSON object")
    if not columns:
        return row
    missing = [column for column in columns if column not in row]
    if missing:
        raise ValueError(f'{path}, line {number}: there is no "{missing[0]}" in it')
    return {column: row[column] for column in columns}


def _json_rows(path: Path, columns: list[str] | None, skip: int) -> Iterator[list[dict]]:
    """Yield the rows of a file of JSON lines in batches, without the first `skip` rows."""
    with _open_text(path) as file:
        numbered_lines = enumerate(file, start=1)
        try:
            while batch := list(itertools.islice(numbered_lines, ROWS_PER_BATCH)):
                remaining = [(number, line) for number, line in batch if number > skip]
                if remaining:
                    yield [_parse_row(path, number, line, columns) for number, line in remaining]
        except UnicodeDecodeError as problem:
            raise ValueError(f"{path} is not UTF-8 text ({problem})") from None
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
            raise damaged(path, problem, REPLACE_IT) from None
