"""GPT-2, written by hand from `Linear` and `Embedding` layers.

The network of Radford et al. 2019, "Language Models are Unsupervised Multitask Learners": a decoder-only Transformer
(Vaswani et al. 2017) with pre-norm blocks, learned positions, tanh GELU and one matrix for input and output embedding.

    token ids (batch, time) ─▶ wte + wpe ─▶ 12 × [ x + attn(ln_1(x)) ─▶ x + mlp(ln_2(x)) ] ─▶ ln_f ─▶ · wteᵀ ─▶ logits

Every operation with a formula stands here twice: as tensor arithmetic to check against the paper (`kernels="manual"`), and as
the PyTorch function that computes the same thing faster (`kernels="fused"`, the default). The tests hold the two equal.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NOT_A_TARGET = (
    -100
)  # in `targets`: a position without a loss (PyTorch's and Hugging Face's convention)
LOGITS_IN_A_CHUNK = (
    1 << 25
)  # the loss holds this many logits at a time: 128 MB in float32, 667 tokens of 50,257


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a GPT-2, in the names of its published `config.json`. The defaults are GPT-2 small, 124,439,808 parameters."""

    vocab_size: int = 50257
    n_positions: int = 1024  # the context: the longest sequence it can read
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12

    def __post_init__(self):
        for name, value in vars(self).items():
            if type(value) is not int or value < 1:
                raise ValueError(f"{name} must be a positive whole number, not {value!r}")
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd ({self.n_embd}) must be a multiple of n_head ({self.n_head})")


class KVCache:
    """The keys and values of the tokens already read, so that each new token costs one position and not the whole sequence.

    `keys` and `values` are (layer, batch, head, positions, head_size), with room for the whole context if `positions` says no
    less; the first `length` of them are filled.
    """

    def __init__(
        self,
        config: GPTConfig,
        batch: int,
        device="cpu",
        positions: int | None = None,
        dtype=torch.float32,
    ):
        shape = (
            config.n_layer,
            batch,
            config.n_head,
            positions or config.n_positions,
            config.n_embd // config.n_head,
        )
        self.keys = torch.zeros(shape, device=device, dtype=dtype)
        self.values = torch.zeros(shape, device=device, dtype=dtype)
        self.length = 0

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store the new keys and values (batch, head, time, head_size) of one layer; return all there are so far, in the cache's type."""
        end = self.length + keys.size(2)
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def keep(self, rows: Tensor) -> None:
        """Go on with these sequences of the batch only."""
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]


class LayerNorm(nn.Module):
    """Ba et al. 2016: y = (x − mean) / √(variance + 10⁻⁵) · weight + bias, over the last dimension."""

    def __init__(self, size: int, fused: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size))
        self.fused = fused

    def forward(self, x: Tensor) -> Tensor:
        if self.fused:
            return F.layer_norm(x, self.weight.shape, self.weight, self.bias, eps=1e-5)
        centered = x - x.mean(-1, keepdim=True)
        variance = centered.square().mean(-1, keepdim=True)
        return centered / torch.sqrt(variance + 1e-5) * self.weight + self.bias


def gelu(x: Tensor, fused: bool) -> Tensor:
    """Hendrycks & Gimpel 2016, in GPT-2's tanh form: ½x(1 + tanh(√(2/π)(x + 0.044715x³)))."""
    if fused:
        return F.gelu(x, approximate="tanh")
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def attention(queries: Tensor, keys: Tensor, values: Tensor, fused: bool) -> Tensor:
    """Causal scaled dot-product attention (Vaswani et al. 2017, eq. 1): softmax(QKᵀ/√d)V, each query seeing no later key.

    queries: (batch, head, time, head_size); keys and values: (batch, head, past + time, head_size), where the queries are the
    last `time` positions. Returns (batch, head, time, head_size).
    """
    time, all_time = queries.size(2), keys.size(2)
    if (
        fused
        and time == all_time <= 512
        and queries.device.type == "cpu"
        and queries.dtype == torch.bfloat16
    ):
        return _short_attention(queries, keys, values)
    if fused and time == all_time:
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    if fused and time == 1:  # one new token sees everything there is
        return F.scaled_dot_product_attention(queries, keys, values)
    visible = torch.ones(time, all_time, dtype=torch.bool, device=queries.device).tril(
        all_time - time
    )
    if fused:
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=visible)
    scores = (
        queries @ keys.transpose(-2, -1) / math.sqrt(queries.size(-1))
    )  # (batch, head, time, past + time)
    scores = scores.masked_fill(~visible, -math.inf)
    weights = torch.exp(scores - scores.amax(-1, keepdim=True))
    return weights / weights.sum(-1, keepdim=True) @ values


def _short_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """`attention` as two products of whole matrices: on CPUs in bfloat16 two to three times as fast as the fused function, while
    the scores are few enough to be kept."""
    with torch.autocast("cpu", enabled=False):
        scores = (queries / math.sqrt(queries.size(-1))) @ keys.transpose(
            -2, -1
        )  # (batch, head, time, time)
        scores += torch.full(scores.shape[-2:], -math.inf, dtype=scores.dtype).triu(1)
        return F.softmax(scores, dim=-1) @ values


class CausalSelfAttention(nn.Module):
    def __init__(self, config: GPTConfig, layer: int, fused: bool):
        super().__init__()
        self.c_attn = nn.Linear(
            config.n_embd, 3 * config.n_embd
        )  # queries, keys and values side by side
        self.c_proj = nn.Linear(config.n_embd, config.n_embd)
        self.n_head = config.n_head
        self.layer = layer
        self.fused = fused

    def forward(self, x: Tensor, cache: KVCache | None) -> Tensor:
        batch, time, width = x.shape
        heads = self.c_attn(x).view(batch, time, 3, self.n_head, width // self.n_head)
        queries, keys, values = heads.permute(
            2, 0, 3, 1, 4
        ).unbind()  # each (batch, head, time, head_size)
        if cache is not None:
            keys, values = cache.extend(self.layer, keys, values)
        mixed = attention(queries.to(keys.dtype), keys, values, self.fused).to(queries.dtype)
        return self.c_proj(mixed.transpose(1, 2).reshape(batch, time, width))


class MLP(nn.Module):
    def __init__(self, config: GPTConfig, fused: bool):
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd)
        self.fused = fused

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(gelu(self.c_fc(x), self.fused))


class Block(nn.Module):
    def __init__(self, config: GPTConfig, layer: int, fused: bool):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, fused)
        self.attn = CausalSelfAttention(config, layer, fused)
        self.ln_2 = LayerNorm(config.n_embd, fused)
        self.mlp = MLP(config, fused)

    def forward(self, x: Tensor, cache: KVCache | None) -> Tensor:
        x = x + self.attn(self.ln_1(x), cache)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """The whole network. Parameter names are GPT-2's own: `wte`, `wpe`, `h.0.attn.c_attn`, …"""

    def __init__(self, config: GPTConfig, kernels: str = "fused", seed: int | None = 0):
        """GPT-2's initialisation, the same for the same seed on every machine. None leaves the weights to whoever loads them.
        `kernels` is "fused" or "manual"; ValueError for anything else."""
        super().__init__()
        if kernels not in ("fused", "manual"):
            raise ValueError(f'kernels must be "fused" or "manual", not {kernels!r}')
        self.config = config
        self.fused = kernels == "fused"
        self.wte = nn.Embedding.from_pretrained(
            torch.empty(config.vocab_size, config.n_embd), freeze=False
        )  # not filled twice
        self.wpe = nn.Embedding.from_pretrained(
            torch.empty(config.n_positions, config.n_embd), freeze=False
        )
        self.h = nn.ModuleList(Block(config, layer, self.fused) for layer in range(config.n_layer))
        self.ln_f = LayerNorm(config.n_embd, self.fused)
        if seed is not None:
            self._initialise(torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def _initialise(self, generator: torch.Generator) -> None:
        """N(0, 0.02²) for matrices, zero for biases; the two projections that write into the residual stream are scaled by
        1/√(2·n_layer), so that its variance does not grow with depth (GPT-2 paper, section 2.3)."""
        for name, parameter in self.named_parameters():
            if name.endswith("c_proj.weight"):
                parameter.normal_(0, 0.02 / math.sqrt(2 * self.config.n_layer), generator=generator)
            elif parameter.dim() == 2:
                parameter.normal_(0, 0.02, generator=generator)
            elif name.endswith(".bias"):
                parameter.zero_()

    def forward(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """Token ids (batch, time) to final hidden states (batch, time, n_embd); `logits` turns those into scores.

        With a cache, `ids` continue what the cache holds, and the cache grows by them. Raises ValueError past the context.
        """
        past = cache.length if cache is not None else 0
        end = past + ids.size(1)
        if end > self.config.n_positions:
            raise ValueError(
                f"{end} tokens do not fit in this model's context of {self.config.n_positions}"
            )
        positions = torch.arange(past, end, device=ids.device)
        x = self.wte(ids) + self.wpe(positions)
        for block in self.h:
            x = block(x, cache)
        if cache is not None:
            cache.length = end
        return self.ln_f(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of every vocabulary entry as the next token: (…, n_embd) to (…, vocab_size). The head is `wte` itself."""
        return F.linear(hidden, self.wte.weight)

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Sum of the token losses in nats, a float32 scalar; (batch, time) both, `targets` NOT_A_TARGET where none is due.

        A sum, not a mean: whoever adds up micro-batches divides once, by the number of targets of the whole batch.
        """
        hidden, targets = self(ids).flatten(0, 1), targets.flatten()
        if (
            hidden.device.type == "cpu" and not (due := targets != NOT_A_TARGET).all()
        ):  # a GPU would have to wait to know how many
            hidden, targets = hidden[due], targets[due]
        return linear_cross_entropy(hidden, self.wte.weight, targets, self.fused)


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, targets: Tensor, fused: bool = True
) -> Tensor:
    """Σ −log softmax(hidden · weightᵀ)[target] over the targets that are not NOT_A_TARGET, never holding all the logits.

    hidden: (tokens, n_embd); weight: (vocab_size, n_embd); targets: (tokens,). The products run in autocast's type where
    autocast is on, sums and logarithms in float32. The gradient of each chunk of tokens is made while its logits are there,
    so the backward pass only scales it: three matrix products in all, and no second pass over the vocabulary.
    """
    device = hidden.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
    with torch.autocast(device, enabled=False):
        return _LinearCrossEntropy.apply(
            hidden.to(dtype), weight, targets, dtype, fused, torch.is_grad_enabled()
        )


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, targets, dtype, fused, with_gradient):
        # Tensor cores want rows in multiples of 64, and 50,257 is odd: where the cast makes a copy anyway, it is padded.
        vocab_size = weight.size(0)
        padding = -vocab_size % 64 if hidden.is_cuda and dtype != weight.dtype else 0
        head = F.pad(weight.to(dtype), (0, 0, 0, padding)) if padding else weight.to(dtype)
        chunk_size = max(1, LOGITS_IN_A_CHUNK // vocab_size)
        total = torch.zeros((), device=hidden.device)
        hidden_gradient = torch.empty_like(hidden, dtype=torch.float32) if with_gradient else None
        weight_gradient = torch.zeros_like(weight) if with_gradient else None
        for start in range(0, hidden.size(0), chunk_size):
            chunk, target = hidden[start : start + chunk_size], targets[start : start + chunk_size]
            logits = (chunk @ head.T).float()[:, :vocab_size]  # (chunk, vocab_size)
            is_target = target != NOT_A_TARGET
            index = target.clamp(min=0).unsqueeze(1)
            if fused:
                log_probability = F.log_softmax(logits, dim=-1)
            else:
                shifted = logits - logits.amax(-1, keepdim=True)
                log_probability = shifted - shifted.exp().sum(-1, keepdim=True).log()
            total -= (log_probability.gather(1, index).squeeze(1) * is_target).sum()
            if with_gradient:  # d(−log p[target])/d logits = p − onehot(target)
                gradient = log_probability.exp_()
                gradient.scatter_add_(1, index, torch.full_like(index, -1, dtype=gradient.dtype))
                gradient = gradient.mul_(is_target.unsqueeze(1)).to(dtype)
                if padding:
                    gradient = F.pad(gradient, (0, padding))
                hidden_gradient[start : start + chunk_size] = gradient @ head
                weight_gradient += (gradient.T @ chunk)[:vocab_size]
        ctx.save_for_backward(hidden_gradient, weight_gradient)
        ctx.hidden_dtype = hidden.dtype
        return total

    @staticmethod
    def backward(ctx, scale):
        hidden_gradient, weight_gradient = ctx.saved_tensors
        return (
            (hidden_gradient * scale).to(ctx.hidden_dtype),
            weight_gradient * scale,
            None,
            None,
            None,
            None,
        )
