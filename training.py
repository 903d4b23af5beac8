"""What every training script shares: the schedule, the gradient of a batch, evaluation, the optimizers, and the loop over steps.

One step, in one line each:

    batch     = plan.batch(step)                                  # fixed by (seed, step), in micro-batches
    loss      = accumulate_gradients(...)                         # gradient of the mean over all targets of the batch
    norm      = buffer.clip(1.0)
    optimizer.step()                                              # then loss and norm are read: the only wait for the device
"""

import ctypes
import json
import math
import os
import platform
import signal
import statistics
import sys
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
from tqdm import tqdm

import checkpoint as checkpoints
from data import Batch
from files import claim_folder
from loss_log import SPIKE_WINDOW, LossLog, Row, cut_back, is_spike, read_loss_log
from model import GPT, GPTConfig
from tokenizer_bpe import Tokenizer

WEIGHT_DECAY, MAX_GRADIENT_NORM = 0.1, 1.0  # GPT-3's (Brown et al. 2020, appendix B)


# ---- the schedule ----


def cosine_decay(step: int, *, steps: int, max_lr: float, min_lr: float, warmup_steps: int, drops=()) -> float:
    """The learning rate of step 1 … steps: linear warm-up to `max_lr`, then half a cosine down to `min_lr` (Loshchilov & Hutter
    2017; Brown et al. 2020, appendix B). Each (STEP, FACTOR) of `drops` multiplies it from that step on."""
    if step <= warmup_steps:
        rate = max_lr * step / warmup_steps
    else:
        progress = min(1.0, (step - warmup_steps) / max(1, steps - warmup_steps))
        rate = min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * progress)) / 2
    for first_step, factor in drops:
        if step >= first_step:
            rate *= factor
    return rate


# ---- the machine ----


@dataclass(frozen=True)
class Hardware:
    """Where and how the arithmetic is done; `rank` of `world` processes."""

    device: torch.device
    dtype: torch.dtype = torch.float32  # of the matrix products; weights and sums stay in float32
    compile: bool = False
    rank: int = 0
    world: int = 1

    def autocast(self):
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32)

    def to_device(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor.to(self.device)

    def describe(self) -> str:
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else f"{platform.machine()} CPU, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
        return f"{name}, {str(self.dtype).removeprefix('torch.')}{', compiled' if self.compile else ''}{f', {self.world} processes' if self.world > 1 else ''}"


def choose_hardware(device: str = "auto", dtype: str = "auto", compile: str = "auto") -> Hardware:
    """`auto` takes CUDA where it is there and the CPU otherwise, bfloat16 where the hardware computes it fast, and compiles on CUDA.

    Under torchrun it joins the process group (nccl on GPUs, gloo on CPUs). Raises ValueError for a device that is not there.
    """
    rank, world, local_rank = (int(os.environ.get(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0)))
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        chosen = torch.device(f"cuda:{local_rank}" if device == "cuda" else device)
        torch.zeros(1, device=chosen)
    except (RuntimeError, AssertionError) as problem:
        raise ValueError(f"--device {device} is not available here ({str(problem).splitlines()[0]})") from None
    if chosen.type == "cpu":
        _keep_freed_memory()
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
        torch.set_float32_matmul_precision("high")
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    precision = {"float32": torch.float32, "bfloat16": torch.bfloat16}.get(dtype) or (torch.bfloat16 if has_fast_bfloat16(chosen) else torch.float32)
    compiles = compile == "on" or (compile == "auto" and chosen.type == "cuda")
    return Hardware(chosen, precision, compiles, rank, world)


def _keep_freed_memory() -> None:
    """Have glibc keep the large blocks that are freed. It would return them to the system, and the next micro-batch would wait for
    every page of them to be given and zeroed again: about a seventh of the time of a training step on a CPU."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another system, another allocator
        return
    mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD, bytes
    mallopt(-1, -1)  # M_TRIM_THRESHOLD, never


def has_fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)  # Ampere
    capabilities = getattr(torch.cpu, "get_capabilities", dict)() if device.type == "cpu" else {}
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def measure_matmul_rate(hardware: Hardware) -> float:
    """FLOP/s of one large matrix product on this device in this type, the best of a few: what the model's speed is held against."""
    size = 4096 if hardware.device.type == "cuda" else 1024
    a = torch.ones(size, size, device=hardware.device, dtype=hardware.dtype)
    best = math.inf
    for _ in range(5):
        _wait_for(hardware.device)
        start = time.perf_counter()
        for _ in range(4):
            a @ a
        _wait_for(hardware.device)
        best = min(best, (time.perf_counter() - start) / 4)
    return 2 * size**3 / best


def flops_per_token(config: GPTConfig) -> int:
    """Floating-point operations to train on one token, forward and backward: 6 a weight that multiplies, and 12·layers·width·context
    for attention (Chowdhery et al. 2022, appendix B)."""
    weights = 12 * config.n_layer * config.n_embd**2 + config.vocab_size * config.n_embd
    return 6 * weights + 12 * config.n_layer * config.n_embd * config.n_positions


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


# ---- the gradient of a batch ----


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


def accumulate_gradients(loss: Callable[[Tensor, Tensor], Tensor], batch: Batch, buffer: GradientBuffer, hardware: Hardware, stop: bool = False) -> None:
    """Fill the buffer with the gradient of the mean loss over all targets of the batch, in all processes, and with that loss.

    `loss(ids, targets)` returns the *sum* of the token losses. Each is divided by the number of targets of the whole batch, so
    micro-batches of any size, in any number of processes, add up to the same gradient.
    """
    buffer.flat.zero_()
    buffer.stop.fill_(float(stop))
    for ids, targets in batch.micro_batches:
        with hardware.autocast():
            mean = loss(hardware.to_device(ids), hardware.to_device(targets)) / batch.targets
        mean.backward()
        buffer.loss += mean.detach()
    if hardware.world > 1:
        dist.all_reduce(buffer.flat)


@torch.no_grad()
def evaluate(model: GPT, micro_batches, hardware: Hardware) -> float:
    """Mean loss in nats over all targets of the (inputs, targets) pairs; the processes share the work."""
    total = torch.zeros(2, dtype=torch.float64)
    for ids, targets in micro_batches[hardware.rank :: hardware.world]:
        with hardware.autocast():
            loss = model.loss(hardware.to_device(ids), hardware.to_device(targets))
        total += torch.tensor([loss.item(), np.count_nonzero(targets >= 0)], dtype=torch.float64)
    if hardware.world > 1:
        total = total.to(hardware.device)
        dist.all_reduce(total)
    return float(total[0] / total[1])


def training_loss(model: GPT, hardware: Hardware, micro_batches: list) -> Callable[[Tensor, Tensor], Tensor]:
    """`model.loss`, compiled where the hardware asks for it, and tried on the first micro-batch. Where that fails, a warning, and the plain one."""
    if not hardware.compile:
        return model.loss
    compiled = torch.compile(model.loss)
    try:
        for micro_batch in micro_batches[:1]:  # with many processes and a small batch one may have none
            with hardware.autocast():
                compiled(*map(hardware.to_device, micro_batch)).backward()
        return compiled
    except Exception as problem:  # anything from a missing C compiler to a bug in the generated code
        warnings.warn(f"compiling failed ({type(problem).__name__}: {str(problem).splitlines()[0][:200]}); going on without", stacklevel=2)
        return model.loss


# ---- optimizers ----


class _SharedMuon(torch.optim.Muon):
    """Muon whose orthogonalizations, nearly all of its work, are divided among the processes; each gives the others its results."""

    def __init__(self, matrices: list[Tensor], **options):
        super().__init__(matrices, **options)
        self.rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        by_size = sorted(matrices, key=Tensor.numel)
        self.shares = [by_size[owner::world] for owner in range(min(world, len(by_size)))]  # there may be more processes than matrices

    def step(self) -> None:
        others = [matrix for owner, share in enumerate(self.shares) if owner != self.rank for matrix in share]
        gradients = [matrix.grad for matrix in others]
        for matrix in others:
            matrix.grad = None  # which Muon takes as "not this one"
        super().step()
        for matrix, gradient in zip(others, gradients):
            matrix.grad = gradient
        self._exchange(lambda matrix: matrix)

    def state_dict(self) -> dict:
        """To be called by all processes: each has the momentum of its own share only."""
        self._exchange(lambda matrix: self.state[matrix].setdefault("momentum_buffer", torch.zeros_like(matrix)))
        return super().state_dict()

    @torch.no_grad()
    def _exchange(self, what: Callable[[Tensor], Tensor]) -> None:
        if not dist.is_initialized():
            return
        for owner, share in enumerate(self.shares):
            tensors = [what(matrix) for matrix in share]
            flat = torch.cat([tensor.flatten() for tensor in tensors])
            dist.broadcast(flat, owner)
            for tensor, values in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
                tensor.copy_(values.view_as(tensor))


class Optimizer:
    """`adamw`: AdamW (Loshchilov & Hutter 2019) for everything. `muon`: Muon (Jordan et al. 2024; scaled to AdamW's step size by
    Liu et al. 2025) for the matrices inside the blocks, AdamW for the rest. Weight decay acts on matrices and embeddings only."""

    def __init__(self, name: str, model: GPT):
        inner = [parameter for name_, parameter in model.named_parameters() if name_.startswith("h.") and parameter.dim() == 2]
        by_muon = set(inner) if name == "muon" else set()
        others = [parameter for parameter in model.parameters() if parameter not in by_muon]
        groups = [
            {"params": [parameter for parameter in others if parameter.dim() == 2], "weight_decay": WEIGHT_DECAY},
            {"params": [parameter for parameter in others if parameter.dim() < 2], "weight_decay": 0.0},
        ]
        self.parts = [torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95), eps=1e-8, fused=True)]
        if by_muon:
            self.parts.append(_SharedMuon(inner, lr=0.0, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"))

    def step(self, learning_rate: float) -> None:
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = learning_rate
            part.step()

    def state_dict(self) -> list[dict]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)

    def fits(self) -> bool:
        """Whether every tensor it keeps for a parameter has that parameter's shape; PyTorch does not look when it loads."""
        kept = ((parameter, value) for part in self.parts for parameter, state in part.state.items() for value in state.values())
        return all(value.dim() == 0 or value.shape == parameter.shape for parameter, value in kept)


# ---- the run folder ----

MAY_CHANGE = {"out", "resume", "device", "dtype", "compile", "kernels", "micro_tokens", "eval_every", "save_every", "keep", "sample_every", "data", "model", "epochs"}


def open_run(run: Path, args, inputs: dict, hardware: Hardware, learning_rate: Callable[[int], float]) -> dict:
    """What `run.json` will say: every setting, what the run is made from (`inputs`), versions and device.

    Raises ValueError where the folder holds a run and `--resume` is not given, where another process writes into it, or where resuming
    would change its past: what it has done, and how. Steps still to come, their learning-rate drops, speed, reporting and places may change.
    """
    settings = json.loads(json.dumps(vars(args)))
    problem = [None]
    if hardware.rank == 0:  # decides for all: the others may come when it has begun to write
        try:
            claim_folder(run)
            _check_past(run, settings, inputs, learning_rate)
        except (ValueError, OSError) as found:
            problem = [found]
    if hardware.world > 1:
        dist.broadcast_object_list(problem)
    if problem[0] is not None:
        raise problem[0] if hardware.rank == 0 else SystemExit(2)
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return {"script": Path(sys.argv[0]).name, "settings": settings, "inputs": inputs, "versions": versions, "device": hardware.describe()}


def _check_past(run: Path, settings: dict, inputs: dict, learning_rate: Callable[[int], float]) -> None:
    """Raise ValueError where these settings and inputs do not go on with what stands in the folder."""
    newest = checkpoints.newest_checkpoint(run)
    if (newest or (run / "loss.csv").exists()) and not settings["resume"]:
        raise ValueError(f"{run} already holds a run: --resume goes on with it, another --out starts a new one")
    if not newest and (run / "model.safetensors").exists():
        raise ValueError(f"{run} holds a trained model, but no checkpoint to go on from: choose another --out, or delete it first")
    if newest:
        step, old = int(newest.name.removeprefix("step_")), checkpoints.read_run_json(run)
        before = {"steps": settings["steps"]} | old["settings"] | {"lr_drop": [drop for drop in old["settings"].get("lr_drop", []) if drop[0] <= step]}
        now = settings | {"lr_drop": [drop for drop in settings.get("lr_drop", []) if drop[0] <= step]}
        may_change = MAY_CHANGE | {"steps"} | ({"eval_tokens"} if not (before.get("eval_every") and now["eval_every"]) else set())
        if changed := [name for name in now if name not in may_change and before.get(name) != now[name]]:
            listed = ", ".join(f"--{name.replace('_', '-')} was {before.get(name)!r}, now {now[name]!r}" for name in changed)
            raise ValueError(f"{run} cannot be resumed with other settings, since its first {step:,} steps were made with them: {listed}")
        if old.get("inputs") != json.loads(json.dumps(inputs)):
            raise ValueError(f"{run} was trained on other data or from another model than is now given; what it has learned would no longer be repeatable")
        if settings["steps"] < step:
            raise ValueError(f"{run} has taken {step:,} steps already; --steps must be at least that, not {settings['steps']:,}")
        if before["steps"] != settings["steps"]:
            rates = [f"{learning_rate(step + 1):.2e}", f"{learning_rate.func(step + 1, **learning_rate.keywords | {'steps': before['steps']}):.2e}"]
            print(f"warning: --steps was {before['steps']:,}, now {settings['steps']:,}: the next learning rate is {rates[0]} instead of {rates[1]}")


# ---- the loop ----


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
    best_by: str | None = None  # the split whose lowest loss decides which weights are the run's; None: the newest are
    shares: dict[str, float] = field(default_factory=dict)  # of the parts in "val", their mean: that of what is trained on


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
        numbers = [self.tokens, self.seconds, self.best_loss, self.best_step, *self.validation.values()]
        return checkpoint.name == f"step_{self.step:07d}" and all(type(number) in (int, float) and number >= 0 for number in numbers)


def train(plan: Plan, run: Path, model: GPT, tokenizer: Tokenizer, optimizer: Optimizer, hardware: Hardware, resume: bool) -> Progress:
    """Train from where the run folder stands (with `resume`) or from the start, to the end or to a wish to stop.

    Writes loss.csv and checkpoints, and says where the loss has a spike. SIGINT or SIGTERM save a checkpoint after the current step; then
    SystemExit(128 + signal). A loss or gradient that is not finite raises ValueError with the step, before it touches the weights.
    """
    is_first = hardware.rank == 0
    newest = checkpoints.newest_checkpoint(run) if resume else None
    progress = _restore(newest, model, optimizer) if newest else Progress()
    if is_first:
        cut_back(run / "loss.csv", progress.step if newest else -1)
        checkpoints.write_run_json(run, plan.about)  # not before it is sure that the run can go on
        if newest and progress.step == (progress.best_step if plan.best_by else progress.step):
            checkpoints.publish(newest, run)  # a crash may have come between saving it and this
        checkpoints.prune(run, plan.keep)
    log = LossLog(run / "loss.csv") if is_first else None
    recent = deque((row.loss for row in read_loss_log(run / "loss.csv") if row.split == "train") if newest else (), SPIKE_WINDOW)
    buffer = GradientBuffer(model)
    loss = training_loss(model, hardware, plan.batch(progress.step + 1).micro_batches) if progress.step < plan.steps else None
    report = _Report(plan, model, hardware, progress)

    def evaluate_and_log():
        progress.validation = {split: evaluate(model, micro_batches, hardware) for split, micro_batches in plan.validation.items()}
        if plan.shares:
            progress.validation["val"] = sum(plan.shares[split] * loss for split, loss in progress.validation.items())
        if is_first:
            for split, loss in progress.validation.items():
                log.write(Row(progress.step, progress.tokens, progress.seconds, split, loss))
        report.validation(progress)

    def save(wanted_for_best: bool = False):
        state = {"progress": vars(progress).copy(), "optimizer": optimizer.state_dict()}
        if is_first:
            log.flush_to_disk()
            saved = checkpoints.save_checkpoint(run, progress.step, model, tokenizer, state)
            if wanted_for_best or plan.best_by is None:
                checkpoints.publish(saved, run)
            checkpoints.prune(run, plan.keep)

    if progress.step == 0 and plan.eval_every:
        evaluate_and_log()
    with _stop_on_signals() as stop:
        while progress.step < plan.steps:
            step, start = progress.step + 1, time.perf_counter()
            batch, learning_rate = plan.batch(step), plan.learning_rate(step)
            accumulate_gradients(loss, batch, buffer, hardware, stop=stop.signal is not None)
            norm = buffer.clip(MAX_GRADIENT_NORM)
            batch_loss, stopping, gradient_norm = torch.stack([buffer.loss, buffer.stop, norm]).tolist()  # waits for the device
            if not math.isfinite(batch_loss) or not math.isfinite(gradient_norm):
                if is_first:
                    raise ValueError(_not_finite(run, step, batch_loss, gradient_norm))
                raise SystemExit(2)
            optimizer.step(learning_rate)
            seconds = time.perf_counter() - start
            progress.step, progress.tokens, progress.seconds = step, progress.tokens + batch.tokens, progress.seconds + seconds
            row = Row(step, progress.tokens, progress.seconds, "train", batch_loss, learning_rate, gradient_norm, batch.tokens / seconds)
            if is_first:
                log.write(row)
            report.step(row, seconds)
            if is_spike(batch_loss, recent):
                report.say(f"step {step}: a spike, the loss is {batch_loss:.4f} after {statistics.fmean(recent):.4f} in the {len(recent)} steps before")
            recent.append(batch_loss)
            at_end = step == plan.steps
            if plan.eval_every and (step % plan.eval_every == 0 or at_end):
                evaluate_and_log()
                is_best = plan.best_by is not None and progress.validation[plan.best_by] < progress.best_loss
                if is_best:
                    progress.best_loss, progress.best_step = progress.validation[plan.best_by], step
                    save(wanted_for_best=True)
            if at_end or stopping or (plan.save_every and step % plan.save_every == 0):
                save()
            if plan.sample_every and (step % plan.sample_every == 0 or at_end) and is_first and plan.sample:
                report.say(plan.sample(model))
            if stopping and not at_end:
                report.close()
                report.say(f"stopped after step {step}, and saved; the same command with --resume goes on")
                if hardware.world > 1:
                    dist.barrier()  # torchrun ends all where one has left, and the first may still be writing
                raise SystemExit(128 + (stop.signal or signal.SIGTERM))
    report.close()
    if hardware.world > 1:
        dist.barrier()
        dist.destroy_process_group()
    return progress


def _restore(newest: Path, model: GPT, optimizer: Optimizer) -> Progress:
    state = checkpoints.load_checkpoint(newest, model)
    try:
        optimizer.load_state_dict(state["optimizer"])
        progress = Progress(**state["progress"])
        if not progress.fits(newest) or not optimizer.fits():
            raise ValueError("the numbers in it are not those of this model and step")
        return progress
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as problem:
        raise ValueError(f"{newest} holds no training state of this run ({problem}); delete it to resume from the one before") from None


def _not_finite(run: Path, step: int, loss: float, gradient_norm: float) -> str:
    newest = checkpoints.newest_checkpoint(run)
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


class _Report:
    """What a person sees: a progress bar in a terminal, a line every ten seconds elsewhere, and each evaluation."""

    def __init__(self, plan: Plan, model: GPT, hardware: Hardware, progress: Progress):
        self.plan, self.quiet = plan, hardware.rank != 0
        self.flops = flops_per_token(model.config)
        self.peak = hardware.world * measure_matmul_rate(hardware)
        self.step_seconds, self.printed_at = None, -math.inf
        self.in_terminal = sys.stderr.isatty()
        self.bar = tqdm(total=plan.steps, initial=progress.step, disable=self.quiet or not self.in_terminal, dynamic_ncols=True,
                        bar_format="{percentage:3.0f}%|{bar}| {desc}")  # fmt: skip
        self.say(f"{sum(p.numel() for p in model.parameters()):,} parameters on {hardware.describe()}; a large matrix product runs at {self.peak / 1e12:.3g} TFLOP/s")

    def step(self, row: Row, seconds: float) -> None:
        self.step_seconds = seconds if self.step_seconds is None else 0.9 * self.step_seconds + 0.1 * seconds
        left = (self.plan.steps - row.step) * self.step_seconds
        line = (f"step {row.step}/{self.plan.steps}  loss {row.loss:.4f}  lr {row.learning_rate:.2e}  {row.tokens_per_second:,.0f} tokens/s"
                f"  {self.flops * row.tokens_per_second / self.peak:.0%} of peak  {_clock(left)} left")  # fmt: skip
        self.bar.set_description_str(line, refresh=False)
        self.bar.update()
        if not self.in_terminal and (time.monotonic() - self.printed_at >= 10 or row.step == self.plan.steps):
            self.printed_at = time.monotonic()
            self.say(line)

    def validation(self, progress: Progress) -> None:
        self.say(f"step {progress.step}/{self.plan.steps}  " + "  ".join(f"{split} loss {loss:.4f}" for split, loss in progress.validation.items()))

    def say(self, text: str) -> None:
        if not self.quiet:
            try:
                tqdm.write(text, file=sys.stdout)
                sys.stdout.flush()
            except OSError:  # nobody reads it any more, or the log's disk is full; the run matters more
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def close(self) -> None:
        self.bar.close()


def _clock(seconds: float) -> str:
    """3725 -> "1h02m"; 65 -> "1m05s"."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{seconds:02d}s"
