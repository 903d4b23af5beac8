"""The models of an earlier report, to be compared with others on the same questions.

A model need not be there any more: its report has its answers and its losses.
"""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from evaluation.answers import Question
from evaluation.report import Answer, Report, Settings, report_from_json
from evaluation.scores import ModelScores
from evaluation.variations import judge
from tools.files import read_json
from tools.messages import damaged

AGAIN = "compare the models again"


def read_report(path: Path | str) -> Report:
    """Read a report.json. Raises ValueError if it is missing or corrupt."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"the report {path} does not exist; compare.py writes a report.json")
    try:
        report = report_from_json(read_json(path))
        _check_answers(report)
    except OSError as problem:
        raise damaged(path, problem, AGAIN) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
        raise damaged(path, f"{type(problem).__name__}: {problem}", AGAIN) from None
    return report


def _check_answers(report: Report) -> None:
    """Raise ValueError unless every question has every model's answer."""
    names = {model.name for model in report.models}
    for question_set in report.sets:
        for question in question_set.questions:
            if question.answers.keys() != names:
                raise ValueError(f"not every model has answered {question.question!r}")


def scores_from_report(
    report: Report,
    path: Path | str,
    names: Sequence[str],
    questions: list[Question],
    settings: Settings,
) -> list[ModelScores]:
    """The scores of an earlier report's models on these questions.

    `path` is the report's file, for error messages; `names` are the new names of its models, in
    order. In the new report, each model's folder is followed by the device it was asked on. The
    answers are judged again.
    Raises ValueError if the report lacks a question, or if its models could give answers of another
    length.
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
    asked = f"asked on {report.settings.device}"
    scores = []
    for model, name in zip(report.models, names, strict=True):
        given = [answers[_key(question)][model.name] for question in questions]
        texts = [answer.text for answer in given]
        scores.append(
            ModelScores(
                model=replace(model, name=name, run=f"{model.run}, {asked}"),
                answers=texts,
                right=judge(texts, questions),
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
