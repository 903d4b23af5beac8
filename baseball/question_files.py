"""Question files: those to ask after training, and those that belong to other tests."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from baseball.facts.fact import Fact
from baseball.forms.item import Exchange
from baseball.held_out import as_question, fair_mix
from evaluation.answers import Question, normalise, read_questions
from tools.files import replace_file

OTHER_TESTS = ("questions/*.jsonl", "sample/questions.jsonl")
QUESTION = re.compile(
    r"(?<![^?!\n])[^?!\n]++\?"
)  # a question, with any sentences before it on the line
MAX_PERIODS = 4  # inside one question: "Who beat the St. Louis Browns ...?"


def read_other_tests(root: Path) -> set[str]:
    """The questions of the project's other tests, normalised."""
    found: set[str] = set()
    for pattern in OTHER_TESTS:
        for path in root.glob(pattern):
            found.update(normalise(question.question) for question in read_questions(path))
    return found


def asks_one_of(questions: Collection[str], text: str) -> bool:
    """Whether the text asks one of `questions`, which must be normalised.

    A period may end the sentence before the question or be part of the question ("St. Louis"), so
    both readings are tried.
    """
    for passage in QUESTION.findall(text):
        pieces = re.split(r"(?<=\.)\s+", passage)
        for first in range(max(0, len(pieces) - MAX_PERIODS - 1), len(pieces)):
            if normalise(" ".join(pieces[first:])) in questions:
                return True
    return False


def write_questions(
    path: Path, facts: Iterable[Fact], other_tests: Collection[str], limit: int, seed: int
) -> int:
    """Write a file of questions about `facts`, and return how many it holds.

    The kinds take turns, and each fact is asked in its held-out phrasing. Questions of other tests
    are left out. A `limit` of 0 means no limit.
    """
    questions = (as_question(fact, seed) for fact in fair_mix(facts, seed))
    new = (question for question in questions if normalise(question.question) not in other_tests)
    return _write(path, islice(new, limit or None))


def write_exchanges(path: Path, exchanges: Iterable[Exchange], limit: int) -> int:
    """Write a file that asks the last question of each exchange; return how many it holds.

    A `limit` of 0 means no limit.
    """
    questions = (
        Question(
            topic=exchange.kind,
            question=exchange.messages[-2],
            answer=exchange.messages[-1],
            accepted=exchange.accepted,
            before=exchange.messages[:-2],
        )
        for exchange in exchanges
    )
    return _write(path, islice(questions, limit or None))


def _write(path: Path, questions: Iterable[Question]) -> int:
    rows = [asdict(question) for question in questions]
    for row in rows:
        if not row["before"]:
            del row["before"]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, "".join(lines))
    return len(lines)
