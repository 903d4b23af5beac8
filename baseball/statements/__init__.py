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

    vocabulary.py   the lists of statistics, awards and so on, and the check against them
    players.py      figures, leaders, who a player was, his career, awards
    teams.py        seasons of teams, the postseason, franchises
    comparisons.py  comparisons, records, knowledge

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

from baseball.statements.comparisons import (
    all_time_rank,
    compared_by_birth,
    compared_in_career,
    compared_in_season,
    decade_leader,
    franchise_career_record,
    franchise_season_record,
    knowledge,
    single_season_rank,
    teams_compared,
)
from baseball.statements.players import (
    all_star_count,
    award,
    award_at_position,
    award_count,
    award_given,
    bats,
    batting,
    birth_city,
    birth_country,
    birth_date,
    birth_state,
    birth_year,
    birthplace,
    club,
    clubs_of_season,
    college,
    death_year,
    debut_team,
    debut_year,
    figure_of_leader,
    final_team,
    final_year,
    first_all_star_year,
    franchise_count,
    full_name,
    hall_share,
    hall_voters,
    hall_year,
    height,
    leading_figure,
    league_leader,
    main_club,
    manager_first_year,
    manager_pennants,
    manager_wins,
    pitching,
    played_for,
    position,
    position_by_award,
    salary,
    throws,
    top_salary,
    top_salary_of_team,
)
from baseball.statements.teams import (
    division,
    finish,
    first_season_of_name,
    last_season_of_name,
    latest_title,
    leading_team,
    name_in_season,
    old_name,
    pennant,
    series_length,
    series_loser,
    series_result,
    series_winner,
    successor,
    team_attendance,
    team_figure,
    team_finish,
    team_leader,
    team_losses,
    team_manager,
    team_park,
    team_wins,
    title_count,
    world_series_games,
    world_series_home_runs,
    world_series_loser,
    world_series_manager,
    world_series_winner,
    world_series_wins,
)
from baseball.statements.vocabulary import (
    AWARD,
    AWARD_CODES,
    AWARD_POSITIONS,
    BATTING_STATS,
    CLUB,
    CLUB_STATS,
    KNOWLEDGE,
    LED_AS_PITCHER,
    LED_STATS,
    MANAGER_OF_THE_YEAR,
    PITCHING_STATS,
    POSITIONAL_AWARDS,
    RECORD_STATS,
    TEAM_FIGURES,
    Figure,
    Row,
    Season,
    family,
)

__all__ = [
    "AWARD",
    "AWARD_CODES",
    "AWARD_POSITIONS",
    "BATTING_STATS",
    "CLUB",
    "CLUB_STATS",
    "Figure",
    "KNOWLEDGE",
    "LED_AS_PITCHER",
    "LED_STATS",
    "MANAGER_OF_THE_YEAR",
    "PITCHING_STATS",
    "POSITIONAL_AWARDS",
    "RECORD_STATS",
    "Row",
    "Season",
    "TEAM_FIGURES",
    "all_star_count",
    "all_time_rank",
    "award",
    "award_at_position",
    "award_count",
    "award_given",
    "bats",
    "batting",
    "birth_city",
    "birth_country",
    "birth_date",
    "birth_state",
    "birth_year",
    "birthplace",
    "club",
    "clubs_of_season",
    "college",
    "compared_by_birth",
    "compared_in_career",
    "compared_in_season",
    "death_year",
    "debut_team",
    "debut_year",
    "decade_leader",
    "division",
    "family",
    "figure_of_leader",
    "final_team",
    "final_year",
    "finish",
    "first_all_star_year",
    "first_season_of_name",
    "franchise_career_record",
    "franchise_count",
    "franchise_season_record",
    "full_name",
    "hall_share",
    "hall_voters",
    "hall_year",
    "height",
    "knowledge",
    "last_season_of_name",
    "latest_title",
    "leading_figure",
    "leading_team",
    "league_leader",
    "main_club",
    "manager_first_year",
    "manager_pennants",
    "manager_wins",
    "name_in_season",
    "old_name",
    "pennant",
    "pitching",
    "played_for",
    "position",
    "position_by_award",
    "salary",
    "series_length",
    "series_loser",
    "series_result",
    "series_winner",
    "single_season_rank",
    "successor",
    "team_attendance",
    "team_figure",
    "team_finish",
    "team_leader",
    "team_losses",
    "team_manager",
    "team_park",
    "team_wins",
    "teams_compared",
    "throws",
    "title_count",
    "top_salary",
    "top_salary_of_team",
    "world_series_games",
    "world_series_home_runs",
    "world_series_loser",
    "world_series_manager",
    "world_series_winner",
    "world_series_wins",
]
