"""hardware."""

import ctypes
import math
import os
import platform
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from model import GPTConfig


@dataclass(frozen=True)
class Hardware:
    """Where and how the arithmetic is done; `rank` of `world` processes."""

    device: torch.device
    dtype: torch.dtype = torch.float32  # of the matrix products; weights and sums stay in float32
    compile: bool = False
    rank: int = 0
    world: int = 1

    def autocast(self):
        return torch.autocast(
            self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32
        )

    def to_device(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        return (
            tensor.pin_memory().to(self.device, non_blocking=True)
            if self.device.type == "cuda"
            else tensor.to(self.device)
        )

    def describe(self) -> str:
        name = (
            torch.cuda.get_device_name(self.device)
            if self.device.type == "cuda"
            else f"{platform.machine()} CPU, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
        )
        return f"{name}, {str(self.dtype).removeprefix('torch.')}{', compiled' if self.compile else ''}{f', {self.world} processes' if self.world > 1 else ''}"


def choose_hardware(device: str = "auto", dtype: str = "auto", compile: str = "auto") -> Hardware:
    """`auto` takes CUDA where it is there and the CPU otherwise, bfloat16 where the hardware computes it fast, and compiles on CUDA.

    Under torchrun it joins the process group (nccl on GPUs, gloo on CPUs). Raises ValueError for a device that is not there.
    """
    rank, world, local_rank = (
        int(os.environ.get(name, default))
        for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        chosen = torch.device(f"cuda:{local_rank}" if device == "cuda" else device)
        torch.zeros(1, device=chosen)
    except (RuntimeError, AssertionError) as problem:
        raise ValueError(
            f"--device {device} is not available here ({str(problem).splitlines()[0]})"
        ) from None
    if chosen.type == "cpu":
        _keep_freed_memory()
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
        torch.set_float32_matmul_precision("high")
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    precision = {"float32": torch.float32, "bfloat16": torch.bfloat16}.get(dtype) or (
        torch.bfloat16 if has_fast_bfloat16(chosen) else torch.float32
    )
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
