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


def add_seasons(
    players: dict[str, Player], batting: pd.DataFrame, pitching: pd.DataFrame, teams: Teams
) -> None:
    """Add each player's seasons, clubs, franchises and games, and the club he played for most.

    The batting table has a row for every stint; if one has none, that of the pitching table counts.
    """
    games_of_franchise: dict[str, Counter[str]] = defaultdict(Counter)
    games_under_name: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    keys = ["playerID", "yearID", "stint", "teamID"]
    both = pd.concat([batting[[*keys, "G"]], pitching[[*keys, "G"]]], ignore_index=True)
    stints = both.drop_duplicates(keys).sort_values(keys[:3])
    for row in rows(stints[["playerID", "yearID", "teamID", "G"]]):
        player, team = players[row["playerID"]], teams[row["teamID"], row["yearID"]]
        franchise = team["franchID"]
        _add_stint(player, row["yearID"], row["teamID"], franchise)
        player.games += row["G"]
        games_of_franchise[player.id][franchise] += row["G"]
        games_under_name[player.id, franchise][team["name"]] += row["G"]
    for player_id, games in games_of_franchise.items():
        player = players[player_id]
        player.main_franchise = _most_frequent(games)
        player.main_club = _most_frequent(games_under_name[player_id, player.main_franchise])


def mark_active(players: dict[str, Player], last_season: int) -> None:
    """Mark the players whose careers may continue: those of the last two seasons."""
    for player in players.values():
        if player.seasons and player.seasons[-1] >= last_season - 1:
            player.as_of = last_season


def mark_cut_off(players: dict[str, Player], first_season: int) -> None:
    """Mark the players who made their debuts before the first season of the tables."""
    for player in players.values():
        debut_year = player.debut[0]
        player.began_before_tables = debut_year is not None and debut_year < first_season


def _add_stint(player: Player, year: int, team: str, franchise: str) -> None:
    clubs = player.clubs.setdefault(year, [])
    if not clubs or clubs[-1] != team:
        clubs.append(team)
    if not player.seasons or player.seasons[-1] != year:
        player.seasons.append(year)
    if franchise not in player.franchises:
        player.franchises.append(franchise)


def _most_frequent(counts: Counter[str]) -> str:
    """The name with the highest count; ties go to the name counted first."""
    return max(counts, key=lambda name: counts[name])


def add_positions(players: dict[str, Player], appearances: pd.DataFrame) -> None:
    """Add each player's most frequent position, in his career and in each season."""
    names = np.array(list(POSITIONS.values()))
    career = appearances.groupby("playerID")[list(POSITIONS)].sum()
    for player_id, games in zip(career.index, career.fillna(0).to_numpy(), strict=True):
        if games.max() > 0:
            player = players[player_id]
            player.position = str(names[games.argmax()])
            counts = zip(names, games, strict=True)
            player.games_at = {str(name): int(count) for name, count in counts if count}
    season = appearances.groupby(["playerID", "yearID"])[list(POSITIONS)].sum()
    for (player_id, year), games in zip(season.index, season.fillna(0).to_numpy(), strict=True):
        if games.max() > 0:
            players[player_id].position_by_year[year] = str(names[games.argmax()])


def add_hall_of_fame(players: dict[str, Player], hall: pd.DataFrame) -> None:
    """Add each person's election to the Hall of Fame, from the table of ballots."""
    elected = hall[hall["inducted"] == "Y"].sort_values("yearID").drop_duplicates("playerID")
    for row in rows(elected):
        if row["playerID"] in players:
            players[row["playerID"]].hall = HallElection(
                year=row["yearID"],
                voters=row["votedBy"],
                category=row["category"],
                votes=row["votes"],
                ballots=row["ballots"],
            )


def add_all_star_years(players: dict[str, Player], all_stars: pd.DataFrame) -> None:
    """Add the seasons in which each player was an All-Star.

    1945 is left out: no game was played, and newspapers named the teams that the table lists.
    """
    played = all_stars[all_stars["yearID"] != 1945]
    selections = played[["playerID", "yearID"]].drop_duplicates().sort_values("yearID")
    for row in rows(selections):
        players[row["playerID"]].all_star_years.append(row["yearID"])


def add_colleges(players: dict[str, Player], attended: pd.DataFrame, schools: pd.DataFrame) -> None:
    """Add the college of each player who attended just one.

    For a player with several, the tables do not say which one counts.
    """
    names = dict(zip(schools["schoolID"], schools["name_full"], strict=True))
    pairs = attended[["playerID", "schoolID"]].drop_duplicates()
    single = pairs[~pairs["playerID"].duplicated(keep=False)]
    for row in rows(single):
        if row["playerID"] in players and names.get(row["schoolID"]):
            players[row["playerID"]].college = names[row["schoolID"]]
