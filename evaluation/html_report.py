"""report.html: a report as a page of one file, with every answer and filters to find them.

The page needs no network. Its template, style and script are in evaluation/report_page/. Numbers
are tables with bars, made here; the answers are JSON in the page, of which the script shows those
that the reader asks for. All texts are escaped, and the page's own policy forbids other scripts and
any request, so that a model's answer stays text whatever it contains.
"""

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from evaluation.bootstrap import Interval
from evaluation.colours import COLOURS
from evaluation.explanations import DIFFERENCES, VARIATIONS, describe_method
from evaluation.report import (
    A_FEW_TOPICS,
    Answer,
    GroupReport,
    Report,
    SetReport,
    VariationReport,
    VariedAnswer,
    topics_to_list,
)
from evaluation.tables import (
    ACCURACY,
    KEPT,
    LEAKS,
    MEASURES,
    Measure,
    format_answer,
    pair_rows,
    sets_then_topics,
    whole_sets,
)
from tools.command_line import printable

TEMPLATES = Path(__file__).parent / "report_page"
AS_WRITTEN = "as written"
RIGHT, LEAKED = 1, 2  # flags of an answer in the page's data

Numbers = GroupReport | VariationReport


@dataclass(frozen=True)
class Bar:
    """One model's number; `value`, `low` and `high` are percentages of the longest bar's room."""

    model: str
    colour: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class BarGroup:
    """A set, a topic or a variation, with a bar for each model."""

    label: str
    questions: int
    bars: Sequence[Bar]


@dataclass(frozen=True)
class BarTable:
    """A table of bars. `more` are groups that are shown on request."""

    title: str
    axis: str  # what the end of the bars' room means
    groups: Sequence[BarGroup]
    more: Sequence[BarGroup] = ()


@dataclass(frozen=True)
class Section:
    """The tables of one question set."""

    title: str
    tables: Sequence[BarTable]
    more_title: str = ""


def html_text(report: Report) -> str:
    """The content of report.html; the same report gives the same text."""
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    text = _template().render(
        title=_title(report),
        models=list(zip(report.models, cycle(COLOURS))),
        method=describe_method(report),
        notes=report.notes,
        sections=_sections(report),
        variations_explained=VARIATIONS,
        variation_sections=_variation_sections(report),
        pairs_explained=DIFFERENCES,
        pairs=pair_rows(whole_sets(report)) if len(report.models) > 1 else [],
        topic_pairs=_topic_pairs(report),
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=_as_script_data(_page_data(report)),
    )
    return printable(text)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = _split_code
    return environment.get_template("report.html.jinja")


def _title(report: Report) -> str:
    names = ", ".join(model.name for model in report.models)
    return f"{names}: the same questions" if len(report.models) > 1 else f"{names}: questions"


def _split_code(text: str) -> list[tuple[str, bool]]:
    """The parts of a text, and whether each stood in `backticks`: "a `b`" -> [("a ", False), …]."""
    return [(part, number % 2 == 1) for number, part in enumerate(text.split("`"))]


# ---- tables of bars ----


def _sections(report: Report) -> list[Section]:
    """Accuracy and bits per byte of every set and its topics."""
    ends = {}
    for measure in MEASURES:
        groups = [group for _, group in sets_then_topics(report)]
        ends[measure] = axis_end(measure, groups)
    sections = []
    for set_report in report.sets:
        topics = topics_to_list(set_report)
        is_long = len(topics) > A_FEW_TOPICS
        tables = []
        for measure in MEASURES:
            whole = _bar_group(report, measure, "all questions", set_report.all, ends[measure])
            by_topic = [
                _bar_group(report, measure, topic, group, ends[measure])
                for topic, group in topics.items()
            ]
            shown = [whole] if is_long else [whole, *by_topic]
            more = by_topic if is_long else []
            axis = _describe_end(measure, ends[measure])
            tables.append(BarTable(measure.title, axis, shown, more))
        title = f"{set_report.name} ({set_report.all.questions:,} questions)"
        sections.append(Section(title, tables, f"{len(topics)} topics"))
    return sections


def _variation_sections(report: Report) -> list[Section]:
    """Accuracy at later turns and as typed, what is kept of it, and leaks."""
    sections = []
    for set_report in report.sets:
        if not set_report.variations:
            continue
        variations = {variation.name: variation for variation in set_report.variations}
        tables = [
            _bar_table(report, ACCURACY, {AS_WRITTEN: set_report.all, **variations}),
            _bar_table(report, KEPT, variations),
        ]
        with_leaks = {name: one for name, one in variations.items() if one.leaks}
        if with_leaks:
            tables.append(_bar_table(report, LEAKS, with_leaks))
        sections.append(Section(set_report.name, tables))
    return sections


def _bar_table(report: Report, measure: Measure, groups: Mapping[str, Numbers]) -> BarTable:
    end = axis_end(measure, groups.values())
    bars = [_bar_group(report, measure, label, group, end) for label, group in groups.items()]
    return BarTable(measure.title, _describe_end(measure, end), bars)


def _bar_group(
    report: Report, measure: Measure, label: str, group: Numbers, end: float
) -> BarGroup:
    intervals = measure.of(group)
    bars = []
    for model, colour in zip(report.models, cycle(COLOURS)):
        interval = intervals.get(model.name)
        text = measure.format_interval(interval)
        if interval is None:
            bars.append(Bar(model.name, colour, text))
        else:
            value, low, high = _percentages(interval, end)
            bars.append(Bar(model.name, colour, text, value, low, high))
    return BarGroup(label, group.questions, bars)


def _percentages(interval: Interval, end: float) -> list[float]:
    numbers = (interval.value, interval.low, interval.high)
    return [round(100 * min(1.0, max(0.0, number / end)), 2) for number in numbers]


def axis_end(measure: Measure, groups: Iterable[Numbers]) -> float:
    """Where the room of the bars ends: the highest end of an interval, rounded up to one digit.

    0.834 -> 0.9
    """
    highs = [
        interval.high
        for group in groups
        for interval in measure.of(group).values()
        if interval is not None
    ]
    highest = max(highs, default=0.0)
    if not 0 < highest < math.inf:
        return 1.0
    digit = 10.0 ** math.floor(math.log10(highest))
    return math.ceil(round(highest / digit, 9)) * digit


def _describe_end(measure: Measure, end: float) -> str:
    return f"bars from 0 to {measure.scale * end:g}{measure.unit}"


def _topic_pairs(report: Report) -> list[list[str]]:
    """The rows of pairs for the topics of all sets, with a header; [] without topics."""
    topics = sets_then_topics(report)[len(report.sets) :]
    return pair_rows(topics) if topics and len(report.models) > 1 else []


# ---- the answers, as data for the script ----


def _page_data(report: Report) -> dict[str, Any]:
    """Every question and answer, in lists rather than objects, since there may be thousands.

    A row is [question, way, asked, earlier questions, answers]: the number of the question, that of
    the way of asking, and the text if it differs from the question's. An answer is [text, flags] or
    [text, flags, bits].
    """
    ways = [AS_WRITTEN]
    for set_report in report.sets:
        names = [variation.name for variation in set_report.variations]
        ways += [name for name in names if name not in ways]
    questions: list[list] = []  # [set, topic, question, reference]
    rows: list[list] = []
    for number, set_report in enumerate(report.sets):
        first = len(questions)
        for question in set_report.questions:
            answers = [_answer_data(answer) for answer in question.answers.values()]
            rows.append([len(questions), 0, None, [], answers])
            questions.append([number, question.topic, question.asked, question.answer])
        rows += _variation_rows(set_report, ways, first)
    return {
        "models": [model.name for model in report.models],
        "sets": [set_report.name for set_report in report.sets],
        "ways": ways,
        "questions": questions,
        "rows": rows,
    }


def _variation_rows(set_report: SetReport, ways: list[str], first: int) -> list[list]:
    rows = []
    for variation in set_report.variations:
        way = ways.index(variation.name)
        pairs = zip(variation.asked, set_report.questions, strict=True)
        for number, (varied, written) in enumerate(pairs, start=first):
            asked = None if varied.asked == written.question else varied.asked
            answers = [_answer_data(answer) for answer in varied.answers.values()]
            rows.append([number, way, asked, list(varied.earlier), answers])
    return rows


def _answer_data(answer: Answer | VariedAnswer) -> list:
    flags = RIGHT * answer.right
    if isinstance(answer, VariedAnswer):
        return [format_answer(answer), flags + LEAKED * answer.leaks]
    if answer.bits is None:
        return [format_answer(answer), flags]
    return [format_answer(answer), flags, round(answer.bits, 1)]


def _as_script_data(data: object) -> str:
    """JSON that can stand in a script element: no "<" can end the element early."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
