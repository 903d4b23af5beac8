"""The scripts as a person runs them, in processes of their own."""

import json
import os
import re
import shutil
import signal
import time

import pytest
import torch

from network.model_folder import load_model
from tests.support.scripts import run_script, start_script
from training.loss_log import find_spikes, read_loss_log
from training.run_folder import load_checkpoint
from training.schedule import cosine_decay

SETTINGS = ["--size", "tiny", "--optimizer", "adamw", "--steps", 40, "--batch-tokens", 512, "--micro-tokens", 512, "--dtype", "float32", "--max-lr", 1e-3, "--min-lr", 1e-4,
            "--eval-every", 10, "--eval-tokens", 512, "--save-every", 10, "--sample-every", 0, "--lr-drop", "30:0.5"]  # fmt: skip


def pretrain(data_folder, out, *more, **options):
    return run_script(
        "pretrain.py", "--data", data_folder, "--out", out, *SETTINGS, *more, **options
    )


def log_without_clock(run):
    rows = [line.split(",") for line in (run / "loss.csv").read_text().splitlines()]
    return [row[:2] + row[3:7] for row in rows]  # `seconds` and `tokens_per_second` are times


def losses(run, split="train"):
    return [float(row[3]) for row in log_without_clock(run) if row[2] == split]


def final_state(run):
    return torch.load(run / "checkpoints" / "step_0000040" / "training_state.pt", weights_only=True)


def wait_for(condition, seconds=120):
    for _ in range(seconds * 20):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def whole(data_folder, tmp_path_factory):
    """A run of 40 steps that nothing disturbs."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    status, output = pretrain(data_folder, run)
    assert status == 0, output
    return run


def test_the_run_learns_and_writes_down_what_it_did(whole, data_folder):
    assert losses(whole, "val")[0] > 6 > losses(whole, "val")[-1]
    assert len(losses(whole)) == 40 and len(losses(whole, "val")) == 5
    settings = json.loads((whole / "run.json").read_text())
    assert (
        settings["settings"]["max_lr"] == 1e-3
        and settings["versions"]["torch"] == torch.__version__
    )
    assert sorted(path.name for path in (whole / "checkpoints").iterdir()) == [
        "step_0000030",
        "step_0000040",
    ]
    rates = [float(row[4]) for row in log_without_clock(whole) if row[2] == "train"]
    assert rates[29] < 0.55 * rates[28]  # the drop at step 30


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(
    whole, data_folder, tmp_path, optimizer
):
    if optimizer == "muon":
        whole = tmp_path / "whole"
        assert pretrain(data_folder, whole, "--optimizer", "muon")[0] == 0
    run = tmp_path / "killed"
    process = start_script(
        "pretrain.py", "--data", data_folder, "--out", run, *SETTINGS, "--optimizer", optimizer
    )
    assert wait_for(
        lambda: (run / "loss.csv").exists() and "\n23," in (run / "loss.csv").read_text()
    )
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (run / "checkpoints" / "step_0000020").exists() and not (
        run / "checkpoints" / "step_0000040"
    ).exists()
    status, output = pretrain(data_folder, run, "--optimizer", optimizer, "--resume")
    assert status == 0, output
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert log_without_clock(run) == log_without_clock(whole)
    for ours, theirs in zip(
        final_state(run)["optimizer"], final_state(whole)["optimizer"], strict=True
    ):
        for number, state in theirs["state"].items():
            for name, value in state.items():
                assert torch.equal(
                    torch.as_tensor(ours["state"][number][name]), torch.as_tensor(value)
                ), (number, name)


def test_the_micro_batch_changes_nothing_but_speed(whole, data_folder, tmp_path):
    status, output = pretrain(data_folder, tmp_path / "run", "--micro-tokens", 256)
    assert status == 0, output
    assert losses(tmp_path / "run") == pytest.approx(losses(whole), abs=1e-4)


def test_more_processes_than_micro_batches_do_no_harm_and_sigterm_saves_in_both(
    data_folder, tmp_path
):
    process = start_script(
        "pretrain.py",
        "--data",
        data_folder,
        "--out",
        tmp_path / "run",
        *SETTINGS,
        "--steps",
        4000,
        "--save-every",
        0,
        "--eval-every",
        0,
        two_processes=True,
    )
    assert wait_for(
        lambda: (
            (tmp_path / "run" / "loss.csv").exists()
            and "\n3," in (tmp_path / "run" / "loss.csv").read_text()
        )
    )
    process.send_signal(signal.SIGTERM)  # torchrun sends it on to both
    output, _ = process.communicate(timeout=60)
    assert "and saved" in output, output
    [checkpoint] = (tmp_path / "run" / "checkpoints").iterdir()
    assert load_model(checkpoint)


def test_output_that_nobody_reads_or_that_lacks_a_letter_does_not_end_a_run(data_folder, tmp_path):
    process = start_script(
        "pretrain.py",
        "--data",
        data_folder,
        "--out",
        tmp_path / "run",
        *SETTINGS,
        "--sample-every",
        5,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert wait_for(lambda: (tmp_path / "run" / "loss.csv").exists())
    process.stdout.close()
    assert (
        process.wait(timeout=120) == 0
        and (tmp_path / "run" / "checkpoints" / "step_0000040").is_dir()
    )


def test_a_trained_model_without_checkpoints_is_not_overwritten(whole, data_folder, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    shutil.rmtree(run / "checkpoints")
    before = (run / "loss.csv").read_bytes()
    status, output = pretrain(data_folder, run, "--resume")
    assert status == 2 and "holds a trained model, but no checkpoint to go on from" in output
    assert (run / "loss.csv").read_bytes() == before


def test_two_processes_under_torchrun_see_the_same_batches(whole, data_folder, tmp_path):
    status, output = pretrain(
        data_folder, tmp_path / "run", "--micro-tokens", 256, two_processes=True
    )
    assert status == 0, output
    assert losses(tmp_path / "run") == pytest.approx(losses(whole), abs=1e-4)
    assert losses(tmp_path / "run", "val") == pytest.approx(losses(whole, "val"), abs=1e-4)
    assert output.count("step 40/40  val loss") == 1  # one process speaks


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_save_and_end_cleanly_and_resume_goes_on(
    whole, data_folder, tmp_path, wish
):
    run = tmp_path / "run"
    process = start_script(
        "pretrain.py", "--data", data_folder, "--out", run, *SETTINGS, "--save-every", 0
    )
    assert wait_for(
        lambda: (run / "loss.csv").exists() and "\n3," in (run / "loss.csv").read_text()
    )
    process.send_signal(wish)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + wish and "saved" in output and "Traceback" not in output
    assert len(list((run / "checkpoints").iterdir())) == 1
    assert pretrain(data_folder, run, "--save-every", 0, "--resume")[0] == 0
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_a_loss_that_is_not_finite_stops_with_the_step_and_the_remedy_it_names_is_one(
    whole, data_folder, tmp_path
):
    run = tmp_path / "run"
    status, output = pretrain(data_folder, run, "--lr-drop", "21:1e33")
    assert status == 2 and "Traceback" not in output
    assert "pretrain.py: step 22: the loss is nan" in output
    newest = run / "checkpoints" / "step_0000020"
    assert (
        f"The last good checkpoint is {newest}: go on from it at half the learning rate with --resume --lr-drop 21:0.5"
        in output
    )
    status, output = pretrain(data_folder, run, "--resume", "--lr-drop", "21:0.5")
    assert status == 0 and losses(run)[:20] == losses(whole)[:20] and len(losses(run)) == 40, output


def test_a_run_is_not_overwritten_nor_resumed_with_another_past(whole, data_folder):
    before = (whole / "loss.csv").read_bytes(), (whole / "run.json").read_bytes()
    for more, expected in (
        ([], "--resume goes on with it"),
        (
            ["--resume", "--max-lr", 2e-3, "--seed", 1],
            "--max-lr was 0.001, now 0.002, --seed was 0, now 1",
        ),
        (["--resume", "--lr-drop", "20:0.5"], "--lr-drop was"),
    ):
        status, output = pretrain(data_folder, whole, *more)
        assert status == 2 and expected in output and "Traceback" not in output, output
    assert before == ((whole / "loss.csv").read_bytes(), (whole / "run.json").read_bytes())


def test_a_run_copied_to_another_place_with_its_data_goes_on_there(whole, data_folder, tmp_path):
    run, data = (
        shutil.copytree(whole, tmp_path / "elsewhere" / "run"),
        shutil.copytree(data_folder, tmp_path / "data"),
    )
    shutil.rmtree(run / "checkpoints" / "step_0000040")
    status, output = pretrain(data, run, "--resume")
    assert status == 0, output
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert log_without_clock(run) == log_without_clock(whole)


def test_every_checkpoint_kept_is_a_whole_model_with_its_training_state(whole):
    for step in (30, 40):
        folder = whole / "checkpoints" / f"step_{step:07d}"
        model, _ = load_model(folder)
        assert load_checkpoint(folder, model)["progress"]["step"] == step


def test_more_steps_are_allowed_and_the_learning_rate_before_and_after_is_said(
    whole, data_folder, tmp_path
):
    run = shutil.copytree(whole, tmp_path / "run")
    status, output = pretrain(data_folder, run, "--resume", "--steps", 44)
    assert status == 0, output
    schedule = {"max_lr": 1e-3, "min_lr": 1e-4, "warmup_steps": 4, "drops": [(30, 0.5)]}
    after, before = cosine_decay(41, steps=44, **schedule), cosine_decay(41, steps=40, **schedule)
    assert (
        f"warning: --steps was 40, now 44: the next learning rate is {after:.2e} instead of {before:.2e}"
        in output
    )
    assert len(losses(run)) == 44 and losses(run)[:40] == losses(whole)


def test_a_spike_of_the_loss_is_said_and_found_in_the_log_again(data_folder, tmp_path):
    status, output = pretrain(
        data_folder, tmp_path / "run", "--lr-drop", "36:3000", "--eval-every", 0, "--save-every", 0
    )
    said = [int(step) for step in re.findall(r"step (\d+): a spike, the loss is", output)]
    assert status == 0 and said and min(said) > 36, output
    assert find_spikes(read_loss_log(tmp_path / "run" / "loss.csv")) == said
    assert (
        f"spikes of the loss at {said[0]}"
        in run_script("plot_loss.py", tmp_path / "run", "--out", tmp_path / "loss.png")[1]
    )


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["pretrain.py", "--data", "nowhere"], "python prepare_fineweb.py --out nowhere"),
        (
            ["pretrain.py", "--steps", 0, "--batch-tokens", 1000, "--lr-drop", "x"],
            "--lr-drop takes STEP:FACTOR",
        ),
        (["pretrain.py", "--size", "huge"], "invalid choice"),
        (["prepare_fineweb.py", "--source", "nowhere.jsonl"], "there is no file nowhere.jsonl"),
        (["plot_loss.py", "nowhere"], "nowhere is not a run"),
        (["tokenizer_bpe.py", "show", "x", "--tokenizer", "nowhere"], "nowhere holds no tokenizer"),
    ],
)
def test_a_missing_input_or_nonsense_ends_with_status_2_and_a_sentence(arguments, expected):
    status, output = run_script(*arguments)
    assert status == 2 and expected in output and "Traceback" not in output


@pytest.mark.parametrize(
    "script", ["pretrain.py", "prepare_fineweb.py", "plot_loss.py", "tokenizer_bpe.py"]
)
def test_help_gives_the_command_lines(script):
    status, output = run_script(script, "--help")
    assert status == 0 and f"python {script}" in output
