"""Training on one book or a few conversations: with little or nothing to validate on."""

import json
import shutil

import numpy as np
import pytest

import finetune
import prepare_fineweb
import prepare_nectar
import pretrain
from model import GPT, GPTConfig
from network.model_folder import save_model
from tests.support.scripts import ROOT, SAMPLE
from training.loss_log import read_loss_log

TEXTS = [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")]
NECTAR = ROOT / "sample" / "nectar.jsonl"
FIRST_ROW = 7
COMMON = "--dtype float32 --device cpu --steps 2 --sample-every 1"
PRETRAIN = f"{COMMON} --batch-tokens 256 --micro-tokens 256 --size tiny"
TUNE = f"{COMMON} --batch-size 4 --micro-tokens 512"


def shards(tmp_path, tokenizer_folder, text, *more):
    """A folder of shards made from one document."""
    source = tmp_path / "book.jsonl"
    source.write_text(json.dumps({"text": text}) + "\n")
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", tmp_path / "book"]
    prepare_fineweb.main([str(word) for word in [*paths, "--workers", 1, *more]])
    return tmp_path / "book"


def conversations(tmp_path, tokenizer_folder, number, *more, out="talks"):
    """Prepare so many rows of the sample; none of the first five is for validation, or long."""
    source = tmp_path / "rows.jsonl"
    source.write_text(
        "".join(NECTAR.open(encoding="utf-8").readlines()[FIRST_ROW : FIRST_ROW + number])
    )
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", tmp_path / out]
    prepare_nectar.main([*map(str, paths), *more])
    return tmp_path / out


def train(script, flags, data, out, *more):
    paths = ["--data", data, "--out", out]
    script.main([str(word) for word in [*paths, *flags.split(), *more]])


def splits_in(run):
    return {row.split for row in read_loss_log(run / "loss.csv")}


@pytest.fixture(scope="module")
def start(tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    shape = {"n_positions": 96, "n_embd": 32, "n_layer": 1, "n_head": 2}
    save_model(folder, GPT(GPTConfig(tokenizer.vocab_size, **shape)), tokenizer)
    return folder


@pytest.fixture(autouse=True)
def smaller_tiny(monkeypatch):
    shape = {"n_positions": 256, "n_embd": 32, "n_layer": 1, "n_head": 2}
    monkeypatch.setitem(pretrain.SIZES, "tiny", shape)
    monkeypatch.setitem(pretrain.SIZES, "mini", shape | {"n_positions": 512})


# ---- pretrain.py ----


def test_a_book_without_validation_is_trained_on_and_resumed(tmp_path, tokenizer_folder, capsys):
    book = shards(tmp_path, tokenizer_folder, "\n".join(TEXTS[:10]))
    run = tmp_path / "run"
    train(pretrain, PRETRAIN, book, run, "--eval-every", 1)
    output = capsys.readouterr().out
    assert "book has nothing for validation: training without it. To change that" in output
    assert "--split position" in output
    assert splits_in(run) == {"train"}
    shutil.rmtree(run / "checkpoints/step_0000002")
    train(pretrain, PRETRAIN, book, run, "--eval-every", 1, "--resume")
    assert splits_in(run) == {"train"}


def test_validation_smaller_than_a_window_is_used_as_far_as_it_goes(
    tmp_path, tokenizer_folder, capsys
):
    book = shards(tmp_path, tokenizer_folder, "\n".join(TEXTS[:10]), "--split", "position")
    tokens = len(np.load(book / "val_00000.npy"))
    assert 2 < tokens < 257
    run = tmp_path / "run"
    train(pretrain, PRETRAIN, book, run)
    output = capsys.readouterr().out
    assert f"only {tokens} tokens for validation, less than a window" in output
    assert splits_in(run) == {"train", "val"}
    assert json.loads((run / "run.json").read_text())["settings"]["eval_tokens"] == tokens - 1


def test_a_text_smaller_than_a_window_is_refused_with_the_way_out(
    tmp_path, tokenizer_folder, capsys
):
    for size, text, remedy in [
        ("tiny", TEXTS[0][:200], "prepare more text\n"),
        (
            "mini",
            "\n".join(TEXTS[:2])[:1000],
            "train a smaller model (--size tiny has windows of 256)",
        ),
    ]:
        (tmp_path / size).mkdir()
        folder = shards(tmp_path / size, tokenizer_folder, text)
        flags = ["--size", size, "--batch-tokens", 512, "--micro-tokens", 512]
        with pytest.raises(SystemExit) as end:
            train(pretrain, PRETRAIN, folder, tmp_path / "run", *flags)
        assert end.value.code == 2
        message = capsys.readouterr().err
        assert "too few for one window of" in message
        assert remedy in message


def test_a_batch_larger_than_the_text_is_reported_with_one_that_fits(
    tmp_path, tokenizer_folder, capsys
):
    book = shards(tmp_path, tokenizer_folder, "\n".join(TEXTS[:6]))
    windows = (len(np.load(book / "train_00000.npy")) - 1) // 256
    train(pretrain, PRETRAIN, book, tmp_path / "run", "--batch-tokens", 256 * (windows + 1))
    assert f"--batch-tokens {256 * windows} would read it once per step" in capsys.readouterr().out


# ---- finetune.py ----


@pytest.mark.parametrize("number", [1, 5])
@pytest.mark.parametrize("eval_every", [[], ["--eval-every", 0]])
def test_a_few_conversations_are_tuned_on_without_validation(
    start, tmp_path, tokenizer_folder, capsys, number, eval_every
):
    talks = conversations(tmp_path, tokenizer_folder, number)
    run = tmp_path / "run"
    train(finetune, TUNE, talks, run, "--model", start, *eval_every)
    output = capsys.readouterr().out
    assert ("talks has nothing for validation: training without it" in output) != bool(eval_every)
    assert "--weights best needs validation; the newest weights are kept instead" in output
    assert "run is ready: python chat.py --model" in output
    assert splits_in(run) == {"train"}
    newest = run / "checkpoints/step_0000002/model.safetensors"
    assert (run / "model.safetensors").read_bytes() == newest.read_bytes()


def test_the_newest_weights_are_kept_without_a_word_if_they_were_asked_for(
    start, tmp_path, tokenizer_folder, capsys
):
    talks = conversations(tmp_path, tokenizer_folder, 5)
    flags = ["--weights", "newest", "--eval-every", 0]
    train(finetune, TUNE, talks, tmp_path / "run", "--model", start, *flags)
    assert "newest weights" not in capsys.readouterr().out


def test_five_conversations_divided_by_position_are_validated_on(start, tmp_path, tokenizer_folder):
    talks = conversations(tmp_path, tokenizer_folder, 5, "--split", "position")
    train(finetune, TUNE, talks, tmp_path / "run", "--model", start)
    assert splits_in(tmp_path / "run") == {"train", "val"}


def test_if_only_the_replayed_data_has_validation_it_does_not_choose_the_weights(
    start, tmp_path, tokenizer_folder, data_folder, capsys
):
    talks = conversations(tmp_path, tokenizer_folder, 5)
    run = tmp_path / "run"
    replay = ["--replay", f"{data_folder}:0.25", "--eval-tokens", 500]
    train(finetune, TUNE, talks, run, "--model", start, *replay)
    output = capsys.readouterr().out
    assert "nothing for validation: only the replayed data is validated on" in output
    assert "the newest weights are kept" in output
    assert splits_in(run) == {"train", f"val/{data_folder.name}"}


def test_if_a_replayed_folder_has_no_validation_only_the_other_data_is_validated_on(
    start, tmp_path, tokenizer_folder, nectar_with_validation
):
    book = shards(tmp_path, tokenizer_folder, "\n".join(TEXTS[:10]))
    run = tmp_path / "run"
    replay = ["--replay", f"{book}:0.25", "--eval-tokens", 500]
    train(finetune, TUNE, nectar_with_validation, run, "--model", start, *replay)
    assert splits_in(run) == {"train", "val"}


@pytest.fixture
def nectar_with_validation(tmp_path, tokenizer_folder):
    return conversations(tmp_path, tokenizer_folder, 40, "--split", "position", out="more")


def test_shards_smaller_than_a_window_are_tuned_on_as_far_as_they_go(
    start, tmp_path, tokenizer_folder, capsys
):
    book = shards(tmp_path, tokenizer_folder, TEXTS[0][:100])
    assert len(np.load(book / "train_00000.npy")) < 97
    train(finetune, TUNE, book, tmp_path / "run", "--model", start, "--batch-size", 1)
    output = capsys.readouterr().out
    assert "book: 1 conversations" in output
    assert "run is ready: python generate.py --model" in output


def test_a_batch_larger_than_the_conversations_is_reported(
    start, tmp_path, tokenizer_folder, capsys
):
    talks = conversations(tmp_path, tokenizer_folder, 5)
    train(finetune, TUNE, talks, tmp_path / "run", "--model", start, "--batch-size", 50)
    output = capsys.readouterr().out
    assert (
        "each step reads the 5 conversations of --data 10.0 times; "
        "--batch-size 5 would take more, smaller steps"
    ) in output
