"""The picture of benchmarks/readings.py: accuracy against readings, a line for each setting."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import cycle

from matplotlib.axes import Axes

from evaluation.colours import COLOURS
from evaluation.figures import empty_figure, figure_bytes, plain_text

# A column of accuracies, and the title of its panel. The panel without portraits stays empty.
PANELS = {
    "held_out_phrasings": "facts asked in phrasings not trained on",
    "only_in_prose": "facts that only portraits tell",
}
GUESSES = "nowhere"  # the accuracy on facts told nowhere, drawn as a dashed line
AXES = ("model", "facts", "phrasings", "people", "versions", "pronouns", "seed")
Row = Mapping[str, str]


def draw_readings(rows: Iterable[Row]) -> bytes:
    """A PNG with a panel for each group of questions; lines are the settings that differ."""
    all_rows = list(rows)
    varied = [axis for axis in AXES if len({row[axis] for row in all_rows}) > 1]
    with plain_text():
        figure = empty_figure(11, 4.5)
        for panel, (column, title) in zip(figure.subplots(1, len(PANELS)), PANELS.items()):
            _draw_panel(panel, [row for row in all_rows if row[column]], column, varied)
            panel.set_title(title, loc="left", fontweight="bold")
        return figure_bytes(figure, "png", metadata={"Software": None})


def _draw_panel(panel: Axes, rows: Iterable[Row], column: str, varied: list[str]) -> None:
    """Lines with 95% intervals, and dashed lines of what is guessed right."""
    lines: dict[str, list[Row]] = defaultdict(list)
    ticks = set()
    for row in rows:
        lines[", ".join(f"{axis} {row[axis]}" for axis in varied)].append(row)
    for (name, points), colour in zip(lines.items(), cycle(COLOURS)):
        points.sort(key=lambda row: float(row["readings"]))
        readings = [float(row["readings"]) for row in points]
        ticks.update(readings)
        values = [float(row[column]) for row in points]
        below = [float(row[column]) - float(row[f"{column}_low"]) for row in points]
        above = [float(row[f"{column}_high"]) - float(row[column]) for row in points]
        panel.errorbar(
            readings, values, (below, above), marker="o", capsize=3, color=colour, label=name
        )
        guessed = [float(row[GUESSES] or "nan") for row in points]
        panel.plot(readings, guessed, linestyle="--", linewidth=1, color=colour)
    panel.set_xlabel("readings")
    panel.set_ylabel("accuracy, % (dashed: facts told nowhere)")
    panel.set_ylim(0, 100)
    if lines:
        panel.set_xscale("log")
        panel.set_xticks([], minor=True)
        panel.set_xticks(sorted(ticks), [f"{tick:g}" for tick in sorted(ticks)])
    if varied and lines:
        panel.legend(fontsize=8)
