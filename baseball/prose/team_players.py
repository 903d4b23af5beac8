"""The players of a team's season: hitters, pitchers, newcomers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from baseball import statements
from baseball.lahman import FIRST_MAJOR_SEASON, Player
from baseball.prose.archive import Archive, Row
from baseball.prose.document import Chooser, Sentence, lines_of
from baseball.prose.player_season import batting_words, pitching_words
from baseball.wording import join_names

# The most players who get a sentence each.
REGULARS = 9
STARTERS = 6
CLOSERS = 2
# The most players who are named together.
BENCH = 7
OTHER_PITCHERS = 6
NEWCOMERS = 4
ROOKIES = 5
# Positions that one player holds at a time, so that "the shortstop" means one player.
SINGLE_POSITIONS = (
    "catcher",
    "first baseman",
    "second baseman",
    "third baseman",
    "shortstop",
    "designated hitter",
)


def whole_season_figures(
    archive: Archive,
    player: str,
    year: int,
    figure: Callable[[str, int, str], str],
    stats: Iterable[str],
) -> tuple[str, ...]:
    """The ids of a player's figures for the year, or none if he played for several clubs.

    With several clubs, his figures for one of them are not those of his year.
    """
    if not archive.is_whole_season(player, year):
        return ()
    return tuple(figure(player, year, stat) for stat in stats)


def all_played_for(archive: Archive, players: Iterable[str], row: Row) -> tuple[str, ...]:
    """The statements of a sentence that shows several players with the team of this row."""
    states: list[str] = []
    for player in players:
        states += archive.played_for(player, row["yearID"], row["teamID"])
    return tuple(states)


# ---------------------------------------------------------------------------------------- hitters


def team_hitters(archive: Archive, row: Row, choose: Chooser) -> list[Sentence]:
    """The regulars one by one, most at-bats first, then the names of the bench."""
    hitters = [
        hitter
        for hitter in _at_bat(archive, row)
        if _position(archive, hitter, row["yearID"]) != "pitcher"
    ]
    mentioned: set[str] = set()
    sentences = [_hitter(archive, row, hitter, mentioned, choose) for hitter in hitters[:REGULARS]]
    bench = hitters[REGULARS : REGULARS + BENCH]
    return [*sentences, *_named_together(archive, row, bench, "bench", choose)]


def _at_bat(archive: Archive, row: Row) -> list[Row]:
    roster = archive.club_batting.get((row["teamID"], row["yearID"]), [])
    hitters = [hitter for hitter in roster if hitter["AB"] >= 20]
    return sorted(hitters, key=lambda hitter: (-hitter["AB"], hitter["playerID"]))


def _position(archive: Archive, member: Row, year: int) -> str | None:
    return archive.players[member["playerID"]].position_by_year.get(year)


def _hitter(
    archive: Archive, row: Row, hitter: Row, mentioned: set[str], choose: Chooser
) -> Sentence:
    """One hitter, sometimes with his position if no earlier sentence has mentioned it.

    `mentioned` holds the positions mentioned so far, and is updated.
    """
    lines = lines_of("team_players")
    year = row["yearID"]
    player = archive.players[hitter["playerID"]]
    position = player.position_by_year.get(year, "")
    stats = ("AVG", "HR", "RBI", "H", "R")
    states = [
        *archive.played_for(player.id, year, row["teamID"]),
        *whole_season_figures(archive, player.id, year, statements.batting, stats),
    ]
    is_new_position = position in SINGLE_POSITIONS and position not in mentioned
    if hitter["RBI"] is None:
        kind = "hitter_without_rbi"
    elif is_new_position and not choose.one_in(3):
        kind = "hitter_at_position"
        mentioned.add(position)
        if position == player.position:
            states.append(statements.position(player.id))
    else:
        kind = "hitter"
    words = {**batting_words(hitter), "name": player.name, "position": position}
    return choose.sentence(lines[kind], words, states, year, names_others=True)


# --------------------------------------------------------------------------------------- pitchers


def team_pitchers(archive: Archive, row: Row, choose: Chooser) -> list[Sentence]:
    """Starters, then closers, one by one, then the names of other pitchers."""
    staff = _on_the_mound(archive, row)
    closers = [pitcher for pitcher in staff if pitcher["SV"] >= 10 and pitcher["GS"] < 10]
    closers = closers[:CLOSERS]
    others = [pitcher for pitcher in staff if pitcher not in closers]
    starters = [pitcher for pitcher in others if pitcher["W"] + pitcher["L"] >= 3][:STARTERS]
    others = [pitcher for pitcher in others if pitcher not in starters][:OTHER_PITCHERS]
    sentences = [
        _pitcher(archive, row, pitcher, "starter", ("W", "L", "ERA", "SO"), choose)
        for pitcher in starters
    ]
    sentences += [
        _pitcher(archive, row, pitcher, "reliever", ("SV", "ERA"), choose) for pitcher in closers
    ]
    return [*sentences, *_named_together(archive, row, others, "other_pitchers", choose)]


def _on_the_mound(archive: Archive, row: Row) -> list[Row]:
    staff = archive.club_pitching.get((row["teamID"], row["yearID"]), [])
    pitchers = [pitcher for pitcher in staff if pitcher["IPouts"] >= 3]
    return sorted(pitchers, key=lambda pitcher: (-pitcher["IPouts"], pitcher["playerID"]))


def _pitcher(
    archive: Archive, row: Row, pitcher: Row, kind: str, stats: Iterable[str], choose: Chooser
) -> Sentence:
    year = row["yearID"]
    player = archive.players[pitcher["playerID"]]
    states = (
        *archive.played_for(player.id, year, row["teamID"]),
        *whole_season_figures(archive, player.id, year, statements.pitching, stats),
    )
    words = {**pitching_words(pitcher), "name": player.name}
    return choose.sentence(lines_of("team_players")[kind], words, states, year, names_others=True)


def _named_together(
    archive: Archive, row: Row, members: Sequence[Row], kind: str, choose: Chooser
) -> Iterator[Sentence]:
    if not members:
        return
    players = [member["playerID"] for member in members]
    words = {"names": join_names([archive.players[player].name for player in players])}
    states = all_played_for(archive, players, row)
    lines = lines_of("team_players")[kind]
    yield choose.sentence(lines, words, states, row["yearID"], names_others=True)


# -------------------------------------------------------------------------------------- newcomers


class _Arrival(NamedTuple):
    player: Player
    club_before: str  # teamID


def team_newcomers(archive: Archive, row: Row, choose: Chooser) -> list[Sentence]:
    """Players who had been with another club the year before, and rookies."""
    roster = archive.club_batting.get((row["teamID"], row["yearID"]), [])
    by_fame = sorted(roster, key=lambda member: -archive.players[member["playerID"]].fame)
    return [
        *_arrivals(archive, row, by_fame, choose),
        *_rookies(archive, row, by_fame, choose),
    ]


def _arrivals(
    archive: Archive, row: Row, roster: Sequence[Row], choose: Chooser
) -> Iterator[Sentence]:
    year = row["yearID"]
    found = [_arrival(archive, row, member) for member in roster]
    arrivals = [arrival for arrival in found if arrival is not None][:NEWCOMERS]
    if not arrivals:
        return
    names = []
    states: list[str] = []
    for player, before in arrivals:
        club = archive.tables.team_name(before, year - 1)
        names.append(f"{player.name}, who had been with the {club}")
        states += archive.played_for(player.id, year - 1, before)
        states += archive.played_for(player.id, year, row["teamID"])
    lines = lines_of("team_players")["newcomer" if len(arrivals) == 1 else "newcomers"]
    yield choose.sentence(lines, {"names": _join_clauses(names)}, states, year, names_others=True)


def _arrival(archive: Archive, row: Row, member: Row) -> _Arrival | None:
    """The player, if he began the season here and spent the year before with another franchise."""
    year = row["yearID"]
    player = archive.players[member["playerID"]]
    clubs_before = set(player.clubs.get(year - 1, ()))
    if len(clubs_before) != 1 or member["G"] < 15 or player.clubs[year][0] != row["teamID"]:
        return None
    before = clubs_before.pop()
    if archive.tables.franchise_of(before, year - 1) == row["franchID"]:
        return None
    return _Arrival(player, before)


def _join_clauses(clauses: Sequence[str]) -> str:
    """Joins clauses that contain commas: 'A, who ...; B, who ...; and C, who ...'."""
    if len(clauses) < 3:
        return ", and ".join(clauses)
    *first, last = clauses
    return f"{'; '.join(first)}; and {last}"


def _is_rookie(player: Player, team: str, year: int) -> bool:
    """Whether he played his first game for the team in that year."""
    if player.began_before_tables:
        return False
    return player.seasons[0] == year and player.clubs[year][0] == team


def _rookies(
    archive: Archive, row: Row, roster: Sequence[Row], choose: Chooser
) -> Iterator[Sentence]:
    team, year = row["teamID"], row["yearID"]
    members = [archive.players[member["playerID"]] for member in roster]
    rookies = [player for player in members if _is_rookie(player, team, year)]
    if not rookies or year <= FIRST_MAJOR_SEASON:  # in the first season everybody is a rookie
        return
    is_one = len(rookies) == 1
    rookies = rookies[:ROOKIES]
    words = {
        "names": join_names([player.name for player in rookies]),
        "their": "his" if is_one else "their",
        "debuts": "debut" if is_one else "debuts",
    }
    states: list[str] = []
    for player in rookies:
        states += (statements.debut_year(player.id), statements.debut_team(player.id))
        states += archive.played_for(player.id, year, team)
    yield choose.sentence(
        lines_of("team_players")["rookies"], words, states, year, names_others=True
    )
