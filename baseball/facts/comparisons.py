"""Which of two players or teams had more, or which player was born first."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from baseball import statements
from baseball.facts.careers import best_careers
from baseball.facts.fact import (
    Fact,
    best_known_players,
    best_seasons,
    club_forms,
    label_of,
    load_section,
    make_fact,
    person_forms,
    stable_number,
)
from baseball.facts.people import has_birth_date
from baseball.facts.statistics import load_words, statistic_tables
from baseball.lahman import FIRST_SEASON_OF_BOTH_LEAGUES, Player, Tables, rows
from baseball.phrasings import FactTemplate

KINDS = ("season comparison", "career comparison", "team comparison", "older of two")

# For each statistic of a season.
SEASONS = 1400  # the best-known seasons, from which the pairs are taken
BEST_OF_YEAR = 5  # players of one year who are compared with each other
SEASON_COMPARISONS = 300

# For each statistic of a career.
CAREERS = 200  # the best-known players with enough of it, from whom the pairs are taken
CAREER_COMPARISONS = 170

BIRTHS = 500  # the best-known players, from whom the pairs are taken
BIRTH_COMPARISONS = 700

# What makes two players peers.
MIN_SHARED_SEASONS = 5
NEIGHBOURS = 120  # peers are less than this far apart in the order of fame
PEERS = 2  # peers chosen for each player

TEAM_RANKS = ((0, 1), (1, 2), (0, 3))  # the pairs of ranks in wins that are compared

Row = dict[str, Any]


@dataclass(frozen=True)
class ComparedStatistic:
    """A statistic in which players are compared, with its words."""

    id: str  # the column in Lahman's tables
    things: str  # "home runs"
    do: str  # the verb: "hit"
    did: str  # its past tense
    done: str  # its past participle
    minimum: int

    def fields(self) -> dict[str, str]:
        """The fields of questions and answers that hold these words."""
        return {"things": self.things, "do": self.do, "did": self.did, "done": self.done}


def comparisons(tables: Tables) -> Iterator[Fact]:
    """Pairs of players' seasons, players' careers, teams' seasons and players' births."""
    templates = load_section("comparisons", kinds=KINDS)
    for statistic in _statistics("season_comparisons"):
        yield from _season_comparisons(tables, templates["season comparison"], statistic)
    for statistic in _statistics("career_comparisons"):
        yield from _career_comparisons(tables, templates["career comparison"], statistic)
    yield from _team_comparisons(tables, templates["team comparison"])
    yield from _birth_comparisons(tables, templates["older of two"])


def _statistics(section: str) -> list[ComparedStatistic]:
    keys = {"things": str, "do": str, "did": str, "done": str, "minimum": int}
    return [ComparedStatistic(stat, **words) for stat, words in load_words(section, keys).items()]


def _in_neutral_order(one: str, other: str) -> dict[str, str]:
    """The two names as fields, in an order that does not reveal the answer."""
    if stable_number(one, other) % 2:
        return {"first": one, "second": other}
    return {"first": other, "second": one}


# ------------------------------------------------------------------------------ players' seasons


def _season_comparisons(
    tables: Tables, template: FactTemplate, statistic: ComparedStatistic
) -> Iterator[Fact]:
    stat = statistic.id
    stat_tables = statistic_tables(tables, stat)
    chosen = best_seasons(tables, stat_tables.by_season, stat, statistic.minimum, SEASONS)
    for more, less in _rival_seasons(tables, chosen, stat):
        winner, loser = tables.players[more["playerID"]], tables.players[less["playerID"]]
        year = more["yearID"]
        fields = {
            **_in_neutral_order(winner.name, loser.name),
            **statistic.fields(),
            "year": year,
            "winner": winner.name,
            "more": more[stat],
            "less": less[stat],
        }
        states = (
            statements.compared_in_season(winner.id, loser.id, year, stat),
            stat_tables.figure(winner.id, year, stat),
            stat_tables.figure(loser.id, year, stat),
        )
        yield make_fact(template, fields, person_forms(winner), states)


def _rival_seasons(tables: Tables, seasons: list[Row], stat: str) -> list[tuple[Row, Row]]:
    """(more, less): pairs of the best seasons of a year, most famous players first."""
    by_year = defaultdict(list)
    for row in seasons:
        by_year[row["yearID"]].append(row)

    pairs: list[tuple[float, Row, Row]] = []  # with the fame of both players
    for group in by_year.values():
        for one, other in combinations(group[:BEST_OF_YEAR], 2):
            first, second = tables.players[one["playerID"]], tables.players[other["playerID"]]
            if one[stat] != other[stat] and first.last != second.last:
                more, less = (one, other) if one[stat] > other[stat] else (other, one)
                pairs.append((first.fame + second.fame, more, less))

    pairs.sort(key=lambda pair: (-pair[0], pair[1]["yearID"]))
    return [(more, less) for _, more, less in pairs[:SEASON_COMPARISONS]]


# ------------------------------------------------------------------------------ players' careers


def _career_comparisons(
    tables: Tables, template: FactTemplate, statistic: ComparedStatistic
) -> Iterator[Fact]:
    stat = statistic.id
    stat_tables = statistic_tables(tables, stat)
    totals = {row["playerID"]: row for row in rows(stat_tables.by_career)}
    best = best_careers(tables, totals, stat, statistic.minimum, CAREERS)
    retired = [player for player, _ in best if not player.is_active]
    for one, other in _pairs_of_peers(retired, CAREER_COMPARISONS):
        if totals[one.id][stat] == totals[other.id][stat]:
            continue
        more, less = one, other
        if totals[one.id][stat] < totals[other.id][stat]:
            more, less = other, one
        fields = {
            **_in_neutral_order(label_of(more), label_of(less)),
            **statistic.fields(),
            "winner": label_of(more),
            "more": f"{totals[more.id][stat]:,}",
            "less": f"{totals[less.id][stat]:,}",
        }
        states = (
            statements.compared_in_career(more.id, less.id, stat),
            stat_tables.figure(more.id, "career", stat),
            stat_tables.figure(less.id, "career", stat),
            *more.label_states,
            *less.label_states,
        )
        yield make_fact(template, fields, person_forms(more), states)


def _pairs_of_peers(players: list[Player], count: int) -> list[tuple[Player, Player]]:
    """At most `count` pairs of about equally known players who were active at the same time.

    `players` must be in order of fame.
    """
    pairs: list[tuple[Player, Player]] = []
    for index, player in enumerate(players):
        neighbours = players[index + 1 : index + NEIGHBOURS]
        pairs += [(player, peer) for peer in _peers(player, neighbours)]
    return pairs[:count]


def _peers(player: Player, others: list[Player]) -> list[Player]:
    """Up to `PEERS` of the others who shared seasons with the player, but not his last name."""

    def is_peer(other: Player) -> bool:
        shared = set(player.seasons) & set(other.seasons)
        return len(shared) >= MIN_SHARED_SEASONS and other.last != player.last

    peers = [other for other in others if is_peer(other)]
    peers.sort(key=lambda other: stable_number("peer", player.id, other.id))
    return peers[:PEERS]


# ---------------------------------------------------------------------------------------- births


def _birth_comparisons(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    known = best_known_players(tables, BIRTHS, has_birth_date)
    for one, other in _pairs_of_peers(known, BIRTH_COMPARISONS):
        early, late = sorted((one, other), key=_birth_date)
        if early.birth["year"] == late.birth["year"]:
            continue
        fields = {
            **_in_neutral_order(label_of(one), label_of(other)),
            "winner": label_of(early),
            "early": early.birth["year"],
            "late": late.birth["year"],
        }
        states = (
            statements.compared_by_birth(early.id, late.id),
            statements.birth_year(early.id),
            statements.birth_year(late.id),
            *early.label_states,
            *late.label_states,
        )
        yield make_fact(template, fields, person_forms(early), states)


def _birth_date(player: Player) -> tuple[int, int, int]:
    return player.birth["year"], player.birth["month"], player.birth["day"]


# --------------------------------------------------------------------------------- teams' seasons


def _team_comparisons(tables: Tables, template: FactTemplate) -> Iterator[Fact]:
    """Of each league's season, the teams ranked 1 and 2, 2 and 3, and 1 and 4 in wins."""
    by_league = defaultdict(list)
    for row in sorted(tables.teams.values(), key=lambda row: -row["W"]):
        if row["lgID"] in ("AL", "NL") and row["yearID"] >= FIRST_SEASON_OF_BOTH_LEAGUES:
            by_league[row["yearID"], row["lgID"]].append(row)
    for league_season in sorted(by_league, key=lambda key: stable_number("teams", *key)):
        clubs = by_league[league_season]
        for rank, lower_rank in TEAM_RANKS:
            if lower_rank >= len(clubs):
                continue
            more, less = clubs[rank], clubs[lower_rank]
            if more["W"] > less["W"] and more["nickname"] != less["nickname"]:
                yield _team_comparison(template, more, less)


def _team_comparison(template: FactTemplate, more: Row, less: Row) -> Fact:
    year = more["yearID"]
    fields = {
        **_in_neutral_order(more["name"], less["name"]),
        "year": year,
        "winner": more["name"],
        "more": more["W"],
        "less": less["W"],
    }
    states = (
        statements.teams_compared(more["teamID"], less["teamID"], year),
        statements.team_wins(more["teamID"], year),
        statements.team_wins(less["teamID"], year),
    )
    return make_fact(template, fields, club_forms(more), states)
