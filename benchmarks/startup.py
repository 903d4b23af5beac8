"""How long a person waits: `pretrain.py --help`, and `chat.py` from its start to its first prompt with a GPT-2 small.

    python -m benchmarks.startup

The best of several rounds, when files are in memory; beside them `python -c pass` and importing torch: --help does without it,
chat.py cannot.
"""

import os
import pty
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

ROUNDS = 5


def main():
    from model import GPT, GPTConfig
    from network.model_folder import save_model
    from text.tokenizer import load_tokenizer

    for command in (
        ["-c", "pass"],
        ["-c", "import torch"],
        ["pretrain.py", "--help"],
        ["finetune.py", "--help"],
        ["prepare_fineweb.py", "--help"],
        ["compare.py", "--help"],
    ):
        seconds = min(
            time_of(
                lambda: subprocess.run(
                    [sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL, check=True
                )
            )
            for _ in range(ROUNDS)
        )
        print(f"python {' '.join(command):28} {seconds:5.2f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        save_model(folder, GPT(GPTConfig()), load_tokenizer("gpt2"))
        seconds = min(time_of(lambda: chat_to_its_prompt(folder)) for _ in range(ROUNDS))
    print(f"python {'chat.py, to its first prompt':28} {seconds:5.2f} s")


def time_of(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


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
    seen = b""
    while b"you > " not in seen:
        seen += os.read(ours, 4096)
    chat.kill()
    chat.wait()
    os.close(ours)


if __name__ == "__main__":
    main()
