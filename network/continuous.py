"""Answers of one model that are made together, although each begins and ends when it likes.

    batch = ContinuousBatch(model, tokenizer)
    number = batch.add(Request(prompt, 64, sampling, seed, stops))
    gains = batch.step()            # {number: Gain(" It", tokens=1, ...)}

`generate` in network/generation.py answers prompts that are all there from the start.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from model import GPT
from network.generation import generate
from network.sampling import Sampling
from text.tokenizer import Tokenizer


@dataclass(frozen=True)
class Request:
    """What an answer depends on."""

    prompt: list[int]
    max_new_tokens: int
    sampling: Sampling
    seed: int
    stops: tuple[str, ...] = ()

    def check(self, model: GPT) -> None:
        """Raise ValueError if the model has nothing to read, or no room for an answer."""
        context = model.config.n_positions
        if not self.prompt:
            raise ValueError("the prompt is empty")
        if len(self.prompt) >= context:
            raise ValueError(
                f"a prompt of {len(self.prompt):,} tokens leaves no room for an answer in this "
                f"model's context of {context:,}"
            )
        if self.max_new_tokens < 1:
            raise ValueError("an answer has at least one token")


@dataclass(frozen=True)
class Gain:
    """What an answer has gained by a step."""

    text: str
    tokens: int  # of the answer so far
    has_ended: bool
    has_stopped: bool  # at <|endoftext|> or a stop text, and not because its room is used up


class ContinuousBatch:
    """Answers in progress, each with a number."""

    def __init__(self, model: GPT, tokenizer: Tokenizer):
        self.model = model
        self.tokenizer = tokenizer
        self._rows: dict[int, Iterator[list[str | None]]] = {}
        self._tokens: dict[int, int] = {}
        self._requests: dict[int, Request] = {}
        self._next = 0

    def add(self, request: Request) -> int:
        """Take up an answer; returns its number."""
        self._next += 1
        stop = request.stops[0] if request.stops else ""
        self._rows[self._next] = generate(
            self.model,
            self.tokenizer,
            [request.prompt],
            request.max_new_tokens,
            request.sampling,
            [request.seed],
            stop,
        )
        self._tokens[self._next] = 0
        self._requests[self._next] = request
        return self._next

    def remove(self, number: int) -> None:
        """Drop an answer that nobody wants any more."""
        del self._rows[number]

    def step(self) -> dict[int, Gain]:
        """Let every answer gain a token."""
        gains = {}
        for number, row in list(self._rows.items()):
            pieces = next(row, None)
            if pieces is None:
                tokens = self._tokens[number]
                is_full = tokens == self._requests[number].max_new_tokens
                gains[number] = Gain("", tokens, True, not is_full)
                del self._rows[number]
            else:
                self._tokens[number] += 1
                gains[number] = Gain(pieces[0] or "", self._tokens[number], False, False)
        return gains
