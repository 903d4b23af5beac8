"""From the losses on the choices of multiple-choice questions to the numbers of a group of them.

    What is a home run with the bases loaded?    bits   bits per byte
        A triple play                            39.0             3.0
        A grand slam                             24.0             2.0   chosen
        A walk-off                               22.0             2.2   chosen by the sum

A model chooses the text with the fewest bits per byte: the sum of bits favours short texts. (These
are acc_norm and acc in lm_eval's terms.) The <|endoftext|> after a choice does not count: it costs
about the same after each, and so would make a short text worse per byte than a long one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluation.answers import Question
from evaluation.bootstrap import bootstrap_ratios, percentile_interval, rounded
from evaluation.report import ChoiceReport, ChosenAnswer
from evaluation.scores import ModelScores


def chosen_per_byte(bits: Sequence[float], choices: Sequence[str]) -> int:
    """The index of the choice with the fewest bits per byte of UTF-8; the first of a tie."""
    sizes = [len(choice.encode()) for choice in choices]
    return int(np.argmin(np.array(bits) / sizes))


def chosen_by_sum(bits: Sequence[float]) -> int:
    """The index of the choice with the fewest bits, the likeliest; the first of a tie."""
    return int(np.argmin(bits))


def chosen_answer(question: Question, bits: Sequence[float]) -> ChosenAnswer | None:
    """What a model chose; None if the question has no choices, or does not fit the context."""
    if not bits:
        return None
    chosen = chosen_per_byte(bits, question.choices)
    return ChosenAnswer(
        text=question.choices[chosen],
        right=chosen in question.right_choices,
        bits=tuple(map(rounded, bits)),
    )


@dataclass(frozen=True)
class ChoiceOutcomes:
    """Which models chose right; False for questions without choices."""

    right: np.ndarray  # (model, question)
    right_by_sum: np.ndarray  # (model, question)
    chances: np.ndarray  # (question,): 1 / choices; 0 for questions without choices

    def of(self, questions: np.ndarray) -> "ChoiceOutcomes":
        """The outcomes of some questions, chosen by a mask (question,)."""
        return ChoiceOutcomes(
            self.right[:, questions], self.right_by_sum[:, questions], self.chances[questions]
        )


def choice_outcomes(questions: Sequence[Question], scores: Sequence[ModelScores]) -> ChoiceOutcomes:
    """The outcomes of all questions of a set. A question that exceeds the context is wrong."""
    right = np.zeros((len(scores), len(questions)))
    right_by_sum = np.zeros_like(right)
    chances = np.zeros(len(questions))
    for number, question in enumerate(questions):
        if not question.choices:
            continue
        chances[number] = 1 / len(question.choices)
        [answer] = question.right_choices
        for model, model_scores in enumerate(scores):
            bits = model_scores.choice_bits[number]
            if bits:
                right[model, number] = chosen_per_byte(bits, question.choices) == answer
                right_by_sum[model, number] = chosen_by_sum(bits) == answer
    return ChoiceOutcomes(right, right_by_sum, chances)


def summarise_choices(
    names: Sequence[str], outcomes: ChoiceOutcomes, resamples: int, seed: int
) -> ChoiceReport | None:
    """The accuracies of each model beside chance; None if no question has choices.

    The bootstrap draws the same resamples as for the other numbers of these questions, since they
    depend on the seed and the number of questions alone.
    """
    has_choices = outcomes.chances > 0
    if not has_choices.any():
        return None
    numerators = np.vstack([outcomes.right, outcomes.right_by_sum])
    denominators = np.tile(has_choices.astype(float), (len(numerators), 1))
    ratios = bootstrap_ratios(numerators, denominators, resamples, seed)
    accuracy, by_sum = np.split(ratios, 2)  # each (model, 1 + resamples)
    return ChoiceReport(
        questions=int(has_choices.sum()),
        chance=rounded(outcomes.chances[has_choices].mean()),
        accuracy=dict(zip(names, map(percentile_interval, accuracy))),
        accuracy_by_sum=dict(zip(names, map(percentile_interval, by_sum))),
        differences=tuple(
            percentile_interval(accuracy[second] - accuracy[first])
            for first, second in combinations(range(len(names)), 2)
        ),
    )
