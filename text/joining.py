r"""Joining exchanges into conversations of several turns, as people have them with a chat.

    \n\nHuman: Who hit 60?\n\nAssistant: Babe Ruth.<|endoftext|>
    \n\nHuman: What is 2 + 3?\n\nAssistant: It is 5.<|endoftext|>
    -> one conversation of both, and the loss is on both answers

Most stored conversations have one exchange, so a model tuned on them alone knows only first
questions. Joined ones teach it that other questions and answers may come before. They are joined
across all pools, baseball and replayed data alike, so that earlier topics are no hint to the next
answer. The tokens are those that a chat sends: `prompt_ids` of the same messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from text.conversation import TokenizedConversation, join

STREAM = 1  # keeps these random numbers apart from others of the same seed and step


def is_exchange(conversation: TokenizedConversation) -> bool:
    """Whether a conversation is one human message and one answer.

    Plain text has no human message, and is never joined to anything.
    """
    mask = conversation.mask
    if mask[0] or not mask[-1]:
        return False
    return bool(mask[mask.argmax() :].all())  # from the first learned token on, all are learned


@dataclass(frozen=True)
class Joining:
    """Joins the exchanges of a step into conversations of 1 to `max_turns` turns.

    Each number of turns is drawn equally often, so that turn t's share of the answers is
    proportional to max_turns + 1 - t: with 4 turns, 40%, 30%, 20% and 10%. A conversation has fewer
    turns than drawn where the next exchange does not fit the context, or is in the conversation
    already.

    Every exchange of the step is in exactly one conversation. Which ones are joined depends on the
    exchanges, the seed and the step alone.
    """

    max_turns: int
    context: int
    seed: int

    def __call__(
        self, conversations: Sequence[TokenizedConversation], step: int
    ) -> list[TokenizedConversation]:
        """The conversations of a step: first those that stay as they are, then the joined ones."""
        exchanges = [one for one in conversations if is_exchange(one)]
        others = [one for one in conversations if not is_exchange(one)]
        random = np.random.default_rng((self.seed, step, STREAM))
        shuffled = [exchanges[number] for number in random.permutation(len(exchanges))]
        wanted = random.integers(1, self.max_turns + 1, len(exchanges))
        return others + [join(group) for group in self._group(shuffled, wanted)]

    def _group(
        self, exchanges: Sequence[TokenizedConversation], wanted: np.ndarray
    ) -> list[list[TokenizedConversation]]:
        """Divide exchanges, in their order, into groups of the wanted sizes or smaller."""
        groups: list[list[TokenizedConversation]] = []
        tokens = 0  # in the last group
        present: set[bytes] = set()  # the exchanges in the last group
        for exchange in exchanges:
            key = exchange.ids.tobytes()
            if (
                groups
                and len(groups[-1]) < wanted[len(groups) - 1]
                and tokens + len(exchange) <= self.context
                and key not in present
            ):
                groups[-1].append(exchange)
            else:
                groups.append([exchange])
                tokens = 0
                present = set()
            tokens += len(exchange)
            present.add(key)
        return groups
