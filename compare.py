"""Ask several models the same questions, and compare their scores.

Baseball questions, general ones and a quiz, to runs/comparison:

    python compare.py runs/pretrained runs/general runs/baseball

What replay gained and what it cost:

    python compare.py runs/baseball runs/baseball_replay --out runs/replay

Any Hugging Face GPT-2 folder, any questions:

    python compare.py runs/general gpt2_folder --questions mine.jsonl

The same questions as the second and third of a conversation, and as people type them:

    python compare.py runs/baseball --turns 1 2 3 --typing lower keywords letter thanks

Every model uses its own tokenizer and answers greedily. For each question set and each of its
topics the report gives

- accuracy: the share of questions with a right answer, as evaluation/answers.py judges it;
- bits per byte: the loss on the reference answer and its <|endoftext|>, the sum of -log2 p(token),
  divided by the bytes of the answer in UTF-8, so that models with different tokenizers can be
  compared. It also separates models that answer everything wrong;
- multiple choice, if questions have choices (evaluation/answers.py says how): how often the right
  one has the fewest bits per byte as the model's answer, beside chance, the mean of 1 / choices;
- wins: if one of two models is right and the other wrong, the right one wins the question;
  otherwise the one with fewer bits wins.

--turns and --typing ask every question once more for each turn and way of typing. For each, the
report has the accuracy, and the share that it is of the normal accuracy (as written, at turn 1);
for each turn, also how often an answer contains something that belongs to an earlier question. At
turn t, the question comes after t - 1 others of the same files, about other facts and drawn with
--seed, each with the model's own answer.

Each number has a 95% interval from a paired bootstrap over the questions: the percentiles of
10,000 resamples that all models share (Efron & Tibshirani 1993, chapter 13).

Writes report.md, report.html (a page with filters for the answers), report.json and comparison.png.
The same inputs give the same bytes on the same machine; that is why float32 is the default. The
screen and the picture leave out the topics of a set that has more than 24, or more than 8 if all
sets together have more than 48; the reports list them all.
"""

import argparse
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.answers import Question, read_question_sets
from text.careless import WAYS
from tools.command_line import (
    add_hardware_flags,
    flag_values,
    printable,
    run_script,
    seed_problems,
)
from tools.messages import check_problems, missing

if TYPE_CHECKING:
    from evaluation.report import Settings
    from evaluation.scores import ModelScores
    from network.hardware import Hardware

    ScoreOthers = Callable[[list[Question], Hardware, Settings], list[ModelScores]]

DEFAULT_QUESTIONS = [f"questions/{name}.jsonl" for name in ("baseball", "general", "quiz")]


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and compare the models."""
    parser = argparse.ArgumentParser(
        prog="compare.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_flags(parser.add_argument, out="runs/comparison")
    add_variation_flags(parser.add_argument)
    args = parser.parse_args(argv)
    run_script(parser, lambda: compare(args), "stopped; no report was written")


def add_flags(add: Callable[..., object], out: str, runs: str = "+") -> None:
    """Add the flags that benchmarks/peers.py has, too; `add` is a parser's `add_argument`.

    `runs` says how many folders are needed: "+" at least one, "*" none.
    """
    add("runs", nargs=runs, metavar="RUN", help="run folders, checkpoints, or GPT-2 folders")
    add(
        "--questions",
        nargs="+",
        default=DEFAULT_QUESTIONS,
        metavar="FILE",
        help=f"question sets, named after their files (default: {' '.join(DEFAULT_QUESTIONS)})",
    )
    out_help = f"folder for the reports and the picture (default: {out})"
    add("--out", default=out, metavar="FOLDER", help=out_help)
    length_help = "longest answer, in tokens (default: 48)"
    add("--max-new-tokens", type=int, default=48, metavar="N", help=length_help)
    batch_help = "questions in a batch; changes only speed and memory (default: 64)"
    add("--batch-size", type=int, default=64, metavar="N", help=batch_help)
    resamples_help = "number of bootstrap resamples, for the intervals (default: 10000)"
    add("--resamples", type=int, default=10000, metavar="N", help=resamples_help)
    seed_help = "seed of everything random (default: 0)"
    add("--seed", type=int, default=0, help=seed_help)
    add_hardware_flags(add, dtype="float32")


def add_variation_flags(add: Callable[..., object]) -> None:
    """Add the flags that ask the same questions in other ways."""
    turns_help = "ask the questions at these turns of conversations; turn 1 always (default: 1)"
    add("--turns", type=int, nargs="+", default=[1], metavar="N", help=turns_help)
    typing_help = "ask the questions in these ways of careless typing too (default: none)"
    add("--typing", nargs="+", choices=WAYS, default=[], metavar="WAY", help=typing_help)


def compare(args: argparse.Namespace, score_others: "ScoreOthers | None" = None) -> None:
    """Ask every model all the questions; write the report and print its most important parts.

    `score_others` gives the scores of models besides the runs. It is called before these are asked,
    and its models come last in the report.
    """
    check(args)
    question_sets = read_question_sets(args.questions)
    questions = list(chain.from_iterable(question_sets.values()))
    if max(args.turns) > len(questions):
        raise ValueError(
            f"--turns {max(args.turns)} needs as many questions, but there are {len(questions)}"
        )

    from evaluation.report import Settings, display_names
    from evaluation.report_files import write_reports
    from evaluation.scores import score_models
    from evaluation.screen import screen_text
    from evaluation.summary import make_report
    from network.hardware import choose_hardware
    from tools.files import claim_folder

    hardware = choose_hardware(args.device, args.dtype, "off")
    out = Path(args.out)
    claim_folder(out)
    settings = Settings(
        device=hardware.describe(),
        questions=tuple(args.questions),
        max_new_tokens=args.max_new_tokens,
        batch_size=args.batch_size,
        resamples=args.resamples,
        seed=args.seed,
        turns=tuple(sorted({1, *args.turns})),
        typing=tuple(dict.fromkeys(args.typing)),
    )
    runs = dict(zip(display_names(args.runs), args.runs))
    others = score_others(questions, hardware, settings) if score_others else []
    scores = [*score_models(runs, questions, hardware, settings), *others]
    report = make_report(settings, question_sets, scores)
    write_reports(out, report)
    print(
        f"all answers are in {out / 'report.md'}, and in report.html to filter them in a browser;"
        " the numbers are in report.json, and a chart of them in comparison.png\n"
    )
    print(printable(screen_text(report)), end="")


def check(args: argparse.Namespace) -> None:
    """Raise ValueError with everything that is wrong with the settings and the run folders."""
    problems = [
        f"{flag} must be 1 or more"
        for flag, value in flag_values(args, "max_new_tokens", "batch_size", "resamples")
        if value < 1
    ]
    problems += seed_problems(args)
    if min(args.turns) < 1:
        problems.append("--turns counts from 1, the first question of a conversation")
    for run in args.runs:
        if not (Path(run) / "config.json").is_file():
            remedy = f"train one with pretrain.py or finetune.py --out {run}"
            problems.append(str(missing(run, "holds no model (config.json is missing)", remedy)))
    folders = [Path(run).resolve() for run in args.runs]
    for number, run in enumerate(args.runs):
        if folders[number] in folders[:number]:
            problems.append(f"{run} is given twice")
    check_problems(problems)


if __name__ == "__main__":
    main()
