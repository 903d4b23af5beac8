"""Postseason series: their names and results, and a team's series in a postseason."""

from collections.abc import Iterable

from baseball import statements
from baseball.lahman import FIRST_WORLD_SERIES
from baseball.prose.archive import Archive, Row
from baseball.prose.document import Chooser, Sentence, lines_of
from baseball.wording import LEAGUES, in_words

ROUNDS = ("WC", "DS", "LCS", "WS")  # as they stand in Lahman's names: "ALWC", "ALDS1", "ALCS", "WS"
SERIES_NAMES = {
    "WC": "the {league} Wild Card round",
    "DS": "the {league} Division Series",
    "LCS": "the {league} Championship Series",
}


def round_of(series: Row) -> str | None:
    """One of `ROUNDS`; None if the winners of a season's halves met, as in 1892 and 1981."""
    return next((name for name in ROUNDS if name in series["round"]), None)


def by_round(group: Iterable[Row]) -> list[Row]:
    """The series of a year in the order of their rounds; those without a round come first."""

    def order(series: Row) -> int:
        name = round_of(series)
        return ROUNDS.index(name) if name else 0

    return sorted(group, key=order)


def series_in_words(series: Row) -> str | None:
    """'the World Series', 'the American League Division Series'; None if `round_of` is None."""
    name = round_of(series)
    if name == "WS":
        if series["yearID"] >= FIRST_WORLD_SERIES:
            return "the World Series"
        return "the championship series against the rival league"
    if name is None:
        return None
    league = series["round"][:2]
    return SERIES_NAMES[name].format(league=LEAGUES[league])


def games_in_words(series: Row) -> str:
    """The result in games: 'four games to two', 'one game to none'."""
    wins, losses = series["wins"], series["losses"]
    noun = "game" if wins == 1 else "games"
    lost = in_words(losses) if losses else "none"
    return f"{in_words(wins)} {noun} to {lost}"


def world_series_of(archive: Archive, year: int) -> Row | None:
    """The World Series of a year; None before 1903 and in the years without one."""
    return archive.series.get((year, "WS")) if year >= FIRST_WORLD_SERIES else None


def world_series_with(archive: Archive, row: Row) -> Row | None:
    """The World Series that the team of this row played in, or None."""
    series = world_series_of(archive, row["yearID"])
    if series is None or row["teamID"] not in (series["teamIDwinner"], series["teamIDloser"]):
        return None
    return series


def series_sentence(archive: Archive, series: Row, choose: Chooser) -> Sentence:
    """Who beat whom in a series, for which `series_in_words` must not be None."""
    year = series["yearID"]
    words = {
        "winner": archive.tables.team_name(series["teamIDwinner"], year),
        "loser": archive.tables.team_name(series["teamIDloser"], year),
        "series": series_in_words(series),
        "result": games_in_words(series),
    }
    return choose.sentence(lines_of("series")["result"], words, _states(series), year)


def team_postseason(archive: Archive, row: Row, choose: Chooser) -> list[Sentence]:
    """The team's series, round by round, except those that have no name or ended in a tie."""
    lines = lines_of("series")
    team, year = row["teamID"], row["yearID"]
    sentences = []
    for series in by_round(archive.series_of_team[team, year]):
        name = series_in_words(series)
        if name is None or series["wins"] == series["losses"]:
            continue
        is_winner = series["teamIDwinner"] == team
        opponent = series["teamIDloser" if is_winner else "teamIDwinner"]
        words = {
            "other": archive.tables.team_name(opponent, year),
            "series": name,
            "result": games_in_words(series),
        }
        outcome = lines["won" if is_winner else "lost"]
        sentences.append(choose.sentence(outcome, words, _states(series), names_others=True))
    return sentences


def _states(series: Row) -> tuple[str, ...]:
    """The statements of a sentence that gives a series' result in games."""
    return *statements.series_result(series), *statements.series_length(series)
