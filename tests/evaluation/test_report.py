"""The data of a report: its JSON form, and the names of the models."""

import json

from evaluation.bootstrap import Interval
from evaluation.report import (
    Answer,
    AnsweredQuestion,
    GroupReport,
    ModelDescription,
    PairReport,
    Report,
    SetReport,
    Settings,
    display_names,
    report_from_json,
    report_to_json,
)

PAIR = PairReport("a", "b", Interval(0.5, 0.1, 0.9), None, 1, 0, 0, Interval(1.0, 1.0, 1.0))
GROUP = GroupReport(
    questions=1,
    accuracy={"a": Interval(0.0, 0.0, 0.0), "b": Interval(0.5, 0.25, 0.75)},
    bits_per_byte={"a": None, "b": Interval(2.0, 1.0, 3.0)},
    pairs=(PAIR,),
)
QUESTION = AnsweredQuestion(
    topic="rules",
    question="How many outs?",
    answer="Three.",
    accepted=("three", "3"),
    answers={"a": Answer(None, False, None), "b": Answer("Three.", True, 2.5)},
)
REPORT = Report(
    settings=Settings("CPU", ("rules.jsonl",), 10, 4, 500, 0),
    models=(ModelDescription("a", "runs/a", 1000, 64, "test", 512),),
    sets=(SetReport("rules", GROUP, {"rules": GROUP}, (QUESTION,)),),
    notes=("A note.",),
)


def test_a_report_read_back_from_json_is_unchanged():
    text = json.dumps(report_to_json(REPORT))
    assert report_from_json(json.loads(text)) == REPORT


def test_in_json_an_interval_is_a_list_and_any_other_dataclass_an_object():
    content = report_to_json(REPORT)
    assert list(content) == ["settings", "models", "sets", "notes"]
    group = content["sets"][0]["all"]
    assert group["accuracy"] == {"a": [0.0, 0.0, 0.0], "b": [0.5, 0.25, 0.75]}
    assert group["bits_per_byte"] == {"a": None, "b": [2.0, 1.0, 3.0]}
    assert group["pairs"][0]["second_win_share"] == [1.0, 1.0, 1.0]
    assert content["sets"][0]["questions"][0] == {
        "topic": "rules",
        "question": "How many outs?",
        "answer": "Three.",
        "accepted": ["three", "3"],
        "answers": {
            "a": {"text": None, "right": False, "bits": None, "chosen": None},
            "b": {"text": "Three.", "right": True, "bits": 2.5, "chosen": None},
        },
        "before": [],
        "choices": [],
    }


def test_models_are_named_after_their_folders_with_parents_only_if_names_collide():
    assert display_names(["runs/a", "runs/b/"]) == ["a", "b"]
    assert display_names(["runs/a", "old/a", "runs/b"]) == ["runs/a", "old/a", "b"]
    assert display_names(["x/1/a", "x/2/a"]) == ["1/a", "2/a"]
