"""A conversation with a model: the messages, the part that fits the context, and the replies.

    assistant = load_assistant("runs/baseball", choose_hardware())
    session = ChatSession(assistant, Sampling(temperature=0.7))
    reply = session.ask("How many strikes make an out?")
    for word in reply:
        print(word, end="")
    session.record(reply.turn, reply.text)

A program that generates answers in its own way begins a turn, and records what came of it:

    turn = session.begin("How many strikes make an out?")
    text = answer(turn.prompt, session.max_new_tokens, session.sampling, turn.seed)
    session.record(turn, text)

This module neither reads input nor prints. chat.py is its interface in the terminal, and
serving/pages/ask.py the one in the browser.
"""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from model import GPT
from network.decoding import for_generation
from network.generation import generate
from network.hardware import Hardware
from network.model_folder import load_model
from network.sampling import Sampling
from text.conversation import prompt_ids
from text.dialogue import BrokenConversation, as_text
from text.tokenizer import Tokenizer
from tools.command_line import LARGEST_SEED

# A word with the white space before it. It ends at white space, or after 40 characters without any,
# so that text without spaces, such as Chinese, is shown while it is generated.
WORD = re.compile(r"\s*\S+(?=\s)|\s*\S{40}")


@dataclass(frozen=True)
class Assistant:
    """A model that is ready to answer, made by `load_assistant`."""

    run: str  # the folder it was loaded from
    model: GPT
    tokenizer: Tokenizer
    hardware: Hardware

    @property
    def name(self) -> str:
        """The name of the folder, without its parents."""
        return Path(self.run).resolve().name

    @property
    def context(self) -> int:
        """The maximum number of tokens of prompt and answer together."""
        return self.model.config.n_positions

    def describe(self) -> str:
        """One line about the model: folder, parameters, context and hardware."""
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


@dataclass(frozen=True)
class Turn:
    """A question, and what the model is given to answer it."""

    messages: list[str]  # the messages before the question
    question: str
    prompt: list[int]  # token ids of the newest messages
    seed: int
    forgets: bool  # True if this prompt is the conversation's first to leave out the oldest turns


@dataclass
class Reply:
    """An answer that is being generated. Iterating over it, once, yields its words.

    The iteration may stop at any point; `text` is what has been yielded so far.
    """

    turn: Turn
    pieces: Iterator[list[str | None]]  # from `generate`, with one prompt
    text: str = ""
    times: list[float] = field(default_factory=list)  # seconds: the start, then each token

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
        """How fast tokens were read and written; None if fewer than two tokens were written."""
        new_tokens = len(self.times) - 1
        if new_tokens < 2:
            return None
        start, first_token, last_token = self.times[0], self.times[1], self.times[-1]
        rate = (new_tokens - 1) / (last_token - first_token)  # the prompt yields the first token
        read = f"{len(self.turn.prompt)} tokens read in {first_token - start:.2f} s"
        return f"({read}, {new_tokens} written at {rate:,.0f} tokens/s)"


class ChatSession:
    """A conversation, the assistant that answers, and how its answers are chosen.

    Answer number n uses the seed `seed` + n, so that the same questions get the same answers.
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
        """Forget the conversation. The seeds of the answers do not start again."""
        self.messages: list[str] = []  # human, assistant, human, assistant, …
        self.last_question: tuple[list[str], str] | None = None  # (messages before it, question)
        self.has_forgotten = False

    @property
    def max_new_tokens(self) -> int:
        """The longest answer: at most half of the context, so that the question has room too."""
        return min(self.wanted_new_tokens, self.assistant.context // 2)

    def load(self, run: str) -> None:
        """Change to another model. If loading fails, keeps the old one and raises the error.

        That is a ValueError or OSError.
        """
        self.assistant = load_assistant(run, self.assistant.hardware)

    def set_temperature(self, temperature: float) -> None:
        """Set the temperature of later answers. Raises ValueError if it is out of range."""
        self.sampling = replace(self.sampling, temperature=temperature)

    def configure(self, sampling: Sampling, max_new_tokens: int, seed: int) -> None:
        """Change how later answers are chosen; another seed starts the count of answers again."""
        self.sampling = sampling
        self.wanted_new_tokens = max_new_tokens
        if seed != self.seed:
            self.seed = seed
            self.answers_begun = 0

    def ask(self, question: str) -> Reply:
        """Start an answer. Raises ValueError if the question alone is too long for the context."""
        return self._answer(self.begin(question))

    def retry(self) -> Reply:
        """Start to answer the last question again, with another seed.

        Raises ValueError if there is none, or if it is too long for the context.
        """
        return self._answer(self.begin_again())

    def begin(self, question: str) -> Turn:
        """Begin a turn. Raises ValueError if the question alone is too long for the context."""
        return self._begin(self.messages, question)

    def begin_again(self) -> Turn:
        """Begin the last turn again, with another seed.

        Raises ValueError if there is none, or if its question is too long for the context.
        """
        if self.last_question is None:
            raise ValueError("There is no question yet to answer again.")
        return self._begin(*self.last_question)

    def record(self, turn: Turn, answer: str) -> None:
        """Add a question and its answer, complete or not, to the conversation.

        A retried answer replaces the earlier one. An empty answer changes nothing.
        """
        if answer:
            self.messages = [*turn.messages, turn.question, answer]

    def as_text(self) -> str:
        """The conversation in the format of the Nectar data set; "" if it is empty."""
        return as_text(self.messages).strip()

    def _begin(self, messages: list[str], question: str) -> Turn:
        prompt = self._prompt([*messages, question])
        forgets = False
        if not self.has_forgotten:
            tokenizer = self.assistant.tokenizer
            whole_prompt = prompt_ids([*messages, question], tokenizer, sys.maxsize)
            forgets = len(prompt) < len(whole_prompt)
            self.has_forgotten = forgets
        self.last_question = messages, question
        seed = (self.seed + self.answers_begun) % (LARGEST_SEED + 1)
        self.answers_begun += 1
        return Turn(messages, question, prompt, seed, forgets)

    def _answer(self, turn: Turn) -> Reply:
        model, tokenizer = self.assistant.model, self.assistant.tokenizer
        prompts, seeds = [turn.prompt], [turn.seed]
        pieces = generate(model, tokenizer, prompts, self.max_new_tokens, self.sampling, seeds)
        return Reply(turn, pieces)

    def _prompt(self, messages: list[str]) -> list[int]:
        """The token ids of the newest messages that leave room for an answer.

        Raises ValueError if even the last message alone leaves no room.
        """
        tokenizer = self.assistant.tokenizer
        limit = self.assistant.context - self.max_new_tokens
        if tokenizer.fewest_tokens(messages[-1]) > limit:  # encoding it could take seconds
            raise ValueError(
                f"That message was left out: it has {len(messages[-1]):,} characters, too many for "
                f"the {limit:,} tokens that the context holds besides an answer."
            )
        try:
            return prompt_ids(messages, tokenizer, limit)
        except BrokenConversation:
            tokens = len(tokenizer.encode(as_text(messages[-1:])))
            raise ValueError(
                f"That message was left out: it has {tokens:,} tokens, but the context holds "
                f"{limit:,} besides an answer of {self.max_new_tokens:,}."
            ) from None


def whole_words(pieces: Iterable[str]) -> Iterator[str]:
    """Join pieces of text and yield it in words, each with the white space before it.

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
