"""Comparisons."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from baseball.facts.careers import _best_careers
from baseball.facts.fact import (
    Fact,
    _best_known,
    _best_seasons,
    _fact,
    _shuffle_key,
    club_forms,
    person_forms,
)
from baseball.lahman import (
    Player,
    Tables,
    batting_id,
    pitching_id,
    rows,
    team_id,
)

SEASON_COMPARISONS = (
    ("HR", "home runs", "hit", "hit", 20, "batting"),
    ("RBI", "runs", "drive in", "drove in", 70, "batting"),
    ("SB", "bases", "steal", "stole", 20, "batting"),
    ("H", "hits", "collect", "collected", 150, "batting"),
    ("W", "games", "win", "won", 14, "pitching"),
    ("SO", "batters", "strike out", "struck out", 120, "pitching"),
)


SEASON_COMPARISON = (
    "Who {did} more {things} in {year}, {first} or {second}?",
    "In {year}, which of the two {did} more {things}: {second} or {first}?",
    "Of {first} and {second}, who {did} the greater number of {things} in {year}?",
    "Compare {second} with {first}: who {did} more {things} in the {year} season?",
    "Between {first} and {second}, who had the edge in {year} for {things} {done}?",
    "Did {first} or {second} {do} more {things} in {year}?",
)


CAREER_COMPARISONS = (
    ("HR", "home runs", "hit", "hit", 150, "batting"),
    ("H", "hits", "collect", "collected", 1500, "batting"),
    ("RBI", "runs", "drive in", "drove in", 800, "batting"),
    ("SB", "bases", "steal", "stole", 200, "batting"),
    ("W", "games", "win", "won", 120, "pitching"),
    ("SO", "batters", "strike out", "struck out", 1200, "pitching"),
    ("SV", "games", "save", "saved", 150, "pitching"),
)


CAREER_COMPARISON = (
    "Who {did} more {things} in his career, {first} or {second}?",
    "Over a whole career, which of the two {did} more {things}: {second} or {first}?",
    "Of {first} and {second}, who {did} the greater number of {things} as a major leaguer?",
    "Compare the careers of {second} and {first}: who {did} more {things}?",
    "Between {first} and {second}, who had the edge in career {things} {done}?",
    "Did {first} or {second} {do} more {things} over all his seasons?",
)


TEAM_COMPARISON = (
    "Which team won more games in {year}, the {first} or the {second}?",
    "In {year}, who finished with more wins: the {second} or the {first}?",
    "Of the {first} and the {second}, which club had the higher win total in {year}?",
    "Compare the {second} with the {first} in {year}: who won more often?",
    "Between the {first} and the {second}, which had more victories in the {year} season?",
    "Did the {first} or the {second} win more games in {year}?",
)


OLDER = (
    "Who was born first, {first} or {second}?",
    "Who is the older of the two by birth, {second} or {first}?",
    "Of {first} and {second}, who came into the world earlier?",
    "Compare the birth dates of {second} and {first}: whose is the earlier?",
    "Between {first} and {second}, whose birth came first?",
    "Was {first} or {second} born earlier?",
)


def comparisons(tables: Tables) -> Iterator[Fact]:
    """Which of two players or teams had more, or was born first."""
    for stat, things, do, did, minimum, table in SEASON_COMPARISONS:
        yield from _season_comparisons(tables, stat, things, do, did, minimum, table)
    for stat, things, do, did, minimum, table in CAREER_COMPARISONS:
        yield from _career_comparisons(tables, stat, things, do, did, minimum, table)
    yield from _team_comparisons(tables)
    known = _best_known(
        tables,
        500,
        lambda player: player.birth["year"] and player.birth["month"] and player.birth["day"],
    )
    for one, other in _pairs_of_peers(known, 700):
        early, late = sorted(
            (one, other),
            key=lambda player: (player.birth["year"], player.birth["month"], player.birth["day"]),
        )
        if early.birth["year"] < late.birth["year"]:
            states = (
                f"compare:{early.id}:{late.id}:born",
                *(f"born:{player.id}:year" for player in (early, late)),
                *early.label_states,
                *late.label_states,
            )
            answer = f"{early.label} was born first, in {early.birth['year']} against {late.birth['year']}."
            yield _fact(
                "older of two",
                OLDER,
                _two(one.label, other.label),
                answer,
                person_forms(early),
                states,
            )


def _two(one: str, other: str, **more) -> dict:
    """The two names in an order that says nothing about the answer."""
    first, second = (one, other) if _shuffle_key(one, other) % 2 else (other, one)
    return {"first": first, "second": second, **more}


def _pairs_of_peers(players: list[Player], count: int) -> list[tuple[Player, Player]]:
    """Pairs of well-known players who were active at the same time for five seasons or more."""
    pairs = []
    for index, player in enumerate(players):
        rivals = [
            other
            for other in players[index + 1 : index + 120]
            if len(set(player.seasons) & set(other.seasons)) >= 5 and other.last != player.last
        ]
        rivals.sort(key=lambda other, player=player: _shuffle_key("peer", player.id, other.id))
        pairs += [(player, other) for other in rivals[:2]]
    return pairs[:count]


def _season_comparisons(
    tables: Tables, stat: str, things: str, do: str, did: str, minimum: int, table: str
) -> Iterator[Fact]:
    frame, statement_id = (
        (tables.batting, batting_id) if table == "batting" else (tables.pitching, pitching_id)
    )
    by_year = defaultdict(list)
    for row in _best_seasons(tables, frame, stat, minimum, 1400):
        by_year[row["yearID"]].append(row)
    pairs = []
    for year, group in by_year.items():
        for one, other in combinations(group[:5], 2):
            names = [tables.players[row["playerID"]] for row in (one, other)]
            if one[stat] != other[stat] and names[0].last != names[1].last:
                pairs.append((names[0].fame + names[1].fame, year, one, other))
    pairs.sort(key=lambda pair: (-pair[0], pair[1]))
    for _, year, one, other in pairs[:300]:
        more, less = sorted((one, other), key=lambda row: -row[stat])
        winner, loser = tables.players[more["playerID"]], tables.players[less["playerID"]]
        fields = _two(
            winner.name,
            loser.name,
            year=year,
            things=things,
            do=do,
            did=did,
            done=did if did != "struck out" else "struck out",
        )
        answer = (
            f"{winner.name} {did} more {things} in {{year}}, {more[stat]} against {less[stat]}."
        )
        states = (
            f"compare:{winner.id}:{loser.id}:{year}:{stat}",
            statement_id(winner.id, year, stat),
            statement_id(loser.id, year, stat),
        )
        yield _fact(
            "season comparison", SEASON_COMPARISON, fields, answer, person_forms(winner), states
        )


def _career_comparisons(
    tables: Tables, stat: str, things: str, do: str, did: str, minimum: int, table: str
) -> Iterator[Fact]:
    frame, statement_id = (
        (tables.career_batting, batting_id)
        if table == "batting"
        else (tables.career_pitching, pitching_id)
    )
    totals = {row["playerID"]: row for row in rows(frame)}
    known = [
        player
        for player, _ in _best_careers(tables, totals, stat, minimum, 200)
        if not player.is_active
    ]
    for one, other in _pairs_of_peers(known, 170):
        more, less = sorted((one, other), key=lambda player: -totals[player.id][stat])
        if totals[more.id][stat] == totals[less.id][stat]:
            continue
        fields = _two(more.label, less.label, things=things, do=do, did=did, done=did)
        answer = f"{more.label} {did} more {things} in his career, {totals[more.id][stat]:,} against {totals[less.id][stat]:,}."
        states = (
            f"compare:{more.id}:{less.id}:career:{stat}",
            *(statement_id(player.id, "career", stat) for player in (more, less)),
            *more.label_states,
            *less.label_states,
        )
        yield _fact(
            "career comparison", CAREER_COMPARISON, fields, answer, person_forms(more), states
        )


def _team_comparisons(tables: Tables) -> Iterator[Fact]:
    by_league = defaultdict(list)
    for row in sorted(tables.teams.values(), key=lambda row: -row["W"]):
        if row["lgID"] in ("AL", "NL") and row["yearID"] >= 1901:
            by_league[row["yearID"], row["lgID"]].append(row)
    for year, league in sorted(by_league, key=lambda key: _shuffle_key("teams", *key)):
        group = by_league[year, league]
        for one, other in ((group[0], group[1]), (group[1], group[2]), (group[0], group[3])):
            if one["W"] > other["W"] and one["nickname"] != other["nickname"]:
                fields = _two(one["name"], other["name"], year=year)
                answer = f"The {one['name']} won more games in {{year}}, {one['W']} against {other['W']}."
                states = (
                    f"compare:{one['teamID']}:{other['teamID']}:{year}:W",
                    team_id(one["teamID"], year, "W"),
                    team_id(other["teamID"], year, "W"),
                )
                yield _fact(
                    "team comparison", TEAM_COMPARISON, fields, answer, club_forms(one), states
                )
