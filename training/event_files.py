"""Event files for TensorBoard in RUN/tensorboard: the numbers of loss.csv, and the samples.

    pip install tensorboard
    tensorboard --logdir runs

A thread of the package writes them, so training does not wait for the disk.
"""

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from tools.messages import describe_error
from training.loss_log import Row
from training.sample_log import Sample

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"  # in the run folder
MAX_QUEUE = 1000  # events that may wait for the thread
FLUSH_SECONDS = 10
TRAIN_SCALARS = ("loss", "learning_rate", "gradient_norm", "tokens_per_second")


def tensorboard_problems() -> list[str]:
    """A sentence that says how to install the optional package, if it is missing."""
    if find_spec("tensorboard"):
        return []
    return ["--tensorboard needs a package that is missing: pip install tensorboard"]


class EventFiles:
    """Writes rows of the loss log and samples as events.

    Each start begins a file, which says at which step it starts: TensorBoard then drops the events
    of earlier files from this step on. If a file cannot be written, `say` gets a warning, and the
    run goes on without event files.
    """

    def __init__(self, run: Path, first_step: int, say: Callable[[str], None]):
        self.folder, self.say = run / FOLDER, say
        self.writer: SummaryWriter | None = None
        self.start(first_step)
        atexit.register(self.close)  # for a run that ends with an error

    def start(self, first_step: int) -> None:
        """Begin a file, when the run starts, resumes, or has gone back to a checkpoint."""
        from torch.utils.tensorboard import SummaryWriter  # optional, and slow to import

        self._end_file()
        with self._errors_become_warnings():
            self.writer = SummaryWriter(
                str(self.folder),
                purge_step=first_step,
                max_queue=MAX_QUEUE,
                flush_secs=FLUSH_SECONDS,
            )

    def write(self, row: Row) -> None:
        """Write the numbers of a row: train/loss, …; val/loss and val/PART."""
        with self._errors_become_warnings():
            if self.writer is None:
                return
            if row.split != "train":
                tag = "val/loss" if row.split == "val" else row.split
                self.writer.add_scalar(tag, row.loss, row.step)
                return
            for name in TRAIN_SCALARS:
                self.writer.add_scalar(f"train/{name}", getattr(row, name), row.step)

    def write_sample(self, step: int, sample: Sample) -> None:
        """Write a sample. TensorBoard shows Markdown; as a block of code, the text stays as is."""
        with self._errors_become_warnings():
            if self.writer is not None:
                text = indent(sample.prompt + sample.text, "    ", lambda line: True)
                self.writer.add_text("sample", text, step)

    def close(self) -> None:
        """Write what is still waiting, and close the file."""
        self._end_file()
        atexit.unregister(self.close)

    def _end_file(self) -> None:
        writer, self.writer = self.writer, None
        with self._errors_become_warnings():
            if writer is not None:
                writer.close()

    @contextmanager
    def _errors_become_warnings(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            self.writer = None
            self.say(f"warning: {describe_error(problem)}; going on without event files")
