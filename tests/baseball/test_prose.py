"""The baseball prose: readable, the same on every run, and without hidden statements."""

import functools
import re
from itertools import islice

import pytest

from baseball.only_in_prose import tells
from baseball.phrasings import load_lines
from baseball.prose import document, documents
from baseball.prose.document import Chooser, Document, Lines, Sentence, lines_of
from tests.support.from_lahman import (  # noqa: F401
    all_facts,
    by_question,
    shared_tables,
    tables,
)

pytestmark = pytest.mark.usefixtures("shared_tables")

# A season's figure, a career's, an award, a champion, a birthplace, a manager, a debut, a club, a
# pennant, a position.
HIDDEN = {
    "batting:ruthba01:1927:HR",
    "batting:aaronha01:career:HR",
    "award:MVP:1979:NL",
    "worldseries:1956:winner",
    "born:mayswi01:city",
    "team:NYA:1961:manager",
    "debut:robinja02:year",
    "playedfor:seaveto01:1977",
    "pennant:1985:AL",
    "position:smithoz01",
}
KINDS = {
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
    "knowledge",
}


@functools.cache
def censored() -> list[Document]:
    """The first documents without HIDDEN. They include every document that a test looks at."""
    return first_versions(HIDDEN.__contains__, 7000)


def first_versions(hidden, count: int) -> list[Document]:
    """The first versions of the first `count` documents."""
    return [versions[0] for versions in islice(documents(tables(), hidden), count)]


@functools.cache
def censored_text(kind: str, title: str) -> str:
    """The text of a document without the statements in HIDDEN."""
    texts = {(each.kind, each.title): each.text for each in censored()}
    return texts[kind, title]


def sentences_with(word: str, pattern: str) -> list[str]:
    """The sentences that match the pattern, in documents that contain the word."""
    return [
        sentence
        for each in censored()
        if word in each.text
        for sentence in re.split(r"(?<=[a-z0-9)]\.)\s", each.text)
        if re.search(pattern, sentence)
    ]


# -------------------------------------------------------------------------------- readability


def test_documents_are_of_readable_length_and_of_every_kind():
    texts = [each.text for each in censored()]
    assert {each.kind for each in censored()} == KINDS
    assert sum(400 <= len(text) <= 8000 for text in texts) > 0.75 * len(texts)
    assert len(set(texts)) == len(texts)


# Unfilled marks, doubled punctuation, missing values, wrong plurals and articles.
LEFTOVER = re.compile(
    r"[{}<>\t]|  |\bNone\b|\bnan\b|\.\.|, ,"
    r"|\b1 (games|hits|runs|home runs|times|walks)\b"
    r"| a 8\.| an [bcdfgj-np-tv-z]"
)
QUOTED = re.compile(r'"[^"]+"')  # the knowledge has sayings and titles such as "Who's on First?"


def test_prose_has_no_leftovers():
    for each in censored():
        assert each.text and each.title
        assert not LEFTOVER.search(each.text), each
        assert "?" not in QUOTED.sub("", each.text), each


def test_paragraphs_are_one_line_from_a_capital_or_digit_to_a_full_stop():
    for each in censored():
        for paragraph in each.text.split("\n\n"):
            first = paragraph.removeprefix('"')[0]  # a title or a saying
            assert first.isupper() or first.isdigit(), each
            assert paragraph.endswith((".", '."')), each
            assert "\n" not in paragraph, each


def test_a_document_is_its_sentences():
    for each in censored()[:500]:
        sentences = " ".join(text for text, _ in each.sentences)
        assert each.text.replace("\n\n", " ") == sentences


def test_a_paragraph_begins_with_the_name_of_its_subject_even_if_sentences_are_hidden():
    for each in censored()[:4000]:
        if each.kind not in ("career", "team", "manager", "player season"):
            continue
        for paragraph in each.text.split("\n\n"):
            assert not re.match(r"(He|His|They|Their) ", paragraph), each


def test_prose_is_the_same_every_time_and_best_known_first():
    again = first_versions(HIDDEN.__contains__, 400)
    assert again == censored()[:400]
    latest = f"{tables().last_season} World Series"
    assert {"Willie Mays", "Barry Bonds", latest} <= {each.title for each in again}


# ------------------------------------------------------------------------------ what is hidden


def test_no_sentence_makes_a_hidden_statement():
    for each in censored():
        for text, states in each.sentences:
            assert not HIDDEN.intersection(states), text


def test_hidden_figure_of_a_season_is_nowhere_in_the_prose():
    for sentence in sentences_with("60 home runs", r"\b60 home runs\b"):
        assert "Ruth" not in sentence
        assert "1927" not in sentence
    career = censored_text("career", "Babe Ruth")
    assert "60 home runs" not in career
    assert "1927" in career


def test_hidden_figure_of_a_career_is_not_in_the_career():
    career = censored_text("career", "Hank Aaron")
    assert "755 home runs" not in career
    assert "3,771 hits" in career


def test_hidden_award_is_nowhere_in_the_prose():
    career = censored_text("career", "Keith Hernandez")
    assert "Most Valuable Player" not in career
    assert "Gold Glove" in career
    award = "National League Most Valuable Player"
    assert not sentences_with("1979", rf"1979.*{award}|{award}.*1979")


def test_hidden_champion_is_nowhere_in_the_prose():
    outcome = "(beat|won|defeated|fell|lost)"
    series = "World Series (?!Most)"
    told = rf"{outcome}.*{series}.*\b1956\b|\b1956\b.*{series}.*{outcome}"
    assert not sentences_with("1956", told)
    told = r"Yankees (won it|took)|Yankees won\.|World Series (from|to) the"
    assert not sentences_with("1956 World Series", told)


def test_hidden_pennant_is_not_in_the_world_series_of_the_year():
    text = censored_text("world series", "1985 World Series")
    assert "Cardinals" in text
    assert "Royals" not in text


def test_hidden_position_is_in_no_award_for_it():
    assert sentences_with("Ozzie Smith", r"Gold Glove for shortstops") != []
    assert not sentences_with("Ozzie Smith", r"Ozzie Smith.*shortstop|shortstop.*Ozzie Smith")


def test_hidden_birthplace_is_not_in_the_career():
    career = censored_text("career", "Willie Mays")
    assert "Westfield" not in career
    assert "1931" not in career.split("\n\n")[0]


def test_hidden_manager_is_nowhere_in_the_prose():
    assert not sentences_with("Houk", r"(?=.*Houk)(?=.*Yankees).*\b1961\b")
    assert "Houk" not in censored_text("team", "1961 New York Yankees")


def test_hidden_debut_is_nowhere_in_the_prose():
    year_first = r"\b1947\b.*Jackie Robinson.*(debut|first|reached)"
    name_first = r"Jackie Robinson.*(debut|first|reached|came up).*\b1947\b"
    assert not sentences_with("Jackie Robinson", f"{year_first}|{name_first}")


def test_hidden_club_is_not_in_the_documents_of_player_and_team():
    assert "Tom Seaver" not in censored_text("team", "1977 New York Mets")
    assert "1978" in censored_text("career", "Tom Seaver")


def test_hiding_everything_about_a_player_leaves_none_of_his_figures():
    for each in first_versions(lambda statement: "ruthba01" in statement, 600):
        if each.title == "Babe Ruth":
            assert not re.search(r"\b(714|1895|1914)\b", each.text)
        else:
            assert not re.search(r"Babe Ruth.*\b(714|60|\.342|164|59)\b", each.text)


def test_a_sentence_tells_a_fact_only_if_it_would_answer_its_question():
    home_runs = by_question()["How many home runs did Babe Ruth hit in 1927?"]
    states = ("batting:ruthba01:1927:HR",)
    other_year = ("batting:ruthba01:1928:HR",)
    assert tells("He hit 60 home runs.", states, home_runs)
    assert tells("His sixty home runs led the league.", states, home_runs)
    assert not tells("He hit 60 home runs.", other_year, home_runs)
    assert not tells("He hit many home runs.", states, home_runs)

    debut = by_question()["With which team did Babe Ruth make his major league debut?"]
    all_clubs = "He played for the Boston Red Sox, the New York Yankees and the Boston Braves."
    states_of_all_clubs = (*debut.states, "club:ruthba01:NYY", "club:ruthba01:ATL")
    assert tells("He made his debut with the Boston Red Sox.", debut.states, debut)
    assert not tells(all_clubs, states_of_all_clubs, debut)


# ------------------------------------------------------------------------------- lines of prose


SECTIONS = sorted(document.LINES.glob("*.toml"))


def test_every_section_of_lines_loads():
    assert {"career_summary", "close_ups", "player_season"} <= {path.stem for path in SECTIONS}
    for path in SECTIONS:
        assert lines_of(path.stem) == load_lines(path)


def test_every_table_of_lines_is_used_in_the_code():
    folder = document.LINES.parent
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    computed = tuple(re.findall(r'\[f"(\w+_)\{', code))  # lines[f"most_{stat}"] -> "most_"
    kinds_of_facts = {fact.kind for fact in all_facts()}
    for path in SECTIONS:
        for name in load_lines(path):
            is_used = f'"{name}"' in code
            if path.stem == "portraits":
                is_used = name in kinds_of_facts
            assert is_used or name.startswith(computed), f"{path}: [{name}]"


def test_a_missing_table_of_lines_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / "managers.toml"
    path.write_text('[totals]\nfields = []\nlines = ["<S> won."]\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"managers\.toml has no table \[pennant\]"):
        Lines(path)["pennant"]


def test_chooser_uses_every_phrasing_before_it_repeats_one():
    choose = Chooser("career", "ruthba01")
    phrasings = ("a", "b", "c", "d", "e")
    for _ in range(3):
        assert {choose(phrasings) for _ in phrasings} == set(phrasings)


def test_equal_keys_choose_equal_phrasings():
    phrasings = ("a", "b", "c", "d", "e")
    choices = []
    for _ in range(2):
        choose = Chooser("career", "ruthba01")
        choices.append([(choose(phrasings), choose.one_in(3)) for _ in range(20)])
    assert choices[0] == choices[1]


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        (
            "<P> clubs were the Mets and the Cubs.",
            "As of 2024, <p> clubs were the Mets and the Cubs.",
        ),
        ("The name had been Cubs since 1903.", "As of 2024, the name had been Cubs since 1903."),
        ("Ty Cobb had the most hits.", "As of 2024, Ty Cobb had the most hits."),
    ],
)
def test_sentence_as_of_a_year_begins_with_it(text, dated):
    assert Sentence(text).as_of(2024).text == dated
    assert Sentence(text).as_of(None).text == text


def test_sentence_limited_to_a_year_says_so_before_its_full_stop():
    sentence = Sentence("<P> career record was 94-46.", ("pitching:ruthba01:career:W",))
    assert sentence.through(2024).text == "<P> career record was 94-46 through 2024."
    assert sentence.through(2024).states == sentence.states
