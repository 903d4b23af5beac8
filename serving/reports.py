"""The reports of compare.py in a folder of runs, for the Compare page.

A report is named by its folder, relative to that of the runs: "demo/comparison". A name that leads
elsewhere, also through a link, is refused.
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from evaluation.html_report import html_text
from evaluation.report import report_from_json
from tools.files import read_json
from tools.messages import damaged, describe_error

DEEPEST = 4  # folders below that of the runs in which reports are looked for
FILE = "report.json"
REMEDY = "make it again with compare.py"


def find_reports(runs: Path) -> list[str]:
    """The names of all reports, the newest first."""
    found = sorted(_find(runs, DEEPEST), reverse=True)
    return [path.parent.relative_to(runs).as_posix() for _, path in found]


def _find(folder: Path, depth: int) -> Iterator[tuple[float, Path]]:
    """The reports in a folder and below it, each with its time of change."""
    try:
        entries = [(entry, entry.stat(follow_symlinks=False)) for entry in os.scandir(folder)]
    except OSError:  # it is gone, or may not be read
        return
    for entry, status in entries:
        if entry.name == FILE and entry.is_file(follow_symlinks=False):
            yield status.st_mtime, Path(entry.path)
        elif depth > 0 and entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _find(Path(entry.path), depth - 1)


def find_report(runs: Path, name: str) -> Path:
    """The file of a report. Raises ValueError if there is none of this name in the folder."""
    try:
        path = (runs / name / FILE).resolve()
        if path.is_relative_to(runs.resolve()) and path.name == FILE and path.is_file():
            return path
    except (OSError, ValueError):  # such as a name with a null character, or of 5,000 letters
        pass
    raise ValueError(f"There is no report called {name[:100]!r} in {runs}.")


def report_page(runs: Path, name: str) -> str:
    """A report as a page. Raises ValueError, in a sentence, if it is missing or damaged."""
    path = find_report(runs, name)
    try:
        return _render(path, path.stat().st_mtime_ns)
    except OSError as problem:
        raise ValueError(describe_error(problem)) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise damaged(path, reason, REMEDY) from None


@lru_cache(maxsize=4)
def _render(path: Path, time_of_change: int) -> str:
    return html_text(report_from_json(read_json(path)))
