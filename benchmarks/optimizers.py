"""How many tokens each optimizer needs for the same loss.

    python tokenizer_bpe.py train --input prose.jsonl --vocab-size 4096 \\
        --out data/optimizers/tokenizer
    python prepare_fineweb.py --source prose.jsonl --tokenizer data/optimizers/tokenizer \\
        --max-tokens 8_000_000 --out data/optimizers
    python -m benchmarks.optimizers --data data/optimizers

AdamW reads all of its tokens, Muon 7/12 of them (1/1.71), each with the cosine schedule of its own
length. The best of three peak rates by validation loss is repeated with two more seeds. It takes an
hour and a half on two cores; after an interruption the same command resumes.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from training.loss_log import read_loss_log

ROOT = Path(__file__).resolve().parents[1]
BATCH_TOKENS = 16384
RATES = {"adamw": ("1e-3", "2e-3", "4e-3"), "muon": ("2e-3", "4e-3", "8e-3")}
MUON_SHARE = 7 / 12  # of AdamW's tokens
MORE_SEEDS = (1, 2)
FLAGS = [
    *("--size", "tiny", "--batch-tokens", BATCH_TOKENS),
    *("--eval-every", 100, "--eval-tokens", 131072),
    *("--save-every", 100, "--keep", 1, "--sample-every", 0, "--resume"),
]


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", required=True, metavar="FOLDER", help="token shards, from prepare_fineweb.py")
    add(
        "--out",
        type=Path,
        default=Path("runs/optimizers"),
        metavar="FOLDER",
        help="(default: runs/optimizers)",
    )
    add("--tokens", type=int, default=6_000_000, help="that AdamW reads (default: 6,000,000)")
    args = parser.parse_args(argv)
    adamw_steps = round(args.tokens / BATCH_TOKENS)
    muon_steps = round(args.tokens * MUON_SHARE / BATCH_TOKENS)
    adamw = losses_by_seed(args.data, args.out, "adamw", adamw_steps)
    muon = losses_by_seed(args.data, args.out, "muon", muon_steps)
    differences = " ".join(f"{ours - theirs:+.4f}" for ours, theirs in zip(muon, adamw))
    print(
        f"Muon on 1 / {adamw_steps / muon_steps:.2f} of the tokens, less AdamW, "
        f"nats of validation loss by seed: {differences}"
    )


def losses_by_seed(data: str, out: Path, optimizer: str, steps: int) -> list[float]:
    """The validation losses at the best rate, for each seed; prints those of all rates too."""
    by_rate = {
        rate: validation_loss(data, out, optimizer, rate, 0, steps) for rate in RATES[optimizer]
    }
    best = min(by_rate, key=by_rate.__getitem__)
    repeated = [validation_loss(data, out, optimizer, best, seed, steps) for seed in MORE_SEEDS]
    losses = [by_rate[best], *repeated]
    rates = ", ".join(f"{rate} {loss:.4f}" for rate, loss in by_rate.items())
    seeds = " ".join(f"{loss:.4f}" for loss in losses)
    title = f"{optimizer}, {steps * BATCH_TOKENS / 1e6:.2f} M tokens"
    print(f"{title}: {rates}; seeds of {best}: {seeds}", flush=True)
    return losses


def validation_loss(
    data: str, out: Path, optimizer: str, rate: str, seed: int, steps: int
) -> float:
    """The validation loss at the end of a run, which is made first or continued if need be."""
    run = out / f"{optimizer}_{rate}_{seed}"
    arguments = [
        *("--data", data, "--out", run, "--steps", steps),
        *("--optimizer", optimizer, "--max-lr", rate, "--seed", seed),
        *FLAGS,
    ]
    command = [sys.executable, str(ROOT / "pretrain.py"), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows = read_loss_log(run / "loss.csv")
    return [row.loss for row in rows if row.split == "val" and row.step == steps][-1]


if __name__ == "__main__":
    main()
