"""The baseball facts: their values are right, and no question is ambiguous."""

import re
from collections import Counter

import pytest

from baseball import statements
from baseball.facts.fact import Fact, load_section, make_fact
from baseball.lahman import load_tables
from baseball.phrasings import FactTemplate
from baseball.statements import AWARD_CODES
from evaluation.answers import Question, is_right
from tests.support.from_lahman import all_facts, by_question, table_facts, tables

# (question, an accepted answer): written from memory and checked against published records, not
# computed from the tables.
WELL_KNOWN = [
    # a season at bat
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
    # a season on the mound
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
    # a career
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
    # league leaders
    ("Who won the 1941 American League batting title?", "ted williams"),
    ("Who won the 1996 National League batting title?", "tony gwynn"),
    ("Who won the 1954 American League batting title?", "bobby avila"),
    ("Who led the National League in home runs in 1949?", "ralph kiner"),
    ("Who led the National League in ERA in 1966?", "sandy koufax"),
    ("Who led American League pitchers in strikeouts in 1946?", "bob feller"),
    ("Who led American League pitchers in wins in 1968?", "denny mclain"),
    # awards and the Hall of Fame
    ("Who won the National League MVP award in 1949?", "jackie robinson"),
    ("Who won the American League MVP award in 1967?", "carl yastrzemski"),
    ("Who won the National League Cy Young Award in 1981?", "fernando valenzuela"),
    ("Who was the National League Rookie of the Year in 1995?", "hideo nomo"),
    ("Who was the MVP of the 1988 World Series?", "orel hershiser"),
    ("In what year did Hank Aaron enter the Hall of Fame?", "1982"),
    ("In what year did Roberto Clemente enter the Hall of Fame?", "1973"),
    (
        "What share of the writers' vote did Ken Griffey Jr. receive "
        "when he was elected to the Hall of Fame?",
        "99.3",
    ),
    # postseason
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
    # awards that were shared, of which a table may have one winner only
    ("Who won the American League Gold Glove at pitcher in 2012?", "jeremy hellickson"),
    ("Who won the American League Gold Glove at pitcher in 2012?", "jake peavy"),
    ("Who won the National League Gold Glove at first base in 2018?", "anthony rizzo"),
    ("Who won the National League MVP award in 1979?", "keith hernandez"),
    ("Who won the American League Cy Young Award in 1969?", "denny mclain"),
    # team seasons
    ("How many games did the 2001 Seattle Mariners win?", "116"),
    ("What was the won-lost record of the 1962 New York Mets?", "40-120"),
    ("What was the won-lost record of the 1906 Chicago Cubs?", "116-36"),
    ("Who managed the 1927 New York Yankees?", "miller huggins"),
    ("Where did the 1955 Brooklyn Dodgers play their home games?", "ebbets field"),
    ("Who led the 1927 New York Yankees in home runs?", "babe ruth"),
    # people
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
    # clubs and All-Star Games
    ("Which team did Reggie Jackson play for in 1973?", "oakland athletics"),
    ("In how many different seasons was Hank Aaron an All-Star?", "21"),
    # records
    ("Who has the most career home runs for the Atlanta Braves franchise?", "hank aaron"),
    (
        "Which player holds the New York Yankees franchise record since 1901 "
        "for home runs in a season?",
        "aaron judge",
    ),
    ("Who had the most home runs in the 1920s?", "babe ruth"),
    ("Who ranks first on the all-time list for career home runs?", "barry bonds"),
    # managers, franchises and salaries
    ("How many games did Connie Mack win as a major league manager?", "3731"),
    ("How many pennants did Casey Stengel win as a manager?", "10"),
    ("How many pennants did Harry Wright win as a manager?", "2"),  # besides four of the NA
    ("In what year did Casey Stengel first manage a major league team?", "1934"),
    ("How many World Series has the New York Yankees franchise won through {last}?", "27"),
    ("When did the Chicago Cubs franchise last win the World Series, as of {last}?", "2016"),
    ("What was the Baltimore Orioles franchise called in 1944?", "st. louis browns"),
    ("Who had the highest salary in the major leagues in 2001?", "alex rodriguez"),
]

LEFTOVERS = r"[{}]|  |None|\bnan\b"  # unfilled fields, missing values
REPEATED_WORD = r"\b(\w+) \1 \1\b"
SINGULAR_WITH_PLURAL = r"\b1 (games|runs|hits|bases|batters|home runs)\b"


def is_answered(fact: Fact, form: str) -> bool:
    """Whether the fact's answer would be right if this form alone were accepted."""
    question = Question(fact.kind, fact.questions[0], fact.answer, (form,))
    return is_right(fact.answer, question)


@pytest.mark.parametrize(("question", "answer"), WELL_KNOWN)
def test_well_known_facts_have_their_published_values(question, answer):
    fact = by_question()[question.format(last=tables().last_season)]
    assert answer in fact.accepted
    assert is_answered(fact, answer)


# ---------------------------------------------------------------------------- the tables' facts


def test_no_count_of_pennants_is_told_of_a_manager_who_shared_one():
    """Charlie Grimm took over the Cubs of 1932 from Rogers Hornsby in August."""
    states = {state for fact in table_facts() for state in fact.states}
    for manager in ("grimmch01", "hornsro01"):
        assert statements.manager_wins(manager) in states
        assert statements.manager_pennants(manager) not in states
    assert statements.team_manager("CHN", 1935) in states


def test_there_are_many_facts_of_many_kinds_and_none_outweighs_the_others():
    kinds = Counter(fact.kind for fact in table_facts())
    assert len(table_facts()) >= 40_000
    assert len(kinds) >= 100
    assert max(kinds.values()) < 0.05 * len(table_facts())
    assert sum(len(fact.questions) for fact in table_facts()) >= 200_000


def test_no_question_is_asked_twice():
    assert len(by_question()) == sum(len(fact.questions) for fact in all_facts())


def test_questions_are_whole_sentences_that_ask_or_request():
    for fact in table_facts()[::5]:
        for question in fact.questions:
            assert question[-1] in "?."
            assert question[0].isupper()
            assert not re.search(f"{LEFTOVERS}|{REPEATED_WORD}", question), question


def test_facts_of_a_kind_have_equally_many_phrasings_and_at_least_six():
    lengths = {}
    for fact in table_facts():
        length = len(fact.questions)
        assert length >= 6
        assert lengths.setdefault(fact.kind, length) == length


def test_every_accepted_form_makes_the_answer_right():
    for fact in table_facts()[::15]:
        assert fact.accepted
        assert len(fact.accepted) == len(set(fact.accepted))
        for form in fact.accepted:
            assert form == form.lower()
            is_in_answer = is_answered(fact, form)
            stands_for_average = f".{form}" in fact.accepted  # 406 is accepted for .406
            # "outfield", "UCLA", "both sides"
            is_other_name = fact.kind in ("position", "college", "batting side")
            assert is_in_answer or stands_for_average or is_other_name, (fact.answer, form)
        assert is_answered(fact, fact.accepted[0])


def test_a_ballpark_is_called_by_its_name_of_that_year():
    """Names by year from the clubs' histories; the name in the tables is often another year's."""
    home = "Where did the {year} {club} play their home games?"
    for year, club, park in [
        (1926, "Chicago Cubs", None),  # Cubs Park
        (1938, "Chicago Cubs", "wrigley field"),
        (1933, "Cincinnati Reds", None),  # Redland Field
        (1940, "Cincinnati Reds", "crosley field"),
        (1966, "Atlanta Braves", None),  # Atlanta Stadium
        (1996, "Atlanta Braves", "atlanta-fulton county stadium"),
        (1998, "Texas Rangers", "the ballpark in arlington"),
        (2022, "Oakland Athletics", None),  # RingCentral Coliseum
    ]:
        fact = by_question().get(home.format(year=year, club=club))
        assert (fact and fact.accepted[0]) == park, (year, club)
        row = next(r for r in tables().teams.values() if (r["yearID"], r["name"]) == (year, club))
        assert row["park"] and bool(row["parks"]) == bool(park)


@pytest.mark.parametrize(
    ("kind", "answer", "accepted", "refused"),
    [
        ("college", "the University of California - Los Angeles", "UCLA", "Long Beach State"),
        ("college", "the University of Mississippi", "Ole Miss", "Mississippi State"),
        ("position", "a first baseman", "first base", "third base"),
        ("position", "an outfielder", "the outfield", "the infield"),
        ("batting side", "a switch hitter", "both sides", "left-handed"),
    ],
)
def test_what_people_call_an_answer_is_right_too(kind, answer, accepted, refused):
    fact = next(f for f in all_facts() if f.kind == kind and answer in f.answer)
    question = Question(kind, fact.questions[0], fact.answer, fact.accepted)
    assert is_right(f"It was {accepted}.", question)
    assert not is_right(f"It was {refused}.", question)


def test_no_other_college_is_called_by_the_short_name_of_a_college():
    colleges = {fact.accepted[0]: fact for fact in all_facts() if fact.kind == "college"}
    for college, fact in colleges.items():
        short_names = Question("college", "?", fact.answer, fact.accepted[1:])
        for other in colleges:
            assert other == college or not is_right(other, short_names), (college, other)


def test_answers_are_whole_sentences_without_leftovers():
    for fact in table_facts()[::2]:
        assert fact.answer.endswith(".")
        assert fact.answer[0].isupper()
        assert not re.search(f"{LEFTOVERS}|{SINGULAR_WITH_PLURAL}", fact.answer), fact.answer


def test_every_fact_says_what_it_states():
    for fact in table_facts()[::3]:
        assert fact.states
        assert len(set(fact.states)) == len(fact.states)
        for state in fact.states:
            assert re.fullmatch(r"[\w-]+(:[^:]+)+", state), fact.states


def test_the_first_facts_hold_every_kind():
    kinds = {fact.kind for fact in table_facts()}
    assert {fact.kind for fact in table_facts()[: 2 * len(kinds)]} == kinds


# ------------------------------------------------------------------------------- single facts


def test_a_leader_and_his_leading_season_share_a_statement():
    statement = "batting:ruthba01:1927:HR"
    season = by_question()["How many home runs did Babe Ruth hit in 1927?"]
    leader = by_question()["Who led the American League in home runs in 1927?"]
    club_leader = by_question()["Who led the 1927 New York Yankees in home runs?"]
    career = by_question()["How many home runs did Babe Ruth hit in his career?"]
    assert season.states == (statement,)
    assert statement in leader.states
    assert statement in club_leader.states
    assert statement not in career.states


@pytest.mark.parametrize(
    ("question", "accepted"),
    [
        ("How many home runs did Babe Ruth hit in 1927?", ("60", "sixty")),
        ("How many hits did Pete Rose have in his career?", ("4,256", "4256")),
    ],
)
def test_numbers_are_accepted_in_digits_and_in_words(question, accepted):
    assert by_question()[question].accepted == accepted


def test_an_answer_names_both_players_of_a_tie_and_either_is_accepted():
    fact = by_question()["Who led the National League in home runs in 1947?"]
    assert fact.answer == (
        "Ralph Kiner and Johnny Mize led the National League in home runs in 1947 with 51 each."
    )
    assert {"ralph kiner", "johnny mize"} <= set(fact.accepted)


def test_a_tie_of_more_than_two_is_not_asked_about():
    assert len(tables().leaders[1981, "AL", "HR"].players) == 4
    assert "Who led the American League in home runs in 1981?" not in by_question()


def test_co_winners_of_an_award_are_both_named():
    fact = by_question()["Who won the National League MVP award in 1979?"]
    assert fact.answer == (
        "Keith Hernandez and Willie Stargell shared "
        "the National League Most Valuable Player award of 1979."
    )


@pytest.mark.parametrize(
    ("question", "winners"),
    [
        (
            "Who won the National League MVP award in 1979?",
            {"keith hernandez", "willie stargell"},
        ),
        (
            "Who won the American League Cy Young Award in 1969?",
            {"denny mclain", "mike cuellar"},
        ),
        (
            "Who was the MVP of the 1981 World Series?",
            {"ron cey", "pedro guerrero", "steve yeager"},
        ),
    ],
)
def test_each_co_winner_of_an_award_is_accepted(question, winners):
    assert winners <= set(by_question()[question].accepted)


def test_no_award_in_the_tables_is_a_known_one_in_another_spelling():
    def plain(award):
        return award.lower().replace("award", "").split()

    known = [plain(award) for award in AWARD_CODES]
    names = [*tables().awards["awardID"].unique(), *tables().manager_awards["awardID"].unique()]
    others = [name for name in names if name not in AWARD_CODES]
    assert others and [name for name in others if plain(name) in known] == []


def test_no_question_that_names_a_players_club_asks_for_that_club():
    labelled = {player.id: player for player in tables().players.values() if player.label_states}
    found = 0
    for fact in table_facts():
        player = labelled.get(fact.fields.get("person"))
        if player and fact.kind in ("main team", "debut team", "final team"):
            found += 1
            club = player.label.rpartition(" of the ")[2]
            assert club not in fact.answer.removeprefix(player.label), fact.questions[0]
    assert found > 10


def test_a_fact_states_what_its_question_implies():
    by_kind = {}
    for fact in table_facts():
        by_kind.setdefault(fact.kind, []).append(fact)
    for fact in by_kind["other team"]:
        assert statements.franchise_count(fact.fields["person"]) in fact.states
    ozzie = by_question()["Who won the National League Gold Glove at shortstop in 1985?"]
    assert statements.position("smithoz01") in ozzie.states
    outfielder = by_question()["Who won the American League Gold Glove at first base in 2004?"]
    assert "Erstad" in outfielder.answer
    assert statements.position("erstada01") not in outfielder.states
    # The Yankees of 1998 had the best record of their league, so they finished first in their
    # division. The Giants won the pennant of 2014 on the way to their latest title.
    most_wins = by_question()["Which American League team won the most games in 1998?"]
    assert "team:NYA:1998:finish" in most_wins.states
    giants = [fact for fact in by_kind["latest world series title"] if "Giants" in fact.answer]
    assert [statements.pennant(2014, "NL") in fact.states for fact in giants] == [True]


def test_a_height_is_accepted_without_the_unit_unless_it_is_whole_feet():
    accepted = {
        fact.fields["tall"]: set(fact.accepted) for fact in table_facts() if fact.kind == "height"
    }
    assert accepted["6 feet 2 inches"] == {"6 feet 2 inches", "6 feet 2"}
    assert accepted["6 feet 1 inch"] == {"6 feet 1 inch", "6 feet 1"}
    assert accepted["6 feet"] == {"6 feet tall"}


def test_washington_is_not_asked_for_as_a_state():
    states = {fact.fields["state"] for fact in table_facts() if fact.kind == "birth state"}
    assert len(states) > 40 and not any("Columbia" in state for state in states)


def test_a_traded_players_season_is_summed_over_his_clubs():
    fact = by_question()["How many home runs did Mark McGwire hit in 1997?"]
    assert fact.answer == (
        "Mark McGwire hit 58 home runs in 1997, "
        "with the Oakland Athletics and the St. Louis Cardinals combined."
    )
    assert "playedfor:mcgwima01:1997" in fact.states
    record = by_question()["What was Rick Sutcliffe's won-lost record in 1984?"]
    assert record.accepted == ("20-6",)


def test_the_answer_about_a_traded_player_is_his_last_club_of_the_season():
    question = "With which club did Mark McGwire end the 1997 season, having begun it elsewhere?"
    assert by_question()[question].accepted[0] == "cardinals"


@pytest.mark.parametrize(
    ("disputed", "undisputed"),
    [
        (
            "Who won the 1910 American League batting title?",
            "Who won the 1911 American League batting title?",
        ),
        (
            "Who won the 2012 National League batting title?",
            "Who won the 2013 National League batting title?",
        ),
        (
            "Who led the American League in ERA in 1981?",
            "Who led the American League in ERA in 1982?",
        ),
    ],
)
def test_disputed_titles_are_left_out(disputed, undisputed):
    assert disputed not in by_question()
    assert undisputed in by_question()


@pytest.mark.parametrize(
    ("question", "accepted"),
    [
        ("How many home runs did Frank Thomas of the White Sox hit in his career?", "521"),
        ("How many home runs did Ken Griffey Jr. hit in his career?", "630"),
        ("How many home runs did Frank Thomas hit in 1993?", "41"),
    ],
)
def test_namesakes_are_told_apart_by_club_generation_or_year(question, accepted):
    assert accepted in by_question()[question].accepted


def test_a_name_that_two_players_share_is_not_asked_about():
    assert "How many home runs did Frank Thomas hit in his career?" not in by_question()


def test_a_statistic_that_was_not_counted_is_not_asked_about():
    seasons = tables().batting
    early = seasons[seasons["yearID"].between(1876, 1885)]
    assert early["SB"].isna().all()
    assert "How many bases did King Kelly steal in 1884?" not in by_question()


def test_careers_that_began_in_the_national_association_are_not_asked_about():
    assert "How many hits did Cap Anson have in his career?" not in by_question()


@pytest.mark.parametrize(
    ("year", "champions"),
    [
        (1955, "The Brooklyn Dodgers"),
        (1957, "The Milwaukee Braves"),
        (2002, "The Anaheim Angels"),
    ],
)
def test_clubs_have_the_names_that_they_used_that_year(year, champions):
    fact = by_question()[f"Who won the World Series in {year}?"]
    assert fact.answer == f"{champions} won the World Series in {year}."


# ----------------------------------------------------------- invalid files, missing database


def write_questions(folder, statistic: str) -> None:
    """Write homers.toml, with one kind of fact about the statistic."""
    lines = [
        '["season homers"]',
        f'statistic = "{statistic}"',
        'fields = ["name"]',
        'questions = ["How many homers did {name} hit?"]',
    ]
    (folder / "homers.toml").write_text("\n".join(lines))


def test_a_statistic_outside_the_allowed_ones_is_reported_with_file_and_kind(tmp_path, monkeypatch):
    monkeypatch.setattr("baseball.facts.fact.QUESTIONS", tmp_path)
    choices = {"statistic": ("HR", "H")}
    write_questions(tmp_path, "HR")
    assert load_section("homers", choices=choices)["season homers"].extra == {"statistic": "HR"}
    write_questions(tmp_path, "homers")
    expected = r"homers\.toml, \[season homers\]: unknown statistic 'homers'; allowed are HR, H"
    with pytest.raises(ValueError, match=expected):
        load_section("homers", choices=choices)


def test_a_kind_without_an_answer_is_reported():
    template = FactTemplate("season homers", (), ("How many?",), None, (), {})
    with pytest.raises(ValueError, match=r"\[season homers\] has no answer"):
        make_fact(template, {}, ("60",), ())


def test_a_missing_database_is_reported_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install -r requirements.txt"):
        load_tables()
