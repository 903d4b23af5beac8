"""A conversation with a model: what was said, what of it fits into the context, and the answers.

    assistant = load_assistant("runs/baseball", choose_hardware())
    session = ChatSession(assistant, Sampling(temperature=0.7))
    reply = session.ask("How many strikes make an out?")
    for word in reply:
        print(word, end="")
    session.record(reply)

It knows nothing of terminals and pages; chat.py shows it in a terminal.
"""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from model import GPT
from network.generation import Sampling, for_generation, generate
from network.hardware import Hardware
from network.model_folder import load_model
from text.conversation import prompt_ids
from text.dialogue import BrokenConversation, as_text
from text.tokenizer import Tokenizer
from tools.command_line import LARGEST_SEED

# A word with the white space before it ends at white space, or after 40 characters without any, so
# that text in Chinese, say, is shown as it comes.
WORD = re.compile(r"\s*\S+(?=\s)|\s*\S{40}")


@dataclass(frozen=True)
class Assistant:
    """A model that is ready to answer, made by `load_assistant`."""

    run: str  # the folder that it was loaded from
    model: GPT
    tokenizer: Tokenizer
    hardware: Hardware

    @property
    def name(self) -> str:
        return Path(self.run).resolve().name

    @property
    def context(self) -> int:
        """The most tokens that prompt and answer have together."""
        return self.model.config.n_positions

    def describe(self) -> str:
        parameters = sum(parameter.numel() for parameter in self.model.parameters())
        context = f"a context of {self.context:,} tokens"
        return f"{self.run}: {parameters:,} parameters, {context}, {self.hardware.describe()}."


def load_assistant(run: str, hardware: Hardware) -> Assistant:
    """Load a run folder, a checkpoint in one, or any Hugging Face GPT-2 folder.

    Raises ValueError or OSError if it holds no complete model.
    """
    model, tokenizer = load_model(run)
    model = for_generation(model, hardware.device, hardware.dtype)
    return Assistant(run, model, tokenizer, hardware)


@dataclass
class Reply:
    """An answer that is being generated. Iterate over it, once, for its words.

    It may be left at any point; `text` is what it has yielded so far.
    """

    messages: list[str]  # those before the question
    question: str
    prompt_tokens: int
    forgets: bool  # True for the first reply of a conversation whose prompt lacks the oldest turns
    pieces: Iterator[list[str | None]]  # of `generate`, with one prompt
    text: str = ""
    times: list[float] = field(default_factory=list)  # of the start, then of each token

    def __iter__(self) -> Iterator[str]:
        """Yield the words, each with the white space before it, without white space at the ends."""
        self.times.append(time.perf_counter())
        for word in whole_words(self._timed_pieces()):
            self.text += word
            yield word

    def _timed_pieces(self) -> Iterator[str]:
        for [piece] in self.pieces:
            self.times.append(time.perf_counter())
            yield piece or ""

    def describe_speed(self) -> str | None:
        """Tokens read and written a second. None if fewer than two tokens were written."""
        new_tokens = len(self.times) - 1
        if new_tokens < 2:
            return None
        start, first_token, last_token = self.times[0], self.times[1], self.times[-1]
        rate = (new_tokens - 1) / (last_token - first_token)  # the first comes with the prompt
        read = f"{self.prompt_tokens} tokens read in {first_token - start:.2f} s"
        return f"({read}, {new_tokens} written at {rate:,.0f} tokens/s)"


class ChatSession:
    """A conversation, the assistant that answers, and how its answers are chosen.

    Answer number n is drawn with seed + n, so that the same questions get the same answers.
    """

    def __init__(
        self, assistant: Assistant, sampling: Sampling, max_new_tokens: int = 256, seed: int = 0
    ):
        self.assistant = assistant
        self.sampling = sampling
        self.wanted_new_tokens = max_new_tokens
        self.seed = seed
        self.answers_begun = 0
        self.reset()

    def reset(self) -> None:
        """Forget the conversation. The seeds of the answers continue."""
        self.messages: list[str] = []  # human, assistant, human, assistant, …
        self.last_question: tuple[list[str], str] | None = None  # after the messages before it
        self.has_forgotten = False

    @property
    def max_new_tokens(self) -> int:
        """The longest answer: at most half of the context, so that the question has room too."""
        return min(self.wanted_new_tokens, self.assistant.context // 2)

    def load(self, run: str) -> None:
        """Change the model. Raises ValueError or OSError, and keeps the old one, if that fails."""
        self.assistant = load_assistant(run, self.assistant.hardware)

    def set_temperature(self, temperature: float) -> None:
        """Raises ValueError if it is out of range."""
        self.sampling = replace(self.sampling, temperature=temperature)

    def ask(self, question: str) -> Reply:
        """Begin to answer. Raises ValueError if the question alone is too long for the context."""
        return self._begin_reply(self.messages, question)

    def retry(self) -> Reply:
        """Begin to answer the last question again, with another seed.

        Raises ValueError if there is none, or if it is too long for the context.
        """
        if self.last_question is None:
            raise ValueError("There is no question yet that could be answered again.")
        return self._begin_reply(*self.last_question)

    def record(self, reply: Reply) -> None:
        """Add the question and what there is of the answer to the messages before it.

        Without an answer the conversation stays as it is.
        """
        if reply.text:
            self.messages = [*reply.messages, reply.question, reply.text]

    def as_text(self) -> str:
        """The conversation in Nectar's form. "" if there is none."""
        return as_text(self.messages).strip()

    def _begin_reply(self, messages: list[str], question: str) -> Reply:
        model, tokenizer = self.assistant.model, self.assistant.tokenizer
        prompt = self._prompt([*messages, question])
        forgets = False
        if not self.has_forgotten:
            everything = prompt_ids([*messages, question], tokenizer, sys.maxsize)
            forgets = self.has_forgotten = len(prompt) < len(everything)
        self.last_question = messages, question
        seed = (self.seed + self.answers_begun) % (LARGEST_SEED + 1)
        self.answers_begun += 1
        pieces = generate(model, tokenizer, [prompt], self.max_new_tokens, self.sampling, [seed])
        return Reply(messages, question, len(prompt), forgets, pieces)

    def _prompt(self, messages: list[str]) -> list[int]:
        """The newest messages that leave room for an answer.

        Raises ValueError if the last message alone does not.
        """
        tokenizer = self.assistant.tokenizer
        limit = self.assistant.context - self.max_new_tokens
        try:
            return prompt_ids(messages, tokenizer, limit)
        except BrokenConversation:
            tokens = len(tokenizer.encode(as_text(messages[-1:])))
            raise ValueError(
                f"That message is left out, as it has {tokens:,} tokens; beside an answer of "
                f"{self.max_new_tokens:,} the context holds {limit:,}."
            ) from None


def whole_words(pieces: Iterable[str]) -> Iterator[str]:
    """Yield text that comes in pieces as words, each with the white space before it.

    White space at both ends of the text is left out.

    [" Thr", "ee str", "ikes\\n"] -> "Three", " strikes"
    """
    text = ""
    is_first = True
    for piece in pieces:
        text += piece
        if is_first:
            text = text.lstrip()
        while word := WORD.match(text):
            yield word[0]
            text = text[word.end() :]
            is_first = False
    if text.strip():
        yield text.rstrip()
