"""Postseason."""

from collections.abc import Iterator

from baseball.facts.fact import (
    Fact,
    _best_seasons,
    _fact,
    _person,
    club_forms,
    in_words,
    number_forms,
    person_forms,
)
from baseball.lahman import (
    LEAGUES,
    Tables,
    plural,
    team_id,
)

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
