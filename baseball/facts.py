"""Questions and answers about baseball, written from the Lahman database.

    tables = load_tables()
    for fact in facts(tables):
        fact.kind, fact.questions, fact.answer, fact.accepted, fact.states
    # 'season home runs', ('How many home runs did Babe Ruth hit in 1927?', …), 'Babe Ruth hit 60 home runs in 1927.',
    # ('60', 'sixty'), ('batting:ruthba01:1927:HR',)

Every value is computed from the tables; where they leave a doubt (a missing count, a shared name, a many-sided tie, a disputed
title) there is no fact. The data are Sean Lahman's, 1871-2024, CC BY-SA 3.0, and so is the text made from them.

`states` lists the atomic statements (see `lahman.py`) that the fact gives away. The first is the value asked for. To keep a fact out
of training altogether, hide all of them (`held_out.py`): then nothing else tells it either.

The kinds take turns, each with its best-known players, teams and years first, so that the first N facts are a fair selection for any N.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, zip_longest
from zlib import crc32

import pandas as pd

from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    Player,
    Tables,
    at_park,
    batting_average,
    batting_id,
    club_ids,
    earned_run_average,
    join_names,
    pitching_id,
    plural,
    possessive,
    rows,
    team_id,
    with_the,
)


@dataclass(frozen=True)
class Fact:
    """One thing that can be asked, in several phrasings, with its answer as a sentence."""

    kind: str
    questions: tuple[
        str, ...
    ]  # phrasings of one question, in the same order for all facts of the kind
    answer: str
    accepted: tuple[str, ...]  # any one of them in an answer makes it right; lower-case
    states: tuple[str, ...]  # what it gives away, the value asked for first


def facts(tables: Tables) -> Iterator[Fact]:
    """All facts, the kinds taking turns, best known first. No question is asked twice; the order is always the same."""
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    asked: Counter[str] = Counter()
    for section in SECTIONS:
        for fact in section(tables):
            by_kind[fact.kind].append(fact)
            asked.update(fact.questions)
    # A question that two facts ask is ambiguous (two clubs of one name in 1890, say): both facts go.
    clear = [
        [fact for fact in group if all(asked[question] == 1 for question in fact.questions)]
        for group in by_kind.values()
    ]
    for turn in zip_longest(*clear):
        yield from (fact for fact in turn if fact is not None)


# ------------------------------------------------------------------------------------------------------------------- wording

SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = "_ first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth".split()
MONTHS = "_ January February March April May June July August September October November December".split()
DIVISIONS = {"E": "East", "C": "Central", "W": "West"}


def in_words(number: int) -> str:
    """in_words(61) -> 'sixty-one', for numbers under a hundred"""
    if number < 20:
        return SMALL_NUMBERS[number]
    tens, ones = divmod(number, 10)
    return TENS[tens] + (f"-{SMALL_NUMBERS[ones]}" if ones else "")


def number_forms(number: int) -> tuple[str, ...]:
    """number_forms(60) -> ('60', 'sixty'); number_forms(4256) -> ('4,256', '4256')"""
    if number >= 1000:
        return f"{number:,}", str(number)
    return (str(number), in_words(number)) if number < 100 else (str(number),)


def person_forms(player: Player) -> tuple[str, ...]:
    """person_forms(Shoeless Joe Jackson) -> ('shoeless joe jackson', 'joe jackson', 'jackson')"""
    name = player.name.lower()
    plain = name.removesuffix(" jr.").removesuffix(" sr.")
    forms = [name, plain, player.last.lower()]
    words = plain.split()
    if len(words) == 3 and words[1] in (
        "joe",
        "sam",
        "bill",
        "john",
        "ray",
        "jim",
    ):  # the nickname stands before the first name
        forms.insert(2, " ".join(words[1:]))
    return tuple(dict.fromkeys(forms))


def club_forms(row: dict) -> tuple[str, ...]:
    """club_forms(the row of the 1927 Yankees) -> ('yankees', 'new york yankees')"""
    return tuple(dict.fromkeys((row["nickname"].lower(), row["name"].lower())))


def _fact(
    kind: str,
    questions: tuple[str, ...],
    fields: dict,
    answer: str,
    accepted: tuple[str, ...],
    states: tuple[str, ...],
) -> Fact:
    answer = answer.format_map(fields).replace("Jr..", "Jr.").replace("Sr..", "Sr.")
    return Fact(
        kind,
        tuple(question.format_map(fields) for question in questions),
        answer,
        accepted,
        tuple(dict.fromkeys(states)),
    )


def _person(tables: Tables, player: str, **more) -> dict:
    """The fields of a question that names a player and a year."""
    name = tables.players[player].name
    return {"name": name, "owner": possessive(name), **more}


def _labelled(player: Player, **more) -> dict:
    """The fields of a question about a player with no year to tell him from his namesakes."""
    return {"name": player.label, "owner": possessive(player.label), **more}


def _team(row: dict, **more) -> dict:
    return {
        "team": row["name"],
        "nickname": row["nickname"],
        "owner": possessive(row["name"]),
        "year": row["yearID"],
        **more,
    }


def _best_known(tables: Tables, count: int, wanted=lambda player: True) -> list[Player]:
    """The `count` players of most fame who can be named without a year and whom `wanted` accepts."""
    return list(
        islice((player for player in tables.by_fame if player.label and wanted(player)), count)
    )


def _best_seasons(
    tables: Tables, frame: pd.DataFrame, stat: str, minimum: int, count: int, led: str | None = None
) -> list[dict]:
    """Rows of a player-and-year frame with at least `minimum` of a statistic: stars and big years first.

    To have led the league in it (in `led`, where the statistic is only a measure of playing time) counts tenfold: that lets the one
    great season of a man otherwise forgotten, 67 doubles or 36 triples, in among the stars' everyday years.
    """
    frame = frame[(frame[stat] >= minimum) & (frame["yearID"] >= 1876)]
    leaders = {
        (player, year)
        for (year, _, title), leader in tables.leaders.items()
        if title == (led or stat)
        for player in leader.players
    }
    fame = [
        tables.players[player].fame * (10 if (player, year) in leaders else 1)
        if tables.is_clear(player, year)
        else 0
        for player, year in zip(frame["playerID"], frame["yearID"], strict=True)
    ]
    order = (pd.Series(fame, index=frame.index) * (frame[stat] / minimum) ** 2).sort_values(
        ascending=False, kind="stable"
    )
    return rows(frame.loc[order[order > 0].index[:count]])


def _clubs_combined(tables: Tables, player: str, year: int) -> tuple[str, tuple[str, ...]]:
    """For a man who changed clubs, the words that say the figure is for all of them, and what they state."""
    clubs = list(dict.fromkeys(tables.players[player].clubs[year]))
    if len(clubs) == 1:
        return "", ()
    if len(clubs) > 2:
        return f", with {in_words(len(clubs))} clubs combined", (f"playedfor:{player}:{year}",)
    names = join_names([f"the {tables.team_name(club, year)}" for club in clubs])
    return f", with {names} combined", tuple(
        state for club in clubs for state in club_ids(tables, player, year, club)
    )


def _shuffle_key(*parts) -> int:
    """A stable pseudo-random number, for choices that must not depend on the run."""
    return crc32(":".join(map(str, parts)).encode())


# ------------------------------------------------------------------------------------------------------------ batters' seasons


@dataclass(frozen=True)
class Statistic:
    """One counted statistic: how it is asked about, and how far down the list of seasons or careers to go."""

    id: str
    kind: str
    minimum: int
    count: int
    singular: str
    plural: str
    verb: str
    questions: tuple[str, ...]


SEASON_BATTING = (
    Statistic("HR", "season home runs", 8, 1600, "home run", "home runs", "hit", (
        "How many home runs did {name} hit in {year}?",
        "What was {owner} home run total for the {year} season?",
        "In {year}, how many times did {name} go deep?",
        "{name} finished the {year} season with how many homers?",
        "Tell me the number of home runs that {name} hit in {year}.",
        "How many balls did {name} hit for home runs during {year}?",
        "Counting every homer, how many did {name} belt in {year}?",
    )),
    Statistic("RBI", "season runs batted in", 50, 1400, "run", "runs", "drove in", (
        "How many runs did {name} drive in during the {year} season?",
        "What was {owner} RBI total in {year}?",
        "How many RBIs did {name} have in {year}?",
        "In {year}, {name} knocked in how many runs?",
        "Give the number of runs batted in that {name} had in {year}.",
        "With how many runs batted in did {name} finish {year}?",
        "How many runs came home on {owner} bat in {year}?",
    )),
    Statistic("H", "season hits", 120, 1200, "hit", "hits", "had", (
        "How many hits did {name} have in {year}?",
        "What was {owner} hit total for the {year} season?",
        "In {year}, how many base hits did {name} collect?",
        "{name} rapped out how many hits in {year}?",
        "Tell me how many times {name} hit safely in {year}.",
        "How many safeties did {name} pile up during the {year} season?",
    )),
    Statistic("R", "season runs", 80, 900, "run", "runs", "scored", (
        "How many runs did {name} score in {year}?",
        "How often did {name} cross the plate in {year}?",
        "What was {owner} run total as a runner in the {year} season?",
        "In {year}, {name} came around to score how many times?",
        "Give the number of runs scored by {name} in {year}.",
        "{name} touched home plate for how many runs in {year}?",
    )),
    Statistic("2B", "season doubles", 25, 700, "double", "doubles", "hit", (
        "How many doubles did {name} hit in {year}?",
        "What was {owner} total of two-base hits in {year}?",
        "In the {year} season, how many two-baggers did {name} have?",
        "{name} was credited with how many doubles in {year}?",
        "Tell me how many of {owner} hits in {year} were doubles.",
        "How many times did {name} double in {year}?",
    )),
    Statistic("3B", "season triples", 9, 600, "triple", "triples", "hit", (
        "How many triples did {name} hit in {year}?",
        "What was {owner} total of three-base hits in {year}?",
        "In the {year} season, how many three-baggers did {name} have?",
        "{name} was credited with how many triples in {year}?",
        "Tell me how many of {owner} hits in {year} went for three bases.",
        "How many times did {name} triple in {year}?",
    )),
    Statistic("SB", "season stolen bases", 15, 1000, "base", "bases", "stole", (
        "How many bases did {name} steal in {year}?",
        "What was {owner} stolen base total for {year}?",
        "In {year}, how many steals did {name} have?",
        "{name} swiped how many bags in the {year} season?",
        "Give the number of bases stolen by {name} in {year}.",
        "How many times did {name} steal successfully in {year}?",
    )),
    Statistic("BB", "season walks", 70, 700, "walk", "walks", "drew", (
        "How many walks did {name} draw in {year}?",
        "What was {owner} walk total in the {year} season?",
        "In {year}, how many times did pitchers walk {name}?",
        "{name} took how many bases on balls in {year}?",
        "Tell me how often {name} walked in {year}.",
        "How many times did {name} reach base on four balls in {year}?",
    )),
)  # fmt: skip

SEASON_AVERAGE = (
    "What was {owner} batting average in {year}?",
    "What did {name} hit in {year}?",
    "For what average did {name} bat in the {year} season?",
    "{name} finished {year} with what batting average?",
    "Give {owner} batting average for {year}.",
    "How high was {owner} average at the plate in {year}?",
    "At what clip did {name} bat in {year}?",
)


def batters_seasons(tables: Tables) -> Iterator[Fact]:
    """Home runs, runs batted in, hits, … and the batting average of one player in one season."""
    for stat in SEASON_BATTING:
        for row in _best_seasons(tables, tables.batting, stat.id, stat.minimum, stat.count):
            yield _season_count(tables, stat, row, batting_id)
    # Two hundred at-bats make an average worth asking for; stars with many at-bats come first.
    for row in _best_seasons(tables, tables.batting, "AB", 250, 1600, led="AVG"):
        player, year = row["playerID"], row["yearID"]
        average = batting_average(row["H"], row["AB"])
        combined, states = _clubs_combined(tables, player, year)
        answer = f"{{name}} batted {average} in {{year}}{combined}."
        yield _fact(
            "season batting average",
            SEASON_AVERAGE,
            _person(tables, player, year=year),
            answer,
            (average, average[1:]),
            (batting_id(player, year, "AVG"), *states),
        )


def _season_count(tables: Tables, stat: Statistic, row: dict, statement_id) -> Fact:
    player, year, value = row["playerID"], row["yearID"], row[stat.id]
    combined, states = _clubs_combined(tables, player, year)
    answer = (
        f"{{name}} {stat.verb} {plural(value, stat.singular, stat.plural)} in {{year}}{combined}."
    )
    return _fact(
        stat.kind,
        stat.questions,
        _person(tables, player, year=year),
        answer,
        number_forms(value),
        (statement_id(player, year, stat.id), *states),
    )


# ----------------------------------------------------------------------------------------------------------- pitchers' seasons

SEASON_PITCHING = (
    Statistic("W", "season wins", 8, 1400, "game", "games", "won", (
        "How many games did {name} win in {year}?",
        "What was {owner} win total for the {year} season?",
        "In {year}, how many victories did {name} earn on the mound?",
        "{name} was the winning pitcher how many times in {year}?",
        "Tell me how many games {name} won as a pitcher in {year}.",
        "How many wins went next to {owner} name in {year}?",
    )),
    Statistic("SO", "season strikeouts", 80, 1400, "batter", "batters", "struck out", (
        "How many batters did {name} strike out in {year}?",
        "What was {owner} strikeout total on the mound in {year}?",
        "In {year}, how many strikeouts did {name} record as a pitcher?",
        "{name} fanned how many hitters in the {year} season?",
        "Give the number of batters {name} struck out in {year}.",
        "How many hitters went down on strikes against {name} in {year}?",
    )),
    Statistic("SV", "season saves", 10, 700, "game", "games", "saved", (
        "How many games did {name} save in {year}?",
        "What was {owner} save total for {year}?",
        "In {year}, how many saves did {name} record?",
        "{name} closed out how many games for a save in the {year} season?",
        "Tell me how many saves {name} had in {year}.",
        "With how many saves was {name} credited in {year}?",
    )),
    Statistic("SHO", "season shutouts", 3, 500, "shutout", "shutouts", "threw", (
        "How many shutouts did {name} throw in {year}?",
        "What was {owner} shutout total for the {year} season?",
        "In {year}, how many times did {name} blank the other side for a complete game?",
        "{name} pitched how many shutouts in {year}?",
        "Give the number of shutouts {name} threw in {year}.",
        "How many of {owner} complete games in {year} were shutouts?",
    )),
)  # fmt: skip

SEASON_ERA = (
    "What was {owner} ERA in {year}?",
    "What earned run average did {name} post in {year}?",
    "{name} finished the {year} season with what ERA?",
    "How many earned runs per nine innings did {name} allow in {year}?",
    "Give {owner} earned run average for {year}.",
    "How low was {owner} ERA in {year}?",
)
SEASON_RECORD = (
    "What was {owner} won-lost record in {year}?",
    "What record did {name} have on the mound in {year}?",
    "How many games did {name} win and lose in {year}?",
    "What were {owner} wins and losses as a pitcher in the {year} season?",
    "Give {owner} pitching record for {year}.",
    "As a pitcher, what record did {name} post in {year}?",
)


def pitchers_seasons(tables: Tables) -> Iterator[Fact]:
    """Wins, strikeouts, saves, shutouts, the earned run average and the won-lost record of one pitcher in one season."""
    for stat in SEASON_PITCHING:
        frame = (
            tables.pitching
            if stat.id != "SV"
            else tables.pitching[tables.pitching["yearID"] >= 1969]
        )
        for row in _best_seasons(tables, frame, stat.id, stat.minimum, stat.count):
            yield _season_count(tables, stat, row, pitching_id)
    for row in _best_seasons(tables, tables.pitching, "IPouts", 3 * 80, 1400, led="ERA"):
        player, year = row["playerID"], row["yearID"]
        average = earned_run_average(row["ER"], row["IPouts"])
        combined, states = _clubs_combined(tables, player, year)
        answer = f"{{name}} had an earned run average of {average} in {{year}}{combined}."
        yield _fact(
            "season earned run average",
            SEASON_ERA,
            _person(tables, player, year=year),
            answer,
            (average,),
            (pitching_id(player, year, "ERA"), *states),
        )
    for row in _best_seasons(tables, tables.pitching, "W", 9, 900):
        player, year, won, lost = row["playerID"], row["yearID"], row["W"], row["L"]
        combined, states = _clubs_combined(tables, player, year)
        answer = f"{{name}} went {won}-{lost} in {{year}}{combined}."
        ids = (pitching_id(player, year, "L"), pitching_id(player, year, "W"), *states)
        yield _fact(
            "season pitching record",
            SEASON_RECORD,
            _person(tables, player, year=year),
            answer,
            (f"{won}-{lost}",),
            ids,
        )


# -------------------------------------------------------------------------------------------------------------------- careers

CAREER_BATTING = (
    Statistic("HR", "career home runs", 30, 900, "home run", "home runs", "hit", (
        "How many home runs did {name} hit in his career?",
        "What is {owner} career home run total?",
        "With how many homers did {name} {ended}?",
        "Over all his seasons, how many home runs did {name} hit?",
        "Tell me how many career home runs {name} had{so_far}.",
        "How many times in the majors did {name} go deep, all told?",
    )),
    Statistic("H", "career hits", 500, 900, "hit", "hits", "had", (
        "How many hits did {name} have in his career?",
        "What is {owner} career hit total?",
        "With how many hits did {name} {ended}?",
        "Over all his big-league seasons, how many base hits did {name} collect?",
        "Tell me how many career hits {name} had{so_far}.",
        "How many times did {name} hit safely in the major leagues, all told?",
    )),
    Statistic("RBI", "career runs batted in", 250, 700, "run", "runs", "drove in", (
        "How many runs did {name} drive in over his career?",
        "What is {owner} career RBI total?",
        "With how many runs batted in did {name} {ended}?",
        "How many RBIs did {name} have in all his seasons together?",
        "Tell me how many career RBIs {name} had{so_far}.",
        "All told, how many runs did {name} knock in as a major leaguer?",
    )),
    Statistic("R", "career runs", 300, 500, "run", "runs", "scored", (
        "How many runs did {name} score in his career?",
        "What is {owner} career total of runs scored?",
        "With how many runs scored did {name} {ended}?",
        "How many times did {name} cross the plate in all his seasons?",
        "Tell me how many career runs {name} had{so_far}.",
        "All told, how often did {name} score as a major leaguer?",
    )),
    Statistic("2B", "career doubles", 150, 400, "double", "doubles", "hit", (
        "How many doubles did {name} hit in his career?",
        "What is {owner} career total of doubles?",
        "With how many two-base hits did {name} {ended}?",
        "How many two-baggers did {name} hit in all his seasons together?",
        "Tell me how many career doubles {name} had{so_far}.",
        "All told, how many times did {name} double in the majors?",
    )),
    Statistic("SB", "career stolen bases", 60, 600, "base", "bases", "stole", (
        "How many bases did {name} steal in his career?",
        "What is {owner} career stolen base total?",
        "With how many steals did {name} {ended}?",
        "How many bags did {name} swipe in all his seasons together?",
        "Tell me how many career stolen bases {name} had{so_far}.",
        "All told, how many bases did {name} steal as a major leaguer?",
    )),
    Statistic("G", "career games", 1000, 600, "game", "games", "played in", (
        "How many major league games did {name} play?",
        "In how many games did {name} appear during his career?",
        "What is {owner} career total of games played?",
        "Over all his seasons, {name} got into how many games?",
        "Tell me how many games {name} played in the big leagues.",
        "All told, how many times did {name} take part in a major league game?",
    )),
)  # fmt: skip

CAREER_PITCHING = (
    Statistic("W", "career wins", 60, 700, "game", "games", "won", (
        "How many games did {name} win in his career?",
        "What is {owner} career win total?",
        "With how many victories did {name} {ended}?",
        "How many wins did {name} have in all his seasons together?",
        "Tell me how many career wins {name} had{so_far}.",
        "All told, how many games did {name} win on a major league mound?",
    )),
    Statistic("L", "career losses", 70, 400, "game", "games", "lost", (
        "How many games did {name} lose in his pitching career?",
        "What is {owner} career total of losses?",
        "With how many defeats did {name} {ended}?",
        "How many losses did {name} take in all his seasons together?",
        "Tell me how many career losses {name} had{so_far}.",
        "All told, how many games did {name} lose on a major league mound?",
    )),
    Statistic("SO", "career strikeouts", 600, 700, "batter", "batters", "struck out", (
        "How many batters did {name} strike out in his career?",
        "What is {owner} career strikeout total as a pitcher?",
        "With how many strikeouts did {name} {ended}?",
        "How many hitters did {name} fan in all his seasons together?",
        "Tell me how many career strikeouts {name} had on the mound{so_far}.",
        "All told, how many major league hitters did {name} strike out?",
    )),
    Statistic("SV", "career saves", 50, 300, "game", "games", "saved", (
        "How many games did {name} save in his career?",
        "What is {owner} career save total?",
        "With how many saves did {name} {ended}?",
        "How many saves did {name} record in all his seasons together?",
        "Tell me how many career saves {name} had{so_far}.",
        "All told, how many major league games did {name} save?",
    )),
    Statistic("SHO", "career shutouts", 15, 300, "shutout", "shutouts", "threw", (
        "How many shutouts did {name} throw in his career?",
        "What is {owner} career total of shutouts?",
        "With how many shutouts did {name} {ended}?",
        "How many shutouts did {name} pitch in all his seasons together?",
        "Tell me how many career shutouts {name} had{so_far}.",
        "All told, how many times did {name} throw a shutout in the majors?",
    )),
)  # fmt: skip

CAREER_AVERAGE = (
    "What was {owner} career batting average?",
    "For what average did {name} bat over his career?",
    "What did {name} hit for his career?",
    "{name} had what lifetime batting average{so_far}?",
    "Give {owner} batting average over all his major league seasons.",
    "How high is {owner} lifetime average?",
)
CAREER_ERA = (
    "What was {owner} career ERA?",
    "What earned run average did {name} post over his career?",
    "How many earned runs per nine innings did {name} allow in his career?",
    "{name} had what lifetime ERA{so_far}?",
    "Give {owner} earned run average over all his major league seasons.",
    "How low is {owner} lifetime earned run average?",
)


def careers(tables: Tables) -> Iterator[Fact]:
    """The same over whole careers."""
    for stats, frame, statement_id in (
        (CAREER_BATTING, tables.career_batting, batting_id),
        (CAREER_PITCHING, tables.career_pitching, pitching_id),
    ):
        totals = {row["playerID"]: row for row in rows(frame)}
        for stat in stats:
            for player, row in _best_careers(tables, totals, stat.id, stat.minimum, stat.count):
                count = plural(row[stat.id], stat.singular, stat.plural)
                answer = f"{{name}} {stat.verb} {count} in his career{_through(player)}."
                states = (statement_id(player.id, "career", stat.id), *player.label_states)
                yield _fact(
                    stat.kind,
                    stat.questions,
                    _career_fields(player),
                    answer,
                    number_forms(row[stat.id]),
                    states,
                )
    yield from _career_averages(tables)


def _career_averages(tables: Tables) -> Iterator[Fact]:
    totals = {row["playerID"]: row for row in rows(tables.career_batting)}
    for player, row in _best_careers(tables, totals, "AB", 2000, 900):
        average = batting_average(row["H"], row["AB"])
        answer = f"{{name}} batted {average} for his career{_through(player)}."
        states = (batting_id(player.id, "career", "AVG"), *player.label_states)
        yield _fact(
            "career batting average",
            CAREER_AVERAGE,
            _career_fields(player),
            answer,
            (average, average[1:]),
            states,
        )
    totals = {row["playerID"]: row for row in rows(tables.career_pitching)}
    for player, row in _best_careers(tables, totals, "IPouts", 3 * 700, 700):
        average = earned_run_average(row["ER"], row["IPouts"])
        answer = (
            f"{{name}} had an earned run average of {average} for his career{_through(player)}."
        )
        states = (pitching_id(player.id, "career", "ERA"), *player.label_states)
        yield _fact(
            "career earned run average",
            CAREER_ERA,
            _career_fields(player),
            answer,
            (average,),
            states,
        )


def _best_careers(
    tables: Tables, totals: dict, stat: str, minimum: int, count: int
) -> list[tuple[Player, dict]]:
    """Not of players who began in the National Association, whose totals depend on whether one counts it."""
    enough = _best_known(
        tables,
        count,
        lambda player: (
            player.id in totals
            and (totals[player.id][stat] or 0) >= minimum
            and not player.in_national_association
        ),
    )
    return [(player, totals[player.id]) for player in enough]


def _career_fields(player: Player) -> dict:
    """Careers that may go on are told as they stood after the last season of the tables."""
    if player.is_active:
        return _labelled(
            player, ended=f"stand after the {LAST_SEASON} season", so_far=f" through {LAST_SEASON}"
        )
    return _labelled(player, ended="finish his career", so_far="")


def _through(player: Player) -> str:
    return f" through {LAST_SEASON}" if player.is_active else ""


# -------------------------------------------------------------------------------------------------------------------- leaders


@dataclass(frozen=True)
class Title:
    """Leading a league: the statistic, the kind, and the words of its questions."""

    stat: str
    kind: str
    questions: tuple[str, ...]
    answer: str
    statement_id: object = batting_id


TITLES = (
    Title("AVG", "league leader in batting average", (
        "Who won the {year} {league} batting title?",
        "Who led the {league} in batting average in {year}?",
        "Which player had the best batting average in the {league} in {year}?",
        "In {year}, who was the batting champion of the {league}?",
        "Name the hitter with the highest average in the {league} in {year}.",
        "The {league} batting crown of {year} went to whom?",
    ), "won the {league} batting title in {year} with an average of {value}"),
    Title("HR", "league leader in home runs", (
        "Who led the {league} in home runs in {year}?",
        "Which player hit the most home runs in the {league} in {year}?",
        "In {year}, who was the home run champion of the {league}?",
        "Name the top home run hitter of the {league} in {year}.",
        "Whose home run total was the highest in the {league} in {year}?",
        "The {league} home run crown of {year} went to whom?",
    ), "led the {league} in home runs in {year} with {value}"),
    Title("RBI", "league leader in runs batted in", (
        "Who led the {league} in runs batted in in {year}?",
        "Which player drove in the most runs in the {league} in {year}?",
        "In {year}, who was the RBI champion of the {league}?",
        "Name the top run producer, by RBIs, of the {league} in {year}.",
        "Whose RBI total was the highest in the {league} in {year}?",
        "Who knocked in more runs than anyone else in the {league} in {year}?",
    ), "led the {league} in runs batted in in {year} with {value}"),
    Title("H", "league leader in hits", (
        "Who led the {league} in hits in {year}?",
        "Which player had the most hits in the {league} in {year}?",
        "In {year}, who collected more base hits than anyone else in the {league}?",
        "Name the player with the highest hit total in the {league} in {year}.",
        "Whose hit total topped the {league} in {year}?",
        "Of all {league} batters, who hit safely most often in {year}?",
    ), "led the {league} in hits in {year} with {value}"),
    Title("R", "league leader in runs", (
        "Who led the {league} in runs scored in {year}?",
        "Which player scored the most runs in the {league} in {year}?",
        "In {year}, who crossed the plate more often than anyone else in the {league}?",
        "Name the player with the highest total of runs scored in the {league} in {year}.",
        "Whose total of runs scored topped the {league} in {year}?",
        "Of all {league} players, who scored most often in {year}?",
    ), "led the {league} in runs scored in {year} with {value}"),
    Title("2B", "league leader in doubles", (
        "Who led the {league} in doubles in {year}?",
        "Which player hit the most doubles in the {league} in {year}?",
        "In {year}, who had more two-base hits than anyone else in the {league}?",
        "Name the player with the highest total of doubles in the {league} in {year}.",
        "Whose total of two-baggers topped the {league} in {year}?",
        "Of all {league} batters, who doubled most often in {year}?",
    ), "led the {league} in doubles in {year} with {value}"),
    Title("3B", "league leader in triples", (
        "Who led the {league} in triples in {year}?",
        "Which player hit the most triples in the {league} in {year}?",
        "In {year}, who had more three-base hits than anyone else in the {league}?",
        "Name the player with the highest total of triples in the {league} in {year}.",
        "Whose total of three-baggers topped the {league} in {year}?",
        "Of all {league} batters, who tripled most often in {year}?",
    ), "led the {league} in triples in {year} with {value}"),
    Title("SB", "league leader in stolen bases", (
        "Who led the {league} in stolen bases in {year}?",
        "Which player stole the most bases in the {league} in {year}?",
        "In {year}, who was the stolen base champion of the {league}?",
        "Name the top base stealer of the {league} in {year}.",
        "Whose stolen base total was the highest in the {league} in {year}?",
        "Of all {league} runners, who swiped the most bags in {year}?",
    ), "led the {league} in stolen bases in {year} with {value}"),
    Title("W", "league leader in wins", (
        "Who led {league} pitchers in wins in {year}?",
        "Which pitcher won the most games in the {league} in {year}?",
        "In {year}, who was the biggest winner on the mound in the {league}?",
        "Name the pitcher with the highest win total in the {league} in {year}.",
        "Whose win total topped the {league} in {year}?",
        "Of all {league} pitchers, who had the most victories in {year}?",
    ), "led {league} pitchers in wins in {year} with {value}", pitching_id),
    Title("ERA", "league leader in earned run average", (
        "Who led the {league} in ERA in {year}?",
        "Which pitcher had the lowest earned run average in the {league} in {year}?",
        "In {year}, who won the {league} ERA title?",
        "Name the {league} pitcher with the best ERA in {year}.",
        "Whose earned run average was the best in the {league} in {year}?",
        "Of all {league} pitchers with enough innings, who allowed the fewest earned runs per nine innings in {year}?",
    ), "had the lowest earned run average in the {league} in {year} at {value}", pitching_id),
    Title("SO", "league leader in strikeouts", (
        "Who led {league} pitchers in strikeouts in {year}?",
        "Which pitcher struck out the most batters in the {league} in {year}?",
        "In {year}, who was the strikeout champion of the {league}?",
        "Name the {league} pitcher with the most strikeouts in {year}.",
        "Whose strikeout total on the mound was the highest in the {league} in {year}?",
        "Of all {league} pitchers, who fanned the most hitters in {year}?",
    ), "led {league} pitchers in strikeouts in {year} with {value}", pitching_id),
    Title("SV", "league leader in saves", (
        "Who led the {league} in saves in {year}?",
        "Which reliever saved the most games in the {league} in {year}?",
        "In {year}, who had more saves than anyone else in the {league}?",
        "Name the {league} pitcher with the most saves in {year}.",
        "Whose save total topped the {league} in {year}?",
        "Of all {league} relievers, who closed out the most games for a save in {year}?",
    ), "led the {league} in saves in {year} with {value}", pitching_id),
    Title("SHO", "league leader in shutouts", (
        "Who led the {league} in shutouts in {year}?",
        "Which pitcher threw the most shutouts in the {league} in {year}?",
        "In {year}, who pitched more shutouts than anyone else in the {league}?",
        "Name the {league} pitcher with the most shutouts in {year}.",
        "Whose shutout total topped the {league} in {year}?",
        "Of all {league} pitchers, who blanked the other side most often in {year}?",
    ), "led the {league} in shutouts in {year} with {value}", pitching_id),
)  # fmt: skip

LEADING_FIGURES = {
    "HR": ("league-leading home run total", "The {league} home run leader of {year} hit {value}.", (
        "How many home runs did the {league} leader hit in {year}?",
        "How many homers led the {league} in {year}?",
        "What was the highest home run total of any {league} player in {year}?",
        "In {year}, how many home runs did it take to lead the {league}?",
        "The {league} home run champion of {year} finished with how many?",
        "Give the home run total that topped the {league} in {year}.",
    )),
    "AVG": ("league-leading batting average", "The {league} batting champion of {year} hit {value}.", (
        "What average won the {league} batting title in {year}?",
        "What did the {league} batting champion hit in {year}?",
        "How high was the best batting average in the {league} in {year}?",
        "In {year}, what batting average led the {league}?",
        "The batting champion of the {league} finished {year} with what average?",
        "Give the batting average that topped the {league} in {year}.",
    )),
    "SO": ("league-leading strikeout total", "The {league} strikeout leader of {year} had {value}.", (
        "How many strikeouts did the {league} leader have in {year}?",
        "How many batters did the {league} strikeout champion fan in {year}?",
        "What was the highest strikeout total of any {league} pitcher in {year}?",
        "In {year}, how many strikeouts led all {league} pitchers?",
        "The strikeout king of the {league} finished {year} with how many?",
        "Give the strikeout total that topped {league} pitchers in {year}.",
    )),
}  # fmt: skip

BOTH_LEAGUES = {
    "HR": (
        "major league leader in home runs",
        batting_id,
        "home runs",
        "hit the most home runs in the major leagues in {year}, {value}",
    ),
    "RBI": (
        "major league leader in runs batted in",
        batting_id,
        "runs batted in",
        "had the most runs batted in in the major leagues in {year}, {value}",
    ),
    "SB": (
        "major league leader in stolen bases",
        batting_id,
        "stolen bases",
        "had the most stolen bases in the major leagues in {year}, {value}",
    ),
    "W": (
        "major league leader in wins",
        pitching_id,
        "wins as a pitcher",
        "had the most wins of any major league pitcher in {year}, {value}",
    ),
    "SO": (
        "major league leader in strikeouts",
        pitching_id,
        "strikeouts as a pitcher",
        "had the most strikeouts of any major league pitcher in {year}, {value}",
    ),
}
BOTH_LEAGUES_QUESTIONS = (
    "Who had the most {things} in the major leagues in {year}?",
    "Counting both leagues, who led the majors in {things} in {year}?",
    "In {year}, which player had more {things} than anyone else in the majors?",
    "Name the major league leader in {things} for {year}.",
    "Whose {year} total of {things} was the highest in all the big leagues?",
    "Across the whole of major league baseball, who topped the list for {things} in {year}?",
)


def leaders(tables: Tables) -> Iterator[Fact]:
    """Who led a league, or both leagues, in a statistic, and with what figure."""
    recent_first = sorted(tables.leaders, key=lambda key: (-key[0], key[1]))
    for title in TITLES:
        for year, league in (
            (year, league)
            for year, league, stat in recent_first
            if stat == title.stat and league != "ML"
        ):
            yield from _leader(
                tables,
                title.stat,
                year,
                league,
                title.kind,
                title.questions,
                title.answer,
                title.statement_id,
            )
    for stat, (kind, statement_id, things, answer) in BOTH_LEAGUES.items():
        questions = tuple(
            question.replace("{things}", things) for question in BOTH_LEAGUES_QUESTIONS
        )
        for year in (year for year, league, led in recent_first if (led, league) == (stat, "ML")):
            yield from _leader(tables, stat, year, "ML", kind, questions, answer, statement_id)
    for stat, (kind, answer, questions) in LEADING_FIGURES.items():
        for year, league in (
            (year, league) for year, league, led in recent_first if led == stat and league != "ML"
        ):
            leader = tables.leaders[year, league, stat]
            accepted = (
                number_forms(leader.value)
                if isinstance(leader.value, int)
                else (leader.value, leader.value[1:])
            )
            statement_id = pitching_id if stat == "SO" else batting_id
            states = (
                f"leading:{year}:{league}:{stat}",
                *(statement_id(player, year, stat) for player in leader.players),
            )
            yield _fact(
                kind,
                questions,
                {"league": LEAGUES[league], "year": year, "value": leader.value},
                answer,
                accepted,
                states,
            )


def _leader(
    tables: Tables,
    stat: str,
    year: int,
    league: str,
    kind: str,
    questions: tuple,
    answer: str,
    statement_id,
) -> Iterator[Fact]:
    """One fact, of one leader or of two who tied; three or more make no good answer."""
    leader = tables.leaders[year, league, stat]
    people = [tables.players[player] for player in leader.players]
    if len(people) > 2 or any(" " not in person.name for person in people):
        return
    states = [f"leader:{year}:{league}:{stat}", f"leading:{year}:{league}:{stat}"]
    states += [statement_id(player.id, year, stat) for player in people]
    fields = {"league": LEAGUES[league], "year": year, "value": leader.value}
    who = join_names([player.name for player in people])
    shared = " each" if len(people) == 2 else ""
    accepted = tuple(dict.fromkeys(form for player in people for form in person_forms(player)))
    yield _fact(kind, questions, fields, f"{who} {answer}{shared}.", accepted, tuple(states))


# --------------------------------------------------------------------------------------------------------------------- awards

AWARDS = {
    "Most Valuable Player": ("most valuable player", "MVP", "the {league} Most Valuable Player award of {year}", (
        "Who won the {league} MVP award in {year}?",
        "Who was the {league} Most Valuable Player of {year}?",
        "Which player was voted the {league} MVP for the {year} season?",
        "In {year}, the Most Valuable Player award of the {league} went to whom?",
        "Name the {league} MVP of {year}.",
        "Who was chosen as the most valuable player in the {league} in {year}?",
    )),
    "Cy Young Award": ("cy young award", "CYA", "the {league} Cy Young Award of {year}", (
        "Who won the {league} Cy Young Award in {year}?",
        "Which pitcher received the {league} Cy Young Award for the {year} season?",
        "In {year}, the Cy Young Award of the {league} went to whom?",
        "Name the {year} Cy Young winner in the {league}.",
        "Who was voted the best pitcher of the {league} for {year} and given the Cy Young Award?",
        "Whose pitching earned the {league} Cy Young Award of {year}?",
    )),
    "Rookie of the Year": ("rookie of the year", "ROY", "the {league} Rookie of the Year award of {year}", (
        "Who was the {league} Rookie of the Year in {year}?",
        "Which first-year player won the {league} Rookie of the Year award in {year}?",
        "In {year}, the {league} Rookie of the Year award went to whom?",
        "Name the {league} Rookie of the Year for {year}.",
        "Who was voted the top rookie in the {league} in {year}?",
        "Whose debut season won {league} Rookie of the Year honors in {year}?",
    )),
    "World Series MVP": ("world series mvp", "WSMVP", "the Most Valuable Player award of the {year} World Series", (
        "Who was the MVP of the {year} World Series?",
        "Which player won the World Series MVP award in {year}?",
        "In the {year} World Series, who was named most valuable player?",
        "Name the World Series MVP of {year}.",
        "Who took home the MVP trophy from the {year} World Series?",
        "Whose play earned the World Series MVP award in {year}?",
    )),
    "ALCS MVP": ("championship series mvp", "LCSMVP", "the Most Valuable Player award of the {year} {league} Championship Series", (
        "Who was the MVP of the {year} {league} Championship Series?",
        "Which player won the {league} Championship Series MVP award in {year}?",
        "In the {year} {league} Championship Series, who was named most valuable player?",
        "Name the {league} Championship Series MVP of {year}.",
        "Who took MVP honors in the {league} playoff for the pennant in {year}?",
        "Whose play earned the {league} Championship Series MVP award of {year}?",
    )),
    "All-Star Game MVP": ("all-star game mvp", "ASGMVP", "the Most Valuable Player award of the {year} All-Star Game", (
        "Who was the MVP of the {year} All-Star Game?",
        "Which player won the All-Star Game MVP award in {year}?",
        "In the {year} All-Star Game, who was named most valuable player?",
        "Name the All-Star Game MVP of {year}.",
        "Who took home the MVP trophy from the {year} All-Star Game?",
        "Whose play earned the MVP award of the All-Star Game in {year}?",
    )),
    "Reliever of the Year Award": ("reliever of the year", "RELIEVER", "the {league} Reliever of the Year award of {year}", (
        "Who was the {league} Reliever of the Year in {year}?",
        "Which pitcher won the {league} award for the best reliever of {year}?",
        "In {year}, the {league} Reliever of the Year award went to whom?",
        "Name the {league} Reliever of the Year for {year}.",
        "Who was honored as the top relief pitcher in the {league} in {year}?",
        "Whose relief work was judged the best in the {league} in {year}?",
    )),
}  # fmt: skip
AWARDS["NLCS MVP"] = AWARDS["ALCS MVP"]

GLOVE_POSITIONS = {
    "P": "pitcher", "C": "catcher", "1B": "first base", "2B": "second base", "3B": "third base", "SS": "shortstop",
    "LF": "left field", "CF": "center field", "RF": "right field", "DH": "designated hitter",
}  # fmt: skip
GOLD_GLOVE = (
    "Who won the {league} Gold Glove at {position} in {year}?",
    "Which player received the {year} {league} Gold Glove at {position}?",
    "In {year}, the Gold Glove at {position} in the {league} went to whom?",
    "Name the {league} Gold Glove winner at {position} for {year}.",
    "Who was judged the best {league} fielder at {position} in {year}, with a Gold Glove to show for it?",
    "Whose fielding at {position} won the {league} Gold Glove of {year}?",
)
SILVER_SLUGGER = (
    "Who won the {league} Silver Slugger at {position} in {year}?",
    "Which player received the {year} {league} Silver Slugger award at {position}?",
    "In {year}, the Silver Slugger at {position} in the {league} went to whom?",
    "Name the {league} Silver Slugger winner at {position} for {year}.",
    "Who was judged the best {league} hitter at {position} in {year}, with a Silver Slugger to show for it?",
    "Whose bat won the {league} Silver Slugger at {position} for {year}?",
)
MANAGER_OF_THE_YEAR = (
    "Who was the {league} Manager of the Year in {year}?",
    "Which manager won the {year} {league} Manager of the Year award?",
    "In {year}, the baseball writers named whom the {league} Manager of the Year?",
    "Name the {league} Manager of the Year for {year}.",
    "Who was voted the top manager in the {league} in {year}?",
    "The {league} Manager of the Year award of {year} went to which man?",
)
AWARD_COUNTS = {
    "Gold Glove": ("gold glove count", "GG", "Gold Glove", 3, (
        "How many Gold Gloves did {name} win{so_far}?",
        "What is {owner} total of Gold Glove awards{so_far}?",
        "{name} won how many Gold Gloves{so_far}?",
        "How many times was {name} honored with a Gold Glove{so_far}?",
        "Tell me how many Gold Glove awards {name} won{so_far}.",
        "Over his career, how often did {name} win the Gold Glove{so_far}?",
    )),
    "Most Valuable Player": ("mvp count", "MVP", "Most Valuable Player award", 1, (
        "How many Most Valuable Player awards did {name} win{so_far}?",
        "What is {owner} total of league MVP awards{so_far}?",
        "{name} won how many MVP awards{so_far}?",
        "How many times was {name} named his league's Most Valuable Player{so_far}?",
        "Tell me how many MVP awards {name} won{so_far}.",
        "Over his career, how often did {name} win the league MVP award{so_far}?",
    )),
    "Silver Slugger": ("silver slugger count", "SS", "Silver Slugger award", 2, (
        "How many Silver Slugger awards did {name} win{so_far}?",
        "What is {owner} total of Silver Sluggers{so_far}?",
        "{name} won how many Silver Slugger awards{so_far}?",
        "How many times was {name} honored with a Silver Slugger{so_far}?",
        "Tell me how many Silver Sluggers {name} won{so_far}.",
        "Over his career, how often did {name} win the Silver Slugger{so_far}?",
    )),
    "Cy Young Award": ("cy young count", "CYA", "Cy Young Award", 1, (
        "How many Cy Young Awards did {name} win{so_far}?",
        "What is {owner} total of Cy Young Awards{so_far}?",
        "{name} won how many Cy Young Awards{so_far}?",
        "How many times was {name} honored with the Cy Young Award{so_far}?",
        "Tell me how many Cy Youngs {name} won{so_far}.",
        "Over his career, how often did {name} win the Cy Young Award{so_far}?",
    )),
}  # fmt: skip


def awards(tables: Tables) -> Iterator[Fact]:
    """Who won an award, and how often a player won it."""
    frame = tables.awards.sort_values(
        ["yearID", "lgID", "playerID"], ascending=[False, True, True], kind="stable"
    )
    winners = defaultdict(list)
    for row in rows(frame):
        if row["awardID"] in ("Gold Glove", "Silver Slugger"):
            winners[row["awardID"], row["yearID"], row["lgID"], row["notes"]].append(
                row["playerID"]
            )
        elif row["awardID"] in AWARDS:
            winners[row["awardID"], row["yearID"], row["lgID"], None].append(row["playerID"])
    for (award, year, league, place), people in winners.items():
        if award == "All-Star Game MVP" and year == 1962:
            continue  # two games were played, each with its own award
        if award in AWARDS:
            kind, code, prize, questions = AWARDS[award]
            yield _award(tables, kind, code, year, league, people, questions, prize)
        elif place in GLOVE_POSITIONS and len(people) == 1:
            yield _positional_award(tables, award, year, league, place, people)
    managers = tables.manager_awards
    chosen = (
        managers[managers["awardID"] == "BBWAA Manager of the Year"]
        .groupby(["yearID", "lgID"])["playerID"]
        .apply(list)
    )
    for (year, league), people in sorted(chosen.items(), reverse=True):
        yield _award(
            tables,
            "manager of the year",
            "MANAGER",
            year,
            league,
            people,
            MANAGER_OF_THE_YEAR,
            "the {league} Manager of the Year award of {year}",
        )
    yield from _award_counts(tables)


def award_id(code: str, year: int, league: str) -> str:
    return f"award:{code}:{year}:{league}"


def _award(
    tables: Tables,
    kind: str,
    code: str,
    year: int,
    league: str,
    people: list,
    questions: tuple,
    prize: str,
) -> Fact:
    """Who won it; where it was shared, all of them, any one accepted."""
    players = [tables.players[player] for player in people]
    # In their first years the Cy Young Award and the rookie award were one for both leagues.
    words = LEAGUES[league] if league != "ML" else "major league"
    fields = {"league": words, "year": year}
    answer = f"{join_names([player.name for player in players])} {'won' if len(players) == 1 else 'shared'} {prize}."
    accepted = tuple(dict.fromkeys(form for player in players for form in person_forms(player)))
    return _fact(kind, questions, fields, answer, accepted, (award_id(code, year, league),))


def _positional_award(
    tables: Tables, award: str, year: int, league: str, place: str, people: list
) -> Fact:
    kind, code, questions = (
        ("gold glove", "GG", GOLD_GLOVE)
        if award == "Gold Glove"
        else ("silver slugger", "SS", SILVER_SLUGGER)
    )
    words = LEAGUES[league] if league != "ML" else "major league"
    prize = "Gold Glove" if code == "GG" else "Silver Slugger"
    answer = f"{{who}} won the {{league}} {prize} at {{position}} in {{year}}."
    player = tables.players[people[0]]
    fields = {"who": player.name, "league": words, "year": year, "position": GLOVE_POSITIONS[place]}
    return _fact(
        kind,
        questions,
        fields,
        answer,
        person_forms(player),
        (f"award:{code}:{year}:{league}:{place}",),
    )


def _award_counts(tables: Tables) -> Iterator[Fact]:
    for award, (kind, code, prize, minimum, questions) in AWARD_COUNTS.items():
        given = tables.awards[tables.awards["awardID"] == award]
        counts = given.groupby("playerID")["yearID"].nunique().to_dict()
        enough = {player for player, count in counts.items() if count >= minimum}
        for player in _best_known(tables, 400, lambda player, enough=enough: player.id in enough):
            count = counts[player.id]
            answer = f"{{name}} won {in_words(count)} {prize if count == 1 else prize + 's'}{_through(player) or ' in his career'}."
            fields = _labelled(player, so_far=_through(player))
            yield _fact(
                kind,
                questions,
                fields,
                answer,
                (in_words(count), str(count)),
                (f"awards:{player.id}:{code}", *player.label_states),
            )


# --------------------------------------------------------------------------------------------------------------- Hall of Fame

HALL_YEAR = (
    "In what year did {name} enter the Hall of Fame?",
    "When was {name} voted into the Baseball Hall of Fame?",
    "{name} belongs to which year's Hall of Fame class?",
    "What year brought {name} a place in Cooperstown?",
    "Name the year of {owner} Hall of Fame election.",
    "In which year's election did {name} become a Hall of Famer?",
)
HALL_VOTERS = (
    "Who put {name} into the Hall of Fame, the baseball writers or a committee?",
    "Was {name} elected to the Hall of Fame by the writers or by a committee?",
    "By whose vote did {name} become a Hall of Famer?",
    "Which voters sent {name} to Cooperstown?",
    "Did {name} get into the Hall of Fame through the writers' ballot or through a committee?",
    "Tell me who elected {name} to the Hall of Fame.",
)
HALL_SHARE = (
    "What share of the writers' vote did {name} receive when he was elected to the Hall of Fame?",
    "On what percentage of the ballots did {name} appear in his Hall of Fame election?",
    "With what percentage of the vote was {name} elected to the Hall of Fame?",
    "How big, in percent, was {owner} vote when the writers elected him to Cooperstown?",
    "{name} got what percentage in his winning Hall of Fame election?",
    "Give the percentage of writers who voted {name} into the Hall of Fame.",
)
WRITERS = {"BBWAA", "Run Off"}  # a run-off was a second ballot among the same writers


def hall_of_fame(tables: Tables) -> Iterator[Fact]:
    """When players entered the Hall of Fame, by whose vote, and with what share of it."""
    members = [player for player in tables.players.values() if player.hall and player.label]
    for player in sorted(members, key=lambda player: (-player.fame, player.id)):
        hall, fields = player.hall, _labelled(player)
        year = hall.year
        by_year = (f"hall:{player.id}:year", *player.label_states)
        yield _fact(
            "hall of fame year",
            HALL_YEAR,
            fields,
            f"{{name}} entered the Hall of Fame in {year}.",
            (str(year),),
            by_year,
        )
        if hall.voters == "Special Election":
            continue  # of Gehrig and Clemente, by the writers' association without the usual ballot
        by_writers = hall.voters in WRITERS
        answer = (
            "The baseball writers elected {name} to the Hall of Fame."
            if by_writers
            else "A committee elected {name} to the Hall of Fame."
        )
        accepted = ("writers", "baseball writers") if by_writers else ("committee",)
        yield _fact(
            "hall of fame voters",
            HALL_VOTERS,
            fields,
            answer,
            accepted,
            (f"hall:{player.id}:voters", *player.label_states),
        )
        if hall.voters == "BBWAA" and hall.votes and hall.ballots:
            share = f"{100 * hall.votes / hall.ballots:.1f}".removesuffix(".0")
            answer = f"{{name}} was elected to the Hall of Fame with {share} percent of the vote."
            states = (f"hall:{player.id}:share", f"hall:{player.id}:voters", *player.label_states)
            yield _fact("hall of fame vote", HALL_SHARE, fields, answer, (share,), states)


# ----------------------------------------------------------------------------------------------------------------- postseason

WORLD_SERIES_WINNER = (
    "Who won the World Series in {year}?",
    "Which team won the {year} World Series?",
    "In {year}, which club became world champion?",
    "Name the World Series champions of {year}.",
    "The {year} World Series was won by which team?",
    "Which club came out on top in the World Series of {year}?",
    "Who took the world championship of baseball in {year}?",
)
WORLD_SERIES_LOSER = (
    "Who lost the World Series in {year}?",
    "Which team was beaten in the {year} World Series?",
    "Name the losing team of the {year} World Series.",
    "In the {year} World Series, which club was defeated?",
    "Which pennant winner went home beaten from the World Series of {year}?",
    "Over which team was the {year} world championship won?",
)
WORLD_SERIES_GAMES = (
    "How many games did the {year} World Series last?",
    "How long was the {year} World Series, in games?",
    "The World Series of {year} took how many games?",
    "In {year}, how many games were played in the World Series?",
    "Tell me the number of games in the {year} World Series.",
    "After how many games was the {year} World Series over?",
)
WORLD_SERIES_MANAGER = (
    "Who managed the team that won the {year} World Series?",
    "Which manager won the World Series in {year}?",
    "In {year}, who was the manager of the world champions?",
    "Name the winning manager of the {year} World Series.",
    "Who was in charge of the club that won it all in {year}?",
    "Under which manager was the {year} World Series won?",
)
PENNANT = (
    "Who won the {league} pennant in {year}?",
    "Which team was the {league} champion of {year}?",
    "In {year}, which club took the {league} flag?",
    "Name the {league} pennant winner of {year}.",
    "The {year} {league} pennant went to which team?",
    "Which club finished {year} as champion of the {league}?",
)
PLAYOFF_LOSER = (
    "Which team lost the {year} {series}?",
    "Who was beaten in the {series} of {year}?",
    "Over which team was the {year} {series} won?",
    "Name the losing side of the {year} {series}.",
    "In the {year} {series}, which club was eliminated?",
    "Which club fell in the {series} in {year}?",
)
DIVISION_SERIES = (
    "Whom did the {loser} lose to in the {year} {series}?",
    "Which team beat the {loser} in the {year} {series}?",
    "The {loser} were knocked out of the {year} {series} by which club?",
    "In the {series} of {year}, who defeated the {loser}?",
    "Name the team that eliminated the {loser} in the {year} {series}.",
    "Which club ended the season of the {loser} in the {year} {series}?",
)
WORLD_SERIES_HOME_RUNS = (
    "How many home runs did {name} hit in the {year} World Series?",
    "What was {owner} home run total in the World Series of {year}?",
    "In the {year} World Series, how many times did {name} go deep?",
    "{name} hit how many homers in the {year} World Series?",
    "Tell me how many home runs {name} had in the World Series in {year}.",
    "How many balls did {name} send out for home runs in the {year} Fall Classic?",
)
WORLD_SERIES_WINS = (
    "How many games did {name} win in the {year} World Series?",
    "What was {owner} win total as a pitcher in the World Series of {year}?",
    "In the {year} World Series, how many games did {name} win on the mound?",
    "{name} was the winning pitcher in how many games of the {year} World Series?",
    "Tell me how many World Series victories {name} had in {year}.",
    "How many wins did {name} earn in the {year} Fall Classic?",
)
YEARS_WITHOUT_WORLD_SERIES = (1904, 1994)


def postseason(tables: Tables) -> Iterator[Fact]:
    """World Series, pennants, championship and division series, and what players did in World Series."""
    latest_first = sorted(tables.series, key=lambda series: (-series["yearID"], series["round"]))
    for year in YEARS_WITHOUT_WORLD_SERIES:
        states = (f"worldseries:{year}:winner",)
        yield _fact(
            "world series winner",
            WORLD_SERIES_WINNER,
            {"year": year},
            "There was no World Series in {year}.",
            ("no world series",),
            states,
        )
    for series in latest_first:
        if series["round"] == "WS" and series["yearID"] >= 1903:
            yield from _world_series(tables, series)
        elif series["round"] in ("ALCS", "NLCS"):
            yield _playoff_loser(tables, series)
        elif series["round"][2:4] == "DS":
            yield _division_series(tables, series)
    for (year, league), team in sorted(tables.pennants.items(), reverse=True):
        row = tables.teams[team, year]
        answer = f"The {row['name']} won the {{league}} pennant in {{year}}."
        yield _fact(
            "pennant winner",
            PENNANT,
            {"league": LEAGUES[league], "year": year},
            answer,
            club_forms(row),
            (f"pennant:{year}:{league}",),
        )
    yield from _world_series_players(tables)


def _world_series(tables: Tables, series: dict) -> Iterator[Fact]:
    year = series["yearID"]
    winner, loser = (
        tables.teams[series["teamIDwinner"], year],
        tables.teams[series["teamIDloser"], year],
    )
    pennant = {
        "win": f"pennant:{year}:{series['lgIDwinner']}",
        "lose": f"pennant:{year}:{series['lgIDloser']}",
    }
    fields = {"year": year}
    won, lost, length = (
        f"worldseries:{year}:winner",
        f"worldseries:{year}:loser",
        f"worldseries:{year}:games",
    )
    yield _fact(
        "world series winner",
        WORLD_SERIES_WINNER,
        fields,
        f"The {winner['name']} won the World Series in {{year}}.",
        club_forms(winner),
        (won, pennant["win"]),
    )
    yield _fact(
        "world series loser",
        WORLD_SERIES_LOSER,
        fields,
        f"The {loser['name']} lost the World Series in {{year}}.",
        club_forms(loser),
        (lost, pennant["lose"]),
    )
    games = in_words(series["games"])
    tie = ", one of them a tie" if series["ties"] else ""
    yield _fact(
        "world series games",
        WORLD_SERIES_GAMES,
        fields,
        f"The {{year}} World Series lasted {games} games{tie}.",
        (games, str(series["games"])),
        (length,),
    )
    managers = tables.managers_of[series["teamIDwinner"], year]
    if len(managers) == 1:
        manager = tables.players[managers[0]]
        states = (f"worldseries:{year}:manager", team_id(series["teamIDwinner"], year, "manager"))
        yield _fact(
            "world series manager",
            WORLD_SERIES_MANAGER,
            fields,
            f"{manager.name} managed the World Series winners of {{year}}.",
            person_forms(manager),
            states,
        )


def _playoff_loser(tables: Tables, series: dict) -> Fact:
    year = series["yearID"]
    loser = tables.teams[series["teamIDloser"], year]
    fields = {"year": year, "series": f"{LEAGUES[series['round'][:2]]} Championship Series"}
    answer = f"The {loser['name']} lost the {{year}} {{series}}."
    return _fact(
        "championship series loser",
        PLAYOFF_LOSER,
        fields,
        answer,
        club_forms(loser),
        (f"series:{year}:{series['round']}:loser",),
    )


def _division_series(tables: Tables, series: dict) -> Fact:
    year = series["yearID"]
    winner, loser = (
        tables.teams[series["teamIDwinner"], year],
        tables.teams[series["teamIDloser"], year],
    )
    fields = {
        "year": year,
        "series": f"{LEAGUES[series['round'][:2]]} Division Series",
        "loser": loser["name"],
    }
    ids = (f"series:{year}:{series['round']}:winner", f"series:{year}:{series['round']}:loser")
    return _fact(
        "division series winner",
        DIVISION_SERIES,
        fields,
        f"The {{loser}} lost the {{year}} {{series}} to the {winner['name']}.",
        club_forms(winner),
        ids,
    )


def _world_series_players(tables: Tables) -> Iterator[Fact]:
    batting, pitching = tables.post_batting, tables.post_pitching
    batting = batting[(batting["round"] == "WS") & (batting["yearID"] >= 1903)]
    pitching = pitching[(pitching["round"] == "WS") & (pitching["yearID"] >= 1903)]
    for row in _best_seasons(tables, batting, "HR", 1, 450):
        answer = f"{{name}} hit {plural(row['HR'], 'home run')} in the {{year}} World Series."
        states = (f"worldseries:{row['yearID']}:{row['playerID']}:HR",)
        yield _fact(
            "world series home runs",
            WORLD_SERIES_HOME_RUNS,
            _person(tables, row["playerID"], year=row["yearID"]),
            answer,
            number_forms(row["HR"]),
            states,
        )
    for row in _best_seasons(tables, pitching, "W", 1, 350):
        answer = f"{{name}} won {plural(row['W'], 'game')} in the {{year}} World Series."
        states = (f"worldseries:{row['yearID']}:{row['playerID']}:W",)
        yield _fact(
            "world series wins",
            WORLD_SERIES_WINS,
            _person(tables, row["playerID"], year=row["yearID"]),
            answer,
            number_forms(row["W"]),
            states,
        )


# ---------------------------------------------------------------------------------------------------------------- team seasons

TEAM_WINS = (
    "How many games did the {year} {team} win?",
    "What was the win total of the {team} in {year}?",
    "In {year}, the {team} won how many games?",
    "How many victories did the {team} have in the {year} season?",
    "Tell me the number of regular-season games the {team} won in {year}.",
    "With how many wins did the {year} {team} finish?",
)
TEAM_RECORD = (
    "What was the won-lost record of the {year} {team}?",
    "What record did the {team} have in {year}?",
    "How many games did the {team} win and lose in {year}?",
    "With what record did the {team} finish the {year} season?",
    "Give the wins and losses of the {team} for {year}.",
    "In {year}, what did the {nickname} of {city} have for a record?",
)
TEAM_FINISH = (
    "Where did the {year} {team} finish in the standings?",
    "In what place did the {team} finish in {year}?",
    "What place in the {group} did the {team} take in {year}?",
    "How high did the {team} finish in the {group} in {year}?",
    "Give the place of the {year} {team} in the final standings of the {group}.",
    "When the {year} season was over, where in the {group} did the {team} stand?",
)
TEAM_MANAGER = (
    "Who managed the {year} {team}?",
    "Who was the manager of the {team} in {year}?",
    "In {year}, which manager ran the {team}?",
    "Name the man who managed the {team} in the {year} season.",
    "Under which manager did the {team} play in {year}?",
    "Who was the skipper of the {year} {team}?",
)
TEAM_PARK = (
    "Where did the {year} {team} play their home games?",
    "What was the home park of the {team} in {year}?",
    "In which ballpark did the {team} play in {year}?",
    "Name the home field of the {year} {team}.",
    "To which park would you have gone to see the {team} at home in {year}?",
    "The {team} of {year} called which ballpark home?",
)
TEAM_HOME_RUN_LEADER = (
    "Who led the {year} {team} in home runs?",
    "Which player hit the most home runs for the {team} in {year}?",
    "In {year}, who was the top home run hitter of the {team}?",
    "Name the home run leader of the {year} {team}.",
    "On the {team} of {year}, who went deep most often?",
    "Whose home runs were the most on the {team} in {year}?",
)
TEAM_RUNS_BATTED_IN_LEADER = (
    "Who led the {year} {team} in runs batted in?",
    "Which player drove in the most runs for the {team} in {year}?",
    "In {year}, who was the RBI leader of the {team}?",
    "Name the man with the most runs batted in on the {year} {team}.",
    "On the {team} of {year}, who knocked in the most runs?",
    "Whose RBI total was the highest on the {team} in {year}?",
)
TEAM_WINS_LEADER = (
    "Who was the winningest pitcher of the {year} {team}?",
    "Which pitcher won the most games for the {team} in {year}?",
    "In {year}, who led the pitching staff of the {team} in wins?",
    "Name the {year} {team} pitcher with the most wins.",
    "On the {team} of {year}, which pitcher had the most victories?",
    "Whose win total was the best on the staff of the {team} in {year}?",
)
TEAM_ATTENDANCE = (
    "How many fans did the {team} draw at home in {year}?",
    "What was the home attendance of the {year} {team}?",
    "In {year}, how many people came to see the {team} at home?",
    "Give the attendance total of the {team} for the {year} season.",
    "The {team} of {year} played their home games before how many fans in all?",
    "How large was the season's attendance of the {team} in {year}?",
)
LEAGUE_ATTENDANCE = (
    "Which {league} team drew the most fans in {year}?",
    "Who led the {league} in attendance in {year}?",
    "In {year}, which {league} club had the biggest home crowds over the season?",
    "Name the {league} attendance leader of {year}.",
    "Whose home attendance was the highest in the {league} in {year}?",
    "Of all {league} clubs, which had the most visitors to its park in {year}?",
)
LEAGUE_TEAM_HOME_RUNS = (
    "Which {league} team hit the most home runs in {year}?",
    "Which club led the {league} in home runs in {year}?",
    "In {year}, what team was the top home run hitting club of the {league}?",
    "Name the {league} club with the most homers in {year}.",
    "As a team, who out-homered the rest of the {league} in {year}?",
    "Of all {league} clubs, which went deep most often in {year}?",
)
LEAGUE_TEAM_RUNS = (
    "Which {league} team scored the most runs in {year}?",
    "Which club led the {league} in runs in {year}?",
    "In {year}, what team had the highest-scoring attack in the {league}?",
    "Name the {league} club with the most runs scored in {year}.",
    "As a team, who outscored the rest of the {league} in {year}?",
    "Of all {league} clubs, which crossed the plate most often in {year}?",
)
LEAGUE_BEST_RECORD = (
    "Which {league} team won the most games in {year}?",
    "Which club had the most victories in the {league} in the {year} regular season?",
    "In {year}, what {league} club led all the others in wins?",
    "Name the {league} team with the highest win total of {year}.",
    "As a team, who piled up the most wins in the {league} in {year}?",
    "Of all {league} clubs, which had the most regular-season wins in {year}?",
)
LEAGUE_WORST_RECORD = (
    "Which {league} team lost the most games in {year}?",
    "Which club had the most defeats in the {league} in the {year} regular season?",
    "In {year}, what {league} club led all the others in losses?",
    "Name the {league} team with the highest loss total of {year}.",
    "As a team, who piled up the most losses in the {league} in {year}?",
    "Of all {league} clubs, which was beaten most often in {year}?",
)


def team_seasons(tables: Tables) -> Iterator[Fact]:
    """Teams' seasons: wins, place, manager, ballpark, attendance, their best players; and which team of a league was first in something."""
    ranked = sorted(
        (row for row in tables.teams.values() if row["lgID"] != "NA"), key=_team_season_order
    )
    played = [row for row in ranked if row["yearID"] >= 1901]
    for row in played[:1500]:
        answer = f"The {{year}} {{team}} won {plural(row['W'], 'game')}."
        yield _fact(
            "team wins",
            TEAM_WINS,
            _team(row),
            answer,
            number_forms(row["W"]),
            (team_id(row["teamID"], row["yearID"], "W"),),
        )
    for row in played[:1500]:
        ids = (
            team_id(row["teamID"], row["yearID"], "L"),
            team_id(row["teamID"], row["yearID"], "W"),
        )
        record = f"{row['W']}-{row['L']}"
        answer = f"The {{year}} {{team}} finished with a record of {record}."
        yield _fact(
            "team record", TEAM_RECORD, _team(row, city=row["city"]), answer, (record,), ids
        )
    for row in played[:1700]:
        if row["yearID"] != 1981:  # a season of two halves, each with its own standings
            yield _finish(row)
    for row in ranked[:2000]:
        yield from _manager(tables, row)
    for row in played[:1700]:
        if len(row["parks"]) == 1:
            park = row["parks"][0]
            answer = f"The {{year}} {{team}} played their home games at {at_park(park)}."
            yield _fact(
                "ballpark",
                TEAM_PARK,
                _team(row),
                answer,
                (park.lower(),),
                (team_id(row["teamID"], row["yearID"], "park"),),
            )
    for row in [
        row for row in ranked if row["yearID"] >= 1920 and (row["attendance"] or 0) > 100_000
    ][:600]:
        answer = f"The {{year}} {{team}} drew {row['attendance']:,} fans at home."
        yield _fact(
            "team attendance",
            TEAM_ATTENDANCE,
            _team(row),
            answer,
            number_forms(row["attendance"]),
            (team_id(row["teamID"], row["yearID"], "attendance"),),
        )
    yield from _team_leaders(tables, played)
    yield from _league_teams(tables)


def _team_season_order(row: dict) -> tuple:
    """World champions first, then other pennant winners and the very good and very bad, the later before the earlier; the rest mixed."""
    champion = row["WSWin"] == "Y" and row["yearID"] >= 1903
    pennant = row["LgWin"] == "Y" or row["W"] >= 105 or row["L"] >= 110
    year = (
        -row["yearID"]
        if champion or pennant
        else _shuffle_key("team", row["teamID"], row["yearID"])
    )
    return (not champion, not pennant, row["lgID"] not in ("AL", "NL"), year, row["teamID"])


def standing_group(row: dict) -> str:
    """'the American League' or, since 1969, 'the American League East'"""
    return with_the(row["lgID"]) + (f" {DIVISIONS[row['divID']]}" if row["divID"] else "")


def finish_ids(row: dict) -> tuple[str, ...]:
    """What a sentence states that tells a team's place: for a first place without divisions the pennant too."""
    ids = (team_id(row["teamID"], row["yearID"], "finish"),)
    if row["Rank"] == 1 and row["divID"]:
        ids += (f"division:{row['yearID']}:{row['lgID']}:{row['divID']}",)
    if row["LgWin"] == "Y" and not row["divID"]:
        ids += (f"pennant:{row['yearID']}:{row['lgID']}",)
    return ids


def _finish(row: dict) -> Fact:
    place = ORDINALS[row["Rank"]]
    group = standing_group(row)
    answer = f"The {{year}} {{team}} finished {place} in {group}."
    return _fact(
        "team finish",
        TEAM_FINISH,
        _team(row, group=group.removeprefix("the ")),
        answer,
        (place,),
        finish_ids(row),
    )


def _manager(tables: Tables, row: dict) -> Iterator[Fact]:
    managers = [
        tables.players[player]
        for player in tables.managers_of.get((row["teamID"], row["yearID"]), [])
    ]
    if not 1 <= len(managers) <= 2:
        return
    who = join_names([manager.name for manager in managers])
    answer = f"{who} managed the {{year}} {{team}}{', one after the other' if len(managers) == 2 else ''}."
    accepted = tuple(dict.fromkeys(form for manager in managers for form in person_forms(manager)))
    yield _fact(
        "manager",
        TEAM_MANAGER,
        _team(row),
        answer,
        accepted,
        (team_id(row["teamID"], row["yearID"], "manager"),),
    )


def _team_leaders(tables: Tables, ranked: list[dict]) -> Iterator[Fact]:
    wanted = {(row["teamID"], row["yearID"]): row for row in ranked[:1400]}
    for kind, frame, stat, questions, things, statement_id in (
        (
            "team leader in home runs",
            tables.club_batting,
            "HR",
            TEAM_HOME_RUN_LEADER,
            "home runs",
            batting_id,
        ),
        (
            "team leader in runs batted in",
            tables.club_batting,
            "RBI",
            TEAM_RUNS_BATTED_IN_LEADER,
            "runs batted in",
            batting_id,
        ),
        ("team leader in wins", tables.club_pitching, "W", TEAM_WINS_LEADER, "wins", pitching_id),
    ):
        best = frame[frame[stat] == frame.groupby(["yearID", "teamID"])[stat].transform("max")]
        alone = best[~best.duplicated(["yearID", "teamID"], keep=False) & (best[stat] >= 2)]
        leaders = {
            (row["teamID"], row["yearID"]): row
            for row in rows(alone[["teamID", "yearID", "playerID", stat]])
        }
        for key, row in wanted.items():
            if key in leaders:
                led = leaders[key]
                player = tables.players[led["playerID"]]
                states = [
                    f"teamleader:{key[0]}:{key[1]}:{stat}",
                    *club_ids(tables, player.id, key[1], key[0]),
                ]
                if len(set(player.clubs[key[1]])) == 1:
                    states.append(statement_id(player.id, key[1], stat))
                answer = f"{player.name} led the {{year}} {{team}} in {things} with {led[stat]}."
                yield _fact(
                    kind, questions, _team(row), answer, person_forms(player), tuple(states)
                )


def _league_teams(tables: Tables) -> Iterator[Fact]:
    by_league = defaultdict(list)
    for row in tables.teams.values():
        if row["lgID"] in ("AL", "NL") and row["yearID"] >= 1901:
            by_league[row["yearID"], row["lgID"]].append(row)
    for kind, column, questions, words in (
        ("league leader in attendance", "attendance", LEAGUE_ATTENDANCE, "drew the most fans"),
        ("league leader in team home runs", "HR", LEAGUE_TEAM_HOME_RUNS, "hit the most home runs"),
        ("league leader in team runs", "R", LEAGUE_TEAM_RUNS, "scored the most runs"),
        ("most wins in the league", "W", LEAGUE_BEST_RECORD, "won the most games"),
        ("most losses in the league", "L", LEAGUE_WORST_RECORD, "lost the most games"),
    ):
        for (year, league), clubs in sorted(
            by_league.items(), key=lambda item: (-item[0][0], item[0][1])
        ):
            if any(row[column] is None for row in clubs) or (
                column == "attendance" and year == 2020
            ):
                continue
            clubs = sorted(clubs, key=lambda row: -row[column])
            if clubs[0][column] == clubs[1][column]:
                continue
            answer = f"The {clubs[0]['name']} {words} in {with_the(league)} in {{year}}."
            states = [f"teamleader:{league}:{year}:{column}"]
            if column == "W" and year < 1969:
                states.append(f"pennant:{year}:{league}")
            yield _fact(
                kind,
                questions,
                {"league": LEAGUES[league], "year": year},
                answer,
                club_forms(clubs[0]),
                tuple(states),
            )


# ------------------------------------------------------------------------------------------------------------ who players were

BIRTH_CITY = (
    "In what city was {name} born?",
    "What is {owner} birthplace?",
    "Where was {name} born?",
    "{name} was born in which town or city?",
    "Name the city or town of {owner} birth.",
    "From which town or city did {name} come into the world?",
)
BIRTH_STATE = (
    "In which state was {name} born?",
    "What is {owner} home state by birth?",
    "{name} was born in what U.S. state?",
    "Name the state of {owner} birth.",
    "Of which state is {name} a native?",
    "Which American state can claim {name} as a native son?",
)
BIRTH_COUNTRY = (
    "In which country was {name} born?",
    "What is {owner} native country?",
    "{name} was born in what country or territory?",
    "Name the country of {owner} birth.",
    "From which country did {name} come to the major leagues?",
    "Outside the United States, which country can claim {name} as a native son?",
)
BIRTH_YEAR = (
    "In what year was {name} born?",
    "What is the year of {owner} birth?",
    "{name} was born in which year?",
    "Name the year in which {name} was born.",
    "When, by the year, did {name} come into the world?",
    "What year stands on {owner} birth certificate?",
)
BIRTH_DATE = (
    "On what date was {name} born?",
    "What is {owner} date of birth?",
    "What is {owner} full birth date, with month, day and year?",
    "{name} was born on which day?",
    "Give the exact date of {owner} birth.",
    "On which day of which year did {name} come into the world?",
)
DEATH_YEAR = (
    "In what year did {name} die?",
    "What is the year of {owner} death?",
    "{name} died in which year?",
    "Name the year in which {name} died.",
    "When, by the year, did {name} pass away?",
    "Until what year did {name} live?",
)
DEBUT_YEAR = (
    "In what year did {name} make his major league debut?",
    "When did {name} play his first big-league game?",
    "What was {owner} first season in the majors?",
    "{name} reached the major leagues in which year?",
    "Name the year of {owner} major league debut.",
    "In which season did {name} break into the big leagues?",
)
DEBUT_CLUB = (
    "With which team did {name} make his major league debut?",
    "Which club gave {name} his first big-league game?",
    "For what team did {name} play first in the majors?",
    "{name} broke into the big leagues with which team?",
    "Name the club with which {name} started his major league career.",
    "Whose uniform did {name} wear in his first big-league season?",
)
FINAL_YEAR = (
    "In what year did {name} play his last major league game?",
    "What was {owner} final season in the majors?",
    "When did {name} last play in the big leagues?",
    "{owner} playing career ended in which year?",
    "Name the last season in which {name} appeared in a major league game.",
    "Until what year did {name} play in the majors?",
)
FINAL_CLUB = (
    "With which team did {name} finish his major league career?",
    "What was the last big-league club {name} played for?",
    "For what team did {name} play at the end of his career?",
    "{name} played his last major league game for which team?",
    "Name the club with which {name} ended his playing days.",
    "Whose uniform did {name} wear in his final big-league game?",
)
FULL_NAME = (
    "What was {owner} full name?",
    "What is {name} called in full, with his given names?",
    "What given names stand behind the baseball name {name}?",
    "Write out {owner} full given name.",
    "Under what full name was the player called {name} born?",
    "Give the complete name, with every given name, of {name}.",
)
BATS = (
    "From which side of the plate did {name} bat?",
    "Did {name} bat right-handed or left-handed?",
    "Was {name} a right-handed hitter, a left-handed hitter, or a switch hitter?",
    "How did {name} hit: right-handed, left-handed, or both ways?",
    "On which side did {name} stand at the plate?",
    "Tell me which way {name} batted.",
)
THROWS = (
    "With which hand did {name} throw?",
    "Did {name} throw right-handed or left-handed?",
    "Was {name} a right-hander or a left-hander in the field?",
    "Which was {owner} throwing arm?",
    "When {name} threw, did the ball leave his right hand or his left?",
    "Tell me which arm {name} threw with.",
)
HEIGHT = (
    "How tall was {name}?",
    "What was {owner} height?",
    "What is {owner} listed height in feet and inches?",
    "{name} stood how tall?",
    "Give the height at which {name} is listed.",
    "How many feet and inches did {name} measure?",
)
POSITION = (
    "What position did {name} play?",
    "Where on the field did {name} play most of his games?",
    "What was {owner} main position?",
    "{name} spent most of his career at which position?",
    "Name the position that {name} played most often.",
    "At which position was {name} used more than at any other?",
)
COLLEGE = (
    "Where did {name} go to college?",
    "Which college did {name} attend?",
    "For what school did {name} play college ball?",
    "What is {owner} alma mater?",
    "Name the college or university that {name} attended.",
    "From which college did {name} come to professional baseball?",
)


def people(tables: Tables) -> Iterator[Fact]:
    """Births, deaths, names and builds, first and last seasons, positions, colleges."""
    yield from _births(tables)
    yield from _career_ends(tables)
    yield from _names_and_builds(tables)


def _said(
    player: Player, kind: str, questions: tuple, answer: str, accepted: tuple, *ids: str
) -> Fact:
    return _fact(
        kind,
        questions,
        _labelled(player),
        answer,
        tuple(form.lower() for form in accepted),
        (*ids, *player.label_states),
    )


def _births(tables: Tables) -> Iterator[Fact]:
    def known(*parts):
        return lambda player: all(player.birth[part] for part in parts)

    def in_usa(player):
        return player.birth["country"] == "the United States"

    for player in _best_known(tables, 1000, known("city", "state", "country")):
        city, area = (
            player.birth["city"],
            player.birth["state"] if in_usa(player) else player.birth["country"],
        )
        if city != area:
            answer = f"{{name}} was born in {city}, {area.removeprefix('the ')}."
            yield _said(
                player,
                "birthplace",
                BIRTH_CITY,
                answer,
                (city,),
                *(f"born:{player.id}:{what}" for what in ("city", "state", "country")),
            )
    for player in _best_known(tables, 800, lambda player: in_usa(player) and player.birth["state"]):
        state = player.birth["state"]
        ids = (f"born:{player.id}:state", f"born:{player.id}:country")
        yield _said(
            player,
            "birth state",
            BIRTH_STATE,
            f"{{name}} was born in {state}.",
            (state.removeprefix("the "),),
            *ids,
        )
    for player in _best_known(
        tables, 700, lambda player: player.birth["country"] and not in_usa(player)
    ):
        country = player.birth["country"]
        yield _said(
            player,
            "birth country",
            BIRTH_COUNTRY,
            f"{{name}} was born in {country}.",
            (country.removeprefix("the "),),
            f"born:{player.id}:country",
        )
    for player in _best_known(tables, 1000, known("year")):
        year = str(player.birth["year"])
        yield _said(
            player,
            "birth year",
            BIRTH_YEAR,
            f"{{name}} was born in {year}.",
            (year,),
            f"born:{player.id}:year",
        )
    for player in _best_known(tables, 600, known("year", "month", "day")):
        date = f"{MONTHS[player.birth['month']]} {player.birth['day']}, {player.birth['year']}"
        ids = (f"born:{player.id}:date", f"born:{player.id}:year")
        yield _said(
            player, "birth date", BIRTH_DATE, f"{{name}} was born on {date}.", (date,), *ids
        )
    for player in _best_known(tables, 600, lambda player: player.death["year"]):
        year = str(player.death["year"])
        yield _said(
            player,
            "death year",
            DEATH_YEAR,
            f"{{name}} died in {year}.",
            (year,),
            f"died:{player.id}:year",
        )


def _career_ends(tables: Tables) -> Iterator[Fact]:
    for player in _best_known(tables, 1000):
        year = str(player.seasons[0])
        yield _said(
            player,
            "debut year",
            DEBUT_YEAR,
            f"{{name}} made his major league debut in {year}.",
            (year,),
            f"debut:{player.id}:year",
        )
    for player in _best_known(tables, 900):
        team, year = player.clubs[player.seasons[0]][0], player.seasons[0]
        row = tables.teams[team, year]
        answer = f"{{name}} made his major league debut with the {row['name']}."
        yield _said(
            player,
            "debut team",
            DEBUT_CLUB,
            answer,
            club_forms(row),
            f"debut:{player.id}:team",
            *club_ids(tables, player.id, year, team),
        )
    for player in _best_known(tables, 900, lambda player: not player.is_active):
        year = str(player.seasons[-1])
        yield _said(
            player,
            "final year",
            FINAL_YEAR,
            f"{{name}} played his last major league game in {year}.",
            (year,),
            f"final:{player.id}:year",
        )
    for player in _best_known(tables, 900, lambda player: not player.is_active):
        year = player.seasons[-1]
        team = player.clubs[year][-1]
        row = tables.teams[team, year]
        answer = f"{{name}} finished his major league career with the {row['name']}."
        yield _said(
            player,
            "final team",
            FINAL_CLUB,
            answer,
            club_forms(row),
            f"final:{player.id}:team",
            *club_ids(tables, player.id, year, team),
        )


def _names_and_builds(tables: Tables) -> Iterator[Fact]:
    for player in _best_known(
        tables, 900, lambda player: player.given and len(player.given.split()) >= 2
    ):
        full = f"{player.given} {player.last}"
        yield _said(
            player,
            "full name",
            FULL_NAME,
            f"{{owner}} full name was {full}.",
            (full, player.given),
            f"name:{player.id}",
        )
    for player in _best_known(tables, 800, lambda player: player.bats):
        if player.bats == "both":
            answer, accepted = (
                "{name} was a switch hitter, batting from both sides.",
                ("switch hitter", "both sides", "both"),
            )
        else:
            answer, accepted = (
                f"{{name}} batted {player.bats}-handed.",
                (f"{player.bats}-handed", player.bats),
            )
        yield _said(player, "batting side", BATS, answer, accepted, f"bats:{player.id}")
    for player in _best_known(tables, 800, lambda player: player.throws):
        answer = f"{{name}} threw {player.throws}-handed."
        yield _said(
            player,
            "throwing hand",
            THROWS,
            answer,
            (f"{player.throws}-handed", player.throws),
            f"throws:{player.id}",
        )
    for player in _best_known(tables, 700, lambda player: player.height):
        tall = height_in_words(player.height)
        accepted = (
            (tall, tall.removesuffix(" inches")) if tall.endswith("inches") else (f"{tall} tall",)
        )
        yield _said(
            player,
            "height",
            HEIGHT,
            f"{{name}} stood {tall} tall.",
            accepted,
            f"height:{player.id}",
        )
    for player in _best_known(tables, 1000, lambda player: player.position):
        answer = f"{{name}} was {'an' if player.position[0] in 'aeiou' else 'a'} {player.position}."
        yield _said(
            player, "position", POSITION, answer, (player.position,), f"position:{player.id}"
        )
    for player in _best_known(tables, 800, lambda player: player.college):
        yield _said(
            player,
            "college",
            COLLEGE,
            f"{{name}} attended {with_article(player.college)}.",
            (player.college,),
            f"college:{player.id}",
        )


def height_in_words(inches: int) -> str:
    """height_in_words(74) -> '6 feet 2 inches'"""
    feet, rest = divmod(inches, 12)
    return f"{feet} feet" + (f" {plural(rest, 'inch', 'inches')}" if rest else "")


def with_article(school: str) -> str:
    """with_article("University of Texas") -> 'the University of Texas'"""
    return f"the {school}" if school.startswith(("University of", "College of")) else school


# ------------------------------------------------------------------------------------------------------------- where they played

CLUB_OF_YEAR = (
    "Which team did {name} play for in {year}?",
    "In {year}, {name} was a member of which club?",
    "For what team did {name} play during the {year} season?",
    "Name {owner} team in {year}.",
    "Whose uniform did {name} wear in {year}?",
    "With which big-league club did {name} spend the {year} season?",
)
CHANGED_CLUBS = (
    "{name} played for more than one team in {year}; with which did he finish the season?",
    "With which club did {name} end the {year} season, having begun it elsewhere?",
    "In {year}, {name} changed teams during the season. Where did he land?",
    "Which team acquired {name} during the {year} season?",
    "Name the club that {name} joined in the course of the {year} season.",
    "By the end of {year}, to which new team had {name} moved?",
)
MAIN_CLUB = (
    "With which team did {name} play most of his games?",
    "Which club is {name} most associated with, by games played?",
    "For what team did {name} play the longest?",
    "{name} spent the biggest part of his career with which team?",
    "Name the team for which {name} played more games than for any other.",
    "In whose uniform did {name} appear most often?",
)
FRANCHISE_COUNT = (
    "For how many major league franchises did {name} play?",
    "How many different big-league clubs did {name} play for, counting a club that moved as one?",
    "What is the number of franchises on {owner} major league record?",
    "{name} wore the uniforms of how many major league franchises?",
    "Tell me how many franchises {name} played for in the majors.",
    "How many organizations had {name} on the field in a big-league game?",
)
OTHER_CLUB = (
    "{name} played for the {main} and one other franchise; which one?",
    "Besides the {main}, what was the only other club {name} played for?",
    "Which team other than the {main} did {name} play for in the majors?",
    "Name the one franchise apart from the {main} that {name} played for.",
    "{name} is known for his years with the {main}, but what other team did he play for?",
    "Apart from his time with the {main}, with which club did {name} appear in the majors?",
)


def clubs(tables: Tables) -> Iterator[Fact]:
    """For which clubs players played, in a season and over their careers."""
    yield from _club_seasons(tables)
    for player in _best_known(tables, 900, lambda player: len(player.franchises) > 1):
        main = _club_row(tables, player.main_franchise, player.main_club)
        answer = f"{{name}} played most of his games for the {main['name']}."
        yield _said(
            player,
            "main team",
            MAIN_CLUB,
            answer,
            club_forms(main),
            f"mainclub:{player.id}",
            f"club:{player.id}:{player.main_franchise}",
        )
    for player in _best_known(tables, 700):
        count = len(player.franchises)
        answer = f"{{name}} played for {in_words(count)} major league {'franchise' if count == 1 else 'franchises'}{_through(player)}."
        yield _said(
            player,
            "number of franchises",
            FRANCHISE_COUNT,
            answer,
            (in_words(count), str(count)),
            f"franchises:{player.id}",
        )
    for player in _best_known(
        tables,
        500,
        lambda player: (
            len(player.franchises) == 2 and not player.is_active and not player.label_states
        ),
    ):
        other = next(
            franchise for franchise in player.franchises if franchise != player.main_franchise
        )
        name = next(
            tables.team_name(team, year)
            for year in player.seasons
            for team in player.clubs[year]
            if tables.franchise_of(team, year) == other
        )
        row = _club_row(tables, other, name)
        fields = _labelled(player, main=player.main_club)
        answer = f"Besides the {{main}}, {{name}} played for the {name}."
        states = (f"club:{player.id}:{other}", f"club:{player.id}:{player.main_franchise}")
        yield _fact("other team", OTHER_CLUB, fields, answer, club_forms(row), states)


def _club_row(tables: Tables, franchise: str, name: str) -> dict:
    """A row of the franchise's team from a year when it had that name."""
    return next(row for row in tables.franchises[franchise] if row["name"] == name)


def _club_seasons(tables: Tables) -> Iterator[Fact]:
    seasons = [
        (player, year)
        for player in tables.by_fame[:4000]
        for year in player.seasons
        if tables.is_clear(player.id, year) and " " in player.name
    ]
    greatest = {player.id for player in tables.by_fame[:80]}
    stayed = [
        (player, year)
        for player, year in seasons
        if len(player.clubs[year]) == 1
        and (player.id in greatest or _shuffle_key("club", player.id, year) % 4 == 0)
    ]
    changed = [
        (player, year)
        for player, year in seasons
        if len(player.clubs[year]) == 2 and len(set(player.clubs[year])) == 2
    ]
    for kind, questions, chosen, verb in (
        ("team in a season", CLUB_OF_YEAR, stayed[:2800], "played for the {team} in {year}"),
        (
            "changed teams",
            CHANGED_CLUBS,
            changed[:800],
            "finished the {year} season with the {team}",
        ),
    ):
        for player, year in chosen:
            club = tables.teams[player.clubs[year][-1], year]
            fields = _person(tables, player.id, year=year, team=club["name"])
            yield _fact(
                kind,
                questions,
                fields,
                f"{{name}} {verb}.".format_map(fields),
                club_forms(club),
                club_ids(tables, player.id, year, club["teamID"]),
            )


# ------------------------------------------------------------------------------------------------------------------- All-Stars

ALL_STAR_COUNT = (
    "In how many different seasons was {name} an All-Star{so_far}?",
    "How many times was {name} chosen as an All-Star, counting each season once{so_far}?",
    "{name} was an All-Star in how many seasons{so_far}?",
    "What is the number of seasons in which {name} made an All-Star team{so_far}?",
    "Count the years in which {name} was picked for the All-Star team{so_far}.",
    "Over his career, {name} earned All-Star honors in how many seasons{so_far}?",
)
FIRST_ALL_STAR = (
    "In what year was {name} first an All-Star?",
    "When did {name} make his first All-Star team?",
    "What was the season of {owner} first All-Star selection?",
    "{name} was chosen as an All-Star for the first time in which year?",
    "Name the year in which {name} first became an All-Star.",
    "Which season brought {name} his first trip to the All-Star Game?",
)


def all_stars(tables: Tables) -> Iterator[Fact]:
    """In how many seasons, and when first, a player was an All-Star."""
    for player in _best_known(tables, 700, lambda player: player.all_star_years):
        count = len(player.all_star_years)
        answer = f"{{name}} was an All-Star in {in_words(count)} {'season' if count == 1 else 'seasons'}{_through(player)}."
        fields = _labelled(player, so_far=_through(player))
        yield _fact(
            "all-star seasons",
            ALL_STAR_COUNT,
            fields,
            answer,
            (in_words(count), str(count)),
            (f"allstar:{player.id}:count", *player.label_states),
        )
    for player in _best_known(
        tables, 500, lambda player: player.all_star_years and player.seasons[0] >= 1933
    ):
        year = str(player.all_star_years[0])
        yield _said(
            player,
            "first all-star season",
            FIRST_ALL_STAR,
            f"{{name}} was first an All-Star in {year}.",
            (year,),
            f"allstar:{player.id}:first",
        )


# ---------------------------------------------------------------------------------------------------------------- comparisons

SEASON_COMPARISONS = (
    ("HR", "home runs", "hit", "hit", 20, "batting"),
    ("RBI", "runs", "drive in", "drove in", 70, "batting"),
    ("SB", "bases", "steal", "stole", 20, "batting"),
    ("H", "hits", "collect", "collected", 150, "batting"),
    ("W", "games", "win", "won", 14, "pitching"),
    ("SO", "batters", "strike out", "struck out", 120, "pitching"),
)
SEASON_COMPARISON = (
    "Who {did} more {things} in {year}, {first} or {second}?",
    "In {year}, which of the two {did} more {things}: {second} or {first}?",
    "Of {first} and {second}, who {did} the greater number of {things} in {year}?",
    "Compare {second} with {first}: who {did} more {things} in the {year} season?",
    "Between {first} and {second}, who had the edge in {year} for {things} {done}?",
    "Did {first} or {second} {do} more {things} in {year}?",
)
CAREER_COMPARISONS = (
    ("HR", "home runs", "hit", "hit", 150, "batting"),
    ("H", "hits", "collect", "collected", 1500, "batting"),
    ("RBI", "runs", "drive in", "drove in", 800, "batting"),
    ("SB", "bases", "steal", "stole", 200, "batting"),
    ("W", "games", "win", "won", 120, "pitching"),
    ("SO", "batters", "strike out", "struck out", 1200, "pitching"),
    ("SV", "games", "save", "saved", 150, "pitching"),
)
CAREER_COMPARISON = (
    "Who {did} more {things} in his career, {first} or {second}?",
    "Over a whole career, which of the two {did} more {things}: {second} or {first}?",
    "Of {first} and {second}, who {did} the greater number of {things} as a major leaguer?",
    "Compare the careers of {second} and {first}: who {did} more {things}?",
    "Between {first} and {second}, who had the edge in career {things} {done}?",
    "Did {first} or {second} {do} more {things} over all his seasons?",
)
TEAM_COMPARISON = (
    "Which team won more games in {year}, the {first} or the {second}?",
    "In {year}, who finished with more wins: the {second} or the {first}?",
    "Of the {first} and the {second}, which club had the higher win total in {year}?",
    "Compare the {second} with the {first} in {year}: who won more often?",
    "Between the {first} and the {second}, which had more victories in the {year} season?",
    "Did the {first} or the {second} win more games in {year}?",
)
OLDER = (
    "Who was born first, {first} or {second}?",
    "Who is the older of the two by birth, {second} or {first}?",
    "Of {first} and {second}, who came into the world earlier?",
    "Compare the birth dates of {second} and {first}: whose is the earlier?",
    "Between {first} and {second}, whose birth came first?",
    "Was {first} or {second} born earlier?",
)


def comparisons(tables: Tables) -> Iterator[Fact]:
    """Which of two players or teams had more, or was born first."""
    for stat, things, do, did, minimum, table in SEASON_COMPARISONS:
        yield from _season_comparisons(tables, stat, things, do, did, minimum, table)
    for stat, things, do, did, minimum, table in CAREER_COMPARISONS:
        yield from _career_comparisons(tables, stat, things, do, did, minimum, table)
    yield from _team_comparisons(tables)
    known = _best_known(
        tables,
        500,
        lambda player: player.birth["year"] and player.birth["month"] and player.birth["day"],
    )
    for one, other in _pairs_of_peers(known, 700):
        early, late = sorted(
            (one, other),
            key=lambda player: (player.birth["year"], player.birth["month"], player.birth["day"]),
        )
        if early.birth["year"] < late.birth["year"]:
            states = (
                f"compare:{early.id}:{late.id}:born",
                *(f"born:{player.id}:year" for player in (early, late)),
                *early.label_states,
                *late.label_states,
            )
            answer = f"{early.label} was born first, in {early.birth['year']} against {late.birth['year']}."
            yield _fact(
                "older of two",
                OLDER,
                _two(one.label, other.label),
                answer,
                person_forms(early),
                states,
            )


def _two(one: str, other: str, **more) -> dict:
    """The two names in an order that says nothing about the answer."""
    first, second = (one, other) if _shuffle_key(one, other) % 2 else (other, one)
    return {"first": first, "second": second, **more}


def _pairs_of_peers(players: list[Player], count: int) -> list[tuple[Player, Player]]:
    """Pairs of well-known players who were active at the same time for five seasons or more."""
    pairs = []
    for index, player in enumerate(players):
        rivals = [
            other
            for other in players[index + 1 : index + 120]
            if len(set(player.seasons) & set(other.seasons)) >= 5 and other.last != player.last
        ]
        rivals.sort(key=lambda other, player=player: _shuffle_key("peer", player.id, other.id))
        pairs += [(player, other) for other in rivals[:2]]
    return pairs[:count]


def _season_comparisons(
    tables: Tables, stat: str, things: str, do: str, did: str, minimum: int, table: str
) -> Iterator[Fact]:
    frame, statement_id = (
        (tables.batting, batting_id) if table == "batting" else (tables.pitching, pitching_id)
    )
    by_year = defaultdict(list)
    for row in _best_seasons(tables, frame, stat, minimum, 1400):
        by_year[row["yearID"]].append(row)
    pairs = []
    for year, group in by_year.items():
        for one, other in combinations(group[:5], 2):
            names = [tables.players[row["playerID"]] for row in (one, other)]
            if one[stat] != other[stat] and names[0].last != names[1].last:
                pairs.append((names[0].fame + names[1].fame, year, one, other))
    pairs.sort(key=lambda pair: (-pair[0], pair[1]))
    for _, year, one, other in pairs[:300]:
        more, less = sorted((one, other), key=lambda row: -row[stat])
        winner, loser = tables.players[more["playerID"]], tables.players[less["playerID"]]
        fields = _two(
            winner.name,
            loser.name,
            year=year,
            things=things,
            do=do,
            did=did,
            done=did if did != "struck out" else "struck out",
        )
        answer = (
            f"{winner.name} {did} more {things} in {{year}}, {more[stat]} against {less[stat]}."
        )
        states = (
            f"compare:{winner.id}:{loser.id}:{year}:{stat}",
            statement_id(winner.id, year, stat),
            statement_id(loser.id, year, stat),
        )
        yield _fact(
            "season comparison", SEASON_COMPARISON, fields, answer, person_forms(winner), states
        )


def _career_comparisons(
    tables: Tables, stat: str, things: str, do: str, did: str, minimum: int, table: str
) -> Iterator[Fact]:
    frame, statement_id = (
        (tables.career_batting, batting_id)
        if table == "batting"
        else (tables.career_pitching, pitching_id)
    )
    totals = {row["playerID"]: row for row in rows(frame)}
    known = [
        player
        for player, _ in _best_careers(tables, totals, stat, minimum, 200)
        if not player.is_active
    ]
    for one, other in _pairs_of_peers(known, 170):
        more, less = sorted((one, other), key=lambda player: -totals[player.id][stat])
        if totals[more.id][stat] == totals[less.id][stat]:
            continue
        fields = _two(more.label, less.label, things=things, do=do, did=did, done=did)
        answer = f"{more.label} {did} more {things} in his career, {totals[more.id][stat]:,} against {totals[less.id][stat]:,}."
        states = (
            f"compare:{more.id}:{less.id}:career:{stat}",
            *(statement_id(player.id, "career", stat) for player in (more, less)),
            *more.label_states,
            *less.label_states,
        )
        yield _fact(
            "career comparison", CAREER_COMPARISON, fields, answer, person_forms(more), states
        )


def _team_comparisons(tables: Tables) -> Iterator[Fact]:
    by_league = defaultdict(list)
    for row in sorted(tables.teams.values(), key=lambda row: -row["W"]):
        if row["lgID"] in ("AL", "NL") and row["yearID"] >= 1901:
            by_league[row["yearID"], row["lgID"]].append(row)
    for year, league in sorted(by_league, key=lambda key: _shuffle_key("teams", *key)):
        group = by_league[year, league]
        for one, other in ((group[0], group[1]), (group[1], group[2]), (group[0], group[3])):
            if one["W"] > other["W"] and one["nickname"] != other["nickname"]:
                fields = _two(one["name"], other["name"], year=year)
                answer = f"The {one['name']} won more games in {{year}}, {one['W']} against {other['W']}."
                states = (
                    f"compare:{one['teamID']}:{other['teamID']}:{year}:W",
                    team_id(one["teamID"], year, "W"),
                    team_id(other["teamID"], year, "W"),
                )
                yield _fact(
                    "team comparison", TEAM_COMPARISON, fields, answer, club_forms(one), states
                )


# -------------------------------------------------------------------------------------------------------------------- records

RECORD_WORDS = {
    "HR": ("home runs", batting_id, "batting"),
    "RBI": ("runs batted in", batting_id, "batting"),
    "H": ("hits", batting_id, "batting"),
    "R": ("runs scored", batting_id, "batting"),
    "2B": ("doubles", batting_id, "batting"),
    "3B": ("triples", batting_id, "batting"),
    "SB": ("stolen bases", batting_id, "batting"),
    "BB": ("walks drawn", batting_id, "batting"),
    "W": ("wins by a pitcher", pitching_id, "pitching"),
    "SO": ("strikeouts by a pitcher", pitching_id, "pitching"),
    "SV": ("saves", pitching_id, "pitching"),
    "SHO": ("shutouts by a pitcher", pitching_id, "pitching"),
}
CLUB_SEASON_RECORD = (
    "Since 1901, who has had the most {things} in one season for the {team} franchise?",
    "Which player holds the {team} franchise record since 1901 for {things} in a season?",
    "In the history of the {team} franchise since 1901, whose season was the best for {things}?",
    "Name the holder of the modern single-season record for {things} of the {team} franchise.",
    "The {team} franchise record for {things} in a single year, counted from 1901, belongs to whom?",
    "Of all who have played for the {team} franchise since 1901, who had the most {things} in any one year?",
)
CLUB_CAREER_RECORD = (
    "Who has the most career {things} for the {team} franchise?",
    "Which player is the all-time leader of the {team} franchise in {things}?",
    "In the whole history of the {team} franchise, who ranks first in {things}?",
    "Name the career leader of the {team} franchise in {things}.",
    "The career record of the {team} franchise for {things} belongs to whom?",
    "Of all who have played for the {team} franchise, who piled up the most {things}?",
)
ALL_TIME_RANK = (
    "Who ranks {place} on the all-time list for career {things}?",
    "Through {last}, which player stood {place} in career {things}?",
    "Name the player who is {place} all-time in {things} over a career.",
    "On the career list for {things}, who holds {place} place?",
    "Counting every season through {last}, who is number {number} in career {things}?",
    "Whose career total of {things} is the {rank} in major league history?",
)
SEASON_RANK = (
    "Since 1901, who has had the {rank} total of {things} in one season?",
    "Who holds {place} place among single-season totals of {things} since 1901?",
    "Name the player with the {rank} number of {things} in a season, counted from 1901.",
    "On the modern list of single-season {things}, whose total stands {place}?",
    "Of all seasons since 1901, whose was the {rank} for {things}?",
    "Counting from 1901, which player's season is number {number} for {things}?",
)
DECADE = (
    "Who had the most {things} in the {decade}s?",
    "Which player led the major leagues in {things} over the ten seasons of the {decade}s?",
    "In the {decade}s, whose total of {things} was the highest?",
    "Name the leader in {things} for the decade of the {decade}s.",
    "From {decade} through {end}, who piled up the most {things}?",
    "Of all players of the {decade}s, who ranked first in {things}?",
)


def records(tables: Tables) -> Iterator[Fact]:
    """Records of franchises, all-time and single-season ranks, leaders of decades."""
    current = {
        club[-1]["franchID"]: club[-1]["name"]
        for club in tables.franchises.values()
        if club[-1]["yearID"] == LAST_SEASON
    }
    for stat, (things, statement_id, table) in RECORD_WORDS.items():
        if table == "batting":
            by_season, by_career, by_club = (
                tables.batting,
                tables.career_batting,
                tables.club_batting,
            )
        else:
            by_season, by_career, by_club = (
                tables.pitching,
                tables.career_pitching,
                tables.club_pitching,
            )
        yield from _club_records(tables, current, by_club, stat, things, table)
        yield from _all_time(tables, by_career, stat, things, statement_id)
        yield from _single_seasons(
            tables, by_season[by_season["yearID"] >= 1901], stat, things, statement_id
        )
        yield from _decades(tables, by_season, stat, things)


def _holder(frame: pd.DataFrame, stat: str) -> list[dict]:
    """Rows with the highest value."""
    return rows(frame[frame[stat] == frame[stat].max()])


def _club_records(
    tables: Tables, current: dict[str, str], frame: pd.DataFrame, stat: str, things: str, table: str
) -> Iterator[Fact]:
    frame = frame[["playerID", "yearID", "teamID", "franchID", stat]].dropna()
    frame = frame[frame["franchID"].isin(current)]
    for franchise, group in frame[frame["yearID"] >= 1901].groupby("franchID"):
        best = _holder(group, stat)
        player, year = tables.players[best[0]["playerID"]], best[0]["yearID"]
        if len(best) == 1:
            states = [
                f"record:{franchise}:season:{stat}",
                *club_ids(tables, player.id, year, best[0]["teamID"]),
            ]
            if len(set(player.clubs[year])) == 1:
                states.append(f"{table}:{player.id}:{year}:{stat}")
            answer = f"{player.name} had the most {{things}} in a season for the {{team}} franchise since 1901, {best[0][stat]} in {year}."
            yield _fact(
                "franchise season record",
                CLUB_SEASON_RECORD,
                {"team": current[franchise], "things": things},
                answer,
                person_forms(player),
                tuple(states),
            )
    totals = frame.groupby(["franchID", "playerID"])[stat].sum().reset_index()
    for franchise, group in totals.groupby("franchID"):
        best = _holder(group, stat)
        player = tables.players[best[0]["playerID"]]
        if len(best) == 1:
            states = [f"record:{franchise}:career:{stat}", f"club:{player.id}:{franchise}"]
            if len(player.franchises) == 1:
                states.append(f"{table}:{player.id}:career:{stat}")
            answer = f"{player.name} had the most career {{things}} for the {{team}} franchise, {best[0][stat]:,}."
            yield _fact(
                "franchise career record",
                CLUB_CAREER_RECORD,
                {"team": current[franchise], "things": things},
                answer,
                person_forms(player),
                tuple(states),
            )


def _all_time(
    tables: Tables, frame: pd.DataFrame, stat: str, things: str, statement_id
) -> Iterator[Fact]:
    for rank, row in _clear_ranks(frame[["playerID", stat]].dropna(), stat, 10):
        player = tables.players[row["playerID"]]
        if player.in_national_association:
            continue
        answer = f"{player.name} ranks {{place}} all-time in career {{things}} with {row[stat]:,}."
        states = (f"record:alltime:{stat}:{rank}", statement_id(player.id, "career", stat))
        yield _fact(
            "all-time rank",
            ALL_TIME_RANK,
            {**_rank_words(rank), "things": things, "last": LAST_SEASON},
            answer,
            person_forms(player),
            states,
        )


def _single_seasons(
    tables: Tables, frame: pd.DataFrame, stat: str, things: str, statement_id
) -> Iterator[Fact]:
    for rank, row in _clear_ranks(frame[["playerID", "yearID", stat]].dropna(), stat, 6):
        player = tables.players[row["playerID"]]
        answer = f"{player.name} had the {{rank}} total of {{things}} in a season since 1901, {row[stat]} in {row['yearID']}."
        states = (f"record:season:{stat}:{rank}", statement_id(player.id, row["yearID"], stat))
        yield _fact(
            "single-season rank",
            SEASON_RANK,
            {**_rank_words(rank), "things": things},
            answer,
            person_forms(player),
            states,
        )


def _clear_ranks(frame: pd.DataFrame, stat: str, count: int) -> list[tuple[int, dict]]:
    """(rank, row) for the first places, as far as nobody shares them."""
    top = rows(frame.sort_values([stat, "playerID"], ascending=[False, True]).head(count + 1))
    values = [row[stat] for row in top]
    return [
        (rank, row) for rank, row in enumerate(top[:count], start=1) if values.count(row[stat]) == 1
    ]


def _rank_words(rank: int) -> dict:
    place = ORDINALS[rank]
    return {
        "place": place,
        "number": in_words(rank),
        "rank": "highest" if rank == 1 else f"{place}-highest",
    }


def _decades(tables: Tables, frame: pd.DataFrame, stat: str, things: str) -> Iterator[Fact]:
    for decade in range(1900 if stat != "SV" else 1970, LAST_SEASON - 8, 10):
        years = frame[frame["yearID"].between(decade, decade + 9)]
        best = _holder(years.groupby("playerID")[stat].sum().reset_index(), stat)
        if len(best) == 1:
            player = tables.players[best[0]["playerID"]]
            answer = f"{player.name} had the most {{things}} in the {{decade}}s, {best[0][stat]:,}."
            fields = {"things": things, "decade": decade, "end": decade + 9}
            yield _fact(
                "leader of a decade",
                DECADE,
                fields,
                answer,
                person_forms(player),
                (f"record:{decade}s:{stat}",),
            )


BEST_SEASON_WORDS = {
    "HR": ("home runs", "hit", 10, batting_id, "batting"),
    "H": ("hits", "had", 120, batting_id, "batting"),
    "RBI": ("runs batted in", "had", 60, batting_id, "batting"),
    "SB": ("stolen bases", "had", 20, batting_id, "batting"),
    "W": ("wins as a pitcher", "had", 12, pitching_id, "pitching"),
    "SO": ("strikeouts as a pitcher", "had", 120, pitching_id, "pitching"),
}
CAREER_HIGH = (
    "What was the most {things} {name} ever had in one season?",
    "What was {owner} career high in {things}?",
    "In his best season for {things}, how many did {name} have?",
    "{owner} single-season high in {things} was what number?",
    "Give the highest total of {things} in any one of {owner} seasons.",
    "At his peak, how many {things} did {name} have in a single year?",
)
YEAR_OF_CAREER_HIGH = (
    "In which season did {name} set his career high in {things}?",
    "When did {name} have his best year for {things}?",
    "What year saw {owner} highest total of {things}?",
    "{name} had more {things} in which season than in any other?",
    "Name the year of {owner} career high in {things}.",
    "In what year did {name} reach his personal best in {things}?",
)


def career_highs(tables: Tables) -> Iterator[Fact]:
    """Players' best seasons: the figure, and the year."""
    for stat, (things, had, minimum, statement_id, table) in BEST_SEASON_WORDS.items():
        frame = tables.batting if table == "batting" else tables.pitching
        frame = frame[["playerID", "yearID", stat]]
        best = frame[frame[stat] == frame.groupby("playerID")[stat].transform("max")]
        alone = best[~best["playerID"].duplicated(keep=False) & (best[stat] >= minimum)]
        highs = {row["playerID"]: row for row in rows(alone)}
        for player in _best_known(
            tables,
            220,
            lambda player, highs=highs: player.id in highs and not player.in_national_association,
        ):
            row = highs[player.id]
            year, value = row["yearID"], row[stat]
            states = (
                statement_id(player.id, "high", stat),
                statement_id(player.id, year, stat),
                statement_id(player.id, "high-year", stat),
                *player.label_states,
            )
            answer = f"{player.label} {had} a career-high {value} {things} in {year}{_through(player).replace('through', 'as of')}."
            yield _fact(
                "career high",
                CAREER_HIGH,
                _labelled(player, things=things),
                answer,
                number_forms(value),
                states,
            )
            states = (states[2], *states[:2], *player.label_states)
            yield _fact(
                "year of career high",
                YEAR_OF_CAREER_HIGH,
                _labelled(player, things=things),
                answer,
                (str(year),),
                states,
            )


# ------------------------------------------------------------------------------------------------------------------- managers

MANAGER_WINS = (
    "How many games did {name} win as a major league manager?",
    "What is {owner} career win total as a manager?",
    "With how many managerial victories did {name} {ended}?",
    "{name} managed his teams to how many regular-season wins in all?",
    "Tell me how many games {owner} teams won while he managed them{so_far}.",
    "Over all his seasons as a manager, how many wins did {name} collect?",
)
MANAGER_YEARS = (
    "In what year did {name} first manage a major league team?",
    "When did {name} get his first job as a big-league manager?",
    "What was {owner} first season as a manager in the majors?",
    "{name} began managing in the big leagues in which year?",
    "Name the year in which {name} first ran a major league team.",
    "Which season was {owner} first in a major league manager's seat?",
)
MANAGER_PENNANTS = (
    "How many pennants did {name} win as a manager?",
    "How many of the teams that {name} managed won a league pennant?",
    "What is {owner} number of pennants as a manager?",
    "{name} managed how many pennant winners{so_far}?",
    "Tell me how many pennants {owner} teams won under him{so_far}.",
    "As a manager, how often did {name} bring home a league pennant?",
)


def managers(tables: Tables) -> Iterator[Fact]:
    """Managers' wins, first years and pennants."""
    frame = tables.managers[tables.managers["lgID"] != "NA"]
    totals = (
        frame.groupby("playerID")
        .agg(W=("W", "sum"), first=("yearID", "min"), last=("yearID", "max"))
        .reset_index()
    )
    stood_in_for = {player for key in tables.acting for player in tables.managers_of.get(key, [])}
    pennants = Counter(
        tables.managers_of[team, year][0]
        for (year, _), team in tables.pennants.items()
        if len(tables.managers_of.get((team, year), [])) == 1
    )
    for row in rows(totals.sort_values(["W", "playerID"], ascending=[False, True]).head(350)):
        player = tables.players[row["playerID"]]
        if not player.label:
            continue
        active = row["last"] >= LAST_SEASON - 1
        so_far = f" through {LAST_SEASON}" if active else ""
        fields = _labelled(
            player,
            ended=f"stand after the {LAST_SEASON} season" if active else "finish",
            so_far=so_far,
        )
        if player.id not in stood_in_for:
            answer = f"{{name}} won {plural(row['W'], 'game')} as a major league manager{so_far}."
            yield _fact(
                "manager's wins",
                MANAGER_WINS,
                fields,
                answer,
                number_forms(row["W"]),
                (f"managing:{player.id}:career:W", *player.label_states),
            )
        answer = f"{{name}} first managed in the major leagues in {row['first']}."
        yield _fact(
            "manager's first year",
            MANAGER_YEARS,
            fields,
            answer,
            (str(row["first"]),),
            (f"managing:{player.id}:first", *player.label_states),
        )
        if pennants[player.id]:
            count = pennants[player.id]
            answer = f"{{name}} managed {in_words(count)} pennant {'winner' if count == 1 else 'winners'}{so_far}."
            yield _fact(
                "manager's pennants",
                MANAGER_PENNANTS,
                fields,
                answer,
                (in_words(count), str(count)),
                (f"managing:{player.id}:pennants", *player.label_states),
            )


# ----------------------------------------------------------------------------------------------------------------- franchises

NAME_OF_YEAR = (
    "What was the {team} franchise called in {year}?",
    "Under what name did the franchise of the {team} play in {year}?",
    "In {year}, what name did today's {team} go by?",
    "Name the club of {year} that is now the {team}.",
    "The {team} of today were known by what name in {year}?",
    "Before they were the {team}, what were they called in {year}?",
)
FIRST_UNDER_NAME = (
    "In what year did the {team} who lasted until {end} first take the field?",
    "When did the {team} whose last season was {end} begin to play under that name?",
    "What was the first season of the {team} who played until {end}?",
    "The {team}, a name that lasted until {end}, were first called so in which year?",
    "Name the first season of the {team}, the club whose name lasted until {end}.",
    "From which year until {end} did the {team} play?",
)
LAST_UNDER_NAME = (
    "What was the last season of the {team} who began under that name in {start}?",
    "In what year did the {team}, so called since {start}, play their last season under that name?",
    "Until which year did the {team} who started in {start} play under that name?",
    "When did the name {team}, first used in {start}, go out of use?",
    "Name the final season of the {team}, the club that took the name in {start}.",
    "From {start} until which year did the {team} play?",
)
SUCCESSOR = (
    "Which present-day club were the {team} of {years}?",
    "What is the franchise of the {team} of {years} called today?",
    "The {team} of {years} live on as which club?",
    "Name the club of today that was once the {team} ({years}).",
    "Into which present-day team did the {team} of {years} turn?",
    "Under what name does the old {team} club of {years} play now?",
)
TITLES_WON = (
    "How many World Series has the {team} franchise won through {last}?",
    "What is the {team} franchise's total of World Series titles through {last}?",
    "Through {last}, the {team} franchise had won the World Series how many times?",
    "Count the World Series championships of the {team} franchise through {last}.",
    "How many times had the {team} franchise been World Series champions by the end of {last}?",
    "As of {last}, how many World Series trophies belonged to the {team} franchise?",
)
LATEST_TITLE = (
    "When did the {team} franchise last win the World Series, as of {last}?",
    "As of {last}, what was the most recent World Series title of the {team} franchise?",
    "In what year was the latest World Series championship, through {last}, of the {team} franchise?",
    "Name the year of the {team} franchise's most recent World Series win through {last}.",
    "Looking back from {last}, in which year had the {team} franchise last been world champions?",
    "Through {last}, which season brought the {team} franchise its latest World Series title?",
)


def franchises(tables: Tables) -> Iterator[Fact]:
    """Franchises' former names and world championships."""
    titles, latest = Counter(), {}
    for series in sorted(tables.series, key=lambda series: series["yearID"]):
        if series["round"] == "WS" and series["yearID"] >= 1903:
            franchise = tables.franchise_of(series["teamIDwinner"], series["yearID"])
            titles[franchise] += 1
            latest[franchise] = series["yearID"]
    for franchise, teams in sorted(tables.franchises.items()):
        current = teams[-1]
        is_alive = current["yearID"] == LAST_SEASON
        yield from _names_of_franchise(franchise, teams, current, is_alive)
        if is_alive:
            fields = {"team": current["name"], "last": LAST_SEASON}
            count = titles[franchise]
            answer = f"The {{team}} franchise had won {in_words(count) if count else 'no'} World Series {'title' if count == 1 else 'titles'} through {{last}}."
            accepted = (in_words(count), str(count)) if count else ("no", "zero")
            yield _fact(
                "world series titles",
                TITLES_WON,
                fields,
                answer,
                accepted[: 2 if count else 1],
                (f"titles:{franchise}",),
            )
            if count:
                year = latest[franchise]
                answer = f"The {{team}} franchise last won the World Series in {year}."
                states = (f"titles:{franchise}:latest", f"worldseries:{year}:winner")
                yield _fact(
                    "latest world series title", LATEST_TITLE, fields, answer, (str(year),), states
                )


def names_of(teams: list[dict]) -> list[tuple[dict, int, int]]:
    """(a row, first year, last year) for each name in a franchise's history, in order."""
    runs = []
    for row in teams:
        if runs and runs[-1][0]["name"] == row["name"]:
            runs[-1] = (runs[-1][0], runs[-1][1], row["yearID"])
        else:
            runs.append((row, row["yearID"], row["yearID"]))
    return runs


def _town_forms(row: dict) -> tuple[str, ...]:
    """_town_forms(the row of the 1946 Braves) -> ('boston braves', 'boston')"""
    return row["name"].lower(), row["city"].lower()


def _names_of_franchise(
    franchise: str, teams: list[dict], current: dict, is_alive: bool
) -> Iterator[Fact]:
    for row, start, end in names_of(teams):
        ids = (f"name:{franchise}:{row['name']}:first", f"name:{franchise}:{row['name']}:last")
        fields = {
            "team": row["name"],
            "start": start,
            "end": end,
            "years": f"{start}-{end}" if end > start else str(start),
        }
        if end < LAST_SEASON and start != end and row["lgID"] != "NA":
            answer = "The {team} who lasted until {end} first played under that name in {start}."
            yield _fact(
                "first season under a name", FIRST_UNDER_NAME, fields, answer, (str(start),), ids
            )
            answer = "The {team} who began in {start} last played under that name in {end}."
            yield _fact(
                "last season under a name",
                LAST_UNDER_NAME,
                fields,
                answer,
                (str(end),),
                (ids[1], ids[0]),
            )
        if is_alive and row["name"] != current["name"]:
            # Where only the town changed, the nickname would be no answer.
            now, then = (
                (club_forms(current), club_forms(row))
                if row["nickname"] != current["nickname"]
                else (_town_forms(current), _town_forms(row))
            )
            answer = f"The {{team}} of {{years}} are today's {current['name']}."
            yield _fact(
                "present-day club",
                SUCCESSOR,
                fields,
                answer,
                now,
                (f"successor:{franchise}:{row['name']}", *ids),
            )
            for year in range(start, end + 1):
                if _shuffle_key("name", franchise, year) % 2 == 0:
                    answer = f"In {year} the franchise of the {current['name']} was called the {row['name']}."
                    states = (f"name:{franchise}:{year}", f"successor:{franchise}:{row['name']}")
                    yield _fact(
                        "name in a season",
                        NAME_OF_YEAR,
                        {"team": current["name"], "year": year},
                        answer,
                        then,
                        states,
                    )


# ------------------------------------------------------------------------------------------------------------------- salaries

SALARY = (
    "What was {owner} salary in {year}?",
    "How much was {name} paid for the {year} season?",
    "In {year}, what did {name} earn in salary?",
    "{name} drew how large a salary in {year}?",
    "Give {owner} salary for the {year} season.",
    "How many dollars did {owner} {year} contract pay him for that season?",
)
HIGHEST_SALARY = (
    "Who had the highest salary in the major leagues in {year}?",
    "Which player was the best paid in baseball in {year}?",
    "In {year}, who earned more in salary than any other major leaguer?",
    "Name the highest-paid player of the {year} season.",
    "Whose {year} salary was the largest in the majors?",
    "Of all major leaguers, who drew the biggest salary in {year}?",
)
TEAM_HIGHEST_SALARY = (
    "Who was the highest-paid player on the {year} {team}?",
    "Which player had the biggest salary on the {team} in {year}?",
    "In {year}, who earned more than anyone else on the {team}?",
    "Name the best-paid man on the {team} payroll of {year}.",
    "Whose salary was the largest on the {team} in {year}?",
    "Of all the players of the {year} {team}, who drew the most pay?",
)


def salaries(tables: Tables) -> Iterator[Fact]:
    """What players were paid, and who was paid most."""
    once = tables.salaries[
        ~tables.salaries.duplicated(["playerID", "yearID"], keep=False)
        & (tables.salaries["salary"] > 0)
    ]
    for row in _best_seasons(tables, once, "salary", 500_000, 900):
        money, accepted = in_dollars(row["salary"])
        fields = _person(tables, row["playerID"], year=row["yearID"])
        yield _fact(
            "salary",
            SALARY,
            fields,
            f"{{name}} was paid {money} in {{year}}.",
            accepted,
            (f"salary:{row['playerID']}:{row['yearID']}",),
        )
    for kind, questions, keys in (
        ("highest salary", HIGHEST_SALARY, ["yearID"]),
        ("highest salary on a team", TEAM_HIGHEST_SALARY, ["yearID", "teamID"]),
    ):
        best = once[once["salary"] == once.groupby(keys)["salary"].transform("max")]
        alone = best[~best.duplicated(keys, keep=False)].sort_values(
            ["yearID", "teamID"], ascending=[False, True]
        )
        for row in rows(alone):
            team = tables.teams.get((row["teamID"], row["yearID"]))
            if team is None:
                continue
            player = tables.players[row["playerID"]]
            money, _ = in_dollars(row["salary"])
            where = "of all major leaguers" if len(keys) == 1 else "on the {year} {team}"
            answer = f"{player.name} had the highest salary {where}{' in {year}' if len(keys) == 1 else ''}, {money}."
            states = [
                ":".join(["topsalary", *(str(row[key]) for key in keys)]),
                f"salary:{player.id}:{row['yearID']}",
            ]
            if len(keys) == 2:
                states += club_ids(tables, player.id, row["yearID"], row["teamID"])
            yield _fact(kind, questions, _team(team), answer, person_forms(player), tuple(states))


def in_dollars(amount: int) -> tuple[str, tuple[str, ...]]:
    """in_dollars(22_000_000) -> ('$22 million', ('$22 million', '22 million')); in_dollars(1_150_500) -> ('$1,150,500', …)"""
    if amount % 100_000 == 0 and amount >= 1_000_000:
        words = f"{amount / 1e6:g} million"
        return f"${words}", (f"${words}", words)
    return f"${amount:,}", (f"${amount:,}", f"{amount:,}", str(amount))


SECTIONS = (
    batters_seasons,
    pitchers_seasons,
    careers,
    leaders,
    awards,
    hall_of_fame,
    postseason,
    team_seasons,
    people,
    clubs,
    all_stars,
    comparisons,
    records,
    career_highs,
    managers,
    franchises,
    salaries,
)
