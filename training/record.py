"""Recording a run while it trains: loss.csv, checkpoints, and the display on the screen.

All processes make the same calls, but only the first writes.
"""

import statistics
from collections import deque
from pathlib import Path

from model import GPT
from network.hardware import Hardware
from text.tokenizer import Tokenizer
from training.checkpoints import prune, publish, save_checkpoint
from training.display import Display
from training.gradient import StepResult
from training.loss_log import SPIKE_WINDOW, LossLog, Row, cut_back, is_spike, read_loss_log
from training.optimizer import Optimizer
from training.plan import Plan
from training.progress import Progress
from training.run_json import find_device, write_run_json


class Record:
    """The files of one run, and its display."""

    def __init__(
        self,
        plan: Plan,
        run: Path,
        model: GPT,
        tokenizer: Tokenizer,
        hardware: Hardware,
    ):
        self.plan, self.run = plan, run
        self.model, self.tokenizer = model, tokenizer
        self.hardware = hardware
        self.writes = hardware.is_first
        self.recent_losses: deque[float] = deque(maxlen=SPIKE_WINDOW)

    def open(self, progress: Progress, checkpoint: Path | None) -> None:
        """Bring the folder to the state of `checkpoint`, from which training resumes, if any.

        Cuts loss.csv back, writes run.json, and removes what a crash left.
        """
        if self.writes:
            self._restore_folder(progress, checkpoint)
        self.display = Display(self.model, self.hardware, self.plan.steps, progress.step)

    def _restore_folder(self, progress: Progress, checkpoint: Path | None) -> None:
        path = self.run / "loss.csv"
        cut_back(path, progress.step if checkpoint else -1)
        write_run_json(self.run, self.plan.run_json | {"device": self._device(progress)})
        published_step = progress.best_step if self.plan.best_by else progress.step
        if checkpoint and progress.step == published_step:
            publish(checkpoint, self.run)  # in case a crash came between saving and publishing
        prune(self.run, self.plan.settings.keep)
        self.log = LossLog(path)
        rows = read_loss_log(path) if checkpoint else []
        self.recent_losses.extend(row.loss for row in rows if row.split == "train")

    def _device(self, progress: Progress) -> str:
        """The hardware of the run's steps; if none is left to take, what run.json says of it."""
        device = self.hardware.describe()
        if progress.step < self.plan.steps:
            return device
        return find_device(self.run) or device

    def step(
        self,
        progress: Progress,
        result: StepResult,
        learning_rate: float,
        tokens: int,
        seconds: float,
    ) -> None:
        """Log and show a step of `tokens` tokens that took `seconds`; report a loss spike."""
        row = Row(
            progress.step,
            progress.tokens,
            progress.seconds,
            "train",
            result.loss,
            learning_rate,
            result.gradient_norm,
            tokens / seconds,
        )
        if self.writes:
            self.log.write(row)
        self.display.step(row, seconds)
        if is_spike(row.loss, self.recent_losses):
            mean = statistics.fmean(self.recent_losses)
            self.display.say(
                f"step {row.step}: loss spike: {row.loss:.4f}, against a mean of {mean:.4f} "
                f"over the last {len(self.recent_losses)} steps"
            )
        self.recent_losses.append(row.loss)

    def validation(self, progress: Progress) -> None:
        """Log and show the newest validation losses."""
        if self.writes:
            for split, loss in progress.validation.items():
                self.log.write(Row(progress.step, progress.tokens, progress.seconds, split, loss))
        self.display.validation(progress)

    def checkpoint(self, progress: Progress, optimizer: Optimizer, is_best: bool) -> None:
        """Save a checkpoint; publish its model if it is the best, or if the newest is kept.

        All processes must call it. Raises OSError if the checkpoint cannot be written.
        """
        state = {"progress": vars(progress).copy(), "optimizer": optimizer.state_dict()}
        if not self.writes:
            return
        self.log.flush_to_disk()
        saved = save_checkpoint(
            self.run,
            progress.step,
            self.model,
            self.tokenizer,
            state,
            self.plan.is_chat_model,
        )
        if is_best or self.plan.best_by is None:
            publish(saved, self.run)
        prune(self.run, self.plan.settings.keep)

    def sample(self) -> None:
        """Show a sample of the text that the model writes."""
        if self.writes and self.plan.sample:
            self.display.say(self.plan.sample(self.model))

    def stopped(self, step: int, is_orphaned: bool = False) -> None:
        """Close the display, and say that the run was stopped after this step.

        `is_orphaned` says that torchrun's end is the reason.
        """
        self.close()
        reason = "torchrun has ended: " if is_orphaned else ""
        self.display.say(f"{reason}stopped and saved after step {step}; resume it with --resume")

    def close(self) -> None:
        """Close loss.csv and the progress bar."""
        if self.writes:
            self.log.close()
        self.display.close()
