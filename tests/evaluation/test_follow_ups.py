"""Questions with a conversation before them: reading them, asking them, and their loss."""

import json

import numpy as np
import pytest

from evaluation.answers import Question, read_questions
from evaluation.scores import _tokenize
from text.conversation import tokenize_conversation

ROW = {
    "topic": "home runs",
    "question": "And in 1928?",
    "answer": "Babe Ruth hit 54 home runs in 1928.",
    "accepted": ["54"],
    "before": ["How many home runs did Babe Ruth hit in 1927?", "Babe Ruth hit 60 in 1927."],
}


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_follow_up_is_read_with_the_messages_before_it(tmp_path):
    other = {**ROW, "before": ["How many hits did Ty Cobb have in 1927?", "He had 175."]}
    first, second = read_questions(write(tmp_path / "questions.jsonl", ROW, other))
    assert first.messages == [*ROW["before"], ROW["question"]]
    assert second.messages == [*other["before"], ROW["question"]]


def test_the_same_follow_up_after_the_same_question_is_a_repetition(tmp_path):
    with pytest.raises(ValueError, match="line 2: the same question is already on line 1"):
        read_questions(write(tmp_path / "questions.jsonl", ROW, ROW))


@pytest.mark.parametrize("before", ["Who?", ["Who?"], ["Who?", 3], ["Who?", " "]])
def test_messages_before_a_question_that_are_no_exchanges_are_refused(tmp_path, before):
    path = write(tmp_path / "questions.jsonl", {**ROW, "before": before})
    with pytest.raises(ValueError, match='line 1: "before"'):
        read_questions(path)


def test_only_the_last_answer_counts_for_the_loss(tokenizer):
    question = Question(**{**ROW, "accepted": ("54",), "before": tuple(ROW["before"])})
    [found] = _tokenize(question, tokenizer)
    whole = tokenize_conversation([*question.messages, question.answer], tokenizer, 1024)
    assert found.ids.tolist() == whole.ids.tolist()
    answer = [*tokenizer.encode(" " + question.answer), tokenizer.end_of_text]
    assert found.ids[np.flatnonzero(found.mask)].tolist() == answer
