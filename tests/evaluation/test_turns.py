"""Which questions come before a question, and when an answer has leaked."""

import pytest

from evaluation.answers import Question
from evaluation.turns import draw_ring, earlier_questions, leaks


def question(text, answer, *accepted):
    return Question("topic", text, answer, accepted)


RUTH = question("Who hit 714 home runs?", "Babe Ruth hit 714.", "babe ruth", "ruth")
PARIS = question("What is the capital of France?", "It is Paris.", "paris")
COBB = question("Who won twelve batting titles?", "Ty Cobb won twelve.", "ty cobb", "cobb")
WET = question("Is water wet?", "Yes, it is.", "yes")


def many(number, answers):
    """Questions whose answers repeat: question n has answer n modulo `answers`."""
    return [
        question(f"Question {n}?", f"It is word{n % answers}.", f"word{n % answers}")
        for n in range(number)
    ]


def test_the_ring_has_every_question_once():
    for turns in (2, 3, 5):
        previous = draw_ring(many(40, 40), turns, seed=3)
        assert sorted(previous) == list(range(40))
        seen, number = set(), 0
        while number not in seen:
            seen.add(number)
            number = previous[number]
        assert len(seen) == 40  # one ring, not several


def test_questions_of_a_conversation_are_about_different_facts():
    questions = many(60, 12)  # each fact is asked about in five ways
    for seed in range(5):
        previous = draw_ring(questions, 4, seed)
        for number in range(60):
            talk = [*earlier_questions(previous, number, 4), number]
            assert len({other % 12 for other in talk}) == 4


def test_there_is_a_ring_even_if_all_questions_have_one_answer():
    previous = draw_ring(many(6, 1), 3, seed=0)
    assert sorted(previous) == list(range(6))


def test_the_ring_is_another_with_another_seed():
    questions = many(40, 40)
    assert draw_ring(questions, 3, 0) == draw_ring(questions, 3, 0)
    assert draw_ring(questions, 3, 0) != draw_ring(questions, 3, 1)


def test_earlier_questions_are_in_the_order_asked():
    previous = [3, 0, 1, 2]  # the ring 0 1 2 3
    assert earlier_questions(previous, 2, 1) == []
    assert earlier_questions(previous, 2, 3) == [0, 1]
    assert earlier_questions(previous, 0, 4) == [1, 2, 3]


LEAKS = [
    # (answer, answer at turn 1, question, earlier question, earlier answer, leaks)
    ("It is Babe Ruth.", "It is Paris.", PARIS, RUTH, "Babe Ruth hit 714.", True),
    ("Babe Ruth hit 714.", "It is Paris.", PARIS, RUTH, "Babe Ruth hit 714.", True),
    ("Ty Cobb did.", "It is Paris.", PARIS, RUTH, "Ty Cobb did.", True),  # a wrong answer, repeated
    ("It is Lyon.", "It is Paris.", PARIS, RUTH, "Babe Ruth hit 714.", False),
    ("It is Paris.", "It is Paris.", PARIS, RUTH, "Babe Ruth hit 714.", False),
    ("", "It is Paris.", PARIS, RUTH, "Babe Ruth hit 714.", False),
    ("Babe Ruth did.", "Babe Ruth did.", COBB, RUTH, "Babe Ruth did.", False),  # said at turn 1 too
    ("It is not the truth.", "Paris.", PARIS, RUTH, "Babe Ruth.", False),  # inside another word
    ("Yes.", "Paris.", PARIS, WET, "Yes, it is.", False),  # "yes" belongs to no question
    ("It is Paris.", "Lyon.", PARIS, RUTH, "It is Paris.", False),  # right, so no leak
]


@pytest.mark.parametrize("answer, first, asked, earlier, earlier_answer, expected", LEAKS)
def test_an_answer_leaks_if_only_the_conversation_explains_it(
    answer, first, asked, earlier, earlier_answer, expected
):
    assert leaks(answer, first, asked, [earlier], [earlier_answer]) is expected


def test_what_the_question_itself_contains_has_not_leaked():
    asked = question("Did Ruth or Cobb hit more home runs?", "Ruth did.", "ruth")
    assert not leaks("Cobb did.", "Ruth did.", asked, [COBB], ["Ty Cobb won twelve."])
