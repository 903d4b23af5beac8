"""A document about each season of each league: the race, the leaders, awards, figures, playoffs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from baseball import statements
from baseball.lahman import SPLIT_SEASON, Leader
from baseball.prose.archive import STAT_WORDS, Archive, Row
from baseball.prose.awards import award_sentence
from baseball.prose.document import NOBODY, Chooser, Draft, Sentence, lines_of
from baseball.prose.series import series_in_words, series_sentence, world_series_of
from baseball.prose.team_seasons import (
    games_behind,
    is_comparable,
    record_ids,
    season_words,
)
from baseball.wording import LEAGUES, gap_in_words, join_names, place_in_words, plural

BATTING_LEADS = ("AVG", "HR", "RBI", "H", "R", "2B", "3B", "SB", "BB")
PITCHING_LEADS = ("W", "ERA", "SO", "SV", "SHO")
STATS_WITH_RUNNERS_UP = ("HR", "RBI", "H", "SB", "W", "SO", "SV")
MAX_SHARING_A_LEAD = 3
PLURAL_PRIZES = {"Gold Glove": "Gold Gloves", "Silver Slugger": "Silver Slugger awards"}
AWARDS_OF_BOTH_LEAGUES = ("World Series MVP", "All-Star Game MVP")
LINES_OF_LEADING_CLUBS = {
    "R": "The {team} scored the most runs <t>, {value}.",
    "HR": "The {team} hit the most home runs of any club <t>, {value}.",
    "attendance": "The {team} drew the biggest crowds <t>, {value} over the season.",
}


def leagues(archive: Archive) -> Iterator[Draft]:
    """Every season of every league: the American and National Leagues first, latest first."""
    for year, league in sorted(archive.standings, key=_rank_of_document):
        choose = archive.chooser("league", year, league)
        paragraphs = [
            *pennant_race(archive, year, league, choose),
            league_leaders(archive, year, league, BATTING_LEADS, choose),
            league_leaders(archive, year, league, PITCHING_LEADS, choose),
            league_awards(archive, year, league, choose),
            league_figures(archive, year, league, choose),
            league_playoffs(archive, year, league, choose),
        ]
        yield Draft(f"{year} {LEAGUES[league]} season", "season", NOBODY, paragraphs)


def _rank_of_document(season: tuple[int, str]) -> tuple[bool, int, str]:
    year, league = season
    return league not in ("AL", "NL"), -year, league


# --------------------------------------------------------------------------------------- the race


def pennant_race(
    archive: Archive, year: int, league: str, choose: Chooser
) -> Iterator[list[Sentence]]:
    """A paragraph for the league, or one for each of its divisions.

    It is left out if the team with the best record was not ranked first.
    """
    if year == SPLIT_SEASON:
        return
    standings = archive.standings[year, league]
    divisions = {row["divID"] for row in standings}
    for division in sorted(divisions, key=lambda division: division or ""):
        group = [row for row in standings if row["divID"] == division]
        if group[0]["Rank"] == 1:
            yield [
                _winner(group[0], standings, choose),
                *_followers(group, standings, choose),
            ]


def _winner(first: Row, standings: Sequence[Row], choose: Chooser) -> Sentence:
    """Who won the pennant or the division. `standings` are the whole league's."""
    year, league = first["yearID"], first["lgID"]
    states = [*record_ids(first)]
    if all(first["W"] >= row["W"] for row in standings):
        states.append(statements.leading_team(league, year, "W"))
    states += statements.finish(first)
    won_pennant = first["divID"] is None and first["LgWin"] == "Y"
    lines = lines_of("leagues")["pennant_race" if won_pennant else "division_race"]
    return choose.sentence(lines, season_words(first), states, year)


def _followers(
    group: Sequence[Row], standings: Sequence[Row], choose: Chooser
) -> Iterator[Sentence]:
    """The other teams in order, up to the first whose rank is not its place, as after a tie."""
    lines = lines_of("leagues")
    first = group[0]
    year, league = first["yearID"], first["lgID"]
    for place, row in enumerate(group[1:], start=2):
        if row["Rank"] != place:
            break
        states = [*record_ids(row), *statements.finish(row), *statements.finish(first)]
        if all(row["L"] >= other["L"] for other in standings):
            states.append(statements.leading_team(league, year, "L"))
        is_last = place == len(group) and place > 3
        kind = "last_place" if is_last else "chase"
        yield choose.sentence(lines[kind], _words_of_follower(row, first), states, year)


def _words_of_follower(row: Row, first: Row) -> dict[str, str | int]:
    gap = games_behind(first, row)
    place = place_in_words(row["Rank"])
    return {
        "team": row["name"],
        "place": place,
        "Place": place.capitalize(),
        "w": row["W"],
        "l": row["L"],
        "wins": plural(row["W"], "victory", "victories"),
        "losses": plural(row["L"], "loss", "losses"),
        "gap": gap_in_words(gap) if gap > 0 else "not a game",
    }


# ------------------------------------------------------------------------------------ the leaders


def league_leaders(
    archive: Archive, year: int, league: str, stats: Iterable[str], choose: Chooser
) -> list[Sentence]:
    """The leader in each statistic, or the tied leaders, and for some statistics the runners-up."""
    sentences = []
    for stat in stats:
        leader = archive.tables.leaders.get((year, league, stat))
        if leader is None or len(leader.players) > MAX_SHARING_A_LEAD:
            continue
        if len(leader.players) == 1:
            sentence = _sole_leader(archive, year, league, stat, leader, choose)
        else:
            sentence = _tied_leaders(archive, year, league, stat, leader)
        sentences.append(sentence)
        if stat in STATS_WITH_RUNNERS_UP:
            sentences += _runners_up(archive, year, league, stat, sentence.states, choose)
    return sentences


def _leader_states(year: int, league: str, stat: str, leader: Leader) -> list[str]:
    figures = [statements.figure_of_leader(player, year, stat) for player in leader.players]
    return [
        statements.league_leader(year, league, stat),
        statements.leading_figure(year, league, stat),
        *figures,
    ]


def _sole_leader(
    archive: Archive, year: int, league: str, stat: str, leader: Leader, choose: Chooser
) -> Sentence:
    """The leader, with his last club of the year in that league."""
    player = archive.players[leader.players[0]]
    clubs = player.clubs[year]
    club = [club for club in clubs if archive.club(club, year)["lgID"] == league][-1]
    states = _leader_states(year, league, stat, leader)
    states += archive.played_for(player.id, year, club)
    words = {
        "name": player.name,
        "team": archive.tables.team_name(club, year),
        "value": leader.value,
    }
    return choose.sentence(lines_of("leagues")[f"leader_{stat}"], words, states, year)


def _tied_leaders(archive: Archive, year: int, league: str, stat: str, leader: Leader) -> Sentence:
    names = join_names([archive.players[player].name for player in leader.players])
    text = f"{names} tied for the lead in {STAT_WORDS[stat]} <t> with {leader.value} each."
    return Sentence(text, tuple(_leader_states(year, league, stat, leader)), year)


def _runners_up(
    archive: Archive,
    year: int,
    league: str,
    stat: str,
    states_of_leader: Iterable[str],
    choose: Chooser,
) -> Iterator[Sentence]:
    """The second, and the third if nobody tied for that place; nothing if the second tied.

    The sentence follows the one on the leader and makes no sense without it, so it carries the same
    statements: if one is hidden, both are.
    """
    is_pitching = stat in statements.LED_AS_PITCHER
    ranks = archive.pitching_ranks if is_pitching else archive.batting_ranks
    best = ranks.get((year, league, stat), ())
    values = [value for value, _ in best]
    players = [player for _, player in best]
    if len(best) < 4 or values[0] == values[1] or values[1] == values[2]:
        return
    has_clear_third = values[2] > values[3]
    lines = lines_of("leagues")["second_and_third" if has_clear_third else "second"]
    words = {
        "second": archive.players[players[1]].name,
        "n2": values[1],
        "third": archive.players[players[2]].name,
        "n3": values[2],
    }
    states = [*states_of_leader]
    for player in players[1:3] if has_clear_third else players[1:2]:
        if _is_in_one_league(archive, player, year):
            states.append(statements.figure_of_leader(player, year, stat))
    yield choose.sentence(lines, words, states, year)


def _is_in_one_league(archive: Archive, player: str, year: int) -> bool:
    """Whether he played in one league only, so that his figure for it is his whole year's."""
    clubs = archive.players[player].clubs[year]
    return len({archive.club(club, year)["lgID"] for club in clubs}) == 1


# ---------------------------------------------------------------------- awards, figures, playoffs


def league_awards(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    """Awards to one player, then awards by position, then the manager of the year."""
    winners = defaultdict(list)  # (award, statement) -> names
    for row in archive.awards_of_year.get(year, ()):
        if row["lgID"] == league and row["awardID"] not in AWARDS_OF_BOTH_LEAGUES:
            key = row["awardID"], statements.award_given(row)
            winners[key].append(archive.players[row["playerID"]].name)
    sentences = [
        award_sentence(award, league, names, statement, year, choose)
        for (award, statement), names in winners.items()
        if award not in PLURAL_PRIZES
    ]
    sentences += _awards_by_position(winners, year, choose)
    managers = archive.managers_of_the_year.get((year, league))
    if managers:
        names = join_names([archive.players[manager].name for manager in managers])
        text = f"{names} won the {LEAGUES[league]} Manager of the Year award <t>."
        sentences.append(Sentence(text, (statements.award("MANAGER", year, league),), year))
    return sentences


def _awards_by_position(
    winners: dict[tuple[str, str], list[str]], year: int, choose: Chooser
) -> Iterator[Sentence]:
    """A sentence for all Gold Gloves and one for all Silver Sluggers, in the order of `winners`."""
    lines = lines_of("leagues")["awards_by_position"]
    awards = dict.fromkeys(award for award, _ in winners if award in PLURAL_PRIZES)
    for award in awards:
        names: list[str] = []
        states = []
        for (given, statement), group in winners.items():
            if given == award:
                names += group
                states.append(statement)
        words = {"prizes": PLURAL_PRIZES[award], "names": join_names(names)}
        yield choose.sentence(lines, words, states, year)


def league_figures(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    """The clubs with the most runs, home runs and fans, then totals of the league."""
    standings = archive.standings[year, league]
    sentences: list[Sentence] = []
    for column, line in LINES_OF_LEADING_CLUBS.items():
        if is_comparable(standings, column):
            sentences += _leading_club(standings, column, line)
    runs = sum(row["R"] for row in standings)
    games = sum(row["G"] for row in standings)
    words = {"rate": f"{runs / games:.2f}"}
    sentences.append(choose.sentence(lines_of("leagues")["runs_a_game"], words, (), year))
    home_runs = sum(row["HR"] for row in standings)
    text = f"Altogether the league's batters hit {home_runs:,} home runs <t>."
    sentences.append(Sentence(text, (), year))
    return sentences


def _leading_club(standings: Sequence[Row], column: str, line: str) -> Iterator[Sentence]:
    best = sorted(standings, key=lambda row: -row[column])
    if len(best) < 2 or best[0][column] == best[1][column]:
        return
    first = best[0]
    year, value = first["yearID"], first[column]
    states = (
        statements.leading_team(first["lgID"], year, column),
        statements.team_figure(first["teamID"], year, column),
    )
    yield Sentence(line.format(team=first["name"], value=f"{value:,}"), states, year)


def league_playoffs(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    """The league's own series, and the World Series if its champion was in it."""
    played = [
        series
        for series in archive.series_of_year.get(year, ())
        if series["round"].startswith(league) and series_in_words(series) is not None
    ]
    series = world_series_of(archive, year)
    if series is not None and league in (series["lgIDwinner"], series["lgIDloser"]):
        played.append(series)
    return [series_sentence(archive, series, choose) for series in played]
