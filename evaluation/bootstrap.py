"""Paired bootstrap intervals: how much a number would vary with other questions.

A resample draws as many questions as there are, with replacement, and the number is computed again
from them. The interval spans the middle 95% of the resampled numbers (Efron & Tibshirani 1993, "An
Introduction to the Bootstrap", chapter 13). All models share the resamples, so a question that is
hard or easy for both models of a pair hardly widens the interval of their difference.
"""

from dataclasses import dataclass

import numpy as np

SAME_BITS = 1e-3  # smaller differences in bits are rounding errors and count as ties
PERCENTILES = (2.5, 97.5)
DRAWS_AT_A_TIME = 1 << 22  # 32 MB in float64
DECIMALS = 6  # of reported numbers; few enough to hide the rounding errors of sums


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its 95% interval."""

    value: float
    low: float
    high: float


def win_points(
    right: np.ndarray, bits: np.ndarray, other_right: np.ndarray, other_bits: np.ndarray
) -> np.ndarray:
    """Points of one model against another, (question,): 1 for a win, 0.5 for a tie, 0 for a loss.

    Takes four arrays (question,). If only one model is right, it wins. If both are right or both
    wrong, the one with fewer bits wins; if one of them has no bits (NaN), the question is a tie.
    """
    has_fewer = bits < other_bits - SAME_BITS
    has_more = bits > other_bits + SAME_BITS
    by_bits = np.select([has_fewer, has_more], [1.0, 0.0], default=0.5)
    return np.where(right == other_right, by_bits, right)


def bootstrap_ratios(
    numerators: np.ndarray, denominators: np.ndarray, resamples: int, seed: int
) -> np.ndarray:
    """Σ numerators / Σ denominators of each row, for the questions and for each resample of them.

    Takes arrays (row, question) and returns (row, 1 + resamples); the first column is for the
    questions themselves. A ratio is not finite if its denominators add up to 0.

    How often a resample takes each question is a multinomial draw, so one matrix product gives all
    sums. The draws are the same for all rows, so that the rows are paired.
    """
    questions = numerators.shape[1]
    generator = np.random.default_rng(seed)
    resamples_at_a_time = max(1, DRAWS_AT_A_TIME // questions)
    chances = np.full(questions, 1 / questions)
    with np.errstate(invalid="ignore", divide="ignore"):  # by a sum that is 0
        ratios = [numerators.sum(axis=1, keepdims=True) / denominators.sum(axis=1, keepdims=True)]
        for start in range(0, resamples, resamples_at_a_time):
            size = min(resamples_at_a_time, resamples - start)
            draws = generator.multinomial(questions, chances, size)  # (resample, question)
            counts = draws.T.astype(float)
            ratios.append(numerators @ counts / (denominators @ counts))
    return np.hstack(ratios)


def percentile_interval(ratios: np.ndarray) -> Interval | None:
    """The interval of one row of `bootstrap_ratios`: its first value, and percentiles of the rest.

    Returns None if the value is not finite. Resamples that are not finite are left out.
    """
    value = ratios[0]
    if not np.isfinite(value):
        return None
    resampled = ratios[1:][np.isfinite(ratios[1:])]
    low, high = np.percentile(resampled, PERCENTILES) if len(resampled) else (value, value)
    return Interval(rounded(value), rounded(low), rounded(high))


def rounded(number: float) -> float:
    """The number as a plain float, rounded to DECIMALS decimals for a report."""
    return round(float(number), DECIMALS)
