"""The pages with what they are for: models that were trained, and a run that is training."""

import pytest
from playwright.sync_api import expect

from network.chat_session import ChatSession, load_assistant
from network.sampling import GREEDY
from tests.support.models import CPU
from tests.support.scripts import SAMPLE
from tests.support.sites import serve_models
from tests.support.small_scripts import run_small_script, start_small, wait_for_end

QUESTION = "What is the capital of France?"
MOST_TOKENS = 20
TEXT_FLAGS = (
    *("--size", "tiny", "--batch-tokens", 512, "--micro-tokens", 512, "--max-lr", 3e-3),
    *("--min-lr", 3e-4, "--save-every", 0, "--eval-every", 10, "--eval-tokens", 1000),
    *("--dtype", "float32", "--device", "cpu"),
)
CHAT_FLAGS = (
    *("--batch-size", 16, "--micro-tokens", 1024, "--max-lr", 3e-3, "--save-every", 0),
    *("--eval-every", 20, "--eval-tokens", 1000, "--sample-every", 0, "--dtype", "float32"),
)


def run(name, *arguments):
    status, output = run_small_script(name, *arguments)
    assert status == 0, output


@pytest.fixture(scope="module")
def site(tokenizer_folder, data_folder, tmp_path_factory):
    """serve.py with two assistants, trained for 10 and for 60 steps from the same base model."""
    runs, chats = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("chats")
    nectar = SAMPLE.with_name("nectar.jsonl")
    run("prepare_nectar.py", "--source", nectar, "--tokenizer", tokenizer_folder, "--out", chats)
    run("pretrain.py", "--data", data_folder, "--out", runs / "base", "--steps", 20, *TEXT_FLAGS)
    models = [runs / "short", runs / "long"]
    for model, steps in zip(models, (10, 60)):
        paths = ["--model", runs / "base", "--data", chats, "--out", model]
        run("finetune.py", *paths, "--steps", steps, *CHAT_FLAGS)
    options = (
        *("--temperature", "0", "--repetition-penalty", "1"),
        *("--max-new-tokens", str(MOST_TOKENS), "--dtype", "float32"),  # that of CPU
    )
    with serve_models(models, runs, *options) as site:
        yield site


def test_trained_models_give_the_answers_of_chat_py(open_page, site):
    page = open_page("/")
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    answers = {}
    for name in ("short", "long"):
        page.get_by_role("button", name=f"Retry {name}").wait_for()
        session = ChatSession(load_assistant(str(site.runs / name), CPU), GREEDY, MOST_TOKENS)
        answers[name] = "".join(session.ask(QUESTION)).split()
        shown = page.get_by_role("region", name=name).locator(".answer-text").text_content()
        assert shown.split() == answers[name]
    assert answers["short"] != answers["long"]
    expect(page.get_by_label("Your question")).to_be_focused()  # the button was hidden


def test_a_run_of_pretrain_py_is_watched_from_its_first_steps_to_the_end(
    open_page, site, data_folder
):
    page = open_page("/watch")
    arguments = ["--data", data_folder, "--out", site.runs / "live", "--steps", 100, *TEXT_FLAGS]
    training = start_small("pretrain.py", *arguments, is_slow=True)
    try:
        card = page.get_by_role("listitem").filter(has_text="live")
        expect(card.locator(".run-state")).to_have_text("running", timeout=60_000)
        expect(card).to_contain_text("of 100 · loss ")
        expect(page.locator(".loss-chart svg")).to_be_visible()
        expect(card.locator(".run-state")).to_have_text("finished", timeout=60_000)
        status, output = wait_for_end(training)
        assert status == 0, output
        expect(card).to_contain_text("step 100 of 100")
        expect(page.get_by_role("listitem").filter(has_text="long")).to_contain_text("finished")
    finally:
        training.kill()
