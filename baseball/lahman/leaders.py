"""Who led a league in a statistic, by the rules of the time."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from baseball.lahman.clubs import Teams
from baseball.lahman.data_files import corrections
from baseball.lahman.frames import rows
from baseball.lahman.seasons import (
    FIRST_MAJOR_SEASON,
    FIRST_SEASON_OF_BOTH_LEAGUES,
    FIRST_SEASON_WITH_SAVES,
    SHORTENED_SEASONS,
)
from baseball.lahman.table_files import BOTH_LEAGUES
from baseball.lahman.totals import OTHER_PLATE_APPEARANCES, Totals
from baseball.wording import batting_average, earned_run_average

LED_BATTING = ["HR", "RBI", "H", "R", "2B", "3B", "SB", "BB"]
LED_PITCHING = ["W", "SO", "SV", "SHO"]
LED_BATTING_IN_BOTH_LEAGUES = ["HR", "RBI", "SB"]
LED_PITCHING_IN_BOTH_LEAGUES = ["W", "SO"]

# The first season with leaders. Stolen bases were first counted in 1886, and by today's rule in
# 1898. Batting averages start in 1893, when the pitching distance became what it is today.
FIRST_SEASONS = {
    "SB": 1898,
    "SV": FIRST_SEASON_WITH_SAVES,
    "AVG": 1893,
    "ERA": FIRST_SEASON_OF_BOTH_LEAGUES,
}
FIRST_FIXED_SCHEDULE = 1904

# From this season on, a batting champion needs 3.1 plate appearances per scheduled game.
FIRST_SEASON_BY_APPEARANCES = 1957
APPEARANCES_A_GAME = 3.1
MIN_AT_BATS = 100  # keeps out players with a few real at-bats and hundreds of added ones


@dataclass(frozen=True)
class Leader:
    """The highest figure of a league's season, or the lowest earned run average."""

    value: int | str  # a count, or an average as it is printed: ".356"
    players: tuple[str, ...]  # playerIDs of all who share the lead


Leaders = dict[tuple[int, str, str], Leader]  # (yearID, league, statistic) -> leader


def find_leaders(batting: Totals, pitching: Totals, teams: Teams) -> Leaders:
    """The leaders in each statistic, of each league and (under "ML") of both leagues together.

    Disputed titles are left out.
    """
    leaders: Leaders = {}
    for totals, stats in ((batting, LED_BATTING), (pitching, LED_PITCHING)):
        for stat in stats:
            first = FIRST_SEASONS.get(stat, FIRST_MAJOR_SEASON)
            counted = totals.league[totals.league["yearID"] >= first]
            _add_highest_counts(leaders, counted, stat)
    for totals, stats in (
        (batting, LED_BATTING_IN_BOTH_LEAGUES),
        (pitching, LED_PITCHING_IN_BOTH_LEAGUES),
    ):
        both_leagues = totals.season[totals.season["yearID"] >= FIRST_SEASON_OF_BOTH_LEAGUES]
        for stat in stats:
            _add_highest_counts(leaders, both_leagues.assign(lgID=BOTH_LEAGUES), stat)
    _add_batting_champions(leaders, _with_team_games(batting, teams))
    _add_earned_run_champions(leaders, _with_team_games(pitching, teams))
    for title in corrections().disputed_titles:
        leaders.pop(title, None)
    return leaders


def _add_highest_counts(leaders: Leaders, frame: pd.DataFrame, stat: str) -> None:
    """Add all who share the highest count; none if any count of that league and year is missing."""
    seasons = [frame["yearID"], frame["lgID"]]
    highest = frame.groupby(["yearID", "lgID"])[stat].transform("max")
    is_complete = frame[stat].notna().groupby(seasons).transform("all")
    first = frame[(frame[stat] == highest) & is_complete & (frame[stat] > 0)]
    for row in rows(first[["yearID", "lgID", "playerID", stat]]):
        _add_leader(leaders, row, stat, row[stat])


def _add_leader(leaders: Leaders, row: dict, stat: str, value: int | str) -> None:
    """Add the player of a row, who shares the lead with players added before."""
    key = row["yearID"], row["lgID"], stat
    others = leaders[key].players if key in leaders else ()
    leaders[key] = Leader(value, (*others, row["playerID"]))


def _with_team_games(totals: Totals, teams: Teams) -> pd.DataFrame:
    """The totals by league, with the scheduled games of the player's team as `team_games`.

    A full schedule has 154 games, and later 162. In a shortened season, and before schedules were
    fixed, it is the number of games that the team played (for a player with several teams, the
    largest), but at most a full schedule: replayed ties could make a team play more.
    """
    stints = totals.stints[["playerID", "yearID", "lgID", "teamID"]].copy()
    seasons = zip(stints["teamID"], stints["yearID"], strict=True)
    stints["team_games"] = [teams[season]["G"] for season in seasons]
    played = stints.groupby(["playerID", "yearID", "lgID"])["team_games"].max().reset_index()
    frame = totals.league.merge(played, on=["playerID", "yearID", "lgID"])
    year, league = frame["yearID"], frame["lgID"]
    has_162_games = (year >= 1962) | ((year == 1961) & (league == "AL"))
    schedule = np.where(has_162_games, 162, 154)
    is_full = ~year.isin(SHORTENED_SEASONS) & (year >= FIRST_FIXED_SCHEDULE)
    frame["team_games"] = np.where(is_full, schedule, np.minimum(frame["team_games"], schedule))
    return frame


def _add_batting_champions(leaders: Leaders, frame: pd.DataFrame) -> None:
    """Add the champions in batting average.

    Since 1957 a champion needs 3.1 plate appearances per scheduled game. A player with fewer still
    wins if his average would be the highest with the missing ones added as hitless at-bats, as Tony
    Gwynn's was in 1996.
    """
    frame = frame[(frame["yearID"] >= FIRST_SEASONS["AVG"]) & (frame["AB"] > 0)]
    columns = ["AB", "BB", *OTHER_PLATE_APPEARANCES]
    appearances = frame[columns].fillna(0).sum(axis=1)
    needed = (APPEARANCES_A_GAME * frame["team_games"]).astype(int)
    is_counted = frame["yearID"] >= FIRST_SEASON_BY_APPEARANCES
    hitless = np.where(is_counted, np.maximum(needed - appearances, 0), 0)
    qualifies = _qualifies_for_batting_title(frame) & (frame["AB"] > MIN_AT_BATS)
    average = frame["H"] / (frame["AB"] + hitless)
    for row in _best_rates(frame.assign(rate=average)[qualifies], "max"):
        _add_leader(leaders, row, "AVG", batting_average(row["H"], row["AB"]))


def _qualifies_for_batting_title(frame: pd.DataFrame) -> np.ndarray:
    """A flag for each row, by the rule of its season.

    Before 1920: 60% of the team's games. From 1920: 100 games, but 400 at-bats in the American
    League from 1936. From 1945: 2.6 at-bats per team game. From 1957 everybody qualifies, because
    missing plate appearances count as hitless at-bats.
    """
    year, league, games = frame["yearID"], frame["lgID"], frame["team_games"]
    rules = [
        (year >= FIRST_SEASON_BY_APPEARANCES, True),
        (year >= 1945, frame["AB"] >= 2.6 * games),
        ((year >= 1936) & (league == "AL"), frame["AB"] >= 400),
        (year >= 1920, frame["G"] >= 100),
    ]
    periods, conditions = zip(*rules)
    return np.select(periods, conditions, default=frame["G"] >= 0.6 * games)


def _add_earned_run_champions(leaders: Leaders, frame: pd.DataFrame) -> None:
    """Add the champions in earned run average, who need one inning per scheduled game."""
    has_innings = frame["IPouts"] >= 3 * frame["team_games"]
    frame = frame[(frame["yearID"] >= FIRST_SEASONS["ERA"]) & has_innings]
    for row in _best_rates(frame.assign(rate=frame["ER"] / frame["IPouts"]), "min"):
        _add_leader(leaders, row, "ERA", earned_run_average(row["ER"], row["IPouts"]))


def _best_rates(frame: pd.DataFrame, best: Literal["max", "min"]) -> list[dict]:
    """The rows with the best `rate` of their league and year, without that column."""
    best_of_league = frame.groupby(["yearID", "lgID"])["rate"].transform(best)
    return rows(frame[frame["rate"] == best_of_league].drop(columns="rate"))
