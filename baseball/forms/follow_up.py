"""Short follow-ups: a second question that only makes sense after the first.

    How many home runs did Babe Ruth hit in 1927?     Babe Ruth hit 60 home runs in 1927.
    And in 1928?                                      Babe Ruth hit 54 home runs in 1928.

The second question is about an item of the same kind, of which one thing differs; or it is another
direct question about the same person, who is "he" in it.

In training the second answer may be the same as the first, as it is when a club wins twice in a
row; else a model would learn that it never is. Tests ask for nothing that has just been said.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from baseball.drawing import draw
from baseball.forms.item import Exchange, Item, merged
from baseball.forms.source import FormSource

NAME = "follow_up"
CHANGES = ("year", "name", "league", "team", "position", "things")  # tables of wordings
PERSON = "person"
TABLES = (*CHANGES, PERSON)
NEAREST = 6  # items that differ in the year, on each side, from which the first one is drawn

# "he" replaces {name} where it is the subject of the sentence: at its start or after one of these.
SUBJECT = re.compile(r"(?:^|(?<=\bdid )|(?<=\bwas )|(?<=\bhas )|(?<=\bhad )|(?<=\bis )){name}")

Pair = tuple[str, Item, Item]  # the table of the wordings, the first item, the second


def follow_up(source: FormSource, number: int, is_test: bool) -> Iterator[Exchange]:
    """At most one exchange for each item, which is the second; the two ways take turns."""
    same_kind, same_person = _Neighbours(source), _People(source)
    for item in source.items:
        if NAME in item.without:
            continue
        ways = [same_kind.before(item, number), same_person.before(item, number)]
        found = [pair for pair in ways if pair is not None]
        if is_test:
            found = [pair for pair in found if not _gives_away(*pair[1:])]
        if found:
            turn = (draw(source.seed, NAME, item.id) + number) % len(found)
            yield _exchange(source, found[turn], number, is_test)


class _Neighbours:
    """Items of one kind that differ in one value of their context."""

    def __init__(self, source: FormSource):
        self.seed = source.seed
        self._groups: dict[tuple, list[Item]] = defaultdict(list)
        for item in source.items:
            for name in _changes_of(item):
                self._groups[_rest(item, name)].append(item)
        for (_, name, _), group in self._groups.items():
            if name == "year":
                group.sort(key=lambda item: int(item.context["year"]))

    def before(self, item: Item, number: int) -> Pair | None:
        """An item that may be asked about before this one, and what differs."""
        groups = {name: self._groups[_rest(item, name)] for name in _changes_of(item)}
        names = [name for name, group in groups.items() if len(group) > 1]
        if not names:
            return None
        turn = draw(self.seed, NAME, "change", item.id) + number
        name = names[turn % len(names)]
        group = groups[name]
        place = next(index for index, other in enumerate(group) if other is item)
        near = group[max(0, place - NEAREST) : place + NEAREST + 1]
        others = [other for other in near if other.context[name] != item.context[name]]
        return (name, others[turn // 7 % len(others)], item) if others else None


def _changes_of(item: Item) -> list[str]:
    """The names in the context that a follow-up may change."""
    return [name for name in CHANGES if name in item.context]


def _rest(item: Item, name: str) -> tuple:
    """What two items must share if they differ in `name`."""
    rest = tuple(value for other, value in item.context.items() if other != name)
    return item.kind, name, rest


class _People:
    """Items about one person."""

    def __init__(self, source: FormSource):
        self.seed = source.seed
        self._items: dict[str, list[Item]] = defaultdict(list)
        for item in source.items:
            if item.person:
                self._items[item.person].append(item)

    def before(self, item: Item, number: int) -> Pair | None:
        """An item of another kind about the same person, who is the only one named in it."""
        if not questions_about_him(item):
            return None
        others = [
            other
            for other in self._items[item.person]
            if other.kind != item.kind and not other.rivals and item.states[0] not in other.states
        ]
        if not others:
            return None
        turn = draw(self.seed, NAME, PERSON, item.id) + number
        return PERSON, others[turn % len(others)], item


def questions_about_him(item: Item) -> list[str]:
    """The direct questions with "he" and "his" for the person, where that is grammatical.

    "In what year was {name} born?" -> "In what year was he born?"
    """
    found = []
    for pattern in item.patterns:
        question = pattern.replace("{owner}", "his")
        question = SUBJECT.sub("he", question)
        if pattern != question and "{name}" not in question:
            found.append(question[0].upper() + question[1:])
    return found


def _gives_away(first: Item, second: Item) -> bool:
    """Whether the first item's questions and answer contain an accepted answer to the second."""
    return second.is_answered_in(" ".join((*first.questions, first.answer)))


def _exchange(source: FormSource, pair: Pair, number: int, is_test: bool) -> Exchange:
    change, first, second = pair
    turn = draw(source.seed, NAME, first.id, second.id) + number
    wording = source.wordings_of(NAME, TABLES)[change].choose(turn, is_test)
    if change == PERSON:
        questions = questions_about_him(second)
        question = questions[turn // 7 % len(questions)]
        short = wording.format(question=question, clause=_lowered(question, second))
    else:
        short = wording.format_map(second.context)
    opening = first.questions[turn // 11 % len(first.questions)]
    messages = (opening, first.answer, short, second.answer)
    states = merged(first.states, second.states)
    return Exchange(NAME, second.kind, messages, second.accepted, states)


def _lowered(question: str, item: Item) -> str:
    """A question after "And": "Where was he born?" -> "where was he born?".

    It keeps its capital if it begins with a name, such as that of a league.
    """
    first = question.split()[0]
    names = {value.split()[0] for value in item.context.values()}
    return question if first in names else question[0].lower() + question[1:]
