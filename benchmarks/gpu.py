"""All that needs a GPU in one command: the tests on CUDA, then training and generation speed.

    python -m benchmarks.gpu --nanogpt ../nanoGPT       # at most eight minutes

The other benchmarks run one after the other, each in the time that is left.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
CUDA_TESTS = ("tests/training/test_cuda.py", "tests/network/test_cuda_generation.py")
GENERATE = ["-m", "benchmarks.generate", "--device", "cuda", "--skip-uncached"]


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nanogpt", metavar="PATH", help="a checkout of nanoGPT to compare with")
    parser.add_argument("--minutes", type=float, default=8, help="when to stop (default: 8)")
    args = parser.parse_args(argv)
    if not torch.cuda.is_available():
        parser.exit(2, "gpu.py: CUDA is not available\n")
    end = time.monotonic() + 60 * args.minutes
    for title, command in commands(args.nanogpt).items():
        print(f"\n== {title}", flush=True)
        seconds_left = max(1, end - time.monotonic())
        try:
            subprocess.run([sys.executable, *command], cwd=ROOT, timeout=seconds_left)
        except subprocess.TimeoutExpired:
            sys.exit(f"gpu.py: {args.minutes} minutes are over; the rest was not measured")


def commands(nanogpt: str | None) -> dict[str, list[str]]:
    peer = ["--nanogpt", nanogpt] if nanogpt else []
    return {
        "tests on CUDA": ["-m", "pytest", "-q", *CUDA_TESTS],
        "training step, compiled": [
            *("-m", "benchmarks.training_step", "--device", "cuda"),
            *peer,
        ],
        "generation, one prompt": GENERATE,
        "generation, 64 prompts": [*GENERATE, "--batch-size", "64"],
    }


if __name__ == "__main__":
    main()
