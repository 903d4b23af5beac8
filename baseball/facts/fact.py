"""Fact."""

from dataclasses import dataclass
from itertools import islice
from zlib import crc32

import pandas as pd

from baseball.lahman import (
    Player,
    Tables,
    club_ids,
    join_names,
    possessive,
    rows,
)


@dataclass(frozen=True)
class Fact:
    """One thing that can be asked, in several phrasings, with its answer as a sentence."""

    kind: str
    questions: tuple[
        str, ...
    ]  # phrasings of one question, in the same order for all facts of the kind
    answer: str
    accepted: tuple[str, ...]  # any one of them in an answer makes it right; lower-case
    states: tuple[str, ...]  # what it gives away, the value asked for first


SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()


TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


ORDINALS = "_ first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth".split()


MONTHS = "_ January February March April May June July August September October November December".split()


DIVISIONS = {"E": "East", "C": "Central", "W": "West"}


def in_words(number: int) -> str:
    """in_words(61) -> 'sixty-one', for numbers under a hundred"""
    if number < 20:
        return SMALL_NUMBERS[number]
    tens, ones = divmod(number, 10)
    return TENS[tens] + (f"-{SMALL_NUMBERS[ones]}" if ones else "")


def number_forms(number: int) -> tuple[str, ...]:
    """number_forms(60) -> ('60', 'sixty'); number_forms(4256) -> ('4,256', '4256')"""
    if number >= 1000:
        return f"{number:,}", str(number)
    return (str(number), in_words(number)) if number < 100 else (str(number),)


def person_forms(player: Player) -> tuple[str, ...]:
    """person_forms(Shoeless Joe Jackson) -> ('shoeless joe jackson', 'joe jackson', 'jackson')"""
    name = player.name.lower()
    plain = name.removesuffix(" jr.").removesuffix(" sr.")
    forms = [name, plain, player.last.lower()]
    words = plain.split()
    if len(words) == 3 and words[1] in (
        "joe",
        "sam",
        "bill",
        "john",
        "ray",
        "jim",
    ):  # the nickname stands before the first name
        forms.insert(2, " ".join(words[1:]))
    return tuple(dict.fromkeys(forms))


def club_forms(row: dict) -> tuple[str, ...]:
    """club_forms(the row of the 1927 Yankees) -> ('yankees', 'new york yankees')"""
    return tuple(dict.fromkeys((row["nickname"].lower(), row["name"].lower())))


def _fact(
    kind: str,
    questions: tuple[str, ...],
    fields: dict,
    answer: str,
    accepted: tuple[str, ...],
    states: tuple[str, ...],
) -> Fact:
    answer = answer.format_map(fields).replace("Jr..", "Jr.").replace("Sr..", "Sr.")
    return Fact(
        kind,
        tuple(question.format_map(fields) for question in questions),
        answer,
        accepted,
        tuple(dict.fromkeys(states)),
    )


def _person(tables: Tables, player: str, **more) -> dict:
    """The fields of a question that names a player and a year."""
    name = tables.players[player].name
    return {"name": name, "owner": possessive(name), **more}


def _labelled(player: Player, **more) -> dict:
    """The fields of a question about a player with no year to tell him from his namesakes."""
    return {"name": player.label, "owner": possessive(player.label), **more}


def _team(row: dict, **more) -> dict:
    return {
        "team": row["name"],
        "nickname": row["nickname"],
        "owner": possessive(row["name"]),
        "year": row["yearID"],
        **more,
    }


def _best_known(tables: Tables, count: int, wanted=lambda player: True) -> list[Player]:
    """The `count` players of most fame who can be named without a year and whom `wanted` accepts."""
    return list(
        islice((player for player in tables.by_fame if player.label and wanted(player)), count)
    )


def _best_seasons(
    tables: Tables, frame: pd.DataFrame, stat: str, minimum: int, count: int, led: str | None = None
) -> list[dict]:
    """Rows of a player-and-year frame with at least `minimum` of a statistic: stars and big years first.

    To have led the league in it (in `led`, where the statistic is only a measure of playing time) counts tenfold: that lets the one
    great season of a man otherwise forgotten, 67 doubles or 36 triples, in among the stars' everyday years.
    """
    frame = frame[(frame[stat] >= minimum) & (frame["yearID"] >= 1876)]
    leaders = {
        (player, year)
        for (year, _, title), leader in tables.leaders.items()
        if title == (led or stat)
        for player in leader.players
    }
    fame = [
        tables.players[player].fame * (10 if (player, year) in leaders else 1)
        if tables.is_clear(player, year)
        else 0
        for player, year in zip(frame["playerID"], frame["yearID"], strict=True)
    ]
    order = (pd.Series(fame, index=frame.index) * (frame[stat] / minimum) ** 2).sort_values(
        ascending=False, kind="stable"
    )
    return rows(frame.loc[order[order > 0].index[:count]])


def _clubs_combined(tables: Tables, player: str, year: int) -> tuple[str, tuple[str, ...]]:
    """For a man who changed clubs, the words that say the figure is for all of them, and what they state."""
    clubs = list(dict.fromkeys(tables.players[player].clubs[year]))
    if len(clubs) == 1:
        return "", ()
    if len(clubs) > 2:
        return f", with {in_words(len(clubs))} clubs combined", (f"playedfor:{player}:{year}",)
    names = join_names([f"the {tables.team_name(club, year)}" for club in clubs])
    return f", with {names} combined", tuple(
        state for club in clubs for state in club_ids(tables, player, year, club)
    )


def _shuffle_key(*parts) -> int:
    """A stable pseudo-random number, for choices that must not depend on the run."""
    return crc32(":".join(map(str, parts)).encode())
