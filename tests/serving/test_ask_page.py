"""The page where models answer side by side, as a simulated visitor sees it."""

import pytest
from nicegui import ui

from evaluation.answers import Question
from network.sampling import GREEDY
from serving.answer import FAILED, LENGTH
from serving.engine import Busy
from serving.known_questions import KnownQuestions
from serving.pages.ask import add_ask_page
from serving.settings import AnswerSettings, default_settings
from tests.support.fake_engine import FakeEngine
from tests.support.visitors import load_small_talkers, press, settle, texts, visit

STRIKES = Question("rules", "How many strikes make an out?", "Three strikes.", ("three", "3"))
KNOWN = KnownQuestions([[STRIKES]])
MARKUP = "<img src=x onerror=alert(1)> **bold** {{ 1 + 1 }}"

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def talkers(tokenizer, tmp_path_factory):
    return load_small_talkers(tmp_path_factory.mktemp("runs"), tokenizer, "general", "baseball")


@pytest.fixture
def engine(talkers):
    return FakeEngine(talkers)


def open_page(engine, settings=None):
    settings = settings or default_settings()
    return visit("/", lambda: add_ask_page(engine, settings, KNOWN))


async def ask(visitor, question):
    """Type a question and press Enter."""
    visitor.find(marker="question").type(question).trigger("keydown")
    await settle()


async def test_every_model_answers_a_typed_question(engine):
    async with open_page(engine) as visitor:
        await ask(visitor, "  Who hit 60?\n")
        assert texts(visitor, "question") == ["Who hit 60?"]
        assert texts(visitor, "answer-title") == ["general", "baseball"]
        assert texts(visitor, "answer-text") == ["general 1", "baseball 1"]
        assert visitor.find(marker="question").elements.pop().value == ""


async def test_an_empty_question_is_not_asked(engine):
    async with open_page(engine) as visitor:
        await ask(visitor, " \n ")
        assert engine.answers["general"] == [] and texts(visitor, "question") == []


async def test_each_model_remembers_its_own_answers(engine):
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        await ask(visitor, "When?")
        assert engine.prompts("baseball")[1] == (
            "\n\nHuman: Who?\n\nAssistant: baseball 1<|endoftext|>\n\nHuman: When?\n\nAssistant:"
        )
        press(visitor, "New conversation")
        await ask(visitor, "Where?")
        assert engine.prompts("baseball")[2] == "\n\nHuman: Where?\n\nAssistant:"
        assert texts(visitor, "question") == ["Where?"]


async def test_an_answer_is_shown_while_it_grows_and_can_be_stopped(engine):
    engine.script["general"].append(None)
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        [answer] = engine.answers["general"]
        answer.write(" Babe", 1)
        await settle()
        assert texts(visitor, "answer-text") == ["Babe", "baseball 1"]
        answer.write(" Ruth", 2)
        await settle()
        assert texts(visitor, "answer-text") == ["Babe Ruth", "baseball 1"]
        await ask(visitor, "When?")  # not while a model is still answering
        assert len(engine.answers["baseball"]) == 1
        press(visitor, "Stop general")
        await settle()
        assert texts(visitor, "answer-text") == ["Babe Ruth", "baseball 1"]
        assert texts(visitor, "remarks") == ["Stopped."]
        visitor.find(marker="question").trigger("keydown")  # the box still holds "When?"
        await settle()
        assert "Assistant: Babe Ruth<|endoftext|>" in engine.prompts("general")[1]


async def test_escape_stops_all_answers(engine):
    engine.script["general"].append(None)
    engine.script["baseball"].append(None)
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        visitor.find(marker="question").trigger("keydown.esc")
        assert [answers[0].finish_reason for answers in engine.answers.values()] == [
            "cancelled",
            "cancelled",
        ]


async def test_a_visitor_who_leaves_stops_the_answers(engine):
    engine.script["general"].append(None)
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        for handler in visitor.client.delete_handlers:
            visitor.client.safe_invoke(handler)
        assert engine.answers["general"][0].finish_reason == "cancelled"


async def test_a_retry_replaces_the_answer_and_uses_the_next_seed(engine):
    settings = AnswerSettings(GREEDY, 8, seed=5)
    async with open_page(engine, settings) as visitor:
        await ask(visitor, "Who?")
        press(visitor, "Retry baseball")
        await settle()
        assert texts(visitor, "answer-text") == ["general 1", "baseball 2"]
        assert [answer.request.seed for answer in engine.answers["baseball"]] == [5, 6]
        await visitor.should_see("At temperature 0 every answer is the likeliest one")
        await ask(visitor, "When?")
        assert "Assistant: baseball 2<|endoftext|>" in engine.prompts("baseball")[2]


async def test_answers_to_a_known_question_are_marked(engine):
    engine.script["general"].append("Two strikes, not three.")
    engine.script["baseball"].append("It takes 3.")
    async with open_page(engine) as visitor:
        press(visitor, STRIKES.question)
        await settle()
        assert texts(visitor, "verdict") == ["✗ wrong", "✓ right"]
        assert texts(visitor, "reference") == ["Reference answer: Three strikes."]
        [spoken] = texts(visitor, "visually-hidden")
        assert spoken == (
            "general: Two strikes, not three. ✗ wrong\nbaseball: It takes 3. ✓ right\n"
            "Reference answer: Three strikes."
        )


async def test_a_screen_reader_hears_that_answers_are_made_also_if_they_turn_out_the_same(engine):
    engine.script["general"] += ["Two.", None]
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        [spoken] = texts(visitor, "visually-hidden")
        press(visitor, "Retry general")
        await settle()
        assert texts(visitor, "visually-hidden") == ["The models are answering."]
        engine.answers["general"][1].write("Two.", 1)
        engine.answers["general"][1].finish(LENGTH)
        await settle()
        assert texts(visitor, "visually-hidden") == [spoken]


async def test_a_button_that_is_clicked_twice_asks_once(engine):
    async with open_page(engine) as visitor:
        for _ in range(2):
            press(visitor, STRIKES.question)
        await settle()
        assert texts(visitor, "question") == [STRIKES.question]
        for _ in range(2):
            press(visitor, "Retry general")
        await settle()
        assert [len(engine.answers[name]) for name in engine.names] == [2, 1]


async def test_settings_have_the_meaning_and_the_checks_of_the_command_line(engine):
    async with open_page(engine) as visitor:
        press(visitor, "Settings")
        for name, text in [("temperature", "-1"), ("seed", "one"), ("max_new_tokens", "3")]:
            visitor.find(marker=name).clear().type(text)
        press(visitor, "Save")
        await visitor.should_see("Seed must be a whole number, not 'one'.")
        visitor.find(marker="seed").clear().type("7")
        press(visitor, "Save")
        await visitor.should_see("temperature must be 0 or more.")
        visitor.find(marker="temperature").clear().type("0")
        press(visitor, "Save")
        await ask(visitor, "Who?")
        [answer] = engine.answers["general"]
        assert answer.request.sampling.temperature == 0
        assert answer.request.max_new_tokens == 3 and answer.request.seed == 7


async def test_texts_of_visitors_and_models_are_never_markup(engine):
    engine.script["general"].append(MARKUP)
    async with open_page(engine) as visitor:
        await ask(visitor, MARKUP)
        assert texts(visitor, "question") == [MARKUP]
        assert texts(visitor, "answer-text")[0] == MARKUP
        assert not visitor._gather_elements(ui.html) and not visitor._gather_elements(ui.markdown)


async def test_what_goes_wrong_is_said_in_the_place_of_the_answer(engine):
    engine.script["general"] += [Busy("300 questions are waiting already"), None]
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        assert texts(visitor, "remarks") == ["No answer: 300 questions are waiting already."]
        await ask(visitor, "so " * 200)
        assert "That message was left out" in texts(visitor, "remarks")[1]
        await ask(visitor, "When?")
        engine.answers["general"][0].finish(FAILED, "generation failed")
        await settle()
        assert texts(visitor, "remarks")[-1] == "No answer: generation failed."


async def test_the_page_says_when_a_model_begins_to_forget(engine):
    async with open_page(engine, AnswerSettings(GREEDY, 8, seed=0)) as visitor:
        for number in range(8):
            await ask(visitor, f"Question number {number}?")
        forgetting = [remark for remark in texts(visitor, "remarks") if "forgets" in remark]
        assert len(forgetting) == 2  # once for each model
        assert "number 0" not in engine.prompts("general")[-1]


async def test_an_answer_of_the_longest_length_is_called_cut_off(engine):
    engine.script["general"].append(None)
    async with open_page(engine) as visitor:
        await ask(visitor, "Who?")
        engine.answers["general"][0].write("On and on", 9)
        engine.answers["general"][0].finish(LENGTH)
        await settle()
        assert texts(visitor, "remarks") == ["Cut off at the longest answer."]
