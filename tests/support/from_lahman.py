"""The Lahman tables and what is derived from them. It takes 15 s, so all tests share the result."""

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
    """Give the shared tables, facts and archive to the code under test too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("baseball.preparation.load_tables", tables)
        patch.setattr("baseball.preparation.facts", lambda tables: iter(all_facts()))
        patch.setattr("baseball.prose.Archive", lambda tables: archive())
        yield
