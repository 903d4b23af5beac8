"""What prose is made of: lines to choose from, sentences, drafts, documents.

    choose = Chooser("career", "ruthba01")
    lines = lines_of("player_season")
    words = {"games": "151 games"}
    choose.sentence(lines["few_games"], words, states=(), year=1927)
    # Sentence(text='<S> played in 151 games <t>.', states=(), year=1927, names_others=False)

A draft holds sentences with marks; `writing.write_document` fills them in and returns a document.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

from baseball.phrasings import load_lines
from tools.messages import missing

T = TypeVar("T")
LINES = Path(__file__).parent / "lines"
STARTS = ("<S>", "<P>", "The", "In", "Over", "No")  # first words that are lowercase inside
ELSEWHEN = -1  # the year of a sentence about several years; the next sentence must give its own


@dataclass(frozen=True)
class Document:
    """A finished document. Each of its sentences comes with the ids of its statements."""

    title: str
    text: str
    kind: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...]


class Sentence(NamedTuple):
    """One sentence and the ids of the statements that it makes.

    The text may contain marks, which are filled in once hidden sentences are dropped: <S> and <s>
    for the document's subject (a name or a pronoun, at the start or inside), <o> for it as an
    object, <P> and <p> for its possessive, <T> for words of time at the start ("In 1927,") and <t>
    for such words elsewhere ("in 1927", "that year").
    """

    text: str
    states: tuple[str, ...] = ()
    year: int | None = None  # the year of <T> and <t>, or ELSEWHEN
    names_others: bool = False  # a pronoun in the next sentence might be misread

    def through(self, year: int | None) -> "Sentence":
        """The sentence with the year up to which it counts, at its end; unchanged for None.

        "<P> career record was 94-46." -> "<P> career record was 94-46 through 2024."
        """
        if year is None:
            return self
        text = self.text.removesuffix(".")
        return self._replace(text=f"{text} through {year}.")

    def as_of(self, year: int | None) -> "Sentence":
        """The sentence with the year up to which it counts, at its start; unchanged for None.

        "<P> clubs were the Mets and the Cubs." -> "As of 2024, <p> clubs were the Mets ..."
        """
        if year is None:
            return self
        first, _, rest = self.text.partition(" ")
        if first in STARTS:
            first = first.lower()
        return self._replace(text=f"As of {year}, {first} {rest}")


class Subject(NamedTuple):
    """What a document is about: its name at first mention, its name after that, its pronouns."""

    full: str
    short: str
    he: str
    his: str
    him: str


# For documents without a single subject, in which every sentence names whom it is about.
NOBODY = Subject("the season", "the season", "it", "its", "it")


class Draft(NamedTuple):
    """A document whose sentences still hold marks."""

    title: str
    kind: str
    subject: Subject
    paragraphs: list[list[Sentence]]


class Chooser:
    """Makes pseudo-random choices between phrasings: equal keys give equal choices.

    Every phrasing of a list is chosen once, in an order that depends on the key, before any is
    repeated.
    """

    def __init__(self, *key: Any) -> None:
        self.state = crc32(":".join(map(str, key)).encode())
        self.turns: dict[Sequence, _Turn] = {}

    def __call__(self, options: Sequence[T]) -> T:
        """One of the options, a tuple or a range. Equal options share their turns."""
        turn = self.turns.get(options)
        if turn is None:
            turn = self.turns[options] = self._first_turn(len(options))
        else:
            turn.index = (turn.index + turn.stride) % len(options)
        return options[turn.index]

    def sentence(
        self,
        lines: Sequence[str],
        words: Mapping[str, Any],
        states: Iterable[str] = (),
        year: int | None = None,
        names_others: bool = False,
    ) -> Sentence:
        """A sentence from one of the lines, with its fields filled in from `words`."""
        return Sentence(self(lines).format_map(words), tuple(states), year, names_others)

    def one_in(self, count: int) -> bool:
        """True with probability 1/count."""
        return self._random(count) == 0

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The items in a pseudo-random order (Fisher and Yates's shuffle)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self._random(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def _first_turn(self, count: int) -> "_Turn":
        """A random start and a stride coprime to `count`, which visits every option once."""
        index = self._random(count)
        strides = [stride for stride in range(1, count) if gcd(stride, count) == 1] or [1]
        return _Turn(index, strides[self._random(len(strides))])

    def _random(self, below: int) -> int:
        """The next number below `below` of a linear congruential generator (ANSI C's constants)."""
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 12) % below


def key_of_version(version: int) -> tuple[str, ...]:
    """What the key of a document's choices has in addition in that version; () in the first."""
    return (f"version {version}",) if version else ()


@dataclass
class _Turn:
    """The turns of a list of options: the index of the last choice, and the step to the next."""

    index: int
    stride: int


class Lines(dict[str, tuple[str, ...]]):
    """The lines in a file, by the name of their table.

    Raises ValueError if the file is invalid, or on looking up a table that it does not have.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(load_lines(path))
        self.path = path

    def __missing__(self, name: str) -> tuple[str, ...]:
        raise missing(self.path, f"has no table [{name}]", "restore it from the repository")


@functools.cache
def lines_of(section: str) -> Lines:
    """The lines in lines/SECTION.toml, which is read once and then cached."""
    return Lines(LINES / f"{section}.toml")
