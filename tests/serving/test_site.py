"""The API and all pages together: paths that lead nowhere, and who is asked first."""

import asyncio
from types import SimpleNamespace

import httpx
import pytest
from nicegui import Client
from nicegui import app as nicegui_app
from nicegui.testing.general import nicegui_reset_globals

from serving.app import ServerSettings, make_app
from serving.pages.site import MOST_PAGES


@pytest.fixture
def app(tmp_path, monkeypatch):
    """The whole application, without models."""
    monkeypatch.setattr(nicegui_app, "exception_handlers", nicegui_app.exception_handlers.copy())
    with nicegui_reset_globals():
        yield make_app(SimpleNamespace(names=[]), ServerSettings(runs=tmp_path))
    nicegui_app.middleware_stack = None  # else a test of this process could not add pages


def request(app, method, path, host="localhost"):
    async def send():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, headers={"Host": host})

    return asyncio.run(send())


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/nowhere"),
        ("GET", "/_nicegui/nowhere"),
        ("GET", "/_nicegui_nowhere"),
        ("GET", "/v1"),
        ("TRACE", "/v1/models"),
    ],
)
def test_a_path_that_leads_nowhere_makes_no_page(app, method, path):
    answer = request(app, method, path)
    assert (answer.status_code, answer.text) == (404, "There is no such page.\n")
    assert not Client.instances


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET"])
def test_all_methods_below_v1_are_answered_by_the_api(app, method):
    answer = request(app, method, "/v1/completions")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert not Client.instances


def test_a_strange_host_is_refused_even_if_too_many_pages_are_open(app, monkeypatch):
    monkeypatch.setattr(Client, "instances", dict.fromkeys(map(str, range(MOST_PAGES))))
    assert request(app, "GET", "/", host="evil.example").status_code == 403
    assert request(app, "GET", "/").status_code == 503
