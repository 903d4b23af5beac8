"""Votes: the file that survives a crash, the tally, and whom to compare next."""

import errno
import os
import random
from collections import Counter
from dataclasses import replace

import pytest

from serving import votes
from serving.votes import (
    ALL_TOPICS,
    Vote,
    append_vote,
    draw_pair,
    read_votes,
    tally,
    wilson_interval,
)

VOTE = Vote(
    time="2026-11-28T20:15:03+00:00",
    topic="rules",
    question="Who’s on first?\nWho? <b> \u2028",
    models=("general", "baseball"),
    runs=("runs/general", "runs/baseball"),
    answers=("", "Three “strikes”."),
    choice="right",
    settings={"temperature": 0.7},
    seed=2**63 - 1,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "votes.jsonl"


def test_votes_are_read_as_they_were_written(path):
    written = [VOTE, replace(VOTE, choice="both"), replace(VOTE, topic="history")]
    for vote in written:
        append_vote(path, vote)
    assert read_votes(path) == (written, 0)
    assert len(path.read_bytes().strip().split(b"\n")) == 3


def test_a_missing_file_holds_no_votes(path):
    assert read_votes(path) == ([], 0)


def test_a_crash_in_the_middle_of_a_vote_loses_that_vote_alone(path):
    append_vote(path, VOTE)
    whole_line = path.read_bytes()
    for length in range(1, len(whole_line) - 1):
        path.write_bytes(whole_line + whole_line[:length])
        assert read_votes(path) == ([VOTE], 1)
        append_vote(path, replace(VOTE, choice="left"))
        assert read_votes(path) == ([VOTE, replace(VOTE, choice="left")], 1)


class ReluctantFile:
    """A file that takes three bytes at a time, and none once it has this many."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def write(self, content):
        written = min(3, self.room, len(content))
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= written
        return self.file.write(content[:written])


@pytest.mark.parametrize("room", [0, 100, 10_000])
def test_a_vote_is_written_whole_or_not_at_all(path, room, monkeypatch):
    append_vote(path, VOTE)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(votes, "retry_while_held", lambda action: ReluctantFile(action(), room))
        if room < 10_000:
            with pytest.raises(OSError, match=r"No space left.*votes\.jsonl"):
                append_vote(path, VOTE)
            assert path.read_bytes() == before
        else:
            append_vote(path, VOTE)
            assert path.read_bytes() == before * 2


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        "{}",
        '{"choice": "left"}',
        "\N{REPLACEMENT CHARACTER}",
        "[" * 100_000,
    ],
)
def test_lines_that_are_no_votes_are_counted_and_skipped(path, line):
    append_vote(path, VOTE)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n\n")
    path.write_bytes(path.read_bytes() + b"\xff\n")
    append_vote(path, replace(VOTE, choice="perhaps"))
    append_vote(path, VOTE)
    assert read_votes(path) == ([VOTE, VOTE], 3)


def test_the_tally_counts_wins_by_model_whatever_their_sides(path):
    swapped = replace(VOTE, models=("baseball", "general"))
    cast = [
        VOTE,  # baseball wins
        replace(swapped, choice="left"),  # baseball wins
        replace(VOTE, choice="left", topic="history"),  # general wins
        replace(swapped, choice="both"),
        replace(VOTE, choice="neither"),
        replace(VOTE, models=("general", "replay")),  # another pair
    ]
    standings = tally(cast)
    assert [(s.topic, s.models) for s in standings] == [
        (ALL_TOPICS, ("baseball", "general")),
        ("history", ("baseball", "general")),
        ("rules", ("baseball", "general")),
        (ALL_TOPICS, ("general", "replay")),
        ("rules", ("general", "replay")),
    ]
    overall, history, rules = standings[:3]
    assert (overall.wins, overall.both, overall.neither) == ((2, 1), 1, 1)
    assert (history.wins, rules.wins) == ((0, 1), (2, 0))
    assert overall.share.value == pytest.approx(2 / 3)
    assert tally([replace(VOTE, choice="both")])[0].share is None


@pytest.mark.parametrize(("successes", "trials"), [(0, 4), (2, 3), (7, 10), (480, 1000), (5, 5)])
def test_the_ends_of_the_interval_are_the_shares_that_a_score_test_barely_rejects(
    successes, trials
):
    interval = wilson_interval(successes, trials)
    for end in (interval.low, interval.high):
        if 1e-9 < end < 1 - 1e-9:
            standard_error = (end * (1 - end) / trials) ** 0.5
            distance = abs(successes / trials - end) / standard_error
            assert distance == pytest.approx(1.96, abs=1e-3)
    assert 0 <= interval.low <= successes / trials <= interval.high <= 1
    assert interval.low < interval.high


def test_pairs_and_sides_are_drawn_evenly():
    names = ["a", "b", "c", "d"]
    times, sides = Counter(), Counter()
    generator = random.Random(0)
    for _ in range(600):
        pair = draw_pair(names, times, generator)
        times[frozenset(pair)] += 1
        sides[pair] += 1
    assert set(times.values()) == {100} and len(times) == 6
    assert min(sides.values()) > 30 and len(sides) == 12
