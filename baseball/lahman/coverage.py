"""What the tables cover together: people, teams and seasons; rows about others are left out.

Somebody's own tables may hold some seasons only, or come from several releases. The tables of
people, teams, batting and pitching must agree; the others may hold more than these do.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

TEAM_COLUMNS = ("teamID", "teamIDwinner", "teamIDloser")
ELECTIONS = "HallOfFame"  # its years are those of elections, which follow the seasons
FIRST_SEASON = 1871  # of the whole database
REMEDY = "take all tables from one release"


@dataclass(frozen=True)
class Coverage:
    """The people, teams and seasons of which the tables tell."""

    people: frozenset[str]  # playerIDs
    teams: frozenset[tuple[str, int]]  # (teamID, yearID)
    seasons: frozenset[int]

    def notes(self) -> list[str]:
        """What a user should know of the seasons: where careers are cut off, what is missing."""
        first, last = min(self.seasons), max(self.seasons)
        found = []
        if first > FIRST_SEASON:
            found.append(
                f"the tables begin in {first}: there are no facts about whole careers that began "
                "earlier"
            )
        missing = [str(year) for year in range(first, last) if year not in self.seasons]
        if missing:
            found.append(
                f"the tables lack the seasons {', '.join(missing)}, whose figures are not counted"
            )
        return found

    def keep(self, table: str, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are about these people, teams and seasons."""
        if "playerID" in frame:
            frame = frame[frame["playerID"].isin(self.people)]
        if "yearID" in frame and table != ELECTIONS:
            frame = frame[frame["yearID"].isin(self.seasons)]
        for column in TEAM_COLUMNS:
            if column in frame:
                is_known = [season in self.teams for season in _team_seasons(frame, column)]
                frame = frame[np.array(is_known, dtype=bool)]
        return frame.reset_index(drop=True)


def cover(
    people: pd.DataFrame, teams: pd.DataFrame, batting: pd.DataFrame, pitching: pd.DataFrame
) -> Coverage:
    """What the four tables cover, in the seasons of the batting table.

    Raises ValueError if a player or team that they tell of is not in the table of people or teams.
    """
    coverage = Coverage(
        people=frozenset(people["playerID"]),
        teams=frozenset(_team_seasons(teams, "teamID")),
        seasons=frozenset(batting["yearID"].tolist()),
    )
    for name, frame in (("Batting", batting), ("Pitching", pitching)):
        unknown = sorted(set(frame["playerID"]) - coverage.people)
        if unknown:
            raise ValueError(_contradiction(name, unknown, "People"))
        without_team = sorted(set(_team_seasons(frame, "teamID")) - coverage.teams)
        if without_team:
            raise ValueError(_contradiction(name, without_team, "Teams"))
    return coverage


def _team_seasons(frame: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    return list(zip(frame[column].tolist(), frame["yearID"].tolist(), strict=True))


def _contradiction(table: str, unknown: list, other: str) -> str:
    example = " in ".join(map(str, unknown[0])) if other == "Teams" else unknown[0]
    return (
        f"the tables do not fit together: {table} has {len(unknown):,} keys that {other} lacks, "
        f"such as {example}; {REMEDY}"
    )
