"""Which of a row's ranked answers is the best, whatever the ranks are."""

import math
from collections import Counter

import pytest

from text.dialogue import BrokenConversation
from text.nectar import (
    INFINITE,
    NAN,
    NEGATIVE,
    NO_RANK,
    NOT_A_NUMBER,
    TIED,
    best_answer,
)


def answers(*ranks):
    """Answers called "0", "1", ... with these ranks."""
    return [{"answer": str(number), "rank": rank} for number, rank in enumerate(ranks)]


CASES = [
    ("numbers", answers(2.0, 1.0, 3), "1", {}),
    ("strings", answers("2", "10", " 1 ", "1.5"), "2", {}),
    ("strings among numbers", answers(2, "1"), "1", {}),
    ("zero", answers(1, 0), "1", {}),
    ("NaN first", answers(math.nan, 2, 1), "2", {NAN: 1}),
    ("NaN last", answers(2, 1, math.nan), "1", {NAN: 1}),
    ("NaN as a string", answers("nan", "NaN", 7), "2", {NAN: 2}),
    ("infinite", answers(math.inf, -math.inf, 3), "2", {INFINITE: 2}),
    ("infinite as a string", answers("-inf", "Infinity", 3), "2", {INFINITE: 2}),
    ("beyond all floats", answers(10**400, 3), "1", {INFINITE: 1}),
    ("negative", answers(-1, 3, "-2"), "1", {NEGATIVE: 2}),
    ("missing", [{"answer": "0"}, *answers(None, "", 2)], "2", {NO_RANK: 3}),
    ("no numbers", answers("first", True, [1], {}, 4), "4", {NOT_A_NUMBER: 4}),
    ("no answers at all", ["best", None, *answers(4)], "0", {NO_RANK: 2}),
    ("tied", answers(2, 1, 1.0, "1", 3), "1", {TIED: 2}),
    ("tied, but not for the best", answers(2, 1, 2), "1", {}),
]


@pytest.mark.parametrize("ranked, expected, counts", [case[1:] for case in CASES])
def test_the_answer_with_the_lowest_usable_rank_is_the_best(ranked, expected, counts):
    counted = Counter()
    assert best_answer(ranked, counted) == expected
    assert +counted == counts


@pytest.mark.parametrize("ranked", [answers(math.nan), answers("x", None), [], None, {"rank": 1}])
def test_a_row_without_a_usable_rank_is_refused(ranked):
    with pytest.raises(BrokenConversation, match="has no ranked answer"):
        best_answer(ranked, Counter())
