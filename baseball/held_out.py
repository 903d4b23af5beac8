"""Which questions stay out of training, and what asking them afterwards shows.

    phrasings       the fact is trained on, never in these words          has the model learned the fact, or a sentence?
    only in prose   the prose tells the fact, no question ever asks it    can it answer from what it has read?
    nowhere         no question asks it and no prose tells it             what does it guess, or know from before?

A fact gives away statements, `Fact.states`, the first of them what it asks for. Two facts that share one may answer each other
("How many home runs did Babe Ruth hit in 1927?", "Who led the American League in home runs in 1927?"), so a fact held out takes
such others out of training with it:

    nowhere         nothing in training shares any of its statements, and the prose leaves them all out
    only in prose   nothing asked in training states what it asks for

What is held out is decided by a hash of the seed and the fact's first question, so it is spread over players, years and kinds.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest

from baseball.facts.fact import Fact
from baseball.prose.document import Document
from evaluation.answers import Question, is_right

SHARE = 0.03  # of the facts, for each of the two groups of facts
AT_LEAST = 50  # facts a group, so that few facts in all still leave enough to ask; but never over an eighth of them
FACTS_OF_A_KIND = 20  # a kind of so many facts has one in each group


def draw(fact: Fact, purpose: str, seed: int) -> int:
    """A number of 64 random bits that the fact has for this purpose; facts are picked in the order of theirs."""
    return int.from_bytes(
        hashlib.blake2b(
            f"{purpose} {fact.questions[0]}".encode(), digest_size=8, key=str(seed).encode()
        ).digest(),
        "big",
    )


def pick(candidates: Iterable[Fact], purpose: str, seed: int, all_facts: int) -> list[Fact]:
    """A group of the candidates for a set of so many facts in all: SHARE of those, with one at least of every kind that is not rare."""
    candidates = sorted(candidates, key=lambda fact: draw(fact, purpose, seed))
    number = max(round(SHARE * all_facts), min(AT_LEAST, all_facts // 8))
    picked, rest = candidates[:number], candidates[number:]
    of_kind = defaultdict(list)
    for fact in rest:
        of_kind[fact.kind].append(fact)
    kinds = {fact.kind for fact in picked}
    return picked + [
        group[0]
        for kind, group in of_kind.items()
        if kind not in kinds and len(group) >= FACTS_OF_A_KIND
    ]


def states_of(facts: Iterable[Fact]) -> set[str]:
    """All that the facts give away."""
    return {state for fact in facts for state in fact.states}


def asked_for(facts: Iterable[Fact]) -> set[str]:
    """What the facts ask for."""
    return {fact.states[0] for fact in facts}


def phrasing(fact: Fact, seed: int) -> int:
    """The number of the phrasing that is never trained on; it differs from fact to fact, so that every wording is also learned."""
    return draw(fact, "phrasing", seed) % len(fact.questions)


def as_question(fact: Fact, seed: int) -> Question:
    """The fact as a test asks it: in the phrasing held out, its kind as the topic."""
    return Question(fact.kind, fact.questions[phrasing(fact, seed)], fact.answer, fact.accepted)


def fair_mix(facts: Iterable[Fact], seed: int) -> list[Fact]:
    """All of them, the kinds taking turns, so that the first ones are a fair sample."""
    of_kind = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: draw(fact, "mix", seed)):
        of_kind[fact.kind].append(fact)
    return [fact for turn in zip_longest(*of_kind.values()) for fact in turn if fact is not None]


class Reader:
    """Reads prose, and notes of which facts it tells the answer. `told` are those, in the order of reading."""

    def __init__(self, facts: Iterable[Fact]):
        self.told: list[Fact] = []
        self._waiting: dict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            self._waiting[fact.states[0]].append(fact)

    def read(self, document: Document) -> None:
        for text, states in document.sentences:
            for state in states:
                if state in self._waiting:
                    told = [fact for fact in self._waiting[state] if tells(text, states, fact)]
                    self.told += told
                    self._waiting[state] = [
                        fact for fact in self._waiting[state] if fact not in told
                    ]
                    if not self._waiting[state]:
                        del self._waiting[state]


def tells(text: str, states: tuple[str, ...], fact: Fact) -> bool:
    """Whether a sentence tells a fact: it makes its statement, it would be a right answer to its question, and it is no list.

    "He saw service with the Angels and the Mariners" names the club of his debut, but does not say that it was that one.
    """
    lists = any(
        0 < count_of(what, fact.states) < count_of(what, states) for what in ("club", "award")
    )
    return (
        fact.states[0] in states
        and not lists
        and is_right(text, Question(fact.kind, fact.questions[0], fact.answer, fact.accepted))
    )


def count_of(what: str, states: tuple[str, ...]) -> int:
    """count_of("club", ("club:ruthba01:NYY", "debut:ruthba01:year")) -> 1"""
    return sum(state.startswith(what + ":") for state in states)
