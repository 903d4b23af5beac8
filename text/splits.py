"""Dividing data into training and validation: by a hash of the text, or by position.

By hash, each document is in the same split whatever the source and however often it is prepared.
With few documents, that may leave nothing to validate on. By position, the end of the data is for
validation, and a single document, such as a book, is cut near its end.
"""

import argparse
from collections.abc import Sequence
from typing import Any

RULES = ("hash", "position")
POSITION_FRACTION = 0.05  # the default share; small data needs a larger one to fill a window
SMALLEST_WINDOW = 256  # tokens: the context of pretrain.py --size tiny


def add_split_flag(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --split to a parser; `what` is divided, such as "tokens" or "conversations"."""
    parser.add_argument(
        "--split",
        choices=RULES,
        default="hash",
        help="how validation data is chosen. hash: by a hash of each text, the same whatever the "
        f"source; position: the last {what}, for small data such as one book (default: hash)",
    )


def with_val_fraction(args: argparse.Namespace, by_hash: float) -> dict[str, Any]:
    """The arguments as a dictionary, with the default of --val-fraction filled in.

    It is `by_hash` for --split hash, and POSITION_FRACTION for --split position.
    """
    fraction = args.val_fraction
    if fraction is None:
        fraction = by_hash if args.split == "hash" else POSITION_FRACTION
    return {**vars(args), "val_fraction": fraction}


def recorded_split(split: str) -> dict[str, str]:
    """What meta.json records about --split: nothing for hash, as before there was a choice."""
    return {} if split == "hash" else {"split": split}


def count_last(number: int, val_fraction: float) -> int:
    """How many of `number` items, the last ones, are for validation.

    At least one, but never all of them: (5, 0.05) -> 1, (1, 0.05) -> 0.
    """
    if number < 2 or not val_fraction:
        return 0
    return min(max(1, round(number * val_fraction)), number - 1)


def divide_by_position(kept: dict[str, list], val_fraction: float) -> None:
    """Move the last items of kept["train"] to kept["val"], in place."""
    first = len(kept["train"]) - count_last(len(kept["train"]), val_fraction)
    kept["val"] += kept["train"][first:]
    del kept["train"][first:]


def validation_warnings(tokens: int, split: str, val_fraction: float) -> list[str]:
    """What to say if validation has less than one window of the smallest model; else nothing.

    `tokens` is what it has. With a fraction of 0, nobody has asked for validation.
    """
    if tokens > SMALLEST_WINDOW or not val_fraction:
        return []
    if split == "hash":
        remedy = "--split position takes the end of the data instead"
    else:
        remedy = "give a larger --val-fraction, or more text"
    return [
        f"warning: only {tokens:,} tokens are for validation, less than one window of "
        f"{SMALLEST_WINDOW}; {remedy}. Prepare the data again into another --out, or train "
        "without validation"
    ]


def unvalidated_parts(kept: dict[str, list[tuple[Any, str]]], parts: Sequence[str]) -> list[str]:
    """The parts that have conversations for training but none for validation.

    `kept` maps each split to pairs of a conversation and its part.
    """
    found = {split: {part for _, part in pairs} for split, pairs in kept.items()}
    return [part for part in parts if part in found["train"] - found["val"]]
