"""Ids of what is stated of a player: figures, who he was, his career, his awards."""

from baseball.statements.vocabulary import (
    AWARD,
    AWARD_CODES,
    AWARD_POSITIONS,
    BATTING_STATS,
    CLUB,
    LED_AS_PITCHER,
    LED_STATS,
    PITCHING_STATS,
    POSITIONAL_AWARDS,
    SPANS,
    Row,
    Season,
    checked,
)

# ----------------------------------------------------------------------------- players' figures


def batting(player: str, season: Season, stat: str) -> str:
    """A figure at bat: batting("ruthba01", 1927, "HR") -> 'batting:ruthba01:1927:HR'

    `season` is a year, "career", "high" (the best season's figure) or "high-year" (its year).
    """
    checked(stat, BATTING_STATS, "batting statistic")
    return f"batting:{player}:{_span(season)}:{stat}"


def pitching(player: str, season: Season, stat: str) -> str:
    """A figure as a pitcher: pitching("gibsobo01", 1968, "ERA") -> 'pitching:gibsobo01:1968:ERA'

    `season` is a year, "career", "high" (the best season's figure) or "high-year" (its year).
    """
    checked(stat, PITCHING_STATS, "pitching statistic")
    return f"pitching:{player}:{_span(season)}:{stat}"


def _span(season: Season) -> Season:
    if isinstance(season, str):
        checked(season, SPANS, "span of a figure")
    return season


def figure_of_leader(player: str, year: int, stat: str) -> str:
    """A leader's own figure, which is a pitching figure for "W", "ERA", "SO", "SV" and "SHO".

    figure_of_leader("koufasa01", 1965, "SO") -> 'pitching:koufasa01:1965:SO'
    """
    figure = pitching if stat in LED_AS_PITCHER else batting
    return figure(player, year, stat)


def league_leader(year: int, league: str, stat: str) -> str:
    """Who led: league_leader(1927, "AL", "HR") -> 'leader:1927:AL:HR'; "ML" is both leagues."""
    return f"leader:{year}:{league}:{checked(stat, LED_STATS, 'statistic with a leader')}"


def leading_figure(year: int, league: str, stat: str) -> str:
    """The figure that led: leading_figure(1927, "AL", "HR") -> 'leading:1927:AL:HR'"""
    return f"leading:{year}:{league}:{checked(stat, LED_STATS, 'statistic with a leader')}"


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
    checked(code, POSITIONAL_AWARDS, "award by position")
    checked(at, AWARD_POSITIONS, "position of an award")
    return f"{award(code, year, league)}:{at}"


def position_by_award(player: str, main_position: str | None, at: str) -> tuple[str, ...]:
    """A player's position, which an award at the position he mostly played gives away.

    position_by_award("smithoz01", "shortstop", "SS")     # ('position:smithoz01',)
    position_by_award("erstada01", "outfielder", "1B")    # ()
    """
    is_shown = main_position and AWARD_POSITIONS.get(at) == main_position
    return (position(player),) if is_shown else ()


def award_given(row: Row) -> str:
    """The id of an award from its row in Lahman's table, whose `notes` hold the position."""
    code = AWARD_CODES[checked(row["awardID"], AWARD_CODES, "award")]
    if code in POSITIONAL_AWARDS:
        return award_at_position(code, row["yearID"], row["lgID"], row["notes"])
    return award(code, row["yearID"], row["lgID"])


def award_count(player: str, code: str) -> str:
    """award_count("bondsba01", "MVP") -> 'awards:bondsba01:MVP'"""
    return f"awards:{player}:{_award_code(code)}"


def _award_code(code: str) -> str:
    return checked(code, AWARD_CODES.values(), "award code")
