"""Draw the loss curves of one or more runs.

    python plot_loss.py runs/pretrained
    python plot_loss.py runs/pretrained runs/longer --x tokens --out both.png
    python plot_loss.py runs/general --x hours

Each run has one colour. The training loss of every step is a pale line, its running mean is a
solid one, and the validation loss is a darker line with dots; if the data has parts, each part has
its own dash pattern. If there are more than eight parts in all, they are left out; loss.csv has
them. Dotted vertical lines mark learning-rate drops (--lr-drop), dashed ones mark the steps that a
diverged run was rewound to (--on-divergence rewind). A run that is still training is drawn up to
its last logged step.
"""

import argparse
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.colours import COLOURS
from tools.command_line import printable, run_script
from tools.files import replace_file
from training.curves import (
    AXIS_LABELS,
    MOST_PARTS,
    RUNNING_MEAN_FRACTION,
    Marker,
    Run,
    position,
    read_run,
    running_mean,
)
from training.loss_log import find_spikes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILE_FORMATS = (".png", ".svg", ".pdf")
DASHES = (  # one for all validation data, and one for each of up to MOST_PARTS parts
    "-",
    "--",
    ":",
    "-.",
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (1, 4)),
    (0, (10, 4)),
    (0, (8, 2, 2, 2)),
    (0, (2, 1, 2, 4)),
)
LEGEND_LINES_INSIDE = 8  # a longer legend goes beside the curves
LISTED_SPIKES = 10


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="plot_loss.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="run folders, or loss.csv files")
    out_help = "the picture; .png, .svg or .pdf (default: loss.png)"
    add("--out", default="loss.png", metavar="FILE", help=out_help)
    x_help = "unit of the x axis; hours count training only (default: steps)"
    add("--x", choices=AXIS_LABELS, default="steps", help=x_help)
    args = parser.parse_args(argv)
    run_script(parser, lambda: plot(args), "stopped")


def plot(args: argparse.Namespace) -> None:
    """Read the runs, draw them, and print one line about each."""
    file_format = Path(args.out).suffix
    if file_format not in FILE_FORMATS:
        raise ValueError(f"--out {args.out}: the name must end in .png, .svg or .pdf")
    runs = [read_run(name) for name in dict.fromkeys(args.runs)]
    replace_file(args.out, draw_runs(runs, args.x, file_format.removeprefix(".")))
    for run in runs:
        print(printable(f"{run.name}: {summary(run)}"))
    print(f"wrote {args.out}")


def draw_runs(runs: list[Run], x_axis: str, file_format: str) -> bytes:
    """Draw all runs in one picture; return the content of its file.

    `x_axis` is a key of AXIS_LABELS; `file_format` is "png", "svg" or "pdf".
    """
    from matplotlib.ticker import EngFormatter, MaxNLocator

    from evaluation.figures import empty_figure, figure_bytes, plain_text

    with plain_text():
        figure = empty_figure(9, 5.5)
        axes = figure.subplots()
        has_few_parts = sum(run.part_count for run in runs) <= MOST_PARTS
        for run, colour in zip(runs, cycle(COLOURS)):
            label = f"{Path(run.name).name}: " if len(runs) > 1 else ""
            draw_training(axes, run, x_axis, colour, label)
            draw_validation(axes, run, x_axis, colour, label, has_few_parts)
            for marker in run.markers(x_axis):
                draw_marker(axes, marker, colour)
        axes.set_xlabel(AXIS_LABELS[x_axis])
        axes.set_ylabel("loss (nats per token)")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if x_axis == "steps":
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        elif x_axis == "tokens":
            axes.xaxis.set_major_formatter(EngFormatter())
        if len(axes.get_legend_handles_labels()[0]) > LEGEND_LINES_INSIDE:
            figure.set_figwidth(12)
            axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
        else:
            axes.legend(frameon=False)
        return figure_bytes(figure, file_format)


def draw_training(axes: "Axes", run: Run, x_axis: str, colour: str, label: str) -> None:
    """Draw the loss of every step, pale, and its running mean."""
    if not run.train:
        return
    x = [position(row, x_axis) for row in run.train]
    losses = [row.loss for row in run.train]
    means = running_mean(losses, max(1, len(losses) // RUNNING_MEAN_FRACTION))
    axes.plot(x, losses, color=colour, alpha=0.25, linewidth=0.8)
    axes.plot(x, means, color=colour, linewidth=1.6, label=f"{label}training")


def draw_validation(
    axes: "Axes", run: Run, x_axis: str, colour: str, label: str, with_parts: bool
) -> None:
    """Draw a line with dots for the validation data, and perhaps for each of its parts."""
    for (split, rows), dashes in zip(run.validation.items(), cycle(DASHES)):
        if split != "val" and not with_parts:
            continue
        split_name = "validation" if split == "val" else printable(split)
        axes.plot(
            [position(row, x_axis) for row in rows],
            [row.loss for row in rows],
            linestyle=dashes,
            color=darker(colour),
            marker="o",
            markersize=3.5,
            linewidth=1.6,
            label=f"{label}{split_name}, ends at {rows[-1].loss:.3f}",
        )


def draw_marker(axes: "Axes", marker: Marker, colour: str) -> None:
    """Draw a vertical line with a text beside it: dotted at a drop, dashed at a rewind."""
    linestyle = ":" if marker.kind == "drop" else "--"
    axes.axvline(marker.x, color=colour, linestyle=linestyle, linewidth=1)
    axes.annotate(
        marker.text,
        (marker.x, 0.98),
        xycoords=("data", "axes fraction"),
        rotation=90,
        va="top",
        ha="right",
        fontsize=8,
        color=colour,
    )


def darker(colour: str) -> list[float]:
    """A darker shade of "#RRGGBB", as [red, green, blue] from 0 to 1; distinct in greyscale too."""
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return [0.55 * (channel / 255) for channel in channels]


def summary(run: Run) -> str:
    """One line about a run: its length, validation losses and loss spikes."""
    last = run.rows[-1]
    parts = [f"{last.step:,} steps, {last.tokens:,} tokens, {last.seconds / 3600:.2f} hours"]
    for split, rows in run.validation.items():
        lowest = min(rows, key=lambda row: (row.loss, row.step))
        parts.append(
            f"{split} loss {rows[0].loss:.3f} -> {rows[-1].loss:.3f},"
            f" lowest {lowest.loss:.3f} at step {lowest.step:,}"
        )
    if run.rewinds:
        listed = ", ".join(f"{rewind.diverged_at:,} to {rewind.step:,}" for rewind in run.rewinds)
        parts.append(f"rewound from step {listed}")
    spikes = find_spikes(run.rows)
    if spikes:
        listed = ", ".join(f"{step:,}" for step in spikes[:LISTED_SPIKES])
        more = " and more" if len(spikes) > LISTED_SPIKES else ""
        parts.append(f"spikes of the loss at {listed}{more}")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
