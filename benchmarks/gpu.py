"""All that needs a GPU in one command: the tests on CUDA, then training and generation speed.

    python -m benchmarks.gpu                            # at most eight minutes
    python -m benchmarks.gpu --nanogpt ../nanoGPT       # compares training with nanoGPT too

The parts run one after the other, in processes of their own. One that fails or takes more than its
share of the time left is ended, and the next one starts. `pretrain.py --check` measures the same
for a real run: with its data, its flags and its disk.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from tools.memory import let_gpu_memory_grow

ROOT = Path(__file__).resolve().parents[1]
CUDA_TESTS = ("tests/training/test_cuda.py", "tests/network/test_cuda_generation.py")
GENERATE = ("-m", "benchmarks.generate", "--device", "cuda", "--skip-uncached")


@dataclass(frozen=True)
class Part:
    """What one process measures."""

    title: str
    command: tuple[str, ...]  # arguments of Python
    share: float  # of the whole time; what earlier parts leave is divided by these shares


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nanogpt", metavar="PATH", help="a checkout of nanoGPT to compare with")
    parser.add_argument("--minutes", type=float, default=8, help="when to stop (default: 8)")
    args = parser.parse_args(argv)
    if not torch.cuda.is_available():
        parser.exit(2, "gpu.py: CUDA is not available\n")
    let_gpu_memory_grow()  # in the processes to come, as the scripts of the project do
    failed = run_parts(parts_of(args.nanogpt), 60 * args.minutes)
    if failed:
        sys.exit(f"gpu.py: not everything was measured: {'; '.join(failed)}")


def parts_of(nanogpt: str | None) -> list[Part]:
    peer = ("--nanogpt", nanogpt) if nanogpt else ()
    training = ("-m", "benchmarks.training_step", "--device", "cuda", *peer)
    return [
        Part("tests on CUDA", ("-m", "pytest", "-q", *CUDA_TESTS), 0.45),
        Part("training step, compiled", training, 0.35),
        Part("generation, one prompt", GENERATE, 0.1),
        Part("generation, 64 prompts", (*GENERATE, "--batch-size", "64"), 0.1),
    ]


def run_parts(parts: list[Part], seconds: float) -> list[str]:
    """Run the parts within so many seconds; says of each that failed what happened."""
    end = time.monotonic() + seconds
    failed = []
    for number, part in enumerate(parts):
        print(f"\n== {part.title}", flush=True)
        shares = sum(later.share for later in parts[number:])
        limit = (end - time.monotonic()) * part.share / shares
        status = run(part.command, limit)
        if status is None:
            failed.append(f"{part.title}: ended after {limit:.0f} s, see --minutes")
        elif status:
            failed.append(f"{part.title}: failed with status {status}")
    return failed


def run(command: tuple[str, ...], seconds: float) -> int | None:
    """The exit status of Python with these arguments; None if the time was over first."""
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, start_new_session=True)
    try:
        return process.wait(timeout=max(1, seconds))
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            end_with_children(process)


def end_with_children(process: subprocess.Popen) -> None:
    """End a process and all that it has started, which would slow down the next measurement."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    main()
