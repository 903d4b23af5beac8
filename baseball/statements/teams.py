"""Ids of what is stated of a team or a franchise: seasons, postseason, names, titles."""

from baseball.statements.vocabulary import CLUB_STATS, TEAM_FIGURES, Row, checked

# --------------------------------------------------------------------------------- team seasons


def team_wins(team: str, year: int) -> str:
    return team_figure(team, year, "W")


def team_losses(team: str, year: int) -> str:
    return team_figure(team, year, "L")


def team_figure(team: str, year: int, stat: str) -> str:
    """team_figure("NYA", 1927, "HR") -> 'team:NYA:1927:HR'; `stat` is in `TEAM_FIGURES`."""
    return f"team:{team}:{year}:{checked(stat, TEAM_FIGURES, 'figure of a team')}"


def team_attendance(team: str, year: int) -> str:
    return team_figure(team, year, "attendance")


def team_finish(team: str, year: int) -> str:
    """The place alone. A sentence that gives the place makes all statements of `finish`."""
    return f"team:{team}:{year}:finish"


def team_manager(team: str, year: int) -> str:
    return f"team:{team}:{year}:manager"


def team_park(team: str, year: int) -> str:
    return f"team:{team}:{year}:park"


def finish(row: Row) -> tuple[str, ...]:
    """The statements of a sentence that gives a team's place, from the team's row.

    First place also states the division winner or, if there are no divisions, the pennant winner.
    """
    year, league, division_id = row["yearID"], row["lgID"], row["divID"]
    ids = [team_finish(row["teamID"], year)]
    if row["Rank"] == 1 and division_id:
        ids.append(division(year, league, division_id))
    if row["LgWin"] == "Y" and not division_id:
        ids.append(pennant(year, league))
    return tuple(ids)


def division(year: int, league: str, division_id: str) -> str:
    """division(1969, "NL", "E") -> 'division:1969:NL:E'"""
    return f"division:{year}:{league}:{checked(division_id, ('E', 'C', 'W'), 'division')}"


def pennant(year: int, league: str) -> str:
    return f"pennant:{year}:{league}"


def team_leader(team: str, year: int, stat: str) -> str:
    """The player who led a team: team_leader("NYA", 1927, "HR") -> 'teamleader:NYA:1927:HR'"""
    return f"teamleader:{team}:{year}:{checked(stat, CLUB_STATS, 'statistic with a team leader')}"


def leading_team(league: str, year: int, stat: str) -> str:
    """The team that led a league: leading_team("AL", 1927, "W") -> 'teamleader:AL:1927:W'"""
    return f"teamleader:{league}:{year}:{checked(stat, TEAM_FIGURES, 'figure of a team')}"


# ----------------------------------------------------------------------------------- postseason


def world_series_winner(year: int) -> str:
    return f"worldseries:{year}:winner"


def world_series_loser(year: int) -> str:
    return f"worldseries:{year}:loser"


def world_series_games(year: int) -> str:
    """How many games it lasted."""
    return f"worldseries:{year}:games"


def world_series_manager(year: int) -> str:
    """Who managed the winner."""
    return f"worldseries:{year}:manager"


def world_series_home_runs(player: str, year: int) -> str:
    """world_series_home_runs("ruthba01", 1926) -> 'worldseries:1926:ruthba01:HR'"""
    return f"worldseries:{year}:{player}:HR"


def world_series_wins(player: str, year: int) -> str:
    """A pitcher's wins: world_series_wins("gibsobo01", 1967) -> 'worldseries:1967:gibsobo01:W'"""
    return f"worldseries:{year}:{player}:W"


def series_winner(year: int, round_name: str) -> str:
    """Before the World Series: series_winner(1995, "ALCS") -> 'series:1995:ALCS:winner'"""
    return f"series:{year}:{round_name}:winner"


def series_loser(year: int, round_name: str) -> str:
    return f"series:{year}:{round_name}:loser"


def series_result(row: Row) -> tuple[str, ...]:
    """The statements of a sentence that says who beat whom in a series, from the series' row.

    The result of a World Series or of a league championship series states the pennants too.
    """
    year, name = row["yearID"], row["round"]
    if name == "WS":
        leagues = sorted((row["lgIDwinner"], row["lgIDloser"]))
        pennants = (pennant(year, league) for league in leagues)
        return world_series_winner(year), world_series_loser(year), *pennants
    ids = series_winner(year, name), series_loser(year, name)
    if name in ("ALCS", "NLCS"):
        return *ids, pennant(year, name[:2])
    return ids


def series_length(row: Row) -> tuple[str, ...]:
    """The statements of a sentence that gives a series' length: asked of World Series only."""
    return (world_series_games(row["yearID"]),) if row["round"] == "WS" else ()


# ----------------------------------------------------------------------------------- franchises


def name_in_season(franchise: str, year: int) -> str:
    """What the franchise was called in a year: name_in_season("ATL", 1953) -> 'name:ATL:1953'"""
    return f"name:{franchise}:{year}"


def first_season_of_name(franchise: str, name: str) -> str:
    """first_season_of_name("ATL", "Boston Braves") -> 'name:ATL:Boston Braves:first'"""
    return f"name:{franchise}:{name}:first"


def last_season_of_name(franchise: str, name: str) -> str:
    return f"name:{franchise}:{name}:last"


def successor(franchise: str, name: str) -> str:
    """What a former club is called today: -> 'successor:ATL:Boston Braves'"""
    return f"successor:{franchise}:{name}"


def old_name(franchise: str, row: Row, current: Row) -> tuple[str, ...]:
    """The statements made by using a former name; () if `row` has the `current` row's name."""
    if row["name"] == current["name"]:
        return ()
    return name_in_season(franchise, row["yearID"]), successor(franchise, row["name"])


def title_count(franchise: str) -> str:
    """How many World Series the franchise has won."""
    return f"titles:{franchise}"


def latest_title(franchise: str) -> str:
    return f"titles:{franchise}:latest"
