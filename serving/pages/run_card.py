"""A run on the Watch page: how far it is, in words, and whether its curves are shown."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import html, ui

from serving.pages.elements import Text
from tools.command_line import printable
from training.display import format_duration
from training.watching import RUNNING, WatchedRun


@dataclass(frozen=True)
class Summary:
    """What a card says about a run."""

    state: str
    progress: str
    remarks: str
    sample_title: str
    sample: str


def summarise(run: WatchedRun, now: float) -> Summary:
    """The state of a run at the time `now`, in words."""
    title, sample = "", ""
    if run.sample:
        step, taken = run.sample
        title, sample = f"Sample after step {step:,}", printable(taken.prompt + taken.text)
    return Summary(run.state(now), _progress(run, now), " ".join(run.remarks), title, sample)


def _progress(run: WatchedRun, now: float) -> str:
    """Step, losses, speed and time left: "step 40 of 300 · loss 3.2100 · 800 tokens/s · …"."""
    steps = f" of {run.steps:,}" if run.steps else ""
    parts = [f"step {run.step:,}{steps}"]
    if run.log.train:
        parts.append(f"loss {run.log.train[-1].loss:.4f}")
    if rows := run.log.validation.get("val"):
        parts.append(f"validation {rows[-1].loss:.4f}")
    if speed := run.speed:
        parts.append(f"{speed.tokens_per_second:,.0f} tokens/s")
    if run.seconds_left and run.state(now) == RUNNING:
        parts.append(f"about {format_duration(run.seconds_left)} of training left")
    if run.rows:
        parts.append(f"{format_duration(run.rows[-1].seconds)} trained")
    return " · ".join(parts)


class RunCard:
    """The card of a run; `on_choose` is called when its box is ticked or unticked."""

    def __init__(self, name: str, is_chosen: bool, on_choose: Callable[[], object]):
        with html.li().classes("run-card"):
            with html.div().classes("run-head"):
                self.swatch = html.span().classes("swatch")
                self.box = ui.checkbox(printable(name), value=is_chosen, on_change=on_choose)
                self.state = Text("span").classes("run-state")
            self.progress = Text("p").classes("small")
            self.remarks = Text("p").classes("small muted")
            with html.details().classes("small") as self.sample_part:
                self.sample_title = Text("summary")
                self.sample = Text("p").classes("sample")

    @property
    def is_chosen(self) -> bool:
        """Whether the visitor wants to see the run's curves."""
        return bool(self.box.value)

    def show_colour(self, colour: str) -> None:
        """Show the colour of the run's curves."""
        self.swatch.style(f"background: {colour}")

    def show(self, summary: Summary) -> None:
        """Show the newest state."""
        self.state.text = summary.state
        self.progress.text = summary.progress
        self.remarks.text = summary.remarks
        self.remarks.visible = bool(summary.remarks)
        self.sample_title.text = summary.sample_title
        self.sample.text = summary.sample
        self.sample_part.visible = bool(summary.sample)
