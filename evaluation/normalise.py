"""Normalised text, in which different ways of writing the same answer are the same words.

    "The St. Louis Browns' Señor, at twenty-one"  ->  "st louis browns senor at 21"

`normalise` works in three steps: replace letters and signs with plain ones, split the text into
words, and turn number words into digits.
"""

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen"),
    *("sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SMALL = {word: value for value, word in enumerate(ONES)}
SMALL |= {word: 10 * tens for tens, word in enumerate(TENS, start=2)}
LARGE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
ORDINAL_ENDINGS = {1: "st", 2: "nd", 3: "rd"}

ARTICLES = {"a", "an", "the"}
SIGNS_IN_WORDS = {"%": "percent", "&": "and"}
PLAIN_PUNCTUATION = str.maketrans(dict.fromkeys("‘’ʻʼ′`´", "'") | dict.fromkeys("‐‑‒–—−", "-"))
SUPERSCRIPT_AFTER_DIGIT = re.compile(r"(?<=[0-9])(?=[²³¹⁰-⁹¼-¾⅐-⅞])")
NUMERAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
HYPHENATED_NUMBERS = re.compile(r"([0-9]+)-(?=([0-9]+))")

# A word; a number (-4, 3.5, 1-0, 3/4, 7:05); or a single punctuation mark.
WORD = re.compile(
    r"(?:(?<!\w)-(?=[0-9]))?"  # a minus sign
    r"[^\W_]+(?:(?<=[0-9])[.:/-](?=[0-9])[^\W_]+)*"
    r"|[^\s-]"
)

# Applied in this order, to text in lower case.
SIMPLIFICATIONS = (
    (re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))"), ""),  # "4,256" -> "4256"
    (re.compile(r"(?<![\w.])\.(?=[0-9])"), "0."),  # ".406" -> "0.406"
    (re.compile(r"\b([a-z])\.(?:(?=[a-z]\b)|\s(?=[a-z]\.))"), r"\1"),  # "u.s.", "j. d. martinez"
    (re.compile(r"(?<=[^\W_])'s\b|(?<=[^\W\d_])'(?=[^\W\d_])"), ""),  # "gehrig's", "don't"
)


def _ordinal_of(word: str) -> str:
    """The ordinal of a number word: "three" -> "third", "twenty" -> "twentieth"."""
    regular = re.sub("y$", "ie", word) + "th"
    return IRREGULAR_ORDINALS.get(word, regular)


CARDINAL_OF_ORDINAL = {_ordinal_of(word): word for word in SMALL | LARGE}  # "third" -> "three"
NUMBER_WORDS = frozenset(SMALL | LARGE | CARDINAL_OF_ORDINAL)


@lru_cache(maxsize=1 << 14)  # accepted forms are looked for in many answers
def normalise(text: str) -> str:
    """The words and numbers of a text, without case, accents, articles and punctuation.

        "The St. Louis Browns' Señor, at twenty-one" -> "st louis browns senor at 21"
        "It's .406, or 50%, in the U.S."             -> "it 0.406 or 50 percent in us"
        "4,256"                                      -> "4256"
        "the 1-0 game"                               -> "1-0 game"

    Number words become digits. Ordinals become "1st", "2nd", …; this includes "second" in every
    sense, but not "seconds". Years spelled as two numbers ("nineteen forty-five") become one
    number. Numbers of up to three digits joined by hyphens are a score and stay one word; "1914-15"
    becomes two words. Normalising a normalised text changes nothing.
    """
    words = []
    for word in WORD.findall(_fold(text)):
        if word not in ARTICLES:
            words.append(SIGNS_IN_WORDS.get(word, word))
    words = _numbers_to_digits(words)  # before punctuation is dropped: "ten, eleven" is two numbers
    words = _dollar_signs_to_words(words)
    return " ".join(word for word in words if word[-1].isalnum())


def _fold(text: str) -> str:
    """Lower case without accents, and numbers and initials without inner punctuation."""
    text = text.translate(PLAIN_PUNCTUATION)
    text = SUPERSCRIPT_AFTER_DIGIT.sub(" ", text)  # "60½" is 60 1/2, not 601/2
    text = text.lower() if text.isascii() else _without_accents(text)
    for pattern, replacement in SIMPLIFICATIONS:
        text = pattern.sub(replacement, text)
    return HYPHENATED_NUMBERS.sub(_split_unless_score, text)


def _without_accents(text: str) -> str:
    """Lower case in plain letters and punctuation: "Ｓeñor’s" -> "senor's"."""
    text = unicodedata.normalize("NFKD", text).casefold()
    text = unicodedata.normalize("NFKD", text)
    text = text.replace("\N{FRACTION SLASH}", "/").translate(PLAIN_PUNCTUATION)
    return "".join(character for character in text if not unicodedata.combining(character))


def _split_unless_score(match: re.Match) -> str:
    """Keep the hyphen of a score ("6-4-3"), and drop that of two years ("1914-15")."""
    longest = max(len(match[1]), len(match[2]))
    return match[0] if longest <= 3 else match[1] + " "


def _dollar_signs_to_words(words: list[str]) -> list[str]:
    """["$", "5"] -> ["5", "dollars"]."""
    words = list(words)
    for index in range(len(words) - 1):
        amount = words[index + 1]
        if words[index] == "$" and NUMERAL.fullmatch(amount):
            unit = "dollar" if amount == "1" else "dollars"
            words[index : index + 2] = amount, unit
    return words


def _numbers_to_digits(words: list[str]) -> list[str]:
    """["one", "hundred", "and", "eight", "feet"] -> ["108", "feet"]; ["5", "million"] too."""
    if NUMBER_WORDS.isdisjoint(words):  # most texts
        return words
    result = []
    index = 0
    while index < len(words):
        product = _multiply_numeral(words[index : index + 2])
        if product is not None:
            number, index = product, index + 2
        else:
            number, index = _read_number(words, index)
        result.append(number)
    return result


def _multiply_numeral(pair: list[str]) -> str | None:
    """["1.5", "million"] -> "1500000". None for other pairs, or if the product is not whole."""
    if len(pair) < 2 or pair[1] not in LARGE or not NUMERAL.fullmatch(pair[0]):
        return None
    product = Fraction(pair[0]) * LARGE[pair[1]]
    return str(product) if product.denominator == 1 else None


def _read_number(words: list[str], start: int) -> tuple[str, int]:
    """Read a number in words that begins at `start`: its digits, and the index after it.

    If no number begins there, returns the word itself and the index after it. An ordinal ends the
    number: ["twenty", "first", "one"] -> ("21st", 2).
    """
    number = NumberInWords()
    index = start
    is_ordinal = False
    while index < len(words) and not is_ordinal:
        cardinal = CARDINAL_OF_ORDINAL.get(words[index], words[index])
        if not number.add(cardinal) and not _is_and_in_number(words, start, index):
            break
        is_ordinal = words[index] in CARDINAL_OF_ORDINAL
        index += 1
    if index == start:
        return words[start], start + 1
    ending = _ordinal_ending(number.value) if is_ordinal else ""
    return f"{number.value}{ending}", index


def _is_and_in_number(words: list[str], start: int, index: int) -> bool:
    """Whether the word at `index` is the "and" of a number such as "one hundred and eight"."""
    is_inside = start < index < len(words) - 1
    if not is_inside or words[index] != "and":
        return False
    following = CARDINAL_OF_ORDINAL.get(words[index + 1], words[index + 1])
    return words[index - 1] in LARGE and following in SMALL


class NumberInWords:
    """The value of a number while its words are read one by one.

    At the end of "four thousand two hundred fifty-six", `finished` is 4,000 and the open `group`
    is 256.
    """

    def __init__(self) -> None:
        self.finished = 0  # the sum of the groups closed by "thousand", "million" or "billion"
        # The open group: 0 to 999, or a year such as 1945; None before its first word.
        self.group: int | None = None
        self.last_scale = 10**12  # the scale of the last closed group; the next must be smaller

    @property
    def value(self) -> int:
        """The value of the words so far."""
        return self.finished + (self.group or 0)

    def add(self, word: str) -> bool:
        """Take the next word, a cardinal; return False if it does not continue the number."""
        if word in SMALL:
            return self._add_small(SMALL[word])
        if word == "hundred":
            return self._add_hundred()
        if word in LARGE:
            return self._close_group(LARGE[word])
        return False

    def _add_small(self, value: int) -> bool:
        if self.group is None:
            self.group = value
            return True
        if not self._is_continued_by(self.group, value):
            return False
        is_year = self.group % 100 != 0 and value >= 10  # "nineteen forty-five"
        self.group = self.group * 100 + value if is_year else self.group + value
        return True

    def _is_continued_by(self, group: int, value: int) -> bool:
        """Whether the value fits after the group: 20 and 1, 300 and 45; 19 and 45 make a year."""
        if group > 0 and group % 100 == 0:
            return value > 0
        can_be_year = group < 100 and value >= 10 and not self.finished
        if group % 100 >= 20 and group % 10 == 0:
            return 1 <= value <= 9 or can_be_year
        return group >= 10 and can_be_year

    def _add_hundred(self) -> bool:
        if self.group is not None and not 0 < self.group < 100:
            return False
        self.group = (self.group or 1) * 100
        return True

    def _close_group(self, scale: int) -> bool:
        if scale >= self.last_scale or self.group == 0:
            return False
        self.finished += (self.group or 1) * scale
        self.group = None
        self.last_scale = scale
        return True


def _ordinal_ending(value: int) -> str:
    """1 -> "st", 12 -> "th", 22 -> "nd"."""
    if value % 100 in (11, 12, 13):
        return "th"
    return ORDINAL_ENDINGS.get(value % 10, "th")
