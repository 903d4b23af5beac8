"""Seasons."""

from collections.abc import Iterator
from dataclasses import dataclass

from baseball.facts.fact import Fact, _best_seasons, _clubs_combined, _fact, _person, number_forms
from baseball.lahman import (
    Tables,
    batting_average,
    batting_id,
    earned_run_average,
    pitching_id,
    plural,
)


@dataclass(frozen=True)
class Statistic:
    """One counted statistic: how it is asked about, and how far down the list of seasons or careers to go."""

    id: str
    kind: str
    minimum: int
    count: int
    singular: str
    plural: str
    verb: str
    questions: tuple[str, ...]


SEASON_BATTING = (
    Statistic("HR", "season home runs", 8, 1600, "home run", "home runs", "hit", (
        "How many home runs did {name} hit in {year}?",
        "What was {owner} home run total for the {year} season?",
        "In {year}, how many times did {name} go deep?",
        "{name} finished the {year} season with how many homers?",
        "Tell me the number of home runs that {name} hit in {year}.",
        "How many balls did {name} hit for home runs during {year}?",
        "Counting every homer, how many did {name} belt in {year}?",
    )),
    Statistic("RBI", "season runs batted in", 50, 1400, "run", "runs", "drove in", (
        "How many runs did {name} drive in during the {year} season?",
        "What was {owner} RBI total in {year}?",
        "How many RBIs did {name} have in {year}?",
        "In {year}, {name} knocked in how many runs?",
        "Give the number of runs batted in that {name} had in {year}.",
        "With how many runs batted in did {name} finish {year}?",
        "How many runs came home on {owner} bat in {year}?",
    )),
    Statistic("H", "season hits", 120, 1200, "hit", "hits", "had", (
        "How many hits did {name} have in {year}?",
        "What was {owner} hit total for the {year} season?",
        "In {year}, how many base hits did {name} collect?",
        "{name} rapped out how many hits in {year}?",
        "Tell me how many times {name} hit safely in {year}.",
        "How many safeties did {name} pile up during the {year} season?",
    )),
    Statistic("R", "season runs", 80, 900, "run", "runs", "scored", (
        "How many runs did {name} score in {year}?",
        "How often did {name} cross the plate in {year}?",
        "What was {owner} run total as a runner in the {year} season?",
        "In {year}, {name} came around to score how many times?",
        "Give the number of runs scored by {name} in {year}.",
        "{name} touched home plate for how many runs in {year}?",
    )),
    Statistic("2B", "season doubles", 25, 700, "double", "doubles", "hit", (
        "How many doubles did {name} hit in {year}?",
        "What was {owner} total of two-base hits in {year}?",
        "In the {year} season, how many two-baggers did {name} have?",
        "{name} was credited with how many doubles in {year}?",
        "Tell me how many of {owner} hits in {year} were doubles.",
        "How many times did {name} double in {year}?",
    )),
    Statistic("3B", "season triples", 9, 600, "triple", "triples", "hit", (
        "How many triples did {name} hit in {year}?",
        "What was {owner} total of three-base hits in {year}?",
        "In the {year} season, how many three-baggers did {name} have?",
        "{name} was credited with how many triples in {year}?",
        "Tell me how many of {owner} hits in {year} went for three bases.",
        "How many times did {name} triple in {year}?",
    )),
    Statistic("SB", "season stolen bases", 15, 1000, "base", "bases", "stole", (
        "How many bases did {name} steal in {year}?",
        "What was {owner} stolen base total for {year}?",
        "In {year}, how many steals did {name} have?",
        "{name} swiped how many bags in the {year} season?",
        "Give the number of bases stolen by {name} in {year}.",
        "How many times did {name} steal successfully in {year}?",
    )),
    Statistic("BB", "season walks", 70, 700, "walk", "walks", "drew", (
        "How many walks did {name} draw in {year}?",
        "What was {owner} walk total in the {year} season?",
        "In {year}, how many times did pitchers walk {name}?",
        "{name} took how many bases on balls in {year}?",
        "Tell me how often {name} walked in {year}.",
        "How many times did {name} reach base on four balls in {year}?",
    )),
)  # fmt: skip


SEASON_AVERAGE = (
    "What was {owner} batting average in {year}?",
    "What did {name} hit in {year}?",
    "For what average did {name} bat in the {year} season?",
    "{name} finished {year} with what batting average?",
    "Give {owner} batting average for {year}.",
    "How high was {owner} average at the plate in {year}?",
    "At what clip did {name} bat in {year}?",
)


def batters_seasons(tables: Tables) -> Iterator[Fact]:
    """Home runs, runs batted in, hits, … and the batting average of one player in one season."""
    for stat in SEASON_BATTING:
        for row in _best_seasons(tables, tables.batting, stat.id, stat.minimum, stat.count):
            yield _season_count(tables, stat, row, batting_id)
    # Two hundred at-bats make an average worth asking for; stars with many at-bats come first.
    for row in _best_seasons(tables, tables.batting, "AB", 250, 1600, led="AVG"):
        player, year = row["playerID"], row["yearID"]
        average = batting_average(row["H"], row["AB"])
        combined, states = _clubs_combined(tables, player, year)
        answer = f"{{name}} batted {average} in {{year}}{combined}."
        yield _fact(
            "season batting average",
            SEASON_AVERAGE,
            _person(tables, player, year=year),
            answer,
            (average, average[1:]),
            (batting_id(player, year, "AVG"), *states),
        )


def _season_count(tables: Tables, stat: Statistic, row: dict, statement_id) -> Fact:
    player, year, value = row["playerID"], row["yearID"], row[stat.id]
    combined, states = _clubs_combined(tables, player, year)
    answer = (
        f"{{name}} {stat.verb} {plural(value, stat.singular, stat.plural)} in {{year}}{combined}."
    )
    return _fact(
        stat.kind,
        stat.questions,
        _person(tables, player, year=year),
        answer,
        number_forms(value),
        (statement_id(player, year, stat.id), *states),
    )


SEASON_PITCHING = (
    Statistic("W", "season wins", 8, 1400, "game", "games", "won", (
        "How many games did {name} win in {year}?",
        "What was {owner} win total for the {year} season?",
        "In {year}, how many victories did {name} earn on the mound?",
        "{name} was the winning pitcher how many times in {year}?",
        "Tell me how many games {name} won as a pitcher in {year}.",
        "How many wins went next to {owner} name in {year}?",
    )),
    Statistic("SO", "season strikeouts", 80, 1400, "batter", "batters", "struck out", (
        "How many batters did {name} strike out in {year}?",
        "What was {owner} strikeout total on the mound in {year}?",
        "In {year}, how many strikeouts did {name} record as a pitcher?",
        "{name} fanned how many hitters in the {year} season?",
        "Give the number of batters {name} struck out in {year}.",
        "How many hitters went down on strikes against {name} in {year}?",
    )),
    Statistic("SV", "season saves", 10, 700, "game", "games", "saved", (
        "How many games did {name} save in {year}?",
        "What was {owner} save total for {year}?",
        "In {year}, how many saves did {name} record?",
        "{name} closed out how many games for a save in the {year} season?",
        "Tell me how many saves {name} had in {year}.",
        "With how many saves was {name} credited in {year}?",
    )),
    Statistic("SHO", "season shutouts", 3, 500, "shutout", "shutouts", "threw", (
        "How many shutouts did {name} throw in {year}?",
        "What was {owner} shutout total for the {year} season?",
        "In {year}, how many times did {name} blank the other side for a complete game?",
        "{name} pitched how many shutouts in {year}?",
        "Give the number of shutouts {name} threw in {year}.",
        "How many of {owner} complete games in {year} were shutouts?",
    )),
)  # fmt: skip


SEASON_ERA = (
    "What was {owner} ERA in {year}?",
    "What earned run average did {name} post in {year}?",
    "{name} finished the {year} season with what ERA?",
    "How many earned runs per nine innings did {name} allow in {year}?",
    "Give {owner} earned run average for {year}.",
    "How low was {owner} ERA in {year}?",
)


SEASON_RECORD = (
    "What was {owner} won-lost record in {year}?",
    "What record did {name} have on the mound in {year}?",
    "How many games did {name} win and lose in {year}?",
    "What were {owner} wins and losses as a pitcher in the {year} season?",
    "Give {owner} pitching record for {year}.",
    "As a pitcher, what record did {name} post in {year}?",
)


def pitchers_seasons(tables: Tables) -> Iterator[Fact]:
    """Wins, strikeouts, saves, shutouts, the earned run average and the won-lost record of one pitcher in one season."""
    for stat in SEASON_PITCHING:
        frame = (
            tables.pitching
            if stat.id != "SV"
            else tables.pitching[tables.pitching["yearID"] >= 1969]
        )
        for row in _best_seasons(tables, frame, stat.id, stat.minimum, stat.count):
            yield _season_count(tables, stat, row, pitching_id)
    for row in _best_seasons(tables, tables.pitching, "IPouts", 3 * 80, 1400, led="ERA"):
        player, year = row["playerID"], row["yearID"]
        average = earned_run_average(row["ER"], row["IPouts"])
        combined, states = _clubs_combined(tables, player, year)
        answer = f"{{name}} had an earned run average of {average} in {{year}}{combined}."
        yield _fact(
            "season earned run average",
            SEASON_ERA,
            _person(tables, player, year=year),
            answer,
            (average,),
            (pitching_id(player, year, "ERA"), *states),
        )
    for row in _best_seasons(tables, tables.pitching, "W", 9, 900):
        player, year, won, lost = row["playerID"], row["yearID"], row["W"], row["L"]
        combined, states = _clubs_combined(tables, player, year)
        answer = f"{{name}} went {won}-{lost} in {{year}}{combined}."
        ids = (pitching_id(player, year, "L"), pitching_id(player, year, "W"), *states)
        yield _fact(
            "season pitching record",
            SEASON_RECORD,
            _person(tables, player, year=year),
            answer,
            (f"{won}-{lost}",),
            ids,
        )
