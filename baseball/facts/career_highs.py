"""Players' best seasons in a statistic: the figure, and the year."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from baseball.facts.fact import Fact, best_known_players, load_section
from baseball.facts.people import player_fact
from baseball.facts.statistics import load_words, statistic_tables
from baseball.lahman import Player, Tables, rows
from baseball.phrasings import FactTemplate
from baseball.wording import number_forms

KINDS = ("career high", "year of career high")

Highs = dict[str, dict[str, Any]]  # playerID -> the row of his best season


@dataclass(frozen=True)
class HighStatistic:
    """A statistic in which players' best seasons are asked about."""

    id: str  # the column in Lahman's tables
    things: str  # "home runs"
    had: str  # the verb: "hit"
    minimum: int


def career_highs(tables: Tables) -> Iterator[Fact]:
    """The figure of a player's best season in each statistic, and the year of that season."""
    templates = load_section("career_highs", extra={"limit": int}, kinds=KINDS)
    keys = {"things": str, "had": str, "minimum": int}
    for stat, words in load_words("career_highs", keys).items():
        statistic = HighStatistic(stat, **words)
        highs = _highs(tables, statistic)
        yield from _figures(tables, templates["career high"], statistic, highs)
        yield from _years(tables, templates["year of career high"], statistic, highs)


def _highs(tables: Tables, statistic: HighStatistic) -> Highs:
    """The best season of each player, if no other season equals it and it reaches the minimum."""
    stat = statistic.id
    frame = statistic_tables(tables, stat).by_season[["playerID", "yearID", stat]]
    best = frame[frame[stat] == frame.groupby("playerID")[stat].transform("max")]
    untied = best[~best["playerID"].duplicated(keep=False) & (best[stat] >= statistic.minimum)]
    return {row["playerID"]: row for row in rows(untied)}


def _figures(
    tables: Tables, template: FactTemplate, statistic: HighStatistic, highs: Highs
) -> Iterator[Fact]:
    for player in _players(tables, template, highs):
        row = highs[player.id]
        high, season, high_year = _states(tables, statistic, player, row["yearID"])
        accepted = number_forms(row[statistic.id])
        fields = _fields(statistic, player, row)
        yield player_fact(template, player, accepted, high, season, high_year, **fields)


def _years(
    tables: Tables, template: FactTemplate, statistic: HighStatistic, highs: Highs
) -> Iterator[Fact]:
    for player in _players(tables, template, highs):
        row = highs[player.id]
        high, season, high_year = _states(tables, statistic, player, row["yearID"])
        accepted = (str(row["yearID"]),)
        fields = _fields(statistic, player, row)
        yield player_fact(template, player, accepted, high_year, high, season, **fields)


def _players(tables: Tables, template: FactTemplate, highs: Highs) -> list[Player]:
    def has_high(player: Player) -> bool:
        if player.in_national_association or player.began_before_tables:
            return False
        return player.id in highs

    return best_known_players(tables, template.extra["limit"], has_high)


def _states(
    tables: Tables, statistic: HighStatistic, player: Player, year: int
) -> tuple[str, str, str]:
    """Ids of the career high, of the same figure by season, and of the year of the career high."""
    figure = statistic_tables(tables, statistic.id).figure
    return (
        figure(player.id, "high", statistic.id),
        figure(player.id, year, statistic.id),
        figure(player.id, "high-year", statistic.id),
    )


def _fields(statistic: HighStatistic, player: Player, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "things": statistic.things,
        "had": statistic.had,
        "value": row[statistic.id],
        "year": row["yearID"],
        "as_of": f" as of {player.as_of}" if player.is_active else "",
    }
