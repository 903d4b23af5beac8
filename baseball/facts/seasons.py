"""A player's season: counted statistics, averages, a pitcher's won-lost record."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from baseball import statements
from baseball.facts.fact import (
    Fact,
    average_forms,
    best_seasons,
    clubs_combined,
    load_section,
    make_fact,
    person_fields,
)
from baseball.lahman import COUNTED_BATTING, COUNTED_PITCHING, FIRST_SEASON_WITH_SAVES, Tables
from baseball.phrasings import FactTemplate
from baseball.wording import batting_average, earned_run_average, number_forms, plural

RATES = ("season batting average", "season earned run average", "season pitching record")


@dataclass(frozen=True)
class CountedStatistic:
    """A statistic that is a count, with its template and words.

    `minimum` is the smallest figure to ask about, and `limit` the largest number of facts.
    """

    template: FactTemplate
    id: str  # the column in Lahman's tables
    minimum: int
    limit: int
    singular: str
    plural: str

    def in_words(self, count: int) -> str:
        """in_words(60) -> '60 home runs'"""
        return plural(count, self.singular, self.plural)


def counted_statistics(section: str, allowed: Collection[str]) -> list[CountedStatistic]:
    """The statistics in questions/SECTION.toml. Raises ValueError if one is not allowed."""
    extra = {"minimum": int, "limit": int, "singular": str, "plural": str}
    templates = load_section(section, extra, choices={"statistic": allowed})
    found = []
    for template in templates.values():
        settings = dict(template.extra)
        found.append(CountedStatistic(template, settings.pop("statistic"), **settings))
    return found


def batters_seasons(tables: Tables) -> Iterator[Fact]:
    """A batter's home runs, runs batted in, hits, ... and batting average in a season."""
    for statistic in counted_statistics("seasons_batting", COUNTED_BATTING):
        yield from _counts(tables, statistic, tables.batting, statements.batting)

    yield from _batting_averages(tables, _rates()["season batting average"])


def pitchers_seasons(tables: Tables) -> Iterator[Fact]:
    """A pitcher's wins, strikeouts, saves, ..., earned run average and record in a season."""
    for statistic in counted_statistics("seasons_pitching", COUNTED_PITCHING):
        frame = tables.pitching
        if statistic.id == "SV":
            frame = frame[frame["yearID"] >= FIRST_SEASON_WITH_SAVES]
        yield from _counts(tables, statistic, frame, statements.pitching)

    rates = _rates()
    yield from _earned_run_averages(tables, rates["season earned run average"])
    yield from _pitching_records(tables, rates["season pitching record"])


def _rates() -> dict[str, FactTemplate]:
    return load_section("seasons_rates", {"minimum": int, "limit": int}, RATES)


def _seasons_for_a_rate(
    tables: Tables,
    template: FactTemplate,
    frame: pd.DataFrame,
    playing_time: str,
    leading_stat: str,
) -> list[dict[str, Any]]:
    """Seasons with enough playing time for a rate: at-bats, outs or wins."""
    minimum, limit = template.extra["minimum"], template.extra["limit"]
    return best_seasons(tables, frame, playing_time, minimum, limit, leading_stat)


def _batting_averages(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for row in _seasons_for_a_rate(tables, template, tables.batting, "AB", leading_stat="AVG"):
        average = batting_average(row["H"], row["AB"])
        states = (statements.batting(row["playerID"], row["yearID"], "AVG"),)
        yield _season_fact(tables, template, row, average_forms(average), states, average=average)


def _earned_run_averages(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for row in _seasons_for_a_rate(tables, template, tables.pitching, "IPouts", leading_stat="ERA"):
        average = earned_run_average(row["ER"], row["IPouts"])
        states = (statements.pitching(row["playerID"], row["yearID"], "ERA"),)
        yield _season_fact(tables, template, row, (average,), states, average=average)


def _pitching_records(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for row in _seasons_for_a_rate(tables, template, tables.pitching, "W", leading_stat="W"):
        player, year = row["playerID"], row["yearID"]
        won, lost = row["W"], row["L"]
        states = [statements.pitching(player, year, stat) for stat in ("L", "W")]
        yield _season_fact(tables, template, row, (f"{won}-{lost}",), states, won=won, lost=lost)


def _counts(
    tables: Tables, statistic: CountedStatistic, frame: pd.DataFrame, figure: statements.Figure
) -> Iterator[Fact]:
    """One counted statistic of the best-known players' best seasons."""
    chosen = best_seasons(tables, frame, statistic.id, statistic.minimum, statistic.limit)
    for row in chosen:
        value = row[statistic.id]
        states = (figure(row["playerID"], row["yearID"], statistic.id),)
        words = statistic.in_words(value)
        yield _season_fact(
            tables, statistic.template, row, number_forms(value), states, count=words
        )


def _season_fact(
    tables: Tables,
    template: FactTemplate,
    row: dict[str, Any],
    accepted: Iterable[str],
    states: Iterable[str],
    **figures: Any,
) -> Fact:
    """A fact about a player's season. `figures` are fields of the answer."""
    player, year = row["playerID"], row["yearID"]
    combined, club_states = clubs_combined(tables, player, year)
    fields = person_fields(tables, player, year=year, combined=combined, **figures)
    return make_fact(template, fields, accepted, (*states, *club_states))
