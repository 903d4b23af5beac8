"""The picture of benchmarks/readings.py: accuracy against readings, a line for each setting."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from benchmarks.readings_lines import Row, guessed_right, lines_of
from evaluation.colours import COLOURS
from evaluation.figures import empty_figure, figure_bytes, plain_text

# A column of accuracies, the title of its panel, what was read so often, and whether the cells have
# portraits.
PANELS = (
    ("held_out_phrasings", "Facts in phrasings not trained on", "fact", False),
    ("only_in_prose", "Facts that only portraits tell", "person", True),
)
MARKERS = "osD^vP"
APART = 0.02  # how far a line is moved to the side, as a part of x, to show overlapping intervals


def draw_readings(rows: Iterable[Row]) -> bytes:
    """A PNG with a panel of the cells without portraits, and one of those with them, if any.

    Where there are portraits, all facts are read equally often, so only what the portraits tell is
    drawn.
    """
    all_rows = list(rows)
    panels = []
    for column, title, subject, has_portraits in PANELS:
        of_panel = [row for row in all_rows if (row["people"] != "0") == has_portraits]
        if of_panel:
            panels.append((of_panel, column, title, subject))
    with plain_text():
        figure = empty_figure(8 * len(panels), 4.8)
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for panel, (of_panel, column, title, subject) in zip(axes, panels, strict=True):
            _draw(panel, of_panel, column)
            panel.set_title(title, loc="left", fontweight="bold")
            panel.set_xlabel(f"readings of a {subject}")
        return figure_bytes(figure, "png", metadata={"Software": None})


def style(place: int) -> tuple[str, str]:
    """The colour and the marker of a line; no two of the first 36 lines share both."""
    round_number = place // len(COLOURS)
    return COLOURS[place % len(COLOURS)], MARKERS[(place + round_number) % len(MARKERS)]


def _draw(panel: Axes, rows: Sequence[Row], column: str) -> None:
    """A line with 95% intervals for each setting, and a dashed one for what is guessed right."""
    lines = lines_of(rows)
    for place, (name, points) in enumerate(lines.items()):
        colour, marker = style(place)
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
