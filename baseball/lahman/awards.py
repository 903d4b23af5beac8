"""The awards of players: one name for each, complete rows, and winners whom the table lacks."""

from collections.abc import Container

import pandas as pd

from baseball.lahman.data_files import corrections
from baseball.statements import AWARD_CODES, AWARD_POSITIONS, POSITIONAL_AWARDS


def read_awards(frame: pd.DataFrame, people: Container[str]) -> tuple[pd.DataFrame, list[str]]:
    """The table of awards, corrected, and what a user should know of it, in sentences.

    `people` are the playerIDs of whom the tables tell.
    """
    frame = frame.assign(awardID=frame["awardID"].replace(dict(corrections().award_names)))
    is_told = _is_complete(frame)
    notes = []
    if not is_told.all():
        left_out = frame[~is_told]
        first = left_out.iloc[0]
        notes.append(
            f"rows of the table AwardsPlayers are left out ({len(left_out):,}), such as the "
            f"{first['awardID']} of {first['playerID']} in {first['yearID']}: they lack the league "
            f"or, for a Gold Glove or Silver Slugger, a position ({', '.join(AWARD_POSITIONS)})"
        )
    return _with_shared_awards(frame[is_told].drop_duplicates(), people), notes


def _is_complete(frame: pd.DataFrame) -> pd.Series:
    """For each row, whether it has the league and position that facts and prose need.

    Rows of awards that neither facts nor prose mention count as complete.
    """
    codes = frame["awardID"].map(AWARD_CODES)
    lacks_league = codes.notna() & frame["lgID"].isna()
    lacks_position = codes.isin(POSITIONAL_AWARDS) & ~frame["notes"].isin(AWARD_POSITIONS)
    return ~(lacks_league | lacks_position)


def _with_shared_awards(frame: pd.DataFrame, people: Container[str]) -> pd.DataFrame:
    """Add the winners who shared an award with one whom the table has, from corrections.toml."""
    columns = ["awardID", "yearID", "lgID", "notes", "playerID"]
    winners = set(zip(*(frame[column].tolist() for column in columns), strict=True))
    given = {row[:-1] for row in winners}
    added = [
        (*award, player)
        for award, player in sorted(corrections().shared_awards)
        if award in given and player in people and (*award, player) not in winners
    ]
    return pd.concat([frame, pd.DataFrame(added, columns=columns)], ignore_index=True)
