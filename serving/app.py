"""The web application: OpenAI's API and the pages, behind the guard.

app = make_app(engine, ServerSettings())
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from serving.api import add_api
from serving.engine import Engine
from serving.guard import Guard
from serving.pages.site import mount_pages
from serving.settings import AnswerSettings, default_settings


@dataclass(frozen=True)
class ServerSettings:
    """What a server is told, apart from its models."""

    answers: AnswerSettings = field(default_factory=default_settings)
    runs: Path = Path("runs")  # the folder whose runs and reports the pages show
    hosts: tuple[str, ...] = ()  # names of this server, besides localhost
    token: str | None = None


def make_app(engine: Engine, settings: ServerSettings) -> FastAPI:
    """The API and the pages. NiceGUI mounts its pages once in a process; see `make_api_app`."""
    app = _make_open_app(engine, settings)
    mount_pages(app, engine, settings.answers, settings.runs)
    return _guard(app, settings)


def make_api_app(engine: Engine, settings: ServerSettings) -> FastAPI:
    """The API behind the guard, without pages; when the application ends, it closes the engine."""
    return _guard(_make_open_app(engine, settings), settings)


def _guard(app: FastAPI, settings: ServerSettings) -> FastAPI:
    """Put the guard before all else: what is added last sees a request first."""
    app.add_middleware(Guard, hosts=settings.hosts, token=settings.token)
    return app


def _make_open_app(engine: Engine, settings: ServerSettings) -> FastAPI:
    """The API for everybody; when the application ends, it closes the engine."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.close()

    # FastAPI's own pages about the API would load scripts from other servers.
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    add_api(app, engine, settings.answers)
    return app
