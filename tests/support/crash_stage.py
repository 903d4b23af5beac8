"""The scripts that crashes.py interrupts, and what an undisturbed run of each leaves."""

import hashlib
import json
import time
from dataclasses import dataclass
from itertools import islice

import torch

from tests.support.faults import run_with_fault
from tests.support.forks import ForkedProcess
from tests.support.loss_csv import rows_without_times
from tests.support.scripts import ROOT, SAMPLE

SAVE_EVERY = 4
TRAINING = (
    f" --steps 14 --save-every {SAVE_EVERY} --eval-every 3 --eval-tokens 512 --sample-every 0"
    " --device cpu --dtype float32 --optimizer muon"
)
NOT_COMPARED = {".lock", "run.json"}  # run.json says how the run was started
COPIES = 6  # of the sample text, so that it fills several shards
QUESTIONS = 6


class Differs(AssertionError):
    """A run that did not end as an undisturbed run does."""


def require(condition, message, output=""):
    """Raise Differs with the message, and what the script printed, unless the condition holds."""
    if not condition:
        raise Differs(f"{message}\n{output}" if output else message)


# ---- the scripts ----


@dataclass(frozen=True)
class Script:
    """A script with all its arguments but --out."""

    name: str
    arguments: list[str]
    resumes: bool = False  # whether it takes --resume
    weight: int = 1  # how often crashes.py chooses it

    @property
    def stem(self):
        return self.name.removesuffix(".py")

    def start(self, out, fault, again=False, more=()):
        """Start it with a fault, in a process of its own; returns the running process.

        It gets --resume if it is run again and takes it, and the arguments `more`.
        """
        resume = ["--resume"] if again and self.resumes else []
        arguments = [*self.arguments, "--out", str(out), *resume, *more]
        return ForkedProcess(run_with_fault, {"folder": str(out), **fault}, self.name, arguments)

    def run(self, out, fault, again=False, more=()):
        """Run it to its end; returns its exit status and what it printed."""
        process = self.start(out, fault, again, more)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output


@dataclass(frozen=True)
class Reference:
    """A script, and what a run of it without faults left and took."""

    script: Script
    files: dict[str, str]  # digest of each file, as from `contents`
    seconds: float
    calls: int  # that changed files
    largest_file: int  # bytes


def scripts_of(folder):
    """The scripts in the order of the path, each with small inputs inside `folder`."""
    places = {"sample": SAMPLE.parent, "inputs": folder, "done": folder / "undisturbed"}

    def words(arguments):  # split first, because the name of a folder may contain spaces
        return [word.format(**places) for word in arguments.split()]

    return [
        Script(
            "tokenizer_bpe.py",
            words("train --input {sample}/fineweb_edu.jsonl --vocab-size 400 --workers 1"),
        ),
        Script(
            "prepare_fineweb.py",
            words(
                "--source {inputs}/text.jsonl --tokenizer {done}/tokenizer_bpe --val-fraction 0.1"
                " --shard-tokens 100_000 --workers 2"
            ),
            weight=2,
        ),
        Script(
            "prepare_nectar.py",
            words("--source {sample}/nectar.jsonl --tokenizer {done}/tokenizer_bpe"),
        ),
        Script(
            "pretrain.py",
            words(
                "--data {done}/prepare_fineweb --size tiny --batch-tokens 256 --micro-tokens 128"
                + TRAINING
            ),
            resumes=True,
            weight=4,
        ),
        Script(
            "finetune.py",
            words(
                "--model {done}/pretrain --data {done}/prepare_nectar"
                " --replay {done}/prepare_fineweb:0.3 --batch-size 8 --micro-tokens 512" + TRAINING
            ),
            resumes=True,
            weight=3,
        ),
        Script(
            "compare.py",
            words(
                "{done}/pretrain {done}/finetune --questions {inputs}/questions.jsonl"
                " --max-new-tokens 8 --device cpu"
            ),
        ),
    ]


def set_the_stage(folder):
    """Write the scripts' inputs, run each without faults; returns a Reference for each name."""
    write_copies(SAMPLE, COPIES, folder / "text.jsonl")
    write_first_lines(ROOT / "sample" / "questions.jsonl", QUESTIONS, folder / "questions.jsonl")
    return {script.name: run_undisturbed(script, folder) for script in scripts_of(folder)}


def write_copies(source, number, path):
    """Write each document `number` times; a number in front makes each copy another document."""
    texts = [json.loads(line)["text"] for line in source.open(encoding="utf-8")]
    with path.open("w", encoding="utf-8") as file:
        for copy in range(number):
            for text in texts:
                file.write(json.dumps({"text": f"{copy} {text}"}) + "\n")


def write_first_lines(source, number, path):
    with source.open(encoding="utf-8") as lines:
        path.write_text("".join(islice(lines, number)), encoding="utf-8")


def run_undisturbed(script, folder):
    out, count = folder / "undisturbed" / script.stem, folder / "count"
    start = time.perf_counter()
    status, output = script.run(out, {"count_in": str(count)})
    seconds = time.perf_counter() - start
    require(status == 0, f"{script.name}, undisturbed: status {status}", output)
    sizes = [path.stat().st_size for path in out.rglob("*") if path.is_file()]
    return Reference(script, contents(out), seconds, int(count.read_text()), max(sizes))


# ---- what a folder holds ----


def contents(folder):
    """The SHA-256 of each file, by its path: without run.json, and without the times in others."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in NOT_COMPARED:
            name = str(path.relative_to(folder))
            digests[name] = hashlib.sha256(without_times(path)).hexdigest()
    return digests


def without_times(path):
    """The bytes of a file, without the times in it."""
    if path.name == "loss.csv":
        return json.dumps(rows_without_times(path)).encode()
    if path.name == "training_state.pt":
        state = torch.load(path, weights_only=True)
        del state["progress"]["seconds"]
        return as_text(state).encode()
    return path.read_bytes()


def as_text(value):
    """A value as text; values that differ in one bit have different texts."""
    if isinstance(value, dict):
        items = [f"{key!r}: {as_text(value[key])}" for key in sorted(value, key=repr)]
        return "{" + ", ".join(items) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_text, value)) + "]"
    if isinstance(value, torch.Tensor):
        return f"{value.dtype} {tuple(value.shape)} {value.numpy().tobytes().hex()}"
    return repr(value)
