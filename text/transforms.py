"""What is done to the conversations of a fine-tuning step: they are joined, then some retyped."""

from text.batches import Transform
from text.joining import Joining
from text.mixture import Mixture
from text.retyping import Retyping, words_of
from text.tokenizer import Tokenizer


def make_transforms(
    max_turns: int,
    careless: float,
    seed: int,
    mixture: Mixture,
    tokenizer: Tokenizer,
    context: int,
) -> list[Transform]:
    """The transforms of --max-turns and --careless, in their order.

    The list is empty if `max_turns` is 1 and `careless` is 0.
    """
    transforms: list[Transform] = []
    if max_turns > 1:
        transforms.append(Joining(max_turns, context, seed))
    if careless > 0:
        known_words = words_of(mixture.pools, tokenizer)
        transforms.append(Retyping(careless, tokenizer, context, seed, known_words))
    return transforms
