"""The scripts that check the knowledge: what the tables lack, and which questions it answers."""

from functools import cache

import pytest

from baseball.knowledge import check, read_entries
from baseball.knowledge.check import Known, unconfirmed
from baseball.knowledge.coverage import Texts
from evaluation.answers import Question
from tests.support.from_lahman import tables

ENTRY = """\
[[entries]]
subject = "test"
text = "{text}"
asks_for = "the thing that is asked"
questions = ["What is asked?", "What do they ask?", "Who asks?", "Why is it asked?", "When?"]
answer = "[{answer}]."
accepted = ["{answer}"]
wrong = ["nothing", "nobody"]
"""


@cache
def known():
    return Known(tables())


@pytest.mark.parametrize(
    "text, problems",
    [
        ("Babe Ruth hit 60 home runs for the Yankees in 1927.", []),
        ("Babe Ruth hit 61 home runs for the Yankees.", ["figure: 61 home runs"]),
        ("Babe Ruth played in 1962.", ["year: 1962 is in no career of Babe Ruth"]),
        (
            "Babe Ruth was a star of the Dodgers and the Mets.",  # he coached the Dodgers
            [
                "club: Dodgers, of which Babe Ruth was no player or manager",
                "club: Mets, of which Babe Ruth was no player or manager",
            ],
        ),
        ("Abner Doubleday was a general.", ["name: Abner Doubleday"]),
        ("The Seattle Pilots played in 1969.", []),
        ("The Seattle Pilots played in 1970.", ["year: 1970 is no season of Seattle Pilots"]),
        ("A game has nine innings, also in 1970.", []),
    ],
)
def test_what_the_tables_do_not_confirm_is_listed(tmp_path, text, problems):
    path = tmp_path / "rules.toml"
    path.write_text(ENTRY.format(text=text, answer="here"), encoding="utf-8")
    [entry] = read_entries(path)
    assert list(unconfirmed(entry, known())) == problems


def test_a_topic_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        check.main(["rules", "moments"])
    assert stopped.value.code == 2
    assert "there is no topic moments" in capsys.readouterr().err


def test_an_answer_is_held_by_a_text_with_its_words_and_an_accepted_form():
    texts = Texts(["Babe Ruth was called the Sultan of Swat.", "Ty Cobb was the Georgia Peach."])
    asked = "Who was called the Sultan of Swat?"
    assert texts.hold(Question("people", asked, "Babe Ruth.", ("ruth",)))
    assert not texts.hold(Question("people", asked, "Ty Cobb.", ("cobb",)))
