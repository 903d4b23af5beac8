"""Portraits: every sentence names its person and tells one fact, and every version is another."""

import functools
import re

import pytest

from baseball.only_in_prose import tells
from baseball.prose.document import lines_of
from baseball.prose.portraits import portraits
from tests.support.from_lahman import all_facts, by_question, tables

PEOPLE = 250
VERSIONS = 5


def nothing_hidden(statement):
    return False


@functools.cache
def written():
    """The portraits of the best-known people, each in all its versions."""
    return list(portraits(tables(), all_facts(), nothing_hidden, VERSIONS, PEOPLE))


@functools.cache
def facts_by_states():
    """(statements, name) -> the facts that a portrait may tell in one sentence."""
    found = {}
    for fact in all_facts():
        if fact.kind in lines_of("portraits"):
            found.setdefault((fact.states, fact.fields["name"]), []).append(fact)
    return found


def portrait_of(name, hidden=nothing_hidden):
    facts = [fact for fact in all_facts() if fact.fields.get("name") == name]
    [versions] = portraits(tables(), facts, hidden, VERSIONS)
    return versions


def test_portraits_are_of_the_best_known_people_in_order_of_fame():
    names = [versions[0].title for versions in written()]
    assert len(names) == PEOPLE
    asked = {name for _, name in facts_by_states()}
    best_known = [player.label for player in tables().by_fame if player.label in asked]
    assert names == best_known[:PEOPLE]


def test_every_sentence_has_the_full_name():
    for versions in written():
        for portrait in versions:
            for sentence, _ in portrait.sentences:
                assert portrait.title in sentence
                assert not re.search(r"\b(He|he|him|His)\b", sentence)


def test_every_version_tells_each_fact_in_a_sentence_that_answers_its_question():
    for versions in written()[::5]:
        for portrait in versions:
            told = set()
            for sentence, states in portrait.sentences:
                facts = facts_by_states()[states, portrait.title]
                told.update(fact for fact in facts if tells(sentence, states, fact))
            facts = [
                fact
                for (_, name), group in facts_by_states().items()
                if name == portrait.title
                for fact in group
            ]
            assert told == set(facts), portrait


def test_every_version_has_other_words_and_another_order():
    for versions in written():
        assert len(versions) == VERSIONS
        orders = [tuple(states for _, states in portrait.sentences) for portrait in versions]
        sentences = [sentence for portrait in versions for sentence, _ in portrait.sentences]
        assert len(set(sentences)) == len(sentences)
        if len(orders[0]) >= 8:
            assert len(set(orders)) == VERSIONS


def test_every_kind_of_fact_has_a_wording_for_each_version():
    for kind, lines in lines_of("portraits").items():
        assert len(set(lines)) >= VERSIONS, kind


def test_portraits_are_the_same_every_time():
    again = list(portraits(tables(), all_facts(), nothing_hidden, VERSIONS, 20))
    assert again == written()[:20]


def test_a_hidden_statement_is_in_no_version():
    birth_year = by_question()["In what year was Babe Ruth born?"]
    for portrait in portrait_of("Babe Ruth", hidden=birth_year.states.__contains__):
        assert "1895" not in portrait.text
        assert "Baltimore" in portrait.text
        for _, states in portrait.sentences:
            assert set(birth_year.states).isdisjoint(states)


def test_people_with_one_name_are_told_apart_as_in_their_questions():
    label = "Frank Thomas of the White Sox"
    assert any(label in question for question in by_question())
    for portrait in portrait_of(label):
        assert all(label in sentence for sentence, _ in portrait.sentences)
        assert all("club:thomafr04:CHW" in states for _, states in portrait.sentences)


@pytest.mark.parametrize("people", [0, 3])
def test_zero_people_are_everyone(people):
    names = ("Babe Ruth", "Hank Aaron", "Willie Mays", "Ty Cobb", "Honus Wagner")
    facts = [fact for fact in all_facts() if fact.fields.get("name") in names]
    found = list(portraits(tables(), facts, nothing_hidden, 1, people))
    assert len(found) == (people or len(names))


def test_with_pronouns_the_name_stands_in_few_sentences_and_the_rest_is_the_same():
    facts = [fact for fact in all_facts() if fact.fields.get("name") == "Babe Ruth"]
    [with_pronouns] = portraits(tables(), facts, nothing_hidden, VERSIONS, has_pronouns=True)
    for portrait, named in zip(with_pronouns, portrait_of("Babe Ruth"), strict=True):
        assert [states for _, states in portrait.sentences] == [s for _, s in named.sentences]
        assert portrait.text.count("Babe Ruth") < len(portrait.sentences) / 3
        assert re.search(r"\b(He|His)\b", portrait.text)
