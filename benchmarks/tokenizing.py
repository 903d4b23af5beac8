"""What `prepare_fineweb.py` adds to tokenizing itself: tokens per CPU-second against bare `tiktoken.encode_ordinary`, and its memory.

    python -m benchmarks.tokenizing --input prose.parquet --workers 2

CPU-seconds are those of all processes, start-up included. Both tokenize the same documents, one after the other, in one run.
"""

import argparse
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

from text.shards import read_meta
from text.sources import open_source
from text.tokenizer import load_tokenizer


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
    parser.add_argument(
        "--workers", type=int, default=2, help="processes for each of them (default: 2)"
    )
    args = parser.parse_args(argv)
    before = bare_tiktoken(args.input, args.workers)
    tokens, seconds, megabytes = our_script(args.input, args.workers)
    ours = tokens / seconds
    after = bare_tiktoken(args.input, args.workers)
    bare = (before + after) / 2
    print(
        f"tiktoken.encode_ordinary  {before / 1e6:6.2f} and {after / 1e6:.2f} M tokens per CPU-second, before and after"
    )
    print(
        f"prepare_fineweb.py        {ours / 1e6:6.2f} M tokens per CPU-second, {ours / bare:.2f} times the mean of these; at most {megabytes:,.0f} MB a process"
    )


def bare_tiktoken(inputs, workers: int) -> float:
    """Tokens per CPU-second spent inside `encode_ordinary`, in as many processes at once, because cores slow each other down."""
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        counts = pool.starmap(bare_share, [(inputs, number, workers) for number in range(workers)])
    return sum(tokens for tokens, _ in counts) / sum(seconds for _, seconds in counts)


def bare_share(inputs, number: int, workers: int) -> tuple[int, float]:
    encoding = load_tokenizer("gpt2").encoding
    tokens, seconds = 0, 0.0
    for batch, (rows, _) in enumerate(open_source(inputs, columns=["text"]).batches()):
        if batch % workers == number:
            start = time.process_time()
            tokens += sum(len(encoding.encode_ordinary(row["text"])) for row in rows)
            seconds += time.process_time() - start
    return tokens, seconds


def our_script(inputs, workers: int) -> tuple[int, float, float]:
    """Tokens, CPU-seconds of all processes, and MB of the largest of them."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            [
                sys.executable,
                ROOT / "prepare_fineweb.py",
                "--source",
                *inputs,
                "--workers",
                str(workers),
                "--out",
                folder,
            ],
            stdout=subprocess.DEVNULL,
        )
        megabytes = []
        threading.Thread(target=watch_memory, args=(process, megabytes), daemon=True).start()
        if process.wait():
            raise SystemExit("prepare_fineweb.py failed")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        documents_and_tokens = [
            shard for shards in read_meta(folder)["splits"].values() for shard in shards
        ]
        tokens = sum(shard["tokens"] - shard["documents"] for shard in documents_and_tokens)
    return (
        tokens,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        max(megabytes),
    )


def watch_memory(process, megabytes: list[float]) -> None:
    """Resident memory of the largest of the script's processes, every fifth of a second (from /proc; 0 where there is none)."""
    megabytes.append(0.0)
    while process.poll() is None:
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                if int(lines["PPid"]) == process.pid or int(lines["Pid"]) == process.pid:
                    megabytes.append(int(lines["VmRSS"].split()[0]) / 1024)
            except (OSError, KeyError, ValueError):
                continue
        time.sleep(0.2)


if __name__ == "__main__":
    main()
