"""Complete a text with any model: what a base model can do before it is tuned to answer.

    python generate.py "The history of baseball began"            # with runs/pretrained
    python generate.py "Babe Ruth" "Ty Cobb" --samples 3          # three texts for each prompt
    python generate.py --model runs/pretrained/checkpoints/step_0003000 "The" --temperature 0
    python generate.py --file story.txt --max-new-tokens 500      # a file is one prompt
    echo "Once upon a time" | python generate.py > story.txt      # and so is standard input
    python generate.py "" --seed 7                                # a new document

The text that is printed is the prompt and what the model adds to it; --no-prompt leaves the prompt
out. It ends where the model ends its document (<|endoftext|>), after --max-new-tokens, or when the
context is full. If a prompt fills the context, the model reads only its last part. The newline at
the end of a file or of piped input is not part of the prompt. Sample number n uses
--seed + n - 1; the same seed gives the same text, alone or among others. Texts go to standard
output, with an empty line between them, and everything else to standard error.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tools.command_line import (
    add_hardware_flags,
    add_sampling_flags,
    printable,
    run_script,
    seed_problems,
)
from tools.text_files import decode_text, read_text

if TYPE_CHECKING:
    from network.completion import Prompt


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and complete the prompts."""
    parser = argparse.ArgumentParser(
        prog="generate.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser.add_argument)
    args = parser.parse_intermixed_args(argv)  # flags may stand between prompts
    run_script(parser, lambda: run(args), "stopped")


def add_flags(add: Callable[..., object]) -> None:
    """Add all flags. `add` is the `add_argument` method of a parser."""
    add("prompts", nargs="*", metavar="PROMPT", help='a text to complete; "" begins a document')
    add(
        "--model",
        default="runs/pretrained",
        metavar="RUN",
        help="a run folder, a checkpoint in one, or a GPT-2 folder (default: runs/pretrained)",
    )
    add(
        "--file",
        action="append",
        default=[],
        metavar="FILE",
        help="a text file that is one prompt; may be given several times",
    )
    add("--samples", type=int, default=1, metavar="N", help="texts for each prompt (default: 1)")
    add(
        "--max-new-tokens",
        type=int,
        default=200,
        metavar="N",
        help="longest completion, in tokens; at most what the context leaves (default: 200)",
    )
    # These are the defaults of network.sampling.Sampling, with which pretrain.py writes its
    # samples, so that both show the same. A chat is less random and has a penalty against loops;
    # here they would hide what the model has learned.
    add_sampling_flags(add, temperature=0.8, top_p=1, repetition_penalty=1)
    add("--seed", type=int, default=0, metavar="N", help="seed of the first sample (default: 0)")
    add("--no-prompt", action="store_true", help="print only what the model adds")
    add_hardware_flags(add)


def run(args: argparse.Namespace) -> None:
    """Complete all prompts. Raises ValueError or OSError if a prompt, flag or model is unusable."""
    texts = [*args.prompts, *map(read_file, args.file)] or [read_standard_input()]
    if sys.stderr.isatty():
        remark(f"Loading {args.model} …")  # importing torch takes a while

    from network.chat_session import load_assistant
    from network.completion import complete, fit_prompt
    from network.hardware import choose_hardware
    from network.sampling import sampling_of

    sampling = sampling_of(args, flag_problems(args))
    assistant = load_assistant(args.model, choose_hardware(args.device, args.dtype, "off"))
    remark(assistant.describe())
    prompts = [fit_prompt(text, assistant, args.max_new_tokens) for text in texts]
    announce_limits(prompts, args)
    is_first = True
    for number, (text, prompt) in enumerate(zip(texts, prompts), start=1):
        for seed in range(args.seed, args.seed + args.samples):
            if not is_first:
                print(flush=True)
            is_first = False
            if len(texts) * args.samples > 1:
                which = f"prompt {number} of {len(texts)}, " if len(texts) > 1 else ""
                remark(f"({which}seed {seed})")
            show("" if args.no_prompt else text, complete(assistant, prompt, sampling, seed))


def announce_limits(prompts: "list[Prompt]", args: argparse.Namespace) -> None:
    """Print a remark if the context cuts a prompt or a completion, or all samples will be equal."""
    for number, prompt in enumerate(prompts, start=1):
        limits = prompt.describe_limits(args.max_new_tokens)
        if limits:
            remark(limits if len(prompts) == 1 else f"Prompt {number}: {limits}")
    if args.temperature == 0 and args.samples > 1:
        remark("At --temperature 0 all samples of a prompt are the same.")


def flag_problems(args: argparse.Namespace) -> list[str]:
    """What is wrong with the flags, apart from those of the sampling."""
    problems = []
    if args.samples < 1:
        problems.append("--samples must be 1 or more")
    if args.max_new_tokens < 1:
        problems.append("--max-new-tokens must be 1 or more")
    return problems + seed_problems(args)


# ---- Prompts ----


def read_file(path: str) -> str:
    """The text of a file as a prompt. Raises ValueError or OSError if it is not readable text."""
    return without_last_newline(read_text(path))


def read_standard_input() -> str:
    """The text of a pipe or a redirected file as a prompt.

    Raises ValueError if it is not text, or if standard input is a terminal: there is no prompt.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise ValueError('there is no prompt; give one, such as: python generate.py "Babe Ruth"')
    text = decode_text(sys.stdin.buffer.read(), "standard input")
    return without_last_newline(text.replace("\r\n", "\n"))


def without_last_newline(text: str) -> str:
    """The text without the newline that programs put at its end.

    After it the model would begin a new line instead of completing the last one.
    """
    return text.removesuffix("\n")


# ---- Output ----


def remark(text: str) -> None:
    """Print a message from the program."""
    print(printable(text), file=sys.stderr, flush=True)


def show(prompt: str, pieces: Iterable[str]) -> None:
    """Print a prompt and, token by token, its completion."""
    print(printable(prompt), end="", flush=True)
    is_empty = True
    try:
        for piece in pieces:
            print(printable(piece), end="", flush=True)
            is_empty = is_empty and not piece
    finally:
        print(flush=True)
    if is_empty:
        remark("(the model adds nothing: it ends the document here)")


if __name__ == "__main__":
    main()
