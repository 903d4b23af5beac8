"""What each player did, from several tables: seasons, clubs, positions, honours, college."""

from collections import Counter, defaultdict

import numpy as np
import pandas as pd

from baseball.lahman.clubs import Teams
from baseball.lahman.frames import rows
from baseball.lahman.player import HallElection, Player

POSITIONS = {
    "G_p": "pitcher",
    "G_c": "catcher",
    "G_1b": "first baseman",
    "G_2b": "second baseman",
    "G_3b": "third baseman",
    "G_ss": "shortstop",
    "G_of": "outfielder",
    "G_dh": "designated hitter",
}


def add_seasons(players: dict[str, Player], batting: pd.DataFrame, teams: Teams) -> None:
    """Add each player's seasons, clubs, franchises and games, and the club he played for most."""
    games_of_franchise: dict[str, Counter[str]] = defaultdict(Counter)
    games_under_name: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    stints = batting.sort_values(["playerID", "yearID", "stint"])
    for row in rows(stints[["playerID", "yearID", "teamID", "G"]]):
        player, team = players[row["playerID"]], teams[row["teamID"], row["yearID"]]
        franchise = team["franchID"]
        _add_stint(player, row["yearID"], row["teamID"], franchise)
        player.games += row["G"]
        games_of_franchise[player.id][franchise] += row["G"]
        games_under_name[player.id, franchise][team["name"]] += row["G"]
    for identity, games in games_of_franchise.items():
        player = players[identity]
        player.main_franchise = _most_frequent(games)
        player.main_club = _most_frequent(games_under_name[identity, player.main_franchise])


def _add_stint(player: Player, year: int, team: str, franchise: str) -> None:
    clubs = player.clubs.setdefault(year, [])
    if not clubs or clubs[-1] != team:
        clubs.append(team)
    if not player.seasons or player.seasons[-1] != year:
        player.seasons.append(year)
    if franchise not in player.franchises:
        player.franchises.append(franchise)


def _most_frequent(counts: Counter[str]) -> str:
    """The name with the highest count; ties go to the one that was counted first."""
    return max(counts, key=lambda name: counts[name])


def add_positions(players: dict[str, Player], appearances: pd.DataFrame) -> None:
    """Add the position at which a player appeared most, in his career and in each season."""
    names = np.array(list(POSITIONS.values()))
    career = appearances.groupby("playerID")[list(POSITIONS)].sum()
    for identity, games in zip(career.index, career.fillna(0).to_numpy(), strict=True):
        if games.max() > 0:
            player = players[identity]
            player.position = str(names[games.argmax()])
            counts = zip(names, games, strict=True)
            player.games_at = {str(name): int(count) for name, count in counts if count}
    season = appearances.groupby(["playerID", "yearID"])[list(POSITIONS)].sum()
    for (identity, year), games in zip(season.index, season.fillna(0).to_numpy(), strict=True):
        if games.max() > 0:
            players[identity].position_by_year[year] = str(names[games.argmax()])


def add_hall_of_fame(players: dict[str, Player], hall: pd.DataFrame) -> None:
    elected = hall[hall["inducted"] == "Y"].sort_values("yearid").drop_duplicates("playerID")
    for row in rows(elected):
        if row["playerID"] in players:
            players[row["playerID"]].hall = HallElection(
                year=row["yearid"],
                voters=row["votedBy"],
                category=row["category"],
                votes=row["votes"],
                ballots=row["ballots"],
            )


def add_all_star_years(players: dict[str, Player], all_stars: pd.DataFrame) -> None:
    """No game was played in 1945; the teams in the table were named by newspapers afterwards."""
    played = all_stars[all_stars["yearID"] != 1945]
    selections = played[["playerID", "yearID"]].drop_duplicates().sort_values("yearID")
    for row in rows(selections):
        players[row["playerID"]].all_star_years.append(row["yearID"])


def add_colleges(players: dict[str, Player], attended: pd.DataFrame, schools: pd.DataFrame) -> None:
    """Only for players with a single school: of several, the table does not say which is meant."""
    names = dict(zip(schools["schoolID"], schools["name_full"], strict=True))
    pairs = attended[["playerID", "schoolID"]].drop_duplicates()
    single = pairs[~pairs["playerID"].duplicated(keep=False)]
    for row in rows(single):
        if row["playerID"] in players and names.get(row["schoolID"]):
            players[row["playerID"]].college = names[row["schoolID"]]
