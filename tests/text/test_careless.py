"""Questions as people type them: what changes, and what must never change."""

import re
from random import Random

import pytest

from text.careless import (
    ORDER,
    WAYS,
    WORDED_WAYS,
    is_plain,
    keywords_of,
    read_wordings,
    retype,
    with_wrong_letter,
    without_marks,
)

WORDINGS = read_wordings()
QUESTION = "Who was the St. Louis club's manager in 1928, with a .406 average?"

WITHOUT_MARKS = {
    "Who hit 60 home runs in 1927?": "Who hit 60 home runs in 1927",
    "What's J.D.'s average, in '98?": "Whats JDs average in '98",
    "Did he hit .406, 3.5 or 1,000?": "Did he hit .406 3.5 or 1,000",
    "At 7:30, was it 5'11\"?": "At 7:30 was it 5'11\"",
    'Who wrote "Emma"?': "Who wrote Emma",
    "Who is “Babe” Ruth...?": "Who is Babe Ruth",
    "The U.S. won 9-0, right?!": "The US won 9-0 right",
    "Who runs example.com?": "Who runs example.com",
    "Who won in 1914–15?": "Who won in 1914–15",
    "no marks": "no marks",
}

KEYWORDS = {
    "Who hit 60 home runs in 1927?": "Who hit 60 home runs 1927?",
    "In which year was Babe Ruth born?": "year Babe Ruth born?",
    "How many home runs did he hit for the Yankees?": "How many home runs he hit Yankees?",
    "What is an ace?": "What is an ace?",  # one word would be left
    "And in 1928?": "And in 1928?",
}

NOT_PLAIN = [
    "",
    "1 + 1?",
    "def square(x):\n    return x * x",
    "What does {x} mean?",
    "Open https://example.com",
    "Кто это?",
    "他是谁？",
    "Who is 王贞治?",
    "Tell me. " * 50,
]

NAMES = ["Johnston", "Johnson", "Thompson", "Thomson", "Davies", "Davis", "Reese", "Rees"]


def changed_words(before, after):
    return [
        (old, new) for old, new in zip(before.split(), after.split(), strict=True) if old != new
    ]


def one_mistake(word):
    """Every word that one lost, doubled or swapped letter can make of a word."""
    results = set()
    for at in range(len(word)):
        results.add(word[:at] + word[at + 1 :])
        results.add(word[:at] + word[at] + word[at:])
        swapped = list(word)
        swapped[at : at + 2] = reversed(swapped[at : at + 2])
        results.add("".join(swapped))
    return results - {word}


@pytest.mark.parametrize("text, expected", WITHOUT_MARKS.items())
def test_marks_go_but_those_of_numbers_stay(text, expected):
    assert without_marks(text) == expected


@pytest.mark.parametrize("text, expected", KEYWORDS.items())
def test_keywords_are_the_words_that_say_what_is_asked(text, expected):
    assert keywords_of(text) == expected


def test_a_wrong_letter_is_one_letter_of_one_long_word():
    text = "Which pitcher of the Dodgers won twenty-seven games in the 1960s?"
    seen = set()
    for seed in range(500):
        changed = with_wrong_letter(text, Random(seed))
        [(old, new)] = changed_words(text, changed)
        assert new in one_mistake(old)
        assert new[0] == old[0]
        seen.add(old)
    assert seen == {"Which", "pitcher", "Dodgers", "games"}


def test_a_wrong_letter_makes_all_three_mistakes():
    words = {with_wrong_letter("player", Random(seed)) for seed in range(500)}
    assert {"plaer", "playyer", "palyer"} <= words
    assert words <= one_mistake("player")


def test_short_words_numbers_and_number_words_are_never_mistyped():
    text = "Did he hit 1234567 or seven in 1920s, or twelve in 2nd place9?"
    for seed in range(200):
        assert with_wrong_letter(text, Random(seed)) == text


def test_a_mistyped_name_is_never_another_known_name():
    known = {name.lower() for name in NAMES} | {"there", "three", "where", "were"}
    for seed in range(300):
        for word in [*NAMES, "there", "where"]:
            changed = with_wrong_letter(word, Random(seed), known)
            assert changed == word or changed.lower() not in known
    # Without the known words it would happen.
    assert "Johnson" in {with_wrong_letter("Johnston", Random(seed)) for seed in range(300)}


def test_numbers_survive_every_way_and_all_ways_together():
    numbers = re.findall(r"[0-9.,]*[0-9]", QUESTION)
    for seed in range(200):
        for ways in [*([way] for way in WAYS), WAYS]:
            changed = retype(QUESTION, ways, Random(seed), WORDINGS.training)
            assert re.findall(r"[0-9.,]*[0-9]", changed) == numbers


def test_each_way_changes_the_question_as_it_says():
    random = Random(0)
    assert retype(QUESTION, ["lower"], random, WORDINGS.training) == QUESTION.lower()
    assert retype(QUESTION, ["marks"], random, WORDINGS.training) == without_marks(QUESTION)
    assert retype(QUESTION, ["keywords"], random, WORDINGS.training) == keywords_of(QUESTION)
    for way in WORDED_WAYS:
        for wordings in (WORDINGS.training, WORDINGS.held_out):
            changed = retype(QUESTION, [way], random, wordings)
            assert changed in [one.replace("{question}", QUESTION) for one in wordings[way]]


def test_two_ways_apply_to_the_whole_text_and_the_wrong_letter_is_the_questions_own():
    for seed in range(100):
        changed = retype(QUESTION, ["lower", "please"], Random(seed), WORDINGS.training)
        assert changed == changed.lower() and QUESTION.lower() in changed
        changed = retype("Who is he?", ["greeting", "letter"], Random(seed), WORDINGS.training)
        assert "Who is he?" in changed  # there is no long word in it


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_code_several_lines_long_text_and_other_scripts_stay_as_they_are(text):
    assert not is_plain(text)
    for seed in range(20):
        assert retype(text, WAYS, Random(seed), WORDINGS.training) == text


def test_english_words_are_not_added_to_a_question_in_another_language():
    for text in ("Wer war Babe Ruth?", "Quién fue José Canseco?", "Was ist das?"):
        for way in WORDED_WAYS:
            assert retype(text, [way], Random(0), WORDINGS.training) == text
        assert retype(text, ["keywords"], Random(0), WORDINGS.training) == text
        assert retype(text, ["lower"], Random(0), WORDINGS.training) == text.lower()


def test_the_same_random_numbers_give_the_same_typing():
    for seed in range(20):
        results = {retype(QUESTION, WAYS, Random(seed), WORDINGS.training) for _ in range(3)}
        assert len(results) == 1


# ---- the file of wordings ----


def test_every_way_has_a_place_in_the_order_and_a_weight():
    assert sorted(ORDER) == sorted(WAYS) == sorted(WORDINGS.weights)


def test_no_held_out_wording_is_trained_on_in_any_typing():
    def plain(wordings):
        return {without_marks(wording).lower() for wording in wordings}

    for way in WORDED_WAYS:
        assert len(WORDINGS.training[way]) >= 10
        assert len(WORDINGS.held_out[way]) >= 4
        trained = set().union(*(plain(WORDINGS.training[other]) for other in WORDED_WAYS))
        repeated = plain(WORDINGS.held_out[way]) & trained
        assert not repeated


BROKEN = {
    "= 1": "is not TOML",
    "weights = 1": r"\[weights\] must be a table",
    "[weights]\nlower = 1": r"\[weights\] must have",
    "greeting = ['Hi! {question}']\n{weights}": r"\[greeting\] must be a table",
    "{weights}[greeting]\ntraining = []": r"\[greeting\] must have wordings",
    "{weights}[greeting]\ntraining = ['Hi!']": "must have {question} once",
    "{weights}[greeting]\ntraining = ['Hi {question}']\nheld_out = ['Hi {question}']": "both lists",
}


@pytest.mark.parametrize("content, expected", BROKEN.items())
def test_an_error_in_the_file_names_the_file_and_the_table(tmp_path, content, expected):
    weights = "[weights]\n" + "".join(f"{way} = 1\n" for way in WAYS)
    path = tmp_path / "mine.toml"
    path.write_text(content.replace("{weights}", weights))
    with pytest.raises(ValueError, match=expected) as problem:
        read_wordings(path)
    assert str(problem.value).startswith(str(path))
