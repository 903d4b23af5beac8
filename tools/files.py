"""Reading and writing files that survive a crash, and other programs that hold them open.

No matter when a process is interrupted, a file written by `replace_file` holds either its old or
its new content, never a part of it. `claim_folder` keeps two processes from writing into the same
folder.

On Windows a file that any program has open can be neither renamed nor deleted, and often not even
opened. Virus scanners and indexers open every new file for a moment. So everything here waits for
such a file, up to PATIENCE seconds; code elsewhere does so with `retry_while_held`.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

Result = TypeVar("Result")

PATIENCE = 10.0  # seconds to wait for a file that another program has open
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0  # seconds; each pause is twice as long as the one before
# What Windows says about a file that a program has open: ERROR_ACCESS_DENIED (renaming a folder
# with an open file in it), ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, ERROR_DIR_NOT_EMPTY (a
# deleted file stays until it is closed), ERROR_DELETE_PENDING, ERROR_USER_MAPPED_FILE.
HELD_ERRORS = {5, 32, 33, 145, 303, 1224}

# The locks that this process holds, by folder. A lock lasts until its object is deleted, and a
# folder stays claimed until the process ends, so the locks are kept here.
_locks: dict[Path, Any] = {}

# ---- files that another program has open ----


def is_held(problem: object) -> bool:
    """Whether an exception says that another program may have the file open.

    Only Windows refuses that, and only its OSErrors have a `winerror`. It is None for the errors
    of `open`, which gives no more detail than PermissionError. Elsewhere a PermissionError means
    what it says.
    """
    if not isinstance(problem, OSError) or not hasattr(problem, "winerror"):
        return False
    if problem.winerror is None:
        return isinstance(problem, PermissionError)
    return problem.winerror in HELD_ERRORS


def retry_while_held(action: Callable[[], Result], patience: float | None = None) -> Result:
    """Call `action()`, again and again while another program has its file open.

    Returns its result. After `patience` seconds (by default PATIENCE), and at once for any other
    error, raises what it raised.
    """
    deadline = time.monotonic() + (PATIENCE if patience is None else patience)
    pause = FIRST_PAUSE
    while True:
        try:
            return action()
        except OSError as problem:
            if not is_held(problem) or time.monotonic() >= deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def move(source: Path | str, target: Path | str, patience: float | None = None) -> None:
    """Rename a file or folder; a file that has the name `target` is replaced."""
    retry_while_held(lambda: os.replace(source, target), patience)


def remove_file(path: Path | str) -> None:
    """Delete a file, if it exists."""
    retry_while_held(lambda: Path(path).unlink(missing_ok=True))


def remove_folder(folder: Path | str, patience: float | None = None) -> None:
    """Delete a folder and everything in it."""
    retry_while_held(lambda: shutil.rmtree(folder), patience)


def read_bytes(path: Path | str) -> bytes:
    """The content of a file."""
    return retry_while_held(Path(path).read_bytes)


def wait_until_readable(path: Path | str) -> None:
    """Wait for a file that another library will open and read.

    Raises OSError if it cannot be opened; the library's own error might not name the cause.
    """
    with retry_while_held(lambda: open(path, "rb")):
        pass


# ---- reading and writing ----


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
    return parse_json(read_bytes(path))


def replace_file(path: Path | str, content: str | bytes) -> None:
    """Write a file atomically: under a temporary name, flushed to disk, then renamed to `path`.

    Text is written as UTF-8. Raises OSError if writing fails; then the old file is unchanged.
    """
    path = Path(path)
    if isinstance(content, str):
        content = content.encode("utf-8")
    temporary = path.with_name(path.name + ".tmp")
    with add_path_to_errors(path), retry_while_held(lambda: open(temporary, "wb")) as file:
        file.write(content)
        flush_to_disk(file)
    move(temporary, path)
    flush_folder_to_disk(path.parent)


@contextmanager
def add_path_to_errors(path: Path | str) -> Iterator[None]:
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
    with retry_while_held(lambda: open(path, "rb+")) as file:
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
