"""picture."""

import io
from itertools import cycle

from evaluation.report import MEASURES, few_topics
from tools.command_line import printable

COLOURS = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
]  # Okabe & Ito 2008: told apart by colour-blind eyes


def draw(report: dict) -> bytes:
    """The picture, a PNG: a row of panels for each set, accuracy to the left, bits per byte to the right; a bar for each model, under it
    its topics as dots."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["text.parse_math"] = False  # a dollar sign in a topic is a dollar sign
    import matplotlib.pyplot as pyplot

    names = [model["name"] for model in report["models"]]
    topic_height = max(1.0, 0.3 * len(names) + 0.5)  # in heights of a bar
    heights = [len(names) + topic_height * len(few_topics(one_set)) for one_set in report["sets"]]
    size = (11, 1.2 + 0.26 * sum(heights) + 0.4 * len(heights))  # inches
    figure, grid = pyplot.subplots(
        len(heights),
        2,
        figsize=size,
        height_ratios=heights,
        sharex="col",
        squeeze=False,
        layout="constrained",
        facecolor="white",
    )
    for one_set, panels in zip(report["sets"], grid):
        for panel, measure in zip(panels, MEASURES):
            draw_panel(panel, names, one_set, measure, topic_height)
        panels[0].set_title(
            f"{one_set['name']}: {one_set['all']['questions']} questions{', and by topic' if few_topics(one_set) else ''}",
            loc="left",
            fontweight="bold",
        )
        panels[1].tick_params(labelleft=False)
    for panel, measure, text in zip(
        grid[-1],
        MEASURES,
        (
            "accuracy, % of the questions (higher is better)",
            "bits per byte of the reference answer (lower is better)",
        ),
    ):
        groups = [
            group
            for one_set in report["sets"]
            for group in (one_set["all"], *few_topics(one_set).values())
        ]
        highest = (
            max(
                (triple[2] for group in groups for triple in group[measure].values() if triple),
                default=1,
            )
            or 0.01
        )
        panel.set_xlim(
            0, highest * (100 if measure == "accuracy" else 1) * 1.13
        )  # with room for a number beside the longest bar
        panel.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(6, steps=[1, 2, 5, 10]))
        panel.set_xlabel(text)
    figure.supxlabel(
        "Lines are 95% intervals over the questions, the same resamples for all models; the luck of training is not in them.",
        fontsize=8.5,
        color="0.35",
    )
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150, metadata={"Software": None})
    pyplot.close(figure)
    return picture.getvalue()


def draw_panel(panel, names: list[str], one_set: dict, measure: str, topic_height: float) -> None:
    factor, form = (100, "{:.1f}%") if measure == "accuracy" else (1, "{:.3f}")
    ticks, labels, end = list(range(len(names))), list(names), len(names) - 0.3
    for number, (name, colour) in enumerate(zip(names, cycle(COLOURS))):
        if triple := one_set["all"][measure][name]:
            value, low, high = (factor * part for part in triple)
            panel.barh(number, value, height=0.76, color=colour)
            panel.plot(
                [low, high], [number, number], color="black", linewidth=1.3, solid_capstyle="butt"
            )
            panel.annotate(
                form.format(value),
                (high, number),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
    for topic, group in few_topics(one_set).items():
        panel.axhline(end, color="0.85", linewidth=0.8)
        middle, end = end + topic_height / 2, end + topic_height
        ticks, labels = [*ticks, middle], [*labels, printable(f"{topic} ({group['questions']})")]
        for number, (name, colour) in enumerate(zip(names, cycle(COLOURS))):
            if triple := group[measure][name]:
                value, low, high = (factor * part for part in triple)
                y = middle + 0.3 * (number - (len(names) - 1) / 2)
                panel.plot([low, high], [y, y], color=colour, linewidth=1.3, clip_on=False)
                panel.plot(value, y, "o", color=colour, markersize=4.5, clip_on=False, zorder=3)
    panel.set_yticks(ticks, labels)
    for label, colour in zip(panel.get_yticklabels()[: len(names)], cycle(COLOURS)):
        label.set(color=colour, fontweight="bold")
    panel.set_ylim(end, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x", alpha=0.3)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
