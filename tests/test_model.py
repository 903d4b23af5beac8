import math

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

import model as model_file
from model import GPT, NOT_A_TARGET, GPTConfig, KVCache, linear_cross_entropy

SMALL = GPTConfig(vocab_size=503, n_positions=64, n_embd=96, n_layer=3, n_head=4)


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


def some_ids(config, batch=2, time=None, seed=0):
    return torch.randint(
        config.vocab_size,
        (batch, time or config.n_positions),
        generator=torch.Generator().manual_seed(seed),
    )


def gradients(model, ids, targets):
    model.zero_grad()
    model.loss(ids, targets).backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def test_gpt2_small_has_124_439_808_parameters():
    assert (
        sum(parameter.numel() for parameter in GPT(GPTConfig(), seed=None).parameters())
        == 124_439_808
    )


def test_the_only_layers_from_torch_are_linear_and_embedding():
    from_torch = {
        type(module).__name__
        for module in GPT(SMALL).modules()
        if type(module).__module__.startswith("torch.nn")
    }
    assert from_torch == {"Linear", "Embedding", "ModuleList"}


def test_manual_and_fused_kernels_agree_forward_and_backward():
    manual, fused = GPT(SMALL, "manual"), GPT(SMALL, "fused")
    ids, targets = some_ids(SMALL), some_ids(SMALL, seed=1)
    assert relative(manual.logits(manual(ids)), fused.logits(fused(ids))) < 1e-5
    expected = gradients(fused, ids, targets)
    for name, gradient in gradients(manual, ids, targets).items():
        assert relative(gradient, expected[name]) < 1e-5, name


@pytest.mark.parametrize("kernels", ["manual", "fused"])
def test_logits_and_gradients_equal_those_of_transformers(kernels):
    import transformers

    from network.model_folder import CONV1D_WEIGHT

    reference = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(**vars(SMALL), resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)
    )
    ours = GPT(SMALL, kernels)
    pairs = {
        name: (parameter, reference.transformer.get_parameter(name))
        for name, parameter in ours.named_parameters()
    }
    with torch.no_grad():
        for name, (parameter, other) in pairs.items():
            other.add_(
                0.02 * torch.randn(other.shape, generator=torch.Generator().manual_seed(len(name)))
            )  # biases and gains too
            parameter.copy_(other.T if CONV1D_WEIGHT.search(name) else other)
    ids = some_ids(SMALL)
    logits = reference(ids).logits
    assert relative(ours.logits(ours(ids)), logits) < 1e-4
    F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="sum").backward()
    targets = F.pad(ids[:, 1:], (0, 1), value=NOT_A_TARGET)
    ours.loss(ids, targets).backward()
    for name, (parameter, other) in pairs.items():
        assert (
            relative(parameter.grad, other.grad.T if CONV1D_WEIGHT.search(name) else other.grad)
            < 1e-4
        ), name


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("logits_in_a_chunk", [1, 7 * 300, 1 << 25])
def test_chunked_cross_entropy_equals_the_float64_one_whatever_the_chunk(
    monkeypatch, fused, logits_in_a_chunk
):
    monkeypatch.setattr(model_file, "LOGITS_IN_A_CHUNK", logits_in_a_chunk)
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(40, 24, generator=generator, requires_grad=True)
    weight = torch.randn(300, 24, generator=generator, requires_grad=True)
    targets = torch.randint(300, (40,), generator=generator)
    targets[::3] = NOT_A_TARGET
    exact_hidden, exact_weight = (
        hidden.detach().double().requires_grad_(),
        weight.detach().double().requires_grad_(),
    )
    exact = F.cross_entropy(
        exact_hidden @ exact_weight.T, targets, ignore_index=NOT_A_TARGET, reduction="sum"
    )
    (exact / 7).backward()
    loss = linear_cross_entropy(hidden, weight, targets, fused)
    (loss / 7).backward()
    assert math.isclose(loss.item(), exact.item(), rel_tol=1e-5)
    assert relative(hidden.grad, exact_hidden.grad) < 1e-5
    assert relative(weight.grad, exact_weight.grad) < 1e-5
    assert not hidden.grad[::3].any()


class LargestTensor(TorchDispatchMode):
    """Notes the largest result of any operation, and counts the matrix products."""

    largest, products = 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.largest = max(self.largest, result.numel())
        self.products += function.__name__.startswith(("mm", "addmm"))
        return result


def test_the_loss_never_holds_all_logits_and_multiplies_by_the_head_once(monkeypatch):
    monkeypatch.setattr(model_file, "LOGITS_IN_A_CHUNK", 16 * 1000)
    hidden, weight = (
        torch.randn(64, 8, requires_grad=True),
        torch.randn(1000, 8, requires_grad=True),
    )
    with LargestTensor() as watch:
        linear_cross_entropy(hidden, weight, torch.arange(64)).backward()
    assert watch.largest <= 16 * 1000  # of 64 × 1000
    assert (
        watch.products == 3 * 4
    )  # logits, gradient of the hidden states, gradient of the weight; four chunks


def test_activations_of_a_4096_token_micro_batch_leave_room_on_a_12_gb_card():
    """Weights, gradients and AdamW's two moments take 16 bytes a parameter, autocast's copies 2; what a micro-batch adds is
    measured here on one token row of the real width, in the types CUDA's autocast uses, and must keep the total under 4.5 GB."""
    config = GPTConfig(vocab_size=512, n_layer=2)
    model, saved = GPT(config), {}

    def note(tensor):
        if not isinstance(tensor, torch.nn.Parameter):
            saved[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    weights_in_bfloat16 = sum(
        parameter.numel() * 2 for parameter in model.h.parameters() if parameter.dim() == 2
    )
    with (
        torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16),
    ):
        model(some_ids(config, 1)).sum()
    a_token_and_layer = (sum(saved.values()) - weights_in_bfloat16) / 1024 / 2
    total = (
        124_439_808 * 18
        + 4096 * 12 * a_token_and_layer
        + 3 * 4 * 50257 * 768
        + 8 * model_file.LOGITS_IN_A_CHUNK
    )
    assert 20_000 < a_token_and_layer < 40_000
    assert total < 4.5e9


@pytest.mark.parametrize("kernels", ["manual", "fused"])
def test_cached_logits_equal_uncached_ones_up_to_the_last_position(kernels):
    config = GPTConfig(vocab_size=211, n_positions=1024, n_embd=64, n_layer=2, n_head=2)
    model, ids = GPT(config, kernels), some_ids(GPTConfig(vocab_size=211), 2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(
                0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
            )
        expected = model.logits(model(ids))
        cache = KVCache(config, batch=2)
        pieces = [
            0,
            1,
            2,
            300,
            301,
            700,
            *range(1000, 1025),
        ]  # prompt in parts, then token by token
        cached = torch.cat(
            [
                model.logits(model(ids[:, start:end], cache))
                for start, end in zip(pieces, pieces[1:])
            ],
            dim=1,
        )
        assert cache.length == 1024
        for position in range(1024):
            assert relative(cached[:, position], expected[:, position]) < 1e-4, position
        with pytest.raises(ValueError, match="context of 1024"):
            model(ids[:, :1], cache)


def test_a_sequence_longer_than_the_context_is_refused():
    with pytest.raises(ValueError, match="65 tokens do not fit"):
        GPT(SMALL)(torch.zeros(1, 65, dtype=torch.long))


def test_initial_weights_are_those_of_gpt2_and_of_the_seed():
    config = GPTConfig(vocab_size=1000, n_positions=128, n_embd=256, n_layer=8, n_head=4)
    model = GPT(config, seed=3)
    deviation = {
        name: parameter.std().item()
        for name, parameter in model.named_parameters()
        if parameter.dim() == 2
    }
    assert deviation["wte.weight"] == pytest.approx(0.02, rel=0.02)
    assert deviation["h.0.mlp.c_fc.weight"] == pytest.approx(0.02, rel=0.02)
    assert deviation["h.7.mlp.c_proj.weight"] == pytest.approx(0.02 / math.sqrt(16), rel=0.02)
    assert not model.h[0].attn.c_attn.bias.any() and (model.ln_f.weight == 1).all()
    assert torch.equal(GPT(config, seed=3).wte.weight, model.wte.weight)
    assert not torch.equal(GPT(config, seed=4).wte.weight, model.wte.weight)


@pytest.mark.parametrize(
    "wrong", [{"n_embd": 97}, {"n_layer": 0}, {"vocab_size": "many"}, {"n_head": -1}]
)
def test_an_impossible_shape_is_refused(wrong):
    with pytest.raises(ValueError):
        GPTConfig(**wrong)
