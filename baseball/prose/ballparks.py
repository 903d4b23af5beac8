"""A document about each ballpark: where it is, who played there, its seasons and crowds."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from baseball import statements
from baseball.lahman import park_name, places, rows
from baseball.prose.archive import Archive, Row
from baseball.prose.document import ELSEWHEN, Chooser, Draft, Sentence, Subject, lines_of
from baseball.prose.franchises import in_paragraphs
from baseball.prose.series import series_sentence, world_series_with
from baseball.wording import at_park, counted, in_years, join_names, place_in_words

MIN_GAMES = 100  # for a park to get a document
MIN_HOME_GAMES = 40  # in a season, for a park to count as a team's home
BIGGEST_CROWDS = 5  # seasons


def ballparks(archive: Archive) -> Iterator[Draft]:
    """The parks with at least `MIN_GAMES` games, the busiest first."""
    seasons_of_park = _seasons_of_parks(archive)
    games = {
        park: sum(season["games"] for season in seasons)
        for park, seasons in seasons_of_park.items()
    }
    for key in sorted(games, key=lambda park: (-games[park], park)):
        park = archive.tables.parks.get(key)
        if games[key] < MIN_GAMES or park is None:
            continue
        choose = archive.chooser("park", key)
        seasons = seasons_of_park[key]
        name = park["parkname"]
        subject = Subject(at_park(name), "the park", "it", "its", "it")
        opening = [*_opening(park, seasons, games[key], archive.tables.last_season)]
        years = in_paragraphs(_years(archive, seasons, choose))
        yield Draft(name, "ballpark", subject, [opening, *years])


def _seasons_of_parks(archive: Archive) -> dict[str, list[Row]]:
    """park -> the seasons of teams that played there, in order of years"""
    seasons = archive.tables.home_games
    found = defaultdict(list)
    for row in rows(seasons.sort_values("yearkey")):
        if (row["teamkey"], row["yearkey"]) in archive.tables.teams:
            found[row["parkkey"]].append(row)
    return found


def _opening(park: Row, seasons: Sequence[Row], games: int, last_season: int) -> Iterator[Sentence]:
    """Where the park is, how many games were played in it, its other names."""
    town, us_states = park["city"], places().us_states
    if park["state"] in us_states:
        state = us_states[park["state"]].removeprefix("the ")
        town = f"{town}, {state}"
    first, last = seasons[0]["yearkey"], seasons[-1]["yearkey"]
    if last == last_season:
        yield Sentence(f"<S> was in use in {town} in {last}.")
    else:
        yield Sentence(f"<S> was a ballpark in {town}.")
    span = f"from {first} to {last}"
    yield Sentence(f"Major league teams played {games:,} games there {span}.")
    if park["parkalias"]:
        names = [_spaced(alias) for alias in re.split("; ?", park["parkalias"])]
        yield Sentence(f"<S> was also called {join_names(names)}.")


def _spaced(alias: str) -> str:
    """_spaced("JoeRobbie") -> 'Joe Robbie': Lahman runs the words of some aliases together."""
    return park_name(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", alias))


def _years(archive: Archive, seasons: Sequence[Row], choose: Chooser) -> Iterator[list[Sentence]]:
    """The teams whose home it was, then a group of sentences for some of the seasons.

    These are the first season, those with a pennant or a big crowd, and a quarter of the rest. The
    teams are in the first group.
    """
    homes = [season for season in seasons if season["games"] >= MIN_HOME_GAMES]
    teams = [archive.club(season["teamkey"], season["yearkey"]) for season in homes]
    crowds = sorted((season["attendance"] or 0 for season in homes), reverse=True)
    biggest = crowds[:BIGGEST_CROWDS]
    group = [*_home_teams(teams, choose)]
    for season, row in zip(homes, teams, strict=True):
        is_crowded = season["attendance"] in biggest
        is_notable = season is homes[0] or row["LgWin"] == "Y" or is_crowded
        if is_notable or choose.one_in(4):
            group += _season(archive, season, row, is_crowded, choose)
            yield group
            group = []


def _home_teams(teams: Sequence[Row], choose: Chooser) -> Iterator[Sentence]:
    seasons_of_team = defaultdict(list)
    for row in teams:
        seasons_of_team[row["name"]].append(row)
    for name, seasons in seasons_of_team.items():
        words = {"team": name, "years": in_years([row["yearID"] for row in seasons])}
        states = [statements.team_park(row["teamID"], row["yearID"]) for row in seasons]
        yield choose.sentence(lines_of("ballparks")["home"], words, states, ELSEWHEN)


def _season(
    archive: Archive, season: Row, row: Row, is_crowded: bool, choose: Chooser
) -> Iterator[Sentence]:
    """A team's season in the park, the attendance if it was big, and the World Series."""
    lines = lines_of("ballparks")
    team, year = row["teamID"], row["yearID"]
    park = statements.team_park(team, year)
    attendance = season["attendance"] or 0
    words = {
        "team": row["name"],
        "games": counted(season["games"], "game"),
        "place": place_in_words(row["Rank"]),
        "fans": f"{attendance:,}",
    }
    yield choose.sentence(lines["season"], words, (park, *statements.finish(row)), year)
    if is_crowded and attendance:
        states = (park, statements.team_attendance(team, year))
        yield choose.sentence(lines["crowd"], words, states, year)
    series = world_series_with(archive, row)
    if series is not None:
        yield series_sentence(archive, series, choose)
