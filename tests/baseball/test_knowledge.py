"""The knowledge that no table holds: the files are valid, and their entries become questions."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import combinations, product

import pytest

from baseball.facts import facts
from baseball.facts.knowledge import fact_of
from baseball.facts.knowledge import knowledge as facts_of_knowledge
from baseball.forms.build import MAKERS
from baseball.forms.from_facts import item_of
from baseball.forms.rivals import Rivals
from baseball.forms.source import FormSource
from baseball.held_out import as_question, held_out_own, held_out_shared, in_own_words
from baseball.knowledge import entries, read_entries
from baseball.knowledge.figures import Figures, people_in
from baseball.knowledge.lives import Lives
from baseball.prose.knowledge import knowledge
from baseball.prose.writing import write_document
from evaluation.answers import Question, is_right
from evaluation.normalise import normalise
from tests.support.from_lahman import all_facts, archive, table_facts, tables

TOPICS = {
    *("rules", "scoring and statistics", "terms a to l", "terms m to z", "field and equipment"),
    *("techniques", "strategy", "eras and history", "people a to l", "people m to z"),
    *("moments and records", "clubs and ballparks", "negro leagues and world"),
    "culture and business",
}
ALIKE = 0.7  # questions that share this much of their words, of all words in both, ask the same
LEFTOVERS = r"[{}\[\]<>]|  |(?<!\.)\.\.(?!\.)|, ,| ,"

BALK = """\
# Rules.

[[entries]]
subject = "balk"
text = "A pitcher commits a balk when he makes an illegal motion. Every runner moves up one base."
asks_for = "the number of bases that runners advance on a balk"
questions = [
    "How many bases does each runner advance on a balk?",
    "What do the runners get after a balk?",
    "What is the penalty for a balk?",
    "If the pitcher balks, how far do the runners go?",
    "How far do runners move up after a balk?",
]
answer = "After a balk, every runner advances [one base]."
accepted = ["one base", "1 base"]
wrong = ["two bases", "no bases"]
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "rules_of_play.toml"
        path.write_text(text, encoding="utf-8")
        return read_entries(path)

    return read


def test_an_entry_has_its_short_answer_and_its_claim_from_the_brackets(read):
    [entry] = read(BALK)
    assert entry.topic == "rules of play"
    assert entry.answer == "After a balk, every runner advances one base."
    assert entry.short == "one base"
    assert entry.claim == "After a balk, every runner advances {blank}."


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[one base]", "one base", r"line 3: .* \[square brackets\], once"),
        ("every runner", "[every runner]", r"line 3: .* \[square brackets\], once"),
        ('subject = "balk"\n', "", "line 3: the entry lacks 'subject'"),
        ('"two bases"', '"1 base"', "line 3: the wrong answer '1 base' counts as right"),
        ('["one base", "1 base"]', '["a home run"]', "line 3: .* none of the accepted forms"),
        ('a balk?",\n    "If', 'one base?",\n    "If', "line 3: .* contains an accepted"),
        ("that runners advance", "of one base", "line 3: .* contains an accepted"),
        ('advance on a balk"', 'advance on a balk?"', "line 3: .* must not end with a mark"),
        ("advances [one base].", "advances [one base]. So it is.", "a single sentence"),
        ('wrong = ["two bases", "no bases"]', "wrong = []", "line 3: 'wrong' is empty"),
        ('subject = "balk"', "subject = 3", "line 3: 'subject' must be a text"),
        ('subject = "balk"', 'subject = "balk"\nnote = "x"', "line 3: unknown 'note'"),
        ("What is the penalty for a balk?", "What do runners get after the balk?", "5 different"),
        ("[[entries]]", "[entries]", r"tables that begin with \[\[entries\]\]"),
    ],
)
def test_an_invalid_entry_is_refused_with_file_and_line(read, old, new, problem):
    assert old in BALK
    with pytest.raises(ValueError, match=problem):
        read(BALK.replace(old, new))


def test_two_entries_of_a_file_cannot_ask_the_same_question(read):
    _, _, entry = BALK.partition("\n\n")
    with pytest.raises(ValueError, match=r"line 18: .* also asked by the entry on line 3"):
        read(f"{BALK}\n{entry}")


# ---- the files ----


def test_every_topic_is_there_and_there_are_at_least_2650_entries_in_all():
    topics = [entry.topic for entry in entries()]
    assert set(topics) >= TOPICS
    assert len(topics) >= 2650


def test_no_question_has_two_answers():
    asked: dict[str, list[str]] = defaultdict(list)
    for entry in entries():
        for question in entry.asked:
            asked[normalise(question)].append(f"{entry.topic}: {entry.subject}")
    assert {question: found for question, found in asked.items() if len(found) > 1} == {}


def test_an_entry_is_asked_in_its_own_words_and_in_those_that_all_entries_share(read):
    [entry] = read(BALK)
    fact = fact_of(entry)
    assert fact.questions[: fact.own_question_count] == entry.questions
    shared = fact.questions[fact.own_question_count :]
    assert len(shared) >= 7
    assert shared[0] == "Tell me this: the number of bases that runners advance on a balk."
    assert all(entry.asks_for in question for question in shared)


def test_what_an_entry_asks_for_may_end_with_a_name_that_ends_with_a_period(read):
    [entry] = read(BALK.replace("that runners advance on a balk", "that moved Ken Griffey Jr."))
    asked = "the number of bases that moved Ken Griffey Jr."
    assert fact_of(entry).questions[-1] == f"Can you tell me {asked}?"
    assert f"Tell me this: {asked}" in fact_of(entry).questions


def test_an_entry_holds_out_one_question_of_each_sort(read):
    [entry] = read(BALK)
    fact = fact_of(entry)
    for seed in range(20):
        shared, own = held_out_shared(fact, seed), held_out_own(fact, seed)
        assert own < fact.own_question_count <= shared < len(fact.questions)
        assert as_question(fact, seed).question == fact.questions[shared]
        assert in_own_words(fact, seed).question == fact.questions[own]
        item = item_of(fact, seed)
        assert len(item.questions) == len(fact.questions) - 2
        assert {fact.questions[shared], fact.questions[own]}.isdisjoint(item.questions)


def test_a_fact_of_the_tables_has_no_words_of_its_own():
    fact = table_facts()[0]
    assert held_out_own(fact, 0) is None
    with pytest.raises(ValueError, match="has no questions of its own"):
        in_own_words(fact, 0)


def test_no_shared_question_gives_its_answer_away():
    for entry, fact in zip(entries(), entry_facts()):
        for question in fact.questions[fact.own_question_count :]:
            assert not is_right(question, Question("", "", entry.answer, entry.accepted)), question


def test_what_an_entry_asks_for_is_clean_text():
    for entry in entries():
        assert not re.search(LEFTOVERS, entry.asks_for), entry.asks_for
        assert entry.asks_for == entry.asks_for.strip()
        assert 3 <= len(entry.asks_for.split()) <= 18, entry.asks_for


def test_every_shared_phrasing_is_held_out_for_some_entries():
    places = Counter(held_out_shared(fact, 0) - fact.own_question_count for fact in entry_facts())
    assert sorted(places) == list(range(8))
    assert min(places.values()) > 0.09 * len(entries())


def test_no_two_topics_ask_the_same_in_like_words():
    """An entry would not be held out if another topic asked the same of it."""
    by_form = defaultdict(set)
    for entry in entries():
        for form in map(normalise, entry.accepted):
            by_form[form].add(entry)
    asked = {entry: [set(normalise(text).split()) for text in entry.asked] for entry in entries()}
    pairs = {pair for group in by_form.values() for pair in combinations(group, 2)}
    for one, other in pairs:
        if one.topic != other.topic:
            for words, others in product(asked[one], asked[other]):
                shared = len(words & others) / len(words | others)
                assert shared < ALIKE, (one.questions, other.questions)


def test_no_entry_asks_what_a_fact_of_the_tables_asks():
    assert len(table_facts()) + len(entries()) == len(all_facts())


def test_an_entry_that_asks_what_the_tables_ask_is_left_out_and_their_facts_stay(monkeypatch):
    table_fact = table_facts()[0]
    entry = replace(entries()[0], questions=(*entries()[0].questions, table_fact.questions[0]))
    of_entries = [fact_of(entry), fact_of(entries()[1])]
    monkeypatch.setattr("baseball.facts.SECTIONS", (lambda tables: table_facts()[:2000],))
    monkeypatch.setattr("baseball.facts.knowledge", lambda tables: of_entries)
    assert {*facts(tables())} == {*table_facts()[:2000], of_entries[1]}


def test_every_entry_becomes_a_fact_with_a_statement_of_its_own():
    asked_for = [fact.states[0] for fact in entry_facts()]
    assert len(set(asked_for)) == len(asked_for) == len(entries())


def test_questions_are_whole_sentences_that_ask_or_request():
    for entry in entries():
        for question in entry.questions:
            assert re.search(r"""[?.]["']?$""", question), question
            first = question.lstrip("\"'.")[0]
            assert first.isupper() or first.isdigit(), question
            assert not re.search(LEFTOVERS, question), question


def test_texts_and_answers_are_whole_sentences_without_leftovers():
    for entry in entries():
        for text in (entry.text, entry.answer):
            assert text.endswith((".", '."', '?"', '!"')), text
            first = text.lstrip("\"'.")[0]
            assert first.isupper() or first.isdigit(), text
            assert not re.search(LEFTOVERS, text), text


def test_every_entry_has_five_questions_and_every_accepted_form_is_lower_case_and_given_once():
    for entry in entries():
        assert len(set(map(normalise, entry.questions))) >= 5, entry.subject
        assert len(entry.accepted) == len(set(entry.accepted)), entry
        assert all(form == form.lower().strip() for form in entry.accepted), entry


# ---- what entries give away of the tables ----


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Barry Bonds hit 73 home runs in 2001.", {"batting:bondsba01:2001:HR"}),
        ("Barry Bonds of the Giants had seventy-three homers.", {"batting:bondsba01:2001:HR"}),
        ("In 1973 Nolan Ryan struck out 383 batters.", {"pitching:ryanno01:1973:SO"}),
        ("Cy Young's 511 wins are the record.", {"pitching:youngcy01:career:W"}),
        ("Ted Williams hit .406 that year.", {"batting:willite01:1941:AVG"}),
        ("Shortstop Bob Gibson? No: 1.12 was his mark.", {"pitching:gibsobo01:1968:ERA"}),
        ("Hank Aaron played 73 games in a costume.", set()),
        ("Barry Bonds hit 7 home runs in 31 days.", set()),
    ],
)
def test_a_figure_beside_a_person_gives_his_season_or_career_away(text, statements):
    figures = Figures(tables(), people_in(text))
    assert set(figures.stated(text, people_in(text))) == statements


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("In his first season, 1947, Jackie Robinson ran.", {"debut:robinja02:year"}),
        ("Ted Williams of San Diego was born in 1918.", {"born:willite01:year"}),
        ("Willie Mays won the MVP award in 1954.", {"award:MVP:1954:NL"}),
        ("Tall Randy Johnson is 6 feet 10 inches.", {"height:johnsra05"}),
        ("The Mets had Tom Seaver in 1969.", {"playedfor:seaveto01:1969", "club:seaveto01:NYM"}),
        ("Gil Hodges led the Mets of 1969.", {"team:NYN:1969:manager"}),
        ("Hank Aaron was a Brave for long: the Braves had him.", {"club:aaronha01:ATL"}),
        ("The Brooklyn Dodgers had Duke Snider.", {"club:snidedu01:LAD"}),
        (
            "For which team did Stan Musial play his whole career? For the Cardinals.",
            {"club:musiast01:STL", "franchises:musiast01", "mainclub:musiast01"}
            | {"debut:musiast01:team", "final:musiast01:team"},
        ),
        ("Ted Williams played all 19 of his seasons for the Red Sox.", {"franchises:willite01"}),
        ("Yogi Berra's last team was the Mets.", {"final:berrayo01:team", "club:berrayo01:NYM"}),
        ("Nolan Ryan's first team was the Mets.", {"debut:ryanno01:team"}),
        ("Willie Mays caught it in 1954.", set()),
        ("The Cy Young Award of 1906 went to Boston.", set()),
    ],
)
def test_what_a_text_says_beside_a_name_gives_details_awards_and_clubs_away(text, statements):
    lives = Lives(tables(), people_in(text))
    stated = set(lives.stated(text, people_in(text)))
    assert statements <= stated
    assert statements or not stated


def test_a_club_of_a_career_gives_away_no_more_than_it_was():
    text = "Yogi Berra's last team was the Mets."
    stated = Lives(tables(), people_in(text)).stated(text, people_in(text))
    assert "mainclub:berrayo01" not in stated and "debut:berrayo01:team" not in stated


def test_the_year_and_a_club_of_a_world_series_give_it_away():
    lives = Lives(tables(), [])
    stated = lives.stated("The Mets won the World Series in 1969.", [])
    assert {"worldseries:1969:winner", "worldseries:1969:loser"} <= set(stated)
    assert "worldseries:1944:winner" in lives.stated("The Browns lost the 1944 World Series.", [])
    assert lives.stated("The Mets ran in 1969.", []) == ()
    assert lives.stated("The Expos watched the 1969 World Series.", []) == ()


def test_an_entry_states_what_its_text_answer_or_questions_give_away():
    by_subject = {entry.subject: fact for entry, fact in zip(entries(), entry_facts())}
    assert "batting:bondsba01:2001:HR" in by_subject["73 home runs"].states
    assert "pitching:ryanno01:1973:SO" in by_subject["383 strikeouts"].states
    giving = [fact for fact in entry_facts() if len(fact.states) > 1]
    assert 500 < len(giving) < 0.6 * len(entries())  # many questions have a club as a clue


def test_the_prose_leaves_an_entry_out_if_what_it_gives_away_is_hidden():
    hidden = {"batting:bondsba01:2001:HR"}
    drafts = list(knowledge(archive()))
    said = " ".join(write_document(draft, lambda state: False).text for draft in drafts)
    censored = " ".join(write_document(draft, hidden.__contains__).text for draft in drafts)
    assert re.search(r"Bonds hit 73 home runs", said)
    assert not re.search(r"Bonds.* 73 home runs", censored)


# ---- other forms, prose ----


@cache
def entry_facts():
    """The entries as facts, in their order."""
    return facts_of_knowledge(tables())


def test_entries_are_asked_as_true_or_false_as_a_choice_and_with_a_gap():
    items = [item_of(fact, seed=0) for fact in entry_facts()]
    source = FormSource(items, [], Rivals(items, lambda kind: [], 0), frozenset(), 0)
    for form, fewest in (("true_false", 1.0), ("choice", 0.95), ("fill_in", 0.9)):
        exchanges = list(MAKERS[form](source, 0, False))
        assert len(exchanges) >= fewest * len(items), form
        for exchange in exchanges:
            question = Question("x", exchange.messages[0], exchange.messages[-1], exchange.accepted)
            assert is_right(question.answer, question), exchange


def test_the_prose_tells_every_entry():
    drafts = knowledge(archive())
    told = {part[0].states for draft in drafts for part in draft.paragraphs}
    assert told == {fact.states for fact in entry_facts()}
