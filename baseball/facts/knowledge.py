"""The entries of baseball/knowledge as facts: what no table holds."""

from collections.abc import Iterator

from baseball import statements
from baseball.facts.fact import Fact
from baseball.knowledge import Entry, entries
from baseball.knowledge.figures import Figures, people_in
from baseball.knowledge.lives import Lives
from baseball.lahman import Tables


def knowledge(tables: Tables) -> Iterator[Fact]:
    """A fact for each entry, in the order of `entries`; its kind is the entry's topic."""
    texts = [full_text(entry) for entry in entries()]
    people = [people_in(text) for text in texts]
    names = {name for names in people for name in names}
    figures, lives = Figures(tables, names), Lives(tables, names)
    for entry, text, named in zip(entries(), texts, people, strict=True):
        yield fact_of(entry, (*figures.stated(text, named), *lives.stated(text, named)))


def full_text(entry: Entry) -> str:
    """Everything that an entry tells, in the text, the answer or the questions."""
    return " ".join((entry.text, entry.answer, *entry.questions))


def fact_of(entry: Entry, given_away: tuple[str, ...] = ()) -> Fact:
    """An entry as a fact. Its fields are what the other forms of question are made of.

    `given_away` are the statements of the tables that the entry gives away beside its own.
    """
    return Fact(
        kind=entry.topic,
        questions=entry.questions,
        answer=entry.answer,
        accepted=entry.accepted,
        states=(statements.knowledge(entry.topic, entry.subject, entry.short), *given_away),
        fields={"short": entry.short, "claim": entry.claim, "wrong": entry.wrong},
    )
