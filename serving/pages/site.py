"""All pages, put into a web application."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui

from serving.engine import Engine
from serving.known_questions import read_known_questions
from serving.pages.ask import add_ask_page
from serving.pages.compare import add_compare_page
from serving.pages.judge import add_judge_page
from serving.pages.watch import add_watch_page
from serving.settings import AnswerSettings

VOTES_FILE = "votes.jsonl"  # in the folder of the runs
RECONNECT_SECONDS = 60  # a page that was offline for longer loses its conversation


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
