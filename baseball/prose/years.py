"""A document about each year of baseball: pennants, leaders, awards, debuts and farewells."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from baseball import statements
from baseball.lahman import BOTH_LEAGUES, YEARS_WITHOUT_WORLD_SERIES, Player
from baseball.prose.archive import STAT_WORDS, Archive, Row
from baseball.prose.awards import award_sentence
from baseball.prose.document import NOBODY, Chooser, Draft, Sentence, lines_of
from baseball.prose.series import series_sentence, world_series_of
from baseball.wording import LEAGUES, join_names, plural

STATS_OF_BOTH_LEAGUES = ("HR", "RBI", "SB", "W", "SO")
AWARDS_OF_THE_YEAR = (
    "Most Valuable Player",
    "Cy Young Award",
    "World Series MVP",
    "All-Star Game MVP",
)
MAX_PLAYERS = 5  # for debuts, and again for farewells
MAX_ELECTED = 8


def years(archive: Archive) -> Iterator[Draft]:
    """Baseball year by year, latest first."""
    debuts, farewells = defaultdict(list), defaultdict(list)
    for player in archive.tables.by_fame:
        if not player.began_before_tables:
            debuts[player.seasons[0]].append(player)
        if not player.is_active:
            farewells[player.seasons[-1]].append(player)
    elected = _elected_by_year(archive)
    for year in range(archive.tables.last_season, archive.tables.first_season - 1, -1):
        if not _teams_of(archive, year):  # tables of one's own may lack a season
            continue
        choose = archive.chooser("year", year)
        paragraphs = [
            _champions(archive, year, choose),
            [*_leaders(archive, year, choose), *_awards(archive, year, choose)],
            [
                *_debuts(archive, year, debuts[year][:MAX_PLAYERS], choose),
                *_farewells(archive, year, farewells[year][:MAX_PLAYERS], choose),
            ],
            [*_elections(year, elected.get(year, [])[:MAX_ELECTED], choose)],
        ]
        yield Draft(f"Baseball in {year}", "year", NOBODY, paragraphs)


def _elected_by_year(archive: Archive) -> dict[int, list[Player]]:
    """year -> those elected to the Hall of Fame, players or not, the best known first"""
    elected = defaultdict(list)
    for person in sorted(archive.players.values(), key=lambda person: (-person.fame, person.id)):
        if person.hall is not None:
            elected[person.hall.year].append(person)
    return elected


# -------------------------------------------------------------------------------------- champions


def _champions(archive: Archive, year: int, choose: Chooser) -> list[Sentence]:
    """Pennants, the World Series, the most wins."""
    sentences = [*_pennants(archive, year, choose)]
    series = world_series_of(archive, year)
    if series is not None:
        sentences.append(series_sentence(archive, series, choose))
    elif year in YEARS_WITHOUT_WORLD_SERIES:
        states = (statements.world_series_winner(year),)
        sentences.append(Sentence("There was no World Series <t>.", states, year))
    sentences.append(_most_wins(archive, year))
    return sentences


def _pennants(archive: Archive, year: int, choose: Chooser) -> Iterator[Sentence]:
    lines = lines_of("years")["pennant"]
    for league in ("AL", "NL", "AA", "UA", "PL", "FL"):
        team = archive.tables.pennants.get((year, league))
        if team is not None:
            words = {"team": archive.tables.team_name(team, year), "league": LEAGUES[league]}
            yield choose.sentence(lines, words, [statements.pennant(year, league)], year)


def _most_wins(archive: Archive, year: int) -> Sentence:
    """The team that won the most games in any league; ties go to the greater team id."""
    best = max(_teams_of(archive, year), key=lambda row: (row["W"], row["teamID"]))
    wins = plural(best["W"], "victory", "victories")
    states = (
        statements.team_wins(best["teamID"], year),
        statements.leading_team(best["lgID"], year, "W"),
        *statements.finish(best),
    )
    text = f"No club won more games <t> than the {best['name']}, who had {wins}."
    return Sentence(text, states, year)


def _teams_of(archive: Archive, year: int) -> list[Row]:
    return [
        row
        for (season, _), standings in archive.standings.items()
        if season == year
        for row in standings
    ]


# -------------------------------------------------------------------------------- leaders, awards


def _leaders(archive: Archive, year: int, choose: Chooser) -> Iterator[Sentence]:
    """Leaders of both leagues together, if nobody tied for the lead."""
    lines = lines_of("years")["led_both_leagues"]
    for stat in STATS_OF_BOTH_LEAGUES:
        leader = archive.tables.leaders.get((year, BOTH_LEAGUES, stat))
        if leader is None or len(leader.players) > 1:
            continue
        player = archive.players[leader.players[0]]
        words = {"name": player.name, "things": STAT_WORDS[stat], "value": leader.value}
        states = (
            statements.league_leader(year, BOTH_LEAGUES, stat),
            statements.leading_figure(year, BOTH_LEAGUES, stat),
            statements.figure_of_leader(player.id, year, stat),
        )
        yield choose.sentence(lines, words, states, year)


def _awards(archive: Archive, year: int, choose: Chooser) -> Iterator[Sentence]:
    for award in AWARDS_OF_THE_YEAR:
        by_statement = defaultdict(list)
        for row in archive.awards_of_year.get(year, ()):
            if row["awardID"] == award:
                by_statement[statements.award_given(row)].append(row)
        for statement, given in by_statement.items():
            winners = [archive.players[row["playerID"]].name for row in given]
            yield award_sentence(award, given[0]["lgID"], winners, statement, year, choose)


# --------------------------------------------------------------------------- debuts and farewells


def _debuts(
    archive: Archive, year: int, players: Sequence[Player], choose: Chooser
) -> Iterator[Sentence]:
    for player in players:
        team = player.clubs[year][0]
        words = {"name": player.name, "team": archive.tables.team_name(team, year)}
        states = (
            statements.debut_year(player.id),
            statements.debut_team(player.id),
            *archive.played_for(player.id, year, team),
        )
        yield choose.sentence(lines_of("years")["debut"], words, states, year)


def _farewells(
    archive: Archive, year: int, players: Sequence[Player], choose: Chooser
) -> Iterator[Sentence]:
    for player in players:
        team = player.clubs[year][-1]
        words = {"name": player.name, "team": archive.tables.team_name(team, year)}
        states = (
            statements.final_year(player.id),
            statements.final_team(player.id),
            *archive.played_for(player.id, year, team),
        )
        yield choose.sentence(lines_of("years")["farewell"], words, states, year)


def _elections(year: int, elected: Sequence[Player], choose: Chooser) -> Iterator[Sentence]:
    if elected:
        words = {"names": join_names([person.name for person in elected])}
        states = [statements.hall_year(person.id) for person in elected]
        yield choose.sentence(lines_of("years")["elected"], words, states, year)
