"""report.md: a report with every table and every answer."""

import re

from evaluation.explanations import CHOICES, DIFFERENCES, VARIATIONS, describe_method
from evaluation.report import Report, SetReport, VariationReport, topics_to_list
from evaluation.tables import (
    CHOICE,
    CHOICE_BY_SUM,
    MEASURES,
    Rows,
    choice_pair_rows,
    choice_rows,
    format_answer,
    format_chosen,
    mark,
    measure_rows,
    pair_rows,
    sets_then_topics,
    sets_with_topics,
    variation_tables,
)
from tools.command_line import printable

SPECIAL_CHARACTER = re.compile(r"([\\`*_<>\[\]|~$&])")
MOST_CHANGES = 5  # that are listed, of each set and variation
CHANGES = (
    f"The first {MOST_CHANGES} questions of each variation that a model answers right as written"
    " but wrong in the variation, or whose answer has leaked. report.json has all of them."
)


def markdown_text(report: Report) -> str:
    """The content of report.md."""
    blocks = [
        _title(report),
        table(_model_rows(report)),
        describe_method(report),
        *report.notes,
        "![Accuracy and bits per byte of every model](comparison.png)",
    ]
    for measure in MEASURES:
        rows = measure_rows(report, measure, sets_with_topics(report, topics_to_list, "· "))
        blocks += [f"## {measure.title}", table(_with_escaped_labels(rows, 1))]
    blocks += _choice_blocks(report)
    tables = variation_tables(report, "· ")
    if tables:
        blocks += ["## Later turns and careless typing", VARIATIONS]
    for title, rows in tables:
        blocks += [f"### {title}", table(_with_escaped_labels(rows, 1))]
    if len(report.models) > 1:
        rows = pair_rows(sets_then_topics(report))
        blocks += ["## Differences and wins", DIFFERENCES, table(_with_escaped_labels(rows, 2))]
    for set_report in report.sets:
        rows = _answer_rows(report, set_report)
        blocks += [f"## Answers: {escape_markdown(set_report.name)}", table(rows)]
        if set_report.variations:
            title = f"## Answers that changed: {escape_markdown(set_report.name)}"
            blocks += [title, CHANGES, table(_change_rows(report, set_report))]
    return "\n\n".join(blocks) + "\n"


def _title(report: Report) -> str:
    names = ", ".join(_escaped_names(report))
    subject = "the same questions" if len(report.models) > 1 else "questions"
    return f"# {names}: {subject}, asked by `compare.py`"


def _model_rows(report: Report) -> Rows:
    rows = [["model", "folder", "parameters", "context", "tokenizer"]]
    for model in report.models:
        rows.append(
            [
                escape_markdown(model.name),
                escape_markdown(model.run),
                f"{model.parameters:,}",
                f"{model.context:,}",
                f"{escape_markdown(model.tokenizer)}, {model.vocabulary:,} tokens",
            ]
        )
    return rows


def _choice_blocks(report: Report) -> list[str]:
    """The section about multiple choice; [] if no question has choices."""
    groups = sets_with_topics(report, topics_to_list, "· ")
    tables = [choice_rows(report, measure, groups) for measure in (CHOICE, CHOICE_BY_SUM)]
    tables.append(choice_pair_rows(sets_then_topics(report)))
    texts = [table(_with_escaped_labels(rows, 2)) for rows in tables if rows]
    if not texts:
        return []
    return ["## Multiple choice", escape_markdown(CHOICES), *texts]


def _answer_rows(report: Report, set_report: SetReport) -> Rows:
    rows = [["topic", "question", "reference", *_escaped_names(report)]]
    for question in set_report.questions:
        cells = [question.topic, question.asked, question.answer]
        for answer in question.answers.values():
            text = f"{mark(answer.right)} {format_answer(answer)}"
            cells.append(text + format_chosen(answer))
        rows.append([escape_markdown(cell) for cell in cells])
    return rows


def _change_rows(report: Report, set_report: SetReport) -> Rows:
    """A header, then the first questions of each variation that a model no longer answers right."""
    rows = [["asked", "question", "reference", *_escaped_names(report)]]
    for variation in set_report.variations:
        numbers = _changed_questions(set_report, variation)
        for number in numbers[:MOST_CHANGES]:
            question = variation.asked[number]
            talk = " → ".join([*question.earlier, question.asked])
            cells = [variation.name, talk, set_report.questions[number].answer]
            for answer in question.answers.values():
                leaked = " (leaked)" if answer.leaks else ""
                cells.append(f"{mark(answer.right)} {format_answer(answer)}{leaked}")
            rows.append([escape_markdown(cell) for cell in cells])
    return rows


def _changed_questions(set_report: SetReport, variation: VariationReport) -> list[int]:
    """The numbers of the questions that a model no longer answers right, or whose answer leaked."""
    numbers = []
    for number, (written, varied) in enumerate(zip(set_report.questions, variation.asked)):
        lost = any(
            written.answers[name].right and not answer.right
            for name, answer in varied.answers.items()
        )
        if lost or any(answer.leaks for answer in varied.answers.values()):
            numbers.append(number)
    return numbers


def _escaped_names(report: Report) -> list[str]:
    return [escape_markdown(model.name) for model in report.models]


def _with_escaped_labels(rows: Rows, columns: int) -> Rows:
    """Escape the header and the first columns, which hold names; the other cells hold numbers."""
    escaped = [[escape_markdown(cell) for cell in rows[0]]]
    for row in rows[1:]:
        labels = [escape_markdown(cell) for cell in row[:columns]]
        escaped.append([*labels, *row[columns:]])
    return escaped


def table(rows: Rows) -> str:
    """A Markdown table; the first row is its header."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = "|" + " --- |" * len(rows[0])
    return "\n".join([lines[0], rule, *lines[1:]])


def escape_markdown(text: str) -> str:
    """The text on one line, escaped so that Markdown shows it literally."""
    one_line = printable(" ".join(text.split()))
    return SPECIAL_CHARACTER.sub(r"\\\1", one_line)
