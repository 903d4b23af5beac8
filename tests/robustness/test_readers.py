"""Random bytes, random JSON, and good files with something changed in them, at everything that reads a file: it may read them or refuse
them with a sentence that names the file, and nothing else."""

import gzip
import json
import lzma
import os
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import prepare_nectar
from evaluation.answers import read_questions
from model import GPT, GPTConfig
from network.model_folder import load_model
from text.batches import MixedBatches, WindowBatches
from text.dialogue import BrokenConversation
from text.examples import read_pools, save_conversations
from text.shard_writer import ShardFolder
from text.shards import TokenShards, describe_shards
from text.sources import open_source
from text.tokenizer import load_tokenizer
from tokenizer_bpe import count_pieces_in_files
from training.loop import Progress, _restore
from training.loss_log import LossLog, Row, read_loss_log
from training.optimizer import Optimizer
from training.run_folder import save_checkpoint
from training.run_json import read_lr_drops, read_run_json

CONFIG = GPTConfig(vocab_size=512, n_positions=16, n_embd=16, n_layer=1, n_head=2)


@pytest.fixture(scope="module")
def good(data_folder, tokenizer, tmp_path_factory):
    """A folder with a good one of every file."""
    folder = tmp_path_factory.mktemp("good")
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copy(data_folder / name, folder)
    shutil.copytree(data_folder, folder / "shards")
    from text.conversation import tokenize_exchange

    pairs = [(tokenize_exchange("One?", "Two.", tokenizer), "facts")] * 9
    save_conversations(
        folder / "talks",
        {"train": pairs, "val": pairs},
        {"parts": {"facts": {"share": 1.0}}},
        tokenizer,
    )
    unfinished = ShardFolder(folder / "unfinished", {"seed": 0}, tokenizer, 10_000)
    unfinished.add_document("train", np.arange(100))
    unfinished.commit([0, 1])
    model, optimizer = GPT(CONFIG), Optimizer("muon", GPT(CONFIG))
    progress = Progress(3, 100, 1.5, 2.5, 3, {"val": 2.5})
    save_checkpoint(
        folder / "run",
        3,
        model,
        tokenizer,
        {"progress": vars(progress), "optimizer": optimizer.state_dict()},
    )
    (folder / "run.json").write_text(
        json.dumps({"settings": {"steps": 3, "lr_drop": [[2, 0.5]]}, "inputs": {}})
    )
    log = LossLog(folder / "loss.csv")
    log.write(Row(1, 100, 0.5, "train", 6.5, 1e-3, 1.0, 200.0))
    log.write(Row(1, 100, 0.5, "val/facts", 6.5))
    log.close()
    (folder / "questions.jsonl").write_text(
        '{"topic": "rules", "question": "How many?", "answer": "Three.", "accepted": ["three"]}\n'
    )
    (folder / "rows.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    import pyarrow
    import pyarrow.parquet
    import zstandard

    pyarrow.parquet.write_table(pyarrow.table({"text": ["one", "two"]}), folder / "rows.parquet")
    rows = (folder / "rows.jsonl").read_bytes()
    for ending, compressed in (
        (".gz", gzip.compress(rows)),
        (".xz", lzma.compress(rows)),
        (".zst", zstandard.compress(rows)),
    ):
        (folder / f"rows.jsonl{ending}").write_bytes(compressed)
    return folder


def read_shards(folder):
    tokenizer = load_tokenizer(folder)
    describe_shards(folder / "shards")
    for split in ("train", "val"):
        WindowBatches(TokenShards(folder / "shards", split, tokenizer), 16, 64, 64, 0)(1)


def read_talks(folder):
    tokenizer = load_tokenizer(folder)
    MixedBatches(read_pools(folder / "talks", "train", tokenizer, 16, {}), 4, 64, 0)(1)


def read_checkpoint(folder):
    model = GPT(CONFIG)
    _restore(folder / "run" / "checkpoints" / "step_0000003", model, Optimizer("muon", model))


CHECKPOINT = "run/checkpoints/step_0000003"
READERS = {
    "shards/meta.json": read_shards,
    "shards/train_00000.npy": read_shards,
    "talks/meta.json": read_talks,
    "talks/train_ids.npy": read_talks,
    "talks/train_mask.npy": read_talks,
    "talks/train_offsets.npy": read_talks,
    "talks/train_parts.npy": read_talks,
    "unfinished/progress.json": lambda folder: ShardFolder(
        folder / "unfinished", {"seed": 0}, load_tokenizer(folder), 10_000
    ),
    "vocab.json": load_tokenizer,
    "merges.txt": load_tokenizer,
    "tokenizer_config.json": load_tokenizer,
    f"{CHECKPOINT}/config.json": lambda folder: load_model(folder / CHECKPOINT),
    f"{CHECKPOINT}/model.safetensors": lambda folder: load_model(folder / CHECKPOINT),
    f"{CHECKPOINT}/training_state.pt": read_checkpoint,
    "run.json": lambda folder: (read_run_json(folder), read_lr_drops(folder)),
    "loss.csv": lambda folder: read_loss_log(folder / "loss.csv"),
    "questions.jsonl": lambda folder: read_questions(folder / "questions.jsonl"),
    "rows.jsonl": lambda folder: (
        list(open_source([str(folder / "rows.jsonl")], columns=["text"]).batches()),
        count_pieces_in_files([folder / "rows.jsonl"]),
    ),
    **{
        name: lambda folder, name=name: list(
            open_source([str(folder / name)], columns=["text"]).batches()
        )
        for name in ("rows.parquet", "rows.jsonl.gz", "rows.jsonl.xz", "rows.jsonl.zst")
    },
}

any_json = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from([0, -1, 10**9, 2**64, "\x1b[2J", "../../outside", "share", float("nan")]),
    lambda inner: (
        some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@some.composite
def changed(draw, content: bytes) -> bytes:
    """Random bytes, random JSON, deep nesting; or the good content with a value replaced, a stretch overwritten, or its end missing."""
    how = draw(some.sampled_from(["bytes", "json", "deep", "value", "stretch", "end"]))
    if how == "bytes":
        return draw(some.binary(max_size=200))
    if how == "json":
        return json.dumps(draw(any_json)).encode()
    if how == "deep":
        return b"[" * 100_000
    if how == "value":
        try:
            value = json.loads(content)
        except ValueError:
            how = "stretch"
        else:
            return json.dumps(replaced(draw, value)).encode()
    place = draw(
        some.integers(0, max(0, min(len(content) - 1, draw(some.sampled_from([150, 10**9])))))
    )  # the first bytes are the head, where most can go wrong
    return (
        content[:place] + draw(some.binary(max_size=8)) + content[place + 8 :]
        if how == "stretch"
        else content[:place]
    )


def replaced(draw, value):
    """The JSON value with one value somewhere in it replaced."""
    if isinstance(value, (dict, list)) and value and draw(some.integers(0, 3)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = draw(some.sampled_from(list(keys)[:20]))
        copy = value.copy()
        copy[key] = replaced(draw, value[key])
        return copy
    return draw(any_json)


@pytest.fixture
def copy(good, tmp_path):
    return shutil.copytree(good, tmp_path / "inside" / "copy")


@pytest.mark.parametrize("name", READERS)
@settings(
    max_examples=int(os.environ.get("EXAMPLES", 40)),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=some.data())
def test_whatever_a_file_holds_it_is_read_or_refused(good, copy, name, data):
    (copy / name).write_bytes(data.draw(changed((good / name).read_bytes())))
    try:
        READERS[name](copy)
    except ValueError as refusal:
        assert str(copy) in str(refusal), refusal
    assert [path.name for path in copy.parent.parent.rglob("*") if copy not in path.parents] == [
        "inside",
        "copy",
    ]  # nothing outside
    if name.startswith("unfinished"):  # which writes
        shutil.copytree(good / "unfinished", copy / "unfinished", dirs_exist_ok=True)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    row=some.dictionaries(
        some.sampled_from(["prompt", "answers", "turns", "x"]), any_json, max_size=4
    )
)
def test_whatever_a_row_of_nectar_holds_it_is_messages_or_a_reason(row):
    try:
        messages = prepare_nectar.read_row(row)
        assert messages and all(isinstance(message, str) for message in messages)
    except BrokenConversation:
        pass
