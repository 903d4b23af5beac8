"""Results in order from worker processes, and workers that die."""

import os
import signal

import pytest

from tools.workers import map_in_processes


def square(number):
    return number * number


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order_with_their_companions(workers):
    pairs = [(number, str(number)) for number in range(20)]
    expected = [(number * number, str(number)) for number in range(20)]
    assert list(map_in_processes(square, pairs, workers)) == expected


def test_arguments_are_read_only_a_little_ahead():
    read = []

    def pairs():
        for number in range(100):
            read.append(number)
            yield number, None

    results = map_in_processes(square, pairs(), workers=2)
    next(results)
    assert len(read) == 5
    results.close()


def test_a_worker_that_dies_is_an_error_with_a_remedy():
    with pytest.raises(ValueError, match="a worker process died, .* fewer --workers"):
        list(map_in_processes(die, [(0, None)], workers=2))
