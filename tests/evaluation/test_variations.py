"""compare.py --turns and --typing: what models are asked, against chat.py and transformers."""

import json

import pytest
import torch

from evaluation.answers import Question, is_right
from evaluation.picture import draw_comparison
from evaluation.report import report_from_json
from evaluation.turns import draw_ring, earlier_questions
from evaluation.variations import Asker, ask_variations, plan_variations
from network.chat_session import ChatSession, load_assistant
from network.generation import GREEDY
from network.hardware import Hardware
from tests.support.comparing import (
    BALL,
    NEW_TOKENS,
    OTHER,
    QUESTIONS,
    TOO_LONG,
    run_compare,
    save_two_models,
    write_question_files,
    write_questions,
)
from text.careless import WAYS, read_wordings

ALL = [
    Question(topic, text, answer, tuple(forms)) for topic, text, answer, forms in [*BALL, *OTHER]
]
CPU = Hardware(torch.device("cpu"))


@pytest.fixture(scope="module")
def runs(tokenizer, tmp_path_factory):
    return save_two_models(tmp_path_factory.mktemp("runs"), tokenizer, first_context=256)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_question_files(tmp_path_factory.mktemp("questions"))


@pytest.fixture(scope="module")
def comparison(runs, files, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "comparison"
    return run_compare(runs, files, out, "--turns", 3, 2, "--typing", *WAYS)


def variations_of(comparison, name):
    """A variation of all sets, as in report.json: its questions as asked."""
    asked = []
    for set_report in comparison.report["sets"]:
        [variation] = [one for one in set_report["variations"] if one["name"] == name]
        asked += variation["asked"]
    return asked


def test_all_variations_are_reported_in_order(comparison):
    expected = ["turn 2", "turn 3", *(f"typed: {way}" for way in WAYS)]
    for set_report in comparison.report["sets"]:
        assert [one["name"] for one in set_report["variations"]] == expected
    settings = comparison.report["settings"]
    assert settings["turns"] == [1, 2, 3] and settings["typing"] == list(WAYS)


@pytest.mark.parametrize("run_number", [0, 1])
def test_a_later_answer_is_what_a_chat_answers_after_the_same_questions(
    comparison, runs, run_number
):
    """The second model has a context of 64, so that its chat forgets the oldest turns."""
    run = runs[run_number]
    assistant = load_assistant(str(run), CPU)
    for turn in (2, 3):
        for reported in variations_of(comparison, f"turn {turn}"):
            assert len(reported["earlier"]) == turn - 1
            session = ChatSession(assistant, GREEDY, NEW_TOKENS)
            for text in [*reported["earlier"], reported["asked"]]:
                reply = session.ask(text)
                answer = "".join(reply)
                session.record(reply.turn, reply.text)
            assert reported["answers"][run.name]["text"] == answer


def test_earlier_questions_are_others_of_the_same_files_and_the_same_for_all_models(comparison):
    texts = [question.question for question in ALL]
    previous = draw_ring(ALL, 3, seed=0)
    for turn in (2, 3):
        for number, reported in enumerate(variations_of(comparison, f"turn {turn}")):
            expected = [texts[other] for other in earlier_questions(previous, number, turn)]
            assert reported["earlier"] == expected
            assert reported["asked"] == texts[number]
            assert len({*reported["earlier"], reported["asked"]}) == turn


def test_typed_questions_use_wordings_that_are_never_trained_on(comparison):
    wordings = read_wordings()
    for way in ("greeting", "please", "thanks"):
        for question, reported in zip(ALL, variations_of(comparison, f"typed: {way}")):
            text = question.question
            if "|" in text:  # it looks like code, and stays as it is
                assert reported["asked"] == text
                continue
            typed = [one.replace("{question}", text) for one in wordings.held_out[way]]
            assert reported["asked"] in typed
    lower = variations_of(comparison, "typed: lower")
    assert [one["asked"] for one in lower[:6]] == [one.question.lower() for one in ALL[:6]]


def test_accuracy_and_what_is_kept_are_those_of_the_judged_answers(comparison, runs):
    for set_report, rows in zip(comparison.report["sets"], QUESTIONS.values()):
        for variation in set_report["variations"]:
            for run in runs:
                right = 0
                for (topic, text, answer, forms), asked in zip(rows, variation["asked"]):
                    given = asked["answers"][run.name]
                    question = Question(topic, text, answer, tuple(forms))
                    assert given["right"] == is_right(given["text"], question)
                    right += given["right"]
                share = right / len(rows)
                assert variation["accuracy"][run.name][0] == pytest.approx(share, abs=1e-6)
                written = set_report["all"]["accuracy"][run.name][0]
                if written:
                    kept = variation["kept"][run.name][0]
                    assert kept == pytest.approx(share / written, abs=1e-5)
                else:
                    assert variation["kept"][run.name] is None


def test_a_model_that_repeats_the_first_answer_is_seen_to_leak(tokenizer):
    """A made-up model that answers right at once, and later says what it said first."""
    by_text = {question.question: question.answer for question in ALL}

    def answer(prompts):
        texts = [tokenizer.decode(prompt) for prompt in prompts]
        first = [text.split("\n\nHuman: ")[1].split("\n\nAssistant:")[0] for text in texts]
        return [by_text[text] for text in first]

    plan = plan_variations(ALL, (1, 2, 3), ("lower",), seed=0)
    first_answers = [question.answer for question in ALL]
    by_text |= {question.question.lower(): "Never." for question in ALL}
    asker = Asker(answer, tokenizer, 1024, 48)
    turn_2, turn_3, lower = ask_variations(plan, ALL, first_answers, asker)
    assert turn_2.leaks == [not right for right in turn_2.right]
    assert turn_2.leaks.count(True) >= 5  # two questions with the answer yes are no leak
    assert turn_3.leaks == [not right for right in turn_3.right]
    assert lower.right == [False] * 6 + [True]  # the last question cannot be changed
    assert lower.leaks is None


def test_a_follow_up_is_asked_with_the_messages_before_it_at_every_turn(tokenizer):
    before = ("Who hit 60?", "Babe Ruth hit 60.")
    follow_up = Question("people", "And 61?", "Roger Maris hit 61.", ("maris",), before)
    other = Question("rules", "How many outs?", "Three.", ("three",))
    asked = []

    def answer(prompts):
        asked.extend(tokenizer.decode(prompt) for prompt in prompts)
        return ["So it is."] * len(prompts)

    questions = [follow_up, other]
    plan = plan_variations(questions, (2,), ("lower",), seed=0)
    ask_variations(plan, questions, ["Maris.", "Three."], Asker(answer, tokenizer, 1024, 48))
    told = "\n\nHuman: Who hit 60?\n\nAssistant: Babe Ruth hit 60.<|endoftext|>"
    outs = "\n\nHuman: How many outs?\n\nAssistant:"
    assert asked == [
        f"{outs} Three.<|endoftext|>{told}\n\nHuman: And 61?\n\nAssistant:",
        f"{told}\n\nHuman: And 61?\n\nAssistant: Maris.<|endoftext|>{outs}",
        f"{told}\n\nHuman: and 61?\n\nAssistant:",
        "\n\nHuman: how many outs?\n\nAssistant:",
    ]


def test_the_reports_show_every_variation(comparison, runs):
    markdown = (comparison.folder / "report.md").read_text()
    for text in (markdown, comparison.printed):
        for name in ("turn 2", "turn 3", *(f"typed: {way}" for way in WAYS)):
            assert name in text
        assert "Share of the accuracy as written that is kept" in text
    assert "## Answers that changed: ball" in markdown
    notes = " ".join(comparison.report["notes"])
    assert "exceed second's context of 64 tokens" in notes
    assert "cannot be changed" in notes  # "Is ice cold?" has no long word


def test_the_picture_has_a_row_for_every_variation(comparison, monkeypatch):
    import matplotlib.figure

    figures = []
    monkeypatch.setattr(
        matplotlib.figure.Figure, "savefig", lambda self, *_, **__: figures.append(self)
    )
    report = report_from_json(comparison.report)
    draw_comparison(report)
    labels = [label.get_text() for label in figures[0].axes[0].get_yticklabels()]
    assert labels[:5] == ["first", "second", "rules (3)", "people (2)", "turn 2 (5)"]
    assert len(labels) == 4 + 2 + len(WAYS)


def test_a_report_with_variations_read_back_from_json_is_unchanged(comparison):
    from evaluation.report import report_to_json

    report = report_from_json(comparison.report)
    assert json.loads(json.dumps(report_to_json(report))) == comparison.report
    assert report.settings.turns == (1, 2, 3)


def test_a_question_that_exceeds_the_context_is_not_asked_in_any_way(runs, tmp_path):
    path = write_questions(tmp_path / "long.jsonl", [*BALL[:3], TOO_LONG])
    result = run_compare(runs, [path], tmp_path / "out", "--turns", 2, "--typing", "lower")
    for variation in result.report["sets"][0]["variations"]:
        last = variation["asked"][-1]["answers"]["second"]
        assert last == {"text": None, "right": False, "leaks": False}


def test_as_written_alone_nothing_else_is_asked(runs, files, tmp_path):
    result = run_compare(runs, files, tmp_path)
    assert all(set_report["variations"] == [] for set_report in result.report["sets"])
    assert "turn 2" not in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize(
    "flags, expected",
    [
        (["--turns", "0"], "--turns counts from 1"),
        (["--turns", "8"], "--turns 8 needs as many questions, but there are 7"),
        (["--typing", "fast"], "invalid choice: 'fast'"),
    ],
)
def test_impossible_turns_and_unknown_ways_are_refused(
    runs, files, tmp_path, capsys, flags, expected
):
    with pytest.raises(SystemExit) as stopped:
        run_compare(runs, files, tmp_path / "out", *flags)
    assert stopped.value.code == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
