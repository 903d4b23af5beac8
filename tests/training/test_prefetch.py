"""Batches read ahead: the same ones, in the same order, with the same errors."""

import os
import signal
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

import finetune
import pretrain
from model import GPT, GPTConfig
from network.hardware import Hardware
from network.model_folder import save_model
from tests.support.forks import run_two_processes
from tests.support.models import CPU, batch_of, masked_sequences
from tests.support.scripts import ROOT
from tests.support.training import (
    draw_batch,
    explosive_plan,
    learnable_batch,
    model_and_optimizer,
    run_plan,
    small_plan,
)
from text.batches import WindowBatches
from text.shards import TokenShards
from text.tokenizer import load_tokenizer
from training.checkpoints import all_checkpoints, newest_checkpoint, step_of
from training.loop import train
from training.loss_log import read_loss_log
from training.prefetch import BatchReader, reads_ahead

TIMEOUT = 60  # seconds until a test fails instead of hanging


@pytest.fixture
def ahead(monkeypatch):
    """Reads ahead on the CPU too."""
    monkeypatch.setattr("training.loop.reads_ahead", lambda _: True)


def results(run):
    """What a run has logged, without its times, and its weights."""
    rows = read_loss_log(run / "loss.csv")
    logged = [(row.step, row.tokens, row.split, row.loss, row.learning_rate) for row in rows]
    return logged, (run / "model.safetensors").read_bytes()


# ---- the reader ----


def test_the_next_batch_is_read_before_it_is_asked_for():
    started, may_end = threading.Event(), threading.Event()

    def batch_of_step(step):
        if step == 2:
            started.set()
            assert may_end.wait(TIMEOUT)
        return draw_batch(step)

    reader = BatchReader(batch_of_step, last_step=3, ahead=True)
    reader.read(1)
    assert started.wait(TIMEOUT)  # while this thread could be computing
    may_end.set()
    assert np.array_equal(reader.read(2).micro_batches[0].inputs, masked_sequences(8, 2)[0][:3])


@pytest.mark.parametrize("is_ahead", [True, False])
def test_each_step_is_read_once_in_order_and_none_after_the_last(is_ahead):
    read = []

    def batch_of_step(step):
        read.append(step)
        return draw_batch(step)

    reader = BatchReader(batch_of_step, last_step=6, ahead=is_ahead)
    for step in range(3, 7):
        expected = draw_batch(step).micro_batches
        for ours, theirs in zip(reader.read(step).micro_batches, expected, strict=True):
            assert np.array_equal(ours.inputs, theirs.inputs)
            assert np.array_equal(ours.targets, theirs.targets)
    assert read == [3, 4, 5, 6]


def test_a_batch_read_ahead_for_another_step_is_discarded():
    reader = BatchReader(draw_batch, last_step=9, ahead=True)
    reader.read(5)
    inputs = reader.read(2).micro_batches[0].inputs
    assert np.array_equal(inputs, draw_batch(2).micro_batches[0].inputs)


def test_an_error_is_raised_where_its_batch_is_asked_for():
    def batch_of_step(step):
        if step == 2:
            raise ValueError("train_00001.npy is corrupt; prepare the data again")
        return draw_batch(step)

    reader = BatchReader(batch_of_step, last_step=3, ahead=True)
    reader.read(1)
    with pytest.raises(ValueError, match="train_00001.npy is corrupt"):
        reader.read(2)


def test_old_batches_are_freed_so_that_at_most_three_exist_at_a_time():
    alive = []

    class Counted:
        def __init__(self, step):
            alive.append(step)
            self.step = step

        def __del__(self):
            alive.remove(self.step)

    reader = BatchReader(Counted, last_step=9, ahead=True)
    for step in range(1, 10):
        batch = reader.read(step)
        assert batch.step == step
        assert len(alive) <= 3  # this one, the next, and for a moment the one before
    del batch
    for thread in threading.enumerate():
        if thread.name.startswith("batch of step"):  # it holds its batch until it ends
            thread.join(TIMEOUT)
    assert alive == []


def test_only_devices_that_work_on_their_own_are_read_ahead_for():
    assert not reads_ahead(CPU)
    assert reads_ahead(Hardware(torch.device("cuda")))
    assert reads_ahead(Hardware(torch.device("mps")))


@pytest.mark.parametrize("world_size", [1, 2])
def test_each_process_reads_its_own_share_of_the_same_batches(
    data_folder, tokenizer_folder, world_size
):
    shards = TokenShards(data_folder, "train", load_tokenizer(tokenizer_folder))
    for rank in range(world_size):
        batches = WindowBatches(shards, 16, 256, 64, 3, rank, world_size)
        reader = BatchReader(batches, last_step=5, ahead=True)
        for step in range(1, 6):
            read, expected = reader.read(step), batches(step)
            numbers = [micro_batch.numbers for micro_batch in read.micro_batches]
            assert numbers == [micro_batch.numbers for micro_batch in expected.micro_batches]


# ---- whole runs ----


def test_the_loop_reads_while_it_computes(tokenizer, tmp_path, ahead):
    started = {step: threading.Event() for step in range(1, 8)}
    overlapped = []

    def batch(step):
        started[step].set()
        return draw_batch(step)

    model, optimizer = model_and_optimizer(tokenizer)
    take_step = optimizer.step

    def step_of_a_slow_device(rate):
        step = len(overlapped) + 1
        overlapped.append(started[step + 1].wait(0 if step == 6 else TIMEOUT))
        take_step(rate)

    optimizer.step = step_of_a_slow_device
    train(small_plan(batch), tmp_path, model, tokenizer, optimizer, CPU)
    assert overlapped == [True] * 5 + [False]  # nothing is read after the last step


def test_a_run_that_reads_ahead_repeats_one_that_does_not(tokenizer, tmp_path, monkeypatch):
    run_plan(small_plan(), tmp_path / "serial", tokenizer)
    monkeypatch.setattr("training.loop.reads_ahead", lambda _: True)
    run_plan(small_plan(), tmp_path / "ahead", tokenizer)
    assert results(tmp_path / "ahead") == results(tmp_path / "serial")


def test_a_resumed_run_that_reads_ahead_repeats_the_uninterrupted_one(tokenizer, tmp_path, ahead):
    run_plan(small_plan(), tmp_path / "whole", tokenizer)
    run_plan(small_plan(), tmp_path / "parts", tokenizer)
    all_checkpoints(tmp_path / "parts")[-1].rename(tmp_path / "lost")
    run_plan(small_plan(), tmp_path / "parts", tokenizer, newest_checkpoint(tmp_path / "parts"))
    assert results(tmp_path / "parts") == results(tmp_path / "whole")


def test_a_rewound_run_discards_what_was_read_ahead(tokenizer, tmp_path, monkeypatch):
    plan = explosive_plan(on_divergence="rewind")
    run_plan(plan, tmp_path / "serial", tokenizer)
    monkeypatch.setattr("training.loop.reads_ahead", lambda _: True)
    run_plan(plan, tmp_path / "ahead", tokenizer)
    assert results(tmp_path / "ahead") == results(tmp_path / "serial")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_the_run_though_the_next_batch_is_not_there_yet(
    tokenizer, tmp_path, capsys, ahead, number
):
    sent, may_end = threading.Event(), threading.Event()

    def batch(step):
        if step == 3:  # read during step 2, from a disk that hangs
            os.kill(os.getpid(), number)
            sent.set()
            may_end.wait(TIMEOUT)
        return draw_batch(step)

    model, optimizer = model_and_optimizer(tokenizer)
    compute, calls = model.loss, []

    def loss(ids, targets):
        calls.append(1)
        if len(calls) > len(draw_batch(1).micro_batches):  # in step 2
            assert sent.wait(TIMEOUT)
        return compute(ids, targets)

    model.loss = loss
    try:
        with pytest.raises(SystemExit) as end:
            train(small_plan(batch, eval_every=0), tmp_path, model, tokenizer, optimizer, CPU)
    finally:
        may_end.set()
    assert end.value.code == 128 + number
    assert [step_of(each) for each in all_checkpoints(tmp_path)] == [2]
    assert "stopped and saved after step 2" in capsys.readouterr().out


def test_an_error_of_a_later_batch_lets_the_step_before_finish(tokenizer, tmp_path, ahead):
    def batch(step):
        if step == 3:
            raise ValueError("train_00001.npy is corrupt; prepare the data again")
        return draw_batch(step)

    with pytest.raises(ValueError, match="train_00001.npy is corrupt"):
        run_plan(small_plan(batch), tmp_path, tokenizer)
    rows = read_loss_log(tmp_path / "loss.csv")
    assert [row.step for row in rows if row.split == "train"] == [1, 2]


TRAINING = (
    "--steps 5 --eval-every 2 --save-every 2 --sample-every 0 --eval-tokens 512 --device cpu "
    "--dtype float32"
)


def test_pretraining_and_mixed_fine_tuning_read_ahead_the_same_batches(
    data_folder, tokenizer, tokenizer_folder, tmp_path, monkeypatch
):
    import prepare_nectar

    shape = {"n_positions": 64, "n_embd": 32, "n_layer": 1, "n_head": 2}
    monkeypatch.setitem(pretrain.SIZES, "tiny", shape)
    start, nectar = tmp_path / "start", tmp_path / "nectar"
    save_model(start, GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **shape)), tokenizer)
    source = ROOT / "sample" / "nectar.jsonl"
    words = f"--source {source} --tokenizer {tokenizer_folder} --out {nectar} --val-fraction 0.1"
    prepare_nectar.main(words.split())
    for is_ahead in (False, True):
        monkeypatch.setattr("training.loop.reads_ahead", lambda _, is_ahead=is_ahead: is_ahead)
        out = tmp_path / str(is_ahead)
        words = f"--data {data_folder} --size tiny --batch-tokens 512 --micro-tokens 128"
        pretrain.main(f"{words} --out {out / 'base'} {TRAINING}".split())
        words = f"--model {start} --data {nectar} --replay {data_folder}:0.3 --batch-size 12"
        words += f" --micro-tokens 512 --out {out / 'tuned'} {TRAINING}"
        finetune.main(words.split())
    for run in ("base", "tuned"):
        assert results(tmp_path / "True" / run) == results(tmp_path / "False" / run)


# ---- two processes ----


def train_one_of_two(rank, folder, tokenizer):
    sys.modules["training.loop"].reads_ahead = lambda _: True
    meeting = f"file://{folder}/meeting"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)

    def batch(step):
        whole = learnable_batch(step)
        own = batch_of(whole.micro_batches[0].inputs, whole.micro_batches[0].targets, 4)
        return replace(own, micro_batches=own.micro_batches[rank::2])

    settings = {"on_divergence": "rewind", "steps": 30, "lr_drop": ((16, 1000.0),)}
    plan = replace(explosive_plan(**settings), batches=batch)
    model, optimizer = model_and_optimizer(tokenizer)
    train(plan, folder / "run", model, tokenizer, optimizer, replace(CPU, rank=rank, world_size=2))
    weights = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    torch.save(weights, folder / f"{rank}.pt")


def test_two_processes_that_read_ahead_stay_alike_through_a_rewind(tokenizer, tmp_path):
    run_two_processes(train_one_of_two, tmp_path, tokenizer)
    first, second = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    assert torch.equal(first, second)
    assert torch.isfinite(first).all()
