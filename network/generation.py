"""Text generation: read the prompt, then choose a token and read it, until the answer ends.

    logits = decoder.prefill(prompts)       # (batch, vocab_size)
    repeat:
        tokens = sampler.choose(logits)     # (batch,): the next token of each sequence
        logits = decoder.decode(tokens)     # (batch, vocab_size)

`generate` is this loop for prompts of equal length, so that the cache holds no padding.
`answer_all` sorts prompts of any length into such batches. The stop rule of a chat: an answer ends
at <|endoftext|>, or when the model begins a turn of the human. Other text ends at <|endoftext|>
alone (`stop_text=""`). How a token is chosen is in network/sampling.py, and how the model reads it
in network/decoding.py.
"""

import codecs
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import torch

from model import GPT
from network.decoding import open_decoder
from network.sampling import GREEDY, Sampler, Sampling, to_device
from text.dialogue import HUMAN
from text.tokenizer import Tokenizer

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
    new_tokens = max(0, min(max_new_tokens, model.config.n_positions - prompt_tokens))
    answers = [Answer(tokenizer, stop_text) for _ in prompts]
    running = list(range(len(prompts)))  # the prompt of each row of `tokens` and `logits`
    sampler = Sampler(sampling, seeds, len(prompts), new_tokens, device)
    with open_decoder(model, len(prompts), prompt_tokens + new_tokens) as decoder:
        logits = decoder.prefill(to_device(torch.tensor(prompts), device))
        for step in range(new_tokens):
            tokens = sampler.choose(logits)
            pieces: list[str | None] = [None] * len(prompts)
            for prompt, token in zip(running, tokens.tolist()):  # the one wait for the device
                pieces[prompt] = answers[prompt].add(token, is_last=step == new_tokens - 1)
            yield pieces
            rows = [row for row, prompt in enumerate(running) if not answers[prompt].has_ended]
            if not rows:
                return
            if len(rows) < len(running):
                running = [running[row] for row in rows]
                index = to_device(torch.tensor(rows), device)
                tokens = tokens[index]
                sampler.keep(index)
                decoder.keep(index)
            logits = decoder.decode(tokens)


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
