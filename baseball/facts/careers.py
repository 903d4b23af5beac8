"""Careers."""

from collections.abc import Iterator

from baseball.facts.fact import Fact, _best_known, _fact, _labelled, number_forms
from baseball.facts.seasons import Statistic
from baseball.lahman import (
    LAST_SEASON,
    Player,
    Tables,
    batting_average,
    batting_id,
    earned_run_average,
    pitching_id,
    plural,
    rows,
)

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
