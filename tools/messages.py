"""The wording of errors and of printed tables, in one place.

An error message says what is wrong, where (file, line, row), and which command fixes it.
"""

import errno
from collections.abc import Sequence
from pathlib import Path

from tools.files import is_held

RERUN = "rerun the same command (a training run: with --resume)"
FREE_SPACE = f"free some space, then {RERUN}"
RAISE_LIMIT = f"raise the limit on the size of files, then {RERUN}"
CHANGE_PERMISSIONS = "choose another place, or change its permissions"
CHANGE_NAME = "there is a file where a folder should be; choose another name"
CLOSE_PROGRAM = (
    "another program may have it open (a virus scanner, a spreadsheet, a notebook with the model); "
    f"close it, or check that you may write there, then {RERUN}"
)
FREE_MEMORY = f"close other programs to free memory, then {RERUN}"
REMEDIES = {
    errno.ENOMEM: FREE_MEMORY,
    errno.ENOSPC: FREE_SPACE,
    errno.EDQUOT: FREE_SPACE,
    errno.EFBIG: RAISE_LIMIT,
    errno.EROFS: CHANGE_PERMISSIONS,
    errno.EACCES: CHANGE_PERMISSIONS,
    errno.EPERM: CHANGE_PERMISSIONS,
    errno.ENOTDIR: CHANGE_NAME,
    errno.EEXIST: CHANGE_NAME,
}


def damaged(path: Path | str, reason: object, remedy: str) -> ValueError:
    """An error about a file that cannot be used: "runs/a/run.json is corrupt (not JSON); ...".

    `reason` is the exception or phrase that says why; `remedy` says what the user should do. A file
    that may not be read, or that another program has open, is not called corrupt.
    """
    if isinstance(reason, PermissionError):
        return ValueError(describe_error(reason))
    return ValueError(f"{path} is corrupt ({reason}); {remedy}")


def missing(path: Path | str, what: str, remedy: str) -> ValueError:
    """An error about something that is not there: "runs/a holds no model; ...".

    `what` follows the path, such as "holds no model"; `remedy` says what the user should do.
    """
    return ValueError(f"{path} {what}; {remedy}")


def first_line(problem: BaseException) -> str:
    """The first line of an exception's message, or the name of its class if it has none."""
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__


def check_problems(problems: Sequence[str]) -> None:
    """Raise one ValueError that lists all problems, if there are any."""
    if problems:
        raise ValueError("; ".join(problems))


def describe_error(problem: Exception) -> str:
    """The message of an exception; for an OSError, the file, the reason, and a remedy if known."""
    if not isinstance(problem, OSError) or problem.errno is None:
        return str(problem)
    message = f"{problem.filename or 'a file'}: {problem.strerror}"
    remedy = CLOSE_PROGRAM if is_held(problem) else REMEDIES.get(problem.errno)
    return f"{message}: {remedy}" if remedy else message


def align_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Format rows of cells as lines: the first column left-aligned, the others right-aligned.

    [["model", "loss"], ["a", "10.5"]] -> ["model  loss", "a      10.5"]
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(_pad_cells(row, widths)) for row in rows]


def _pad_cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = row
    padded = [cell.rjust(width) for cell, width in zip(others, widths[1:])]
    return [first.ljust(widths[0]), *padded]
