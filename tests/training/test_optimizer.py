"""AdamW against its paper, and which optimizer each parameter gets."""

import copy

import pytest
import torch

from model import GPT
from tests.support.models import CPU, TINY, batch_of, masked_sequences
from training.gradient import GradientBuffer, accumulate_gradients
from training.muon import momentum_at, orthogonalize
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


def test_muon_gets_the_matrices_inside_the_blocks_and_every_parameter_has_one_optimizer():
    model = GPT(TINY)
    in_adamw, in_muon = map(parameters_of, Optimizer("muon", model).optimizers)
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
    "name, part, key", [("adamw", 0, "exp_avg"), ("muon", 1, "momentum_buffer")]
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


def test_a_state_from_before_the_momentum_rose_continues_with_its_constant_one():
    model = model_with_gradient()
    muon = Optimizer("muon", model)
    states = muon.state_dict()
    del states[1]["param_groups"][0]["steps"]
    muon.load_state_dict(states)
    muon.step(1e-2)
    assert muon.optimizers[1].param_groups[0]["momentum"] == pytest.approx(0.95)


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
