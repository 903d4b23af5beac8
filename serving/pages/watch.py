"""The page that shows the runs in a folder while they train: loss curves, speed, samples."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from fastapi.concurrency import run_in_threadpool
from nicegui import html, ui
from nicegui.events import GenericEventArguments

from evaluation.colours import COLOURS
from serving.pages.elements import Text
from serving.pages.loss_chart import LEGEND, RANGES, SMOOTHINGS, Curves, View, chart_options
from serving.pages.run_card import RunCard, Summary, summarise
from serving.pages.shell import PAGE_SECONDS, PAGES, frame
from training.curves import AXIS_LABELS
from training.watching import GONE, MOST_RUNS, RUNNING, WAITING, RunsFolder

FIRST_CHOSEN = 4  # runs, if none is running
PURPOSE = "The runs in {runs}, live while they train. Reading them never holds them up."
NO_RUNS = "There are no runs in {runs} yet. A run appears here as soon as it has begun."

TOO_MANY = f"These are the first {MOST_RUNS} runs that were found; others are not shown."


@dataclass(frozen=True)
class Seen:
    """What a look at a run found. The version grows with every change."""

    version: int
    changed_at: float
    summary: Summary


class Watcher:
    """The runs of the folder, read for all visitors together, in threads of the server."""

    def __init__(self, runs: Path, seconds: float):
        self.runs = RunsFolder(runs)
        self.seconds = seconds  # between two looks; for visitors who ask earlier nothing is read
        self.looked_at = -seconds
        self.lock = Lock()

    def look(self) -> dict[str, Seen]:
        """Read what is new; return what there is of each run, by its name."""
        with self.lock:
            if time.monotonic() - self.looked_at >= self.seconds / 2:
                self.runs.poll()
                self.looked_at = time.monotonic()
            now = time.time()
            return {
                run.name: Seen(run.version, run.changed_at, summarise(run, now))
                for run in self.runs.watched
            }

    def chart(self, colours: dict[str, str], view: View) -> dict[str, Any]:
        """The options of a chart of the runs that have a colour here."""
        with self.lock:
            runs = [run for run in self.runs.watched if run.name in colours]
            shown = [Curves(run.log, tuple(run.spikes), colours[run.name]) for run in runs]
        return chart_options(shown, view)


def add_watch_page(runs: Path, seconds: float = 2.0) -> None:
    """Add the page to the site; it looks at the folder `runs` every so many seconds."""
    watcher = Watcher(runs, seconds)

    @ui.page(PAGES["Watch"], response_timeout=PAGE_SECONDS)
    async def watch_page() -> None:
        await WatchPage(watcher, runs).draw()


class WatchPage:
    """A visitor's page: a card for each run, and a chart of the chosen ones."""

    def __init__(self, watcher: Watcher, runs: Path):
        self.watcher, self.runs = watcher, runs
        self.cards: dict[str, RunCard] = {}
        self.colours: dict[str, str] = {}  # of the chosen runs
        self.view = View()
        self.refreshing = asyncio.Lock()  # else an older look could overwrite a newer one
        self.drawn: object = None  # what the chart shows: view, runs and their versions
        self.chart: ui.echart | None = None
        self.curve_names: list[str] = []

    async def draw(self) -> None:
        """Draw the page, and look at the files from now on."""
        with frame("Watch", PURPOSE.format(runs=self.runs)):
            self.empty = Text("p", NO_RUNS.format(runs=self.runs))
            with html.div().classes("watch-bar"):
                self._add_choice("x axis", "x_axis", AXIS_LABELS)
                self._add_choice("Smoothing", "smoothing", SMOOTHINGS)
                self._add_choice("Range", "range", RANGES)
                ui.checkbox(
                    "Logarithmic loss",
                    on_change=lambda event: self.change(is_logarithmic=event.value),
                )
            Text("p", LEGEND).classes("small muted")
            self.chart_place = html.div().props("role=img")
            self.chart_place.props["aria-label"] = "Loss curves; the list below has the numbers"
            self.list = html.ul().classes("run-cards")
            self.too_many = Text("p", TOO_MANY).classes("muted")
        await self.refresh()
        ui.timer(self.watcher.seconds, self.refresh)

    def _add_choice(self, label: str, field: str, options: Iterable[str]) -> None:
        with Text("label", label).classes("choice"), html.select() as choice:
            for name in options:
                Text("option", name).props["selected"] = name == getattr(self.view, field)

        async def choose(event: GenericEventArguments) -> None:
            if event.args in tuple(options):  # a browser can send anything
                await self.change(**{field: event.args})

        choice.on("change", choose, js_handler="event => emit(event.target.value)")

    async def change(self, **changes: Any) -> None:
        """Show the runs in another way."""
        self.view = replace(self.view, **changes)
        await self.refresh()

    async def refresh(self) -> None:
        """Look at the files, and show what has changed."""
        async with self.refreshing:
            await self._refresh()

    async def _refresh(self) -> None:
        found = await run_in_threadpool(self.watcher.look)
        self._add_cards(found)
        for name, seen in found.items():
            self.cards[name].show(seen.summary)
        chosen = {name: seen.version for name, seen in found.items() if self.cards[name].is_chosen}
        wanted = (self.view, chosen)
        if wanted == self.drawn:
            return
        self.drawn = wanted
        self._choose_colours(chosen)
        self._show_chart(await run_in_threadpool(self.watcher.chart, self.colours, self.view))

    def _add_cards(self, found: Mapping[str, Seen]) -> None:
        """Add a card for each new run, chosen if it trains, or if nothing else would be."""
        training = (RUNNING, WAITING)  # a run that has just begun is seen before its first step
        chosen = {name for name, seen in found.items() if seen.summary.state in training}
        if not self.cards and not chosen:
            newest = sorted(found, key=lambda name: found[name].changed_at, reverse=True)
            chosen = set(newest[:FIRST_CHOSEN])
        for name in found:
            if name not in self.cards:
                with self.list:
                    self.cards[name] = RunCard(name, name in chosen, self.refresh)
        self.empty.visible = not self.cards
        shown = [seen for seen in found.values() if seen.summary.state != GONE]
        self.too_many.visible = len(shown) >= MOST_RUNS

    def _choose_colours(self, chosen: Iterable[str]) -> None:
        """Keep the colours of the runs that stay chosen; give others the least used ones."""
        kept = {name: self.colours[name] for name in chosen if name in self.colours}
        for name in chosen:
            if name not in kept:
                used = list(kept.values())
                kept[name] = min(COLOURS, key=used.count)
        self.colours = kept
        for name, card in self.cards.items():
            card.show_colour(kept.get(name, "transparent"))

    def _show_chart(self, options: dict[str, Any]) -> None:
        """Change the chart, or replace it, since ECharts would keep curves of other names."""
        names = [series["name"] for series in options["series"]]
        if self.chart is None or names != self.curve_names:
            self.curve_names = names
            self.chart_place.clear()
            with self.chart_place:
                self.chart = ui.echart(options, renderer="svg").classes("loss-chart")
            return
        self.chart.options.update(options)
        self.chart.update()
