"""A document about each postseason, round by round."""

from collections.abc import Iterator

from baseball import statements
from baseball.lahman import FIRST_SEASON_OF_DIVISIONS
from baseball.prose.archive import Archive, Row
from baseball.prose.document import NOBODY, Chooser, Draft, Sentence, lines_of
from baseball.prose.series import ROUNDS, by_round, round_of, series_sentence
from baseball.prose.team_seasons import record_ids, season_words
from baseball.wording import join_names

# (Lahman's name of the award, its series, the round)
SERIES_AWARDS = (
    ("ALCS MVP", "American League Championship Series", "LCS"),
    ("NLCS MVP", "National League Championship Series", "LCS"),
    ("World Series MVP", "World Series", "WS"),
)


def playoffs(archive: Archive) -> Iterator[Draft]:
    """Each postseason since the leagues have divisions, with a paragraph for each round."""
    for year in range(archive.tables.last_season, FIRST_SEASON_OF_DIVISIONS - 1, -1):
        choose = archive.chooser("playoffs", year)
        rounds: dict[str, list[Sentence]] = {name: [] for name in ROUNDS}
        introduced: set[str] = set()
        for series in by_round(archive.series_of_year.get(year, ())):
            name = round_of(series)
            if name is not None:
                rounds[name].append(series_sentence(archive, series, choose))
                rounds[name] += _records_of_teams(archive, series, introduced, choose)
        for award, event, name in SERIES_AWARDS:
            rounds[name] += _most_valuable_players(archive, year, award, event)
        if any(rounds.values()):
            yield Draft(f"{year} postseason", "postseason", NOBODY, list(rounds.values()))


def _records_of_teams(
    archive: Archive, series: Row, introduced: set[str], choose: Chooser
) -> Iterator[Sentence]:
    """The record of each team that is not in `introduced`, the set of teams so far; updates it."""
    lines = lines_of("playoffs")["regular_season"]
    year = series["yearID"]
    for team in (series["teamIDwinner"], series["teamIDloser"]):
        if team not in introduced:
            introduced.add(team)
            row = archive.club(team, year)
            yield choose.sentence(lines, season_words(row), record_ids(row), year)


def _most_valuable_players(
    archive: Archive, year: int, award: str, event: str
) -> Iterator[Sentence]:
    given = [row for row in archive.awards_of_year.get(year, ()) if row["awardID"] == award]
    if given:
        names = join_names([archive.players[row["playerID"]].name for row in given])
        text = f"{names} won the {event} Most Valuable Player award <t>."
        yield Sentence(text, (statements.award_given(given[0]),), year)
