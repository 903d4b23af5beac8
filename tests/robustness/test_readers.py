"""Corrupt files of every kind: each reader reads them, or refuses them in a sentence with the file.

The files hold random bytes or random JSON, or a good file in which something was changed.
"""

import json
import os
import shutil
from functools import partial

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from evaluation.answers import read_questions
from model import GPT, GPTConfig
from network.model_folder import load_model
from pretrain import OPTIMIZER
from tests.support.json_files import QUESTION, write_jsonl
from tests.support.rows import compress
from text.batches import MixedBatches, WindowBatches
from text.conversation import tokenize_exchange
from text.dialogue import BrokenConversation
from text.examples import read_pools, save_conversations
from text.nectar import read_row
from text.pieces import count_pieces_in_files
from text.shard_writer import ShardFolder
from text.shards import TokenShards, describe_shards
from text.sources import open_source
from text.tokenizer import load_tokenizer
from training.checkpoints import save_checkpoint
from training.loop import resume
from training.loss_log import LossLog, Row, read_loss_log
from training.optimizer import Optimizer
from training.progress import Progress
from training.run_json import read_lr_drops, read_run_json, write_run_json

CONFIG = GPTConfig(vocab_size=512, n_positions=16, n_embd=16, n_layer=1, n_head=2)
CHECKPOINT = "run/checkpoints/step_0000003"
ROWS = b'{"text": "one"}\n{"text": "two"}\n'


# ---- a good file of every kind ----


@pytest.fixture(scope="module")
def good(data_folder, tokenizer, tmp_path_factory):
    """A folder with a good file of every kind."""
    folder = tmp_path_factory.mktemp("good")
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copy(data_folder / name, folder)
    shutil.copytree(data_folder, folder / "shards")
    write_conversations(folder / "conversations", tokenizer)
    write_unfinished_shards(folder / "unfinished", tokenizer)
    write_checkpoint(folder / "run", tokenizer)
    write_run_json(folder, {"settings": {"steps": 3, "lr_drop": [[2, 0.5]]}, "inputs": {}})
    write_loss_log(folder / "loss.csv")
    write_jsonl(folder / "questions.jsonl", [QUESTION])
    write_sources(folder)
    return folder


def write_conversations(folder, tokenizer):
    conversations = [(tokenize_exchange("One?", "Two.", tokenizer), "facts")] * 9
    splits = {"train": conversations, "val": conversations}
    save_conversations(folder, splits, {"parts": {"facts": {"share": 1.0}}}, tokenizer)


def write_unfinished_shards(folder, tokenizer):
    shards = ShardFolder(folder, {"seed": 0}, tokenizer, 10_000)
    shards.add_document("train", np.arange(100))
    shards.commit([0, 1])


def write_checkpoint(run, tokenizer):
    model = GPT(CONFIG)
    progress = Progress(3, 100, 1.5, 2.5, 3, {"val": 2.5})
    optimizer = Optimizer(OPTIMIZER, GPT(CONFIG))
    state = {"progress": vars(progress), "optimizer": optimizer.state_dict()}
    save_checkpoint(run, 3, model, tokenizer, state)


def write_loss_log(path):
    log = LossLog(path)
    log.write(Row(1, 100, 0.5, "train", 6.5, 1e-3, 1.0, 200.0))
    log.write(Row(1, 100, 0.5, "val/facts", 6.5))
    log.close()


def write_sources(folder):
    (folder / "rows.jsonl").write_bytes(ROWS)
    for ending in (".gz", ".xz", ".zst"):
        (folder / f"rows.jsonl{ending}").write_bytes(compress(ROWS, ending))
    (folder / "rows.json").write_bytes(b'[{"text": "one"}, {"text": "two"}]')
    (folder / "book.txt").write_bytes("\ufeffone\ntwo\n".encode())
    table = pyarrow.table({"text": ["one", "two"]})
    pyarrow.parquet.write_table(table, folder / "rows.parquet")


# ---- the reader of each file ----


def read_shards(folder):
    tokenizer = load_tokenizer(folder)
    describe_shards(folder / "shards")
    for split in ("train", "val"):
        shards = TokenShards(folder / "shards", split, tokenizer)
        batches = WindowBatches(shards, context=16, batch_tokens=64, micro_tokens=64, seed=0)
        batches(1)


def read_conversations(folder):
    pools = read_pools(folder / "conversations", "train", load_tokenizer(folder), 16, {})
    batches = MixedBatches(pools, batch_size=4, micro_tokens=64, seed=0)
    batches(1)


def read_unfinished_shards(folder):
    ShardFolder(folder / "unfinished", {"seed": 0}, load_tokenizer(folder), 10_000)


def read_model(folder):
    load_model(folder / CHECKPOINT)


def read_checkpoint(folder):
    model = GPT(CONFIG)
    resume(folder / CHECKPOINT, model, Optimizer(OPTIMIZER, model))


def read_settings(folder):
    read_run_json(folder)
    read_lr_drops(folder)


def read_log(folder):
    read_loss_log(folder / "loss.csv")


def read_question_file(folder):
    read_questions(folder / "questions.jsonl")


def read_rows(name, folder):
    source = open_source([str(folder / name)], columns=["text"])
    list(source.batches())


def read_and_count_rows(folder):
    read_rows("rows.jsonl", folder)
    count_pieces_in_files([folder / "rows.jsonl"])


READERS = {
    "shards/meta.json": read_shards,
    "shards/train_00000.npy": read_shards,
    "conversations/meta.json": read_conversations,
    "conversations/train_ids.npy": read_conversations,
    "conversations/train_mask.npy": read_conversations,
    "conversations/train_offsets.npy": read_conversations,
    "conversations/train_parts.npy": read_conversations,
    "unfinished/progress.json": read_unfinished_shards,
    "vocab.json": load_tokenizer,
    "merges.txt": load_tokenizer,
    "tokenizer_config.json": load_tokenizer,
    f"{CHECKPOINT}/config.json": read_model,
    f"{CHECKPOINT}/model.safetensors": read_model,
    f"{CHECKPOINT}/training_state.pt": read_checkpoint,
    "run.json": read_settings,
    "loss.csv": read_log,
    "questions.jsonl": read_question_file,
    "rows.jsonl": read_and_count_rows,
    "rows.jsonl.gz": partial(read_rows, "rows.jsonl.gz"),
    "rows.jsonl.xz": partial(read_rows, "rows.jsonl.xz"),
    "rows.jsonl.zst": partial(read_rows, "rows.jsonl.zst"),
    "rows.parquet": partial(read_rows, "rows.parquet"),
    "rows.json": partial(read_rows, "rows.json"),
    "book.txt": partial(read_rows, "book.txt"),
}


# ---- what is done to a file ----

unusual_values = [0, -1, 10**9, 2**64, "\x1b[2J", "../../outside", "share", float("nan")]
json_values = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from(unusual_values)
)


def lists_and_objects(inner):
    objects = some.dictionaries(some.text(max_size=8), inner, max_size=4)
    return some.lists(inner, max_size=4) | objects


any_json = some.recursive(json_values, lists_and_objects, max_leaves=8)


def random_bytes(draw, content):
    return draw(some.binary(max_size=200))


def random_json(draw, content):
    return json.dumps(draw(any_json)).encode()


def deeply_nested_json(draw, content):
    return b"[" * 100_000


def json_with_another_value(draw, content):
    try:
        value = json.loads(content)
    except ValueError:
        return partly_overwritten(draw, content)
    return json.dumps(replace_a_value(draw, value)).encode()


def partly_overwritten(draw, content):
    position = draw_position(draw, content)
    return content[:position] + draw(some.binary(max_size=8)) + content[position + 8 :]


def cut_off(draw, content):
    return content[: draw_position(draw, content)]


def draw_position(draw, content):
    """A position in the file; often in the first 150 bytes, the header, where most can go wrong."""
    limit = draw(some.sampled_from([150, 10**9]))
    last = max(0, min(len(content) - 1, limit))
    return draw(some.integers(0, last))


def replace_a_value(draw, value):
    """The JSON value with one value somewhere in it replaced."""
    is_container = isinstance(value, (dict, list)) and len(value) > 0
    if not is_container or draw(some.integers(0, 3)) == 0:
        return draw(any_json)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw(some.sampled_from(keys[:20]))
    copy = value.copy()
    copy[key] = replace_a_value(draw, value[key])
    return copy


CHANGES = [
    random_bytes,
    random_json,
    deeply_nested_json,
    json_with_another_value,
    partly_overwritten,
    cut_off,
]


@some.composite
def changed(draw, content):
    change = draw(some.sampled_from(CHANGES))
    return change(draw, content)


# ---- the tests ----


@pytest.fixture
def copy(good, tmp_path):
    return shutil.copytree(good, tmp_path / "inside" / "copy")


@pytest.mark.parametrize("name", READERS)
@settings(
    max_examples=int(os.environ.get("EXAMPLES", "40")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=some.data())
def test_a_corrupt_file_is_read_or_refused_with_its_folder(good, copy, name, data):
    (copy / name).write_bytes(data.draw(changed((good / name).read_bytes())))
    try:
        READERS[name](copy)
    except ValueError as refusal:
        assert str(copy) in str(refusal), refusal
    everything = copy.parent.parent.rglob("*")
    outside = [path.name for path in everything if copy not in path.parents]
    assert outside == ["inside", "copy"]
    if name.startswith("unfinished"):  # reading it truncates and renames shards
        shutil.copytree(good / "unfinished", copy / "unfinished", dirs_exist_ok=True)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    row=some.dictionaries(
        some.sampled_from(["prompt", "answers", "turns", "x"]), any_json, max_size=4
    )
)
def test_a_row_of_nectar_gives_messages_or_a_reason(row):
    try:
        messages = read_row(row)
    except BrokenConversation:
        return
    assert messages
    assert all(isinstance(message, str) for message in messages)
