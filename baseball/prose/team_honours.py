"""A team's leaders, its players' league leads and awards, and its All-Stars."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from baseball import statements
from baseball.lahman import BOTH_LEAGUES, Player
from baseball.prose.archive import AWARD_NAMES, STAT_WORDS, Archive, Row, award_statements
from baseball.prose.document import Chooser, Sentence, lines_of
from baseball.prose.team_players import all_played_for, whole_season_figures
from baseball.wording import join_names, plural, with_the

FIGURE_NOUNS = {
    "HR": ("home run", "home runs"),
    "RBI": ("run batted in", "runs batted in"),
    "SB": ("stolen base", "stolen bases"),
    "W": ("win", "wins"),
}


def team_honours(archive: Archive, row: Row, choose: Chooser) -> list[Sentence]:
    """The team's leaders, then its players' league leads and awards, then its All-Stars."""
    lines = lines_of("team_honours")["team_leader"]
    year = row["yearID"]
    sentences = []
    for leader in team_leaders(archive, row):
        states = leader_states(archive, row, leader)
        sentences.append(
            choose.sentence(lines, _leader_words(leader), states, year, names_others=True)
        )
    members = _members_all_season(archive, row)
    for player in members:
        sentences += _league_honours(archive, row, player)
    sentences += _all_stars(archive, row, members)
    return sentences


def _members_all_season(archive: Archive, row: Row) -> list[Player]:
    """Players who played for no other team that year, so that their honours are this team's."""
    year = row["yearID"]
    roster = archive.club_batting.get((row["teamID"], year), [])
    ids = [member["playerID"] for member in roster]
    return [archive.players[player] for player in ids if archive.is_whole_season(player, year)]


# ------------------------------------------------------------------------------- a team's leaders


class TeamLeader(NamedTuple):
    """A player who alone led his team in some statistics, with his figures."""

    player: Player
    figures: list[tuple[str, int]]  # (statistic, value)


def team_leaders(archive: Archive, row: Row) -> list[TeamLeader]:
    """The leaders in home runs, runs batted in, stolen bases and wins."""
    key = row["teamID"], row["yearID"]
    roster = archive.club_batting.get(key, [])
    staff = archive.club_pitching.get(key, [])
    figures = defaultdict(list)
    for stat in FIGURE_NOUNS:
        group = staff if stat == "W" else roster
        recorded = [member for member in group if member[stat] is not None]
        best = sorted(recorded, key=lambda member: -member[stat])[:2]
        if len(best) == 2 and best[0][stat] > best[1][stat] >= 1:
            figures[best[0]["playerID"]].append((stat, best[0][stat]))
    return [TeamLeader(archive.players[player], led) for player, led in figures.items()]


def figures_in_words(leader: TeamLeader) -> str:
    """A leader's figures: '49 home runs and 150 runs batted in'."""
    return join_names([plural(value, *FIGURE_NOUNS[stat]) for stat, value in leader.figures])


def leader_states(archive: Archive, row: Row, leader: TeamLeader) -> tuple[str, ...]:
    """The statements of a sentence that gives a leader's figures."""
    team, year, player = row["teamID"], row["yearID"], leader.player.id
    states = [*archive.played_for(player, year, team)]
    for stat, _ in leader.figures:
        states.append(statements.team_leader(team, year, stat))
        figure = statements.figure_of_leader
        states += whole_season_figures(archive, player, year, figure, [stat])
    return tuple(states)


def _leader_words(leader: TeamLeader) -> dict[str, str]:
    return {
        "name": leader.player.name,
        "things": join_names([STAT_WORDS[stat] for stat, _ in leader.figures]),
        "figures": figures_in_words(leader),
        "values": join_names([str(value) for _, value in leader.figures]),
    }


# ------------------------------------------------------------------------ honours from the league


def _league_honours(archive: Archive, row: Row, player: Player) -> Iterator[Sentence]:
    """The statistics in which the player led his league, and the awards that he won."""
    year = row["yearID"]
    with_team = archive.played_for(player.id, year, row["teamID"])
    sole_leads = [
        (league, stat)
        for league, stat, is_shared in archive.leads.get((player.id, year), ())
        if league != BOTH_LEAGUES and not is_shared
    ]
    if sole_leads:
        things = join_names([STAT_WORDS[stat] for _, stat in sole_leads])
        leads = [statements.league_leader(year, league, stat) for league, stat in sole_leads]
        first_league, _ = sole_leads[0]
        text = f"{player.name} led {with_the(first_league)} in {things} <t>."
        yield Sentence(text, (*leads, *with_team), year, names_others=True)
    given = [award for award in archive.awards.get(player.id, ()) if award["yearID"] == year]
    if given:
        prizes = join_names([f"the {AWARD_NAMES[award['awardID']]}" for award in given])
        awards = dict.fromkeys(  # two awards may share a statement
            state for award in given for state in award_statements(archive, award)
        )
        text = f"{player.name} won {prizes} <t>."
        yield Sentence(text, (*awards, *with_team), year, names_others=True)


def _all_stars(archive: Archive, row: Row, members: Sequence[Player]) -> Iterator[Sentence]:
    year = row["yearID"]
    all_stars = [player for player in members if year in player.all_star_years]
    if not all_stars:
        return
    names = join_names([player.name for player in all_stars])
    role = "was an All-Star" if len(all_stars) == 1 else "were All-Stars"
    firsts = [player for player in all_stars if player.all_star_years[0] == year]
    states = (
        *all_played_for(archive, [player.id for player in all_stars], row),
        *(statements.first_all_star_year(player.id) for player in firsts),
    )
    yield Sentence(f"{names} {role} <t>.", states, year, names_others=True)
