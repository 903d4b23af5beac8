"""Samples of text during training: what ends them."""

import pytest
import torch

from model import GPT, GPTConfig
from network import sampling
from tests.support.text import as_pool
from text.conversation import tokenize_conversation
from training.sampling import prompt_writer, text_writer

TALK = " A.\n\nHuman: B?"


@pytest.fixture
def talker(tokenizer, monkeypatch):
    """A model that writes TALK, and then ends the document, whatever its logits are."""
    tokens = iter([*tokenizer.encode(TALK), tokenizer.end_of_text])
    monkeypatch.setattr(sampling, "sample", lambda *_: torch.tensor([next(tokens)]))
    shape = {"n_positions": 64, "n_embd": 32, "n_layer": 1, "n_head": 2}
    return GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **shape), seed=0)


def test_a_continued_text_does_not_end_where_a_human_speaks(talker, tokenizer):
    sample = text_writer(tokenizer, "Q", 40, seed=0)(talker)
    assert (sample.prompt, sample.text, sample.is_answer) == ("Q", TALK, False)


def test_an_answer_ends_where_the_human_speaks_again(talker, tokenizer):
    pool = as_pool("own", 1.0, [tokenize_conversation(["Q", "A"], tokenizer, 64)])
    sample = prompt_writer(tokenizer, pool, 40, seed=0)(talker)
    assert (sample.text, sample.is_answer) == (" A.", True)
