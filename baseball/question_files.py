"""The question files to ask after training."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

from baseball.facts.fact import Fact
from baseball.forms.item import Exchange
from baseball.held_out import as_question, fair_mix
from baseball.other_tests import OtherTests
from evaluation.answers import Question
from tools.files import remove_file, replace_file


def write_questions(
    path: Path,
    facts: Iterable[Fact],
    other_tests: OtherTests,
    limit: int,
    seed: int,
    make_question: Callable[[Fact, int], Question] = as_question,
) -> int:
    """Write a file of questions about `facts`, and return how many it holds.

    The kinds take turns, and `make_question` asks for a fact with a seed: by default in its
    held-out phrasing. Questions of other tests are left out. A `limit` of 0 means no limit. A file
    without questions is not written, and an earlier one is deleted.
    """
    questions = (make_question(fact, seed) for fact in fair_mix(facts, seed))
    new = (each for each in questions if not other_tests.ask(each.question, each.answer))
    return _write(path, islice(new, limit or None))


def write_exchanges(path: Path, exchanges: Iterable[Exchange], limit: int) -> int:
    """Write a file that asks the last question of each exchange; return how many it holds.

    A `limit` of 0 means no limit. A file without questions is not written, and an earlier one is
    deleted.
    """
    return _write(path, islice(map(_as_question, exchanges), limit or None))


def _as_question(exchange: Exchange) -> Question:
    """The last question, with its choices if exactly one of them is right."""
    question = Question(
        topic=exchange.kind,
        question=exchange.messages[-2],
        answer=exchange.messages[-1],
        accepted=exchange.accepted,
        before=exchange.messages[:-2],
    )
    with_choices = replace(question, choices=exchange.choices)
    return with_choices if len(with_choices.right_choices) == 1 else question


def _write(path: Path, questions: Iterable[Question]) -> int:
    rows = [asdict(question) for question in questions]
    if not rows:
        remove_file(path)
        return 0
    for row in rows:
        for name in ("before", "choices"):
            if not row[name]:
                del row[name]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, "".join(lines))
    return len(lines)
