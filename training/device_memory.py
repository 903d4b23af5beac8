"""The memory of the device: how much a program takes, and how much is left."""

from dataclasses import dataclass
from pathlib import Path

import torch

FREE_BYTES = 10**9  # to leave free: for the screen, other programs, and fragmentation


@dataclass(frozen=True)
class MemoryUse:
    """How much memory this process has taken at its peak, in bytes."""

    allocated: int  # in tensors
    reserved: int  # taken from the device, including what PyTorch keeps for later
    available: int  # what the device has for this process, including what it has taken

    @property
    def left(self) -> int:
        """What was never needed."""
        return self.available - self.reserved

    def describe(self) -> str:
        """One line: "3.63 GB in tensors, 3.97 GB reserved at the peak; 8.1 of 12.1 GB left"."""
        reserved = f"{self.reserved / 1e9:.2f} GB reserved at the peak"
        left = f"{self.left / 1e9:.2f} of {self.available / 1e9:.2f} GB left"
        if self.allocated == self.reserved:
            return f"{self.reserved / 1e9:.2f} GB at the peak; {left}"
        return f"{self.allocated / 1e9:.2f} GB in tensors, {reserved}; {left}"


def reset_peak(device: torch.device) -> None:
    """Forget the peak so far. On a CPU it is that of the whole process and stays."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def read_use(device: torch.device) -> MemoryUse | None:
    """The memory that this process has taken at its peak; None if unknown."""
    if device.type == "cuda":
        available = torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
        allocated = torch.cuda.max_memory_allocated(device)
        return MemoryUse(allocated, torch.cuda.max_memory_reserved(device), available)
    status = Path("/proc/self/status")
    peak, now = _read_byte_count(status, "VmHWM"), _read_byte_count(status, "VmRSS")
    free = free_memory(device)
    if device.type != "cpu" or peak is None or now is None or free is None:
        return None
    return MemoryUse(peak, peak, free + now)


def free_memory(device: torch.device) -> int | None:
    """How many bytes the device could still give; None if unknown."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "cpu":
        return _read_byte_count(Path("/proc/meminfo"), "MemAvailable")
    return None


def free_cache(device: torch.device) -> None:
    """Give back to the device what PyTorch keeps for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _read_byte_count(path: Path, name: str) -> int | None:
    """The bytes in a line of /proc such as "MemAvailable:   20461234 kB"; None without it."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    return None
