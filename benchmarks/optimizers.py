"""How many tokens each optimizer needs for the same loss: AdamW on all of its tokens, Muon on 7/12 of them (1/1.71), each with the
cosine schedule of its own length.

    python tokenizer_bpe.py train --input prose.jsonl --vocab-size 4096 --out data/optimizers/tokenizer
    python prepare_fineweb.py --source prose.jsonl --tokenizer data/optimizers/tokenizer --max-tokens 8_000_000 --out data/optimizers
    python -m benchmarks.optimizers --data data/optimizers

Of three peak rates the best on validation is kept, and run with two more seeds. An hour and a half on two cores; started again, it
goes on where it was.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

from training.loss_log import read_loss_log

BATCH_TOKENS = 16384
RATES = {"adamw": ("1e-3", "2e-3", "4e-3"), "muon": ("2e-3", "4e-3", "8e-3")}


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", required=True, metavar="FOLDER", help="token shards of prepare_fineweb.py"
    )
    parser.add_argument(
        "--out", default="runs/optimizers", metavar="FOLDER", help="(default: runs/optimizers)"
    )
    parser.add_argument(
        "--tokens", type=int, default=6_000_000, help="that AdamW reads (default: 6,000,000)"
    )
    args = parser.parse_args(argv)
    steps = {
        "adamw": round(args.tokens / BATCH_TOKENS),
        "muon": round(args.tokens * 7 / 12 / BATCH_TOKENS),
    }
    final = {}
    for optimizer, rates in RATES.items():
        losses = {
            rate: validation_loss(args, optimizer, rate, 0, steps[optimizer]) for rate in rates
        }
        best = min(losses, key=losses.get)
        final[optimizer] = [
            losses[best],
            *(validation_loss(args, optimizer, best, seed, steps[optimizer]) for seed in (1, 2)),
        ]
        print(f"{optimizer}, {steps[optimizer] * BATCH_TOKENS / 1e6:.2f} M tokens: " + ", ".join(f"{rate} {loss:.4f}" for rate, loss in losses.items())
              + f"; seeds of {best}: " + " ".join(f"{loss:.4f}" for loss in final[optimizer]), flush=True)  # fmt: skip
    pairs = " ".join(f"{muon - adamw:+.4f}" for adamw, muon in zip(*final.values()))
    print(
        f"Muon on 1 / {steps['adamw'] / steps['muon']:.2f} of the tokens, less AdamW, nats of validation loss by seed: {pairs}"
    )


def validation_loss(args, optimizer: str, rate: str, seed: int, steps: int) -> float:
    """The last of a run, which is made first where it is not there."""
    run = Path(args.out) / f"{optimizer}_{rate}_{seed}"
    command = [sys.executable, ROOT / "pretrain.py", "--data", args.data, "--out", run, "--size", "tiny", "--steps", str(steps), "--batch-tokens", str(BATCH_TOKENS),
               "--optimizer", optimizer, "--max-lr", rate, "--eval-every", "100", "--eval-tokens", "131072", "--save-every", "100", "--keep", "1", "--sample-every", "0", "--seed", str(seed), "--resume"]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [
        row.loss
        for row in read_loss_log(run / "loss.csv")
        if row.split == "val" and row.step == steps
    ][-1]


if __name__ == "__main__":
    main()
