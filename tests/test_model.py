"""The network: its shape, its formulas, its cache, its initial weights."""

import math

import pytest
import torch
import torch.nn.functional as F

import kernels
from model import GPT, GPTConfig, KVCache, LayerNorm, attention, cross_entropy, gelu
from network.model_folder import CONV1D_WEIGHT
from tests.support.models import SMALL, random_ids, relative_error
from text.batches import NOT_A_TARGET


def gradients(model, ids, targets):
    model.zero_grad()
    model.loss(ids, targets).backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


# ---- the shape ----


def test_gpt2_small_has_124_439_808_parameters():
    model = GPT(GPTConfig(), seed=None)
    assert sum(parameter.numel() for parameter in model.parameters()) == 124_439_808


def test_the_only_layers_from_torch_are_linear_and_embedding():
    classes = {type(module) for module in GPT(SMALL).modules()}
    from_torch = {cls.__name__ for cls in classes if cls.__module__.startswith("torch.nn")}
    assert from_torch == {"Linear", "Embedding", "ModuleList"}


@pytest.mark.parametrize(
    "wrong", [{"n_embd": 97}, {"n_layer": 0}, {"vocab_size": "many"}, {"n_head": -1}]
)
def test_an_impossible_shape_is_refused(wrong):
    with pytest.raises(ValueError):
        GPTConfig(**wrong)


def test_kernels_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match='"fused" or "manual", not \'fast\''):
        GPT(SMALL, "fast")


def test_a_sequence_longer_than_the_context_is_refused():
    with pytest.raises(ValueError, match="65 tokens do not fit"):
        GPT(SMALL)(torch.zeros(1, 65, dtype=torch.long))


# ---- the formulas ----


def test_each_written_out_formula_equals_pytorchs_function_in_float64():
    random = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(5, 7, 16, generator=random, dtype=torch.float64)
    norm = LayerNorm(16, fused=False).double()
    norm.weight.data.normal_(generator=random)
    norm.bias.data.normal_(generator=random)
    expected = F.layer_norm(x, (16,), norm.weight, norm.bias, eps=1e-5)
    assert torch.allclose(norm(x), expected, rtol=1e-12)
    assert torch.allclose(gelu(x, fused=False), F.gelu(x, approximate="tanh"), rtol=1e-12)
    heads = x.unsqueeze(0)
    mixed = attention(heads, heads, heads, fused=False)
    expected = F.scaled_dot_product_attention(heads, heads, heads, is_causal=True)
    assert torch.allclose(mixed, expected, rtol=1e-12)


def test_the_written_out_loss_equals_the_float64_one_forward_and_backward():
    random = torch.Generator().manual_seed(0)
    logits = (30 * torch.randn(40, 300, generator=random)).requires_grad_()
    targets = torch.randint(300, (40,), generator=random)
    targets[::3] = NOT_A_TARGET
    exact_logits = logits.detach().double().requires_grad_()
    exact = F.cross_entropy(exact_logits, targets, ignore_index=NOT_A_TARGET, reduction="sum")
    exact.backward()
    loss = cross_entropy(logits, targets)
    loss.backward()
    assert loss.dtype == torch.float32
    assert math.isclose(loss.item(), exact.item(), rel_tol=1e-5)
    assert relative_error(logits.grad, exact_logits.grad) < 1e-5
    assert not logits.grad[::3].any()


def test_the_written_out_loss_does_not_overflow():
    logits = torch.tensor([[1e4, 0.0, -1e4]])
    assert cross_entropy(logits, torch.tensor([1])).item() == 1e4


@pytest.mark.parametrize("name", ["manual", "fused"])
def test_every_negative_target_is_left_out_of_the_loss(name):
    model, ids = GPT(SMALL, name), random_ids(SMALL)
    targets = random_ids(SMALL, seed=1)
    targets[:, ::2] = NOT_A_TARGET
    otherwise_masked = targets.masked_fill(targets < 0, -1)
    assert torch.equal(model.loss(ids, otherwise_masked), model.loss(ids, targets))
    nothing = torch.full_like(targets, NOT_A_TARGET)
    assert model.loss(ids, nothing).item() == 0
    assert not any(gradient.any() for gradient in gradients(model, ids, nothing).values())


@pytest.mark.parametrize("masked", [False, True])
def test_manual_and_fused_kernels_agree_forward_and_backward(masked):
    manual, fused = GPT(SMALL, "manual"), GPT(SMALL, "fused")
    ids, targets = random_ids(SMALL), random_ids(SMALL, seed=1)
    if masked:
        targets[:, ::3] = NOT_A_TARGET
    assert relative_error(manual.logits(manual(ids)), fused.logits(fused(ids))) < 1e-5
    assert relative_error(manual.loss(ids, targets), fused.loss(ids, targets)) < 1e-5
    expected = gradients(fused, ids, targets)
    for name, gradient in gradients(manual, ids, targets).items():
        assert relative_error(gradient, expected[name]) < 1e-5, name


@pytest.mark.parametrize("name", ["manual", "fused"])
def test_loss_and_gradients_in_bfloat16_stay_near_the_float64_ones(name):
    ids, targets = random_ids(SMALL), random_ids(SMALL, seed=1)
    targets[:, ::3] = NOT_A_TARGET
    exact = GPT(SMALL, "manual").double()
    expected = gradients(exact, ids, targets)
    model = GPT(SMALL, name)
    with torch.autocast("cpu", torch.bfloat16):
        loss = model.loss(ids, targets)
    loss.backward()
    assert relative_error(loss, exact.loss(ids, targets)) < 1e-3
    for parameter_name, parameter in model.named_parameters():
        error = relative_error(parameter.grad, expected[parameter_name])
        assert error < 0.03, parameter_name


def gpt2_of_transformers(config):
    """A GPT2LMHeadModel in which biases and LayerNorms are random too, and the same every time."""
    import transformers

    dropout = {"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0}
    reference = transformers.GPT2LMHeadModel(transformers.GPT2Config(**vars(config), **dropout))
    with torch.no_grad():
        for name, parameter in reference.named_parameters():
            random = torch.Generator().manual_seed(len(name))
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=random))
    return reference


def as_linear(name, tensor):
    """A tensor of GPT-2's Conv1D layers as one of Linear; others as they are."""
    return tensor.T if CONV1D_WEIGHT.search(name) else tensor


@pytest.mark.parametrize("name", ["manual", "fused"])
def test_logits_and_gradients_equal_those_of_transformers(name):
    reference = gpt2_of_transformers(SMALL)
    theirs = dict(reference.transformer.named_parameters())
    ours = GPT(SMALL, name)
    with torch.no_grad():
        for parameter_name, parameter in ours.named_parameters():
            parameter.copy_(as_linear(parameter_name, theirs[parameter_name]))
    ids = random_ids(SMALL)
    logits = reference(ids).logits
    assert relative_error(ours.logits(ours(ids)), logits) < 1e-4
    F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="sum").backward()
    ours.loss(ids, F.pad(ids[:, 1:], (0, 1), value=NOT_A_TARGET)).backward()
    for parameter_name, parameter in ours.named_parameters():
        expected = as_linear(parameter_name, theirs[parameter_name].grad)
        assert relative_error(parameter.grad, expected) < 1e-4, parameter_name


# ---- the cache ----


@pytest.mark.parametrize("name", ["manual", "fused"])
def test_cached_logits_equal_uncached_ones_up_to_the_last_position(name):
    config = GPTConfig(vocab_size=211, n_positions=1024, n_embd=64, n_layer=2, n_head=2)
    model, ids = GPT(config, name), random_ids(config)
    with torch.no_grad():
        for parameter in model.parameters():
            random = torch.Generator().manual_seed(1)
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=random))
        expected = model.logits(model(ids))
        cache = KVCache(config, batch=2)
        # The prompt in parts, then token by token.
        ends = [0, 1, 2, 300, 301, 700, *range(1000, 1025)]
        parts = [ids[:, start:end] for start, end in zip(ends, ends[1:])]
        cached = torch.cat([model.logits(model(part, cache)) for part in parts], dim=1)
        assert cache.length == 1024
        for position in range(1024):
            error = relative_error(cached[:, position], expected[:, position])
            assert error < 1e-4, position
        with pytest.raises(ValueError, match="context of 1024"):
            model(ids[:, :1], cache)


def test_a_cache_keeps_the_rows_it_is_told_to_keep():
    model, ids = GPT(SMALL), random_ids(SMALL, batch=3)
    with torch.no_grad():
        cache = KVCache(SMALL, batch=3, positions=20)
        model(ids[:, :19], cache)
        cache.keep(torch.tensor([2, 0]))
        last = model(ids[[2, 0], 19:20], cache)
        expected = model(ids[:, :20])[[2, 0], 19:]
    assert relative_error(last, expected) < 1e-5


# ---- initial weights and memory ----


def test_initial_weights_are_those_of_gpt2_and_of_the_seed():
    config = GPTConfig(vocab_size=1000, n_positions=128, n_embd=256, n_layer=8, n_head=4)
    model = GPT(config, seed=3)
    expected_deviations = {
        "wte.weight": 0.02,
        "h.0.mlp.c_fc.weight": 0.02,
        "h.7.mlp.c_proj.weight": 0.02 / math.sqrt(16),
    }
    for name, expected in expected_deviations.items():
        assert model.get_parameter(name).std().item() == pytest.approx(expected, rel=0.02), name
    assert not model.h[0].attn.c_attn.bias.any()
    assert (model.ln_f.weight == 1).all()
    assert torch.equal(GPT(config, seed=3).wte.weight, model.wte.weight)
    assert not torch.equal(GPT(config, seed=4).wte.weight, model.wte.weight)


def bytes_kept_for_backward(model, ids):
    """The bytes of all tensors but parameters that autograd keeps of a forward pass in bfloat16."""
    kept = {}

    def note(tensor):
        if not isinstance(tensor, torch.nn.Parameter):
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor)
    with hooks, torch.autocast("cpu", torch.bfloat16):
        model(ids).sum()
    return sum(kept.values())


def test_activations_of_a_4096_token_micro_batch_leave_room_on_a_12_gb_card():
    """Two layers of the real width are measured on one row, in the types of CUDA's autocast.

    Weights, gradients and AdamW's two moments take 16 bytes a parameter, autocast's copies 2.
    """
    layers, tokens = 2, 1024
    config = GPTConfig(vocab_size=512, n_layer=layers)
    model = GPT(config)
    matrices = [parameter for parameter in model.h.parameters() if parameter.dim() == 2]
    copies_in_bfloat16 = 2 * sum(matrix.numel() for matrix in matrices)
    activations = bytes_kept_for_backward(model, random_ids(config, 1)) - copies_in_bfloat16
    per_token_and_layer = activations / tokens / layers
    assert 20_000 < per_token_and_layer < 40_000

    parameters = 124_439_808 * 18
    micro_batch = 4096 * 12 * per_token_and_layer
    gradients_of_head = 3 * 4 * 50257 * 768
    logits_of_a_chunk = 8 * kernels.LOGITS_IN_A_CHUNK
    assert parameters + micro_batch + gradients_of_head + logits_of_a_chunk < 4.5e9
