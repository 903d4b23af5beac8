"""Which documents are about baseball: a rule for Wikipedia articles and web pages.

    is_about_baseball("Wrigley Field", "Wrigley Field is a ballpark in Chicago. Baseball has ...")
    # True
    is_about_baseball("", "Our town has two churches, a college and a baseball field ...")
    # False

A document is about baseball if baseball is its main subject: players, managers, umpires, officials,
writers and announcers best known for it; teams, leagues, seasons, games, awards, records, rules,
equipment; ballparks; films, books and songs mainly about it. These do not count: a school, city,
stadium or athlete for which baseball is one thing among many, coaches of several sports, softball
alone, cricket, rounders. Variants of baseball (tee-ball, vintage base ball) count, and so do
subjects that baseball and softball share equally.

The rule counts words (see article_words.toml). "Baseball" or "MLB" is 3 points; a word of the game
("shortstop", "home run") or an unmistakable team ("Yankees") is 1 point. The opening counts six
times, because it says what a text is about. Three numbers must be large enough:

    points    in the text                                                   at least 5
    density   points per 1,000 characters, the opening counted six times    at least 4
    ratio     points per word of another sport, the opening weighted alike  at least 4

    "Ray Doe was a pitcher. He played baseball for the Yankees."
    1 + 3 + 1 = 5 points in 58 characters, which count as 600:
    density 1000 x (5 + 5 x 5) / (600 + 5 x 600) = 8.3; no other sport: about baseball

A title that says "(baseball)" or "(pitcher)" is enough by itself. A title that names another sport,
a text that mentions softball more often than baseball, or a page that lists what a name may refer
to is rejected whatever its points. EXPERIMENTS.md reports how accurate the rule is.
"""

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from baseball.toml_files import read_toml

WORDS = Path(__file__).parent / "article_words.toml"

MIN_POINTS = 5
MIN_DENSITY = 4.0
MIN_RATIO = 4.0
OPENING = 600  # characters: about the first paragraph of an article
OPENING_EXTRA = 5  # how many times the opening is counted again

# Every document about baseball has one of these. Most texts have none and are rejected 30 times
# faster than by counting words. "World Series" is not a sign: poker, darts and motor racing
# have one too.
SIGNS = ("aseball", "ASEBALL", "ase ball", "ase Ball", "MLB", " inning")

# Baseball caps, hats and bats do not count: they turn up in texts about other subjects.
NAMES = re.compile(r"\bbase[- ]?ball(?!s? (?:cap|hat|bat)s?\b)|\bmlb\b")

BASEBALL_TITLE = re.compile(
    r"\([^)]*\b(?:baseball|mlb|pitcher|catcher|infielder|outfielder|shortstop"
    r"|(?:first|second|third) baseman)\b"
)
NAME_PAGE = re.compile(r"\bmay (?:also )?refer to\b")


class Evidence(NamedTuple):
    """The three numbers of the rule; the docstring of this module defines them."""

    points: int
    density: float
    ratio: float


class Vocabulary(NamedTuple):
    """Patterns for lowercase text, each matching any one word or phrase."""

    baseball: re.Pattern[str]
    other_sports: re.Pattern[str]


@functools.cache
def vocabulary() -> Vocabulary:
    """The patterns of article_words.toml."""
    tables = read_toml(WORDS)
    baseball_words = tables["baseball"]
    return Vocabulary(
        baseball=_any_word([*baseball_words["words"], *baseball_words["teams"]]),
        other_sports=_any_word(tables["other_sports"]["words"]),
    )


def _any_word(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


def is_about_baseball(title: str, text: str) -> bool:
    """Whether baseball is the main subject.

    `title` may be "", and `text` may start with it.
    """
    if not any(sign in text or sign in title for sign in SIGNS):
        return bool(BASEBALL_TITLE.search(title.lower()))
    title, text = title.lower(), text.lower()
    if BASEBALL_TITLE.search(title):
        return True
    if is_about_another_subject(title, text):
        return False
    points, density, ratio = weigh(title, text)
    return points >= MIN_POINTS and density >= MIN_DENSITY and ratio >= MIN_RATIO


def is_about_another_subject(title: str, text: str) -> bool:
    """Whether a document is about something else, whatever its points.

    `title` and `text` must be lowercase.
    """
    names_other_sport = vocabulary().other_sports.search(title) or "softball" in title
    if names_other_sport and "baseball" not in title:
        return True
    if NAME_PAGE.search(text, 0, OPENING):
        return True
    return text.count("softball") > text.count("baseball")


def weigh(title: str, text: str) -> Evidence:
    """Count the words of baseball and of other sports. `title` and `text` must be lowercase."""
    if not text.startswith(title):
        text = f"{title}\n{text}"
    opening = text[:OPENING]
    points = count_points(text)
    weighted = points + OPENING_EXTRA * count_points(opening)
    other_sports = count_other_sports(text) + OPENING_EXTRA * count_other_sports(opening)
    length = max(len(text), OPENING) + OPENING_EXTRA * OPENING
    return Evidence(points, 1000 * weighted / length, weighted / max(other_sports, 1))


def count_points(text: str) -> int:
    """The points of a lowercase text, before any weighting."""
    return 3 * len(NAMES.findall(text)) + len(vocabulary().baseball.findall(text))


def count_other_sports(text: str) -> int:
    """How many words of other sports a lowercase text has."""
    return len(vocabulary().other_sports.findall(text))
