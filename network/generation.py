"""Text generation: read the prompt, then choose a token and read it, until the answer ends.

    logits = decoder.prefill(prompts)       # (batch, vocab_size)
    repeat:
        tokens = sampler.choose(logits)     # (batch,): the next token of each sequence
        logits = decoder.decode(tokens)     # (batch, vocab_size)

`generate` is this loop. All sequences of a batch are at the same position, so the cache holds no
padding: the first call reads as much of each prompt as the shortest one has, and a longer prompt
is read to its end token by token, while the others are already being answered:

    prefill             choose …
    Who won in │ 19 27 ?   It was
    Who led    │ the  league ?  He

`answer_all` sorts prompts of any length into batches of similar length. The stop rule of a chat: an
answer ends at <|endoftext|>, or when the model begins a turn of the human. Other text ends at
<|endoftext|> alone (`stop_text=""`). How a token is chosen is in network/sampling.py, and how the
model reads it in network/decoding.py.
"""

import codecs
from collections.abc import Callable, Iterator, Sequence

import torch

from model import GPT
from network.decoding import open_decoder
from network.sampling import GREEDY, Sampler, Sampling, to_device
from text.dialogue import HUMAN
from text.tokenizer import Tokenizer

MAX_DIFFERENCE = 16  # tokens between the prompts of a batch; each is a step of the whole batch


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
    """Answer the prompts; after each token, yield the text that each answer gained.

    An answer ends at <|endoftext|>, before `stop_text` unless that is "", after `max_new_tokens`,
    or when the context is full; from then on its text is None. An answer depends on its prompt and
    its own seed, not on the rest of the batch (except for rounding). Greedy answers need no seeds.
    Raises ValueError if there are no prompts, or one is empty or exceeds the context.
    """
    device = model.wte.weight.device
    shortest = _shortest_length(prompts, model.config.n_positions)
    rests = [prompt[shortest:] for prompt in prompts]
    # How many tokens each answer may have.
    rooms = [min(max_new_tokens, model.config.n_positions - len(prompt)) for prompt in prompts]
    steps = max(len(rest) + room if room else 0 for rest, room in zip(rests, rooms))
    stops = (stop_text,) if stop_text else ()
    answers = [Answer(tokenizer, stops) for _ in prompts]
    running = list(range(len(prompts)))  # the prompt of each row of `tokens` and `logits`
    sampler = Sampler(sampling, seeds, rests, max(rooms), device)
    with open_decoder(model, len(prompts), shortest + steps) as decoder:
        beginnings = torch.tensor([prompt[:shortest] for prompt in prompts])
        logits = decoder.prefill(to_device(beginnings, device))
        for step in range(steps):
            tokens = sampler.choose(logits)
            pieces: list[str | None] = [None] * len(prompts)
            for number, token in zip(running, tokens.tolist()):  # the one wait for the device
                answer_index = step - len(rests[number])  # negative: a token of the prompt
                if answer_index < 0:
                    pieces[number] = ""
                elif rooms[number]:
                    is_last = answer_index == rooms[number] - 1
                    pieces[number] = answers[number].add(token, is_last)
            yield pieces
            rows = [
                row
                for row, number in enumerate(running)
                if rooms[number] and not answers[number].has_ended
            ]
            if not rows:
                return
            if len(rows) < len(running):
                running = [running[row] for row in rows]
                index = to_device(torch.tensor(rows), device)
                tokens = tokens[index]
                sampler.keep(index)
                decoder.keep(index)
            logits = decoder.decode(tokens)


def _shortest_length(prompts: list[list[int]], context: int) -> int:
    lengths = [len(prompt) for prompt in prompts]
    if not lengths or 0 in lengths:
        raise ValueError("there must be at least one prompt, and none may be empty")
    if max(lengths) > context:
        raise ValueError(
            f"a prompt of {max(lengths)} tokens does not fit in this model's context of {context}"
        )
    return min(lengths)


class Answer:
    """An answer as it grows: its tokens, and the text that may be shown.

    It holds back the bytes of an incomplete character, and text that may be the beginning of one of
    `stops`, the texts that would end the answer.
    """

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str] = (HUMAN,)):
        self.tokenizer = tokenizer
        self.stops = stops
        self.ids: list[int] = []
        self.has_ended = False
        self.has_stopped = False  # ended by <|endoftext|> or a stop text, not by `is_last`
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held_back = ""

    def add(self, token: int, is_last: bool = False) -> str:
        """Take the next token; return the text that may now be shown.

        After the last token (`is_last`, or <|endoftext|>) nothing is held back.
        """
        if token == self.tokenizer.end_of_text:
            self.has_stopped = True
            new_bytes = b""
        else:
            self.ids.append(token)
            new_bytes = self.tokenizer.decode_bytes([token])
        is_last = is_last or self.has_stopped
        text = self._held_back + self._decoder.decode(new_bytes, final=is_last)
        beginnings = [text.index(stop) for stop in self.stops if stop in text]
        self.has_stopped = self.has_stopped or bool(beginnings)
        self.has_ended = is_last or self.has_stopped
        if beginnings:
            return text[: min(beginnings)]
        if is_last:
            return text
        held_back = max((_length_of_possible_stop(text, stop) for stop in self.stops), default=0)
        shown = len(text) - held_back
        self._held_back = text[shown:]
        return text[:shown]


def _length_of_possible_stop(text: str, stop_text: str) -> int:
    """How many of the last characters may begin the stop text.

    "Nine.\\n\\nHu", "\\n\\nHuman:" -> 4
    """
    for length in range(min(len(text), len(stop_text) - 1), 0, -1):
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
    by_length = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
    fitting = [n for n in by_length if len(prompts[n]) < model.config.n_positions]
    for numbers in _batches_of_similar_length(fitting, prompts, batch_size):
        batch = [prompts[number] for number in numbers]
        seeds = [seed + number for number in numbers]
        for pieces in generate(model, tokenizer, batch, max_new_tokens, sampling, seeds):
            for number, piece in zip(numbers, pieces):
                answers[number] += piece or ""
        on_answer(len(numbers))
    if len(fitting) < len(prompts):
        on_answer(len(prompts) - len(fitting))
    return [answer.strip() for answer in answers]


def _batches_of_similar_length(
    by_length: Sequence[int], prompts: Sequence[Sequence[int]], batch_size: int
) -> Iterator[list[int]]:
    """Cut the indices of prompts, sorted by length, into batches."""
    batch: list[int] = []
    for number in by_length:
        is_longer = batch and len(prompts[number]) > len(prompts[batch[0]]) + MAX_DIFFERENCE
        if is_longer or len(batch) == batch_size:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
