"""The wording of errors and of printed tables, in one place.

An error for a person says what is wrong, where, and which command mends it.
"""

from collections.abc import Sequence
from pathlib import Path


def damaged(path: Path | str, reason: object, remedy: str) -> ValueError:
    """An error about a file that cannot be used: "runs/a/run.json is corrupt (not JSON); ...".

    `reason` is the exception or sentence that says why; `remedy` is what the user should do.
    """
    return ValueError(f"{path} is corrupt ({reason}); {remedy}")


def missing(path: Path | str, what: str, remedy: str) -> ValueError:
    """An error about something that is not there: missing("runs/a", "has no model", "train one")."""
    return ValueError(f"{path} {what}; {remedy}")


def check_problems(problems: Sequence[str]) -> None:
    """Raise one ValueError that lists all problems, if there are any."""
    if problems:
        raise ValueError("; ".join(problems))


def align_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines with columns of equal width: the first left-aligned, others right.

    [["model", "loss"], ["a", "10.5"]] -> ["model  loss", "a      10.5"]
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(_pad_cells(row, widths)) for row in rows]


def _pad_cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = row
    padded = [cell.rjust(width) for cell, width in zip(others, widths[1:])]
    return [first.ljust(widths[0]), *padded]
