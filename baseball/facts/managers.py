"""Managers' wins, first years and pennants."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from baseball import statements
from baseball.facts.fact import Fact, load_section
from baseball.facts.people import player_fact
from baseball.lahman import Player, Tables, rows
from baseball.phrasings import FactTemplate
from baseball.wording import in_words, number_forms, plural

KINDS = ("manager's wins", "manager's first year", "manager's pennants")

MANAGERS = 350  # those with the most wins


def managers(tables: Tables) -> Iterator[Fact]:
    """The wins, first year and pennants of the managers with the most wins."""
    templates = load_section("managers", kinds=KINDS)
    pennants = _pennants(tables)
    has_unclear_wins = _had_stand_ins(tables)
    for row in _totals(tables):
        player = tables.players[row["playerID"]]
        if not player.label:
            continue
        ending = _ending(tables, row)
        if player.id not in has_unclear_wins:
            yield _wins(templates["manager's wins"], player, row["W"], ending)
        if not tables.begin_late:  # else he may have managed before
            yield _first_year(templates["manager's first year"], player, row["first"], ending)
        if pennants[player.id]:
            yield _pennant_count(
                templates["manager's pennants"], player, pennants[player.id], ending
            )


def _totals(tables: Tables) -> list[dict[str, Any]]:
    """Wins, first and last year of the `MANAGERS` managers with the most wins, most first."""
    frame = tables.managers[tables.managers["lgID"] != "NA"]
    totals = frame.groupby("playerID").agg(
        W=("W", "sum"), first=("yearID", "min"), last=("yearID", "max")
    )
    ranked = totals.reset_index().sort_values(["W", "playerID"], ascending=[False, True])
    return rows(ranked.head(MANAGERS))


def _had_stand_ins(tables: Tables) -> set[str]:
    """Managers of seasons in which it is unclear whom a coach stood in for, and so who won."""
    found: set[str] = set()
    for team_and_year in tables.unclear_stand_ins:
        found.update(tables.managers_of.get(team_and_year, []))
    return found


def _pennants(tables: Tables) -> Counter[str]:
    """How many pennants each manager won, without those of the National Association.

    A manager is left out if one of his pennant winners had several managers: the tables do not say
    who won that pennant.
    """
    counts: Counter[str] = Counter()
    shared: set[str] = set()
    for (year, league), team in tables.pennants.items():
        managers_of_team = tables.managers_of.get((team, year), [])
        if league == "NA":
            continue
        if len(managers_of_team) == 1:
            counts[managers_of_team[0]] += 1
        else:
            shared.update(managers_of_team)
    for manager in shared:
        del counts[manager]
    return counts


def _ending(tables: Tables, row: dict[str, Any]) -> dict[str, str]:
    """The fields that say from when and up to when a total counts."""
    may_continue = row["last"] >= tables.last_season - 1
    ended = f"stand after the {tables.last_season} season" if may_continue else "finish"
    so_far = f" through {tables.last_season}" if may_continue else ""
    if tables.begin_late:
        so_far = f" from {tables.first_season}{so_far}" if may_continue else tables.since
    return {"ended": ended, "so_far": so_far, "since": tables.since}


def _wins(template: FactTemplate, player: Player, wins: int, ending: dict[str, str]) -> Fact:
    states = (statements.manager_wins(player.id),)
    games = plural(wins, "game")
    return player_fact(template, player, number_forms(wins), *states, games=games, **ending)


def _first_year(template: FactTemplate, player: Player, year: int, ending: dict[str, str]) -> Fact:
    states = (statements.manager_first_year(player.id),)
    return player_fact(template, player, (str(year),), *states, year=year, **ending)


def _pennant_count(
    template: FactTemplate, player: Player, count: int, ending: dict[str, str]
) -> Fact:
    return player_fact(
        template,
        player,
        (in_words(count), str(count)),
        statements.manager_pennants(player.id),
        count=in_words(count),
        winners="winner" if count == 1 else "winners",
        **ending,
    )
