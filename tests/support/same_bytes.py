"""Show that two versions of the code write the same bytes: data, weights, logs, reports.

    python -m tests.support.same_bytes f2ed1b8            # that commit against the working tree
    python -m tests.support.same_bytes f2ed1b8 HEAD       # two commits
    python -m tests.support.same_bytes f2ed1b8 --only tokenizer_bpe.py prepare_nectar.py

Both versions run the same commands on `sample/`, each in a folder of its own with one thread: a
tokenizer, token shards, conversations, all the baseball data (without articles), 40 steps of
pretraining, 20 steps of fine-tuning with and without replay, a comparison, a chat. Then the SHA-256
of every file is printed, and the exit status is 1 if any of them differs.

Times are left out: run.json, two columns of loss.csv, and the clock in training_state.pt. It takes
about ten minutes on two cores.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.support.crash_stage import NOT_COMPARED, without_times
from tests.support.scripts import ROOT

TUNE = (
    "--batch-size 24 --micro-tokens 1024 --steps 20 --max-lr 2e-3 --eval-every 10"
    " --eval-tokens 2000 --save-every 10 --sample-every 0 --optimizer adamw"
)
COMMANDS = (
    "tokenizer_bpe.py train --input sample/fineweb_edu.jsonl sample/nectar.jsonl"
    " --vocab-size 2048 --out OUT/tokenizer",
    "prepare_fineweb.py --source sample/fineweb_edu.jsonl --tokenizer OUT/tokenizer"
    " --val-fraction 0.08 --shard-tokens 50000 --out OUT/text",
    "prepare_nectar.py --source sample/nectar.jsonl --tokenizer OUT/tokenizer --out OUT/nectar",
    "prepare_baseball.py --articles none --tokenizer OUT/tokenizer --out OUT/baseball",
    "prepare_baseball.py --articles none --tokenizer OUT/tokenizer --max-questions 1300"
    " --max-prose-tokens 20000 --val-fraction 0.1 --out OUT/small_baseball",
    "pretrain.py --data OUT/text --out OUT/pretrained --size tiny --steps 40 --batch-tokens 2048"
    " --micro-tokens 1024 --optimizer adamw --max-lr 4e-3 --lr-drop 30:0.5 --eval-every 20"
    " --save-every 20 --sample-every 20",
    f"finetune.py --model OUT/pretrained --data OUT/nectar --out OUT/general {TUNE}",
    f"finetune.py --model OUT/general --data OUT/small_baseball --out OUT/baseball_model {TUNE}",
    "finetune.py --model OUT/general --data OUT/small_baseball --replay OUT/nectar:0.3"
    f" --out OUT/replay_model {TUNE}",
    "compare.py OUT/general OUT/baseball_model OUT/replay_model --out OUT/comparison"
    " --resamples 1000 --max-new-tokens 24 --questions sample/questions.jsonl"
    " OUT/small_baseball/held_out_phrasings.jsonl",
    "plot_loss.py OUT/pretrained OUT/general --out OUT/loss.png --x steps",
    "chat.py --model OUT/general --max-new-tokens 24 --seed 3",
)
QUESTIONS = "Which planet is known for its rings?\nAnd why?\n/reset\nHow many days are in a year?\n"
TYPED = {"chat.py": QUESTIONS}  # into a script's standard input; its answers are compared too


@dataclass(frozen=True)
class Version:
    """A checkout of the code, and the folder for what it writes."""

    checkout: Path
    output: Path


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("before", metavar="COMMIT", help="the commit to compare with")
    add("after", nargs="?", help="another commit (default: the working tree)")
    add(
        "--only",
        nargs="+",
        default=scripts(),
        choices=scripts(),
        metavar="SCRIPT",
        help="run only these; what they read must be written by some of them (default: all)",
    )
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = Version(check_out(args.before, folder / "before"), folder / "before_output")
        checkout = check_out(args.after, folder / "after") if args.after else ROOT
        after = Version(checkout, folder / "after_output")
        run_all(args.only, [before, after])
        differences = report(digests(before.output), digests(after.output))
    sys.exit(differences > 0)


def scripts():
    """The names of the scripts, in the order in which they run."""
    return list(dict.fromkeys(command.split()[0] for command in COMMANDS))


def check_out(commit, folder):
    """A fresh clone of this repository at a commit. Exits if there is no such commit."""
    for command in (
        ["git", "clone", "-q", "--no-checkout", str(ROOT), str(folder)],
        ["git", "-C", str(folder), "checkout", "-q", commit],
    ):
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"same_bytes.py: {result.stderr.strip()}")
    return folder


# ---- running the scripts ----


def run_all(only, versions):
    """Run each command in all versions at the same time, one command after the other."""
    for version in versions:
        version.output.mkdir()
    with ThreadPoolExecutor(len(versions)) as pool:
        for command in COMMANDS:
            script = command.split()[0]
            if script in only:
                print(command, flush=True)
                list(pool.map(run, versions, [command] * len(versions)))


def run(version, command):
    """Run a command in one version. Exits with its output if it fails."""
    script, *arguments = [word.replace("OUT/", f"{version.output}/") for word in command.split()]
    result = subprocess.run(
        [sys.executable, script, *arguments],
        cwd=version.checkout,
        env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        input=TYPED.get(script, ""),
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        sys.exit(f"{version.checkout}: {command}\n{result.stdout}{result.stderr}")
    if script in TYPED:
        (version.output / script).with_suffix(".txt").write_text(result.stdout)


# ---- comparing what they wrote ----


def digests(output):
    """The SHA-256 of each file, by its path, without times and without the name of the folder."""
    found = {}
    for path in sorted(output.rglob("*")):
        if path.is_file() and path.name not in NOT_COMPARED:
            content = without_times(path)
            if path.suffix in (".html", ".json", ".md", ".txt"):
                content = content.replace(str(output).encode(), b"OUT")
            found[str(path.relative_to(output))] = hashlib.sha256(content).hexdigest()
    return found


def report(before, after):
    """Print a line for each file; returns how many differ."""
    names = sorted(before.keys() | after.keys())
    differences = 0
    for name in names:
        old, new = before.get(name, "missing"), after.get(name, "missing")
        if old != new:
            differences += 1
        mark = "same" if old == new else "DIFFERENT"
        print(f"{mark:9} {old[:16]:16} {new[:16]:16} {name}")
    print(f"{len(names) - differences} files are the same, {differences} differ")
    return differences


if __name__ == "__main__":
    main()
