"""Check that lm_eval's log-likelihoods of given choices are ours, from the samples it logged.

    python -m benchmarks.log_likelihoods RUN SAMPLES.jsonl

SAMPLES.jsonl is what `lm_eval --log_samples --output_path FOLDER` writes for a multiple-choice
task. docs/use_it_elsewhere.md has the commands and their output.
"""

import argparse
import json
import sys

import torch

from model import GPT
from network.model_folder import load_model
from text.tokenizer import Tokenizer
from tools.command_line import run_script

LARGEST_DIFFERENCE = 1e-4


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="the run folder that lm_eval evaluated")
    parser.add_argument("samples", help="the samples_….jsonl that lm_eval logged")
    args = parser.parse_args(argv)
    run_script(parser, lambda: compare(args.run, args.samples), "stopped")


def compare(run: str, samples: str) -> None:
    """Print both log-likelihoods of each choice; exit with status 1 if they differ."""
    model, tokenizer = load_model(run)
    with open(samples, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    differences = []
    print("   lm_eval       ours  choice")
    for row in rows:
        for arguments, [[theirs, _]] in zip(row["arguments"].values(), row["resps"]):
            context, choice = arguments["arg_0"], arguments["arg_1"]
            ours = log_likelihood(model, tokenizer, context, choice)
            differences.append(abs(float(theirs) - ours))
            print(f"{float(theirs):10.4f} {ours:10.4f} {choice}")
    print(f"{len(differences)} choices, largest difference {max(differences):.1e}")
    if max(differences) > LARGEST_DIFFERENCE:
        sys.exit(1)


@torch.inference_mode()
def log_likelihood(model: GPT, tokenizer: Tokenizer, context: str, choice: str) -> float:
    """Σ log p of the choice's tokens, given the context, in nats."""
    ids = torch.tensor([tokenizer.encode(context + choice)])
    start = len(tokenizer.encode(context))
    log_probabilities = model.logits(model(ids)).double().log_softmax(-1)  # (1, time, vocab_size)
    predicted = log_probabilities[0, :-1].gather(1, ids[0, 1:, None])  # (time - 1, 1)
    return predicted[start - 1 :].sum().item()


if __name__ == "__main__":
    main()
