"""How long it takes to train a byte-pair encoding: ours, Hugging Face `tokenizers`, `rustbpe` where it is installed, and the textbook's.

    python -m benchmarks.bpe_training --input prose.parquet                 # 80 MB of its text, 50,257 tokens
    python -m benchmarks.bpe_training --input a.txt --megabytes 20 --vocab-size 8192

All train on the same documents and the same cores, one after the other, in one run; what counts is the ratio. The textbook
algorithm counts all pairs of all different words anew for each merge; its first 20 merges are timed.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from text.sources import open_source
from text.tokenizer import SPLIT
from tokenizer_bpe import count_pieces_in_files, learn_merges


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input",
        nargs="+",
        required=True,
        metavar="FILE",
        help='.txt, or .parquet or .jsonl with a "text" column',
    )
    parser.add_argument("--megabytes", type=float, default=80, help="how much of it (default: 80)")
    parser.add_argument("--vocab-size", type=int, default=50257, help="(default: 50257)")
    parser.add_argument(
        "--workers",
        type=int,
        default=2,
        help="processes of ours; the others take the cores they find, or RAYON_NUM_THREADS (default: 2)",
    )
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prose.txt"
        write_prose(args.input, args.megabytes * 1e6, path)
        seconds, textbook_ratio = time_ours(path, args)
        print(f"ours                   {seconds:7.2f} s  1.00")
        for name, train in (("tokenizers", train_with_tokenizers), ("rustbpe", train_with_rustbpe)):
            start = time.perf_counter()
            if train(path, args) is not None:
                print(
                    f"{name:22} {time.perf_counter() - start:7.2f} s  ours takes {seconds / (time.perf_counter() - start):.2f} times as long"
                )
        print(
            f"a merge of the textbook algorithm takes {textbook_ratio:,.0f} times as long as one of ours"
        )


def write_prose(inputs, size: float, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for text in texts_of(inputs):
            file.write(text + "\n")
            size -= len(text.encode())
            if size <= 0:
                return


def texts_of(inputs):
    if all(name.endswith(".txt") for name in inputs):
        for name in inputs:
            yield Path(name).read_text(encoding="utf-8")
    else:
        for rows, _ in open_source(inputs, columns=["text"]).batches():
            yield from (row["text"] for row in rows)


def time_ours(path: Path, args):
    start = time.perf_counter()
    pieces = count_pieces_in_files([path], args.workers)
    counted = time.perf_counter()
    merges = learn_merges(dict(sorted(pieces.items())), args.vocab_size - 257)
    seconds = time.perf_counter() - counted
    print(
        f"{path.stat().st_size / 1e6:.0f} MB, {len(pieces):,} different pieces; counting them {counted - start:.2f} s, {len(merges):,} merges {seconds:.2f} s"
    )
    return time.perf_counter() - start, time_textbook_merge(pieces) / (seconds / len(merges))


def time_textbook_merge(pieces) -> float:
    words = [(list(piece.encode()), count) for piece, count in pieces.items()]
    start = time.perf_counter()
    for token in range(256, 276):
        counts = Counter()
        for word, count in words:
            for pair in zip(word, word[1:]):
                counts[pair] += count
        best = max(counts, key=counts.get)
        for word, _ in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = [token]
                i += 1
    return (time.perf_counter() - start) / 20


def train_with_tokenizers(path: Path, args):
    import tokenizers

    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train(
        [str(path)],
        tokenizers.trainers.BpeTrainer(
            vocab_size=args.vocab_size - 1, initial_alphabet=alphabet, show_progress=False
        ),
    )
    return tokenizer


def train_with_rustbpe(path: Path, args):
    try:
        import rustbpe
    except ImportError:
        return print("rustbpe                is not installed")
    tokenizer = rustbpe.Tokenizer()
    with path.open(encoding="utf-8") as file:
        tokenizer.train_from_iterator(file, args.vocab_size - 1, pattern=SPLIT)
    return tokenizer


if __name__ == "__main__":
    main()
