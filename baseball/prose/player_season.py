"""Player season."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.lahman import (
    LEAGUES,
    Player,
    batting_average,
    batting_id,
    club_ids,
    earned_run_average,
    join_names,
    pitching_id,
    plural,
    with_the,
)
from baseball.prose.archive import STAT_WORDS, Archive, an_average, counted, innings
from baseball.prose.document import Chooser, Sentence

BATTING_LINE = (
    "<T> <s> batted {avg} with {hr} and {rbi}.",
    "<S> hit {avg} <t>, with {hr} and {rbi}.",
    "<T> <s> played {games}, batting {avg} with {hr} and {rbi}.",
    "<P> average <t> was {avg}, to go with {hr} and {rbi}.",
    "<T> <p> record showed {hr}, {rbi} and an average of {avg}.",
    "In {games} <t>, <s> batted {avg} and finished with {hr} and {rbi}.",
    "<T> <s> produced {hr} and {rbi} while hitting {avg}.",
)


AVERAGE_LINE = (
    "<T> <s> batted {avg} in {games}.",
    "<P> batting average <t> was {avg}.",
    "<S> hit {avg} <t>.",
    "<T> <s> finished with an average of {avg}.",
    "<S> played {games} <t> and hit {avg}.",
    "<T> <s> came to bat {ab} times and averaged {avg}.",
)


POWER_LINE = (
    "<S> hit {hr} and drove in {runs} <t>.",
    "<S> had {hr} and {rbi} <t>.",
    "There were {hr} and {rbi} to <p> credit <t>.",
    "<T> <s> drove in {runs} and hit {hr}.",
)


PART_SEASON_LINE = (
    "<T> <s> got into {games} and batted {avg}.",
    "<S> appeared in {games} <t>, hitting {avg}.",
    "<T> <s> played only {games} and hit {avg}.",
    "<S> was used in {games} <t> and batted {avg}.",
    "<T> <s> batted {avg} in {games}.",
)


FEW_GAMES_LINE = (
    "<T> <s> got into {games}.",
    "<S> appeared in {games} <t>.",
    "<T> <s> was seen in {games}.",
    "<S> played in {games} <t>.",
)


HITS_LINE = (
    "<S> had {h} <t>, {doubles} among them.",
    "<P> {h} <t> included {doubles} and {triples}.",
    "<T> <s> collected {h}, with {doubles} and {triples}.",
    "<S> rapped out {h} <t>.",
)


RUNS_LINE = (
    "<S> scored {r} <t>.",
    "<T> <s> crossed the plate {r_times}.",
    "<S> scored {r} and drew {bb} <t>.",
    "<T> <s> drew {bb} and scored {r}.",
)


STEALS_LINE = (
    "<S> stole {sb} <t>.",
    "<T> <s> stole {sb}.",
    "On the bases <s> had {steals} <t>.",
    "<S> added {steals} <t>.",
)


PITCHING_LINE = (
    "<T> <s> went {w}-{l} with an earned run average of {era}.",
    "<S> won {w} and lost {l} <t>, with an earned run average of {era}.",
    "<P> record <t> was {w}-{l}, with {an_era} ERA.",
    "<T> <s> was {w}-{l} on the mound, allowing {era} earned runs per nine innings.",
    "<S> finished {year} at {w}-{l}, with an earned run average of {era}.",
)


PART_PITCHING_LINE = (
    "<T> <s> pitched {innings} and had an earned run average of {era}.",
    "<S> worked {innings} <t>, with an ERA of {era}.",
    "<S> pitched in {games} <t>, and <p> earned run average was {era}.",
    "<T> <s> threw {innings} in {games}, for an ERA of {era}.",
)


STRIKEOUTS_LINE = (
    "<S> struck out {so} in {innings} <t>.",
    "<T> <s> struck out {so}.",
    "In {innings} <t> <s> struck out {so}.",
    "<S> fanned {so} <t> over {innings}.",
    "<T> <s> worked {innings} and had {strikeouts}.",
)


SAVES_LINE = (
    "<S> saved {sv} in {games} <t>.",
    "<T> <s> was credited with {saves}.",
    "<S> closed out {sv} for a save <t>.",
    "Working in {games}, <s> had {saves} <t>.",
)


SHUTOUTS_LINE = (
    "<S> threw {sho} <t>.",
    "<T> <p> {cg} included {sho}.",
    "Among <p> {cg} <t> were {sho}.",
)


LED_LINE = (
    "<S> led the {league} in {things} <t>.",
    "<T> <s> led the {league} in {things}.",
    "Nobody in the {league} had more {things} <t> than <s> did.",
    "<T> no one in the {league} surpassed <o> in {things}.",
)


def batting_sentences(player: Player, row: dict, choose: Chooser) -> Iterator[Sentence]:
    """What a man did at bat in one season, at a length that fits how much he played."""
    year, at_bats = row["yearID"], row["AB"]
    words = _batting_words(row)

    def ids(*stats):
        return tuple(batting_id(player.id, year, stat) for stat in stats)

    if at_bats < 40:
        yield Sentence(choose(FEW_GAMES_LINE).format_map(words), (), year)
        return
    if at_bats < 200:
        yield Sentence(choose(PART_SEASON_LINE).format_map(words), ids("AVG"), year)
        if row["HR"] >= 4 and row["RBI"] is not None:
            yield Sentence(choose(POWER_LINE).format_map(words), ids("HR", "RBI"), year)
        return
    if row["RBI"] is None:
        yield Sentence(choose(AVERAGE_LINE).format_map(words), ids("AVG"), year)
    elif choose.one_in(3):
        yield Sentence(choose(AVERAGE_LINE).format_map(words), ids("AVG"), year)
        yield Sentence(choose(POWER_LINE).format_map(words), ids("HR", "RBI"), year)
    else:
        yield Sentence(choose(BATTING_LINE).format_map(words), ids("AVG", "HR", "RBI"), year)
    if row["H"] >= 150 or row["2B"] >= 30 or row["3B"] >= 10:
        yield Sentence(choose(HITS_LINE).format_map(words), ids("H", "2B", "3B"), year)
    if row["R"] >= 80 or row["BB"] >= 80:
        yield Sentence(choose(RUNS_LINE).format_map(words), ids("R", "BB"), year)
    if (row["SB"] or 0) >= 15:
        yield Sentence(choose(STEALS_LINE).format_map(words), ids("SB"), year)


def _batting_words(row: dict) -> dict:
    home_runs = row["HR"]
    return {
        "year": row["yearID"],
        "avg": batting_average(row["H"], row["AB"]) if row["AB"] else None,
        "games": counted(row["G"], "game"),
        "ab": row["AB"],
        "hr": plural(home_runs, "home run") if home_runs else "no home runs",
        "rbi": f"{row['RBI']} runs batted in" if row["RBI"] != 1 else "1 run batted in",
        "runs": plural(row["RBI"] or 0, "run"),
        "h": plural(row["H"], "hit"),
        "doubles": counted(row["2B"], "double") if row["2B"] else "no doubles",
        "triples": counted(row["3B"], "triple") if row["3B"] else "no triples",
        "r": plural(row["R"], "run"),
        "r_times": plural(row["R"], "time"),
        "bb": plural(row["BB"], "walk"),
        "sb": plural(row["SB"] or 0, "base"),
        "sb_count": row["SB"],
        "steals": plural(row["SB"] or 0, "stolen base"),
    }


def pitching_sentences(player: Player, row: dict, choose: Chooser) -> Iterator[Sentence]:
    """What a man did on the mound in one season."""
    year = row["yearID"]
    words = _pitching_words(row)

    def ids(*stats):
        return tuple(pitching_id(player.id, year, stat) for stat in stats)

    if row["IPouts"] < 30:
        yield Sentence(
            choose(FEW_GAMES_LINE).format_map(words).replace("played", "pitched"), (), year
        )
        return
    decided = row["W"] + row["L"] >= 8
    line = PITCHING_LINE if decided else PART_PITCHING_LINE
    yield Sentence(
        choose(line).format_map(words), ids("W", "L", "ERA") if decided else ids("ERA"), year
    )
    if row["SO"] >= 70:
        yield Sentence(choose(STRIKEOUTS_LINE).format_map(words), ids("SO"), year)
    if row["SV"] >= 8:
        yield Sentence(choose(SAVES_LINE).format_map(words), ids("SV"), year)
    if row["SHO"] >= 3:
        yield Sentence(choose(SHUTOUTS_LINE).format_map(words), ids("SHO"), year)


def _pitching_words(row: dict) -> dict:
    return {
        "year": row["yearID"],
        "w": row["W"],
        "l": row["L"],
        "era": earned_run_average(row["ER"], row["IPouts"]) if row["IPouts"] else None,
        "an_era": an_average(earned_run_average(row["ER"], row["IPouts"]))
        if row["IPouts"]
        else None,
        "innings": innings(row["IPouts"]),
        "games": counted(row["G"], "game"),
        "so": plural(row["SO"], "batter"),
        "strikeouts": plural(row["SO"], "strikeout"),
        "sv": plural(row["SV"], "game"),
        "saves": plural(row["SV"], "save"),
        "sho": counted(row["SHO"], "shutout"),
        "cg": counted(row["CG"], "complete game"),
    }


def leading_sentences(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> Iterator[Sentence]:
    """What a man led his league in that season."""
    by_league = defaultdict(list)
    for league, stat, shared in archive.led.get((player.id, year), ()):
        if league != "ML" and stat not in ("AVG", "ERA") and not shared:
            by_league[league].append(stat)
        elif stat == "AVG":
            yield Sentence(
                f"<S> won the {LEAGUES[league]} batting title <t>.",
                (f"leader:{year}:{league}:AVG",),
                year,
            )
        elif stat == "ERA":
            yield Sentence(
                f"<P> earned run average was the lowest in {with_the(league)} <t>.",
                (f"leader:{year}:{league}:ERA",),
                year,
            )
        elif league != "ML":
            yield Sentence(
                f"<S> shared the {LEAGUES[league]} lead in {STAT_WORDS[stat]} <t>.",
                (f"leader:{year}:{league}:{stat}",),
                year,
            )
    for league, stats in by_league.items():
        things = join_names([STAT_WORDS[stat] for stat in stats])
        line = choose(LED_LINE[:2] if len(stats) > 1 else LED_LINE)
        yield Sentence(
            line.format(league=LEAGUES[league], things=things),
            tuple(f"leader:{year}:{league}:{stat}" for stat in stats),
            year,
        )


HIGH_LINE = {
    "HR": (
        "<P> {value} home runs <t> were the most of <p> career.",
        "No other season brought <o> as many home runs as {year}.",
    ),
    "W": (
        "<P> {value} wins <t> were the most of <p> career.",
        "<S> never won more games in a season than in {year}.",
    ),
    "SO": (
        "<P> {value} strikeouts <t> were the most of <p> career.",
        "<S> never struck out more in a season than in {year}.",
    ),
    "H": (
        "<P> {value} hits <t> were the most of <p> career.",
        "<S> never had more hits in a season than in {year}.",
    ),
}


def high_sentences(
    archive: Archive, player: Player, bat: dict | None, pitch: dict | None, choose: Chooser
) -> Iterator[Sentence]:
    """That a season's figure was the best of the career, where it was clearly so."""
    for row, history, stats, statement_id in (
        (bat, archive.batting, (("HR", 15), ("H", 150)), batting_id),
        (pitch, archive.pitching, (("W", 12), ("SO", 120)), pitching_id),
    ):
        for stat, minimum in stats:
            if (
                row is None
                or row[stat] < minimum
                or len(history[player.id]) < 4
                or choose.one_in(2)
            ):
                continue
            if all(other[stat] < row[stat] for other in history[player.id] if other is not row):
                year = row["yearID"]
                states = (
                    statement_id(player.id, "high", stat),
                    statement_id(player.id, year, stat),
                    statement_id(player.id, "high-year", stat),
                )
                yield Sentence(
                    choose(HIGH_LINE[stat]).format(value=row[stat], year=year), states, year
                )


PENNANT_LINE = (
    "The {nickname} won the pennant <t>.",
    "<T> the {nickname} were {league} champions.",
    "The {league} pennant <t> went to the {nickname}.",
)


def pennant_sentence(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """That his club won the pennant, for a man who was with it all year."""
    clubs = player.clubs[year]
    row = archive.club(clubs[-1], year)
    if len(clubs) > 1 or row["LgWin"] != "Y" or choose.one_in(3):
        return []
    line = choose(PENNANT_LINE).format(nickname=row["nickname"], league=LEAGUES[row["lgID"]])
    return [
        Sentence(
            line,
            (
                f"pennant:{year}:{row['lgID']}",
                *club_ids(archive.tables, player.id, year, clubs[-1]),
            ),
            year,
        )
    ]


def season_sentences(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """A season of a career: at the plate, on the mound, or both, and what he led the league in."""
    bat = next((row for row in archive.batting.get(player.id, ()) if row["yearID"] == year), None)
    pitch = next(
        (row for row in archive.pitching.get(player.id, ()) if row["yearID"] == year), None
    )
    sentences = []
    pitches = pitch is not None and (
        pitch["IPouts"] >= 90
        or player.position_by_year.get(year) == "pitcher"
        or player.position == "pitcher"
    )
    if pitches:
        sentences += pitching_sentences(player, pitch, choose)
    if bat is not None and (not pitches or bat["AB"] >= 150):
        sentences += batting_sentences(player, bat, choose)
    sentences += leading_sentences(archive, player, year, choose)
    sentences += high_sentences(archive, player, bat, pitch if pitches else None, choose)
    sentences += pennant_sentence(archive, player, year, choose)
    return sentences
