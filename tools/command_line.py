"""The scripts' command lines: the flags that several share, what can be wrong with them, and how a script ends when something is."""

import errno
import math
import os
import re
import sys
from pathlib import Path

from tools.files import read_json

CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)  # all but tab and newline; the last ranges turn writing around


LARGEST_SEED = 2**63 - 1  # torch takes no larger one


def run_script(parser, work, stopped: str) -> None:
    """Call `work()`. What a person can mend ends the script with status 2 and a sentence; Ctrl-C with 130 and the sentence `stopped`;
    anything else is a mistake of ours, and shows its traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a letter that the screen or the log file lacks ends nothing
    try:
        work()
    except BrokenPipeError:  # whoever read the output has left; what is still in the buffer must not go to the closed pipe on exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)  # 128 + SIGPIPE
    except RuntimeError as problem:
        if type(problem).__name__ != "OutOfMemoryError":
            raise
        parser.exit(
            2,
            f"{parser.prog}: the GPU has no memory left; give it less at a time: --micro-tokens in training, --batch-size in compare.py\n",
        )
    except (ValueError, OSError) as problem:
        parser.exit(2, f"{parser.prog}: {printable(in_words(problem))}\n")
    except KeyboardInterrupt:
        parser.exit(130, f"\n{parser.prog}: {stopped}\n")  # 128 + SIGINT


def in_words(problem: Exception) -> str:
    """What went wrong, and for the commonest troubles of a disk what to do."""
    if not isinstance(problem, OSError) or problem.errno is None:
        return str(problem)
    remedies = {
        **dict.fromkeys(
            (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
            "there is no room to write it; make some and go on with the same command (a training run: with --resume)",
        ),
        **dict.fromkeys(
            (errno.EROFS, errno.EACCES, errno.EPERM),
            "it may not be written or read here; choose another place or change its permissions",
        ),
        **dict.fromkeys(
            (errno.ENOTDIR, errno.EEXIST),
            "a file stands where a folder should be; choose another name",
        ),
    }
    remedy = remedies.get(problem.errno)
    return f"{problem.filename or 'a file'}: {problem.strerror}" + (f": {remedy}" if remedy else "")


def printable(text: str) -> str:
    """Text from a file, a model or the network as a terminal may have it: it can do nothing but be read."""
    return CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def add_training_flags(
    add,
    optimizer: str,
    kernels: str,
    max_lr: str,
    eval_every: int,
    save_every: int,
    sample_every: int,
) -> None:
    """Add them through `add`, a parser's `add_argument`; the others are the defaults, in words, and of the periodic actions in steps."""
    add(
        "--optimizer",
        choices=("adamw", "muon"),
        default=None,
        help=f"muon: Muon for the matrices inside the blocks, AdamW for the rest (default: {optimizer})",
    )
    add(
        "--max-lr",
        type=float,
        default=None,
        metavar="F",
        help=f"learning rate at the peak (default: {max_lr})",
    )
    add(
        "--min-lr",
        type=float,
        default=None,
        metavar="F",
        help="learning rate at the end (default: a tenth of --max-lr)",
    )
    add(
        "--warmup-steps",
        type=int,
        default=None,
        metavar="N",
        help="steps of linear warm-up (default: 715, GPT-3's 375 M tokens where a batch has 2^19, or a tenth of --steps if that is less)",
    )
    add(
        "--lr-drop",
        nargs="+",
        action="extend",
        default=[],
        metavar="STEP:FACTOR",
        help="multiply the learning rate from that step on",
    )
    add(
        "--eval-every",
        type=int,
        default=None,
        metavar="N",
        help=f"steps between validations; 0: none (default: {eval_every}, or a tenth of --steps if that is less)",
    )
    add(
        "--save-every",
        type=int,
        default=None,
        metavar="N",
        help=f"steps between checkpoints; 0: only at the end (default: {save_every}, or a tenth of --steps if that is less)",
    )
    add(
        "--keep",
        type=int,
        default=2,
        metavar="N",
        help="how many checkpoints stay; 0: all (default: 2)",
    )
    add(
        "--sample-every",
        type=int,
        default=None,
        metavar="N",
        help=f"steps between samples of text; 0: none (default: {sample_every}, or a tenth of --steps if that is less)",
    )
    add(
        "--resume",
        action="store_true",
        help="go on from the newest checkpoint of --out; with none there, start",
    )
    add_hardware_flags(add)
    add(
        "--compile",
        choices=("auto", "on", "off"),
        default="auto",
        help="torch.compile; auto: on CUDA (default: auto)",
    )
    add(
        "--kernels",
        choices=("fused", "manual"),
        default=None,
        help=f"PyTorch's fused functions, or the same arithmetic written out (default: {kernels})",
    )
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of the order of the data, and of a new model's weights (default: 0)",
    )


def add_hardware_flags(add, dtype: str = "auto") -> None:
    add(
        "--device",
        default="auto",
        help="cpu, cuda, cuda:1, mps; auto: CUDA where it is there, otherwise the CPU (default: auto)",
    )
    add(
        "--dtype",
        choices=("auto", "float32", "bfloat16"),
        default=dtype,
        help=f"type of the matrix products; auto: bfloat16 where the hardware is fast at it (default: {dtype})",
    )


def seed_problems(args) -> list[str]:
    return (
        [] if 0 <= args.seed <= LARGEST_SEED else ["--seed must be 0 or more, and less than 2^63"]
    )


def split_problems(args) -> list[str]:
    """What can be wrong with how a prepare script divides training from validation."""
    return (
        [] if 0 <= args.val_fraction < 1 else ["--val-fraction must be at least 0 and under 1"]
    ) + seed_problems(args)


def flag_values(args, *names):
    """("eval_every",) -> [("--eval-every", 250)]."""
    return [("--" + name.replace("_", "-"), getattr(args, name)) for name in names]


def settle_schedule(args, **every: int) -> list[str]:
    """Put the flags in place that depend on others (`every` has the defaults that add_training_flags had); return all that is wrong."""
    for name, default in every.items():
        if getattr(args, name) is None:
            setattr(args, name, min(default, max(1, args.steps // 10)))
    problems = [
        f"{flag} must be 0 or more"
        for flag, value in flag_values(args, "eval_every", "save_every", "keep", "sample_every")
        if value < 0
    ]
    problems += seed_problems(args)
    if args.min_lr is None:
        args.min_lr = args.max_lr / 10
    if not 0 < args.min_lr <= args.max_lr < math.inf:
        problems.append("--max-lr and --min-lr must be positive, and --min-lr not the larger")
    if args.warmup_steps is None:
        args.warmup_steps = (
            min(715, args.steps // 10) if (so_far := _warmup_so_far(args)) is None else so_far
        )
    if not 0 <= args.warmup_steps < max(1, args.steps):
        problems.append(f"--warmup-steps must be at least 0 and fewer than --steps ({args.steps})")
    try:
        args.lr_drop = [parse_lr_drop(text) for text in args.lr_drop]
    except ValueError:
        problems.append("--lr-drop takes STEP:FACTOR, such as 3000:0.5")
    return problems


def _warmup_so_far(args) -> int | None:
    """That of the run which --resume goes on with: the default depends on --steps, and those may grow."""
    try:
        warmup_steps = (
            read_json(Path(args.out) / "run.json")["settings"]["warmup_steps"]
            if args.resume
            else None
        )
        return warmup_steps if type(warmup_steps) is int else None
    except (OSError, ValueError, KeyError, TypeError):  # open_run will say what is wrong with it
        return None


def parse_lr_drop(text: str) -> tuple[int, float]:
    """ "3000:0.5" -> (3000, 0.5). Raises ValueError for anything else."""
    step, factor = text.split(":")
    if int(step) < 1 or not 0 < float(factor) < math.inf:
        raise ValueError(text)
    return int(step), float(factor)


def parse_pair(text: str, flag: str, example: str) -> tuple[str, float]:
    """Split NAME:NUMBER at its last colon: "data/nectar:0.3" -> ("data/nectar", 0.3).

    Raises ValueError naming the flag and the example if there is no name or no finite number.
    """
    name, _, number = text.rpartition(":")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise ValueError(f"{flag} takes NAME:NUMBER, such as {example}, not {text!r}")
    return name, value
