"""Running out of memory: which exceptions say so, and the sentence for the user."""

import errno
import os
import platform
import re
import sys
from pathlib import Path

# What PyTorch's allocators, C++ and the operating system say. None of them has a class of its own.
OUT_OF_MEMORY = re.compile(
    r"DefaultCPUAllocator|not enough memory|bad_alloc|[Cc]annot allocate memory|out of memory"
)
REQUESTED_BYTES = re.compile(r"tried to allocate (\d+) bytes")
SMALL_FILE_BYTES = 1 << 20  # files smaller than this fit into any memory
# The flags that decide how much memory a script takes, and what to do with them.
MEMORY_FLAGS = {
    "--micro-tokens": "lower --micro-tokens",
    "--size": "take a smaller --size",
    "--batch-size": "lower --batch-size",
    "--workers": "lower --workers",
}


# PyTorch's settings for the memory of GPUs: the name since 2.9, and the earlier ones.
ALLOCATOR_VARIABLES = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF")


def let_gpu_memory_grow() -> None:
    """Let PyTorch enlarge its blocks of GPU memory, so that less lies unused between tensors.

    Must be called before PyTorch is imported. A setting of the user's own is kept. Only on Linux:
    Windows and macOS do not have this, and under WSL2 it makes the first allocation of some cards
    fail (pytorch/pytorch issue 192330).
    """
    is_wsl = "microsoft" in platform.release().lower()
    is_set = any(name in os.environ for name in ALLOCATOR_VARIABLES)
    if sys.platform == "linux" and not is_wsl and not is_set:
        os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True"


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether an exception says that the computer or the GPU has too little memory."""
    if isinstance(problem, MemoryError) or type(problem).__name__ == "OutOfMemoryError":
        return True  # the second is PyTorch's class for GPUs, which is not imported here
    if isinstance(problem, OSError):
        return problem.errno == errno.ENOMEM
    is_from_c = isinstance(problem, RuntimeError) or type(problem).__name__ == "SafetensorError"
    return is_from_c and bool(OUT_OF_MEMORY.search(str(problem)))


def lacks_memory_for(path: Path, problem: BaseException) -> bool:
    """Whether there is too little memory to read an intact file.

    A corrupt file can ask for more bytes than it has; that is not the computer's fault.
    """
    if not is_out_of_memory(problem):
        return False
    wanted = wanted_bytes(problem) or SMALL_FILE_BYTES
    return wanted <= path.stat().st_size


def wanted_bytes(problem: BaseException) -> int:
    """How many bytes could not be allocated; 0 if the exception does not say."""
    size = REQUESTED_BYTES.search(str(problem))
    return int(size[1]) if size else int(getattr(problem, "total_size", 0))


def memory_sentence(problem: BaseException, script_help: str) -> str:
    """What is out of memory, and the remedy: "the GPU is out of memory; lower --workers, or ...".

    `script_help` is the help text of the script, whose flags the remedy names.
    """
    is_gpu = type(problem).__name__ == "OutOfMemoryError"
    place = "the GPU" if is_gpu else "the computer"
    size = wanted_bytes(problem)
    wanted = f" (it wanted another {size / 1e9:,.2f} GB)" if size else ""
    flags = [flag for flag in MEMORY_FLAGS if re.search(rf"^ +{flag}\b", script_help, re.MULTILINE)]
    if "--micro-tokens" in flags and "--batch-size" in flags:
        flags.remove("--batch-size")  # finetune.py divides its batch, so this one saves nothing
    remedies = [MEMORY_FLAGS[flag] for flag in flags] + ["close other programs"]
    return f"{place} is out of memory{wanted}; {', or '.join(remedies)}"
