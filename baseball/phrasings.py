"""The files of phrasings: how facts are asked about and how prose says them.

Phrasings are data. They live in TOML files that a baseball fan can extend without Python. A file of
questions has a table for each kind of fact:

    ["season home runs"]                # the kind, shown as the topic of a question
    fields = ["name", "owner", "year"]  # what questions and answer may name in braces
    answer_fields = ["count"]           # what only the answer may name (optional)
    questions = [
        "How many home runs did {name} hit in {year}?",
        "What was {owner} home run total for the {year} season?",
    ]
    answer = "{name} hit {count} in {year}."   # optional; some kinds build theirs in code

A file of prose lines has a table for each place in the text where one of several lines is chosen:

    [average_line]
    fields = ["avg"]
    lines = ["<S> batted {avg} <t>.", "<P> batting average <t> was {avg}."]

A line may hold marks: <S> <s> for the subject at the start or inside, <o> for it as an object, <P>
<p> for its possessive, <T> <t> for words of time. Files are checked as a whole when loaded; an
error names the file and the line.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baseball.toml_files import parse_toml, read_text

SUBJECT_MARKS = ("<S>", "<s>", "<o>", "<P>", "<p>")
TIME_MARKS = ("<T>", "<t>")
MARKS = (*SUBJECT_MARKS, *TIME_MARKS)

_HEADER = re.compile(r"^\s*\[[^\[]")
_KEY = re.compile(r"""\s*([\w-]+|"[^"]*"|'[^']*')\s*=""")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'")
_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}")
_MARK = re.compile(r"<[^<>\s]*>|[<>]")


@dataclass(frozen=True)
class Wording:
    """How a kind of fact is asked about and answered."""

    kind: str
    fields: tuple[str, ...]  # may be used in questions and in the answer
    questions: tuple[str, ...]
    answer: str | None  # None: built in code
    answer_fields: tuple[str, ...]  # only in the answer: a question would give it away
    extra: Mapping[str, Any]  # the keys that the caller asked for, such as `minimum`


def load_questions(
    path: str | Path,
    extra: Mapping[str, type] | None = None,
    kinds: Collection[str] | None = None,
) -> dict[str, Wording]:
    """The questions of a file, kind by kind, in the file's order.

    `extra` are further keys that every kind must have, with their types, such as
    {"minimum": int, "verb": str}; fields in their text count as the answer's. `kinds` are the
    kinds that the file must hold, no more and no fewer; None allows any. Raises ValueError.
    """
    source = _Source.read(path)
    extra = extra or {}
    required = {"fields": list, "questions": list, **extra}
    optional = {"answer": str, "answer_fields": list}
    found = {}
    for kind, table in source.tables(required, optional, kinds):
        fields, answer_fields = table["fields"], table.get("answer_fields", [])
        source.check_names(kind, "answer_fields", answer_fields)
        questions = source.phrasings(kind, "questions", fields, marks=())
        texts = list(questions)
        for key in ("answer", *extra):
            if isinstance(table.get(key), str):
                source.check(kind, key, table[key], (*fields, *answer_fields), marks=())
                texts.append(table[key])
        source.check_use(kind, "fields", fields, texts)
        source.check_use(kind, "answer_fields", answer_fields, texts)
        found[kind] = Wording(
            kind=kind,
            fields=tuple(fields),
            questions=questions,
            answer=table.get("answer"),
            answer_fields=tuple(answer_fields),
            extra={key: table[key] for key in extra},
        )
    return found


def load_lines(
    path: str | Path, names: Collection[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """The prose lines of a file, by the name of their table, in the file's order.

    `names` are the tables that the file must hold, no more and no fewer; None allows any. Raises
    ValueError.
    """
    source = _Source.read(path)
    found = {}
    for name, table in source.tables({"fields": list, "lines": list}, {}, names):
        found[name] = source.phrasings(name, "lines", table["fields"], marks=MARKS)
        source.check_use(name, "fields", table["fields"], found[name])
    return found


@dataclass(frozen=True)
class _Source:
    """A file of phrasings: what it holds, and its text, in which errors find their line."""

    path: Path
    text: list[str]
    content: dict[str, Any]

    @classmethod
    def read(cls, path: str | Path) -> "_Source":
        text = read_text(path)
        return cls(Path(path), text.split("\n"), parse_toml(path, text))

    def tables(
        self,
        required: Mapping[str, type],
        optional: Mapping[str, type],
        names: Collection[str] | None,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each table with its name, its keys checked."""
        missing = [name for name in names or () if name not in self.content]
        if missing:
            problem = f"missing [{missing[0]}]; the file must hold {_listed(names or ())}"
            raise ValueError(f"{self.path}, line {len(self.text)}: {problem}")
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
        """Each field is a plain name and is declared once."""
        for field in fields:
            if not _FIELD.fullmatch(f"{{{field}}}"):
                problem = f"{field!r} is not a field name: use letters, digits and _"
                raise self.error(problem, name, key, field)
            if fields.count(field) > 1:
                raise self.error(f"the field {field!r} is repeated", name, key, field)

    def phrasings(
        self, name: str, key: str, fields: Sequence[str], marks: Sequence[str]
    ) -> tuple[str, ...]:
        """The texts of a list, each checked, none repeated."""
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
        """One text: not empty, its braces whole, its fields and marks known."""
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
        """Every declared field is used in some text."""
        used = {field for text in texts for field in _FIELD.findall(text)}
        for field in fields:
            if field not in used:
                problem = f"the field {field!r} is missing from every phrasing of [{name}]"
                raise self.error(problem, name, key, field)

    def error(
        self, problem: str, table: str | None, key: str | None = None, text: str | None = None
    ) -> ValueError:
        """The problem, with the line of the table, of its key, or of a text under the key."""
        return ValueError(f"{self.path}, line {self._line(table, key, text)}: {problem}")

    def _line(self, table: str | None, key: str | None, text: str | None) -> int:
        """The line is searched for, as tomllib keeps none. A repeated text is at its last line."""
        headers = [*self._headers(), (len(self.text), "")]
        start, stop = 0, headers[0][0]
        for index, (number, name) in enumerate(headers[:-1]):
            if name == table:
                start, stop = number, headers[index + 1][0]
        found = start
        current = None
        for number in range(start, stop):
            line = self.text[number]
            assignment = _KEY.match(line)
            if assignment:
                current = assignment[1].strip("\"'")
            if current != key:
                continue
            if assignment or (text is not None and text in _strings(line)):
                found = number
        return found + 1

    def _headers(self) -> Iterator[tuple[int, str]]:
        """(index of the line, name) for each [table]."""
        for number, line in enumerate(self.text):
            if _HEADER.match(line):
                try:
                    yield number, next(iter(tomllib.loads(line)))
                except (tomllib.TOMLDecodeError, StopIteration):
                    continue  # a list at the start of a line


def _strings(line: str) -> list[str]:
    """The texts in quotes on a line of TOML."""
    found = []
    for token in _STRING.findall(line):
        try:
            found.append(tomllib.loads(f"text = {token}")["text"])
        except tomllib.TOMLDecodeError:
            continue  # quotes inside a comment
    return found


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
