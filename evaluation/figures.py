"""What all figures of the project share: an empty figure, and saving it to bytes.

Figures are drawn inside `with plain_text():`, without pyplot and its global state.
"""

import io
from contextlib import AbstractContextManager
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DOTS_PER_INCH = 150


def plain_text() -> AbstractContextManager:
    """A context in which a dollar sign in a name is drawn as it is and does not begin a formula."""
    return matplotlib.rc_context({"text.parse_math": False})


def empty_figure(width: float, height: float) -> Figure:
    """A white figure, sized in inches, that makes room for its labels automatically."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def figure_bytes(figure: Figure, file_format: str, metadata: dict[str, Any] | None = None) -> bytes:
    """The figure as the content of a file; `file_format` is "png", "svg" or "pdf"."""
    content = io.BytesIO()
    figure.savefig(content, format=file_format, dpi=DOTS_PER_INCH, metadata=metadata)
    return content.getvalue()
