"""What a later season may change is told as of the last season of the tables."""

import re
from itertools import chain

import pytest

from baseball.facts import facts
from baseball.forms.from_facts import claim_item, hints_of
from baseball.lahman import load_tables
from baseball.prose import documents
from baseball.prose.document import lines_of
from baseball.prose.portraits import is_of_life, portraits
from tests.support.lahman_folder import CLUBS, tables, write_tables

LAST = 2004  # of the shorter tables; a season follows in the longer ones
# The present tense: nobody knows when such a sentence stops being true, so answers avoid it.
PRESENT = re.compile(r"\b(is|are|has|have|ranks|holds|today|now|currently|so far)\b")
CHANGED_BY_A_SEASON = {
    *("all-star seasons", "all-time rank", "career high", "career home runs"),
    *("franchise career record", "franchise season record", "latest world series title"),
    *("main team", "manager's pennants", "manager's wins", "mvp count", "number of franchises"),
    *("position", "present-day club", "single-season rank", "world series titles"),
    "year of career high",
}


def tables_until(last):
    """The small tables, in which the last season changes whatever a season can change.

    The hitters move in 2004, for fewer games than in 2003, and again in 2005, to another position
    and with figures that were never seen before. A club has another name in each season.
    """
    rows = tables()
    hitters = [club[3] for club in CLUBS]
    for row in rows["Batting"] + rows["Appearances"]:
        if row["yearID"] > 2003 and row["playerID"] in hitters:
            place = hitters.index(row["playerID"]) + row["yearID"] - 2003
            row["teamID"], row["lgID"] = CLUBS[place % len(CLUBS)][:2]
    for row in rows["Batting"] + rows["Pitching"]:
        if row["yearID"] == 2004:
            row["G"] = min(row["G"], 100)
        if row["yearID"] == 2005:
            times = 9 if row["playerID"] == hitters[0] else 2
            row |= {key: times * row[key] for key in ("G", "HR", "RBI", "W", "SO") if key in row}
    for row in rows["Appearances"]:
        if row["yearID"] == 2005:
            row["G_1b"], row["G_of"] = 400, 0
    for row in rows["Teams"]:
        if row["yearID"] == 2005 and row["teamID"] == "SLN":
            row["name"] = "Springfield Cardinals"
        if row["yearID"] == 2003 and row["teamID"] == "SLN":
            row["name"] = "Saint Joseph Cardinals"
    del rows["Salaries"]
    return {
        table: [row for row in of_table if row.get("yearID", last) <= last]
        for table, of_table in rows.items()
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folders = {last: tmp_path_factory.mktemp(str(last)) for last in (LAST, LAST + 1)}
    return {
        last: load_tables(write_tables(folder, tables_until(last)))
        for last, folder in folders.items()
    }


@pytest.fixture(scope="module")
def facts_until(loaded):
    """The facts of the tables until each season, by what they ask for."""
    return {
        last: {
            (fact.kind, fact.states[0]): fact for fact in facts(tables) if fact.template is not None
        }
        for last, tables in loaded.items()
    }


@pytest.fixture(scope="module")
def changed(facts_until):
    """The facts of the shorter tables to which the longer ones have another answer, or none."""
    earlier, later = facts_until.values()
    return [
        fact
        for key, fact in earlier.items()
        if key not in later or fact.accepted != later[key].accepted
    ]


def test_the_added_season_changes_every_kind_that_a_season_can_change(changed):
    assert {fact.kind for fact in changed} >= CHANGED_BY_A_SEASON


def test_every_answer_that_a_later_season_changes_is_dated(changed):
    for fact in changed:
        assert str(LAST) in fact.answer, fact.answer


def test_every_claim_and_hint_that_a_later_season_changes_is_dated(changed, loaded):
    for fact in changed:
        claim = claim_item(fact).claim
        assert not claim or str(LAST) in claim, claim
        for hint in hints_of(fact, loaded[LAST]):
            if hint.subject_type != "season":  # its year is what is asked for
                assert str(LAST) in hint.text, hint.text


def test_no_answer_is_in_the_present_tense(facts_until):
    for fact in facts_until[LAST].values():
        assert not PRESENT.search(fact.answer), fact.answer


def test_portraits_are_in_the_past_tense_and_dated_as_the_answers_are(loaded, changed):
    lives = [fact for fact in changed if is_of_life(fact)]
    assert {"position", "main team", "number of franchises"} <= {fact.kind for fact in lives}
    of_changed = chain.from_iterable(portraits(loaded[LAST], lives, lambda state: False, 5))
    for document in of_changed:
        for text, _ in document.sentences:
            assert str(LAST) in text, text
    for lines in lines_of("portraits").values():
        for line in lines:
            assert not PRESENT.search(line), line


def test_no_prose_about_the_tables_is_in_the_present_tense(loaded):
    for document in chain.from_iterable(documents(loaded[LAST], hidden=lambda statement: False)):
        if document.kind != "knowledge":
            assert not PRESENT.search(document.text), document.text


def test_sentences_about_careers_that_may_continue_are_dated(loaded):
    found = 0
    for document in chain.from_iterable(documents(loaded[LAST], hidden=lambda statement: False)):
        for text, states in document.sentences:
            families = [state.split(":") for state in states]
            is_total = any(parts[-2:-1] in (["career"], ["high"]) for parts in families)
            is_count = any(parts[0] == "allstar" and parts[-1] == "count" for parts in families)
            if is_total or is_count:
                found += 1
                assert str(LAST) in text, text
    assert found > 10
