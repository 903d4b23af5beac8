"""Show that two commits write the same bytes: data, weights, logs, reports.

    python tests/support/same_bytes.py f2ed1b8            # that commit against this working tree
    python tests/support/same_bytes.py f2ed1b8 HEAD       # two commits

Both run the same commands on `sample/`, each in a folder of its own, one thread each: a tokenizer,
token shards, conversations, all the baseball data (without articles), 40 steps of pretraining,
20 steps of fine-tuning with and without replay, a comparison, a chat. Then it prints the SHA-256
of every file, and ends with status 1 if any of them differs. Times are left out: the columns
`seconds` and `tokens_per_second` of loss.csv, and run.json. Takes about ten minutes on two cores.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TIMED_COLUMNS = (2, 7)  # of loss.csv: seconds, tokens_per_second
NOT_COMPARED = {
    "run.json",
    ".lock",
    "training_state.pt",
}  # versions and times; a zip file with dates

TUNE = "--batch-size 24 --micro-tokens 1024 --steps 20 --max-lr 2e-3 --eval-every 10 "
TUNE += "--eval-tokens 2000 --save-every 10 --sample-every 0 --optimizer adamw"
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
    " --micro-tokens 1024 --max-lr 4e-3 --lr-drop 30:0.5 --eval-every 20 --save-every 20"
    " --sample-every 20",
    f"finetune.py --model OUT/pretrained --data OUT/nectar --out OUT/general {TUNE}",
    f"finetune.py --model OUT/general --data OUT/small_baseball --out OUT/baseball_model {TUNE}",
    "finetune.py --model OUT/general --data OUT/small_baseball --replay OUT/nectar:0.3"
    f" --out OUT/replay_model {TUNE}",
    "compare.py OUT/general OUT/baseball_model OUT/replay_model --out OUT/comparison"
    " --resamples 1000 --max-new-tokens 24 --questions sample/questions.jsonl"
    " OUT/small_baseball/held_out_phrasings.jsonl",
    "plot_loss.py OUT/pretrained OUT/general --out OUT/loss.png --x steps",
)
CHAT = "chat.py --model OUT/general --max-new-tokens 24 --seed 3"
QUESTIONS = "Which planet is known for its rings?\nAnd why?\n/reset\nHow many days are in a year?\n"


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", metavar="COMMIT", help="the commit to compare with")
    parser.add_argument("after", nargs="?", help="another commit (default: the working tree)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        checkouts = [
            check_out(args.before, Path(folder) / "before"),
            check_out(args.after, Path(folder) / "after") if args.after else ROOT,
        ]
        outputs = [Path(folder) / "before_output", Path(folder) / "after_output"]
        with ThreadPoolExecutor(2) as pool:
            before, after = pool.map(run_all, checkouts, outputs)
    sys.exit(report(before, after))


def check_out(commit: str, folder: Path) -> Path:
    """A fresh clone of this repository at a commit."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "checkout", "-q", commit], check=True)
    return folder


def run_all(checkout: Path, output: Path) -> dict[str, str]:
    """Run every command in a checkout; return the SHA-256 of each file, by its path in `output`."""
    output.mkdir(parents=True)
    for command in COMMANDS:
        run(checkout, output, command)
    (output / "chat.txt").write_text(run(checkout, output, CHAT, QUESTIONS))
    files = [path for path in output.rglob("*") if path.is_file() and path.name not in NOT_COMPARED]
    return {str(path.relative_to(output)): digest(path, output) for path in sorted(files)}


def run(checkout: Path, output: Path, command: str, typed: str = "") -> str:
    words = command.replace("OUT/", f"{output}/").split()
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, *words],
        cwd=checkout,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        sys.exit(f"{checkout}: {command}\n{result.stdout}{result.stderr}")
    return result.stdout


def digest(path: Path, output: Path) -> str:
    """SHA-256 of a file without its times, and without the name of the output folder."""
    content = path.read_bytes()
    if path.name == "loss.csv":
        content = without_times(content.decode()).encode()
    if path.suffix in (".json", ".md", ".txt"):
        content = content.replace(str(output).encode(), b"OUT")
    return hashlib.sha256(content).hexdigest()


def without_times(loss_log: str) -> str:
    rows = [line.split(",") for line in loss_log.splitlines()]
    kept = [[cell for n, cell in enumerate(row) if n not in TIMED_COLUMNS] for row in rows]
    return json.dumps(kept)


def report(before: dict[str, str], after: dict[str, str]) -> int:
    """Print a line for each file; return how many differ."""
    names = sorted(before.keys() | after.keys())
    different = [name for name in names if before.get(name) != after.get(name)]
    for name in names:
        mark = "DIFFERENT" if name in different else "same"
        print(
            f"{mark:9} {before.get(name, 'missing')[:16]} {after.get(name, 'missing')[:16]} {name}"
        )
    print(f"{len(names) - len(different)} files are the same, {len(different)} differ")
    return min(len(different), 1)


if __name__ == "__main__":
    main()
