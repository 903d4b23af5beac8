"""What `prepare_fineweb.py` costs beyond tokenizing: its tokens per CPU-second, and its memory.

    python -m benchmarks.tokenizing --input prose.parquet --workers 2

It is compared with bare `tiktoken.encode_ordinary` on the same documents, one after the other in
one run. CPU-seconds are those of all processes, start-up included.
"""

import argparse
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from text.data_folder import read_meta
from text.sources import open_source
from text.tokenizer import load_tokenizer

ROOT = Path(__file__).resolve().parents[1]


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input",
        nargs="+",
        required=True,
        metavar="FILE",
        help='.parquet or .jsonl files with a "text" column',
    )
    parser.add_argument("--workers", type=int, default=2, help="processes for each (default: 2)")
    args = parser.parse_args(argv)
    before = bare_tiktoken(args.input, args.workers)
    cost = prepare(args.input, args.workers)
    after = bare_tiktoken(args.input, args.workers)
    ours = cost.tokens / cost.seconds
    ratio = ours / ((before + after) / 2)
    print(
        f"tiktoken.encode_ordinary  {before / 1e6:6.2f} and {after / 1e6:.2f} M tokens "
        "per CPU-second, before and after"
    )
    print(
        f"prepare_fineweb.py        {ours / 1e6:6.2f} M tokens per CPU-second, "
        f"{ratio:.2f} times the mean of these; at most {cost.megabytes:,.0f} MB a process"
    )


# ---- bare tiktoken ----


def bare_tiktoken(inputs: list[str], workers: int) -> float:
    """Tokens per CPU-second inside `encode_ordinary`.

    As many processes run at once as in `prepare`, because cores slow each other down.
    """
    shares = [(inputs, number, workers) for number in range(workers)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        counts = pool.starmap(tokenize_share, shares)
    tokens = sum(tokens for tokens, _ in counts)
    return tokens / sum(seconds for _, seconds in counts)


def tokenize_share(inputs: list[str], number: int, workers: int) -> tuple[int, float]:
    """Tokenize every `workers`-th batch of rows; returns the tokens and the CPU-seconds."""
    encoding = load_tokenizer("gpt2").encoding
    tokens, seconds = 0, 0.0
    for batch, (rows, _) in enumerate(open_source(inputs, columns=["text"]).batches()):
        if batch % workers == number:
            start = time.process_time()
            tokens += sum(len(encoding.encode_ordinary(row["text"])) for row in rows)
            seconds += time.process_time() - start
    return tokens, seconds


# ---- prepare_fineweb.py ----


@dataclass(frozen=True)
class Cost:
    """What a run of prepare_fineweb.py did and took."""

    tokens: int  # without the <|endoftext|> of each document
    seconds: float  # CPU-seconds of all processes
    megabytes: float  # resident memory of the largest process


def prepare(inputs: list[str], workers: int) -> Cost:
    """Run prepare_fineweb.py. Raises SystemExit if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        before = children_seconds()
        process = subprocess.Popen(
            [
                *(sys.executable, str(ROOT / "prepare_fineweb.py"), "--source", *inputs),
                *("--workers", str(workers), "--out", folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        sizes = [0.0]
        threading.Thread(target=watch_memory, args=(process, sizes), daemon=True).start()
        if process.wait() != 0:
            raise SystemExit("prepare_fineweb.py failed")
        seconds = children_seconds() - before
        splits = read_meta(folder)["splits"]
    shards = [shard for split in splits.values() for shard in split]
    tokens = sum(shard["tokens"] - shard["documents"] for shard in shards)
    return Cost(tokens, seconds, max(sizes))


def children_seconds() -> float:
    """CPU-seconds of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def watch_memory(process: subprocess.Popen, sizes: list[float]) -> None:
    """Append the resident megabytes of the process and its children, five times a second.

    They come from /proc; on systems without it nothing is appended.
    """
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*/status"):
            try:
                status = dict(line.split(":", 1) for line in path.read_text().splitlines())
                if process.pid in (int(status["PPid"]), int(status["Pid"])):
                    sizes.append(int(status["VmRSS"].split()[0]) / 1024)
            except (OSError, KeyError, ValueError):  # a process that has just ended
                continue
        time.sleep(0.2)


if __name__ == "__main__":
    main()
