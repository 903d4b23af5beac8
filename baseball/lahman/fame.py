"""How well known a player is, and a label that tells him apart from his namesakes."""

from collections import defaultdict

import pandas as pd

from baseball import statements
from baseball.lahman.clubs import nickname_of
from baseball.lahman.player import Player
from baseball.lahman.seasons import FIRST_SEASON_OF_BOTH_LEAGUES

# Fame is measured in units of about one run. Each award is worth this many runs.
AWARDS = {
    "Most Valuable Player": 150,
    "Cy Young Award": 150,
    "World Series MVP": 60,
    "Rookie of the Year": 50,
    "Gold Glove": 15,
    "Silver Slugger": 10,
}
ALL_STAR_SEASON = 25
HALL_OF_FAME = 600

# A player with namesakes is labelled by his name alone if his best-known namesake
OBSCURE = 120  # has less fame than this,
TIMES_AS_FAMOUS = 12  # and he has more than this many times the namesake's fame.
MIN_FAME_WITH_CLUB = 200  # for a label with a club: "Frank Thomas of the White Sox"


def add_fame(
    players: dict[str, Player],
    batting: pd.DataFrame,
    pitching: pd.DataFrame,
    awards: pd.DataFrame,
    managers: pd.DataFrame,
) -> None:
    """Add to each person's fame: career figures, awards, wins as a manager and honours.

    `batting` and `pitching` are career totals, one row per player. Fame counts half for careers
    that ended before `FIRST_SEASON_OF_BOTH_LEAGUES`: few of those players are well known today.
    """
    for figures, worth in ((batting, _batting_worth), (pitching, _pitching_worth)):
        for player, runs in zip(figures["playerID"], worth(figures.fillna(0)), strict=True):
            players[player].fame += runs
    for player, award in zip(awards["playerID"], awards["awardID"], strict=True):
        if player in players:
            players[player].fame += AWARDS.get(award, 0)
    for player, wins in managers.groupby("playerID")["W"].sum().items():
        players[player].fame += wins / 3
    for person in players.values():
        person.fame += ALL_STAR_SEASON * len(person.all_star_years)
        if person.hall is not None and person.seasons:
            person.fame += HALL_OF_FAME
        if person.seasons and person.seasons[-1] < FIRST_SEASON_OF_BOTH_LEAGUES:
            person.fame *= 0.5


def _batting_worth(career: pd.DataFrame) -> pd.Series:
    """Total bases, walks, stolen bases, runs scored and batted in, at a tenth of a run each."""
    total_bases = career["H"] + career["2B"] + 2 * career["3B"] + 3 * career["HR"]
    return (total_bases + career["BB"] + career["SB"] + career["R"] + career["RBI"]) / 10


def _pitching_worth(career: pd.DataFrame) -> pd.Series:
    """Wins, strikeouts, saves and shutouts, each weighted in runs."""
    return (10 * career["W"] + career["SO"] + 6 * career["SV"] + 5 * career["SHO"]) / 8


def add_labels(players: dict[str, Player]) -> None:
    """Add a label to each player who can be identified without a year.

    His name alone identifies a player who has no namesakes or is far better known than they are.
    Another well-known player is identified by name and main club, if no namesake played for it.
    """
    namesakes: dict[str, list[Player]] = defaultdict(list)
    for player in players.values():
        if " " in player.name:
            namesakes[player.name].append(player)
    for name, group in namesakes.items():
        group.sort(key=lambda player: -player.fame)
        if _is_known_by_name_alone(group):
            group[0].label = name
        else:
            _add_labels_with_club(group)


def _is_known_by_name_alone(namesakes: list[Player]) -> bool:
    """Whether the name alone means the first of the namesakes, who are in order of fame."""
    if len(namesakes) == 1:
        return True
    first, second = namesakes[:2]
    return second.fame < OBSCURE and first.fame > TIMES_AS_FAMOUS * second.fame


def _add_labels_with_club(namesakes: list[Player]) -> None:
    for player in namesakes:
        franchise, club = player.main_franchise, player.main_club
        if player.fame < MIN_FAME_WITH_CLUB or franchise is None or club is None:
            continue
        others = [other for other in namesakes if other is not player]
        if not any(franchise in other.franchises for other in others):
            player.label = f"{player.name} of the {nickname_of(club)}"
            player.label_states = (statements.club(player.id, franchise),)


def find_shared_names(players: dict[str, Player]) -> set[tuple[str, int]]:
    """(name, year) for each season in which two players of that name were active."""
    owner: dict[tuple[str, int], str] = {}
    shared = set()
    for player in players.values():
        for year in player.seasons:
            if owner.setdefault((player.name, year), player.id) != player.id:
                shared.add((player.name, year))
    return shared
