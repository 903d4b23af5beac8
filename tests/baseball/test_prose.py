"""The baseball prose: readable, the same every time, and without what is to be hidden."""

import functools
import re
from itertools import islice

import pytest

from baseball.held_out import tells
from baseball.prose import documents
from tests.support.from_lahman import by_question, made_once, tables  # noqa: F401

pytestmark = pytest.mark.usefixtures("made_once")

# A season's figure, a career's, an award, a champion, a birthplace, a manager, a debut, a club.
HIDDEN = {
    "batting:ruthba01:1927:HR",
    "batting:aaronha01:career:HR",
    "award:MVP:1979:NL",
    "worldseries:1956:winner",
    "born:mayswi01:city",
    "team:NYA:1961:manager",
    "debut:robinja02:year",
    "playedfor:seaveto01:1977",
}


@functools.cache
def censored() -> list:
    """The first documents, told without what is hidden: all that the tests look at is among them."""
    return list(islice(documents(tables(), HIDDEN.__contains__), 7000))


def test_documents_are_of_readable_length_and_of_every_kind():
    assert {
        "year",
        "season",
        "team",
        "career",
        "player season",
        "manager",
        "world series",
        "awards",
        "postseason",
        "ballpark",
        "history",
        "birthplaces",
    } == {document.kind for document in censored()}
    assert sum(400 <= len(document.text) <= 8000 for document in censored()) > 0.75 * len(
        censored()
    )
    assert len({document.text for document in censored()}) == len(censored())


# Unfilled marks, doubled signs, missing values, wrong numbers and articles.
LEFTOVER = re.compile(
    r"[{}<>\t]|  |\bNone\b|\bnan\b|\.\.|, ,|\b1 (games|hits|runs|home runs|times|walks)\b| a 8\.| an [bcdfgj-np-tv-z]"
)


def test_prose_has_no_leftovers():
    for document in censored():
        assert document.text and document.title
        assert not LEFTOVER.search(document.text) and "?" not in document.text, document
        for paragraph in document.text.split("\n\n"):
            assert (
                (paragraph[0].isupper() or paragraph[0].isdigit())
                and paragraph[-1] == "."
                and "\n" not in paragraph
            ), document


def test_a_document_is_its_sentences():
    for document in censored()[:500]:
        assert document.text.replace("\n\n", " ") == " ".join(
            text for text, _ in document.sentences
        )


def test_no_sentence_makes_a_hidden_statement():
    assert not [
        text
        for document in censored()
        for text, states in document.sentences
        if HIDDEN.intersection(states)
    ]


def test_hidden_statements_are_nowhere_in_the_prose():
    texts = {(document.kind, document.title): document.text for document in censored()}

    def told(word, pattern):
        """Sentences of documents with the word that match the pattern."""
        return [
            sentence
            for text in texts.values()
            if word in text
            for sentence in re.split(r"(?<=[a-z0-9)]\.)\s", text)
            if re.search(pattern, sentence)
        ]

    assert not [
        sentence
        for sentence in told("60 home runs", r"\b60 home runs\b")
        if "Ruth" in sentence or "1927" in sentence
    ]
    assert (
        "60 home runs" not in texts["career", "Babe Ruth"]
        and "1927" in texts["career", "Babe Ruth"]
    )
    assert (
        "755 home runs" not in texts["career", "Hank Aaron"]
        and "3,771 hits" in texts["career", "Hank Aaron"]
    )
    assert (
        "Most Valuable Player" not in texts["career", "Keith Hernandez"]
        and "Gold Glove" in texts["career", "Keith Hernandez"]
    )
    assert not told(
        "1979",
        r"1979.*National League Most Valuable Player|National League Most Valuable Player.*1979",
    )
    assert not told(
        "1956",
        r"(beat|won|defeated|fell|lost).*World Series (?!Most).*\b1956\b|\b1956\b.*World Series (?!Most).*(beat|won|defeated|fell|lost)",
    )
    assert not told(
        "1956 World Series", r"Yankees (won it|took)|Yankees won\.|World Series (from|to) the"
    )
    assert (
        "Westfield" not in texts["career", "Willie Mays"]
        and "1931" not in texts["career", "Willie Mays"].split("\n\n")[0]
    )
    assert (
        not told("Houk", r"(?=.*Houk)(?=.*Yankees).*\b1961\b")
        and "Houk" not in texts["team", "1961 New York Yankees"]
    )
    assert not told(
        "Jackie Robinson",
        r"\b1947\b.*Jackie Robinson.*(debut|first|reached)|Jackie Robinson.*(debut|first|reached|came up).*\b1947\b",
    )
    assert (
        "Tom Seaver" not in texts["team", "1977 New York Mets"]
        and "1978" in texts["career", "Tom Seaver"]
    )


def test_what_is_left_still_begins_by_naming_whom_it_is_about():
    for document in censored()[:4000]:
        for paragraph in document.text.split("\n\n"):
            assert not re.match(r"(He|His|They|Their) ", paragraph) or document.kind not in (
                "career",
                "team",
                "manager",
                "player season",
            ), document


def test_hiding_everything_about_a_player_leaves_nothing_of_him():
    first = list(islice(documents(tables(), lambda statement: "ruthba01" in statement), 600))
    assert not any(
        re.search(r"Babe Ruth.*\b(714|60|\.342|164|59)\b", document.text)
        for document in first
        if document.title != "Babe Ruth"
    )
    assert all(
        document.title != "Babe Ruth" or not re.search(r"\b(714|1895|1914)\b", document.text)
        for document in first
    )


def test_prose_is_the_same_every_time_and_best_known_first():
    again = list(islice(documents(tables(), HIDDEN.__contains__), 400))
    assert again == censored()[:400]
    assert {"Willie Mays", "Barry Bonds", "2024 World Series"} <= {
        document.title for document in again
    }


def test_a_sentence_tells_a_fact_only_where_it_would_answer_its_question():
    fact = by_question()["How many home runs did Babe Ruth hit in 1927?"]
    states = ("batting:ruthba01:1927:HR",)
    assert tells("He hit 60 home runs.", states, fact) and tells(
        "His sixty home runs led the league.", states, fact
    )
    assert not tells("He hit 60 home runs.", ("batting:ruthba01:1928:HR",), fact) and not tells(
        "He hit many home runs.", states, fact
    )
    debut = by_question()["With which team did Babe Ruth make his major league debut?"]
    of_list = (*debut.states, "club:ruthba01:NYY", "club:ruthba01:ATL")
    assert tells("He made his debut with the Boston Red Sox.", debut.states, debut)
    assert not tells(
        "He played for the Boston Red Sox, the New York Yankees and the Boston Braves.",
        of_list,
        debut,
    )
