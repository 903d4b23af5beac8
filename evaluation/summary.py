"""From the scores of several models to a report: sets, topics, pairs, intervals, notes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from evaluation.answers import Question
from evaluation.bootstrap import bootstrap_ratios, percentile_interval, rounded, win_points
from evaluation.choice_summary import choice_outcomes, chosen_answer, summarise_choices
from evaluation.report import (
    Answer,
    AnsweredQuestion,
    GroupReport,
    PairReport,
    Report,
    SetReport,
    Settings,
)
from evaluation.scores import ModelScores
from evaluation.variation_summary import report_variations, variation_notes

CAUTION = (
    "Intervals cover the choice of questions, not the luck of training: the same recipe with"
    " another seed gives another model. Where a model is right in all of n questions, or in none,"
    " its interval has no width, and the true share may still be 3/n away"
    " (Hanley & Lippman-Hand 1983)."
)


def make_report(
    settings: Settings, question_sets: dict[str, list[Question]], scores: list[ModelScores]
) -> Report:
    """The report of a comparison. The scores of each model cover all sets, one after the other."""
    sets = []
    all_questions = [question for questions in question_sets.values() for question in questions]
    start = 0
    for name, questions in question_sets.items():
        stop = start + len(questions)
        set_scores = [model_scores.part(start, stop) for model_scores in scores]
        set_report = report_set(name, questions, set_scores, settings.resamples, settings.seed)
        variations = report_variations(
            all_questions, range(start, stop), scores, settings.resamples, settings.seed
        )
        sets.append(replace(set_report, variations=variations))
        start = stop
    models = tuple(model_scores.model for model_scores in scores)
    notes = [CAUTION]
    for model in models:
        for set_report in sets:
            notes += _note_on_context(model.name, model.context, set_report)
    notes += variation_notes(all_questions, scores)
    return Report(settings, models, tuple(sets), tuple(notes))


def report_set(
    name: str, questions: list[Question], scores: list[ModelScores], resamples: int, seed: int
) -> SetReport:
    """The numbers of a set and of each of its topics, and every question with every answer."""
    names = [model_scores.model.name for model_scores in scores]
    right = np.array([model_scores.right for model_scores in scores])  # (model, question)
    bits = np.array([model_scores.bits for model_scores in scores])  # (model, question)
    sizes = np.array([len(question.answer.encode()) for question in questions])
    outcomes = choice_outcomes(questions, scores)

    def numbers_of(group: np.ndarray) -> GroupReport:
        """The numbers of the questions of a mask (question,)."""
        numbers = summarise(names, right[:, group], bits[:, group], sizes[group], resamples, seed)
        choices = summarise_choices(names, outcomes.of(group), resamples, seed)
        return replace(numbers, choices=choices)

    question_topics = np.array([question.topic for question in questions])
    topics = dict.fromkeys(question_topics.tolist())
    return SetReport(
        name=name,
        all=numbers_of(np.ones(len(questions), dtype=bool)),
        topics={topic: numbers_of(question_topics == topic) for topic in topics},
        questions=tuple(
            _answered_question(question, scores, number)
            for number, question in enumerate(questions)
        ),
    )


def _answered_question(
    question: Question, scores: list[ModelScores], number: int
) -> AnsweredQuestion:
    answers = {}
    for model_scores in scores:
        bits = model_scores.bits[number]
        answers[model_scores.model.name] = Answer(
            text=model_scores.answers[number],
            right=model_scores.right[number],
            bits=None if math.isnan(bits) else rounded(bits),
            chosen=chosen_answer(question, model_scores.choice_bits[number]),
        )
    return AnsweredQuestion(**vars(question), answers=answers)


def summarise(
    names: Sequence[str],
    right: np.ndarray,
    bits: np.ndarray,
    sizes: np.ndarray,
    resamples: int,
    seed: int,
) -> GroupReport:
    """Accuracy and bits per byte of each model, and the pairs of models, with intervals.

    `right` and `bits` are (model, question); `sizes` (question,) are the bytes of the reference
    answers. Bits per byte are Σ bits / Σ bytes over the questions that fit every model's context.
    """
    pairs = list(combinations(range(len(names)), 2))
    points = np.zeros((len(pairs), len(sizes)))  # of the second model of each pair
    for row, (first, second) in enumerate(pairs):
        points[row] = win_points(right[second], bits[second], right[first], bits[first])
    accuracy, bits_per_byte, win_shares = _resample(right, bits, sizes, points, resamples, seed)
    pair_reports = [
        PairReport(
            first=names[first],
            second=names[second],
            accuracy=percentile_interval(accuracy[second] - accuracy[first]),
            bits_per_byte=percentile_interval(bits_per_byte[second] - bits_per_byte[first]),
            second_wins=int((points[row] == 1).sum()),
            ties=int((points[row] == 0.5).sum()),
            first_wins=int((points[row] == 0).sum()),
            second_win_share=percentile_interval(win_shares[row]),
        )
        for row, (first, second) in enumerate(pairs)
    ]
    return GroupReport(
        questions=len(sizes),
        accuracy=dict(zip(names, map(percentile_interval, accuracy))),
        bits_per_byte=dict(zip(names, map(percentile_interval, bits_per_byte))),
        pairs=tuple(pair_reports),
    )


def _resample(
    right: np.ndarray,
    bits: np.ndarray,
    sizes: np.ndarray,
    points: np.ndarray,
    resamples: int,
    seed: int,
) -> list[np.ndarray]:
    """Accuracy and bits per byte (model, 1 + resamples), and win shares (pair, 1 + resamples).

    One call of the bootstrap computes all rows, so that they share the resamples.
    """
    models = len(right)
    fits = np.isfinite(bits).all(axis=0)
    fitting_bits = np.where(fits, bits, 0)
    fitting_sizes = np.tile(fits * sizes, (models, 1))
    numerators = np.vstack([right, fitting_bits, points])
    denominators = np.vstack([np.ones(right.shape), fitting_sizes, np.ones(points.shape)])
    ratios = bootstrap_ratios(numerators, denominators, resamples, seed)
    return np.split(ratios, [models, 2 * models])


def _note_on_context(name: str, context: int, set_report: SetReport) -> list[str]:
    """A note on the questions of a set that exceed a model's context; [] if there are none."""
    too_long = 0
    for question in set_report.questions:
        if question.answers[name].text is None:
            too_long += 1
    if not too_long:
        return []
    return [
        f"{too_long} of the {set_report.all.questions} {set_report.name} questions, with their"
        f" reference answer or a choice, do not fit {name}'s context of {context} tokens: they"
        " count as wrong for it, and bits per byte leave them out for every model."
    ]
