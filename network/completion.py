"""Completing a text with any model: what the model reads of the prompt, and what it adds.

    prompt = fit_prompt("Once upon a time", assistant, max_new_tokens=200)
    for piece in complete(assistant, prompt, Sampling(), seed=0):
        print(piece, end="")

A completion is plain text: unlike an answer in a chat, it does not end where a human's turn begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from network.chat_session import Assistant
from network.generation import generate
from network.sampling import Sampling
from text.tokenizer import END_OF_TEXT, Tokenizer
from tools.command_line import LARGEST_SEED


@dataclass(frozen=True)
class Prompt:
    """The token ids that the model reads, and how many it may add to them."""

    ids: list[int]
    dropped: int  # tokens of the prompt's beginning that are left out
    room: int  # the longest completion, in tokens
    context: int

    def describe_limits(self, max_new_tokens: int) -> str | None:
        """A sentence if the context cuts the prompt or the completion; None if both fit."""
        context = f"the context of {self.context:,} tokens"
        if self.dropped:
            total = self.dropped + len(self.ids)
            return (
                f"The prompt has {total:,} tokens, more than {context}: the model reads the last "
                f"{len(self.ids):,} and adds up to {self.room:,}."
            )
        if self.room < max_new_tokens:
            return (
                f"The prompt has {len(self.ids):,} tokens and leaves room for {self.room:,} more "
                f"in {context}."
            )
        return None


def encode_prompt(text: str, tokenizer: Tokenizer) -> list[int]:
    """The token ids of a prompt; of an empty one, <|endoftext|>, after which a document begins.

    "<|endoftext|>" in the text is the control token too: the end of one document, and the
    beginning of the next.
    """
    first, *others = text.split(END_OF_TEXT)
    ids = tokenizer.encode(first)
    for document in others:
        ids += [tokenizer.end_of_text, *tokenizer.encode(document)]
    return ids or [tokenizer.end_of_text]


def fit_prompt(text: str, assistant: Assistant, max_new_tokens: int) -> Prompt:
    """Encode a prompt, and cut it if it fills the context.

    Its last tokens stay, as many as leave room for `max_new_tokens`, and at least half of the
    context. A prompt that leaves any room at all is not cut.
    """
    context = assistant.context
    ids = encode_prompt(text, assistant.tokenizer)
    dropped = 0
    if len(ids) >= context:
        kept = context - min(max_new_tokens, context // 2)
        dropped = len(ids) - kept
        ids = ids[dropped:]
    return Prompt(ids, dropped, min(max_new_tokens, context - len(ids)), context)


def complete(assistant: Assistant, prompt: Prompt, sampling: Sampling, seed: int) -> Iterator[str]:
    """Yield what the model adds to a prompt, token by token.

    It ends at <|endoftext|>, or when `prompt.room` is used up. It depends on nothing but the
    arguments: each completion is a batch of its own, because in bfloat16 the size of a batch
    changes how sums are rounded, and so, now and then, a token.
    """
    model, tokenizer = assistant.model, assistant.tokenizer
    seeds = [seed % (LARGEST_SEED + 1)]
    steps = generate(model, tokenizer, [prompt.ids], prompt.room, sampling, seeds, stop_text="")
    for [piece] in steps:
        yield piece or ""
