"""Records of franchises, all-time and single-season ranks, leaders of decades."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from baseball import statements
from baseball.facts.fact import Fact, load_section, make_fact, person_forms
from baseball.facts.statistics import StatisticTables, load_words, statistic_tables
from baseball.lahman import FIRST_SEASON_OF_BOTH_LEAGUES, Tables, rows
from baseball.phrasings import FactTemplate
from baseball.wording import ORDINALS, in_words

KINDS = (
    *("franchise season record", "franchise career record"),
    *("all-time rank", "single-season rank", "leader of a decade"),
)

ALL_TIME_RANKS = 10
SEASON_RANKS = 6

FIRST_DECADE = 1900
FIRST_DECADE_WITH_SAVES = 1970  # saves became official in 1969


@dataclass(frozen=True)
class RecordStatistic:
    """A statistic in which there are records."""

    id: str  # the column in Lahman's tables
    things: str  # "home runs"
    figures: StatisticTables


def records(tables: Tables) -> Iterator[Fact]:
    """Franchise records, top ranks and leaders of decades in each statistic."""
    templates = load_section("records", kinds=KINDS)
    names = _present_names(tables)
    for stat, words in load_words("records", {"things": str}).items():
        statistic = RecordStatistic(stat, words["things"], statistic_tables(tables, stat))
        yield from _franchise_seasons(
            tables, templates["franchise season record"], statistic, names
        )
        yield from _franchise_careers(
            tables, templates["franchise career record"], statistic, names
        )
        yield from _all_time_ranks(tables, templates["all-time rank"], statistic)
        yield from _season_ranks(tables, templates["single-season rank"], statistic)
        yield from _decades(tables, templates["leader of a decade"], statistic)


def _first_ranked_season(tables: Tables) -> int:
    """The first season whose figures are ranked among single seasons."""
    return max(FIRST_SEASON_OF_BOTH_LEAGUES, tables.first_season)


# ------------------------------------------------------------------------- records of franchises


def _present_names(tables: Tables) -> dict[str, str]:
    """franchID -> present name, for the franchises that still play."""
    return {
        franchise: teams[-1]["name"]
        for franchise, teams in tables.franchises.items()
        if teams[-1]["yearID"] == tables.last_season
    }


def _franchise_seasons(
    tables: Tables, template: FactTemplate, statistic: RecordStatistic, names: dict[str, str]
) -> Iterator[Fact]:
    stat = statistic.id
    frame = _with_clubs(statistic, names)
    modern = frame[frame["yearID"] >= FIRST_SEASON_OF_BOTH_LEAGUES]
    for franchise, group in modern.groupby("franchID"):
        best = _only_best(group, stat)
        if best is None:
            continue
        player, year = tables.players[best["playerID"]], best["yearID"]
        states = [
            statements.franchise_season_record(franchise, stat),
            *statements.played_for(player.id, year, franchise),
        ]
        if len(set(player.clubs[year])) == 1:  # the figure is that of his whole season
            states.append(statistic.figures.figure(player.id, year, stat))
        fields = {
            "things": statistic.things,
            "first": _first_ranked_season(tables),
            "last": tables.last_season,
            "team": names[franchise],
            "who": player.name,
            "person": player.id,
            "value": best[stat],
            "year": year,
        }
        yield make_fact(template, fields, person_forms(player), states)


def _franchise_careers(
    tables: Tables, template: FactTemplate, statistic: RecordStatistic, names: dict[str, str]
) -> Iterator[Fact]:
    stat = statistic.id
    frame = _with_clubs(statistic, names)
    totals = frame.groupby(["franchID", "playerID"])[stat].sum().reset_index()
    for franchise, group in totals.groupby("franchID"):
        best = _only_best(group, stat)
        if best is None:
            continue
        player = tables.players[best["playerID"]]
        states = [
            statements.franchise_career_record(franchise, stat),
            statements.club(player.id, franchise),
        ]
        if len(player.franchises) == 1:  # the figure is that of his whole career
            states.append(statistic.figures.figure(player.id, "career", stat))
        fields = {
            "things": statistic.things,
            "since": tables.since,
            "last": tables.last_season,
            "team": names[franchise],
            "who": player.name,
            "person": player.id,
            "value": f"{best[stat]:,}",
        }
        yield make_fact(template, fields, person_forms(player), states)


def _with_clubs(statistic: RecordStatistic, names: dict[str, str]) -> pd.DataFrame:
    """The players' known figures, by season and team, for the franchises in `names`."""
    frame = statistic.figures.by_club
    frame = frame[["playerID", "yearID", "teamID", "franchID", statistic.id]].dropna()
    return frame[frame["franchID"].isin(names)]


def _only_best(frame: pd.DataFrame, stat: str) -> dict[str, Any] | None:
    """The row with the highest value; None if two rows share it."""
    best = rows(frame[frame[stat] == frame[stat].max()])
    return best[0] if len(best) == 1 else None


# -------------------------------------------------------------------------- ranks of all players


def _all_time_ranks(
    tables: Tables, template: FactTemplate, statistic: RecordStatistic
) -> Iterator[Fact]:
    stat = statistic.id
    frame = statistic.figures.by_career[["playerID", stat]].dropna()
    for rank, row in _unshared_ranks(frame, stat, ALL_TIME_RANKS):
        player = tables.players[row["playerID"]]
        if player.in_national_association:
            continue
        fields = {
            **_rank_fields(rank),
            "things": statistic.things,
            "since": tables.since,
            "last": tables.last_season,
            "who": player.name,
            "person": player.id,
            "value": f"{row[stat]:,}",
        }
        states = (
            statements.all_time_rank(stat, rank),
            statistic.figures.figure(player.id, "career", stat),
        )
        yield make_fact(template, fields, person_forms(player), states)


def _season_ranks(
    tables: Tables, template: FactTemplate, statistic: RecordStatistic
) -> Iterator[Fact]:
    stat = statistic.id
    frame = statistic.figures.by_season
    modern = frame[frame["yearID"] >= FIRST_SEASON_OF_BOTH_LEAGUES]
    modern = modern[["playerID", "yearID", stat]].dropna()
    for rank, row in _unshared_ranks(modern, stat, SEASON_RANKS):
        player, year = tables.players[row["playerID"]], row["yearID"]
        fields = {
            **_rank_fields(rank),
            "things": statistic.things,
            "first": _first_ranked_season(tables),
            "last": tables.last_season,
            "who": player.name,
            "person": player.id,
            "value": row[stat],
            "year": year,
        }
        states = (
            statements.single_season_rank(stat, rank),
            statistic.figures.figure(player.id, year, stat),
        )
        yield make_fact(template, fields, person_forms(player), states)


def _unshared_ranks(
    frame: pd.DataFrame, stat: str, count: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(rank, row) for the first `count` places, except those that two or more rows share."""
    ranked = frame.sort_values([stat, "playerID"], ascending=[False, True])
    top = rows(ranked.head(count + 1))  # one more, which may share the last place
    values = [row[stat] for row in top]
    for rank, row in enumerate(top[:count], start=1):
        if values.count(row[stat]) == 1:
            yield rank, row


def _rank_fields(rank: int) -> dict[str, str]:
    """_rank_fields(3) -> {'place': 'third', 'number': 'three', 'rank': 'third-highest'}"""
    place = ORDINALS[rank]
    words = "highest" if rank == 1 else f"{place}-highest"
    return {"place": place, "number": in_words(rank), "rank": words}


# -------------------------------------------------------------------------------------- decades


def _decades(tables: Tables, template: FactTemplate, statistic: RecordStatistic) -> Iterator[Fact]:
    stat = statistic.id
    frame = statistic.figures.by_season
    start = FIRST_DECADE_WITH_SAVES if stat == "SV" else FIRST_DECADE
    last_whole_decade = tables.last_season - 9
    for decade in range(start, last_whole_decade + 1, 10):
        if decade < tables.first_season:
            continue
        seasons = frame[frame["yearID"].between(decade, decade + 9)]
        best = _only_best(seasons.groupby("playerID")[stat].sum().reset_index(), stat)
        if best is None:
            continue
        player = tables.players[best["playerID"]]
        fields = {
            "things": statistic.things,
            "decade": decade,
            "end": decade + 9,
            "who": player.name,
            "person": player.id,
            "value": f"{best[stat]:,}",
        }
        states = (statements.decade_leader(decade, stat),)
        yield make_fact(template, fields, person_forms(player), states)
