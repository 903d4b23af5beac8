"""The fast forms against the plain formulas of model.py, and against float64."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

import kernels
import model
from tests.support.models import relative_error
from text.batches import NOT_A_TARGET

# ---- attention ----

CASES = {  # (time, past)
    "a prompt": (37, 0),
    "a prompt after a cached one": (12, 25),
    "one token after a cached prompt": (1, 36),
    "a prompt too long for whole score matrices": (kernels.SHORT_CONTEXT + 8, 0),
}


def queries_keys_values(time, past, dtype=torch.float32):
    random = torch.Generator().manual_seed(0)
    shapes = [(2, 3, time, 16), (2, 3, past + time, 16), (2, 3, past + time, 16)]
    tensors = [torch.randn(shape, generator=random).to(dtype) for shape in shapes]
    return [tensor.requires_grad_() for tensor in tensors]


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.bfloat16, 0.01)])
@pytest.mark.parametrize("case", CASES)
def test_fast_attention_equals_the_plain_one_forward_and_backward(case, dtype, tolerance):
    time, past = CASES[case]
    inputs = queries_keys_values(time, past, dtype)
    exact_inputs = [tensor.detach().double().requires_grad_() for tensor in inputs]
    exact = model.attention(*exact_inputs, fused=False)
    mixed = kernels.attention(*inputs)
    assert mixed.dtype == dtype
    assert relative_error(mixed, exact) < tolerance
    weights = torch.randn(exact.shape, generator=torch.Generator().manual_seed(1))
    (exact * weights).sum().backward()
    (mixed * weights).sum().backward()
    for tensor, exact_tensor in zip(inputs, exact_inputs):
        assert relative_error(tensor.grad, exact_tensor.grad) < tolerance


@pytest.mark.parametrize("time, is_expected", [(kernels.SHORT_CONTEXT, True), (513, False)])
def test_whole_score_matrices_are_used_for_short_contexts_only(monkeypatch, time, is_expected):
    calls = []
    by_products = kernels._attention_by_products

    def note(*tensors):
        calls.append(tensors)
        return by_products(*tensors)

    monkeypatch.setattr(kernels, "_attention_by_products", note)
    kernels.attention(*queries_keys_values(time, 0, torch.bfloat16))
    kernels.attention(*queries_keys_values(time, 0, torch.float32))
    kernels.attention(*queries_keys_values(1, time - 1, torch.bfloat16))
    assert bool(calls) == is_expected and len(calls) <= 1


# ---- the loss ----


def hidden_weight_targets(masked=True):
    """40 tokens of width 24, a vocabulary of 300; every third token without a target."""
    random = torch.Generator().manual_seed(0)
    hidden = torch.randn(40, 24, generator=random, requires_grad=True)
    weight = torch.randn(300, 24, generator=random, requires_grad=True)
    targets = torch.randint(300, (40,), generator=random)
    if masked:
        targets[::3] = NOT_A_TARGET
    return hidden, weight, targets


def plain_loss(hidden, weight, targets):
    return model.cross_entropy(F.linear(hidden, weight), targets)


def backward(loss, hidden, weight):
    """The gradients of loss / 7, so that the backward pass has something to scale."""
    (loss / 7).backward()
    return hidden.grad, weight.grad


def exact_loss_and_gradients(hidden, weight, targets):
    """In float64, with PyTorch's own cross-entropy."""
    hidden = hidden.detach().double().requires_grad_()
    weight = weight.detach().double().requires_grad_()
    logits = hidden @ weight.T
    loss = F.cross_entropy(logits, targets, ignore_index=NOT_A_TARGET, reduction="sum")
    return loss, *backward(loss, hidden, weight)


def in_fixed_chunks(hidden, weight, targets):
    """As compiled: chunks of one size, the last one padded."""
    return kernels.linear_cross_entropy(hidden, weight, targets, kernels.add_chunk)


LOSSES = {
    "chunked": kernels.linear_cross_entropy,
    "in fixed chunks": in_fixed_chunks,
    "plain": plain_loss,
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("logits_in_a_chunk", [1, 7 * 300, 1 << 25])
def test_the_loss_equals_the_float64_one_for_any_chunk(
    monkeypatch, name, masked, logits_in_a_chunk
):
    monkeypatch.setattr(kernels, "LOGITS_IN_A_CHUNK", logits_in_a_chunk)
    hidden, weight, targets = hidden_weight_targets(masked)
    exact, exact_hidden, exact_weight = exact_loss_and_gradients(hidden, weight, targets)
    loss = LOSSES[name](hidden, weight, targets)
    backward(loss, hidden, weight)
    assert math.isclose(loss.item(), exact.item(), rel_tol=1e-5)
    assert relative_error(hidden.grad, exact_hidden) < 1e-5
    assert relative_error(weight.grad, exact_weight) < 1e-5
    assert not hidden.grad[targets < 0].any()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("masked", [True, False])
def test_the_loss_in_bfloat16_stays_near_the_float64_one(monkeypatch, name, masked):
    monkeypatch.setattr(kernels, "LOGITS_IN_A_CHUNK", 7 * 300)
    hidden, weight, targets = hidden_weight_targets(masked)
    exact, exact_hidden, exact_weight = exact_loss_and_gradients(hidden, weight, targets)
    with torch.autocast("cpu", torch.bfloat16):
        loss = LOSSES[name](hidden, weight, targets)
    backward(loss, hidden, weight)
    assert loss.dtype == hidden.grad.dtype == weight.grad.dtype == torch.float32
    assert math.isclose(loss.item(), exact.item(), rel_tol=1e-2)
    assert relative_error(hidden.grad, exact_hidden) < 0.02
    assert relative_error(weight.grad, exact_weight) < 0.02
    assert not hidden.grad[targets < 0].any()


@pytest.mark.parametrize("name", ["chunked", "in fixed chunks", "compiled"])
@pytest.mark.parametrize("chunk", [8, 64])
def test_in_float64_the_loss_and_its_gradients_are_exact(monkeypatch, name, chunk):
    monkeypatch.setattr(kernels, "MAX_COMPILED_CHUNK", chunk)
    monkeypatch.setattr(kernels, "LOGITS_IN_A_CHUNK", chunk * 300)
    torch.compiler.reset()
    compiled = torch.compile(kernels.add_chunk, fullgraph=True, dynamic=False, backend="aot_eager")
    chunks = {"chunked": None, "in fixed chunks": kernels.add_chunk, "compiled": compiled}
    hidden, weight, targets = hidden_weight_targets()
    exact, exact_hidden, exact_weight = exact_loss_and_gradients(hidden, weight, targets)
    hidden = hidden.detach().double().requires_grad_()
    weight = weight.detach().double().requires_grad_()
    loss = kernels.linear_cross_entropy(hidden, weight, targets, chunks[name])
    backward(loss, hidden, weight)
    assert math.isclose(loss.item(), exact.item(), rel_tol=1e-12)
    assert relative_error(hidden.grad, exact_hidden) < 1e-12
    assert relative_error(weight.grad, exact_weight) < 1e-12


class Shape:
    """Stands for the hidden states of `vocab_size` in `_chunk_size`."""

    def __init__(self, is_cuda, item_bytes):
        self.is_cuda, self.item_bytes = is_cuda, item_bytes

    def element_size(self):
        return self.item_bytes


@pytest.mark.parametrize("vocab_size", [97, 2048, 8192, 50257, 128256, 262144, 1 << 30])
def test_chunks_on_gpus_are_multiples_of_a_tile_and_compiled_ones_divide_micro_batches(vocab_size):
    eager = kernels._chunk_size(vocab_size, Shape(True, 2), is_compiled=False)
    assert eager % 128 == 0 or eager == max(1, (1 << 25) // vocab_size) < 128
    compiled = kernels._chunk_size(vocab_size, Shape(True, 2), is_compiled=True)
    assert 4096 % compiled == 0
    for tokens, item_bytes in ((eager, 4), (compiled, 2)):
        assert tokens == 1 or tokens * vocab_size * item_bytes <= 1 << 27


def test_a_second_backward_pass_is_refused_instead_of_scaling_twice():
    hidden, weight, targets = hidden_weight_targets()
    loss = kernels.linear_cross_entropy(hidden, weight, targets)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_without_gradients_the_loss_is_the_same():
    hidden, weight, targets = hidden_weight_targets()
    with torch.no_grad():
        loss = kernels.linear_cross_entropy(hidden, weight, targets)
    assert not loss.requires_grad
    assert torch.equal(loss, kernels.linear_cross_entropy(hidden, weight, targets))


class LargestTensor(TorchDispatchMode):
    """Notes the size of the largest result of any operation, and counts the matrix products."""

    largest = 0
    products = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.largest = max(self.largest, result.numel())
        self.products += function.__name__.startswith(("mm", "addmm"))
        return result


def test_the_loss_never_holds_all_logits_and_multiplies_by_the_head_once(monkeypatch):
    monkeypatch.setattr(kernels, "LOGITS_IN_A_CHUNK", 16 * 1000)
    hidden = torch.randn(64, 8, requires_grad=True)
    weight = torch.randn(1000, 8, requires_grad=True)
    with LargestTensor() as watch:
        kernels.linear_cross_entropy(hidden, weight, torch.arange(64)).backward()
    assert watch.largest <= 16 * 1000  # of 64 × 1000
    # logits, gradient of the hidden states, gradient of the weight: in each of four chunks
    assert watch.products == 3 * 4


# ---- linear layers for generation ----


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-6), (torch.bfloat16, 0.01)])
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 9])
def test_a_packed_linear_layer_equals_an_ordinary_one(rows, with_bias, dtype, tolerance):
    if not kernels.can_pack_linear(dtype):
        pytest.skip("oneDNN cannot pack this type here")
    random = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 64, generator=random).to(dtype)
    weight = torch.randn(96, 64, generator=random).to(dtype)
    bias = torch.randn(96, generator=random).to(dtype) if with_bias else None
    expected = F.linear(x.double(), weight.double(), bias.double() if with_bias else None)
    packed = kernels.pack_linear(weight, bias)
    weight.zero_()  # the packed layer has a copy of its own
    assert relative_error(packed(x), expected) < tolerance
