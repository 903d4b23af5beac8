"""Texts that are hard to tokenize: edge cases, random characters, and the sample corpus."""

import json
import random
from collections.abc import Iterator

from tests.support.scripts import SAMPLE
from text.tokenizer import END_OF_TEXT

EDGE_CASES = [
    "",
    "a",
    " ",
    "\n",
    "Hello, world!",
    "It's the batter's 3rd at-bat; they'll walk him.",
    "  two  spaces\n\n\n and\ttabs \t \n",
    "don't DON'T 'twas",
    "ein Läufer auf der zweiten Base",
    "王貞治 hit 868 home runs",
    "⚾️👨‍👩‍👧 zwölf",
    "x" * 3000,
    " " * 500 + "end",
    "1234567890" * 20,
    END_OF_TEXT + "ordinary" + END_OF_TEXT,
    "\x00\x01\x7f\x80\xa0\u2028\ufeff\U0010ffff",
    "a\u0301 e\u0301",
    "trailing space ",
    "\r\n\r\nwindows\r\n",
]
WHITE_SPACE_AND_LETTERS = "  \n\t\r\u00a0\u3000ab'1."


def random_texts(number: int, seed: int = 0) -> Iterator[str]:
    """Short texts: half of them from all of Unicode, half from white space and a few letters."""
    generator = random.Random(seed)
    for _ in range(number):
        choose = _any_character if generator.random() < 0.5 else _confusing_character
        length = generator.randrange(60)
        yield "".join(choose(generator) for _ in range(length))


def _any_character(generator: random.Random) -> str:
    ascii_code = generator.randrange(0x80)
    below_surrogates = generator.randrange(0xD800)
    above_surrogates = generator.randrange(0xE000, 0x110000)
    return chr(generator.choice([ascii_code, below_surrogates, above_surrogates]))


def _confusing_character(generator: random.Random) -> str:
    return generator.choice(WHITE_SPACE_AND_LETTERS)


def sample_texts(number: int | None = None) -> list[str]:
    """The first `number` documents of the sample corpus, or all of them."""
    with SAMPLE.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines][:number]
