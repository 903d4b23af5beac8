"""Postseason series, with their games counted."""

from typing import Any

import pandas as pd

from baseball.lahman.frames import rows
from baseball.lahman.seasons import FIRST_WORLD_SERIES


def read_series(
    series: pd.DataFrame, batting: pd.DataFrame, pitching: pd.DataFrame
) -> list[dict[str, Any]]:
    """The rows of the table of series, with `wins`, `losses`, `ties` and `games`.

    A World Series is counted from the players' figures: a team's wins are its pitchers' wins, and
    the games are the most that any player appeared in. That finds the tied games of 1907, 1912 and
    1922, and the six games of 2013, which the table of series gives as seven.
    """
    wins = pitching.groupby(["yearID", "round", "teamID"])["W"].sum().to_dict()
    games = batting.groupby(["yearID", "round"])["G"].max().to_dict()
    found = rows(series.sort_values(["yearID", "round"]))
    for row in found:
        year, name = row["yearID"], row["round"]
        row["games"] = row["wins"] + row["losses"] + row["ties"]
        is_counted = (year, name) in games and (year, name, row["teamIDwinner"]) in wins
        if name == "WS" and year >= FIRST_WORLD_SERIES and is_counted:
            row["wins"] = wins[year, name, row["teamIDwinner"]]
            row["losses"] = wins.get((year, name, row["teamIDloser"]), 0)
            row["games"] = games[year, name]
            row["ties"] = row["games"] - row["wins"] - row["losses"]
    return found
