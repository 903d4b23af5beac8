"""Nothing that is read can run code, write outside the output folder, or drive the terminal of who reads it."""

import ast
import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch

import compare
import finetune
import plot_loss
import prepare_nectar
import tokenizer_bpe
from model import GPT, GPTConfig
from network.model_folder import load_model, save_model
from tests.support.scripts import ROOT
from text.examples import read_pools
from text.shards import TokenShards
from text.sources import open_source
from text.tokenizer import load_tokenizer
from tools.command_line import CONTROL_CHARACTERS, printable
from training.run_folder import load_checkpoint, save_checkpoint

CONFIG = GPTConfig(vocab_size=512, n_positions=64, n_embd=16, n_layer=1, n_head=2)
STEERING = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x08\u202e"


class Malicious:
    """Unpickled, it writes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def trace(tmp_path):
    """Is there once a Malicious was unpickled."""
    path = tmp_path / "trace"
    pickle.loads(pickle.dumps(Malicious(path)))
    assert path.exists()  # so the trap works
    path.rmdir()
    return path


@pytest.fixture
def run(tokenizer, tmp_path):
    save_model(tmp_path / "run", GPT(CONFIG), tokenizer)
    return tmp_path / "run"


def test_a_training_state_cannot_run_code(tmp_path, tokenizer, trace):
    saved = save_checkpoint(tmp_path, 1, GPT(CONFIG), tokenizer, {})
    torch.save({"optimizer": Malicious(trace)}, saved / "training_state.pt")
    with pytest.raises(ValueError, match="damaged"):
        load_checkpoint(saved, GPT(CONFIG))
    assert not trace.exists()


@pytest.mark.parametrize(
    "name",
    ["model.safetensors", "config.json", "vocab.json", "merges.txt", "tokenizer_config.json"],
)
def test_a_pickle_in_place_of_any_file_of_a_model_is_not_unpickled(run, trace, name):
    (run / name).write_bytes(pickle.dumps(Malicious(trace)))
    try:
        load_model(run)
    except ValueError as refusal:
        assert name in str(refusal)
    assert not trace.exists()


def test_a_model_folder_that_brings_code_and_old_pickled_weights_has_them_ignored(run, trace):
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(
        json.dumps(config | {"auto_map": {"AutoModel": "evil.Evil"}, "trust_remote_code": True})
    )
    (run / "evil.py").write_text(f"import os; os.mkdir({str(trace)!r})")
    torch.save({"wte.weight": Malicious(trace)}, run / "pytorch_model.bin")
    load_model(run)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["train_00000.npy", "train_ids.npy"])
def test_an_array_of_pickled_objects_is_refused(data_folder, tokenizer, tmp_path, trace, name):
    folder = shutil.copytree(data_folder, tmp_path / "data")
    if name == "train_ids.npy":
        meta = json.loads((folder / "meta.json").read_text())
        (folder / "meta.json").write_text(
            json.dumps({"tokenizer": meta["tokenizer"], "parts": {"facts": {}}})
        )
        for other in ("mask", "offsets", "parts"):
            np.save(folder / f"train_{other}.npy", np.zeros(1, dtype=np.int64))
    np.save(folder / name, np.array([Malicious(trace)], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=name):
        TokenShards(folder, "train", tokenizer) if name == "train_00000.npy" else read_pools(
            folder, "train", tokenizer, 64, {}
        )
    assert not trace.exists()


def test_a_data_set_that_brings_its_own_script_is_not_run(tmp_path, trace, monkeypatch):
    """On the hub such data sets exist; `datasets` no longer runs them, nor do we ask it to. Locally a folder is not even a source."""
    folder = tmp_path / "somebody" / "evil"
    folder.mkdir(parents=True)
    (folder / "evil.py").write_text(f"import os; os.mkdir({str(trace)!r})")
    monkeypatch.chdir(tmp_path)
    for source in ("somebody/evil", str(folder), str(folder / "evil.py")):
        with pytest.raises(ValueError, match="a source is"):
            open_source([source])
    assert not trace.exists()


def test_no_source_file_uses_what_can_run_code_from_data():
    """No pickle, eval, exec, or shell; torch.load with weights_only=True, np.load with allow_pickle=False."""
    forbidden = {
        "eval",
        "exec",
        "__import__",
        "system",
        "popen",
        "trust_remote_code",
        "pickle",
        "dill",
        "joblib",
        "shelve",
        "marshal",
        "yaml",
    }
    for path in [*ROOT.glob("*.py"), *ROOT.glob("baseball/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                options = {
                    keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords
                }
                is_method_of_model = name == "eval" and not node.args
                assert is_method_of_model or name not in forbidden, (
                    f"{path.name}, line {node.lineno}: {name}"
                )
                assert not forbidden & set(options) and not options.get("shell"), (
                    f"{path.name}, line {node.lineno}"
                )
                if name == "load" and getattr(getattr(node.func, "value", None), "id", "") in (
                    "torch",
                    "np",
                ):
                    assert (
                        options.get("weights_only") is True or options.get("allow_pickle") is False
                    ), f"{path.name}, line {node.lineno}"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = {alias.name.split(".")[0] for alias in node.names} | {
                    (getattr(node, "module", "") or "").split(".")[0]
                }
                assert not forbidden & names, f"{path.name}, line {node.lineno}"


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


def test_what_the_terminal_gets_can_only_be_read():
    assert not CONTROL_CHARACTERS.search(printable(STEERING)) and "\x1b" not in printable(STEERING)
    assert printable("é ⚾ 王\tand\nlines") == "é ⚾ 王\tand\nlines"


def test_questions_and_names_from_files_neither_steer_the_terminal_nor_break_the_report(
    run, tmp_path, capsys, recwarn
):
    hostile = (
        f"{STEERING}|a|b|\n# Title <script>alert(1)</script> ![x](http://x) `code` $x^2$ {{}} $"
    )
    question = {
        "topic": hostile,
        "question": hostile + "?",
        "answer": hostile,
        "accepted": ["three"],
    }
    second = {"topic": "plain", "question": "How many?", "answer": "Three.", "accepted": ["three"]}
    (tmp_path / "questions.jsonl").write_text(
        json.dumps(question) + "\n" + json.dumps(second) + "\n"
    )
    (run / "tokenizer_config.json").write_text(json.dumps({"name": hostile}))
    compare.main(
        [
            str(run),
            "--questions",
            str(tmp_path / "questions.jsonl"),
            "--out",
            str(tmp_path / "out"),
            "--device",
            "cpu",
            "--max-new-tokens",
            "4",
        ]
    )
    assert not CONTROL_CHARACTERS.search(capsys.readouterr().out)
    report = (tmp_path / "out" / "report.md").read_text()
    assert not CONTROL_CHARACTERS.search(report)
    assert not [
        line
        for line in report.splitlines()
        if line.startswith("# Title")
        or "<script>" in line
        or ("![x]" in line and "\\!" not in line and "\\[x" not in line)
    ]
    rows = [line for line in report.splitlines() if line.startswith("|") and "Title" in line]
    columns = {line.replace("\\|", "").count("|") for line in rows if "reference" not in line}
    assert rows and columns <= {3, 4, 5, 6}  # no row has more cells than its table
    assert (tmp_path / "out" / "comparison.png").stat().st_size > 10_000
    assert not [
        warning for warning in recwarn if CONTROL_CHARACTERS.search(str(warning.message))
    ]  # Matplotlib's, about letters that its font lacks


def test_a_models_own_words_neither_steer_the_terminal_nor_break_the_report(
    run, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(
        "evaluation.scores.answer_all",
        lambda model, tokenizer, prompts, *_, **__: [f"{STEERING} | three |\n# x"] * len(prompts),
    )
    (tmp_path / "questions.jsonl").write_text(
        '{"topic": "t", "question": "How many?", "answer": "Three.", "accepted": ["three"]}\n'
    )
    compare.main(
        [
            str(run),
            "--questions",
            str(tmp_path / "questions.jsonl"),
            "--out",
            str(tmp_path / "out"),
            "--device",
            "cpu",
        ]
    )
    assert not CONTROL_CHARACTERS.search(capsys.readouterr().out)
    report = (tmp_path / "out" / "report.md").read_text()
    assert (
        not CONTROL_CHARACTERS.search(report)
        and "\n# x" not in report
        and "\\| three \\|" in report
    )


def test_a_loss_log_and_a_data_folder_cannot_steer_the_terminal(
    tmp_path, tokenizer, capsys, recwarn
):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "loss.csv").write_text(
        f"step,tokens,seconds,split,loss,learning_rate,gradient_norm,tokens_per_second\n1,2,3,val/{STEERING.replace(chr(13), '')}$x_,4,,,\n"
    )
    plot_loss.main([str(tmp_path / "run"), "--out", str(tmp_path / "loss.png")])
    assert not [warning for warning in recwarn if CONTROL_CHARACTERS.search(str(warning.message))]
    assert not CONTROL_CHARACTERS.search(capsys.readouterr().out)
    identity = {"name": "test", "merges_sha256": tokenizer.merges_sha256}
    (tmp_path / "meta.json").write_text(
        json.dumps({"tokenizer": identity, "parts": {STEERING: {}}})
    )
    with pytest.raises(ValueError, match="meta.json is corrupt"):
        read_pools(tmp_path, "train", tokenizer, 64, {})


def test_a_row_of_a_data_set_is_text_and_nothing_else(tmp_path, tokenizer_folder, capsys):
    rows = [
        {
            "prompt": f"\n\nHuman: {STEERING} <|endoftext|> ../../etc\n\nAssistant: ",
            "turns": 1,
            "answers": [{"answer": STEERING + "<|endoftext|>", "rank": 1.0}],
        }
        for _ in range(3)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    prepare_nectar.main(
        [
            "--source",
            str(tmp_path / "rows.jsonl"),
            "--tokenizer",
            str(tokenizer_folder),
            "--out",
            str(tmp_path / "out"),
            "--val-fraction",
            "0",
        ]
    )
    assert not CONTROL_CHARACTERS.search(capsys.readouterr().out)
    tokenizer = load_tokenizer(tokenizer_folder)
    ids = np.load(tmp_path / "out" / "train_ids.npy")
    assert (
        ids == tokenizer.end_of_text
    ).sum() == 3  # those that close the answers; the ones in the text are letters
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "rows.jsonl"]


def test_settings_that_a_run_folder_hands_on_are_only_those_there_are(run, tmp_path):
    (run / "run.json").write_text(
        json.dumps({"settings": {"optimizer": STEERING, "kernels": "evil"}})
    )
    args = type(
        "Arguments",
        (),
        {
            "model": str(run),
            "out": str(tmp_path / "new"),
            "resume": True,
            "optimizer": None,
            "kernels": None,
        },
    )()
    assert finetune.inherit(args) == {} and (args.optimizer, args.kernels) in (
        ("adamw", "fused"),
        ("muon", "fused"),
    )


def test_show_prints_a_text_without_obeying_it(tokenizer_folder, capsys):
    tokenizer_bpe.main(["show", STEERING, "--tokenizer", str(tokenizer_folder)])
    assert not CONTROL_CHARACTERS.search(capsys.readouterr().out)
