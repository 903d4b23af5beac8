"""Ask several models the same questions, and compare their answers with numbers.

    python compare.py runs/pretrained runs/general runs/baseball               # baseball and general questions, to runs/comparison
    python compare.py runs/baseball runs/baseball_replay --out runs/replay     # what replay gave, and what it cost
    python compare.py runs/general gpt2_folder --questions mine.jsonl          # any Hugging Face GPT-2 folder, any questions

Every model is asked with its own tokenizer and answers greedily. Of each question set and each of its topics are reported

- accuracy: the share of the questions whose answer is right; answers.py says what right is;
- bits per byte: the loss on the reference answer and its <|endoftext|>, Σ −log2 p(token), divided by the answer's UTF-8 bytes, so
  that models with different tokenizers compare. It tells apart what accuracy cannot: models that are all wrong;
- who wins: for each pair of models, who is right where the other is wrong, or else who has fewer bits;

each with a 95% interval from a paired bootstrap over the questions: the percentiles of 10,000 resamples, each the same for all models
(Efron & Tibshirani 1993, chapter 13). Writes report.md, report.json and comparison.png: the same ones byte for byte from the same
inputs on the same machine, which is why float32 is the default. A set of many topics has them in the reports alone, not on the screen
and in the picture.
"""

import argparse
from itertools import accumulate
from pathlib import Path

from evaluation.picture import draw
from evaluation.report import as_markdown, as_screen, notes, report_set
from evaluation.scores import ask, display_names, read_sets
from tools.command_line import add_hardware_flags, flag_values, printable, run_script, seed_problems


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="compare.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="run folders, checkpoints, or other GPT-2 folders")
    add(
        "--questions",
        nargs="+",
        default=["questions/baseball.jsonl", "questions/general.jsonl"],
        metavar="FILE",
        help="question sets, named by their files (default: questions/baseball.jsonl questions/general.jsonl)",
    )
    add(
        "--out",
        default="runs/comparison",
        metavar="FOLDER",
        help="where the reports and the picture go (default: runs/comparison)",
    )
    add(
        "--max-new-tokens",
        type=int,
        default=48,
        metavar="N",
        help="longest answer, in tokens (default: 48)",
    )
    add(
        "--batch-size",
        type=int,
        default=64,
        metavar="N",
        help="questions asked at a time; changes speed and memory only (default: 64)",
    )
    add(
        "--resamples",
        type=int,
        default=10000,
        metavar="N",
        help="of the questions, for the intervals (default: 10000)",
    )
    add("--seed", type=int, default=0, help="of the resamples (default: 0)")
    add_hardware_flags(add, dtype="float32")
    args = parser.parse_args(argv)
    run_script(parser, lambda: compare(args), "stopped; no report was written")


def compare(args) -> None:
    check(args)
    sets = read_sets(args.questions)
    names = display_names(args.runs)
    import json

    from tqdm import tqdm

    from network.hardware import choose_hardware
    from tools.files import claim_folder, replace_file

    hardware = choose_hardware(args.device, args.dtype, "off")
    out = Path(args.out)
    claim_folder(out)
    questions = sum(sets.values(), [])
    with tqdm(
        total=len(questions) * len(names), unit=" answers", disable=None, dynamic_ncols=True
    ) as bar:
        results = [
            ask(run, questions, hardware, args.max_new_tokens, args.batch_size, bar)
            for run in args.runs
        ]
    report = {
        "settings": {
            "device": hardware.describe(),
            **{
                name: getattr(args, name)
                for name in ("questions", "max_new_tokens", "batch_size", "resamples", "seed")
            },
        }
    }
    report["models"] = [
        {"name": name, "run": run, **result.about}
        for name, run, result in zip(names, args.runs, results)
    ]
    starts = accumulate(
        map(len, sets.values()), initial=0
    )  # where each set begins among all the questions
    report["sets"] = [
        report_set(name, asked, names, results, start, args.resamples, args.seed)
        for (name, asked), start in zip(sets.items(), starts)
    ]
    report["notes"] = notes(report)
    replace_file(out / "comparison.png", draw(report))
    replace_file(out / "report.md", as_markdown(report))
    replace_file(out / "report.json", json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(
        f"all answers are in {out / 'report.md'}; the numbers in report.json, a picture in comparison.png\n"
    )
    print(printable(as_screen(report)), end="")


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings and the runs."""
    problems = [
        f"{flag} must be 1 or more"
        for flag, value in flag_values(args, "max_new_tokens", "batch_size", "resamples")
        if value < 1
    ]
    problems += seed_problems(args)
    problems += [
        f"{run} holds no model (config.json is missing); train one with pretrain.py or finetune.py --out {run}"
        for run in args.runs
        if not (Path(run) / "config.json").is_file()
    ]
    folders = [Path(run).resolve() for run in args.runs]
    problems += [
        f"{run} is given twice"
        for number, run in enumerate(args.runs)
        if folders[number] in folders[:number]
    ]
    if problems:
        raise ValueError("; ".join(problems))


if __name__ == "__main__":
    main()
