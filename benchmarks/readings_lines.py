"""Which cells of benchmarks/readings.py belong together: a line for each setting, over readings."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Row = Mapping[str, str]
# What may tell a line from the others, and how its name says so. People come before facts: with
# more people there are more facts, and a name need not say both.
SETTINGS = {
    "model": "{}",
    "people": "{} people",
    "versions": "versions: {}",
    "pronouns": "pronouns: {}",
    "facts": "{} facts",
    "phrasings": "phrasings: {}",
    "seed": "seed {}",
}
ALL = {("facts", "0"): "all facts"}
GUESSED = "nowhere"  # the group of facts told nowhere


def lines_of(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each setting, by what tells it from the others, in the order of their readings.

    The settings are in the order of their numbers, with the smallest first.
    """
    all_rows = list(rows)
    names = _distinguishing_settings(all_rows)
    by_setting: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(all_rows, key=lambda row: _sort_key(row, [*names, "readings"])):
        by_setting[tuple(row[name] for name in names)].append(row)
    return {
        ", ".join(_in_words(name, value) for name, value in zip(names, values)): line
        for values, line in by_setting.items()
    }


def _in_words(name: str, value: str) -> str:
    """_in_words("facts", "900") -> '900 facts'"""
    return ALL.get((name, value), SETTINGS[name].format(value))


def _distinguishing_settings(rows: Sequence[Row]) -> list[str]:
    """The settings that differ, without those that the ones before them already decide."""
    chosen: list[str] = []
    for name in SETTINGS:
        values = defaultdict(set)
        for row in rows:
            values[tuple(row[earlier] for earlier in chosen)].add(row[name])
        if any(len(each) > 1 for each in values.values()):
            chosen.append(name)
    return chosen


def _sort_key(row: Row, names: Iterable[str]) -> list[tuple[float, str]]:
    """Numbers by their size, where all is the largest; words by the alphabet."""
    key = []
    for name in names:
        value = row[name]
        size = 0.0
        if (name, value) in ALL:
            size = math.inf
        elif value.replace(".", "", 1).isdigit():
            size = float(value)
        key.append((size, value))
    return key


def guessed_right(rows: Iterable[Row]) -> float | None:
    """The accuracy on all questions about facts told nowhere, in percent; None without any."""
    asked = [(int(row[f"{GUESSED}_questions"]), row) for row in rows if row[GUESSED]]
    questions = sum(count for count, _ in asked)
    if not questions:
        return None
    return sum(count * float(row[GUESSED]) for count, row in asked) / questions
