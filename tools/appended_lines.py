"""Following a text file that another process appends to, without disturbing that process."""

import os
from dataclasses import dataclass
from pathlib import Path

REMEMBERED_BYTES = 256  # before the position, to notice that the file was written anew


@dataclass(frozen=True)
class NewLines:
    """What one look at the file found. If `is_restart`, the lines are all that it has now."""

    lines: list[str]
    is_restart: bool = False


class AppendedLines:
    """Reads the lines that are new since the last time, and no others.

    A last line without its newline waits until it is complete. If the file has become shorter, or
    its content before the position differs, it was written anew and is read from its beginning.
    The file is open only while it is read; nothing is locked.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self.position = 0  # just after the last newline that was read
        self.before = b""  # the bytes that came just before the position
        self.seen: tuple[int, int] | None = None  # size and time of change at the last look

    def read(self) -> NewLines:
        """The lines that are new, without their newlines. Raises OSError if there is no file."""
        status = os.stat(self.path)
        seen = (status.st_size, status.st_mtime_ns)
        if seen == self.seen:
            return NewLines([])
        with open(self.path, "rb") as file:
            file.seek(self.position - len(self.before))
            is_restart = file.read(len(self.before)) != self.before
            if is_restart:
                file.seek(0)
                self.position, self.before = 0, b""
            content = file.read()
        complete, newline, _ = content.rpartition(b"\n")
        complete += newline
        self.position += len(complete)
        self.before = (self.before + complete)[-REMEMBERED_BYTES:]
        self.seen = seen
        return NewLines(complete.decode("utf-8", errors="replace").split("\n")[:-1], is_restart)
