"""A document about each season of the well-known players."""

from collections.abc import Iterator
from typing import NamedTuple

from baseball import statements
from baseball.lahman import Player
from baseball.prose.archive import (
    AWARD_NAMES,
    RANKED_AS_PITCHER,
    RANKED_AT_BAT,
    STAT_WORDS,
    Archive,
    Ranking,
    Row,
    award_statements,
)
from baseball.prose.careers import player_subject
from baseball.prose.document import ELSEWHEN, Chooser, Draft, Sentence, lines_of
from baseball.prose.player_season import (
    FigureWriter,
    batting_words,
    leading_sentences,
    pitching_words,
)
from baseball.prose.team_seasons import season_words
from baseball.wording import (
    counted,
    join_names,
    place_in_words,
    plural,
    small_number,
    with_the,
)

WELL_KNOWN_PLAYERS = 4200


class CloseUp(NamedTuple):
    """A season of a player, at bat or on the mound."""

    player: Player
    row: Row
    is_at_bat: bool
    weight: float  # the heaviest come first


def close_ups(archive: Archive) -> Iterator[Draft]:
    """Single seasons, by the player's fame and his figures."""
    seasons: list[CloseUp] = []
    for player in archive.tables.by_fame[:WELL_KNOWN_PLAYERS]:
        seasons += _seasons_at_bat(archive, player)
        seasons += _seasons_on_the_mound(archive, player)
    seasons.sort(key=lambda season: (-season.weight, season.player.id, season.row["yearID"]))
    for season in seasons:
        yield _draft(archive, season)


def _seasons_at_bat(archive: Archive, player: Player) -> Iterator[CloseUp]:
    for row in archive.batting.get(player.id, ()):
        if row["AB"] >= 300 and row["RBI"] is not None and row["yearID"] >= 1886:
            weight = player.fame * (row["HR"] + row["RBI"] + row["R"])
            yield CloseUp(player, row, True, weight)


def _seasons_on_the_mound(archive: Archive, player: Player) -> Iterator[CloseUp]:
    for row in archive.pitching.get(player.id, ()):
        if row["IPouts"] >= 300 or row["SV"] >= 15:
            weight = player.fame * (8 * row["W"] + row["SO"] / 3 + 3 * row["SV"])
            yield CloseUp(player, row, False, weight)


def _draft(archive: Archive, season: CloseUp) -> Draft:
    player = season.player
    year = season.row["yearID"]
    choose = archive.chooser("close-up", player.id, year, "bat" if season.is_at_bat else "pitch")
    if season.is_at_bat:
        figures = _batter_sentences(archive, player, season.row, choose)
    else:
        figures = _pitcher_sentences(archive, player, season.row, choose)
    opening = _opening(archive, player, year, choose)
    closing = [
        *leading_sentences(archive, player, year, choose),
        *_honours(archive, player, year),
        *_teammates(archive, player, year, choose),
    ]
    title = f"{player.name} in {year}"
    return Draft(title, "player season", player_subject(player), [[*opening, *figures], closing])


# ------------------------------------------------------------------------- the club, his career


def _opening(archive: Archive, player: Player, year: int, choose: Chooser) -> list[Sentence]:
    """His club, and usually his age or how many seasons he had played."""
    clubs = list(dict.fromkeys(player.clubs[year]))
    states = tuple(state for club in clubs for state in archive.played_for(player.id, year, club))
    if len(clubs) == 1:
        sentences = _club_sentences(archive, player, archive.club(clubs[0], year), states, choose)
    else:
        names = join_names([f"the {archive.tables.team_name(club, year)}" for club in clubs])
        sentences = [Sentence(f"<T> <s> played for {names}.", states, year)]
    # If the tables lack his first seasons, the number of this one is unknown.
    if not player.began_before_tables and not choose.one_in(4):
        sentences.append(_age_or_experience(player, year, choose))
    return sentences


def _club_sentences(
    archive: Archive, player: Player, row: Row, states: tuple[str, ...], choose: Chooser
) -> list[Sentence]:
    """The club's finish, its record, its manager. `states` say that he played for it."""
    lines = lines_of("close_ups")
    team, year = row["teamID"], row["yearID"]
    words = season_words(row)
    finish = (*states, *statements.finish(row))
    sentences = [choose.sentence(lines["club"], words, finish, year)]
    if not choose.one_in(4):
        record = (*states, statements.team_wins(team, year), statements.team_losses(team, year))
        sentences.append(
            choose.sentence(lines["club_record"], words, record, year, names_others=True)
        )
    managers = archive.tables.managers_of.get((team, year), [])
    if len(managers) == 1 and managers[0] != player.id:
        words["manager"] = archive.players[managers[0]].name
        managed = (*states, statements.team_manager(team, year))
        sentences.append(
            choose.sentence(lines["club_manager"], words, managed, year, names_others=True)
        )
    return sentences


def _age_or_experience(player: Player, year: int, choose: Chooser) -> Sentence:
    """His age in that year, or the number of the season in his career."""
    if player.birth["year"] and choose.one_in(2):
        text = f"<S> turned {year - player.birth['year']} in {year}."
        return Sentence(text, (statements.birth_year(player.id),), year)
    count = place_in_words(player.seasons.index(year) + 1)
    text = f"It was <p> {count} season in the majors."
    return Sentence(text, (statements.debut_year(player.id),), year)


# ---------------------------------------------------------------------------------- his figures


def _batter_sentences(
    archive: Archive, player: Player, row: Row, choose: Chooser
) -> list[Sentence]:
    lines = lines_of("close_ups")
    words = batting_words(row) | {
        "doubles_n": row["2B"] or "none",
        "triples_n": row["3B"] or "none",
        "bb_times": plural(row["BB"], "time"),
    }
    year = row["yearID"]
    writer = FigureWriter(player, year, statements.batting, words, lines, choose)
    sentences = [
        writer.sentence("batting", "AVG", "H"),
        writer.sentence("power", "HR", "RBI"),
        *_compared_with_year_before(writer, row, archive.batting[player.id], "HR", "home run"),
        writer.sentence("hits", "2B", "3B"),
        writer.sentence("runs", "R", "BB"),
    ]
    if row["SB"]:
        sentences.append(writer.sentence("steals", "SB"))
    ranks = archive.batting_ranks
    return sentences + _second_places(archive, player, year, ranks, RANKED_AT_BAT, choose)


def _pitcher_sentences(
    archive: Archive, player: Player, row: Row, choose: Chooser
) -> list[Sentence]:
    lines = lines_of("close_ups")
    words = pitching_words(row) | {
        "starts": counted(row["GS"], "start"),
        "cg_n": row["CG"],
        "walked": row["BB"],
        "walks": plural(row["BB"], "walk"),
    }
    year = row["yearID"]
    writer = FigureWriter(player, year, statements.pitching, words, lines, choose)
    sentences = [
        writer.sentence("record", "W", "L"),
        writer.sentence("era", "ERA"),
        writer.sentence("strikeouts", "SO"),
    ]
    if row["SV"] >= 5:
        sentences.append(writer.sentence("saves", "SV"))
    if row["CG"] >= 3 and row["SHO"] >= 1:
        sentences.append(writer.sentence("complete_games", "SHO"))
    history = archive.pitching[player.id]
    sentences += _compared_with_year_before(writer, row, history, "W", "win")
    ranks = archive.pitching_ranks
    return sentences + _second_places(archive, player, year, ranks, RANKED_AS_PITCHER, choose)


def _compared_with_year_before(
    writer: FigureWriter, row: Row, history: list[Row], stat: str, noun: str
) -> list[Sentence]:
    """Sometimes compares a figure with that of the year before, if they differ."""
    choose = writer.choose
    year = row["yearID"]
    before = next((other for other in history if other["yearID"] == year - 1), None)
    if before is None or before[stat] is None:
        return []
    new, old = row[stat], before[stat]
    if max(new, old) < 10 or new == old or choose.one_in(2):
        return []
    state = writer.figure(writer.player.id, year, stat)
    state_before = writer.figure(writer.player.id, year - 1, stat)
    if choose.one_in(3):
        amount = plural(old, noun) if old else f"no {noun}s"
        return [Sentence(f"In {year - 1} <s> had had {amount}.", (state_before,), ELSEWHEN)]
    comparison = "more" if new > old else "fewer"
    difference = f"{small_number(abs(new - old))} {comparison}"
    text = f"<P> {plural(new, noun)} <t> were {difference} than <s> had in {year - 1}."
    return [Sentence(text, (state, state_before), year)]


def _second_places(
    archive: Archive,
    player: Player,
    year: int,
    ranks: Ranking,
    stats: tuple[str, ...],
    choose: Chooser,
) -> list[Sentence]:
    """The statistics in which he was second, and who led, if the first three places are clear."""
    lines = lines_of("close_ups")["ranked"]
    sentences = []
    for stat in stats:
        for league in ("AL", "NL"):
            best = ranks.get((year, league, stat), [])
            if not _is_clear_second(best, player.id):
                continue
            if (year, league, stat) not in archive.tables.leaders:
                continue
            words = {
                "place": "second",
                "league": with_the(league),
                "things": STAT_WORDS[stat],
                "leader": archive.players[best[0][1]].name,
            }
            states = [statements.league_leader(year, league, stat)]
            sentences.append(choose.sentence(lines, words, states, year, names_others=True))
    return sentences


def _is_clear_second(best: list[tuple[int, str]], player: str) -> bool:
    """Whether the player is second without ties. `best` are (value, player), highest first."""
    if len(best) < 3 or best[1][1] != player:
        return False
    first, second, third = (value for value, _ in best[:3])
    return first > second > third


# --------------------------------------------------------------------------- honours, teammates


def _honours(archive: Archive, player: Player, year: int) -> list[Sentence]:
    """The awards that he won, and his All-Star selection."""
    sentences = []
    given = [award for award in archive.awards.get(player.id, ()) if award["yearID"] == year]
    if given:
        prizes = join_names([f"the {AWARD_NAMES[award['awardID']]}" for award in given])
        ids = [state for award in given for state in award_statements(archive, award)]
        sentences.append(Sentence(f"<S> won {prizes} <t>.", tuple(dict.fromkeys(ids)), year))
    if year in player.all_star_years:
        sentences.append(_all_star_sentence(player, year))
    return sentences


def _all_star_sentence(player: Player, year: int) -> Sentence:
    if year != player.all_star_years[0] or player.began_before_tables:
        return Sentence("<S> was an All-Star <t>.", (), year)
    states = (statements.first_all_star_year(player.id),)
    return Sentence("<S> was an All-Star for the first time <t>.", states, year)


def _teammates(archive: Archive, player: Player, year: int, choose: Chooser) -> list[Sentence]:
    """Some of his best-known teammates, if he was with one club all year."""
    clubs = player.clubs[year]
    if len(clubs) > 1:
        return []
    named = [
        teammate
        for teammate in archive.best_known_of_team[clubs[0], year]
        if teammate is not player and not choose.one_in(3)
    ]
    named = named[:4]
    if len(named) < 2:
        return []
    states = [
        state
        for member in (player, *named)
        for state in archive.played_for(member.id, year, clubs[0])
    ]
    words = {"names": join_names([teammate.name for teammate in named])}
    lines = lines_of("close_ups")["teammates"]
    return [choose.sentence(lines, words, states, year, names_others=True)]
