"""How many tokens at a time: chosen by trial, by arithmetic, or as before; halved once."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from model import GPT, GPTConfig
from tests.support.models import CPU, TINY
from training import micro_batching
from training.device_memory import MemoryUse
from training.micro_batching import (
    MicroBatching,
    Trials,
    conversation_candidates,
    fit_by_arithmetic,
    largest_that_fits,
    missing_state_bytes,
    settle_micro_tokens,
    state_bytes,
    window_candidates,
    with_micro_batching,
)
from training.optimizer import Optimizer
from training.settings import OPTIMIZERS

GB = 10**9
DOUBLINGS = tuple(1024 << number for number in range(8))


def micro_batching_of(asked, tokens=4096, smallest=1024, multiple=1024):
    return MicroBatching(tokens, smallest, DOUBLINGS, lambda tokens: f"{tokens}", multiple, asked)


# ---- a card of so many bytes ----


def card(available, fixed, per_token, tried):
    """A trial on a card where `tokens` tokens take fixed + per_token · tokens bytes."""

    def trial(tokens):
        tried.append(tokens)
        needed = int(fixed + per_token * tokens)
        return MemoryUse(needed, needed, available) if needed <= available else None

    return trial


@pytest.mark.parametrize("available", [3 * GB, 6 * GB, 12 * GB, 24 * GB, 80 * GB])
def test_the_largest_number_that_leaves_1_gb_is_found_in_a_few_trials(available):
    fixed, per_token = 1.8 * GB, 0.4e6
    fitting = [n for n in DOUBLINGS if fixed + per_token * n <= available - GB]
    tried = []
    chosen = largest_that_fits(DOUBLINGS, card(available, fixed, per_token, tried))
    assert chosen == (fitting[-1] if fitting else DOUBLINGS[0])
    assert len(tried) == len(set(tried)) <= 4


@pytest.mark.parametrize("bend", [0.5, 1.6])
def test_the_largest_number_is_found_if_memory_does_not_grow_linearly(bend):
    def trial(tokens):
        needed = int(2 * GB + 0.3e6 * tokens * (bend if tokens > 4000 else 1))
        return MemoryUse(needed, needed, 12 * GB) if needed <= 12 * GB else None

    fitting = [n for n in DOUBLINGS if (use := trial(n)) and use.left >= GB]
    assert largest_that_fits(DOUBLINGS, trial) == fitting[-1]


def test_the_smallest_number_is_taken_if_it_fits_without_1_gb_to_spare():
    assert largest_that_fits(DOUBLINGS, card(2 * GB, 1.5 * GB, 0.1e6, [])) == 1024
    assert largest_that_fits(DOUBLINGS, card(1 * GB, 1.5 * GB, 0.1e6, [])) is None
    assert largest_that_fits((1024,), card(80 * GB, 1 * GB, 0.1e6, [])) == 1024


# ---- candidates ----


def test_windows_at_a_time_divide_the_batch_and_leave_some_for_each_process():
    assert window_candidates(2**19, 1024, 1) == tuple(1024 << number for number in range(10))
    assert window_candidates(2**13, 1024, 4) == (1024, 2048)
    assert window_candidates(12 * 64, 64, 1) == (64, 128, 192, 384, 768)
    assert window_candidates(64, 64, 8) == (64,)


def test_conversations_at_a_time_are_doublings_of_the_longest():
    assert conversation_candidates(8, 900, 1) == (900, 1800, 3600, 7200)
    assert conversation_candidates(1, 900, 2) == (900,)


# ---- settling ----


def settle(micro, recorded=None, hardware=CPU, model=None):
    model = model or GPT(TINY)
    optimizer = Optimizer("adamw", model)
    return settle_micro_tokens(micro, model, optimizer, hardware, recorded or {})


def test_a_number_is_taken_as_it_is(capsys):
    assert settle(micro_batching_of(4096)).tokens == 4096
    assert capsys.readouterr().out == ""


def test_on_a_cpu_auto_takes_what_half_of_the_free_memory_holds(monkeypatch):
    config = GPTConfig(n_layer=12, n_embd=768)
    micro = micro_batching_of("auto")
    for free, expected in ((64 * GB, 4096), (4 * GB, 2048), (1, 1024), (None, 4096)):
        monkeypatch.setattr(micro_batching, "free_memory", lambda _, free=free: free)
        assert fit_by_arithmetic(micro, config, CPU) == expected
    two = replace(CPU, world_size=2)
    monkeypatch.setattr(micro_batching, "free_memory", lambda _: 7 * GB)
    assert fit_by_arithmetic(micro, config, two) == 2048


def test_a_resumed_run_goes_on_with_the_number_it_ended_with(capsys):
    recorded = {"asked": "auto", "tokens": 2048, "device": CPU.device_name(), "halved_at_step": 7}
    settled = settle(micro_batching_of("auto"), recorded)
    assert (settled.tokens, settled.halved_at) == (2048, 7)
    assert "2,048 tokens at a time, as before" in capsys.readouterr().out
    run_json = with_micro_batching({"settings": {}}, settled, CPU)
    assert run_json["micro_batching"] == recorded


@pytest.mark.parametrize(
    "changes",
    [{"asked": 8192}, {"device": "another card"}, {"tokens": "2048"}, {"tokens": 0}, {"tokens": 7}],
)
def test_another_flag_or_device_or_a_corrupt_record_starts_afresh(changes):
    recorded = {"asked": 4096, "tokens": 2048, "device": CPU.device_name()} | changes
    assert settle(micro_batching_of(4096), recorded).tokens == 4096


def test_run_json_holds_the_number_and_how_it_came_about():
    before = {"settings": {"micro_tokens": "auto", "steps": 3}, "micro_batching": {"tokens": 1}}
    given = with_micro_batching(before, micro_batching_of(4096), CPU)
    assert given == {"settings": {"micro_tokens": 4096, "steps": 3}}
    chosen = with_micro_batching(before, micro_batching_of("auto"), CPU)
    assert chosen["settings"]["micro_tokens"] == 4096
    assert chosen["micro_batching"]["asked"] == "auto"


# ---- halving ----


def test_a_number_is_halved_once_to_a_multiple_and_never_below_the_smallest():
    halved = micro_batching_of(8192, tokens=8192).halved()
    assert halved.tokens == 4096
    assert halved.halved() is None
    assert micro_batching_of(3072, tokens=3072).halved().tokens == 1024
    assert micro_batching_of(1024, tokens=1024).halved() is None
    conversations = micro_batching_of(1200, tokens=1200, smallest=900, multiple=1)
    assert conversations.halved().tokens == 900


# ---- trials ----


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizers_state_is_as_large_as_predicted(name):
    model = GPT(TINY)
    optimizer = Optimizer(name, model)
    predicted = missing_state_bytes(optimizer)
    assert predicted == state_bytes(optimizer)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step(1e-3)
    states = [state for member in optimizer.optimizers for state in member.state.values()]
    tensors = [value for state in states for value in state.values() if value.dim() > 0]
    assert predicted == sum(tensor.nbytes for tensor in tensors)
    assert missing_state_bytes(optimizer) == 0


def test_trials_change_neither_weights_nor_optimizer_and_survive_a_lack_of_memory(monkeypatch):
    model = GPT(TINY)
    optimizer = Optimizer("muon", model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    micro = MicroBatching(16, 16, (16, 32), lambda tokens: None)
    monkeypatch.setattr(micro_batching, "read_use", lambda _: MemoryUse(1, 2, 3))
    said = []
    trials = Trials(micro, model, optimizer, CPU, said.append)
    assert trials(32) == MemoryUse(1, 2, 3)

    def run_out(ids, targets):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(model, "loss", run_out)
    assert trials(32) is None
    trials.end()
    assert said[1] == "trying 32 tokens at a time: too much"
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(member.state for member in optimizer.optimizers)


def test_a_trial_with_a_bug_is_not_taken_for_a_lack_of_memory(monkeypatch):
    model = GPT(TINY)
    micro = MicroBatching(16, 16, (16,), lambda tokens: None)
    trials = Trials(micro, model, Optimizer("adamw", model), CPU, print)
    monkeypatch.setattr(model, "loss", lambda *_: SimpleNamespace().missing)
    with pytest.raises(AttributeError):
        trials(16)


def test_if_nothing_fits_the_message_says_so(monkeypatch):
    fake = SimpleNamespace(device=torch.device("cuda", 0), compile=False, world_size=1)
    fake.is_first, fake.device_name = True, lambda: "a card"
    monkeypatch.setattr(micro_batching, "Trials", lambda *_: FullCard())
    with pytest.raises(ValueError, match="not even 1,024 tokens at a time fit .* of a card"):
        settle(micro_batching_of("auto"), hardware=fake)


class FullCard:
    """Trials on a card that has no memory left."""

    def __call__(self, tokens):
        return None

    def end(self):
        pass
