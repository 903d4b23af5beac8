"""Answers of one model that are made together, although each begins and ends at its own time.

    batch = ContinuousBatch(model, tokenizer)
    number = batch.add(Request(prompt, 64, sampling, seed))
    while len(batch):
        gains = batch.step()            # {number: Gain(" It", tokens=1, ...), ...}

`generate` in network/generation.py answers prompts that are all there from the start, and is what
evaluation uses. This is the same loop for prompts that arrive while others are being answered
("continuous batching", Yu et al. 2022, section 3): read, choose, and let ended answers leave. With
the same seed both give the same answer, up to rounding.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from model import GPT, KVCache
from network.decoding import cache_for, last_logits
from network.generation import Answer
from network.sampling import Sampling, draw_uniforms, sample, to_device
from network.staggered import StaggeredDecoder
from text.dialogue import HUMAN
from text.tokenizer import Tokenizer

READ_TOKENS = 128  # of prompts, between two tokens of the answers in progress


@dataclass(frozen=True)
class Request:
    """All that an answer depends on, apart from the model."""

    prompt: list[int]
    max_new_tokens: int
    sampling: Sampling
    seed: int
    stops: tuple[str, ...] = (HUMAN,)

    def room(self, context: int) -> int:
        """The most tokens that the answer may have."""
        return min(self.max_new_tokens, context - len(self.prompt))

    def check(self, context: int) -> None:
        """Raise ValueError if there is nothing to read, or no room for an answer."""
        if not self.prompt:
            raise ValueError("the prompt is empty")
        if self.max_new_tokens < 1:
            raise ValueError("max_new_tokens must be 1 or more")
        if self.room(context) < 1:
            raise ValueError(
                f"a prompt of {len(self.prompt):,} tokens leaves no room for an answer in this "
                f"model's context of {context:,}"
            )


@dataclass(frozen=True)
class Gain:
    """What an answer has gained by a step."""

    text: str
    tokens: int  # of the answer so far
    has_ended: bool
    has_stopped: bool  # by <|endoftext|> or a stop text, and not because its room is used up


class UnreadPrompt:
    """A prompt that is being read into a cache of its own, in pieces of READ_TOKENS."""

    def __init__(self, number: int, ids: list[int]):
        self.number = number  # of the answer
        self.ids = ids
        self.read_tokens = 0
        self._cache: KVCache | None = None

    def read(self, model: GPT) -> tuple[KVCache, Tensor]:
        """Read the next piece; returns the cache, and the logits of the token that follows.

        The logits are (1, vocab_size). While `is_read` is False, they are of no use.
        """
        if self._cache is None:
            self._cache = cache_for(model, 1, len(self.ids))
        piece = self.ids[self.read_tokens : self.read_tokens + READ_TOKENS]
        self.read_tokens += len(piece)
        ids = to_device(torch.tensor([piece]), model.wte.weight.device)
        return self._cache, last_logits(model, ids, self._cache).float()

    @property
    def is_read(self) -> bool:
        return self.read_tokens == len(self.ids)


class AnswerInProgress:
    """The answer to one request as it grows, and the random numbers that choose its tokens."""

    def __init__(self, request: Request, model: GPT, tokenizer: Tokenizer):
        self.request = request
        self.room = request.room(model.config.n_positions)
        self.chosen = 0  # tokens
        self.uniforms = draw_uniforms(request.seed, self.room).tolist()
        self._answer = Answer(tokenizer, request.stops)

    def add(self, token: int) -> Gain:
        """Take the next token of the answer."""
        self.chosen += 1
        answer = self._answer
        text = answer.add(token, is_last=self.chosen == self.room)
        return Gain(text, len(answer.ids), answer.has_ended, answer.has_stopped)


class ContinuousBatch:
    """The answers of a model that are being made, each under a number."""

    def __init__(self, model: GPT, tokenizer: Tokenizer):
        self.model = model
        self.tokenizer = tokenizer
        self._added = 0
        self._in_progress: dict[int, AnswerInProgress] = {}
        self._unread: list[UnreadPrompt] = []  # the oldest first
        self._rows: list[int] = []  # the answer in each row of the decoder
        self._tokens: Tensor | None = None  # (rows,): the last token of each, to be read next
        shape, device = (0, model.config.vocab_size), model.wte.weight.device
        self._seen = torch.zeros(shape, dtype=torch.bool, device=device)  # the tokens of each row
        self._decoder = StaggeredDecoder(model)

    def __len__(self) -> int:
        """How many answers are being made."""
        return len(self._in_progress)

    def add(self, request: Request) -> int:
        """Begin an answer; returns its number. Raises ValueError if there is no room for one."""
        request.check(self.model.config.n_positions)
        number = self._added
        self._added += 1
        self._in_progress[number] = AnswerInProgress(request, self.model, self.tokenizer)
        self._unread.append(UnreadPrompt(number, request.prompt))
        return number

    @torch.inference_mode()
    def remove(self, numbers: Collection[int]) -> None:
        """Drop answers that nobody wants any more."""
        self._unread = [prompt for prompt in self._unread if prompt.number not in numbers]
        self._keep([row for row, number in enumerate(self._rows) if number not in numbers])
        for number in numbers:
            del self._in_progress[number]

    @torch.inference_mode()
    def step(self) -> dict[int, Gain]:
        """Let the answers gain a token each; returns what they gained, by number.

        A step also reads prompts, the oldest first, about READ_TOKENS tokens in all. An answer
        gains its first token in the step that reads the end of its prompt.
        """
        logits = []
        if self._tokens is not None:
            logits.append(self._decoder.decode(self._tokens))
        logits += self._read_prompts()
        if not logits:
            return {}
        tokens = self._choose(torch.cat(logits))
        self._seen.scatter_(1, tokens.unsqueeze(1), True)
        gains = {
            number: self._in_progress[number].add(token)
            for number, token in zip(self._rows, tokens.tolist())  # the one wait for the device
        }
        self._tokens = tokens
        self.remove([number for number, gain in gains.items() if gain.has_ended])
        return gains

    def _read_prompts(self) -> list[Tensor]:
        """Read some of the prompts; those that are complete get a row. Returns their logits."""
        logits = []
        read_tokens = 0
        while self._unread and read_tokens < READ_TOKENS:
            prompt = self._unread[0]
            before = prompt.read_tokens
            cache, following = prompt.read(self.model)
            read_tokens += prompt.read_tokens - before
            if prompt.is_read:
                room = self._in_progress[prompt.number].room
                self._decoder.join(cache, cache.length + room)
                self._rows.append(prompt.number)
                self._seen = torch.cat([self._seen, self._seen.new_zeros(1, self._seen.size(1))])
                self._unread.pop(0)
                logits.append(following)
        return logits

    def _choose(self, logits: Tensor) -> Tensor:
        """The next token of each row, (rows,), from the logits, (rows, vocab_size)."""
        rows_by_sampling: dict[Sampling, list[int]] = defaultdict(list)
        for row, number in enumerate(self._rows):
            rows_by_sampling[self._in_progress[number].request.sampling].append(row)
        if len(rows_by_sampling) == 1:
            [(sampling, rows)] = rows_by_sampling.items()
            return self._choose_alike(logits, self._seen, sampling, rows)
        tokens = torch.empty(len(logits), dtype=torch.int64, device=logits.device)
        for sampling, rows in rows_by_sampling.items():
            index = to_device(torch.tensor(rows), logits.device)
            seen = self._seen[index]
            tokens[index] = self._choose_alike(logits[index], seen, sampling, rows)
        return tokens

    def _choose_alike(
        self, logits: Tensor, seen: Tensor, sampling: Sampling, rows: list[int]
    ) -> Tensor:
        """The next token of the given rows, to which `logits` and `seen` belong.

        All of them are chosen with one `sampling`.
        """
        uniforms = None
        if sampling.temperature > 0:
            answers = [self._in_progress[self._rows[row]] for row in rows]
            numbers = torch.tensor([answer.uniforms[answer.chosen] for answer in answers])
            uniforms = to_device(numbers, logits.device)
        has_penalty = sampling.repetition_penalty != 1
        return sample(logits, sampling, uniforms, seen if has_penalty else None)

    def _keep(self, rows: list[int]) -> None:
        if len(rows) == len(self._rows):
            return
        self._decoder.keep(rows)
        self._rows = [self._rows[row] for row in rows]
        index = to_device(torch.tensor(rows, dtype=torch.int64), self._seen.device)
        self._seen = self._seen[index]
        if self._tokens is not None:
            self._tokens = self._tokens[index] if rows else None
