"""The ids of statements: literal strings that facts, prose and prepared data share."""

import pytest

from baseball import statements

ROW_1927 = {
    "teamID": "NYA",
    "yearID": 1927,
    "lgID": "AL",
    "divID": None,
    "Rank": 1,
    "LgWin": "Y",
    "name": "New York Yankees",
}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (statements.batting("ruthba01", 1927, "HR"), "batting:ruthba01:1927:HR"),
        (statements.batting("ruthba01", "career", "AVG"), "batting:ruthba01:career:AVG"),
        (statements.batting("ruthba01", "high-year", "2B"), "batting:ruthba01:high-year:2B"),
        (statements.pitching("gibsobo01", 1968, "ERA"), "pitching:gibsobo01:1968:ERA"),
        (statements.pitching("gibsobo01", "high", "SO"), "pitching:gibsobo01:high:SO"),
        (statements.figure_of_leader("koufasa01", 1965, "SO"), "pitching:koufasa01:1965:SO"),
        (statements.figure_of_leader("ruthba01", 1927, "HR"), "batting:ruthba01:1927:HR"),
        (statements.league_leader(1927, "AL", "HR"), "leader:1927:AL:HR"),
        (statements.leading_figure(1927, "ML", "HR"), "leading:1927:ML:HR"),
        (statements.birth_city("aaronha01"), "born:aaronha01:city"),
        (statements.birth_state("aaronha01"), "born:aaronha01:state"),
        (statements.birth_country("aaronha01"), "born:aaronha01:country"),
        (statements.birth_year("aaronha01"), "born:aaronha01:year"),
        (statements.birth_date("aaronha01"), "born:aaronha01:date"),
        (statements.death_year("ruthba01"), "died:ruthba01:year"),
        (statements.full_name("ruthba01"), "name:ruthba01"),
        (statements.bats("ruthba01"), "bats:ruthba01"),
        (statements.throws("ruthba01"), "throws:ruthba01"),
        (statements.height("ruthba01"), "height:ruthba01"),
        (statements.position("ruthba01"), "position:ruthba01"),
        (statements.college("gehrilo01"), "college:gehrilo01"),
        (statements.debut_year("aaronha01"), "debut:aaronha01:year"),
        (statements.debut_team("aaronha01"), "debut:aaronha01:team"),
        (statements.final_year("aaronha01"), "final:aaronha01:year"),
        (statements.final_team("aaronha01"), "final:aaronha01:team"),
        (statements.club("ruthba01", "NYY"), "club:ruthba01:NYY"),
        (statements.clubs_of_season("ruthba01", 1927), "playedfor:ruthba01:1927"),
        (statements.main_club("ruthba01"), "mainclub:ruthba01"),
        (statements.franchise_count("ruthba01"), "franchises:ruthba01"),
        (statements.all_star_count("aaronha01"), "allstar:aaronha01:count"),
        (statements.first_all_star_year("aaronha01"), "allstar:aaronha01:first"),
        (statements.hall_year("ruthba01"), "hall:ruthba01:year"),
        (statements.hall_voters("ruthba01"), "hall:ruthba01:voters"),
        (statements.hall_share("ruthba01"), "hall:ruthba01:share"),
        (statements.salary("bondsba01", 1993), "salary:bondsba01:1993"),
        (statements.top_salary(1993), "topsalary:1993"),
        (statements.top_salary_of_team("SFN", 1993), "topsalary:1993:SFN"),
        (statements.manager_wins("mackco01"), "managing:mackco01:career:W"),
        (statements.manager_first_year("mackco01"), "managing:mackco01:first"),
        (statements.manager_pennants("mackco01"), "managing:mackco01:pennants"),
        (statements.award("MVP", 1979, "NL"), "award:MVP:1979:NL"),
        (statements.award("MANAGER", 1983, "AL"), "award:MANAGER:1983:AL"),
        (statements.award_at_position("GG", 1990, "NL", "SS"), "award:GG:1990:NL:SS"),
        (statements.award_count("bondsba01", "MVP"), "awards:bondsba01:MVP"),
        (statements.team_wins("NYA", 1927), "team:NYA:1927:W"),
        (statements.team_losses("NYA", 1927), "team:NYA:1927:L"),
        (statements.team_figure("NYA", 1927, "R"), "team:NYA:1927:R"),
        (statements.team_attendance("NYA", 1927), "team:NYA:1927:attendance"),
        (statements.team_finish("NYA", 1927), "team:NYA:1927:finish"),
        (statements.team_manager("NYA", 1927), "team:NYA:1927:manager"),
        (statements.team_park("NYA", 1927), "team:NYA:1927:park"),
        (statements.division(1969, "NL", "E"), "division:1969:NL:E"),
        (statements.pennant(1956, "AL"), "pennant:1956:AL"),
        (statements.team_leader("NYA", 1927, "RBI"), "teamleader:NYA:1927:RBI"),
        (statements.leading_team("AL", 1927, "W"), "teamleader:AL:1927:W"),
        (statements.world_series_winner(1956), "worldseries:1956:winner"),
        (statements.world_series_loser(1956), "worldseries:1956:loser"),
        (statements.world_series_games(1956), "worldseries:1956:games"),
        (statements.world_series_manager(1956), "worldseries:1956:manager"),
        (statements.world_series_home_runs("ruthba01", 1926), "worldseries:1926:ruthba01:HR"),
        (statements.world_series_wins("gibsobo01", 1967), "worldseries:1967:gibsobo01:W"),
        (statements.series_winner(1995, "ALDS1"), "series:1995:ALDS1:winner"),
        (statements.series_loser(1995, "ALDS1"), "series:1995:ALDS1:loser"),
        (
            statements.compared_in_season("ruthba01", "gehrilo01", 1927, "HR"),
            "compare:ruthba01:gehrilo01:1927:HR",
        ),
        (
            statements.compared_in_career("aaronha01", "mayswi01", "HR"),
            "compare:aaronha01:mayswi01:career:HR",
        ),
        (
            statements.compared_by_birth("mayswi01", "aaronha01"),
            "compare:mayswi01:aaronha01:born",
        ),
        (statements.teams_compared("NYA", "PHA", 1927), "compare:NYA:PHA:1927:W"),
        (statements.all_time_rank("HR", 1), "record:alltime:HR:1"),
        (statements.single_season_rank("HR", 2), "record:season:HR:2"),
        (statements.franchise_season_record("NYY", "HR"), "record:NYY:season:HR"),
        (statements.franchise_career_record("NYY", "HR"), "record:NYY:career:HR"),
        (statements.decade_leader(1920, "HR"), "record:1920s:HR"),
        (statements.name_in_season("ATL", 1953), "name:ATL:1953"),
        (
            statements.first_season_of_name("ATL", "Boston Braves"),
            "name:ATL:Boston Braves:first",
        ),
        (statements.last_season_of_name("ATL", "Boston Braves"), "name:ATL:Boston Braves:last"),
        (statements.successor("ATL", "Boston Braves"), "successor:ATL:Boston Braves"),
        (statements.title_count("NYY"), "titles:NYY"),
        (statements.latest_title("NYY"), "titles:NYY:latest"),
    ],
)
def test_each_constructor_writes_the_documented_id(made, expected):
    assert made == expected


def test_a_player_with_a_club_states_his_clubs_of_the_year_and_the_club():
    expected = ("playedfor:ruthba01:1927", "club:ruthba01:NYY")
    assert statements.played_for("ruthba01", 1927, "NYY") == expected


def test_a_birthplace_states_city_state_and_country():
    expected = ("born:ruthba01:city", "born:ruthba01:state", "born:ruthba01:country")
    assert statements.birthplace("ruthba01") == expected


def test_a_first_place_without_divisions_states_the_pennant():
    assert statements.finish(ROW_1927) == ("team:NYA:1927:finish", "pennant:1927:AL")


def test_a_first_place_in_a_division_states_the_division_only():
    row = {**ROW_1927, "yearID": 1998, "divID": "E"}
    assert statements.finish(row) == ("team:NYA:1998:finish", "division:1998:AL:E")


def test_a_second_place_states_the_finish_only():
    row = {**ROW_1927, "Rank": 2, "LgWin": "N", "divID": None}
    assert statements.finish(row) == ("team:NYA:1927:finish",)


def test_a_world_series_result_states_both_pennants_in_order_of_leagues():
    row = {"yearID": 1956, "round": "WS", "lgIDwinner": "NL", "lgIDloser": "AL"}
    assert statements.series_result(row) == (
        "worldseries:1956:winner",
        "worldseries:1956:loser",
        "pennant:1956:AL",
        "pennant:1956:NL",
    )
    assert statements.series_length(row) == ("worldseries:1956:games",)


def test_a_championship_series_result_states_its_pennant_and_no_length():
    row = {"yearID": 1995, "round": "ALCS", "lgIDwinner": "AL", "lgIDloser": "AL"}
    assert statements.series_result(row) == (
        "series:1995:ALCS:winner",
        "series:1995:ALCS:loser",
        "pennant:1995:AL",
    )
    assert statements.series_length(row) == ()


def test_a_division_series_result_states_no_pennant():
    row = {"yearID": 1995, "round": "NLDS2", "lgIDwinner": "NL", "lgIDloser": "NL"}
    expected = ("series:1995:NLDS2:winner", "series:1995:NLDS2:loser")
    assert statements.series_result(row) == expected


def test_only_awards_by_position_include_the_position():
    glove = {"awardID": "Gold Glove", "yearID": 1990, "lgID": "NL", "notes": "OF"}
    mvp = {"awardID": "Most Valuable Player", "yearID": 1979, "lgID": "NL", "notes": "Tie"}
    assert statements.award_given(glove) == "award:GG:1990:NL:OF"
    assert statements.award_given(mvp) == "award:MVP:1979:NL"


def test_only_a_former_name_states_a_name_and_a_successor():
    braves = {"name": "Boston Braves", "yearID": 1946}
    current = {"name": "Atlanta Braves", "yearID": 2024}
    expected = ("name:ATL:1946", "successor:ATL:Boston Braves")
    assert statements.old_name("ATL", braves, current) == expected
    assert statements.old_name("ATL", current, current) == ()


def test_the_family_is_the_word_before_the_first_colon():
    assert statements.family("club:ruthba01:NYY") == "club"
    assert statements.family("titles:NYY:latest") == "titles"


@pytest.mark.parametrize(
    ("constructor", "arguments", "wrong"),
    [
        (statements.batting, ("ruthba01", 1927, "ERA"), "ERA"),
        (statements.pitching, ("ruthba01", 1927, "RBI"), "RBI"),
        (statements.batting, ("ruthba01", "carreer", "HR"), "carreer"),
        (statements.league_leader, (1927, "AL", "homers"), "homers"),
        (statements.team_figure, ("NYA", 1927, "atendance"), "atendance"),
        (statements.team_leader, ("NYA", 1927, "L"), "L"),
        (statements.award, ("MPV", 1979, "NL"), "MPV"),
        (statements.award_at_position, ("MVP", 1979, "NL", "SS"), "MVP"),
        (statements.award_at_position, ("GG", 1979, "NL", "shortstop"), "shortstop"),
        (statements.decade_leader, (1920, "AVG"), "AVG"),
        (statements.division, (1969, "NL", "East"), "East"),
    ],
)
def test_a_misspelled_part_is_an_error_that_names_it(constructor, arguments, wrong):
    with pytest.raises(ValueError, match=f"'{wrong}'; allowed are"):
        constructor(*arguments)


@pytest.mark.parametrize(
    ("main_position", "at", "is_shown"),
    [
        ("shortstop", "SS", True),
        ("outfielder", "LF", True),
        ("outfielder", "1B", False),
        ("", "UT", False),
        (None, None, False),
    ],
)
def test_an_award_gives_a_position_away_if_it_is_where_the_player_mostly_played(
    main_position, at, is_shown
):
    shown = statements.position_by_award("smithoz01", main_position, at)
    assert shown == (("position:smithoz01",) if is_shown else ())
