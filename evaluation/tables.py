"""The tables of a report as rows of cells, for the reports and the screen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from evaluation.bootstrap import Interval
from evaluation.report import (
    Answer,
    GroupReport,
    IntervalByModel,
    Report,
    SetReport,
    VariationReport,
    VariedAnswer,
    topics_to_list,
)

Rows = list[list[str]]
LabelledGroup = tuple[str, GroupReport]
LabelledNumbers = tuple[str, GroupReport | VariationReport]


@dataclass(frozen=True)
class Measure:
    """A number that every model has for a group of questions, and how it is written."""

    name: str  # of the field of GroupReport or VariationReport
    title: str
    axis_label: str  # in the picture
    scale: int  # the number is multiplied by this, and then has the unit below
    digits: int  # after the decimal point
    unit: str

    def of(self, group: GroupReport | VariationReport) -> IntervalByModel:
        """The interval of each model for a group of questions; {} if it has no such number."""
        return getattr(group, self.name, {})

    def format_number(self, number: float) -> str:
        """The number with its unit: 0.622 -> "62.2%"."""
        return f"{self.scale * number:.{self.digits}f}{self.unit}"

    def format_interval(self, interval: Interval | None) -> str:
        """The value, and the ends of the interval in brackets: "62.2% [55.0, 69.4]"."""
        return format_interval(interval, self.scale, self.digits, self.unit)

    def format_difference(self, interval: Interval | None) -> str:
        """The interval of a difference, with signs: "+7.2 [+1.1, +13.4]".

        A difference of percentages is in points, so it has no unit.
        """
        return format_interval(interval, self.scale, self.digits, sign="+")


ACCURACY = Measure(
    name="accuracy",
    title="Accuracy",
    axis_label="accuracy, % of the questions (higher is better)",
    scale=100,
    digits=1,
    unit="%",
)
BITS_PER_BYTE = Measure(
    name="bits_per_byte",
    title="Bits per byte of the reference answer (lower is better)",
    axis_label="bits per byte of the reference answer (lower is better)",
    scale=1,
    digits=3,
    unit="",
)
MEASURES = (ACCURACY, BITS_PER_BYTE)

# Of the questions asked at later turns, or typed in other ways. These two are not in the picture.
KEPT = Measure(
    name="kept",
    title="Share of the accuracy as written that is kept",
    axis_label="",
    scale=100,
    digits=1,
    unit="%",
)
LEAKS = Measure(
    name="leaks",
    title="Answers that contain what belongs to an earlier question (lower is better)",
    axis_label="",
    scale=100,
    digits=1,
    unit="%",
)


def format_interval(
    interval: Interval | None, scale: int, digits: int, unit: str = "", sign: str = ""
) -> str:
    """Interval(0.622, 0.55, 0.694) -> "62.2% [55.0, 69.4]"; "n/a" for None."""
    if interval is None:
        return "n/a"
    numbers = (interval.value, interval.low, interval.high)
    value, low, high = [f"{scale * number:{sign}.{digits}f}" for number in numbers]
    return f"{value}{unit} [{low}, {high}]"


def format_answer(answer: Answer | VariedAnswer) -> str:
    """The answer on one line, or a remark in brackets if there is no text."""
    if answer.text is None:
        return "(does not fit the context)"
    return " ".join(answer.text.split()) or "(nothing)"


def whole_sets(report: Report) -> list[LabelledGroup]:
    """Every set under its name, without topics."""
    return [(set_report.name, set_report.all) for set_report in report.sets]


def sets_with_topics(
    report: Report, topics_of: Callable[[SetReport], Mapping[str, GroupReport]], indent: str
) -> list[LabelledGroup]:
    """Every set, followed by those of its topics that `topics_of` returns, indented."""
    groups = []
    for set_report in report.sets:
        groups.append((set_report.name, set_report.all))
        topics = topics_of(set_report)
        groups += [(indent + topic, group) for topic, group in topics.items()]
    return groups


def sets_then_topics(report: Report) -> list[LabelledGroup]:
    """All sets, then the topics of each set, labelled "set: topic"."""
    groups = whole_sets(report)
    for set_report in report.sets:
        topics = topics_to_list(set_report)
        groups += [(f"{set_report.name}: {topic}", group) for topic, group in topics.items()]
    return groups


def variation_tables(report: Report, indent: str) -> list[tuple[str, Rows]]:
    """The tables about later turns and other typing, each with its title; [] without any."""
    accuracy: list[LabelledNumbers] = []
    kept: list[LabelledNumbers] = []
    leaks: list[LabelledNumbers] = []
    for set_report in report.sets:
        accuracy.append((f"{set_report.name}, as written", set_report.all))
        for variation in set_report.variations:
            accuracy.append((indent + variation.name, variation))
            label = f"{set_report.name}, {variation.name}"
            kept.append((label, variation))
            if variation.leaks:
                leaks.append((label, variation))
    tables = []
    if kept:
        tables += [("Accuracy at later turns and as typed", ACCURACY, accuracy)]
        tables += [(KEPT.title, KEPT, kept)]
    if leaks:
        tables += [(LEAKS.title, LEAKS, leaks)]
    return [(title, measure_rows(report, measure, groups)) for title, measure, groups in tables]


def measure_rows(report: Report, measure: Measure, groups: Iterable[LabelledNumbers]) -> Rows:
    """A header, then a row for each group of questions, with a column for each model."""
    rows = [["questions", *(model.name for model in report.models)]]
    for label, group in groups:
        cells = [measure.format_interval(interval) for interval in measure.of(group).values()]
        rows.append([f"{label} ({group.questions})", *cells])
    return rows


def pair_rows(groups: Iterable[LabelledGroup]) -> Rows:
    """A header, then a row for each group of questions and each pair of models."""
    rows = [["questions", "models", "accuracy", "bits per byte", "won-tied-lost", "win share"]]
    for label, group in groups:
        for pair in group.pairs:
            rows.append(
                [
                    label,
                    f"{pair.second} vs {pair.first}",
                    ACCURACY.format_difference(pair.accuracy),
                    BITS_PER_BYTE.format_difference(pair.bits_per_byte),
                    f"{pair.second_wins}-{pair.ties}-{pair.first_wins}",
                    format_interval(pair.second_win_share, scale=100, digits=0, unit="%"),
                ]
            )
    return rows
