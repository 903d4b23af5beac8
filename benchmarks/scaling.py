"""How the cost grows with the size of the text, of the context, and of the micro-batch.

    python -m benchmarks.scaling                         # 25, 100 and 400 MB of the sample text
    python -m benchmarks.scaling --input prose.parquet   # the first of these texts instead

Four tables, with one measurement in each line: preparing text; a training step; the memory of a
long run, by its steps; and the time to generate a token, by its position.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.tokenizing import prepare
from benchmarks.training_step import our_step, random_batch
from model import GPT, GPTConfig
from network.decoding import for_generation, open_decoder
from network.hardware import choose_hardware
from text.sources import open_source
from tools.files import remove_file
from training.loss_log import read_loss_log

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = str(ROOT / "sample" / "fineweb_edu.jsonl")
STEP_TOKENS = 16384
CONTEXTS_AND_SEQUENCES = [(128, 32), (256, 16), (512, 8), (1024, 4), (256, 4), (256, 64)]
LONG_RUN = [
    *("--size", "tiny", "--steps", 2000, "--batch-tokens", 256, "--micro-tokens", 256),
    *("--optimizer", "adamw", "--eval-every", 100, "--eval-tokens", 1024),
    *("--save-every", 100, "--sample-every", 500),
]


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input",
        nargs="+",
        default=[SAMPLE],
        metavar="FILE",
        help='.parquet or .jsonl files with a "text" column (default: the sample)',
    )
    parser.add_argument(
        "--megabytes",
        type=float,
        default=25,
        help="of text in the first row; the others have 4 and 16 times as much (default: 25)",
    )
    args = parser.parse_args(argv)
    measure_preparing(args.input, args.megabytes)
    measure_training_steps()
    measure_long_run()
    measure_generating()


def start_script(*command: object) -> subprocess.Popen:
    name, *arguments = map(str, command)
    return subprocess.Popen(
        [sys.executable, str(ROOT / name), *arguments], stdout=subprocess.DEVNULL
    )


def check_exit(process: subprocess.Popen) -> None:
    """Wait for a script's end. Raises SystemExit if it has failed."""
    if process.wait() != 0:
        raise SystemExit(f"{process.args!r} failed")


# ---- preparing ----


def measure_preparing(inputs: list[str], megabytes: float) -> None:
    print("prepare_fineweb.py --workers 2")
    print("  text MB   CPU s   largest process MB   CPU s per MB beyond the first row")
    base = None
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 4, 16):
            path = Path(folder) / f"{times}.jsonl"
            write_text(inputs, times * megabytes * 1e6, path)
            size = path.stat().st_size / 1e6
            cost = prepare([str(path)], 2)
            marginal = ""
            if base is None:
                base = size, cost.seconds
            else:
                base_size, base_seconds = base
                marginal = f"{(cost.seconds - base_seconds) / (size - base_size):.4f}"
            print(
                f"{size:9,.0f} {cost.seconds:7.1f} {cost.megabytes:20,.0f}   {marginal}", flush=True
            )
            remove_file(path)


def write_text(inputs: list[str], size: float, path: Path) -> None:
    """Write documents until there are `size` bytes of them; repeat them if there are too few.

    A number in front makes each copy another document.
    """
    with path.open("w", encoding="utf-8") as file:
        for turn in range(10**6):
            for rows, _ in open_source(inputs, columns=["text"]).batches():
                for row in rows:
                    document = {"text": f"{turn} {row['text']}"}
                    size -= file.write(json.dumps(document, ensure_ascii=False) + "\n")
                    if size <= 0:
                        return


# ---- training ----


def measure_training_steps() -> None:
    print(f"\na training step of the tiny model, {STEP_TOKENS:,} tokens")
    print("  context   micro-batch   tokens/s   peak MB of the process")
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1, maxtasksperchild=1) as pool:  # one process a task, with a peak of its own
        for context, sequences in CONTEXTS_AND_SEQUENCES:
            rate, megabytes = pool.apply(time_training_step, (context, sequences))
            print(f"{context:9,} {sequences:13} {rate:10,.0f} {megabytes:12,.0f}", flush=True)


def time_training_step(context: int, sequences: int) -> tuple[float, float]:
    """Tokens per second, and the process's peak memory in MB."""
    config = GPTConfig(vocab_size=4096, n_positions=context, n_embd=256, n_layer=4, n_head=4)
    micro_tokens = context * sequences
    batch = random_batch(config, micro_tokens, STEP_TOKENS // micro_tokens)
    step = our_step(config, batch, choose_hardware("cpu"))
    step()  # to warm up
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return batch.tokens / statistics.median(seconds), peak


def measure_long_run() -> None:
    print("\npretrain.py on the sample text, a checkpoint and an evaluation every 100 steps")
    print("  step   MB in memory")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text, data, run = folder / "text.jsonl", folder / "data", folder / "run"
        write_text([SAMPLE], 4e5, text)
        tokenizer = ["--input", text, "--vocab-size", 512, "--out", data]
        check_exit(start_script("tokenizer_bpe.py", "train", *tokenizer))
        shards = ["--source", text, "--tokenizer", data, "--val-fraction", 0.05, "--out", data]
        check_exit(start_script("prepare_fineweb.py", *shards))
        process = start_script("pretrain.py", "--data", data, "--out", run, *LONG_RUN)
        next_step = 200
        while process.poll() is None:
            time.sleep(0.2)
            step = newest_step(run / "loss.csv")
            if step >= next_step:
                print(f"{step:6,} {resident_megabytes(process.pid):14,.0f}", flush=True)
                next_step += 600
        check_exit(process)


def newest_step(loss_log: Path) -> int:
    if not loss_log.exists():
        return 0
    return max((row.step for row in read_loss_log(loss_log)), default=0)


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


# ---- generating ----


@torch.inference_mode()
def measure_generating() -> None:
    hardware = choose_hardware("cpu")
    model = for_generation(GPT(GPTConfig()), hardware.device, hardware.dtype)
    print("\none token of GPT-2 small at a time\n  positions   ms a token")
    context = model.config.n_positions
    times = []  # milliseconds
    with open_decoder(model, 1, context) as decoder:
        token = decoder.prefill(torch.zeros(1, 1, dtype=torch.long)).argmax(-1)
        for _ in range(context - 1):
            start = time.perf_counter()
            token = decoder.decode(token).argmax(-1)
            times.append((time.perf_counter() - start) * 1000)
    for first in range(0, len(times), 128):
        group = times[first : first + 128]
        print(f"{first + 1:6,}-{first + len(group):5,} {statistics.median(group):10.1f}")


if __name__ == "__main__":
    main()
