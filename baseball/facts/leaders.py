"""Leaders."""

from collections.abc import Iterator
from dataclasses import dataclass

from baseball.facts.fact import Fact, _fact, number_forms, person_forms
from baseball.lahman import (
    LEAGUES,
    Tables,
    batting_id,
    join_names,
    pitching_id,
)


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
