"""Who won an award, and how often a player won it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from baseball import statements
from baseball.facts.fact import (
    Fact,
    best_known_players,
    labelled_fields,
    load_section,
    make_fact,
    only_person,
    person_forms,
    so_far,
)
from baseball.lahman import BOTH_LEAGUES, Player, Tables, rows
from baseball.phrasings import FactTemplate
from baseball.statements import MANAGER_OF_THE_YEAR
from baseball.wording import LEAGUES, in_words, join_names

# Lahman's name for an award -> the kind of its facts.
AWARDS = {
    "Most Valuable Player": "most valuable player",
    "Cy Young Award": "cy young award",
    "Rookie of the Year": "rookie of the year",
    "World Series MVP": "world series mvp",
    "ALCS MVP": "championship series mvp",
    "NLCS MVP": "championship series mvp",
    "All-Star Game MVP": "all-star game mvp",
    "Reliever of the Year Award": "reliever of the year",
}
AWARDS_BY_POSITION = {"Gold Glove": "gold glove", "Silver Slugger": "silver slugger"}
KINDS = (
    *dict.fromkeys(AWARDS.values()),
    *AWARDS_BY_POSITION.values(),
    "manager of the year",
)

POSITIONS = {
    "P": "pitcher",
    "C": "catcher",
    "1B": "first base",
    "2B": "second base",
    "3B": "third base",
    "SS": "shortstop",
    "LF": "left field",
    "CF": "center field",
    "RF": "right field",
    "DH": "designated hitter",
}

# Two All-Star Games were played that year, each with its own award.
TWO_ALL_STAR_GAMES = ("All-Star Game MVP", 1962)

COUNTS_LIMIT = 400  # players for each award


def awards(tables: Tables) -> Iterator[Fact]:
    """The winners of each award, latest years first, then how often players won each award."""
    templates = load_section("awards", kinds=KINDS)
    yield from _awards_of_players(tables, templates)
    yield from _managers_of_the_year(tables, templates["manager of the year"])

    extra = {"minimum": int, "singular": str, "plural": str}
    choices = {"award": statements.AWARD_CODES}
    for template in load_section("awards_counts", extra, choices=choices).values():
        yield from _award_counts(tables, template)


def _awards_of_players(tables: Tables, templates: Mapping[str, FactTemplate]) -> Iterator[Fact]:
    for (award, year, league, place), ids in _winners(tables.awards).items():
        if (award, year) == TWO_ALL_STAR_GAMES:
            continue
        winners = [tables.players[player] for player in ids]
        if award in AWARDS:
            yield _award(templates[AWARDS[award]], award, year, league, winners)
        elif place in POSITIONS:
            template = templates[AWARDS_BY_POSITION[award]]
            yield _award_at_position(template, award, year, league, place, winners)


def _winners(frame: pd.DataFrame) -> dict[tuple[str, int, str, str], list[str]]:
    """The playerIDs who share an award, by (award, year, league, place); place is '' for most."""
    latest_first = frame.sort_values(
        ["yearID", "lgID", "playerID"], ascending=[False, True, True], kind="stable"
    )
    winners: dict[tuple[str, int, str, str], list[str]] = defaultdict(list)
    for row in rows(latest_first):
        award = row["awardID"]
        if award in AWARDS_BY_POSITION or award in AWARDS:
            place = row["notes"] if award in AWARDS_BY_POSITION else ""
            winners[award, row["yearID"], row["lgID"], place].append(row["playerID"])
    return winners


def _managers_of_the_year(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    frame = tables.manager_awards
    given = frame[frame["awardID"] == MANAGER_OF_THE_YEAR]
    chosen = given.groupby(["yearID", "lgID"])["playerID"].apply(list)
    for (year, league), ids in sorted(chosen.items(), reverse=True):
        winners = [tables.players[manager] for manager in ids]
        yield _award(template, MANAGER_OF_THE_YEAR, year, league, winners)


def _award(
    template: FactTemplate, award: str, year: int, league: str, winners: list[Player]
) -> Fact:
    """The winner of an award. If it was shared, the answer names all, and any one is accepted."""
    fields = _fields(year, league, winners)
    states = (statements.award(statements.AWARD_CODES[award], year, league),)
    return make_fact(template, fields, _accepted(winners), states)


def _award_at_position(
    template: FactTemplate, award: str, year: int, league: str, place: str, winners: list[Player]
) -> Fact:
    """The winner at a position, or all who shared the award, as in `_award`."""
    fields = {**_fields(year, league, winners), "position": POSITIONS[place]}
    code = statements.AWARD_CODES[award]
    states = [statements.award_at_position(code, year, league, place)]
    for player in winners:
        states += statements.position_by_award(player.id, player.position, place)
    return make_fact(template, fields, _accepted(winners), states)


def _fields(year: int, league: str, winners: list[Player]) -> dict[str, Any]:
    return {
        "who": join_names([player.name for player in winners]),
        "won": "won" if len(winners) == 1 else "shared",
        "league": _league_in_words(league),
        "year": year,
        **only_person(winners),
    }


def _accepted(winners: list[Player]) -> Iterable[str]:
    """The names of all winners: any one of them is a right answer."""
    return dict.fromkeys(form for player in winners for form in person_forms(player))


def _league_in_words(league: str) -> str:
    """The league's name; "major league" for an award that both leagues shared.

    The Cy Young and rookie awards were shared in their first years.
    """
    return "major league" if league == BOTH_LEAGUES else LEAGUES[league]


def _award_counts(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    """How often the best-known winners of an award won it."""
    given = tables.awards[tables.awards["awardID"] == template.extra["award"]]
    counts = given.groupby("playerID")["yearID"].nunique().to_dict()

    def won_enough(player: Player) -> bool:
        if player.began_before_tables:
            return False
        return counts.get(player.id, 0) >= template.extra["minimum"]

    for player in best_known_players(tables, COUNTS_LIMIT, won_enough):
        yield _award_count(template, player, counts[player.id])


def _award_count(template: FactTemplate, player: Player, count: int) -> Fact:
    noun = template.extra["singular"] if count == 1 else template.extra["plural"]
    fields = labelled_fields(
        player,
        so_far=so_far(player),
        when=so_far(player) or " in his career",
        count=f"{in_words(count)} {noun}",
    )
    code = statements.AWARD_CODES[template.extra["award"]]
    states = (statements.award_count(player.id, code), *player.label_states)
    return make_fact(template, fields, (in_words(count), str(count)), states)
