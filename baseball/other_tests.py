"""The questions of the project's other tests, which are never trained on, nor in similar words.

A question is much the same as a test question if it has the same numbers, all of its names
(capitalized words), and at least `SHARED` of its pairs of neighbouring words:

    How many strikes make an out?              how-many many-strikes strikes-make make-out
    How many strikes make an out in baseball?  has all four: much the same
    How many outs make an inning?              has one of four: another question

If its answer is right for the test, too, `SHARED` of the test question's words are enough:

    Who was called the Sultan of Swat? Babe Ruth.   who was called sultan of swat
    Who was the Sultan of Swat? It was Babe Ruth.   has five of six: much the same

What stands before or after a question does not make it another one: "How many strikes make an out?
Two, three or four?" asks the first of these, and so does "Tell me this. How many ...".
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path

from baseball.facts.fact import Fact
from evaluation.answers import Question, is_right, read_questions
from evaluation.normalise import normalise

FILES = ("questions/*.jsonl", "sample/questions.jsonl")
SHARED = 0.7
FEWEST_PAIRS = 3  # a shorter question is not recognised by its pairs
# A question, with any sentences before it on the line.
QUESTION = re.compile(r"(?<![^?!\n])[^?!\n]++\?")
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
MAX_PERIODS = 4  # inside one question: "Who beat the St. Louis Browns ...?"


class OtherTests:
    """Questions that must not be trained on. The `exact` ones are only known in their own words."""

    def __init__(self, questions: Iterable[Question], exact: Iterable[str] = ()):
        self._questions = tuple(questions)
        self._exact = frozenset(map(normalise, exact))
        self._tests: dict[str, list[Question]] = defaultdict(list)  # by their words
        for test in self._questions:
            self._tests[normalise(test.question)].append(test)
        self._names = {asked: _names(tests[0].question) for asked, tests in self._tests.items()}
        self._by_pair: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._pairs: dict[str, int] = {}  # how many pairs each question has
        for question in self._tests:
            pairs = set(pairwise(question.split()))
            self._pairs[question] = len(pairs)
            if len(pairs) >= FEWEST_PAIRS:
                for pair in pairs:
                    self._by_pair[pair].append(question)
        self._by_rare_word = _by_rare_words(self._tests)

    @classmethod
    def read(cls, root: Path) -> "OtherTests":
        """The questions in all `FILES` of the project, whose folder is `root`."""
        paths = [path for pattern in FILES for path in sorted(root.glob(pattern))]
        return cls(question for path in paths for question in read_questions(path))

    def including(self, exact: Iterable[str]) -> "OtherTests":
        """The same tests with these questions, too, which are only known in their own words."""
        return OtherTests(self._questions, {*self._exact, *exact})

    def with_shared_questions(self, facts: Sequence[Fact]) -> "OtherTests":
        """The same tests with the shared questions of every knowledge entry that they ask about.

        The words of a test's question do not find these: they have few word pairs in common with
        it, and most of their pairs ("tell me", "the meaning") occur in many questions.
        """
        asked: list[str] = []
        for fact in facts:
            count = fact.own_question_count
            if any(self.ask(question, fact.answer) for question in fact.questions[:count]):
                asked += fact.questions[count:]
        return self.including(asked)

    def ask(self, question: str, answer: str) -> bool:
        """Whether one of them is this question or a part of it, in the same or similar words."""
        parts = [question, *question.split("?")[:-1], *SENTENCE_END.split(question)]
        different = {part.rstrip(" ?") for part in parts}  # normalising is slow
        asked = {normalise(part) for part in different}
        return any(self._ask(words, answer) for words in asked if words)

    def _ask(self, asked: str, answer: str) -> bool:
        if asked in self._tests or asked in self._exact:
            return True
        words = asked.split()
        near = chain(self._with_shared_pairs(words), self._with_shared_words(words, answer))
        return any(
            self._names[other] <= set(words) and _numbers(words) == _numbers(other.split())
            for other in near
        )

    def _with_shared_pairs(self, words: Sequence[str]) -> Iterator[str]:
        """The tests' questions of which `SHARED` of the pairs are in these words."""
        shared = Counter(
            other for pair in set(pairwise(words)) for other in self._by_pair.get(pair, ())
        )
        for other, count in shared.items():
            if count >= SHARED * self._pairs[other]:
                yield other

    def _with_shared_words(self, words: Sequence[str], answer: str) -> Iterator[str]:
        """Those of which `SHARED` of the words are among these, and the answer is right."""
        own = set(words)
        candidates = {test for word in own for test in self._by_rare_word.get(word, ())}
        for other in candidates:
            needed = set(other.split())
            is_near = len(needed & own) >= SHARED * len(needed)
            if is_near and any(is_right(answer, test) for test in self._tests[other]):
                yield other

    def are_in(self, text: str) -> bool:
        """Whether the text asks one of them, in the same words.

        A period may end the sentence before the question or be part of the question ("St. Louis"),
        so both readings are tried.
        """
        for passage in QUESTION.findall(text):
            pieces = re.split(r"(?<=\.)\s+", passage)
            for first in range(max(0, len(pieces) - MAX_PERIODS - 1), len(pieces)):
                if normalise(" ".join(pieces[first:])) in self._tests:
                    return True
        return False


def _by_rare_words(questions: Iterable[str]) -> dict[str, list[str]]:
    """The questions by their rarest words: a text with `SHARED` of the words has one of these."""
    words_of = {question: set(question.split()) for question in questions}
    frequency = Counter(word for words in words_of.values() for word in words)
    by_word: dict[str, list[str]] = defaultdict(list)
    for question, words in words_of.items():
        most_missing = len(words) - math.ceil(SHARED * len(words))
        for word in sorted(words, key=lambda word: (frequency[word], word))[: most_missing + 1]:
            by_word[word].append(question)
    return by_word


def _names(question: str) -> set[str]:
    """The words in capitals after the first word, normalised."""
    capitals = [word for word in question.split()[1:] if word[:1].isupper()]
    return set(normalise(" ".join(capitals)).split())


def _numbers(words: Iterable[str]) -> set[str]:
    return {word for word in words if word[0].isdigit()}
