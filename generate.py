"""Text from a model: read the prompt (`prefill`), then choose a token and read it, again and again (`sample`, `decode`)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model import GPT, KVCache


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. Temperature 0 takes the likeliest; `top_k` 0 and `top_p` 1 leave all of them in."""

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0
    repetition_penalty: float = 1.0


def prefill(model: GPT, ids: Tensor, cache: KVCache) -> Tensor:
    """Read prompts of equal length (batch, time) into the cache; return the logits (batch, vocab_size) of what follows."""
    return model.logits(model(ids, cache)[:, -1]).float()


def decode(model: GPT, ids: Tensor, cache: KVCache) -> Tensor:
    """Read one more token of each sequence (batch,); return the logits (batch, vocab_size) of what follows."""
    return prefill(model, ids.unsqueeze(1), cache)


def sample(logits: Tensor, sampling: Sampling, generator: torch.Generator | None = None, seen: Tensor | None = None) -> int:
    """Choose a token from one sequence's logits (vocab_size,).

    `seen`, the ids so far, are what the repetition penalty (Keskar et al. 2019) divides. top_k: Fan et al. 2018; top_p: Holtzman
    et al. 2020. They act in this order: penalty, temperature, top_k, top_p.
    """
    if sampling.repetition_penalty != 1 and seen is not None:
        penalised = logits[seen]
        logits = logits.scatter(0, seen, torch.where(penalised > 0, penalised / sampling.repetition_penalty, penalised * sampling.repetition_penalty))
    if sampling.temperature == 0:
        return int(logits.argmax())
    logits = logits / sampling.temperature
    if 0 < sampling.top_k < len(logits):
        logits = logits.masked_fill(logits < logits.topk(sampling.top_k).values[-1], -torch.inf)
    probabilities = logits.softmax(0)
    if sampling.top_p < 1:
        ordered, order = probabilities.sort(descending=True)
        outside = ordered.cumsum(0) - ordered >= sampling.top_p  # the token that crosses top_p stays in
        probabilities = probabilities.index_fill(0, order[outside], 0)
    return int(torch.multinomial(probabilities, 1, generator=generator))


@torch.inference_mode()
def generate(model: GPT, prompt: list[int], max_new_tokens: int, sampling: Sampling, end_of_text: int, seed: int = 0):
    """Yield the tokens that follow the prompt, until <|endoftext|> (not yielded), `max_new_tokens`, or the context is full."""
    device = model.wte.weight.device
    generator = torch.Generator(device).manual_seed(seed)
    cache = KVCache(model.config, batch=1, device=device)
    ids = list(prompt)
    logits = prefill(model, torch.tensor([ids], device=device), cache)[0]
    for _ in range(min(max_new_tokens, model.config.n_positions - len(prompt))):
        token = sample(logits, sampling, generator, torch.tensor(ids, device=device))
        if token == end_of_text:
            return
        yield token
        ids.append(token)
        if cache.length < model.config.n_positions:
            logits = decode(model, torch.tensor([token], device=device), cache)[0]
