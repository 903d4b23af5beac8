"""Text from a model: read the prompt (`prefill`), then choose a token and read it, again and again (`sample`, `decode`).

Several prompts go through the model at once where they are equally long, so that the cache holds no padding; `answer_all` sorts
prompts of any length into such batches. An answer ends at <|endoftext|>, or where the model begins to speak as the human.
"""

import codecs
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from model import GPT, KVCache
from text.dialogue import HUMAN
from text.tokenizer import Tokenizer


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. Temperature 0 takes the likeliest; `top_k` 0 and `top_p` 1 leave all of them in.

    Raises ValueError with all that is out of range.
    """

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0
    repetition_penalty: float = 1.0

    def __post_init__(self):
        fits = {"temperature must be 0 or more": 0 <= self.temperature < float("inf"), "temperature must be 0.001 at least where it is not 0": not 0 < self.temperature < 1e-3, "top_k must be 0 or more": self.top_k >= 0,
                "top_p must be over 0 and at most 1": 0 < self.top_p <= 1, "repetition_penalty must be between 0.01 and 100": 0.01 <= self.repetition_penalty <= 100}  # fmt: skip
        if problems := [problem for problem, fit in fits.items() if not fit]:
            raise ValueError("; ".join(problems))


GREEDY = Sampling(temperature=0)


def for_generation(model: GPT, device: torch.device, dtype: torch.dtype) -> GPT:
    """The model itself, made fast at generating and unfit for training: on its device, in one type, on CPUs with packed weights.

    With a row or two, a matrix product waits for its weights to come from memory. oneDNN's own blocked layout, which torch.compile
    uses too, reads them twice as fast as rows of `Linear.weight` are read, at the price of a second copy.
    """
    model.to(device, dtype).requires_grad_(False)
    if (
        device.type == "cpu"
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")
    ):
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                module.forward = _packed_linear(module.weight, module.bias)
        model.logits = _packed_linear(model.wte.weight, None)
    return model


def cache_for(model: GPT, batch: int, positions: int | None = None) -> KVCache:
    """An empty cache where the model is: in float32 on CPUs, where one query attends four times as fast as in bfloat16."""
    weight = model.wte.weight
    return KVCache(
        model.config,
        batch,
        weight.device,
        positions,
        torch.float32 if weight.device.type == "cpu" else weight.dtype,
    )


def _packed_linear(weight: Tensor, bias: Tensor | None):
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, 1)
    return lambda x: torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")


def prefill(model: GPT, ids: Tensor, cache: KVCache) -> Tensor:
    """Read prompts of equal length (batch, time) into the cache; return the logits (batch, vocab_size) of what follows."""
    return model.logits(model(ids, cache)[:, -1]).float()


def decode(model: GPT, ids: Tensor, cache: KVCache) -> Tensor:
    """Read one more token of each sequence (batch,); return the logits (batch, vocab_size) of what follows."""
    return prefill(model, ids.unsqueeze(1), cache)


def sample(
    logits: Tensor, sampling: Sampling, generators: list[torch.Generator], seen: Tensor
) -> Tensor:
    """Choose the next token (batch,) of each sequence from its logits (batch, vocab_size), each with a random generator of its own.

    `seen` (batch, time), the ids generated so far, are what the repetition penalty (Keskar et al. 2019) divides. top_k: Fan et al.
    2018; top_p: Holtzman et al. 2020. They act in this order: penalty, temperature, top_k, top_p.
    """
    if sampling.repetition_penalty != 1:
        penalised = logits.gather(1, seen)
        penalised = torch.where(
            penalised > 0,
            penalised / sampling.repetition_penalty,
            penalised * sampling.repetition_penalty,
        )
        logits = logits.scatter(1, seen, penalised)
    if sampling.temperature == 0:
        return logits.argmax(-1)
    vocab_size = logits.size(-1)
    is_cut = 0 < sampling.top_k < vocab_size or sampling.top_p < 1
    if is_cut:
        logits, ids = logits.topk(
            min(sampling.top_k or vocab_size, vocab_size)
        )  # the likeliest first
    probabilities = (logits / sampling.temperature).softmax(-1)
    if is_cut:
        likelier = probabilities.cumsum(-1) - probabilities
        probabilities = probabilities.masked_fill(
            likelier >= sampling.top_p, 0
        )  # the token that crosses top_p stays in
    chosen = torch.stack(
        [
            torch.multinomial(row, 1, generator=generator)
            for row, generator in zip(probabilities, generators)
        ]
    )
    return (ids.gather(1, chosen) if is_cut else chosen).squeeze(1)


@torch.inference_mode()
def generate(
    model: GPT,
    tokenizer: Tokenizer,
    prompts: list[list[int]],
    max_new_tokens: int,
    sampling: Sampling = GREEDY,
    seeds=(0,),
) -> Iterator[list[str | None]]:
    """Yield, again and again, what each of the equally long prompts' answers goes on with: a piece of text, perhaps empty, or None
    once that answer has ended: by the stop rule, at `max_new_tokens`, or where the context is full.

    An answer depends on its prompt and its own seed, not on what else is in the batch. Raises ValueError for prompts that are
    empty, not equally long, or longer than the context.
    """
    if not prompts or not prompts[0] or len({len(prompt) for prompt in prompts}) > 1:
        raise ValueError("prompts generated together must be equally long, and not empty")
    device = model.wte.weight.device
    answers = [Answer(tokenizer) for _ in prompts]
    generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
    room = min(max_new_tokens, model.config.n_positions - len(prompts[0]))
    running = list(range(len(prompts)))  # row r of what follows belongs to prompt running[r]
    cache = cache_for(model, len(prompts), len(prompts[0]) + max(room, 0))
    seen = torch.tensor(prompts, device=device)
    logits = prefill(model, seen, cache)
    for left in range(room - 1, -1, -1):
        tokens = sample(
            logits,
            sampling,
            [generators[prompt] for prompt in running] if sampling.temperature else [],
            seen[:, len(prompts[0]) :],
        )
        pieces: list[str | None] = [None] * len(prompts)
        for prompt, token in zip(running, tokens.tolist()):
            pieces[prompt] = answers[prompt].add(token, is_last=left == 0)
        yield pieces
        rows = [row for row, prompt in enumerate(running) if not answers[prompt].has_ended]
        if not rows or left == 0:
            return
        seen = torch.cat([seen, tokens.unsqueeze(1)], dim=1)
        if len(rows) < len(running):
            running = [running[row] for row in rows]
            index = torch.tensor(rows, device=device)
            cache.keep(index)
            seen = seen[index]
        logits = decode(model, seen[:, -1], cache)


class Answer:
    """An answer as it grows: its tokens, and the text that may be shown. Held back are the bytes of a character that is not yet
    whole, and what may be the beginning of "\\n\\nHuman:"."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.ids: list[int] = []
        self.has_ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held_back = ""

    def add(self, token: int, is_last: bool = False) -> str:
        """Take the next token; return the text that it sets free. With `is_last` nothing is held back."""
        if token == self.tokenizer.end_of_text:
            self.has_ended = is_last = True
            text = self._held_back + self._decoder.decode(b"", final=True)
        else:
            self.ids.append(token)
            text = self._held_back + self._decoder.decode(
                self.tokenizer.decode_bytes([token]), final=is_last
            )
        before, human, _ = text.partition(HUMAN)
        if human:
            self.has_ended = True
            return before
        self.has_ended |= is_last
        held = (
            0
            if is_last
            else next(
                (size for size in range(len(HUMAN) - 1, 0, -1) if text.endswith(HUMAN[:size])), 0
            )
        )
        self._held_back = text[len(text) - held :]
        return text[: len(text) - held]


def answer_all(model: GPT, tokenizer: Tokenizer, prompts: list[list[int]], max_new_tokens: int, sampling: Sampling = GREEDY, seed: int = 0,
               batch_size: int = 64, on_answer=lambda number: None) -> list[str]:  # fmt: skip
    """The answer to each prompt, stripped. `on_answer(number)` is told how many answers each batch brought. Prompts as long as the context get "".

    Prompt number n draws with seed + n, so that no answer depends on how the prompts were batched.
    """
    by_length = defaultdict(list)
    for number, prompt in enumerate(prompts):
        by_length[len(prompt)].append(number)
    answers = [""] * len(prompts)
    for length in sorted(by_length):
        for start in range(0, len(by_length[length]), batch_size):
            numbers = by_length[length][start : start + batch_size]
            if length < model.config.n_positions:
                for pieces in generate(
                    model,
                    tokenizer,
                    [prompts[number] for number in numbers],
                    max_new_tokens,
                    sampling,
                    [seed + number for number in numbers],
                ):
                    for number, piece in zip(numbers, pieces):
                        answers[number] += piece or ""
            on_answer(len(numbers))
    return [answer.strip() for answer in answers]
