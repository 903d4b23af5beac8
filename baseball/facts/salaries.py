"""Players' salaries, and who was paid the most."""

from collections.abc import Iterator

import pandas as pd

from baseball import statements
from baseball.facts.fact import (
    Fact,
    best_seasons,
    load_section,
    make_fact,
    person_fields,
    person_forms,
    team_fields,
)
from baseball.lahman import Tables, rows
from baseball.phrasings import FactTemplate
from baseball.wording import in_dollars

KINDS = ("salary", "highest salary", "highest salary on a team")

MIN_SALARY = 500_000  # dollars
SALARIES = 900


def salaries(tables: Tables) -> Iterator[Fact]:
    """Salaries of well-known players, then the best-paid players of a year and of a team."""
    templates = load_section("salaries", kinds=KINDS)
    paid = _known_salaries(tables)
    yield from _salaries(tables, templates["salary"], paid)
    yield from _highest_in_the_majors(tables, templates["highest salary"], paid)
    yield from _highest_on_a_team(tables, templates["highest salary on a team"], paid)


def _known_salaries(tables: Tables) -> pd.DataFrame:
    """The table of salaries, except years in which a player has one from each of two teams."""
    frame = tables.salaries
    is_listed_twice = frame.duplicated(["playerID", "yearID"], keep=False)
    return frame[~is_listed_twice & (frame["salary"] > 0)]


def _salaries(tables: Tables, template: FactTemplate, paid: pd.DataFrame) -> Iterator[Fact]:
    for row in best_seasons(tables, paid, "salary", MIN_SALARY, SALARIES):
        player, year = row["playerID"], row["yearID"]
        money, accepted = in_dollars(row["salary"])
        fields = person_fields(tables, player, year=year, money=money)
        yield make_fact(template, fields, accepted, (statements.salary(player, year),))


def _highest_in_the_majors(
    tables: Tables, template: FactTemplate, paid: pd.DataFrame
) -> Iterator[Fact]:
    for row in _best_paid(paid, ["yearID"]):
        year = row["yearID"]
        if (row["teamID"], year) not in tables.teams:
            continue
        player = tables.players[row["playerID"]]
        money, _ = in_dollars(row["salary"])
        fields = {"year": year, "who": player.name, "person": player.id, "money": money}
        states = (statements.top_salary(year), statements.salary(player.id, year))
        yield make_fact(template, fields, person_forms(player), states)


def _highest_on_a_team(
    tables: Tables, template: FactTemplate, paid: pd.DataFrame
) -> Iterator[Fact]:
    for row in _best_paid(paid, ["yearID", "teamID"]):
        team_id, year = row["teamID"], row["yearID"]
        team = tables.teams.get((team_id, year))
        if team is None:
            continue
        player = tables.players[row["playerID"]]
        money, _ = in_dollars(row["salary"])
        fields = team_fields(team, who=player.name, person=player.id, money=money)
        states = (
            statements.top_salary_of_team(team_id, year),
            statements.salary(player.id, year),
            *statements.played_for(player.id, year, team["franchID"]),
        )
        yield make_fact(template, fields, person_forms(player), states)


def _best_paid(paid: pd.DataFrame, group: list[str]) -> list[dict]:
    """The best-paid player of each group, unless two tied; latest years first."""
    best = paid[paid["salary"] == paid.groupby(group)["salary"].transform("max")]
    untied = best[~best.duplicated(group, keep=False)]
    return rows(untied.sort_values(["yearID", "teamID"], ascending=[False, True]))
