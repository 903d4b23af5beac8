"""Constructors for the ids of atomic statements.

    statements.batting("ruthba01", 1927, "HR")    # 'batting:ruthba01:1927:HR'
    statements.debut_year("aaronha01")            # 'debut:aaronha01:year'
    statements.pennant(1956, "AL")                # 'pennant:1956:AL'

**What a statement is.** One fact can be told in many sentences: "Babe Ruth hit 60 home runs in
1927", "How many homers did Ruth hit in 1927?", "Nobody hit more home runs in 1927 than Ruth". Every
question and every sentence carries the ids of the statements that it gives away, so that a fact can
be held out of training together with everything else that gives it away (`held_out.py`).

**Why ids have constructors.** Facts and prose must write the same id for the same statement. A
misspelled id raises no error by itself: it holds nothing out, and a test question leaks into
training. A misspelled function name does raise an error, and so does an argument, such as a
statistic, that is not in its list.

Ids are made of Lahman's keys: players (`ruthba01`), teams (`NYA`), franchises (`NYY`), leagues
(`AL`, or `ML` for both), columns (`HR`). The families:

    family        an example                        what it states
    allstar       allstar:aaronha01:count           All-Star seasons: how many, and the first
    award         award:MVP:1979:NL                 who won an award; Gold Gloves by position
    awards        awards:ruthba01:MVP               how often a player won an award
    bats          bats:ruthba01                     the side a player batted from
    batting       batting:ruthba01:1927:HR          a season's or career's figure at bat
    born          born:aaronha01:city               birth: city, state, country, year, date
    club          club:ruthba01:NYY                 that a player ever played for a franchise
    college       college:gehrilo01                 where a player went to college
    compare       compare:ruthba01:gehrilo01:1927:HR   which of two had more or was born first
    debut         debut:aaronha01:year              first game: year, team
    died          died:ruthba01:year                year of death
    division      division:1969:NL:E                who won a division
    final         final:aaronha01:year              last game: year, team
    franchises    franchises:ruthba01               how many franchises a player played for
    hall          hall:ruthba01:year                Hall of Fame: year, voters, share of the vote
    height        height:ruthba01                   a player's height
    knowledge     knowledge:rules:balk:one base     what no table holds; its subject and answer
    leader        leader:1927:AL:HR                 who led a league
    leading       leading:1927:AL:HR                the figure that led a league
    mainclub      mainclub:ruthba01                 the club a player played for most
    managing      managing:mackco01:career:W        managing career: wins, first year, pennants
    name          name:ruthba01, name:ATL:1953      a full name; a franchise's name in a year
    pennant       pennant:1956:AL                   who won a pennant
    pitching      pitching:gibsobo01:1968:ERA       a season's or career's figure as a pitcher
    playedfor     playedfor:ruthba01:1927           the club, or clubs, of a season
    position      position:ruthba01                 a player's position
    record        record:alltime:HR:1               records: all time, season, club, decade
    salary        salary:ruthba01:1927              a player's salary in a year
    series        series:1995:ALCS:winner           a playoff series before the World Series
    successor     successor:ATL:Boston Braves       what a former club is called today
    team          team:NYA:1927:W                   a team's season: wins, manager, park, ...
    teamleader    teamleader:NYA:1927:HR            who led a team, or which team led a league
    throws        throws:ruthba01                   the hand a player threw with
    titles        titles:NYY                        a franchise's World Series titles
    topsalary     topsalary:1990:NYA                the best-paid player of a year, of a team
    worldseries   worldseries:1956:winner           a World Series: winner, loser, games, ...
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

# "high" and "high-year": the figure of the best season, and its year
Season = int | Literal["career", "high", "high-year"]
Row = Mapping[str, Any]  # a row of one of Lahman's tables
Figure = Callable[[str, Season, str], str]  # `batting` or `pitching`

CLUB = "club"
AWARD = "award"
KNOWLEDGE = "knowledge"

SPANS = ("career", "high", "high-year")
BATTING_STATS = ("G", "AB", "R", "H", "2B", "3B", "HR", "RBI", "SB", "BB", "SO", "AVG")
PITCHING_STATS = (
    *("W", "L", "G", "GS", "CG", "SHO", "SV", "IPouts", "H", "ER", "BB", "SO"),
    "ERA",
)
# A league has batting and pitching leaders; in these statistics the leaders are pitchers.
LED_AS_PITCHER = ("W", "ERA", "SO", "SV", "SHO")
LED_STATS = ("AVG", "HR", "RBI", "H", "R", "2B", "3B", "SB", "BB", *LED_AS_PITCHER)
RECORD_STATS = ("HR", "RBI", "H", "R", "2B", "3B", "SB", "BB", "W", "SO", "SV", "SHO")
CLUB_STATS = ("HR", "RBI", "SB", "W")
TEAM_FIGURES = ("W", "L", "R", "HR", "attendance")
AWARD_CODES = {
    "Most Valuable Player": "MVP",
    "Cy Young Award": "CYA",
    "Rookie of the Year": "ROY",
    "Gold Glove": "GG",
    "Silver Slugger": "SS",
    "World Series MVP": "WSMVP",
    "ALCS MVP": "LCSMVP",
    "NLCS MVP": "LCSMVP",
    "All-Star Game MVP": "ASGMVP",
    "Reliever of the Year Award": "RELIEVER",
    "BBWAA Manager of the Year": "MANAGER",
}
POSITIONAL_AWARDS = ("GG", "SS")
# The positions of awards, in the words of `Player.position`; a utility player has none.
AWARD_POSITIONS = {
    "P": "pitcher",
    "C": "catcher",
    "1B": "first baseman",
    "2B": "second baseman",
    "3B": "third baseman",
    "SS": "shortstop",
    "LF": "outfielder",
    "CF": "outfielder",
    "RF": "outfielder",
    "OF": "outfielder",
    "DH": "designated hitter",
    "UT": "",
}


def family(statement: str) -> str:
    """family("club:ruthba01:NYY") -> 'club'"""
    return statement.partition(":")[0]


def _known(value: str, allowed: Collection[str], description: str) -> str:
    if value not in allowed:
        raise ValueError(f"unknown {description} {value!r}; allowed are {', '.join(allowed)}")
    return value


# ----------------------------------------------------------------------------- players' figures


def batting(player: str, season: Season, stat: str) -> str:
    """A figure at bat: batting("ruthba01", 1927, "HR") -> 'batting:ruthba01:1927:HR'

    `season` is a year, "career", "high" (the best season's figure) or "high-year" (its year).
    """
    _known(stat, BATTING_STATS, "batting statistic")
    return f"batting:{player}:{_span(season)}:{stat}"


def pitching(player: str, season: Season, stat: str) -> str:
    """A figure as a pitcher: pitching("gibsobo01", 1968, "ERA") -> 'pitching:gibsobo01:1968:ERA'

    `season` is a year, "career", "high" (the best season's figure) or "high-year" (its year).
    """
    _known(stat, PITCHING_STATS, "pitching statistic")
    return f"pitching:{player}:{_span(season)}:{stat}"


def _span(season: Season) -> Season:
    if isinstance(season, str):
        _known(season, SPANS, "span of a figure")
    return season


def figure_of_leader(player: str, year: int, stat: str) -> str:
    """A leader's own figure, which is a pitching figure for "W", "ERA", "SO", "SV" and "SHO".

    figure_of_leader("koufasa01", 1965, "SO") -> 'pitching:koufasa01:1965:SO'
    """
    figure = pitching if stat in LED_AS_PITCHER else batting
    return figure(player, year, stat)


def league_leader(year: int, league: str, stat: str) -> str:
    """Who led: league_leader(1927, "AL", "HR") -> 'leader:1927:AL:HR'; "ML" is both leagues."""
    return f"leader:{year}:{league}:{_known(stat, LED_STATS, 'statistic with a leader')}"


def leading_figure(year: int, league: str, stat: str) -> str:
    """The figure that led: leading_figure(1927, "AL", "HR") -> 'leading:1927:AL:HR'"""
    return f"leading:{year}:{league}:{_known(stat, LED_STATS, 'statistic with a leader')}"


# ------------------------------------------------------------------------------ who a player was


def birth_city(player: str) -> str:
    return f"born:{player}:city"


def birth_state(player: str) -> str:
    return f"born:{player}:state"


def birth_country(player: str) -> str:
    return f"born:{player}:country"


def birthplace(player: str) -> tuple[str, str, str]:
    """City, state and country, for a sentence that names the town."""
    return birth_city(player), birth_state(player), birth_country(player)


def birth_year(player: str) -> str:
    return f"born:{player}:year"


def birth_date(player: str) -> str:
    """Month and day; a sentence with the full date states `birth_year` too."""
    return f"born:{player}:date"


def death_year(player: str) -> str:
    return f"died:{player}:year"


def full_name(player: str) -> str:
    return f"name:{player}"


def bats(player: str) -> str:
    return f"bats:{player}"


def throws(player: str) -> str:
    return f"throws:{player}"


def height(player: str) -> str:
    return f"height:{player}"


def position(player: str) -> str:
    return f"position:{player}"


def college(player: str) -> str:
    return f"college:{player}"


# ---------------------------------------------------------------------------- a player's career


def debut_year(player: str) -> str:
    return f"debut:{player}:year"


def debut_team(player: str) -> str:
    return f"debut:{player}:team"


def final_year(player: str) -> str:
    return f"final:{player}:year"


def final_team(player: str) -> str:
    return f"final:{player}:team"


def club(player: str, franchise: str) -> str:
    """That a player ever played for it: club("ruthba01", "NYY") -> 'club:ruthba01:NYY'"""
    return f"{CLUB}:{player}:{franchise}"


def clubs_of_season(player: str, year: int) -> str:
    """clubs_of_season("ruthba01", 1927) -> 'playedfor:ruthba01:1927'"""
    return f"playedfor:{player}:{year}"


def played_for(player: str, year: int, franchise: str) -> tuple[str, str]:
    """The statements of a sentence that shows a player with a club in a year.

    played_for("ruthba01", 1927, "NYY") -> ('playedfor:ruthba01:1927', 'club:ruthba01:NYY')
    """
    return clubs_of_season(player, year), club(player, franchise)


def main_club(player: str) -> str:
    return f"mainclub:{player}"


def franchise_count(player: str) -> str:
    return f"franchises:{player}"


def all_star_count(player: str) -> str:
    return f"allstar:{player}:count"


def first_all_star_year(player: str) -> str:
    return f"allstar:{player}:first"


def hall_year(player: str) -> str:
    return f"hall:{player}:year"


def hall_voters(player: str) -> str:
    return f"hall:{player}:voters"


def hall_share(player: str) -> str:
    """The share of the vote that elected the player."""
    return f"hall:{player}:share"


def salary(player: str, year: int) -> str:
    return f"salary:{player}:{year}"


def top_salary(year: int) -> str:
    return f"topsalary:{year}"


def top_salary_of_team(team: str, year: int) -> str:
    """top_salary_of_team("NYA", 1990) -> 'topsalary:1990:NYA'"""
    return f"topsalary:{year}:{team}"


def manager_wins(player: str) -> str:
    """Career wins as a manager."""
    return f"managing:{player}:career:W"


def manager_first_year(player: str) -> str:
    return f"managing:{player}:first"


def manager_pennants(player: str) -> str:
    return f"managing:{player}:pennants"


# ---------------------------------------------------------------------------------------- awards


def award(code: str, year: int, league: str) -> str:
    """award("MVP", 1979, "NL") -> 'award:MVP:1979:NL'; for the codes see `AWARD_CODES`."""
    return f"{AWARD}:{_award_code(code)}:{year}:{league}"


def award_at_position(code: str, year: int, league: str, at: str) -> str:
    """award_at_position("GG", 1990, "NL", "SS") -> 'award:GG:1990:NL:SS'"""
    _known(code, POSITIONAL_AWARDS, "award by position")
    _known(at, AWARD_POSITIONS, "position of an award")
    return f"{award(code, year, league)}:{at}"


def position_by_award(player: str, main_position: str | None, at: str) -> tuple[str, ...]:
    """A player's position, which an award at the position he mostly played gives away.

    position_by_award("smithoz01", "shortstop", "SS")     # ('position:smithoz01',)
    position_by_award("erstada01", "outfielder", "1B")    # ()
    """
    return (position(player),) if AWARD_POSITIONS.get(at) == main_position else ()


def award_given(row: Row) -> str:
    """The id of an award from its row in Lahman's table, whose `notes` hold the position."""
    code = AWARD_CODES[_known(row["awardID"], AWARD_CODES, "award")]
    if code in POSITIONAL_AWARDS:
        return award_at_position(code, row["yearID"], row["lgID"], row["notes"])
    return award(code, row["yearID"], row["lgID"])


def award_count(player: str, code: str) -> str:
    """award_count("bondsba01", "MVP") -> 'awards:bondsba01:MVP'"""
    return f"awards:{player}:{_award_code(code)}"


def _award_code(code: str) -> str:
    return _known(code, AWARD_CODES.values(), "award code")


# --------------------------------------------------------------------------------- team seasons


def team_wins(team: str, year: int) -> str:
    return team_figure(team, year, "W")


def team_losses(team: str, year: int) -> str:
    return team_figure(team, year, "L")


def team_figure(team: str, year: int, stat: str) -> str:
    """team_figure("NYA", 1927, "HR") -> 'team:NYA:1927:HR'; `stat` is in `TEAM_FIGURES`."""
    return f"team:{team}:{year}:{_known(stat, TEAM_FIGURES, 'figure of a team')}"


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
    return f"division:{year}:{league}:{_known(division_id, ('E', 'C', 'W'), 'division')}"


def pennant(year: int, league: str) -> str:
    return f"pennant:{year}:{league}"


def team_leader(team: str, year: int, stat: str) -> str:
    """The player who led a team: team_leader("NYA", 1927, "HR") -> 'teamleader:NYA:1927:HR'"""
    return f"teamleader:{team}:{year}:{_known(stat, CLUB_STATS, 'statistic with a team leader')}"


def leading_team(league: str, year: int, stat: str) -> str:
    """The team that led a league: leading_team("AL", 1927, "W") -> 'teamleader:AL:1927:W'"""
    return f"teamleader:{league}:{year}:{_known(stat, TEAM_FIGURES, 'figure of a team')}"


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


# ------------------------------------------------------------------------ comparisons, records


def compared_in_season(more: str, less: str, year: int, stat: str) -> str:
    """-> 'compare:ruthba01:gehrilo01:1927:HR'; the player who had more comes first."""
    return f"compare:{more}:{less}:{year}:{_known(stat, RECORD_STATS, 'statistic to compare')}"


def compared_in_career(more: str, less: str, stat: str) -> str:
    """-> 'compare:aaronha01:mayswi01:career:HR'; the player who had more comes first."""
    return f"compare:{more}:{less}:career:{_known(stat, RECORD_STATS, 'statistic to compare')}"


def compared_by_birth(older: str, younger: str) -> str:
    return f"compare:{older}:{younger}:born"


def teams_compared(more: str, less: str, year: int) -> str:
    """Which team won more games: teams_compared("NYA", "PHA", 1927) -> 'compare:NYA:PHA:1927:W'"""
    return f"compare:{more}:{less}:{year}:W"


def all_time_rank(stat: str, rank: int) -> str:
    """Who ranks there in career totals: all_time_rank("HR", 1) -> 'record:alltime:HR:1'"""
    return f"record:alltime:{_record(stat)}:{rank}"


def single_season_rank(stat: str, rank: int) -> str:
    """Who ranks there among seasons: single_season_rank("HR", 1) -> 'record:season:HR:1'"""
    return f"record:season:{_record(stat)}:{rank}"


def franchise_season_record(franchise: str, stat: str) -> str:
    """franchise_season_record("NYY", "HR") -> 'record:NYY:season:HR'"""
    return f"record:{franchise}:season:{_record(stat)}"


def franchise_career_record(franchise: str, stat: str) -> str:
    """franchise_career_record("NYY", "HR") -> 'record:NYY:career:HR'"""
    return f"record:{franchise}:career:{_record(stat)}"


def decade_leader(decade: int, stat: str) -> str:
    """decade_leader(1920, "HR") -> 'record:1920s:HR'"""
    return f"record:{decade}s:{_record(stat)}"


def _record(stat: str) -> str:
    return _known(stat, RECORD_STATS, "statistic with records")


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


# ------------------------------------------------------------------------------------ knowledge


def knowledge(topic: str, subject: str, short: str) -> str:
    """What an entry of baseball/knowledge says of its subject: its short answer.

    knowledge("rules", "balk", "one base") -> 'knowledge:rules:balk:one base'
    """
    return f"{KNOWLEDGE}:{topic}:{subject}:{short}"
