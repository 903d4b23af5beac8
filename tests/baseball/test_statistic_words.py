"""The words for statistics in records, career highs and comparisons; the names of clubs."""

import pytest

from baseball import statements
from baseball.facts import statistics
from baseball.franchise_names import name_spans

KEYS = {"things": str, "minimum": int}

GOOD = """\
[HR]
things = "home runs"
minimum = 10

[2B]
things = "doubles"
minimum = 20
"""

INVALID = [
    ("[HR]\nthings = home runs\n", "invalid TOML: .*line 2"),
    (GOOD.replace("[2B]", "[XBH]"), "line 5: unknown statistic 'XBH'; allowed are HR, RBI"),
    ("HR = 5\n", r"line 1: 'HR' must be a \[table\]"),
    (GOOD.replace("minimum = 20\n", ""), r"line 5: \[2B\] lacks the key 'minimum'"),
    (GOOD + "maximum = 3\n", r"line 5: \[2B\] has the unknown key 'maximum'"),
    (GOOD.replace("= 20", '= "20"'), r"line 5: \[2B\]: 'minimum' must be a whole number"),
    (GOOD.replace('"doubles"', "2"), r"line 5: \[2B\]: 'things' must be text in quotes"),
]


@pytest.fixture
def write_words(tmp_path, monkeypatch):
    """Writes a file of words, which is loaded as the section "test"."""
    monkeypatch.setattr(statistics, "WORDS", tmp_path)

    def write(text: str) -> None:
        (tmp_path / "test.toml").write_text(text, encoding="utf-8")

    return write


def test_words_are_loaded_by_statistic_in_the_order_of_the_file(write_words):
    write_words(GOOD)
    words = statistics.load_words("test", KEYS)
    assert list(words) == ["HR", "2B"]
    assert words["2B"] == {"things": "doubles", "minimum": 20}


@pytest.mark.parametrize(("text", "message"), INVALID)
def test_an_invalid_file_of_words_is_reported_with_its_line(write_words, text, message):
    write_words(text)
    with pytest.raises(ValueError, match=f"(?s)test.toml.*{message}"):
        statistics.load_words("test", KEYS)


def test_there_are_records_in_every_statistic_that_can_have_them():
    assert set(statistics.load_words("records", {"things": str})) == set(statements.RECORD_STATS)


def test_a_name_that_a_franchise_used_again_is_listed_twice():
    names = ["Red Stockings", "Beaneaters", "Beaneaters", "Doves", "Beaneaters"]
    teams = [{"name": name, "yearID": 1901 + index} for index, name in enumerate(names)]
    spans = [(row["name"], first, last) for row, first, last in name_spans(teams)]
    assert spans == [
        ("Red Stockings", 1901, 1901),
        ("Beaneaters", 1902, 1903),
        ("Doves", 1904, 1904),
        ("Beaneaters", 1905, 1905),
    ]
