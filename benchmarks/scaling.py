"""How cost grows: of preparing with the length of the text, of a training step with context and micro-batch, of memory with steps, of a
generated token with its position.

    python -m benchmarks.scaling                                  # 1, 4 and 16 times 5 M tokens of the sample text
    python -m benchmarks.scaling --input prose.parquet            # the first of these texts instead

Each line of a table is one measurement.
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

ROOT = Path(__file__).resolve().parent.parent

from benchmarks.tokenizing import our_script
from text.sources import open_source
from training.loss_log import read_loss_log


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input",
        nargs="+",
        default=[str(ROOT / "sample/fineweb_edu.jsonl")],
        metavar="FILE",
        help='.parquet or .jsonl files with a "text" column (default: the sample)',
    )
    parser.add_argument("--megabytes", type=float, default=25, help="of text at 1 × (default: 25)")
    args = parser.parse_args(argv)
    preparing(args)
    training()
    long_run()
    generating()


def preparing(args) -> None:
    print(
        "prepare_fineweb.py --workers 2\n  text MB   CPU s   largest process MB   CPU s per MB beyond the start-up of 1 ×"
    )
    base = None
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 4, 16):
            path = Path(folder) / f"{times}.jsonl"
            write_text(args.input, times * args.megabytes * 1e6, path)
            size = path.stat().st_size / 1e6
            _, seconds, megabytes = our_script([str(path)], 2)
            marginal = "" if base is None else f"{(seconds - base[1]) / (size - base[0]):.4f}"
            base = base or (size, seconds)
            print(f"{size:9,.0f} {seconds:7.1f} {megabytes:20,.0f}   {marginal}", flush=True)
            path.unlink()


def write_text(inputs, size: float, path: Path) -> None:
    """So many bytes of the documents, over again where there are too few; the number in front makes each copy another document."""
    with path.open("w", encoding="utf-8") as file:
        for turn in range(10**6):
            for rows, _ in open_source(inputs, columns=["text"]).batches():
                for row in rows:
                    size -= file.write(
                        json.dumps({"text": f"{turn} {row['text']}"}, ensure_ascii=False) + "\n"
                    )
                    if size <= 0:
                        return


def training() -> None:
    print(
        "\na training step of the tiny model, 16,384 tokens\n  context   micro-batch   tokens/s   peak MB of the process"
    )
    with multiprocessing.get_context("spawn").Pool(
        1, maxtasksperchild=1
    ) as pool:  # a process each, so that each has its own peak
        for context, sequences in ((128, 32), (256, 16), (512, 8), (1024, 4), (256, 4), (256, 64)):
            tokens_per_second, megabytes = pool.apply(training_step, (context, sequences))
            print(
                f"{context:9,} {sequences:13} {tokens_per_second:10,.0f} {megabytes:12,.0f}",
                flush=True,
            )


def training_step(context: int, sequences: int) -> tuple[float, float]:
    from training_step import our_step, random_batch

    from model import GPTConfig
    from network.hardware import choose_hardware

    config = GPTConfig(vocab_size=4096, n_positions=context, n_embd=256, n_layer=4, n_head=4)
    batch = random_batch(config, context * sequences, 16384 // (context * sequences))
    step, seconds = our_step(config, batch, choose_hardware("cpu")), []
    for _ in range(4):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return batch.tokens / statistics.median(seconds[1:]), resource.getrusage(
        resource.RUSAGE_SELF
    ).ru_maxrss / 1024


def long_run() -> None:
    print(
        "\npretrain.py on the sample text, a checkpoint and an evaluation every 100 steps\n  step   MB in memory"
    )
    with tempfile.TemporaryDirectory() as folder:
        data, run, text = (str(Path(folder) / name) for name in ("data", "run", "text.jsonl"))
        write_text([str(ROOT / "sample/fineweb_edu.jsonl")], 4e5, Path(text))
        script(
            "tokenizer_bpe.py", "train", "--input", text, "--vocab-size", 512, "--out", data
        ).wait()
        script(
            "prepare_fineweb.py",
            "--source",
            text,
            "--tokenizer",
            data,
            "--val-fraction",
            0.05,
            "--out",
            data,
        ).wait()
        training = script("pretrain.py", "--data", data, "--out", run, "--size", "tiny", "--steps", 2000, "--batch-tokens", 256, "--micro-tokens", 256,
                          "--optimizer", "adamw", "--eval-every", 100, "--eval-tokens", 1024, "--save-every", 100, "--sample-every", 500)  # fmt: skip
        next_step = 200
        while training.poll() is None:
            time.sleep(0.2)
            step = (
                max((row.step for row in read_loss_log(f"{run}/loss.csv")), default=0)
                if Path(f"{run}/loss.csv").exists()
                else 0
            )
            if step >= next_step:
                pages = int(Path(f"/proc/{training.pid}/statm").read_text().split()[1])
                print(f"{step:6,} {pages * resource.getpagesize() / 1e6:14,.0f}", flush=True)
                next_step += 600


def script(*command) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, ROOT / command[0], *map(str, command[1:])], stdout=subprocess.DEVNULL
    )


def generating() -> None:
    import torch

    from model import GPT, GPTConfig
    from network.generation import cache_for, decode, for_generation, prefill
    from network.hardware import choose_hardware

    hardware = choose_hardware("cpu")
    model = for_generation(GPT(GPTConfig()), hardware.device, hardware.dtype)
    cache = cache_for(model, 1)
    print("\none token of GPT-2 small at a time\n  positions   ms a token")
    with torch.inference_mode():
        token, times = prefill(model, torch.zeros(1, 1, dtype=torch.long), cache).argmax(-1), []
        while cache.length < model.config.n_positions:
            start = time.perf_counter()
            token = decode(model, token, cache).argmax(-1)
            times.append((time.perf_counter() - start) * 1000)
    for start in range(0, 1023, 128):
        print(
            f"{start + 1:6,}-{min(start + 128, 1023):5,} {statistics.median(times[start : start + 128]):10.1f}"
        )


if __name__ == "__main__":
    main()
