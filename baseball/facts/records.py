"""Records."""

from collections.abc import Iterator

import pandas as pd

from baseball.facts.careers import _through
from baseball.facts.fact import (
    ORDINALS,
    Fact,
    _best_known,
    _fact,
    _labelled,
    in_words,
    number_forms,
    person_forms,
)
from baseball.lahman import (
    LAST_SEASON,
    Tables,
    batting_id,
    club_ids,
    pitching_id,
    rows,
)

RECORD_WORDS = {
    "HR": ("home runs", batting_id, "batting"),
    "RBI": ("runs batted in", batting_id, "batting"),
    "H": ("hits", batting_id, "batting"),
    "R": ("runs scored", batting_id, "batting"),
    "2B": ("doubles", batting_id, "batting"),
    "3B": ("triples", batting_id, "batting"),
    "SB": ("stolen bases", batting_id, "batting"),
    "BB": ("walks drawn", batting_id, "batting"),
    "W": ("wins by a pitcher", pitching_id, "pitching"),
    "SO": ("strikeouts by a pitcher", pitching_id, "pitching"),
    "SV": ("saves", pitching_id, "pitching"),
    "SHO": ("shutouts by a pitcher", pitching_id, "pitching"),
}


CLUB_SEASON_RECORD = (
    "Since 1901, who has had the most {things} in one season for the {team} franchise?",
    "Which player holds the {team} franchise record since 1901 for {things} in a season?",
    "In the history of the {team} franchise since 1901, whose season was the best for {things}?",
    "Name the holder of the modern single-season record for {things} of the {team} franchise.",
    "The {team} franchise record for {things} in a single year, counted from 1901, belongs to whom?",
    "Of all who have played for the {team} franchise since 1901, who had the most {things} in any one year?",
)


CLUB_CAREER_RECORD = (
    "Who has the most career {things} for the {team} franchise?",
    "Which player is the all-time leader of the {team} franchise in {things}?",
    "In the whole history of the {team} franchise, who ranks first in {things}?",
    "Name the career leader of the {team} franchise in {things}.",
    "The career record of the {team} franchise for {things} belongs to whom?",
    "Of all who have played for the {team} franchise, who piled up the most {things}?",
)


ALL_TIME_RANK = (
    "Who ranks {place} on the all-time list for career {things}?",
    "Through {last}, which player stood {place} in career {things}?",
    "Name the player who is {place} all-time in {things} over a career.",
    "On the career list for {things}, who holds {place} place?",
    "Counting every season through {last}, who is number {number} in career {things}?",
    "Whose career total of {things} is the {rank} in major league history?",
)


SEASON_RANK = (
    "Since 1901, who has had the {rank} total of {things} in one season?",
    "Who holds {place} place among single-season totals of {things} since 1901?",
    "Name the player with the {rank} number of {things} in a season, counted from 1901.",
    "On the modern list of single-season {things}, whose total stands {place}?",
    "Of all seasons since 1901, whose was the {rank} for {things}?",
    "Counting from 1901, which player's season is number {number} for {things}?",
)


DECADE = (
    "Who had the most {things} in the {decade}s?",
    "Which player led the major leagues in {things} over the ten seasons of the {decade}s?",
    "In the {decade}s, whose total of {things} was the highest?",
    "Name the leader in {things} for the decade of the {decade}s.",
    "From {decade} through {end}, who piled up the most {things}?",
    "Of all players of the {decade}s, who ranked first in {things}?",
)


def records(tables: Tables) -> Iterator[Fact]:
    """Records of franchises, all-time and single-season ranks, leaders of decades."""
    current = {
        club[-1]["franchID"]: club[-1]["name"]
        for club in tables.franchises.values()
        if club[-1]["yearID"] == LAST_SEASON
    }
    for stat, (things, statement_id, table) in RECORD_WORDS.items():
        if table == "batting":
            by_season, by_career, by_club = (
                tables.batting,
                tables.career_batting,
                tables.club_batting,
            )
        else:
            by_season, by_career, by_club = (
                tables.pitching,
                tables.career_pitching,
                tables.club_pitching,
            )
        yield from _club_records(tables, current, by_club, stat, things, table)
        yield from _all_time(tables, by_career, stat, things, statement_id)
        yield from _single_seasons(
            tables, by_season[by_season["yearID"] >= 1901], stat, things, statement_id
        )
        yield from _decades(tables, by_season, stat, things)


def _holder(frame: pd.DataFrame, stat: str) -> list[dict]:
    """Rows with the highest value."""
    return rows(frame[frame[stat] == frame[stat].max()])


def _club_records(
    tables: Tables, current: dict[str, str], frame: pd.DataFrame, stat: str, things: str, table: str
) -> Iterator[Fact]:
    frame = frame[["playerID", "yearID", "teamID", "franchID", stat]].dropna()
    frame = frame[frame["franchID"].isin(current)]
    for franchise, group in frame[frame["yearID"] >= 1901].groupby("franchID"):
        best = _holder(group, stat)
        player, year = tables.players[best[0]["playerID"]], best[0]["yearID"]
        if len(best) == 1:
            states = [
                f"record:{franchise}:season:{stat}",
                *club_ids(tables, player.id, year, best[0]["teamID"]),
            ]
            if len(set(player.clubs[year])) == 1:
                states.append(f"{table}:{player.id}:{year}:{stat}")
            answer = f"{player.name} had the most {{things}} in a season for the {{team}} franchise since 1901, {best[0][stat]} in {year}."
            yield _fact(
                "franchise season record",
                CLUB_SEASON_RECORD,
                {"team": current[franchise], "things": things},
                answer,
                person_forms(player),
                tuple(states),
            )
    totals = frame.groupby(["franchID", "playerID"])[stat].sum().reset_index()
    for franchise, group in totals.groupby("franchID"):
        best = _holder(group, stat)
        player = tables.players[best[0]["playerID"]]
        if len(best) == 1:
            states = [f"record:{franchise}:career:{stat}", f"club:{player.id}:{franchise}"]
            if len(player.franchises) == 1:
                states.append(f"{table}:{player.id}:career:{stat}")
            answer = f"{player.name} had the most career {{things}} for the {{team}} franchise, {best[0][stat]:,}."
            yield _fact(
                "franchise career record",
                CLUB_CAREER_RECORD,
                {"team": current[franchise], "things": things},
                answer,
                person_forms(player),
                tuple(states),
            )


def _all_time(
    tables: Tables, frame: pd.DataFrame, stat: str, things: str, statement_id
) -> Iterator[Fact]:
    for rank, row in _clear_ranks(frame[["playerID", stat]].dropna(), stat, 10):
        player = tables.players[row["playerID"]]
        if player.in_national_association:
            continue
        answer = f"{player.name} ranks {{place}} all-time in career {{things}} with {row[stat]:,}."
        states = (f"record:alltime:{stat}:{rank}", statement_id(player.id, "career", stat))
        yield _fact(
            "all-time rank",
            ALL_TIME_RANK,
            {**_rank_words(rank), "things": things, "last": LAST_SEASON},
            answer,
            person_forms(player),
            states,
        )


def _single_seasons(
    tables: Tables, frame: pd.DataFrame, stat: str, things: str, statement_id
) -> Iterator[Fact]:
    for rank, row in _clear_ranks(frame[["playerID", "yearID", stat]].dropna(), stat, 6):
        player = tables.players[row["playerID"]]
        answer = f"{player.name} had the {{rank}} total of {{things}} in a season since 1901, {row[stat]} in {row['yearID']}."
        states = (f"record:season:{stat}:{rank}", statement_id(player.id, row["yearID"], stat))
        yield _fact(
            "single-season rank",
            SEASON_RANK,
            {**_rank_words(rank), "things": things},
            answer,
            person_forms(player),
            states,
        )


def _clear_ranks(frame: pd.DataFrame, stat: str, count: int) -> list[tuple[int, dict]]:
    """(rank, row) for the first places, as far as nobody shares them."""
    top = rows(frame.sort_values([stat, "playerID"], ascending=[False, True]).head(count + 1))
    values = [row[stat] for row in top]
    return [
        (rank, row) for rank, row in enumerate(top[:count], start=1) if values.count(row[stat]) == 1
    ]


def _rank_words(rank: int) -> dict:
    place = ORDINALS[rank]
    return {
        "place": place,
        "number": in_words(rank),
        "rank": "highest" if rank == 1 else f"{place}-highest",
    }


def _decades(tables: Tables, frame: pd.DataFrame, stat: str, things: str) -> Iterator[Fact]:
    for decade in range(1900 if stat != "SV" else 1970, LAST_SEASON - 8, 10):
        years = frame[frame["yearID"].between(decade, decade + 9)]
        best = _holder(years.groupby("playerID")[stat].sum().reset_index(), stat)
        if len(best) == 1:
            player = tables.players[best[0]["playerID"]]
            answer = f"{player.name} had the most {{things}} in the {{decade}}s, {best[0][stat]:,}."
            fields = {"things": things, "decade": decade, "end": decade + 9}
            yield _fact(
                "leader of a decade",
                DECADE,
                fields,
                answer,
                person_forms(player),
                (f"record:{decade}s:{stat}",),
            )


BEST_SEASON_WORDS = {
    "HR": ("home runs", "hit", 10, batting_id, "batting"),
    "H": ("hits", "had", 120, batting_id, "batting"),
    "RBI": ("runs batted in", "had", 60, batting_id, "batting"),
    "SB": ("stolen bases", "had", 20, batting_id, "batting"),
    "W": ("wins as a pitcher", "had", 12, pitching_id, "pitching"),
    "SO": ("strikeouts as a pitcher", "had", 120, pitching_id, "pitching"),
}


CAREER_HIGH = (
    "What was the most {things} {name} ever had in one season?",
    "What was {owner} career high in {things}?",
    "In his best season for {things}, how many did {name} have?",
    "{owner} single-season high in {things} was what number?",
    "Give the highest total of {things} in any one of {owner} seasons.",
    "At his peak, how many {things} did {name} have in a single year?",
)


YEAR_OF_CAREER_HIGH = (
    "In which season did {name} set his career high in {things}?",
    "When did {name} have his best year for {things}?",
    "What year saw {owner} highest total of {things}?",
    "{name} had more {things} in which season than in any other?",
    "Name the year of {owner} career high in {things}.",
    "In what year did {name} reach his personal best in {things}?",
)


def career_highs(tables: Tables) -> Iterator[Fact]:
    """Players' best seasons: the figure, and the year."""
    for stat, (things, had, minimum, statement_id, table) in BEST_SEASON_WORDS.items():
        frame = tables.batting if table == "batting" else tables.pitching
        frame = frame[["playerID", "yearID", stat]]
        best = frame[frame[stat] == frame.groupby("playerID")[stat].transform("max")]
        alone = best[~best["playerID"].duplicated(keep=False) & (best[stat] >= minimum)]
        highs = {row["playerID"]: row for row in rows(alone)}
        for player in _best_known(
            tables,
            220,
            lambda player, highs=highs: player.id in highs and not player.in_national_association,
        ):
            row = highs[player.id]
            year, value = row["yearID"], row[stat]
            states = (
                statement_id(player.id, "high", stat),
                statement_id(player.id, year, stat),
                statement_id(player.id, "high-year", stat),
                *player.label_states,
            )
            answer = f"{player.label} {had} a career-high {value} {things} in {year}{_through(player).replace('through', 'as of')}."
            yield _fact(
                "career high",
                CAREER_HIGH,
                _labelled(player, things=things),
                answer,
                number_forms(value),
                states,
            )
            states = (states[2], *states[:2], *player.label_states)
            yield _fact(
                "year of career high",
                YEAR_OF_CAREER_HIGH,
                _labelled(player, things=things),
                answer,
                (str(year),),
                states,
            )
