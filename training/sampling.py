"""Samples of text during training, which show how well the model writes so far."""

from collections.abc import Callable

import numpy as np

from model import GPT
from network.generation import generate
from network.sampling import Sampling
from text.dialogue import HUMAN
from text.examples import Pool
from text.tokenizer import Tokenizer
from training.sample_log import Sample

Writer = Callable[[GPT], Sample]


def text_writer(tokenizer: Tokenizer, prompt: str, tokens: int, seed: int) -> Writer:
    """Make a function that lets a model continue a prompt by at most `tokens` tokens.

    The same weights and seed give the same text.
    """
    ids = tokenizer.encode(prompt)

    def write(model: GPT) -> Sample:
        return Sample(prompt, _write(model, tokenizer, ids, tokens, seed, stop_text=""))

    return write


def prompt_writer(tokenizer: Tokenizer, pool: Pool, tokens: int, seed: int) -> Writer | None:
    """Make a function that lets a model answer the first prompt of a pool.

    Returns None instead if the pool's first conversation has no prompt, because it is plain text.
    """
    conversation = pool.conversations[0]
    prompt = conversation.ids[: int(np.argmax(conversation.mask))].tolist()
    if not prompt:
        return None
    prompt_text = tokenizer.decode(prompt)

    def write(model: GPT) -> Sample:
        answer = _write(model, tokenizer, prompt, tokens, seed, stop_text=HUMAN)
        return Sample(prompt_text, answer, is_answer=True)

    return write


def _write(
    model: GPT, tokenizer: Tokenizer, prompt: list[int], tokens: int, seed: int, stop_text: str
) -> str:
    pieces = generate(model, tokenizer, [prompt], tokens, Sampling(), [seed], stop_text)
    return "".join(piece or "" for [piece] in pieces)
