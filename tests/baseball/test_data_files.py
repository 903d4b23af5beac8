"""The TOML files in baseball/lahman/, and the errors if one is invalid."""

import pytest

from baseball.lahman import data_files
from baseball.toml_files import read_toml


@pytest.fixture
def broken_copy(tmp_path, monkeypatch):
    """Makes the code read data files from a folder, and copies one there with a replacement."""
    original_folder = data_files.FOLDER
    loaders = (data_files.names, data_files.places, data_files.corrections)

    def copy(name, old, new):
        text = (original_folder / name).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")

    monkeypatch.setattr(data_files, "FOLDER", tmp_path)
    for load in loaders:
        load.cache_clear()
    yield copy
    for load in loaders:
        load.cache_clear()


def test_names_places_and_corrections_are_read():
    assert data_files.names().generations["griffke02"] == "Ken Griffey Jr."
    assert "Red Sox" in data_files.names().two_word_nicknames
    assert data_files.places().us_states["DC"] == "the District of Columbia"
    assert (1910, "AL", "AVG") in data_files.corrections().disputed_titles
    assert ("CLE", 2020) in data_files.corrections().long_stand_ins


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("places.toml", "[countries]", "[lands]", "lands, not us_states"),
        ("places.toml", 'WY = "Wyoming"', "WY = 1", r"\[us_states\] WY must be text"),
        ("names.toml", '"Petco"', "3", r"\[parks\] PETCO must be text"),
        ("names.toml", "[[1914, 1926]]", "1914", "Wrigley Field must be spans of years"),
        ("names.toml", "[[1914, 1926]]", "[[1926, 1914]]", "Wrigley Field must be spans of years"),
        ("names.toml", '["UCLA"]', '"UCLA"', "Los Angeles must be a list of texts in quotes"),
        ("names.toml", "two_words = [", "three_words = [", r"\[nicknames\] must hold two_words"),
        ("names.toml", '"Red Sox",', "2,", "two_words must be a list of texts in quotes"),
        ("corrections.toml", '= "Silver Slugger"', "= 1", r"\[award_names\] SIlver Slugger must"),
        ("corrections.toml", "reason = ", "because = ", "must have year, league, statistic"),
        ("corrections.toml", 'league = "AL"', "", "must have year, league, statistic"),
        (
            *("corrections.toml", "year = 1902", 'year = "1902"'),
            r"year in \[\[disputed_titles\]\] must be a whole number, not '1902'",
        ),
        (
            *("corrections.toml", 'statistic = "ERA"', 'statistic = ["ERA"]'),
            r"statistic in \[\[disputed_titles\]\] must be text in quotes, not \['ERA'\]",
        ),
        (
            *("corrections.toml", "year = 2011", "year = [2011]"),
            r"year in \[\[interim_managers\]\] must be a whole number, not \[2011\]",
        ),
        (
            *("corrections.toml", 'player = "peavyja01"', "player = 1"),
            r"player in \[\[shared_awards\]\] must be text in quotes, not 1",
        ),
    ],
)
def test_an_invalid_data_file_is_named_with_its_problem(broken_copy, name, old, new, problem):
    broken_copy(name, old, new)
    load = getattr(data_files, name.removesuffix(".toml"))
    with pytest.raises(ValueError, match=problem) as error:
        load()
    assert name in str(error.value)


def test_a_file_that_is_not_toml_is_named_with_its_line(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text('[parks]\nPETCO = "Petco\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"names\.toml, line 2: invalid TOML"):
        read_toml(path)
