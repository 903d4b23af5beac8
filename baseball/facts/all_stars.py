"""How many seasons a player was an All-Star, and the first of them."""

from collections.abc import Iterator

from baseball import statements
from baseball.facts.fact import Fact, best_known_players, load_section, so_far
from baseball.facts.people import player_fact
from baseball.lahman import Player, Tables
from baseball.phrasings import FactTemplate
from baseball.wording import in_words

KINDS = ("all-star seasons", "first all-star season")

FIRST_ALL_STAR_GAME = 1933


def all_stars(tables: Tables) -> Iterator[Fact]:
    """The number of a player's All-Star seasons, and the first of them."""
    templates = load_section("all_stars", extra={"limit": int}, kinds=KINDS)
    yield from _counts(tables, templates["all-star seasons"])
    yield from _first_seasons(tables, templates["first all-star season"])


def _counts(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def was_chosen(player: Player) -> bool:
        return bool(player.all_star_years) and not player.began_before_tables

    for player in best_known_players(tables, template.extra["limit"], was_chosen):
        count = len(player.all_star_years)
        yield player_fact(
            template,
            player,
            (in_words(count), str(count)),
            statements.all_star_count(player.id),
            count=in_words(count),
            seasons="season" if count == 1 else "seasons",
            so_far=so_far(player),
        )


def _first_seasons(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    """Leaves out players whose careers began before there was an All-Star Game."""

    def was_chosen(player: Player) -> bool:
        if not player.all_star_years or player.began_before_tables:
            return False
        return player.seasons[0] >= FIRST_ALL_STAR_GAME

    for player in best_known_players(tables, template.extra["limit"], was_chosen):
        year = str(player.all_star_years[0])
        states = (statements.first_all_star_year(player.id),)
        yield player_fact(template, player, (year,), *states, year=year)
