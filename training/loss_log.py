"""loss.csv: the losses that a run logs while it trains, and that plot_loss.py draws.

    step,tokens,seconds,split,loss,learning_rate,gradient_norm,tokens_per_second
    1,16384,2.1,train,8.331202,2.000000e-05,2.913,7801
    1,16384,2.1,val,8.309115,,,

`split` is `train`, `val`, or `val/PART` if the data has parts. The loss is in nats per token.
`seconds` is the training clock: it leaves out evaluation, sampling and saving, and continues when
the run is resumed.
"""

import csv
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from tools.files import (
    add_path_to_errors,
    flush_to_disk,
    is_held,
    read_bytes,
    replace_file,
    retry_while_held,
)

SPIKE_WINDOW = 50  # a loss is compared with the losses of this many steps before it
SPIKE_SIZE = 6  # standard deviations above their mean


@dataclass(frozen=True)
class Row:
    """One line of the log.

    A validation row has NaN in the last three fields; they are left blank in the file.
    """

    step: int
    tokens: int
    seconds: float
    split: str
    loss: float
    learning_rate: float = math.nan
    gradient_norm: float = math.nan
    tokens_per_second: float = math.nan

    def as_line(self) -> str:
        """The row as a line of the file, with its newline."""
        cells = [
            str(self.step),
            str(self.tokens),
            f"{self.seconds:.2f}",
            self.split,
            f"{self.loss:.6f}",
            _blank_if_nan(f"{self.learning_rate:.6e}"),
            _blank_if_nan(f"{self.gradient_norm:.6g}"),
            _blank_if_nan(f"{self.tokens_per_second:.0f}"),
        ]
        return ",".join(cells) + "\n"


def _blank_if_nan(number: str) -> str:
    return "" if number == "nan" else number


HEADER = ",".join(field.name for field in fields(Row)) + "\n"


class LossLog:
    """Appends rows to loss.csv.

    Each row goes to the operating system at once, so that a run can be watched, and so that a
    killed process loses no row. The methods raise OSError, naming the file, if it cannot be
    written.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)
        is_new = not self.path.exists() or self.path.stat().st_size == 0
        self.file = retry_while_held(lambda: self.path.open("a", encoding="utf-8", newline=""))
        if is_new:
            self._append(HEADER)

    def write(self, row: Row) -> None:
        """Append a row."""
        self._append(row.as_line())

    def _append(self, line: str) -> None:
        with add_path_to_errors(self.path):
            self.file.write(line)
            retry_while_held(self.file.flush)

    def flush_to_disk(self) -> None:
        """Make the rows survive a crash of the machine."""
        with add_path_to_errors(self.path):
            flush_to_disk(self.file)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def read_loss_log(path: Path | str) -> list[Row]:
    """Read all rows of a loss log.

    A last line without a newline is left out: the run is still writing it, or was killed while
    writing it. Raises ValueError with the line number for any other line that is not a valid row.
    """
    path = Path(path)
    content = read_bytes(path).decode("utf-8", errors="replace")
    if not HEADER.startswith(content[: len(HEADER)]):
        raise ValueError(f"{path} is not a loss log: its first line is not {HEADER.strip()}")
    complete_lines = content[len(HEADER) :].split("\n")[:-1]
    rows = []
    for number, line in enumerate(complete_lines, start=2):
        try:
            rows.append(parse_row(line))
        except ValueError as problem:
            raise ValueError(f"{path}, line {number}: {problem}") from None
    return rows


def parse_row(line: str) -> Row:
    """Read a line, without its newline. Raises ValueError if it is not a row."""
    try:
        return _read_row(line)
    except (ValueError, StopIteration, csv.Error):
        raise ValueError(f"not a row of a loss log: {line[:80]!r}") from None


def _read_row(line: str) -> Row:
    """Raises ValueError, StopIteration or csv.Error if the line is not a row."""
    step, tokens, seconds, split, loss, *rest = next(csv.reader([line]))
    learning_rate, gradient_norm, tokens_per_second = [
        float(cell) if cell else math.nan for cell in rest
    ]
    if not math.isfinite(float(seconds)):
        raise ValueError("the training clock must be finite")
    if split == "train" and not math.isfinite(float(loss)):
        raise ValueError("a training loss must be finite")
    return Row(
        int(step),
        int(tokens),
        float(seconds),
        split,
        float(loss),
        learning_rate,
        gradient_norm,
        tokens_per_second,
    )


def cut_back(path: Path | str, step: int) -> None:
    """Drop the rows after `step`, so that a run resumed there logs no step twice.

    Does nothing if there is no file.
    """
    if not Path(path).exists():
        return
    kept = [row.as_line() for row in read_loss_log(path) if row.step <= step]
    content = HEADER + "".join(kept)
    try:
        replace_file(path, content)
    except OSError as problem:
        if not is_held(problem):
            raise
        _rewrite(Path(path), content)


def _rewrite(path: Path, content: str) -> None:
    """Write into the file itself, which a program may allow that does not let it be replaced."""
    with retry_while_held(lambda: open(path, "r+b")) as file:
        file.write(content.encode())
        file.truncate()
        flush_to_disk(file)


def is_spike(loss: float, losses_before: Sequence[float]) -> bool:
    """Whether a loss is over SPIKE_SIZE standard deviations above the mean of those before it.

    `losses_before` are the losses of the SPIKE_WINDOW steps before it. If there are fewer than
    half as many, no loss is a spike.
    """
    if len(losses_before) < SPIKE_WINDOW // 2:
        return False
    mean = statistics.fmean(losses_before)
    if loss <= mean:
        return False
    # statistics.pstdev computes with fractions, which takes seconds for a long log.
    deviation = math.sqrt(statistics.fmean([(before - mean) ** 2 for before in losses_before]))
    return loss > mean + SPIKE_SIZE * deviation


def find_spikes(rows: Sequence[Row]) -> list[int]:
    """The steps whose training loss is a spike."""
    train = [row for row in rows if row.split == "train"]
    losses = [row.loss for row in train]
    spikes = []
    for number, row in enumerate(train):
        losses_before = losses[max(0, number - SPIKE_WINDOW) : number]
        if is_spike(row.loss, losses_before):
            spikes.append(row.step)
    return spikes
