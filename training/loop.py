"""loop."""

import math
import signal
import statistics
import time
import warnings
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from model import GPT
from network.hardware import Hardware
from text.batches import Batch
from text.tokenizer import Tokenizer
from training.loss_log import SPIKE_WINDOW, LossLog, Row, cut_back, is_spike, read_loss_log
from training.optimizer import Optimizer
from training.progress import _Report
from training.run_folder import (
    load_checkpoint,
    newest_checkpoint,
    prune,
    publish,
    save_checkpoint,
    write_run_json,
)

MAX_GRADIENT_NORM = 1.0  # Brown et al. 2020, appendix B


class GradientBuffer:
    """All gradients as one flat tensor, of which each parameter's `.grad` is a view: zeroed, summed over processes and measured
    in one operation each. Its last two places carry the loss and a wish to stop through the same all-reduce."""

    def __init__(self, model: GPT):
        parameters = list(model.parameters())
        sizes = [parameter.numel() for parameter in parameters]
        self.flat = torch.zeros(sum(sizes) + 2, device=parameters[0].device)
        self.gradients, self.loss, self.stop = self.flat[:-2], self.flat[-2], self.flat[-1]
        for parameter, view in zip(parameters, self.gradients.split(sizes)):
            parameter.grad = view.view_as(parameter)

    def clip(self, max_norm: float) -> Tensor:
        """Scale the gradient down to `max_norm` where it is longer; return its norm before that, without waiting for it."""
        norm = torch.linalg.vector_norm(self.gradients)
        self.gradients.mul_((max_norm / (norm + 1e-6)).clamp(max=1.0))
        return norm


def accumulate_gradients(
    loss: Callable[[Tensor, Tensor], Tensor],
    batch: Batch,
    buffer: GradientBuffer,
    hardware: Hardware,
    stop: bool = False,
) -> None:
    """Fill the buffer with the gradient of the mean loss over all targets of the batch, in all processes, and with that loss.

    `loss(ids, targets)` returns the *sum* of the token losses. Each is divided by the number of targets of the whole batch, so
    micro-batches of any size, in any number of processes, add up to the same gradient.
    """
    buffer.flat.zero_()
    buffer.stop.fill_(float(stop))
    for micro_batch in batch.micro_batches:
        with hardware.autocast():
            mean = (
                loss(
                    hardware.to_device(micro_batch.inputs), hardware.to_device(micro_batch.targets)
                )
                / batch.targets
            )
        mean.backward()
        buffer.loss += mean.detach()
    if hardware.world > 1:
        dist.all_reduce(buffer.flat)


@torch.no_grad()
def evaluate(model: GPT, micro_batches, hardware: Hardware) -> float:
    """Mean loss in nats over all targets of the (inputs, targets) pairs; the processes share the work."""
    total = torch.zeros(2, dtype=torch.float64)
    for micro_batch in micro_batches[hardware.rank :: hardware.world]:
        with hardware.autocast():
            loss = model.loss(
                hardware.to_device(micro_batch.inputs), hardware.to_device(micro_batch.targets)
            )
        total += torch.tensor(
            [loss.item(), np.count_nonzero(micro_batch.targets >= 0)], dtype=torch.float64
        )
    if hardware.world > 1:
        total = total.to(hardware.device)
        dist.all_reduce(total)
    return float(total[0] / total[1])


def training_loss(
    model: GPT, hardware: Hardware, micro_batches: list
) -> Callable[[Tensor, Tensor], Tensor]:
    """`model.loss`, compiled where the hardware asks for it, and tried on the first micro-batch. Where that fails, a warning, and the plain one."""
    if not hardware.compile:
        return model.loss
    compiled = torch.compile(model.loss)
    try:
        for micro_batch in micro_batches[
            :1
        ]:  # with many processes and a small batch one may have none
            with hardware.autocast():
                compiled(
                    hardware.to_device(micro_batch.inputs), hardware.to_device(micro_batch.targets)
                ).backward()
        return compiled
    except (
        Exception
    ) as problem:  # anything from a missing C compiler to a bug in the generated code
        warnings.warn(
            f"compiling failed ({type(problem).__name__}: {str(problem).splitlines()[0][:200]}); going on without",
            stacklevel=2,
        )
        return model.loss


@dataclass
class Plan:
    """A training run, ready to go: what the scripts decide and `train` carries out."""

    about: dict  # for run.json
    steps: int
    learning_rate: Callable[[int], float]
    batch: Callable[[int], Batch]
    validation: dict[str, list]  # "val" or "val/PART": micro-batches
    eval_every: int = 0
    save_every: int = 0
    keep: int = 2
    sample_every: int = 0
    sample: Callable[[GPT], str] | None = None
    best_by: str | None = (
        None  # the split whose lowest loss decides which weights are the run's; None: the newest are
    )
    shares: dict[str, float] = field(
        default_factory=dict
    )  # of the parts in "val", their mean: that of what is trained on


@dataclass
class Progress:
    """Where a run stands: what a checkpoint holds beside the weights."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_step: int = 0
    validation: dict[str, float] = field(default_factory=dict)

    def fits(self, checkpoint: Path) -> bool:
        """Whether these can be the numbers that a run left in this checkpoint."""
        numbers = [
            self.tokens,
            self.seconds,
            self.best_loss,
            self.best_step,
            *self.validation.values(),
        ]
        return checkpoint.name == f"step_{self.step:07d}" and all(
            type(number) in (int, float) and number >= 0 for number in numbers
        )


def train(
    plan: Plan,
    run: Path,
    model: GPT,
    tokenizer: Tokenizer,
    optimizer: Optimizer,
    hardware: Hardware,
    resume: bool,
) -> Progress:
    """Train from where the run folder stands (with `resume`) or from the start, to the end or to a wish to stop.

    Writes loss.csv and checkpoints, and says where the loss has a spike. SIGINT or SIGTERM save a checkpoint after the current step; then
    SystemExit(128 + signal). A loss or gradient that is not finite raises ValueError with the step, before it touches the weights.
    """
    is_first = hardware.rank == 0
    newest = newest_checkpoint(run) if resume else None
    progress = _restore(newest, model, optimizer) if newest else Progress()
    if is_first:
        cut_back(run / "loss.csv", progress.step if newest else -1)
        write_run_json(run, plan.about)  # not before it is sure that the run can go on
        if newest and progress.step == (progress.best_step if plan.best_by else progress.step):
            publish(newest, run)  # a crash may have come between saving it and this
        prune(run, plan.keep)
    log = LossLog(run / "loss.csv") if is_first else None
    recent = deque(
        (row.loss for row in read_loss_log(run / "loss.csv") if row.split == "train")
        if newest
        else (),
        SPIKE_WINDOW,
    )
    buffer = GradientBuffer(model)
    loss = (
        training_loss(model, hardware, plan.batch(progress.step + 1).micro_batches)
        if progress.step < plan.steps
        else None
    )
    report = _Report(plan, model, hardware, progress)

    def evaluate_and_log():
        progress.validation = {
            split: evaluate(model, micro_batches, hardware)
            for split, micro_batches in plan.validation.items()
        }
        if plan.shares:
            progress.validation["val"] = sum(
                plan.shares[split] * loss for split, loss in progress.validation.items()
            )
        if is_first:
            for split, loss in progress.validation.items():
                log.write(Row(progress.step, progress.tokens, progress.seconds, split, loss))
        report.validation(progress)

    def save(wanted_for_best: bool = False):
        state = {"progress": vars(progress).copy(), "optimizer": optimizer.state_dict()}
        if is_first:
            log.flush_to_disk()
            saved = save_checkpoint(run, progress.step, model, tokenizer, state)
            if wanted_for_best or plan.best_by is None:
                publish(saved, run)
            prune(run, plan.keep)

    if progress.step == 0 and plan.eval_every:
        evaluate_and_log()
    with _stop_on_signals() as stop:
        while progress.step < plan.steps:
            step, start = progress.step + 1, time.perf_counter()
            batch, learning_rate = plan.batch(step), plan.learning_rate(step)
            accumulate_gradients(loss, batch, buffer, hardware, stop=stop.signal is not None)
            norm = buffer.clip(MAX_GRADIENT_NORM)
            batch_loss, stopping, gradient_norm = torch.stack(
                [buffer.loss, buffer.stop, norm]
            ).tolist()  # waits for the device
            if not math.isfinite(batch_loss) or not math.isfinite(gradient_norm):
                if is_first:
                    raise ValueError(_not_finite(run, step, batch_loss, gradient_norm))
                raise SystemExit(2)
            optimizer.step(learning_rate)
            seconds = time.perf_counter() - start
            progress.step, progress.tokens, progress.seconds = (
                step,
                progress.tokens + batch.tokens,
                progress.seconds + seconds,
            )
            row = Row(
                step,
                progress.tokens,
                progress.seconds,
                "train",
                batch_loss,
                learning_rate,
                gradient_norm,
                batch.tokens / seconds,
            )
            if is_first:
                log.write(row)
            report.step(row, seconds)
            if is_spike(batch_loss, recent):
                report.say(
                    f"step {step}: a spike, the loss is {batch_loss:.4f} after {statistics.fmean(recent):.4f} in the {len(recent)} steps before"
                )
            recent.append(batch_loss)
            at_end = step == plan.steps
            if plan.eval_every and (step % plan.eval_every == 0 or at_end):
                evaluate_and_log()
                is_best = (
                    plan.best_by is not None
                    and progress.validation[plan.best_by] < progress.best_loss
                )
                if is_best:
                    progress.best_loss, progress.best_step = progress.validation[plan.best_by], step
                    save(wanted_for_best=True)
            if at_end or stopping or (plan.save_every and step % plan.save_every == 0):
                save()
            if (
                plan.sample_every
                and (step % plan.sample_every == 0 or at_end)
                and is_first
                and plan.sample
            ):
                report.say(plan.sample(model))
            if stopping and not at_end:
                report.close()
                report.say(
                    f"stopped after step {step}, and saved; the same command with --resume goes on"
                )
                if hardware.world > 1:
                    dist.barrier()  # torchrun ends all where one has left, and the first may still be writing
                raise SystemExit(128 + (stop.signal or signal.SIGTERM))
    report.close()
    if hardware.world > 1:
        dist.barrier()
        dist.destroy_process_group()
    return progress


def _restore(newest: Path, model: GPT, optimizer: Optimizer) -> Progress:
    state = load_checkpoint(newest, model)
    try:
        optimizer.load_state_dict(state["optimizer"])
        progress = Progress(**state["progress"])
        if not progress.fits(newest) or not optimizer.fits():
            raise ValueError("the numbers in it are not those of this model and step")
        return progress
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as problem:
        raise ValueError(
            f"{newest} holds no training state of this run ({problem}); delete it to resume from the one before"
        ) from None


def _not_finite(run: Path, step: int, loss: float, gradient_norm: float) -> str:
    newest = newest_checkpoint(run)
    if newest:
        after = int(newest.name.removeprefix("step_")) + 1
        kept = f"the last good checkpoint is {newest}: go on from it at half the learning rate with --resume --lr-drop {after}:0.5"
    else:
        kept = "there is no checkpoint yet: start again with --resume and a lower --max-lr"
    return f"step {step}: the loss is {loss} and the gradient norm {gradient_norm}; stopped before they reach the weights. {kept[0].upper()}{kept[1:]}"


class _Stop:
    signal = None


@contextmanager
def _stop_on_signals():
    """The first SIGINT or SIGTERM is noted and the current step finishes; a second Ctrl-C interrupts at once. (A second SIGTERM does not: torchrun
    and batch systems send one to each process, and then another.)"""
    stop = _Stop()

    def note(number, _frame):
        if stop.signal == number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.signal = stop.signal or number

    old = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
