"""A career club by club: how a player joined each, how long he stayed, and his seasons there."""

from typing import NamedTuple

from baseball import statements
from baseball.lahman import Player
from baseball.prose.archive import Archive
from baseball.prose.document import ELSEWHEN, Chooser, Sentence, lines_of
from baseball.prose.player_season import season_sentences
from baseball.wording import MONTHS, join_names

FULL_PARAGRAPH = 7  # sentences
# A paragraph this short is appended to the one before, unless that one is long.
SHORT_PARAGRAPH = 3
JOINABLE_PARAGRAPH = 5


class Stay(NamedTuple):
    """Consecutive seasons of a player with the same club, or one season with several clubs."""

    years: list[int]
    clubs: list[str]  # teamIDs in order


class PastClub(NamedTuple):
    """A club that the player had played for before, and his last year in that stay."""

    team: str
    last_year: int


def career_seasons(archive: Archive, player: Player, choose: Chooser) -> list[list[Sentence]]:
    """The seasons in order: a paragraph for each stay with a club, several for a long one."""
    paragraphs: list[list[Sentence]] = []
    past_clubs: list[PastClub] = []
    for stay in stays(player):
        opening = stay_opening(archive, player, stay, past_clubs, choose)
        *full, last = _paragraphs_of_stay(archive, player, stay, opening, choose)
        paragraphs += full
        is_short = len(last) <= SHORT_PARAGRAPH
        if is_short and paragraphs and len(paragraphs[-1]) <= JOINABLE_PARAGRAPH:
            paragraphs[-1] += last
        else:
            paragraphs.append(last)
        past_clubs += [PastClub(team, stay.years[-1]) for team in stay.clubs]
    return paragraphs


def stays(player: Player) -> list[Stay]:
    """A player's career as stays: a season with several clubs is a stay of its own."""
    found: list[Stay] = []
    for year in player.seasons:
        clubs = player.clubs[year]
        if found and len(clubs) == 1 and found[-1].clubs == clubs:
            found[-1].years.append(year)
        else:
            found.append(Stay([year], clubs))
    return found


def _paragraphs_of_stay(
    archive: Archive, player: Player, stay: Stay, opening: list[Sentence], choose: Chooser
) -> list[list[Sentence]]:
    """The seasons of a stay, after its opening sentences. All paragraphs but the last are full."""
    paragraphs = [opening]
    season_sentence_count = 0  # in the last paragraph
    for year in stay.years:
        ends = ends_of_career(player, year)
        season = [
            sentence._replace(states=sentence.states + ends)
            for sentence in season_sentences(archive, player, year, choose)
        ]
        if season_sentence_count >= FULL_PARAGRAPH and len(paragraphs[-1]) >= FULL_PARAGRAPH:
            paragraphs.append(_later_opening(archive, player, stay.clubs[-1], year, choose))
            season_sentence_count = 0
        paragraphs[-1].extend(season)
        season_sentence_count += len(season)
    return paragraphs


def _later_opening(
    archive: Archive, player: Player, team: str, year: int, choose: Chooser
) -> list[Sentence]:
    """The start of a further paragraph, which sometimes says that he was still with the club."""
    if not choose.one_in(4):
        return []
    lines = lines_of("career_clubs")["later_years"]
    words = {"nickname": archive.club(team, year)["nickname"], "year": year}
    return [choose.sentence(lines, words, archive.played_for(player.id, year, team), year)]


def ends_of_career(player: Player, year: int) -> tuple[str, ...]:
    """The statements made by any sentence about this year in a career told season by season.

    The first season shows when the career began, and the last season when it ended.
    """
    states = []
    if year == player.seasons[0]:
        states.append(statements.debut_year(player.id))
    if year == player.seasons[-1] and not player.is_active:
        states.append(statements.final_year(player.id))
    return tuple(states)


# -------------------------------------------------------------------------- how he joined a club


def stay_opening(
    archive: Archive, player: Player, stay: Stay, past_clubs: list[PastClub], choose: Chooser
) -> list[Sentence]:
    """How he joined the club and, if he stayed long, when he left."""
    first, last = stay.years[0], stay.years[-1]
    shown = [state for club in stay.clubs for state in archive.played_for(player.id, first, club)]
    states = (*dict.fromkeys(shown), *ends_of_career(player, last))
    if len(set(stay.clubs)) > 1:
        arrival = _with_several_clubs(archive, player, stay, states, choose)
    elif len(player.seasons) == 1:
        lines = lines_of("career_clubs")["only_club"]
        words = {"team": archive.tables.team_name(stay.clubs[0], first)}
        arrival = choose.sentence(lines, words, states, first).as_of(player.as_of)
    elif not past_clubs:
        arrival = _with_first_club(archive, player, stay, states, choose)
    else:
        arrival = _with_next_club(archive, stay, past_clubs, states, choose)
    is_long = len(stay.years) >= 4 and len(stay.years) == last - first + 1
    if is_long:
        return [arrival, _stayed_sentence(archive, player, stay, choose)]
    return [arrival]


def _with_several_clubs(
    archive: Archive, player: Player, stay: Stay, states: tuple[str, ...], choose: Chooser
) -> Sentence:
    """The clubs that he played for in one season."""
    lines = lines_of("career_clubs")
    year = stay.years[0]
    teams = [archive.tables.team_name(club, year) for club in dict.fromkeys(stay.clubs)]
    options = lines["split_clubs"] if len(teams) == 2 else lines["split_among_clubs"]
    words = {
        "clubs": join_names([f"the {team}" for team in teams]),
        "first": teams[0],
        "last": teams[-1],
    }
    if year == player.seasons[0]:
        debut = statements.debut_year(player.id), statements.debut_team(player.id)
        states = (*states, *debut)
    return choose.sentence(options, words, states, year)


def _with_first_club(
    archive: Archive, player: Player, stay: Stay, states: tuple[str, ...], choose: Chooser
) -> Sentence:
    year = stay.years[0]
    words = {
        "team": archive.tables.team_name(stay.clubs[-1], year),
        "when": _day_of_debut(player, year),
    }
    debut = statements.debut_year(player.id), statements.debut_team(player.id)
    return choose.sentence(lines_of("career_clubs")["first_club"], words, (*debut, *states), year)


def _day_of_debut(player: Player, year: int) -> str:
    """'on April 15, 1947', or 'in 1947' if the day is not known."""
    debut_year, month, day = player.debut
    if debut_year == year and month and day:
        return f"on {MONTHS[month]} {day}, {year}"
    return f"in {year}"


def _with_next_club(
    archive: Archive,
    stay: Stay,
    past_clubs: list[PastClub],
    states: tuple[str, ...],
    choose: Chooser,
) -> Sentence:
    """That he stayed with a club (which may have a new name), returned to one or joined one."""
    lines = lines_of("career_clubs")
    tables = archive.tables
    club, year = stay.clubs[-1], stay.years[0]
    team = tables.team_name(club, year)
    franchise = tables.franchise_of(club, year)
    before = past_clubs[-1]
    if club == before.team:
        options = lines["still_club"]
    elif franchise == tables.franchise_of(before.team, before.last_year):
        options = lines["renamed_club"]
        old_name = tables.team_name(before.team, before.last_year)
        states = (
            *states,
            statements.successor(franchise, old_name),
            statements.first_season_of_name(franchise, team),
        )
    elif any(club == past.team for past in past_clubs):
        options = lines["back_club"]
    else:
        options = lines["next_club"]
    return choose.sentence(options, {"team": team, "year": year}, states, year)


def _stayed_sentence(archive: Archive, player: Player, stay: Stay, choose: Chooser) -> Sentence:
    """His first and last year with the club."""
    club = stay.clubs[-1]
    first, last = stay.years[0], stay.years[-1]
    states = [state for year in stay.years for state in archive.played_for(player.id, year, club)]
    if first == player.seasons[0]:
        states.append(statements.debut_year(player.id))
    if last == player.seasons[-1] and not player.is_active:
        states.append(statements.final_year(player.id))
    words = {
        "nickname": archive.club(club, first)["nickname"],
        "first": first,
        "last": last,
    }
    lines = lines_of("career_clubs")["stayed"]
    sentence = choose.sentence(lines, words, dict.fromkeys(states), ELSEWHEN)
    return sentence.as_of(player.as_of if last == player.seasons[-1] else None)
