"""comparison.png: accuracy and bits per byte of every model, as bars, with topics as dots.

Each question set has a row of two panels: accuracy on the left, bits per byte on the right. The y
axis of a panel counts bars from the top: the models' bars are at 0, 1, 2, …, and the topics follow
below them, and then, in the panel of accuracies, what the models keep of it when the questions come
later in a conversation or are typed carelessly.
"""

from collections.abc import Iterator, Mapping
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluation.bootstrap import Interval
from evaluation.colours import COLOURS
from evaluation.figures import empty_figure, figure_bytes, plain_text
from evaluation.report import (
    GroupReport,
    Report,
    SetReport,
    VariationReport,
    topics_in_overview,
)
from evaluation.tables import MEASURES, Measure
from tools.command_line import printable

WIDTH = 11  # inches
BAR_INCHES = 0.26
DOT_SPACING = 0.3  # between the dots of two models, in units of the y axis
FOOTNOTE = (
    "Lines are 95% intervals over the questions, from the same resamples for all models;"
    " they do not cover the luck of training."
)


def draw_comparison(report: Report) -> bytes:
    """The picture of a report, as the bytes of a PNG file; the same report gives the same bytes."""
    names = [model.name for model in report.models]
    topic_height = max(1.0, DOT_SPACING * len(names) + 0.5)
    heights = [
        len(names) + topic_height * len(_dotted_rows(report, set_report))
        for set_report in report.sets
    ]
    with plain_text():
        figure = empty_figure(WIDTH, 1.2 + BAR_INCHES * sum(heights) + 0.4 * len(heights))
        panels = figure.subplots(
            len(heights), 2, height_ratios=heights, sharex="col", squeeze=False
        )
        for set_report, row in zip(report.sets, panels):
            for panel, measure in zip(row, MEASURES):
                _draw_panel(panel, report, set_report, measure, topic_height)
            row[0].set_title(_panel_title(report, set_report), loc="left", fontweight="bold")
            row[1].tick_params(labelleft=False)
        for panel, measure in zip(panels[-1], MEASURES):
            _set_number_axis(panel, report, measure)
        figure.supxlabel(FOOTNOTE, fontsize=8.5, color="0.35")
        # Leave out Matplotlib's name and version, so that the bytes depend on the report alone.
        return figure_bytes(figure, "png", metadata={"Software": None})


def _dotted_rows(
    report: Report, set_report: SetReport
) -> Mapping[str, GroupReport | VariationReport]:
    """What is drawn as dots below a set's bars: its topics, later turns and other typing."""
    variations = {variation.name: variation for variation in set_report.variations}
    return {**topics_in_overview(report, set_report), **variations}


def _panel_title(report: Report, set_report: SetReport) -> str:
    """The name of a set, its number of questions, and what its dots show."""
    title = f"{set_report.name}: {set_report.all.questions} questions"
    dots = "topic" if topics_in_overview(report, set_report) else ""
    if set_report.variations:
        dots = f"{dots}, turn and typing".removeprefix(", ")
    return f"{title}, and by {dots}" if dots else title


def _draw_panel(
    panel: Axes, report: Report, set_report: SetReport, measure: Measure, topic_height: float
) -> None:
    names = [model.name for model in report.models]
    _draw_bars(panel, names, set_report, measure)
    ticks: list[float] = list(range(len(names)))
    labels = list(names)
    end = len(names) - 0.3
    for topic, group in _dotted_rows(report, set_report).items():
        panel.axhline(end, color="0.85", linewidth=0.8)
        middle = end + topic_height / 2
        intervals = measure.of(group)
        for number, (name, colour) in enumerate(_with_colours(names)):
            offset = DOT_SPACING * (number - (len(names) - 1) / 2)
            _draw_dot(panel, middle + offset, intervals.get(name), measure.scale, colour)
        ticks.append(middle)
        labels.append(printable(f"{topic} ({group.questions})"))
        end += topic_height
    panel.set_yticks(ticks, labels)
    for label, (_, colour) in zip(panel.get_yticklabels(), _with_colours(names)):
        label.set(color=colour, fontweight="bold")
    panel.set_ylim(end, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x", alpha=0.3)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _draw_bars(panel: Axes, names: list[str], set_report: SetReport, measure: Measure) -> None:
    """Draw a bar for each model, its interval as a line, and its number at the end of the line."""
    intervals = measure.of(set_report.all)
    for y, (name, colour) in enumerate(_with_colours(names)):
        interval = intervals[name]
        if interval is None:
            continue
        low, high = measure.scale * interval.low, measure.scale * interval.high
        panel.barh(y, measure.scale * interval.value, height=0.76, color=colour)
        panel.plot([low, high], [y, y], color="black", linewidth=1.3, solid_capstyle="butt")
        panel.annotate(
            measure.format_number(interval.value),
            (high, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )


def _draw_dot(panel: Axes, y: float, interval: Interval | None, scale: int, colour: str) -> None:
    """Draw one model's number for a topic as a dot, and its interval as a line."""
    if interval is None:
        return
    ends = [scale * interval.low, scale * interval.high]
    panel.plot(ends, [y, y], color=colour, linewidth=1.3, clip_on=False)
    panel.plot(
        scale * interval.value, y, "o", color=colour, markersize=4.5, clip_on=False, zorder=3
    )


def _set_number_axis(panel: Axes, report: Report, measure: Measure) -> None:
    """Set up the x axis of a column of panels, with room for a number beside the longest bar."""
    highs: list[float] = []
    for set_report in report.sets:
        for group in (set_report.all, *_dotted_rows(report, set_report).values()):
            highs += [interval.high for interval in measure.of(group).values() if interval]
    highest = max(highs, default=1) or 0.01
    panel.set_xlim(0, highest * measure.scale * 1.13)
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panel.set_xlabel(measure.axis_label)


def _with_colours(names: list[str]) -> Iterator[tuple[str, str]]:
    return zip(names, cycle(COLOURS))
