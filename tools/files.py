"""Reading and writing files so that nothing gets lost: a crash, at any moment, leaves either the old content or the new, and never half
of it; only one process at a time writes into a folder; and what is read is either JSON or said not to be."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

_claimed = {}  # folders that this process writes into, with their locks


def claim_folder(folder) -> None:
    """Make the folder where it is missing, and let nobody but this process write into it until it ends, however it ends.

    Raises ValueError where another process has it.
    """
    import filelock

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.resolve() in _claimed:
        return
    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise ValueError(
            f"another process is writing into {folder}; wait until it has ended, or choose another --out"
        ) from None
    _claimed[folder.resolve()] = lock


def parse_json(text: str | bytes):
    """What the text says. Raises ValueError for everything that is not JSON, or is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_json(path):
    """What the file says. Raises OSError where it cannot be read, ValueError where it is not JSON."""
    return parse_json(Path(path).read_bytes())


def replace_file(path, content: str | bytes) -> None:
    """Write the content under a temporary name, flush it to the disk, then rename it to `path`."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    with errors_name(path), open(temporary, "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
        flush_to_disk(file)
    os.replace(temporary, path)
    flush_folder_to_disk(path.parent)


@contextmanager
def errors_name(path):
    """An OSError that comes from writing names no file; this adds the name."""
    try:
        yield
    except OSError as problem:
        problem.filename = problem.filename or str(path)
        raise


def flush_to_disk(file) -> None:
    """Return when what was written to this open file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_file_to_disk(path) -> None:
    """The same for a file that another library wrote and closed."""
    with open(path, "rb+") as file:
        flush_to_disk(file)


def flush_folder_to_disk(folder) -> None:
    """Return when the names in the folder (files made, renamed, removed) are on the disk; Windows has no way to ask for that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
