"""Document."""

from dataclasses import dataclass
from math import gcd
from typing import NamedTuple
from zlib import crc32


@dataclass(frozen=True)
class Document:
    """`text` is the sentences, joined; each knows which statements it makes."""

    title: str
    text: str
    kind: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...]


class Sentence(NamedTuple):
    """One sentence and what it states.

    The text may hold marks, filled in when it is known which sentences stay: <S> and <s> for the document's subject (a name or a
    pronoun, at the start or inside), <o> for it as an object, <P> and <p> for its possessive, <T> for words of time at the start ("In 1927,") and <t> for
    such words elsewhere ("in 1927", "that year").
    """

    text: str
    states: tuple[str, ...] = ()
    year: int | None = None
    others: bool = False  # names other people, so that a pronoun after it might be misread


class Subject(NamedTuple):
    """What a document is about: how it is named first, how later, and its pronouns."""

    full: str
    short: str
    he: str
    his: str
    him: str


class Draft(NamedTuple):
    title: str
    kind: str
    subject: Subject
    paragraphs: list[list[Sentence]]


class Chooser:
    """Picks one of several wordings: at random to the eye, the same on every run for the same key.

    The wordings of one list are gone through in an order of the key's own before any comes again.
    """

    def __init__(self, *key):
        self.state = crc32(":".join(map(str, key)).encode())
        self.turns: dict[tuple, list[int]] = {}

    def _random(self, below: int) -> int:
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 12) % below

    def __call__(self, options: tuple):
        count = len(options)
        turn = self.turns.get(options)
        if turn is None:
            strides = [stride for stride in range(1, count) if gcd(stride, count) == 1] or [1]
            turn = self.turns[options] = [self._random(count), strides[self._random(len(strides))]]
        else:
            turn[0] = (turn[0] + turn[1]) % count
        return options[turn[0]]

    def one_in(self, count: int) -> bool:
        return self._random(count) == 0
