"""A player's season: at bat, on the mound, leads, career highs, the pennant."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from baseball import statements
from baseball.lahman import BOTH_LEAGUES, Player
from baseball.prose.archive import STAT_WORDS, Archive, Row, row_of_year
from baseball.prose.document import Chooser, Lines, Sentence, lines_of
from baseball.wording import (
    LEAGUES,
    an_average,
    batting_average,
    counted,
    earned_run_average,
    innings,
    join_names,
    plural,
    with_the,
)

# The smallest figures that are mentioned as career highs.
HIGHS_AT_BAT = {"HR": 15, "H": 150}
HIGHS_AS_PITCHER = {"W": 12, "SO": 120}


@dataclass(frozen=True)
class FigureWriter:
    """Writes sentences about the figures of one player in one season, or in his career."""

    player: Player
    season: statements.Season
    figure: statements.Figure  # statements.batting or statements.pitching
    words: Mapping[str, Any]  # values for the fields of the lines
    lines: Lines
    choose: Chooser

    def sentence(self, name: str, *stats: str) -> Sentence:
        """One of the lines in [name]. `stats` are the figures that these lines give."""
        states = [self.figure(self.player.id, self.season, stat) for stat in stats]
        year = self.season if isinstance(self.season, int) else None
        return self.choose.sentence(self.lines[name], self.words, states, year)


def season_sentences(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """A season of a career: his figures, leads, career highs, the pennant."""
    bat = row_of_year(archive.batting.get(player.id, []), year)
    pitch = row_of_year(archive.pitching.get(player.id, []), year)
    if pitch is not None and not _counts_as_pitcher(player, pitch):
        pitch = None
    sentences: list[Sentence] = []
    if pitch is not None:
        sentences += pitching_sentences(player, pitch, choose)
    if bat is not None and (pitch is None or bat["AB"] >= 150):
        sentences += batting_sentences(player, bat, choose)
    sentences += leading_sentences(archive, player, year, choose)
    sentences += high_sentences(archive, player, bat, pitch, choose)
    sentences += pennant_sentence(archive, player, year, choose)
    return sentences


def _counts_as_pitcher(player: Player, pitch: Row) -> bool:
    """Whether he was a pitcher, or pitched at least 30 innings that year."""
    positions = player.position, player.position_by_year.get(pitch["yearID"])
    return pitch["IPouts"] >= 90 or "pitcher" in positions


# --------------------------------------------------------------------------------------- at bat


def batting_sentences(player: Player, row: Row, choose: Chooser) -> Iterator[Sentence]:
    """A player's season at bat, in more detail the more he played."""
    lines = lines_of("player_season")
    year = row["yearID"]
    writer = FigureWriter(player, year, statements.batting, batting_words(row), lines, choose)
    if row["AB"] < 40:
        yield writer.sentence("few_games")
    elif row["AB"] < 200:
        yield writer.sentence("part_season", "AVG")
        if row["HR"] >= 4 and row["RBI"] is not None:
            yield writer.sentence("power", "HR", "RBI")
    else:
        yield from _regular_at_bat(writer, row)


def _regular_at_bat(writer: FigureWriter, row: Row) -> Iterator[Sentence]:
    if row["RBI"] is None:
        yield writer.sentence("average", "AVG")
    elif writer.choose.one_in(3):
        yield writer.sentence("average", "AVG")
        yield writer.sentence("power", "HR", "RBI")
    else:
        yield writer.sentence("batting", "AVG", "HR", "RBI")
    if row["H"] >= 150 or row["2B"] >= 30 or row["3B"] >= 10:
        yield writer.sentence("hits", "H", "2B", "3B")
    if row["R"] >= 80 or row["BB"] >= 80:
        yield writer.sentence("runs", "R", "BB")
    if (row["SB"] or 0) >= 15:
        yield writer.sentence("steals", "SB")


def batting_words(row: Row) -> dict[str, Any]:
    """The words for lines about a season or a career at bat. RBI and SB may be unknown."""
    average = batting_average(row["H"], row["AB"]) if row["AB"] else None
    steals = row["SB"] or 0
    return {
        "year": row.get("yearID"),
        "avg": average,
        "games": counted(row["G"], "game"),
        "ab": row["AB"],
        "hr": plural(row["HR"], "home run") if row["HR"] else "no home runs",
        "rbi": "1 run batted in" if row["RBI"] == 1 else f"{row['RBI']} runs batted in",
        "runs": plural(row["RBI"] or 0, "run"),
        "h": plural(row["H"], "hit"),
        "doubles": counted(row["2B"], "double") if row["2B"] else "no doubles",
        "triples": counted(row["3B"], "triple") if row["3B"] else "no triples",
        "r": plural(row["R"], "run"),
        "r_times": plural(row["R"], "time"),
        "bb": plural(row["BB"], "walk"),
        "sb": plural(steals, "base"),
        "sb_count": row["SB"],
        "steals": plural(steals, "stolen base"),
    }


# -------------------------------------------------------------------------------- on the mound


def pitching_sentences(player: Player, row: Row, choose: Chooser) -> Iterator[Sentence]:
    """A player's season on the mound, in more detail the more he pitched."""
    lines = lines_of("player_season")
    year = row["yearID"]
    writer = FigureWriter(player, year, statements.pitching, pitching_words(row), lines, choose)
    if row["IPouts"] < 30:
        sentence = writer.sentence("few_games")  # shared with batters, who "played"
        yield sentence._replace(text=sentence.text.replace("played", "pitched"))
        return
    if row["W"] + row["L"] >= 8:
        yield writer.sentence("pitching", "W", "L", "ERA")
    else:
        yield writer.sentence("part_pitching", "ERA")
    if row["SO"] >= 70:
        yield writer.sentence("strikeouts", "SO")
    if row["SV"] >= 8:
        yield writer.sentence("saves", "SV")
    if row["SHO"] >= 3:
        yield writer.sentence("shutouts", "SHO")


def pitching_words(row: Row) -> dict[str, Any]:
    """The words for lines about a season or a career on the mound."""
    average = earned_run_average(row["ER"], row["IPouts"]) if row["IPouts"] else None
    return {
        "year": row.get("yearID"),
        "w": row["W"],
        "l": row["L"],
        "era": average,
        "an_era": an_average(average) if average else None,
        "innings": innings(row["IPouts"]),
        "games": counted(row["G"], "game"),
        "so": plural(row["SO"], "batter"),
        "strikeouts": plural(row["SO"], "strikeout"),
        "sv": plural(row["SV"], "game"),
        "saves": plural(row["SV"], "save"),
        "sho": counted(row["SHO"], "shutout"),
        "cg": counted(row["CG"], "complete game"),
    }


# ------------------------------------------------------------- leads, career highs, the pennant


def leading_sentences(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> Iterator[Sentence]:
    """The statistics in which a player led his league that season."""
    led_alone = defaultdict(list)  # league -> statistics, which share a sentence
    for league, stat, is_shared in archive.leads.get((player.id, year), ()):
        states = (statements.league_leader(year, league, stat),)
        if stat == "AVG":
            yield Sentence(f"<S> won the {LEAGUES[league]} batting title <t>.", states, year)
        elif stat == "ERA":
            text = f"<P> earned run average was the lowest in {with_the(league)} <t>."
            yield Sentence(text, states, year)
        elif league == BOTH_LEAGUES:
            continue
        elif is_shared:
            text = f"<S> shared the {LEAGUES[league]} lead in {STAT_WORDS[stat]} <t>."
            yield Sentence(text, states, year)
        else:
            led_alone[league].append(stat)
    lines = lines_of("player_season")
    for league, stats in led_alone.items():
        words = {
            "league": LEAGUES[league],
            "things": join_names([STAT_WORDS[stat] for stat in stats]),
        }
        options = lines["led"] if len(stats) == 1 else lines["led_in_several"]
        leads = [statements.league_leader(year, league, stat) for stat in stats]
        yield choose.sentence(options, words, leads, year)


def high_sentences(
    archive: Archive, player: Player, bat: Row | None, pitch: Row | None, choose: Chooser
) -> Iterator[Sentence]:
    """That a figure was the highest of his career, if no other season equals it."""
    if bat is not None:
        history = archive.batting[player.id]
        yield from _highs(player, bat, history, HIGHS_AT_BAT, statements.batting, choose)
    if pitch is not None:
        history = archive.pitching[player.id]
        yield from _highs(player, pitch, history, HIGHS_AS_PITCHER, statements.pitching, choose)


def _highs(
    player: Player,
    row: Row,
    history: list[Row],
    minimums: Mapping[str, int],
    figure: statements.Figure,
    choose: Chooser,
) -> Iterator[Sentence]:
    lines = lines_of("player_season")
    year = row["yearID"]
    for stat, minimum in minimums.items():
        if row[stat] < minimum or len(history) < 4 or choose.one_in(2):
            continue
        if any(other[stat] >= row[stat] for other in history if other is not row):
            continue
        states = (
            figure(player.id, "high", stat),
            figure(player.id, year, stat),
            figure(player.id, "high-year", stat),
        )
        words = {"value": row[stat], "year": year}
        sentence = choose.sentence(lines[f"most_{stat}"], words, states, year)
        yield sentence.as_of(player.as_of)


def pennant_sentence(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """That his club won the pennant, if he was with it all year; left out one time in three."""
    clubs = player.clubs[year]
    row = archive.club(clubs[-1], year)
    if len(clubs) > 1 or row["LgWin"] != "Y" or choose.one_in(3):
        return []
    lines = lines_of("player_season")["pennant"]
    words = {"nickname": row["nickname"], "league": LEAGUES[row["lgID"]]}
    states = (
        statements.pennant(year, row["lgID"]),
        *archive.played_for(player.id, year, clubs[-1]),
    )
    return [choose.sentence(lines, words, states, year)]
