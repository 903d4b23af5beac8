"""What a person may give the scripts by mistake, or find damaged one morning: every script says so in a sentence, with the file and
what to do, ends with status 2, and overwrites nothing."""

import json
import os
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import chat
import compare
import finetune
import plot_loss
import prepare_baseball
import prepare_fineweb
import prepare_nectar
import pretrain
import tokenizer_bpe
from tests.support.scripts import ROOT, SAMPLE
from tools.command_line import printable

TRAIN = [
    "--size",
    "tiny",
    "--steps",
    "2",
    "--batch-tokens",
    "512",
    "--micro-tokens",
    "256",
    "--eval-tokens",
    "256",
    "--sample-every",
    "0",
    "--dtype",
    "float32",
]


def pretrain_on(data, out, *more):
    pretrain.main(["--data", str(data), "--out", str(out), *TRAIN, *map(str, more)])


@pytest.fixture(scope="module")
def stage(data_folder, tokenizer_folder, tmp_path_factory):
    """A folder with a tokenizer, shards, conversations, and a run of two steps."""
    folder = tmp_path_factory.mktemp("stage")
    shutil.copytree(tokenizer_folder, folder / "tokenizer")
    shutil.copytree(data_folder, folder / "shards")
    prepare_nectar.main(
        [
            "--source",
            str(ROOT / "sample" / "nectar.jsonl"),
            "--tokenizer",
            str(folder / "tokenizer"),
            "--out",
            str(folder / "nectar"),
        ]
    )
    pretrain_on(folder / "shards", folder / "run")
    (folder / "text.jsonl").write_text(SAMPLE.open(encoding="utf-8").readline())
    (folder / "questions.jsonl").write_text(
        '{"topic": "rules", "question": "How many?", "answer": "Three.", "accepted": ["three"]}\n'
    )
    return folder


@pytest.fixture
def here(stage, tmp_path, monkeypatch):
    """A copy of it to damage, as the folder the scripts run in."""
    monkeypatch.chdir(shutil.copytree(stage, tmp_path / "here"))
    return tmp_path / "here"


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


def set_json(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def with_nan(path):
    tensors = load_file(path)
    tensors["h.0.mlp.c_fc.weight"][0, 0] = float("nan")
    save_file(tensors, path)


def with_token(path, token):
    tokens = np.load(path)
    tokens[:] = token
    np.save(path, tokens)


CHECKPOINT = "run/checkpoints/step_0000002"
RESUME = (pretrain.main, ["--data", "shards", "--out", "run", *TRAIN, "--resume"])
TUNE = (
    finetune.main,
    [
        "--model",
        "run",
        "--data",
        "nectar",
        "--out",
        "new",
        "--steps",
        "2",
        "--batch-size",
        "4",
        "--device",
        "cpu",
    ],
)
TRAIN_NEW = (pretrain.main, ["--data", "shards", "--out", "new", *TRAIN])
ASK = (compare.main, ["run", "--questions", "questions.jsonl", "--out", "new", "--device", "cpu"])
TALK = (chat.main, ["--model", "run", "--device", "cpu"])

CASES = {
    "a shard cut short": (lambda folder: cut(folder / "shards/train_00000.npy", 1000), TRAIN_NEW, ["shards/train_00000.npy", "prepare the data again"]),
    "a shard of other tokens": (lambda folder: [with_token(path, 600) for path in (folder / "shards").glob("train*.npy")], TRAIN_NEW, ["shards/train_000", "not in the vocabulary of 512", "prepare the data again"]),
    "a shard that is missing": (lambda folder: (folder / "shards/train_00001.npy").unlink(), TRAIN_NEW, ["shards/train_00001.npy", "missing"]),
    "meta.json cut short": (lambda folder: cut(folder / "shards/meta.json", 200), TRAIN_NEW, ["shards/meta.json", "prepare it again"]),
    "meta.json without shards": (lambda folder: set_json(folder / "shards/meta.json", splits={"train": []}), TRAIN_NEW, ["shards", "prepare the data again"]),
    "no data": (lambda folder: shutil.rmtree(folder / "shards"), TRAIN_NEW, ["shards", "python prepare_fineweb.py --out shards"]),
    "too few validation tokens": (None, (pretrain.main, [*TRAIN_NEW[1], "--eval-tokens", "100000000"]), ["--eval-tokens 100,000,000", "give at most"]),
    "a batch that does not divide": (None, (pretrain.main, [*TRAIN_NEW[1], "--batch-tokens", "1000", "--micro-tokens", "100"]), ["--batch-tokens must be a multiple", "--micro-tokens must be a multiple"]),
    "weights cut short": (lambda folder: cut(folder / CHECKPOINT / "model.safetensors", 10**6), RESUME, [CHECKPOINT, "model.safetensors"]),
    "a training state cut short": (lambda folder: cut(folder / CHECKPOINT / "training_state.pt", 10**5), RESUME, [f"delete {CHECKPOINT}", "to resume from the one before"]),
    "a training state of another model": (lambda folder: torch.save({"progress": {"step": 2}, "optimizer": []}, folder / CHECKPOINT / "training_state.pt"), RESUME, [CHECKPOINT, "to resume from the one before"]),
    "loss.csv of something else": (lambda folder: (folder / "run/loss.csv").write_text("a,b\n1,2\n"), RESUME, ["run/loss.csv", "is not a loss log"]),
    "loss.csv with a line of nonsense": (lambda folder: (folder / "run/loss.csv").write_text((folder / "run/loss.csv").read_text() + "x\ny\n"), RESUME, ["run/loss.csv, line"]),
    "run.json cut short": (lambda folder: cut(folder / "run/run.json", 50), RESUME, ["run/run.json", "missing or damaged"]),
    "another run's settings": (None, (pretrain.main, [*RESUME[1], "--max-lr", "1e-5", "--seed", "3"]), ["run cannot be resumed", "--max-lr was", "--seed was 0, now 3"]),
    "fewer steps than taken": (None, (pretrain.main, [*RESUME[1], "--steps", "1"]), ["run has taken 2 steps already"]),
    "a run that is there": (None, (pretrain.main, RESUME[1][:-1]), ["run already holds a run", "--resume", "another --out"]),
    "NaN weights to tune": (lambda folder: with_nan(folder / "run/model.safetensors"), TUNE, ["run/model.safetensors", "h.0.mlp.c_fc.weight", "not finite"]),
    "NaN weights to ask": (lambda folder: with_nan(folder / "run/model.safetensors"), ASK, ["run/model.safetensors", "not finite"]),
    "NaN weights to talk with": (lambda folder: with_nan(folder / "run/model.safetensors"), TALK, ["run/model.safetensors", "not finite"]),
    "a model too large for its file": (lambda folder: set_json(folder / "run/config.json", n_layer=10**9), TALK, ["config.json asks for", "damaged"]),
    "a longer context than the weights have": (lambda folder: set_json(folder / "run/config.json", n_positions=512), TALK, ["wpe.weight is (256, 256), and config.json asks for (512, 256)"]),
    "a tokenizer cut short": (lambda folder: cut(folder / "run/vocab.json", 3000), TALK, ["run/vocab.json", "not a GPT-2 tokenizer"]),
    "merges of another tokenizer": (lambda folder: (folder / "run/merges.txt").write_text("\n".join((folder / "run/merges.txt").read_text().split("\n")[:100])), TALK, ["run/merges.txt", "do not belong together"]),
    "data of another tokenizer": (lambda folder: [tokenizer_bpe.main(["train", "--input", "text.jsonl", "--vocab-size", "300", "--out", "other"]), shutil.rmtree(folder / "nectar"),
                                                  prepare_nectar.main(["--source", str(ROOT / "sample/nectar.jsonl"), "--tokenizer", "other", "--out", "nectar"])],
                                  TUNE, ["nectar was made with another tokenizer", "prepare it again with --tokenizer"]),
    "a vocabulary too small": (None, (tokenizer_bpe.main, ["train", "--input", "text.jsonl", "--vocab-size", "200", "--workers", "0"]), ["--vocab-size must be 257 or more", "--workers must be 1"]),
    "a vocabulary too large for the text": (None, (tokenizer_bpe.main, ["train", "--input", "text.jsonl", "--vocab-size", "60000", "--out", "new"]), ["choose --vocab-size", "or more text"]),
    "text that is not there": (None, (tokenizer_bpe.main, ["train", "--input", "nowhere.txt"]), ["there is no file nowhere.txt"]),
    "documents that are no JSON": (lambda folder: (folder / "text.jsonl").write_text('{"text": "a"}\n{"text'), (prepare_fineweb.main, ["--source", "text.jsonl", "--tokenizer", "tokenizer", "--out", "new", "--workers", "1"]), ["text.jsonl, line 2"]),
    "documents that are no text": (lambda folder: (folder / "text.jsonl").write_text('{"text": "a"}\n{"text": [1]}\n'), (prepare_fineweb.main, ["--source", "text.jsonl", "--tokenizer", "tokenizer", "--out", "new", "--workers", "1"]), ['"text"', "not text"]),
    "no documents": (lambda folder: (folder / "text.jsonl").write_text(""), (prepare_fineweb.main, ["--source", "text.jsonl", "--tokenizer", "tokenizer", "--out", "new"]), ["text.jsonl holds no text"]),
    "parquet that is none": (lambda folder: (folder / "a.parquet").write_bytes(b"PAR1" * 9), (prepare_fineweb.main, ["--source", "a.parquet", "--tokenizer", "tokenizer", "--out", "new"]), ["a.parquet is not a readable parquet file"]),
    "no conversations": (lambda folder: (folder / "text.jsonl").write_text('{"prompt": "x", "answers": [], "turns": 1}\n'), (prepare_nectar.main, ["--source", "text.jsonl", "--tokenizer", "tokenizer", "--out", "new"]), ["holds no conversation to learn from"]),
    "shards prepared with other settings": (None, (prepare_fineweb.main, ["--source", "text.jsonl", "--tokenizer", "tokenizer", "--out", "shards", "--seed", "5"]), ["shards was made with other settings", "choose another --out"]),
    "no tokenizer": (None, (prepare_baseball.main, ["--articles", "none", "--tokenizer", "nowhere"]), ["nowhere holds no tokenizer", "python tokenizer_bpe.py train --out nowhere"]),
    "nonsense for pretrain": (None, (pretrain.main, [*TRAIN_NEW[1], "--steps", "0", "--keep", "-1", "--max-lr", "nan", "--seed", "-1", "--lr-drop", "x"]), ["--steps must", "--keep must", "--max-lr and --min-lr must", "--seed must", "--lr-drop takes"]),
    "nonsense for finetune": (None, (finetune.main, ["--epochs", "-1", "--batch-size", "0", "--replay", "x:2", "--eval-every", "-1", "--seed", str(2**63)]), ["--epochs must", "--batch-size must", "--replay takes", "--eval-every must", "--seed must"]),
    "nonsense for prepare_fineweb": (None, (prepare_fineweb.main, ["--max-tokens", "-1", "--workers", "0", "--val-fraction", "nan", "--seed", "-1"]), ["--max-tokens must", "--workers must", "--val-fraction must", "--seed must"]),
    "nonsense for prepare_nectar": (None, (prepare_nectar.main, ["--val-fraction", "2", "--seed", "-1"]), ["--val-fraction must", "--seed must"]),
    "nonsense for prepare_baseball": (None, (prepare_baseball.main, ["--max-questions", "-1", "--val-fraction", "1", "--seed", "-1"]), ["--max-questions must", "--val-fraction must", "--seed must"]),
    "nonsense for compare": (None, (compare.main, ["nowhere", "--batch-size", "0", "--resamples", "0", "--seed", "-1"]), ["--batch-size must", "--resamples must", "--seed must", "nowhere holds no model"]),
    "nonsense for chat": (None, (chat.main, [*TALK[1], "--max-new-tokens", "0", "--temperature", "-1", "--top-k", "-1", "--seed", "-1"]), ["--max-new-tokens must", "temperature must", "top_k must", "--seed must"]),
    "a picture of no known kind": (None, (plot_loss.main, ["run", "--out", "loss.bmp"]), ["loss.bmp", ".png, .svg or .pdf"]),
    "a file where a folder should be": (None, (pretrain.main, ["--data", "shards", "--out", "text.jsonl", *TRAIN]), ["text.jsonl"]),
    "escape sequences in a tokenizer's name": (lambda folder: [set_json(folder / "shards/meta.json", tokenizer={"name": "\x1b[2J\x1b]0;", "merges_sha256": "0"})], TRAIN_NEW, ["another tokenizer (�[2J�]0;)"]),
}  # fmt: skip


def contents(folder):
    return {
        path: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock" and "new" not in path.parts
    }


@pytest.mark.parametrize("case", CASES)
def test_it_is_said_in_a_sentence_and_nothing_is_overwritten(here, capsys, monkeypatch, case):
    damage, (main, arguments), expected = CASES[case]
    if damage:
        damage(here)
    before = contents(here)
    capsys.readouterr()
    monkeypatch.setattr(
        "sys.stdin", open(os.devnull)
    )  # of which the chat asks more than pytest's own has
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert stopped.value.code == 2 and message.startswith(main.__module__ + ".py: "), message
    assert all(part in message for part in expected), message
    assert message == printable(message) and len(message) < 700
    assert contents(here) == before
