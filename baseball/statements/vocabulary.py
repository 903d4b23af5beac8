"""The words that ids are made of: statistics, awards, spans, and the check against them."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

# "high" and "high-year": the figure of the best season, and its year
Season = int | Literal["career", "high", "high-year"]
Row = Mapping[str, Any]  # a row of one of Lahman's tables
Figure = Callable[[str, Season, str], str]  # `batting` or `pitching`

# Families that other modules tell apart.
CLUB = "club"
AWARD = "award"
KNOWLEDGE = "knowledge"

SPANS = ("career", "high", "high-year")
BATTING_STATS = ("G", "AB", "R", "H", "2B", "3B", "HR", "RBI", "SB", "BB", "SO", "AVG")
PITCHING_STATS = (
    *("W", "L", "G", "GS", "CG", "SHO", "SV", "IPouts", "H", "ER", "BB", "SO"),
    "ERA",
)
# A league has batting and pitching leaders; in these statistics the leaders are pitchers.
LED_AS_PITCHER = ("W", "ERA", "SO", "SV", "SHO")
LED_STATS = ("AVG", "HR", "RBI", "H", "R", "2B", "3B", "SB", "BB", *LED_AS_PITCHER)
RECORD_STATS = ("HR", "RBI", "H", "R", "2B", "3B", "SB", "BB", "W", "SO", "SV", "SHO")
CLUB_STATS = ("HR", "RBI", "SB", "W")
TEAM_FIGURES = ("W", "L", "R", "HR", "attendance")
MANAGER_OF_THE_YEAR = "BBWAA Manager of the Year"
AWARD_CODES = {
    "Most Valuable Player": "MVP",
    "Cy Young Award": "CYA",
    "Rookie of the Year": "ROY",
    "Gold Glove": "GG",
    "Silver Slugger": "SS",
    "World Series MVP": "WSMVP",
    "ALCS MVP": "LCSMVP",
    "NLCS MVP": "LCSMVP",
    "All-Star Game MVP": "ASGMVP",
    "Reliever of the Year Award": "RELIEVER",
    MANAGER_OF_THE_YEAR: "MANAGER",
}
POSITIONAL_AWARDS = ("GG", "SS")
# The positions of awards, in the words of `Player.position`; a utility player has none.
AWARD_POSITIONS = {
    "P": "pitcher",
    "C": "catcher",
    "1B": "first baseman",
    "2B": "second baseman",
    "3B": "third baseman",
    "SS": "shortstop",
    "LF": "outfielder",
    "CF": "outfielder",
    "RF": "outfielder",
    "OF": "outfielder",
    "DH": "designated hitter",
    "UT": "",
}


def family(statement: str) -> str:
    """family("club:ruthba01:NYY") -> 'club'"""
    return statement.partition(":")[0]


def checked(value: str, allowed: Collection[str], description: str) -> str:
    """The value. Raises ValueError, with what is allowed, if it is not one of `allowed`."""
    if value not in allowed:
        raise ValueError(f"unknown {description} {value!r}; allowed are {', '.join(allowed)}")
    return value
