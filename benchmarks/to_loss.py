"""How many tokens, and how much time, pretrain.py takes to a loss that nanoGPT ends with.

    python tokenizer_bpe.py train --input prose.jsonl --vocab-size 4096 --out data/to_loss/tokenizer
    python prepare_fineweb.py --source prose.jsonl --tokenizer data/to_loss/tokenizer \\
        --max-tokens 8_000_000 --out data/to_loss
    python -m benchmarks.to_loss --data data/to_loss --nanogpt ../nanoGPT
    python -m benchmarks.to_loss --data data/to_loss --nanogpt ../nanoGPT -- --schedule linear

The *baseline* is nanoGPT as it ships (benchmarks/nanogpt.py says what of it), on --tokens tokens.
Without --nanogpt it is pretrain.py with AdamW as nanoGPT has it: the same betas, weight decay,
clipping and initial weights, a cosine to a tenth; but with biases, with our windows, and as fast as
pretrain.py is. With the first seed it is run at every rate of --rates; later seeds have the rate
with the lowest last validation loss.

*Ours* is pretrain.py with its defaults, except for the flags after `--`. It trains on a growing
share of the tokens, each time with a schedule of that length, until its loss on the same validation
tokens is at most the baseline's last one. With --our-rates its rate is chosen, too: each share is
run at all of them with the first seed; later seeds have the best one of the share that reached the
loss, or else of the largest.

All runs come one after the other, with as many threads as OMP_NUM_THREADS says. The clock counts
training alone, not compiling, validation or saving. The curves go to OUT/to_loss.png and to the
loss.csv of each run in OUT. After an interruption the same command resumes.
"""

import argparse
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median

from benchmarks.to_loss_picture import draw_curves
from pretrain import BATCH_TOKENS, SIZES
from text.corpus import open_corpus
from tools.command_line import run_script
from tools.files import replace_file
from tools.messages import check_problems
from training.divergence import NOT_APPLIED
from training.loss_log import Row, read_loss_log
from training.run_json import find_hardware, read_run_json

ROOT = Path(__file__).resolve().parents[1]
TOKENS = {"tiny": 6_000_000, "mini": 12_000_000}  # of the baseline
EVALUATIONS = 20  # in each run
EVAL_TOKENS = 1 << 17
RATES = ["1e-3", "1.4e-3", "2e-3", "2.8e-3", "4e-3"]
DEFAULT_RATE = "default"  # pretrain.py's own, in place of a number
SHARES = ["1/8", "1/6", "1/5", "1/4", "1/3", "2/5", "1/2", "1"]
ADAMW = ("--optimizer", "adamw", "--schedule", "cosine")
SET_HERE = {  # flags of pretrain.py that this script sets for every run, by its own flags
    "--batch-tokens": "--our-batch-tokens",
    "--max-lr": "--our-rates",
    "--steps": "--tokens and --shares",
    "--seed": "--seeds",
    "--size": "--size before the --",
    "--data": "--data before the --",
    "--out": "--out before the --",
}
OUR_RUNS = ("--keep", 1, "--sample-every", 0, "--on-divergence", "ignore", "--resume")


@dataclass(frozen=True)
class Recipe:
    """A way to train: pretrain.py with these flags, or nanoGPT."""

    name: str
    batch_tokens: int
    flags: tuple[str, ...] = ()
    nanogpt: Path | None = None

    def steps_for(self, tokens: float) -> int:
        """As many steps as read about so many tokens, but at least one."""
        return max(1, round(tokens / self.batch_tokens))

    @property
    def words(self) -> str:
        """The name and the flags, for the name of a folder."""
        flags = [flag.lstrip("-").replace("/", "-") for flag in self.flags]
        return "_".join([self.name, *flags])

    @property
    def title(self) -> str:
        """The name, and the flags as they are typed."""
        return " ".join([self.name, *self.flags])


@dataclass(frozen=True)
class Trained:
    """A run that has ended, and its validation losses."""

    folder: Path
    steps: int
    rate: str
    curve: list[Row]

    @property
    def loss(self) -> float:
        """The last one, in nats; infinite if the run diverged."""
        last = self.curve[-1]
        is_whole = last.step == self.steps and math.isfinite(last.loss)
        return last.loss if is_whole else math.inf

    def first_at(self, loss: float) -> Row | None:
        """The first validation after a step at which the loss is this or lower."""
        return next((row for row in self.curve if row.step > 0 and row.loss <= loss), None)


@dataclass(frozen=True)
class Seed:
    """What came of a seed: the baseline, our run, and where it reached the baseline's last loss."""

    number: int
    baseline: Trained
    ours: Trained
    reached: Row | None

    def gains(self) -> tuple[float, float] | None:
        """The baseline's tokens and seconds divided by ours; None if it was never reached."""
        if self.reached is None:
            return None
        last = self.baseline.curve[-1]
        seconds = max(self.reached.seconds, 0.01)  # what the log rounds to
        return last.tokens / self.reached.tokens, last.seconds / seconds


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and compare both recipes."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.to_loss",
        usage="%(prog)s [flags] [-- flags of pretrain.py, for ours alone]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser.add_argument)
    words = sys.argv[1:] if argv is None else list(argv)
    end = words.index("--") if "--" in words else len(words)
    args = parser.parse_args(words[:end])
    flags = tuple(words[end + 1 :])
    run_script(parser, lambda: compare(args, flags), "stopped; the same command resumes")


def add_flags(add: Callable) -> None:
    """Add all flags with `add`, the `add_argument` of a parser."""
    add("--data", required=True, metavar="FOLDER", help="token shards, from prepare_fineweb.py")
    add("--nanogpt", type=Path, metavar="FOLDER", help="a clone of github.com/karpathy/nanoGPT")
    add("--size", choices=TOKENS, default="tiny", help="of the model (default: tiny)")
    tokens_help = "that the baseline reads (default: 6,000,000 for tiny, 12,000,000 for mini)"
    add("--tokens", type=int, metavar="N", help=tokens_help)
    batch_help = (
        "tokens per step of the baseline (default: 16384, as in nanoGPT's config for small models)"
    )
    add("--batch-tokens", type=int, default=16384, metavar="N", help=batch_help)
    our_batch_help = "tokens per step of ours (default: that of pretrain.py for the size)"
    add("--our-batch-tokens", type=int, metavar="N", help=our_batch_help)
    rates_help = f"the baseline's peak learning rates (default: {' '.join(RATES)})"
    add("--rates", nargs="+", default=RATES, metavar="F", help=rates_help)
    our_rates_help = "peak learning rates of ours (default: that of pretrain.py)"
    add("--our-rates", nargs="+", default=[DEFAULT_RATE], metavar="F", help=our_rates_help)
    shares_help = f"shares of the tokens that ours may take (default: {' '.join(SHARES)})"
    add("--shares", nargs="+", default=SHARES, metavar="F", help=shares_help)
    seeds_help = "the first one chooses the rates (default: 0 1 2)"
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="N", help=seeds_help)
    out_help = "of the runs and the picture (default: runs/to_loss)"
    add("--out", type=Path, default=Path("runs/to_loss"), metavar="FOLDER", help=out_help)


def compare(args: argparse.Namespace, flags: tuple[str, ...]) -> None:
    """Make all runs, print what came of them, and draw their curves. `flags` are for ours."""
    names = [flag.partition("=")[0] for flag in flags]
    check_problems(
        [f"{name} is set for every run: use {SET_HERE[name]}" for name in names if name in SET_HERE]
    )
    shares = sorted(map(read_share, args.shares))
    tokens = args.tokens or TOKENS[args.size]
    baseline = Recipe("AdamW", args.batch_tokens, ADAMW)
    if args.nanogpt:
        baseline = Recipe("nanoGPT", args.batch_tokens, nanogpt=args.nanogpt)
    ours = Recipe("ours", args.our_batch_tokens or BATCH_TOKENS[args.size], flags)
    runs = Runs(args)
    seeds: list[Seed] = []
    rates, our_rates = args.rates, args.our_rates
    for number in args.seeds:
        theirs = runs.best(baseline, tokens, rates, number)
        if theirs.loss == math.inf:
            tried = ", ".join(rates)
            raise ValueError(
                f"{baseline.name}: seed {number} diverged at rate {tried}; give lower --rates"
            )
        found = runs.shortest(ours, tokens, shares, our_rates, number, theirs.loss)
        seeds.append(Seed(number, theirs, *found))
        rates, our_rates = [theirs.rate], [found[0].rate]
    print()
    report(baseline, ours, seeds)
    curves = [(baseline.name, seed.baseline.curve) for seed in seeds]
    curves += [(ours.title, seed.ours.curve) for seed in seeds]
    replace_file(args.out / "to_loss.png", draw_curves(curves, seeds[0].baseline.loss))
    print(f"\nwrote {args.out / 'to_loss.png'}")


def read_share(text: str) -> Fraction:
    """Read "1/3" or "0.4". Raises ValueError unless it is over 0 and at most 1."""
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise ValueError(f"--shares takes shares up to 1, such as 1/3 or 0.4, not {text!r}")
    return share


# ---- the runs ----


class Runs:
    """Makes runs with the same data, size and validation, or reads those made before."""

    def __init__(self, args: argparse.Namespace):
        corpus = open_corpus(args.data)
        if not corpus.can_validate:
            raise ValueError(
                f"{args.data} has nothing for validation: prepare it with a larger --val-fraction"
            )
        context = SIZES[args.size]["n_positions"]
        eval_tokens = min(EVAL_TOKENS, corpus.default_eval_tokens(context))
        self.out = args.out
        self.flags = ["--data", args.data, "--size", args.size, "--eval-tokens", eval_tokens]

    def shortest(
        self,
        recipe: Recipe,
        tokens: int,
        shares: Sequence[Fraction],
        rates: Sequence[str],
        seed: int,
        loss: float,
    ) -> tuple[Trained, Row | None]:
        """The shortest run that reaches a loss, and where; the longest one and None if none does.

        A run of each share of the tokens is made, from the smallest on, at its best rate.
        """
        for share in shares:
            best = self.best(recipe, float(share * tokens), rates, seed)
            reached = best.first_at(loss)
            if reached:
                break
        return best, reached

    def best(self, recipe: Recipe, tokens: float, rates: Sequence[str], seed: int) -> Trained:
        """The run with the lowest last loss, of one for each rate."""
        runs = [self.train(recipe, tokens, rate, seed) for rate in rates]
        return min(runs, key=lambda run: run.loss)

    def train(self, recipe: Recipe, tokens: float, rate: str, seed: int) -> Trained:
        """A run, which is made first or continued if need be."""
        steps = recipe.steps_for(tokens)
        folder = self.out / f"{recipe.words}_{steps}x{recipe.batch_tokens}_{rate}_{seed}"
        flags = [
            *("--out", folder, "--steps", steps, "--batch-tokens", recipe.batch_tokens),
            *("--seed", seed, "--eval-every", max(1, steps // EVALUATIONS)),
            *self.flags,
        ]
        if rate != DEFAULT_RATE:
            flags += ["--max-lr", rate]
        if recipe.nanogpt:
            execute(["-m", "benchmarks.nanogpt", "--nanogpt", recipe.nanogpt, *flags])
        else:
            execute([ROOT / "pretrain.py", *flags, *OUR_RUNS, *recipe.flags])
        curve = [row for row in read_loss_log(folder / "loss.csv") if row.split == "val"]
        trained = Trained(folder, steps, rate, curve)
        print(f"{folder.name}: {describe(curve[-1])}", flush=True)
        return trained


def execute(words: Sequence[object]) -> None:
    """Run Python with these words, showing only errors. Raises ValueError if it fails.

    That the loss of a run is not finite is no failure.
    """
    command = [sys.executable, *map(str, words)]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ended.returncode == 0 or NOT_APPLIED in ended.stderr:
        return
    sys.stderr.write(ended.stderr)
    raise ValueError("a run has failed, see above; the same command resumes")


# ---- what came of them ----


def report(baseline: Recipe, ours: Recipe, seeds: Sequence[Seed]) -> None:
    """Print both curves of the first seed, and the ratios of every seed."""
    first = seeds[0]
    for recipe, run in ((baseline, first.baseline), (ours, first.ours)):
        rate = read_run_json(run.folder)["settings"]["max_lr"]
        steps = f"{run.steps:,} steps of {recipe.batch_tokens:,} tokens"
        print(f"{recipe.title}, {steps}, peak rate {rate:g}, seed {first.number}")
        print(f"on {find_hardware(run.folder)['device']}")
        print(f"{'M tokens':>10} {'seconds':>10} {'loss':>8}")
        for row in run.curve:
            print(f"{row.tokens / 1e6:10.3f} {row.seconds:10.1f} {row.loss:8.4f}")
        print()
    all_gains = []
    for seed in seeds:
        print(f"seed {seed.number}: {baseline.name} ends with {describe(seed.baseline.curve[-1])}")
        gains = seed.gains()
        if gains is None or seed.reached is None:
            print(f"  ours does not reach that: {describe(seed.ours.curve[-1])}")
            continue
        all_gains.append(gains)
        print(f"  ours has {describe(seed.reached)}: {describe_gains(*gains)}")
    if len(all_gains) == len(seeds):
        tokens, seconds = map(median, zip(*all_gains))
        print(f"median of {len(seeds)}: {describe_gains(tokens, seconds)}")


def describe_gains(tokens: float, seconds: float) -> str:
    """The two ratios in words: "1 / 3.05 of the tokens, 1 / 5.10 of the time"."""
    return f"1 / {tokens:.2f} of the tokens, 1 / {seconds:.2f} of the time"


def describe(row: Row) -> str:
    """A validation: "loss 5.0352 after 5.997 M tokens and 801.2 s"."""
    return f"loss {row.loss:.4f} after {row.tokens / 1e6:.3f} M tokens and {row.seconds:.1f} s"


if __name__ == "__main__":
    main()
