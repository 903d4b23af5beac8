"""How far a number would move with other questions: paired bootstrap intervals.

A resample takes as many questions as there are, with replacement, and computes the number again.
The interval spans the middle 95% of the resampled numbers (Efron & Tibshirani 1993, "An
Introduction to the Bootstrap", chapter 13). All models share the resamples, so the interval of a
difference leaves out what is hard or easy for both.
"""

from dataclasses import dataclass

import numpy as np

SAME_BITS = 1e-3  # a smaller difference in bits is rounding: a tie
PERCENTILES = (2.5, 97.5)
DRAWS_AT_A_TIME = 1 << 22  # 32 MB in float64
DECIMALS = 6  # of reported numbers, so that the order of a summation does not show


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

    The model that is right wins. If both are right or both wrong, the one with fewer bits wins;
    if one of them has no bits (NaN), that is a tie.
    """
    has_fewer = bits < other_bits - SAME_BITS
    has_more = bits > other_bits + SAME_BITS
    by_bits = np.where(has_fewer, 1, np.where(has_more, 0, 0.5))
    return np.where(right == other_right, by_bits, right)


def bootstrap_ratios(
    numerators: np.ndarray, denominators: np.ndarray, resamples: int, seed: int
) -> np.ndarray:
    """Σ numerators / Σ denominators of each row, for the questions and for each resample of them.

    Takes arrays (row, question) and returns (row, 1 + resamples); the first column is of the
    questions as they are. A ratio is NaN if its denominators add up to 0.

    How often a resample takes each question is a multinomial draw, so one matrix product makes all
    sums. The draws are the same for all rows, which is what pairs the rows.
    """
    questions = numerators.shape[1]
    generator = np.random.default_rng(seed)
    resamples_at_a_time = max(1, DRAWS_AT_A_TIME // questions)
    chances = np.full(questions, 1 / questions)
    with np.errstate(invalid="ignore"):  # 0 / 0
        ratios = [numerators.sum(axis=1, keepdims=True) / denominators.sum(axis=1, keepdims=True)]
        for start in range(0, resamples, resamples_at_a_time):
            size = min(resamples_at_a_time, resamples - start)
            draws = generator.multinomial(questions, chances, size)  # (resample, question)
            counts = draws.T.astype(float)
            ratios.append(numerators @ counts / (denominators @ counts))
    return np.hstack(ratios)


def percentile_interval(ratios: np.ndarray) -> Interval | None:
    """The interval of one row of `bootstrap_ratios`: its first value, and percentiles of the rest.

    Returns None if the value is NaN. Resamples without a value are left out.
    """
    value = ratios[0]
    if np.isnan(value):
        return None
    resampled = ratios[1:][np.isfinite(ratios[1:])]
    low, high = np.percentile(resampled, PERCENTILES) if len(resampled) else (value, value)
    return Interval(rounded(value), rounded(low), rounded(high))


def rounded(number: float) -> float:
    """A plain float with DECIMALS decimals, for a report."""
    return round(float(number), DECIMALS)
