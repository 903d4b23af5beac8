"""How well known a player is, and by which name he can be told from his namesakes."""

from collections import defaultdict

import pandas as pd

from baseball import statements
from baseball.lahman.clubs import nickname_of
from baseball.lahman.player import Player

# Fame is in units of about one run. These are worth as much as so many runs.
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
FIRST_WELL_KNOWN_SEASON = 1901  # few questions are about the nineteenth century

# When a name alone is a player's label although he has namesakes:
OBSCURE = 120  # the best-known namesake has less fame than this,
TIMES_AS_FAMOUS = 12  # and the player has more than so many times that
LEAST_FAME_WITH_CLUB = 200  # for a label with a club: "Frank Thomas of the White Sox"


def add_fame(
    players: dict[str, Player],
    batting: pd.DataFrame,
    pitching: pd.DataFrame,
    awards: pd.DataFrame,
    managers: pd.DataFrame,
) -> None:
    """Add how much a reader is likely to care: a player's figures and the honours he received.

    `batting` and `pitching` are career totals, one row a player.
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
        if person.seasons and person.seasons[-1] < FIRST_WELL_KNOWN_SEASON:
            person.fame *= 0.5


def _batting_worth(career: pd.DataFrame) -> pd.Series:
    """Total bases, walks, stolen bases, runs scored and batted in, a tenth of a run each."""
    total_bases = career["H"] + career["2B"] + 2 * career["3B"] + 3 * career["HR"]
    return (total_bases + career["BB"] + career["SB"] + career["R"] + career["RBI"]) / 10


def _pitching_worth(career: pd.DataFrame) -> pd.Series:
    return (10 * career["W"] + career["SO"] + 6 * career["SV"] + 5 * career["SHO"]) / 8


def add_labels(players: dict[str, Player]) -> None:
    """Add a label to each player whose name identifies him without a year.

    That is a player without namesakes, a player who far outshines them, or one whom his main club
    tells apart from them.
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
    """Whether the name means the first of the players, who are in order of fame."""
    if len(namesakes) == 1:
        return True
    first, second = namesakes[:2]
    return second.fame < OBSCURE and first.fame > TIMES_AS_FAMOUS * second.fame


def _add_labels_with_club(namesakes: list[Player]) -> None:
    for player in namesakes:
        franchise, club = player.main_franchise, player.main_club
        if player.fame < LEAST_FAME_WITH_CLUB or franchise is None or club is None:
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
