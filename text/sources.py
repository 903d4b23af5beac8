"""Rows of a data set, from the Hugging Face hub or from local files: in order, resumable at any row, retried when the network fails.

    rows = open_source(["HuggingFaceFW/fineweb-edu"], "sample-10BT", columns=["text"])      # a data set on the hub
    rows = open_source(["part1.parquet", "part2.jsonl.zst"], columns=["text"])              # local files
    for batch, position in rows.batches(position=None): …
    for number, kept in remembered(rows, keep, path, settings): …                           # with a notebook of what was kept

A position is a plain JSON value: hand it to `batches` again, in another process and another week, and it goes on after it.
"""

import contextlib
import gzip
import itertools
import json
import logging
import lzma
import multiprocessing
import os
import signal
import threading
import time
import zlib
from pathlib import Path

from tqdm import tqdm

from tools.command_line import printable
from tools.files import errors_name, parse_json

FILE_ENDINGS = (".parquet", ".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst")


ROWS_A_BATCH = 128  # of a few kilobytes each, for a document data set


ATTEMPTS = 8  # with waits of 1, 2, 4, … 64 seconds between: two minutes in all, after the client's own retries


SILENCE_LIMIT_SECONDS = 600  # longer than a hub that counts requests makes a client wait


SKIPPING_LIMIT_SECONDS = 3600  # before the first rows after a position: the file is read again up to there, as much as 2 GB


LICENCES = {
    "HuggingFaceFW/fineweb-edu": "ODC-By 1.0; the pages keep their own rights",
    "berkeley-nest/Nectar": "Apache-2.0, for non-commercial use; "
    "its answers keep the terms of the models that wrote them",
    "wikimedia/wikipedia": "CC BY-SA 3.0, by the authors of Wikipedia",
}


def licence_of(source: list[str]) -> str:
    """The licence note of a source, for `meta.json`."""
    return LICENCES.get(source[0], "that of the source")


def open_source(source: list[str], config: str | None = None, columns: list[str] | None = None):
    """LocalFiles or HubDataset, whichever the words name. Raises ValueError where they name neither."""
    if all(word.endswith(FILE_ENDINGS) for word in source):
        missing = [word for word in source if not Path(word).is_file()]
        if missing:
            raise ValueError(f"there is no file {missing[0]}")
        return LocalFiles([Path(word) for word in source], columns)
    if len(source) == 1 and source[0].count("/") == 1 and not Path(source[0]).exists():
        return HubDataset(source[0], config, columns)
    raise ValueError(
        f"a source is one data set of the hub (owner/name) or files ending in {', '.join(FILE_ENDINGS)}, not {' '.join(source)}"
    )


def remembered(source, keep, path: Path, settings: dict):
    """Yield (number of rows, what was kept of them) of each batch of the source: keep(row), a JSON value, where that is not None.

    What was kept, and how far the source was read, is written down in the file `path`; with the same settings another call, after a
    crash or a network that failed, begins with what stands there and goes on after it. Who is done with it all deletes the file.
    """
    position = None
    with errors_name(path), open(path, "a+b") as file:
        file.seek(0)
        end = 0
        for line in file:
            try:
                entry = parse_json(line)
                if end:
                    number, kept, position = entry
                    yield number, kept
                elif entry != settings:
                    break
            except (ValueError, TypeError):  # torn by a crash
                break
            end += len(line)
        file.truncate(end)
        if not end:
            file.write(json.dumps(settings).encode() + b"\n")
        for rows, position in source.batches(position):
            kept = [value for value in map(keep, rows) if value is not None]
            file.write(json.dumps([len(rows), kept, position]).encode() + b"\n")
            file.flush()
            yield len(rows), kept


class LocalFiles:
    """Parquet and JSON-lines files, one after the other. A position is [number of the file, rows of it already read]."""

    def __init__(self, paths: list[Path], columns: list[str] | None):
        self.paths, self.columns = paths, columns
        self.name = ", ".join(path.name for path in paths)
        self.rows = (
            sum(self._open_parquet(path).metadata.num_rows for path in paths)
            if all(path.suffix == ".parquet" for path in paths)
            else None
        )

    def batches(self, position=None):
        """Yield (list of rows as dicts, position after them). Raises ValueError naming file and line for what is no row."""
        if position is None:
            position = [0, 0]
        if not (
            isinstance(position, list)
            and len(position) == 2
            and all(type(number) is int and number >= 0 for number in position)
        ):
            raise ValueError(
                f"{self.name}: {position!r} is no place to go on from; delete what was prepared and begin again"
            )
        first, skip = position
        for number in range(first, len(self.paths)):
            path, done = self.paths[number], skip if number == first else 0
            for rows in (self._parquet_rows if path.suffix == ".parquet" else self._json_rows)(
                path, done
            ):
                done += len(rows)
                yield rows, [number, done]

    @staticmethod
    def _open_parquet(path: Path):
        import pyarrow
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(path)
        except (OSError, pyarrow.ArrowException) as problem:
            raise ValueError(
                f"{path} is not a readable parquet file ({str(problem).splitlines()[0]})"
            ) from None

    def _parquet_rows(self, path: Path, skip: int):
        import pyarrow

        file = self._open_parquet(path)
        if missing := set(self.columns or []) - set(file.schema_arrow.names):
            raise ValueError(
                f'{path} has no column "{sorted(missing)[0]}"; its columns are {", ".join(file.schema_arrow.names)}'
            )
        try:
            for group in range(file.num_row_groups):
                rows_in_group = file.metadata.row_group(group).num_rows
                if skip >= rows_in_group:
                    skip -= rows_in_group
                    continue
                for batch in file.iter_batches(
                    ROWS_A_BATCH, row_groups=[group], columns=self.columns
                ):
                    if skip < batch.num_rows:
                        yield batch.slice(skip).to_pylist()
                    skip = max(0, skip - batch.num_rows)
        except (OSError, pyarrow.ArrowException, UnicodeDecodeError, OverflowError) as problem:
            raise ValueError(f"{path} is damaged ({str(problem).splitlines()[0]})") from None

    def _json_rows(self, path: Path, skip: int):
        with _open_text(path) as file:
            try:
                numbered = enumerate(file, start=1)
                for chunk in iter(lambda: list(itertools.islice(numbered, ROWS_A_BATCH)), []):
                    rows = [
                        _json_row(path, number, line, self.columns)
                        for number, line in chunk
                        if number > skip
                    ]
                    if rows:
                        yield rows
            except (OSError, EOFError, zlib.error, lzma.LZMAError, UnicodeDecodeError) as problem:
                raise ValueError(f"{path} is damaged or not UTF-8 text ({problem})") from None


def _open_text(path: Path):
    if path.suffix == ".zst":
        import io

        import pyarrow

        return io.TextIOWrapper(
            pyarrow.input_stream(str(path), compression="zstd"), encoding="utf-8"
        )
    return {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)(path, "rt", encoding="utf-8")


def _json_row(path: Path, number: int, line: str, columns: list[str] | None) -> dict:
    try:
        row = parse_json(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise ValueError(f"{path}, line {number}: not a JSON object")
    if missing := [column for column in columns or [] if column not in row]:
        raise ValueError(f'{path}, line {number}: there is no "{missing[0]}" in it')
    return {column: row[column] for column in columns} if columns else row


class HubDataset:
    """A data set's train split, streamed with `datasets`. A position is that library's own state of an iterable data set.

    A process of its own does the reading: a connection that hangs, or a library that does, can then be ended and tried again.
    """

    def __init__(self, name: str, config: str | None, columns: list[str] | None):
        self.name, self.config, self.columns = name, config, columns
        self.rows = None

    def batches(self, position=None):
        """Yield (list of rows as dicts, position after them).

        Dropped connections, silence, 429 and 5xx are retried with growing waits, from where reading stopped; then ValueError.
        """
        failures = 0
        while True:
            with contextlib.closing(self._messages(position)) as messages:
                for kind, *content in messages:
                    if kind == "rows":
                        failures = 0
                        rows, position = content
                        yield rows, position
                    elif kind == "size":
                        (self.rows,) = content
                    elif kind == "end":
                        return
                    else:
                        problem, is_hopeless = content
            failures += 1
            if failures == ATTEMPTS or is_hopeless:
                raise ValueError(
                    f"{self.name} could not be read ({problem}); check the network and the name, then run the same command again"
                )
            wait = 2 ** (failures - 1)
            print(printable(f"{self.name}: {problem}; trying again in {wait} s"), flush=True)
            time.sleep(wait)

    def _messages(self, position):
        """What the reading process says: ("rows", …), ("size", …), and last ("end",) or ("error", …)."""
        processes = multiprocessing.get_context("spawn")
        receiver, sender = processes.Pipe(duplex=False)
        reader = processes.Process(
            target=_read_hub,
            args=(sender, self.name, self.config, self.columns, position),
            daemon=True,
        )
        reader.start()
        sender.close()
        limit = SILENCE_LIMIT_SECONDS if position is None else SKIPPING_LIMIT_SECONDS
        try:
            while True:
                if not receiver.poll(limit):
                    yield "error", f"nothing arrived for {limit} seconds", False
                    return
                message = receiver.recv()
                limit = SILENCE_LIMIT_SECONDS if message[0] == "rows" else limit
                yield message
                if message[0] in ("end", "error"):
                    return
        except EOFError:
            yield "error", "the reading process ended unexpectedly", False
        finally:
            reader.kill()
            reader.join()
            receiver.close()


def _read_hub(sender, name: str, config: str | None, columns: list[str] | None, position) -> None:
    """The reading process. It leaves by `os._exit`, since pyarrow's threads can block an ordinary exit in mid-stream."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    tqdm.set_lock(
        threading.RLock()
    )  # its own lock would be reported as leaked when this process is ended
    try:
        import datasets

        datasets.disable_progress_bars()
        datasets.utils.logging.set_verbosity_error()  # a data set without a card is no concern of the reader's
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        (
            datasets.config.STREAMING_READ_MAX_RETRIES,
            datasets.config.STREAMING_READ_RETRY_INTERVAL,
        ) = 2, 1  # with minutes of retries below it and ours above
        dataset = datasets.load_dataset(name, config, split="train", streaming=True)
        sender.send(
            ("size", dataset.info.splits["train"].num_examples if dataset.info.splits else None)
        )
        if columns:
            dataset = dataset.select_columns(columns)
        dataset = dataset.with_format("arrow")
        if position is not None:
            dataset.load_state_dict(position)
        for batch in dataset.iter(batch_size=ROWS_A_BATCH):
            sender.send(("rows", batch.to_pylist(), dataset.state_dict()))
        sender.send(("end",))
    except BrokenPipeError:  # the parent is gone
        pass
    except Exception as problem:  # a dozen libraries' network errors
        first_line = (str(problem).strip().splitlines() or [""])[0][:200]
        sender.send(("error", f"{type(problem).__name__}: {first_line}", _is_hopeless(problem)))
    finally:
        os._exit(0)


def _is_hopeless(problem: Exception) -> bool:
    """True where trying again cannot help: no such data set, no such configuration, not allowed."""
    import datasets
    import huggingface_hub.errors as hub

    status = getattr(getattr(problem, "response", None), "status_code", None)
    if status is not None:
        return 400 <= status < 500 and status not in (408, 425, 429)
    return isinstance(
        problem,
        (
            datasets.exceptions.DatasetNotFoundError,
            hub.RepositoryNotFoundError,
            hub.GatedRepoError,
            hub.EntryNotFoundError,
            ValueError,
            TypeError,
        ),
    )
