"""Simulated visitors of the pages: NiceGUI's, without a browser or a server."""

import asyncio
from contextlib import asynccontextmanager

from nicegui import app, ui
from nicegui.testing import UserInteraction, user_simulation

from network.chat_session import load_assistant
from tests.support.models import CPU
from tests.support.talkers import save_talker


def load_small_talkers(folder, tokenizer, *names):
    """Small models with random weights, by name."""
    return [load_assistant(save_talker(folder / name, tokenizer), CPU) for name in names]


@asynccontextmanager
async def visit(path, add_page):
    """Let a visitor open a path of a site that has only what `add_page()` adds."""
    async with user_simulation(lambda: None) as visitor:
        add_page()
        await visitor.open(path)
        yield visitor
    app.middleware_stack = None  # else a test of this process could not start a server


async def settle():
    """Let everything happen that waits for nothing but its turn, such as a scripted answer."""
    for _ in range(200):
        await asyncio.sleep(0)


def texts(visitor, *classes):
    """The texts of the elements that have all of these CSS classes, in the order of the page."""
    found = []
    elements = [visitor.current_layout]
    while elements:
        element = elements.pop(0)
        if set(classes) <= set(element.classes) and element.visible:
            found.append(element.text)
        elements = [*element.default_slot.children, *elements]
    return found


def press(visitor, name):
    """Click the button of this accessible name."""
    buttons = visitor.find(kind=ui.button).elements
    [button] = [made for made in buttons if made.props.get("aria-label", made.text) == name]
    UserInteraction(visitor, {button}, None).click()


def report_key(visitor, event, key=""):
    """Send what keys.js sends for a key pressed anywhere on the page."""
    UserInteraction(visitor, {visitor.current_layout}, None).trigger(event, key)
