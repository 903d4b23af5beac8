"""The names that a franchise has used, from its teams' rows in Lahman's tables."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class NameSpan(NamedTuple):
    """A name of a franchise and one unbroken run of seasons in which it was used."""

    row: dict[str, Any]  # the team's row in the first of these seasons
    first: int
    last: int


def name_spans(teams: Iterable[dict[str, Any]]) -> list[NameSpan]:
    """The names in a franchise's history, oldest first. `teams` are its rows in order of years.

    For the Braves: Boston Red Stockings, Boston Red Caps, ..., Milwaukee Braves, Atlanta Braves. A
    name that was taken up again has two spans.
    """
    spans: list[NameSpan] = []
    for row in teams:
        if spans and spans[-1].row["name"] == row["name"]:
            spans[-1] = spans[-1]._replace(last=row["yearID"])
        else:
            spans.append(NameSpan(row, row["yearID"], row["yearID"]))
    return spans
