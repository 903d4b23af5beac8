"""Ballparks."""

import re
from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.team_seasons import finish_ids
from baseball.lahman import (
    LAST_SEASON,
    US_STATES,
    at_park,
    join_names,
    park_name,
    rows,
    team_id,
)
from baseball.prose.archive import Archive, counted, in_years
from baseball.prose.document import Chooser, Draft, Sentence, Subject
from baseball.prose.leagues import series_result
from baseball.prose.team_seasons import place_in_words
from baseball.prose.writing import ELSEWHEN


def ballparks(archive: Archive) -> Iterator[Draft]:
    """The parks in which a hundred or more games were played, the busiest first."""
    by_park = defaultdict(list)
    for row in rows(
        archive.tables.home_games.drop(columns=["spanfirst", "spanlast"]).sort_values("yearkey")
    ):
        if (row["teamkey"], row["yearkey"]) in archive.tables.teams:
            by_park[row["parkkey"]].append(row)
    for key, group in sorted(
        by_park.items(), key=lambda item: (-sum(row["games"] for row in item[1]), item[0])
    ):
        games = sum(row["games"] for row in group)
        park = archive.tables.parks.get(key)
        if games < 100 or park is None:
            continue
        choose = Chooser("park", key)
        name = park["parkname"]
        subject = Subject(at_park(name), "the park", "it", "its", "it")
        place = (
            f"{park['city']}, {US_STATES[park['state']].removeprefix('the ')}"
            if park["state"] in US_STATES
            else park["city"]
        )
        first, last = group[0]["yearkey"], group[-1]["yearkey"]
        ends = f"from {first} to {last}" if last < LAST_SEASON else f"since {first}"
        opening = [
            Sentence(
                f"<S> is in {place}." if last == LAST_SEASON else f"<S> was a ballpark in {place}."
            ),
            Sentence(
                f"Major league teams {'played' if last < LAST_SEASON else 'have played'} {games:,} games there {ends}."
            ),
        ]
        if park["parkalias"]:
            others = [
                park_name(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", alias))
                for alias in re.split("; ?", park["parkalias"])
            ]
            opening.append(Sentence(f"<S> has also been called {join_names(others)}."))
        yield Draft(name, "ballpark", subject, [opening, *_park_years(archive, group, choose)])


PARK_SEASON = (
    "<T> the {team} played {games} there and finished {place}.",
    "The {team}, who finished {place} <t>, played {games} there.",
    "The {team} were at home there <t> for {games} and came in {place}.",
    "<T> it was the home of the {team}, who ended up {place}.",
)


PARK_CROWD = (
    "Over the season {fans} people came to see the {team} there <t>.",
    "The {team} drew {fans} fans to the park <t>.",
    "<T> the crowds for the {team} added up to {fans}.",
)


def _park_years(archive: Archive, group: list[dict], choose: Chooser) -> Iterator[list[Sentence]]:
    """The clubs that had their home there; of the seasons the first, those of pennants, those of the biggest crowds, and some others."""
    homes = [season for season in group if season["games"] >= 40]
    by_club = defaultdict(list)
    for season in homes:
        row = archive.club(season["teamkey"], season["yearkey"])
        by_club[row["name"]].append(row)
    paragraph = []
    for name, seasons in by_club.items():
        ids = tuple(team_id(row["teamID"], row["yearID"], "park") for row in seasons)
        line = choose(
            (
                "<S> was the home of the {team} {years}.",
                "The {team} had <p> field as their own {years}.",
                "The {team} played their home games there {years}.",
            )
        )
        paragraph.append(
            Sentence(
                line.replace("<p> field", "<o>").format(
                    team=name, years=in_years([row["yearID"] for row in seasons])
                ),
                ids,
                ELSEWHEN,
            )
        )
    crowds = sorted((season["attendance"] or 0 for season in homes), reverse=True)[:5]
    for index, season in enumerate(homes):
        row = archive.club(season["teamkey"], season["yearkey"])
        if (
            index
            and row["LgWin"] != "Y"
            and season["attendance"] not in crowds
            and not choose.one_in(4)
        ):
            continue
        paragraph += _park_season(archive, season, row, season["attendance"] in crowds, choose)
        if len(paragraph) >= 8:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _park_season(
    archive: Archive, season: dict, row: dict, is_crowded: bool, choose: Chooser
) -> Iterator[Sentence]:
    year, park = row["yearID"], team_id(row["teamID"], row["yearID"], "park")
    words = {
        "team": row["name"],
        "games": counted(season["games"], "game"),
        "place": place_in_words(row["Rank"]),
        "fans": f"{season['attendance'] or 0:,}",
    }
    yield Sentence(choose(PARK_SEASON).format_map(words), (park, *finish_ids(row)), year)
    if is_crowded and season["attendance"]:
        yield Sentence(
            choose(PARK_CROWD).format_map(words),
            (park, team_id(row["teamID"], year, "attendance")),
            year,
        )
    series = archive.series.get((year, "WS"))
    if (
        series is not None
        and year >= 1903
        and row["teamID"] in (series["teamIDwinner"], series["teamIDloser"])
    ):
        yield series_result(archive, series, "the World Series", choose)
