"""A conversation, as text and as tokens.

The text is Nectar's own form, the human first, the assistant's every turn closed by <|endoftext|>:

    \n\nHuman: How many strikes make an out?\n\nAssistant: Three strikes make an out.<|endoftext|>\n\nHuman: And balls?…

As tokens it carries a mask: 1 on what the assistant says (its <|endoftext|> included), which is what fine-tuning learns; 0 elsewhere.
A prompt ends with "Assistant:", and an answer begins with its space, because that is how the words are cut into tokens.
"""

from dataclasses import dataclass

import numpy as np

from text.tokenizer import Tokenizer

STORED_TOKENS = 1024  # the longest stored conversation; finetune.py trims it to its context
HUMAN = "\n\nHuman:"


ASSISTANT = "\n\nAssistant:"


@dataclass(frozen=True)
class TokenizedConversation:
    """Token ids and, as long, the mask."""

    ids: np.ndarray
    mask: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def targets(self) -> int:
        """The number of tokens that are learned. The first token is never a target."""
        return int(self.mask[1:].sum())


class BrokenConversation(ValueError):
    """A row that is no conversation; the message is the reason, one of a few, fit to be counted."""


def split_prompt(prompt: str, turns: int | None = None) -> list[str]:
    """Nectar's prompt, from its first "\\n\\nHuman: " to its last "\\n\\nAssistant: ", to messages: human, assistant, …, human.

        "\\n\\nHuman: Hi.\\n\\nAssistant: Hello!\\n\\nHuman: Say Assistant: twice.\\n\\nAssistant: " -> ["Hi.", "Hello!", "Say Assistant: twice."]

    The speakers' names count only at the beginning of a paragraph and in turn: while the human speaks, only the assistant can
    begin, and the other way round. `turns` is how many messages the human has in it (Nectar says so): with 1, whatever is between
    the ends is one message. Raises BrokenConversation where the ends are missing, a message is empty, or `turns` says otherwise.
    """
    text = "\n\n" + prompt.strip()
    if not text.startswith(HUMAN):
        raise BrokenConversation("does not begin with the human")
    if not text.endswith(ASSISTANT):
        raise BrokenConversation("does not end with the assistant's turn")
    body = text.removesuffix(ASSISTANT)
    messages, start, speaker = [], 0, HUMAN
    while turns != 1:
        other = ASSISTANT if speaker == HUMAN else HUMAN
        end = body.find(other + " ", start + len(speaker))
        if end < 0:
            break
        messages.append(body[start + len(speaker) : end])
        start, speaker = end, other
    messages.append(body[start + len(speaker) :])
    messages = [message.strip() for message in messages]
    if len(messages) % 2 == 0 or turns not in (None, (len(messages) + 1) // 2):
        raise BrokenConversation("speakers cannot be told apart")
    if not all(messages):
        raise BrokenConversation("has an empty message")
    return messages


def as_text(messages: list[str]) -> str:
    """The messages, human first, in Nectar's form, without control tokens; after a human's message it is the assistant's turn."""
    names = [HUMAN, ASSISTANT]
    text = "".join(f"{names[number % 2]} {message}" for number, message in enumerate(messages))
    return text + ASSISTANT if len(messages) % 2 else text


def tokenize_exchange(human: str, assistant: str, tokenizer: Tokenizer) -> TokenizedConversation:
    """One message of each, the assistant's with its <|endoftext|>."""
    question, answer = (
        tokenizer.encode(as_text([human])),
        [*tokenizer.encode(" " + assistant), tokenizer.end_of_text],
    )
    return TokenizedConversation(
        np.array(question + answer), np.repeat([0, 1], [len(question), len(answer)])
    )


def tokenize_conversation(
    messages: list[str], tokenizer: Tokenizer, limit: int
) -> TokenizedConversation:
    """Messages, human first, assistant last, as at most `limit` tokens: over that the oldest exchanges are dropped whole.

    Raises BrokenConversation where the last exchange alone is longer.
    """
    exchanges = [
        tokenize_exchange(human, assistant, tokenizer)
        for human, assistant in zip(messages[::2], messages[1::2], strict=True)
    ]
    return join(keep_newest(exchanges, limit))


def tokenize_text(text: str, tokenizer: Tokenizer, limit: int) -> list[TokenizedConversation]:
    """Plain text, closed by <|endoftext|>, of which every token is learned; cut into pieces of at most `limit` tokens."""
    ids = np.array([*tokenizer.encode(text), tokenizer.end_of_text])
    return [
        TokenizedConversation(piece, np.ones_like(piece))
        for piece in np.split(ids, range(limit, len(ids), limit))
    ]


def trim(
    conversation: TokenizedConversation, end_of_text: int, limit: int
) -> list[TokenizedConversation]:
    """A tokenized conversation at a smaller limit, by the same rules: the oldest exchanges dropped, or a plain text cut in pieces.

    Raises BrokenConversation where the last exchange alone is longer.
    """
    if len(conversation) <= limit:
        return [conversation]
    ends = (
        range(limit, len(conversation), limit)
        if conversation.mask.all()
        else np.flatnonzero(conversation.ids == end_of_text)[:-1] + 1
    )
    pieces = [
        TokenizedConversation(ids, mask)
        for ids, mask in zip(np.split(conversation.ids, ends), np.split(conversation.mask, ends))
    ]
    return pieces if conversation.mask.all() else [join(keep_newest(pieces, limit))]


def keep_newest(pieces: list, limit: int) -> list:
    """As many of the last pieces as fit into `limit` together. Raises BrokenConversation where not even the last one does."""
    kept, total = [], 0
    for piece in reversed(pieces):
        total += len(piece)
        if total > limit:
            break
        kept.append(piece)
    if not kept:
        raise BrokenConversation("last exchange is too long")
    return kept[::-1]


def join(pieces: list[TokenizedConversation]) -> TokenizedConversation:
    return TokenizedConversation(
        np.concatenate([piece.ids for piece in pieces]),
        np.concatenate([piece.mask for piece in pieces]),
    )


def prompt_ids(messages: list[str], tokenizer: Tokenizer, limit: int) -> list[int]:
    """What the model reads before it answers: the messages (the last one the human's) in at most `limit` tokens.

    The oldest exchanges are dropped whole until it fits. Raises BrokenConversation where the last message alone does not.
    """
    exchanges = [
        tokenize_exchange(human, assistant, tokenizer).ids.tolist()
        for human, assistant in zip(messages[:-1:2], messages[1::2])
    ]
    return sum(keep_newest([*exchanges, tokenizer.encode(as_text(messages[-1:]))], limit), [])
