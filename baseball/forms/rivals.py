"""Plausible wrong answers: short answers of other items of the same kind that are wrong here.

A number has rivals on both sides of it, near in value. Anything else has rivals from items with
much the same context: the same team or league, then the nearest year.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice

from baseball.drawing import draw, shuffled
from baseball.forms.item import Item, number_in
from evaluation.normalise import normalise

NEAREST = 4  # numbers on each side from which rivals are drawn
WINDOW = 20  # items on each side that are compared with the item's context
BEST = 8  # names from which rivals are drawn
FEWEST = 2  # of them, if only so many have a context that is much like the item's
FEW_VALUES = 8  # a kind with fewer short answers among the items takes rivals from all facts
WEIGHTS = {"things": 3, "league": 2}  # of differences in context; 1 for any other
COMMON_WORDS = {
    *("city", "park", "field", "stadium", "university", "college", "state", "handed"),
    *("batted", "baseman"),
}


class Rivals:
    """Draws wrong answers for items.

    They are right answers of other `items`, so that a wrong candidate is as well known as a right
    one. A kind with few of them takes answers of `others_of(kind)`, too.
    """

    def __init__(
        self, items: Iterable[Item], others_of: Callable[[str], Iterable[Item]], seed: int
    ):
        self.seed = seed
        pools: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            if item.short:
                pools[item.kind].append(item)
        for kind, pool in pools.items():
            if len({item.short for item in pool}) < FEW_VALUES:
                pool += [other for other in others_of(kind) if other.short]
        self._numbers: dict[str, list[tuple[float, str]]] = {}
        self._names: dict[tuple[str, str], list[tuple[int, int, Item]]] = defaultdict(list)
        for kind, pool in pools.items():
            numbers = {(item.number, item.short) for item in pool}
            if all(number is not None for number, _ in numbers):
                self._numbers[kind] = sorted((number or 0, short) for number, short in numbers)
            else:
                self._add_names(kind, pool)

    def _add_names(self, kind: str, pool: list[Item]) -> None:
        """File the items under their kind, and under their team or position, by year."""
        for place, item in enumerate(pool):
            for key in _keys(item):
                self._names[kind, key].append((_year(item, place), place, item))
        for filed in [filed for filed in self._names if filed[0] == kind]:
            self._names[filed].sort(key=lambda entry: entry[:2])

    def draw(self, item: Item, count: int, number: int) -> list[str]:
        """`count` different wrong answers; fewer if there are not enough. `number` varies them."""
        if item.rivals:
            wrong = [rival for rival in item.rivals if rival != item.short]
            wrong = shuffled(wrong, self.seed, "wrong", item.id, number)
        elif item.kind in self._numbers:
            wrong = self._near_in_value(item, count, number)
        else:
            wrong = self._near_in_context(item, number)
        chosen: list[str] = []
        for short in wrong:
            if all(_normalised(short) != _normalised(other) for other in chosen):
                chosen.append(short)
            if len(chosen) == count:
                break
        return chosen

    def _near_in_value(self, item: Item, count: int, number: int) -> list[str]:
        """Numbers near the right one.

        How many of them are lower is random, so that the right one may be the lowest or highest.
        """
        pairs = self._numbers[item.kind]
        place = bisect_left(pairs, (item.number or 0, item.short))
        low = self._wrong_ones(item, (pairs[index] for index in range(place - 1, -1, -1)))
        high = self._wrong_ones(item, (pairs[index] for index in range(place, len(pairs))))
        low = shuffled(low, self.seed, "low", item.id, number)
        high = shuffled(high, self.seed, "high", item.id, number)
        lower = (draw(self.seed, "lower", item.id) + number) % (count + 1)
        return [*low[:lower], *high[: count - lower], *low[lower:], *high[count - lower :]]

    def _wrong_ones(self, item: Item, pairs: Iterable[tuple[float, str]]) -> list[str]:
        """The first `NEAREST` of the short answers that are wrong for the item."""
        wrong = (short for _, short in pairs if self._is_wrong(item, short))
        return list(islice(wrong, NEAREST))

    def _near_in_context(self, item: Item, number: int) -> list[str]:
        """Names from the items whose context is most like this one's."""
        near = sorted(self._neighbours(item), key=lambda other: _distance(item, other))
        best: dict[str, int] = {}  # short answer -> how many values of the contexts differ
        for other in near:
            if other.short not in best and self._fits(item, other):
                best[other.short] = _distance(item, other)[0]
            if len(best) == BEST:
                break
        # The `FEWEST` names with the most similar contexts, and all that differ no more than these.
        differing = list(best.values())[:FEWEST]
        alike = [short for short, differs in best.items() if differs <= max(differing)]
        return shuffled(alike, self.seed, "rivals", item.id, number)

    def _neighbours(self, item: Item) -> Iterator[Item]:
        """The items around this one in the order of years, or else of fame."""
        for key in _keys(item):
            entries = self._names[item.kind, key]
            own = next((place for _, place, other in entries if other is item), 0)
            middle = bisect_left(entries, (_year(item, own), own), key=lambda entry: entry[:2])
            for _, _, other in entries[max(0, middle - WINDOW) : middle + WINDOW]:
                yield other

    def _fits(self, item: Item, other: Item) -> bool:
        differs = all(item.context[name] != other.context.get(name) for name in item.unlike)
        return differs and self._is_wrong(item, other.short)

    def _is_wrong(self, item: Item, short: str) -> bool:
        """Whether nobody could take it for the right answer.

        It must contain no accepted form, by the rule that judges answers, and nothing that the
        question says already. Clubs must share neither city nor nickname: the Milwaukee Braves are
        no wrong answer if the Atlanta Braves are the right one.
        """
        if item.is_answered_in(short):
            return False
        if short in item.context.values() or short in item.also:
            return False
        if " and " in short:  # a list, not a single answer
            return False
        if item.number is None:
            return not _long_words(item.short) & _long_words(short)
        least, most = item.bounds
        return item.short != short and least <= (number_in(short) or 0) <= most


@cache
def _normalised(short: str) -> str:
    return normalise(short)


@cache
def _long_words(short: str) -> frozenset[str]:
    """The words that distinguish a name: long ones, and none of COMMON_WORDS."""
    words = normalise(short).split()
    return frozenset(word for word in words if len(word) > 3 and word not in COMMON_WORDS)


def _keys(item: Item) -> Iterator[str]:
    """What an item is filed under besides its kind: nothing, its team, its league, ..."""
    yield ""
    for name in ("team", "league", "position", "things", "name"):
        if name in item.context:
            yield f"{name} {item.context[name]}"


def _year(item: Item, place: int) -> int:
    """The year of an item; its place in the order of fame if it has no year."""
    return place if item.era is None else item.era


def _distance(item: Item, other: Item) -> tuple[int, int]:
    """How unlike the contexts are: how many values differ, apart from the year; then years."""
    names = [name for name in item.context if name != "year"]
    differing = 0
    for name in names:
        if item.context[name] != other.context.get(name):
            differing += WEIGHTS.get(name, 1)
    if item.era is None or other.era is None:
        return differing, 0
    return differing, abs(item.era - other.era)
