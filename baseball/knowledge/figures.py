"""The people of the tables whom a text names, and the figures of theirs that it gives away.

    figures = Figures(tables, ["Barry Bonds"])
    figures.stated("In 2001 Bonds hit seventy-three home runs.", ["Barry Bonds"])
    # ('batting:bondsba01:2001:HR',)

A figure counts as given away if a text has the number and a word for the statistic anywhere:
"struck out 383", "383 strikeouts". Whose figure it is does not matter, for a number that one of the
people in the text had in a season or a career is rarely there by chance.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from baseball import statements
from baseball.lahman import Tables, rows
from baseball.statements import BATTING_STATS, PITCHING_STATS
from baseball.wording import batting_average, earned_run_average
from evaluation.normalise import normalise

WORD = r"[A-Z][\w.-]*(?:'[A-Z]\w+)?"  # DiMaggio, O'Neill, Jr.
NAME = re.compile(rf"\b{WORD}(?: (?:de la |de |la |of |the )?{WORD})+")
# Words that begin a sentence, before a name.
OPENERS = {"The", "In", "When", "On", "At", "After", "Before", "As", "For", "With", "Only", "Both"}

AWARD = (" Award", " Awards")  # the Cy Young Award is not about Cy Young

# What a normalised text calls a statistic. Averages need no word: their numbers tell them.
WORDS = {
    "G": r"games?",
    "AB": r"(?:official )?at bats?",
    "R": r"runs scored|scored|scoring|run scorer",
    "H": r"(?:base )?hits?|singles",
    "2B": r"doubles?",
    "3B": r"triples?",
    "HR": r"home ?runs?|homers?|homered|long balls?",
    "RBI": r"runs? batted in|rbis?|dr[ioa]ven? in|driving in",
    "SB": r"stolen bases?|steals?|stole|stealing|bases",
    "BB": r"walks?|walked|bases? on balls",
    "SO": r"strike ?outs?|str[iu](?:ke|ck|king) out|fanned|whiffs?|whiffed",
    "W": r"wins?|won|winning|winners?|victory|victories",
    "L": r"loss|losses|lost|losers?",
    "GS": r"starts?|started",
    "CG": r"complete games?|completed",
    "SHO": r"shut ?outs?",
    "SV": r"saves?|saved",
}
WORD_FOR = {stat: re.compile(rf"\b(?:{words})\b") for stat, words in WORDS.items()}
RATES = ("AVG", "ERA")
NUMBER = re.compile(r"(?<![^\s-])\d+(?:\.\d+)?(?![^\s-])")  # two in a record such as "25-3"
FEWEST = 10  # smaller counts are left aside: a text has too many of them

Figure = tuple[str, str]  # a statistic and its value as a normalised number: ("AVG", "0.406")


def names_in(text: str) -> list[str]:
    """Each name of two or more capitalised words in a text, of a person or anything else, once."""
    return list(dict.fromkeys(map(_without_opener, NAME.findall(text))))


def _without_opener(name: str) -> str:
    """A name without the word that begins its sentence, and without the sentence's full stop."""
    first, _, rest = name.partition(" ")
    name = rest if first in OPENERS else name
    return re.sub(r"(?<!Jr|Sr)[.]$", "", name)


def people_in(text: str) -> list[str]:
    """What may be a person's name: two or more neighbouring words of any name but an award's.

    people_in("Shortstop Neal Ball did it.") -> ['Shortstop Neal', 'Shortstop Neal Ball', ...]
    """
    found: dict[str, None] = {}
    for name in names_in(text):
        if name.endswith(AWARD):
            continue
        words = name.split()
        for start, end in combinations(range(len(words) + 1), 2):
            if end - start > 1:
                found[" ".join(words[start:end])] = None
    return list(found)


def figures_in(text: str) -> list[Figure]:
    """Each number of a text with each statistic that the text has a word for."""
    text = normalise(text)
    numbers = dict.fromkeys(NUMBER.findall(text))
    if not numbers:
        return []
    stats = [stat for stat, words in WORD_FOR.items() if words.search(text)]
    figures = []
    for number in numbers:
        if "." in number:
            figures += [(stat, number) for stat in RATES]
        elif int(number) >= FEWEST:
            figures += [(stat, number) for stat in stats]
    return figures


class Figures:
    """The figures of some people, by name, with the statements that they are."""

    def __init__(self, tables: Tables, names: Collection[str]):
        people: dict[str, str] = {}  # playerID -> name
        for player in tables.players.values():
            if player.name in names:
                people[player.id] = player.name
        self._statements: dict[str, dict[Figure, list[str]]] = defaultdict(dict)
        for frame, figure, stats in (
            (tables.batting, statements.batting, BATTING_STATS),
            (tables.career_batting, statements.batting, BATTING_STATS),
            (tables.pitching, statements.pitching, PITCHING_STATS),
            (tables.career_pitching, statements.pitching, PITCHING_STATS),
        ):
            self._add(people, frame, figure, stats)

    def _add(
        self,
        people: Mapping[str, str],
        frame: pd.DataFrame,
        figure: statements.Figure,
        stats: Collection[str],
    ) -> None:
        for row in rows(frame[frame["playerID"].isin(people)]):
            found = self._statements[people[row["playerID"]]]
            for stat, value in _values(row, stats):
                statement = figure(row["playerID"], row.get("yearID", "career"), stat)
                found.setdefault((stat, value), []).append(statement)

    def of(self, name: str, stat: str, value: str) -> list[str]:
        """The statements that a person of this name had such a figure in a season or a career."""
        return self._statements.get(name, {}).get((stat, value), [])

    def stated(self, text: str, names: Iterable[str]) -> tuple[str, ...]:
        """The statements about some people that a text about them gives away."""
        names = [name for name in names if name in self._statements]
        if not names:
            return ()
        figures = figures_in(text)
        found = [state for name in names for figure in figures for state in self.of(name, *figure)]
        return tuple(dict.fromkeys(found))


def _values(row: Mapping[str, Any], stats: Collection[str]) -> Iterator[Figure]:
    """The statistics of a row that are known and not 0, as normalised numbers."""
    for stat in stats:
        if stat == "AVG":
            value = f"0{batting_average(row['H'], row['AB'])}" if row["AB"] and row["H"] else ""
        elif stat == "ERA":
            is_known = row["IPouts"] and row["ER"] is not None
            value = earned_run_average(row["ER"], row["IPouts"]) if is_known else ""
        else:
            value = str(row[stat] or "")
        if value:
            yield stat, value
