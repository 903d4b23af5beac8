"""What is held out of training must not take the knowledge with it."""

import functools
from itertools import islice

from baseball.held_out import MIN_FACTS, SHARE, pick, pick_nowhere, states_of
from baseball.knowledge import entries
from baseball.only_in_prose import ProseReader, pick_only_in_prose
from baseball.prose import documents
from baseball.prose.portraits import portraits
from tests.support.from_lahman import all_facts, table_facts, tables

FACTS = 12_000  # the best known, entries among them
PEOPLE = 200
DOCUMENTS = 200


@functools.cache
def topics():
    return {entry.topic for entry in entries()}


@functools.cache
def known():
    return all_facts()[:FACTS]


@functools.cache
def nowhere():
    return pick_nowhere(known(), seed=0)


@functools.cache
def only_in_prose():
    """The facts that only portraits of the best-known people and the first documents tell."""
    reader = ProseReader(known())
    hidden = states_of(nowhere()).__contains__
    for versions in portraits(tables(), known(), hidden, 1, PEOPLE):
        reader.read(versions)
    for versions in islice(documents(tables(), hidden, 1), DOCUMENTS):
        reader.read(versions)
    return pick_only_in_prose(reader, known(), nowhere(), 0.1, seed=0)


def entries_given_away_by(held_out):
    """The knowledge entries that share a statement with a fact held out, without being one."""
    withheld = {state for fact in held_out for state in fact.states}
    return [
        fact
        for fact in known()
        if fact.kind in topics() and fact not in held_out and withheld.intersection(fact.states)
    ]


def test_facts_told_nowhere_take_no_entry_out_of_training():
    assert len(nowhere()) >= round(SHARE * FACTS)
    assert not entries_given_away_by(nowhere())
    assert entries_given_away_by(pick(known(), "nowhere", 0, FACTS))  # chosen from all facts


def test_facts_only_told_in_prose_take_no_entry_out_of_training():
    assert len(only_in_prose()) >= MIN_FACTS
    assert any(fact.kind in topics() for fact in only_in_prose())
    assert any(fact.kind not in topics() for fact in only_in_prose())
    assert not entries_given_away_by(only_in_prose())


def test_without_entries_every_fact_of_the_tables_may_be_told_nowhere():
    facts = table_facts()[:FACTS]
    assert pick_nowhere(facts, seed=3) == pick(facts, "nowhere", 3, FACTS)


def test_facts_told_nowhere_are_of_nearly_all_kinds():
    kinds = {fact.kind for fact in known()}
    assert len({fact.kind for fact in nowhere()}) >= 0.9 * len(kinds)
