"""Numbers, figures, names, dates and years in English."""

import pytest

from baseball import wording


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
def test_numbers_names_and_years_are_written_in_english(made, expected):
    assert made == expected


def test_a_date_has_as_much_detail_as_is_known():
    known = {"year": 1895, "month": 2, "day": 6}
    assert wording.date_in_words(known) == "February 6, 1895"
    assert wording.date_in_words({**known, "day": None}) == "1895"
    assert wording.date_in_words({"year": None, "month": None, "day": None}) is None


def test_a_town_is_followed_by_its_state_or_its_country():
    usa, island = "the United States", "the Dominican Republic"
    baltimore = {"city": "Baltimore", "state": "Maryland", "country": usa}
    domingo = {"city": "Santo Domingo", "state": "Distrito Nacional", "country": island}
    washington = {"city": "District of Columbia", "state": "the District of Columbia"}
    assert wording.town_in_words(baltimore) == "Baltimore, Maryland"
    assert wording.town_in_words(domingo) == "Santo Domingo, Dominican Republic"
    assert wording.town_in_words({**washington, "country": usa}) == "District of Columbia"
    assert wording.town_in_words({**baltimore, "city": None}) is None
