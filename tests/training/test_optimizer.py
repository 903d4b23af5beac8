"""AdamW against its paper, and which optimizer each parameter gets."""

import copy

import pytest
import torch

from model import GPT
from tests.support.models import CPU, TINY, batch_of, masked_sequences
from training.gradient import GradientBuffer, accumulate_gradients
from training.optimizer import Optimizer, orthogonalize


def model_with_gradient():
    model = GPT(TINY)
    batch = batch_of(*masked_sequences(4), 4)
    accumulate_gradients(model.loss, batch, GradientBuffer(model), CPU)
    return model


def parameters_of(part):
    return [parameter for group in part.param_groups for parameter in group["params"]]


@pytest.mark.parametrize("name", ["adamw", "muon"])
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


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_a_restored_optimizer_takes_the_same_next_step(name):
    model = model_with_gradient()
    optimizer = Optimizer(name, model)
    optimizer.step(1e-2)
    other = model_with_gradient()
    other.load_state_dict(model.state_dict())
    restored = Optimizer(name, other)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert restored.fits()
    optimizer.step(1e-2)
    restored.step(1e-2)
    for ours, theirs in zip(other.parameters(), model.parameters()):
        assert torch.equal(ours, theirs)


def test_a_state_of_another_shape_or_another_optimizer_is_noticed():
    optimizer = Optimizer("adamw", model_with_gradient())
    optimizer.step(1e-2)
    state = optimizer.state_dict()
    moments = state[0]["state"][0]
    moments["exp_avg"] = moments["exp_avg"][:-1]
    optimizer.load_state_dict(state)
    assert not optimizer.fits()
    with pytest.raises(ValueError):
        Optimizer("muon", GPT(TINY)).load_state_dict(state)


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
