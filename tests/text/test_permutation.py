import numpy as np
import pytest

from text.permutation import draw_indices, permute

FIRST_ORDER = [4, 2, 6, 7, 5, 3, 9, 1, 8, 0]
LARGE_ORDER = [507121519026, 290744754276, 501354274996]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 1000, 4097])
def test_the_order_is_a_permutation_that_depends_on_seed_and_epoch(size):
    seeds_and_epochs = [(0, 0), (0, 1), (1, 0)]
    orders = [permute(np.arange(size), size, seed, epoch) for seed, epoch in seeds_and_epochs]
    for order in orders:
        assert sorted(order) == list(range(size))
    if size > 60:
        assert not any((a == b).all() for a, b in zip(orders, orders[1:]))


def test_the_order_looks_random():
    """Correlations of positions with indices, and of neighbouring indices, are nearly 0.

    "Nearly" means within four standard errors.
    """
    size = 20_000
    for seed in range(5):
        order = permute(np.arange(size), size, seed, 0)
        assert abs(np.corrcoef(np.arange(size), order)[0, 1]) < 4 / np.sqrt(size)
        assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 4 / np.sqrt(size)


def test_the_order_is_the_same_in_every_version():
    assert permute(np.arange(10), 10, 0, 0).tolist() == FIRST_ORDER
    assert permute(np.arange(3), 10**12, 7, 2).tolist() == LARGE_ORDER


def test_draws_go_through_every_epoch_in_an_order_of_its_own():
    draws = draw_indices(0, 30, 10, seed=0)
    assert draws[:10].tolist() == FIRST_ORDER
    assert draws[10:20].tolist() == permute(np.arange(10), 10, 0, 1).tolist()
    assert draw_indices(7, 23, 10, seed=0).tolist() == draws[7:23].tolist()
    assert draw_indices(7, 7, 10, seed=0).tolist() == []
