"""report.html: its numbers and bars, its data, and texts that try to become markup."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from evaluation.bootstrap import Interval
from evaluation.html_report import axis_end, html_text
from evaluation.report import (
    Answer,
    AnsweredQuestion,
    ChoiceReport,
    ChosenAnswer,
    GroupReport,
    ModelDescription,
    PairReport,
    Report,
    SetReport,
    Settings,
    VariationReport,
    VariedAnswer,
    VariedQuestion,
)
from evaluation.tables import ACCURACY

EVIL = "<img src=x onerror=alert(1)></script><script>alert(2)</script> & \"'`\u202e"
SHOWN_EVIL = EVIL.replace("\u202e", "\ufffd")
NAMES = ("a", "<b>")


def describe(name):
    return ModelDescription(name, f"runs/{name}", 3_000_000, 64, "test", 512)


def both(first, second):
    return dict(zip(NAMES, (first, second)))


PAIR = PairReport(*NAMES, Interval(0.5, 0.1, 0.9), None, 1, 0, 1, Interval(0.5, 0.2, 0.8))
GROUP = GroupReport(
    questions=2,
    accuracy=both(Interval(0.25, 0.125, 0.5), Interval(0.75, 0.5, 0.834)),
    bits_per_byte=both(None, Interval(2.0, 1.0, 3.0)),
    pairs=(PAIR,),
)
QUESTIONS = (
    AnsweredQuestion(
        "rules", "How many outs?", "Three.", ("three",), both(*[Answer("3", True, 2.25)] * 2)
    ),
    AnsweredQuestion(EVIL, EVIL, EVIL, (), both(Answer(EVIL, False, 9), Answer(None, False, None))),
)
VARIATION = VariationReport(
    name="turn 2",
    questions=2,
    accuracy=GROUP.accuracy,
    kept=GROUP.accuracy,
    leaks=GROUP.accuracy,
    asked=(
        VariedQuestion("How many outs?", (EVIL,), both(*[VariedAnswer("Ruth", False, True)] * 2)),
        VariedQuestion("typed " + EVIL, (), both(*[VariedAnswer("", True, False)] * 2)),
    ),
)
REPORT = Report(
    settings=Settings("CPU", ("rules.jsonl",), 10, 4, 500, 0),
    models=tuple(map(describe, NAMES)),
    sets=(SetReport(EVIL, GROUP, {"rules": GROUP, EVIL: GROUP}, QUESTIONS, (VARIATION,)),),
    notes=("A note.", EVIL),
)


class Page(HTMLParser):
    """The tags and attributes of a page, and the texts that come right after each kind of tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], {}
        self.tag = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tag = tag
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        self.tag = None

    def handle_data(self, data):
        self.texts.setdefault(self.tag, []).append(data)


@pytest.fixture(scope="module")
def page():
    return Page(html_text(REPORT))


@pytest.fixture(scope="module")
def data(page):
    return json.loads(page.texts["script"][0])


def test_no_text_of_a_report_becomes_markup(page):
    assert "img" not in page.tags and "b" not in page.tags
    assert page.tags.count("script") == 2  # the data, and ours
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert SHOWN_EVIL in page.texts["p"]  # the note, as it was written


def test_the_page_allows_only_its_own_script_and_no_request(page):
    [policy] = [value for name, value in page.attributes if name == "content" and "'none'" in value]
    digest = hashlib.sha256(page.texts["script"][1].encode()).digest()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    outside = [value for name, value in page.attributes if name in ("src", "href")]
    assert outside == ["#answers"]


def test_every_number_is_in_a_table_with_its_interval_and_a_bar_of_its_length(page):
    numbers = page.texts["td"]
    assert "25.0% [12.5, 50.0]" in numbers and "75.0% [50.0, 83.4]" in numbers
    assert "2.000 [1.000, 3.000]" in numbers and "n/a" in numbers
    assert "+50.0 [+10.0, +90.0]" in numbers
    styles = [value for name, value in page.attributes if name == "style"]
    widths = [float(width) for style in styles for width in re.findall(r"^width: ([\d.]+)%", style)]
    assert widths[:2] == [pytest.approx(25 / 0.9, abs=0.01), pytest.approx(75 / 0.9, abs=0.01)]
    assert "left: 13.89%; width: 41.67%" in [style.removesuffix(";") for style in styles]
    assert "bars from 0 to 90%" in page.texts["span"]


def test_the_data_has_every_answer_as_written_and_in_other_ways(data):
    assert data["models"] == list(NAMES)
    assert data["ways"] == ["as written", "turn 2"]
    assert data["questions"] == [
        [0, "rules", "How many outs?", "Three."],
        [0, SHOWN_EVIL, SHOWN_EVIL, SHOWN_EVIL],
    ]
    assert data["rows"] == [
        [0, 0, None, [], [["3", 1, 2.2], ["3", 1, 2.2]]],
        [1, 0, None, [], [[SHOWN_EVIL, 0, 9], ["(does not fit the context)", 0]]],
        [0, 1, None, [SHOWN_EVIL], [["Ruth", 2], ["Ruth", 2]]],
        [1, 1, "typed " + SHOWN_EVIL, [], [["(nothing)", 1], ["(nothing)", 1]]],
    ]


def test_multiple_choice_has_its_numbers_beside_chance_and_what_was_chosen():
    accuracy = both(Interval(0.625, 0.5, 0.75), None)
    choices = ChoiceReport(8, 0.25, accuracy, accuracy, (None,))
    chose = Answer("4", False, 7.0, ChosenAnswer("three", True, (1.0, 2.0)))
    question = replace(QUESTIONS[0], answers=both(chose, chose), choices=("three", "four"))
    group = replace(GROUP, choices=choices)
    report = replace(REPORT, sets=(SetReport("quiz", group, {}, (question,), ()),))
    text = html_text(report)
    assert "all, chance 25.0%" in text
    assert "62.5% [50.0, 75.0]" in text
    assert "4 (chose ✓ three)" in text
    assert "Multiple choice" not in html_text(REPORT)


def test_one_model_has_no_pairs_and_a_report_without_variations_has_no_section_for_them():
    plain = replace(REPORT.sets[0], variations=(), topics={"rules": GROUP}, name="rules")
    page = Page(html_text(replace(REPORT, models=REPORT.models[:1], sets=(plain,))))
    assert page.texts["h2"] == [
        "Models",
        "Accuracy, and bits per byte of the reference answers",
        "Questions and answers",
    ]


@pytest.mark.parametrize(
    "highest, end",
    [(0.834, 0.9), (1.0, 1.0), (0.3, 0.3), (0.07, 0.07), (6.43, 7.0), (12.0, 20.0), (0.0, 1.0)],
)
def test_bars_end_at_a_round_number(highest, end):
    group = replace(GROUP, accuracy={"a": Interval(0.0, 0.0, highest)})
    assert axis_end(ACCURACY, [group]) == pytest.approx(end)
