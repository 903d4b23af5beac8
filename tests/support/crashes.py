"""Break runs in every way that a long one meets, go on, and hold what they leave against runs that nothing disturbed.

    make crash
    python -m tests.support.crashes --rounds 200 --seed 0

Each round takes one of the scripts and one fault:

    killed            SIGKILL at a random moment
    killed at a write SIGKILL just before a random one of the calls that change files, so that every phase of every write has its turn
    disk full         from a random such call on all of them fail; or no file can grow over a random size
    read-only         none of them succeeds
    two at once       the same command a second time while the first runs

and in half of the rounds a second or a third fault while the script recovers from the one before. Then the same command is given again,
with --resume where there is one, and must succeed. Everything in the folder must be what an undisturbed run leaves, bit for bit: shards,
weights, the state of the optimizer, reports, and loss.csv but for its two columns of times. A fault that a script can see must end it
with status 2 and a sentence; no fault may cost more than --save-every steps.
"""

import argparse
import errno
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

FAULTS = {
    "killed": 3,
    "killed at a write": 5,
    "disk full": 4,
    "read-only": 1,
    "two at once": 2,
}  # and how often each is taken
SAVE_EVERY = 4
TRAINING = [
    "--steps",
    14,
    "--save-every",
    SAVE_EVERY,
    "--eval-every",
    3,
    "--sample-every",
    0,
    "--device",
    "cpu",
    "--dtype",
    "float32",
    "--optimizer",
    "muon",
]


@dataclass
class Script:
    """A script at work: its command but for --out; what it needs; and, of an undisturbed run, what it left, how long it took, and how
    many calls changed files."""

    name: str
    arguments: list
    resumes: bool = False
    weight: int = 1
    left: dict | None = None
    seconds: float = 0.0
    calls: int = 0
    largest: int = 0  # bytes of the largest file

    @property
    def stem(self) -> str:
        return self.name.removesuffix(".py")

    def command(self, out: Path, fault: dict, again: bool = False) -> list[str]:
        arguments = [
            *self.arguments,
            "--out",
            out,
            *(["--resume"] if again and self.resumes else []),
        ]
        return [
            sys.executable,
            "-m",
            "tests.support.faults",
            json.dumps({"folder": str(out), **fault}),
            self.name,
            *map(str, arguments),
        ]


def start(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def run(command: list[str]) -> tuple[int, str]:
    process = start(command)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


# ---- what a folder holds ----


def contents(folder: Path) -> dict[str, str]:
    """A digest of every file, but for run.json, which says how the run was started, and what is a time in the others."""
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".lock", "run.json")
    ]
    return {
        str(path.relative_to(folder)): hashlib.sha256(timeless(path)).hexdigest() for path in paths
    }


def timeless(path: Path) -> bytes:
    if path.name == "loss.csv":
        rows = [line.split(",") for line in path.read_text().splitlines()]
        return json.dumps([row[:2] + row[3:7] for row in rows]).encode()
    if path.name == "training_state.pt":
        import torch

        state = torch.load(path, weights_only=True)
        state["progress"].pop("seconds")
        return plain(state).encode()
    return path.read_bytes()


def plain(value) -> str:
    """A value as text that tells apart what differs by a bit."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{key!r}: {plain(value[key])}" for key in sorted(value, key=repr))
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(plain, value)) + "]"
    return (
        f"{value.dtype} {tuple(value.shape)} {value.numpy().tobytes().hex()}"
        if hasattr(value, "numpy")
        else repr(value)
    )


def repeated_steps(folder: Path) -> int:
    """How many steps of this interrupted run will have to be done again."""
    from training.loss_log import read_loss_log
    from training.run_folder import newest_checkpoint

    try:
        logged = max((row.step for row in read_loss_log(folder / "loss.csv")), default=0)
    except (OSError, ValueError):  # not even begun
        return 0
    newest = newest_checkpoint(folder)
    return logged - (int(newest.name.removeprefix("step_")) if newest else 0)


# ---- a round ----


class Differs(AssertionError):
    """A round that did not end as an undisturbed run ends."""


def demand(condition, what: str, output: str = "") -> None:
    if not condition:
        raise Differs(f"{what}\n{output}" if output else what)


def play(script: Script, faults: list[str], out: Path, chance: random.Random) -> str:
    """One round; returns what exactly was done. Raises Differs."""
    done = script.name
    for number, fault in enumerate(faults):
        if fault == "two at once":
            done += ", twice at once"
            play_two(script, out, chance, done, again=number > 0)
            continue
        settings, what = choose(script, fault, chance)
        done += ", " + what
        process = start(script.command(out, settings, again=number > 0))
        try:
            output, _ = process.communicate(timeout=settings.get("seconds", 300))
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        demand("Traceback" not in output, f"{done}: a traceback", output)
        if "kill" not in fault:
            demand(process.returncode in (0, 2), f"{done}: status {process.returncode}", output)
            demand(
                process.returncode == 0 or f"{script.name}: " in output,
                f"{done}: no sentence",
                output,
            )
        demand(
            fault != "read-only" or process.returncode == 2 or contents(out) == script.left,
            f"{done}: it did not notice",
            output,
        )
        if script.resumes:
            demand(
                repeated_steps(out) <= SAVE_EVERY,
                f"{done}: {repeated_steps(out)} steps to be repeated",
            )
    status, output = run(script.command(out, {}, again=True))
    demand(status == 0, f"{done}: the same command again ended with status {status}", output)
    found = contents(out)
    demand(
        found == script.left,
        f"{done}: other files than an undisturbed run's: {sorted(set(found.items()) ^ set(script.left.items()))}",
    )
    return done


def choose(script: Script, fault: str, chance: random.Random) -> tuple[dict, str]:
    """The fault's settings, and in words what they are."""
    call, largest = chance.randint(1, script.calls), script.largest
    if fault == "killed":
        seconds = chance.uniform(0, 1.1 * script.seconds)
        return {"seconds": seconds}, f"killed after {seconds:.2f} s"
    if fault == "killed at a write":
        return {"kill_at": call}, f"killed at call {call}"
    if fault == "read-only":
        return {"fail_at": 1, "errno": errno.EROFS}, "in a folder that may only be read"
    if chance.random() < 0.5:
        return {"fail_at": call, "errno": errno.ENOSPC}, f"with a disk full from call {call} on"
    size = int(
        largest * chance.random() ** 3
    )  # rather a small one: there are more small files than large ones
    return {"file_bytes": size}, f"with room for {size:,} bytes a file"


def play_two(script: Script, out: Path, chance: random.Random, done: str, again: bool) -> None:
    """Start it twice, the second time a moment after the first has a folder. Whichever comes first writes and ends undisturbed; the other leaves, or comes
    when it has ended."""
    first = start(script.command(out, {}, again))
    while not (out / ".lock").exists() and first.poll() is None:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.2 * script.seconds))
    second = run(script.command(out, {}, again=True))
    output, _ = first.communicate()
    ends = [(first.returncode, output), second]
    for status, output in ends:
        demand(
            status == 0 or (status == 2 and "another process is writing" in output),
            f"{done}: status {status}",
            output,
        )
    demand(0 in (first.returncode, second[0]), f"{done}: neither ended", output)


# ---- the scripts ----


def set_the_stage(folder: Path) -> dict[str, Script]:
    """Everything that the scripts need, and an undisturbed run of each."""
    text, copies = ROOT / "sample" / "fineweb_edu.jsonl", folder / "text.jsonl"
    copies.write_text(
        "".join(
            json.dumps({"text": f"{number} {json.loads(line)['text']}"}) + "\n"
            for number in range(6)
            for line in text.open(encoding="utf-8")
        )
    )
    questions = folder / "questions.jsonl"
    questions.write_text(
        "".join((ROOT / "sample" / "questions.jsonl").open(encoding="utf-8").readlines()[:6])
    )
    tokenizer, shards, nectar, base, tuned = (
        folder / "undisturbed" / name
        for name in ("tokenizer_bpe", "prepare_fineweb", "prepare_nectar", "pretrain", "finetune")
    )
    scripts = [
        Script("tokenizer_bpe.py", ["train", "--input", text, "--vocab-size", 400, "--workers", 1]),
        Script(
            "prepare_fineweb.py",
            [
                "--source",
                copies,
                "--tokenizer",
                tokenizer,
                "--val-fraction",
                0.1,
                "--shard-tokens",
                100_000,
                "--workers",
                2,
            ],
            weight=2,
        ),
        Script(
            "prepare_nectar.py",
            ["--source", ROOT / "sample" / "nectar.jsonl", "--tokenizer", tokenizer],
        ),
        Script(
            "pretrain.py",
            [
                "--data",
                shards,
                "--size",
                "tiny",
                "--batch-tokens",
                256,
                "--micro-tokens",
                128,
                "--eval-tokens",
                512,
                *TRAINING,
            ],
            resumes=True,
            weight=4,
        ),
        Script(
            "finetune.py",
            [
                "--model",
                base,
                "--data",
                nectar,
                "--replay",
                f"{shards}:0.3",
                "--batch-size",
                8,
                "--micro-tokens",
                512,
                "--eval-tokens",
                512,
                *TRAINING,
            ],
            resumes=True,
            weight=3,
        ),
        Script(
            "compare.py",
            [base, tuned, "--questions", questions, "--max-new-tokens", 8, "--device", "cpu"],
        ),
    ]
    for script in scripts:
        out, count = folder / "undisturbed" / script.stem, folder / "count"
        begin = time.perf_counter()
        status, output = run(script.command(out, {"count_in": str(count)}))
        demand(status == 0, f"{script.name}, undisturbed: status {status}", output)
        script.seconds, script.calls, script.left = (
            time.perf_counter() - begin,
            int(count.read_text()),
            contents(out),
        )
        script.largest = max(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return {script.name: script for script in scripts}


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200, metavar="N", help="(default: 200)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another seed, other rounds (default: 0)"
    )
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="rounds at a time (default: 2)"
    )
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scripts = set_the_stage(folder)
        print(
            "; ".join(
                f"{script.name} {script.seconds:.1f} s, {script.calls} calls that change files"
                for script in scripts.values()
            ),
            flush=True,
        )

        def one(number: int):
            chance = random.Random(f"{args.seed} {number}")
            script = chance.choices(
                list(scripts.values()), [script.weight for script in scripts.values()]
            )[0]
            faults, out = (
                chance.choices(list(FAULTS), FAULTS.values(), k=chance.choice((1, 1, 2, 3))),
                folder / f"round{number}" / script.stem,
            )
            try:
                done, is_same = play(script, faults, out, chance), True
            except Differs as difference:
                done, is_same = f"DIFFERS: {difference}", False
            shutil.rmtree(out.parent, ignore_errors=True)
            print(f"{number + 1}/{args.rounds}  {done}", flush=True)
            return script.name, faults, is_same

        with ThreadPoolExecutor(args.jobs) as pool:
            rounds = list(pool.map(one, range(args.rounds)))
    count = Counter((name, fault) for name, faults, _ in rounds for fault in faults)
    print(f"\n{'rounds':20}" + "".join(f"{fault:>19}" for fault in FAULTS))
    for name in scripts:
        print(f"{name:20}" + "".join(f"{count[name, fault]:19}" for fault in FAULTS))
    different = sum(not is_same for *_, is_same in rounds)
    print(
        f"{len(rounds)} rounds, {count.total()} faults injected; rounds that ended differently: {different}"
    )
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
