"""Short portraits of players: what the facts ask about a life, with the full name in each sentence.

    for versions in portraits(tables, facts, hidden=lambda statement: False, versions=2):
        for portrait in versions:
            portrait.text
    # 'Babe Ruth was born in 1895. Babe Ruth threw left-handed. ...'
    # "Babe Ruth's throwing hand was his left. It was in 1895 that Babe Ruth was born. ..."

A model can answer from what it has read only where it has read the same in many wordings and
orders, with the full name beside each fact, and where it was asked the same about others
(Allen-Zhu & Li 2023, "Physics of Language Models: Part 3.1"). So every version of a portrait has
other wordings and another order. The lines are in `lines/portraits.toml`, by the kind of fact.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from baseball.facts.fact import Fact
from baseball.lahman import Tables
from baseball.prose.document import Chooser, Document, Draft, Subject, lines_of
from baseball.prose.writing import write_versions
from baseball.wording import possessive

KIND = "portrait"


def portraits(
    tables: Tables,
    facts: Iterable[Fact],
    hidden: Callable[[str], bool],
    versions: int,
    people: int = 0,
    has_pronouns: bool = False,
) -> Iterator[tuple[Document, ...]]:
    """The portraits of the `people` best-known players, each in `versions` versions; 0: everyone.

    They tell those of `facts` that have lines, except those that state something `hidden`. With
    `has_pronouns`, most sentences have "he" in place of the name, to measure what the name is for.
    """
    lives = lives_of(facts)
    known = [player for player in tables.by_fame if player.id in lives]
    for player in known[: people or None]:
        name = str(lives[player.id][0].fields["name"])
        subject = Subject(name, name, name, possessive(name), name)
        if has_pronouns:
            subject = Subject(name, player.last, "he", "his", "him")
        written = write_versions(_drafts(subject, lives[player.id], versions), hidden)
        if written:
            yield written


def lives_of(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """playerID -> those of the facts that his portrait tells."""
    lives = defaultdict(list)
    for fact in facts:
        if is_of_life(fact):
            lives[fact.fields["person"]].append(fact)
    return lives


def is_of_life(fact: Fact) -> bool:
    """Whether portraits tell facts of this kind."""
    return fact.kind in lines_of("portraits")


def _drafts(subject: Subject, life: Sequence[Fact], versions: int) -> list[Draft]:
    """As many versions as asked for: the wordings take turns, the order changes."""
    choose = Chooser(KIND, life[0].fields["person"])
    lines = lines_of("portraits")
    drafts = []
    for _ in range(versions):
        sentences = [
            choose.sentence(lines[fact.kind], fact.fields, fact.states)
            for fact in choose.shuffled(life)
        ]
        drafts.append(Draft(subject.full, KIND, subject, [sentences]))
    return drafts
