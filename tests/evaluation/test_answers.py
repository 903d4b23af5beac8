"""What counts as the same question and as a right answer, on cases made by hand, and the question files that are shipped."""

import json
import random

import pytest

from evaluation.answers import Question, first_sentence, is_right, normalise, read_questions
from tests.support.scripts import ROOT

SHIPPED = {
    "questions/baseball.jsonl": 180,
    "questions/general.jsonl": 180,
    "sample/questions.jsonl": 220,
}


def judged(text, *accepted):
    return is_right(text, Question("topic", "A question?", "An answer.", accepted))


@pytest.mark.parametrize("file, number", SHIPPED.items())
def test_every_shipped_question_is_read_and_its_own_answer_is_right(file, number):
    questions = read_questions(ROOT / file)
    assert len(questions) == number
    assert [
        question.question for question in questions if not is_right(question.answer, question)
    ] == []


@pytest.mark.parametrize(
    "text, expected",
    [
        ("  The  Cat, a DOG\nand an owl! ", "cat dog and owl"),
        ("Señor Peña’s “Café”", "senor pena cafe"),
        (".406", "0.406"), ("0.406", "0.406"), ("3.5", "3.5"), ("1.000", "1.000"), ("1-0", "1-0"), ("9–0", "9-0"), ("6-4-3", "6-4-3"), ("-40°", "-40"),
        ("4,256", "4256"), ("1,234,567", "1234567"), ("2,4,6", "2 4 6"), ("2, 4, 6, 8", "2 4 6 8"), ("$5", "5 dollars"), ("five dollars", "5 dollars"),
        ("50%", "50 percent"), ("7:05", "7:05"), ("3/4", "3/4"), ("60½ feet", "60 1/2 feet"), ("60'6\"", "60 6"), ("60-feet-6-inches", "60 feet 6 inches"), ("1914-15", "1914 15"),
        ("don't", "dont"), ("O’s", "o"), ("Mazeroski's homer", "mazeroski homer"), ("the Yankees' park", "yankees park"), ("Hawai‘i", "hawaii"), ("Colt .45s", "colt 0.45s"),
        ("U.S.", "us"), ("U.S.S.R.", "ussr"), ("L.A", "la"), ("J.D. Martinez", "jd martinez"), ("J. D. Martinez", "jd martinez"), ("St. Louis", "st louis"), ("H₂O", "h2o"),
        ("sixty", "60"), ("twenty-one", "21"), ("four thousand two hundred fifty-six", "4256"), ("one hundred and eight", "108"), ("a hundred", "100"),
        ("two and three", "2 and 3"),
        ("two million, five", "2000000 5"), ("1.5 million", "1500000"), ("nineteen forty-five", "1945"), ("seventeen seventy-six", "1776"), ("nineteen hundred", "1900"),
        ("twenty twenty-four", "2024"), ("nine to zero", "9 to 0"), ("ten, eleven, twelve", "10 11 12"), ("one two three", "1 2 3"), ("a one-one tie", "1 1 tie"),
        ("third", "3rd"), ("twenty-first", "21st"), ("the twelfth", "12th"), ("one hundredth", "100th"), ("eleventh", "11th"), ("second base", "2nd base"),
        ("15 seconds", "15 seconds"),
        ("someone tends thousands", "someone tends thousands"), ("", ""), ("The!", ""),
    ],
)  # fmt: skip
def test_texts_compare_without_case_articles_punctuation_and_words_for_numbers(text, expected):
    assert normalise(text) == expected


def test_every_number_in_words_becomes_its_digits():
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    tens = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()

    def in_words(number):
        if number < 20:
            return ones[number]
        if number < 100:
            return tens[number // 10] + ("-" + ones[number % 10] if number % 10 else "")
        size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
        return f"{in_words(number // size)} {name}" + (
            f" {in_words(number % size)}" if number % size else ""
        )

    for number in [*range(2000), 4256, 20_020, 99_999, 100_001, 512_512, 999_999]:
        assert normalise(in_words(number)) == str(number)


def test_normalising_twice_changes_nothing():
    generator = random.Random(0)
    parts = [
        "one",
        "twenty",
        "hundred",
        "thousand",
        "third",
        "second",
        "and",
        "a",
        "the",
        "U.S.",
        "1,000",
        ".5",
        "0.5",
        "10",
        "½",
        "²",
        "'s",
        "İ",
        "ß",
        "℃",
        "é",
        "ﬁ",
        "ʻ",
        *" ,.;:'-$%&/_x59\n",
    ]
    for _ in range(5_000):
        text = "".join(
            generator.choice(parts) + generator.choice(["", " "])
            for _ in range(generator.randint(1, 8))
        )
        assert normalise(normalise(text)) == normalise(text), text


@pytest.mark.parametrize(
    "text, expected",
    [
        ("It was Ruth. He hit it.", "It was Ruth."), ("Yes! It is.", "Yes!"), ("No. It is not.", "No."), ("Is it? Yes.", "Is it?"), ("no end", "no end"), ("", ""),
        (" \n\n One.\nTwo.", "One."), ("Paris\nLondon", "Paris"),
        ("The St. Louis Browns. They left.", "The St. Louis Browns."), ("Cal Ripken Jr. played. He sat.", "Cal Ripken Jr. played."),
        ("It was Martin Luther King Jr. He spoke.", "It was Martin Luther King Jr."),
        ("J.D. Martinez did. Yes.", "J.D. Martinez did."), ("It was J. Smith. Who?", "It was J. Smith."), ("Mt. Everest. K2.", "Mt. Everest."),
        ("Ask Dr. King. Now.", "Ask Dr. King."),
        ("The U.S. team won. It did.", "The U.S. team won."), ("In the U.S. It is big.", "In the U.S."), ("Reds vs. Cubs. Reds won.", "Reds vs. Cubs."),
        ("He wore No. 3 then. Ruth.", "He wore No. 3 then."),
        ("He hit .406. Nobody has since.", "He hit .406."), ("The Colt .45s. Yes.", "The Colt .45s."), ("Of 3.5 runs. Or 4.", "Of 3.5 runs."),
        ('It is "went." I think.', 'It is "went."'), ("1. Paris. 2. Rome.", "1. Paris."),
    ],
)  # fmt: skip
def test_the_first_sentence_ends_where_a_reader_sees_its_end(text, expected):
    assert first_sentence(text) == expected


@pytest.mark.parametrize(
    "text, accepted",
    [
        ("A batter is out after THREE strikes.", ["3"]), ("3", ["three"]), ("It was St. Louis in 1926.", ["1926"]), ("He hit .406 that year.", ["0.406"]),
        ("Pete Rose, with 4,256 hits.", ["4256"]),
        ("Bill Mazeroski's home run.", ["mazeroski"]), ("The U.S.S.R. did.", ["ussr"]), ("Third base, of course.", ["3rd base"]), ("60%", ["60"]),
        ("About 60 percent.", ["60%"]), ("A 60-foot line.", ["sixty"]),
        ("It is Paris, not London.", ["paris"]), ("It is not London but Paris.", ["paris"]), ("Punctual people are not late.", ["not late"]),
        ("It is not Ruth; Ruth was first.", ["ruth"]),
        ("Yes.", ["yes"]), ("Yes, he did.", ["yes"]), ("no", ["no"]), ("No, yes is wrong.", ["no"]), ("Yes, no team has.", ["yes"]),
    ],
)  # fmt: skip
def test_an_accepted_answer_in_the_first_sentence_is_right(text, accepted):
    assert judged(text, *accepted)


@pytest.mark.parametrize(
    "text, accepted",
    [
        ("It was in 1960.", ["60"]), ("It is 160.", ["60"]), ("It is 60,000.", ["60"]), ("It is 60.5 feet.", ["60"]), ("In the 60s.", ["60"]), ("The 60th.", ["60"]),
        ("Sixty-one.", ["60"]), ("60 million.", ["60"]),
        ("It is 4.5.", ["5"]), ("It is -5.", ["5"]), ("They won 5-4.", ["5"]), ("It is 3/5.", ["5"]), ("At 7:05.", ["5"]), ("Twenty-five.", ["5"]),
        ("One hundred and five.", ["5"]),
        ("Nobody knows.", ["no"]), ("Nobody.", ["no"]), ("Well, no.", ["no"]), ("There is no way.", ["no"]), ("Yes and no.", ["yes"]), ("No or yes.", ["no"]),
        ("Yesterday.", ["yes"]), ("No.", ["yes"]),
        ("It was Gehrig. Ruth came second.", ["ruth"]), ("Gehrig\nRuth", ["ruth"]), ("The truth.", ["ruth"]), ("It is not Paris.", ["paris"]),
        ("It isn't Paris.", ["paris"]), ("Is it Paris?", ["paris"]),
        ("Red, then white socks.", ["white sox", "red sox"]), ("", ["paris"]), ("   ", ["paris"]), ("?!", ["paris"]), ("Barry Robinson", ["frank robinson"]),
    ],
)  # fmt: skip
def test_what_only_looks_like_an_accepted_answer_is_wrong(text, accepted):
    assert not judged(text, *accepted)


GOOD = {
    "topic": "rules",
    "question": "How many outs?",
    "answer": "Three outs.",
    "accepted": ["three", "3"],
}


@pytest.mark.parametrize(
    "line, expected",
    [
        ("{not json", "not JSON"), ("[1]", "not a JSON object"), (b"\xff\xfe\xfd", "not JSON"),
        *((json.dumps({key: value for key, value in GOOD.items() if key != missing}), f'"{missing}" is missing') for missing in GOOD),
        (json.dumps({**GOOD, "question": 3}), '"question" must be text'), (json.dumps({**GOOD, "question": " "}), '"question" is empty'),
        (json.dumps({**GOOD, "question": "The?"}), "no words"),
        (json.dumps({**GOOD, "answer": ""}), '"answer" is empty'), (json.dumps({**GOOD, "topic": None}), '"topic" must be text'),
        (json.dumps({**GOOD, "accepted": "three"}), '"accepted" must be a list'),
        (json.dumps({**GOOD, "accepted": []}), '"accepted" must be a list'), (json.dumps({**GOOD, "accepted": ["three", 3]}), '"accepted" must be text'),
        (json.dumps({**GOOD, "accepted": ["a"]}), "no words"),
        (json.dumps({**GOOD, "question": "how many OUTS"}), "the same question stands on line 1"),
    ],
)  # fmt: skip
def test_a_broken_line_is_named_with_its_file(tmp_path, line, expected):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(
        json.dumps(GOOD).encode()
        + b"\n\n"
        + (line if isinstance(line, bytes) else line.encode())
        + b"\n"
    )
    with pytest.raises(ValueError) as problem:
        read_questions(path)
    assert str(problem.value).startswith(f"{path}, line 3: ") and expected in str(problem.value)


def test_a_file_with_no_questions_and_a_missing_one_are_named(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n\n")
    for name in ("empty.jsonl", "missing.jsonl"):
        with pytest.raises(ValueError, match=name):
            read_questions(tmp_path / name)
