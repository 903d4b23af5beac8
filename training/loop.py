"""The training loop, the same for pretraining and fine-tuning.

One step, and where its parts live:

    batch = reader.read(step)                 text/batches.py: fixed by (seed, step); that file's
                                              docstring lists the stages before it (on a GPU,
                                              prefetch.py has read the batch already)
    accumulate_gradients(…)                   gradient.py: of the mean over the batch's targets;
                                              one all-reduce sums it, the loss and stop requests.
                                              The loss function may be compiled: compiling.py
    norm = buffer.clip(1.0)                   gradient.py: the norm before clipping
    result = buffer.read(norm)                gradient.py: with fused kernels the only wait
    not_finite(result, step)                  divergence.py: stop before the weights change
    optimizer.step(plan.schedule.at(step))    optimizer.py, muon.py, where processes share the
                                              work; schedule.py
    progress.advance(…)                       progress.py: counters, which checkpoints hold
    record.step(…)                            record.py: loss.csv (loss_log.py), progress bar
                                              (display.py)
    record.find_divergence(step)              divergence.py: is the loss far above its lowest?

Now and then, and not counted in the training clock: compile (compiling.py), validate
(validation.py), save a checkpoint (saved_models.py), show a sample (sampling.py). On CUDA the clock
stops when the optimizer's kernels are queued. After a divergence recovery.py stops the run, or
takes it back to the checkpoint from before the rise. If memory runs out, step_down.py makes the
micro-batches smaller, once.
"""

import time
from dataclasses import replace
from pathlib import Path

import torch.distributed as dist

from model import GPT
from network.hardware import Hardware
from text.tokenizer import Tokenizer
from tools.memory import is_out_of_memory
from training.checkpoints import load_checkpoint
from training.compiling import compile_loss, compile_seconds, is_compiled
from training.divergence import Divergence, not_finite
from training.gradient import GradientBuffer, StepResult, accumulate_gradients
from training.loss_function import LossFunction
from training.optimizer import Optimizer
from training.plan import Plan
from training.prefetch import BatchReader, reads_ahead
from training.progress import Progress
from training.record import Record
from training.recovery import recover
from training.step_down import MemoryShortage, step_down
from training.stop_request import StopRequest, stop_on_signals
from training.validation import validate

MAX_GRADIENT_NORM = 1.0  # Brown et al. 2020, appendix B


def train(
    plan: Plan,
    run: Path,
    model: GPT,
    tokenizer: Tokenizer,
    optimizer: Optimizer,
    hardware: Hardware,
    checkpoint: Path | None = None,
) -> Progress:
    """Train from a checkpoint, or from the start, until the last step or a stop signal.

    Writes loss.csv and checkpoints, with the tokenizer in each, into the run folder. After SIGINT
    or SIGTERM it finishes the step, validates if due, saves, and raises SystemExit(128 + signal).
    Raises ValueError if the run diverges and may not rewind (SystemExit in other processes than
    the first), or if the checkpoint is corrupt.
    """
    loop = TrainingLoop(plan, run, model, tokenizer, optimizer, hardware, checkpoint)
    loop.start()
    with stop_on_signals(hardware.launcher) as stop_request:
        loop.run_to_end(stop_request)
    loop.record.close()
    wait_for_all(hardware)
    if hardware.world_size > 1:
        dist.destroy_process_group()
    return loop.progress


class TrainingLoop:
    """A run that is being trained: what its steps work with, and how far it is."""

    def __init__(
        self,
        plan: Plan,
        run: Path,
        model: GPT,
        tokenizer: Tokenizer,
        optimizer: Optimizer,
        hardware: Hardware,
        checkpoint: Path | None,
    ):
        self.plan, self.run = plan, run
        self.model, self.optimizer = model, optimizer
        self.checkpoint = checkpoint  # the one that this command resumes from, if any
        self.progress = resume(checkpoint, model, optimizer) if checkpoint else Progress()
        self.buffer = GradientBuffer(model)
        self.loss_function = choose_loss(plan, model, hardware, self.progress)
        hardware = replace(hardware, compile=is_compiled(self.loss_function))
        self.record = Record(plan, run, model, tokenizer, optimizer, hardware)

    @property
    def hardware(self) -> Hardware:
        """What the steps run on; its `compile` becomes false if compiling fails."""
        return self.record.hardware

    def start(self) -> None:
        """Open the run's files. Validate a new run, and save it if it may rewind to its start."""
        self.record.open(self.progress, self.checkpoint)
        if self.checkpoint is not None:
            return
        if self.plan.settings.eval_every:
            validate(self.plan, self.model, self.hardware, self.progress, self.record)
        if self.plan.settings.on_divergence == "rewind":
            self.record.save_start(self.progress)

    def run_to_end(self, stop_request: StopRequest) -> None:
        """Take the steps that are left; after a divergence or out of memory, go on if possible."""
        while self.progress.step < self.plan.steps:
            interruption = self.run_steps(stop_request)
            if isinstance(interruption, MemoryShortage):
                self.handle_shortage(interruption)
            elif interruption:
                self.handle_divergence(interruption)

    def run_steps(self, stop_request: StopRequest) -> Divergence | MemoryShortage | None:
        """Take steps until the last one, or until something interrupts the run; return that."""
        reader = BatchReader(self.plan.batch_of, self.plan.steps, reads_ahead(self.hardware))
        while self.progress.step < self.plan.steps:
            result = self.take_step(reader, stop_request)
            if not isinstance(result, StepResult):
                return result
            if divergence := self.finish_step(result, stop_request):
                return divergence
        return None

    def take_step(
        self, reader: BatchReader, stop_request: StopRequest
    ) -> StepResult | Divergence | MemoryShortage:
        """Take and log the next step. Returns its numbers, or why the weights were not updated."""
        started, compiled_before = time.perf_counter(), compile_seconds(self.loss_function)
        step = self.progress.step + 1
        batch = reader.read(step)
        accumulate_gradients(
            self.loss_function,
            batch,
            self.buffer,
            self.hardware,
            stop_request,
            may_run_out=self.plan.can_step_down,
        )
        if self.hardware.compile and not is_compiled(self.loss_function):
            self.record.correct_device(replace(self.hardware, compile=False))
        norm = self.buffer.clip(MAX_GRADIENT_NORM)
        result = self.buffer.read(norm)
        if result.out_of_memory:
            return MemoryShortage(step)
        if divergence := not_finite(result, step):
            return divergence
        learning_rate = self.plan.schedule.at(step)
        self.optimizer.step(learning_rate)
        compiling = compile_seconds(self.loss_function) - compiled_before
        seconds = time.perf_counter() - started - compiling
        self.progress.advance(batch.tokens, seconds)
        self.record.step(self.progress, result, learning_rate, batch.tokens, seconds)
        return result

    def finish_step(self, result: StepResult, stop_request: StopRequest) -> Divergence | None:
        """Validate, save and sample if due; after a stop signal, save and raise SystemExit.

        If the run has diverged, nothing is saved, and the divergence is returned.
        """
        plan, step = self.plan, self.progress.step
        is_last = step == plan.steps
        is_best = False
        if is_due(plan.settings.eval_every, step, is_last):
            validate(plan, self.model, self.hardware, self.progress, self.record)
            is_best = self.progress.note_best() and plan.keeps_best
        if divergence := self.record.find_divergence(step):
            return divergence
        must_save = is_best or is_last or result.stop_requested
        if must_save or is_due(plan.settings.save_every, step):
            self.record.checkpoint(self.progress, is_best)
        if is_due(plan.settings.sample_every, step, is_last):
            self.record.sample(step)
        if result.stop_requested and not is_last:
            self.record.stopped(step, stop_request.is_orphaned)
            wait_for_all(self.hardware)
            raise SystemExit(stop_request.exit_status)
        return None

    def handle_shortage(self, shortage: MemoryShortage) -> None:
        """Go on with half as many tokens at a time."""
        self.plan = step_down(self.plan, self.run, shortage, self.hardware)
        self.record.report_step_down(self.plan, shortage)
        if self.hardware.compile:  # for the new shape
            self.loss_function = choose_loss(self.plan, self.model, self.hardware, self.progress)

    def handle_divergence(self, divergence: Divergence) -> None:
        """Go back to the newest good checkpoint, or raise ValueError if the run may not."""
        self.plan, checkpoint = recover(
            self.plan, self.run, divergence, self.record.history, self.hardware
        )
        self.progress = resume(checkpoint, self.model, self.optimizer)
        self.record.rewind(self.plan, self.progress)


def is_due(every: int, step: int, is_last: bool = False) -> bool:
    """Whether an action is due after this step: every `every` steps and after the last.

    If `every` is 0, it is never due.
    """
    return every > 0 and (step % every == 0 or is_last)


def wait_for_all(hardware: Hardware) -> None:
    """Wait for the other processes.

    torchrun ends all processes when one has exited, and the first may still be writing.
    """
    if hardware.world_size > 1:
        dist.barrier()


def resume(checkpoint: Path, model: GPT, optimizer: Optimizer) -> Progress:
    """Fill model and optimizer from a checkpoint; return the progress it was saved with.

    Raises ValueError if the checkpoint is corrupt.
    """
    state = load_checkpoint(checkpoint, model)
    try:
        optimizer.load_state_dict(state["optimizer"])
        progress = Progress(**state["progress"])
        if not progress.fits(checkpoint) or not optimizer.fits():
            raise ValueError("its values do not match this model and step")
        return progress
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as problem:
        if is_out_of_memory(problem):
            raise
        raise ValueError(
            f"{checkpoint} holds no training state of this run ({problem}); "
            "delete it to resume from the one before"
        ) from None


def choose_loss(plan: Plan, model: GPT, hardware: Hardware, progress: Progress) -> LossFunction:
    """The loss function of the next steps: compiled if `hardware.compile`, unless that fails."""
    if not hardware.compile or progress.step >= plan.steps:
        return model.loss
    return compile_loss(model, hardware, plan.batch_of(progress.step + 1).micro_batches)
