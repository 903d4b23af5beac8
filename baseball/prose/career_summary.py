"""The end of a career: awards, World Series, totals, the last game, the Hall of Fame, death."""

from collections import defaultdict
from collections.abc import Iterator

from baseball import statements
from baseball.lahman import BOTH_LEAGUES, Player
from baseball.prose.archive import AWARD_NAMES, Archive, Row
from baseball.prose.document import Chooser, Sentence, lines_of
from baseball.prose.player_season import FigureWriter, batting_words, pitching_words
from baseball.wording import (
    LEAGUES,
    batting_average,
    counted,
    date_in_words,
    in_years,
    plural,
    town_in_words,
    years_in_words,
)

AWARDS_OF_BOTH_LEAGUES = ("WSMVP", "ASGMVP")


def honours(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Awards, All-Star teams, World Series."""
    sentences = list(award_sentences(archive, player, choose))
    if player.all_star_years:
        sentences.append(_all_star_sentence(player, choose))
    sentences += series_sentences(archive, player, choose)
    return sentences


def award_sentences(archive: Archive, player: Player, choose: Chooser) -> Iterator[Sentence]:
    """A sentence for each award that he won, with all the years in which he won it."""
    lines = lines_of("career_summary")["award"]
    rows_of_award = defaultdict(list)
    for row in archive.awards.get(player.id, ()):
        rows_of_award[row["awardID"]].append(row)
    for award, given in rows_of_award.items():
        code = statements.AWARD_CODES[award]
        ids = dict.fromkeys(statements.award_given(row) for row in given)
        years = list(dict.fromkeys(row["yearID"] for row in given))
        line = choose(lines)
        article = "The" if line.startswith("{") else "the"
        prize = f"{article} {_league_of_award(code, given)}{AWARD_NAMES[award]}"
        text = line.format(prize=prize, years=in_years(years))
        yield Sentence(text, (*ids, statements.award_count(player.id, code)))


def _league_of_award(code: str, given: list[Row]) -> str:
    """'American League ' if he won the award in this league only, otherwise ''."""
    leagues = {row["lgID"] for row in given}
    if len(leagues) > 1 or BOTH_LEAGUES in leagues or code in AWARDS_OF_BOTH_LEAGUES:
        return ""
    return f"{LEAGUES[leagues.pop()]} "


def _all_star_sentence(player: Player, choose: Chooser) -> Sentence:
    years = player.all_star_years
    words = {"count": counted(len(years), "season"), "years": years_in_words(years)}
    states = statements.all_star_count(player.id), statements.first_all_star_year(player.id)
    sentence = choose.sentence(lines_of("career_summary")["all_star"], words, states)
    return sentence.as_of(player.as_of)


# ----------------------------------------------------------------------------- the World Series


def series_sentences(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """The World Series that he played in, those that he won, and how he batted in them."""
    lines = lines_of("career_summary")
    years = archive.series_years.get(player.id, [])
    if not years:
        return []
    pennants: list[str] = []
    clubs: list[str] = []
    years_won: list[int] = []
    states_won: list[str] = []
    for year in years:
        series = archive.series[year, "WS"]
        team = _team_in_series(archive, player, year)
        has_won = team == series["teamIDwinner"]
        league = series["lgIDwinner"] if has_won else series["lgIDloser"]
        pennants.append(statements.pennant(year, league))
        clubs += archive.played_for(player.id, year, team)
        if has_won:
            years_won.append(year)
            states_won += [statements.world_series_winner(year), pennants[-1]]
    states = (*pennants, *dict.fromkeys(clubs))
    sentences = [choose.sentence(lines["series"], {"years": in_years(years)}, states)]
    if years_won:
        words = {"years": in_years(years_won)}
        sentences.append(choose.sentence(lines["series_won"], words, states_won))
    return sentences + _batting_in_series(archive, player, years, choose)


def _team_in_series(archive: Archive, player: Player, year: int) -> str:
    rows = (row for row in archive.series_batting[year] if row["playerID"] == player.id)
    return next(rows)["teamID"]


def _batting_in_series(
    archive: Archive, player: Player, years: list[int], choose: Chooser
) -> list[Sentence]:
    """His average and home runs over all World Series, unless he was a pitcher or batted little."""
    games = [
        row
        for year in years
        for row in archive.series_batting[year]
        if row["playerID"] == player.id
    ]
    at_bats = sum(row["AB"] for row in games)
    if at_bats < 20 or player.position == "pitcher":
        return []
    home_runs = sum(row["HR"] for row in games)
    words = {
        "g": sum(row["G"] for row in games),
        "avg": batting_average(sum(row["H"] for row in games), at_bats),
        "hr": plural(home_runs, "home run") if home_runs else "no home runs",
    }
    states = []
    if len(years) == 1:
        states.append(statements.world_series_home_runs(player.id, years[0]))
    sentence = choose.sentence(lines_of("career_summary")["series_batting"], words, states)
    return [sentence.as_of(player.as_of)]


# ------------------------------------------------------------------------------------ the end


def career_end(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Totals, the last game, the Hall of Fame, death."""
    sentences: list[Sentence] = []
    if len(player.seasons) > 1:
        sentences += career_totals(archive, player, choose)
        if not player.is_active:
            sentences.append(_last_game_sentence(archive, player, choose))
    sentences += _hall_sentences(player, choose)
    date, town = date_in_words(player.death), town_in_words(player.death)
    if date and " " in date and town:
        lines = lines_of("career_summary")["died"]
        states = [statements.death_year(player.id)]
        sentences.append(choose.sentence(lines, {"date": date, "town": town}, states))
    return sentences


def _last_game_sentence(archive: Archive, player: Player, choose: Chooser) -> Sentence:
    year = player.seasons[-1]
    team = player.clubs[year][-1]
    states = (
        statements.final_year(player.id),
        statements.final_team(player.id),
        *archive.played_for(player.id, year, team),
    )
    words = {"year": year, "team": archive.tables.team_name(team, year)}
    return choose.sentence(lines_of("career_summary")["last_game"], words, states)


def _hall_sentences(player: Player, choose: Chooser) -> Iterator[Sentence]:
    """His election to the Hall of Fame, with his share of the vote if the writers voted."""
    hall = player.hall
    if hall is None:
        return
    yield election_sentence(player.id, hall.year, choose)
    if hall.writers_share:
        text = f"The baseball writers gave <o> {hall.writers_share} percent of their votes."
        yield Sentence(text, (statements.hall_share(player.id), statements.hall_voters(player.id)))


def election_sentence(player: str, year: int, choose: Chooser) -> Sentence:
    """That the player (given by his id) was elected to the Hall of Fame in that year."""
    lines = lines_of("career_summary")["elected"]
    return choose.sentence(lines, {"year": year}, [statements.hall_year(player)])


def career_totals(archive: Archive, player: Player, choose: Chooser) -> Iterator[Sentence]:
    """Totals on the mound and at bat. For an active player they are dated."""
    bat = archive.career_batting.get(player.id)
    pitch = archive.career_pitching.get(player.id)
    sentences: list[Sentence] = []
    if pitch and pitch["IPouts"] >= 90:
        sentences += _pitching_totals(player, pitch, choose)
    least_at_bats = 1500 if player.position == "pitcher" else 100
    if bat and bat["AB"] >= least_at_bats:
        sentences += _batting_totals(player, bat, choose)
    for sentence in sentences:
        yield sentence.through(player.as_of)


def _pitching_totals(player: Player, row: Row, choose: Chooser) -> Iterator[Sentence]:
    lines = lines_of("career_summary")
    words = pitching_words(row) | {
        "wins": plural(row["W"], "win"),
        "losses": plural(row["L"], "loss", "losses"),
        "so_count": f"{row['SO']:,}",
    }
    writer = FigureWriter(player, "career", statements.pitching, words, lines, choose)
    yield writer.sentence("pitching", "W", "L")
    yield writer.sentence("era", "ERA")
    if row["SO"] >= 40:
        yield writer.sentence("strikeouts", "SO")
    if row["SV"] >= 5:
        yield writer.sentence("saves", "SV")


def _batting_totals(player: Player, row: Row, choose: Chooser) -> Iterator[Sentence]:
    lines = lines_of("career_summary")
    words = batting_words(row)
    writer = FigureWriter(player, "career", statements.batting, words, lines, choose)
    yield writer.sentence("batting", "AVG")
    if row["RBI"] is not None:
        yield writer.sentence("power", "HR", "RBI")
    yield writer.sentence("hits", "G", "H", "R")
    if (row["SB"] or 0) >= 30:
        yield writer.sentence("steals", "SB")
