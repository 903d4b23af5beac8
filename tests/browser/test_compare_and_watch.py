"""Reports and runs in a real browser: filters in the link, and curves that grow."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from evaluation.html_report import html_text
from tests.support.reports import small_report, write_report
from training.loss_log import LossLog, Row
from training.sample_log import Sample, append_sample

EVIL = "<img src=x onerror=window.hacked=1>"
BLUE = "#0072B2"  # of the first curve
FITS = """() => {
    const frame = document.querySelector("iframe.report");
    return frame.offsetHeight >= frame.contentDocument.documentElement.scrollHeight;
}"""
HAS_CHANGED = """before => {
    const paths = [...document.querySelectorAll(".loss-chart svg path")];
    return paths.some((path) => !before.includes(path.outerHTML));
}"""


@pytest.fixture
def report(site):
    write_report(site.runs / "demo" / "comparison")
    return "demo/comparison"


@pytest.fixture
def run(site):
    """A run of 40 of 1,000 steps, with a sample."""
    folder = site.runs / "training"
    folder.mkdir(exist_ok=True)
    for name in ("loss.csv", "samples.jsonl"):
        (folder / name).unlink(missing_ok=True)
    (folder / "run.json").write_text(json.dumps({"settings": {"steps": 1000}}))
    train(folder, range(1, 41))
    append_sample(folder / "samples.jsonl", 40, Sample("The", EVIL))
    return folder


def train(folder, steps):
    log = LossLog(folder / "loss.csv")
    for step in steps:
        clock = (step, step * 1000, step * 2.0)
        log.write(Row(*clock, "train", 3 + 40 / step, 1e-3, 1.0, 500))
        log.write(Row(*clock, f"val/{EVIL}", 4.0))
    log.close()


def frame_of(page):
    return page.frame_locator("iframe.report")


def check_accessibility(page):
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


# ---- Compare ----


def test_the_filter_is_in_the_link_and_a_link_sets_the_filter(open_page, report):
    page = open_page(f"/compare?report={report}")
    frame = frame_of(page)
    count = frame.get_by_role("status")
    expect(count).to_have_text("4 of 4 questions")
    frame.get_by_label("Topic", exact=True).select_option("topic 1")
    expect(count).to_have_text("2 of 4 questions")
    frame.get_by_label("old", exact=True).select_option("wrong")
    frame.get_by_label("Text in question or answers").fill("QUESTION 3")
    expect(count).to_have_text("1 of 4 questions")
    page.wait_for_url(re.compile(r"report=demo/comparison#topic=topic\+1&wrong=old&text="))
    other = open_page(page.url.removeprefix(page.evaluate("location.origin")))
    frame = frame_of(other)
    expect(frame.get_by_role("status")).to_have_text("1 of 4 questions")
    expect(frame.get_by_role("heading", name="What is question 3?")).to_be_visible()
    frame.get_by_role("button", name="Clear").click()
    expect(frame.get_by_role("status")).to_have_text("4 of 4 questions")
    assert "#" not in other.url


def test_the_report_takes_the_theme_of_the_page_and_all_the_height_it_needs(open_page, report):
    page = open_page(f"/compare?report={report}", theme="dark")
    html = frame_of(page).locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Theme: system").click()
    expect(html).to_have_attribute("data-theme", "light")
    page.wait_for_function(FITS)


def test_another_report_is_chosen_from_the_list(open_page, report, site):
    write_report(site.runs / "other", small_report(questions=6))
    page = open_page(f"/compare?report={report}")
    page.get_by_role("combobox", name="Report").select_option("other")
    page.wait_for_url("**/compare?report=other")
    expect(frame_of(page).get_by_role("status")).to_have_text("6 of 6 questions")


# ---- report.html from a disk ----


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_file_works_without_a_server_and_with_thousands_of_questions(browser, tmp_path, theme):
    path = tmp_path / "report.html"
    path.write_text(html_text(small_report(questions=5000)), encoding="utf-8")
    page = browser.new_page(color_scheme=theme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(f"{path.as_uri()}#wrong=old")
    expect(page.get_by_role("status")).to_have_text("2,500 of 5,000 questions")
    expect(page.locator("article")).to_have_count(100)
    page.get_by_role("button", name="Show 100 more").click()
    expect(page.locator("article")).to_have_count(200)
    expect(page.locator("article").nth(100).locator("h3")).to_be_focused()
    check_accessibility(page)
    page.close()
    assert problems == []


# ---- Watch ----


def test_a_run_that_trains_is_followed(open_page, run):
    page = open_page("/watch")
    card = page.get_by_role("listitem").filter(has_text="training")
    expect(card).to_contain_text("running")
    expect(card).to_contain_text("step 40 of 1,000")
    paths = page.locator(".loss-chart svg path")
    before = paths.evaluate_all("paths => paths.map((path) => path.outerHTML)")
    train(run, range(41, 81))
    expect(card).to_contain_text("step 80 of 1,000")
    page.wait_for_function(HAS_CHANGED, arg=before)
    card.get_by_text("Sample after step 40").click()
    expect(card.locator(".sample")).to_have_text("The" + EVIL)
    page.locator(".loss-chart").hover()
    expect(page.locator(".loss-chart")).to_contain_text(EVIL)  # beside the pointer
    assert page.evaluate("window.hacked") is None


def test_the_curves_can_be_shown_in_other_ways(open_page, run):
    page = open_page("/watch")
    chart = page.locator(".loss-chart svg")
    expect(chart).to_contain_text("optimizer steps")
    expect(chart.locator(f"path[stroke='{BLUE}']").first).to_be_attached()
    page.get_by_label("x axis").select_option("tokens")
    expect(chart).to_contain_text("tokens read")
    page.get_by_role("checkbox", name="Logarithmic loss").click()
    page.get_by_label("Range").select_option("last half")
    page.get_by_role("checkbox", name="training").click()
    expect(chart.locator(f"path[stroke='{BLUE}']")).to_have_count(0)


# ---- both ----


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_state_of_the_pages_breaks_a_rule_of_accessibility(open_page, report, run, theme):
    page = open_page(f"/compare?report={report}", theme=theme)
    expect(frame_of(page).get_by_role("status")).to_have_text("4 of 4 questions")
    check_accessibility(page)
    page = open_page("/compare?report=none", theme=theme)
    page.get_by_role("alert").wait_for()
    check_accessibility(page)
    page = open_page("/watch", theme=theme)
    page.locator(".loss-chart svg").wait_for()
    page.get_by_text("Sample after step 40").click()
    check_accessibility(page)


@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_nothing_is_wider_than_the_screen(open_page, report, run, width):
    page = open_page(f"/compare?report={report}", width=width)
    expect(frame_of(page).get_by_role("status")).to_have_text("4 of 4 questions")
    html = frame_of(page).locator("html")
    assert html.evaluate("html => html.scrollWidth - html.clientWidth") <= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page = open_page("/watch", width=width)
    page.locator(".loss-chart svg").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
