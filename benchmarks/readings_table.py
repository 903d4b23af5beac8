"""What the cells of benchmarks/readings.py share: their rows, their settings, and locks.

Several commands may measure cells of the same folder OUT side by side. A lock is a file beside what
it protects; the system releases it when its process ends, even if the process is killed.
"""

import csv
import hashlib
import io
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock

from tools.files import read_json, replace_file

Settings = Mapping[str, Any]


# ---- locks ----


def lock_of(path: Path) -> filelock.FileLock:
    """The lock PATH.lock. As a context manager it waits until no other process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(f"{path}.lock")


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Hold the lock PATH.lock; the value is False if another process holds it."""
    lock = lock_of(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


# ---- settings ----


def settings_key(settings: Settings) -> str:
    """Eight characters that name the settings, for folders of what is made with them."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def has_settings(out: Path, settings: Settings) -> bool:
    """Whether OUT/settings.json has these settings.

    Raises ValueError if there are rows that were measured with others, or with unknown ones.
    """
    path = out / "settings.json"
    kept = read_json(path) if path.exists() else None
    different = {name for name, value in settings.items() if not kept or kept.get(name) != value}
    if different and read_rows(out / "readings.csv"):
        if kept is None:
            raise ValueError(f"{out} has rows but no settings.json; choose another --out")
        if not different <= kept.keys():
            raise ValueError(f"{out} is of an older version; choose another --out")
        flags = " ".join(_flag(name, kept[name]) for name in settings if name in different)
        raise ValueError(
            f"the rows in {out} were measured with {flags}; give the same, or choose another --out"
        )
    return not different


def keep_settings(out: Path, settings: Settings) -> None:
    """Write the settings to OUT/settings.json, in place of others that have no rows yet.

    Raises ValueError as `has_settings` does, and if another process is measuring with others.
    """
    with lock_of(out / "readings.csv"):
        if has_settings(out, settings):
            return
        if _is_measuring(out):
            raise ValueError(
                f"another process is measuring in {out} with other settings; wait until it ends, "
                "or choose another --out"
            )
        replace_file(out / "settings.json", json.dumps(settings, indent=2) + "\n")


def _flag(name: str, value: Any) -> str:
    """A flag as it is typed: _flag("batch_size", 50) -> '--batch-size 50'"""
    words = value if isinstance(value, list) else [value]
    return f"--{name.replace('_', '-')} {shlex.join(map(str, words))}"


def _is_measuring(out: Path) -> bool:
    """Whether another process holds the lock of a cell."""
    for lock in (out / "runs").glob("*.lock"):
        with claim(lock.with_suffix("")) as is_free:
            if not is_free:
                return True
    return False


# ---- rows ----


def read_rows(table: Path) -> list[dict[str, str]]:
    """The rows of the CSV; none if there is no file yet."""
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_columns(table: Path, columns: Sequence[str]) -> None:
    """Raise ValueError if the CSV has rows with other columns, those of an older version."""
    rows = read_rows(table)
    if rows and list(rows[0]) != list(columns):
        raise ValueError(f"{table} is of an older version; choose another --out")


def append_rows(table: Path, rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> None:
    """Add rows to the CSV, which is created with its header. What a row lacks stays empty.

    Raises ValueError as `check_columns` does.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    with lock_of(table):
        check_columns(table, columns)
        if not table.exists():
            writer.writeheader()
        writer.writerows(rows)
        with table.open("a", newline="", encoding="utf-8") as file:
            file.write(text.getvalue())
