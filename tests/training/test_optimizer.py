"""AdamW against its paper, and which optimizer each parameter gets."""

import copy
import math

import pytest
import torch

from model import GPT
from tests.support.models import CPU, TINY, batch_of, masked_sequences
from training import muon
from training.gradient import GradientBuffer, accumulate_gradients
from training.muon import SharedMuon, momentum_at, orthogonalize
from training.optimizer import Optimizer
from training.settings import OPTIMIZERS


def model_with_gradient():
    model = GPT(TINY)
    batch = batch_of(*masked_sequences(4), 4)
    accumulate_gradients(model.loss, batch, GradientBuffer(model), CPU)
    return model


def parameters_of(part):
    return [parameter for group in part.param_groups for parameter in group["params"]]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_acts_on_matrices_and_embeddings_only(name):
    for part in Optimizer(name, GPT(TINY)).optimizers:
        for group in part.param_groups:
            for parameter in group["params"]:
                assert (parameter.dim() == 2) == (group["weight_decay"] > 0)


@pytest.mark.parametrize("name", ["muon", "normuon"])
def test_muon_gets_the_matrices_inside_the_blocks_and_every_parameter_has_one_optimizer(name):
    model = GPT(TINY)
    in_adamw, in_muon = map(parameters_of, Optimizer(name, model).optimizers)
    expected = {
        id(parameter)
        for name, parameter in model.named_parameters()
        if name.startswith("h.") and parameter.dim() == 2
    }
    assert set(map(id, in_muon)) == expected
    assert not set(map(id, in_adamw)) & expected
    assert set(map(id, in_adamw)) | expected == set(map(id, model.parameters()))
    assert len(in_adamw) + len(in_muon) == len(list(model.parameters()))


def test_adamw_takes_the_step_of_its_paper():
    """Loshchilov & Hutter 2019, algorithm 2, first step, in float64.

    The bias corrections of the moments leave g/|g|.
    """
    model = model_with_gradient()
    before = model.wte.weight.detach().double().clone()
    gradient = model.wte.weight.grad.double().clone()
    Optimizer("adamw", model).step(1e-3)
    expected = before * (1 - 1e-3 * 0.1) - 1e-3 * gradient / (gradient.abs() + 1e-8)
    assert torch.allclose(model.wte.weight.detach().double(), expected, atol=1e-7)


def rotations(number, rows, columns):
    """Matrices whose singular values are all 1, different ones."""
    random = torch.Generator().manual_seed(0)
    drawn = torch.randn(number, rows, columns, generator=random, dtype=torch.float64)
    return torch.linalg.qr(drawn).Q


def normuon_of_paper(start, gradients, learning_rate, momentum):
    """Li et al. 2025, algorithm 1, in float64, with Nesterov momentum and exact orthogonal factors.

    The decay is 0.1; the averages of squares have the paper's 0.95.
    """
    weights, average, squares = start, torch.zeros_like(start), torch.zeros_like(start[:, :1])
    for gradient in gradients:
        average = momentum * average + (1 - momentum) * gradient
        ahead = momentum * average + (1 - momentum) * gradient
        left, _, right = torch.linalg.svd(ahead, full_matrices=False)
        factor = left @ right
        squares = 0.95 * squares + 0.05 * factor.square().mean(1, keepdim=True)
        alike = factor / squares.sqrt()
        size = 0.2 * learning_rate * math.sqrt(start.numel()) / alike.norm()
        weights = weights * (1 - learning_rate * 0.1) - size * alike
    return weights


@pytest.mark.parametrize("momentum", [0.0, 0.95])
def test_normuon_takes_the_steps_of_its_paper(momentum, monkeypatch):
    """From gradients whose momentum has equal singular values, as those of one rotation have.

    Of such matrices the iterations find the exact factor but for a common scale, which NorMuon's
    step does not depend on. Without momentum, each step may have another rotation.
    """
    gradients = rotations(4, 24, 8)
    if momentum:
        gradients = [scale * gradients[0] for scale in (1.0, 0.3, -2.0)]
    start = torch.randn(24, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    matrix = torch.nn.Parameter(start.float())
    optimizer = SharedMuon([matrix], 0.1, normalizes_rows=True, dtype=torch.float32)
    optimizer.param_groups[0]["lr"] = 1e-2
    monkeypatch.setattr(muon, "momentum_at", lambda step: momentum)
    for gradient in gradients:
        matrix.grad = gradient.float()
        optimizer.step()
    expected = normuon_of_paper(start, gradients, 1e-2, momentum)
    assert torch.allclose(matrix.detach().double(), expected, atol=1e-6)


def test_normuon_moves_all_neurons_alike_in_the_long_run():
    """One whose gradients are a hundred times smaller than the others' moves as far as they do."""
    random = torch.Generator().manual_seed(0)
    moved = {}
    for normalizes_rows in (False, True):
        matrix = torch.nn.Parameter(torch.zeros(32, 8))
        optimizer = SharedMuon([matrix], 0.0, normalizes_rows, dtype=torch.float32)
        optimizer.param_groups[0]["lr"] = 1e-2
        total = torch.zeros(32)
        for _ in range(100):
            before = matrix.detach().clone()
            matrix.grad = torch.randn(32, 8, generator=random)
            matrix.grad[3] /= 100
            optimizer.step()
            total += (matrix.detach() - before).square().mean(dim=1)
        moved[normalizes_rows] = float((total[3] / total.mean()).sqrt())
    assert moved[False] < 0.1
    assert moved[True] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_restored_optimizer_takes_the_same_next_step(name):
    random = torch.Generator().manual_seed(0)
    model = model_with_gradient()
    optimizer = Optimizer(name, model)
    optimizer.step(1e-2)
    other = model_with_gradient()
    other.load_state_dict(model.state_dict())
    restored = Optimizer(name, other)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert restored.fits()
    for ours, theirs in zip(other.parameters(), model.parameters()):
        theirs.grad.copy_(torch.randn(theirs.shape, generator=random))
        ours.grad.copy_(theirs.grad)
    optimizer.step(1e-2)
    restored.step(1e-2)
    for ours, theirs in zip(other.parameters(), model.parameters()):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    "name, part, key", [("adamw", 0, "exp_avg"), ("normuon", 1, "row_squares")]
)
@pytest.mark.parametrize("cut", [lambda value: value[:-1], lambda value: value.mean()])
def test_a_state_of_another_shape_is_noticed(name, part, key, cut):
    optimizer = Optimizer(name, model_with_gradient())
    optimizer.step(1e-2)
    states = optimizer.state_dict()
    state = states[part]["state"][0]
    state[key] = cut(state[key])
    optimizer.load_state_dict(states)
    assert not optimizer.fits()


def test_the_state_of_another_optimizer_is_refused():
    state = Optimizer("adamw", model_with_gradient()).state_dict()
    with pytest.raises(ValueError):
        Optimizer("muon", GPT(TINY)).load_state_dict(state)


def test_muons_momentum_rises_over_the_first_300_steps():
    assert momentum_at(0) == pytest.approx(0.85)
    assert momentum_at(150) == pytest.approx(0.90)
    assert [momentum_at(step) for step in (300, 301, 19_200)] == pytest.approx([0.95] * 3)


@pytest.mark.parametrize("shape", [(8, 24), (24, 8), (16, 16)])
def test_an_orthogonalized_matrix_has_the_singular_vectors_and_singular_values_of_about_one(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    left, _, right = torch.linalg.svd(matrix.double(), full_matrices=False)
    for dtype, tolerance in ((torch.float32, 1e-3), (torch.bfloat16, 0.1)):
        result = orthogonalize(matrix, dtype).double()
        singular_values = torch.diagonal(left.T @ result @ right.T)
        assert ((singular_values > 0.6) & (singular_values < 1.3)).all()
        rest = left.T @ result @ right.T - torch.diag(singular_values)
        assert rest.abs().max() < tolerance
