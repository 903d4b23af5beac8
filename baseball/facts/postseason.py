"""World Series, pennants, playoff series, and what players did in World Series."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from baseball import statements
from baseball.facts.fact import (
    Fact,
    best_seasons,
    club_forms,
    club_key,
    load_section,
    make_fact,
    person_fields,
    person_forms,
)
from baseball.lahman import FIRST_WORLD_SERIES, YEARS_WITHOUT_WORLD_SERIES, Tables
from baseball.phrasings import FactTemplate
from baseball.statements import Row
from baseball.wording import LEAGUES, in_words, number_forms, plural

KINDS = (
    "world series winner",
    "world series loser",
    "world series games",
    "world series manager",
    "championship series loser",
    "division series winner",
    "pennant winner",
    "world series home runs",
    "world series wins",
)

# Maximum number of facts about players in World Series.
HOME_RUNS_LIMIT = 450
WINS_LIMIT = 350


def postseason(tables: Tables) -> Iterator[Fact]:
    """Series and pennants, latest years first, then players in World Series."""
    templates = load_section("postseason", kinds=KINDS)
    for year in YEARS_WITHOUT_WORLD_SERIES:
        yield _no_world_series(templates["world series winner"], year)
    latest_first = sorted(tables.series, key=lambda series: (-series["yearID"], series["round"]))
    for series in latest_first:
        yield from _series(tables, templates, series)
    for (year, league), team in sorted(tables.pennants.items(), reverse=True):
        row = tables.teams[team, year]
        yield _pennant(templates["pennant winner"], year, league, row)
    yield from _home_runs(tables, templates["world series home runs"])
    yield from _wins(tables, templates["world series wins"])


def _no_world_series(template: FactTemplate, year: int) -> Fact:
    answer = "There was no World Series in {year}."
    states = (statements.world_series_winner(year),)
    return make_fact(template, {"year": year}, ("no world series",), states, answer)


def _series(tables: Tables, templates: Mapping[str, FactTemplate], series: Row) -> Iterator[Fact]:
    """The facts about a series, which depend on its round."""
    if series["round"] == "WS" and series["yearID"] >= FIRST_WORLD_SERIES:
        yield _world_series_winner(tables, templates["world series winner"], series)
        yield _world_series_loser(tables, templates["world series loser"], series)
        yield _world_series_games(templates["world series games"], series)
        yield from _world_series_manager(tables, templates["world series manager"], series)
    elif series["round"] in ("ALCS", "NLCS"):
        yield _championship_series_loser(tables, templates["championship series loser"], series)
    elif series["round"][2:4] == "DS":
        yield _division_series(tables, templates["division series winner"], series)


# -------------------------------------------------------------------------------- World Series


def _world_series_winner(tables: Tables, template: FactTemplate, series: Row) -> Fact:
    year = series["yearID"]
    winner = _winner(tables, series)
    states = (
        statements.world_series_winner(year),
        statements.pennant(year, series["lgIDwinner"]),
    )
    fields = {"year": year, "team": winner["name"], "club": club_key(winner)}
    return make_fact(template, fields, club_forms(winner), states)


def _world_series_loser(tables: Tables, template: FactTemplate, series: Row) -> Fact:
    year = series["yearID"]
    loser = _loser(tables, series)
    states = (statements.world_series_loser(year), statements.pennant(year, series["lgIDloser"]))
    fields = {"year": year, "team": loser["name"], "club": club_key(loser)}
    return make_fact(template, fields, club_forms(loser), states)


def _world_series_games(template: FactTemplate, series: Row) -> Fact:
    year, count = series["yearID"], series["games"]
    games = in_words(count)
    tie = ", one of them a tie" if series["ties"] else ""
    fields = {"year": year, "games": games, "tie": tie}
    states = (statements.world_series_games(year),)
    return make_fact(template, fields, (games, str(count)), states)


def _world_series_manager(tables: Tables, template: FactTemplate, series: Row) -> Iterator[Fact]:
    """The manager of the winner, if the team had only one that season."""
    year, team = series["yearID"], series["teamIDwinner"]
    managers = tables.managers_of.get((team, year), [])
    if len(managers) != 1:
        return
    manager = tables.players[managers[0]]
    states = (statements.world_series_manager(year), statements.team_manager(team, year))
    fields = {"year": year, "manager": manager.name, "person": manager.id}
    yield make_fact(template, fields, person_forms(manager), states)


# ----------------------------------------------------------------------- pennants and playoffs


def _pennant(template: FactTemplate, year: int, league: str, winner: Row) -> Fact:
    team = {"team": winner["name"], "club": club_key(winner)}
    fields = {"league": LEAGUES[league], "year": year, **team}
    states = (statements.pennant(year, league),)
    return make_fact(template, fields, club_forms(winner), states)


def _championship_series_loser(tables: Tables, template: FactTemplate, series: Row) -> Fact:
    year, round_name = series["yearID"], series["round"]
    loser = _loser(tables, series)
    league = LEAGUES[round_name[:2]]  # the round is 'ALCS' or 'NLCS'
    fields = {"year": year, "series": f"{league} Championship Series", "team": loser["name"]}
    states = (statements.series_loser(year, round_name),)
    return make_fact(template, fields, club_forms(loser), states)


def _division_series(tables: Tables, template: FactTemplate, series: Row) -> Fact:
    year, round_name = series["yearID"], series["round"]
    winner, loser = _winner(tables, series), _loser(tables, series)
    league = LEAGUES[round_name[:2]]  # the round is 'ALDS1', for example
    fields = {
        "year": year,
        "series": f"{league} Division Series",
        "winner": winner["name"],
        "loser": loser["name"],
    }
    states = (
        statements.series_winner(year, round_name),
        statements.series_loser(year, round_name),
    )
    return make_fact(template, fields, club_forms(winner), states)


def _winner(tables: Tables, series: Row) -> Row:
    return tables.teams[series["teamIDwinner"], series["yearID"]]


def _loser(tables: Tables, series: Row) -> Row:
    return tables.teams[series["teamIDloser"], series["yearID"]]


# --------------------------------------------------------------------- players in World Series


def _home_runs(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    frame = _in_world_series(tables.post_batting)
    statement = statements.world_series_home_runs
    for row in best_seasons(tables, frame, "HR", 1, HOME_RUNS_LIMIT):
        yield _of_player(tables, template, row, row["HR"], "home run", statement)


def _wins(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    frame = _in_world_series(tables.post_pitching)
    statement = statements.world_series_wins
    for row in best_seasons(tables, frame, "W", 1, WINS_LIMIT):
        yield _of_player(tables, template, row, row["W"], "game", statement)


def _in_world_series(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["round"] == "WS") & (frame["yearID"] >= FIRST_WORLD_SERIES)]


def _of_player(
    tables: Tables,
    template: FactTemplate,
    row: Row,
    count: int,
    noun: str,
    statement: Callable[[str, int], str],
) -> Fact:
    player, year = row["playerID"], row["yearID"]
    fields = person_fields(tables, player, year=year, count=plural(count, noun))
    states = (statement(player, year),)
    return make_fact(template, fields, number_forms(count), states)
