"""The page where a visitor judges answers without knowing whose they are."""

import json
from collections import Counter

import pytest

from evaluation.answers import Question
from network.sampling import Sampling
from serving.answer import FAILED
from serving.engine import Busy
from serving.known_questions import KnownQuestions
from serving.pages.judge import add_judge_page
from serving.settings import AnswerSettings
from tests.support.fake_engine import FakeEngine
from tests.support.visitors import load_small_talkers, press, report_key, settle, texts, visit

STRIKES = Question("rules", "How many strikes make an out?", "Three strikes.", ("three", "3"))
KNOWN = KnownQuestions([[STRIKES]])
SETTINGS = AnswerSettings(Sampling(0.5), 8, seed=11)
LEFT, RIGHT, BOTH = "← Left is better", "Right is better →", "Both are good"

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def talkers(tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return load_small_talkers(folder, tokenizer, "general", "baseball", "replay")


@pytest.fixture
def votes(tmp_path):
    return tmp_path / "votes.jsonl"


@pytest.fixture
def engine(talkers):
    """Two models whose answers do not tell their names."""
    engine = FakeEngine(talkers[:2])
    engine.script["general"] += ["Two."] * 9
    engine.script["baseball"] += ["Three."] * 9
    return engine


def open_page(engine, votes):
    return visit("/judge", lambda: add_judge_page(engine, SETTINGS, KNOWN, votes))


async def ask(visitor, question):
    visitor.find(marker="question").type(question).trigger("keydown")
    await settle()


def page_texts(visitor):
    """Everything that the page says, header, attributes and invisible texts included."""
    texts = []
    for element in visitor.client.elements.values():
        texts += [getattr(element, "text", ""), *map(str, element.props.values())]
    return "\n".join(texts)


def table_rows(visitor):
    """The rows of the tally: the texts of their cells."""
    elements = visitor.client.elements.values()
    rows = [element.default_slot.children for element in elements if element.tag == "tr"]
    return [[cell.text for cell in row] for row in rows[1:]]  # without the headings


def read_rows(votes):
    return [json.loads(line) for line in votes.read_text(encoding="utf-8").splitlines()]


async def test_no_name_is_on_the_page_before_the_vote_and_both_are_after_it(engine, votes):
    async with open_page(engine, votes) as visitor:
        await ask(visitor, STRIKES.question)
        assert sorted(texts(visitor, "answer-text")) == ["Three.", "Two."]
        assert texts(visitor, "answer-title") == ["Left", "Right"]
        everything = page_texts(visitor)
        assert "general" not in everything and "baseball" not in everything
        press(visitor, LEFT)
        title = {"Two.": "general", "Three.": "baseball"}
        left, right = texts(visitor, "answer-text")
        assert texts(visitor, "answer-title") == [f"Left: {title[left]}", f"Right: {title[right]}"]
        await visitor.should_see(f"Left was {title[left]}, right was {title[right]}.")
        assert sorted(texts(visitor, "verdict")) == ["✓ right", "✗ wrong"]
        await visitor.should_see("Reference answer: Three strikes.")


async def test_a_vote_is_written_with_all_that_is_needed_to_repeat_the_answers(engine, votes):
    async with open_page(engine, votes) as visitor:
        await ask(visitor, STRIKES.question)
        report_key(visitor, "arrow", "ArrowRight")
        await ask(visitor, "And you?")
        press(visitor, "Neither is good")
    known, own = read_rows(votes)
    assert known["topic"] == "rules" and own["topic"] == "own questions"
    assert (known["choice"], own["choice"]) == ("right", "neither")
    assert own["question"] == "And you?" and (known["seed"], own["seed"]) == (11, 12)
    said = dict(zip(known["models"], known["answers"]))
    assert said == {"general": "Two.", "baseball": "Three."}
    assert known["settings"]["temperature"] == 0.5 and known["settings"]["max_new_tokens"] == 8
    assert known["runs"][0].endswith(known["models"][0])
    requests = [answer.request for answers in engine.answers.values() for answer in answers]
    assert {request.seed for request in requests} == {11, 12}


async def test_settings_that_are_changed_before_the_vote_are_not_those_of_the_answers(
    engine, votes
):
    async with open_page(engine, votes) as visitor:
        await ask(visitor, "Who?")
        press(visitor, "Settings")
        for name, text in [("temperature", "1.5"), ("seed", "99")]:
            visitor.find(marker=name).clear().type(text)
        press(visitor, "Save")
        press(visitor, LEFT)
        await ask(visitor, "Who?")
        press(visitor, LEFT)
    first, second = read_rows(votes)
    assert (first["settings"]["temperature"], first["seed"]) == (0.5, 11)
    assert first["settings"]["seed"] == 11
    assert (second["settings"]["temperature"], second["seed"]) == (1.5, 99)


async def test_there_is_one_vote_on_complete_answers_and_none_before(engine, votes):
    engine.script["general"].appendleft(None)
    async with open_page(engine, votes) as visitor:
        report_key(visitor, "arrow", "ArrowLeft")
        await ask(visitor, "Who?")
        report_key(visitor, "arrow", "ArrowLeft")
        await visitor.should_not_see(LEFT)
        assert not votes.exists()
        report_key(visitor, "escape")
        await settle()
        press(visitor, BOTH)
        report_key(visitor, "arrow", "ArrowLeft")
    assert [row["choice"] for row in read_rows(votes)] == ["both"]


async def test_keys_that_scroll_are_no_votes(engine, votes):
    async with open_page(engine, votes) as visitor:
        await ask(visitor, "Who?")
        for key in ("ArrowUp", "ArrowDown", "Home", ["ArrowLeft"]):
            report_key(visitor, "arrow", key)
        await visitor.should_see(LEFT)
    assert not votes.exists()


async def test_a_screen_reader_hears_that_answers_are_made_and_then_why_there_are_none(
    engine, votes
):
    engine.script["general"].appendleft(None)
    async with open_page(engine, votes) as visitor:
        await ask(visitor, "Who?")
        assert texts(visitor, "visually-hidden") == ["The models are answering."]
        engine.answers["general"][0].finish(FAILED, "generation failed")
        await settle()
        [spoken] = texts(visitor, "visually-hidden")
        assert "No answer: generation failed." in spoken and "Which is better?" not in spoken
        await ask(visitor, "Who?")
        assert texts(visitor, "visually-hidden")[0].endswith("Which is better?")


async def test_the_tally_counts_the_votes_of_earlier_visits_too(engine, votes):
    for _ in range(2):
        async with open_page(engine, votes) as visitor:
            await visitor.should_see("Votes so far")
            press(visitor, "Draw a question")
            await settle()
            press(visitor, LEFT)
    winners = Counter(row["models"][0] for row in read_rows(votes))
    async with open_page(engine, votes) as visitor:
        rows = table_rows(visitor)
    assert rows[0][:3] == ["all", str(winners["baseball"]), str(winners["general"])]
    assert rows[1][:3] == ["rules", str(winners["baseball"]), str(winners["general"])]


async def test_answers_that_could_not_be_made_cannot_be_judged(engine, votes):
    engine.script["general"].appendleft(Busy("300 questions are waiting already"))
    async with open_page(engine, votes) as visitor:
        await ask(visitor, "Who?")
        await visitor.should_see("No answer: 300 questions are waiting already.")
        await visitor.should_not_see(LEFT)
        await ask(visitor, "Who?")
        await visitor.should_see(LEFT)


async def test_the_pairs_of_three_models_are_compared_equally_often(talkers, votes):
    engine = FakeEngine(talkers)
    async with open_page(engine, votes) as visitor:
        for _ in range(6):
            await ask(visitor, "Who?")
            press(visitor, LEFT)
    pairs = Counter(frozenset(row["models"]) for row in read_rows(votes))
    assert set(pairs.values()) == {2} and len(pairs) == 3


async def test_a_single_model_is_not_compared_with_itself(talkers, votes):
    async with open_page(FakeEngine(talkers[:1]), votes) as visitor:
        await visitor.should_see("Start the server with two models or more")


async def test_a_vote_that_was_saved_is_not_called_lost_if_the_tally_cannot_be_read(
    engine, votes, monkeypatch
):
    def fail(path):
        raise PermissionError(13, "Permission denied", str(path))

    async with open_page(engine, votes) as visitor:
        await ask(visitor, STRIKES.question)
        monkeypatch.setitem(add_judge_page.__globals__, "read_votes", fail)
        press(visitor, LEFT)
        await visitor.should_see("The votes so far cannot be shown.")
        await visitor.should_not_see("The vote was not saved.")
        [spoken] = texts(visitor, "visually-hidden")
        assert "right" in spoken and "Reference answer: Three strikes." in spoken
    assert len(read_rows(votes)) == 1


async def test_a_vote_that_cannot_be_saved_is_reported(engine, tmp_path):
    async with open_page(engine, tmp_path / "folder" / "votes.jsonl") as visitor:
        await ask(visitor, "Who?")
        (tmp_path / "folder").write_text("a file")
        press(visitor, LEFT)
        await visitor.should_see("The vote was not saved.")
        assert texts(visitor, "answer-title") != ["Left", "Right"]
