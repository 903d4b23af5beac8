"""pretrain.py --from: starting from a run, a checkpoint, or a folder of transformers."""

import json
import shutil

import pytest
import torch

import pretrain
from model import GPT, GPTConfig
from network.model_folder import load_model, save_model
from tests.support.loss_csv import rows_without_times
from tokenizer_bpe import count_pieces, train_tokenizer
from training.start import describe_shape

FLAGS = (
    "--steps 6 --batch-tokens 256 --micro-tokens 256 --dtype float32 --device cpu --max-lr 1e-3"
    " --eval-every 2 --eval-tokens 256 --save-every 2 --keep 0 --sample-every 0"
)
SHAPE = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}


def train(data, out, *more):
    paths = ["--data", data, "--out", out]
    pretrain.main([str(word) for word in [*paths, *FLAGS.split(), *more]])
    return out


def fail(capsys, *arguments):
    """The message of a run that ends with status 2."""
    with pytest.raises(SystemExit) as end:
        train(*arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


@pytest.fixture(scope="module")
def origin(tokenizer, tmp_path_factory):
    """A small untrained model in a folder."""
    folder = tmp_path_factory.mktemp("origin")
    save_model(folder, GPT(GPTConfig(tokenizer.vocab_size, **SHAPE), seed=7), tokenizer)
    return folder


@pytest.fixture(scope="module")
def run(origin, data_folder, tmp_path_factory):
    """A run of six steps from it."""
    return train(data_folder, tmp_path_factory.mktemp("runs") / "run", "--from", origin)


def first_validation(run):
    return float(rows_without_times(run / "loss.csv")[0]["loss"])


def test_a_run_starts_from_the_weights_and_the_shape_of_the_model(run, origin, data_folder):
    import numpy as np

    model, _ = load_model(run)
    assert model.config == load_model(origin)[0].config
    val = np.load(data_folder / "val_00000.npy")[:257].astype(np.int64)
    windows = np.stack([val[start : start + 65] for start in range(0, 256, 64)])
    ids, targets = torch.from_numpy(windows[:, :-1]), torch.from_numpy(windows[:, 1:])
    loss = load_model(origin)[0].loss(ids, targets).item() / targets.numel()
    assert first_validation(run) == pytest.approx(loss, abs=1e-5)


def test_run_json_says_where_a_run_started(run, origin):
    content = json.loads((run / "run.json").read_text())
    assert content["settings"]["from"] == str(origin)
    assert content["settings"]["size"] == describe_shape(SHAPE)
    assert content["inputs"]["from"]["folder"] == str(origin)
    assert len(content["inputs"]["from"]["sha256"]) == 64


@pytest.mark.parametrize("repeats_the_flag", [True, False])
def test_it_is_resumed_bit_for_bit_after_its_origin_is_gone(
    run, origin, data_folder, tmp_path, repeats_the_flag
):
    killed = shutil.copytree(run, tmp_path / "killed")
    for name in ("step_0000004", "step_0000006"):
        shutil.rmtree(killed / "checkpoints" / name)
    hidden = origin.rename(origin.with_name("hidden"))
    try:
        again = ["--from", origin] if repeats_the_flag else []
        train(data_folder, killed, "--resume", *again)
    finally:
        hidden.rename(origin)
    assert rows_without_times(killed / "loss.csv") == rows_without_times(run / "loss.csv")
    assert (killed / "model.safetensors").read_bytes() == (run / "model.safetensors").read_bytes()
    assert json.loads((killed / "run.json").read_text())["settings"]["from"] == str(origin)


def test_a_run_that_stopped_before_its_first_checkpoint_starts_from_the_same_origin(
    run, data_folder, tmp_path
):
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    shutil.copy(run / "run.json", stopped)
    train(data_folder, stopped, "--resume")
    assert rows_without_times(stopped / "loss.csv") == rows_without_times(run / "loss.csv")


def test_a_checkpoint_and_a_folder_of_transformers_are_origins_too(
    run, tokenizer, data_folder, tmp_path
):
    import transformers

    after_six = first_validation(train(data_folder, tmp_path / "a", "--from", run, "--steps", 1))
    before = train(data_folder, tmp_path / "b", "--from", run / "checkpoints/step_0000002")
    assert after_six < first_validation(before)
    ids = {"bos_token_id": tokenizer.end_of_text, "eos_token_id": tokenizer.end_of_text}
    config = transformers.GPT2Config(vocab_size=tokenizer.vocab_size, **SHAPE, **ids)
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path / "theirs")
    tokenizer.save(tmp_path / "theirs")
    train(data_folder, tmp_path / "c", "--from", tmp_path / "theirs", "--steps", 1)


def test_another_size_another_origin_and_no_origin_are_refused(
    run, origin, data_folder, tmp_path, capsys
):
    message = fail(capsys, data_folder, tmp_path / "new", "--from", origin, "--size", "tiny")
    assert "--size tiny has 4 layers, 256 wide, 4 heads, context 256" in message
    assert f"{origin} has 2 layers, 32 wide, 2 heads, context 64; leave --size out" in message
    message = fail(capsys, data_folder, run, "--resume", "--from", "elsewhere")
    assert f"--from was {str(origin)!r}, now 'elsewhere'" in message
    message = fail(capsys, data_folder, tmp_path / "new", "--from", "nowhere")
    assert "nowhere holds no model" in message
    assert not (tmp_path / "new").exists()


def test_data_of_another_tokenizer_is_refused(data_folder, tmp_path, capsys):
    other = train_tokenizer(count_pieces(["other text"] * 10), 260, "other")
    save_model(tmp_path / "other", GPT(GPTConfig(other.vocab_size, **SHAPE)), other)
    message = fail(capsys, data_folder, tmp_path / "run", "--from", tmp_path / "other")
    assert f"{data_folder} was made with another tokenizer" in message


def test_a_size_that_fits_the_origin_may_be_named(tokenizer, data_folder, tmp_path, monkeypatch):
    monkeypatch.setitem(pretrain.SIZES, "tiny", SHAPE)
    save_model(tmp_path / "origin", GPT(GPTConfig(tokenizer.vocab_size, **SHAPE)), tokenizer)
    flags = ["--from", tmp_path / "origin", "--size", "tiny", "--steps", 1]
    run = train(data_folder, tmp_path / "run", *flags)
    assert json.loads((run / "run.json").read_text())["settings"]["size"] == "tiny"
