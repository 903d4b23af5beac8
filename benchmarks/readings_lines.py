"""Which cells of benchmarks/readings.py belong together: a line for each setting, over readings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Row = Mapping[str, str]
# What a line may be about, and how its name says so. A person's facts grow with the people.
SETTINGS = {
    "model": "{}",
    "people": "{} people",
    "versions": "versions: {}",
    "pronouns": "pronouns: {}",
    "facts": "{} facts",
    "phrasings": "phrasings: {}",
    "seed": "seed {}",
}
GUESSED = "nowhere"  # the group of facts told nowhere


def lines_of(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each setting, by what tells it from the others, in the order of their readings.

    The settings are in the order of their numbers, with the smallest first.
    """
    all_rows = list(rows)
    names = _telling(all_rows)
    by_setting: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(all_rows, key=lambda row: _sort_key(row, [*names, "readings"])):
        by_setting[tuple(row[name] for name in names)].append(row)
    return {
        ", ".join(SETTINGS[name].format(value) for name, value in zip(names, values)): line
        for values, line in by_setting.items()
    }


def _telling(rows: Sequence[Row]) -> list[str]:
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
    """Numbers by their size, words by the alphabet."""
    return [
        (float(row[name]) if row[name].replace(".", "", 1).isdigit() else 0.0, row[name])
        for name in names
    ]


def guessed_right(rows: Iterable[Row]) -> float | None:
    """The accuracy on all questions about facts told nowhere, in percent; None without any."""
    asked = [(int(row[f"{GUESSED}_questions"]), row) for row in rows if row[GUESSED]]
    questions = sum(count for count, _ in asked)
    if not questions:
        return None
    return sum(count * float(row[GUESSED]) for count, row in asked) / questions
