"""Which facts only the prose tells: all that portraits tell of some people, and some knowledge.

A model can answer from what it has read only if it was asked the same about others, so these facts
are held out where that is so (see `prose/portraits.py`). No question is trained on about the life
of a person held out, while the same is asked about the other people; a knowledge entry is held
out while the other entries of its topic are asked.

Only what every version of a document tells counts as told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from baseball import statements
from baseball.facts.fact import Fact
from baseball.held_out import (
    MIN_FACTS,
    is_entry,
    pick,
    random_number,
    sharing_with_entries,
    states_of,
)
from baseball.prose.document import Document
from baseball.prose.knowledge import KIND as KNOWLEDGE
from baseball.prose.portraits import KIND as PORTRAIT
from baseball.prose.portraits import is_of_life, lives_of
from evaluation.answers import Question, is_right

PURPOSE = "only in prose"

# A sentence that states more of these than the fact does is a list, which answers no question about
# a single item.
LISTED_FAMILIES = (statements.CLUB, statements.AWARD)


def pick_only_in_prose(
    reader: "ProseReader",
    facts: Sequence[Fact],
    nowhere: Iterable[Fact],
    people_share: float,
    seed: int,
) -> list[Fact]:
    """The facts that no question in training may ask for, though the prose in training tells them.

    They are all that portraits tell of `people_share` of the people, and a sample of what the
    knowledge tells. If neither tells any of the `facts`, they are a sample of what other prose
    tells. People whose lives a knowledge entry mentions, and entries that share a statement with
    another, are avoided, so that questions about these entries stay in training.
    `reader` has read the prose of the training split.
    """
    hidden = states_of(nowhere)
    portrayed = {fact.fields["person"] for fact in reader.told[PORTRAIT] if is_of_life(fact)}
    lives = {
        person: [fact for fact in life if hidden.isdisjoint(fact.states)]
        for person, life in lives_of(facts).items()
        if person in portrayed
    }
    sharing = sharing_with_entries(facts)
    mentioned = {person for person, life in lives.items() if not sharing.isdisjoint(life)}
    picked = _pick_people(lives, mentioned, people_share, seed, len(facts))
    entries = [fact for fact in reader.told[KNOWLEDGE] if is_entry(fact)]
    picked += pick(entries, PURPOSE, seed, len(entries), last=sharing)
    if not picked:
        told = [fact for of_kind in reader.told.values() for fact in of_kind]
        picked = pick(told, PURPOSE, seed, len(facts), last=sharing)
    return picked


def _pick_people(
    lives: Mapping[str, Sequence[Fact]],
    mentioned: Collection[str],
    share: float,
    seed: int,
    fact_count: int,
) -> list[Fact]:
    """All facts of a random `share` of the people, none of them `mentioned` if there are enough.

    If these facts are fewer than `MIN_FACTS`, more people are added, but never more than half of
    those to choose from: the questions about the others teach the model how to answer. If even
    half of them have too few facts, it is the half with the most.
    """
    fewest_people, fewest_facts = round(share * len(lives)), min(MIN_FACTS, fact_count // 8)
    others = {person: life for person, life in lives.items() if person not in mentioned}
    if len(others) >= 2 * fewest_people and sum(map(len, others.values())) >= 2 * fewest_facts:
        lives = others
    shuffled = sorted(lives.values(), key=lambda life: random_number(life[0], PURPOSE, seed))
    half = len(shuffled) // 2
    if sum(map(len, shuffled[:half])) < fewest_facts:
        shuffled.sort(key=len, reverse=True)
    picked: list[Fact] = []
    for number, life in enumerate(shuffled[:half]):
        if number >= fewest_people and len(picked) >= fewest_facts:
            break
        picked += life
    return picked


class ProseReader:
    """Reads prose and notes which facts it tells.

    `told` has the facts that documents of each kind tell, in the order in which they tell them. A
    fact is listed once, where it is told first.
    """

    def __init__(self, facts: Iterable[Fact]):
        self.told: dict[str, list[Fact]] = defaultdict(list)
        self._untold: dict[str, list[Fact]] = defaultdict(list)  # by the statement asked for
        for fact in facts:
            self._untold[fact.states[0]].append(fact)

    def read(self, versions: Sequence[Document]) -> None:
        """Add the facts that all these versions of a document tell to `told`."""
        first, *others = (self._told_in(document) for document in versions)
        for fact in first:
            if all(fact in other for other in others):
                self.told[versions[0].kind].append(fact)
                self._untold[fact.states[0]].remove(fact)

    def _told_in(self, document: Document) -> dict[Fact, None]:
        """The facts, in order, that a document tells and none before it did."""
        told: dict[Fact, None] = {}
        for text, states in document.sentences:
            for state in states:
                for fact in self._untold.get(state, ()):
                    if fact not in told and tells(text, states, fact):
                        told[fact] = None
        return told


def tells(text: str, states: Sequence[str], fact: Fact) -> bool:
    """Whether a sentence tells a fact.

    It does if it makes the fact's statement, would be accepted as an answer to its question, and is
    not a list. "He saw service with the Angels and the Mariners" names the club of a player's
    debut, but does not say which of the two it was.
    """
    if fact.states[0] not in states or _lists_more(states, fact.states):
        return False
    return is_right(text, Question(fact.kind, fact.questions[0], fact.answer, fact.accepted))


def _lists_more(states: Sequence[str], states_of_fact: Sequence[str]) -> bool:
    """Whether a sentence names more clubs or awards than a fact that names at least one."""
    return any(
        0 < _count_family(family, states_of_fact) < _count_family(family, states)
        for family in LISTED_FAMILIES
    )


def _count_family(family: str, states: Sequence[str]) -> int:
    """_count_family("club", ("club:ruthba01:NYY", "debut:ruthba01:year")) -> 1"""
    return sum(statements.family(state) == family for state in states)
