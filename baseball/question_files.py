"""Files of questions: those to ask after training, and those that other tests ask."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from baseball.facts.fact import Fact
from baseball.held_out import as_question, fair_mix
from evaluation.answers import normalise, read_questions
from tools.files import replace_file

OTHER_TESTS = ("questions/*.jsonl", "sample/questions.jsonl")
QUESTION = re.compile(r"(?<![^?!\n])[^?!\n]++\?")  # and the statements before it on its line
MOST_PERIODS = 4  # inside one question: "Who beat the St. Louis Browns ...?"


def read_other_tests(root: Path) -> set[str]:
    """The questions of the project's other tests, normalised."""
    paths = [path for pattern in OTHER_TESTS for path in root.glob(pattern)]
    return {normalise(question.question) for path in paths for question in read_questions(path)}


def asks_one_of(questions: Collection[str], text: str) -> bool:
    """Whether the text asks one of these questions, which are normalised.

    A period may end the sentence before the question, or belong to the question ("St. Louis").
    """
    for passage in QUESTION.findall(text):
        pieces = re.split(r"(?<=\.)\s+", passage)
        for first in range(max(0, len(pieces) - MOST_PERIODS - 1), len(pieces)):
            if normalise(" ".join(pieces[first:])) in questions:
                return True
    return False


def write_questions(
    path: Path, facts: Iterable[Fact], other_tests: Collection[str], limit: int, seed: int
) -> int:
    """Write a file of questions about facts, the kinds taking turns; return how many.

    Each fact is asked in its held-out phrasing. Questions of other tests are left out. `limit` 0
    means all.
    """
    questions = (as_question(fact, seed) for fact in fair_mix(facts, seed))
    new = (question for question in questions if normalise(question.question) not in other_tests)
    chosen = islice(new, limit or None)
    lines = [json.dumps(asdict(question), ensure_ascii=False) + "\n" for question in chosen]
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, "".join(lines))
    return len(lines)
