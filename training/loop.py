"""The training loop, the same for pretraining and fine-tuning.

One step, and where its parts live:

    batch = batches.read(step)                text/batches.py: fixed by (seed, step); the order is
                                              that of text/permutation.py, windows of text/shards.py
                                              (on a GPU, prefetch.py has read it already)
    accumulate_gradients(loss, batch, …)      gradient.py: of the mean over the batch's targets;
                                              one all-reduce sums it, the loss and stop requests.
                                              The loss may be compiled: compiling.py
    norm = buffer.clip(1.0)                   gradient.py: the norm before clipping
    result = buffer.read(norm)                gradient.py: with fused kernels the only wait
    not_finite(result, step)                  divergence.py: stop before the weights change
    optimizer.step(plan.schedule.at(step))    optimizer.py, where processes share Muon's
                                              work; schedule.py
    progress.advance(…)                       progress.py: counters, which checkpoints hold
    record.step(…)                            record.py: loss.csv (loss_log.py), progress bar
                                              (display.py)
    record.find_divergence(step)              divergence.py: has the loss left its past behind?

Now and then, and not counted in the training clock: compile (compiling.py), validate
(validation.py), save a checkpoint (checkpoints.py), show a sample (sampling.py). On CUDA the clock
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
from training.gradient import GradientBuffer, LossFunction, accumulate_gradients
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
    progress = resume(checkpoint, model, optimizer) if checkpoint else Progress()
    buffer = GradientBuffer(model)
    loss, hardware = choose_loss(plan, model, hardware, progress)
    record = Record(plan, run, model, tokenizer, optimizer, hardware)
    record.open(progress, checkpoint)
    if checkpoint is None and plan.settings.eval_every:
        validate(plan, model, hardware, progress, record)
    if checkpoint is None and plan.settings.on_divergence == "rewind":
        record.start(progress)

    with stop_on_signals(hardware.launcher) as stop_request:
        while progress.step < plan.steps:
            interruption = run_steps(
                plan, model, loss, buffer, optimizer, hardware, progress, record, stop_request
            )
            if isinstance(interruption, MemoryShortage):
                plan = step_down(plan, run, interruption, record.hardware)
                record.step_down(plan, interruption)
                if record.hardware.compile:  # for the new shape
                    loss, _ = choose_loss(plan, model, hardware, progress)
            elif interruption:
                plan, checkpoint = recover(plan, run, interruption, record.history, record.hardware)
                progress = resume(checkpoint, model, optimizer)
                record.rewind(plan, progress)

    record.close()
    wait_for_all(hardware)
    if hardware.world_size > 1:
        dist.destroy_process_group()
    return progress


def run_steps(
    plan: Plan,
    model: GPT,
    loss: LossFunction,
    buffer: GradientBuffer,
    optimizer: Optimizer,
    hardware: Hardware,
    progress: Progress,
    record: Record,
    stop_request: StopRequest,
) -> Divergence | MemoryShortage | None:
    """Take the steps that are left, or those until the run diverges or memory runs out.

    Returns what interrupted it; None after the last step.
    """
    batches = BatchReader(plan.batch_of, plan.steps, reads_ahead(hardware))
    while progress.step < plan.steps:
        started, compiled_before = time.perf_counter(), compile_seconds(loss)
        step = progress.step + 1
        batch = batches.read(step)
        may_run_out = plan.can_step_down
        accumulate_gradients(loss, batch, buffer, hardware, stop_request, may_run_out)
        if record.hardware.compile and not is_compiled(loss):
            record.correct_device(replace(hardware, compile=False))
        norm = buffer.clip(MAX_GRADIENT_NORM)
        result = buffer.read(norm)
        if result.out_of_memory:
            return MemoryShortage(step)
        if divergence := not_finite(result, step):
            return divergence
        learning_rate = plan.schedule.at(step)
        optimizer.step(learning_rate)
        compiling = compile_seconds(loss) - compiled_before
        seconds = time.perf_counter() - started - compiling
        progress.advance(batch.tokens, seconds)
        record.step(progress, result, learning_rate, batch.tokens, seconds)

        is_last = step == plan.steps
        is_best = False
        if is_due(plan.settings.eval_every, step, is_last):
            validate(plan, model, hardware, progress, record)
            is_best = progress.note_best("val") and plan.best_by is not None
        if divergence := record.find_divergence(step):
            return divergence
        must_save = is_best or is_last or result.stop_requested
        if must_save or is_due(plan.settings.save_every, step):
            record.checkpoint(progress, is_best)
        if is_due(plan.settings.sample_every, step, is_last):
            record.sample(step)
        if result.stop_requested and not is_last:
            record.stopped(step, stop_request.is_orphaned)
            wait_for_all(hardware)
            raise SystemExit(stop_request.exit_status)
    return None


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


def choose_loss(
    plan: Plan, model: GPT, hardware: Hardware, progress: Progress
) -> tuple[LossFunction, Hardware]:
    """The loss function of the next steps, and the hardware.

    The hardware's `compile` is set to whether the loss is compiled.
    """
    if not hardware.compile or progress.step >= plan.steps:
        return model.loss, replace(hardware, compile=False)
    loss = compile_loss(model, hardware, plan.batch_of(progress.step + 1).micro_batches)
    return loss, replace(hardware, compile=is_compiled(loss))
