"""Asking and judging in a real browser: by mouse, by keyboard, on any screen, in both themes."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

MARKUP = '<img src=x onerror="window.hacked = 1"> <b>bold</b>'
KNOWN = "What is the capital of France?"
TEXT = ".answer-text"


def ask(page, question):
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")


def answer_of(page, model):
    """The part of the page with the newest answer of a model, or of a side."""
    return page.get_by_role("region", name=model).last


def wait_for_text(answer, characters):
    answer.page.wait_for_function(
        "([element, length]) => element.textContent.length >= length",
        arg=[answer.locator(TEXT).element_handle(), characters],
    )


def judge(page, question=KNOWN):
    """Ask on the page Judge, stop the answer that takes long, and wait for the ballot."""
    ask(page, question)
    for side in ("Left", "Right"):
        wait_for_text(answer_of(page, side), 20)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Left is better").wait_for()
    expect(page.get_by_role("group", name="Your vote")).to_be_focused()


def test_both_answers_grow_and_one_is_stopped(open_page):
    page = open_page("/")
    ask(page, "Who hit 60 home runs?")
    slow, quick = answer_of(page, "slow"), answer_of(page, "quick")
    for length in (20, 60):
        wait_for_text(slow, length)
        wait_for_text(quick, length)
    slow.get_by_role("button", name="Stop slow").click()
    expect(slow).to_contain_text("Stopped.")
    stopped = slow.locator(TEXT).text_content()
    quick.get_by_role("button", name="Retry quick").wait_for()
    assert slow.locator(TEXT).text_content() == stopped
    assert quick.locator(TEXT).text_content()
    slow_box, quick_box = slow.bounding_box(), quick.bounding_box()
    assert slow_box["y"] == quick_box["y"] and slow_box["x"] < quick_box["x"]


def test_shift_enter_begins_a_line_and_escape_stops_all_answers(open_page):
    page = open_page("/")
    box = page.get_by_label("Your question")
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    assert box.input_value() == "one\ntwo"
    box.press("Enter")
    expect(page.locator("h2.question")).to_have_text("one\ntwo")
    expect(box).to_have_value("")
    wait_for_text(answer_of(page, "slow"), 20)
    page.keyboard.press("Escape")
    expect(answer_of(page, "slow")).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("slow: ")


def test_markup_in_a_question_is_shown_as_it_was_typed(open_page):
    page = open_page("/")
    ask(page, MARKUP)
    expect(page.locator("h2.question")).to_have_text(MARKUP)
    page.keyboard.press("Escape")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main b").count() == 0


def test_an_example_is_asked_with_a_click_and_its_answers_are_marked(open_page):
    page = open_page("/")
    page.locator(".examples button").first.click()
    wait_for_text(answer_of(page, "slow"), 20)
    page.keyboard.press("Escape")
    expect(page.locator(".reference")).to_contain_text("Reference answer:")
    expect(page.locator(".verdict").first).to_have_text("✗ wrong")


def test_names_are_hidden_until_the_vote_by_an_arrow_key(open_page, site):
    page = open_page("/judge")
    judge(page)
    names = {"slow", "quick"}
    assert not any(name in page.locator(".stage").inner_html() for name in names)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("paragraph").get_by_text("Left was ")).to_be_visible()
    expect(page.get_by_role("cell").first).to_be_visible()
    vote = json.loads((site.runs / "votes.jsonl").read_text().splitlines()[-1])
    assert vote["choice"] == "right" and vote["question"] == KNOWN and vote["topic"] == "geography"
    assert set(vote["models"]) == names
    expect(answer_of(page, f"Right: {vote['models'][1]}")).to_be_visible()


def test_arrow_keys_vote_only_sideways_from_the_ballot_and_not_while_they_are_held(open_page):
    page = open_page("/judge")
    judge(page)
    page.evaluate("""document.querySelector("[role=group]").dispatchEvent(new KeyboardEvent(
        "keydown", {key: "ArrowLeft", repeat: true, bubbles: true}))""")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Settings").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    ballot = page.get_by_role("button", name="Left is better")
    expect(ballot).to_be_visible()
    ballot.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("paragraph").get_by_text("Left was ")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("Reference answer: ")


def test_the_focus_follows_a_button_that_is_replaced(open_page):
    page = open_page("/")
    page.get_by_label("Your question").fill(KNOWN)
    page.get_by_role("button", name="Ask", exact=True).press("Enter")
    expect(page.get_by_label("Your question")).to_be_focused()
    wait_for_text(answer_of(page, "slow"), 20)
    page.get_by_role("button", name="Stop slow").press("Enter")
    expect(page.get_by_role("button", name="Retry slow")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop slow")).to_be_focused()
    page.get_by_role("button", name="Settings").focus()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Retry slow").wait_for()
    expect(page.get_by_role("button", name="Settings")).to_be_focused()


def test_the_focus_moves_from_a_button_that_is_hidden_for_a_moment(open_page):
    page = open_page("/")
    page.evaluate("""() => {
        const [button] = document.querySelectorAll(".composer button");
        button.focus();
        button.style.display = "none";
        focusIfLost(Number(document.querySelector("textarea").id.slice(1)));
        button.style.display = "";
    }""")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_the_ballot_shows_that_it_has_the_focus_and_leaves_it_to_who_is_typing(open_page):
    page = open_page("/judge")
    judge(page)
    ballot = page.get_by_role("group", name="Your vote")
    assert ballot.evaluate("ballot => getComputedStyle(ballot).outlineStyle") == "solid"
    ask(page, KNOWN)
    for side in ("Left", "Right"):
        wait_for_text(answer_of(page, side), 20)
    box = page.get_by_label("Your question")
    box.press_sequentially("And")
    box.press("Escape")  # stops the longer answer
    page.get_by_role("button", name="Left is better").wait_for()
    box.press_sequentially(" you?")
    assert box.input_value() == "And you?"
    expect(box).to_be_focused()


def test_arrow_keys_move_the_cursor_while_a_question_is_typed(open_page):
    page = open_page("/judge")
    judge(page)
    box = page.get_by_label("Your question")
    box.press_sequentially("ab")
    box.press("ArrowLeft")
    box.press_sequentially("x")
    assert box.input_value() == "axb"
    expect(page.get_by_role("button", name="Left is better")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_state_of_the_pages_breaks_a_rule_of_accessibility(open_page, theme):
    page = open_page("/", theme=theme)
    check_accessibility(page)
    ask(page, KNOWN)
    wait_for_text(answer_of(page, "slow"), 20)
    check_accessibility(page)
    page.keyboard.press("Escape")
    page.locator(".reference").wait_for()
    check_accessibility(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("dialog").get_by_label("Temperature").wait_for()
    expect(page.locator(".q-dialog [class*=enter-active]")).to_have_count(0)  # it fades in
    check_accessibility(page)
    page = open_page("/judge", theme=theme)
    judge(page)
    check_accessibility(page)
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Next question").wait_for()
    check_accessibility(page)


def check_accessibility(page):
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_nothing_is_wider_than_the_screen(open_page, width):
    for path in ("/", "/judge"):
        page = open_page(path, width=width)
        ask(page, "w" * 300)
        page.locator("h2.question").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_follows_the_system_until_another_is_chosen(open_page):
    page = open_page("/", theme="dark")
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(html).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("Quasar.Dark.isActive")


def test_the_first_key_of_a_keyboard_user_leads_past_the_header(open_page):
    page = open_page("/judge")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('main') !== null")
    assert focused
