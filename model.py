"""GPT-2, written by hand from `Linear` and `Embedding` layers.

The network of Radford et al. 2019, "Language Models are Unsupervised Multitask Learners": a
decoder-only Transformer (Vaswani et al. 2017) with layer normalisation before each attention and
MLP, learned positions, tanh GELU, and one matrix shared by the input and output embeddings.

    token ids (batch, time)
      │  x = wte[ids] + wpe[positions]
      ▼
    n_layer blocks:  x = x + attn(ln_1(x))
                     x = x + mlp(ln_2(x))
      │  ln_f(x)
      ▼
    hidden states (batch, time, n_embd)
      │  logits = hidden · wteᵀ
      ▼
    loss = −log softmax(logits)[target]

Every formula is written out here in tensor arithmetic, to check against the papers; with
`kernels="manual"` that is what runs. By default (`kernels="fused"`) a faster form of the same
formula runs in its place: a PyTorch function one line above the arithmetic, or a function of
kernels.py, which is plain PyTorch too. The tests hold the two forms equal, forward and backward.
There is no dropout, so training and evaluation are the same network.
"""

import math
from copy import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import kernels as fast


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a GPT-2 model, with the field names of its published `config.json`.

    The defaults are GPT-2 small: 124,439,808 parameters. Raises ValueError for impossible shapes.
    """

    vocab_size: int = 50257
    n_positions: int = 1024  # the context: the longest sequence the model can read
    n_embd: int = 768  # the width of the residual stream
    n_layer: int = 12
    n_head: int = 12

    def __post_init__(self):
        for name, value in vars(self).items():
            if type(value) is not int or value < 1:
                raise ValueError(f"{name} must be a positive whole number, not {value!r}")
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd ({self.n_embd}) must be a multiple of n_head ({self.n_head})")

    @property
    def head_size(self) -> int:
        """The width of one attention head."""
        return self.n_embd // self.n_head


# ---- the formulas ----


class LayerNorm(nn.Module):
    """Ba et al. 2016: y = (x − mean) / √(variance + 10⁻⁵) · weight + bias.

    Mean and variance are taken over the last dimension.
    """

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


def attention(
    queries: Tensor, keys: Tensor, values: Tensor, fused: bool, mask: Tensor | None = None
) -> Tensor:
    """Causal scaled dot-product attention: softmax(QKᵀ/√d)V (Vaswani et al. 2017, eq. 1).

    queries: (batch, head, time, head_size); keys, values: (batch, head, past + time, head_size).
    The queries are the last `time` positions, and no query sees a later key. If the queries are at
    other positions, `mask` says which keys a query sees: 0 for those and −∞ elsewhere, in a shape
    that broadcasts to (batch, head, time, keys). Returns (batch, head, time, head_size).
    """
    if fused:
        return fast.attention(queries, keys, values, mask)
    time, all_time = queries.size(2), keys.size(2)
    if mask is None:
        mask = torch.full((time, all_time), -math.inf, device=queries.device)
        mask = mask.triu(all_time - time + 1)
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.size(-1))
    scores = scores + mask.to(scores.dtype)  # (batch, head, time, past + time)
    weights = torch.exp(scores - scores.amax(-1, keepdim=True))
    weights = weights / weights.sum(-1, keepdim=True)
    return weights @ values


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Σ −log p[target] with p = softmax(logits), in nats, over the targets that are not negative.

    logits: (tokens, vocab_size); targets: (tokens,). Returns a float32 scalar.
    """
    is_target = targets >= 0
    logits, targets = logits[is_target].float(), targets[is_target]
    shifted = logits - logits.amax(-1, keepdim=True)  # same p, without overflow
    log_p = shifted - shifted.exp().sum(-1, keepdim=True).log()
    return -log_p.gather(1, targets.unsqueeze(1)).sum()


# ---- the network ----


class KVCache:
    """The keys and values of the tokens already read, so that only new tokens are computed.

    `keys` and `values` are (layer, batch, head, positions, head_size); the first `length`
    positions are filled. `positions` defaults to the whole context.
    """

    def __init__(
        self,
        config: GPTConfig,
        batch: int,
        device: torch.device | str = "cpu",
        positions: int | None = None,
        dtype: torch.dtype = torch.float32,
    ):
        positions = positions or config.n_positions
        shape = (config.n_layer, batch, config.n_head, positions, config.head_size)
        self.keys = torch.zeros(shape, device=device, dtype=dtype)
        self.values = torch.zeros(shape, device=device, dtype=dtype)
        self.length = 0
        self.mask = None  # the new tokens are the last ones, as `attention` assumes

    def next_positions(self, time: int) -> Tensor:
        """The positions of the next `time` tokens, (time,)."""
        return torch.arange(self.length, self.length + time, device=self.keys.device)

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store one layer's new keys and values; return all of that layer's, old and new.

        Takes (batch, head, time, head_size); returns (batch, head, length + time, head_size).
        `length` stays as it is until all layers are done: GPT.forward advances it.
        """
        end = self.length + keys.size(2)
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def view(self, batch: int, positions: int) -> "KVCache":
        """The first rows and positions as an empty cache of their own, in the same memory."""
        part = copy(self)
        part.keys = self.keys[:, :batch, :, :positions]
        part.values = self.values[:, :batch, :, :positions]
        part.length = 0
        return part

    def keep(self, rows: Tensor) -> None:
        """Keep only some sequences of the batch: those whose row numbers are given, (rows,)."""
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]


class FixedCache:
    """A `KVCache` for one more token, in which no shape depends on how many were read before.

    `position`, (batch,), holds the position of each sequence's next token. It is a tensor, and
    attention reads all of `keys` and `values`, also the part that is still empty, which a mask
    hides. So a GPU can record the step once, and replay it for every position
    (network/decoding.py), and sequences of different lengths share a batch (network/staggered.py).

    `keys` and `values` are those of a `KVCache`, (layer, batch, head, positions, head_size).
    Row p of `causal_mask`, (positions, positions), is 0 up to column p, and −∞ after it.
    """

    def __init__(
        self, keys: Tensor, values: Tensor, position: Tensor, causal_mask: Tensor, length: int
    ):
        self.keys, self.values = keys, values
        self.position = position
        self.causal_mask = causal_mask
        self.length = length  # the largest of `position`, for the check against the context
        self.mask: Tensor | None = None

    def next_positions(self, time: int) -> Tensor:
        """The position of each next token, (batch, 1). Looks up its row of the mask, too."""
        if time != 1:
            raise ValueError(f"a FixedCache takes one token at a time, not {time}")
        rows = self.causal_mask.index_select(0, self.position)  # (batch, positions)
        self.mask = rows[:, None, None]  # for every head, and the one new token
        return self.position.unsqueeze(1)

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store one layer's new keys and values; return all of that layer's, filled or not.

        Takes (batch, head, 1, head_size); returns (batch, head, positions, head_size).
        """
        all_keys, all_values = self.keys[layer], self.values[layer]
        position = self.position.view(-1, 1, 1, 1).expand(keys.shape)
        all_keys.scatter_(2, position, keys.to(all_keys.dtype))
        all_values.scatter_(2, position, values.to(all_values.dtype))
        return all_keys, all_values


Cache = KVCache | FixedCache


class CausalSelfAttention(nn.Module):
    """Multi-head attention of each position to itself and the positions before it."""

    def __init__(self, config: GPTConfig, layer: int, fused: bool):
        super().__init__()
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd)  # queries, keys, values
        self.c_proj = nn.Linear(config.n_embd, config.n_embd)
        self.n_head = config.n_head
        self.layer = layer
        self.fused = fused

    def forward(self, x: Tensor, cache: Cache | None) -> Tensor:
        batch, time, width = x.shape
        heads = self.c_attn(x).view(batch, time, 3, self.n_head, width // self.n_head)
        queries, keys, values = heads.permute(2, 0, 3, 1, 4).unbind()
        if cache is not None:
            keys, values = cache.extend(self.layer, keys, values)  # perhaps in another type
        mask = cache.mask if cache is not None else None
        mixed = attention(queries.to(keys.dtype), keys, values, self.fused, mask)
        mixed = mixed.to(queries.dtype)
        mixed = mixed.transpose(1, 2).reshape(batch, time, width)  # heads side by side again
        return self.c_proj(mixed)


class MLP(nn.Module):
    """A two-layer network applied to each position, 4 · n_embd wide: c_proj(gelu(c_fc(x)))."""

    def __init__(self, config: GPTConfig, fused: bool):
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd)
        self.fused = fused

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(gelu(self.c_fc(x), self.fused))


class Block(nn.Module):
    """Attention, then an MLP; each reads a normalised residual stream and adds its output to it."""

    def __init__(self, config: GPTConfig, layer: int, fused: bool):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, fused)
        self.attn = CausalSelfAttention(config, layer, fused)
        self.ln_2 = LayerNorm(config.n_embd, fused)
        self.mlp = MLP(config, fused)

    def forward(self, x: Tensor, cache: Cache | None) -> Tensor:
        x = x + self.attn(self.ln_1(x), cache)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """The whole network. Parameter names are GPT-2's own: `wte`, `wpe`, `h.0.attn.c_attn`, …"""

    def __init__(self, config: GPTConfig, kernels: str = "fused", seed: int | None = 0):
        """Build the network with GPT-2's initial weights; the same seed gives the same weights.

        With `seed=None` the embeddings are uninitialised memory, for a caller that loads weights.
        Raises ValueError if `kernels` is neither "fused" nor "manual".
        """
        super().__init__()
        if kernels not in ("fused", "manual"):
            raise ValueError(f'kernels must be "fused" or "manual", not {kernels!r}')
        self.config = config
        self.fused = kernels == "fused"
        self.wte = _empty_embedding(config.vocab_size, config.n_embd)
        self.wpe = _empty_embedding(config.n_positions, config.n_embd)
        self.h = nn.ModuleList(Block(config, layer, self.fused) for layer in range(config.n_layer))
        self.ln_f = LayerNorm(config.n_embd, self.fused)
        if seed is not None:
            self.init_weights(torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def init_weights(self, generator: torch.Generator) -> None:
        """Fill the weights as GPT-2 does (its paper, section 2.3).

        wte, wpe, c_attn, c_fc       normal, standard deviation 0.02
        c_proj                       normal, 0.02 / √(2·n_layer): these write into the residual
                                     stream, whose variance should not grow with depth
        biases                       0
        weights of LayerNorm         1
        """
        for name, parameter in self.named_parameters():
            if name.endswith("c_proj.weight"):
                deviation = 0.02 / math.sqrt(2 * self.config.n_layer)
                parameter.normal_(0, deviation, generator=generator)
            elif parameter.dim() == 2:
                parameter.normal_(0, 0.02, generator=generator)
            elif name.endswith(".bias"):
                parameter.zero_()

    def forward(self, ids: Tensor, cache: Cache | None = None) -> Tensor:
        """Compute the final hidden states, (batch, time, n_embd), of token ids, (batch, time).

        With a cache, `ids` continue the cached tokens and are added to them. Raises ValueError if
        the sequence is longer than the context.
        """
        past = cache.length if cache is not None else 0
        end = past + ids.size(1)
        if end > self.config.n_positions:
            raise ValueError(
                f"{end} tokens do not fit in this model's context of {self.config.n_positions}"
            )
        if cache is not None:
            positions = cache.next_positions(ids.size(1))
        else:
            positions = torch.arange(end, device=ids.device)
        x = self.wte(ids) + self.wpe(positions)
        for block in self.h:
            x = block(x, cache)
        if cache is not None:
            cache.length = end
        return self.ln_f(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """The logits of the next token, (…, vocab_size), from hidden states, (…, n_embd).

        The weights of the output layer are those of `wte`.
        """
        return F.linear(hidden, self.wte.weight)

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """The sum of the token losses in nats, a float32 scalar.

        ids, targets: (batch, time); positions with a negative target are ignored. The loss is a
        sum, not a mean, so that a caller can divide the loss of each micro-batch by the number of
        targets of the whole batch, and add up.
        """
        return self.loss_of(self(ids), targets)

    def loss_of(
        self, hidden: Tensor, targets: Tensor, compiled_chunk: fast.AddChunk | None = None
    ) -> Tensor:
        """The same sum from the final hidden states, (batch, time, n_embd).

        `compiled_chunk` is for training/compiling.py.
        """
        hidden, targets = hidden.flatten(0, 1), targets.flatten()
        if self.fused:  # the same sum in chunks, with its gradient made along the way
            return fast.linear_cross_entropy(hidden, self.wte.weight, targets, compiled_chunk)
        return cross_entropy(self.logits(hidden), targets)


def _empty_embedding(rows: int, width: int) -> nn.Embedding:
    """An uninitialised embedding. Skips the random numbers that would be overwritten anyway."""
    return nn.Embedding.from_pretrained(torch.empty(rows, width), freeze=False)
