"""The scripts by Windows' rules: nothing renames, deletes or cuts a file that it has open itself.

Also what differs there: streams, pipes, signals, and the numbers of errors.
"""

import errno
import os
import signal
import subprocess
import sys

import pytest

import finetune
import prepare_fineweb
import prepare_nectar
import pretrain
from network.model_folder import disk_error
from tests.support.scripts import ROOT, SAMPLE
from tests.support.windows import apply_windows_rules, windows_error
from tools.command_line import is_broken_pipe
from training.checkpoints import all_checkpoints
from training.stop_request import stop_on_signals

SCRIPTS = sorted(path.name for path in ROOT.glob("*.py") if "argparse" in path.read_text())
TRAINING = (
    "--steps {steps} --eval-every 2 --save-every 2 --sample-every 0 --keep 1 --eval-tokens 512 "
    "--device cpu --dtype float32"
)


@pytest.fixture
def by_windows_rules(monkeypatch):
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc to see which files are open")
    apply_windows_rules(monkeypatch)


def test_the_rules_refuse_what_windows_would(by_windows_rules, tmp_path):
    path = tmp_path / "a"
    path.write_text("x")
    with open(path), pytest.raises(PermissionError):
        path.unlink()
    (tmp_path / "folder").mkdir()
    with open(tmp_path / "folder" / "b", "w"), pytest.raises(PermissionError):
        os.replace(tmp_path / "folder", tmp_path / "other")
    path.unlink()


@pytest.mark.parametrize("split", ["hash", "position"])
def test_text_is_prepared(by_windows_rules, tokenizer_folder, tmp_path, split):
    paths = ["--source", SAMPLE, "--tokenizer", tokenizer_folder, "--out", tmp_path / "out"]
    options = ["--shard-tokens", 30_000, "--workers", 1, "--split", split]
    prepare_fineweb.main([*map(str, [*paths, *options])])
    assert (tmp_path / "out" / "meta.json").exists()


def test_an_interrupted_preparation_is_resumed(
    by_windows_rules, tokenizer_folder, tmp_path, monkeypatch
):
    paths = ["--source", SAMPLE, "--tokenizer", tokenizer_folder, "--out", tmp_path / "out"]
    arguments = [*map(str, paths), "--shard-tokens", "30000", "--workers", "1"]
    arguments += ["--split", "position"]

    def fail(*_):
        raise OSError(errno.EIO, "the disk fails")

    with monkeypatch.context() as patch:
        patch.setattr("text.shard_writer.ShardWriter.last_token", fail)
        with pytest.raises(SystemExit):
            prepare_fineweb.main(arguments)
    prepare_fineweb.main(arguments)
    assert (tmp_path / "out" / "meta.json").exists()


def test_a_model_is_trained_resumed_and_tuned(
    by_windows_rules, data_folder, tokenizer_folder, tmp_path, monkeypatch
):
    shape = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}
    monkeypatch.setitem(pretrain.SIZES, "tiny", shape)
    base, nectar, tuned = tmp_path / "base", tmp_path / "nectar", tmp_path / "tuned"
    words = f"--data {data_folder} --size tiny --out {base} --batch-tokens 256 --micro-tokens 128"
    pretrain.main([*words.split(), *TRAINING.format(steps=4).split()])
    pretrain.main([*words.split(), *TRAINING.format(steps=6).split(), "--resume"])
    source = ROOT / "sample" / "nectar.jsonl"
    words = f"--source {source} --tokenizer {tokenizer_folder} --out {nectar} --val-fraction 0.1"
    prepare_nectar.main(words.split())
    prepare_nectar.main(words.split())
    words = f"--model {base} --data {nectar} --out {tuned} --batch-size 8 --micro-tokens 512"
    finetune.main([*words.split(), *TRAINING.format(steps=4).split()])
    assert (base / "model.safetensors").exists() and (tuned / "model.safetensors").exists()
    assert len(all_checkpoints(tuned)) in (1, 2)  # the newest, and the best


# ---- streams, pipes, signals, errors ----


def test_there_are_scripts():
    assert {"pretrain.py", "tokenizer_bpe.py", "chat.py"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_can_be_printed_in_any_encoding(script):
    command = [sys.executable, script, "--help"]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    result = subprocess.run(command, cwd=ROOT, env=ascii_only, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_script_without_output_streams_still_does_its_work(data_folder, tmp_path):
    words = (
        f"{sys.executable} pretrain.py --data {data_folder} --size tiny --out {tmp_path / 'run'} "
        f"--batch-tokens 256 --micro-tokens 256 {TRAINING.format(steps=1)}"
    )
    command = ["sh", "-c", f"exec {words} >&- 2>&-"]
    assert subprocess.run(command, cwd=ROOT).returncode == 0
    assert (tmp_path / "run" / "model.safetensors").exists()


def test_a_closed_pipe_is_recognised_by_windows_number_too():
    assert is_broken_pipe(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    problem = windows_error(None, "a")
    problem.errno, problem.filename = errno.EINVAL, None
    assert is_broken_pipe(problem)
    assert not is_broken_pipe(OSError(errno.EINVAL, "Invalid argument"))
    assert not is_broken_pipe(ValueError("no"))


def test_ctrl_break_asks_the_run_to_stop(monkeypatch):
    number = signal.SIGUSR1  # stands in for a signal that only Windows has
    monkeypatch.setattr(signal, "SIGBREAK", number, raising=False)
    before = signal.getsignal(number)
    with stop_on_signals() as request:
        os.kill(os.getpid(), number)
        assert request.signal == number
    assert signal.getsignal(number) == before


def test_a_disk_error_of_safetensors_keeps_its_reason(tmp_path):
    message = 'Error while serializing: I/O error: No room left (os error 28) at path "a/.tmpX"'
    problem = disk_error(RuntimeError(message), tmp_path / "model.safetensors")
    assert (problem.errno, problem.strerror) == (errno.ENOSPC, "No room left")
    assert problem.filename == str(tmp_path / "model.safetensors")
