"""All pages, put into a web application."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import Client, ui
from nicegui import app as nicegui_app
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.engine import Engine
from serving.known_questions import read_known_questions
from serving.pages.ask import add_ask_page
from serving.pages.compare import add_compare_page
from serving.pages.judge import add_judge_page
from serving.pages.watch import add_watch_page
from serving.settings import AnswerSettings

VOTES_FILE = "votes.jsonl"  # in the folder of the runs
RECONNECT_SECONDS = 60  # a page that was offline for longer loses its conversation
MOST_PAGES = 500  # open at once; each takes about 0.4 MB


def mount_pages(app: FastAPI, engine: Engine, settings: AnswerSettings, runs: Path) -> None:
    """Add the pages to an application. `settings` are those that a visitor starts with.

    The pages show the runs and reports in the folder `runs`, and the votes go there. Raises
    ValueError if a file of questions is invalid, and OSError if the votes cannot be read.
    """
    known = read_known_questions(engine.assistant(name).run for name in engine.names)
    add_ask_page(engine, settings, known)
    add_judge_page(engine, settings, known, runs / VOTES_FILE)
    add_compare_page(app, runs)
    add_watch_page(runs)
    app.add_middleware(PageLimit)
    nicegui_app.add_exception_handler(404, say_there_is_no_page)
    # Quasar's bar at the top shows nothing but the connection's own requests.
    nicegui_app.config.quasar_config["loadingBar"]["skipHijack"] = True
    ui.run_with(
        app,
        favicon="⚾",
        dark=None,  # theme.js decides
        tailwind=False,
        language="en-US",
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
    )


async def say_there_is_no_page(request: Request, problem: Exception) -> Response:
    """Answer a path that leads nowhere. NiceGUI would make a page, with 0.4 MB for a minute."""
    return PlainTextResponse("There is no such page.\n", 404)


class PageLimit:
    """ASGI middleware that refuses further pages while there are MOST_PAGES.

    NiceGUI forgets a page a minute after its browser has left, or has not connected to it.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and not scope["path"].startswith(("/_nicegui", "/v1/"))
        if is_page and len(Client.instances) >= MOST_PAGES:
            refusal = "Too many pages are open; close some, or try again in a minute.\n"
            await PlainTextResponse(refusal, 503)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
