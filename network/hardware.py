"""Where and how a model runs: the device, the type of its matrix products, the processes."""

import ctypes
import math
import os
import platform
import sys
import time
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from model import GPTConfig
from network.graphics_card import (
    Card,
    explain,
    explain_unsupported,
    find_card,
    is_old_driver,
    this_build,
)
from tools.memory import is_out_of_memory
from tools.messages import first_line

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# Bytes. glibc takes blocks larger than this from the system one by one, and returns each when it is
# freed. Versions up to 2.34 accept no threshold over 32 MB.
MMAP_THRESHOLDS = (1 << 30, 32 << 20)


@dataclass(frozen=True)
class Hardware:
    """A device, the type of its matrix products, and this process's `rank` of `world_size`.

    In training, weights and sums are float32 whatever `dtype` is.
    """

    device: torch.device
    dtype: torch.dtype = torch.float32
    compile: bool = False
    rank: int = 0
    world_size: int = 1
    launcher: int | None = None  # process id of torchrun, if it has started this process

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files and prints."""
        return self.rank == 0

    def autocast(self) -> AbstractContextManager:
        """A context in which matrix products run in `dtype`."""
        is_on = self.dtype != torch.float32
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=is_on)

    def to_device(self, array: np.ndarray) -> Tensor:
        """Copy an array to the device; on CUDA, without waiting for the copy to finish."""
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)

    def as_json(self) -> dict[str, str]:
        """What run.json says of the hardware."""
        return {"device": self.describe(), "device_type": self.device.type}

    def describe(self) -> str:
        """One line for the user, such as "x86_64 CPU, 2 threads, bfloat16, 2 processes"."""
        parts = [self.device_name(), str(self.dtype).removeprefix("torch.")]
        if self.compile:
            parts.append("compiled")
        if self.world_size > 1:
            parts.append(f"{self.world_size} processes")
        return ", ".join(parts)

    def device_name(self) -> str:
        """The name of the device alone: "NVIDIA GeForce RTX 4070", "x86_64 CPU, 2 threads"."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        if self.device.type == "mps":
            return f"Apple GPU (MPS), {platform.machine()}"
        if self.device.type != "cpu":
            return f"{self.device.type} device"
        threads = torch.get_num_threads()
        plural = "s" if threads > 1 else ""
        return f"{platform.machine()} CPU, {threads} thread{plural}"


def choose_hardware(
    device: str = "auto",
    dtype: str = "auto",
    compile: str = "auto",
    needs_card: bool = False,
    one_shape: bool = False,
) -> Hardware:
    """The hardware that the flags --device, --dtype and --compile ask for.

    `auto` means CUDA if available, otherwise the CPU; bfloat16 if the hardware computes it fast,
    otherwise float32; compilation on CUDA only. On CUDA, float32 products may use TF32. Under
    torchrun this process joins the process group (nccl on GPUs, gloo on CPUs).

    `one_shape` says that nearly all sequences have one length and come in micro-batches of one
    size, as in pretraining. Then attention may use cuDNN, which PyTorch prefers on a Hopper card,
    but which plans anew for every shape. This holds for the whole process.

    If there is an NVIDIA card that PyTorch cannot use, `auto` warns and takes the CPU; with
    `needs_card`, for a run of hours, it raises ValueError with the cause and the remedy. Raises
    ValueError if the device is not available.
    """
    launcher = os.getppid() if "TORCHELASTIC_RUN_ID" in os.environ else None
    rank = int(os.environ.get("RANK", "0"))
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    if device == "auto":
        device = _choose_automatically(needs_card)
    chosen = _try_device(device)
    if chosen.type == "cpu":
        _keep_freed_memory()
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
        torch.set_float32_matmul_precision("high")
        torch.backends.cuda.enable_cudnn_sdp(one_shape)
    if world_size > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    precision = PRECISIONS.get(dtype)
    if precision is None:
        precision = torch.bfloat16 if has_fast_bfloat16(chosen) else torch.float32
    compiles = compile == "on" or (compile == "auto" and chosen.type == "cuda")
    return Hardware(chosen, precision, compiles, rank, world_size, launcher)


def _choose_automatically(needs_card: bool) -> str:
    """The name of the device for --device auto: "cuda" or "cpu"."""
    cause = why_no_cuda()
    if cause is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    if needs_card:
        raise ValueError(f"{cause}. To use the CPU all the same, give --device cpu")
    print(f"warning: using the CPU: {cause}", file=sys.stderr)
    return "cpu"


def why_no_cuda() -> str | None:
    """Why PyTorch cannot use this machine's NVIDIA card, and the remedy.

    None if it can, or if there is no card.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an old driver, which is explained below
        is_available = torch.cuda.is_available()
    if is_available:
        first = _local_rank() % torch.cuda.device_count()
        name = torch.cuda.get_device_name(first)
        return explain_unsupported(name, torch.cuda.get_device_capability(first), this_build())
    torch_says = _ask_torch()
    card = find_card()
    if card is None and is_old_driver(torch_says):
        card = Card("it has NVIDIA's driver")
    return explain(card, this_build(), torch_says) if card else None


def _ask_torch() -> str:
    """PyTorch's own words about why it has no CUDA."""
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as problem:
        return first_line(problem)
    return "no reason given"


def _local_rank() -> int:
    """The number of this process among those that torchrun has started on this machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def _try_device(device: str) -> torch.device:
    """The device of this name, after a trial. Raises ValueError if it cannot be used."""
    try:
        chosen = torch.device(f"cuda:{_local_rank()}" if device == "cuda" else device)
        torch.zeros(1, device=chosen)
    except (RuntimeError, AssertionError) as problem:
        if is_out_of_memory(problem):
            raise
        reason = _why_unusable(device) or first_line(problem)
        raise ValueError(f"--device {device} is not available here ({reason})") from None
    return chosen


def _why_unusable(device: str) -> str | None:
    """Why a CUDA device cannot be used; None if PyTorch's own words must do."""
    if not device.startswith("cuda"):
        return None
    cards = torch.cuda.device_count()
    if device == "cuda" and 0 < cards <= _local_rank():
        return (
            f"torchrun has started more processes than there are cards; start {cards} with "
            f"--nproc_per_node={cards}"
        )
    return why_no_cuda()


def _keep_freed_memory() -> None:
    """Tell glibc to keep large blocks of memory that are freed.

    By default it returns them to the system, and the next micro-batch waits until every page is
    mapped and zeroed again, which takes about a seventh of a training step on a CPU.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another system, another allocator
        return
    for threshold in MMAP_THRESHOLDS:
        if mallopt(-3, threshold):  # M_MMAP_THRESHOLD; 0: refused
            mallopt(-1, -1)  # M_TRIM_THRESHOLD, never; alone it would fix the other one at 128 KB
            return


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products.

    That is CUDA from Ampere (compute capability 8.0) on, and CPUs with AVX512_BF16 or AMX.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def bfloat16_remark(hardware: Hardware) -> str | None:
    """What the user of a card older than Ampere should know; None for other devices."""
    if hardware.device.type != "cuda" or has_fast_bfloat16(hardware.device):
        return None
    major, minor = torch.cuda.get_device_capability(hardware.device)
    card = f"the card (compute capability {major}.{minor}, before 8.0) computes neither bfloat16"
    if hardware.dtype == torch.bfloat16:
        return f"{card} nor TF32: bfloat16 is emulated, --dtype float32 is likely to be faster"
    return f"{card} nor TF32 fast: matrix products run in float32"


@cache
def measure_matmul_rate(hardware: Hardware) -> float:
    """FLOP/s of a large matrix product in the hardware's dtype: the best of five measurements.

    The progress line shows the speed of training as a share of this rate. A process measures it
    once.
    """
    # A CPU takes so long for a product that one is enough for the clock.
    size, repetitions = (1024, 1) if hardware.device.type == "cpu" else (4096, 4)
    matrix = torch.ones(size, size, device=hardware.device, dtype=hardware.dtype)
    best = math.inf
    for _ in range(5):
        wait_for(hardware.device)
        start = time.perf_counter()
        for _ in range(repetitions):
            matrix @ matrix
        wait_for(hardware.device)
        best = min(best, (time.perf_counter() - start) / repetitions)
    return 2 * size**3 / best


def flops_per_token(config: GPTConfig) -> int:
    """Floating-point operations to train on one token, forward and backward.

    That is 6 for each weight of a matrix product, and 12 · layers · width · context for attention
    (Chowdhery et al. 2022, appendix B).
    """
    weights = 12 * config.n_layer * config.n_embd**2 + config.vocab_size * config.n_embd
    return 6 * weights + 12 * config.n_layer * config.n_embd * config.n_positions


def wait_for(device: torch.device) -> None:
    """Wait until all work queued on a device is done. The CPU has no queue."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type != "cpu":
        getattr(torch, device.type).synchronize()  # torch.mps, torch.xpu
