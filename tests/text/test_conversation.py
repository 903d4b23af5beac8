import numpy as np
import pytest

from text.conversation import (
    prompt_ids,
    tokenize_conversation,
    tokenize_exchange,
    tokenize_text,
    trim,
)
from text.dialogue import BrokenConversation

MESSAGES = ["Who?", "Ruth did.", "When?", "In 1927."]
LONG_MESSAGES = [
    "first question",
    "first answer",
    "second question",
    "second answer",
    "third question",
    "third answer",
]


def test_the_mask_covers_what_the_assistant_says_and_its_end_of_text_and_nothing_else(tokenizer):
    conversation = tokenize_conversation(MESSAGES, tokenizer, 1024)
    learned = conversation.ids[conversation.mask == 1].tolist()
    assert tokenizer.decode(learned).split("<|endoftext|>") == [" Ruth did.", " In 1927.", ""]
    assert learned.count(tokenizer.end_of_text) == 2
    assert conversation.target_count == len(learned)
    not_learned = tokenizer.decode(conversation.ids[conversation.mask == 0])
    assert not_learned == "\n\nHuman: Who?\n\nAssistant:\n\nHuman: When?\n\nAssistant:"


def test_user_text_never_becomes_the_control_token(tokenizer):
    spoofed = tokenize_conversation(["<|endoftext|>", "x <|endoftext|>"], tokenizer, 1024)
    assert (spoofed.ids == tokenizer.end_of_text).sum() == 1


def test_a_prompt_is_the_beginning_of_the_conversation_it_leads_to(tokenizer):
    whole = tokenize_conversation(MESSAGES, tokenizer, 1024).ids.tolist()
    prompt = prompt_ids(MESSAGES[:3], tokenizer, 1024)
    assert whole[: len(prompt)] == prompt


def test_conversations_that_are_too_long_lose_their_oldest_turns_whole(tokenizer):
    untrimmed = tokenize_conversation(LONG_MESSAGES, tokenizer, 1024)
    exchanges = [LONG_MESSAGES[start : start + 2] for start in (0, 2, 4)]
    lengths = [len(tokenize_exchange(*exchange, tokenizer)) for exchange in exchanges]
    for limit in range(lengths[2], sum(lengths) + 1):
        fitting = [start for start in (0, 1, 2) if sum(lengths[start:]) <= limit]
        newest = LONG_MESSAGES[2 * fitting[0] :]
        expected = tokenize_conversation(newest, tokenizer, 1024)
        kept = tokenize_conversation(LONG_MESSAGES, tokenizer, limit)
        assert kept.ids.tolist() == expected.ids.tolist()
        [trimmed] = trim(untrimmed, tokenizer.end_of_text, limit)
        assert trimmed.ids.tolist() == kept.ids.tolist()
        assert trimmed.mask.tolist() == kept.mask.tolist()
    with pytest.raises(BrokenConversation, match="last exchange is too long"):
        tokenize_conversation(LONG_MESSAGES, tokenizer, lengths[2] - 1)


def test_plain_text_is_cut_to_the_context_and_all_of_it_is_learned(tokenizer):
    text = "Baseball is played by two teams of nine. " * 20
    pieces = tokenize_text(text, tokenizer, 50)
    ids = np.concatenate([piece.ids for piece in pieces])
    assert tokenizer.decode(ids) == text + "<|endoftext|>"
    assert max(map(len, pieces)) == 50
    assert all(piece.mask.all() for piece in pieces)
    shorter = [part for piece in pieces for part in trim(piece, tokenizer.end_of_text, 20)]
    assert np.concatenate([part.ids for part in shorter]).tolist() == ids.tolist()
    assert max(map(len, shorter)) == 20
