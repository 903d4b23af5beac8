"""Leagues."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.awards import award_id
from baseball.facts.team_seasons import finish_ids
from baseball.lahman import (
    LEAGUES,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    plural,
    series_ids,
    team_id,
)
from baseball.prose.archive import AWARD_WORDS, STAT_WORDS, Archive, award_statement
from baseball.prose.document import Chooser, Draft, Sentence, Subject
from baseball.prose.team_seasons import (
    games_behind,
    games_in_words,
    gap_in_words,
    place_in_words,
    season_words,
    series_in_words,
    series_length_ids,
)

NOBODY = Subject(
    "the season", "the season", "it", "its", "it"
)  # documents that name everyone each time


RACE = (
    "The {team} won the {league} pennant <t> with {w} victories and {l} defeats.",
    "The {league} pennant <t> went to the {team}, who won {w} and lost {l}.",
    "<T> the {team} were champions of the {league} with a record of {w}-{l}.",
)


DIVISION_RACE = (
    "The {team} finished first in {group} <t> at {w}-{l}.",
    "First place in {group} <t> belonged to the {team}, who won {w} and lost {l}.",
    "In {group} the {team} came out ahead <t> with a record of {w}-{l}.",
)


CHASE = (
    "The {team} were {place} at {w}-{l}, {gap} behind.",
    "Next came the {team}, {w}-{l}, {gap} back.",
    "The {team} took {place} place with {wins}, {gap} off the pace.",
    "{Place} were the {team}, who won {w} and lost {l}.",
)


LAST_PLACE = (
    "At the bottom were the {team}, who won {w} and lost {l}.",
    "The {team} finished last at {w}-{l}.",
    "Last place fell to the {team}, with {losses}.",
)


LEADER_LINES = {
    "AVG": (
        "{name} of the {team} won the batting title <t> with an average of {value}.",
        "The batting champion <t> was {name} of the {team}, at {value}.",
        "{name} of the {team} led all hitters <t> at {value}.",
    ),
    "HR": (
        "{name} of the {team} hit the most home runs <t>, {value}.",
        "The home run leader <t> was {name} of the {team} with {value}.",
        "No one hit more home runs <t> than {name} of the {team}, who had {value}.",
    ),
    "RBI": ("{name} of the {team} drove in the most runs <t>, {value}.", "{name} of the {team} led <t> in runs batted in with {value}."),
    "H": ("{name} of the {team} had the most hits <t>, {value}.", "The leader in hits <t> was {name} of the {team} with {value}."),
    "R": ("{name} of the {team} scored the most runs <t>, {value}.", "{name} of the {team} led <t> in runs scored with {value}."),
    "2B": ("{name} of the {team} hit the most doubles <t>, {value}.", "The leader in doubles <t> was {name} of the {team} with {value}."),
    "3B": ("{name} of the {team} hit the most triples <t>, {value}.", "{name} of the {team} led <t> in triples with {value}."),
    "SB": ("{name} of the {team} stole the most bases <t>, {value}.", "The top base stealer <t> was {name} of the {team} with {value}."),
    "BB": ("{name} of the {team} drew the most walks <t>, {value}.",),
    "W": ("{name} of the {team} won the most games <t>, {value}.", "The biggest winner among the pitchers <t> was {name} of the {team} with {value} victories."),
    "ERA": ("{name} of the {team} had the lowest earned run average <t>, {value}.", "The best earned run average <t>, {value}, belonged to {name} of the {team}."),
    "SO": ("{name} of the {team} struck out the most batters <t>, {value}.", "The strikeout leader <t> was {name} of the {team} with {value}."),
    "SV": ("{name} of the {team} saved the most games <t>, {value}.", "{name} of the {team} led <t> in saves with {value}."),
    "SHO": ("{name} of the {team} threw the most shutouts <t>, {value}.",),
}  # fmt: skip


TIED_LINE = "{names} tied for the lead in {things} <t> with {value} each."


AWARD_OF_YEAR = (
    "{names} won the {prize} <t>.",
    "The {prize} <t> went to {names}.",
    "{names} took the {prize} <t>.",
)


def leagues(archive: Archive) -> Iterator[Draft]:
    """Each league's each season, the latest of the two great leagues first."""
    keys = sorted(archive.standings, key=lambda key: (key[1] not in ("AL", "NL"), -key[0], key[1]))
    for year, league in keys:
        choose = Chooser("league", year, league)
        paragraphs = [
            *pennant_race(archive, year, league, choose),
            league_leaders(
                archive,
                year,
                league,
                ("AVG", "HR", "RBI", "H", "R", "2B", "3B", "SB", "BB"),
                choose,
            ),
            league_leaders(archive, year, league, ("W", "ERA", "SO", "SV", "SHO"), choose),
            league_awards(archive, year, league, choose),
            league_figures(archive, year, league, choose),
            league_playoffs(archive, year, league, choose),
        ]
        yield Draft(f"{year} {LEAGUES[league]} season", "season", NOBODY, paragraphs)


def pennant_race(
    archive: Archive, year: int, league: str, choose: Chooser
) -> Iterator[list[Sentence]]:
    """A paragraph for the league, or one for each of its divisions."""
    standings = archive.standings[year, league]
    for division in sorted(
        {row["divID"] for row in standings}, key=lambda division: division or ""
    ):
        group = [row for row in standings if row["divID"] == division]
        first = group[0]
        if (
            year == 1981 or first["Rank"] != 1
        ):  # 1981 was played in two halves, each with its own winners
            continue
        lines = RACE if division is None and first["LgWin"] == "Y" else DIVISION_RACE
        record = (team_id(first["teamID"], year, "W"), team_id(first["teamID"], year, "L"))
        record += (
            (f"teamleader:{league}:{year}:W",)
            if all(first["W"] >= row["W"] for row in standings)
            else ()
        )
        sentences = [
            Sentence(
                choose(lines).format_map(season_words(first)), (*record, *finish_ids(first)), year
            )
        ]
        for place, row in enumerate(group[1:], start=2):
            last = place == len(group) and place > 3
            gap = games_behind(first, row)
            words = {
                "team": row["name"],
                "place": place_in_words(place),
                "Place": place_in_words(place).capitalize(),
                "w": row["W"],
                "l": row["L"],
            }
            words |= {
                "wins": plural(row["W"], "victory", "victories"),
                "losses": plural(row["L"], "loss", "losses"),
                "gap": gap_in_words(gap) if gap > 0 else "not a game",
            }
            if row["Rank"] != place:
                break  # clubs that tied for a place
            states = (
                team_id(row["teamID"], year, "W"),
                team_id(row["teamID"], year, "L"),
                *finish_ids(row),
                *finish_ids(first),
            )
            states += (
                (f"teamleader:{league}:{year}:L",)
                if all(row["L"] >= other["L"] for other in standings)
                else ()
            )
            sentences.append(
                Sentence(choose(LAST_PLACE if last else CHASE).format_map(words), states, year)
            )
        yield sentences


def league_leaders(
    archive: Archive, year: int, league: str, stats: tuple[str, ...], choose: Chooser
) -> list[Sentence]:
    sentences = []
    for stat in stats:
        leader = archive.tables.leaders.get((year, league, stat))
        if leader is None or len(leader.players) > 3:
            continue
        statement_id = pitching_id if stat in ("W", "ERA", "SO", "SV", "SHO") else batting_id
        states = [f"leader:{year}:{league}:{stat}", f"leading:{year}:{league}:{stat}"]
        states += [statement_id(player, year, stat) for player in leader.players]
        people = [archive.players[player] for player in leader.players]
        if len(people) > 1:
            text = TIED_LINE.format(
                names=join_names([person.name for person in people]),
                things=STAT_WORDS[stat],
                value=leader.value,
            )
        else:
            clubs = [
                club for club in people[0].clubs[year] if archive.club(club, year)["lgID"] == league
            ]
            states += club_ids(archive.tables, people[0].id, year, clubs[-1])
            text = choose(LEADER_LINES[stat]).format(
                name=people[0].name,
                team=archive.tables.team_name(clubs[-1], year),
                value=leader.value,
            )
        sentences.append(Sentence(text, tuple(states), year))
        if stat in ("HR", "RBI", "H", "SB", "W", "SO", "SV"):
            sentences += runners_up(archive, year, league, stat, states, choose)
    return sentences


RUNNERS_UP = {
    2: (
        "Next came {second} with {n2} and {third} with {n3}.",
        "{second} was second with {n2}, {third} third with {n3}.",
        "Behind were {second} ({n2}) and {third} ({n3}).",
    ),
    1: ("Next came {second} with {n2}.", "{second} was second with {n2}."),
}


def runners_up(
    archive: Archive, year: int, league: str, stat: str, of_leader: list[str], choose: Chooser
) -> list[Sentence]:
    """Second and third behind a leader, as far as their places are clear. It goes where the sentence on the leader goes."""
    pitching = stat in ("W", "SO", "SV")
    top = (archive.pitching_order if pitching else archive.batting_order).get(
        (year, league, stat), ()
    )
    if len(top) < 4 or top[0][0] == top[1][0] or top[1][0] == top[2][0]:
        return []
    count = 2 if top[2][0] > top[3][0] else 1
    words = {
        "second": archive.players[top[1][1]].name,
        "n2": top[1][0],
        "third": archive.players[top[2][1]].name,
        "n3": top[2][0],
    }
    states = list(of_leader)
    for value, player in top[1 : count + 1]:
        if (
            len(
                set(
                    archive.club(club, year)["lgID"] for club in archive.players[player].clubs[year]
                )
            )
            == 1
        ):
            states.append((pitching_id if pitching else batting_id)(player, year, stat))
    return [Sentence(choose(RUNNERS_UP[count]).format_map(words), tuple(states), year)]


def league_awards(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    by_award = defaultdict(list)
    for row in archive.awards_of_year.get(year, ()):
        if row["lgID"] == league and row["awardID"] not in (
            "World Series MVP",
            "All-Star Game MVP",
        ):
            by_award[row["awardID"], award_statement(row)].append(
                archive.players[row["playerID"]].name
            )
    sentences, gloves = [], defaultdict(list)
    for (award, statement), names in by_award.items():
        if award in ("Gold Glove", "Silver Slugger"):
            gloves[award].append((names, statement))
        else:
            text = choose(AWARD_OF_YEAR).format(
                names=join_names(names), prize=f"{LEAGUES[league]} {AWARD_WORDS[award][1]}"
            )
            sentences.append(Sentence(text, (statement,), year))
    for award, given in gloves.items():
        names = [name for group, _ in given for name in group]
        prizes = "Gold Gloves" if award == "Gold Glove" else "Silver Slugger awards"
        text = choose(("{prizes} <t> went to {names}.", "{names} won {prizes} <t>.")).format(
            prizes=prizes, names=join_names(names)
        )
        sentences.append(Sentence(text, tuple(statement for _, statement in given), year))
    chosen = archive.managers_of_the_year.get((year, league))
    if chosen:
        names = join_names([archive.players[player].name for player in chosen])
        sentences.append(
            Sentence(
                f"{names} won the {LEAGUES[league]} Manager of the Year award <t>.",
                (award_id("MANAGER", year, league),),
                year,
            )
        )
    return sentences


def league_figures(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    """Runs, home runs and crowds of the clubs."""
    group = archive.standings[year, league]
    sentences = []
    for column, line in (
        ("R", "The {team} scored the most runs <t>, {value}."),
        ("HR", "The {team} hit the most home runs of any club <t>, {value}."),
        ("attendance", "The {team} drew the biggest crowds <t>, {value} over the season."),
    ):
        if any(row[column] is None for row in group) or (
            column == "attendance" and (year == 2020 or year < 1901)
        ):
            continue
        best = sorted(group, key=lambda row, column=column: -row[column])
        if len(best) > 1 and best[0][column] > best[1][column]:
            states = (
                f"teamleader:{league}:{year}:{column}",
                team_id(best[0]["teamID"], year, column),
            )
            sentences.append(
                Sentence(
                    line.format(team=best[0]["name"], value=f"{best[0][column]:,}"), states, year
                )
            )
    runs, games = sum(row["R"] for row in group), sum(row["G"] for row in group)
    text = choose(
        (
            "Teams scored {rate} runs a game on the average <t>.",
            "The league's clubs averaged {rate} runs a game <t>.",
        )
    )
    sentences.append(Sentence(text.format(rate=f"{runs / games:.2f}"), (), year))
    home_runs = sum(row["HR"] for row in group)
    sentences.append(
        Sentence(f"Altogether the league's batters hit {home_runs:,} home runs <t>.", (), year)
    )
    return sentences


def league_playoffs(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    sentences = []
    for series in archive.series_of_year.get(year, ()):
        name = series_in_words(series)
        if name is not None and series["round"][:2] == league:
            sentences.append(series_result(archive, series, name, choose))
    series = archive.series.get((year, "WS"))
    if (
        series is not None
        and league in (series["lgIDwinner"], series["lgIDloser"])
        and year >= 1903
    ):
        sentences.append(series_result(archive, series, "the World Series", choose))
    return sentences


SERIES_RESULT = (
    "The {winner} beat the {loser} in {series} <t>, {result}.",
    "In {series} <t> the {winner} defeated the {loser}, {result}.",
    "The {winner} won {series} from the {loser} <t>, {result}.",
)


def series_result(archive: Archive, series: dict, name: str, choose: Chooser) -> Sentence:
    year = series["yearID"]
    winner, loser = (
        archive.tables.team_name(series["teamIDwinner"], year),
        archive.tables.team_name(series["teamIDloser"], year),
    )
    text = choose(SERIES_RESULT).format(
        winner=winner, loser=loser, series=name, result=games_in_words(series)
    )
    return Sentence(text, (*series_ids(series), *series_length_ids(series)), year)
