"""What compare.py prints: some answers, then the numbers, with the most important ones last."""

import textwrap
from functools import partial

from evaluation.report import AnsweredQuestion, Report, SetReport, topics_in_overview
from evaluation.tables import (
    CHOICE,
    MEASURES,
    choice_pair_rows,
    choice_rows,
    format_answer,
    measure_rows,
    pair_rows,
    sets_with_topics,
    variation_tables,
    whole_sets,
)
from tools.messages import align_columns

PRINTED_ANSWERS = 5  # of each set
COLUMNS = 120

Lines = list[str]


def screen_text(report: Report) -> str:
    """The printed report: answers, numbers by topic, notes, differences, numbers of whole sets."""
    sections: list[Lines] = [_answers(report, set_report) for set_report in report.sets]
    if any(topics_in_overview(report, set_report) for set_report in report.sets):
        sections += _numbers_by_topic(report)
    sections += [textwrap.wrap(note, COLUMNS) for note in report.notes]
    for title, rows in variation_tables(report, "  "):
        sections.append([f"{title}, with 95% intervals", *align_columns(rows)])
    if len(report.models) > 1:
        title = "Differences and wins, with 95% intervals (accuracy in points; a tie is half a win)"
        sections.append([title, *align_columns(pair_rows(whole_sets(report)))])
    sections += _multiple_choice(report)
    for measure in reversed(MEASURES):
        rows = measure_rows(report, measure, whole_sets(report))
        sections.append([f"{measure.title}, with 95% intervals", *align_columns(rows)])
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _multiple_choice(report: Report) -> list[Lines]:
    """The differences between models and their numbers; [] if no question has choices."""
    differences = choice_pair_rows(whole_sets(report))
    numbers = choice_rows(report, CHOICE, whole_sets(report))
    tables = [("Differences in multiple choice, in points", differences), (CHOICE.title, numbers)]
    return [
        [f"{title}, with 95% intervals", *align_columns(rows)] for title, rows in tables if rows
    ]


def _answers(report: Report, set_report: SetReport) -> Lines:
    """A few questions, spread evenly over the set, with the answer of every model."""
    width = max(len(name) for name in ["reference", *(model.name for model in report.models)])
    questions = set_report.questions
    printed = min(PRINTED_ANSWERS, len(questions))
    lines = [f"{set_report.name}: {printed} of {len(questions)} questions (+ right, - wrong)"]
    for number in range(printed):
        index = (2 * number + 1) * len(questions) // (2 * printed)  # the middle of each part
        lines += _question_with_answers(questions[index], width)
    return lines


def _question_with_answers(question: AnsweredQuestion, width: int) -> Lines:
    lines = [f"  {question.asked}", f"      {'reference':{width}}  {question.answer}"]
    for name, answer in question.answers.items():
        mark = "+" if answer.right else "-"
        lines.append(f"    {mark} {name:{width}}  {format_answer(answer)}")
    return [_shorten(line) for line in lines]


def _shorten(line: str) -> str:
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def _numbers_by_topic(report: Report) -> list[Lines]:
    groups = sets_with_topics(report, partial(topics_in_overview, report), "  ")
    tables = [(measure.title, measure_rows(report, measure, groups)) for measure in MEASURES]
    tables.append((CHOICE.title, choice_rows(report, CHOICE, groups)))
    return [[f"{title}, by topic", *align_columns(rows)] for title, rows in tables if rows]
