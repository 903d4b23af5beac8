"""A document about each World Series: the outcome, the hitters, the pitchers."""

from collections.abc import Iterator

from baseball import statements
from baseball.lahman import BOTH_LEAGUES, FIRST_WORLD_SERIES
from baseball.prose.archive import Archive, Row
from baseball.prose.document import Chooser, Draft, Sentence, Subject, lines_of
from baseball.prose.player_season import batting_words
from baseball.prose.series import world_series_of
from baseball.prose.team_seasons import record_ids
from baseball.wording import LEAGUES, counted, in_words, innings, join_names

MAX_HITTERS = 10
MAX_PITCHERS = 8


def world_series(archive: Archive) -> Iterator[Draft]:
    """Each World Series since 1903, latest first."""
    for year in range(archive.tables.last_season, FIRST_WORLD_SERIES - 1, -1):
        series = world_series_of(archive, year)
        if series is None:
            continue
        choose = archive.chooser("series", year)
        subject = Subject(f"the {year} World Series", "the Series", "it", "its", "it")
        paragraphs = [
            _course(archive, series, choose),
            [*_hitters(archive, year, choose)],
            [*_pitchers(archive, year, choose)],
        ]
        yield Draft(f"{year} World Series", "world series", subject, paragraphs)


# ------------------------------------------------------------------------------------- the course


def _course(archive: Archive, series: Row, choose: Chooser) -> list[Sentence]:
    """The teams, their seasons, the outcome, the managers, the most valuable player."""
    year = series["yearID"]
    winner = archive.club(series["teamIDwinner"], year)
    loser = archive.club(series["teamIDloser"], year)
    return [
        _teams(winner, loser, choose),
        _regular_season(winner, choose),
        _regular_season(loser, choose),
        *_outcome(series, winner, choose),
        *_managers(archive, winner, loser, choose),
        *_most_valuable_players(archive, year),
    ]


def _pennant(row: Row) -> str:
    """The pennant, which any sentence that shows the team in a World Series states."""
    return statements.pennant(row["yearID"], row["lgID"])


def _teams(winner: Row, loser: Row, choose: Chooser) -> Sentence:
    if choose.one_in(2):
        text = f"In <s> the {winner['name']} met the {loser['name']}."
    else:
        text = f"<S> brought together the {winner['name']} and the {loser['name']}."
    return Sentence(text, (_pennant(winner), _pennant(loser)), winner["yearID"])


def _regular_season(row: Row, choose: Chooser) -> Sentence:
    words = {
        "nickname": row["nickname"],
        "w": row["W"],
        "l": row["L"],
        "league": LEAGUES[row["lgID"]],
    }
    lines = lines_of("world_series")["regular_season"]
    return choose.sentence(lines, words, (*record_ids(row), _pennant(row)), row["yearID"])


def _outcome(series: Row, winner: Row, choose: Chooser) -> Iterator[Sentence]:
    year = series["yearID"]
    length = statements.world_series_games(year)
    words = {"winner": winner["nickname"], "games": in_words(series["games"])}
    states = (
        statements.world_series_winner(year),
        statements.world_series_loser(year),
        length,
        _pennant(winner),
    )
    yield choose.sentence(lines_of("world_series")["outcome"], words, states, year)
    if series["ties"]:
        yield Sentence("One of the games was a tie.", (length,), year)


def _managers(archive: Archive, winner: Row, loser: Row, choose: Chooser) -> Iterator[Sentence]:
    """The manager of each team, if it had only one that year."""
    for row in (winner, loser):
        team, year = row["teamID"], row["yearID"]
        managers = archive.tables.managers_of.get((team, year), [])
        if len(managers) != 1:
            continue
        words = {"manager": archive.players[managers[0]].name, "nickname": row["nickname"]}
        states = [statements.team_manager(team, year), _pennant(row)]
        if row is winner:
            states.append(statements.world_series_manager(year))
        yield choose.sentence(lines_of("world_series")["manager"], words, states, year)


def _most_valuable_players(archive: Archive, year: int) -> Iterator[Sentence]:
    names = [
        archive.players[row["playerID"]].name
        for row in archive.awards_of_year.get(year, ())
        if row["awardID"] == "World Series MVP"
    ]
    if names:
        role = "was named most valuable player"
        if len(names) > 1:
            role = "were named most valuable players"
        states = (statements.award("WSMVP", year, BOTH_LEAGUES),)
        yield Sentence(f"{join_names(names)} {role} of the Series.", states, year)


# ------------------------------------------------------------------------------------ the players


def _hitters(archive: Archive, year: int, choose: Chooser) -> Iterator[Sentence]:
    """The hitters with the best figures."""
    lines = lines_of("world_series")
    hitters = [row for row in archive.series_batting[year] if row["AB"] >= 8]
    for hitter in sorted(hitters, key=_rank_of_hitter)[:MAX_HITTERS]:
        player = archive.players[hitter["playerID"]]
        club = archive.club(hitter["teamID"], year)
        words = {
            **batting_words(hitter),
            "name": player.name,
            "nickname": club["nickname"],
        }
        states = [*archive.played_for(player.id, year, hitter["teamID"]), _pennant(club)]
        if hitter["HR"]:
            states.append(statements.world_series_home_runs(player.id, year))
        kind = "slugger" if hitter["HR"] else "hitter"
        yield choose.sentence(lines[kind], words, states, year)


def _rank_of_hitter(row: Row) -> tuple[int, str]:
    return -(row["H"] + 2 * row["HR"] + row["RBI"]), row["playerID"]


def _pitchers(archive: Archive, year: int, choose: Chooser) -> Iterator[Sentence]:
    """The pitchers who won a game or pitched three innings or more, up to `MAX_PITCHERS`."""
    lines = lines_of("world_series")
    pitchers = sorted(archive.series_pitching[year], key=_rank_of_pitcher)
    for pitcher in pitchers[:MAX_PITCHERS]:
        if not pitcher["W"] and pitcher["IPouts"] < 9:
            continue
        player = archive.players[pitcher["playerID"]]
        club = archive.club(pitcher["teamID"], year)
        words = {
            **_pitching_words(pitcher),
            "name": player.name,
            "nickname": club["nickname"],
        }
        states = [
            *archive.played_for(player.id, year, pitcher["teamID"]),
            _pennant(club),
            statements.world_series_wins(player.id, year),
        ]
        kind = "winning_pitcher" if pitcher["W"] else "pitcher"
        yield choose.sentence(lines[kind], words, states, year)


def _rank_of_pitcher(row: Row) -> tuple[int, int, str]:
    return -row["W"], -row["IPouts"], row["playerID"]


def _pitching_words(row: Row) -> dict[str, str]:
    return {
        "wins": counted(row["W"], "game"),
        "victories": counted(row["W"], "victory", "victories"),
        "innings": innings(row["IPouts"]),
        "so": counted(row["SO"], "batter"),
        "runs": counted(row["ER"], "earned run") if row["ER"] else "no earned runs",
    }
