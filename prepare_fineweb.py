"""FineWeb-Edu (Penedo et al. 2024), or any other documents, to token shards.

    python prepare_fineweb.py                                            # 10 B tokens of FineWeb-Edu, gpt2 tokens, to data/fineweb
    python prepare_fineweb.py --max-tokens 1_000_000_000                 # the first billion of them
    python prepare_fineweb.py --source sample/fineweb_edu.jsonl --tokenizer data/tokenizer --out data/sample
    python prepare_fineweb.py --source a.parquet b.jsonl.zst --workers 8

Killed at any moment, the same command goes on where it stopped, and the shards are byte for byte those of an undisturbed run, the
same for any number of workers.
"""

import argparse
import functools
import os
from contextlib import closing

from tools.command_line import flag_values, run_script, split_problems
from tools.workers import map_in_processes

LICENCES = {"HuggingFaceFW/fineweb-edu": "ODC-By 1.0; the pages keep their own rights"}
COMMIT_EVERY_TOKENS = 20_000_000  # what a killed run has to do again at most: some seconds a core


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="prepare_fineweb.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--source",
        nargs="+",
        default=["HuggingFaceFW/fineweb-edu"],
        metavar="HUB_ID|FILE",
        help='a data set on the hub, or .parquet and .jsonl[.gz|.xz|.zst] files, with a "text" column (default: HuggingFaceFW/fineweb-edu)',
    )
    add(
        "--config",
        default="sample-10BT",
        help="the hub data set's configuration, for FineWeb-Edu also sample-100BT, sample-350BT or default (default: sample-10BT)",
    )
    add(
        "--tokenizer",
        default="gpt2",
        metavar="gpt2|FOLDER",
        help="OpenAI's, or one that tokenizer_bpe.py trained (default: gpt2)",
    )
    add(
        "--out",
        default="data/fineweb",
        metavar="FOLDER",
        help="where the shards go (default: data/fineweb)",
    )
    add(
        "--max-tokens",
        type=int,
        default=0,
        metavar="N",
        help="stop before more than N tokens are written; 0 takes everything (default: 0)",
    )
    add(
        "--val-fraction",
        type=float,
        default=0.005,
        metavar="F",
        help="share of the documents set aside for validation, chosen by a hash of their text (default: 0.005)",
    )
    add(
        "--val-tokens",
        type=int,
        default=0,
        metavar="N",
        help="keep only about N tokens of those; the rest is never trained on either; 0 keeps all (default: 0)",
    )
    add(
        "--shard-tokens",
        type=int,
        default=100_000_000,
        metavar="N",
        help="tokens a shard (default: 100,000,000, 200 MB)",
    )
    add(
        "--workers",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="processes that tokenize (default: one a core, here %(default)s)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="another seed sets other documents aside for validation (default: 0)",
    )
    args = parser.parse_args(argv)
    run_script(parser, lambda: prepare(args), "stopped; the same command goes on where it stopped")


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings."""
    problems = [
        f"{flag} must be 0 or more"
        for flag, value in flag_values(args, "max_tokens", "val_tokens")
        if value < 0
    ]
    problems += [
        f"{flag} must be 1 or more"
        for flag, value in flag_values(args, "shard_tokens", "workers")
        if value < 1
    ]
    if problems := problems + split_problems(args):
        raise ValueError("; ".join(problems))


def prepare(args):
    check(args)
    from tqdm import tqdm

    from text.shards import ShardFolder, describe_shards
    from text.sources import open_source
    from text.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(args.tokenizer)
    source = open_source(args.source, args.config, columns=["text"])
    settings = {"source": args.source, "config": args.config, "licence": LICENCES.get(args.source[0], "that of the source"), "max_tokens": args.max_tokens,
                "val_fraction": args.val_fraction, "val_tokens": args.val_tokens, "seed": args.seed}  # fmt: skip
    folder = ShardFolder(args.out, settings, tokenizer, args.shard_tokens)
    if folder.is_complete:
        print(f"{args.out} is complete already: {describe_shards(args.out)}")
        return
    if folder.position is not None:
        print(f"going on after {folder.counts['documents']:,} documents")
    with (
        tqdm(unit="B", unit_scale=True, disable=None, dynamic_ncols=True) as bar,
        closing(source.batches(folder.position)) as batches,
    ):
        for documents, position in tokenize(only_texts(batches, source.name), args):
            is_full = not all(add(folder, args, *document) for document in documents)
            bar.set_postfix_str(
                f"{folder.counts['documents']:,} documents, {folder.total_tokens / 1e6:,.1f} M tokens",
                refresh=False,
            )
            bar.update(documents.text_bytes)
            share = (
                folder.total_tokens / args.max_tokens
                if args.max_tokens
                else folder.counts["documents"] / source.rows
                if source.rows
                else None
            )
            bar.total = int(bar.n / share) if share and folder.position is None else None
            if is_full:
                break
            if folder.uncommitted_tokens >= COMMIT_EVERY_TOKENS:
                folder.commit(position)
    if not folder.writers["train"].total_tokens:
        raise ValueError(f"{source.name} holds no text to train on")
    folder.finish()
    print(f"{args.out}: {describe_shards(args.out)}")
    if unused := {what: number for what, number in folder.counts.items() if what != "documents"}:
        print("left out: " + ", ".join(f"{number:,} {what}" for what, number in unused.items()))


def add(folder, args, tokens, is_validation: bool) -> bool:
    """Put one document where it belongs. False, and nothing done, where --max-tokens has no room for it."""
    writer = folder.writers["val" if is_validation else "train"]
    if not len(tokens):
        folder.count("empty documents")
    elif is_validation and args.val_tokens and writer.total_tokens >= args.val_tokens:
        folder.count("validation documents over --val-tokens")
    elif args.max_tokens and folder.total_tokens + len(tokens) > args.max_tokens:
        return False
    else:
        writer.add(tokens)
    folder.count("documents")
    return True


def only_texts(batches, name: str):
    """The batches as they are. Raises ValueError at the first row whose "text" is something else."""
    for rows, position in batches:
        if wrong := [row["text"] for row in rows if not isinstance(row["text"], (str, type(None)))]:
            raise ValueError(f'{name}: a row\'s "text" is not text but {str(wrong[0])[:50]}')
        yield rows, position


# ---- tokenizing, in other processes ----


class TokenizedDocuments:
    """Token ids of a batch of documents, each with its <|endoftext|>, and which of them are for validation. A document
    without text has no ids at all. One array, because that travels between processes at the speed of memory."""

    def __init__(self, ids, lengths, is_validation, text_bytes: int):
        self.ids, self.lengths, self.is_validation, self.text_bytes = (
            ids,
            lengths,
            is_validation,
            text_bytes,
        )

    def __iter__(self):
        end = 0
        for length, is_validation in zip(self.lengths, self.is_validation):
            yield self.ids[end : end + length], is_validation
            end += length


def tokenize(batches, args):
    """Yield (TokenizedDocuments, position) for each (rows, position), in order, with at most a few batches under way."""
    work = functools.partial(
        tokenize_rows,
        tokenizer_source=args.tokenizer,
        val_fraction=args.val_fraction,
        seed=args.seed,
    )
    yield from map_in_processes(work, batches, args.workers)


@functools.cache
def tokenizer_of_this_process(source: str):
    from text.tokenizer import load_tokenizer

    return load_tokenizer(source)


def tokenize_rows(
    rows: list[dict], tokenizer_source: str, val_fraction: float, seed: int
) -> TokenizedDocuments:
    import numpy as np

    from text.shards import is_for_validation, token_dtype

    tokenizer = tokenizer_of_this_process(tokenizer_source)
    pieces, lengths, is_validation, text_bytes = [], [], [], 0
    end = np.array([tokenizer.end_of_text], dtype=np.uint32)
    for row in rows:
        text = row["text"] or ""
        encoded = text.encode("utf-8", errors="surrogatepass")
        text_bytes += len(encoded)
        ids = [tokenizer.encode_array(text), end] if text else []
        pieces += ids
        lengths.append(sum(map(len, ids)))
        is_validation.append(is_for_validation(encoded, val_fraction, seed))
    ids = np.concatenate(pieces) if pieces else end[:0]
    return TokenizedDocuments(
        ids.astype(token_dtype(tokenizer)), lengths, is_validation, text_bytes
    )


if __name__ == "__main__":
    main()
