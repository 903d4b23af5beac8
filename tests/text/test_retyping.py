"""Careless typing at draw time: which messages change, and that nothing else does."""

import numpy as np
import pytest

from tests.support.text import as_pool
from text.batches import MixedBatches
from text.careless import without_marks
from text.conversation import tokenize_conversation, tokenize_text
from text.dialogue import as_text, split_prompt
from text.joining import Joining
from text.retyping import Retyping, words_of

SUBJECTS = ("Babe Ruth", "Ty Cobb", "Hank Aaron", "Cy Young", "Honus Wagner")
FORMS = (
    ("What position did {} play in {}?", "{} played many positions in {}."),
    ("How many games did {} win in {}?", "{} won {} games."),
)
SWING = "The pitcher throws, and the batter swings. "


def messages(number):
    question, answer = FORMS[number % 2]
    values = SUBJECTS[number % 5], 1900 + number
    return [question.format(*values), answer.format(*values)]


@pytest.fixture(scope="module")
def conversations(tokenizer):
    return [tokenize_conversation(messages(number), tokenizer, 256) for number in range(120)]


def retyping(tokenizer, share, seed=0, context=256):
    return Retyping(share, tokenizer, context, seed)


def as_messages(conversation, tokenizer):
    """The messages of a conversation, human first, read from its text."""
    text = tokenizer.decode(conversation.ids.tolist()).replace("<|endoftext|>", "")
    return split_prompt(text + "\n\nHuman: end\n\nAssistant:")[:-1]


def learned(conversation):
    return conversation.ids[conversation.mask == 1].tolist()


def test_a_share_of_the_questions_is_retyped_and_no_answer(conversations, tokenizer):
    changed_questions = 0
    for step in range(1, 11):
        retyped = retyping(tokenizer, 0.3)(conversations, step)
        for before, after in zip(conversations, retyped, strict=True):
            assert learned(after) == learned(before)
            assert after.target_count == before.target_count
            question, answer = as_messages(before, tokenizer)
            new_question, new_answer = as_messages(after, tokenizer)
            assert new_answer == answer
            changed_questions += new_question != question
    # A few questions have no letter to change, or no letter of a known word.
    assert changed_questions / 1200 == pytest.approx(0.3, abs=0.04)


def test_a_retyped_conversation_is_what_its_messages_are_encoded_to(conversations, tokenizer):
    for after in retyping(tokenizer, 1.0)(conversations, 3):
        question, answer = as_messages(after, tokenizer)
        expected = tokenize_conversation([question, answer], tokenizer, 1024)
        assert after.ids.tolist() == expected.ids.tolist()
        assert after.mask.tolist() == expected.mask.tolist()


def test_years_stay_in_every_retyped_question(conversations, tokenizer):
    for step in range(1, 11):
        retyped = retyping(tokenizer, 1.0)(conversations, step)
        for number, after in enumerate(retyped):
            assert str(1900 + number) in as_messages(after, tokenizer)[0]


def test_share_zero_gives_the_same_conversations(conversations, tokenizer):
    assert retyping(tokenizer, 0.0)(conversations, 1) == conversations


def test_all_ways_of_typing_and_combinations_occur(conversations, tokenizer):
    seen = set()
    for step in range(1, 6):
        retyped = retyping(tokenizer, 1.0)(conversations, step)
        for number, after in enumerate(retyped):
            question, typed = messages(number)[0], as_messages(after, tokenizer)[0]
            is_lower = typed == typed.lower()
            has_marks = "?" in typed
            has_words = len(typed.split()) > len(question.split())
            seen.add((is_lower, has_marks, has_words))
    assert {(True, True, False), (False, False, False), (False, True, True)} <= seen
    assert {(True, False, False), (True, True, True)} <= seen


def test_each_human_message_of_a_conversation_is_retyped_on_its_own(tokenizer):
    talk = [*messages(1), *messages(2), *messages(3)]
    conversation = tokenize_conversation(talk, tokenizer, 256)
    patterns = set()
    for step in range(1, 60):
        [after] = retyping(tokenizer, 0.5)([conversation], step)
        typed = as_messages(after, tokenizer)
        assert typed[1::2] == talk[1::2]
        patterns.add(tuple(new != old for new, old in zip(typed[::2], talk[::2])))
        expected = tokenize_conversation(typed, tokenizer, 1024)
        assert after.mask.tolist() == expected.mask.tolist()
    assert len(patterns) == 8


def test_a_change_that_does_not_fit_the_context_is_left_out(conversations, tokenizer):
    context = max(map(len, conversations))
    longer = 0
    for step in range(1, 6):
        retyped = retyping(tokenizer, 1.0, context=context)(conversations, step)
        assert max(map(len, retyped)) <= context
        longer += sum(len(new) > len(old) for new, old in zip(retyped, conversations))
    assert longer > 0


def test_plain_text_and_messages_that_are_no_plain_questions_stay_as_they_are(tokenizer):
    pieces = tokenize_text(SWING * 20, tokenizer, 64)
    code = tokenize_conversation(["What is this?\n{\n  x\n}", "Code."], tokenizer, 64)
    names = tokenize_conversation(["王貞治は誰？", "A player."], tokenizer, 64)
    unchanged = [*pieces, code, names]
    assert retyping(tokenizer, 1.0)(unchanged, 1) == unchanged


def test_what_is_typed_depends_on_seed_and_step_alone(conversations, tokenizer):
    def typed(seed, step):
        return [one.ids.tolist() for one in retyping(tokenizer, 0.5, seed)(conversations, step)]

    assert typed(0, 4) == typed(0, 4)
    assert typed(0, 4) != typed(0, 5)
    assert typed(0, 4) != typed(1, 4)


def test_batches_keep_their_targets_and_are_equal_for_any_number_of_processes(
    conversations, tokenizer
):
    pools = [as_pool("facts", 1.0, conversations)]
    transforms = [Joining(8, 256, 0), retyping(tokenizer, 0.3)]

    def batch(rank=0, world_size=1, transforms=transforms):
        return MixedBatches(pools, 100, 1024, 0, rank, world_size, transforms=transforms)(5)

    def rows(*batches):
        found = [row for one in batches for inputs, _, _ in one.micro_batches for row in inputs]
        return sorted(row.tobytes() for row in found)

    assert batch().target_count == batch(transforms=()).target_count
    assert batch(transforms=[retyping(tokenizer, 0.0)]).tokens == batch(transforms=()).tokens
    assert rows(batch()) == rows(*(batch(rank, 3) for rank in range(3)))
    assert rows(batch()) != rows(batch(transforms=transforms[:1]))


def test_the_known_words_are_those_of_the_dialogues(conversations, tokenizer):
    prose = tokenize_text(SWING, tokenizer, 64)
    pools = [as_pool("facts", 0.5, conversations), as_pool("prose", 0.5, prose)]
    words = words_of(pools, tokenizer)
    expected = set()
    for number in range(120):
        for text in messages(number):
            expected.update(without_marks(text).lower().split())
    spoken = {word for word in expected if word.isalpha()}
    assert words - {"human", "assistant", "endoftext"} == spoken


def test_the_text_around_a_message_is_the_dialogues_own():
    assert as_text(["Who?"]) == "\n\nHuman: Who?\n\nAssistant:"  # what _retype_prompt takes apart


def test_the_dtype_of_stored_conversations_is_kept(conversations, tokenizer):
    stored = [
        type(one)(one.ids.astype(np.int64), one.mask.astype(np.uint8)) for one in conversations
    ]
    for after in retyping(tokenizer, 1.0)(stored, 1):
        assert after.ids.dtype == np.int64 and after.mask.dtype == np.uint8
