"""The former names of franchises, and their World Series titles."""

from collections.abc import Iterator
from typing import Any

from baseball import statements
from baseball.facts.fact import Fact, club_forms, load_section, make_fact, stable_number
from baseball.franchise_names import NameSpan, name_spans
from baseball.lahman import FIRST_WORLD_SERIES, Tables
from baseball.phrasings import FactTemplate
from baseball.wording import in_words

KINDS = (
    *("first season under a name", "last season under a name"),
    *("present-day club", "name in a season"),
    *("world series titles", "latest world series title"),
)

SHARE_OF_NAMED_SEASONS = 2  # a former name is asked about in one season out of this many

Templates = dict[str, FactTemplate]
Row = dict[str, Any]  # a team's row


def franchises(tables: Tables) -> Iterator[Fact]:
    """First and last seasons under each name, present names, and World Series titles."""
    templates = load_section("franchises", kinds=KINDS)
    titles = _titles(tables)
    last_season = tables.last_season
    for franchise, teams in sorted(tables.franchises.items()):
        current = teams[-1]
        still_plays = current["yearID"] == last_season
        for span in name_spans(teams):
            is_whole = not tables.may_have_begun_before(span.first)
            if is_whole and span.first < span.last < last_season and span.row["lgID"] != "NA":
                yield _first_season(templates["first season under a name"], franchise, span)
                yield _last_season(templates["last season under a name"], franchise, span)
            if still_plays and span.row["name"] != current["name"]:
                years = _years(span) if is_whole else str(span.last)
                yield from _renamed(templates, franchise, span, current, years, last_season)
        if still_plays:
            won = titles.get(franchise, [])
            yield from _world_series(tables, templates, franchise, current, won)


# ------------------------------------------------------------------------------------ old names


def _name_states(franchise: str, span: NameSpan) -> tuple[str, str]:
    name = span.row["name"]
    return (
        statements.first_season_of_name(franchise, name),
        statements.last_season_of_name(franchise, name),
    )


def _first_season(template: FactTemplate, franchise: str, span: NameSpan) -> Fact:
    fields = {"team": span.row["name"], "start": span.first, "end": span.last}
    first, last = _name_states(franchise, span)
    return make_fact(template, fields, (str(span.first),), (first, last))


def _last_season(template: FactTemplate, franchise: str, span: NameSpan) -> Fact:
    fields = {"team": span.row["name"], "start": span.first, "end": span.last}
    first, last = _name_states(franchise, span)
    return make_fact(template, fields, (str(span.last),), (last, first))


def _renamed(
    templates: Templates,
    franchise: str,
    span: NameSpan,
    current: Row,
    years: str,
    last_season: int,
) -> Iterator[Fact]:
    """What a former club is called today, and what today's club was called in a season.

    `years` says when it had the former name.
    """
    # If only the city changed, the nickname alone does not answer the question.
    only_city_changed = span.row["nickname"] == current["nickname"]
    forms = _city_forms if only_city_changed else club_forms
    successor = statements.successor(franchise, span.row["name"])
    names = {"team": span.row["name"], "now": current["name"]}
    fields = {**names, "years": years, "last": last_season}
    all_states = (successor, *_name_states(franchise, span))
    if current["city"] or not only_city_changed:  # the Athletics of 2025 name no city
        yield make_fact(templates["present-day club"], fields, forms(current), all_states)

    for year in range(span.first, span.last + 1):
        if stable_number("name", franchise, year) % SHARE_OF_NAMED_SEASONS == 0:
            fields = {"team": current["name"], "year": year, "then": span.row["name"]}
            states = (statements.name_in_season(franchise, year), successor)
            yield make_fact(templates["name in a season"], fields, forms(span.row), states)


def _years(span: NameSpan) -> str:
    """'1912-1935', or '1871' for a single season."""
    if span.first == span.last:
        return str(span.first)
    return f"{span.first}-{span.last}"


def _city_forms(row: Row) -> tuple[str, ...]:
    """_city_forms(the row of the 1946 Braves) -> ('boston braves', 'boston')"""
    return row["name"].lower(), row["city"].lower()


# ---------------------------------------------------------------------------------- World Series


def _titles(tables: Tables) -> dict[str, list[Row]]:
    """The World Series that each franchise won, in order."""
    found: dict[str, list[Row]] = {}
    for series in sorted(tables.series, key=lambda series: series["yearID"]):
        year = series["yearID"]
        if series["round"] == "WS" and year >= FIRST_WORLD_SERIES:
            franchise = tables.franchise_of(series["teamIDwinner"], year)
            found.setdefault(franchise, []).append(series)
    return found


def _world_series(
    tables: Tables, templates: Templates, franchise: str, current: Row, titles: list[Row]
) -> Iterator[Fact]:
    count = len(titles)
    words = in_words(count) if count else "no"
    # "no" alone would make it a question to answer with yes or no.
    accepted = (words, str(count)) if count else ("no world series titles",)
    club = {"team": current["name"], "last": tables.last_season}
    begin = f" from {tables.first_season}" if tables.begin_late else ""
    dates = {"from": begin, "since": tables.since}
    fields = {**club, **dates, "count": words, "titles": "title" if count == 1 else "titles"}
    states: tuple[str, ...] = (statements.title_count(franchise),)
    yield make_fact(templates["world series titles"], fields, accepted, states)

    if titles:
        year = titles[-1]["yearID"]
        fields = {**club, "year": year}
        states = (
            statements.latest_title(franchise),
            statements.world_series_winner(year),
            statements.pennant(year, titles[-1]["lgIDwinner"]),
        )
        yield make_fact(templates["latest world series title"], fields, (str(year),), states)
