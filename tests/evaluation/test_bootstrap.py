"""Bootstrap intervals and wins, checked against closed forms and hand-written cases."""

import math

import numpy as np
import pytest

from evaluation.bootstrap import Interval, bootstrap_ratios, percentile_interval, win_points
from evaluation.summary import summarise

NAN = math.nan
WINS = [
    # (right, bits) of the model, (right, bits) of the other model, points of the model
    ((True, 9.0), (False, 1.0), 1),
    ((False, 1.0), (True, 9.0), 0),
    ((True, 1.0), (True, 2.0), 1),
    ((False, 2.0), (False, 1.0), 0),
    ((True, 1.0), (True, 1.0), 0.5),
    ((False, 1.0), (False, 1.0 + 1e-6), 0.5),
    ((False, NAN), (False, 1.0), 0.5),
    ((False, NAN), (True, 1.0), 0),
    ((True, 1.0), (False, NAN), 1),
]


def simulate_scores(models=3, count=400, seed=0):
    """Correctness, bits, and answer sizes in bytes, for models that find the same questions hard.

    The shapes are (model, question), (model, question) and (question,).
    """
    generator = np.random.default_rng(seed)
    difficulty = generator.normal(size=count)
    weakness = difficulty + 0.3 * generator.normal(size=(models, count))
    right = weakness < np.linspace(0.2, 0.6, models)[:, None]
    sizes = generator.integers(10, 60, size=count)
    bits = sizes * np.exp(0.3 * difficulty + 0.1 * generator.normal(size=(models, count)))
    return right, bits, sizes


def normal_interval(value, influence):
    """The value, and the value ∓ 1.96 standard errors, by the normal approximation.

    `influence` (question,) is n times the change of the value that a question contributes; its
    mean is 0.
    """
    margin = 1.96 * np.sqrt(np.mean(np.square(influence)) / len(influence))
    return [value, value - margin, value + margin]


def value_and_ends(interval):
    return [interval.value, interval.low, interval.high]


def width(interval):
    return interval.high - interval.low


def test_intervals_agree_with_the_normal_approximation():
    right, bits, sizes = simulate_scores()
    group = summarise(["a", "b", "c"], right, bits, sizes, 10_000, 0)
    for name, model_right, model_bits in zip("abc", right, bits):
        accuracy = normal_interval(model_right.mean(), model_right - model_right.mean())
        assert value_and_ends(group.accuracy[name]) == pytest.approx(accuracy, abs=0.006)
        ratio = model_bits.sum() / sizes.sum()
        influence = (model_bits - ratio * sizes) / sizes.mean()  # the delta method
        bits_per_byte = normal_interval(ratio, influence)
        assert value_and_ends(group.bits_per_byte[name]) == pytest.approx(bits_per_byte, abs=0.005)
    last = group.pairs[-1]
    assert (last.first, last.second) == ("b", "c")
    difference = right[2].astype(float) - right[1]
    expected = normal_interval(difference.mean(), difference - difference.mean())
    assert value_and_ends(last.accuracy) == pytest.approx(expected, abs=0.006)


def test_a_paired_interval_is_narrower_than_an_unpaired_one():
    right, bits, sizes = simulate_scores()
    group = summarise(["a", "b", "c"], right, bits, sizes, 2000, 0)
    pair = group.pairs[0]
    for by_model, difference in (
        (group.accuracy, pair.accuracy),
        (group.bits_per_byte, pair.bits_per_byte),
    ):
        unpaired = math.hypot(width(by_model["a"]), width(by_model["b"]))
        assert width(difference) < 0.8 * unpaired


def test_all_models_share_the_resamples_and_the_same_seed_gives_the_same_ones():
    values = np.arange(20.0)
    rows = np.vstack([values, values, 2 * values])
    first = bootstrap_ratios(rows, np.ones((3, 20)), 300, 7)
    assert first.shape == (3, 301)
    assert first[0, 0] == values.mean()
    assert np.array_equal(first[0], first[1])
    assert np.allclose(first[2], 2 * first[0])
    assert np.array_equal(first, bootstrap_ratios(rows, np.ones((3, 20)), 300, 7))
    assert not np.array_equal(first, bootstrap_ratios(rows, np.ones((3, 20)), 300, 8))


def test_the_interval_spans_the_middle_ninety_five_percent_of_the_resamples():
    assert percentile_interval(np.array([5.0, *range(101)])) == Interval(5.0, 2.5, 97.5)
    assert percentile_interval(np.array([NAN, 1.0])) is None


def test_a_question_is_won_by_accuracy_first_and_bits_second():
    right = np.array([model[0] for model, _, _ in WINS])
    bits = np.array([model[1] for model, _, _ in WINS])
    other_right = np.array([other[0] for _, other, _ in WINS])
    other_bits = np.array([other[1] for _, other, _ in WINS])
    points = [expected for _, _, expected in WINS]
    assert win_points(right, bits, other_right, other_bits).tolist() == points
    group = summarise(
        ["other", "model"],
        np.array([other_right, right]),
        np.array([other_bits, bits]),
        np.ones(len(WINS)),
        resamples=100,
        seed=0,
    )
    pair = group.pairs[0]
    assert (pair.second_wins, pair.ties, pair.first_wins) == (3, 3, 3)
    assert pair.second_win_share.value == 0.5
