"""What players did over their whole careers: counted statistics and averages."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from baseball import statements
from baseball.facts.fact import (
    Fact,
    average_forms,
    best_known_players,
    labelled_fields,
    load_section,
    make_fact,
    so_far,
)
from baseball.facts.seasons import CountedStatistic, counted_statistics
from baseball.lahman import COUNTED_BATTING, COUNTED_PITCHING, Player, Tables, rows
from baseball.phrasings import FactTemplate
from baseball.wording import batting_average, earned_run_average, number_forms

CareerRows = dict[str, dict[str, Any]]  # playerID -> the row of his career

RATES = ("career batting average", "career earned run average")


def careers(tables: Tables) -> Iterator[Fact]:
    """Home runs, hits, wins, strikeouts, ... and averages of a player's career."""
    batting = _career_rows(tables.career_batting)
    pitching = _career_rows(tables.career_pitching)

    for statistic in counted_statistics("careers_batting", COUNTED_BATTING):
        yield from _counts(tables, statistic, batting, statements.batting)
    for statistic in counted_statistics("careers_pitching", COUNTED_PITCHING):
        yield from _counts(tables, statistic, pitching, statements.pitching)

    rates = load_section("careers_rates", {"minimum": int, "limit": int}, RATES)
    yield from _batting_averages(tables, rates["career batting average"], batting)
    yield from _earned_run_averages(tables, rates["career earned run average"], pitching)


def best_careers(
    tables: Tables, totals: CareerRows, stat: str, minimum: int, count: int
) -> list[tuple[Player, dict[str, Any]]]:
    """The `count` best-known players with at least `minimum` of a statistic, with their totals.

    Players who began in the National Association are left out: sources differ on whether its
    seasons count. So are those who began before the first season of the tables.
    """

    def is_wanted(player: Player) -> bool:
        if player.id not in totals or player.in_national_association:
            return False
        if player.began_before_tables:
            return False
        return (totals[player.id][stat] or 0) >= minimum

    chosen = best_known_players(tables, count, is_wanted)
    return [(player, totals[player.id]) for player in chosen]


def _career_rows(frame: pd.DataFrame) -> CareerRows:
    return {row["playerID"]: row for row in rows(frame)}


def _counts(
    tables: Tables, statistic: CountedStatistic, totals: CareerRows, figure: statements.Figure
) -> Iterator[Fact]:
    """One counted statistic over the careers of the best-known players."""
    chosen = best_careers(tables, totals, statistic.id, statistic.minimum, statistic.limit)
    for player, row in chosen:
        value = row[statistic.id]
        fields = _career_fields(player, count=statistic.in_words(value))
        states = (figure(player.id, "career", statistic.id), *player.label_states)
        yield make_fact(statistic.template, fields, number_forms(value), states)


def _batting_averages(tables: Tables, template: FactTemplate, totals: CareerRows) -> Iterator[Fact]:
    minimum, limit = template.extra["minimum"], template.extra["limit"]
    for player, row in best_careers(tables, totals, "AB", minimum, limit):
        average = batting_average(row["H"], row["AB"])
        fields = _career_fields(player, average=average)
        states = (statements.batting(player.id, "career", "AVG"), *player.label_states)
        yield make_fact(template, fields, average_forms(average), states)


def _earned_run_averages(
    tables: Tables, template: FactTemplate, totals: CareerRows
) -> Iterator[Fact]:
    minimum, limit = template.extra["minimum"], template.extra["limit"]
    for player, row in best_careers(tables, totals, "IPouts", minimum, limit):
        average = earned_run_average(row["ER"], row["IPouts"])
        fields = _career_fields(player, average=average)
        states = (statements.pitching(player.id, "career", "ERA"), *player.label_states)
        yield make_fact(template, fields, (average,), states)


def _career_fields(player: Player, **figures: Any) -> dict[str, Any]:
    """The fields of a career. One that may continue is dated to the last season in the tables."""
    ended = f"stand after the {player.as_of} season" if player.is_active else "finish his career"
    return labelled_fields(player, ended=ended, so_far=so_far(player), **figures)
