import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from model import GPT, NOT_A_TARGET, GPTConfig
from network.hardware import Hardware, choose_hardware, flops_per_token
from text.batches import Batch, MicroBatch
from tools.command_line import parse_lr_drop
from training import loop as training
from training.loop import GradientBuffer, accumulate_gradients, evaluate
from training.optimizer import Optimizer
from training.schedule import cosine_decay

CONFIG = GPTConfig(vocab_size=97, n_positions=16, n_embd=32, n_layer=2, n_head=2)
CPU = Hardware(torch.device("cpu"))


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


def masked_sequences(number, seed=0):
    """Inputs and targets, most of the targets masked, a different number in each sequence."""
    generator = np.random.default_rng(seed)
    inputs = generator.integers(0, 97, (number, 16))
    targets = generator.integers(0, 97, (number, 16))
    for row in range(number):
        targets[row, generator.permutation(16)[: generator.integers(0, 16)]] = NOT_A_TARGET
    return inputs, targets


def batch_of(inputs, targets, size):
    parts = [
        MicroBatch(inputs[i : i + size], targets[i : i + size], ())
        for i in range(0, len(inputs), size)
    ]
    return Batch(parts, int((targets >= 0).sum()), inputs.size, inputs.size)


def test_cosine_decay_is_the_closed_form():
    settings = {"steps": 9600, "max_lr": 6e-4, "min_lr": 6e-5, "warmup_steps": 715}
    assert cosine_decay(1, **settings) == pytest.approx(6e-4 / 715)
    assert cosine_decay(715, **settings) == pytest.approx(6e-4)
    assert cosine_decay(715 + (9600 - 715) // 2, **settings) == pytest.approx(
        (6e-4 + 6e-5) / 2, rel=1e-3
    )
    assert cosine_decay(9600, **settings) == pytest.approx(6e-5)
    step = 4321
    expected = 6e-5 + 5.4e-4 * 0.5 * (1 + math.cos(math.pi * (step - 715) / (9600 - 715)))
    assert cosine_decay(step, **settings) == pytest.approx(expected)
    assert cosine_decay(2999, **settings, drops=[(3000, 0.5)]) == cosine_decay(2999, **settings)
    assert cosine_decay(3000, **settings, drops=[(3000, 0.5)]) == pytest.approx(
        cosine_decay(3000, **settings) / 2
    )
    assert cosine_decay(7000, **settings, drops=[(3000, 0.5), (6000, 0.2)]) == pytest.approx(
        cosine_decay(7000, **settings) / 10
    )
    assert cosine_decay(1, steps=5, max_lr=1.0, min_lr=0.1, warmup_steps=0) <= 1.0


@pytest.mark.parametrize("text", ["3000", "0:0.5", "10:0", "10:-1", "x:0.5", "10:inf"])
def test_a_malformed_drop_is_refused(text):
    with pytest.raises(ValueError):
        parse_lr_drop(text)


@pytest.mark.parametrize("size", [1, 3, 8, 24])
def test_the_gradient_is_that_of_the_mean_over_all_targets_whatever_the_micro_batch(size):
    """Against one pass in float64. A mean of the micro-batches' means would differ: their numbers of targets do."""
    inputs, targets = masked_sequences(24)
    model = GPT(CONFIG)
    exact = GPT(CONFIG).double()
    hidden = exact(torch.from_numpy(inputs))
    exact_loss = torch.nn.functional.cross_entropy(
        exact.logits(hidden).flatten(0, 1),
        torch.from_numpy(targets).flatten(),
        ignore_index=NOT_A_TARGET,
    )
    exact_loss.backward()
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch_of(inputs, targets, size), buffer, CPU)
    assert buffer.loss.item() == pytest.approx(exact_loss.item(), rel=1e-5)
    for (name, parameter), reference in zip(model.named_parameters(), exact.parameters()):
        assert relative(parameter.grad.double(), reference.grad) < 1e-5, name


def test_clipping_scales_the_whole_gradient_to_the_given_norm():
    inputs, targets = masked_sequences(4)
    model = GPT(CONFIG)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch_of(inputs, targets, 4), buffer, CPU)
    before = [parameter.grad.clone() for parameter in model.parameters()]
    norm = math.sqrt(sum(float(gradient.double().square().sum()) for gradient in before))
    assert buffer.clip(norm / 2).item() == pytest.approx(norm, rel=1e-5)
    for parameter, gradient in zip(model.parameters(), before):
        assert torch.allclose(parameter.grad, gradient / 2, rtol=1e-4)
    assert buffer.clip(norm).item() == pytest.approx(norm / 2, rel=1e-4)
    assert torch.allclose(
        model.wte.weight.grad, before[0] / 2, rtol=1e-4
    )  # a shorter one stays as it is


def test_evaluation_is_the_mean_over_targets_and_leaves_no_gradient():
    inputs, targets = masked_sequences(10)
    model = GPT(CONFIG)
    logits = model.logits(model(torch.from_numpy(inputs))).double()
    expected = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), torch.from_numpy(targets).flatten(), ignore_index=NOT_A_TARGET
    ).item()
    for size in (1, 3, 10):
        assert evaluate(model, batch_of(inputs, targets, size).micro_batches, CPU) == pytest.approx(
            expected, rel=1e-5
        )
    assert all(parameter.grad is None for parameter in model.parameters())


def test_weight_decay_acts_on_matrices_and_embeddings_only():
    model = GPT(CONFIG)
    for name in ("adamw", "muon"):
        for part in Optimizer(name, model).parts:
            for group in part.param_groups:
                assert all(
                    (parameter.dim() == 2) == (group["weight_decay"] > 0)
                    for parameter in group["params"]
                )


def test_muon_gets_the_matrices_inside_the_blocks_and_every_parameter_has_one_optimizer():
    model = GPT(CONFIG)
    optimizer = Optimizer("muon", model)
    by_part = [
        {id(parameter) for group in part.param_groups for parameter in group["params"]}
        for part in optimizer.parts
    ]
    assert by_part[1] == {
        id(parameter)
        for name, parameter in model.named_parameters()
        if name.startswith("h.") and parameter.dim() == 2
    }
    assert not by_part[0] & by_part[1] and len(by_part[0] | by_part[1]) == len(
        list(model.parameters())
    )


def three_muon_steps(make):
    """The matrices and Muon's state after three steps on the same gradients everywhere."""
    random = torch.Generator().manual_seed(0)
    matrices = [
        torch.nn.Parameter(torch.randn(shape, generator=random))
        for shape in ((8, 24), (8, 8), (32, 8), (8, 32), (8, 24))
    ]
    muon = make(matrices, lr=1e-2, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        for matrix in matrices:
            matrix.grad = torch.randn(matrix.shape, generator=random)
        muon.step()
    return [matrix.detach() for matrix in matrices] + [
        state["momentum_buffer"] for _, state in sorted(muon.state_dict()["state"].items())
    ]


def gradient(rank=0, world=1):
    """Of 24 sequences in five micro-batches, of which each process takes its own; and the loss, in the same buffer."""
    model, batch = GPT(CONFIG), batch_of(*masked_sequences(24), 5)
    buffer = GradientBuffer(model)
    accumulate_gradients(
        model.loss,
        replace(batch, micro_batches=batch.micro_batches[rank::world]),
        buffer,
        replace(CPU, rank=rank, world=world),
    )
    return buffer.flat


def one_of_two_processes(rank, folder):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2
    )
    torch.save(
        {"muon": three_muon_steps(training._SharedMuon), "gradient": gradient(rank, 2)},
        folder / f"{rank}.pt",
    )
    torch.distributed.destroy_process_group()


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """What each of two processes came to."""
    folder = tmp_path_factory.mktemp("processes")
    torch.multiprocessing.spawn(one_of_two_processes, (folder,), nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def test_muon_shared_by_two_processes_takes_the_steps_of_muon_in_each(two_processes):
    expected = three_muon_steps(torch.optim.Muon)
    for process in two_processes:
        assert all(torch.equal(a, b) for a, b in zip(process["muon"], expected, strict=True))


def test_two_processes_have_the_gradient_of_one(two_processes):
    for process in two_processes:
        assert relative(process["gradient"], gradient()) < 1e-5


def test_adamw_takes_the_step_of_its_paper():
    """Loshchilov & Hutter 2019, algorithm 2, first step, in float64: the moments' bias corrections leave g/|g|."""
    model = GPT(CONFIG)
    inputs, targets = masked_sequences(4)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch_of(inputs, targets, 4), buffer, CPU)
    before, gradient = (
        model.wte.weight.detach().double().clone(),
        model.wte.weight.grad.double().clone(),
    )
    Optimizer("adamw", model).step(1e-3)
    expected = before * (1 - 1e-3 * 0.1) - 1e-3 * gradient / (gradient.abs() + 1e-8)
    assert torch.allclose(model.wte.weight.detach().double(), expected, atol=1e-7)


def test_operations_per_token_follow_the_published_count():
    """GPT-2 small: 6 × 123.6 M weights that multiply, and 12 × 12 layers × 768 × 1,024 for attention."""
    assert (
        flops_per_token(GPTConfig()) == 6 * (12 * 12 * 768**2 + 50257 * 768) + 12 * 12 * 768 * 1024
    )


def test_a_device_that_is_not_there_is_refused():
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="--device cuda is not available"):
            choose_hardware("cuda")
    assert choose_hardware("cpu", "float32").dtype == torch.float32
    assert choose_hardware("cpu", "bfloat16", "on") == Hardware(
        torch.device("cpu"), torch.bfloat16, True
    )


def test_where_compiling_fails_training_goes_on_without(monkeypatch):
    model = GPT(CONFIG)
    inputs, targets = masked_sequences(2)

    def broken(_):
        def fail(*_):
            raise RuntimeError("no compiler")

        return fail

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.warns(UserWarning, match="compiling failed"):
        loss = training.training_loss(
            model, Hardware(torch.device("cpu"), compile=True), [(inputs, targets)]
        )
    assert loss == model.loss


def test_durations_read_like_a_clock():
    assert [training._clock(seconds) for seconds in (5, 65, 3725, 200_000)] == [
        "0m05s",
        "1m05s",
        "1h02m",
        "55h33m",
    ]
