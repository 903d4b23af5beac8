"""For which clubs players played, in a season and over their careers."""

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
from baseball.phrasings import Wording
from baseball.wording import in_words

KINDS = ("team in a season", "changed teams", "main team", "number of franchises", "other team")

PLAYERS = 4000  # the best known; their seasons are asked about
GREATEST = 80  # of these players every season, of the others one in SHARE
SHARE = 4


def clubs(tables: Tables) -> Iterator[Fact]:
    """The club of a season, the main club, the number of franchises and the only other club."""
    wordings = load_section("clubs", extra={"limit": int}, kinds=KINDS)
    yield from _season_clubs(tables, wordings["team in a season"])
    yield from _changes_of_club(tables, wordings["changed teams"])
    yield from _main_clubs(tables, wordings["main team"])
    yield from _franchise_counts(tables, wordings["number of franchises"])
    yield from _only_other_clubs(tables, wordings["other team"])


# ---------------------------------------------------------------------------------- in a season


def _season_clubs(tables: Tables, wording: Wording) -> Iterator[Fact]:
    """Seasons with one club: all of the greatest players, some of the others."""
    greatest = {player.id for player in tables.by_fame[:GREATEST]}

    def is_asked(player: Player, year: int) -> bool:
        if len(player.clubs[year]) != 1:
            return False
        return player.id in greatest or stable_number("club", player.id, year) % SHARE == 0

    chosen = [season for season in _clear_seasons(tables) if is_asked(*season)]
    for player, year in chosen[: wording.extra["limit"]]:
        yield _last_club_of_season(tables, wording, player, year)


def _changes_of_club(tables: Tables, wording: Wording) -> Iterator[Fact]:
    """Seasons with two clubs, each for one part of the season."""

    def is_asked(player: Player, year: int) -> bool:
        return len(player.clubs[year]) == len(set(player.clubs[year])) == 2

    chosen = [season for season in _clear_seasons(tables) if is_asked(*season)]
    for player, year in chosen[: wording.extra["limit"]]:
        yield _last_club_of_season(tables, wording, player, year)


def _clear_seasons(tables: Tables) -> Iterator[tuple[Player, int]]:
    """Seasons in which a well-known player's full name means only him."""
    for player in tables.by_fame[:PLAYERS]:
        for year in player.seasons:
            if " " in player.name and tables.is_clear(player.id, year):
                yield player, year


def _last_club_of_season(tables: Tables, wording: Wording, player: Player, year: int) -> Fact:
    row = tables.teams[player.clubs[year][-1], year]
    fields = person_fields(tables, player.id, year=year, team=row["name"])
    states = statements.played_for(player.id, year, row["franchID"])
    return make_fact(wording, fields, club_forms(row), states)


# ---------------------------------------------------------------------------------- in a career


def _main_clubs(tables: Tables, wording: Wording) -> Iterator[Fact]:
    def main_of_several(player: Player) -> str | None:
        return player.main_franchise if len(player.franchises) > 1 else None

    for player, main in known_values(tables, wording, main_of_several):
        row = _club_row(tables, main, player.main_club)
        states = (statements.main_club(player.id), statements.club(player.id, main))
        yield player_fact(wording, player, club_forms(row), *states, team=row["name"])


def _franchise_counts(tables: Tables, wording: Wording) -> Iterator[Fact]:
    for player in best_known_players(tables, wording.extra["limit"]):
        count = len(player.franchises)
        yield player_fact(
            wording,
            player,
            (in_words(count), str(count)),
            statements.franchise_count(player.id),
            count=in_words(count),
            franchises="franchise" if count == 1 else "franchises",
            so_far=so_far(player),
        )


def _only_other_clubs(tables: Tables, wording: Wording) -> Iterator[Fact]:
    """Of players who played for two franchises, the one for which they played less."""

    def main_of_two(player: Player) -> str | None:
        if player.is_active or player.label_states:
            return None
        return player.main_franchise if len(player.franchises) == 2 else None

    for player, main in known_values(tables, wording, main_of_two):
        other = next(franchise for franchise in player.franchises if franchise != main)
        row = _club_row(tables, other, _first_name_under(tables, player, other))
        states = (statements.club(player.id, other), statements.club(player.id, main))
        fields = {"main": player.main_club, "team": row["name"]}
        yield player_fact(wording, player, club_forms(row), *states, **fields)


def _first_name_under(tables: Tables, player: Player, franchise: str) -> str:
    """What the franchise was called when the player first played for it."""
    names = (
        tables.team_name(team, year)
        for year in player.seasons
        for team in player.clubs[year]
        if tables.franchise_of(team, year) == franchise
    )
    return next(names)


def _club_row(tables: Tables, franchise: str, name: str | None) -> dict[str, Any]:
    """A row of the franchise's team from a year when it had that name."""
    return next(row for row in tables.franchises[franchise] if row["name"] == name)
