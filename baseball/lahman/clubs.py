"""Teams' seasons, franchises, and the names of clubs and ballparks."""

import re
from collections import defaultdict
from typing import Any

import pandas as pd

from baseball.lahman.data_files import names
from baseball.lahman.frames import rows

Row = dict[str, Any]
Teams = dict[tuple[str, int], Row]  # (teamID, yearID) -> the team's row, with nickname and city

ANGELS_LONG_NAME = "Los Angeles Angels of Anaheim"
# The club dropped the long name after this year; the tables still use it.
ANGELS_LAST_LONG_NAME = 2015
REBUILDING = re.compile(r" (I|II|III|IV|V)$")


def read_teams(frame: pd.DataFrame) -> Teams:
    """The table of teams, with the club's name in that year, its "nickname" and its "city".

    "parks" lists the names of the team's ballparks; none if names.toml doubts one in that year.
    """
    teams = {}
    for row in rows(frame):
        row["lgID"] = row["lgID"] or "NA"
        row["name"], row["nickname"], row["city"] = _club_name(row["name"], row["yearID"])
        parks = (row["park"] or "").split("/")
        names_of_parks = [park_name(park) for park in parks if park.strip()]
        are_certain = all(_is_certain(park, row["yearID"]) for park in names_of_parks)
        row["parks"] = names_of_parks if are_certain else []
        teams[row["teamID"], row["yearID"]] = row
    return teams


def _club_name(name: str, year: int) -> tuple[str, str, str]:
    """The club's name in a year, its nickname and its city, from the name in the table."""
    for old, new in names().club_replacements.items():
        name = name.replace(old, new)
    if name == ANGELS_LONG_NAME:
        short_name = "Los Angeles Angels"
        full_name = name if year <= ANGELS_LAST_LONG_NAME else short_name
        return full_name, "Angels", "Los Angeles"
    nickname = nickname_of(name)
    return name, nickname, name.removesuffix(nickname).strip()


def nickname_of(club: str) -> str:
    """The nickname in a club's full name: nickname_of("Boston Red Sox") -> 'Red Sox'"""
    if club == ANGELS_LONG_NAME:
        return "Angels"
    for nickname in names().two_word_nicknames:
        if club.endswith(nickname):
            return nickname
    return club.split()[-1]


def park_name(park: str) -> str:
    """park_name("Sportsman's Park IV") -> "Sportsman's Park"

    The numbers tell rebuilt parks apart; they were never part of the name.
    """
    name = REBUILDING.sub("", park.strip())
    for old, new in names().park_replacements.items():
        name = name.replace(old, new)
    return name


def _is_certain(park: str, year: int) -> bool:
    """Whether a ballpark had this name, and its club no other park, in that year."""
    spans = names().seasons_without_park.get(park, ())
    return not any(first <= year <= last for first, last in spans)


def read_parks(parks: pd.DataFrame) -> dict[str, Row]:
    """parkkey -> the ballpark's row."""
    return {row["parkkey"]: {**row, "parkname": park_name(row["parkname"])} for row in rows(parks)}


def group_by_franchise(teams: Teams) -> dict[str, list[Row]]:
    """franchID -> its teams' rows in order of years."""
    franchises = defaultdict(list)
    for row in sorted(teams.values(), key=lambda row: row["yearID"]):
        franchises[row["franchID"]].append(row)
    return dict(franchises)


def find_pennants(teams: Teams) -> dict[tuple[int, str], str]:
    """(yearID, league) -> teamID of the pennant winner."""
    return {
        (row["yearID"], row["lgID"]): team
        for (team, _), row in teams.items()
        if row["LgWin"] == "Y"
    }
