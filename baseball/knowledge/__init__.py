"""What no table holds: rules, terms, strategy, history, people and culture.

    for entry in entries():
        entry.topic        # 'rules'
        entry.subject      # 'balk'
        entry.text         # 'A pitcher commits a balk when ... Every runner moves up one base.'
        entry.asks_for     # 'the number of bases that runners advance on a balk'
        entry.questions    # ('How many bases does each runner advance on a balk?', ...)
        entry.answer       # 'After a balk, every runner advances one base.'
        entry.short        # 'one base'
        entry.accepted     # ('one base', '1 base', 'one', 'second base')
        entry.wrong        # ('two bases', 'no bases', 'three bases')

It was written for this project, in its own words, and is under the project's licence. Each .toml
file in this folder is a topic, and a fan can extend it without Python:

    [[entries]]
    subject = "balk"
    text = "A pitcher commits a balk when ... Every runner then moves up one base."
    asks_for = "the number of bases that runners advance on a balk"
    questions = ["How many bases does each runner advance on a balk?", ...]  # five or more
    answer = "After a balk, every runner advances [one base]."     # the short answer in brackets
    accepted = ["one base", "1 base", "one", "second base"]        # what makes an answer right
    wrong = ["two bases", "no bases", "three bases"]               # plausible, and surely wrong

`text` goes into the prose, and the rest becomes questions in every form. `asks_for` names what is
asked for, without the answer; it is asked in phrasings that all entries share
(`baseball/facts/questions/knowledge.toml`). A file is checked completely when it is loaded; an
error names the file and the line. What an entry gives away of the tables, such as a figure beside a
player's name, is found in its words (`figures.py`, `lives.py`), so that an entry is left out of
training where the table's fact is held out.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from baseball.phrasings import GAP
from baseball.toml_files import parse_toml
from evaluation.answers import Question, first_sentence, is_right
from evaluation.normalise import normalise
from tools.text_files import read_text

FOLDER = Path(__file__).parent
KEYS = {
    "subject": str,
    "text": str,
    "asks_for": str,
    "questions": list,
    "answer": str,
    "accepted": list,
    "wrong": list,
}
FEWEST_QUESTIONS = 5
SHORT_ANSWER = re.compile(r"\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Entry:
    """One thing to know: as text, and as a question in several phrasings with its answer."""

    topic: str
    subject: str
    text: str
    asks_for: str  # what the questions ask for, without the answer
    questions: tuple[str, ...]
    answer: str
    short: str
    claim: str  # the answer with {blank} in place of the short answer
    accepted: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def full_text(self) -> str:
        """Everything that the entry tells: its text, its answer and its questions."""
        return " ".join((self.text, self.answer, *self.asked))

    @property
    def asked(self) -> tuple[str, ...]:
        """Every wording in which it is asked: its questions, and what they ask for."""
        return (*self.questions, self.asks_for)


@cache
def entries() -> tuple[Entry, ...]:
    """All entries, topic by topic. Raises ValueError, with file and line, if one is invalid."""
    return tuple(entry for path in sorted(FOLDER.glob("*.toml")) for entry in read_entries(path))


def read_entries(path: Path) -> list[Entry]:
    """The entries of a topic, in the order of the file. Raises ValueError as `entries` does."""
    text = read_text(path)
    tables = parse_toml(path, text)
    rows = tables.get("entries", [])
    starts = [n for n, line in enumerate(text.split("\n"), 1) if line.strip() == "[[entries]]"]
    if set(tables) != {"entries"} or not isinstance(rows, list) or len(rows) != len(starts):
        raise ValueError(f"{path}: the file must consist of tables that begin with [[entries]]")
    topic = path.stem.replace("_", " ")
    asked: dict[str, int] = {}  # the line of each normalised question
    found = []
    for line, row in zip(starts, rows):
        try:
            entry = _read_entry(topic, row)
            for question in entry.asked:
                first = asked.setdefault(normalise(question), line)
                if first != line:
                    raise ValueError(f"{question!r} is also asked by the entry on line {first}")
        except ValueError as problem:
            raise ValueError(f"{path}, line {line}: {problem}") from None
        found.append(entry)
    return found


def _read_entry(topic: str, row: dict[str, Any]) -> Entry:
    """Raises ValueError with the reason if the row is not a valid entry."""
    _check_keys(row)
    shorts = SHORT_ANSWER.findall(row["answer"])
    if len(shorts) != 1:
        raise ValueError("the answer must have its short answer in [square brackets], once")
    entry = Entry(
        topic=topic,
        subject=row["subject"],
        text=row["text"],
        asks_for=row["asks_for"],
        questions=tuple(row["questions"]),
        answer=SHORT_ANSWER.sub(r"\1", row["answer"]),
        short=shorts[0],
        claim=SHORT_ANSWER.sub(GAP, row["answer"]),
        accepted=tuple(form.lower() for form in row["accepted"]),
        wrong=tuple(row["wrong"]),
    )
    _check_questions(entry)
    _check_answers(entry)
    return entry


def _check_keys(row: dict[str, Any]) -> None:
    for key, kind in KEYS.items():
        if key not in row:
            raise ValueError(f"the entry lacks {key!r}")
        value = row[key]
        texts = value if isinstance(value, list) else [value]
        if not isinstance(value, kind) or not all(isinstance(text, str) for text in texts):
            expected = "a list of texts" if kind is list else "a text"
            raise ValueError(f"{key!r} must be {expected}")
        if not texts or not all(text.strip() for text in texts):
            raise ValueError(f"{key!r} is empty")
    unknown = [key for key in row if key not in KEYS]
    if unknown:
        raise ValueError(f"unknown {unknown[0]!r}; allowed are {', '.join(KEYS)}")


def _check_questions(entry: Entry) -> None:
    """Raise ValueError if there are too few questions, or one gives its answer away."""
    if len({normalise(question) for question in entry.questions}) < FEWEST_QUESTIONS:
        raise ValueError(f"an entry needs {FEWEST_QUESTIONS} different questions at least")
    forms = [f" {normalise(form)} " for form in entry.accepted]
    for question in entry.asked:
        asked = f" {normalise(question)} "
        if any(form in asked for form in forms):
            raise ValueError(f"the question {question!r} contains an accepted answer")
    if re.match(r"(how|what|when|where|which|who|why)\b", entry.asks_for, re.IGNORECASE):
        raise ValueError(f"{entry.asks_for!r} must be a noun, such as 'the number of outs'")
    if re.search(r"(?<!\bJr)(?<!\bSr)[.?!]$", entry.asks_for):
        raise ValueError(f"{entry.asks_for!r} must not end with a mark: it is put inside questions")


def _check_answers(entry: Entry) -> None:
    """Raise ValueError if a right answer is not accepted, or a wrong one is."""
    if first_sentence(entry.answer) != entry.answer:
        raise ValueError("the answer must be a single sentence")
    question = Question(entry.topic, entry.questions[0], entry.answer, entry.accepted)
    for text in (entry.answer, f"It is {entry.short}."):
        if not is_right(text, question):
            raise ValueError(f"{text!r} contains none of the accepted forms")
    for wrong in entry.wrong:
        if is_right(entry.claim.replace(GAP, wrong), question):
            raise ValueError(f"the wrong answer {wrong!r} counts as right")
