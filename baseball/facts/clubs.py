"""Clubs."""

from collections.abc import Iterator

from baseball.facts.careers import _through
from baseball.facts.fact import (
    Fact,
    _best_known,
    _fact,
    _labelled,
    _person,
    _shuffle_key,
    club_forms,
    in_words,
)
from baseball.facts.people import _said
from baseball.lahman import (
    Tables,
    club_ids,
)

CLUB_OF_YEAR = (
    "Which team did {name} play for in {year}?",
    "In {year}, {name} was a member of which club?",
    "For what team did {name} play during the {year} season?",
    "Name {owner} team in {year}.",
    "Whose uniform did {name} wear in {year}?",
    "With which big-league club did {name} spend the {year} season?",
)


CHANGED_CLUBS = (
    "{name} played for more than one team in {year}; with which did he finish the season?",
    "With which club did {name} end the {year} season, having begun it elsewhere?",
    "In {year}, {name} changed teams during the season. Where did he land?",
    "Which team acquired {name} during the {year} season?",
    "Name the club that {name} joined in the course of the {year} season.",
    "By the end of {year}, to which new team had {name} moved?",
)


MAIN_CLUB = (
    "With which team did {name} play most of his games?",
    "Which club is {name} most associated with, by games played?",
    "For what team did {name} play the longest?",
    "{name} spent the biggest part of his career with which team?",
    "Name the team for which {name} played more games than for any other.",
    "In whose uniform did {name} appear most often?",
)


FRANCHISE_COUNT = (
    "For how many major league franchises did {name} play?",
    "How many different big-league clubs did {name} play for, counting a club that moved as one?",
    "What is the number of franchises on {owner} major league record?",
    "{name} wore the uniforms of how many major league franchises?",
    "Tell me how many franchises {name} played for in the majors.",
    "How many organizations had {name} on the field in a big-league game?",
)


OTHER_CLUB = (
    "{name} played for the {main} and one other franchise; which one?",
    "Besides the {main}, what was the only other club {name} played for?",
    "Which team other than the {main} did {name} play for in the majors?",
    "Name the one franchise apart from the {main} that {name} played for.",
    "{name} is known for his years with the {main}, but what other team did he play for?",
    "Apart from his time with the {main}, with which club did {name} appear in the majors?",
)


def clubs(tables: Tables) -> Iterator[Fact]:
    """For which clubs players played, in a season and over their careers."""
    yield from _club_seasons(tables)
    for player in _best_known(tables, 900, lambda player: len(player.franchises) > 1):
        main = _club_row(tables, player.main_franchise, player.main_club)
        answer = f"{{name}} played most of his games for the {main['name']}."
        yield _said(
            player,
            "main team",
            MAIN_CLUB,
            answer,
            club_forms(main),
            f"mainclub:{player.id}",
            f"club:{player.id}:{player.main_franchise}",
        )
    for player in _best_known(tables, 700):
        count = len(player.franchises)
        answer = f"{{name}} played for {in_words(count)} major league {'franchise' if count == 1 else 'franchises'}{_through(player)}."
        yield _said(
            player,
            "number of franchises",
            FRANCHISE_COUNT,
            answer,
            (in_words(count), str(count)),
            f"franchises:{player.id}",
        )
    for player in _best_known(
        tables,
        500,
        lambda player: (
            len(player.franchises) == 2 and not player.is_active and not player.label_states
        ),
    ):
        other = next(
            franchise for franchise in player.franchises if franchise != player.main_franchise
        )
        name = next(
            tables.team_name(team, year)
            for year in player.seasons
            for team in player.clubs[year]
            if tables.franchise_of(team, year) == other
        )
        row = _club_row(tables, other, name)
        fields = _labelled(player, main=player.main_club)
        answer = f"Besides the {{main}}, {{name}} played for the {name}."
        states = (f"club:{player.id}:{other}", f"club:{player.id}:{player.main_franchise}")
        yield _fact("other team", OTHER_CLUB, fields, answer, club_forms(row), states)


def _club_row(tables: Tables, franchise: str, name: str) -> dict:
    """A row of the franchise's team from a year when it had that name."""
    return next(row for row in tables.franchises[franchise] if row["name"] == name)


def _club_seasons(tables: Tables) -> Iterator[Fact]:
    seasons = [
        (player, year)
        for player in tables.by_fame[:4000]
        for year in player.seasons
        if tables.is_clear(player.id, year) and " " in player.name
    ]
    greatest = {player.id for player in tables.by_fame[:80]}
    stayed = [
        (player, year)
        for player, year in seasons
        if len(player.clubs[year]) == 1
        and (player.id in greatest or _shuffle_key("club", player.id, year) % 4 == 0)
    ]
    changed = [
        (player, year)
        for player, year in seasons
        if len(player.clubs[year]) == 2 and len(set(player.clubs[year])) == 2
    ]
    for kind, questions, chosen, verb in (
        ("team in a season", CLUB_OF_YEAR, stayed[:2800], "played for the {team} in {year}"),
        (
            "changed teams",
            CHANGED_CLUBS,
            changed[:800],
            "finished the {year} season with the {team}",
        ),
    ):
        for player, year in chosen:
            club = tables.teams[player.clubs[year][-1], year]
            fields = _person(tables, player.id, year=year, team=club["name"])
            yield _fact(
                kind,
                questions,
                fields,
                f"{{name}} {verb}.".format_map(fields),
                club_forms(club),
                club_ids(tables, player.id, year, club["teamID"]),
            )
