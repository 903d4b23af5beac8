"""Years."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.team_seasons import finish_ids
from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    Player,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    plural,
    team_id,
)
from baseball.prose.archive import AWARD_WORDS, STAT_WORDS, Archive, award_statement
from baseball.prose.document import Chooser, Draft, Sentence
from baseball.prose.leagues import AWARD_OF_YEAR, NOBODY, series_result


def years(archive: Archive) -> Iterator[Draft]:
    """Baseball year by year: pennants and World Series, who came and who went, the Hall of Fame."""
    debuts, finals = defaultdict(list), defaultdict(list)
    for player in archive.tables.by_fame:
        debuts[player.seasons[0]].append(player)
        if not player.is_active:
            finals[player.seasons[-1]].append(player)
    elected = defaultdict(list)
    for player in sorted(archive.players.values(), key=lambda player: (-player.fame, player.id)):
        if player.hall is not None:
            elected[player.hall.year].append(player)
    for year in range(LAST_SEASON, 1870, -1):
        choose = Chooser("year", year)
        paragraphs = [
            _year_in_short(archive, year, choose),
            _best_of_both(archive, year, choose),
            _debuts_and_farewells(archive, year, debuts[year], finals[year], choose),
            _elections(year, elected[year], choose),
        ]
        yield Draft(f"Baseball in {year}", "year", NOBODY, paragraphs)


def _year_in_short(archive: Archive, year: int, choose: Chooser) -> list[Sentence]:
    sentences = []
    for league in ("AL", "NL", "AA", "UA", "PL", "FL"):
        team = archive.tables.pennants.get((year, league))
        if team is not None:
            row = archive.club(team, year)
            line = choose(
                (
                    "The {team} won the {league} pennant <t>.",
                    "The {league} pennant <t> went to the {team}.",
                    "<T> the {team} won the pennant in the {league}.",
                )
            )
            sentences.append(
                Sentence(
                    line.format(team=row["name"], league=LEAGUES[league]),
                    (f"pennant:{year}:{league}",),
                    year,
                )
            )
    series = archive.series.get((year, "WS"))
    if series is not None and year >= 1903:
        sentences.append(series_result(archive, series, "the World Series", choose))
    elif year > 1903:
        sentences.append(
            Sentence("There was no World Series <t>.", (f"worldseries:{year}:winner",), year)
        )
    best = max(
        (
            row
            for (teams_year, _), group in archive.standings.items()
            if teams_year == year
            for row in group
        ),
        key=lambda row: (row["W"], row["teamID"]),
    )
    text = f"No club won more games <t> than the {best['name']}, who had {plural(best['W'], 'victory', 'victories')}."
    sentences.append(
        Sentence(
            text,
            (
                team_id(best["teamID"], year, "W"),
                f"teamleader:{best['lgID']}:{year}:W",
                *finish_ids(best),
            ),
            year,
        )
    )
    return sentences


LED_BOTH = (
    "{name} led the major leagues in {things} <t> with {value}.",
    "Nobody in either league had more {things} <t> than {name}, who had {value}.",
    "The major league leader in {things} <t> was {name} with {value}.",
)


CAME_UP = (
    "{name} played his first major league games <t>, for the {team}.",
    "{name} made his major league debut <t> with the {team}.",
    "<T> {name} came up with the {team}.",
)


WENT_OUT = (
    "{name} played for the last time <t>, with the {team}.",
    "{name} ended his career <t> with the {team}.",
    "<T> {name} made his last major league appearances, for the {team}.",
)


def _best_of_both(archive: Archive, year: int, choose: Chooser) -> list[Sentence]:
    """Leaders of the major leagues taken together."""
    sentences = []
    for stat in ("HR", "RBI", "SB", "W", "SO"):
        leader = archive.tables.leaders.get((year, "ML", stat))
        if leader is None or len(leader.players) > 1:
            continue
        player = archive.players[leader.players[0]]
        statement_id = pitching_id if stat in ("W", "SO") else batting_id
        states = (
            f"leader:{year}:ML:{stat}",
            f"leading:{year}:ML:{stat}",
            statement_id(player.id, year, stat),
        )
        text = choose(LED_BOTH).format(
            name=player.name, things=STAT_WORDS[stat], value=leader.value
        )
        sentences.append(Sentence(text, states, year))
    for award in (
        "Most Valuable Player",
        "Cy Young Award",
        "World Series MVP",
        "All-Star Game MVP",
    ):
        by_statement = defaultdict(list)
        for row in archive.awards_of_year.get(year, ()):
            if row["awardID"] == award:
                by_statement[award_statement(row)].append(
                    (archive.players[row["playerID"]].name, row["lgID"])
                )
        for statement, given in by_statement.items():
            league = (
                f"{LEAGUES[given[0][1]]} "
                if given[0][1] != "ML" and award != "All-Star Game MVP"
                else ""
            )
            text = choose(AWARD_OF_YEAR).format(
                names=join_names([name for name, _ in given]),
                prize=f"{league}{AWARD_WORDS[award][1]}",
            )
            sentences.append(Sentence(text, (statement,), year))
    return sentences


def _debuts_and_farewells(
    archive: Archive, year: int, debuts: list[Player], finals: list[Player], choose: Chooser
) -> list[Sentence]:
    sentences = []
    for player in debuts[:5]:
        team = archive.tables.team_name(player.clubs[year][0], year)
        text = choose(CAME_UP).format(name=player.name, team=team)
        states = (
            f"debut:{player.id}:year",
            f"debut:{player.id}:team",
            *club_ids(archive.tables, player.id, year, player.clubs[year][0]),
        )
        sentences.append(Sentence(text, states, year))
    for player in finals[:5]:
        team = archive.tables.team_name(player.clubs[year][-1], year)
        text = choose(WENT_OUT).format(name=player.name, team=team)
        states = (
            f"final:{player.id}:year",
            f"final:{player.id}:team",
            *club_ids(archive.tables, player.id, year, player.clubs[year][-1]),
        )
        sentences.append(Sentence(text, states, year))
    return sentences


def _elections(year: int, elected: list[Player], choose: Chooser) -> list[Sentence]:
    if not elected:
        return []
    line = choose(
        (
            "{names} entered the Hall of Fame <t>.",
            "The Hall of Fame took in {names} <t>.",
            "New members of the Hall of Fame <t> included {names}.",
        )
    )
    elected = elected[:8]
    text = line.format(names=join_names([player.name for player in elected]))
    return [Sentence(text, tuple(f"hall:{player.id}:year" for player in elected), year)]
