"""The picture of benchmarks/readings.py: accuracy against readings, a line for each setting."""

from collections.abc import Iterable, Sequence
from itertools import cycle

from matplotlib.axes import Axes

from benchmarks.readings_lines import Row, guessed_right, lines_of
from evaluation.colours import COLOURS
from evaluation.figures import empty_figure, figure_bytes, plain_text

MARKERS = "osD^vP"
APART = 0.02  # how far a line is moved to the side, as a part of x, to show overlapping intervals


def draw_readings(rows: Iterable[Row]) -> bytes:
    """A PNG: what is asked about facts only told in portraits, or, without portraits, about all."""
    all_rows = list(rows)
    with_portraits = [row for row in all_rows if row["only_in_prose"]]
    with plain_text():
        figure = empty_figure(8, 4.8)
        panel = figure.subplots()
        if with_portraits:
            _draw(panel, with_portraits, "only_in_prose")
            panel.set_title("Facts that only portraits tell", loc="left", fontweight="bold")
            panel.set_xlabel("readings of a person's portraits")
        else:
            _draw(panel, all_rows, "held_out_phrasings")
            panel.set_title("Facts in phrasings not trained on", loc="left", fontweight="bold")
            panel.set_xlabel("readings of a fact")
        return figure_bytes(figure, "png", metadata={"Software": None})


def _draw(panel: Axes, rows: Sequence[Row], column: str) -> None:
    """A line with 95% intervals for each setting, and a dashed one for what is guessed right."""
    lines = lines_of(rows)
    styles = cycle(zip(COLOURS, MARKERS, strict=True))
    for place, ((name, points), (colour, marker)) in enumerate(zip(lines.items(), styles)):
        shift = (1 + APART) ** (place - (len(lines) - 1) / 2)
        readings = [shift * float(row["readings"]) for row in points]
        values = [float(row[column]) for row in points]
        below = [float(row[column]) - float(row[f"{column}_low"]) for row in points]
        above = [float(row[f"{column}_high"]) - float(row[column]) for row in points]
        panel.errorbar(
            readings,
            values,
            (below, above),
            marker=marker,
            capsize=3,
            color=colour,
            label=name or None,
        )
    guessed = guessed_right(rows)
    if guessed is not None:
        label = "facts told nowhere"
        panel.axhline(guessed, linestyle="--", linewidth=1, color="grey", label=label)
    panel.set_ylabel("accuracy, %")
    panel.set_ylim(0, 102)
    panel.set_xscale("log")
    ticks = sorted({float(row["readings"]) for row in rows})
    panel.set_xticks([], minor=True)
    panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panel.grid(axis="y", alpha=0.3)
    if panel.get_legend_handles_labels()[1]:
        panel.legend(fontsize=8)
