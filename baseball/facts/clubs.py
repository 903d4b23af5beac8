"""The clubs that players played for, in a season and over their careers."""

from collections.abc import Iterator
from typing import Any

from baseball import statements
from baseball.facts.fact import (
    Fact,
    best_known_players,
    club_forms,
    load_section,
    make_fact,
    person_fields,
    so_far,
    stable_number,
)
from baseball.facts.people import known_values, player_fact
from baseball.lahman import Player, Tables
from baseball.phrasings import FactTemplate
from baseball.wording import in_words

KINDS = ("team in a season", "changed teams", "main team", "number of franchises", "other team")

PLAYERS = 4000  # the best known, whose seasons are asked about
GREATEST = 80  # the best known of them, with every season; the others with one in SHARE
SHARE = 4


def clubs(tables: Tables) -> Iterator[Fact]:
    """The club of a season, the main club, the number of franchises and the only other club."""
    templates = load_section("clubs", extra={"limit": int}, kinds=KINDS)
    yield from _season_clubs(tables, templates["team in a season"])
    yield from _changes_of_club(tables, templates["changed teams"])
    yield from _main_clubs(tables, templates["main team"])
    yield from _franchise_counts(tables, templates["number of franchises"])
    yield from _only_other_clubs(tables, templates["other team"])


# ---------------------------------------------------------------------------------- in a season


def _season_clubs(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    """Seasons with one club: all seasons of the greatest players, and some of the others'."""
    greatest = {player.id for player in tables.by_fame[:GREATEST]}

    def is_asked(player: Player, year: int) -> bool:
        if len(player.clubs[year]) != 1:
            return False
        return player.id in greatest or stable_number("club", player.id, year) % SHARE == 0

    chosen = [season for season in _clear_seasons(tables) if is_asked(*season)]
    for player, year in chosen[: template.extra["limit"]]:
        yield _last_club_of_season(tables, template, player, year)


def _changes_of_club(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    """Seasons with two clubs, in which the player did not return to the first."""

    def is_asked(player: Player, year: int) -> bool:
        return len(player.clubs[year]) == len(set(player.clubs[year])) == 2

    chosen = [season for season in _clear_seasons(tables) if is_asked(*season)]
    for player, year in chosen[: template.extra["limit"]]:
        yield _last_club_of_season(tables, template, player, year)


def _clear_seasons(tables: Tables) -> Iterator[tuple[Player, int]]:
    """Seasons in which no other active player had the full name of a well-known player."""
    for player in tables.by_fame[:PLAYERS]:
        for year in player.seasons:
            if " " in player.name and tables.is_clear(player.id, year):
                yield player, year


def _last_club_of_season(tables: Tables, template: FactTemplate, player: Player, year: int) -> Fact:
    row = tables.teams[player.clubs[year][-1], year]
    fields = person_fields(tables, player.id, year=year, team=row["name"])
    states = statements.played_for(player.id, year, row["franchID"])
    return make_fact(template, fields, club_forms(row), states)


# ---------------------------------------------------------------------------------- in a career


def _main_clubs(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def main_of_several(player: Player) -> str | None:
        if player.label_states or player.began_before_tables:  # a label names the main club
            return None
        return player.main_franchise if len(player.franchises) > 1 else None

    for player, main in known_values(tables, template, main_of_several):
        row = _club_row(tables, main, player.main_club)
        states = (statements.main_club(player.id), statements.club(player.id, main))
        yield player_fact(
            template,
            player,
            club_forms(row),
            *states,
            team=row["name"],
            so_far=so_far(player),
        )


def _franchise_counts(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def has_whole_career(player: Player) -> bool:
        return not player.began_before_tables

    for player in best_known_players(tables, template.extra["limit"], has_whole_career):
        count = len(player.franchises)
        yield player_fact(
            template,
            player,
            (in_words(count), str(count)),
            statements.franchise_count(player.id),
            count=in_words(count),
            franchises="franchise" if count == 1 else "franchises",
            so_far=so_far(player),
        )


def _only_other_clubs(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    """For players with two franchises, the one that they played less for."""

    def main_of_two(player: Player) -> str | None:
        if player.is_active or player.label_states or player.began_before_tables:
            return None
        return player.main_franchise if len(player.franchises) == 2 else None

    for player, main in known_values(tables, template, main_of_two):
        other = next(franchise for franchise in player.franchises if franchise != main)
        row = _club_row(tables, other, _first_name_under(tables, player, other))
        states = (
            statements.club(player.id, other),
            statements.club(player.id, main),
            statements.franchise_count(player.id),
        )
        fields = {"main": player.main_club, "team": row["name"]}
        yield player_fact(template, player, club_forms(row), *states, **fields)


def _first_name_under(tables: Tables, player: Player, franchise: str) -> str:
    """What the franchise was called when the player first played for it."""
    for year in player.seasons:
        for team in player.clubs[year]:
            if tables.franchise_of(team, year) == franchise:
                return tables.team_name(team, year)
    raise ValueError(f"{player.name} ({player.id}) never played for {franchise}")


def _club_row(tables: Tables, franchise: str, name: str | None) -> dict[str, Any]:
    """The franchise's row from the first year in which it had that name."""
    return next(row for row in tables.franchises[franchise] if row["name"] == name)
