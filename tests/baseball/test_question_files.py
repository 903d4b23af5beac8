"""Recognising questions of other tests in a text."""

from baseball.question_files import asks_one_of
from evaluation.answers import normalise


def test_a_question_is_found_in_a_text_whatever_comes_before_it():
    questions = {normalise("Who beat the St. Louis Browns in 1944?")}
    quiz = "A quiz. First, no. 3. Who beat the St. Louis Browns in 1944? The Cardinals."
    other = "I know who beat the St. Louis Browns in 1944. Do you?"
    assert asks_one_of(questions, quiz)
    assert not asks_one_of(questions, other)
