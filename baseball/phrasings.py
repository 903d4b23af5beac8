"""Loads the files of phrasings: how facts are asked about and how prose states them.

Phrasings are data. They live in TOML files that a baseball fan can extend without Python. A file of
questions has a table for each kind of fact:

    ["season home runs"]                # the kind, shown as the topic of a question
    fields = ["name", "owner", "year"]  # fields that questions and answer may use, in braces
    answer_fields = ["count"]           # fields that only the answer may use (optional)
    questions = [
        "How many home runs did {name} hit in {year}?",
        "What was {owner} home run total for the {year} season?",
    ]
    answer = "{name} hit {count} in {year}."   # optional; some kinds have theirs in code

Further optional keys say how the other forms of question are made (true or false, choices, clues
and so on); facts/questions/forms.md explains them.

A file of prose lines has a table for each place in the text where one of several lines is chosen:

    [average_line]
    fields = ["avg"]
    lines = ["<S> batted {avg} <t>.", "<P> batting average <t> was {avg}."]

A line may contain marks, which are filled in later: <S> and <s> for the subject at the start of a
sentence or inside it, <o> for the subject as an object, <P> and <p> for its possessive, <T> and <t>
for words of time. A file is checked completely when it is loaded; an error names file and line.
"""

import dataclasses
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baseball.toml_files import parse_toml
from tools.text_files import read_text

SUBJECT_MARKS = ("<S>", "<s>", "<o>", "<P>", "<p>")
TIME_MARKS = ("<T>", "<t>")
MARKS = (*SUBJECT_MARKS, *TIME_MARKS)

_HEADER = re.compile(r"^\s*\[[^\[]")
_KEY = re.compile(r"""\s*([\w-]+|"[^"]*"|'[^']*')\s*=""")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'")
_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}")
_MARK = re.compile(r"<[^<>\s]*>|[<>]")


# Optional keys of a kind, for the other forms of question (baseball/forms). The text may use the
# fields of the answer; only `claim` may use {blank}.
FORM_KEYS: dict[str, type] = {
    "short": str,  # the short answer: "{count}". Otherwise the first of the answer fields
    # A statement of the fact, with {blank} for the short answer: "{name} hit {blank} in {year}.".
    # Otherwise the answer, if it allows that.
    "claim": str,
    "player": str,  # what one player did, to follow "Which player" or "This player": "hit {count}"
    "manager": str,  # the same of a manager
    "club": str,  # what one club did in a year, to follow "Which club", without the year
    "franchise": str,  # what one franchise did over the years, to follow "Which franchise"
    "season": str,  # what happened in one year, to follow "the year in which", without the year
    "lead": str,  # what to call a player before his clues: "{plain}" for "This outfielder"
    "pitcher_lead": str,  # what goes before it if that is "pitcher": "{hand}-handed"
    "rivals": list,  # fields that hold the wrong candidates, such as both of two players compared
    "unlike": list,  # fields in which a wrong candidate's own fact must differ from this one
    "at_least": str,  # a field of the question with the smallest possible number: "start"
    "at_most": str,  # the same for the largest: "end"
    "without": list,  # the forms in which the kind makes no good question, such as ["fill_in"]
}
BLANK = "blank"
GAP = f"{{{BLANK}}}"  # where the short answer is missing from a claim


@dataclass(frozen=True)
class FactTemplate:
    """The phrasings of the questions and of the answer for one kind of fact."""

    kind: str
    fields: tuple[str, ...]  # allowed in questions and in the answer
    questions: tuple[str, ...]
    answer: str | None  # None if code supplies the answer
    # Allowed in the answer only: in a question they would give it away.
    answer_fields: tuple[str, ...]
    extra: Mapping[str, Any]  # further keys that the caller required, such as `minimum`
    # The keys of `FORM_KEYS` that it has.
    forms: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def load_questions(
    path: str | Path,
    extra: Mapping[str, type] | None = None,
    kinds: Collection[str] | None = None,
) -> dict[str, FactTemplate]:
    """The templates in a file, by kind, in the file's order.

    `extra` maps further keys that every kind must have to their types, such as
    {"minimum": int, "verb": str}; their text may use the same fields as the answer. `kinds` are
    exactly the kinds that the file must have; None allows any. Raises ValueError, with file and
    line, if the file is invalid.
    """
    file = _PhrasingFile.read(path)
    extra = extra or {}
    required = {"fields": list, "questions": list, **extra}
    optional = {"answer": str, "answer_fields": list, **FORM_KEYS}
    found = {}
    for kind, table in file.tables(required, optional, kinds):
        fields, answer_fields = table["fields"], table.get("answer_fields", [])
        file.check_names(kind, "answer_fields", answer_fields)
        questions = file.phrasings(kind, "questions", fields, marks=())
        texts = list(questions)
        for key in ("answer", *extra, *FORM_KEYS):
            if isinstance(table.get(key), str):
                blank = (BLANK,) if key == "claim" else ()
                file.check(kind, key, table[key], (*fields, *answer_fields, *blank), marks=())
                texts.append(table[key])
        file.check_use(kind, "fields", fields, texts)
        file.check_use(kind, "answer_fields", answer_fields, texts)
        found[kind] = FactTemplate(
            kind=kind,
            fields=tuple(fields),
            questions=questions,
            answer=table.get("answer"),
            answer_fields=tuple(answer_fields),
            extra={key: table[key] for key in extra},
            forms={key: table[key] for key in FORM_KEYS if key in table},
        )
    return found


def load_lines(
    path: str | Path, names: Collection[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """The prose lines in a file, by the name of their table, in the file's order.

    `names` are exactly the tables that the file must have; None allows any. Raises ValueError, with
    file and line, if the file is invalid.
    """
    file = _PhrasingFile.read(path)
    found = {}
    for name, table in file.tables({"fields": list, "lines": list}, {}, names):
        found[name] = file.phrasings(name, "lines", table["fields"], marks=MARKS)
        file.check_use(name, "fields", table["fields"], found[name])
    return found


@dataclass(frozen=True)
class Wording:
    """The wordings of one form of question: those to train on, and those kept for asking."""

    trained: tuple[str, ...]
    held_out: tuple[str, ...]
    answers: tuple[str, ...]  # how it is answered; () if the answer is that of the fact

    def choose(self, number: int, is_test: bool) -> str:
        """A wording for training or for a test, by a number that counts around."""
        wordings = self.held_out if is_test else self.trained
        return wordings[number % len(wordings)]


def load_wordings(path: str | Path, names: Collection[str]) -> dict[str, Wording]:
    """The wordings of a form of question, by the name of their table, which must be in `names`.

    Each table has the fields that its texts may use, and lists of them:

        [yes_no]
        fields = ["clause", "fact"]
        trained = ["Is it true that {clause}?", "Did you know that {clause}? Is that so?"]
        held_out = ["Is it right that {clause}?"]    # only asked after training
        answers = ["{fact}, so yes.", "{fact}, so no."]    # optional

    Raises ValueError, with file and line, if the file is invalid or lacks a table.
    """
    file = _PhrasingFile.read(path)
    required = {"fields": list, "trained": list, "held_out": list}
    found = {}
    for name, table in file.tables(required, {"answers": list}, names):
        fields = table["fields"]
        keys = [key for key in ("trained", "held_out", "answers") if key in table]
        texts = {key: file.phrasings(name, key, fields, marks=()) for key in keys}
        for text in set(texts["trained"]) & set(texts["held_out"]):
            raise file.error(f"{text!r} is both trained and held out", name, "held_out", text)
        file.check_use(name, "fields", fields, [text for key in keys for text in texts[key]])
        found[name] = Wording(texts["trained"], texts["held_out"], texts.get("answers", ()))
    return found


@dataclass(frozen=True)
class _PhrasingFile:
    """A file of phrasings: its parsed content, and its text to find the line of an error."""

    path: Path
    lines: list[str]
    content: dict[str, Any]

    @classmethod
    def read(cls, path: str | Path) -> "_PhrasingFile":
        text = read_text(path)
        return cls(Path(path), text.split("\n"), parse_toml(path, text))

    def tables(
        self,
        required: Mapping[str, type],
        optional: Mapping[str, type],
        names: Collection[str] | None,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, table) for each table, after checking its keys."""
        missing = [name for name in names or () if name not in self.content]
        if missing:
            problem = f"missing [{missing[0]}]; the file must hold {_listed(names or ())}"
            raise ValueError(f"{self.path}, line {len(self.lines)}: {problem}")
        for name, table in self.content.items():
            if not isinstance(table, dict):
                raise self.error(f"{name!r} is outside a [table]", None, name)
            if names is not None and name not in names:
                raise self.error(f"unknown [{name}]; allowed are {_listed(names)}", name)
            self._check_keys(name, table, required, optional)
            self.check_names(name, "fields", table["fields"])
            yield name, table

    def _check_keys(
        self,
        name: str,
        table: dict[str, Any],
        required: Mapping[str, type],
        optional: Mapping[str, type],
    ) -> None:
        types = {**required, **optional}
        for key in required:
            if key not in table:
                raise self.error(f"[{name}] lacks the key {key!r}", name)
        for key, value in table.items():
            if key not in types:
                raise self.error(f"unknown key {key!r}; allowed are {_listed(types)}", name, key)
            if type(value) is not types[key]:
                expected = {list: "a list", str: "text in quotes", int: "a whole number"}
                kind = expected.get(types[key], types[key].__name__)
                raise self.error(f"{key!r} must be {kind}", name, key)
            if isinstance(value, list) and not all(isinstance(item, str) for item in value):
                raise self.error(f"{key!r} must be a list of texts in quotes", name, key)

    def check_names(self, name: str, key: str, fields: Sequence[str]) -> None:
        """Check that each field is a valid name and is declared once."""
        for field in fields:
            if not _FIELD.fullmatch(f"{{{field}}}"):
                problem = f"{field!r} is not a field name: use letters, digits and _"
                raise self.error(problem, name, key, field)
            if fields.count(field) > 1:
                raise self.error(f"the field {field!r} is repeated", name, key, field)

    def phrasings(
        self, name: str, key: str, fields: Sequence[str], marks: Sequence[str]
    ) -> tuple[str, ...]:
        """The texts of a list, after checking each and that none is repeated."""
        texts: list[str] = self.content[name][key]
        if not texts:
            raise self.error(f"{key!r} is empty; it needs at least one phrasing", name, key)
        for text in texts:
            self.check(name, key, text, fields, marks)
            if texts.count(text) > 1:
                raise self.error(f"repeated phrasing {text!r}", name, key, text)
        return tuple(texts)

    def check(
        self, name: str, key: str, text: str, fields: Sequence[str], marks: Sequence[str]
    ) -> None:
        """Check that a text is not empty, and that its braces, fields and marks are valid."""
        if not text.strip():
            raise self.error("empty phrasing", name, key, text)
        rest = _FIELD.sub("", text)
        if "{" in rest or "}" in rest:
            problem = f"broken braces in {text!r}; write a field as {{name}}"
            raise self.error(problem, name, key, text)
        for field in _FIELD.findall(text):
            if field not in fields:
                problem = f"unknown field {{{field}}} in {text!r}; allowed are {_listed(fields)}"
                raise self.error(problem, name, key, text)
        for mark in _MARK.findall(text):
            if mark not in marks:
                problem = f"unknown mark {mark} in {text!r}; allowed are {_listed(marks)}"
                raise self.error(problem, name, key, text)

    def check_use(self, name: str, key: str, fields: Sequence[str], texts: Sequence[str]) -> None:
        """Check that every declared field is used in at least one text."""
        used = {field for text in texts for field in _FIELD.findall(text)}
        for field in fields:
            if field not in used:
                problem = f"the field {field!r} is missing from every phrasing of [{name}]"
                raise self.error(problem, name, key, field)

    def error(
        self, problem: str, table: str | None, key: str | None = None, text: str | None = None
    ) -> ValueError:
        """An error that names the file, and the line of the table, its key or a text under it."""
        return ValueError(f"{self.path}, line {self._line(table, key, text)}: {problem}")

    def _line(self, table: str | None, key: str | None, text: str | None) -> int:
        """The line number, found by search: tomllib has none. A repeated text is on its last."""
        headers = [*self._headers(), (len(self.lines), "")]
        start, stop = 0, headers[0][0]
        for index, (number, name) in enumerate(headers[:-1]):
            if name == table:
                start, stop = number, headers[index + 1][0]
        found = start
        current = None
        for number in range(start, stop):
            line = self.lines[number]
            assignment = _KEY.match(line)
            if assignment:
                current = assignment[1].strip("\"'")
            if current != key:
                continue
            if assignment or (text is not None and text in _strings(line)):
                found = number
        return found + 1

    def _headers(self) -> Iterator[tuple[int, str]]:
        """(index of the line, name) of each [table] header."""
        for number, line in enumerate(self.lines):
            if _HEADER.match(line):
                try:
                    yield number, next(iter(tomllib.loads(line)))
                except (tomllib.TOMLDecodeError, StopIteration):
                    continue  # a list at the start of a line


def _strings(line: str) -> list[str]:
    """The quoted texts on a line of TOML."""
    found = []
    for token in _STRING.findall(line):
        try:
            found.append(tomllib.loads(f"text = {token}")["text"])
        except tomllib.TOMLDecodeError:
            continue  # quotes inside a comment
    return found


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
