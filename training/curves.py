"""The loss curves of a run, as plot_loss.py draws them and as the Watch page shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter
from pathlib import Path

from training.loss_log import Row, read_loss_log
from training.rewinds import Rewind, remaining_drops
from training.run_json import find_rewinds, read_lr_drops

AXIS_LABELS = {
    "steps": "optimizer steps",
    "tokens": "tokens read",
    "hours": "hours of training",
}
Point = tuple[float, float]  # (x, loss)
RUNNING_MEAN_FRACTION = 30  # by default, the running mean spans a 30th of the run
MOST_PARTS = 8  # of the validation data of all runs; more are not drawn


@dataclass(frozen=True)
class Marker:
    """Something that happened at one step, to be marked by a vertical line."""

    kind: str  # "drop" of the learning rate, or "rewind"
    x: float
    text: str


@dataclass(frozen=True, eq=False)
class Run:
    """The log of a run; `name` is its path as given by the user.

    Two are equal only if they are the same object: comparing thousands of rows would take long.
    """

    name: str
    rows: Sequence[Row]
    rate_drops: Sequence[tuple[int, float]]  # (step, factor)
    rewinds: Sequence[Rewind] = ()

    @cached_property
    def train(self) -> list[Row]:
        """The rows of the training loss, one for each step."""
        return [row for row in self.rows if row.split == "train"]

    @cached_property
    def validation(self) -> dict[str, list[Row]]:
        """The rows of each validation split, `val` or `val/PART`."""
        splits = sorted({row.split for row in self.rows} - {"train"})
        return {split: [row for row in self.rows if row.split == split] for split in splits}

    @property
    def part_count(self) -> int:
        """How many parts of the validation data are logged apart, `val/PART`."""
        return len([split for split in self.validation if split != "val"])

    def markers(self, x_axis: str) -> list[Marker]:
        """The learning-rate drops that the run has reached, and the steps it was rewound to."""
        return [*self._drop_markers(x_axis), *self._rewind_markers(x_axis)]

    def _drop_markers(self, x_axis: str) -> Iterator[Marker]:
        positions = {row.step: position(row, x_axis) for row in self.train}
        for step, factor in self.rate_drops:
            if step in positions:
                yield Marker("drop", positions[step], f"rate ×{factor:g}")

    def _rewind_markers(self, x_axis: str) -> Iterator[Marker]:
        positions = {0: 0.0} | {row.step: position(row, x_axis) for row in self.train}
        labels: dict[int, list[str]] = {}  # several rewinds may go to the same step
        for rewind in self.rewinds:
            if rewind.step in positions:
                label = f"rewound to step {rewind.step}, rate ×{rewind.factor:g}"
                labels.setdefault(rewind.step, []).append(label)
        for step, lines in labels.items():
            yield Marker("rewind", positions[step], "\n".join(lines))


def read_run(name: str) -> Run:
    """Read a run folder, or a loss.csv file alone.

    Raises ValueError if there is no loss log, or if it is corrupt or has no rows.
    """
    path = Path(name)
    loss_log = path / "loss.csv" if path.is_dir() else path
    if not loss_log.is_file():
        raise ValueError(f"{path} is not a run: there is no {loss_log}")
    rows = read_loss_log(loss_log)
    if not rows:
        raise ValueError(f"{loss_log} has no rows yet; wait for the run's first step")
    return Run(name, rows, *drops_and_rewinds(path))


def drops_and_rewinds(
    folder: Path | str,
) -> tuple[list[tuple[int, float]], tuple[Rewind, ...]]:
    """What run.json says of learning-rate drops, without those that were undone, and of rewinds."""
    rewinds = find_rewinds(folder)
    return remaining_drops(read_lr_drops(folder), rewinds), rewinds


def position(row: Row, x_axis: str) -> float:
    """The x coordinate of a row; `x_axis` is a key of AXIS_LABELS."""
    if x_axis == "hours":
        return row.seconds / 3600
    if x_axis == "tokens":
        return row.tokens
    return row.step


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Mean of each value and its `width` // 2 neighbours on either side, fewer at the ends.

    [1, 3, 8], 3 -> [2, 4, 5.5]
    """
    half = width // 2
    sums = [0.0, *accumulate(values)]
    means = []
    for index in range(len(values)):
        start = max(0, index - half)
        end = min(len(values), index + half + 1)
        means.append((sums[end] - sums[start]) / (end - start))
    return means


def thin_out(points: Sequence[Point], most: int) -> list[Point]:
    """At most about `most` of many points: the lowest and the highest of equal parts, and the last.

    So a curve keeps its spikes and its end.
    """
    if len(points) <= most:
        return list(points)
    part_size = -(-len(points) // (most // 2))  # rounded up
    kept = []
    for start in range(0, len(points), part_size):
        part = points[start : start + part_size]
        extremes = [min(part, key=itemgetter(1)), max(part, key=itemgetter(1))]
        kept += sorted(extremes, key=itemgetter(0))
    return [*kept, points[-1]]
