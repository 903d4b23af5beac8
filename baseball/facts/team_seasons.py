"""Team seasons."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.fact import (
    DIVISIONS,
    ORDINALS,
    Fact,
    _fact,
    _shuffle_key,
    _team,
    club_forms,
    number_forms,
    person_forms,
)
from baseball.lahman import (
    LEAGUES,
    Tables,
    at_park,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    plural,
    rows,
    team_id,
    with_the,
)

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
