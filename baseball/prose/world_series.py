"""World series."""

from collections.abc import Iterator

from baseball.facts.awards import award_id
from baseball.facts.fact import in_words
from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    club_ids,
    join_names,
    team_id,
)
from baseball.prose.archive import Archive, counted, innings
from baseball.prose.document import Chooser, Draft, Sentence, Subject
from baseball.prose.player_season import _batting_words

SERIES_HITTER = (
    "{name} of the {nickname} batted {avg} with {h}.",
    "{name} had {h} in {ab} at-bats for the {nickname}.",
    "For the {nickname}, {name} hit {avg} and drove in {runs}.",
    "{name} hit {avg} for the {nickname} in {games}.",
)


SERIES_SLUGGER = (
    "{name} of the {nickname} batted {avg} with {hr}.",
    "{name} hit {hr} for the {nickname} and drove in {runs}.",
    "For the {nickname}, {name} had {h}, including {hr}.",
    "{name} hit {avg} with {hr} in {games} for the {nickname}.",
)


SERIES_WINNER = (
    "{name} won {wins} for the {nickname}, pitching {innings}.",
    "The {nickname} got {victories} from {name}, who struck out {so}.",
    "{name} of the {nickname} won {wins} and gave up {runs} in {innings}.",
)


SERIES_PITCHER = (
    "{name} pitched {innings} for the {nickname} and struck out {so}.",
    "In {innings} for the {nickname}, {name} gave up {runs}.",
    "{name} of the {nickname} worked {innings} without a victory and struck out {so}.",
)


def world_series(archive: Archive) -> Iterator[Draft]:
    for year in range(LAST_SEASON, 1902, -1):
        series = archive.series.get((year, "WS"))
        if series is None:
            continue
        choose = Chooser("series", year)
        subject = Subject(f"the {year} World Series", "the Series", "it", "its", "it")
        paragraphs = [
            _series_story(archive, series, choose),
            _series_batters(archive, series, choose),
            _series_pitchers(archive, series, choose),
        ]
        yield Draft(f"{year} World Series", "world series", subject, paragraphs)


def _series_story(archive: Archive, series: dict, choose: Chooser) -> list[Sentence]:
    year = series["yearID"]
    winner, loser = (
        archive.club(series["teamIDwinner"], year),
        archive.club(series["teamIDloser"], year),
    )
    won, lost = f"worldseries:{year}:winner", f"worldseries:{year}:loser"
    pennants = {
        winner["teamID"]: f"pennant:{year}:{winner['lgID']}",
        loser["teamID"]: f"pennant:{year}:{loser['lgID']}",
    }
    sentences = [
        Sentence(
            f"<S> brought together the {winner['name']} and the {loser['name']}.",
            tuple(pennants.values()),
            year,
        )
    ]
    if choose.one_in(2):
        sentences[0] = Sentence(
            f"In <o> the {winner['name']} met the {loser['name']}.".replace("<o>", "<s>"),
            tuple(pennants.values()),
            year,
        )
    for row in (winner, loser):
        line = choose(
            (
                "The {nickname} had won {w} games and lost {l} in the {league}.",
                "In the {league} the {nickname} had gone {w}-{l}.",
            )
        )
        states = (
            team_id(row["teamID"], year, "W"),
            team_id(row["teamID"], year, "L"),
            pennants[row["teamID"]],
        )
        sentences.append(
            Sentence(
                line.format(
                    nickname=row["nickname"], w=row["W"], l=row["L"], league=LEAGUES[row["lgID"]]
                ),
                states,
                year,
            )
        )
    games = in_words(series["games"])
    line = choose(
        (
            "The {winner} won it in {games} games.",
            "The {winner} took the championship in {games} games.",
            "It went {games} games, and the {winner} won.",
        )
    )
    sentences.append(
        Sentence(
            line.format(winner=winner["nickname"], games=games),
            (won, lost, f"worldseries:{year}:games"),
            year,
        )
    )
    if series["ties"]:
        sentences.append(
            Sentence("One of the games was a tie.", (f"worldseries:{year}:games",), year)
        )
    for row, what in ((winner, "winners"), (loser, "losers")):
        managers = archive.tables.managers_of.get((row["teamID"], year), [])
        if len(managers) == 1:
            line = choose(
                (
                    "{manager} managed the {nickname}.",
                    "The manager of the {nickname} was {manager}.",
                )
            )
            text = line.format(manager=archive.players[managers[0]].name, nickname=row["nickname"])
            states = (
                team_id(row["teamID"], year, "manager"),
                pennants[row["teamID"]],
                *((f"worldseries:{year}:manager",) if what == "winners" else ()),
            )
            sentences.append(Sentence(text, states, year))
    given = [
        archive.players[row["playerID"]].name
        for row in archive.awards_of_year.get(year, ())
        if row["awardID"] == "World Series MVP"
    ]
    if given:
        text = f"{join_names(given)} {'was' if len(given) == 1 else 'were'} named most valuable {'player' if len(given) == 1 else 'players'} of the Series."
        sentences.append(Sentence(text, (award_id("WSMVP", year, "ML"),), year))
    return sentences


def _series_batters(archive: Archive, series: dict, choose: Chooser) -> list[Sentence]:
    year = series["yearID"]
    batters = [row for row in archive.series_batting[year] if row["AB"] >= 8]
    sentences = []
    for row in sorted(
        batters, key=lambda row: (-(row["H"] + 2 * row["HR"] + row["RBI"]), row["playerID"])
    )[:10]:
        player, club = archive.players[row["playerID"]], archive.club(row["teamID"], year)
        words = {**_batting_words({**row}), "name": player.name, "nickname": club["nickname"]}
        states = (
            *club_ids(archive.tables, player.id, year, row["teamID"]),
            f"pennant:{year}:{club['lgID']}",
        )
        if row["HR"]:
            states += (f"worldseries:{year}:{player.id}:HR",)
        sentences.append(
            Sentence(
                choose(SERIES_SLUGGER if row["HR"] else SERIES_HITTER).format_map(words),
                states,
                year,
            )
        )
    return sentences


def _series_pitchers(archive: Archive, series: dict, choose: Chooser) -> list[Sentence]:
    year = series["yearID"]
    sentences = []
    for row in sorted(
        archive.series_pitching[year], key=lambda row: (-row["W"], -row["IPouts"], row["playerID"])
    )[:8]:
        player, club = archive.players[row["playerID"]], archive.club(row["teamID"], year)
        if not row["W"] and row["IPouts"] < 9:
            continue
        states = (
            *club_ids(archive.tables, player.id, year, row["teamID"]),
            f"pennant:{year}:{club['lgID']}",
            f"worldseries:{year}:{player.id}:W",
        )
        words = {
            "name": player.name,
            "nickname": club["nickname"],
            "wins": counted(row["W"], "game"),
            "victories": counted(row["W"], "victory", "victories"),
            "innings": innings(row["IPouts"]),
            "so": counted(row["SO"], "batter"),
            "runs": counted(row["ER"], "earned run") if row["ER"] else "no earned runs",
        }
        sentences.append(
            Sentence(
                choose(SERIES_WINNER if row["W"] else SERIES_PITCHER).format_map(words),
                states,
                year,
            )
        )
    return sentences
