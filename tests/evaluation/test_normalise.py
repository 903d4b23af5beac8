"""Which texts count as equal, checked on hand-written cases and spelled-out numbers."""

import random

import pytest

from evaluation.normalise import normalise

CASES = {
    # case, articles, accents, white space
    "": "",
    "The!": "",
    "  The  Cat, a DOG\nand an owl! ": "cat dog and owl",
    "Señor Peña’s “Café”": "senor pena cafe",
    "H₂O": "h2o",
    # numerals
    ".406": "0.406",
    "0.406": "0.406",
    "3.5": "3.5",
    "1.000": "1.000",
    "-40°": "-40",
    "4,256": "4256",
    "1,234,567": "1234567",
    "2,4,6": "2 4 6",
    "2, 4, 6, 8": "2 4 6 8",
    "3/4": "3/4",
    "60½ feet": "60 1/2 feet",
    # scores, times, years, measures
    "1-0": "1-0",
    "9–0": "9-0",
    "6-4-3": "6-4-3",
    "1914-15": "1914 15",
    "7:05": "7:05",
    "60'6\"": "60 6",
    "60-feet-6-inches": "60 feet 6 inches",
    "50%": "50 percent",
    "$5": "5 dollars",
    "five dollars": "5 dollars",
    # apostrophes and points inside words
    "don't": "dont",
    "O’s": "o",
    "Mazeroski's homer": "mazeroski homer",
    "the Yankees' park": "yankees park",
    "Hawai‘i": "hawaii",
    "Colt .45s": "colt 0.45s",
    "U.S.": "us",
    "U.S.S.R.": "ussr",
    "L.A": "la",
    "J.D. Martinez": "jd martinez",
    "J. D. Martinez": "jd martinez",
    "St. Louis": "st louis",
    # numbers in words
    "sixty": "60",
    "twenty-one": "21",
    "four thousand two hundred fifty-six": "4256",
    "one hundred and eight": "108",
    "a hundred": "100",
    "two and three": "2 and 3",
    "two million, five": "2000000 5",
    "1.5 million": "1500000",
    "nine to zero": "9 to 0",
    "ten, eleven, twelve": "10 11 12",
    "one two three": "1 2 3",
    "a one-one tie": "1 1 tie",
    "someone tends thousands": "someone tends thousands",
    # years in words
    "nineteen forty-five": "1945",
    "seventeen seventy-six": "1776",
    "nineteen hundred": "1900",
    "twenty twenty-four": "2024",
    # ordinals
    "third": "3rd",
    "twenty-first": "21st",
    "the twelfth": "12th",
    "one hundredth": "100th",
    "eleventh": "11th",
    "second base": "2nd base",
    "15 seconds": "15 seconds",
}

ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"),
    *("sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@pytest.mark.parametrize("text, expected", CASES.items())
def test_case_articles_and_punctuation_are_dropped_and_number_words_become_digits(text, expected):
    assert normalise(text) == expected


def in_words(number):
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{TENS[tens]}-{ONES[ones]}" if ones else TENS[tens]
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    count, rest = divmod(number, size)
    words = f"{in_words(count)} {name}"
    return f"{words} {in_words(rest)}" if rest else words


def test_every_spelled_out_number_becomes_digits():
    for number in [*range(2000), 4256, 20_020, 99_999, 100_001, 512_512, 999_999]:
        assert normalise(in_words(number)) == str(number)


def test_normalising_twice_changes_nothing():
    generator = random.Random(0)
    parts = [
        *("one", "twenty", "hundred", "thousand", "third", "second", "and", "a", "the"),
        *("U.S.", "1,000", ".5", "0.5", "10", "½", "²", "'s", "İ", "ß", "℃", "é", "ﬁ", "ʻ"),
        *" ,.;:'-$%&/_x59\n",
    ]
    for _ in range(5_000):
        pieces = []
        for _ in range(generator.randint(1, 8)):
            pieces += generator.choice(parts), generator.choice(["", " "])
        text = "".join(pieces)
        assert normalise(normalise(text)) == normalise(text), text
