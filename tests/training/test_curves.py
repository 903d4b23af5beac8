"""What the picture and the Watch page share: running means, and curves of fewer points."""

import math

from training.curves import running_mean, thin_out


def test_the_running_mean_is_centred_and_shorter_at_the_ends():
    assert running_mean([1, 3, 8, 10], 3) == [2, 4, 7, 9]
    assert running_mean([1, 3, 8], 1) == [1, 3, 8]


def test_a_thinned_curve_is_in_order_and_keeps_its_spikes_and_its_end():
    points = [(step, 3 + math.sin(step)) for step in range(1, 10_001)]
    points[4321] = (4322, 50.0)
    points[8765] = (8766, 0.5)
    thin = thin_out(points, 1000)
    assert 900 <= len(thin) <= 1001
    assert thin == sorted(thin)
    assert set(thin) <= set(points)
    assert (4322, 50.0) in thin and (8766, 0.5) in thin and thin[-1] == points[-1]


def test_a_curve_of_few_points_stays_as_it_is():
    points = [(step, 1.0) for step in range(1000)]
    assert thin_out(points, 1000) == points
