"""From the scores at later turns and in other typing to the numbers of a set, and to notes."""

from collections.abc import Sequence

import numpy as np

from evaluation.answers import Question
from evaluation.bootstrap import bootstrap_ratios, percentile_interval
from evaluation.report import VariationReport, VariedAnswer, VariedQuestion
from evaluation.scores import ModelScores


def report_variations(
    questions: Sequence[Question],
    set_questions: range,
    scores: Sequence[ModelScores],
    resamples: int,
    seed: int,
) -> tuple[VariationReport, ...]:
    """The report of each variation of one set.

    `questions` and `scores` cover all sets, since earlier questions may be of another set;
    `set_questions` are the numbers of this one's.
    """
    start, stop = set_questions.start, set_questions.stop
    set_scores = [model_scores.part(start, stop) for model_scores in scores]
    variations = range(len(scores[0].variations))
    return tuple(
        _report_variation(questions, set_scores, variation, resamples, seed)
        for variation in variations
    )


def _report_variation(
    questions: Sequence[Question],
    scores: Sequence[ModelScores],
    number: int,
    resamples: int,
    seed: int,
) -> VariationReport:
    """One variation of a set. One call of the bootstrap pairs all of its numbers."""
    models = [model_scores.model.name for model_scores in scores]
    varied = [model_scores.variations[number] for model_scores in scores]
    right = np.array([one.right for one in varied], dtype=float)  # (model, question)
    first_right = np.array([model_scores.right for model_scores in scores], dtype=float)
    leaked = np.array([one.leaks or [False] * len(one.right) for one in varied], dtype=float)
    ones = np.ones(right.shape)
    numerators, denominators = [right, right, leaked], [ones, first_right, ones]
    ratios = bootstrap_ratios(np.vstack(numerators), np.vstack(denominators), resamples, seed)
    intervals = [percentile_interval(row) for row in ratios]
    count = len(models)
    is_turn = varied[0].leaks is not None
    return VariationReport(
        name=varied[0].name,
        questions=right.shape[1],
        accuracy=dict(zip(models, intervals[:count])),
        kept=dict(zip(models, intervals[count : 2 * count])),
        leaks=dict(zip(models, intervals[2 * count :])) if is_turn else {},
        asked=tuple(
            _varied_question(questions, scores, number, question)
            for question in range(right.shape[1])
        ),
    )


def _varied_question(
    questions: Sequence[Question], scores: Sequence[ModelScores], number: int, question: int
) -> VariedQuestion:
    answers = {}
    for model_scores in scores:
        varied = model_scores.variations[number]
        answers[model_scores.model.name] = VariedAnswer(
            text=varied.answers[question],
            right=varied.right[question],
            leaks=bool(varied.leaks and varied.leaks[question]),
        )
    first = scores[0].variations[number]
    earlier = tuple(" / ".join(questions[other].messages) for other in first.earlier[question])
    return VariedQuestion(first.asked[question], earlier, answers)


def variation_notes(questions: Sequence[Question], scores: Sequence[ModelScores]) -> list[str]:
    """Notes on conversations that were trimmed, and on questions that typing did not change."""
    notes = []
    for model_scores in scores:
        model = model_scores.model
        for varied in model_scores.variations:
            if any(varied.trimmed):
                notes.append(
                    f"At {varied.name}, {sum(varied.trimmed)} of {len(questions)} conversations"
                    f" exceed {model.name}'s context of {model.context} tokens: their oldest turns"
                    " are left out, as in a chat."
                )
    for varied in scores[0].variations if scores else []:
        if varied.leaks is not None:
            continue
        pairs = zip(varied.asked, questions, strict=True)
        same = sum(asked == question.question for asked, question in pairs)
        if same:
            notes.append(
                f"{same} of {len(questions)} questions cannot be changed as in"
                f' "{varied.name}" and are asked as written.'
            )
    return notes
