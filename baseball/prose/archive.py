"""The tables indexed for prose: by player, by team and by year; names of awards and figures."""

import copy
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd

from baseball import statements
from baseball.lahman import FIRST_WORLD_SERIES, Leader, Player, Tables, rows
from baseball.prose.document import Chooser, key_of_version

Row = dict[str, Any]
# (year, league, statistic) -> the highest figures as (value, playerID)
Ranking = dict[tuple[int, str, str], list[tuple[int, str]]]

# Lahman's name for an award -> the name in prose
AWARD_NAMES = {
    "Most Valuable Player": "Most Valuable Player award",
    "Cy Young Award": "Cy Young Award",
    "Rookie of the Year": "Rookie of the Year award",
    "Gold Glove": "Gold Glove",
    "Silver Slugger": "Silver Slugger award",
    "World Series MVP": "World Series Most Valuable Player award",
    "ALCS MVP": "Championship Series Most Valuable Player award",
    "NLCS MVP": "Championship Series Most Valuable Player award",
    "All-Star Game MVP": "All-Star Game Most Valuable Player award",
    "Reliever of the Year Award": "Reliever of the Year award",
}
STAT_WORDS = {
    "AVG": "batting average",
    "HR": "home runs",
    "RBI": "runs batted in",
    "H": "hits",
    "R": "runs",
    "2B": "doubles",
    "3B": "triples",
    "SB": "stolen bases",
    "BB": "walks",
    "W": "wins",
    "ERA": "earned run average",
    "SO": "strikeouts",
    "SV": "saves",
    "SHO": "shutouts",
}
RANKED_AT_BAT = ("HR", "RBI", "H", "SB")
RANKED_AS_PITCHER = ("W", "SO", "SV")


class Archive:
    """The tables indexed by player, by team and by year. Built once for all documents.

    `version` is the version in which documents are written from it, 0 for the first.
    """

    def __init__(self, tables: Tables) -> None:
        self.version = 0
        self.tables = tables
        self.players = tables.players

        # By player. A career is one row.
        self.batting = _by_key(tables.batting, "playerID")
        self.pitching = _by_key(tables.pitching, "playerID")
        self.career_batting = {row["playerID"]: row for row in rows(tables.career_batting)}
        self.career_pitching = {row["playerID"]: row for row in rows(tables.career_pitching)}
        self.seasons_managed = _by_key(
            tables.managers.sort_values(["yearID", "inseason"]), "playerID"
        )
        self.leads = _leads(tables.leaders)

        # By (team, year) and by (year, league).
        self.club_batting = _by_key(tables.club_batting, "teamID", "yearID")
        self.club_pitching = _by_key(tables.club_pitching, "teamID", "yearID")
        self.best_known_of_team = {
            team: self._best_known(roster) for team, roster in self.club_batting.items()
        }
        self.standings = _standings(tables.teams.values())
        self.batting_ranks = _four_best(tables.league_batting, RANKED_AT_BAT)
        self.pitching_ranks = _four_best(tables.league_pitching, RANKED_AS_PITCHER)

        awards = _awards_with_names(tables)
        self.awards = _grouped(awards, "playerID")
        self.awards_of_year = _grouped(awards, "yearID")
        self.managers_of_the_year = _managers_of_the_year(tables.manager_awards)

        # The postseason.
        self.series = {(series["yearID"], series["round"]): series for series in tables.series}
        self.series_of_team = _series_of_team(tables.series)
        self.series_of_year = _grouped(tables.series, "yearID")
        self.series_batting = _grouped(rows(_of_world_series(tables.post_batting)), "yearID")
        self.series_pitching = _grouped(rows(_of_world_series(tables.post_pitching)), "yearID")
        self.series_years = _series_years(self.series_batting)

    def in_version(self, version: int) -> "Archive":
        """The same archive, from which documents are written in another version."""
        other = copy.copy(self)
        other.version = version
        return other

    def chooser(self, *key: Any) -> Chooser:
        """The choices of a document in this version; `key` is the document's."""
        return Chooser(*key, *key_of_version(self.version))

    def club(self, team: str, year: int) -> Row:
        """The row of a team's season."""
        return self.tables.teams[team, year]

    def played_for(self, player: str, year: int, team: str) -> tuple[str, str]:
        """The statements of a sentence that shows the player with the team in that year."""
        return statements.played_for(player, year, self.tables.franchise_of(team, year))

    def is_whole_season(self, player: str, year: int) -> bool:
        """Whether he played for one club only, so that his figures for it are his season's."""
        return len(set(self.players[player].clubs[year])) == 1

    def _best_known(self, roster: list[Row]) -> list[Player]:
        """Up to eight players of a team who played at least 20 games, the best known first."""
        members = [self.players[row["playerID"]] for row in roster if row["G"] >= 20]
        return sorted(members, key=lambda player: (-player.fame, player.id))[:8]


def award_statements(archive: Archive, row: Row) -> tuple[str, ...]:
    """The statements of a sentence that names the winner of an award and his club.

    For an award given in a series, these include who played in the series and who won it.
    """
    year = row["yearID"]
    states = (statements.award_given(row),)
    code = statements.AWARD_CODES[row["awardID"]]
    rounds = {"LCSMVP": f"{row['lgID']}CS", "WSMVP": "WS"}
    series = archive.series.get((year, rounds.get(code, "")))
    if series is None:  # an award of a season, or there is no table of series
        return states
    return *states, *statements.series_result(series)


def row_of_year(history: Iterable[Row], year: int) -> Row | None:
    """The row of a year among a player's seasons, or None."""
    return next((row for row in history if row["yearID"] == year), None)


def _by_key(frame: pd.DataFrame, *keys: str) -> dict[Any, list[Row]]:
    """The frame's rows grouped by one column, or by the tuple of several."""
    return dict(_grouped(rows(frame), *keys))


def _grouped(records: Iterable[Row], *keys: str) -> defaultdict[Any, list[Row]]:
    groups = defaultdict(list)
    for row in records:
        key = row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)
        groups[key].append(row)
    return groups


def _leads(
    leaders: dict[tuple[int, str, str], Leader],
) -> defaultdict[tuple[str, int], list[tuple[str, str, bool]]]:
    """(player, year) -> (league, statistic, whether he shared the lead) for each lead"""
    leads = defaultdict(list)
    for (year, league, stat), leader in leaders.items():
        is_shared = len(leader.players) > 1
        for player in leader.players:
            leads[player, year].append((league, stat, is_shared))
    return leads


def _standings(teams: Iterable[Row]) -> defaultdict[tuple[int, str], list[Row]]:
    """(year, league) -> its teams by won-lost percentage, the best first"""
    standings = _grouped(teams, "yearID", "lgID")
    for group in standings.values():
        group.sort(key=lambda row: (-row["W"] / max(1, row["W"] + row["L"]), row["Rank"]))
    return standings


def _four_best(frame: pd.DataFrame, stats: tuple[str, ...]) -> Ranking:
    """(year, league, statistic) -> the four highest figures as (value, player)"""
    ranking = defaultdict(list)
    for stat in stats:
        ordered = frame[frame[stat] > 0].sort_values([stat, "playerID"], ascending=[False, True])
        best = ordered.groupby(["yearID", "lgID"]).head(4)
        for row in rows(best[["yearID", "lgID", "playerID", stat]]):
            ranking[row["yearID"], row["lgID"], stat].append((row[stat], row["playerID"]))
    return dict(ranking)


def _awards_with_names(tables: Tables) -> list[Row]:
    """The awards in `AWARD_NAMES` that went to known players, in order of years."""
    in_order = tables.awards.sort_values(["yearID", "awardID", "lgID", "playerID"])
    return [
        row
        for row in rows(in_order)
        if row["awardID"] in AWARD_NAMES and row["playerID"] in tables.players
    ]


def _managers_of_the_year(manager_awards: pd.DataFrame) -> dict[tuple[int, str], list[str]]:
    """(year, league) -> the managers chosen by the baseball writers"""
    chosen = manager_awards[manager_awards["awardID"] == statements.MANAGER_OF_THE_YEAR]
    by_league = _by_key(chosen, "yearID", "lgID")
    return {league: [row["playerID"] for row in group] for league, group in by_league.items()}


def _series_of_team(all_series: list[Row]) -> defaultdict[tuple[str, int], list[Row]]:
    """(team, year) -> its postseason series"""
    found = defaultdict(list)
    for series in all_series:
        found[series["teamIDwinner"], series["yearID"]].append(series)
        found[series["teamIDloser"], series["yearID"]].append(series)
    return found


def _of_world_series(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a postseason table that belong to World Series, from `FIRST_WORLD_SERIES` on."""
    return frame[(frame["yearID"] >= FIRST_WORLD_SERIES) & (frame["round"] == "WS")]


def _series_years(series_batting: dict[int, list[Row]]) -> defaultdict[str, list[int]]:
    """player -> the years of the World Series in which he played"""
    found = defaultdict(list)
    for year, group in sorted(series_batting.items()):
        for row in group:
            found[row["playerID"]].append(year)
    return found
