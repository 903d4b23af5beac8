"""pretrain.py as a user runs it, in processes of its own: resuming, signals, torchrun, messages.

Most of the processes are forked, and their model is smaller than the size tiny; pairs of them have
the variables that torchrun sets. Where torchrun itself is killed, it starts them.
"""

import json
import os
import re
import shutil
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import pretrain as pretrain_script
from network.model_folder import load_model
from tests.support.loss_csv import rows_without_times
from tests.support.scripts import start_script
from tests.support.small_scripts import (
    run_small_script,
    start_small,
    start_two_small,
    wait_for_end,
)
from text.batches import MicroBatch
from training.checkpoints import load_checkpoint
from training.loss_log import find_spikes, read_loss_log
from training.rates import peak_rate
from training.schedule import Schedule
from training.settings import OPTIMIZERS

SETTINGS = (
    "--size tiny --optimizer adamw --steps 20 --batch-tokens 512 --micro-tokens 512"
    " --dtype float32 --max-lr 1e-3 --min-lr 1e-4 --eval-every 5 --eval-tokens 512"
    " --save-every 5 --sample-every 0 --lr-drop 15:0.5 --device cpu"
)
LAST = "step_0000020"


def arguments_of(data, out, *more):
    return ["--data", data, "--out", out, *SETTINGS.split(), *more]


def pretrain(data, out, *more):
    """Run pretrain.py to its end; returns its exit status and what it printed."""
    return run_small_script("pretrain.py", *arguments_of(data, out, *more))


def start_pretrain(data, out, *more):
    """Start pretrain.py with slow steps, so that it can be interrupted."""
    return start_small("pretrain.py", *arguments_of(data, out, *more), is_slow=True)


def log(run):
    return rows_without_times(run / "loss.csv")


def losses(run, split="train"):
    return [float(row["loss"]) for row in log(run) if row["split"] == split]


def weights(run):
    return (run / "model.safetensors").read_bytes()


def optimizer_state(run):
    """The tensors and numbers of the last checkpoint's optimizer, by part, parameter and name."""
    path = run / "checkpoints" / LAST / "training_state.pt"
    parts = torch.load(path, weights_only=True)["optimizer"]
    return {
        (part, parameter, name): torch.as_tensor(value)
        for part, content in enumerate(parts)
        for parameter, state in content["state"].items()
        for name, value in state.items()
    }


def wait_for(condition, seconds=120):
    """Wait until a condition holds; returns whether it came to hold in time."""
    for _ in range(seconds * 20):
        if condition():
            return True
        time.sleep(0.05)
    return False


def wait_for_step(run, step):
    path = run / "loss.csv"
    assert wait_for(lambda: path.exists() and f"\n{step}," in path.read_text())


@pytest.fixture(scope="module")
def whole(data_folder, tmp_path_factory):
    """A run of 20 steps that nothing disturbs."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    status, output = pretrain(data_folder, run)
    assert status == 0, output
    return run


# ---- a whole run ----


def test_a_run_learns(whole):
    assert losses(whole, "val")[0] > 6 > losses(whole, "val")[-1]
    assert len(losses(whole)) == 20
    assert len(losses(whole, "val")) == 5


def test_a_run_records_its_settings_and_versions(whole):
    content = json.loads((whole / "run.json").read_text())
    assert content["settings"]["max_lr"] == 1e-3
    assert content["versions"]["torch"] == torch.__version__


def print_data(steps, validation):
    """Print how often so many steps of 512 tokens read 9,984 tokens in windows of 256."""
    corpus = SimpleNamespace(
        train=[0] * 9999, window_tokens=lambda _: 9984, unigram_loss=lambda _: 6.5
    )
    settings = SimpleNamespace(
        start=None,
        data="data/x",
        batch_tokens=512,
        eval_tokens=1000,
        shared=SimpleNamespace(steps=steps),
    )
    pretrain_script.print_data(settings, corpus, validation, 256)


def test_the_validation_tokens_that_are_printed_are_those_of_whole_windows(capsys):
    inputs = np.zeros((3, 256), dtype=np.int64)
    print_data(2, {"val": [MicroBatch(inputs, inputs, ())]})
    assert "validation on 768 tokens; predicting" in capsys.readouterr().out


@pytest.mark.parametrize(
    "steps, times, is_often",
    [(39, "2.00", False), (78, "4.00", False), (79, "4.05", True)],
)
def test_text_that_is_read_more_than_four_times_gets_a_remark(capsys, steps, times, is_often):
    print_data(steps, {})
    output = capsys.readouterr().out
    assert f"data/x: 9,999 tokens, read {times} times\n" in output
    assert ("take more text, or fewer --steps" in output) == is_often


def test_the_learning_rate_drops_at_the_step_of_lr_drop(whole):
    rates = [float(row["learning_rate"]) for row in log(whole) if row["split"] == "train"]
    assert rates[14] < 0.55 * rates[13]


def test_a_run_keeps_its_two_newest_checkpoints(whole):
    names = sorted(path.name for path in (whole / "checkpoints").iterdir())
    assert names == ["step_0000015", "step_0000020"]


def test_every_checkpoint_is_a_whole_model_with_its_training_state(whole):
    for step in (15, 20):
        folder = whole / "checkpoints" / f"step_{step:07d}"
        model, _ = load_model(folder)
        assert load_checkpoint(folder, model)["progress"]["step"] == step


def test_the_micro_batch_size_changes_only_the_speed(whole, data_folder, tmp_path):
    status, output = pretrain(data_folder, tmp_path / "run", "--micro-tokens", 256)
    assert status == 0, output
    assert losses(tmp_path / "run") == pytest.approx(losses(whole), abs=1e-4)


def test_a_loss_spike_is_reported_and_found_again_in_the_log(data_folder, tmp_path):
    run = tmp_path / "run"
    spike = ["--steps", 30, "--lr-drop", "27:3000", "--eval-every", 0, "--save-every", 0]
    status, output = pretrain(data_folder, run, *spike)
    reported = [int(step) for step in re.findall(r"step (\d+): loss spike: ", output)]
    assert status == 0, output
    assert reported, output
    assert min(reported) > 27
    assert find_spikes(read_loss_log(run / "loss.csv")) == reported
    _, plot_output = run_small_script("plot_loss.py", run, "--out", tmp_path / "loss.png")
    assert f"spikes of the loss at {reported[0]}" in plot_output


def test_a_closed_pipe_and_an_encoding_without_the_letters_do_not_end_a_run(data_folder, tmp_path):
    run = tmp_path / "run"
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    arguments = arguments_of(data_folder, run, "--sample-every", 5, "--steps", 6)
    process = start_script("pretrain.py", *arguments, env=ascii_only)
    assert wait_for(lambda: (run / "loss.csv").exists())
    process.stdout.close()
    assert process.wait(timeout=120) == 0
    assert (run / "checkpoints" / "step_0000006").is_dir()


def test_the_defaults_depend_on_the_size(data_folder, tmp_path):
    flags = ["--size", "tiny", "--steps", 1, "--eval-every", 0, "--sample-every", 0]
    flags += ["--device", "cpu"]
    status, output = run_small_script(
        "pretrain.py", "--data", data_folder, "--out", tmp_path / "run", *flags
    )
    assert status == 0, output
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    assert settings["batch_tokens"] == pretrain_script.BATCH_TOKENS["tiny"]
    assert settings["optimizer"] == "muon"
    assert settings["max_lr"] == peak_rate("muon", 32)


def test_every_size_has_a_batch_and_other_shapes_have_that_of_the_default_size():
    for size in pretrain_script.SIZES:
        batch_tokens = pretrain_script.default_batch_tokens(size, {})
        assert batch_tokens == pretrain_script.BATCH_TOKENS[size]
        assert batch_tokens % pretrain_script.SIZES[size]["n_positions"] == 0
    assert pretrain_script.default_batch_tokens("48 layers, 1600 wide", {}) == 131072


def test_a_resumed_run_keeps_its_batch_even_if_the_default_has_changed():
    assert pretrain_script.default_batch_tokens("mini", {"batch_tokens": 16384}) == 16384


def test_no_process_is_idle_because_a_micro_batch_is_the_whole_batch(data_folder, tmp_path):
    flags = ["--data", data_folder, "--out", tmp_path / "run", "--size", "tiny", "--steps", 1]
    flags += ["--device", "cpu"]
    sizes = ["--batch-tokens", 384, "--micro-tokens", 4096, "--eval-every", 0]
    outputs = [wait_for_end(one) for one in start_two_small("pretrain.py", *flags, *sizes)]
    assert [status for status, _ in outputs] == [0, 0], outputs
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    assert settings["micro_tokens"] == 192  # three of six windows of 64


# ---- resuming ----


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(
    whole, data_folder, tmp_path, optimizer
):
    if optimizer != "adamw":
        whole = tmp_path / "whole"
        assert pretrain(data_folder, whole, "--optimizer", optimizer)[0] == 0
    run = tmp_path / "killed"
    process = start_pretrain(data_folder, run, "--optimizer", optimizer)
    wait_for_step(run, 11)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (run / "checkpoints" / "step_0000010").exists()
    assert not (run / "checkpoints" / LAST).exists()
    status, output = pretrain(data_folder, run, "--optimizer", optimizer, "--resume")
    assert status == 0, output
    assert weights(run) == weights(whole)
    assert log(run) == log(whole)
    ours, theirs = optimizer_state(run), optimizer_state(whole)
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        assert torch.equal(ours[key], value), key


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_saves_and_the_run_can_be_resumed(whole, data_folder, tmp_path, stop_signal):
    run = tmp_path / "run"
    process = start_pretrain(data_folder, run, "--save-every", 0)
    wait_for_step(run, 3)
    process.send_signal(stop_signal)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + stop_signal, output
    assert "saved" in output
    assert "Traceback" not in output
    assert len(list((run / "checkpoints").iterdir())) == 1
    assert pretrain(data_folder, run, "--save-every", 0, "--resume")[0] == 0
    assert weights(run) == weights(whole)


def test_a_loss_that_is_not_finite_stops_the_run_and_names_a_remedy_that_works(
    whole, data_folder, tmp_path
):
    run = tmp_path / "run"
    status, output = pretrain(data_folder, run, "--lr-drop", "11:1e33")
    assert status == 2, output
    assert "Traceback" not in output
    assert "pretrain.py: step 12: the loss is nan" in output
    newest = run / "checkpoints" / "step_0000010"
    remedy = "--resume --lr-drop 11:0.5"
    assert (
        f"The last good checkpoint is {newest}: resume from it at half the learning rate "
        f"with {remedy}"
    ) in output
    status, output = pretrain(data_folder, run, *remedy.split())
    assert status == 0, output
    assert losses(run)[:10] == losses(whole)[:10]
    assert len(losses(run)) == 20


def test_a_resumed_run_keeps_its_drops_without_lr_drop(whole, data_folder, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    shutil.rmtree(run / "checkpoints" / LAST)
    drop = ("--lr-drop", "15:0.5")
    arguments = arguments_of(data_folder, run, "--resume")
    words = [word for word in arguments if word not in drop]
    assert len(words) == len(arguments) - len(drop)
    status, output = run_small_script("pretrain.py", *words)
    assert status == 0, output
    rates = [[row["learning_rate"] for row in log(one)] for one in (run, whole)]
    assert rates[0] == rates[1]
    assert log(run) == log(whole)


def test_a_copy_of_a_run_and_its_data_is_resumed_elsewhere(whole, data_folder, tmp_path):
    run = shutil.copytree(whole, tmp_path / "elsewhere" / "run")
    data = shutil.copytree(data_folder, tmp_path / "data")
    shutil.rmtree(run / "checkpoints" / LAST)
    status, output = pretrain(data, run, "--resume")
    assert status == 0, output
    assert weights(run) == weights(whole)
    assert log(run) == log(whole)


def test_resuming_with_more_steps_warns_of_the_other_learning_rate(whole, data_folder, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    status, output = pretrain(data_folder, run, "--resume", "--steps", 22)
    assert status == 0, output
    before = Schedule(20, 1e-3, 1e-4, 2, ((15, 0.5),)).at(21)
    after = Schedule(22, 1e-3, 1e-4, 2, ((15, 0.5),)).at(21)
    assert (
        "warning: --steps was 20, now 22: "
        f"the next learning rate is {after:.2e} instead of {before:.2e}"
    ) in output
    assert len(losses(run)) == 22
    assert losses(run)[:20] == losses(whole)


def test_a_trapezoid_that_grows_before_its_cooldown_is_the_longer_run_bit_for_bit(
    data_folder, tmp_path
):
    flags = ["--schedule", "trapezoid", "--cooldown", 0.4, "--min-lr", 0, "--warmup-steps", 2]
    run, longer = tmp_path / "run", tmp_path / "longer"
    assert pretrain(data_folder, run, *flags, "--keep", 0)[0] == 0
    for step in (15, 20):
        shutil.rmtree(run / "checkpoints" / f"step_{step:07d}")
    status, output = pretrain(data_folder, run, *flags[4:], "--resume", "--steps", 30)
    assert status == 0, output
    assert "--steps was 20, now 30, which changes no learning rate up to step 12\n" in output
    assert "warning" not in output
    assert pretrain(data_folder, longer, *flags, "--steps", 30)[0] == 0
    assert log(run) == log(longer)
    assert weights(run) == weights(longer)


@pytest.mark.parametrize(
    "flags, expected",
    [
        ("", "resume it with --resume"),
        (
            "--resume --max-lr 2e-3 --seed 1",
            "--max-lr was 0.001, now 0.002, --seed was 0, now 1",
        ),
        ("--resume --lr-drop 20:0.5", "--lr-drop was"),
    ],
)
def test_a_run_is_not_overwritten_nor_resumed_with_another_past(
    whole, data_folder, flags, expected
):
    paths = [whole / "loss.csv", whole / "run.json"]
    before = [path.read_bytes() for path in paths]
    status, output = pretrain(data_folder, whole, *flags.split())
    assert status == 2, output
    assert expected in output
    assert "Traceback" not in output
    assert [path.read_bytes() for path in paths] == before


def test_a_trained_model_without_checkpoints_is_not_overwritten(whole, data_folder, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    shutil.rmtree(run / "checkpoints")
    before = (run / "loss.csv").read_bytes()
    status, output = pretrain(data_folder, run, "--resume")
    assert status == 2, output
    assert "holds a trained model but no checkpoint to resume from" in output
    assert (run / "loss.csv").read_bytes() == before


# ---- two processes ----


def test_two_processes_see_the_same_batches_as_one(whole, data_folder, tmp_path):
    arguments = arguments_of(data_folder, tmp_path / "run", "--micro-tokens", 256)
    processes = start_two_small("pretrain.py", *arguments)
    statuses, outputs = zip(*map(wait_for_end, processes))
    assert statuses == (0, 0), outputs
    for split in ("train", "val"):
        expected = losses(whole, split)
        assert losses(tmp_path / "run", split) == pytest.approx(expected, abs=1e-4)
    printed = [output.count("step 20/20  val loss") for output in outputs]
    assert printed == [1, 0]  # only the first process prints


def processes_of(run):
    """The ids of the processes whose command line names this run's folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if str(run).encode() in command:
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_if_torchrun_itself_is_killed_both_processes_save_and_end(data_folder, tmp_path):
    run = tmp_path / "run"
    endless = ["--steps", 100_000, "--save-every", 0, "--eval-every", 0]
    arguments = arguments_of(data_folder, run, *endless)
    process = start_script("pretrain.py", *arguments, two_processes=True)
    try:
        wait_for_step(run, 3)
        assert len(processes_of(run)) == 3
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
        assert wait_for(lambda: not processes_of(run), seconds=30)
    finally:
        for process_id in processes_of(run):
            os.kill(process_id, signal.SIGKILL)
    assert "torchrun has ended: stopped and saved after step" in output, output
    assert "Traceback" not in output
    [checkpoint] = (run / "checkpoints").iterdir()
    assert load_model(checkpoint)


def test_two_processes_with_one_micro_batch_train_and_save_on_sigterm(data_folder, tmp_path):
    run = tmp_path / "run"
    endless = ["--steps", 4000, "--save-every", 0, "--eval-every", 0]
    processes = start_two_small("pretrain.py", *arguments_of(data_folder, run, *endless))
    try:
        wait_for_step(run, 3)
        for process in processes:  # as torchrun does
            process.send_signal(signal.SIGTERM)
        statuses, outputs = zip(*(wait_for_end(process, timeout=60) for process in processes))
    finally:
        for process in processes:
            process.kill()
    assert statuses == (143, 143), outputs
    assert "and saved" in outputs[0]
    [checkpoint] = (run / "checkpoints").iterdir()
    assert load_model(checkpoint)
