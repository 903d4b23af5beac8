"""Teams' seasons, the players who led a team, and the teams that led a league."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from baseball import statements
from baseball.facts.fact import (
    Fact,
    club_forms,
    club_key,
    load_section,
    make_fact,
    only_person,
    person_forms,
    stable_number,
    team_fields,
)
from baseball.facts.statistics import statistic_tables
from baseball.lahman import (
    FIRST_SEASON_OF_BOTH_LEAGUES,
    FIRST_SEASON_OF_DIVISIONS,
    FIRST_WORLD_SERIES,
    SEASON_WITHOUT_FANS,
    SPLIT_SEASON,
    Tables,
    rows,
)
from baseball.phrasings import FactTemplate
from baseball.wording import (
    LEAGUES,
    ORDINALS,
    at_park,
    join_names,
    number_forms,
    plural,
    standing_group,
)

KINDS = (
    *("team wins", "team record", "team finish"),
    *("manager", "ballpark", "team attendance"),
)

FIRST_SEASON_WITH_ATTENDANCE = 1920
MIN_ATTENDANCE = 100_000

SEASONS_WITH_LEADERS = 1400
MIN_LEADING_FIGURE = 2

Row = dict[str, Any]  # a team's row


def team_seasons(tables: Tables) -> Iterator[Fact]:
    """Wins, record, place, manager, ballpark, attendance, team leaders, and leading teams."""
    templates = load_section("team_seasons", extra={"limit": int}, kinds=KINDS)
    ranked = _most_remarkable_first(tables)
    modern = [row for row in ranked if row["yearID"] >= FIRST_SEASON_OF_BOTH_LEAGUES]
    crowds = [row for row in ranked if _has_attendance(row)]

    yield from _wins(templates["team wins"], modern)
    yield from _records(templates["team record"], modern)
    yield from _finishes(templates["team finish"], modern)
    yield from _managers(tables, templates["manager"], ranked)
    yield from _ballparks(templates["ballpark"], modern)
    yield from _attendances(templates["team attendance"], crowds)
    yield from _team_leaders(tables, modern)
    yield from _leading_teams(tables)


# --------------------------------------------------------------------------------- team by team


def _most_remarkable_first(tables: Tables) -> list[Row]:
    """World champions, then pennant winners and very good or bad teams, then the rest shuffled.

    In the first two groups the latest seasons come first.
    """

    def order(row: Row) -> tuple:
        is_champion = row["WSWin"] == "Y" and row["yearID"] >= FIRST_WORLD_SERIES
        is_remarkable = row["LgWin"] == "Y" or row["W"] >= 105 or row["L"] >= 110
        is_minor = row["lgID"] not in ("AL", "NL")
        if is_champion or is_remarkable:
            place = -row["yearID"]
        else:
            place = stable_number("team", row["teamID"], row["yearID"])
        return not is_champion, not is_remarkable, is_minor, place, row["teamID"]

    return sorted((row for row in tables.teams.values() if row["lgID"] != "NA"), key=order)


def _has_attendance(row: Row) -> bool:
    return (
        row["yearID"] >= FIRST_SEASON_WITH_ATTENDANCE and (row["attendance"] or 0) > MIN_ATTENDANCE
    )


def _wins(template: FactTemplate, ranked: list[Row]) -> Iterator[Fact]:
    for row in ranked[: template.extra["limit"]]:
        fields = team_fields(row, games=plural(row["W"], "game"))
        states = (statements.team_wins(row["teamID"], row["yearID"]),)
        yield make_fact(template, fields, number_forms(row["W"]), states)


def _records(template: FactTemplate, ranked: list[Row]) -> Iterator[Fact]:
    for row in ranked[: template.extra["limit"]]:
        team, year = row["teamID"], row["yearID"]
        if not row["city"]:  # which one of the questions names: the Athletics of 2025 have none
            continue
        won, lost = row["W"], row["L"]
        fields = team_fields(row, city=row["city"], won=won, lost=lost)
        states = (statements.team_losses(team, year), statements.team_wins(team, year))
        yield make_fact(template, fields, (f"{won}-{lost}",), states)


def _finishes(template: FactTemplate, ranked: list[Row]) -> Iterator[Fact]:
    for row in ranked[: template.extra["limit"]]:
        if row["yearID"] == SPLIT_SEASON:
            continue
        place = ORDINALS[row["Rank"]]
        group = standing_group(row["lgID"], row["divID"]).removeprefix("the ")
        fields = team_fields(row, group=group, place=place)
        yield make_fact(template, fields, (place,), statements.finish(row))


def _managers(tables: Tables, template: FactTemplate, ranked: list[Row]) -> Iterator[Fact]:
    """The manager of each team, or both if there were two; not if there were more."""
    for row in ranked[: template.extra["limit"]]:
        team, year = row["teamID"], row["yearID"]
        names = tables.managers_of.get((team, year), [])
        if not 1 <= len(names) <= 2:
            continue
        managers = [tables.players[manager] for manager in names]
        who = join_names([manager.name for manager in managers])
        in_turn = ", one after the other" if len(managers) == 2 else ""
        accepted = dict.fromkeys(form for manager in managers for form in person_forms(manager))
        states = (statements.team_manager(team, year),)
        yield make_fact(
            template,
            team_fields(row, who=who, in_turn=in_turn, **only_person(managers)),
            accepted,
            states,
        )


def _ballparks(template: FactTemplate, ranked: list[Row]) -> Iterator[Fact]:
    for row in ranked[: template.extra["limit"]]:
        if len(row["parks"]) == 1:
            park = row["parks"][0]
            states = (statements.team_park(row["teamID"], row["yearID"]),)
            fields = team_fields(row, park=at_park(park))
            yield make_fact(template, fields, (park.lower(),), states)


def _attendances(template: FactTemplate, ranked: list[Row]) -> Iterator[Fact]:
    for row in ranked[: template.extra["limit"]]:
        fans = row["attendance"]
        fields = team_fields(row, fans=f"{fans:,}")
        states = (statements.team_attendance(row["teamID"], row["yearID"]),)
        yield make_fact(template, fields, number_forms(fans), states)


# ---------------------------------------------------------------------------- leaders of a team


def _team_leaders(tables: Tables, ranked: list[Row]) -> Iterator[Fact]:
    """The player who led a team in home runs, runs batted in or wins."""
    choices = {"statistic": statements.CLUB_STATS}
    for template in load_section("team_seasons_leaders", choices=choices).values():
        leaders = _leaders_by_team(tables, template.extra["statistic"])
        for row in ranked[:SEASONS_WITH_LEADERS]:
            leader = leaders.get((row["teamID"], row["yearID"]))
            if leader:
                yield _team_leader(tables, template, row, leader)


def _leaders_by_team(tables: Tables, stat: str) -> dict[tuple[str, int], dict[str, Any]]:
    """(teamID, yearID) -> the row of the player who led the team, if nobody tied him."""
    frame = statistic_tables(tables, stat).by_club
    keys = ["yearID", "teamID"]
    best = frame[frame[stat] == frame.groupby(keys)[stat].transform("max")]
    untied = best[~best.duplicated(keys, keep=False) & (best[stat] >= MIN_LEADING_FIGURE)]
    found = rows(untied[["teamID", "yearID", "playerID", stat]])
    return {(row["teamID"], row["yearID"]): row for row in found}


def _team_leader(tables: Tables, template: FactTemplate, row: Row, leader: dict[str, Any]) -> Fact:
    team, year = row["teamID"], row["yearID"]
    stat = template.extra["statistic"]
    player = tables.players[leader["playerID"]]
    states = [
        statements.team_leader(team, year, stat),
        *statements.played_for(player.id, year, row["franchID"]),
    ]
    if len(set(player.clubs[year])) == 1:  # the figure is that of his whole season
        states.append(statistic_tables(tables, stat).figure(player.id, year, stat))
    fields = team_fields(row, who=player.name, value=leader[stat], person=player.id)
    return make_fact(template, fields, person_forms(player), states)


# -------------------------------------------------------------------------- leaders of a league


def _leading_teams(tables: Tables) -> Iterator[Fact]:
    """The team that led a league in attendance, home runs, runs, wins or losses."""
    choices = {"statistic": statements.TEAM_FIGURES}
    leagues = _league_seasons(tables)
    for template in load_section("team_seasons_leagues", choices=choices).values():
        for (year, league), teams in leagues.items():
            leader = _only_leader(teams, template.extra["statistic"])
            if leader:
                yield _leading_team(template, year, league, leader)


def _league_seasons(tables: Tables) -> dict[tuple[int, str], list[Row]]:
    """(yearID, league) -> the rows of its teams, latest years first."""
    found: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in tables.teams.values():
        if row["lgID"] in ("AL", "NL") and row["yearID"] >= FIRST_SEASON_OF_BOTH_LEAGUES:
            found[row["yearID"], row["lgID"]].append(row)
    latest_first = sorted(found, key=lambda season: (-season[0], season[1]))
    return {season: found[season] for season in latest_first}


def _only_leader(teams: list[Row], column: str) -> Row | None:
    """The team with the highest figure; None if teams tied or a team's figure is unknown."""
    if any(row[column] is None for row in teams):
        return None
    if column == "attendance" and teams[0]["yearID"] == SEASON_WITHOUT_FANS:
        return None
    first, *others = sorted(teams, key=lambda row: -row[column])
    return first if others and first[column] > others[0][column] else None


def _leading_team(template: FactTemplate, year: int, league: str, row: Row) -> Fact:
    column = template.extra["statistic"]
    team = {"team": row["name"], "club": club_key(row)}
    fields = {"league": LEAGUES[league], "year": year, **team}
    states = [statements.leading_team(league, year, column)]
    if column in ("W", "L"):
        states += statements.finish(row)
    if column == "W" and year < FIRST_SEASON_OF_DIVISIONS:
        states.append(statements.pennant(year, league))
    return make_fact(template, fields, club_forms(row), states)
