"""Reading and writing files that survive a crash.

No matter when a process is interrupted, a file written by `replace_file` holds either its old or
its new content, never a part of it. `claim_folder` keeps two processes from writing into the same
folder.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

# The locks that this process holds, by folder. A lock lasts until its object is deleted, and a
# folder stays claimed until the process ends, so the locks are kept here.
_locks: dict[Path, Any] = {}


def claim_folder(folder: Path | str) -> None:
    """Create the folder if needed, and keep other processes from writing into it.

    The claim ends with the process, even if the process is killed. A process may claim a folder
    more than once. Raises ValueError if another process has claimed it.
    """
    import filelock  # here, because it loads asyncio: 60 ms that --help need not wait for

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.resolve() in _locks:
        return
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ValueError(
            f"another process is writing into {folder}; wait until it ends, or choose another --out"
        ) from None
    _locks[folder.resolve()] = lock


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError if it is not JSON or is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_json(path: Path | str) -> Any:
    """The value of a JSON file.

    Raises OSError if the file cannot be read, and ValueError if it is not JSON.
    """
    return parse_json(Path(path).read_bytes())


def replace_file(path: Path | str, content: str | bytes) -> None:
    """Write a file atomically: under a temporary name, flushed to disk, then renamed to `path`.

    Text is written as UTF-8. Raises OSError if writing fails; then the old file is unchanged.
    """
    path = Path(path)
    if isinstance(content, str):
        content = content.encode("utf-8")
    temporary = path.with_name(path.name + ".tmp")
    with errors_name(path), open(temporary, "wb") as file:
        file.write(content)
        flush_to_disk(file)
    os.replace(temporary, path)
    flush_folder_to_disk(path.parent)


@contextmanager
def errors_name(path: Path | str) -> Iterator[None]:
    """Add the path to an OSError raised inside: an error of writing does not name its file."""
    try:
        yield
    except OSError as problem:
        problem.filename = problem.filename or str(path)
        raise


def flush_to_disk(file: IO) -> None:
    """Wait until everything written to this open file is on disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_file_to_disk(path: Path | str) -> None:
    """Wait until a file that another library wrote and closed is on disk."""
    with open(path, "rb+") as file:
        flush_to_disk(file)


def flush_folder_to_disk(folder: Path | str) -> None:
    """Wait until the folder's entries (files created, renamed, removed) are on disk.

    Windows has no such call; there it does nothing.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
