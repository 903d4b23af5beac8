"""Text generation: read the prompt, then choose a token and read it, until the answer ends.

    logits = prefill(model, prompts, cache)          # (batch, vocab_size)
    repeat:
        tokens = sample(logits, ...)                 # (batch,): the next token of each sequence
        logits = decode(model, tokens, cache)        # (batch, vocab_size)

`generate` is this loop for prompts of equal length, so that the cache holds no padding.
`answer_all` sorts prompts of any length into such batches. The stop rule of a chat: an answer ends
at <|endoftext|>, or when the model begins a turn of the human. Other text ends at <|endoftext|>
alone (`stop_text=""`).
"""

import codecs
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kernels import can_pack_linear, pack_linear
from model import GPT, KVCache
from text.dialogue import HUMAN
from text.tokenizer import Tokenizer
from tools.messages import check_problems


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Temperature 0 always takes the most likely token. `top_k` 0 and `top_p` 1 choose among all
    tokens. A `repetition_penalty` above 1 makes tokens of the answer less likely to be repeated.

    Raises ValueError, listing all values that are out of range.
    """

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.temperature < math.inf:
            problems.append("temperature must be 0 or more")
        if 0 < self.temperature < 1e-3:
            problems.append("temperature must be 0, or at least 0.001")
        if not self.top_k >= 0:
            problems.append("top_k must be 0 or more")
        if not 0 < self.top_p <= 1:
            problems.append("top_p must be over 0 and at most 1")
        if not 0.01 <= self.repetition_penalty <= 100:
            problems.append("repetition_penalty must be between 0.01 and 100")
        check_problems(problems)


GREEDY = Sampling(temperature=0)


# ---- Preparing a model for fast generation ----


def for_generation(model: GPT, device: torch.device, dtype: torch.dtype) -> GPT:
    """Prepare a model for generation, in place, and return it; it can no longer be trained.

    Its weights move to `device` in `dtype`. On CPUs, the matrix products use a second, packed copy
    of the weights (kernels.pack_linear).
    """
    model.to(device, dtype).requires_grad_(False)
    if device.type == "cpu" and can_pack_linear(dtype):
        # These assignments replace methods, which mypy forbids.
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                packed = pack_linear(module.weight, module.bias)
                module.forward = packed  # type: ignore[method-assign, assignment]
        packed_head = pack_linear(model.wte.weight, None)
        model.logits = packed_head  # type: ignore[method-assign, assignment]
    return model


def cache_for(model: GPT, batch: int, positions: int | None = None) -> KVCache:
    """An empty cache on the model's device, by default with room for the whole context.

    On CPUs it is float32: attention of a single query is four times as fast as in bfloat16.
    """
    weight = model.wte.weight
    dtype = torch.float32 if weight.device.type == "cpu" else weight.dtype
    return KVCache(model.config, batch, weight.device, positions, dtype)


# ---- The three functions of the loop ----


def prefill(model: GPT, ids: Tensor, cache: KVCache) -> Tensor:
    """Read prompts of equal length; return the logits of the tokens that follow.

    ids: (batch, time). Returns (batch, vocab_size) in float32. The cache grows by `time`.
    """
    return model.logits(model(ids, cache)[:, -1]).float()


def decode(model: GPT, tokens: Tensor, cache: KVCache) -> Tensor:
    """Read one more token of each sequence, (batch,); return the logits, (batch, vocab_size)."""
    return prefill(model, tokens.unsqueeze(1), cache)


def sample(
    logits: Tensor, sampling: Sampling, generators: Sequence[torch.Generator], answers: Tensor
) -> Tensor:
    """Choose the next token of each sequence, (batch,), from the logits, (batch, vocab_size).

    `answers`, (batch, time), holds the tokens generated so far. Each sequence has its own random
    generator; at temperature 0 there may be none. The steps, in order: the repetition penalty
    (Keskar et al. 2019) on the tokens of `answers`; the temperature; top_k (Fan et al. 2018);
    top_p (Holtzman et al. 2020).
    """
    if sampling.repetition_penalty != 1:
        logits = _penalise(logits, answers, sampling.repetition_penalty)
    if sampling.temperature == 0:
        return logits.argmax(-1)
    vocab_size = logits.size(-1)
    if sampling.top_p == 1 and not 0 < sampling.top_k < vocab_size:
        return _draw((logits / sampling.temperature).softmax(-1), generators)
    choices = min(sampling.top_k or vocab_size, vocab_size)
    top_logits, ids = logits.topk(choices)  # (batch, choices), most likely first
    probabilities = (top_logits / sampling.temperature).softmax(-1)
    sum_before = probabilities.cumsum(-1) - probabilities  # of all more likely tokens
    probabilities = probabilities.masked_fill(sum_before >= sampling.top_p, 0)
    drawn = _draw(probabilities, generators)
    return ids.gather(1, drawn.unsqueeze(1)).squeeze(1)


def _penalise(logits: Tensor, answers: Tensor, penalty: float) -> Tensor:
    """Divide the positive logits of the answers' tokens by the penalty; multiply negative ones."""
    old = logits.gather(1, answers)
    new = torch.where(old > 0, old / penalty, old * penalty)
    return logits.scatter(1, answers, new)


def _draw(probabilities: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Draw a column index from each row, (batch,).

    `probabilities` is (batch, choices); its rows need not sum to 1.
    """
    rows = zip(probabilities, generators)
    return torch.cat([torch.multinomial(row, 1, generator=generator) for row, generator in rows])


# ---- Answers ----


@torch.inference_mode()
def generate(
    model: GPT,
    tokenizer: Tokenizer,
    prompts: list[list[int]],
    max_new_tokens: int,
    sampling: Sampling = GREEDY,
    seeds: Sequence[int] = (0,),
    stop_text: str = HUMAN,
) -> Iterator[list[str | None]]:
    """Answer prompts of equal length; after each token, yield the text that each answer gained.

    An answer ends at <|endoftext|>, before `stop_text` unless that is "", after `max_new_tokens`,
    or when the context is full; from then on its text is None. An answer depends on its prompt and
    its own seed, not on the rest of the batch. Greedy answers need no seeds. Raises ValueError if
    prompts are empty, differ in length, or exceed the context.
    """
    device = model.wte.weight.device
    prompt_tokens = _common_length(prompts)
    new_tokens = min(max_new_tokens, model.config.n_positions - prompt_tokens)
    answers = [Answer(tokenizer, stop_text) for _ in prompts]
    generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
    running = list(range(len(prompts)))  # the prompt of each row of `seen`, `logits` and the cache
    cache = cache_for(model, len(prompts), prompt_tokens + max(new_tokens, 0))
    seen = torch.tensor(prompts, device=device)
    logits = prefill(model, seen, cache)
    for step in range(new_tokens):
        row_generators = []
        if sampling.temperature > 0:
            row_generators = [generators[prompt] for prompt in running]
        tokens = sample(logits, sampling, row_generators, seen[:, prompt_tokens:])
        pieces: list[str | None] = [None] * len(prompts)
        for prompt, token in zip(running, tokens.tolist()):
            pieces[prompt] = answers[prompt].add(token, is_last=step == new_tokens - 1)
        yield pieces
        rows = [row for row, prompt in enumerate(running) if not answers[prompt].has_ended]
        if not rows:
            return
        seen = torch.cat([seen, tokens.unsqueeze(1)], dim=1)  # (rows, time)
        if len(rows) < len(running):
            running = [running[row] for row in rows]
            index = torch.tensor(rows, device=device)
            seen = seen[index]
            cache.keep(index)
        logits = decode(model, seen[:, -1], cache)


def _common_length(prompts: list[list[int]]) -> int:
    lengths = {len(prompt) for prompt in prompts}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError("prompts generated together must be equally long, and not empty")
    return lengths.pop()


class Answer:
    """An answer as it grows: its tokens, and the text that may be shown.

    It holds back the bytes of an incomplete character, and text that may be the beginning of
    `stop_text`, which would end the answer. If `stop_text` is "", no text ends it.
    """

    def __init__(self, tokenizer: Tokenizer, stop_text: str = HUMAN):
        self.tokenizer = tokenizer
        self.stop_text = stop_text
        self.ids: list[int] = []
        self.has_ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held_back = ""

    def add(self, token: int, is_last: bool = False) -> str:
        """Take the next token; return the text that may now be shown.

        After the last token (`is_last`, or <|endoftext|>) nothing is held back.
        """
        if token == self.tokenizer.end_of_text:
            is_last = True
            new_bytes = b""
        else:
            self.ids.append(token)
            new_bytes = self.tokenizer.decode_bytes([token])
        text = self._held_back + self._decoder.decode(new_bytes, final=is_last)
        stops = self.stop_text != "" and self.stop_text in text
        self.has_ended = is_last or stops
        if stops:
            return text[: text.index(self.stop_text)]
        if is_last:
            return text
        shown = len(text) - _length_of_possible_stop(text, self.stop_text)
        self._held_back = text[shown:]
        return text[:shown]


def _length_of_possible_stop(text: str, stop_text: str) -> int:
    """How many of the last characters may begin the stop text.

    "Nine.\\n\\nHu", "\\n\\nHuman:" -> 4
    """
    for length in range(len(stop_text) - 1, 0, -1):
        if text.endswith(stop_text[:length]):
            return length
    return 0


# ---- Many prompts ----


def answer_all(
    model: GPT,
    tokenizer: Tokenizer,
    prompts: list[list[int]],
    max_new_tokens: int,
    sampling: Sampling = GREEDY,
    seed: int = 0,
    batch_size: int = 64,
    on_answer: Callable[[int], object] = lambda number: None,
) -> list[str]:
    """The answer to each prompt, without white space at its ends.

    The answer to a prompt that fills the context is "". After each batch, `on_answer` is called
    with the batch's number of answers. Prompt number n uses the seed `seed` + n, so that no answer
    depends on how the prompts are batched.
    """
    answers = [""] * len(prompts)
    for numbers in _batches_of_equal_length(prompts, batch_size):
        batch = [prompts[number] for number in numbers]
        seeds = [seed + number for number in numbers]
        if len(batch[0]) < model.config.n_positions:
            for pieces in generate(model, tokenizer, batch, max_new_tokens, sampling, seeds):
                for number, piece in zip(numbers, pieces):
                    answers[number] += piece or ""
        on_answer(len(numbers))
    return [answer.strip() for answer in answers]


def _batches_of_equal_length(
    prompts: Sequence[Sequence[int]], batch_size: int
) -> Iterator[list[int]]:
    """Yield the indices of up to `batch_size` prompts of equal length, shortest prompts first."""
    by_length: defaultdict[int, list[int]] = defaultdict(list)
    for number, prompt in enumerate(prompts):
        by_length[len(prompt)].append(number)
    for _, numbers in sorted(by_length.items()):
        for start in range(0, len(numbers), batch_size):
            yield numbers[start : start + batch_size]
