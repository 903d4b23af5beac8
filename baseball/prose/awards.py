"""A document about each year's awards, and a sentence on an award for use elsewhere."""

from collections.abc import Iterable, Iterator, Sequence

from baseball import statements
from baseball.lahman import BOTH_LEAGUES, Player
from baseball.prose.archive import AWARD_NAMES, Archive, Row, award_statements, row_of_year
from baseball.prose.document import NOBODY, Chooser, Draft, Sentence, lines_of
from baseball.prose.player_season import batting_words, pitching_words
from baseball.statements import AWARD_CODES, POSITIONAL_AWARDS
from baseball.wording import LEAGUES, join_names

WITH_FIGURES = ("MVP", "CYA", "ROY")  # awards followed by a sentence on the winner's season
POSITION_NOUNS = {
    "P": "pitchers",
    "C": "catchers",
    "1B": "first basemen",
    "2B": "second basemen",
    "3B": "third basemen",
    "SS": "shortstops",
    "OF": "outfielders",
    "LF": "left fielders",
    "CF": "center fielders",
    "RF": "right fielders",
    "DH": "designated hitters",
}


def award_sentence(
    award: str, league: str, winners: Sequence[str], statement: str, year: int, choose: Chooser
) -> Sentence:
    """Who won an award. `league` is `BOTH_LEAGUES` for an award that they share."""
    words = {"names": join_names(winners), "prize": _prize(award, league)}
    return choose.sentence(lines_of("awards")["given"], words, [statement], year)


def _prize(award: str, league: str) -> str:
    """_prize("Cy Young Award", "NL") -> 'National League Cy Young Award'"""
    name = AWARD_NAMES[award]
    if league == BOTH_LEAGUES or award == "All-Star Game MVP":
        return name
    return f"{LEAGUES[league]} {name}"


def awards(archive: Archive) -> Iterator[Draft]:
    """The awards of each year, latest first, with the figures of some of the winners."""
    for year in sorted(archive.awards_of_year, reverse=True):
        choose = archive.chooser("awards", year)
        single: list[Sentence] = []
        by_position: dict[str, list[Sentence]] = {code: [] for code in POSITIONAL_AWARDS}
        for row in archive.awards_of_year[year]:
            player = archive.players[row["playerID"]]
            if year in player.clubs:
                paragraph = by_position.get(AWARD_CODES[row["awardID"]], single)
                paragraph += _award(archive, row, player, choose)
        title = f"Baseball awards of {year}"
        yield Draft(title, "awards", NOBODY, [single, *by_position.values()])


def _award(archive: Archive, row: Row, player: Player, choose: Chooser) -> Iterator[Sentence]:
    year, code = row["yearID"], AWARD_CODES[row["awardID"]]
    prize = _prize(row["awardID"], row["lgID"])
    if code in POSITIONAL_AWARDS and row["notes"] in POSITION_NOUNS:
        prize = f"{prize} for {POSITION_NOUNS[row['notes']]}"
    team = player.clubs[year][-1]
    words = {
        "name": player.name,
        "team": archive.tables.team_name(team, year),
        "prize": prize,
    }
    states = (*award_statements(archive, row), *archive.played_for(player.id, year, team))
    if code in POSITIONAL_AWARDS:
        states += statements.position_by_award(player.id, player.position, row["notes"])
    lines = lines_of("awards")["given_to_player_of_team"]
    yield choose.sentence(lines, words, states, year, names_others=True)
    if code in WITH_FIGURES:
        yield from _winners_season(archive, player, year, states, choose)


def _winners_season(
    archive: Archive, player: Player, year: int, states_of_award: Iterable[str], choose: Chooser
) -> Iterator[Sentence]:
    """The winner's figures that season.

    The sentence follows the one on the award and makes no sense without it, so it carries the same
    statements: if one is hidden, both are.
    """
    is_pitcher = player.position_by_year.get(year) == "pitcher"
    seasons = archive.pitching if is_pitcher else archive.batting
    row = row_of_year(seasons.get(player.id, ()), year)
    if row is None:  # tables of one's own may lack it
        return
    if is_pitcher:
        kind, words = "winner_pitched", pitching_words(row)
        figures = [statements.pitching(player.id, year, stat) for stat in ("W", "L", "ERA", "SO")]
    else:
        kind, words = "winner_batted", batting_words(row)
        figures = [statements.batting(player.id, year, stat) for stat in ("AVG", "HR", "RBI")]
    lines = lines_of("awards")[kind]
    words = {**words, "last": player.last}
    yield choose.sentence(lines, words, (*states_of_award, *figures), year, names_others=True)
