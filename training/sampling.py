"""A text that the model writes while it trains, so that a person can see how far it is."""

from collections.abc import Callable

import numpy as np

from model import GPT
from network.generation import Sampling, generate
from text.examples import Pool
from text.tokenizer import Tokenizer

Writer = Callable[[GPT], str]


def text_writer(tokenizer: Tokenizer, prompt: str, tokens: int, seed: int) -> Writer:
    """A function that lets a model continue a prompt by at most so many tokens, for the screen.

    The same seed gives the same text from the same weights.
    """

    ids = tokenizer.encode(prompt)
    return lambda model: f"sample: {prompt + _answer(model, tokenizer, ids, tokens, seed)!r}"


def prompt_writer(tokenizer: Tokenizer, pool: Pool, tokens: int, seed: int) -> Writer | None:
    """A function that lets a model answer the first prompt of a pool, for the screen.

    None if the pool's first conversation has no prompt, because it is plain text.
    """
    conversation = pool.conversations[0]
    prompt = conversation.ids[: int(np.argmax(conversation.mask))].tolist()
    if not prompt:
        return None
    shown = tokenizer.decode(prompt)
    return lambda model: f"sample: {shown!r} -> {_answer(model, tokenizer, prompt, tokens, seed)!r}"


def _answer(model: GPT, tokenizer: Tokenizer, prompt: list[int], tokens: int, seed: int) -> str:
    pieces = generate(model, tokenizer, [prompt], tokens, Sampling(), [seed])
    return "".join(piece or "" for [piece] in pieces)
