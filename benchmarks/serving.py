"""How fast serve.py's API answers many clients, and whether its memory stays flat.

    python -m benchmarks.serving                         # random models: GPT-2 small and tiny
    python -m benchmarks.serving --sizes tiny            # one of them
    python -m benchmarks.serving --requests              # speed alone
    python -m benchmarks.serving --clients               # memory alone

Every client has a connection of its own, reads a stream, and asks again as soon as its answer is
complete; answers are sampled with the settings of a chat. The server is a process of its own, on
the same processor. `alone` is network.generation.generate with one prompt, without a server.
Tokens per CPU-second count the server's processor time alone, so they mean something on a busy
machine, too. The memory is the resident set of a new server, after so many short requests of
different lengths, 16 at a time, of which clients abandon a tenth. Both are read from /proc (Linux
only).
"""

import argparse
import asyncio
import json
import os
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
    add("--clients", type=int, nargs="*", default=[1, 4, 16], help="(default: 1 4 16)")
    add(
        "--requests",
        type=int,
        nargs="*",
        default=[250, 500, 1000, 2000, 3000],
        help="when the memory is measured (default: after 250, 500, 1000, 2000 and 3000)",
    )
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
    """serve.py with one model, on a free port, as a context that ends it."""

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

    def processor_seconds(self) -> float:
        """The processor time that the server has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        user, system = fields[11:13]  # proc(5): utime, stime
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> "ServerProcess":
        return self

    def __exit__(self, *error: object) -> None:
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
) -> tuple[int, float, float]:
    """Let clients ask again and again; returns tokens, seconds, and an answer's mean seconds."""
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
    return tokens, time.perf_counter() - start, sum(times) / len(times)


async def ask_times(numbers: range, port: int, name: str) -> None:
    """A short answer for each number, 16 at a time; every tenth is abandoned."""
    left = iter(numbers)

    async def keep_asking() -> None:
        for number in left:
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
    """Print a table of speeds, and the memory after many requests."""
    if args.clients:
        table = align_columns(measure_speed(run, args))
        print("\n".join([f"{Path(run).name}:", *table]), flush=True)
    if args.requests:
        measure_memory(run, args)


def measure_speed(run: str, args: argparse.Namespace) -> list[list[str]]:
    """The rows of the table of speeds."""
    header = ["", "tokens/s", "s per answer", "tokens per CPU-second"]
    seconds, processor_seconds = time_alone(run, args)
    rows = [header, row("alone, no server", args.new_tokens, seconds, seconds, processor_seconds)]
    name = Path(run).name
    with ServerProcess(run, args) as server:
        asyncio.run(ask_times(range(16), server.port, name))  # warms up
        for clients in args.clients:
            before = server.processor_seconds()
            tokens, seconds, per_answer = asyncio.run(
                ask_for(args.seconds, clients, server.port, name, args.new_tokens)
            )
            label = f"{clients} client{'s' if clients > 1 else ''}"
            used = server.processor_seconds() - before
            rows.append(row(label, tokens, seconds, per_answer, used))
    return rows


def measure_memory(run: str, args: argparse.Namespace) -> None:
    """Print the memory of a new server, and what it is after so many requests."""
    name = Path(run).name
    with ServerProcess(run, args) as server:
        asked = 0
        for requests in [0, *sorted(args.requests)]:
            asyncio.run(ask_times(range(asked, requests), server.port, name))
            asked = requests
            print(f"{name}, {requests:,} requests: {server.memory():,.0f} MB", flush=True)


def row(
    label: str, tokens: int, seconds: float, per_answer: float, processor_seconds: float
) -> list[str]:
    rates = tokens / seconds, tokens / processor_seconds
    return [label, f"{rates[0]:.0f}", f"{per_answer:.2f}", f"{rates[1]:.0f}"]


def time_alone(run: str, args: argparse.Namespace) -> tuple[float, float]:
    """Seconds, and processor seconds, of one answer made in this process; the best of three."""
    assistant = load_assistant(run, choose_hardware(args.device, args.dtype, "off"))
    model, tokenizer = assistant.model, assistant.tokenizer
    prompt = tokenizer.encode(PROMPTS[0])
    sampling = Sampling(0.7, 50, 0.95, 1.1)
    times = []
    for _ in range(3):
        start, processor_start = time.perf_counter(), time.process_time()
        list(generate(model, tokenizer, [prompt], args.new_tokens, sampling, stop_text=""))
        times.append((time.perf_counter() - start, time.process_time() - processor_start))
    return min(times)


if __name__ == "__main__":
    main()
