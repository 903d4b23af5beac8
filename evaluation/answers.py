"""Questions with their accepted answers, and whether what somebody answers is one of them.

A file of questions is .jsonl, a question a line:

    {"topic": "rules", "question": "How many strikes make an out?", "answer": "Three strikes make an out.", "accepted": ["three", "3"]}

An answer is right where an accepted form stands as whole words in its first sentence, both normalised:

    "It takes 3 strikes. Four balls are a walk."  ->  "It takes 3 strikes."  ->  "it takes 3 strikes"  has "3"

What this does not catch: an answer that lists candidates ("two, three or four"); one that names the right thing in a wrong role
("Sound is faster than light"); one that takes back later, or with a word between, what it says first ("not really three"); and "one"
meant as a pronoun, which reads as the number 1. So questions should not hold their own answer, and the answers should be read.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tools.files import parse_json


@dataclass(frozen=True)
class Question:
    """`answer` is the reference, a whole sentence; `accepted` are the forms that make an answer right; with only "yes" or "no" there, it must open with it."""

    topic: str
    question: str
    answer: str
    accepted: tuple[str, ...]


def read_questions(path) -> list[Question]:
    """The questions of a .jsonl file. Raises ValueError with the file and the line where one is broken or stands twice."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there are no questions in {path}: the file is missing")
    questions, lines_by_question = [], {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            question = _read_question(line)
            first = lines_by_question.setdefault(normalise(question.question), number)
            if first != number:
                raise ValueError(f"the same question stands on line {first}")
        except ValueError as problem:
            raise ValueError(f"{path}, line {number}: {problem}") from None
        questions.append(question)
    if not questions:
        raise ValueError(f"{path} holds no questions")
    return questions


def _read_question(line: bytes) -> Question:
    try:
        row = parse_json(line)
    except ValueError:
        raise ValueError("not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    for key in ("topic", "question", "answer", "accepted"):
        if key not in row:
            raise ValueError(f'"{key}" is missing')
    accepted = row["accepted"]
    if not isinstance(accepted, list) or not accepted:
        raise ValueError('"accepted" must be a list with at least one text in it')
    for name, text in [(f'"{key}"', row[key]) for key in ("topic", "question", "answer")] + [
        ('"accepted"', form) for form in accepted
    ]:
        if not isinstance(text, str):
            raise ValueError(f"{name} must be text, not {text!r}")
        if not text.strip():
            raise ValueError(f"{name} is empty")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(f"{name} holds half a character, which no text can") from None
        if name in ('"question"', '"accepted"') and not normalise(text):
            raise ValueError(f"{name} has no words in it but articles: {text!r}")
    return Question(row["topic"], row["question"], row["answer"], tuple(accepted))


DENIALS = {"not", "never", "isnt", "arent", "wasnt", "werent"}


def is_right(text: str, question: Question) -> bool:
    """Whether an accepted form stands in the text's first sentence, not directly denied ("not Paris"); a yes/no question's must open it.

    A first sentence that asks ("Is it Paris?") answers nothing; nor does "Yes and no".
    """
    sentence = first_sentence(text)
    words, forms = (
        normalise(sentence).split(),
        [normalise(form).split() for form in question.accepted],
    )
    if sentence.endswith("?"):
        return False
    if all(form in (["yes"], ["no"]) for form in forms):
        return words[:1] in forms and words[1:3] not in (
            ["and", "no"],
            ["or", "no"],
            ["and", "yes"],
            ["or", "yes"],
        )
    places = ((start, form) for form in forms for start in range(len(words) - len(form) + 1))
    return any(
        words[start : start + len(form)] == form
        and not DENIALS.intersection(words[max(start - 1, 0) : start])
        for start, form in places
    )


ABBREVIATIONS = set(
    "st mt ft dr mr mrs ms jr sr vs prof gen sen rep gov capt lt col sgt rev hon inc co corp bros approx est vol dept jan feb aug sept oct nov dec".split()
)


OPENERS = r"\s+(?:The|It|Its|He|She|They|We|You|This|That|These|There|In|On|At|But|And|His|Her|Their|When|After|However)\b"  # begin a sentence even after "Jr." and "U.S."


SENTENCE_END = re.compile(r"""(\S*?)([.!?]+)["')\]”’]*(?=\s|$)""")


def first_sentence(text: str) -> str:
    """The text up to its first sentence's end, or to the end of its first line.

    "Yes. He did." -> "Yes."        "St. Louis, in 1926. They beat J.D.'s .45s." -> "St. Louis, in 1926."
    """
    line = (text.strip().splitlines() or [""])[0].rstrip()
    for end in SENTENCE_END.finditer(line):
        word, mark, rest = end[1].lower().lstrip("(['\"“‘"), end[2], line[end.end() :]
        is_initials = re.fullmatch(r"[^\W\d_](\.[^\W\d_])*", word)
        is_list_number = end.start() == 0 and word.isdigit()
        is_number_sign = word == "no" and re.match(r"\s+[0-9]", rest)
        goes_on = (is_initials or word in ABBREVIATIONS or is_list_number) and not re.match(
            OPENERS, rest
        )
        if mark != "." or not (goes_on or is_number_sign):
            return line[: end.end()]
    return line


ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()


TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


SMALL = {word: value for value, word in enumerate(ONES)} | {
    word: 10 * tens for tens, word in enumerate(TENS, start=2)
}


LARGE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}


IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


CARDINALS = {
    IRREGULAR.get(word, re.sub("y$", "ie", word) + "th"): word for word in (SMALL | LARGE)
}  # "third" -> "three"


ARTICLES = {"a", "an", "the"}


PUNCTUATION = str.maketrans(dict.fromkeys("‘’ʻʼ′`´", "'") | dict.fromkeys("‐‑‒–—−", "-"))


WORD = re.compile(
    r"(?:(?<!\w)-(?=[0-9]))?[^\W_]+(?:(?<=[0-9])[.:/-](?=[0-9])[^\W_]+)*|[^\s-]"
)  # a word, a number (-4, 3.5, 1-0, 3/4, 7:05), or punctuation


def normalise(text: str) -> str:
    """Words and numbers as they compare: no case, accents, articles or punctuation; numbers as digits. Normalising twice changes nothing.

        "The St. Louis Browns' Señor, at twenty-one" -> "st louis browns senor at 21"        "4,256" -> "4256"
        "It's .406, or 50%, in the U.S." -> "it 0.406 or 50 percent in us"                   "the 1-0 game" -> "1-0 game"

    Ordinals become "1st", "2nd", …: "second" too, whatever it means, but not "seconds". Years read as two numbers ("nineteen
    forty-five") become one. Numbers of up to three digits with a hyphen between them are one word, a score; "1914-15" are two.
    """
    words = []
    for word in WORD.findall(_fold(text)):
        if word == "%":
            words.append("percent")
        elif word == "&":
            words.append("and")
        elif word not in ARTICLES:
            words.append(word)
    words = _numbers_to_digits(words)  # before the punctuation goes: "ten, eleven" are two numbers
    for place in range(len(words) - 1):
        if words[place] == "$" and _is_number(words[place + 1]):  # "$5" -> "5 dollars"
            words[place : place + 2] = (
                words[place + 1],
                "dollar" if words[place + 1] == "1" else "dollars",
            )
    return " ".join(word for word in words if word[-1].isalnum())


def _fold(text: str) -> str:
    """Lower case, no accents; points, commas and apostrophes gone where they stand inside a word or a number's thousands."""
    text = re.sub(
        r"(?<=[0-9])(?=[²³¹⁰-⁹¼-¾⅐-⅞])", " ", text.translate(PUNCTUATION)
    )  # "60½" is not 601/2
    text = (
        unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        .replace("\u2044", "/")
        .translate(PUNCTUATION)
    )
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", text)  # 4,256
    text = re.sub(r"(?<![\w.])\.(?=[0-9])", "0.", text)  # .406
    text = re.sub(
        r"\b([a-z])\.(?:(?=[a-z]\b)|\s(?=[a-z]\.))", r"\1", text
    )  # u.s. and j. d. martinez
    text = re.sub(r"(?<=[^\W_])'s\b|(?<=[^\W\d_])'(?=[^\W\d_])", "", text)  # gehrig's, don't
    return re.sub(
        r"([0-9]+)-(?=([0-9]+))",
        lambda match: match[0] if max(len(match[1]), len(match[2])) <= 3 else match[1] + " ",
        text,
    )


def _is_number(word: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", word) is not None


def _numbers_to_digits(words: list[str]) -> list[str]:
    """["one", "hundred", "and", "eight", "feet"] -> ["108", "feet"]; ["1.5", "million"] -> ["1500000"]."""
    result, place = [], 0
    while place < len(words):
        following = LARGE.get(words[place + 1]) if place + 1 < len(words) else None
        if (
            _is_number(words[place])
            and following
            and (value := Fraction(words[place]) * following).denominator == 1
        ):
            number, place = str(value), place + 2
        else:
            number, place = _read_number(words, place)
        result.append(number)
    return result


def _read_number(words: list[str], start: int) -> tuple[str, int]:
    """The number in words that begins at `start`, as digits, and where it ends; the word itself where none begins."""
    thousands, group, scale, place, is_ordinal = 0, None, 10**12, start, False
    while place < len(words) and not is_ordinal:
        word = CARDINALS.get(words[place], words[place])
        if word in SMALL and (group is None or _continues(group, SMALL[word], thousands)):
            is_year = group and group % 100 and SMALL[word] >= 10
            group = (group or 0) * (100 if is_year else 1) + SMALL[word]
        elif word == "hundred" and (group is None or 0 < group < 100):
            group = (group or 1) * 100
        elif 1000 <= LARGE.get(word, 0) < scale and group != 0:
            scale = LARGE[word]
            thousands, group = thousands + (group or 1) * scale, None
        elif not (
            word == "and"
            and place > start
            and words[place - 1] in LARGE
            and any(CARDINALS.get(after, after) in SMALL for after in words[place + 1 : place + 2])
        ):
            break
        is_ordinal = words[place] in CARDINALS
        place += 1
    if place == start:
        return words[start], start + 1
    value = thousands + (group or 0)
    return f"{value}{_ordinal_ending(value)}" if is_ordinal else str(value), place


def _continues(group: int, value: int, thousands: int) -> bool:
    """Whether a number read as far as `group` goes on with `value`: 20 with 1, 300 with 45, and, as a year, 19 with 45."""
    if group and group % 100 == 0:
        return value > 0
    if group % 100 >= 20 and group % 10 == 0:
        return 1 <= value <= 9 or (value >= 10 and group < 100 and not thousands)
    return 10 <= group < 100 and value >= 10 and not thousands


def _ordinal_ending(value: int) -> str:
    return (
        "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    )
