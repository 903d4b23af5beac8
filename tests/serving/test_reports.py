"""Which reports a server finds and shows, and names that lead out of its folder."""

import json
import os

import pytest

from serving.reports import find_report, find_reports, report_page
from tests.support.reports import small_report, write_report


@pytest.fixture
def runs(tmp_path):
    """A folder with two reports, and one outside it."""
    write_report(tmp_path / "runs" / "comparison")
    write_report(tmp_path / "runs" / "demo" / "replay")
    write_report(tmp_path / "secret")
    os.utime(tmp_path / "runs" / "comparison" / "report.json", (1, 1))
    return tmp_path / "runs"


def test_reports_are_found_in_folders_below_the_newest_first(runs):
    assert find_reports(runs) == ["demo/replay", "comparison"]
    assert find_reports(runs / "none") == []


def test_a_report_is_shown_as_the_page_that_compare_writes(runs):
    page = report_page(runs, "demo/replay")
    assert page.startswith("<!doctype html>") and "new answer 3" in page


def test_a_report_that_compare_has_replaced_is_read_anew(runs):
    report_page(runs, "comparison")
    write_report(runs / "comparison", small_report(questions=9))
    assert "new answer 8" in report_page(runs, "comparison")


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "demo/../../secret",
        "comparison/report.json",
        "none",
        "a\0b",
        "x" * 5000,
        "~",
        "/etc",
        "comparison\\..\\..\\secret",
    ],
)
def test_a_name_that_leads_elsewhere_or_nowhere_is_refused(runs, name):
    with pytest.raises(ValueError, match="There is no report called"):
        report_page(runs, name)


def test_an_absolute_path_outside_the_folder_is_refused(runs, tmp_path):
    with pytest.raises(ValueError, match="There is no report called"):
        find_report(runs, str(tmp_path / "secret"))


def test_links_do_not_lead_out_of_the_folder(runs, tmp_path):
    (runs / "folder_link").symlink_to(tmp_path / "secret")
    (runs / "file_link").mkdir()
    (runs / "file_link" / "report.json").symlink_to(tmp_path / "secret" / "report.json")
    assert find_reports(runs) == ["demo/replay", "comparison"]
    for name in ("folder_link", "file_link"):
        with pytest.raises(ValueError, match="There is no report called"):
            report_page(runs, name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 10_000,
        b"[]",
        b'{"sets": 1}',
        b'{"settings": {}, "models": [], "sets": [], "notes": []}',
        b"\xff",
    ],
)
def test_a_damaged_report_is_a_sentence_with_a_remedy(runs, content):
    (runs / "comparison" / "report.json").write_bytes(content)
    with pytest.raises(ValueError, match="is corrupt .*; make it again with compare.py"):
        report_page(runs, "comparison")


def places_in(value):
    """Every container inside a JSON value, with each of its keys or numbers."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(item, (dict, list)):
            yield from places_in(item)


@pytest.mark.parametrize("replacement", [None, "text", 7, [], {}, [1, 2]])
def test_whatever_is_wrong_in_a_report_it_is_shown_or_is_a_sentence(runs, replacement):
    path = runs / "comparison" / "report.json"
    content = json.loads(path.read_text())
    for number, (container, key) in enumerate(list(places_in(content))):
        right, container[key] = container[key], replacement
        path.write_text(json.dumps(content))
        os.utime(path, (number, number))
        container[key] = right
        try:
            report_page(runs, "comparison")
        except ValueError as problem:
            assert "is corrupt" in str(problem)
