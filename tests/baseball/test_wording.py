"""English in words, and the loading of files of phrasings."""

import pytest

from baseball import wording

GOOD_QUESTIONS = """\
# comment
["season home runs"]
fields = ["name", "owner", "year"]
answer_fields = ["count"]
questions = [
    "How many home runs did {name} hit in {year}?",
    "What was {owner} total in {year}?",  # "a comment"
]
answer = "{name} hit {count} in {year}."

["all-star seasons"]
fields = ["name"]
questions = ["How often was {name} an All-Star?"]
"""
GOOD_LINES = """\
[average_line]
fields = ["avg"]
lines = [
    "<S> batted {avg} <t>.",
    "<T> <p> average was {avg}.",
]

[no_series]
fields = []
lines = ["There was no \\"World Series\\" <t>."]
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "phrasings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (wording.in_words(0), "zero"),
        (wording.in_words(19), "nineteen"),
        (wording.in_words(40), "forty"),
        (wording.in_words(61), "sixty-one"),
        (wording.small_number(9), "nine"),
        (wording.small_number(10), "10"),
        (wording.number_forms(60), ("60", "sixty")),
        (wording.number_forms(755), ("755",)),
        (wording.number_forms(4256), ("4,256", "4256")),
        (wording.place_in_words(3), "third"),
        (wording.place_in_words(14), "14th"),
        (wording.place_in_words(22), "22nd"),
        (wording.place_in_words(111), "111th"),
        (wording.plural(1, "home run"), "1 home run"),
        (wording.plural(1200, "hit"), "1,200 hits"),
        (wording.plural(2, "loss", "losses"), "2 losses"),
        (wording.counted(9, "season"), "nine seasons"),
        (wording.counted(1, "victory", "victories"), "one victory"),
        (wording.counted(12, "season"), "12 seasons"),
        (wording.batting_average(185, 456), ".406"),
        (wording.batting_average(1, 16), ".063"),
        (wording.batting_average(4, 4), "1.000"),
        (wording.earned_run_average(38, 914), "1.12"),
        (wording.earned_run_average(0, 27), "0.00"),
        (wording.innings(3), "1 inning"),
        (wording.innings(751), "250 1/3 innings"),
        (wording.innings(900), "300 innings"),
        (wording.gap_in_words(0.5), "half a game"),
        (wording.gap_in_words(1.0), "one game"),
        (wording.gap_in_words(2.5), "2 1/2 games"),
        (wording.gap_in_words(17.0), "17 games"),
        (wording.height_in_words(74), "6 feet 2 inches"),
        (wording.height_in_words(72), "6 feet"),
        (wording.height_in_words(73), "6 feet 1 inch"),
        (wording.in_dollars(22_000_000), ("$22 million", ("$22 million", "22 million"))),
        (wording.in_dollars(1_150_500)[1], ("$1,150,500", "1,150,500", "1150500")),
        (wording.possessive("Babe Ruth"), "Babe Ruth's"),
        (wording.possessive("the Yankees"), "the Yankees'"),
        (wording.join_names(["A"]), "A"),
        (wording.join_names(("A", "B")), "A and B"),
        (wording.join_names(["A", "B", "C"]), "A, B and C"),
        (wording.with_the("ML"), "the major leagues"),
        (wording.standing_group("AL", "E"), "the American League East"),
        (wording.standing_group("NL", None), "the National League"),
        (wording.at_park("Polo Grounds"), "the Polo Grounds"),
        (wording.at_park("The Ballpark in Arlington"), "the Ballpark in Arlington"),
        (wording.at_park("Fenway Park"), "Fenway Park"),
        (wording.with_article("University of Texas"), "the University of Texas"),
        (wording.with_article("Stanford University"), "Stanford University"),
        (wording.with_indefinite_article("outfielder"), "an outfielder"),
        (wording.with_indefinite_article("pitcher"), "a pitcher"),
        (wording.an_average("8.10"), "an 8.10"),
        (wording.an_average("1.80"), "a 1.80"),
        (wording.years_in_words([1955, 1957, 1958, 1959]), "1955 and 1957-59"),
        (wording.years_in_words([1955, 1956]), "1955 and 1956"),
        (wording.years_in_words([1998, 1999, 2000]), "1998-2000"),
        (wording.in_years([1955]), "in 1955"),
        (wording.in_years([1955, 1957]), "in 1955 and 1957"),
        (wording.in_years([1955, 1957, 1958, 1959]), "in 1955 and from 1957 through 1959"),
        (
            wording.in_years([1950, 1951, 1952, 1955, 1956, 1960]),
            "from 1950 through 1952, in 1955, 1956 and 1960",
        ),
    ],
)
def test_numbers_names_and_years_are_written_as_in_english(made, expected):
    assert made == expected


def test_a_date_is_as_full_as_it_is_known():
    known = {"year": 1895, "month": 2, "day": 6}
    assert wording.date_in_words(known) == "February 6, 1895"
    assert wording.date_in_words({**known, "day": None}) == "1895"
    assert wording.date_in_words({"year": None, "month": None, "day": None}) is None


def test_a_town_stands_with_its_state_or_its_country():
    usa, island = "the United States", "the Dominican Republic"
    baltimore = {"city": "Baltimore", "state": "Maryland", "country": usa}
    domingo = {"city": "Santo Domingo", "state": "Distrito Nacional", "country": island}
    washington = {"city": "District of Columbia", "state": "the District of Columbia"}
    assert wording.town_in_words(baltimore) == "Baltimore, Maryland"
    assert wording.town_in_words(domingo) == "Santo Domingo, Dominican Republic"
    assert wording.town_in_words({**washington, "country": usa}) == "District of Columbia"
    assert wording.town_in_words({**baltimore, "city": None}) is None


def test_questions_are_loaded_with_their_answer_and_fields(written):
    found = wording.load_questions(written(GOOD_QUESTIONS))
    assert list(found) == ["season home runs", "all-star seasons"]
    assert found["season home runs"] == wording.Wording(
        kind="season home runs",
        fields=("name", "owner", "year"),
        questions=(
            "How many home runs did {name} hit in {year}?",
            "What was {owner} total in {year}?",
        ),
        answer="{name} hit {count} in {year}.",
        answer_fields=("count",),
        extra={},
    )
    assert found["all-star seasons"].answer is None


def test_extra_keys_are_loaded_and_their_fields_are_the_answers(written):
    text = """\
[hr]
fields = ["name", "year"]
questions = ["How many did {name} hit?"]
minimum = 8
verb = "hit in {year}"
"""
    found = wording.load_questions(written(text), extra={"minimum": int, "verb": str})
    assert found["hr"].extra == {"minimum": 8, "verb": "hit in {year}"}


def test_lines_are_loaded_in_the_order_of_the_file(written):
    assert wording.load_lines(written(GOOD_LINES)) == {
        "average_line": ("<S> batted {avg} <t>.", "<T> <p> average was {avg}."),
        "no_series": ('There was no "World Series" <t>.',),
    }


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("answer =", "anwser =", 9, "unknown key 'anwser'; allowed are fields, questions"),
        ('fields = ["name", "owner", "year"]', "", 2, "lacks the key 'fields'"),
        ("{owner}", "{ownr}", 7, "unknown field {ownr} .*allowed are name, owner, year"),
        ("What was {owner}", "Of {count}, what was {owner}", 7, "unknown field {count}"),
        ("{owner} total", "{owner total", 7, "broken braces"),
        ("{owner} total", "{owner} {} total", 7, "broken braces"),
        ("{owner} total", "<S> {owner} total", 7, "unknown mark <S> .*allowed are none"),
        ("What was {owner} total in {year}?", " ", 7, "empty phrasing"),
        ("{count}", "{what}", 9, "unknown field {what}"),
        ("hit {count} in", "hit in", 4, "the field 'count' is missing"),
        ("What was {owner} total", "What was the total", 3, "the field 'owner' is missing"),
        ('"owner"', '"name"', 3, "the field 'name' is repeated"),
        ('"owner"', '"the owner"', 3, "'the owner' is no name of a field"),
        ('questions = ["How often was {name} an All-Star?"]', "questions = []", 13, "is empty"),
        ("# comment", "fields = 1", 1, "'fields' stands outside a"),
        ('answer = "{name}', 'answer = {name}"', 9, "invalid TOML"),
        ('fields = ["name"]', 'fields = "name"', 12, "'fields' must be a list"),
        ('fields = ["name"]', 'fields = ["name", 1]', 12, "must be a list of texts"),
    ],
)
def test_an_error_in_questions_names_file_and_line(written, old, new, line, problem):
    assert old in GOOD_QUESTIONS
    path = written(GOOD_QUESTIONS.replace(old, new))
    with pytest.raises(ValueError, match=problem) as error:
        wording.load_questions(path)
    assert str(error.value).startswith(f"{path}, line {line}: ")


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("<T> <p>", "<X> <p>", 5, "unknown mark <X> .*allowed are <S>, <s>"),
        ("<T> <p>", "<T <p>", 5, "unknown mark <"),
        ("<T> <p> average was {avg}.", "<S> batted {avg} <t>.", 5, "repeated phrasing"),
        ("{avg}", "an average", 2, "the field 'avg' is missing"),
        ('There was no \\"World', 'There was no {x} \\"World', 10, "allowed are none"),
        ("[no_series]", "[average_line]", 8, "invalid TOML"),
    ],
)
def test_an_error_in_lines_names_file_and_line(written, old, new, line, problem):
    assert old in GOOD_LINES
    path = written(GOOD_LINES.replace(old, new))
    with pytest.raises(ValueError, match=problem) as error:
        wording.load_lines(path)
    assert str(error.value).startswith(f"{path}, line {line}: ")


def test_a_file_holds_exactly_the_tables_that_the_code_uses(written):
    path = written(GOOD_LINES)
    with pytest.raises(ValueError, match=r"missing \[power_line\]"):
        wording.load_lines(path, names=("average_line", "no_series", "power_line"))
    with pytest.raises(ValueError, match=r"line 8: unknown \[no_series\]"):
        wording.load_lines(path, names=("average_line",))
    path = written(GOOD_QUESTIONS)
    with pytest.raises(ValueError, match=r"line 11: unknown \[all-star seasons\]"):
        wording.load_questions(path, kinds=("season home runs",))


def test_an_extra_key_that_is_missing_or_of_the_wrong_type_is_an_error(written):
    path = written(GOOD_QUESTIONS)
    with pytest.raises(ValueError, match="line 2: .*lacks the key 'minimum'"):
        wording.load_questions(path, extra={"minimum": int})
    path = written('[hr]\nfields = []\nquestions = ["How many?"]\nminimum = "8"\n')
    with pytest.raises(ValueError, match="line 4: 'minimum' must be a whole number"):
        wording.load_questions(path, extra={"minimum": int})


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path):
    path = tmp_path / "phrasings.toml"
    path.write_bytes(b"[a]\nfields = []\nlines = ['caf\xe9']\n")
    with pytest.raises(ValueError, match="line 3: not UTF-8"):
        wording.load_lines(path)
