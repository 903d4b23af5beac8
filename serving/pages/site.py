"""All pages, put into a web application."""

from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

from serving.engine import Engine
from serving.known_questions import read_known_questions
from serving.pages.ask import add_ask_page
from serving.pages.judge import add_judge_page
from serving.settings import AnswerSettings


def mount_pages(app: FastAPI, engine: Engine, settings: AnswerSettings, votes: Path) -> None:
    """Add the pages to an application. `settings` are those that a visitor starts with.

    The votes go to the file `votes`. Raises ValueError if a file of questions is invalid, and
    OSError if the votes cannot be read.
    """
    known = read_known_questions(engine.assistant(name).run for name in engine.names)
    add_ask_page(engine, settings, known)
    add_judge_page(engine, settings, known, votes)
    ui.run_with(
        app,
        dark=None,  # theme.js decides
        tailwind=False,
        language="en-US",
        show_welcome_message=False,
    )
