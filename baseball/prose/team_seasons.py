"""A document about each season of each team; here, its first paragraph: how the season went."""

from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

from baseball import statements
from baseball.lahman import FIRST_SEASON_OF_BOTH_LEAGUES, SEASON_WITHOUT_FANS, SPLIT_SEASON
from baseball.prose.archive import Archive, Row
from baseball.prose.document import ELSEWHEN, Chooser, Draft, Sentence, Subject, lines_of
from baseball.prose.series import team_postseason
from baseball.prose.team_honours import team_honours
from baseball.prose.team_players import team_hitters, team_newcomers, team_pitchers
from baseball.wording import (
    LEAGUES,
    an_average,
    at_park,
    batting_average,
    counted,
    earned_run_average,
    gap_in_words,
    join_names,
    place_in_words,
    plural,
    small_number,
    standing_group,
    with_the,
)

MIN_CHANGE = 8  # a change in wins from the year before that is worth a sentence
LEADING_COLUMNS = ("R", "HR", "attendance", "W", "L")


def team_seasons(archive: Archive) -> Iterator[Draft]:
    """Every season of every team, champions first."""
    for row in sorted(archive.tables.teams.values(), key=_rank_of_document):
        yield _team_season(archive, row)


def _rank_of_document(row: Row) -> tuple[bool, bool, bool, int]:
    """A sort key: champions, then pennant winners, then other teams, each group shuffled by a hash.

    The National Association comes last.
    """
    shuffled = crc32(f"{row['teamID']}{row['yearID']}".encode())
    return row["lgID"] == "NA", row["WSWin"] != "Y", row["LgWin"] != "Y", shuffled


def _team_season(archive: Archive, row: Row) -> Draft:
    year, name = row["yearID"], row["name"]
    choose = archive.chooser("team", row["teamID"], year)
    paragraphs = [
        _season_of_team(archive, row, choose),
        team_hitters(archive, row, choose),
        team_pitchers(archive, row, choose),
        team_honours(archive, row, choose),
        team_newcomers(archive, row, choose),
        team_postseason(archive, row, choose),
    ]
    if choose.one_in(3):
        paragraphs[1], paragraphs[2] = paragraphs[2], paragraphs[1]
    subject = team_subject(f"{year} {name}", row["nickname"])
    return Draft(f"{year} {name}", "team", subject, paragraphs)


# ------------------------------------------------------------------- shared with other modules


def team_subject(name: str, nickname: str) -> Subject:
    """team_subject("New York Yankees", "Yankees").full -> 'the New York Yankees'"""
    return Subject(f"the {name}", f"the {nickname}", "they", "their", "them")


def season_words(row: Row) -> dict[str, Any]:
    """The words for lines about a team's season."""
    return {
        "team": row["name"],
        "name": row["name"],
        "nickname": row["nickname"],
        "year": row["yearID"],
        "league": LEAGUES[row["lgID"]],
        "group": standing_group(row["lgID"], row["divID"]),
        "place": place_in_words(row["Rank"]),
        "w": row["W"],
        "l": row["L"],
        "wins": plural(row["W"], "game"),
        "victories": plural(row["W"], "win"),
        "losses": plural(row["L"], "loss", "losses"),
    }


def record_ids(row: Row) -> tuple[str, str]:
    """The statements of a sentence that gives a team's wins and losses."""
    team, year = row["teamID"], row["yearID"]
    return statements.team_wins(team, year), statements.team_losses(team, year)


def games_behind(first: Row, other: Row) -> float:
    """How many games the other team is behind: 3 for a 97-65 team if the first is 100-62."""
    return ((first["W"] - other["W"]) + (other["L"] - first["L"])) / 2


def is_comparable(standings: Sequence[Row], column: str) -> bool:
    """Whether the teams of a league's season can be compared by a column, such as "HR".

    Attendance is compared from 1901 on, except in 2020, when no spectators were admitted.
    """
    if column == "attendance":
        year = standings[0]["yearID"]
        if year < FIRST_SEASON_OF_BOTH_LEAGUES or year == SEASON_WITHOUT_FANS:
            return False
    return all(row[column] is not None for row in standings)


# ---------------------------------------------------------------------------- the first paragraph


def _season_of_team(archive: Archive, row: Row, choose: Chooser) -> list[Sentence]:
    """Record and place, margin, manager, park and crowds, runs, figures, change in wins."""
    states = (*record_ids(row), *statements.finish(row))
    result = choose.sentence(lines_of("team_seasons")["result"], season_words(row), states)
    return [
        result,
        *_margin(archive, row, choose),
        *_manager(archive, row, choose),
        *_home(row, choose),
        *_crowds(row, choose),
        *_scoring(archive, row, choose),
        *_team_figures(row, choose),
        *_change_in_wins(archive, row, choose),
    ]


def _margin(archive: Archive, row: Row, choose: Chooser) -> Iterator[Sentence]:
    """How far it finished ahead of the second team of its division, or behind the first."""
    standings = archive.standings[row["yearID"], row["lgID"]]
    group = [other for other in standings if other["divID"] == row["divID"]]
    is_first = row["Rank"] == 1
    if row["yearID"] == SPLIT_SEASON or len(group) < 2 or is_first != (group[0] is row):
        return
    other = group[1] if is_first else group[0]
    gap = games_behind(row, other) if is_first else games_behind(other, row)
    if gap <= 0:
        return
    lines = lines_of("team_seasons")["ahead" if is_first else "behind"]
    words = {"gap": gap_in_words(gap), "other": other["name"]}
    states = (*statements.finish(row), *statements.finish(other))
    yield choose.sentence(lines, words, states, names_others=True)


def _manager(archive: Archive, row: Row, choose: Chooser) -> Iterator[Sentence]:
    lines = lines_of("team_seasons")
    team, year = row["teamID"], row["yearID"]
    managers = archive.tables.managers_of.get((team, year), [])
    if not managers:
        return
    states = [statements.team_manager(team, year)]
    if row["WSWin"] == "Y":
        states.append(statements.world_series_manager(year))
    names = [archive.players[manager].name for manager in managers]
    if len(names) == 1:
        yield choose.sentence(lines["managed"], {"manager": names[0]}, states, names_others=True)
    else:
        words = {"managers": join_names(names)}
        yield choose.sentence(lines["managed_in_turn"], words, states, names_others=True)


def _home(row: Row, choose: Chooser) -> Iterator[Sentence]:
    parks = row["parks"]
    if not parks:
        return
    lines = lines_of("team_seasons")["home" if len(parks) == 1 else "several_homes"]
    words = {"park": join_names([at_park(park) for park in dict.fromkeys(parks)])}
    yield choose.sentence(lines, words, [statements.team_park(row["teamID"], row["yearID"])])


def _crowds(row: Row, choose: Chooser) -> Iterator[Sentence]:
    attendance = row["attendance"]
    if not attendance or row["yearID"] == SEASON_WITHOUT_FANS:
        return
    lines = lines_of("team_seasons")["crowds"]
    states = [statements.team_attendance(row["teamID"], row["yearID"])]
    yield choose.sentence(lines, {"fans": f"{attendance:,}"}, states)


def _scoring(archive: Archive, row: Row, choose: Chooser) -> Iterator[Sentence]:
    """Runs scored and allowed, and what the team alone led its league in."""
    lines = lines_of("team_seasons")
    team, year, league = row["teamID"], row["yearID"], row["lgID"]
    words = {"r": row["R"], "ra": row["RA"]}
    yield choose.sentence(lines["scoring"], words, [statements.team_figure(team, year, "R")])
    standings = archive.standings[year, league]
    others = [other for other in standings if other is not row]
    for column in LEADING_COLUMNS:
        if not is_comparable(standings, column):
            continue
        if all(other[column] < row[column] for other in others):
            words = {"league": with_the(league), "value": row[column]}
            states = [statements.leading_team(league, year, column)]
            if column in ("W", "L"):
                states += statements.finish(row)
            yield choose.sentence(lines[f"led_league_{column}"], words, states)


def _team_figures(row: Row, choose: Chooser) -> Iterator[Sentence]:
    """Batting, pitching and fielding of the whole team."""
    lines = lines_of("team_seasons")
    average = earned_run_average(row["ER"], row["IPouts"])
    words = {
        "avg": batting_average(row["H"], row["AB"]),
        "hr": plural(row["HR"], "home run") if row["HR"] else "no home runs",
        "era": average,
        "an_era": an_average(average),
        "sho": counted(row["SHO"], "shutout"),
        "so": f"{row['SOA']:,}",
        "e": row["E"],
    }
    states = [statements.team_figure(row["teamID"], row["yearID"], "HR")]
    yield choose.sentence(lines["batting"], words, states)
    yield choose.sentence(lines["pitching"], words)
    if choose.one_in(2):
        yield choose.sentence(lines["fielding"], words)


def _change_in_wins(archive: Archive, row: Row, choose: Chooser) -> Iterator[Sentence]:
    """How many more or fewer wins than the year before, if the seasons were about as long."""
    before = _season_before(archive, row)
    if before is None or before["name"] != row["name"] or abs(row["G"] - before["G"]) > 8:
        return
    difference = row["W"] - before["W"]
    count = abs(difference)
    if count < MIN_CHANGE:
        return
    lines = lines_of("team_seasons")["more_wins" if difference > 0 else "fewer_wins"]
    words = {
        "wins": small_number(count),
        "more": counted(count, "more game", "more games"),
        "fewer": counted(count, "fewer game", "fewer games"),
        "year": before["yearID"],
    }
    states = [
        statements.team_wins(row["teamID"], row["yearID"]),
        statements.team_wins(before["teamID"], before["yearID"]),
    ]
    yield choose.sentence(lines, words, states, ELSEWHEN)


def _season_before(archive: Archive, row: Row) -> Row | None:
    seasons = archive.tables.franchises[row["franchID"]]
    return next((other for other in seasons if other["yearID"] == row["yearID"] - 1), None)
