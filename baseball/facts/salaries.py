"""Salaries."""

from collections.abc import Iterator

from baseball.facts.fact import Fact, _best_seasons, _fact, _person, _team, person_forms
from baseball.lahman import (
    Tables,
    club_ids,
    rows,
)

SALARY = (
    "What was {owner} salary in {year}?",
    "How much was {name} paid for the {year} season?",
    "In {year}, what did {name} earn in salary?",
    "{name} drew how large a salary in {year}?",
    "Give {owner} salary for the {year} season.",
    "How many dollars did {owner} {year} contract pay him for that season?",
)


HIGHEST_SALARY = (
    "Who had the highest salary in the major leagues in {year}?",
    "Which player was the best paid in baseball in {year}?",
    "In {year}, who earned more in salary than any other major leaguer?",
    "Name the highest-paid player of the {year} season.",
    "Whose {year} salary was the largest in the majors?",
    "Of all major leaguers, who drew the biggest salary in {year}?",
)


TEAM_HIGHEST_SALARY = (
    "Who was the highest-paid player on the {year} {team}?",
    "Which player had the biggest salary on the {team} in {year}?",
    "In {year}, who earned more than anyone else on the {team}?",
    "Name the best-paid man on the {team} payroll of {year}.",
    "Whose salary was the largest on the {team} in {year}?",
    "Of all the players of the {year} {team}, who drew the most pay?",
)


def salaries(tables: Tables) -> Iterator[Fact]:
    """What players were paid, and who was paid most."""
    once = tables.salaries[
        ~tables.salaries.duplicated(["playerID", "yearID"], keep=False)
        & (tables.salaries["salary"] > 0)
    ]
    for row in _best_seasons(tables, once, "salary", 500_000, 900):
        money, accepted = in_dollars(row["salary"])
        fields = _person(tables, row["playerID"], year=row["yearID"])
        yield _fact(
            "salary",
            SALARY,
            fields,
            f"{{name}} was paid {money} in {{year}}.",
            accepted,
            (f"salary:{row['playerID']}:{row['yearID']}",),
        )
    for kind, questions, keys in (
        ("highest salary", HIGHEST_SALARY, ["yearID"]),
        ("highest salary on a team", TEAM_HIGHEST_SALARY, ["yearID", "teamID"]),
    ):
        best = once[once["salary"] == once.groupby(keys)["salary"].transform("max")]
        alone = best[~best.duplicated(keys, keep=False)].sort_values(
            ["yearID", "teamID"], ascending=[False, True]
        )
        for row in rows(alone):
            team = tables.teams.get((row["teamID"], row["yearID"]))
            if team is None:
                continue
            player = tables.players[row["playerID"]]
            money, _ = in_dollars(row["salary"])
            where = "of all major leaguers" if len(keys) == 1 else "on the {year} {team}"
            answer = f"{player.name} had the highest salary {where}{' in {year}' if len(keys) == 1 else ''}, {money}."
            states = [
                ":".join(["topsalary", *(str(row[key]) for key in keys)]),
                f"salary:{player.id}:{row['yearID']}",
            ]
            if len(keys) == 2:
                states += club_ids(tables, player.id, row["yearID"], row["teamID"])
            yield _fact(kind, questions, _team(team), answer, person_forms(player), tuple(states))


def in_dollars(amount: int) -> tuple[str, tuple[str, ...]]:
    """in_dollars(22_000_000) -> ('$22 million', ('$22 million', '22 million')); in_dollars(1_150_500) -> ('$1,150,500', …)"""
    if amount % 100_000 == 0 and amount >= 1_000_000:
        words = f"{amount / 1e6:g} million"
        return f"${words}", (f"${words}", words)
    return f"${amount:,}", (f"${amount:,}", f"{amount:,}", str(amount))
