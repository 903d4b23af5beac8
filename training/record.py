"""Recording a run while it trains: loss.csv, samples, checkpoints, and the display on the screen.

All processes make the same calls, but only the first writes.
"""

import re
import statistics
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from model import GPT
from network.hardware import Hardware
from text.tokenizer import Tokenizer
from training.checkpoints import (
    all_checkpoints,
    prune,
    publish_unless_held,
    save_checkpoint,
    step_of,
)
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
        self.unpublished: Path | None = None  # the checkpoint, if a program keeps the model open
        self.publish_error: OSError | None = None
        self.undeleted: set[int] = set()  # steps of old checkpoints that could not be deleted
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
        if self.writes:
            self._restore_folder(progress, checkpoint)
            self._show_machine(progress)
            if self.plan.settings.tensorboard and progress.step < self.plan.steps:
                self.events = EventFiles(self.run, last_step + 1, self.display.say)

    def _show_machine(self, progress: Progress) -> None:
        """Say what the machine has and whether the disk is large enough, if steps are left."""
        if progress.step >= self.plan.steps:
            return
        for line in start_lines(
            self.plan, self.run, self.model, self.optimizer, self.hardware, progress.step
        ):
            self.display.say(line)

    def _restore_folder(self, progress: Progress, checkpoint: Path | None) -> None:
        write_run_json(self.run, self.plan.run_json | self._hardware_json(progress))
        if checkpoint and progress.step > 0:  # a crash may have come between saving and publishing
            self._publish(checkpoint, is_best=progress.step == progress.best_step)
            self._check_published(progress)
        self._prune(progress)
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
        saved = self._save(progress, state)
        self._publish(saved, is_best)
        self._prune(progress)
        self._check_published(progress)

    def save_start(self, progress: Progress) -> None:
        """Save the start of a run that may rewind to it. All processes must call it."""
        state = training_state(progress, self.optimizer)
        if self.writes:
            self.log.flush_to_disk()
            self._save(progress, state)

    def _save(self, progress: Progress, state: dict) -> Path:
        is_chat_model = self.plan.is_chat_model
        return save_checkpoint(
            self.run, progress.step, self.model, self.tokenizer, state, is_chat_model
        )

    def _publish(self, newest: Path, is_best: bool) -> None:
        chosen = self._choose_model(newest, is_best) or self.unpublished
        problem = publish_unless_held(chosen, self.run) if chosen else None
        if problem and self.unpublished is None:
            self.display.say(
                f"warning: another program has {problem.filename2 or problem.filename} open; the "
                "run's model stays an earlier one until a checkpoint finds the file closed"
            )
        self.unpublished, self.publish_error = (chosen if problem else None), problem

    def _check_published(self, progress: Progress) -> None:
        """After the last step, raise OSError if the run's model could not be replaced."""
        if self.publish_error and progress.step >= self.plan.steps:
            raise self.publish_error

    def _choose_model(self, newest: Path, is_best: bool) -> Path | None:
        """The checkpoint to publish after `newest` was saved; None to leave the model as it is."""
        if self.plan.keeps_best:
            return newest if is_best else None
        step = step_of(newest)
        is_published = (self.run / "model.safetensors").exists()
        checkpoints = {step_of(path): path for path in all_checkpoints(self.run)}
        if is_published or not self.plan.may_publish(0):
            checkpoints.pop(0, None)  # the start takes no trained model's place
        good = self.history.newest_good(checkpoints)
        if good is not None and self.history.is_far_worse(step):
            self.display.say(
                f"step {step}: the loss is far above the best so far; the run's model is that of "
                f"step {good}"
            )
            return checkpoints[good]
        if not is_published or not self.history.is_far_worse(step):
            return newest
        return None

    def _prune(self, progress: Progress) -> None:
        """Delete old checkpoints, but neither the best nor the one to go back to."""
        steps = [step_of(checkpoint) for checkpoint in all_checkpoints(self.run)]
        wanted = (progress.best_step, self.history.best(steps), self.history.newest_good(steps))
        protected = [step for step in wanted if step is not None]
        if self.unpublished:
            protected.append(step_of(self.unpublished))
        undeleted = prune(self.run, self.plan.settings.keep, protected)
        self._warn_of_undeleted(undeleted)

    def _warn_of_undeleted(self, folders: Sequence[Path]) -> None:
        """Say what could not be deleted, once for each checkpoint."""
        steps = {int(name[0]) for path in folders if (name := re.search(r"\d+", path.name))}
        if steps - self.undeleted:
            listed = ", ".join(str(path) for path in folders)
            self.display.say(
                f"warning: old checkpoints could not be deleted ({listed}); another program may "
                "have a file in them open. The next checkpoint tries again"
            )
        self.undeleted |= steps

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
