"""The Lahman tables, facts and archive, built once for all tests because that takes 15 seconds."""

import functools

import pytest

from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.forms.from_facts import claim_item, item_of
from baseball.knowledge import entries
from baseball.lahman import Tables, load_tables
from baseball.prose.archive import Archive


@functools.cache
def tables(folder: None = None) -> Tables:
    """All tables of the database, in the version that is installed."""
    return load_tables(folder)


@functools.cache
def all_facts() -> tuple[Fact, ...]:
    """All facts, in order: those of the tables and the knowledge entries."""
    return tuple(facts(tables()))


@functools.cache
def table_facts() -> tuple[Fact, ...]:
    """The facts of the tables, in order."""
    topics = {entry.topic for entry in entries()}
    return tuple(fact for fact in all_facts() if fact.kind not in topics)


@functools.cache
def by_question() -> dict[str, Fact]:
    """Question -> its fact, for every phrasing of every fact and entry."""
    return {question: fact for fact in all_facts() for question in fact.questions}


@functools.cache
def archive() -> Archive:
    """The tables indexed for prose."""
    return Archive(tables())


@pytest.fixture(scope="module")
def shared_tables():
    """Make the code under test use the shared tables, facts and archive, and items made before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("baseball.preparation.load_tables", tables)
        patch.setattr("baseball.preparation.facts", lambda tables: iter(all_facts()))
        patch.setattr("baseball.prose.Archive", lambda tables: archive())
        patch.setattr("baseball.forms.build.claim_item", functools.cache(claim_item))
        patch.setattr("baseball.forms.build.item_of", functools.cache(item_of))
        yield
