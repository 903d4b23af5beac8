"""Reads the table of people: names, births, deaths, height and weight."""

import re
import unicodedata
from typing import Any

import pandas as pd

from baseball.lahman.data_files import names, places
from baseball.lahman.frames import rows
from baseball.lahman.player import Event, Player

BATS = {"R": "right", "L": "left", "B": "both"}
THROWS = {"R": "right", "L": "left"}
INITIALS = re.compile(r"[A-Z]\.? [A-Z]\.?")
MIN_HEIGHT = 60  # inches; smaller figures in the table are errors
MIN_WEIGHT = 100  # pounds


def read_players(people: pd.DataFrame) -> dict[str, Player]:
    """playerID -> Player, from the table of people."""
    debut = people["debut"].dt
    dates = {"debutYear": debut.year, "debutMonth": debut.month, "debutDay": debut.day}
    people = people.drop(columns=["debut"]).assign(**dates)
    return {row["playerID"]: _player(row) for row in rows(people)}


def _player(row: dict[str, Any]) -> Player:
    first, last = _first_name(row), _without_accents(row["nameLast"]) or ""
    given = _without_accents(row["nameGiven"])
    full_name = f"{first} {last}" if first else last
    height, weight = row["height"] or 0, row["weight"] or 0
    return Player(
        id=row["playerID"],
        name=names().generations.get(row["playerID"], full_name),
        last=last,
        given=given if first and given and given != last else None,
        birth=_event(row, "birth"),
        death=_event(row, "death"),
        debut=(row["debutYear"], row["debutMonth"], row["debutDay"]),
        bats=BATS.get(row["bats"]),
        throws=THROWS.get(row["throws"]),
        height=height if height >= MIN_HEIGHT else None,
        weight=weight if weight >= MIN_WEIGHT else None,
    )


def _first_name(row: dict[str, Any]) -> str | None:
    """The first name. Initials lose their space: "C. C." and "J C" become "C.C." and "J.C."."""
    first = _without_accents(row["nameFirst"])
    if first and INITIALS.fullmatch(first):
        return f"{first[0]}.{first.rstrip('.')[-1]}."
    return first


def _without_accents(text: str | None) -> str | None:
    """Plain ASCII text: the tables have accents in a few recent names only."""
    if text is None:
        return None
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _event(row: dict[str, Any], prefix: str) -> Event:
    """A birth or death, from the columns of a person's row that start with `prefix`."""
    country, state = row[f"{prefix}Country"], row[f"{prefix}State"]
    if country == "USA":
        state = places().us_states.get(state)
    elif country in ("CAN", "Canada"):
        state = places().canadian_provinces.get(state, state)
    return {
        "year": row[f"{prefix}Year"],
        "month": row[f"{prefix}Month"],
        "day": row[f"{prefix}Day"],
        "city": _without_accents(row[f"{prefix}City"]),
        "state": _without_accents(state),
        "country": places().countries.get(country, country),
    }
