"""Two processes against one: the gradient, Muon's steps, and evaluation, a divergence."""

import signal
from dataclasses import replace

import pytest
import torch

from model import GPT
from tests.support.forks import run_two_processes
from tests.support.models import CPU, TINY, batch_of, masked_sequences, relative_error
from tests.support.training import explosive_plan, learnable_batch, model_and_optimizer
from training.gradient import GradientBuffer, accumulate_gradients
from training.loop import train
from training.muon import SharedMuon
from training.run_json import read_run_json
from training.stop_request import StopRequest
from training.validation import evaluate

MOMENTA = [0.85 + 0.1 * step / 300 for step in (1, 2, 3)]
MUON_SETTINGS = {"lr": 1e-2, "weight_decay": 0.1, "adjust_lr_fn": "match_rms_adamw"}


def gradient_buffer(rank=0, world_size=1):
    """The buffer of 24 sequences in five micro-batches, of which each process takes its own.

    The second process asks to stop.
    """
    model, batch = GPT(TINY), batch_of(*masked_sequences(24), 5)
    own = replace(batch, micro_batches=batch.micro_batches[rank::world_size])
    hardware = replace(CPU, rank=rank, world_size=world_size)
    buffer = GradientBuffer(model)
    request = StopRequest(signal.SIGTERM if rank == 1 else None)
    accumulate_gradients(model.loss, own, buffer, hardware, request)
    return buffer.flat


def validation_loss(rank=0, world_size=1):
    hardware = replace(CPU, rank=rank, world_size=world_size)
    return evaluate(GPT(TINY), batch_of(*masked_sequences(10), 3).micro_batches, hardware)


def shared_muon(matrices):
    """Muon as `Optimizer` makes and uses it, at the reference's learning rate."""
    muon = SharedMuon(matrices, MUON_SETTINGS["weight_decay"], torch.bfloat16)
    for group in muon.param_groups:
        group["lr"] = MUON_SETTINGS["lr"]
    return muon


def pytorchs_muon(matrices):
    return torch.optim.Muon(matrices, **MUON_SETTINGS)


def take_three_muon_steps(make_muon):
    """The matrices and Muon's state after three steps on the same gradients everywhere."""
    random = torch.Generator().manual_seed(0)
    shapes = [(8, 24), (8, 8), (32, 8), (8, 32), (8, 24)]
    matrices = [torch.nn.Parameter(torch.randn(shape, generator=random)) for shape in shapes]
    muon = make_muon(matrices)
    for momentum in MOMENTA:
        muon.param_groups[0]["momentum"] = momentum  # PyTorch's does not change by itself
        for matrix in matrices:
            matrix.grad = torch.randn(matrix.shape, generator=random)
        muon.step()
    states = muon.state_dict()["state"]
    tensors = [value for number in sorted(states) for _, value in sorted(states[number].items())]
    return [matrix.detach() for matrix in matrices] + tensors


def rewound_weights(rank, run, tokenizer):
    """The weights after a run that diverges and is rewound."""

    def batch(step):
        whole = learnable_batch(step)
        return replace(whole, micro_batches=whole.micro_batches if rank == 0 else [])

    settings = {"on_divergence": "rewind", "steps": 30, "lr_drop": ((16, 1000.0),)}
    plan = replace(explosive_plan(**settings), batches=batch)
    model, optimizer = model_and_optimizer(tokenizer)
    train(plan, run, model, tokenizer, optimizer, replace(CPU, rank=rank, world_size=2))
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def run_one_of_two_processes(rank, folder, tokenizer):
    meeting = f"file://{folder}/meeting"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    results = {
        "gradient": gradient_buffer(rank, 2),
        "muon": take_three_muon_steps(shared_muon),
        "validation": validation_loss(rank, 2),
        "rewound": rewound_weights(rank, folder / "run", tokenizer),  # closes the group
    }
    results["rewinds"] = read_run_json(folder / "run")["rewinds"]
    torch.save(results, folder / f"{rank}.pt")


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory, tokenizer):
    """The results of each of two processes."""
    folder = tmp_path_factory.mktemp("processes")
    run_two_processes(run_one_of_two_processes, folder, tokenizer)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def test_two_processes_have_the_gradient_and_loss_of_one(two_processes):
    expected = gradient_buffer()[:-1]
    for process in two_processes:
        assert relative_error(process["gradient"][:-1], expected) < 1e-5


def test_both_processes_learn_that_one_was_asked_to_stop(two_processes):
    assert [process["gradient"][-1].item() for process in two_processes] == [1, 1]


def test_two_processes_have_the_validation_loss_of_one(two_processes):
    for process in two_processes:
        assert process["validation"] == pytest.approx(validation_loss(), rel=1e-6)


def test_two_processes_rewind_a_diverged_run_alike(two_processes):
    first, second = two_processes
    assert torch.equal(first["rewound"], second["rewound"])
    assert torch.isfinite(first["rewound"]).all()
    assert [rewind["step"] for rewind in first["rewinds"]] == [15]


def test_muon_shared_by_two_processes_takes_the_steps_of_muon_in_each(two_processes):
    expected = take_three_muon_steps(pytorchs_muon)
    for process in two_processes:
        for result, reference in zip(process["muon"], expected, strict=True):
            assert torch.equal(result, reference)


def test_muon_in_one_process_takes_the_steps_of_pytorchs():
    results, expected = take_three_muon_steps(shared_muon), take_three_muon_steps(pytorchs_muon)
    for result, reference in zip(results, expected, strict=True):
        assert torch.equal(result, reference)
