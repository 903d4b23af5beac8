"""Loading files of phrasings: their content, and errors that name the file and the line."""

import pytest

from baseball import phrasings
from baseball.toml_files import read_toml

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
def write_file(tmp_path):
    """Writes a file of phrasings and returns its path."""

    def write(text):
        path = tmp_path / "phrasings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_questions_are_loaded_with_their_answer_and_fields(write_file):
    found = phrasings.load_questions(write_file(GOOD_QUESTIONS))
    assert list(found) == ["season home runs", "all-star seasons"]
    assert found["season home runs"] == phrasings.FactTemplate(
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


def test_extra_keys_are_loaded_and_their_text_may_use_fields(write_file):
    text = """\
[hr]
fields = ["name", "year"]
questions = ["How many did {name} hit?"]
minimum = 8
verb = "hit in {year}"
"""
    found = phrasings.load_questions(write_file(text), extra={"minimum": int, "verb": str})
    assert found["hr"].extra == {"minimum": 8, "verb": "hit in {year}"}


def test_lines_are_loaded_in_the_order_of_the_file(write_file):
    assert phrasings.load_lines(write_file(GOOD_LINES)) == {
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
        ('"owner"', '"the owner"', 3, "'the owner' is not a field name"),
        ('questions = ["How often was {name} an All-Star?"]', "questions = []", 13, "is empty"),
        ("# comment", "fields = 1", 1, "'fields' is outside a"),
        ('answer = "{name}', 'answer = {name}"', 9, "invalid TOML"),
        ('fields = ["name"]', 'fields = "name"', 12, "'fields' must be a list"),
        ('fields = ["name"]', 'fields = ["name", 1]', 12, "must be a list of texts"),
    ],
)
def test_an_error_in_questions_names_file_and_line(write_file, old, new, line, problem):
    assert old in GOOD_QUESTIONS
    path = write_file(GOOD_QUESTIONS.replace(old, new))
    with pytest.raises(ValueError, match=problem) as error:
        phrasings.load_questions(path)
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
def test_an_error_in_lines_names_file_and_line(write_file, old, new, line, problem):
    assert old in GOOD_LINES
    path = write_file(GOOD_LINES.replace(old, new))
    with pytest.raises(ValueError, match=problem) as error:
        phrasings.load_lines(path)
    assert str(error.value).startswith(f"{path}, line {line}: ")


def test_a_file_holds_exactly_the_tables_that_the_code_uses(write_file):
    path = write_file(GOOD_LINES)
    with pytest.raises(ValueError, match=r"missing \[power_line\]"):
        phrasings.load_lines(path, names=("average_line", "no_series", "power_line"))
    with pytest.raises(ValueError, match=r"line 8: unknown \[no_series\]"):
        phrasings.load_lines(path, names=("average_line",))
    path = write_file(GOOD_QUESTIONS)
    with pytest.raises(ValueError, match=r"line 11: unknown \[all-star seasons\]"):
        phrasings.load_questions(path, kinds=("season home runs",))


def test_an_extra_key_that_is_missing_or_of_the_wrong_type_is_an_error(write_file):
    path = write_file(GOOD_QUESTIONS)
    with pytest.raises(ValueError, match="line 2: .*lacks the key 'minimum'"):
        phrasings.load_questions(path, extra={"minimum": int})
    path = write_file('[hr]\nfields = []\nquestions = ["How many?"]\nminimum = "8"\n')
    with pytest.raises(ValueError, match="line 4: 'minimum' must be a whole number"):
        phrasings.load_questions(path, extra={"minimum": int})


def test_a_file_that_notepad_wrote_is_read_like_any_other(tmp_path):
    for name, start in [("plain", ""), ("marked", "\ufeff")]:
        (tmp_path / name).write_bytes((start + '[parks]\r\nname = "Polo Grounds"\r\n').encode())
        assert read_toml(tmp_path / name) == {"parks": {"name": "Polo Grounds"}}


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path):
    path = tmp_path / "phrasings.toml"
    path.write_bytes(b"[a]\nfields = []\nlines = ['caf\xe9']\n")
    with pytest.raises(ValueError, match="line 3: not UTF-8"):
        phrasings.load_lines(path)
