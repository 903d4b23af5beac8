"""Who led a league, or both leagues, in a statistic, and with what figure."""

from collections.abc import Iterator

from baseball import statements
from baseball.facts.fact import (
    Fact,
    average_forms,
    load_section,
    make_fact,
    only_person,
    person_forms,
)
from baseball.lahman import BOTH_LEAGUES, Player, Tables
from baseball.phrasings import FactTemplate
from baseball.wording import LEAGUES, join_names, number_forms


def leaders(tables: Tables) -> Iterator[Fact]:
    """Leaders of a league, leaders of both leagues, then leading figures; latest years first."""
    for template in _templates("leaders"):
        for year, league in _titles(tables, template):
            if league != BOTH_LEAGUES:
                yield from _leader(tables, template, year, league)
    for template in _templates("leaders_of_both_leagues"):
        for year, league in _titles(tables, template):
            if league == BOTH_LEAGUES:
                yield from _leader(tables, template, year, league)
    for template in _templates("leaders_figures"):
        for year, league in _titles(tables, template):
            if league != BOTH_LEAGUES:
                yield _leading_figure(tables, template, year, league)


def _templates(section: str) -> Iterator[FactTemplate]:
    yield from load_section(section, choices={"statistic": statements.LED_STATS}).values()


def _titles(tables: Tables, template: FactTemplate) -> list[tuple[int, str]]:
    """(year, league) of every title in the template's statistic, latest years first."""
    stat = template.extra["statistic"]
    found = [(year, league) for year, league, led in tables.leaders if led == stat]
    return sorted(found, key=lambda title: (-title[0], title[1]))


def _leader(tables: Tables, template: FactTemplate, year: int, league: str) -> Iterator[Fact]:
    """The sole leader, or two who tied. There is no fact if three or more tied."""
    stat = template.extra["statistic"]
    leader = tables.leaders[year, league, stat]
    players = [tables.players[player] for player in leader.players]
    if len(players) > 2 or not all(_has_full_name(player) for player in players):
        return
    fields = {
        "league": LEAGUES[league],
        "year": year,
        "value": leader.value,
        "who": join_names([player.name for player in players]),
        "each": " each" if len(players) == 2 else "",
        **only_person(players),
    }
    accepted = dict.fromkeys(form for player in players for form in person_forms(player))
    states = [
        statements.league_leader(year, league, stat),
        statements.leading_figure(year, league, stat),
        *(statements.figure_of_leader(player.id, year, stat) for player in players),
    ]
    yield make_fact(template, fields, accepted, states)


def _has_full_name(player: Player) -> bool:
    """Whether more than his last name is known, which fails for some early players."""
    return " " in player.name


def _leading_figure(tables: Tables, template: FactTemplate, year: int, league: str) -> Fact:
    stat = template.extra["statistic"]
    leader = tables.leaders[year, league, stat]
    states = [
        statements.leading_figure(year, league, stat),
        *(statements.figure_of_leader(player, year, stat) for player in leader.players),
    ]
    fields = {"league": LEAGUES[league], "year": year, "value": leader.value}
    value = leader.value
    accepted = average_forms(value) if isinstance(value, str) else number_forms(value)
    return make_fact(template, fields, accepted, states)
