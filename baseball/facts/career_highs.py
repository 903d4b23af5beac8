"""Players' best seasons in a statistic: the figure, and the year."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from baseball.facts.fact import Fact, best_known_players, load_section
from baseball.facts.people import player_fact
from baseball.facts.statistics import load_words, source_of
from baseball.lahman import LAST_SEASON, Player, Tables, rows
from baseball.phrasings import Wording
from baseball.wording import number_forms

KINDS = ("career high", "year of career high")

Highs = dict[str, dict[str, Any]]  # playerID -> the row of his best season


@dataclass(frozen=True)
class Statistic:
    """A statistic in which players' best seasons are asked about."""

    id: str  # the column in Lahman's tables
    things: str  # "home runs"
    had: str  # "hit"
    minimum: int


def career_highs(tables: Tables) -> Iterator[Fact]:
    """How much a player had in his best season, and when that was."""
    wordings = load_section("career_highs", extra={"limit": int}, kinds=KINDS)
    keys = {"things": str, "had": str, "minimum": int}
    for stat, words in load_words("career_highs", keys).items():
        statistic = Statistic(stat, **words)
        highs = _highs(tables, statistic)
        yield from _figures(tables, wordings["career high"], statistic, highs)
        yield from _years(tables, wordings["year of career high"], statistic, highs)


def _highs(tables: Tables, statistic: Statistic) -> Highs:
    """Without players who had two seasons equally good."""
    stat = statistic.id
    frame = source_of(tables, stat).by_season[["playerID", "yearID", stat]]
    best = frame[frame[stat] == frame.groupby("playerID")[stat].transform("max")]
    alone = best[~best["playerID"].duplicated(keep=False) & (best[stat] >= statistic.minimum)]
    return {row["playerID"]: row for row in rows(alone)}


def _figures(
    tables: Tables, wording: Wording, statistic: Statistic, highs: Highs
) -> Iterator[Fact]:
    for player in _players(tables, wording, highs):
        row = highs[player.id]
        high, season, high_year = _states(tables, statistic, player, row["yearID"])
        accepted = number_forms(row[statistic.id])
        fields = _fields(statistic, player, row)
        yield player_fact(wording, player, accepted, high, season, high_year, **fields)


def _years(tables: Tables, wording: Wording, statistic: Statistic, highs: Highs) -> Iterator[Fact]:
    for player in _players(tables, wording, highs):
        row = highs[player.id]
        high, season, high_year = _states(tables, statistic, player, row["yearID"])
        accepted = (str(row["yearID"]),)
        fields = _fields(statistic, player, row)
        yield player_fact(wording, player, accepted, high_year, high, season, **fields)


def _players(tables: Tables, wording: Wording, highs: Highs) -> list[Player]:
    def has_high(player: Player) -> bool:
        return player.id in highs and not player.in_national_association

    return best_known_players(tables, wording.extra["limit"], has_high)


def _states(
    tables: Tables, statistic: Statistic, player: Player, year: int
) -> tuple[str, str, str]:
    """The career high, the figure of its season, and the year of the career high."""
    figure = source_of(tables, statistic.id).figure
    return (
        figure(player.id, "high", statistic.id),
        figure(player.id, year, statistic.id),
        figure(player.id, "high-year", statistic.id),
    )


def _fields(statistic: Statistic, player: Player, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "things": statistic.things,
        "had": statistic.had,
        "value": row[statistic.id],
        "year": row["yearID"],
        "as_of": f" as of {LAST_SEASON}" if player.is_active else "",
    }
