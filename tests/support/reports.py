"""A small report of compare.py, without models: two models, one set of questions."""

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
    report_to_json,
)

NAMES = ("old", "new")
NUMBERS = Interval(0.5, 0.25, 0.75)


def small_report(questions=4):
    """Question n is about topic n % 2; "new" is right in all of them, "old" in the even ones."""
    pair = PairReport(*NAMES, NUMBERS, NUMBERS, 1, 1, 1, NUMBERS)
    group = GroupReport(
        questions, dict.fromkeys(NAMES, NUMBERS), dict.fromkeys(NAMES, NUMBERS), (pair,)
    )
    answered = tuple(map(small_question, range(questions)))
    topics = {"topic 0": group, "topic 1": group}
    return Report(
        settings=Settings("CPU", ("small.jsonl",), 10, 4, 500, 0),
        models=tuple(
            ModelDescription(name, f"runs/{name}", 1000, 64, "test", 512) for name in NAMES
        ),
        sets=(SetReport("small", group, topics, answered),),
        notes=("A note.",),
    )


def small_question(number):
    answers = {
        "old": Answer(f"old answer {number}", number % 2 == 0, 1.5),
        "new": Answer(f"new answer {number}", True, 0.5),
    }
    question = f"What is question {number}?"
    return AnsweredQuestion(f"topic {number % 2}", question, f"reference {number}", (), answers)


def write_report(folder, report=None):
    """Write report.json into a folder, as compare.py does."""
    folder.mkdir(parents=True, exist_ok=True)
    content = report_to_json(report or small_report())
    (folder / "report.json").write_text(json.dumps(content))
