"""Who managed a team, and for how many games."""

from collections import defaultdict

import numpy as np
import pandas as pd

from baseball.lahman.data_files import corrections
from baseball.lahman.frames import rows

FIRST_SEASON_WITH_STAND_INS = 2000  # the table records none before
MAX_GAMES_OF_STAND_IN = 12


def credit_stand_ins(managers: pd.DataFrame) -> tuple[pd.DataFrame, set[tuple[str, int]]]:
    """The table without coaches who stood in for a manager, and the seasons that are unclear.

    A stand-in's games are officially credited to the manager, so they are added to his. If the team
    had several managers, the table does not say whom the coach stood in for: his games are dropped,
    and the second value, a set of (teamID, yearID), holds the season.
    """
    is_stand_in = _is_stand_in(managers)
    stand_in_games = managers[is_stand_in].groupby(["teamID", "yearID"])[["G", "W", "L"]].sum()
    managers = managers[~is_stand_in].copy()
    is_only_manager = ~managers.duplicated(["teamID", "yearID"], keep=False)
    unclear = set(corrections().long_stand_ins)
    for (team, year), games in stand_in_games.iterrows():
        season = (managers["teamID"] == team) & (managers["yearID"] == year)
        if is_only_manager[season].all():
            managers.loc[season, ["G", "W", "L"]] += games.to_numpy()
        else:
            unclear.add((team, int(year)))
    return managers, unclear


def _is_stand_in(managers: pd.DataFrame) -> np.ndarray:
    """A flag for each row: few games, not first in the season, on a team with a longer manager."""
    longest = managers.groupby(["teamID", "yearID"])["G"].transform("max")
    seasons = zip(managers["teamID"], managers["yearID"], strict=True)
    is_interim = [season in corrections().interim_managers for season in seasons]
    return (
        (managers["yearID"] >= FIRST_SEASON_WITH_STAND_INS)
        & (managers["G"] <= MAX_GAMES_OF_STAND_IN)
        & (longest > MAX_GAMES_OF_STAND_IN)
        & (managers["inseason"] > 1)
        & ~np.array(is_interim, dtype=bool)
    )


def list_managers(managers: pd.DataFrame) -> dict[tuple[str, int], list[str]]:
    """(teamID, yearID) -> playerIDs in the order in which they managed."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    in_order = managers.sort_values(["yearID", "teamID", "inseason"])
    for row in rows(in_order[["teamID", "yearID", "playerID"]]):
        managers_of_team = found[row["teamID"], row["yearID"]]
        if row["playerID"] not in managers_of_team:
            managers_of_team.append(row["playerID"])
    return dict(found)
