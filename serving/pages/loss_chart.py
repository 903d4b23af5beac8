"""The loss curves of the Watch page, as options of an ECharts chart.

Colours of text and lines are those of style.css: the chart is drawn as SVG, which knows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from typing import Any

from tools.command_line import printable
from training.curves import (
    AXIS_LABELS,
    MOST_PARTS,
    Marker,
    Point,
    Run,
    position,
    running_mean,
    thin_out,
)
from training.loss_log import Row

MOST_POINTS = 1000  # of a curve
DASHES = ("solid", "dashed", "dotted")
RANGES = {"whole run": 1.0, "last half": 0.5, "last quarter": 0.25, "last tenth": 0.1}
LEGEND = (
    "Thick: training loss, smoothed. Pale: every step. Dots: validation. Triangles: loss spikes. "
    "Vertical lines: dotted: the learning rate changed; dashed: a run went back to this step."
)
SMOOTHINGS = {"every step": 0, "a little": 100, "some": 30, "a lot": 10}  # parts of the run


@dataclass(frozen=True)
class View:
    """What a visitor wants to see of the chosen runs; the texts are keys of the above."""

    x_axis: str = "steps"
    smoothing: str = "some"
    range: str = "whole run"
    is_logarithmic: bool = False


@dataclass(frozen=True)
class Curves:
    """A run to draw, with the rows of its loss spikes."""

    run: Run
    spikes: tuple[Row, ...]
    colour: str


def chart_options(shown: Sequence[Curves], view: View) -> dict[str, Any]:
    """The options of the whole chart."""
    with_parts = sum(one.run.part_count for one in shown) <= MOST_PARTS
    series: list[dict] = []
    for curves in shown:
        series += _series(curves, view, with_parts)
    y_axis = {"type": "log", "logBase": 2} if view.is_logarithmic else {"type": "value"}
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 48, "right": 24, "top": 16, "bottom": 48},
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": "var(--surface)",
            "borderColor": "var(--line)",
            "textStyle": {"color": "var(--text)"},
        },
        "xAxis": _axis(AXIS_LABELS[view.x_axis]) | {"type": "value", "scale": True},
        "yAxis": _axis("loss (nats per token)") | y_axis | {"scale": True},
        "series": series,
    }


def _axis(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "nameLocation": "middle",
        "nameGap": 30,
        "nameTextStyle": {"color": "var(--text)"},
        "axisLabel": {"color": "var(--text)", "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": "var(--line)"}},
        "splitLine": {"lineStyle": {"color": "var(--line)"}},
    }


@lru_cache(maxsize=32)  # while one run trains, the others stay as they are
def _series(curves: Curves, view: View, with_parts: bool) -> list[dict[str, Any]]:
    """The curves of one run: every step, smoothed, validation, spikes."""
    run, name = curves.run, printable(curves.run.name)
    start = _start(run, view)
    points = _points(run.train, view.x_axis)
    width = len(points) // SMOOTHINGS[view.smoothing] if SMOOTHINGS[view.smoothing] else 1
    means = running_mean([loss for _, loss in points], max(1, width))
    smooth = [(x, mean) for (x, _), mean in zip(points, means)]
    markers = [marker for marker in run.markers(view.x_axis) if marker.x >= start]
    main = _line(name, _visible(smooth, start), curves.colour, width=2)
    main["markLine"] = {
        "symbol": "none",
        "silent": True,
        "data": [_marker(marker, curves.colour) for marker in markers],
    }
    series = [main]
    if width > 1:
        pale = _line(f"{name}: every step", _visible(points, start), curves.colour, width=1)
        pale["lineStyle"]["opacity"] = 0.3
        series.insert(0, pale | {"tooltip": {"show": False}})
    for (split, rows), dash in zip(run.validation.items(), cycle(DASHES)):
        if split == "val" or with_parts:
            label = "validation" if split == "val" else printable(split)
            line = _line(f"{name}: {label}", _points(rows, view.x_axis, start), curves.colour, 1.5)
            line["lineStyle"]["type"] = dash
            series.append(line | {"showSymbol": True, "symbol": "circle", "symbolSize": 6})
    spikes = _points(curves.spikes, view.x_axis, start)
    if spikes:
        series.append(_spikes(f"{name}: spikes", spikes, curves.colour))
    return series


def _start(run: Run, view: View) -> float:
    """Where the visible range begins."""
    if not run.rows:
        return 0.0
    return position(run.rows[-1], view.x_axis) * (1 - RANGES[view.range])


def _points(rows: Iterable[Row], x_axis: str, start: float = 0.0) -> list[Point]:
    """The finite losses from `start` on, as (x, loss)."""
    points = [(position(row, x_axis), row.loss) for row in rows]
    return [(x, loss) for x, loss in points if x >= start and loss - loss == 0]


def _visible(points: Sequence[Point], start: float) -> list[Point]:
    return thin_out([point for point in points if point[0] >= start], MOST_POINTS)


def _line(name: str, points: Iterable[Point], colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "showSymbol": False,
        "color": colour,
        "lineStyle": {"width": width},
        "data": _rounded(points),
    }


def _spikes(name: str, points: Iterable[Point], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "symbol": "triangle",
        "symbolSize": 10,
        "color": colour,
        "data": _rounded(points),
    }


def _marker(marker: Marker, colour: str) -> dict[str, Any]:
    """A vertical line: dotted at a drop of the learning rate, dashed at a rewind."""
    kind = "dotted" if marker.kind == "drop" else "dashed"
    return {
        "xAxis": marker.x,
        "name": marker.text,
        "lineStyle": {"type": kind, "color": colour},
        "label": {"formatter": "{b}", "position": "insideEndTop", "color": "var(--text)"},
    }


def _rounded(points: Iterable[Point]) -> list[list[float]]:
    """Points with the digits that a screen can show."""
    return [[round(x, 5), round(loss, 4)] for x, loss in points]
