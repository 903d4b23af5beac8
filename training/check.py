"""`--check`: what a run will take, found out in a minute or two, before the real run.

    software    versions of PyTorch and the driver
    device      the card, its free memory
    precision   bfloat16, or why not
    schedule    the learning rates
    compiled    whether the steps are, or why not
    memory      at the peak of real steps, with the optimizer, against what is free
    checkpoint  its size, and the seconds that writing one took
    speed       tokens per second over three steps
    time        hours to the end, by this speed; the checkpoints' and the validations' time
    disk        what checkpoints and logs need, against what is free

It takes real steps with weights and an optimizer that it then forgets, and writes one checkpoint
into a temporary folder of --out that it then removes. If the run would fail, it says so at the end
and raises ValueError. Slow steps are cut to as many micro-batches as take about 20 seconds, and the
time of a whole step is computed from them.
"""

import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.distributed as dist

from model import GPT
from network.hardware import Hardware, wait_for
from text.batches import Batch, MicroBatch
from text.tokenizer import Tokenizer
from tools.messages import check_problems
from training.checkpoints import save_checkpoint
from training.compiling import is_compiled
from training.device_memory import FREE_BYTES, MemoryUse, free_cache, read_use, reset_peak
from training.display import format_duration
from training.gradient import GradientBuffer, accumulate_gradients
from training.loop import MAX_GRADIENT_NORM, choose_loss, resume
from training.loss_function import LossFunction
from training.machine_report import (
    checkpoint_bytes,
    count_best,
    count_saves,
    count_validations,
    describe_device,
    describe_disk,
    describe_precision,
    describe_torch,
    disk_bytes_needed,
)
from training.micro_batching import Trials, largest_that_fits, smallest_of_all
from training.optimizer import Optimizer
from training.plan import Plan
from training.progress import Progress, training_state
from training.validation import sum_of_losses

TIMED_STEPS = 3
TIMED_VALIDATIONS = 3  # micro-batches
SECONDS_PER_STEP = 20  # a longer step is cut


@dataclass(frozen=True)
class TimedSteps:
    """What the timed steps took."""

    step_seconds: float  # of a whole step
    tokens: int  # in a whole step, in all processes
    micro_batches: int  # in a whole step of this process
    timed: int  # of them, in each timed step


class Check:
    """One check: the run that it is about, and what it has found so far."""

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
        self.model, self.tokenizer, self.optimizer = model, tokenizer, optimizer
        self.hardware = hardware
        self.progress = resume(checkpoint, model, optimizer) if checkpoint else Progress()
        self.problems: list[str] = []

    def say(self, name: str, text: str) -> None:
        """Print a line of the report, in the first process."""
        if self.hardware.is_first:
            print(f"{name:<11} {text}", flush=True)

    def report(self) -> None:
        """Print the report, and note what would make the run fail in `problems`."""
        self.say("software", describe_torch(self.hardware))
        self.say("device", describe_device(self.hardware))
        self.say("precision", describe_precision(self.hardware))
        self.say("schedule", self.plan.schedule.describe())
        reset_peak(self.hardware.device)
        loss_function = self.compile()
        steps = self.take_steps(loss_function)
        self.report_memory(ran_out=steps is None)
        seconds = self.write_checkpoint() if steps else None
        if steps:
            self.report_speed(steps, seconds)
        self.report_disk()

    def compile(self) -> LossFunction:
        """The loss function of the run; says whether it is compiled, and if not, why."""
        should_compile = self.hardware.compile
        started = time.perf_counter()
        # A finished run has no next step to compile for, but this one can be repeated.
        before = replace(self.progress, step=min(self.progress.step, self.plan.steps - 1))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            loss_function = choose_loss(self.plan, self.model, self.hardware, before)
        self.hardware = replace(self.hardware, compile=is_compiled(loss_function))
        # Compiling also brings deprecation warnings of PyTorch's own.
        warned = [warning for warning in caught if issubclass(warning.category, UserWarning)]
        reasons = [str(warning.message) for warning in warned if "compil" in str(warning.message)]
        if self.hardware.compile:
            self.say("compiled", f"yes, in {time.perf_counter() - started:.0f} s")
        elif should_compile:
            self.say("compiled", f"no: {'; '.join(reasons) or 'it failed'}")
        elif self.plan.settings.compile == "auto":
            self.say("compiled", "no: --compile auto compiles on CUDA only")
        else:
            self.say("compiled", "no: --compile off")
        return loss_function

    # ---- steps ----

    def take_steps(self, loss_function: LossFunction) -> TimedSteps | None:
        """Take a step to warm up, one to see how long it takes, then three timed ones.

        None if memory ran out.
        """
        buffer = GradientBuffer(self.model)
        whole = self.plan.batch_of(self._step(0))
        gradient_seconds = rest_seconds = 0.0
        for _ in range(2):  # the second one does not wait for kernels and the optimizer's state
            taken = self._take_step(loss_function, choose_micro_batches(whole, 1), buffer, 0)
            if taken is None:
                return None
            gradient_seconds, rest_seconds = taken
        number = affordable(len(whole.micro_batches), gradient_seconds, rest_seconds)
        estimates = []
        for offset in range(TIMED_STEPS):
            started = time.perf_counter()
            batch = self.plan.batch_of(self._step(offset))
            reading = time.perf_counter() - started
            part = choose_micro_batches(batch, number)
            taken = self._take_step(loss_function, part, buffer, offset)
            if taken is None:
                return None
            scale = size_of(batch) / max(1, size_of(part))
            estimates.append(reading + taken[0] * scale + taken[1])
        mean = sum(estimates) / TIMED_STEPS
        timed = min(number, len(whole.micro_batches))
        return TimedSteps(mean, whole.tokens, len(whole.micro_batches), timed)

    def _step(self, offset: int) -> int:
        """The step `offset` steps after the next one. In a finished run, the last step."""
        return max(1, min(self.progress.step + 1 + offset, self.plan.steps))

    def _take_step(
        self, loss_function: LossFunction, batch: Batch, buffer: GradientBuffer, offset: int
    ) -> tuple[float, float] | None:
        """Take a step; the seconds of its gradients and of the rest, None if memory ran out."""
        started = time.perf_counter()
        accumulate_gradients(loss_function, batch, buffer, self.hardware, may_run_out=True)
        wait_for(self.hardware.device)
        gradients_done = time.perf_counter()
        result = buffer.read(buffer.clip(MAX_GRADIENT_NORM))
        if result.out_of_memory:
            return None
        self.optimizer.step(self.plan.schedule.at(self._step(offset)))
        wait_for(self.hardware.device)
        return gradients_done - started, time.perf_counter() - gradients_done

    # ---- what they show ----

    def report_memory(self, ran_out: bool) -> None:
        """The peak so far; if it is too near to what there is, the largest number that fits."""
        use = read_use(self.hardware.device)
        micro = self.plan.micro
        tokens = f", with {micro.tokens:,} tokens at a time" if micro else ""
        if ran_out:
            self.say("memory", f"out of memory{tokens}")
        elif use is None:
            self.say("memory", "unknown on this device")
        else:
            self.say("memory", use.describe() + tokens)
        is_tight = smallest_of_all(_has_room(use) and not ran_out, self.hardware) == 0
        if not is_tight:
            return
        remedy = self.smaller_number()
        if ran_out:
            self.problems.append(f"the device is out of memory{tokens}; {remedy}")
        else:
            self.say("", f"warning: less than {FREE_BYTES / 1e9:.0f} GB is left; {remedy}")

    def smaller_number(self) -> str:
        """The remedy for too little memory: the largest --micro-tokens that fits, if one does."""
        micro = self.plan.micro
        room = f"{FREE_BYTES / 1e9:.0f} GB"
        others = "close other programs that use the device, or take a smaller model"
        if micro is None or self.hardware.device.type != "cuda":
            return f"lower --micro-tokens, or {others}"
        candidates = [tokens for tokens in micro.candidates if tokens < micro.tokens]
        if not candidates:
            return f"no smaller --micro-tokens is possible; {others}"
        free_cache(self.hardware.device)
        trials = Trials(
            micro, self.model, self.optimizer, self.hardware, lambda text: self.say("", text)
        )
        fitting = smallest_of_all(largest_that_fits(candidates, trials) or 0, self.hardware)
        trials.end()
        if not fitting:
            return f"not even --micro-tokens {candidates[0]} fits; {others}"
        if smallest_of_all(_has_room(trials.uses.get(fitting)), self.hardware):
            return f"--micro-tokens {fitting} is the largest number that leaves {room} free"
        return f"even --micro-tokens {fitting}, the smallest, leaves less than {room}; {others}"

    def report_speed(self, steps: TimedSteps, checkpoint_seconds: float | None) -> None:
        """Tokens per second, and the hours to the end."""
        cut = ""
        if steps.timed < steps.micro_batches:
            cut = f", of {steps.timed} of their {steps.micro_batches} micro-batches"
        rate = steps.tokens / steps.step_seconds
        self.say("speed", f"{rate:,.0f} tokens/s over {TIMED_STEPS} steps{cut}")
        left = self.plan.steps - self.progress.step
        total = format_duration(left * steps.step_seconds)
        parts = [f"{total} for {left:,} steps of {steps.step_seconds:.2f} s"]
        saves = count_saves(self.plan, self.progress.step)
        most = saves + count_best(self.plan, self.progress.step)
        if checkpoint_seconds is not None and most:
            saving = format_duration(most * checkpoint_seconds)
            at_most = "at most " if most > saves else ""
            parts.append(f"{at_most}{saving} for {most:,} checkpoints")
        validations = count_validations(self.plan, self.progress.step)
        if validations:
            validating = format_duration(validations * self.time_validation())
            parts.append(f"about {validating} for {validations:,} validations")
        self.say("time", f"{', '.join(parts)}; samples come on top")

    def time_validation(self) -> float:
        """Seconds of one validation, by a few of its micro-batches."""
        every = [one for part in self.plan.validation.values() for one in part]
        if not every:
            return 0.0
        some = every[:: max(1, len(every) // TIMED_VALIDATIONS)]
        with torch.no_grad():
            sum_of_losses(self.model, some[0], self.hardware)  # to warm up
            started = time.perf_counter()
            for micro_batch in some:
                sum_of_losses(self.model, micro_batch, self.hardware)
            seconds = time.perf_counter() - started
        whole = seconds * sum(map(_size, every)) / sum(map(_size, some))
        return whole / self.hardware.world_size

    def write_checkpoint(self) -> float | None:
        """Write a checkpoint into a temporary folder and remove it; the seconds that it took."""
        state = training_state(self.progress, self.optimizer)
        if not self.hardware.is_first:
            return None
        with tempfile.TemporaryDirectory(prefix=".check_", dir=self.run) as folder:
            started = time.perf_counter()
            saved = save_checkpoint(
                Path(folder), 0, self.model, self.tokenizer, state, self.plan.is_chat_model
            )
            seconds = time.perf_counter() - started
            size = sum(path.stat().st_size for path in saved.iterdir())
        self.say("checkpoint", f"{size / 1e9:.3g} GB in {seconds:.1f} s")
        return seconds

    def report_disk(self) -> None:
        """The space that checkpoints and logs need, against what is free."""
        one_checkpoint = checkpoint_bytes(self.model, self.optimizer)
        needed = disk_bytes_needed(self.plan, self.run, self.progress.step, one_checkpoint)
        sentence, is_enough = describe_disk(self.run, needed)
        self.say("disk", sentence)
        if not is_enough:
            self.problems.append(
                f"the disk is too small: {sentence}; free some space, or take a smaller --keep"
            )


def check_run(
    plan: Plan,
    run: Path,
    model: GPT,
    tokenizer: Tokenizer,
    optimizer: Optimizer,
    hardware: Hardware,
    checkpoint: Path | None = None,
) -> None:
    """Print the report of --check. The arguments are those of `train`.

    Weights and optimizer are changed; nothing of the run's folder is. Raises ValueError with
    everything that would make the run fail (SystemExit in other processes than the first).
    """
    with _tidy_folder(run, hardware):
        check = Check(plan, run, model, tokenizer, optimizer, hardware, checkpoint)
        check.report()
    problems = check.problems
    if hardware.world_size > 1:
        shared = [problems]
        dist.broadcast_object_list(shared)
        problems = shared[0]
        dist.destroy_process_group()
    if problems and not hardware.is_first:
        raise SystemExit(2)
    check_problems(problems)
    check.say("", "ready: the same command without --check starts it")


@contextmanager
def _tidy_folder(run: Path, hardware: Hardware) -> Iterator[None]:
    """Remove the run's folder afterwards if nothing but this check has been in it."""
    try:
        yield
    finally:
        left = {path.name for path in run.iterdir()} if run.is_dir() else {"nothing"}
        if hardware.is_first and left <= {".lock"}:
            shutil.rmtree(run, ignore_errors=True)


# ---- parts of a batch ----


def affordable(micro_batches: int, gradient_seconds: float, rest_seconds: float) -> int:
    """How many micro-batches a timed step may have, by the time of a step with the largest."""
    spare = SECONDS_PER_STEP - rest_seconds
    return max(1, min(micro_batches, int(spare / max(gradient_seconds, 1e-6))))


def choose_micro_batches(batch: Batch, number: int) -> Batch:
    """The batch with so many of its micro-batches: the largest, and others spread over the rest.

    Its counts stay those of the whole batch, which is what its mean is over.
    """
    by_size = sorted(batch.micro_batches, key=_size, reverse=True)
    if number >= len(by_size):
        return batch
    chosen = [by_size[index * len(by_size) // number] for index in range(number)]
    return replace(batch, micro_batches=chosen)


def size_of(batch: Batch) -> int:
    """The tokens in this process's micro-batches, padding included."""
    return sum(_size(micro_batch) for micro_batch in batch.micro_batches)


def _size(micro_batch: MicroBatch) -> int:
    return micro_batch.inputs.size


def _has_room(use: MemoryUse | None) -> bool:
    """Whether 1 GB or more is left; True where that is unknown."""
    return use is None or use.left >= FREE_BYTES
