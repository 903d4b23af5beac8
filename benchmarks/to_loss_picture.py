"""The picture of benchmarks/to_loss.py: validation loss over tokens, and over seconds."""

from collections.abc import Sequence

from matplotlib.ticker import EngFormatter

from evaluation.colours import COLOURS
from evaluation.figures import empty_figure, figure_bytes, plain_text
from training.loss_log import Row


def draw_curves(curves: Sequence[tuple[str, Sequence[Row]]], loss: float) -> bytes:
    """A PNG. Curves of the same name have one colour; `loss` is drawn as a dashed line."""
    names = list(dict.fromkeys(name for name, _ in curves))
    with plain_text():
        figure = empty_figure(11, 4.5)
        for axes, unit in zip(figure.subplots(1, 2, sharey=True), ("tokens", "seconds")):
            labelled = set()
            for name, rows in curves:
                axes.plot(
                    [getattr(row, unit) for row in rows],
                    [row.loss for row in rows],
                    color=COLOURS[names.index(name)],
                    label=None if name in labelled else name,
                )
                labelled.add(name)
            axes.axhline(loss, color="black", linestyle="--", linewidth=1)
            axes.set_xlabel(f"{unit} of training")
            axes.xaxis.set_major_formatter(EngFormatter())
            axes.grid(alpha=0.3)
            axes.legend(frameon=False)
            if unit == "tokens":
                axes.set_ylabel(f"validation loss, nats (dashed: {loss:.3f})")
        return figure_bytes(figure, "png", metadata={"Software": None})
