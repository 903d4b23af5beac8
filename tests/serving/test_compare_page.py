"""The page with the reports of compare.py."""

import os
import time

import pytest
from nicegui import app, html

from serving.pages.compare import add_compare_page
from tests.support.reports import write_report
from tests.support.visitors import texts, visit

pytestmark = pytest.mark.asyncio


@pytest.fixture
def runs(tmp_path):
    write_report(tmp_path / "comparison")
    write_report(tmp_path / "demo" / "a&b")
    os.utime(tmp_path / "demo" / "a&b" / "report.json", (1, 1))  # the older one, by its time
    return tmp_path


def open_compare(runs, path="/compare"):
    return visit(path, lambda: add_compare_page(app, runs))


def frames(visitor):
    return [frame.props["src"] for frame in visitor.find(kind=html.iframe).elements]


async def test_a_link_opens_its_report_in_a_frame(runs):
    async with open_compare(runs, "/compare?report=demo/a%26b") as visitor:
        assert frames(visitor) == ["/compare/report?report=demo/a%26b"]
        page = await visitor.http_client.get("/compare/report?report=demo/a%26b")
        assert page.status_code == 200 and "new answer 3" in page.text
        assert page.headers["content-type"].startswith("text/html")


async def test_without_a_link_the_newest_report_is_shown_and_all_can_be_chosen(runs):
    async with open_compare(runs) as visitor:
        [source] = frames(visitor)
        await visitor.should_see("comparison")
        await visitor.should_see("demo/a&b")
        assert source == "/compare/report?report=comparison"


async def test_reports_that_take_long_to_find_are_waited_for(runs, monkeypatch):
    def find_slowly(runs):
        time.sleep(3.5)  # NiceGUI by itself waits for 3 seconds
        return ["comparison"]

    monkeypatch.setitem(add_compare_page.__globals__, "find_reports", find_slowly)
    async with open_compare(runs) as visitor:
        assert frames(visitor) == ["/compare/report?report=comparison"]


async def test_a_missing_or_damaged_report_is_a_sentence(runs):
    (runs / "comparison" / "report.json").write_text("{")
    async with open_compare(runs, "/compare?report=comparison") as visitor:
        assert "is corrupt" in texts(visitor, "problem")[0]
    async with open_compare(runs, "/compare?report=../secret") as visitor:
        assert "There is no report called '../secret'" in texts(visitor, "problem")[0]
        answer = await visitor.http_client.get("/compare/report?report=../secret")
        assert answer.status_code == 404 and "There is no report" in answer.text


async def test_a_folder_without_reports_says_how_to_make_one(tmp_path):
    async with open_compare(tmp_path) as visitor:
        await visitor.should_see("python compare.py")
