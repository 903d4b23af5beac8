"""Turn FineWeb-Edu (Penedo et al. 2024), or any other documents, into token shards.

    # 10 B tokens of FineWeb-Edu, with GPT-2's tokenizer, to data/fineweb; or only 1 B tokens
    python prepare_fineweb.py
    python prepare_fineweb.py --max-tokens 1_000_000_000

    # other documents, another tokenizer
    python prepare_fineweb.py --source a.parquet b.jsonl.zst --workers 8
    python prepare_fineweb.py --source books/*.txt --out data/books    # each file is a document
    python prepare_fineweb.py --source sample/fineweb_edu.jsonl --tokenizer data/tokenizer \\
        --out data/sample

    # one book, whose end is for validation
    python prepare_fineweb.py --source book.jsonl --split position --out data/book

If the command is interrupted or even killed, run it again to resume. The shards are byte for byte
those of an uninterrupted run, for any number of workers.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from text.splits import (
    POSITION_FRACTION,
    add_split_flag,
    recorded_split,
    validation_warnings,
    with_val_fraction,
)
from tools.command_line import flag_values, run_script, split_problems
from tools.messages import check_problems

if TYPE_CHECKING:
    import numpy as np
    from tqdm import tqdm

    from text.documents import TokenizedDocuments
    from text.hub import HubDataset
    from text.local_files import LocalFiles
    from text.shard_writer import ShardFolder

VAL_FRACTION = 0.005
COMMIT_EVERY_TOKENS = 20_000_000  # a killed run repeats about this many: some seconds per core


@dataclass(frozen=True)
class Settings:
    """The values of the flags; their help texts below say what each one means."""

    source: list[str]
    config: str
    tokenizer: str
    out: str
    max_tokens: int
    split: str
    val_fraction: float
    val_tokens: int
    shard_tokens: int
    workers: int
    seed: int


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and prepare the data."""
    parser = argparse.ArgumentParser(
        prog="prepare_fineweb.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_folder_flags(parser)
    add_amount_flags(parser)
    settings = Settings(**with_val_fraction(parser.parse_args(argv), VAL_FRACTION))
    run_script(parser, lambda: prepare(settings), "stopped; run the same command again to resume")


def add_folder_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what to read, with which tokenizer, and where to write."""
    add = parser.add_argument
    add(
        "--source",
        nargs="+",
        default=["HuggingFaceFW/fineweb-edu"],
        metavar="HUB_ID|FILE",
        help="a data set on the hub, or .parquet and .jsonl or .json[.gz|.xz|.zst] files, with a "
        'column "text", or .txt[.gz|.xz|.zst] files, each of them a document '
        "(default: HuggingFaceFW/fineweb-edu)",
    )
    add(
        "--config",
        default="sample-10BT",
        help="configuration of the data set on the hub; FineWeb-Edu also has sample-100BT, "
        "sample-350BT and default (default: sample-10BT)",
    )
    add(
        "--tokenizer",
        default="gpt2",
        metavar="gpt2|FOLDER",
        help="gpt2, which is OpenAI's, or a folder that tokenizer_bpe.py wrote (default: gpt2)",
    )
    add(
        "--out",
        default="data/fineweb",
        metavar="FOLDER",
        help="where the shards go (default: data/fineweb)",
    )


def add_amount_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how much to take, how to divide it, and how many workers to use."""
    add = parser.add_argument
    add(
        "--max-tokens",
        type=int,
        default=0,
        metavar="N",
        help="stop before writing more than N tokens; 0: take everything (default: 0)",
    )
    add_split_flag(parser, "tokens")
    add(
        "--val-fraction",
        type=float,
        metavar="F",
        help="fraction of the documents (--split hash) or tokens (--split position) for "
        f"validation (default: {VAL_FRACTION}, or {POSITION_FRACTION} by position)",
    )
    add(
        "--val-tokens",
        type=int,
        default=0,
        metavar="N",
        help="keep only about N tokens of the validation documents; the others are left out, not "
        "trained on; 0: keep all (default: 0). With --split position: take at most N tokens",
    )
    add(
        "--shard-tokens",
        type=int,
        default=100_000_000,
        metavar="N",
        help="most tokens in a shard (default: 100,000,000, which is 200 MB)",
    )
    add(
        "--workers",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="processes that tokenize (default: one for each core, here %(default)s)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="another seed chooses other documents for validation (default: 0)",
    )


def check(settings: Settings) -> None:
    """Raise a ValueError that lists everything that is wrong with the settings."""
    at_least_0 = flag_values(settings, "max_tokens", "val_tokens")
    at_least_1 = flag_values(settings, "shard_tokens", "workers")
    problems = [f"{flag} must be 0 or more" for flag, value in at_least_0 if value < 0]
    problems += [f"{flag} must be 1 or more" for flag, value in at_least_1 if value < 1]
    check_problems(problems + split_problems(settings))


def prepare(settings: Settings) -> None:
    """Tokenize a source in worker processes and write token shards, resuming if interrupted.

    Raises ValueError if a setting, the source or the output folder is unusable.
    """
    check(settings)

    from text.shard_writer import ShardFolder
    from text.shards import describe_shards
    from text.sources import licence_of, open_source
    from text.tokenizer import load_tokenizer

    tokenizer = load_tokenizer(settings.tokenizer)
    source = open_source(settings.source, settings.config, columns=["text"])
    recorded = describe(settings, licence_of(settings.source))
    folder = ShardFolder(settings.out, recorded, tokenizer, settings.shard_tokens)
    if folder.is_complete:
        print(f"{settings.out} is already complete: {describe_shards(settings.out)}")
        return
    if folder.position is not None:
        print(f"resuming after {folder.documents_read:,} documents")
    if not folder.is_divided:
        read_source(source, folder, settings)
    check_training_text(folder, source.name)
    if settings.split == "position":
        divide(folder, settings, tokenizer.end_of_text)
    folder.finish()
    print(f"{settings.out}: {describe_shards(settings.out)}")
    report(folder, settings)


def read_source(source: LocalFiles | HubDataset, folder: ShardFolder, settings: Settings) -> None:
    """Tokenize what the folder does not have yet, and write it to the shards."""
    from tqdm import tqdm

    from text.documents import check_texts, tokenize_batches

    with (
        tqdm(unit="B", unit_scale=True, disable=None, dynamic_ncols=True) as bar,
        closing(source.batches(folder.position)) as batches,
    ):
        tokenized = tokenize_batches(
            check_texts(batches, source.name),
            settings.workers,
            settings.tokenizer,
            settings.val_fraction if settings.split == "hash" else 0,
            settings.seed,
        )
        write_shards(tokenized, folder, settings, bar, source)


def check_training_text(folder: ShardFolder, name: str) -> None:
    """Raise ValueError if the folder has nothing to train on."""
    if folder.tokens_in("train"):
        return
    if folder.tokens_in("val"):
        raise ValueError(
            f"the hash puts all documents of {name} into validation; prepare them again with "
            "--split position and another --out"
        )
    raise ValueError(f"{name} holds no text to train on")


def divide(folder: ShardFolder, settings: Settings, end_of_text: int) -> None:
    """Move the last tokens, --val-fraction of all but at most --val-tokens, to validation."""
    tokens = round(settings.val_fraction * folder.total_tokens)
    if settings.val_tokens:
        tokens = min(tokens, settings.val_tokens)
    if folder.is_divided or 0 < tokens < folder.total_tokens - 1:
        folder.divide_at_end(tokens, end_of_text)


def report(folder: ShardFolder, settings: Settings) -> None:
    """Print what was left out, and a warning if there is too little to validate on."""
    if folder.left_out:
        reasons = [f"{number:,} {reason}" for reason, number in folder.left_out.items()]
        print("left out: " + ", ".join(reasons))
    tokens = folder.tokens_in("val")
    for warning in validation_warnings(tokens, settings.split, settings.val_fraction):
        print(warning)


def describe(settings: Settings, licence: str) -> dict:
    """The settings that decide what the folder holds, for its `meta.json`."""
    return {
        "source": settings.source,
        "config": settings.config,
        "licence": licence,
        "max_tokens": settings.max_tokens,
        **recorded_split(settings.split),
        "val_fraction": settings.val_fraction,
        "val_tokens": settings.val_tokens,
        "seed": settings.seed,
    }


def write_shards(
    tokenized: Iterable[tuple[TokenizedDocuments, Any]],
    folder: ShardFolder,
    settings: Settings,
    bar: tqdm,
    source: LocalFiles | HubDataset,
) -> None:
    """Store all documents, or as many as --max-tokens allows, and commit from time to time."""
    progress = Progress(folder, settings.max_tokens)
    for documents, position in tokenized:
        all_fit = store_batch(documents, folder, settings)
        show_progress(bar, documents.text_bytes, folder, progress.fraction(source.rows))
        if not all_fit:
            break
        if folder.uncommitted_tokens >= COMMIT_EVERY_TOKENS:
            folder.commit(position)


def store_batch(documents: TokenizedDocuments, folder: ShardFolder, settings: Settings) -> bool:
    """Store a batch up to the first document that does not fit; return whether all of it did."""
    for tokens, is_validation in documents:
        if not store(tokens, is_validation, folder, settings):
            return False
    return True


def store(tokens: np.ndarray, is_validation: bool, folder: ShardFolder, settings: Settings) -> bool:
    """Add a document to its split, or leave it out.

    Returns False, without doing either, if the document does not fit into --max-tokens.
    """
    val_tokens, max_tokens = settings.val_tokens, settings.max_tokens
    if len(tokens) == 0:
        folder.leave_out("empty documents")
    elif is_validation and val_tokens and folder.tokens_in("val") >= val_tokens:
        folder.leave_out("validation documents over --val-tokens")
    elif max_tokens and folder.total_tokens + len(tokens) > max_tokens:
        return False
    else:
        folder.add_document("val" if is_validation else "train", tokens)
    return True


class Progress:
    """The progress of this process: 0 at its start and 1 at the end, even if it resumes."""

    def __init__(self, folder: ShardFolder, max_tokens: int):
        self.folder = folder
        self.max_tokens = max_tokens
        self.first_document = folder.documents_read
        self.first_token = folder.total_tokens

    def fraction(self, rows: int | None) -> float:
        """The fraction of the work that is done; 0.0 if unknown.

        The end is --max-tokens or the last of the source's `rows`, whichever is nearer; either may
        be unknown.
        """
        tokens, documents = self.folder.total_tokens, self.folder.documents_read
        return max(
            _fraction(self.first_token, tokens, self.max_tokens),
            _fraction(self.first_document, documents, rows or 0),
        )


def _fraction(first: int, now: int, end: int) -> float:
    """How much of the way from `first` to `end` is done; 0.0 if there is none, or no `end`."""
    return (now - first) / (end - first) if end > first else 0.0


def show_progress(bar: tqdm, text_bytes: int, folder: ShardFolder, fraction: float) -> None:
    """Advance the progress bar, and estimate its total from the fraction that is done, if known."""
    tokens = f"{folder.total_tokens / 1e6:,.1f} M tokens"
    bar.set_postfix_str(f"{folder.documents_read:,} documents, {tokens}", refresh=False)
    bar.update(text_bytes)
    bar.total = int(bar.n / fraction) if fraction else None


if __name__ == "__main__":
    main()
