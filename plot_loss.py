"""Draw the loss curves of one or more runs.

    python plot_loss.py runs/pretrained                                        # loss.png
    python plot_loss.py runs/pretrained runs/longer --x tokens --out both.png
    python plot_loss.py runs/general --x hours                                 # a run that is still going is drawn as far as it is

Each run has one colour: the training loss of every step pale, its running mean as a line, validation as a line with dots (a
dash pattern each where the data has parts). Learning-rate drops (--lr-drop) are dotted verticals.
"""

import argparse
import io
from itertools import accumulate
from pathlib import Path

from tools.command_line import printable, run_script
from tools.files import read_json, replace_file

AXES = {
    "steps": lambda row: row.step,
    "tokens": lambda row: row.tokens,
    "hours": lambda row: row.seconds / 3600,
}
COLOURS = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
]  # Okabe & Ito 2008: told apart by colour-blind eyes
DASHES = ["-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 4))]
ROOM = 8  # lines of the legend that find room among the curves


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="plot_loss.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders, or loss.csv files")
    parser.add_argument(
        "--out",
        default="loss.png",
        metavar="FILE",
        help="the picture; .png, .svg or .pdf (default: loss.png)",
    )
    parser.add_argument(
        "--x",
        choices=AXES,
        default="steps",
        help="what stands on the x axis; hours are of training alone (default: steps)",
    )
    args = parser.parse_args(argv)
    run_script(parser, lambda: plot(args), "stopped")


def plot(args) -> None:
    if Path(args.out).suffix not in (".png", ".svg", ".pdf"):
        raise ValueError(f"--out {args.out}: the picture's name must end in .png, .svg or .pdf")
    logs = {run: read_run(Path(run)) for run in args.runs}
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["text.parse_math"] = False  # a dollar sign in a name is a dollar sign
    import matplotlib.pyplot as pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5.5), layout="constrained", facecolor="white")
    for number, (run, rows) in enumerate(logs.items()):
        draw_run(
            axes,
            run,
            rows,
            read_drops(Path(run)),
            AXES[args.x],
            COLOURS[number % len(COLOURS)],
            only_one=len(logs) == 1,
        )
    axes.set_xlabel(
        {"steps": "optimizer steps", "tokens": "tokens read", "hours": "hours of training"}[args.x]
    )
    axes.set_ylabel("loss (nats a token)")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if args.x == "steps":
        axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    elif args.x == "tokens":
        axes.xaxis.set_major_formatter(matplotlib.ticker.EngFormatter())
    if len(axes.get_legend_handles_labels()[0]) > ROOM:
        figure.set_figwidth(12)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    else:
        axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format=Path(args.out).suffix[1:], dpi=150)
    replace_file(args.out, picture.getvalue())
    for run, rows in logs.items():
        print(printable(f"{run}: {summary(rows)}"))
    print(f"drawn in {args.out}")


def draw_run(axes, run: str, rows, drops, x_of, colour: str, only_one: bool) -> None:
    train = [row for row in rows if row.split == "train"]
    name = "" if only_one else f"{Path(run).name}: "
    if train:
        x, losses = [x_of(row) for row in train], [row.loss for row in train]
        axes.plot(x, losses, color=colour, alpha=0.25, linewidth=0.8)
        axes.plot(
            x,
            running_mean(losses, max(1, len(losses) // 30)),
            color=colour,
            linewidth=1.6,
            label=f"{name}training",
        )
    splits = sorted({row.split for row in rows if row.split != "train"})
    for number, split in enumerate(splits):
        points = [row for row in rows if row.split == split]
        dark = [
            channel * 0.55 for channel in rgb(colour)
        ]  # the colour, darker: apart from training in grey print too
        axes.plot([x_of(row) for row in points], [row.loss for row in points], linestyle=DASHES[number % len(DASHES)], color=dark, marker="o", markersize=3.5,
                  linewidth=1.6, label=f"{name}{'validation' if split == 'val' else printable(split)}, ends at {points[-1].loss:.3f}")  # fmt: skip
    for step, factor in drops:
        if at := [x_of(row) for row in train if row.step == step]:
            axes.axvline(at[0], color=colour, linestyle=":", linewidth=1)
            axes.annotate(
                f"rate ×{factor:g}",
                (at[0], 0.98),
                xycoords=("data", "axes fraction"),
                rotation=90,
                va="top",
                ha="right",
                fontsize=8,
                color=colour,
            )


def read_run(run: Path):
    """The rows of a run folder's loss log, or of a loss.csv. Raises ValueError where there is nothing to draw."""
    from training.loss_log import read_loss_log

    path = run / "loss.csv" if run.is_dir() else run
    if not path.is_file():
        raise ValueError(f"{run} is not a run: there is no {path}")
    rows = read_loss_log(path)
    if not rows:
        raise ValueError(f"{path} has no rows yet; wait for the run's first step")
    return rows


def read_drops(run: Path) -> list[tuple[int, float]]:
    """The learning-rate drops in the run's settings; none where run.json is missing or has none."""
    try:
        return [
            (int(step), float(factor))
            for step, factor in read_json(run / "run.json")["settings"]["lr_drop"]
        ]
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return []


def running_mean(values: list[float], width: int) -> list[float]:
    """Mean of each value and the `width` // 2 on either side of it, as far as they are there: [1, 3, 8], 3 -> [2, 4, 5.5]."""
    half, sums = width // 2, [0.0, *accumulate(values)]
    bounds = [
        (max(0, index - half), min(len(values), index + half + 1)) for index in range(len(values))
    ]
    return [(sums[end] - sums[start]) / (end - start) for start, end in bounds]


def rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def summary(rows) -> str:
    from training.loss_log import find_spikes

    last = rows[-1]
    parts = [f"{last.step:,} steps, {last.tokens:,} tokens, {last.seconds / 3600:.2f} hours"]
    for split in sorted({row.split for row in rows if row.split != "train"}):
        losses = [(row.loss, row.step) for row in rows if row.split == split]
        parts.append(
            f"{split} loss {losses[0][0]:.3f} -> {losses[-1][0]:.3f}, lowest {min(losses)[0]:.3f} at step {min(losses)[1]:,}"
        )
    if spikes := find_spikes(rows):
        parts.append(
            f"spikes of the loss at {', '.join(f'{step:,}' for step in spikes[:10])}{' and more' if len(spikes) > 10 else ''}"
        )
    return "; ".join(parts)


if __name__ == "__main__":
    main()
