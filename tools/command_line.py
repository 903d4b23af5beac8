"""Command lines: flags that several scripts share, checks of their values, how a script ends."""

import argparse
import errno
import math
import os
import re
import sys
from collections.abc import Callable
from typing import Any

from tools.memory import is_out_of_memory, let_gpu_memory_grow, memory_sentence
from tools.messages import describe_error

# Control characters except tab and newline, and characters that change the writing direction.
CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
LARGEST_SEED = 2**63 - 1  # PyTorch's limit

EXIT_USAGE = 2  # argparse's status for a wrong command line
EXIT_INTERRUPTED = 130  # 128 + SIGINT
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE


def run_script(parser: argparse.ArgumentParser, work: Callable[[], object], stopped: str) -> None:
    """Call `work()`; if it fails, end the script with a sentence instead of a traceback.

    The exit status is 2 for errors that the user can fix (ValueError, OSError, too little
    memory), 130 after Ctrl-C, with the sentence `stopped`, and 141 if the reader of the output has
    closed the pipe. Any other exception is a bug and keeps its traceback. `work` should import
    PyTorch, if it needs it: settings that PyTorch reads when it is imported are made here.
    """
    let_gpu_memory_grow()
    _prepare_streams()
    try:
        work()
    except KeyboardInterrupt:
        parser.exit(EXIT_INTERRUPTED, f"\n{parser.prog}: {stopped}\n")
    except Exception as problem:
        if is_broken_pipe(problem):
            # Python flushes standard output on exit. It must not write to the closed pipe again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(EXIT_BROKEN_PIPE)
        if is_out_of_memory(problem):
            sentence = memory_sentence(problem, parser.format_help())
        elif isinstance(problem, (ValueError, OSError)):
            sentence = describe_error(problem)
        else:
            raise
        parser.exit(EXIT_USAGE, f"{parser.prog}: {printable(sentence)}\n")


def _prepare_streams() -> None:
    """Make printing safe: a character that the terminal lacks, or a closed stream, is no error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell, with >&-, or started without a console
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open to the end
            setattr(sys, name, nowhere)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def is_broken_pipe(problem: Exception) -> bool:
    """Whether the reader of the output has closed the pipe, which Windows calls EINVAL."""
    if not isinstance(problem, OSError):
        return False
    on_windows = hasattr(problem, "winerror") and problem.filename is None
    return isinstance(problem, BrokenPipeError) or (on_windows and problem.errno == errno.EINVAL)


def printable(text: str) -> str:
    """Make text safe to print, whatever file or model it came from.

    Control characters, which could move the cursor or change the terminal's settings, are replaced.
    """
    return CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def add_hardware_flags(add: Callable[..., object], dtype: str = "auto") -> None:
    """Add --device and --dtype. `add` is the `add_argument` method of a parser."""
    add(
        "--device",
        default="auto",
        help="cpu, cuda, cuda:1, mps; auto: CUDA if available, otherwise the CPU (default: auto)",
    )
    add(
        "--dtype",
        choices=("auto", "float32", "bfloat16"),
        default=dtype,
        help="number type of the matrix products; auto: bfloat16 if the hardware computes it fast "
        f"(default: {dtype})",
    )


def add_sampling_flags(
    add: Callable[..., object],
    temperature: float = 0.7,
    top_p: float = 0.95,
    repetition_penalty: float = 1.1,
) -> None:
    """Add the flags that say how a model chooses its tokens; the defaults here are for a chat.

    `add` is the `add_argument` method of a parser.
    """
    add(
        "--temperature",
        type=float,
        default=temperature,
        metavar="F",
        help="0: always the likeliest token; higher values are more random "
        f"(default: {temperature:g})",
    )
    add(
        "--top-k",
        type=int,
        default=50,
        metavar="N",
        help="choose among the N likeliest tokens; 0: among all (default: 50)",
    )
    add(
        "--top-p",
        type=float,
        default=top_p,
        metavar="F",
        help="choose among the likeliest tokens whose probabilities sum to this; 1: among all "
        f"(default: {top_p:g})",
    )
    add(
        "--repetition-penalty",
        type=float,
        default=repetition_penalty,
        metavar="F",
        help="above 1: tokens that the model has already written become less likely "
        f"(default: {repetition_penalty:g})",
    )


def add_answer_flags(add: Callable[..., object]) -> None:
    """Add the flags that say how a chat's answers are chosen: sampling, length and seed.

    `add` is the `add_argument` method of a parser, or takes the same arguments.
    """
    add_sampling_flags(add)
    add(
        "--max-new-tokens",
        type=int,
        default=256,
        metavar="N",
        help="longest answer, in tokens; at most half the model's context (default: 256)",
    )
    add("--seed", type=int, default=0, metavar="N", help="seed of the random choices (default: 0)")


# ---- Checks of parsed arguments, or of a settings dataclass with the same names ----


def seed_problems(settings: Any) -> list[str]:
    """What is wrong with --seed: a list of one sentence, or an empty list."""
    if 0 <= settings.seed <= LARGEST_SEED:
        return []
    return ["--seed must be 0 or more, and less than 2^63"]


def split_problems(settings: Any) -> list[str]:
    """What is wrong with --val-fraction and --seed, the flags that choose validation data."""
    problems = seed_problems(settings)
    if not 0 <= settings.val_fraction < 1:
        problems.insert(0, "--val-fraction must be at least 0 and less than 1")
    return problems


def flag_values(settings: Any, *names: str) -> list[tuple[str, Any]]:
    """The flags and values of some settings: "eval_every" -> [("--eval-every", 250)]."""
    return [("--" + name.replace("_", "-"), getattr(settings, name)) for name in names]


def parse_pair(text: str, form: str) -> tuple[str, float]:
    """Split NAME:NUMBER at its last colon: "data/nectar:0.3" -> ("data/nectar", 0.3).

    Raises ValueError if there is no name or no finite number. The message begins with `form`, which
    says what the flag takes: "--replay takes FOLDER:FRACTION, such as data/nectar:0.3".
    """
    name, _, number = text.rpartition(":")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise ValueError(f"{form}, not {text!r}")
    return name, value
