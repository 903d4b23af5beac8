"""The scripts' command lines: the flags that several share, what can be wrong with them, and how a script ends when something is."""

import errno
import math
import os
import re
import sys

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


def parse_pair(text: str, form: str) -> tuple[str, float]:
    """Split NAME:NUMBER at its last colon: "data/nectar:0.3" -> ("data/nectar", 0.3).

    `form` says what the flag takes: "--replay takes FOLDER:FRACTION, such as data/nectar:0.3".
    Raises ValueError with it if there is no name or no finite number.
    """
    name, _, number = text.rpartition(":")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise ValueError(f"{form}, not {text!r}")
    return name, value
