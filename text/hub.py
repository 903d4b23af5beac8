"""Rows of a data set on the Hugging Face hub, streamed, with retries if the network fails.

A separate process does the reading, with the library `datasets`. If a connection or the library
hangs, that process can be killed, and a new one resumes where it stopped.
"""

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import Any

from tqdm import tqdm

from text.endpoint import Unreachable, check_online, name_endpoint, probe
from text.local_files import ROWS_PER_BATCH, Columns
from tools.command_line import printable

ATTEMPTS = 8  # with waits of 1, 2, 4, ..., 64 s in between, in addition to the client's own retries
UNREACHABLE_ATTEMPTS = 4  # if the hub refuses connections and has not answered before: 7 s in all
SILENCE_LIMIT_SECONDS = 600  # longer than the hub makes a client wait when it limits its rate
SKIPPING_LIMIT_SECONDS = 3600  # to resume, up to 2 GB of a file are read again before the first row

# What the reading process sends: ("size", number of rows), then ("rows", rows, position) for each
# batch, and finally ("end",), ("error", problem, whether it is permanent), ("refused", why) if the
# columns are wrong, or ("unreachable", problem, False) if the hub's address refuses connections.
Message = tuple[Any, ...]


class HubDataset:
    """The train split of a data set on the hub.

    A position is the state that the library keeps of a streamed data set. `rows` is the number of
    all rows, or None until it is known.
    """

    def __init__(self, name: str, config: str | None, columns: Columns):
        self.name = name
        self.config = config
        self.columns = columns
        self.rows: int | None = None
        self.file_versions: list[list[int]] = []  # that of a local file changes when it is edited

    def batches(self, position: Any = None) -> Generator[tuple[list[dict], Any], None, None]:
        """Yield pairs: a list of rows, as dicts, and the position after them.

        Starts after `position`. Dropped connections, silence, rate limits and server errors are
        retried, with growing waits. Raises ValueError after ATTEMPTS failures without a row in
        between, after UNREACHABLE_ATTEMPTS if the hub has never answered, and at once if retrying
        is useless.
        """
        failures = 0
        has_answered = False
        while True:
            with contextlib.closing(self._messages(position)) as messages:
                for kind, *content in messages:
                    has_answered = has_answered or kind != "unreachable"
                    if kind == "size":
                        [self.rows] = content
                    elif kind == "rows":
                        failures = 0
                        rows, position = content
                        yield rows, position
                    elif kind == "end":
                        return
                    elif kind == "refused":
                        raise ValueError(f"{self.name}: {content[0]}")
                    else:
                        problem, is_permanent = content
            failures += 1
            attempts = ATTEMPTS if has_answered else UNREACHABLE_ATTEMPTS
            if is_permanent or failures >= attempts:
                raise self._unreadable(problem)
            wait = 2 ** (failures - 1)
            print(printable(f"{self.name}: {problem}; trying again in {wait} s"), flush=True)
            time.sleep(wait)

    def _unreadable(self, problem: str) -> ValueError:
        place = f" on {name_endpoint()}" if os.environ.get("HF_ENDPOINT") else ""
        return ValueError(
            f"{self.name} could not be read ({problem}); "
            f"check the network and the name{place}, then run the same command again"
        )

    def _messages(self, position: Any) -> Generator[Message, None, None]:
        """Start a reading process, yield its messages, and kill it at the end or if it hangs.

        Raises ValueError if the environment forbids connections to the hub.
        """
        check_online(self.name)
        processes = multiprocessing.get_context("spawn")
        receiver, sender = processes.Pipe(duplex=False)
        arguments = (sender, self.name, self.config, self.columns, position)
        reader = processes.Process(target=_read_hub, args=arguments, daemon=True)
        reader.start()
        sender.close()
        limit = SILENCE_LIMIT_SECONDS if position is None else SKIPPING_LIMIT_SECONDS
        try:
            while True:
                if not receiver.poll(limit):
                    yield "error", f"nothing arrived for {limit} seconds", False
                    return
                message = receiver.recv()
                if message[0] == "rows":
                    limit = SILENCE_LIMIT_SECONDS
                yield message
                if message[0] in ("end", "error", "refused", "unreachable"):
                    return
        except (EOFError, BrokenPipeError):  # Windows: poll raises the second one
            yield "error", "the reading process ended unexpectedly", False
        finally:
            reader.kill()
            reader.join()
            receiver.close()


# ---- in the reading process ----


def _read_hub(
    sender: Connection, name: str, config: str | None, columns: Columns, position: Any
) -> None:
    """Send the rows of a data set after `position`, then end this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    try:
        probe()
        _send_rows(sender, name, config, columns, position)
    except BrokenPipeError:  # the parent has ended
        pass
    except Unreachable as problem:
        sender.send(("unreachable", str(problem), False))
    except Exception as problem:  # a dozen libraries have their own network errors
        lines = str(problem).strip().splitlines() or [""]
        summary = f"{type(problem).__name__}: {lines[0][:200]}"
        sender.send(("error", summary, _is_permanent(problem)))
    finally:
        os._exit(0)  # pyarrow's threads can block an ordinary exit in mid-stream


def _send_rows(
    sender: Connection, name: str, config: str | None, columns: Columns, position: Any
) -> None:
    tqdm.set_lock(threading.RLock())  # its default lock is reported as leaked in a killed process
    import datasets  # takes seconds; only this process needs it

    datasets.disable_progress_bars()
    datasets.utils.logging.set_verbosity_error()  # no warnings, such as about a missing data card
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    # Few retries here: the HTTP client retries for minutes itself, and the parent starts over.
    datasets.config.STREAMING_READ_MAX_RETRIES = 2
    datasets.config.STREAMING_READ_RETRY_INTERVAL = 1

    dataset = datasets.load_dataset(name, config, split="train", streaming=True)
    splits = dataset.info.splits
    sender.send(("size", splits["train"].num_examples if splits else None))
    if callable(columns):
        names = dataset.column_names or list(next(iter(dataset), {}))
        try:
            columns = columns(names)
        except ValueError as problem:
            sender.send(("refused", str(problem)))
            return
    if columns:
        dataset = dataset.select_columns(columns)
    dataset = dataset.with_format("arrow")
    if position is not None:
        dataset.load_state_dict(position)
    for batch in dataset.iter(batch_size=ROWS_PER_BATCH):
        sender.send(("rows", batch.to_pylist(), dataset.state_dict()))
    sender.send(("end",))


def _is_permanent(problem: Exception) -> bool:
    """Whether retrying is useless: no such data set or configuration, or no permission."""
    import datasets
    import huggingface_hub.errors as hub

    status = getattr(getattr(problem, "response", None), "status_code", None)
    if status is not None:
        is_temporary = status in (408, 425, 429)  # timeout, too early, rate limit
        return 400 <= status < 500 and not is_temporary
    permanent = (
        datasets.exceptions.DatasetNotFoundError,
        hub.RepositoryNotFoundError,
        hub.GatedRepoError,
        hub.EntryNotFoundError,
        ValueError,
        TypeError,
    )
    return isinstance(problem, permanent)
