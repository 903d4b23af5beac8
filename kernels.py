"""Faster forms of the formulas in model.py. The tests compare each with its plain form.

    attention              softmax(QKᵀ/√d)V by PyTorch's fused function, or by two matrix products
                           where those are faster (short contexts in bfloat16 on CPUs)
    linear_cross_entropy   the loss of the output layer, without all logits in memory at once
    pack_linear            a linear layer whose weights are stored in oneDNN's blocked layout

`model.py` calls the first two unless `kernels="manual"`; generation on CPUs uses the third.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

LOGITS_IN_A_CHUNK = 1 << 25  # in memory at a time: 128 MB in float32, 667 tokens of 50,257
MAX_COMPILED_CHUNK = 1024  # tokens; at most this many are padding in a compiled loss
SHORT_CONTEXT = 512  # tokens; up to this length, all scores of a layer are kept in memory


# ---- attention ----


def attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
    """Causal attention, with the same result as `model.attention`, by the fastest function.

    queries: (batch, head, time, head_size); keys, values: (batch, head, past + time, head_size);
    mask, if the new tokens are not the last ones: 0 or −∞, in the queries' type, in a shape that
    broadcasts to (batch, head, time, keys). Returns (batch, head, time, head_size).
    """
    if mask is not None:
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    time, all_time = queries.size(2), keys.size(2)
    reads_no_cache = time == all_time
    if reads_no_cache and _is_short_on_cpu(queries):
        return _attention_by_products(queries, keys, values)
    if reads_no_cache:
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    if time == 1:  # a single new token sees all keys
        return F.scaled_dot_product_attention(queries, keys, values)
    visible = torch.ones(time, all_time, dtype=torch.bool, device=queries.device)
    visible = visible.tril(all_time - time)
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=visible)


def _is_short_on_cpu(queries: Tensor) -> bool:
    """Whether two products are faster than the fused function.

    The length is looked at last: on a GPU, code compiled for any length must not depend on it.
    """
    if queries.device.type != "cpu" or queries.dtype != torch.bfloat16:
        return False
    return queries.size(2) <= SHORT_CONTEXT


def _attention_by_products(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention as two products of whole matrices, with all scores in memory.

    In bfloat16 on CPUs this is two to three times as fast as the fused function.
    """
    with torch.autocast("cpu", enabled=False):
        scaled = queries / math.sqrt(queries.size(-1))
        scores = scaled @ keys.transpose(-2, -1)  # (batch, head, time, time)
        future = torch.full(scores.shape[-2:], -math.inf, dtype=scores.dtype).triu(1)
        scores += future
        return F.softmax(scores, dim=-1) @ values


# ---- the loss ----


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, targets: Tensor, compiled_chunk: "AddChunk | None" = None
) -> Tensor:
    """Σ −log softmax(hidden · weightᵀ)[target] in nats, computed a chunk of tokens at a time.

    hidden: (tokens, n_embd); weight: (vocab_size, n_embd); targets: (tokens,), negative for tokens
    without a loss. Returns a scalar. Matrix products run in autocast's type if autocast is on;
    sums and logarithms run in float32, or in float64 if the products do.

    The gradient of a chunk is computed while its logits are in memory, so the backward pass only
    scales it, in place: three matrix products in all, no second pass over the vocabulary, and
    only one backward pass.

    `compiled_chunk` is `add_chunk` after torch.compile. It gets chunks of one size, the last one
    padded, so that it is compiled once for any number of tokens.
    """
    device = hidden.device.type
    if device == "cpu":  # on a GPU, counting the targets would make the CPU wait for it
        hidden, targets = _only_targets(hidden, targets)
    dtype = type_of_products(hidden)
    with torch.autocast(device, enabled=False):
        return _LinearCrossEntropy.apply(
            hidden.to(dtype), weight, targets, dtype, torch.is_grad_enabled(), compiled_chunk
        )


def type_of_products(hidden: Tensor) -> torch.dtype:
    """Autocast's type if autocast is on, else that of `hidden`."""
    device = hidden.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype


def _only_targets(hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Drop the rows of both that have no target."""
    is_target = targets >= 0
    if is_target.all():
        return hidden, targets
    return hidden[is_target], targets[is_target]


class _LinearCrossEntropy(torch.autograd.Function):
    """The loss, with its gradients computed in the forward pass; see `linear_cross_entropy`."""

    @staticmethod
    def forward(ctx, hidden, weight, targets, dtype, with_gradient, compiled_chunk):
        hidden, weight = hidden.detach(), weight.detach()  # or add_chunk is compiled twice
        vocab_size = weight.size(0)
        head = _head_in_type(weight, hidden, dtype)  # (vocab_size or a little more, n_embd)
        sum_dtype = torch.promote_types(dtype, torch.float32)
        total = torch.zeros(1, device=hidden.device, dtype=sum_dtype)  # see `add_chunk`
        hidden_gradient = weight_gradient = None
        if with_gradient:
            hidden_gradient = torch.empty_like(hidden)
            weight_gradient = torch.zeros_like(weight)
        add = compiled_chunk or add_chunk
        chunk_size = _chunk_size(vocab_size, hidden, compiled_chunk is not None)
        for start in range(0, hidden.size(0), chunk_size):
            rows = slice(start, start + chunk_size)
            chunk, target = hidden[rows], targets[rows]
            tokens = chunk.size(0)
            if compiled_chunk:
                chunk, target = _pad_chunk(chunk, target, chunk_size)
            gradient = add(chunk, target, head, vocab_size, total, weight_gradient)
            if hidden_gradient is not None and gradient is not None:
                hidden_gradient[rows] = gradient[:tokens]
        ctx.save_for_backward(hidden_gradient, weight_gradient)
        return total.squeeze(0)

    @staticmethod
    def backward(ctx, scale):
        hidden_gradient, weight_gradient = ctx.saved_tensors
        # in bfloat16, the product would round `scale` first
        scaled = hidden_gradient.to(scale.dtype) * scale
        hidden_gradient = scaled.to(hidden_gradient.dtype)
        return hidden_gradient, weight_gradient.mul_(scale), None, None, None, None


def _head_in_type(weight: Tensor, hidden: Tensor, dtype: torch.dtype) -> Tensor:
    """The output layer's weight in the type of the products.

    Tensor cores are fast if the number of rows is a multiple of 64, and 50,257 is not. If the cast
    makes a copy anyway, the copy is padded with zero rows.
    """
    head = weight.to(dtype)
    padding = -weight.size(0) % 64
    if hidden.is_cuda and dtype != weight.dtype and padding:
        head = F.pad(head, (0, 0, 0, padding))
    return head


def _chunk_size(vocab_size: int, hidden: Tensor, is_compiled: bool) -> int:
    """How many tokens a chunk has.

    Compiled code keeps the logits in the type of the products, other code in float32. On GPUs a
    chunk is a multiple of 128 tokens, the tile of a matrix product; compiled, it is a power of two,
    which divides the usual micro-batches.
    """
    if is_compiled:
        most = LOGITS_IN_A_CHUNK * 4 // (vocab_size * hidden.element_size())
        return min(MAX_COMPILED_CHUNK, 1 << max(0, most.bit_length() - 1))
    most = max(1, LOGITS_IN_A_CHUNK // vocab_size)
    if hidden.is_cuda and most > 128:
        most -= most % 128
    return most


def _pad_chunk(hidden: Tensor, targets: Tensor, tokens: int) -> tuple[Tensor, Tensor]:
    """Both with `tokens` rows; those that are added are zero and have no target."""
    missing = tokens - hidden.size(0)
    if not missing:
        return hidden, targets
    return F.pad(hidden, (0, 0, 0, missing)), F.pad(targets, (0, missing), value=-1)


# (hidden, targets, head, vocab_size, total, weight_gradient) -> gradient of hidden: `add_chunk`
AddChunk = Callable[[Tensor, Tensor, Tensor, int, Tensor, Tensor | None], Tensor | None]


def add_chunk(
    hidden: Tensor,
    targets: Tensor,
    head: Tensor,
    vocab_size: int,
    total: Tensor,
    weight_gradient: Tensor | None,
) -> Tensor | None:
    """Add a chunk's loss to `total` and its gradient to `weight_gradient`, both in place.

    hidden: (chunk, n_embd); targets: (chunk,); head: (vocab_size or more, n_embd); total: (1,),
    because compiled code does not change a scalar in float64; weight_gradient: (vocab_size,
    n_embd), or None if no gradient is needed. Returns the gradient of `hidden`, in the type of the
    products.
    """
    logits = (hidden @ head.T).to(total.dtype)[:, :vocab_size]  # (chunk, vocab_size)
    log_probability = F.log_softmax(logits, dim=-1)
    del logits  # the gradient is computed without them
    total -= _sum_over_targets(log_probability, targets)
    if weight_gradient is None:
        return None
    gradient = _logit_gradient(log_probability, targets).to(hidden.dtype)
    if head.size(0) > vocab_size:
        gradient = F.pad(gradient, (0, head.size(0) - vocab_size))
    weight_gradient += (gradient.T @ hidden)[:vocab_size]
    return gradient @ head


def _sum_over_targets(log_probability: Tensor, target: Tensor) -> Tensor:
    """Σ log p[target] over the rows (chunk, vocab_size) whose target is not negative."""
    index = target.clamp(min=0).unsqueeze(1)
    at_target = log_probability.gather(1, index).squeeze(1)
    return (at_target * (target >= 0)).sum()


def _logit_gradient(log_probability: Tensor, target: Tensor) -> Tensor:
    """d(−log p[target]) / d logits = p − onehot(target), computed in `log_probability` itself.

    Both are (chunk, vocab_size) in float32. Rows without a target are zero.
    """
    gradient = log_probability.exp_()
    if torch.compiler.is_compiling():  # becomes part of one pass; a scatter would need its own
        vocabulary = torch.arange(gradient.size(1), device=gradient.device)
        gradient = gradient - (vocabulary == target.unsqueeze(1)).to(gradient.dtype)
    else:
        index = target.clamp(min=0).unsqueeze(1)
        gradient.scatter_add_(1, index, torch.full_like(index, -1, dtype=gradient.dtype))
    return gradient.mul_((target >= 0).unsqueeze(1))


# ---- linear layers for generation ----


def can_pack_linear(dtype: torch.dtype) -> bool:
    """Whether this PyTorch has oneDNN's blocked layout, and this CPU can use it in the type."""
    if not torch.backends.mkldnn.is_available():
        return False
    if not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return False
    return dtype != torch.bfloat16 or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def pack_linear(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    """Make a function that computes x · weightᵀ + bias from a packed copy of the weights, on CPUs.

    weight: (outputs, inputs); bias: (outputs,). If x has only a row or two, reading the weights
    from memory takes most of the time. oneDNN's blocked layout, which torch.compile uses too, is
    read twice as fast as the rows of `Linear.weight`.
    """
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, 1)

    def linear(x: Tensor) -> Tensor:
        return torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")

    return linear
