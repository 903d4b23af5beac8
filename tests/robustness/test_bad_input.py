"""Mistakes on the command line and corrupt files: what every script does about them.

It prints a sentence with the file and what to do, exits with status 2, and overwrites nothing.
"""

import importlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import pretrain
from tests.support.json_files import QUESTION, set_json, write_jsonl
from tests.support.scripts import ROOT, SAMPLE
from tools.command_line import printable

# Command lines, run in a folder that `stage` fills.
TRAIN = (
    "pretrain.py --data shards --size tiny --steps 2 --batch-tokens 512 --micro-tokens 256"
    " --eval-tokens 256 --sample-every 0 --dtype float32 --device cpu"
)
TRAIN_NEW = f"{TRAIN} --out new"
RESUME = f"{TRAIN} --out run --resume"
TUNE = "finetune.py --model run --data nectar --out new --steps 2 --batch-size 4 --device cpu"
COMPARE = "compare.py run --questions questions.jsonl --out new --device cpu"
CHAT = "chat.py --model run --device cpu"
PREPARE_TEXT = "prepare_fineweb.py --source text.jsonl --tokenizer tokenizer --workers 1"
PREPARE_NECTAR = "prepare_nectar.py --tokenizer tokenizer"
TRAIN_TOKENIZER = "tokenizer_bpe.py train --input text.jsonl"


def run(command):
    """Run a command line in this process."""
    script, *arguments = command.split()
    importlib.import_module(script.removesuffix(".py")).main(arguments)


# ---- the folder in which the commands run ----


@pytest.fixture(scope="module", autouse=True)
def smaller_tiny():
    """Make the size tiny smaller."""
    shape = {"n_positions": 256, "n_embd": 32, "n_layer": 2, "n_head": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(pretrain.SIZES, "tiny", shape)
        yield


@pytest.fixture(scope="module")
def stage(smaller_tiny, data_folder, tokenizer_folder, tmp_path_factory):
    """A folder with a tokenizer, shards, conversations, text, questions, and a run of two steps."""
    folder = tmp_path_factory.mktemp("stage")
    shutil.copytree(tokenizer_folder, folder / "tokenizer")
    shutil.copytree(data_folder, folder / "shards")
    shutil.copy(ROOT / "sample" / "nectar.jsonl", folder)
    (folder / "text.jsonl").write_text(SAMPLE.open(encoding="utf-8").readline())
    write_jsonl(folder / "questions.jsonl", [QUESTION])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run(f"{PREPARE_NECTAR} --source nectar.jsonl --out nectar")
        run(f"{TRAIN} --out run")
    return folder


@pytest.fixture
def working_folder(stage, tmp_path, monkeypatch):
    """A copy of the stage to damage, as the current folder."""
    folder = shutil.copytree(stage, tmp_path / "copy")
    monkeypatch.chdir(folder)
    return folder


def contents(folder):
    """The bytes of every file, except for locks and for what a command may write, in `new`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path: path.read_bytes()
        for path in files
        if path.name != ".lock" and "new" not in path.relative_to(folder).parts
    }


# ---- damage to its files ----


def cut(path, size):
    """Cut a file off after so many bytes."""
    Path(path).write_bytes(Path(path).read_bytes()[:size])


def write(path, content):
    Path(path).write_bytes(content)


def append(path, line):
    with open(path, "a") as file:
        file.write(line)


def keep_lines(path, number):
    lines = Path(path).read_text().split("\n")
    Path(path).write_text("\n".join(lines[:number]))


def put_nan(path):
    tensors = load_file(path)
    tensors["h.0.mlp.c_fc.weight"][0, 0] = float("nan")
    save_file(tensors, path)


def fill_shards(token):
    """Replace every token of the training shards."""
    for path in Path("shards").glob("train*.npy"):
        tokens = np.load(path)
        tokens[:] = token
        np.save(path, tokens)


def save_foreign_training_state(path):
    torch.save({"progress": {"step": 2}, "optimizer": []}, path)


def prepare_nectar_with_another_tokenizer():
    run(f"{TRAIN_TOKENIZER} --vocab-size 300 --out other")
    shutil.rmtree("nectar")
    run("prepare_nectar.py --source nectar.jsonl --tokenizer other --out nectar")


# ---- the cases ----


@dataclass(frozen=True)
class Case:
    """A mistake, the command that meets it, and what its message must contain."""

    name: str
    command: str
    expected: list[str]
    damage: Callable[[], None] | None = None  # None: the command line itself is the mistake


CHECKPOINT = "run/checkpoints/step_0000002"
WEIGHTS = "run/model.safetensors"

SHARDS = [
    Case(
        "a shard cut short",
        TRAIN_NEW,
        ["shards/train_00000.npy", "prepare the data again"],
        partial(cut, "shards/train_00000.npy", 1000),
    ),
    Case(
        "a shard with tokens outside the vocabulary",
        TRAIN_NEW,
        ["shards/train_000", "not in the vocabulary of 512", "prepare the data again"],
        partial(fill_shards, 600),
    ),
    Case(
        "a missing shard",
        TRAIN_NEW,
        ["shards/train_00001.npy", "missing"],
        partial(os.remove, "shards/train_00001.npy"),
    ),
    Case(
        "meta.json cut short",
        TRAIN_NEW,
        ["shards/meta.json", "prepare it again"],
        partial(cut, "shards/meta.json", 200),
    ),
    Case(
        "meta.json without shards",
        TRAIN_NEW,
        ["shards", "prepare the data again"],
        partial(set_json, Path("shards/meta.json"), splits={"train": []}),
    ),
    Case(
        "no data",
        TRAIN_NEW,
        ["shards", "python prepare_fineweb.py --out shards"],
        partial(shutil.rmtree, "shards"),
    ),
    Case(
        "too few validation tokens",
        f"{TRAIN_NEW} --eval-tokens 100000000",
        ["--eval-tokens 100,000,000", "give at most"],
    ),
    Case(
        "a batch that does not divide",
        f"{TRAIN_NEW} --batch-tokens 1000 --micro-tokens 100",
        ["--batch-tokens must be a multiple", "--micro-tokens must be a multiple"],
    ),
    Case(
        "escape sequences in the name of a tokenizer",
        TRAIN_NEW,
        ["another tokenizer (\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}]0;)"],
        partial(
            set_json,
            Path("shards/meta.json"),
            tokenizer={"name": "\x1b[2J\x1b]0;", "merges_sha256": "0"},
        ),
    ),
    Case(
        "a file instead of a folder",
        f"{TRAIN} --out text.jsonl",
        ["text.jsonl"],
    ),
]

RUNS = [
    Case(
        "weights of a checkpoint cut short",
        RESUME,
        [CHECKPOINT, "model.safetensors"],
        partial(cut, f"{CHECKPOINT}/model.safetensors", 10**5),
    ),
    Case(
        "a training state cut short",
        RESUME,
        [f"delete {CHECKPOINT}", "to resume from the one before"],
        partial(cut, f"{CHECKPOINT}/training_state.pt", 10**5),
    ),
    Case(
        "a training state of another model",
        RESUME,
        [CHECKPOINT, "to resume from the one before"],
        partial(save_foreign_training_state, f"{CHECKPOINT}/training_state.pt"),
    ),
    Case(
        "a loss.csv with other columns",
        RESUME,
        ["run/loss.csv", "is not a loss log"],
        partial(write, "run/loss.csv", b"a,b\n1,2\n"),
    ),
    Case(
        "a loss.csv with an invalid row",
        RESUME,
        ["run/loss.csv, line"],
        partial(append, "run/loss.csv", "x\ny\n"),
    ),
    Case(
        "run.json cut short",
        RESUME,
        ["run/run.json", "is corrupt"],
        partial(cut, "run/run.json", 50),
    ),
    Case(
        "other settings than the run's",
        f"{RESUME} --max-lr 1e-5 --seed 3",
        ["run cannot be resumed", "--max-lr was", "--seed was 0, now 3"],
    ),
    Case(
        "fewer steps than the run has taken",
        f"{RESUME} --steps 1",
        ["run has taken 2 steps already"],
    ),
    Case(
        "a folder that already holds a run",
        f"{TRAIN} --out run",
        ["run already holds a run", "--resume", "another --out"],
    ),
]

MODELS = [
    Case(
        "NaN in the weights to tune",
        TUNE,
        [WEIGHTS, "h.0.mlp.c_fc.weight", "not finite"],
        partial(put_nan, WEIGHTS),
    ),
    Case(
        "NaN in the weights to compare",
        COMPARE,
        [WEIGHTS, "not finite"],
        partial(put_nan, WEIGHTS),
    ),
    Case(
        "NaN in the weights to chat with",
        CHAT,
        [WEIGHTS, "not finite"],
        partial(put_nan, WEIGHTS),
    ),
    Case(
        "a model too large for its file",
        CHAT,
        ["config.json asks for", "one of them is corrupt"],
        partial(set_json, Path("run/config.json"), n_layer=10**9),
    ),
    Case(
        "a longer context than the weights have",
        CHAT,
        ["wpe.weight has the shape (256, 32), but config.json asks for (512, 32)"],
        partial(set_json, Path("run/config.json"), n_positions=512),
    ),
    Case(
        "a vocabulary cut short",
        CHAT,
        ["run/vocab.json", "not a GPT-2 tokenizer"],
        partial(cut, "run/vocab.json", 3000),
    ),
    Case(
        "merges of another tokenizer",
        CHAT,
        ["run/merges.txt", "do not belong together"],
        partial(keep_lines, "run/merges.txt", 100),
    ),
    Case(
        "data of another tokenizer",
        TUNE,
        ["nectar was made with another tokenizer", "prepare it again with --tokenizer"],
        prepare_nectar_with_another_tokenizer,
    ),
]

SOURCES = [
    Case(
        "a missing text file",
        "tokenizer_bpe.py train --input nowhere.txt",
        ["there is no file nowhere.txt"],
    ),
    Case(
        "a vocabulary too small for all bytes",
        f"{TRAIN_TOKENIZER} --vocab-size 200 --workers 0",
        ["--vocab-size must be 257 or more", "--workers must be 1"],
    ),
    Case(
        "a vocabulary too large for the text",
        f"{TRAIN_TOKENIZER} --vocab-size 60000 --out new",
        ["choose --vocab-size", "or more text"],
    ),
    Case(
        "documents that are not JSON",
        f"{PREPARE_TEXT} --out new",
        ["text.jsonl, line 2"],
        partial(write, "text.jsonl", b'{"text": "a"}\n{"text'),
    ),
    Case(
        "documents that are not text",
        f"{PREPARE_TEXT} --out new",
        ['"text"', "not text"],
        partial(write, "text.jsonl", b'{"text": "a"}\n{"text": [1]}\n'),
    ),
    Case(
        "no documents",
        f"{PREPARE_TEXT} --out new",
        ["text.jsonl holds no text"],
        partial(write, "text.jsonl", b""),
    ),
    Case(
        "a Parquet file that cannot be read",
        "prepare_fineweb.py --source a.parquet --tokenizer tokenizer --out new",
        ["a.parquet is not a readable parquet file"],
        partial(write, "a.parquet", b"PAR1" * 9),
    ),
    Case(
        "no conversations",
        f"{PREPARE_NECTAR} --source text.jsonl --out new",
        ["holds no conversation to learn from"],
        partial(write, "text.jsonl", b'{"prompt": "x", "answers": [], "turns": 1}\n'),
    ),
    Case(
        "shards prepared with other settings",
        f"{PREPARE_TEXT} --out shards --seed 5",
        ["shards was made with other settings", "choose another --out"],
    ),
    Case(
        "no tokenizer",
        "prepare_baseball.py --articles none --tokenizer nowhere",
        ["nowhere holds no tokenizer", "python tokenizer_bpe.py train --out nowhere"],
    ),
]

FLAGS = [
    Case(
        "invalid flags of pretrain.py",
        f"{TRAIN_NEW} --steps 0 --keep -1 --max-lr nan --seed -1 --lr-drop x",
        [
            *("--steps must", "--keep must", "--max-lr must"),
            *("--seed must", "--lr-drop takes"),
        ],
    ),
    Case(
        "invalid flags of finetune.py",
        "finetune.py --epochs -1 --batch-size 0 --replay x:2 --eval-every -1"
        " --seed 9223372036854775808",  # 2^63
        [
            *("--epochs must", "--batch-size must", "--replay takes"),
            *("--eval-every must", "--seed must"),
        ],
    ),
    Case(
        "invalid flags of prepare_fineweb.py",
        "prepare_fineweb.py --max-tokens -1 --workers 0 --val-fraction nan --seed -1",
        ["--max-tokens must", "--workers must", "--val-fraction must", "--seed must"],
    ),
    Case(
        "invalid flags of prepare_nectar.py",
        "prepare_nectar.py --val-fraction 2 --seed -1",
        ["--val-fraction must", "--seed must"],
    ),
    Case(
        "invalid flags of prepare_baseball.py",
        "prepare_baseball.py --max-questions -1 --val-fraction 1 --seed -1",
        ["--max-questions must", "--val-fraction must", "--seed must"],
    ),
    Case(
        "invalid flags of compare.py",
        "compare.py nowhere --batch-size 0 --resamples 0 --seed -1",
        ["--batch-size must", "--resamples must", "--seed must", "nowhere holds no model"],
    ),
    Case(
        "invalid flags of chat.py",
        f"{CHAT} --max-new-tokens 0 --temperature -1 --top-k -1 --seed -1",
        ["--max-new-tokens must", "temperature must", "top_k must", "--seed must"],
    ),
    Case(
        "a picture of an unknown kind",
        "plot_loss.py run --out loss.bmp",
        ["loss.bmp", ".png, .svg or .pdf"],
    ),
]

CASES = [*SHARDS, *RUNS, *MODELS, *SOURCES, *FLAGS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_ends_in_a_sentence_and_nothing_is_overwritten(
    working_folder, capsys, monkeypatch, case
):
    if case.damage:
        case.damage()
    before = contents(working_folder)
    capsys.readouterr()
    with open(os.devnull) as no_input, pytest.raises(SystemExit) as stopped:
        monkeypatch.setattr("sys.stdin", no_input)  # chat.py asks more of it than pytest's allows
        run(case.command)
    message = capsys.readouterr().err.strip().splitlines()[-1]
    script = case.command.split()[0]
    assert stopped.value.code == 2, message
    assert message.startswith(f"{script}: "), message
    assert all(part in message for part in case.expected), message
    assert message == printable(message)
    assert len(message) < 700
    assert contents(working_folder) == before
