"""How long a user waits: for `--help`, and for the first prompt of `chat.py` with a GPT-2 small.

    python -m benchmarks.startup

The best of several rounds counts, in which the files are in memory already. For comparison it also
times `python -c pass` and importing torch: --help does without torch, chat.py cannot.
"""

import os
import pty
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from model import GPT, GPTConfig
from network.model_folder import save_model
from text.tokenizer import load_tokenizer

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
COMMANDS = [
    ["-c", "pass"],
    ["-c", "import torch"],
    ["pretrain.py", "--help"],
    ["finetune.py", "--help"],
    ["prepare_fineweb.py", "--help"],
    ["compare.py", "--help"],
]


def main():
    for command in COMMANDS:
        report(" ".join(command), best_time(partial(run_python, command)))
    with tempfile.TemporaryDirectory() as folder:
        save_model(folder, GPT(GPTConfig()), load_tokenizer("gpt2"))
        report("chat.py, to its first prompt", best_time(partial(chat_to_its_prompt, folder)))


def report(command: str, seconds: float) -> None:
    print(f"python {command:28} {seconds:5.2f} s", flush=True)


def best_time(work: Callable[[], object]) -> float:
    """Seconds that `work` takes in the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def run_python(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def chat_to_its_prompt(folder: str) -> None:
    """Start chat.py in a terminal of its own, and read what it shows until it asks."""
    ours, theirs = pty.openpty()
    chat = subprocess.Popen(
        [sys.executable, "chat.py", "--model", folder],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"you > " not in shown:
        shown += os.read(ours, 4096)
    chat.kill()
    chat.wait()
    os.close(ours)


if __name__ == "__main__":
    main()
