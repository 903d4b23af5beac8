"""The settings of finetune.py: its flags, their defaults, their checks.

    parser ── add_flags ──▶ args ── check_flags, settle_shared ──▶ FinetuneSettings ──▶ run.json

What it shares with pretrain.py is in settings.py.
"""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tools.command_line import parse_pair
from tools.messages import check_problems
from training.rates import tuning_rate
from training.settings import (
    OPTIMIZERS,
    Defaults,
    TrainingSettings,
    add_training_flags,
    as_run_json,
    flags_below_1,
    settle,
)

DEFAULTS = Defaults(
    eval_every=10,
    save_every=50,
    sample_every=50,
    max_lr_help=f"for GPT-2 small {tuning_rate('muon', 768):g} with muon and "
    f"{tuning_rate('adamw', 768):g} with adamw, more for narrower models, less for wider ones",
    optimizer_help="that of the run it starts from, or adamw if that is unknown",
    kernels_help="that of the run it starts from, or fused if that is unknown",
    micro_tokens_help=", padding included",
    save_help="steps between checkpoints, besides one at each new best; 0: only those and the last",
    # Baseball data has eleven parts to validate on: every ten steps would cost more than training.
    most_actions=50,
)
DEFAULT_EVAL_TOKENS = 1 << 17
# How conversations are transformed (text/transforms.py), by default.
TRANSFORM_FLAGS = {"max_turns": 8, "careless": 0.3}
INHERITED = {"optimizer": OPTIMIZERS, "kernels": ("fused", "manual")}


@dataclass(frozen=True)
class FinetuneSettings:
    """Every setting of a fine-tuning run."""

    model: str
    data: str
    replay: tuple[str, ...]
    batch_size: int
    micro_tokens: int | str  # "auto" until the number is settled
    epochs: float
    eval_tokens: int
    weights: str
    max_turns: int
    careless: float
    shared: TrainingSettings  # what pretrain.py has too

    @classmethod
    def from_args(
        cls, args: argparse.Namespace, transform_flags: dict, shared: TrainingSettings
    ) -> "FinetuneSettings":
        """`transform_flags` is what `settle_transform_flags` returned."""
        return cls(
            model=args.model,
            data=args.data,
            replay=tuple(args.replay),
            batch_size=args.batch_size,
            micro_tokens=args.micro_tokens,
            epochs=args.epochs,
            eval_tokens=args.eval_tokens,
            weights=args.weights,
            **transform_flags,
            shared=shared,
        )

    def as_json(self) -> dict:
        """One flat dictionary, for run.json."""
        return as_run_json(self)


# ---- the flags ----


def add_flags(add: Callable) -> None:
    """Add all flags with `add`, the `add_argument` of a parser."""
    add_folder_flags(add)
    add_size_flags(add)
    add_transform_flags(add)
    add_training_flags(add, DEFAULTS)


def add_folder_flags(add: Callable) -> None:
    """Add the flags that name folders with `add`, the `add_argument` of a parser."""
    add(
        "--model",
        default="runs/pretrained",
        metavar="RUN",
        help="the run or checkpoint to start from, or any Hugging Face GPT-2 folder "
        "(default: runs/pretrained)",
    )
    add(
        "--data",
        default="data/nectar",
        metavar="FOLDER",
        help="conversations, or token shards, from a prepare script (default: data/nectar)",
    )
    add(
        "--out",
        default="runs/general",
        metavar="RUN",
        help="the run folder (default: runs/general)",
    )
    add(
        "--replay",
        nargs="+",
        action="extend",
        default=[],
        metavar="FOLDER:FRACTION",
        help="other conversations or token shards to mix in, and their share of the target tokens",
    )


def add_size_flags(add: Callable) -> None:
    """Add the flags about batches, length of training, and validation with `add`."""
    add(
        "--batch-size",
        type=int,
        default=1000,
        metavar="N",
        help="stored conversations that a step draws, before they are joined (default: 1000)",
    )
    add(
        "--epochs",
        type=float,
        default=3,
        metavar="N",
        help="how many times the conversations of --data are read, on average over its parts. With "
        "the default, each baseball fact is read about 20 times, enough to learn most (default: 3)",
    )
    add(
        "--steps",
        type=int,
        metavar="N",
        help="optimizer steps, instead of --epochs",
    )
    add(
        "--eval-tokens",
        type=int,
        default=DEFAULT_EVAL_TOKENS,
        metavar="N",
        help="approximate number of validation tokens of each part, the same ones every time "
        f"(default: {DEFAULT_EVAL_TOKENS:,})",
    )
    add(
        "--weights",
        choices=("best", "newest"),
        default="best",
        help="which weights to keep: lowest validation loss after a step, or newest. For "
        "memorising a few facts, newest is better; without validation, the newest are kept "
        "(default: best)",
    )


def add_transform_flags(add: Callable) -> None:
    """Add the flags about how the conversations are transformed with `add`."""
    add(
        "--max-turns",
        type=int,
        metavar="N",
        help="join single exchanges into conversations of 1 to N turns, each number equally often; "
        f"1 joins nothing (default: {TRANSFORM_FLAGS['max_turns']})",
    )
    add(
        "--careless",
        type=float,
        metavar="SHARE",
        help="share of the human messages that are typed carelessly: in lower case, without marks, "
        "as keywords, with a wrong letter, a greeting, a please or a thanks; never the answers. "
        f"0: none (default: {TRANSFORM_FLAGS['careless']})",
    )


# ---- the values ----


def check_flags(args: argparse.Namespace, previous: dict) -> None:
    """Raise ValueError with everything that is wrong with the flags.

    `previous` holds the settings of the run that --resume continues, {} for a new one.
    """
    problems = flags_below_1(args, "steps", "batch_size", "micro_tokens", "eval_tokens")
    if not 0 < args.epochs < math.inf:
        problems.append("--epochs must be over 0")
    if args.max_turns is not None and args.max_turns < 1:
        problems.append("--max-turns must be 1 or more; 1 joins nothing")
    if args.careless is not None and not 0 <= args.careless <= 1:
        problems.append("--careless is a share, from 0 to 1")
    for text in args.replay:
        try:
            parse_replay(text)
        except ValueError as problem:
            problems.append(str(problem))
    # How many steps --epochs means is known only once the data is read.
    steps = args.steps or sys.maxsize
    _, shared_problems = settle_shared(args, steps, None, {}, previous)
    check_problems(problems + shared_problems)


def settle_shared(
    args: argparse.Namespace, steps: int, width: int | None, inherited: dict, previous: dict
) -> tuple[TrainingSettings, list[str]]:
    """The settings shared with pretrain.py with every default filled in, and their problems.

    `width` is the model's, or None before it is read; `inherited` is what `inherit` returned;
    `previous` holds the settings of the run that --resume continues, {} for a new one.
    """
    optimizer = args.optimizer or inherited.get("optimizer", "adamw")
    return settle(
        args,
        DEFAULTS,
        steps=steps,
        # Before the model is read, no --min-lr is too high.
        default_max_lr=tuning_rate(optimizer, width) if width else sys.float_info.max,
        optimizer=optimizer,
        kernels=args.kernels or inherited.get("kernels", "fused"),
        previous=previous,
    )


def settle_transform_flags(args: argparse.Namespace, previous: dict) -> dict:
    """`max_turns` and `careless`: as given, or as in the run that is resumed, or the defaults.

    `previous` holds the settings of that run, {} for a new one.
    """
    defaults = previous or TRANSFORM_FLAGS
    given = {name: getattr(args, name) for name in TRANSFORM_FLAGS}
    return {name: defaults[name] if value is None else value for name, value in given.items()}


def inherit(args: argparse.Namespace, settings: dict) -> dict:
    """The settings to take over from the run that the weights come from.

    `settings` are all of that run's; those that a flag sets, or that are not valid, are left out.
    """
    return {
        name: settings[name]
        for name, choices in INHERITED.items()
        if getattr(args, name) is None and settings.get(name) in choices
    }


def parse_replay(text: str) -> tuple[str, float]:
    """Read "data/nectar:0.3" as ("data/nectar", 0.3). Raises ValueError for anything else."""
    form = "--replay takes FOLDER:FRACTION with a fraction between 0 and 1, such as data/nectar:0.3"
    folder, fraction = parse_pair(text, form)
    if not 0 < fraction < 1:
        raise ValueError(f"{form}, not {text!r}")
    return folder, fraction
