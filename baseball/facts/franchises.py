"""Franchises."""

from collections import Counter
from collections.abc import Iterator

from baseball.facts.fact import Fact, _fact, _shuffle_key, club_forms, in_words
from baseball.lahman import (
    LAST_SEASON,
    Tables,
)

NAME_OF_YEAR = (
    "What was the {team} franchise called in {year}?",
    "Under what name did the franchise of the {team} play in {year}?",
    "In {year}, what name did today's {team} go by?",
    "Name the club of {year} that is now the {team}.",
    "The {team} of today were known by what name in {year}?",
    "Before they were the {team}, what were they called in {year}?",
)


FIRST_UNDER_NAME = (
    "In what year did the {team} who lasted until {end} first take the field?",
    "When did the {team} whose last season was {end} begin to play under that name?",
    "What was the first season of the {team} who played until {end}?",
    "The {team}, a name that lasted until {end}, were first called so in which year?",
    "Name the first season of the {team}, the club whose name lasted until {end}.",
    "From which year until {end} did the {team} play?",
)


LAST_UNDER_NAME = (
    "What was the last season of the {team} who began under that name in {start}?",
    "In what year did the {team}, so called since {start}, play their last season under that name?",
    "Until which year did the {team} who started in {start} play under that name?",
    "When did the name {team}, first used in {start}, go out of use?",
    "Name the final season of the {team}, the club that took the name in {start}.",
    "From {start} until which year did the {team} play?",
)


SUCCESSOR = (
    "Which present-day club were the {team} of {years}?",
    "What is the franchise of the {team} of {years} called today?",
    "The {team} of {years} live on as which club?",
    "Name the club of today that was once the {team} ({years}).",
    "Into which present-day team did the {team} of {years} turn?",
    "Under what name does the old {team} club of {years} play now?",
)


TITLES_WON = (
    "How many World Series has the {team} franchise won through {last}?",
    "What is the {team} franchise's total of World Series titles through {last}?",
    "Through {last}, the {team} franchise had won the World Series how many times?",
    "Count the World Series championships of the {team} franchise through {last}.",
    "How many times had the {team} franchise been World Series champions by the end of {last}?",
    "As of {last}, how many World Series trophies belonged to the {team} franchise?",
)


LATEST_TITLE = (
    "When did the {team} franchise last win the World Series, as of {last}?",
    "As of {last}, what was the most recent World Series title of the {team} franchise?",
    "In what year was the latest World Series championship, through {last}, of the {team} franchise?",
    "Name the year of the {team} franchise's most recent World Series win through {last}.",
    "Looking back from {last}, in which year had the {team} franchise last been world champions?",
    "Through {last}, which season brought the {team} franchise its latest World Series title?",
)


def franchises(tables: Tables) -> Iterator[Fact]:
    """Franchises' former names and world championships."""
    titles, latest = Counter(), {}
    for series in sorted(tables.series, key=lambda series: series["yearID"]):
        if series["round"] == "WS" and series["yearID"] >= 1903:
            franchise = tables.franchise_of(series["teamIDwinner"], series["yearID"])
            titles[franchise] += 1
            latest[franchise] = series["yearID"]
    for franchise, teams in sorted(tables.franchises.items()):
        current = teams[-1]
        is_alive = current["yearID"] == LAST_SEASON
        yield from _names_of_franchise(franchise, teams, current, is_alive)
        if is_alive:
            fields = {"team": current["name"], "last": LAST_SEASON}
            count = titles[franchise]
            answer = f"The {{team}} franchise had won {in_words(count) if count else 'no'} World Series {'title' if count == 1 else 'titles'} through {{last}}."
            accepted = (in_words(count), str(count)) if count else ("no", "zero")
            yield _fact(
                "world series titles",
                TITLES_WON,
                fields,
                answer,
                accepted[: 2 if count else 1],
                (f"titles:{franchise}",),
            )
            if count:
                year = latest[franchise]
                answer = f"The {{team}} franchise last won the World Series in {year}."
                states = (f"titles:{franchise}:latest", f"worldseries:{year}:winner")
                yield _fact(
                    "latest world series title", LATEST_TITLE, fields, answer, (str(year),), states
                )


def names_of(teams: list[dict]) -> list[tuple[dict, int, int]]:
    """(a row, first year, last year) for each name in a franchise's history, in order."""
    runs = []
    for row in teams:
        if runs and runs[-1][0]["name"] == row["name"]:
            runs[-1] = (runs[-1][0], runs[-1][1], row["yearID"])
        else:
            runs.append((row, row["yearID"], row["yearID"]))
    return runs


def _town_forms(row: dict) -> tuple[str, ...]:
    """_town_forms(the row of the 1946 Braves) -> ('boston braves', 'boston')"""
    return row["name"].lower(), row["city"].lower()


def _names_of_franchise(
    franchise: str, teams: list[dict], current: dict, is_alive: bool
) -> Iterator[Fact]:
    for row, start, end in names_of(teams):
        ids = (f"name:{franchise}:{row['name']}:first", f"name:{franchise}:{row['name']}:last")
        fields = {
            "team": row["name"],
            "start": start,
            "end": end,
            "years": f"{start}-{end}" if end > start else str(start),
        }
        if end < LAST_SEASON and start != end and row["lgID"] != "NA":
            answer = "The {team} who lasted until {end} first played under that name in {start}."
            yield _fact(
                "first season under a name", FIRST_UNDER_NAME, fields, answer, (str(start),), ids
            )
            answer = "The {team} who began in {start} last played under that name in {end}."
            yield _fact(
                "last season under a name",
                LAST_UNDER_NAME,
                fields,
                answer,
                (str(end),),
                (ids[1], ids[0]),
            )
        if is_alive and row["name"] != current["name"]:
            # Where only the town changed, the nickname would be no answer.
            now, then = (
                (club_forms(current), club_forms(row))
                if row["nickname"] != current["nickname"]
                else (_town_forms(current), _town_forms(row))
            )
            answer = f"The {{team}} of {{years}} are today's {current['name']}."
            yield _fact(
                "present-day club",
                SUCCESSOR,
                fields,
                answer,
                now,
                (f"successor:{franchise}:{row['name']}", *ids),
            )
            for year in range(start, end + 1):
                if _shuffle_key("name", franchise, year) % 2 == 0:
                    answer = f"In {year} the franchise of the {current['name']} was called the {row['name']}."
                    states = (f"name:{franchise}:{year}", f"successor:{franchise}:{row['name']}")
                    yield _fact(
                        "name in a season",
                        NAME_OF_YEAR,
                        {"team": current["name"], "year": year},
                        answer,
                        then,
                        states,
                    )
