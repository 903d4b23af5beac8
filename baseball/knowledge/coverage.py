"""How many questions of the project's tests have their answer in the facts and the knowledge.

    python -m baseball.knowledge.coverage questions/baseball.jsonl

A fact or an entry counts as holding an answer if it contains an accepted form, and at least
`COMMON` of the question's words that are not on nearly every line. It is a guess from words: it
finds no synonyms, and now and then two texts share words and not their sense. It also lists how
many training questions are left out because a test asks them in the same or similar words.

Use it to judge the results of a test. Do not use it while writing entries: they are written without
looking at the questions.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.knowledge import entries
from baseball.lahman import load_tables
from baseball.other_tests import OtherTests
from evaluation.answers import Question, read_questions
from evaluation.normalise import normalise

COMMON = 0.6
FREQUENT = {
    *("what", "which", "who", "whom", "whose", "when", "where", "why", "how", "many", "much"),
    *("is", "are", "was", "were", "be", "do", "does", "did", "has", "have", "had", "can"),
    *("in", "of", "on", "at", "to", "for", "from", "by", "with", "and", "or", "if", "that", "this"),
    *("it", "its", "he", "his", "they", "there", "called", "name", "1"),
    *("baseball", "player", "team", "game", "season", "year"),
}


class Texts:
    """Texts that may hold an answer, found by their words."""

    def __init__(self, texts: Iterable[str]):
        self._texts = [f" {normalise(text)} " for text in texts]
        self._words = [_stems(text) for text in self._texts]
        self._by_word: dict[str, list[int]] = {}
        for number, words in enumerate(self._words):
            for word in words:
                self._by_word.setdefault(word, []).append(number)

    def hold(self, question: Question) -> bool:
        """Whether one of them holds the answer to the question."""
        asked = _stems(normalise(question.question))
        rarest = sorted(asked, key=lambda word: len(self._by_word.get(word, ())))
        # A text with `COMMON` of the words has one of these.
        few = rarest[: max(1, round(len(rarest) * (1 - COMMON)) + 1)]
        found = {number for word in few for number in self._by_word.get(word, ())}
        forms = [f" {normalise(form)} " for form in question.accepted]
        return any(
            len(asked & self._words[number]) >= COMMON * len(asked)
            and any(form in self._texts[number] for form in forms)
            for number in found
        )


def _stems(text: str) -> set[str]:
    return {word.removesuffix("s") for word in text.split() if word not in FREQUENT}


def texts_of_facts(found: Iterable[Fact]) -> Iterator[str]:
    """The first question of each fact with its answer."""
    return (f"{fact.questions[0]} {fact.answer}" for fact in found)


def report(paths: Sequence[str], root: Path) -> Iterator[str]:
    """The lines of the report."""
    all_facts = list(facts(load_tables()))
    topics = {entry.topic for entry in entries()}
    of_tables = Texts(texts_of_facts(fact for fact in all_facts if fact.kind not in topics))
    of_knowledge = Texts(entry.full_text for entry in entries())
    for path in paths:
        questions = read_questions(path)
        in_tables = [of_tables.hold(question) for question in questions]
        in_knowledge = [of_knowledge.hold(question) for question in questions]
        either = sum(map(max, zip(in_tables, in_knowledge, strict=True)))
        yield (
            f"{path}: of {len(questions)} questions, {sum(in_tables)} have their answer in the "
            f"tables' facts, {sum(in_knowledge)} in the knowledge, {either} in one or both"
        )
    tests = OtherTests.read(root).with_shared_questions(all_facts)
    near = sum(
        tests.ask(question, fact.answer) for fact in all_facts for question in fact.questions
    )
    asked = sum(len(fact.questions) for fact in all_facts)
    yield f"{near:,} of {asked:,} training questions are left out: a test asks much the same"


def main(argv: list[str] | None = None) -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(
        prog="python -m baseball.knowledge.coverage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("questions", nargs="+", metavar="FILE", help="question files")
    for line in report(parser.parse_args(argv).questions, Path(__file__).resolve().parents[2]):
        print(line)


if __name__ == "__main__":
    main()
