"""Votes for the better of two answers: kept in a file, counted by topic.

votes.jsonl has one vote per line (wrapped here):

    {"time": "2026-11-28T20:15:03+00:00", "topic": "rules", "question": "How many strikes …?",
     "models": ["general", "baseball"], "runs": ["runs/general", "runs/baseball"],
     "answers": ["Four.", "Three strikes make an out."], "choice": "right",
     "settings": {"temperature": 0.7, …}, "seed": 3}

The first of each pair was on the left. `choice` is "left", "right", "both" or "neither".

A crash can leave half a line at the end of the file. The next vote starts a new line, and half a
line is not counted, so no other vote is lost.
"""

import errno
import json
import math
import os
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import IO

from evaluation.bootstrap import Interval
from tools.files import (
    add_path_to_errors,
    flush_folder_to_disk,
    flush_to_disk,
    parse_json,
    read_bytes,
    retry_while_held,
)

CHOICES = ("left", "right", "both", "neither")
OWN_QUESTION = "own questions"  # the topic of a question that is in no file
ALL_TOPICS = "all"
Z = 1.959964  # of the normal distribution: 95% lie within ±Z standard deviations

Pair = tuple[str, str]


@dataclass(frozen=True)
class Vote:
    """What two models answered, and which answer was better."""

    time: str  # ISO 8601
    topic: str
    question: str
    models: Pair  # left, right
    runs: Pair
    answers: Pair
    choice: str
    settings: dict[str, float]
    seed: int

    @property
    def winner(self) -> str | None:
        """The model with the better answer; None after "both" or "neither"."""
        if self.choice in ("left", "right"):
            return self.models[CHOICES.index(self.choice)]
        return None


# ---- the file ----


def append_vote(path: Path, vote: Vote) -> None:
    """Write a vote as one line, and wait until it is on disk.

    Raises OSError if that fails; then nothing of the vote stays in the file.
    """
    line = json.dumps(asdict(vote), ensure_ascii=False).encode("utf-8") + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with add_path_to_errors(path), retry_while_held(lambda: open(path, "ab+", buffering=0)) as file:
        size = file.seek(0, os.SEEK_END)
        if not _ends_with_newline(file):
            line = b"\n" + line
        try:
            _write_all(file, line)
            flush_to_disk(file)
        except OSError:
            file.truncate(size)
            raise
    if size == 0:
        flush_folder_to_disk(path.parent)


def _write_all(file: IO[bytes], content: bytes) -> None:
    """Write to an unbuffered file, which may take a part of the bytes at a time."""
    while content:
        written = file.write(content)
        if not written:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        content = content[written:]


def _ends_with_newline(file: IO[bytes]) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def read_votes(path: Path) -> tuple[list[Vote], int]:
    """The votes in a file, and the number of lines that are not votes.

    Both are empty if there is no file. Raises OSError if it cannot be read.
    """
    try:
        content = read_bytes(path)
    except FileNotFoundError:
        return [], 0
    votes, damaged = [], 0
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            votes.append(_read_vote(line))
        except ValueError:
            damaged += 1
    return votes, damaged


def _read_vote(line: bytes) -> Vote:
    """Raises ValueError if the line is not a vote."""
    row = parse_json(line)
    try:
        pairs = {name: _read_pair(row[name]) for name in ("models", "runs", "answers")}
        vote = Vote(**{**row, **pairs})
    except (TypeError, KeyError):
        raise ValueError("not the fields of a vote") from None
    texts = [vote.time, vote.topic, vote.question]
    if vote.choice not in CHOICES or not all(isinstance(text, str) for text in texts):
        raise ValueError("not the values of a vote")
    return vote


def _read_pair(value: object) -> Pair:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value):
        return value[0], value[1]
    raise ValueError("not a pair of texts")


# ---- counting ----


@dataclass(frozen=True)
class Standing:
    """How two models compare on one topic, or on ALL_TOPICS."""

    topic: str
    models: Pair
    wins: tuple[int, int]
    both: int
    neither: int

    @property
    def share(self) -> Interval | None:
        """The first model's share of the wins, with its 95% interval; None without any wins."""
        return wilson_interval(self.wins[0], sum(self.wins)) if sum(self.wins) else None


def tally(votes: Sequence[Vote]) -> list[Standing]:
    """Each pair of models in alphabetical order: on all topics, then on each of them."""
    standings = []
    for pair in sorted({_sorted_pair(vote) for vote in votes}):
        of_pair = [vote for vote in votes if _sorted_pair(vote) == pair]
        standings.append(_count(ALL_TOPICS, pair, of_pair))
        for topic in sorted({vote.topic for vote in of_pair}):
            of_topic = [vote for vote in of_pair if vote.topic == topic]
            standings.append(_count(topic, pair, of_topic))
    return standings


def _sorted_pair(vote: Vote) -> Pair:
    first, second = sorted(vote.models)
    return first, second


def _count(topic: str, pair: Pair, votes: Iterable[Vote]) -> Standing:
    winners = Counter(vote.winner for vote in votes)
    choices = Counter(vote.choice for vote in votes)
    wins = winners[pair[0]], winners[pair[1]]
    return Standing(topic, pair, wins, choices["both"], choices["neither"])


def wilson_interval(successes: int, trials: int) -> Interval:
    """A share with its 95% score interval (Wilson 1927, JASA 22, p. 209).

    Unlike the share ± two standard errors, it is sensible for few trials and for shares of 0 or 1.
    """
    share = successes / trials
    shrinkage = 1 + Z**2 / trials
    centre = (share + Z**2 / (2 * trials)) / shrinkage
    variance = share * (1 - share) / trials + Z**2 / (4 * trials**2)
    half_width = Z * math.sqrt(variance) / shrinkage
    return Interval(share, max(0.0, centre - half_width), min(1.0, centre + half_width))


# ---- whom to compare next ----


def draw_pair(
    names: Sequence[str], times: Counter[frozenset[str]], generator: random.Random
) -> Pair:
    """The models of the left and the right answer: a pair that was compared least often so far.

    `times` says how often each pair was. Which of them is on the left is random.
    """
    pairs = list(combinations(names, 2))
    fewest = min(times[frozenset(pair)] for pair in pairs)
    left, right = generator.choice([p for p in pairs if times[frozenset(p)] == fewest])
    return (left, right) if generator.random() < 0.5 else (right, left)
