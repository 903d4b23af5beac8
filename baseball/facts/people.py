"""Players' births and deaths, first and last games, names, sides, heights and colleges."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from baseball import statements
from baseball.facts.fact import (
    Fact,
    best_known_players,
    club_forms,
    labelled_fields,
    load_section,
    make_fact,
    so_far,
)
from baseball.lahman import Player, Tables, names
from baseball.phrasings import FactTemplate
from baseball.wording import date_in_words, height_in_words, with_article, with_indefinite_article

Value = TypeVar("Value")

KINDS = (
    *("birthplace", "birth state", "birth country", "birth year", "birth date", "death year"),
    *("debut year", "debut team", "final year", "final team"),
    *("full name", "batting side", "throwing hand", "height", "position", "college"),
)

NOT_A_STATE = "the District of Columbia"


def people(tables: Tables) -> Iterator[Fact]:
    """Births, deaths, first and last seasons, names, sides, heights, positions, colleges."""
    templates = load_section("people", extra={"limit": int}, kinds=KINDS)

    yield from _birthplaces(tables, templates["birthplace"])
    yield from _birth_states(tables, templates["birth state"])
    yield from _birth_countries(tables, templates["birth country"])
    yield from _birth_years(tables, templates["birth year"])
    yield from _birth_dates(tables, templates["birth date"])
    yield from _death_years(tables, templates["death year"])

    yield from _debut_years(tables, templates["debut year"])
    yield from _debut_teams(tables, templates["debut team"])
    yield from _final_years(tables, templates["final year"])
    yield from _final_teams(tables, templates["final team"])

    yield from _full_names(tables, templates["full name"])
    yield from _batting_sides(tables, templates["batting side"])
    yield from _throwing_hands(tables, templates["throwing hand"])
    yield from _heights(tables, templates["height"])
    yield from _positions(tables, templates["position"])
    yield from _colleges(tables, templates["college"])


def player_fact(
    template: FactTemplate, player: Player, accepted: Iterable[str], *states: str, **fields: Any
) -> Fact:
    """A fact whose questions call a player by his label, as they do not name a year.

    `fields` are the template's fields besides `name` and `owner`. `accepted` may have capitals. The
    statements that the label makes ("Frank Thomas of the White Sox") are added to `states`.
    """
    forms = [form.lower() for form in accepted]
    all_states = (*states, *player.label_states)
    return make_fact(template, labelled_fields(player, **fields), forms, all_states)


def known_values(
    tables: Tables, template: FactTemplate, value_of: Callable[[Player], Value | None]
) -> Iterator[tuple[Player, Value]]:
    """(player, value) of the best-known players who have a value, up to the template's limit."""
    for player in best_known_players(tables, template.extra["limit"], value_of):
        value = value_of(player)
        if value:
            yield player, value


# ------------------------------------------------------------------------------ birth and death


def has_birth_date(player: Player) -> bool:
    """Whether year, month and day of his birth are known."""
    return all(player.birth[part] for part in ("year", "month", "day"))


def _is_american(player: Player) -> bool:
    return player.birth["country"] == "the United States"


def _birthplaces(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def city_of(player: Player) -> str | None:
        birth = player.birth
        return birth["city"] if birth["state"] and birth["country"] else None

    for player, city in known_values(tables, template, city_of):
        area = player.birth["state" if _is_american(player) else "country"]
        if city == area:
            continue
        states = statements.birthplace(player.id)
        area = area.removeprefix("the ")
        yield player_fact(template, player, (city,), *states, city=city, area=area)


def _birth_states(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def state_of(player: Player) -> str | None:
        state = player.birth["state"]
        return state if _is_american(player) and state != NOT_A_STATE else None

    for player, state in known_values(tables, template, state_of):
        states = (statements.birth_state(player.id), statements.birth_country(player.id))
        yield player_fact(template, player, (state,), *states, state=state)


def _birth_countries(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def foreign_country_of(player: Player) -> str | None:
        return None if _is_american(player) else player.birth["country"]

    for player, country in known_values(tables, template, foreign_country_of):
        accepted = (country.removeprefix("the "),)  # the Dominican Republic
        states = (statements.birth_country(player.id),)
        yield player_fact(template, player, accepted, *states, country=country)


def _birth_years(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, year in known_values(tables, template, lambda player: player.birth["year"]):
        states = (statements.birth_year(player.id),)
        yield player_fact(template, player, (str(year),), *states, year=year)


def _birth_dates(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def date_of(player: Player) -> str | None:
        return date_in_words(player.birth) if has_birth_date(player) else None

    for player, date in known_values(tables, template, date_of):
        states = (statements.birth_date(player.id), statements.birth_year(player.id))
        yield player_fact(template, player, (date,), *states, date=date)


def _death_years(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, year in known_values(tables, template, lambda player: player.death["year"]):
        states = (statements.death_year(player.id),)
        yield player_fact(template, player, (str(year),), *states, year=year)


# ------------------------------------------------------------------------- first and last games


def _first_season(player: Player) -> int | None:
    return None if player.began_before_tables else player.seasons[0]


def _last_season(player: Player) -> int | None:
    return None if player.is_active else player.seasons[-1]


def _debut_years(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, year in known_values(tables, template, _first_season):
        states = (statements.debut_year(player.id),)
        yield player_fact(template, player, (str(year),), *states, year=year)


def _debut_teams(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, year in known_values(tables, template, _first_season):
        row = tables.teams[player.clubs[year][0], year]
        if statements.club(player.id, row["franchID"]) in player.label_states:
            continue  # the question would contain its answer
        states = (
            statements.debut_team(player.id),
            *statements.played_for(player.id, year, row["franchID"]),
        )
        yield player_fact(template, player, club_forms(row), *states, team=row["name"])


def _final_years(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, year in known_values(tables, template, _last_season):
        states = (statements.final_year(player.id),)
        yield player_fact(template, player, (str(year),), *states, year=year)


def _final_teams(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, year in known_values(tables, template, _last_season):
        row = tables.teams[player.clubs[year][-1], year]
        if statements.club(player.id, row["franchID"]) in player.label_states:
            continue
        states = (
            statements.final_team(player.id),
            *statements.played_for(player.id, year, row["franchID"]),
        )
        yield player_fact(template, player, club_forms(row), *states, team=row["name"])


# --------------------------------------------------- names, sides, heights, positions, colleges


def _full_names(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    def given_names_of(player: Player) -> str | None:
        given = player.given or ""
        return given if len(given.split()) >= 2 else None

    for player, given in known_values(tables, template, given_names_of):
        full = f"{given} {player.last}"
        states = (statements.full_name(player.id),)
        yield player_fact(template, player, (full, given), *states, full=full)


def _batting_sides(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, side in known_values(tables, template, lambda player: player.bats):
        if side == "both":
            batted = "batted as a switch hitter"
            accepted = ["switch hitter", "both sides", "both"]
        else:
            batted = f"batted {side}-handed"
            accepted = [f"{side}-handed", side]
        yield player_fact(template, player, accepted, statements.bats(player.id), batted=batted)


def _throwing_hands(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, hand in known_values(tables, template, lambda player: player.throws):
        accepted = (f"{hand}-handed", hand)
        yield player_fact(template, player, accepted, statements.throws(player.id), hand=hand)


def _heights(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, inches in known_values(tables, template, lambda player: player.height):
        tall = height_in_words(inches)
        accepted = [f"{tall} tall"]  # "6 feet" alone would accept "6 feet 2 inches" too
        if "inch" in tall:
            accepted = [tall, tall.removesuffix(" inches").removesuffix(" inch")]
        yield player_fact(template, player, accepted, statements.height(player.id), tall=tall)


def _positions(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, position in known_values(tables, template, lambda player: player.position):
        states = (statements.position(player.id),)
        words = with_indefinite_article(position)
        also = tuple(map(with_indefinite_article, player.games_at))
        fields = {"position": words, "plain": position, "also": also, "so_far": so_far(player)}
        yield player_fact(template, player, _accepted_positions(position), *states, **fields)


def _accepted_positions(position: str) -> tuple[str, ...]:
    """_accepted_positions("first baseman") -> ("first baseman", "first base")"""
    other_names = {"outfielder": "outfield", "designated hitter": "dh"}
    other = other_names.get(position, position.replace("baseman", "base"))
    return (position,) if other == position else (position, other)


def _colleges(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    for player, college in known_values(tables, template, lambda player: player.college):
        states = (statements.college(player.id),)
        accepted = (college, *names().college_forms.get(college, ()))
        words = with_article(college)
        yield player_fact(template, player, accepted, *states, college=words)
