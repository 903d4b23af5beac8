"""How the conversations of a step are asked while fine-tuning: turns, and careless typing."""

from text.batches import Change
from text.joining import Joining
from text.mixture import Mixture
from text.retyping import Retyping, words_of
from text.tokenizer import Tokenizer


def ways_of_asking(
    max_turns: int,
    careless: float,
    seed: int,
    mixture: Mixture,
    tokenizer: Tokenizer,
    context: int,
) -> list[Change]:
    """What happens to the conversations drawn for a step: they are joined, then some are retyped.

    The list is empty if `max_turns` is 1 and `careless` is 0.
    """
    changes: list[Change] = []
    if max_turns > 1:
        changes.append(Joining(max_turns, context, seed))
    if careless > 0:
        known_words = words_of(mixture.pools, tokenizer)
        changes.append(Retyping(careless, tokenizer, context, seed, known_words))
    return changes
