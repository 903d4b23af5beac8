"""What can be asked in every form of question, and the exchanges that are made of it.

An `Item` is all that the forms know of a thing: its direct questions, its short answer, a claim
with a gap for it, and hints, which say the same of a subject ("hit 60 home runs in 1927"). Facts
become items in `baseball/forms/from_facts.py`; anything else that has these can become one too.
"""

import math
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from baseball.phrasings import GAP
from baseball.wording import SMALL_NUMBERS, without_double_period
from evaluation.normalise import normalise

# Words that are no names, whatever follows them.
OPENERS = {
    *("A", "About", "After", "Against", "All", "Although", "An", "As", "At", "Because"),
    *("Before", "Besides", "Between", "Beyond", "Both", "By", "During", "Each", "Even"),
    *("Every", "Few", "For", "From", "He", "His", "If", "In", "It", "Its", "Just", "Many"),
    *("Most", "No", "Of", "On", "Once", "Only", "Outside", "Over", "Since", "Some", "That"),
    *("The", "There", "They", "This", "Through", "To", "Under", "Unless", "Until", "When"),
    *("Where", "Whether", "While", "With", "Without"),
}
NUMBER_WORDS = {word: number for number, word in enumerate(SMALL_NUMBERS)}
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
RECORD = re.compile(r"\d+-\d+")  # wins and losses


@dataclass(frozen=True, slots=True)
class Hint:
    """What a fact says of one subject, in words that do not name it.

    `subject_type` names the table of its wordings: "player", "manager", "club", "franchise" or
    "season".
    """

    subject_type: str
    subject: str  # its id, the same in all hints of the subject
    name: str
    accepted: tuple[str, ...]
    text: str  # "hit 60 home runs in 1927"; of a season, a whole clause
    is_asked: bool  # whether the direct question asks for the subject already
    is_long: bool = False  # whether it has commas of its own, which would confuse a list of clues
    year: str = ""  # of a club
    lead: str = ""  # "outfielder": what the subject may be called instead of this hint
    pitcher_lead: str = ""  # the same before "pitcher": "left-handed"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be asked in every form, and the statements that this gives away.

    `questions` are the direct questions to train on, and `test_question` is one that is only asked
    afterwards. `context` holds what the questions mention, by name ("year", "league"): items
    of one kind that share it are rivals, and items that differ in a single value follow each other.
    """

    kind: str
    questions: tuple[str, ...]
    test_question: str
    answer: str
    accepted: tuple[str, ...]
    states: tuple[str, ...]
    short: str  # "60 home runs"; "" if there is none
    claim: str  # "Babe Ruth hit {blank} in 1927."; "" if there is none
    context: Mapping[str, str] = field(default_factory=dict, compare=False)
    also: tuple[str, ...] = ()  # answers that are neither quite right nor quite wrong
    rivals: tuple[str, ...] = ()  # the wrong candidates, if only these make sense
    era: int | None = None  # the year of it, or when the person began
    bounds: tuple[float, float] = (-math.inf, math.inf)  # between which a wrong number makes sense
    unlike: tuple[str, ...] = ()  # names in `context` in which a rival's item must differ
    without: tuple[str, ...] = ()  # forms that it does not have
    person: str = ""  # the one person in question and answer, for "he" in a follow-up
    patterns: tuple[str, ...] = ()  # the direct questions with {name} and {owner} for a person

    @property
    def id(self) -> str:
        """What no other item has: its test question."""
        return self.test_question

    @property
    def number(self) -> float | None:
        """The short answer as a number, to find others near it; None if it has none."""
        return number_in(self.short)

    @property
    def unit(self) -> str:
        """What follows the number in the short answer: "home runs".

        "" if it does not begin with a number, or if its rivals have another unit.
        """
        unit = _unit_of(self.short)
        singulars = {_singular(_unit_of(short)) for short in (self.short, *self.rivals)}
        return unit if len(singulars) == 1 else ""

    def shown(self, short: str) -> str:
        """A candidate as it is listed: "60" for "60 home runs", "the Mets" for a club."""
        if self.unit:
            return short.partition(" ")[0]
        return f"the {short}" if f"he {GAP}" in self.claim else short

    def is_answered_in(self, text: str) -> bool:
        """Whether the text contains a right answer."""
        said = f" {normalise(text)} "
        return any(f" {normalise(form)} " in said for form in self.accepted)

    def claim_with(self, short: str) -> str:
        """The claim with a short answer in its gap."""
        return without_double_period(self.claim.replace(GAP, short))


@dataclass(frozen=True, slots=True)
class Exchange:
    """Messages, human first, and the statements that they give away.

    `accepted` are the forms that make the last answer right. `choices` are sentences, one
    of them right, for a test of multiple choice.
    """

    form: str
    kind: str
    messages: tuple[str, ...]
    accepted: tuple[str, ...]
    states: tuple[str, ...]
    choices: tuple[str, ...] = ()


def _unit_of(short: str) -> str:
    """_unit_of("60 home runs") -> "home runs"; "" if it does not begin with a count."""
    first, _, rest = short.partition(" ")
    is_number = NUMBER.fullmatch(first) is not None or first in NUMBER_WORDS
    is_count = is_number and rest != "feet" and not NUMBER.search(rest)
    return rest if is_count else ""


def _singular(unit: str) -> str:
    """_singular("losses") -> "loss"; _singular("home runs") -> "home run"."""
    return unit.removesuffix("es") if unit.endswith("sses") else re.sub("(?<!s)s$", "", unit)


def number_in(short: str) -> float | None:
    """The number that a short answer is compared by; None if it has none.

    It is the last one, except for heights, records and millions:

        "February 6, 1895" -> 1895      "6 feet 2 inches" -> 74      "22-9" -> 22
        "three seasons" -> 3            "$22 million" -> 22,000,000
    """
    found = [float(digits.replace(",", "")) for digits in NUMBER.findall(short)]
    if not found:
        return NUMBER_WORDS.get(short.partition(" ")[0])
    if " feet" in short:
        feet, inches = (*found, 0)[:2]
        return 12 * feet + inches
    if short.endswith(" million"):
        return 1e6 * found[-1]
    return found[0] if RECORD.fullmatch(short) else found[-1]


def inside_sentence(sentence: str, common_words: Container[str]) -> str:
    """The sentence as a part of another: "The Cubs won." -> "the Cubs won".

    A first word keeps its capital unless it is one of OPENERS, or one of the `common_words` (in
    lower case) and no part of a name or a title: "Home Run Baker", "Field of Dreams".
    """
    clause = without_period(sentence)
    first, second, third = (*clause.split()[:3], "", "")[:3]
    is_title = (first == "A" and second.istitle()) or (second == "of" and third.istitle())
    is_common = first.lower() in common_words and second.islower()
    if is_title or not (first in OPENERS or is_common):
        return clause
    return clause[0].lower() + clause[1:]


def without_period(sentence: str) -> str:
    """The sentence without its period: "He was Ken Griffey Jr." keeps that of the name."""
    return sentence if sentence.endswith(("Jr.", "Sr.")) else sentence.removesuffix(".")


def as_sentence(clause: str) -> str:
    """A clause as a sentence: "the Cubs won" -> "The Cubs won."."""
    return without_double_period(clause[0].upper() + clause[1:] + ".")


def merged(*groups: Sequence[str]) -> tuple[str, ...]:
    """All statements of several groups, without repetition."""
    return tuple(dict.fromkeys(state for group in groups for state in group))
