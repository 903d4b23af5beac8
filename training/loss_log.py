"""`loss.csv`: what a run writes down while it learns, and what `plot_loss.py` draws.

    step,tokens,seconds,split,loss,learning_rate,gradient_norm,tokens_per_second
    1,16384,2.1,train,8.331202,2.000000e-05,2.913,7801
    1,16384,2.1,val,8.309115,,,

`split` is `train`, `val`, or `val/PART` where the data has parts. The loss is in nats a token. `seconds` is the training clock:
it leaves out evaluation, sampling and saving, and goes on where it stood after a resume.
"""

import csv
import math
import statistics
from dataclasses import dataclass, fields
from pathlib import Path

from tools.files import errors_name, flush_to_disk, replace_file


@dataclass(frozen=True)
class Row:
    step: int
    tokens: int
    seconds: float
    split: str
    loss: float
    learning_rate: float = math.nan
    gradient_norm: float = math.nan
    tokens_per_second: float = math.nan

    def as_line(self) -> str:
        numbers = (
            f"{self.learning_rate:.6e}",
            f"{self.gradient_norm:.6g}",
            f"{self.tokens_per_second:.0f}",
        )
        blanked = ("" if number == "nan" else number for number in numbers)
        return (
            ",".join(
                [
                    str(self.step),
                    str(self.tokens),
                    f"{self.seconds:.2f}",
                    self.split,
                    f"{self.loss:.6f}",
                    *blanked,
                ]
            )
            + "\n"
        )


HEADER = ",".join(field.name for field in fields(Row)) + "\n"


class LossLog:
    """Appends rows to `loss.csv`, each handed to the operating system at once, so that a run can be watched and a killed process loses none."""

    def __init__(self, path):
        self.path = Path(path)
        is_new = not self.path.exists() or self.path.stat().st_size == 0
        self.file = open(self.path, "a", encoding="utf-8", newline="")
        if is_new:
            with errors_name(self.path):
                self.file.write(HEADER)
                self.file.flush()

    def write(self, row: Row) -> None:
        with errors_name(self.path):
            self.file.write(row.as_line())
            self.file.flush()

    def flush_to_disk(self) -> None:
        with errors_name(self.path):
            flush_to_disk(self.file)

    def close(self) -> None:
        self.file.close()


def read_loss_log(path) -> list[Row]:
    """All rows. A last line that is torn (the run is still writing it, or was killed at it) is left out.

    Raises ValueError naming the line for anything else that is not a row.
    """
    path = Path(path)
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        content = file.read()
    if not HEADER.startswith(content[: len(HEADER)]):
        raise ValueError(f"{path} is not a loss log: its first line is not {HEADER.strip()}")
    rows = []
    lines = content[len(HEADER) :].split("\n")
    for number, line in enumerate(
        lines[:-1], start=2
    ):  # what follows the last newline is torn, or empty
        try:
            step, tokens, seconds, split, loss, *rest = next(csv.reader([line]))
            learning_rate, gradient_norm, tokens_per_second = (
                float(value) if value else math.nan for value in rest
            )
            if split == "train" and not math.isfinite(float(loss)):
                raise ValueError
            rows.append(
                Row(
                    int(step),
                    int(tokens),
                    float(seconds),
                    split,
                    float(loss),
                    learning_rate,
                    gradient_norm,
                    tokens_per_second,
                )
            )
        except (ValueError, StopIteration, csv.Error):
            raise ValueError(
                f"{path}, line {number}: not a row of a loss log: {line[:80]!r}"
            ) from None
    return rows


SPIKE_WINDOW = 50  # steps


SPIKE_SIZE = 6  # standard deviations


def is_spike(loss: float, before) -> bool:
    """Whether the loss of a step stands out above those of the SPIKE_WINDOW steps before it, given that there are half as many at least."""
    return len(before) >= SPIKE_WINDOW // 2 and loss > statistics.fmean(
        before
    ) + SPIKE_SIZE * statistics.pstdev(before)


def find_spikes(rows: list[Row]) -> list[int]:
    """The steps at which the training loss has a spike."""
    train = [row for row in rows if row.split == "train"]
    return [
        row.step
        for number, row in enumerate(train)
        if is_spike(
            row.loss, [earlier.loss for earlier in train[max(0, number - SPIKE_WINDOW) : number]]
        )
    ]


def cut_back(path, step: int) -> None:
    """Drop the rows after `step`, so that a run which resumes there writes no step twice. A missing file is left missing."""
    if Path(path).exists():
        replace_file(
            path, HEADER + "".join(row.as_line() for row in read_loss_log(path) if row.step <= step)
        )
