"""All pages, put into a web application."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

from serving.engine import Engine
from serving.known_questions import read_known_questions
from serving.pages.ask import add_ask_page
from serving.pages.compare import add_compare_page
from serving.pages.judge import add_judge_page
from serving.pages.watch import add_watch_page
from serving.settings import AnswerSettings


def mount_pages(
    app: FastAPI, engine: Engine, settings: AnswerSettings, votes: Path, runs: Path
) -> None:
    """Add the pages to an application. `settings` are those that a visitor starts with.

    The votes go to the file `votes`; `runs` is the folder with the runs and reports to show. Raises
    ValueError if a file of questions is invalid, and OSError if the votes cannot be read.
    """
    known = read_known_questions(engine.assistant(name).run for name in engine.names)
    add_ask_page(engine, settings, known)
    add_judge_page(engine, settings, known, votes)
    add_compare_page(app, runs)
    add_watch_page(runs)
    ui.run_with(
        app,
        dark=None,  # theme.js decides
        tailwind=False,
        language="en-US",
        show_welcome_message=False,
    )
