r"""Conversations as tokens, with a mask of what the model learns from.

    text  \n\nHuman: Who hit 60?\n\nAssistant: Babe Ruth.<|endoftext|>\n\nHuman: When? ...
    mask  0000000000000000000000000000000000001111111111111111111111110000000000000000 ...

The mask is 1 on what the assistant says, including the closing <|endoftext|>, and 0 elsewhere. The
picture has one digit per character; the arrays have one value per token. Plain text is a
conversation whose mask is all ones. If a conversation is longer than a limit, its oldest exchanges
(a human message and the answer to it) are dropped whole.
"""

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from text.dialogue import BrokenConversation, as_text
from text.tokenizer import Tokenizer

STORED_TOKENS = 1024  # the longest stored conversation; finetune.py trims it to its context

Piece = TypeVar("Piece", bound=Sized)


@dataclass(frozen=True)
class TokenizedConversation:
    """Token ids, and a mask of the same length that is 1 on the tokens to learn."""

    ids: np.ndarray
    mask: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def target_count(self) -> int:
        """How many tokens are learned. The first is never a target: nothing predicts it."""
        return int(self.mask[1:].sum())


def join(pieces: Sequence[TokenizedConversation]) -> TokenizedConversation:
    """Concatenate pieces into one conversation."""
    return TokenizedConversation(
        np.concatenate([piece.ids for piece in pieces]),
        np.concatenate([piece.mask for piece in pieces]),
    )


def keep_newest(pieces: Sequence[Piece], limit: int) -> list[Piece]:
    """The last pieces: as many as fit into `limit` tokens together.

    Raises BrokenConversation if the last piece alone does not fit.
    """
    kept: list[Piece] = []
    total = 0
    for piece in reversed(pieces):
        total += len(piece)
        if total > limit:
            break
        kept.append(piece)
    if not kept:
        raise BrokenConversation("last exchange is too long")
    return kept[::-1]


def tokenize_exchange(human: str, assistant: str, tokenizer: Tokenizer) -> TokenizedConversation:
    """A human message and the assistant's answer, which ends with <|endoftext|>."""
    prompt = tokenizer.encode(as_text([human]))
    answer = [*tokenizer.encode(" " + assistant), tokenizer.end_of_text]
    mask = np.repeat([0, 1], [len(prompt), len(answer)])
    return TokenizedConversation(np.array(prompt + answer), mask)


def tokenize_conversation(
    messages: list[str], tokenizer: Tokenizer, limit: int
) -> TokenizedConversation:
    """Tokenize messages, human first and assistant last, keeping the newest `limit` tokens.

    The oldest exchanges are dropped whole. Raises BrokenConversation if the last one alone is
    longer than `limit`.
    """
    exchanges = [
        tokenize_exchange(human, assistant, tokenizer)
        for human, assistant in zip(messages[::2], messages[1::2], strict=True)
    ]
    return join(keep_newest(exchanges, limit))


def tokenize_text(text: str, tokenizer: Tokenizer, limit: int) -> list[TokenizedConversation]:
    """Plain text with a final <|endoftext|>, in pieces of at most `limit` tokens, all learned."""
    ids = np.array([*tokenizer.encode(text), tokenizer.end_of_text])
    pieces = np.split(ids, range(limit, len(ids), limit))
    return [TokenizedConversation(piece, np.ones_like(piece)) for piece in pieces]


def prompt_ids(messages: list[str], tokenizer: Tokenizer, limit: int) -> list[int]:
    """The token ids that the model reads before it answers messages, of which the last is human.

    There are at most `limit`: the oldest exchanges are dropped whole. Raises BrokenConversation if
    the last message alone is longer.
    """
    exchanges = [
        tokenize_exchange(human, assistant, tokenizer).ids.tolist()
        for human, assistant in zip(messages[:-1:2], messages[1::2])
    ]
    last_message = tokenizer.encode(as_text(messages[-1:]))
    kept = keep_newest([*exchanges, last_message], limit)
    return [token for piece in kept for token in piece]


def trim(
    conversation: TokenizedConversation, end_of_text: int, limit: int
) -> list[TokenizedConversation]:
    """Cut a conversation to a smaller limit, by the same rules as when it was tokenized.

    Plain text is cut into several pieces. A conversation stays in one piece but loses its oldest
    exchanges; raises BrokenConversation if its last exchange alone is longer than `limit`.
    """
    if len(conversation) <= limit:
        return [conversation]
    is_plain_text = conversation.mask.all()
    if is_plain_text:
        return _split(conversation, np.arange(limit, len(conversation), limit))
    ends = np.flatnonzero(conversation.ids == end_of_text) + 1
    exchanges = _split(conversation, ends[:-1])
    return [join(keep_newest(exchanges, limit))]


def _split(conversation: TokenizedConversation, ends: np.ndarray) -> list[TokenizedConversation]:
    ids, masks = np.split(conversation.ids, ends), np.split(conversation.mask, ends)
    return [TokenizedConversation(*piece) for piece in zip(ids, masks)]
