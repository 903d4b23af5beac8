"""How fast serve.py's API answers many clients, and whether its memory stays flat.

    python -m benchmarks.serving                         # random models: GPT-2 small and tiny
    python -m benchmarks.serving --sizes tiny            # one of them
    python -m benchmarks.serving --requests 0            # speed alone

Every client has a connection of its own, reads a stream, and asks again as soon as its answer is
complete; answers are sampled with the settings of a chat. The server is a process of its own, on
the same processor. `alone` is network.generation.generate with one prompt, without a server. The
memory is the server's resident set (Linux only).
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import torch

from model import GPT, GPTConfig
from network.chat_session import load_assistant
from network.generation import generate
from network.hardware import choose_hardware
from network.model_folder import save_model
from network.sampling import Sampling
from text.tokenizer import load_tokenizer
from tools.messages import align_columns

SHAPES = {
    "tiny": GPTConfig(n_positions=256, n_embd=256, n_layer=4, n_head=4),
    "gpt2-small": GPTConfig(),
}
PROMPTS = ("The history of baseball", "Who hit 60 home runs in the season of 1927?", "Babe Ruth")


def main(argv: list[str] | None = None) -> None:
    args = parse_arguments(argv)
    with tempfile.TemporaryDirectory() as folder:
        for size in args.sizes:
            measure(save_random(Path(folder), size), args)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", nargs="+", choices=SHAPES, default=list(SHAPES), help="(default: both)")
    add("--new-tokens", type=int, default=64, help="of each answer (default: 64)")
    add("--seconds", type=float, default=20, help="of each measurement (default: 20)")
    add("--clients", type=int, nargs="+", default=[1, 4, 16], help="(default: 1 4 16)")
    add("--requests", type=int, default=1000, help="of the measurement of memory (default: 1000)")
    add("--device", default="auto", help="(default: auto)")
    add("--dtype", default="auto", help="(default: auto)")
    return parser.parse_args(argv)


def save_random(folder: Path, name: str) -> str:
    """Save a model with random weights, whose answers end at the limit on their length."""
    model, tokenizer = GPT(SHAPES[name]), load_tokenizer("gpt2")
    with torch.no_grad():  # point the embedding of <|endoftext|> away from the bias
        model.ln_f.bias.fill_(1)
        model.wte.weight[tokenizer.end_of_text] = -1
    save_model(folder / name, model, tokenizer)
    return str(folder / name)


# ---- the server and its clients ----


class ServerProcess:
    """serve.py with one model, on a free port."""

    def __init__(self, run: str, args: argparse.Namespace):
        flags = ["--port", "0", "--no-browser", "--device", args.device, "--dtype", args.dtype]
        command = [sys.executable, "serve.py", run, *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self._wait_for_port()

    def _wait_for_port(self) -> int:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if match := re.search(r"Serving at http://127\.0\.0\.1:(\d+)", line):
                return int(match[1])
        raise SystemExit("the server did not start")

    def memory(self) -> float:
        """The resident set in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) / 1000

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


async def ask(port: int, name: str, prompt: str, new_tokens: int, seed: int) -> int:
    """Read one streamed answer; returns the number of its tokens."""
    fields = {
        "model": name,
        "prompt": prompt,
        "max_tokens": new_tokens,
        "seed": seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    body = json.dumps(fields)
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
    answer = (await reader.read()).decode()
    writer.close()
    usage = re.findall(r'"completion_tokens": (\d+)', answer)
    if not usage:
        raise SystemExit(f"the server gave no answer: {answer[:500]}")
    return int(usage[-1])


async def ask_for(
    seconds: float, clients: int, port: int, name: str, new_tokens: int
) -> tuple[float, float]:
    """Let clients ask again and again; returns tokens/s, and an answer's mean time in seconds."""
    tokens = 0
    times: list[float] = []
    start = time.perf_counter()

    async def keep_asking(client: int) -> None:
        nonlocal tokens
        await asyncio.sleep(0.1 * client)  # people do not ask at the same moment
        while time.perf_counter() < start + seconds:
            began = time.perf_counter()
            prompt = PROMPTS[(client + len(times)) % len(PROMPTS)]
            gained = await ask(port, name, prompt, new_tokens, seed=len(times))
            tokens += gained
            times.append(time.perf_counter() - began)

    await asyncio.gather(*map(keep_asking, range(clients)))
    return tokens / (time.perf_counter() - start), sum(times) / len(times)


async def ask_times(requests: int, port: int, name: str) -> None:
    """So many short answers of different lengths, 16 at a time, a tenth of them abandoned."""
    numbers = iter(range(requests))

    async def keep_asking() -> None:
        for number in numbers:
            prompt = " ".join(PROMPTS) * (1 + number % 5)
            asking = ask(port, name, prompt, 2 + number % 30, seed=number)
            if number % 10 == 0:
                await leave_early(asking)
            else:
                await asking

    await asyncio.gather(*(keep_asking() for _ in range(16)))


async def leave_early(asking: Coroutine[Any, Any, int]) -> None:
    task = asyncio.ensure_future(asking)
    await asyncio.sleep(0.02)
    task.cancel()


# ---- the measurement ----


def measure(run: str, args: argparse.Namespace) -> None:
    """Print a table of speeds, and the memory before and after many requests."""
    name = Path(run).name
    rows = [["", "tokens/s", "tokens/s each", "s per answer"]]
    rate = rate_alone(run, args)
    rows.append(["alone, no server", f"{rate:.0f}", f"{rate:.0f}", f"{args.new_tokens / rate:.2f}"])
    server = ServerProcess(run, args)
    try:
        asyncio.run(ask_times(16, server.port, name))  # warms up
        for clients in args.clients:
            rate, seconds = asyncio.run(
                ask_for(args.seconds, clients, server.port, name, args.new_tokens)
            )
            label = f"{clients} client{'s' if clients > 1 else ''}"
            rows.append([label, f"{rate:.0f}", f"{rate / clients:.0f}", f"{seconds:.2f}"])
        print("\n".join([f"{name}:", *align_columns(rows)]), flush=True)
        for _ in range(2 if args.requests else 0):
            before = server.memory()
            asyncio.run(ask_times(args.requests, server.port, name))
            print(
                f"memory {before:,.0f} MB, after {args.requests:,} requests "
                f"{server.memory():,.0f} MB",
                flush=True,
            )
    finally:
        server.stop()


def rate_alone(run: str, args: argparse.Namespace) -> float:
    """Tokens/s of one answer made in this process."""
    assistant = load_assistant(run, choose_hardware(args.device, args.dtype, "off"))
    prompt = assistant.tokenizer.encode(PROMPTS[0])
    sampling = Sampling(0.7, 50, 0.95, 1.1)
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        steps = generate(
            assistant.model, assistant.tokenizer, [prompt], args.new_tokens, sampling, stop_text=""
        )
        tokens = sum(1 for _ in steps)
        best = max(best, tokens / (time.perf_counter() - start))
    return best


if __name__ == "__main__":
    main()
