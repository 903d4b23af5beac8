"""Time to train a byte-pair encoding: ours, Hugging Face `tokenizers`, `rustbpe`, the textbook's.

    python -m benchmarks.bpe_training --input prose.parquet            # 80 MB of it, 50,257 tokens
    python -m benchmarks.bpe_training --input a.txt --megabytes 20 --vocab-size 8192

All train on the same documents and the same cores, one after the other, in one run; only the
ratios are meaningful. `rustbpe` is left out if it is not installed. The textbook algorithm counts
all pairs of all different pieces again for each merge, so only its first 20 merges are timed.
"""

import argparse
import importlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import tokenizers

from text.sources import open_source
from text.tokenizer import SPLIT
from tokenizer_bpe import count_pieces_in_files, learn_merges, textbook_merges

TEXTBOOK_MERGES = 20


def main(argv: list[str] | None = None) -> None:
    args = parse_arguments(argv)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prose.txt"
        write_prose(args.input, args.megabytes * 1e6, path)
        seconds, textbook_ratio = time_ours(path, args.vocab_size, args.workers)
        print(f"ours                   {seconds:7.2f} s  1.00")
        time_theirs("tokenizers", train_with_tokenizers, path, args.vocab_size, seconds)
        time_theirs("rustbpe", train_with_rustbpe, path, args.vocab_size, seconds)
    times = f"{textbook_ratio:,.0f} times as long as one of ours"
    print(f"a merge of the textbook algorithm takes {times}")


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        required=True,
        metavar="FILE",
        help='.txt, or .parquet or .jsonl with a "text" column',
    )
    add("--megabytes", type=float, default=80, help="how much of it (default: 80)")
    add("--vocab-size", type=int, default=50257, help="(default: 50257)")
    add(
        "--workers",
        type=int,
        default=2,
        help="our processes; the others use all cores, or RAYON_NUM_THREADS (default: 2)",
    )
    return parser.parse_args(argv)


def write_prose(inputs: list[str], size: float, path: Path) -> None:
    """Write the inputs' texts into one file until it has `size` bytes."""
    with path.open("w", encoding="utf-8") as file:
        for text in read_texts(inputs):
            file.write(text + "\n")
            size -= len(text.encode())
            if size <= 0:
                return


def read_texts(inputs: list[str]) -> Iterator[str]:
    if all(name.endswith(".txt") for name in inputs):
        for name in inputs:
            yield Path(name).read_text(encoding="utf-8")
    else:
        for rows, _ in open_source(inputs, columns=["text"]).batches():
            yield from (row["text"] for row in rows)


def time_ours(path: Path, vocab_size: int, workers: int) -> tuple[float, float]:
    """Seconds of our training, and a textbook merge's time divided by that of one of ours."""
    start = time.perf_counter()
    pieces = count_pieces_in_files([path], workers)
    counting = time.perf_counter() - start
    start = time.perf_counter()
    merges = learn_merges(dict(sorted(pieces.items())), vocab_size - 257)
    merging = time.perf_counter() - start
    start = time.perf_counter()
    textbook_merges(pieces, TEXTBOOK_MERGES)
    textbook = time.perf_counter() - start
    text = f"{path.stat().st_size / 1e6:.0f} MB, {len(pieces):,} different pieces"
    print(f"{text}; counting them {counting:.2f} s, {len(merges):,} merges {merging:.2f} s")
    return counting + merging, (textbook / TEXTBOOK_MERGES) / (merging / len(merges))


def time_theirs(
    name: str, train: Callable[[Path, int], object], path: Path, vocab_size: int, ours: float
) -> None:
    start = time.perf_counter()
    try:
        train(path, vocab_size)
    except ImportError:
        print(f"{name:22} is not installed")
        return
    seconds = time.perf_counter() - start
    print(f"{name:22} {seconds:7.2f} s  ours takes {ours / seconds:.2f} times as long")


def train_with_tokenizers(path: Path, vocab_size: int) -> None:
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    pre_tokenizers = tokenizers.pre_tokenizers
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size - 1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train([str(path)], trainer)


def train_with_rustbpe(path: Path, vocab_size: int) -> None:
    rustbpe = importlib.import_module("rustbpe")  # raises ImportError if it is not installed
    tokenizer = rustbpe.Tokenizer()
    with path.open(encoding="utf-8") as file:
        tokenizer.train_from_iterator(file, vocab_size - 1, pattern=SPLIT)


if __name__ == "__main__":
    main()
