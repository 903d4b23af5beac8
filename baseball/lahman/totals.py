"""The counts of the batting and pitching tables, summed over stints in four ways."""

from dataclasses import dataclass

import pandas as pd

from baseball.lahman.clubs import Teams
from baseball.lahman.frames import sum_stints
from baseball.lahman.seasons import FIRST_MAJOR_SEASON

COUNTED_BATTING = ["G", "AB", "R", "H", "2B", "3B", "HR", "RBI", "SB", "BB", "SO"]
COUNTED_PITCHING = ["W", "L", "G", "GS", "CG", "SHO", "SV", "IPouts", "H", "ER", "BB", "SO"]
OTHER_PLATE_APPEARANCES = ["HBP", "SH", "SF"]  # with AB and BB: all plate appearances


@dataclass(frozen=True)
class Totals:
    """The batting or pitching table and its sums."""

    stints: pd.DataFrame  # the table itself: one row per player, season and stint with a team
    season: pd.DataFrame  # one row per player and season
    league: pd.DataFrame  # one row per player, season and league
    club: pd.DataFrame  # one row per player, season and team, with its franchID
    career: pd.DataFrame  # one row per player, from 1876 on


def batting_totals(stints: pd.DataFrame, teams: Teams) -> Totals:
    """Sums of the batting table; those by league include all plate appearances."""
    in_league = [*COUNTED_BATTING, *OTHER_PLATE_APPEARANCES]
    return _totals(stints, teams, COUNTED_BATTING, in_league)


def pitching_totals(stints: pd.DataFrame, teams: Teams) -> Totals:
    """Sums of the pitching table."""
    return _totals(stints, teams, COUNTED_PITCHING, COUNTED_PITCHING)


def _totals(stints: pd.DataFrame, teams: Teams, columns: list[str], in_league: list[str]) -> Totals:
    in_majors = stints[stints["yearID"] >= FIRST_MAJOR_SEASON]
    club = sum_stints(stints, ["playerID", "yearID", "teamID"], columns)
    seasons_of_teams = zip(club["teamID"].tolist(), club["yearID"].tolist(), strict=True)
    franchises = [teams[season]["franchID"] for season in seasons_of_teams]
    return Totals(
        stints=stints,
        season=sum_stints(stints, ["playerID", "yearID"], columns),
        league=sum_stints(stints, ["playerID", "yearID", "lgID"], in_league),
        club=club.assign(franchID=pd.Series(franchises, dtype=object)),
        career=sum_stints(in_majors, ["playerID"], columns),
    )
