"""The Lahman tables and what is looked up in them, made once for all the tests: that takes fifteen seconds."""

import functools

import pytest

from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.lahman import Tables, load_tables
from baseball.prose.archive import Archive


@functools.cache
def tables() -> Tables:
    return load_tables()


@functools.cache
def all_facts() -> tuple[Fact, ...]:
    return tuple(facts(tables()))


@functools.cache
def by_question() -> dict[str, Fact]:
    return {question: fact for fact in all_facts() for question in fact.questions}


@functools.cache
def archive() -> Archive:
    return Archive(tables())


@pytest.fixture(scope="module")
def made_once():
    """Lets the code under test have them too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("baseball.lahman.load_tables", tables)
        patch.setattr("baseball.facts.facts", lambda tables: iter(all_facts()))
        patch.setattr("baseball.prose.Archive", lambda tables: archive())
        yield
