"""Recording a run while it trains: loss.csv, samples, checkpoints, and the display on the screen.

All processes make the same calls, but only the first writes.
"""

import statistics
from collections import deque
from pathlib import Path

from model import GPT
from network.hardware import Hardware
from text.tokenizer import Tokenizer
from training.device_memory import read_use
from training.display import Display
from training.divergence import Divergence, LossHistory
from training.event_files import EventFiles
from training.gradient import StepResult
from training.loss_log import SPIKE_WINDOW, LossLog, Row, cut_back, is_spike, read_loss_log
from training.machine_report import memory_lines, start_lines
from training.optimizer import Optimizer
from training.plan import Plan
from training.progress import Progress, training_state
from training.rewinds import MAX_REWINDS
from training.run_json import find_hardware, write_run_json
from training.sample_log import append_sample, cut_back_samples
from training.saved_models import SavedModels
from training.step_down import MemoryShortage

MEMORY_SHOWN_AFTER = 3  # steps


class Record:
    """The files of one run, and its display."""

    def __init__(
        self,
        plan: Plan,
        run: Path,
        model: GPT,
        tokenizer: Tokenizer,
        optimizer: Optimizer,
        hardware: Hardware,
    ):
        self.plan, self.run = plan, run
        self.model, self.tokenizer = model, tokenizer
        self.optimizer = optimizer
        self.hardware = hardware
        self.writes = hardware.is_first
        self.history = LossHistory(plan.steps)
        self.recent_losses: deque[float] = deque(maxlen=SPIKE_WINDOW)
        self.has_warned = False
        self.events: EventFiles | None = None
        self.steps_taken = 0  # by this process

    @property
    def loss_csv(self) -> Path:
        return self.run / "loss.csv"

    @property
    def samples_jsonl(self) -> Path:
        return self.run / "samples.jsonl"

    def open(self, progress: Progress, checkpoint: Path | None) -> None:
        """Bring the folder to the state of `checkpoint`, from which training resumes, if any.

        Cuts loss.csv and samples.jsonl back, writes run.json, and removes what a crash left.
        """
        last_step = progress.step if checkpoint else -1
        if self.writes:
            cut_back(self.loss_csv, last_step)
            cut_back_samples(self.samples_jsonl, last_step)
        if checkpoint and self.loss_csv.exists():
            self._remember(read_loss_log(self.loss_csv), last_step)
        self.display = Display(self.model, self.hardware, self.plan.steps, progress.step)
        self.saved = SavedModels(self.plan, self.run, self.model, self.tokenizer, self.display.say)
        if self.writes:
            self._restore_folder(progress, checkpoint)
            self._show_machine(progress)
            if self.plan.settings.tensorboard and progress.step < self.plan.steps:
                self.events = EventFiles(self.run, last_step + 1, self.display.say)

    def _show_machine(self, progress: Progress) -> None:
        """Say what the machine has and whether the disk is large enough, if steps are left."""
        if progress.step >= self.plan.steps:
            self.display.say(f"{self.run} has taken all its {self.plan.steps:,} steps already")
            return
        for line in start_lines(
            self.plan, self.run, self.model, self.optimizer, self.hardware, progress.step
        ):
            self.display.say(line)

    def _restore_folder(self, progress: Progress, checkpoint: Path | None) -> None:
        write_run_json(self.run, self.plan.run_json | self._hardware_json(progress))
        if checkpoint and progress.step > 0:  # a crash may have come between saving and publishing
            is_best = progress.step == progress.best_step
            self.saved.publish(checkpoint, is_best, self.history)
            self.saved.check_published(progress.step)
        self.saved.prune(progress, self.history)
        self.log = LossLog(self.loss_csv)

    def _remember(self, rows: list[Row], last_step: int) -> None:
        """Keep the rows up to this step, to compare later losses with."""
        kept = [row for row in rows if row.step <= last_step]
        self.history = LossHistory(self.plan.steps, kept)
        self.recent_losses.clear()
        self.recent_losses.extend(row.loss for row in kept if row.split == "train")

    def _hardware_json(self, progress: Progress) -> dict[str, str]:
        """The hardware of the run's steps; if none is left to take, what run.json says of it."""
        if progress.step < self.plan.steps:
            return self.hardware.as_json()
        return find_hardware(self.run) or self.hardware.as_json()

    def correct_device(self, hardware: Hardware) -> None:
        """Write into run.json what the steps run on from now on."""
        self.hardware = hardware
        if self.writes:
            write_run_json(self.run, self.plan.run_json | hardware.as_json())

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
        self._log(row)
        self.display.step(row, seconds)
        if is_spike(row.loss, self.recent_losses):
            mean = statistics.fmean(self.recent_losses)
            self.display.say(
                f"step {row.step}: loss spike: {row.loss:.4f}, against a mean of {mean:.4f} "
                f"over the last {len(self.recent_losses)} steps"
            )
        self.recent_losses.append(row.loss)
        self._show_memory()

    def _log(self, row: Row) -> None:
        self.history.add(row)
        if self.writes:
            self.log.write(row)
        if self.events:
            self.events.write(row)

    def _show_memory(self) -> None:
        """After the first few steps, say how much of a card's memory they have taken."""
        self.steps_taken += 1
        if self.steps_taken != MEMORY_SHOWN_AFTER or self.hardware.device.type != "cuda":
            return
        use = read_use(self.hardware.device)
        tokens = self.plan.micro.tokens if self.plan.micro else None
        for line in memory_lines(use, tokens) if use else []:
            self.display.say(line)

    def validation(self, progress: Progress) -> None:
        """Log and show the newest validation losses."""
        for split, loss in progress.validation.items():
            self._log(Row(progress.step, progress.tokens, progress.seconds, split, loss))
        self.display.validation(progress)

    def find_divergence(self, step: int) -> Divergence | None:
        """Whether the run has diverged at this step; with `ignore`, only a warning."""
        divergence = self.history.divergence(step)
        if self.plan.settings.on_divergence != "ignore":
            return divergence
        if divergence and not self.has_warned:
            reason = f"{divergence.reason}; ignored because of --on-divergence ignore"
            self.display.say(f"warning: step {step}: {reason}")
        self.has_warned = divergence is not None
        return None

    def rewind(self, plan: Plan, progress: Progress) -> None:
        """Bring log and display back to the checkpoint that the newest rewind of `plan` names."""
        self.plan = plan
        self._remember(self.history.rows, progress.step)
        if self.writes:
            self.log.close()
            cut_back(self.loss_csv, progress.step)
            cut_back_samples(self.samples_jsonl, progress.step)
            self.log = LossLog(self.loss_csv)
        if self.events:
            self.events.start(progress.step + 1)
        newest = plan.rewinds[-1]
        self.display.go_back(progress.step)
        self.display.say(
            f"step {newest.diverged_at}: {newest.reason}. Rewound to step {newest.step} "
            f"({len(plan.rewinds)} of at most {MAX_REWINDS} times): the learning rate is "
            f"multiplied by {newest.factor:g}, and the batches seen since then are skipped"
        )

    def report_step_down(self, plan: Plan, shortage: MemoryShortage) -> None:
        """Say that the step is repeated with fewer tokens at a time."""
        tokens = plan.micro.tokens if plan.micro else 0
        before, self.plan = self.plan, plan
        tokens_before = before.micro.tokens if before.micro else 0
        self.display.say(
            f"warning: step {shortage.step}: out of memory with {tokens_before:,} tokens at a "
            f"time; the step is repeated, and the run goes on, with {tokens:,}"
        )

    def checkpoint(self, progress: Progress, is_best: bool) -> None:
        """Save a checkpoint; publish its model if it is the best, or if the newest is kept.

        If the newest model is far worse than the best so far, the newest good one is published
        instead; without a good one, the run's model stays as it is, if there is one. Old
        checkpoints are deleted. All processes must call it. Raises OSError if the checkpoint cannot
        be written.
        """
        state = training_state(progress, self.optimizer)
        if not self.writes:
            return
        self.log.flush_to_disk()
        checkpoint = self.saved.save(progress.step, state)
        self.saved.publish(checkpoint, is_best, self.history)
        self.saved.prune(progress, self.history)
        self.saved.check_published(progress.step)

    def save_start(self, progress: Progress) -> None:
        """Save the start of a run that may rewind to it. All processes must call it."""
        state = training_state(progress, self.optimizer)
        if self.writes:
            self.log.flush_to_disk()
            self.saved.save(progress.step, state)

    def sample(self, step: int) -> None:
        """Show and keep a sample of the text that the model writes after this step."""
        if not self.writes or not self.plan.sample:
            return
        sample = self.plan.sample(self.model)
        self.display.say(sample.line)
        append_sample(self.samples_jsonl, step, sample)
        if self.events:
            self.events.write_sample(step, sample)

    def stopped(self, step: int, is_orphaned: bool = False) -> None:
        """Close the display, and say that the run was stopped after this step.

        `is_orphaned` says that torchrun's end is the reason.
        """
        self.close()
        reason = "torchrun has ended: " if is_orphaned else ""
        self.display.say(f"{reason}stopped and saved after step {step}; resume it with --resume")

    def close(self) -> None:
        """Close loss.csv, the event files and the progress bar."""
        if self.writes:
            self.log.close()
        if self.events:
            self.events.close()
        self.display.close()
