"""A server of two small models, and a real browser to visit it with.

The models have random weights, so their answers are nonsense; what counts is how they are shown.
"slow" writes 15,000 tokens, so that it can be stopped on any machine, and "quick" 128.
"""

import shutil

import pytest

from tests.support.sites import serve_models
from tests.support.talkers import save_talker

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def site(tokenizer, tmp_path_factory):
    """serve.py with the models "slow" and "quick"."""
    runs = tmp_path_factory.mktemp("runs")
    slow = save_talker(runs / "slow", tokenizer, context=16384, never_ends=True)
    quick = save_talker(runs / "quick", tokenizer, context=256, seed=1, never_ends=True)
    with serve_models([slow, quick], runs, "--max-new-tokens", "15000") as site:
        yield site


@pytest.fixture(scope="session")
def browser():
    """Chromium, as the system has it; Playwright's own one would have to be downloaded."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("these tests need Chromium; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_page(browser, site):
    """open_page("/judge", width=360, ...) opens a new tab.

    When the test ends, no page may have had an error or have asked another machine for anything.
    """
    problems, pages = [], []

    def check_request(request):
        if not request.url.startswith((site.address, "data:", "blob:")):
            problems.append(f"request to {request.url}")

    def check_socket(socket):
        if not socket.url.startswith(site.address.replace("http", "ws")):
            problems.append(f"websocket to {socket.url}")

    def check_message(message):
        if message.type == "error":
            problems.append(message.text)

    def open_page(path="/", width=1280, height=800, theme="light"):
        size = {"width": width, "height": height}
        page = browser.new_page(viewport=size, color_scheme=theme, reduced_motion="reduce")
        pages.append(page)
        page.on("request", check_request)
        page.on("websocket", check_socket)
        page.on("console", check_message)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(site.address + path)
        page.wait_for_function("window.socket?.connected")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert problems == []
