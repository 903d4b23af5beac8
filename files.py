"""Writing files so that a crash, at any moment, leaves either the old content or the new, and never half of it."""

import os
from pathlib import Path


def replace_file(path, content: str | bytes) -> None:
    """Write the content under a temporary name, flush it to the disk, then rename it to `path`."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
        flush_to_disk(file)
    os.replace(temporary, path)
    flush_folder_to_disk(path.parent)


def flush_to_disk(file) -> None:
    """Return when what was written to this open file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_folder_to_disk(folder) -> None:
    """Return when the names in the folder (files made, renamed, removed) are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
