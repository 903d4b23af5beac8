"""Careless typing while fine-tuning: some human messages of a step are retyped, never an answer.

The stored data stays as it is written. A message is decoded, changed as text/careless.py does, and
encoded again with the model's tokenizer; which messages are changed, and how, depends on the
conversations of the step, the seed and the step alone.
"""

from collections.abc import Collection, Iterable, Sequence
from random import Random

import numpy as np

from text.careless import WAYS, Wordings, read_wordings, retype, words_in
from text.conversation import TokenizedConversation
from text.dialogue import ASSISTANT, HUMAN, as_text
from text.examples import Pool
from text.tokenizer import Tokenizer

STREAM = 2  # keeps these random numbers apart from others of the same seed and step
TWO_WAYS = 0.25  # how often a retyped message is given a second way, which may equal the first
DECODED_AT_A_TIME = 1 << 20  # tokens


class Retyping:
    """Retypes a share of the human messages of a step.

    A conversation never grows beyond `context` tokens: a change that would not fit is left out.
    """

    def __init__(
        self,
        share: float,
        tokenizer: Tokenizer,
        context: int,
        seed: int,
        known_words: Collection[str] = frozenset(),
        wordings: Wordings | None = None,
    ):
        self.share = share
        self.tokenizer = tokenizer
        self.context = context
        self.seed = seed
        self.known_words = known_words
        self.wordings = wordings or read_wordings()
        self.weights = [self.wordings.weights[way] for way in WAYS]

    def __call__(
        self, conversations: Sequence[TokenizedConversation], step: int
    ) -> list[TokenizedConversation]:
        """The conversations of a step, with a share of their human messages retyped."""
        generator = np.random.default_rng((self.seed, step, STREAM))
        seeds = generator.integers(2**63, size=len(conversations)).tolist()
        return [
            self._retype_conversation(conversation, Random(seed))
            for conversation, seed in zip(conversations, seeds)
        ]

    def _retype_conversation(
        self, conversation: TokenizedConversation, random: Random
    ) -> TokenizedConversation:
        """Each human message is chosen with the chance `share`; without any, nothing changes."""
        mask = conversation.mask
        ends = (np.flatnonzero(mask[1:] != mask[:-1]) + 1).tolist()
        bounds = list(zip([0, *ends], [*ends, len(mask)]))
        prompts = [(start, end) for start, end in bounds if not mask[start]]
        chosen = [prompt for prompt in prompts if random.random() < self.share]
        room = self.context - len(conversation)
        retyped = conversation
        for start, end in reversed(chosen):  # from the end, so that earlier positions stay right
            ids = self._retype_prompt(conversation.ids[start:end], random)
            growth = len(ids) - (end - start) if ids is not None else 0
            if ids is not None and growth <= room:
                room -= growth
                retyped = _replace(retyped, start, end, ids)
        return retyped

    def _retype_prompt(self, ids: np.ndarray, random: Random) -> np.ndarray | None:
        """The tokens of a human message and of the names around it, with the message retyped.

        None if that changes nothing.
        """
        text = self.tokenizer.decode(ids.tolist())
        message = text.removeprefix(HUMAN + " ").removesuffix(ASSISTANT)
        if text != as_text([message]):
            return None
        ways = [random.choices(WAYS, self.weights)[0]]
        if random.random() < TWO_WAYS:
            ways += random.choices(WAYS, self.weights)
        retyped = retype(message, ways, random, self.wordings.training, self.known_words)
        if retyped == message:
            return None
        return np.array(self.tokenizer.encode(as_text([retyped])), dtype=ids.dtype)


def _replace(
    conversation: TokenizedConversation, start: int, end: int, prompt: np.ndarray
) -> TokenizedConversation:
    """The conversation with the tokens from `start` to `end`, a human message, replaced."""
    ids, mask = conversation.ids, conversation.mask
    not_learned = np.zeros(len(prompt), dtype=mask.dtype)
    return TokenizedConversation(
        np.concatenate([ids[:start], prompt, ids[end:]]),
        np.concatenate([mask[:start], not_learned, mask[end:]]),
    )


def words_of(pools: Iterable[Pool], tokenizer: Tokenizer) -> set[str]:
    """Every word of the pools that hold dialogue, in lower case.

    A typing mistake must not turn a word into one of them: "Johnston" into "Johnson", or "there"
    into "three".
    """
    words: set[str] = set()
    for pool in pools:
        if not pool.has_dialogue:
            continue
        ids: list[int] = []
        for number in range(len(pool.conversations)):
            ids += pool.conversations[number].ids.tolist()
            # A conversation begins with a blank line, so no words run together.
            if len(ids) >= DECODED_AT_A_TIME:
                words.update(words_in(tokenizer.decode(ids)))
                ids = []
        words.update(words_in(tokenizer.decode(ids)))
    return words
