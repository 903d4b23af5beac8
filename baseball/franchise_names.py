"""The names that a franchise has played under, from its teams' rows in Lahman's tables."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class NameSpan(NamedTuple):
    """A name of a franchise, with the seasons for which it had it without a break."""

    row: dict[str, Any]  # the team's row of the first of these seasons
    first: int
    last: int


def names_of(teams: Iterable[dict[str, Any]]) -> list[NameSpan]:
    """The names in a franchise's history, in order, from its teams' rows in order of years.

    The Braves: Boston Red Stockings, Boston Red Caps, ..., Milwaukee Braves, Atlanta Braves.
    """
    spans: list[NameSpan] = []
    for row in teams:
        if spans and spans[-1].row["name"] == row["name"]:
            spans[-1] = spans[-1]._replace(last=row["yearID"])
        else:
            spans.append(NameSpan(row, row["yearID"], row["yearID"]))
    return spans
