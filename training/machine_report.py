"""What a person should know before a run of hours: the machine, the memory, the disk.

In short at every start (`start_lines`, `memory_lines`), in full with --check (check.py).
"""

import math
import shutil
from pathlib import Path

import torch

from model import GPT
from network.graphics_card import cuda_of_driver, find_card
from network.hardware import Hardware, bfloat16_remark, has_fast_bfloat16
from training.checkpoints import all_checkpoints
from training.device_memory import FREE_BYTES, MemoryUse, free_memory
from training.micro_batching import state_bytes
from training.optimizer import Optimizer
from training.plan import Plan

LOG_ROW_BYTES = 120  # a row of loss.csv has up to this many
# Beside the newest --keep ones: the best by validation, the newest one that is known to be good,
# and the one that is being written.
EXTRA_CHECKPOINTS = 3


# ---- the machine ----


def describe_torch(hardware: Hardware) -> str:
    """PyTorch and the driver: "torch 2.13.0+cu130, driver 580.65.06 for CUDA 13.0"."""
    parts = [f"torch {torch.__version__}"]
    if hardware.device.type == "cuda":
        card = find_card()
        version = f" {card.driver}" if card and card.driver else ""
        parts.append(f"driver{version} for CUDA {cuda_of_driver() or 'unknown'}")
    return ", ".join(parts)


def describe_device(hardware: Hardware) -> str:
    """The device and its free memory."""
    parts = [hardware.device_name()]
    if hardware.device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(hardware.device)
        parts.append(f"compute capability {major}.{minor}")
    free = free_memory(hardware.device)
    if free is not None:
        total = ""
        if hardware.device.type == "cuda":
            total = f" of {torch.cuda.mem_get_info(hardware.device)[1] / 1e9:.1f}"
        parts.append(f"{free / 1e9:.1f}{total} GB of memory free")
    return ", ".join(parts)


def describe_precision(hardware: Hardware) -> str:
    """The type of the matrix products, and why it is not bfloat16 if it is not."""
    dtype = str(hardware.dtype).removeprefix("torch.")
    remark = bfloat16_remark(hardware)
    if remark is None and not has_fast_bfloat16(hardware.device):
        remark = "this device has no fast bfloat16"
    return f"{dtype}: {remark}" if remark else dtype


# ---- the disk ----


def checkpoint_bytes(model: GPT, optimizer: Optimizer) -> int:
    """The size of a checkpoint: weights and the optimizer's state."""
    weights = sum(parameter.nbytes for parameter in model.parameters())
    return weights + state_bytes(optimizer)


def count_saves(plan: Plan, step: int) -> int:
    """How many checkpoints the steps after this one will write, not counting new best ones."""
    if plan.steps <= step:
        return 0
    saves_start = step == 0 and plan.settings.on_divergence == "rewind"
    # The last step always saves.
    return _multiples(plan.settings.save_every, step, plan.steps - 1) + 1 + saves_start


def count_best(plan: Plan, step: int) -> int:
    """The most checkpoints that new best losses add to those of `count_saves`."""
    if not plan.keeps_best:
        return 0
    validated, saved = plan.settings.eval_every, plan.settings.save_every
    last = plan.steps - 1
    saved_anyway = _multiples(math.lcm(validated, saved), step, last)
    return _multiples(validated, step, last) - saved_anyway


def count_validations(plan: Plan, step: int) -> int:
    """How many times the run will validate after this step: at multiples, and after the last.

    A new run also validates before its first step.
    """
    if not plan.settings.eval_every or plan.steps <= step:
        return 0
    return _multiples(plan.settings.eval_every, step, plan.steps - 1) + 1 + (step == 0)


def count_kept(plan: Plan, run: Path, step: int) -> int:
    """How many checkpoints there may be at the same time, the existing ones included."""
    existing = len(all_checkpoints(run))
    saves = count_saves(plan, step) + count_best(plan, step)
    if plan.settings.keep == 0:
        return existing + saves
    return min(existing + saves, plan.settings.keep + EXTRA_CHECKPOINTS)


def disk_bytes_needed(plan: Plan, run: Path, step: int, one_checkpoint: int) -> int:
    """What checkpoints and logs will add to the disk at most."""
    more = max(0, count_kept(plan, run, step) - len(all_checkpoints(run)))
    rows = plan.steps - step + count_validations(plan, step) * len(plan.validation)
    return more * one_checkpoint + rows * LOG_ROW_BYTES


def _multiples(every: int, step: int, last: int) -> int:
    """How many multiples of `every` are after `step` and up to `last`; 0 if `every` is 0."""
    return max(0, last // every - step // every) if every else 0


def describe_disk(run: Path, needed: int) -> tuple[str, bool]:
    """The space needed and the space free, in words; and whether there is enough."""
    wanted = f"{needed / 1e9:.2f} GB at most for checkpoints and logs"
    try:
        free = shutil.disk_usage(run).free
    except OSError:  # some network folders do not tell
        return wanted, True
    return f"{wanted}, {free / 1e9:.1f} GB free in {run}", needed <= free


# ---- in short, at every start ----


def start_lines(
    plan: Plan, run: Path, model: GPT, optimizer: Optimizer, hardware: Hardware, step: int
) -> list[str]:
    """PyTorch, driver, free memory, learning rates; the disk, with a warning if it is too small."""
    lines = [f"{describe_torch(hardware)}; {describe_device(hardware)}"]
    lines.append(f"learning rate: {plan.schedule.describe()}")
    remark = bfloat16_remark(hardware)
    if remark:
        lines.append(f"warning: {remark}")
    needed = disk_bytes_needed(plan, run, step, checkpoint_bytes(model, optimizer))
    sentence, is_enough = describe_disk(run, needed)
    lines.append(f"disk: {sentence}" if is_enough else f"warning: too little disk: {sentence}")
    return lines


def memory_lines(use: MemoryUse, micro_tokens: int | None) -> list[str]:
    """The memory that the first steps took, with a warning if less than 1 GB is left."""
    lines = [f"memory: {use.describe()}"]
    if use.left < FREE_BYTES:
        at_a_time = f" with {micro_tokens:,} tokens at a time" if micro_tokens else ""
        room = f"{FREE_BYTES / 1e9:.0f} GB"
        lines.append(
            f"warning: less than {room} is left{at_a_time}; --check finds the largest "
            f"--micro-tokens that leaves {room} free, and --micro-tokens auto uses that number"
        )
    return lines
