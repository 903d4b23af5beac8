"""Untrusted files cannot run code, write outside the output folder, or control the terminal."""

import argparse
import ast
import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch

import compare
import plot_loss
import prepare_nectar
import tokenizer_bpe
from model import GPT, GPTConfig
from network.model_folder import load_model, save_model
from tests.support.json_files import QUESTION, set_json, write_jsonl
from tests.support.scripts import ROOT
from text.examples import read_pools
from text.shards import TokenShards
from text.sources import open_source
from text.tokenizer import load_tokenizer
from tools.command_line import CONTROL_CHARACTERS, printable
from training import finetune_settings
from training.checkpoints import load_checkpoint, save_checkpoint
from training.loss_log import HEADER
from training.run_json import find_settings
from training.settings import add_training_flags

CONFIG = GPTConfig(vocab_size=512, n_positions=64, n_embd=16, n_layer=1, n_head=2)
STEERING = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08\u202e"  # clears the screen, renames the window, …
HOSTILE = f"{STEERING}|a|b|\n# Title <script>alert(1)</script> ![x](http://x) `code` $x^2$ {{}} $"


class Malicious:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def trace(tmp_path):
    """A path that exists once a Malicious has been unpickled."""
    path = tmp_path / "trace"
    pickle.loads(pickle.dumps(Malicious(path)))
    assert path.exists()  # so the trap works
    path.rmdir()
    return path


@pytest.fixture
def run(tokenizer, tmp_path):
    save_model(tmp_path / "run", GPT(CONFIG), tokenizer)
    return tmp_path / "run"


def can_steer(text):
    """Whether a text has characters that a terminal obeys."""
    return CONTROL_CHARACTERS.search(text) is not None


# ---- code in data ----


def test_a_training_state_cannot_run_code(tmp_path, tokenizer, trace):
    saved = save_checkpoint(tmp_path, 1, GPT(CONFIG), tokenizer, {})
    torch.save({"optimizer": Malicious(trace)}, saved / "training_state.pt")
    with pytest.raises(ValueError, match="training_state.pt is corrupt"):
        load_checkpoint(saved, GPT(CONFIG))
    assert not trace.exists()


@pytest.mark.parametrize(
    "name",
    ["model.safetensors", "config.json", "vocab.json", "merges.txt", "tokenizer_config.json"],
)
def test_a_pickle_instead_of_a_file_of_a_model_is_not_unpickled(run, trace, name):
    (run / name).write_bytes(pickle.dumps(Malicious(trace)))
    try:
        load_model(run)
    except ValueError as refusal:
        assert name in str(refusal)
    assert not trace.exists()


def test_code_and_pickled_weights_in_a_model_folder_are_ignored(run, trace):
    set_json(run / "config.json", auto_map={"AutoModel": "evil.Evil"}, trust_remote_code=True)
    (run / "evil.py").write_text(f"import os; os.mkdir({str(trace)!r})")
    torch.save({"wte.weight": Malicious(trace)}, run / "pytorch_model.bin")
    load_model(run)
    assert not trace.exists()


def save_pickled_objects(path, trace):
    np.save(path, np.array([Malicious(trace)], dtype=object), allow_pickle=True)


def test_a_shard_of_pickled_objects_is_refused(data_folder, tokenizer, tmp_path, trace):
    folder = shutil.copytree(data_folder, tmp_path / "data")
    save_pickled_objects(folder / "train_00000.npy", trace)
    with pytest.raises(ValueError, match="train_00000.npy"):
        TokenShards(folder, "train", tokenizer)
    assert not trace.exists()


def test_conversations_of_pickled_objects_are_refused(tokenizer, tmp_path, trace):
    meta = {"tokenizer": tokenizer.identity(), "parts": {"facts": {}}}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    for array in ("mask", "offsets", "parts"):
        np.save(tmp_path / f"train_{array}.npy", np.zeros(1, dtype=np.int64))
    save_pickled_objects(tmp_path / "train_ids.npy", trace)
    with pytest.raises(ValueError, match="train_ids.npy"):
        read_pools(tmp_path, "train", tokenizer, 64, {})
    assert not trace.exists()


def test_the_script_of_a_data_set_is_not_run(tmp_path, trace, monkeypatch):
    """The hub has such data sets. `datasets` no longer runs their scripts, and we do not ask it to.

    A local folder is not a source at all.
    """
    folder = tmp_path / "somebody" / "evil"
    folder.mkdir(parents=True)
    (folder / "evil.py").write_text(f"import os; os.mkdir({str(trace)!r})")
    monkeypatch.chdir(tmp_path)
    for source in ("somebody/evil", str(folder), str(folder / "evil.py")):
        with pytest.raises(ValueError, match="a source is"):
            open_source([source])
    assert not trace.exists()


FORBIDDEN = {
    *("eval", "exec", "__import__", "system", "popen", "trust_remote_code"),
    *("pickle", "dill", "joblib", "shelve", "marshal", "yaml"),
}
PACKAGES = ["baseball", "evaluation", "network", "serving", "text", "tools", "training"]


def calls_forbidden_function(call):
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    is_model_eval = name == "eval" and not call.args  # the method that ends training mode
    return name in FORBIDDEN and not is_model_eval


def has_forbidden_option(call):
    options = {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}
    return bool(FORBIDDEN & set(options) or options.get("shell"))


def loads_pickles(call):
    """Whether a call is torch.load or np.load, without the option that forbids pickled objects."""
    name = getattr(call.func, "attr", "")
    module = getattr(getattr(call.func, "value", None), "id", "")
    if name != "load" or module not in ("torch", "np"):
        return False
    options = {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}
    return not (options.get("weights_only") is True or options.get("allow_pickle") is False)


def imports_forbidden_module(node):
    names = {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        names.add(node.module.split(".")[0])
    return bool(FORBIDDEN & names)


def can_run_code(node):
    if isinstance(node, ast.Call):
        return calls_forbidden_function(node) or has_forbidden_option(node) or loads_pickles(node)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return imports_forbidden_module(node)
    return False


def test_no_source_file_uses_what_can_run_code_from_data():
    """No pickle, eval, exec or shell; torch.load and np.load only without pickled objects."""
    folders = {path.parent.name for path in ROOT.glob("[!.]*/*.py")}
    assert folders - {"tests", "benchmarks"} == set(PACKAGES)
    paths = list(ROOT.glob("*.py"))
    for package in PACKAGES:
        paths += (ROOT / package).rglob("*.py")
    assert len(paths) > 50
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not can_run_code(node), f"{path}, line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    "code",
    [
        *("eval(text)", "exec(text)", "os.system(text)", "os.popen(text)"),
        *("subprocess.run(text, shell=True)", "load(text, trust_remote_code=True)"),
        *("torch.load(path)", "torch.load(path, weights_only=False)", "np.load(path)"),
        *("np.load(path, allow_pickle=True)", "import pickle", "from yaml import load"),
    ],
)
def test_code_that_runs_data_would_be_found(code):
    assert any(map(can_run_code, ast.walk(ast.parse(code))))


# ---- paths in data ----


def test_file_names_in_meta_json_stay_inside_the_folder(data_folder, tokenizer, tmp_path):
    folder = shutil.copytree(data_folder, tmp_path / "data")
    outside = tmp_path / "train_00000.npy"
    shutil.copy(folder / "train_00000.npy", outside)
    meta = json.loads((folder / "meta.json").read_text())
    for name in ("../train_00000.npy", str(outside)):
        meta["splits"]["train"][0]["file"] = name
        (folder / "meta.json").write_text(json.dumps(meta))
        shards = TokenShards(folder, "train", tokenizer)
        assert shards.paths[0] == folder / "train_00000.npy"


# ---- control characters in data ----


def test_text_for_the_terminal_has_no_control_characters():
    assert not can_steer(printable(STEERING))
    assert "\x1b" not in printable(STEERING)
    assert printable("é ⚾ 王\tand\nlines") == "é ⚾ 王\tand\nlines"


def compare_run(run, questions, out, *more):
    options = ["--questions", str(questions), "--out", str(out), "--device", "cpu", *more]
    compare.main([str(run), *options])
    return (out / "report.md").read_text()


def breaks_markdown(line):
    """Whether a line of the report has a heading, a script or a picture from the hostile text."""
    has_picture = "![x]" in line and "\\!" not in line and "\\[x" not in line
    return line.startswith("# Title") or "<script>" in line or has_picture


def ragged_rows(report):
    """The rows of tables that have more or fewer cells than the header of their table."""
    ragged = []
    header = None
    for line in report.splitlines():
        if not line.startswith("|"):
            header = None
            continue
        header = header or line
        if count_cells(line) != count_cells(header):
            ragged.append(line)
    return ragged


def count_cells(row):
    return row.replace("\\|", "").count("|") - 1


def no_warning_can_steer(warnings):
    """Matplotlib warns of letters that its font lacks."""
    return not any(can_steer(str(warning.message)) for warning in warnings)


def test_hostile_questions_neither_steer_the_terminal_nor_break_the_report(
    run, tmp_path, capsys, recwarn
):
    hostile_question = {
        "topic": HOSTILE,
        "question": HOSTILE + "?",
        "answer": HOSTILE,
        "accepted": ["three"],
    }
    write_jsonl(tmp_path / "questions.jsonl", [hostile_question, QUESTION])
    (run / "tokenizer_config.json").write_text(json.dumps({"name": HOSTILE}))
    out = tmp_path / "out"
    report = compare_run(run, tmp_path / "questions.jsonl", out, "--max-new-tokens", "4")
    assert not can_steer(capsys.readouterr().out)
    assert not can_steer(report)
    assert not any(map(breaks_markdown, report.splitlines()))
    rows = [line for line in report.splitlines() if line.startswith("|") and "Title" in line]
    assert rows
    assert ragged_rows(report) == []
    assert (out / "comparison.png").stat().st_size > 10_000
    assert no_warning_can_steer(recwarn)


def test_hostile_answers_neither_steer_the_terminal_nor_break_the_report(
    run, tmp_path, capsys, monkeypatch
):
    def hostile_answers(model, tokenizer, prompts, *_, **__):
        return [f"{STEERING} | three |\n# x"] * len(prompts)

    monkeypatch.setattr("evaluation.scores.answer_all", hostile_answers)
    write_jsonl(tmp_path / "questions.jsonl", [QUESTION])
    report = compare_run(run, tmp_path / "questions.jsonl", tmp_path / "out")
    assert not can_steer(capsys.readouterr().out)
    assert not can_steer(report)
    assert "\n# x" not in report
    assert "\\| three \\|" in report


def test_a_hostile_loss_log_cannot_steer_the_terminal(tmp_path, capsys, recwarn):
    split = f"val/{STEERING.replace(chr(13), '')}$x_"  # a carriage return would end the row
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "loss.csv").write_text(f"{HEADER}1,2,3,{split},4,,,\n")
    plot_loss.main([str(tmp_path / "run"), "--out", str(tmp_path / "loss.png")])
    assert no_warning_can_steer(recwarn)
    assert not can_steer(capsys.readouterr().out)


def test_a_part_with_control_characters_in_its_name_is_refused(tmp_path, tokenizer):
    meta = {"tokenizer": tokenizer.identity(), "parts": {STEERING: {}}}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(ValueError, match="meta.json is corrupt"):
        read_pools(tmp_path, "train", tokenizer, 64, {})


def test_a_hostile_row_of_a_data_set_becomes_text_and_nothing_else(
    tmp_path, tokenizer_folder, capsys
):
    row = {
        "prompt": f"\n\nHuman: {STEERING} <|endoftext|> ../../etc\n\nAssistant: ",
        "turns": 1,
        "answers": [{"answer": STEERING + "<|endoftext|>", "rank": 1.0}],
    }
    write_jsonl(tmp_path / "rows.jsonl", [row] * 3)
    paths = ["--source", str(tmp_path / "rows.jsonl"), "--out", str(tmp_path / "out")]
    options = ["--tokenizer", str(tokenizer_folder), "--val-fraction", "0"]
    prepare_nectar.main([*paths, *options])
    assert not can_steer(capsys.readouterr().out)
    tokenizer = load_tokenizer(tokenizer_folder)
    ids = np.load(tmp_path / "out" / "train_ids.npy")
    ends_of_answers = 3  # "<|endoftext|>" in the text is spelled in letters
    assert (ids == tokenizer.end_of_text).sum() == ends_of_answers
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "rows.jsonl"]


def test_unknown_settings_of_a_run_folder_are_not_inherited(run):
    hostile = {"settings": {"optimizer": STEERING, "kernels": "evil"}}
    (run / "run.json").write_text(json.dumps(hostile))
    parser = argparse.ArgumentParser()
    finetune_settings.add_folder_flags(parser.add_argument)
    add_training_flags(parser.add_argument, finetune_settings.DEFAULTS)
    args = parser.parse_args(["--model", str(run), "--max-lr", "1e-4"])
    inherited = finetune_settings.inherit(args, find_settings(args.model))
    assert inherited == {}
    settings, problems = finetune_settings.settle_shared(args, 100, 768, inherited, {})
    assert problems == []
    assert (settings.optimizer, settings.kernels) == ("adamw", "fused")


def test_show_prints_control_characters_without_obeying_them(tokenizer_folder, capsys):
    tokenizer_bpe.main(["show", STEERING, "--tokenizer", str(tokenizer_folder)])
    assert not can_steer(capsys.readouterr().out)
