"""Out of memory during training: the step is repeated with half as many tokens at a time."""

from dataclasses import replace

import pytest
import torch

from model import GPT
from tests.support.forks import run_two_processes
from tests.support.models import CPU, TINY, batch_of, masked_sequences
from tests.support.training import model_and_optimizer, small_plan
from training import loop
from training.compiling import CompiledLoss, compile_loss, is_compiled
from training.device_memory import MemoryUse
from training.gradient import GradientBuffer, accumulate_gradients
from training.loop import train
from training.loss_log import read_loss_log
from training.machine_report import memory_lines
from training.micro_batching import MicroBatching, smallest_of_all, with_micro_batching
from training.run_json import read_run_json

LENGTH = 16  # of a sequence; each is a row of a micro-batch


def batches(tokens):
    """Eight sequences a step, `tokens` tokens at a time."""
    return lambda step: batch_of(*masked_sequences(8, seed=step), tokens // LENGTH)


def micro_plan(tokens, **changes):
    micro = MicroBatching(tokens, LENGTH, (LENGTH,), batches, LENGTH, requested=tokens)
    plan = small_plan(batches(tokens), **changes)
    run_json = with_micro_batching(plan.run_json, micro, CPU)
    return replace(plan, micro=micro, run_json=run_json)


def with_little_memory(model, rows, from_call=0):
    """Let the model's loss run out of memory for more rows than these, from this call on."""
    real, calls = model.loss, []

    def loss(ids, targets):
        calls.append(len(ids))
        if len(ids) > rows and len(calls) > from_call and torch.is_grad_enabled():
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(ids, targets)

    model.loss = loss
    return calls


def run_plan(plan, run, tokenizer, rows=None, from_call=0):
    model, optimizer = model_and_optimizer(tokenizer)
    if rows is not None:
        with_little_memory(model, rows, from_call)
    train(plan, run, model, tokenizer, optimizer, CPU)
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def logged(run):
    rows = read_loss_log(run / "loss.csv")
    return [(row.step, row.split, row.loss, row.gradient_norm) for row in rows]


def test_a_run_that_steps_down_at_once_is_the_run_with_half_as_many_bit_for_bit(
    tokenizer, tmp_path, capsys
):
    settings = {"eval_every": 0}
    expected = run_plan(micro_plan(32, **settings), tmp_path / "half", tokenizer)
    weights = run_plan(micro_plan(64, **settings), tmp_path / "whole", tokenizer, rows=2)
    assert torch.equal(weights, expected)
    assert logged(tmp_path / "whole") == logged(tmp_path / "half")
    assert (
        "warning: step 1: out of memory with 64 tokens at a time; the step is repeated, and the "
        "run goes on, with 32"
    ) in capsys.readouterr().out
    content = read_run_json(tmp_path / "whole")
    assert content["settings"]["micro_tokens"] == 32
    assert content["micro_batching"] == {
        "asked": 64,
        "tokens": 32,
        "device": CPU.device_name(),
        "halved_at_step": 1,
    }
    assert content["device_type"] == "cpu"


def test_a_run_that_has_given_up_compiling_and_then_steps_down_is_not_called_compiled(
    tokenizer, tmp_path, monkeypatch
):
    monkeypatch.setattr(CompiledLoss, "_hidden", lambda *_: 1 / 0)
    monkeypatch.setattr(loop, "compile_loss", lambda model, *_: CompiledLoss(model))
    model, optimizer = model_and_optimizer(tokenizer)
    with_little_memory(model, rows=2)
    hardware = replace(CPU, compile=True)
    with pytest.warns(UserWarning, match="ZeroDivisionError.*training uncompiled"):
        train(micro_plan(64, eval_every=0), tmp_path, model, tokenizer, optimizer, hardware)
    content = read_run_json(tmp_path)
    assert content["settings"]["micro_tokens"] == 32
    assert content["device"] == CPU.describe()


def test_an_interrupted_step_leaves_nothing_in_the_gradients(tokenizer, tmp_path):
    """Memory runs out in the second micro-batch of step 3: what the first has added is gone."""
    settings = {"eval_every": 0}
    run_plan(micro_plan(64, **settings), tmp_path / "whole", tokenizer)
    before_step_3 = 2 * 2  # micro-batches
    run_plan(
        micro_plan(64, **settings), tmp_path / "run", tokenizer, rows=2, from_call=before_step_3 + 1
    )
    interrupted, whole = logged(tmp_path / "run"), logged(tmp_path / "whole")
    assert interrupted[:2] == whole[:2]
    for (*_, loss, norm), (*_, expected_loss, expected_norm) in zip(interrupted, whole):
        assert loss == pytest.approx(expected_loss, rel=1e-4)
        assert norm == pytest.approx(expected_norm, rel=1e-3)
    assert read_run_json(tmp_path / "run")["micro_batching"]["halved_at_step"] == 3


def test_the_second_time_ends_the_run(tokenizer, tmp_path):
    with pytest.raises(torch.OutOfMemoryError):
        run_plan(micro_plan(64, eval_every=0), tmp_path, tokenizer, rows=1)


def test_one_sequence_at_a_time_cannot_be_halved(tokenizer, tmp_path):
    with pytest.raises(torch.OutOfMemoryError):
        run_plan(micro_plan(LENGTH, eval_every=0), tmp_path, tokenizer, rows=0)


def test_another_error_is_not_taken_for_a_lack_of_memory():
    model = GPT(TINY)

    def fail(ids, targets):
        raise RuntimeError("shapes differ")

    batch = batch_of(*masked_sequences(4), 2)
    with pytest.raises(RuntimeError, match="shapes differ"):
        accumulate_gradients(fail, batch, GradientBuffer(model), CPU, may_run_out=True)


# ---- two processes ----


def run_one_of_two_processes(rank, folder, tokenizer):
    """A run in which memory runs out in the second process only; saves the weights and choices."""
    meeting = f"file://{folder}/meeting"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    hardware = replace(CPU, rank=rank, world_size=2)
    smallest = smallest_of_all(1000 + rank, hardware)

    def own(tokens):
        whole = batches(tokens)
        return lambda step: replace(whole(step), micro_batches=whole(step).micro_batches[rank::2])

    plan = micro_plan(64, eval_every=0)
    plan = replace(plan, batches=own(64), micro=replace(plan.micro, make_batches=own))
    model, optimizer = model_and_optimizer(tokenizer)
    if rank == 1:
        with_little_memory(model, rows=2)
    train(plan, folder / "run", model, tokenizer, optimizer, hardware)  # closes the group
    weights = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    torch.save({"weights": weights, "smallest": smallest}, folder / f"{rank}.pt")


def test_if_memory_runs_out_in_one_process_all_step_down_together(tokenizer, tmp_path):
    run_two_processes(run_one_of_two_processes, tmp_path, tokenizer)
    first, second = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    assert torch.equal(first["weights"], second["weights"])
    assert first["smallest"] == second["smallest"] == 1000
    assert read_run_json(tmp_path / "run")["settings"]["micro_tokens"] == 32
    run_plan(micro_plan(32, eval_every=0), tmp_path / "alone", tokenizer)
    for ours, alone in zip(logged(tmp_path / "run"), logged(tmp_path / "alone"), strict=True):
        assert ours[2] == pytest.approx(alone[2], rel=1e-4)


# ---- what the first steps show ----


def test_less_than_1_gb_is_warned_of():
    tight = memory_lines(MemoryUse(10 * 10**9, 11 * 10**9, 11_900_000_000), 8192)
    assert tight[0] == (
        "memory: 10.00 GB in tensors, 11.00 GB reserved at the peak; 0.90 of 11.90 GB left"
    )
    assert tight[1].startswith("warning: less than 1 GB is left with 8,192 tokens at a time; --ch")
    assert len(memory_lines(MemoryUse(1, 2, 10**10), 8192)) == 1


def test_a_lack_of_memory_while_compiling_is_left_to_the_first_step(monkeypatch):
    def run_out(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch, "compile", lambda *_, **__: run_out)
    compiling = replace(CPU, compile=True)
    micro_batches = batch_of(*masked_sequences(2), 2).micro_batches
    assert is_compiled(compile_loss(GPT(TINY), compiling, micro_batches))
