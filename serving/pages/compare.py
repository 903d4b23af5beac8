"""The page that shows a report of compare.py, chosen from those in the folder of runs.

The report is the page that compare.py writes, in a frame, so there is one renderer. Its filter is
in the address of this page, after "#": /compare?report=demo/comparison#topic=rules.
"""

from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from nicegui import html, ui

from serving.pages.elements import Text
from serving.pages.shell import PAGE_SECONDS, PAGES, frame
from serving.reports import find_reports, report_page
from tools.command_line import printable

REPORT_PATH = "/compare/report"
PURPOSE = "What models answered to the same questions, as compare.py measured it."
NO_REPORTS = (
    "There are no reports in {runs} yet. This makes one: "
    "python compare.py RUN RUN --out {runs}/comparison"
)
OPEN_CHOSEN = (
    "event => location.assign('/compare?report=' + encodeURIComponent(event.target.value))"
)


def add_compare_page(app: FastAPI, runs: Path) -> None:
    """Add the page, and the reports that it shows, to the site; `runs` is the folder of runs."""

    @app.get(REPORT_PATH)
    async def send_report(report: str) -> Response:
        try:
            # In a thread: a report of thousands of answers must not hold up other visitors.
            text = await run_in_threadpool(report_page, runs, report)
        except ValueError as problem:
            return PlainTextResponse(printable(str(problem)), status_code=404)
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    @ui.page(PAGES["Compare"], response_timeout=PAGE_SECONDS)
    async def compare_page(report: str = "") -> None:
        names = await run_in_threadpool(find_reports, runs)
        with frame("Compare", PURPOSE):
            if not names and not report:
                Text("p", NO_REPORTS.format(runs=runs))
                return
            shown = report or names[0]
            _draw_choice(names, shown)
            await _draw_report(runs, shown)


def _draw_choice(names: list[str], shown: str) -> None:
    """A list of the reports; choosing one opens its link."""
    with Text("label", "Report").classes("choice"), html.select() as choice:
        for name in names if shown in names else [shown, *names]:
            Text("option", name).props["selected"] = name == shown
    choice.on("change", js_handler=OPEN_CHOSEN)


async def _draw_report(runs: Path, name: str) -> None:
    try:
        # Only to see whether it can be made. The frame asks for it again, and gets it at once.
        await run_in_threadpool(report_page, runs, name)
    except ValueError as problem:
        Text("p", printable(str(problem))).classes("problem").props("role=alert")
        return
    report = html.iframe().classes("report")
    report.props["src"] = f"{REPORT_PATH}?report={quote(name)}"
    report.props["title"] = f"Report {name}"
