"""Everything that needs a graphics card, in one go: the tests on CUDA, then the table of training and generation speed.

    python -m benchmarks.gpu --nanogpt ../nanoGPT       # under nine minutes on a data-centre card

Runs the other scripts here one after the other, each with what is left of the time.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nanogpt", metavar="PATH", help="a checkout of nanoGPT to compare with")
    parser.add_argument("--minutes", type=float, default=8.5, help="when to stop (default: 8.5)")
    args = parser.parse_args(argv)
    import torch

    if not torch.cuda.is_available():
        parser.exit(2, "gpu.py: there is no CUDA device here\n")
    end = time.monotonic() + 60 * args.minutes
    nanogpt = ["--nanogpt", args.nanogpt] if args.nanogpt else []
    for what, command in {
        "tests on CUDA": ["-m", "pytest", "-q", "tests", "-k", "cuda"],
        "training step, compiled": ["benchmarks/training_step.py", "--device", "cuda", *nanogpt],
        "generation, one prompt": ["benchmarks/generate.py", "--device", "cuda", "--skip-uncached"],
        "generation, 64 prompts": [
            "benchmarks/generate.py",
            "--device",
            "cuda",
            "--skip-uncached",
            "--batch-size",
            "64",
        ],
    }.items():
        print(f"\n== {what}", flush=True)
        try:
            subprocess.run(
                [sys.executable, *command], cwd=ROOT, timeout=max(1, end - time.monotonic())
            )
        except subprocess.TimeoutExpired:
            sys.exit(f"gpu.py: {args.minutes} minutes are over; the rest is not measured")


if __name__ == "__main__":
    main()
