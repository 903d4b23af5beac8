"""Watching the runs in a folder while they train, from the files that they write anyway.

    runs = RunsFolder("runs")
    runs.poll()                      # now and then: reads what has been appended since
    for run in runs.watched: …       # .state(now), .log, .spikes, .sample, .remarks

Nothing is locked or written, so a watched run never waits. A run may be restarted, resumed or
deleted at any time, and a last line may be incomplete: that is a remark, not an error.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.appended_lines import AppendedLines
from training.curves import Run, drops_and_rewinds
from training.loss_log import HEADER, SPIKE_WINDOW, Row, is_spike, parse_row
from training.run_json import find_settings
from training.sample_log import Sample, parse_sample

FILES = ("loss.csv", "samples.jsonl", "run.json")
DEEPEST = 4  # folders below the watched one in which runs are looked for
MOST_RUNS = 200
RECENT_STEPS = 20  # for tokens per second and the time left
# A run that has written nothing for this long is quiet, unless its steps take so long. It may be
# validating or saving; after an hour it is said to have stopped.
QUIET_SECONDS = 120.0
QUIET_STEPS = 10
STOPPED_SECONDS = 3600.0

RUNNING, FINISHED, STOPPED = "running", "finished", "stopped"
QUIET = "quiet for {minutes:,.0f} min"
WAITING, GONE = "waiting for the first step", "cannot be read"


@dataclass(frozen=True)
class Speed:
    """How fast the newest steps were, by the training clock."""

    tokens_per_second: float
    seconds_per_step: float


class WatchedRun:
    """One run folder. `version` grows whenever something has changed."""

    def __init__(self, folder: Path, name: str):
        self.folder, self.name = folder, name
        self.version = 0
        self.rows: list[Row] = []
        self.spikes: list[Row] = []
        self.sample: tuple[int, Sample] | None = None  # the newest, and its step
        self.steps: int | None = None  # that the run is to take, if run.json says so
        self.changed_at = 0.0  # when a file of the run was last written
        self.is_gone = False
        self._forget_rows()
        self._rate_drops: Sequence[tuple[int, float]] = ()
        self._rewinds: Sequence = ()
        self._run_json_seen: tuple[int, int] | None = None
        self._files = [folder / name for name in FILES]
        log, samples, self._run_json = self._files
        self._log_lines = AppendedLines(log)
        self._sample_lines = AppendedLines(samples)
        self._restarted_after: int | None = None
        self._log: Run | None = None

    def poll(self) -> None:
        """Read what is new. A folder that is gone keeps what was read, and is marked."""
        try:
            self._read_rows()
            self.is_gone = False
        except OSError:
            self.version += not self.is_gone
            self.is_gone = True
            return
        self._read_run_json()
        self._read_samples()
        self.changed_at = max(map(_time_of_change, self._files))

    def _read_rows(self) -> None:
        new = self._log_lines.read()
        if new.is_restart:
            self._restarted_after = self.rows[-1].step if self.rows else None
            self._forget_rows()
        for line in new.lines:
            self._add_line(line)
        if new.lines or new.is_restart:
            self._log = None
            self.version += 1

    def _forget_rows(self) -> None:
        self.rows, self.spikes = [], []
        self._line_number = 0
        self._bad_lines: list[int] = []
        self._recent_losses: deque[float] = deque(maxlen=SPIKE_WINDOW)

    def _add_line(self, line: str) -> None:
        self._line_number += 1
        if self._line_number == 1 and line + "\n" == HEADER:
            return
        try:
            row = parse_row(line)
        except ValueError:
            self._bad_lines.append(self._line_number)
            return
        self.rows.append(row)
        if row.split == "train":
            if is_spike(row.loss, self._recent_losses):
                self.spikes.append(row)
            self._recent_losses.append(row.loss)

    def _read_run_json(self) -> None:
        try:
            status = os.stat(self._run_json)
        except OSError:
            return
        seen = (status.st_mtime_ns, status.st_size)
        if seen == self._run_json_seen:
            return
        self._run_json_seen = seen
        self.steps = find_settings(self.folder).get("steps")
        self._rate_drops, self._rewinds = drops_and_rewinds(self.folder)
        self._log = None
        self.version += 1

    def _read_samples(self) -> None:
        try:
            new = self._sample_lines.read()
        except OSError:
            return
        if new.is_restart:
            self.sample = None
            self.version += 1
        for line in reversed(new.lines):
            try:
                self.sample = parse_sample(line)
            except ValueError:
                continue
            self.version += 1
            return

    # ---- what there is to see ----

    @property
    def log(self) -> Run:
        """The rows so far, with learning-rate drops and rewinds."""
        if self._log is None:
            self._log = Run(self.name, tuple(self.rows), self._rate_drops, self._rewinds)
        return self._log

    @property
    def step(self) -> int:
        """The newest step."""
        return self.rows[-1].step if self.rows else 0

    def state(self, now: float) -> str:
        """RUNNING, FINISHED, QUIET with minutes, STOPPED, WAITING or GONE.

        `now` is that of time.time().
        """
        if self.is_gone:
            return GONE
        if self.steps is not None and self.step >= self.steps:
            return FINISHED
        speed = self.speed
        patience = max(QUIET_SECONDS, QUIET_STEPS * speed.seconds_per_step if speed else 0.0)
        silence = now - self.changed_at
        if silence > max(patience, STOPPED_SECONDS):
            return STOPPED
        if silence > patience:
            return QUIET.format(minutes=silence / 60)
        return RUNNING if self.log.train else WAITING

    @property
    def speed(self) -> Speed | None:
        """The speed of the newest steps; None if fewer than two were logged."""
        recent = self.log.train[-RECENT_STEPS - 1 :]
        if len(recent) < 2:
            return None
        first, last = recent[0], recent[-1]
        seconds = last.seconds - first.seconds
        if seconds <= 0 or last.step <= first.step:
            return None
        tokens_per_second = (last.tokens - first.tokens) / seconds
        return Speed(tokens_per_second, seconds / (last.step - first.step))

    @property
    def seconds_left(self) -> float | None:
        """Until the last step, at the speed of the newest ones, without validation and saving."""
        speed = self.speed
        if speed is None or self.steps is None:
            return None
        return max(0, self.steps - self.step) * speed.seconds_per_step

    @property
    def remarks(self) -> list[str]:
        """What a reader must know about the files."""
        remarks = []
        if self.is_gone:
            remarks.append(
                "Its loss.csv is gone, or may not be read; this is what was read before."
            )
        if self._bad_lines:
            first, count = self._bad_lines[0], len(self._bad_lines)
            more = f" and {count - 1} more" if count > 1 else ""
            remarks.append(f"Line {first} of loss.csv{more} is not a row and is left out.")
        if self._restarted_after is not None:
            remarks.append(
                f"The log had reached step {self._restarted_after:,} when it was cut back: the "
                "run was resumed, rewound or started anew."
            )
        return remarks


def _time_of_change(path: Path) -> float:
    """When a file was last written; 0 if there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


class RunsFolder:
    """All runs in a folder and in the folders below it."""

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        self.watched: list[WatchedRun] = []

    def poll(self) -> None:
        """Look for new runs, and read what is new in all of them."""
        for run in self.watched:
            run.poll()
        known = {run.folder for run in self.watched}
        room = MOST_RUNS - sum(not run.is_gone for run in self.watched)
        new = [folder for folder in find_runs(self.folder) if folder not in known]
        for folder in new[: max(0, room)]:
            run = WatchedRun(folder, self._name(folder))
            run.poll()
            self.watched.append(run)
        self.watched.sort(key=lambda run: run.name)

    def _name(self, folder: Path) -> str:
        below = folder.relative_to(self.folder).as_posix()
        return self.folder.resolve().name if below == "." else below


def find_runs(folder: Path, depth: int = DEEPEST) -> Iterator[Path]:
    """The folders with a loss.csv. Links are not followed, nor is a run searched for others."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == "loss.csv" for entry in entries):
        yield folder
        return
    for entry in entries:
        is_searched = depth > 0 and not entry.name.startswith(".")
        if is_searched and entry.is_dir(follow_symlinks=False):
            yield from find_runs(Path(entry.path), depth - 1)
