"""Multiple choice: what a model chooses, how often it is right, and what the report says of it."""

import json
import math
import re
from dataclasses import replace

import pytest

from baseball.forms.item import Exchange
from baseball.question_files import write_exchanges
from benchmarks.log_likelihoods import log_likelihood
from evaluation.answers import Question, read_questions
from evaluation.choice_summary import choice_outcomes, chosen_answer, summarise_choices
from evaluation.markdown import markdown_text
from evaluation.report import ModelDescription, report_from_json, report_to_json
from evaluation.scores import ModelScores
from network.model_folder import load_model
from tests.support.comparing import run_compare, save_two_models
from tests.support.scripts import ROOT

ROWS = [
    {
        "topic": "rules",
        "question": "How many strikes make an out?",
        "answer": "Three strikes make an out.",
        "accepted": ["three", "3"],
        "choices": ["Two", "Three", "Four or more", "1"],
    },
    {
        "topic": "people",
        "question": "Who hit 714 home runs?",
        "answer": "Babe Ruth did.",
        "accepted": ["ruth"],
        "choices": ["José Canseco hit them.", "Babe Ruth hit 714 home runs."],
    },
    {
        "topic": "people",
        "question": "Who pitched?",
        "answer": "Cy Young did.",
        "accepted": ["young"],
    },
]
CHANCE = (1 / 4 + 1 / 2) / 2


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def comparison(tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("choices")
    runs = save_two_models(folder, tokenizer, first_context=128)
    return runs, run_compare(runs, [write_rows(folder / "quiz.jsonl", ROWS)], folder / "out")


# ---- against log-likelihoods that are lm_eval's (docs/use_it_elsewhere.md) ----


def test_the_bits_of_each_choice_and_what_is_chosen_follow_from_log_likelihoods_in_float64(
    comparison,
):
    runs, result = comparison
    numbers = result.report["sets"][0]["all"]["choices"]
    for run in runs:
        model, tokenizer = load_model(run)
        right = right_by_sum = 0
        for row, reported in zip(ROWS[:2], result.report["sets"][0]["questions"]):
            prompt = f"\n\nHuman: {row['question']}\n\nAssistant:"
            nats = [
                -log_likelihood(model.double(), tokenizer, prompt, f" {choice}")
                for choice in row["choices"]
            ]
            sizes = [len(choice.encode("utf-8")) for choice in row["choices"]]
            per_byte = [loss / size for loss, size in zip(nats, sizes)]
            is_right = per_byte.index(min(per_byte)) == 1  # the second is right in both
            right += is_right
            right_by_sum += nats.index(min(nats)) == 1
            chosen = reported["answers"][run.name]["chosen"]
            assert chosen["bits"] == pytest.approx([loss / math.log(2) for loss in nats], rel=1e-4)
            assert chosen["text"] == row["choices"][per_byte.index(min(per_byte))]
            assert chosen["right"] == is_right
        assert numbers["accuracy"][run.name][0] == right / 2
        assert numbers["accuracy_by_sum"][run.name][0] == right_by_sum / 2


# ---- by hand ----


def perfect_bits(question, inverted=False):
    """One bit per byte for the right choice, two for the others; or the other way round."""
    costs = [
        1 if number in question.right_choices else 2 for number in range(len(question.choices))
    ]
    if inverted:
        costs = [3 - cost for cost in costs]
    return tuple(cost * len(text.encode()) for cost, text in zip(costs, question.choices))


def scores_of(name, questions, bits):
    count = len(questions)
    model = ModelDescription(name, name, 1, 64, "test", 512)
    return ModelScores(model, ["no"] * count, [False] * count, [1.0] * count, bits, [])


def test_a_perfect_model_is_always_right_an_inverted_one_never_and_chance_is_between(tmp_path):
    questions = read_questions(write_rows(tmp_path / "quiz.jsonl", ROWS))
    perfect = [perfect_bits(question) for question in questions]
    inverted = [perfect_bits(question, inverted=True) for question in questions]
    scores = [
        scores_of("perfect", questions, perfect),
        scores_of("inverted", questions, inverted),
    ]
    report = summarise_choices(
        ["perfect", "inverted"], choice_outcomes(questions, scores), resamples=200, seed=0
    )
    assert report.questions == 2  # the third question has no choices
    assert report.chance == CHANCE
    perfect_interval, inverted_interval = report.accuracy.values()
    assert (perfect_interval.value, perfect_interval.low, perfect_interval.high) == (1, 1, 1)
    assert (inverted_interval.value, inverted_interval.low, inverted_interval.high) == (0, 0, 0)
    assert [difference.value for difference in report.differences] == [-1]


def test_a_short_choice_has_the_fewest_bits_and_a_long_one_the_fewest_per_byte():
    question = Question("any", "Which?", "A.", ("ten letters",), choices=("four", "ten letters"))
    scores = [scores_of("model", [question], [(8.0, 11.0)])]  # 2.0 and 1.0 bits per byte
    report = summarise_choices(["model"], choice_outcomes([question], scores), 10, 0)
    assert report.accuracy["model"].value == 1
    assert report.accuracy_by_sum["model"].value == 0
    assert chosen_answer(question, (8.0, 11.0)).text == "ten letters"


def test_the_interval_covers_the_share_of_right_choices_among_questions_with_choices():
    """A quarter of 400 right: the normal approximation is 0.25 ± 1.96 √(0.25 · 0.75 / 400)."""
    question = Question("any", "Which?", "A.", ("right",), choices=("right", "wrong"))
    bits = [(1.0, 2.0) if number % 4 == 0 else (2.0, 1.0) for number in range(400)]
    questions = [question] * 400
    outcomes = choice_outcomes(questions, [scores_of("model", questions, bits)])
    interval = summarise_choices(["model"], outcomes, 4000, 0).accuracy["model"]
    half = 1.96 * math.sqrt(0.25 * 0.75 / 400)
    assert interval.value == 0.25
    assert interval.low == pytest.approx(0.25 - half, abs=0.01)
    assert interval.high == pytest.approx(0.25 + half, abs=0.01)


def test_a_question_with_a_choice_that_exceeds_the_context_counts_as_wrong(comparison, tmp_path):
    runs, _ = comparison
    rows = [ROWS[0], ROWS[1] | {"choices": ["Ruth", "Gehrig" + " and more" * 40]}]
    report = run_compare(runs, [write_rows(tmp_path / "long.jsonl", rows)], tmp_path).report
    answer = report["sets"][0]["questions"][1]["answers"]["second"]
    assert answer == {"text": None, "right": False, "bits": None, "chosen": None}
    assert report["sets"][0]["all"]["choices"]["questions"] == 2
    assert report["sets"][0]["all"]["choices"]["accuracy"]["second"][0] in (0, 0.5)
    assert any("1 of the 2 long questions" in note for note in report["notes"])


# ---- the report ----


def test_reports_and_screen_show_multiple_choice_beside_chance(comparison):
    _, result = comparison
    set_report = result.report["sets"][0]
    assert set_report["all"]["choices"]["chance"] == CHANCE
    assert set_report["topics"]["rules"]["choices"]["chance"] == 0.25
    assert set_report["topics"]["people"]["choices"]["questions"] == 1
    markdown = (result.folder / "report.md").read_text()
    assert "## Multiple choice" in markdown
    assert "| quiz (2) | 37.5% |" in markdown
    assert "| · rules (1) | 25.0% |" in markdown
    chosen = set_report["questions"][0]["answers"]["first"]["chosen"]
    assert f"(chose {'✓' if chosen['right'] else '✗'} {chosen['text']})" in markdown
    assert "Multiple choice: the right text" in result.printed
    assert re.search(r"quiz \(2\) +37.5%", result.printed)


def test_a_report_with_choices_is_read_back_unchanged_and_one_without_is_still_read(comparison):
    _, result = comparison
    report = report_from_json(result.report)
    assert json.loads(json.dumps(report_to_json(report))) == result.report
    old = json.loads(json.dumps(result.report))
    for set_report in old["sets"]:
        for group in (set_report["all"], *set_report["topics"].values()):
            del group["choices"]
        for question in set_report["questions"]:
            del question["choices"]
            for answer in question["answers"].values():
                del answer["chosen"]
    assert "Multiple choice" not in markdown_text(report_from_json(old))


def test_sets_without_choices_are_reported_as_before(comparison, tmp_path):
    runs, _ = comparison
    path = write_rows(tmp_path / "plain.jsonl", ROWS[2:])
    result = run_compare(runs, [path], tmp_path / "out")
    assert result.report["sets"][0]["all"]["choices"] is None
    assert "ultiple choice" not in result.printed
    assert "ultiple choice" not in (tmp_path / "out" / "report.md").read_text()


def test_the_picture_has_a_row_of_multiple_choice_with_a_line_at_chance(comparison, monkeypatch):
    import matplotlib.figure

    from evaluation.picture import draw_comparison

    figures = []
    monkeypatch.setattr(
        matplotlib.figure.Figure, "savefig", lambda figure, *_, **__: figures.append(figure)
    )
    draw_comparison(report_from_json(comparison[1].report))
    panel, bits_panel = figures[0].axes[:2]
    assert panel.get_yticklabels()[-1].get_text() == "multiple choice (2)"
    dashed = [line.get_xdata()[0] for line in panel.lines if line.get_linestyle() == "--"]
    assert dashed == [100 * CHANCE]
    assert not [line for line in bits_panel.lines if line.get_linestyle() == "--"]


# ---- question files ----

INVALID = [
    # (choices, part of the error message)
    ("Three", '"choices" must be a list of texts'),
    ([], '"choices" must have at least two texts'),
    (["Three"], '"choices" must have at least two texts'),
    (["Three", 4], '"choices" must be text, not 4'),
    (["Three", " "], '"choices" is empty'),
    (["Three", "Two", "two "], '"two " is twice in "choices"'),
    (["Two", "Four"], 'no text in "choices" is right'),
    (["Three", "Two", "3"], 'more than one text in "choices" is right: "Three" and "3"'),
    (["Three of them", "Exactly three"], 'more than one text in "choices" is right'),
]


@pytest.mark.parametrize("choices, expected", INVALID)
def test_wrong_choices_are_reported_with_file_and_line(tmp_path, choices, expected):
    path = write_rows(tmp_path / "mine.jsonl", [ROWS[2], ROWS[0] | {"choices": choices}])
    with pytest.raises(ValueError) as problem:
        read_questions(path)
    assert str(problem.value).startswith(f"{path}, line 2: ")
    assert expected in str(problem.value)


RIGHT = [
    # (answer, accepted, choices, the right one)
    ("Three.", ["three"], ["two", "THREE", "four"], 1),
    ("It is New York.", ["new york"], ["New York Mets", "New York"], 1),  # word for word
    ("New York", ["york"], ["New York Mets", "New York"], 1),
    ("Yes, he did.", ["yes"], ["No", "Yes"], 1),
    ("Ruth hit 60.", ["60"], ["Ruth hit 54.", "Ruth hit 60.", "Ruth hit 61."], 1),
    ("Ruth hit 60.", ["60"], ["54 home runs", "sixty home runs"], 1),
    ("x", ["x"], ["x → y", "x", "y → x"], 1),
]


@pytest.mark.parametrize("answer, accepted, choices, right", RIGHT)
def test_the_right_choice_is_the_answer_or_else_contains_it(
    tmp_path, answer, accepted, choices, right
):
    row = {"topic": "any", "question": "Which one?", "answer": answer, "accepted": accepted}
    [question] = read_questions(write_rows(tmp_path / "one.jsonl", [row | {"choices": choices}]))
    assert question.right_choices == [right]


def test_the_form_of_multiple_choice_writes_sentences_of_which_one_is_right(tmp_path):
    choices = ("Babe Ruth hit 54 in 1927.", "Babe Ruth hit 60 in 1927.")
    exchange = Exchange("choice", "season", ("54 or 60?", "He hit 60."), ("60",), (), choices)
    # In the second, what the sentences share makes all of them right.
    unclear = replace(exchange, messages=("1926 or 1927?", "It was 1927."), accepted=("1927",))
    write_exchanges(tmp_path / "form_choice.jsonl", [exchange, unclear], 0)
    clear, other = read_questions(tmp_path / "form_choice.jsonl")
    assert clear.choices == choices
    assert clear.right_choices == [1]
    assert other.choices == ()


def test_in_the_quiz_the_right_choice_is_at_every_place_and_is_not_told_by_its_length():
    questions = read_questions(ROOT / "questions/quiz.jsonl")
    places = [place for question in questions for place in question.right_choices]
    assert [places.count(place) for place in range(4)] == [30] * 4
    assert {len(question.choices) for question in questions} == {4}
    lengths = [list(map(len, question.choices)) for question in questions]
    for extreme in (min, max):
        guessed = sum(
            (sizes[place] == extreme(sizes)) / sizes.count(extreme(sizes))
            for sizes, place in zip(lengths, places)
        )
        assert 0.18 < guessed / len(questions) < 0.32
