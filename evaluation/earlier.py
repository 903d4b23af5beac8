"""The models of an earlier report, to be compared with others on the same questions.

A model need not be there any more: its report has its answers and its losses.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from evaluation.answers import Question
from evaluation.report import Answer, Report, Settings, report_from_json
from evaluation.scores import ModelScores
from tools.files import read_json
from tools.messages import damaged


def read_report(path: Path | str) -> Report:
    """Read a report.json. Raises ValueError if it is missing or corrupt."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"the report {path} does not exist; compare.py writes a report.json")
    try:
        return report_from_json(read_json(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise damaged(path, problem, "compare the models again") from None


def scores_from_report(
    report: Report,
    path: Path | str,
    names: Mapping[str, str],
    questions: list[Question],
    settings: Settings,
) -> list[ModelScores]:
    """The scores of an earlier report's models on these questions.

    `path` is the report's, for errors; `names` gives each model's new name by its name there.
    Raises ValueError if the report lacks a question, or if its models could give answers of
    another length.
    """
    if report.settings.max_new_tokens != settings.max_new_tokens:
        raise ValueError(
            f"the answers in {path} have up to {report.settings.max_new_tokens} tokens: "
            f"give --max-new-tokens {report.settings.max_new_tokens}"
        )
    answers = {
        _key(question): question.answers
        for question_set in report.sets
        for question in question_set.questions
    }
    absent = [question for question in questions if _key(question) not in answers]
    if absent:
        raise ValueError(
            f"{path} lacks {len(absent)} of the {len(questions)} questions, such as "
            f"{absent[0].question!r}"
        )
    scores = []
    for model in report.models:
        given = [answers[_key(question)][model.name] for question in questions]
        scores.append(
            ModelScores(
                model=replace(model, name=names[model.name]),
                answers=[answer.text for answer in given],
                right=[answer.right for answer in given],
                bits=[math.nan if answer.bits is None else answer.bits for answer in given],
                choice_bits=[_choice_bits(answer) for answer in given],
                variations=[],
            )
        )
    return scores


def _key(question: Any) -> tuple:
    """All fields of a question, also of one that was answered."""
    return tuple(getattr(question, field.name) for field in fields(Question))


def _choice_bits(answer: Answer) -> tuple[float, ...]:
    return answer.chosen.bits if answer.chosen else ()
