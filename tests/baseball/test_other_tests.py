"""Questions of other tests are recognised in their own words, in similar ones, and in texts."""

import pytest

from baseball.other_tests import OtherTests
from evaluation.answers import Question


def asking(*questions, accepted=("three", "the Cardinals")):
    """The tests that ask these questions."""
    return OtherTests(Question("rules", question, "", accepted) for question in questions)


TESTS = asking(
    "How many strikes make an out?",
    "Who beat the St. Louis Browns in 1944?",
    "In what year did the Mets win their first World Series?",
    "Who pitched?",
)


@pytest.mark.parametrize(
    "question",
    [
        "How many strikes make an out?",
        "How many strikes make an out in baseball?",
        "Tell me: how many strikes make an out?",
        "How many strikes make an out in baseball? 2, 3 or 4?",
        "Which answer is right: 2, 3 or 4? How many strikes make an out?",
        "Who beat the St. Louis Browns in the year 1944?",
        "In what year did the Mets win the first World Series?",
        "Who pitched?",
    ],
)
def test_a_question_with_a_few_words_changed_is_the_same_question(question):
    assert TESTS.ask(question, "It was another.")


@pytest.mark.parametrize(
    "question",
    [
        "How many outs make an inning?",
        "How many balls make a walk?",
        "Who beat the St. Louis Browns in 1945?",
        "In what year did the Royals win their first World Series?",
        "Who pitched a no-hitter?",
        "",
    ],
)
def test_a_question_about_something_else_is_another_question(question):
    assert not TESTS.ask(question, "It was another.")


@pytest.mark.parametrize(
    "test, form, question, answer",
    [
        ("Who was called the Sultan of Swat?", "Ruth", "Who was the Sultan of Swat?", "Babe Ruth."),
        (
            "Which position is known as the hot corner?",
            "third base",
            "Which position is called the hot corner?",
            "Third base is called the hot corner.",
        ),
        (
            "Which position is number 6 on a scorecard?",
            "shortstop",
            "Which position is number 6 in scorekeeping?",
            "Number 6 is the shortstop.",
        ),
    ],
)
def test_words_replaced_by_others_leave_the_same_question_if_the_answer_is_the_same(
    test, form, question, answer
):
    tests = asking(test, accepted=(form,))
    assert tests.ask(question, answer)
    assert not tests.ask(question, "It is another.")


@pytest.mark.parametrize(
    "question",
    [
        "Which position is number 5 on a scorecard?",  # another number
        "Which positions have numbers on a scorecard?",
    ],
)
def test_words_replaced_by_others_may_make_another_question(question):
    tests = asking("Which position is number 6 on a scorecard?", accepted=("shortstop",))
    assert not tests.ask(question, "The shortstop.")


@pytest.mark.parametrize(
    "question",
    [
        "Who was called the king of home runs?",  # four of the six words
        "Who was called the Sultan of home runs?",  # five, but not all names
    ],
)
def test_the_same_answer_to_a_question_in_mostly_other_words_is_another_question(question):
    tests = asking("Who was called the Sultan of Swat?", accepted=("ruth",))
    assert not tests.ask(question, "Babe Ruth.")


def test_a_question_is_found_in_a_text_whatever_comes_before_it():
    assert TESTS.are_in("A quiz. First, no. 3. Who beat the St. Louis Browns in 1944? The Cards.")
    assert not TESTS.are_in("I know who beat the St. Louis Browns in 1944. Do you?")


def test_a_question_is_recognised_behind_and_before_other_sentences():
    tests = asking("Tell me the name of the ballpark of the Chicago Cubs.")
    asked = "Please tell me the name of the ballpark of the Chicago Cubs."
    assert tests.ask(asked, "It was another.")
    assert tests.ask(f"{asked} One, two or three?", "It was another.")
    assert tests.ask(f"I am 12 years old. {asked}", "It was another.")
