"""English for facts and prose: numbers, dates and names in words, and the files of phrasings.

**Phrasings are data.** They live in TOML files that a baseball fan can extend without Python. A
file of questions has a table for each kind of fact:

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

# ---------------------------------------------------------------------------- numbers in words

SMALL_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth"),
)


def in_words(number: int) -> str:
    """A number under a hundred: in_words(61) -> 'sixty-one'"""
    if number < 20:
        return SMALL_NUMBERS[number]
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]}-{SMALL_NUMBERS[ones]}" if ones else TENS[tens]


def small_number(number: int) -> str:
    """small_number(9) -> 'nine'; small_number(12) -> '12'"""
    return in_words(number) if number < 10 else str(number)


def number_forms(number: int) -> tuple[str, ...]:
    """number_forms(60) -> ('60', 'sixty'); number_forms(4256) -> ('4,256', '4256')"""
    if number >= 1000:
        return f"{number:,}", str(number)
    if number < 100:
        return str(number), in_words(number)
    return (str(number),)


def place_in_words(number: int) -> str:
    """place_in_words(3) -> 'third'; place_in_words(22) -> '22nd'"""
    if number < len(ORDINALS):
        return ORDINALS[number]
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """plural(1, "home run") -> '1 home run'; plural(1200, "hit") -> '1,200 hits'"""
    return f"{count:,} {_form(count, noun, nouns)}"


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """Small numbers in words: counted(9, "season") -> 'nine seasons'; 12 -> '12 seasons'"""
    if count >= 10:
        return plural(count, noun, nouns)
    return f"{in_words(count)} {_form(count, noun, nouns)}"


def _form(count: int, noun: str, nouns: str | None) -> str:
    return noun if count == 1 else nouns or f"{noun}s"


# ---------------------------------------------------------------------------- baseball figures


def batting_average(hits: int, at_bats: int) -> str:
    """Hits per at-bat to three places, halves rounded up: batting_average(185, 456) -> '.406'"""
    thousandths = (2000 * hits + at_bats) // (2 * at_bats)
    return "1.000" if thousandths == 1000 else f".{thousandths:03d}"


def earned_run_average(earned_runs: int, outs: int) -> str:
    """Earned runs in nine innings (27 outs): earned_run_average(38, 914) -> '1.12'"""
    hundredths = (5400 * earned_runs + outs) // (2 * outs)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def innings(outs: int) -> str:
    """innings(751) -> '250 1/3 innings'"""
    if outs == 3:
        return "1 inning"
    whole, thirds = divmod(outs, 3)
    return f"{whole:,}{('', ' 1/3', ' 2/3')[thirds]} innings"


def gap_in_words(gap: float) -> str:
    """Games behind: gap_in_words(2.5) -> '2 1/2 games'; gap_in_words(0.5) -> 'half a game'"""
    if gap == 0.5:
        return "half a game"
    whole = int(gap)
    return counted(whole, "game") if gap == whole else f"{whole} 1/2 games"


def height_in_words(inches: int) -> str:
    """height_in_words(74) -> '6 feet 2 inches'"""
    feet, rest = divmod(inches, 12)
    return f"{feet} feet {plural(rest, 'inch', 'inches')}" if rest else f"{feet} feet"


def in_dollars(amount: int) -> tuple[str, tuple[str, ...]]:
    """The amount, and all accepted ways to write it.

    in_dollars(22_000_000) -> ('$22 million', ('$22 million', '22 million'))
    in_dollars(1_150_500) -> ('$1,150,500', ('$1,150,500', '1,150,500', '1150500'))
    """
    if amount % 100_000 == 0 and amount >= 1_000_000:
        words = f"{amount / 1e6:g} million"
        return f"${words}", (f"${words}", words)
    return f"${amount:,}", (f"${amount:,}", f"{amount:,}", str(amount))


# ------------------------------------------------------------------------------ names, articles

LEAGUES = {
    "NL": "National League",
    "AL": "American League",
    "AA": "American Association",
    "UA": "Union Association",
    "PL": "Players' League",
    "FL": "Federal League",
    "NA": "National Association",
    "ML": "major leagues",
}
DIVISIONS = {"E": "East", "C": "Central", "W": "West"}
PARKS_WITH_ARTICLE = ("Grounds", "Coliseum", "Astrodome", "Kingdome", "Metrodome", "Fans")


def possessive(name: str) -> str:
    """possessive("Babe Ruth") -> "Babe Ruth's"; possessive("the Yankees") -> "the Yankees'" """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def join_names(names: Sequence[str]) -> str:
    """join_names(["A", "B", "C"]) -> 'A, B and C'"""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def with_the(league: str) -> str:
    """with_the("AL") -> 'the American League'"""
    return f"the {LEAGUES[league]}"


def standing_group(league: str, division: str | None) -> str:
    """standing_group("AL", "E") -> 'the American League East'; without a division the league"""
    return f"{with_the(league)} {DIVISIONS[division]}" if division else with_the(league)


def at_park(park: str) -> str:
    """at_park("Polo Grounds") -> 'the Polo Grounds'; at_park("Fenway Park") -> 'Fenway Park'"""
    if park.endswith(PARKS_WITH_ARTICLE):
        return f"the {park}"
    return park.replace("The Ballpark", "the Ballpark")


def with_article(school: str) -> str:
    """with_article("University of Texas") -> 'the University of Texas'"""
    return f"the {school}" if school.startswith(("University of", "College of")) else school


def with_indefinite_article(words: str) -> str:
    """with_indefinite_article("outfielder") -> 'an outfielder'"""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def an_average(average: str) -> str:
    """an_average("8.10") -> 'an 8.10'; an_average("2.45") -> 'a 2.45'"""
    return f"an {average}" if average.startswith(("8", "11.", "18.")) else f"a {average}"


# ------------------------------------------------------------------------------ dates and years

MONTHS = (
    *("", "January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def date_in_words(event: Mapping[str, Any]) -> str | None:
    """'February 6, 1895' from year, month and day; the year alone if the day is not known."""
    if event["year"] and event["month"] and event["day"]:
        return f"{MONTHS[event['month']]} {event['day']}, {event['year']}"
    return str(event["year"]) if event["year"] else None


def town_in_words(event: Mapping[str, Any]) -> str | None:
    """'Baltimore, Maryland' or 'Santo Domingo, Dominican Republic', from city, state, country."""
    is_by_state = event["country"] in ("the United States", "Canada")
    area = event["state"] if is_by_state else event["country"]
    if not event["city"] or not area:
        return None
    city, area = str(event["city"]), area.removeprefix("the ")
    return city if city == area else f"{city}, {area}"


def runs_of_years(years: Sequence[int]) -> list[tuple[int, int]]:
    """(first, last) of each unbroken run: [1955, 1957, 1958] -> [(1955, 1955), (1957, 1958)]"""
    runs: list[tuple[int, int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1] = runs[-1][0], year
        else:
            runs.append((year, year))
    return runs


def years_in_words(years: Sequence[int]) -> str:
    """years_in_words([1955, 1957, 1958, 1959]) -> '1955 and 1957-59'"""
    words = []
    for first, last in runs_of_years(years):
        if last < first + 2:
            words += [str(year) for year in range(first, last + 1)]
        elif first // 100 == last // 100:
            words.append(f"{first}-{last % 100:02d}")
        else:
            words.append(f"{first}-{last}")
    return join_names(words)


def in_years(years: Sequence[int]) -> str:
    """in_years([1955, 1957, 1958, 1959]) -> 'in 1955 and from 1957 through 1959'"""
    words: list[str] = []
    follows_in = False  # "in 1955 and 1957": the second year needs no "in"
    for first, last in runs_of_years(years):
        if last >= first + 2:
            words.append(f"from {first} through {last}")
            follows_in = False
            continue
        for year in range(first, last + 1):
            words.append(str(year) if follows_in else f"in {year}")
            follows_in = True
    return join_names(words)


# ---------------------------------------------------------------------------- files of phrasings

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
    fields: tuple[str, ...]  # may stand in questions and in the answer
    questions: tuple[str, ...]
    answer: str | None  # None: built in code
    answer_fields: tuple[str, ...]  # may stand in the answer only: in a question they give it away
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
    keys = {"fields": list, "questions": list, **extra}
    optional = {"answer": str, "answer_fields": list}
    found = {}
    for kind, table in source.tables(keys, optional, kinds):
        asked = source.phrasings(kind, "questions", table["fields"], marks=())
        answer_fields = tuple(table.get("answer_fields", ()))
        source.check_names(kind, "answer_fields", answer_fields)
        allowed = (*table["fields"], *answer_fields)
        told = [key for key in ("answer", *extra) if isinstance(table.get(key), str)]
        for key in told:
            source.check(kind, key, table[key], allowed, ())
        texts = (*asked, *(table[key] for key in told))
        source.check_use(kind, "fields", table["fields"], texts)
        source.check_use(kind, "answer_fields", answer_fields, texts)
        further = {key: table[key] for key in extra}
        fields = tuple(table["fields"])
        found[kind] = Wording(kind, fields, asked, table.get("answer"), answer_fields, further)
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
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise ValueError(f"{path}, line {line}: not UTF-8 text") from None
        lines = text.split("\n")
        try:
            return cls(path, lines, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            line = int(place[1]) if place else len(text.rstrip().split("\n"))
            raise ValueError(f"{path}, line {line}: invalid TOML: {error}") from None

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
                raise self.error(f"{name!r} stands outside a [table]", None, name)
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
                problem = f"{field!r} is no name of a field: use letters, digits and _"
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
        """Every field that is declared stands in some text."""
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
        """A repeated text is at its last line. tomllib tells no lines, so they are searched for."""
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
                    continue  # a list that happens to open its line


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
