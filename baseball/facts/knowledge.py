"""The knowledge entries as facts: what no table holds."""

from functools import cache, lru_cache

from baseball import statements
from baseball.facts.fact import Fact, load_section
from baseball.knowledge import Entry, entries
from baseball.knowledge.figures import Figures, people_in
from baseball.knowledge.lives import Lives
from baseball.lahman import Tables
from baseball.wording import without_double_period


@lru_cache(maxsize=1)  # the questions and the prose read them from the same tables
def knowledge(tables: Tables) -> tuple[Fact, ...]:
    """A fact for each entry, in the order of `entries`; its kind is the entry's topic."""
    people = _people_of_entries()
    names = {name for names in people for name in names}
    figures, lives = Figures(tables, names), Lives(tables, names)
    facts = []
    for entry, named in zip(entries(), people, strict=True):
        text = entry.full_text
        facts.append(fact_of(entry, (*figures.stated(text, named), *lives.stated(text, named))))
    return tuple(facts)


@cache
def _people_of_entries() -> list[list[str]]:
    """The people whom each entry may name, in the order of `entries`."""
    return [people_in(entry.full_text) for entry in entries()]


def fact_of(entry: Entry, given_away: tuple[str, ...] = ()) -> Fact:
    """An entry as a fact. Its fields are what the other forms of question are made of.

    `given_away` are the statements of the tables that the entry gives away beside its own.
    """
    return Fact(
        kind=entry.topic,
        questions=(*entry.questions, *shared_questions(entry)),
        answer=entry.answer,
        accepted=entry.accepted,
        states=(statements.knowledge(entry.topic, entry.subject, entry.short), *given_away),
        fields={"short": entry.short, "claim": entry.claim, "wrong": entry.wrong},
        own_question_count=len(entry.questions),
    )


def shared_questions(entry: Entry) -> list[str]:
    """What the entry asks for, in the phrasings that all entries share."""
    questions = [phrasing.format(asked=entry.asks_for) for phrasing in _shared_phrasings()]
    return [without_double_period(question) for question in questions]


@cache
def _shared_phrasings() -> tuple[str, ...]:
    return load_section("knowledge", kinds=["entry"])["entry"].questions
