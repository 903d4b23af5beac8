"""Which answers are right, checked on hand-written cases and the project's question files."""

import json
import re

import pytest

from evaluation.answers import (
    Question,
    first_sentence,
    is_right,
    read_question_sets,
    read_questions,
)
from evaluation.normalise import normalise
from tests.support.scripts import ROOT

SHIPPED = {
    "questions/baseball.jsonl": 180,
    "questions/general.jsonl": 180,
    "questions/quiz.jsonl": 120,
    "questions/typed.jsonl": 150,
    "sample/questions.jsonl": 120,
}

FIRST_SENTENCES = {
    "": "",
    "no end": "no end",
    "It was Ruth. He hit it.": "It was Ruth.",
    "Yes! It is.": "Yes!",
    "No. It is not.": "No.",
    "Is it? Yes.": "Is it?",
    'It is "went." I think.': 'It is "went."',
    # the end of a line
    " \n\n One.\nTwo.": "One.",
    "Paris\nLondon": "Paris",
    # abbreviations and initials
    "The St. Louis Browns. They left.": "The St. Louis Browns.",
    "Cal Ripken Jr. played. He sat.": "Cal Ripken Jr. played.",
    "It was Martin Luther King Jr. He spoke.": "It was Martin Luther King Jr.",
    "J.D. Martinez did. Yes.": "J.D. Martinez did.",
    "It was J. Smith. Who?": "It was J. Smith.",
    "Mt. Everest. K2.": "Mt. Everest.",
    "Ask Dr. King. Now.": "Ask Dr. King.",
    "The U.S. team won. It did.": "The U.S. team won.",
    "In the U.S. It is big.": "In the U.S.",
    "Reds vs. Cubs. Reds won.": "Reds vs. Cubs.",
    # points in numbers
    "He wore No. 3 then. Ruth.": "He wore No. 3 then.",
    "He hit .406. Nobody has since.": "He hit .406.",
    "The Colt .45s. Yes.": "The Colt .45s.",
    "Of 3.5 runs. Or 4.": "Of 3.5 runs.",
    "1. Paris. 2. Rome.": "1. Paris.",
}

RIGHT = [
    # (answer, accepted forms)
    ("3", ["three"]),
    ("A batter is out after THREE strikes.", ["3"]),
    ("He hit .406 that year.", ["0.406"]),
    ("Pete Rose, with 4,256 hits.", ["4256"]),
    ("60%", ["60"]),
    ("About 60 percent.", ["60%"]),
    ("A 60-foot line.", ["sixty"]),
    ("Third base, of course.", ["3rd base"]),
    ("It was St. Louis in 1926.", ["1926"]),
    ("Bill Mazeroski's home run.", ["mazeroski"]),
    ("The U.S.S.R. did.", ["ussr"]),
    # a denial of something else
    ("It is Paris, not London.", ["paris"]),
    ("It is not London but Paris.", ["paris"]),
    ("Punctual people are not late.", ["not late"]),
    ("It is not Ruth; Ruth was first.", ["ruth"]),
    # yes or no
    ("Yes.", ["yes"]),
    ("Yes, he did.", ["yes"]),
    ("no", ["no"]),
    ("No, yes is wrong.", ["no"]),
    ("Yes, no team has.", ["yes"]),
]

WRONG = [
    # (answer, accepted forms)
    ("", ["paris"]),
    ("   ", ["paris"]),
    ("?!", ["paris"]),
    # another number
    ("It was in 1960.", ["60"]),
    ("It is 160.", ["60"]),
    ("It is 60,000.", ["60"]),
    ("It is 60.5 feet.", ["60"]),
    ("In the 60s.", ["60"]),
    ("The 60th.", ["60"]),
    ("Sixty-one.", ["60"]),
    ("60 million.", ["60"]),
    ("It is 4.5.", ["5"]),
    ("It is -5.", ["5"]),
    ("They won 5-4.", ["5"]),
    ("It is 3/5.", ["5"]),
    ("At 7:05.", ["5"]),
    ("Twenty-five.", ["5"]),
    ("One hundred and five.", ["5"]),
    # yes or no
    ("Nobody knows.", ["no"]),
    ("Nobody.", ["no"]),
    ("Well, no.", ["no"]),
    ("There is no way.", ["no"]),
    ("Yes and no.", ["yes"]),
    ("No or yes.", ["no"]),
    ("Yesterday.", ["yes"]),
    ("No.", ["yes"]),
    # after the first sentence, or inside another word
    ("It was Gehrig. Ruth came second.", ["ruth"]),
    ("Gehrig\nRuth", ["ruth"]),
    ("The truth.", ["ruth"]),
    ("Red, then white socks.", ["white sox", "red sox"]),
    ("Barry Robinson", ["frank robinson"]),
    # denied, or asked
    ("It is not Paris.", ["paris"]),
    ("It isn't Paris.", ["paris"]),
    ("Is it Paris?", ["paris"]),
]

VALID_ROW = {
    "topic": "rules",
    "question": "How many outs?",
    "answer": "Three outs.",
    "accepted": ["three", "3"],
}


def judge(text, accepted):
    return is_right(text, Question("topic", "A question?", "An answer.", tuple(accepted)))


@pytest.mark.parametrize("file, count", SHIPPED.items())
def test_the_reference_answer_of_every_shipped_question_is_right(file, count):
    questions = read_questions(ROOT / file)
    assert len(questions) == count
    wrong = [question for question in questions if not is_right(question.answer, question)]
    assert wrong == []


def test_typed_questions_are_typed_carelessly_and_are_no_copies_of_the_others():
    typed = read_questions(ROOT / "questions/typed.jsonl")
    others = set()
    for file in ("questions/baseball.jsonl", "questions/general.jsonl", "sample/questions.jsonl"):
        others |= {normalise(question.question) for question in read_questions(ROOT / file)}
    texts = [question.question for question in typed]
    assert not {normalise(text) for text in texts} & others
    assert all(text[0].islower() for text in texts)
    without_question_mark = [text for text in texts if "?" not in text]
    greeting = [text for text in texts if text.startswith(("hi", "hello", "hey", "good "))]
    please = [text for text in texts if re.search(r"\b(please|pls)\b", text)]
    thanks = [text for text in texts if re.search(r"\b(thanks|thank you|thx)\b", text)]
    assert len(without_question_mark) > 100
    assert min(len(greeting), len(please), len(thanks)) >= 15
    assert {question.topic for question in typed} == {"baseball", "general"}


@pytest.mark.parametrize("text, expected", FIRST_SENTENCES.items())
def test_the_first_sentence_does_not_end_at_an_abbreviation_or_a_number(text, expected):
    assert first_sentence(text) == expected


@pytest.mark.parametrize("text, accepted", RIGHT)
def test_an_accepted_answer_in_the_first_sentence_is_right(text, accepted):
    assert judge(text, accepted)


@pytest.mark.parametrize("text, accepted", WRONG)
def test_an_answer_that_merely_resembles_an_accepted_one_is_wrong(text, accepted):
    assert not judge(text, accepted)


def row_with(**changes):
    return json.dumps(VALID_ROW | changes).encode()


def row_without(field):
    return json.dumps({name: text for name, text in VALID_ROW.items() if name != field}).encode()


INVALID_LINES = [
    # (line, part of the error message)
    (b"{not json", "not JSON"),
    (b"\xff\xfe\xfd", "not UTF-8 text"),
    (b"[1]", "not a JSON object"),
    (row_without("topic"), '"topic" is missing'),
    (row_without("question"), '"question" is missing'),
    (row_without("answer"), '"answer" is missing'),
    (row_without("accepted"), '"accepted" is missing'),
    (row_with(topic=None), '"topic" must be text'),
    (row_with(question=3), '"question" must be text'),
    (row_with(question=" "), '"question" is empty'),
    (row_with(question="The?"), "no words"),
    (row_with(question="how many OUTS"), "the same question is already on line 1"),
    (row_with(answer=""), '"answer" is empty'),
    (row_with(accepted="three"), '"accepted" must be a list'),
    (row_with(accepted=[]), '"accepted" must be a list'),
    (row_with(accepted=["three", 3]), '"accepted" must be text'),
    (row_with(accepted=["a"]), "no words"),
]


@pytest.mark.parametrize("line, expected", INVALID_LINES)
def test_an_error_names_the_file_and_the_invalid_line(tmp_path, line, expected):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(row_with() + b"\n\n" + line + b"\n")
    with pytest.raises(ValueError) as problem:
        read_questions(path)
    assert str(problem.value).startswith(f"{path}, line 3: ")
    assert expected in str(problem.value)


def test_an_error_names_a_missing_file_and_a_file_without_questions(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(ValueError, match="empty.jsonl holds no questions"):
        read_questions(tmp_path / "empty.jsonl")
    with pytest.raises(ValueError, match="missing.jsonl does not exist"):
        read_questions(tmp_path / "missing.jsonl")


def test_question_sets_are_named_after_their_files(tmp_path):
    paths = [tmp_path / "rules.jsonl", tmp_path / "people.jsonl"]
    for path in paths:
        path.write_bytes(row_with() + b"\n")
    assert list(read_question_sets([str(path) for path in paths])) == ["rules", "people"]
