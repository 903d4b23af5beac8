"""Elements that several pages use: texts, buttons, keys, the focus."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

ANSWERING = "The models are answering."  # spoken, until there are answers to speak


class Text(TextElement):
    """An HTML element that shows a text as text, whatever markup it may contain.

    Text("h2", "Who hit <b>60</b>?") shows the <b> as it was typed.
    """

    def __init__(self, tag: str, text: str = ""):
        super().__init__(tag=tag, text=text)


def button(text: str, on_click: Callable[..., Any], style: str = "quiet") -> ui.button:
    """A button; `style` is a class of style.css: "primary", "outlined" or "quiet"."""
    made = ui.button(text, on_click=on_click, color=None)
    return made.props("unelevated no-caps :ripple=false").classes(f"{style}-button")


def announcer() -> Text:
    """An invisible text that a screen reader speaks when it changes."""
    return Text("div").classes("visually-hidden").props("role=status")


def show_from_top(element: ui.element) -> None:
    """Scroll the page until the element is below the header."""
    call(element, "scrollIntoView({block: 'start'})")


def move_focus(element: ui.element) -> None:
    """Give an element the keyboard focus; elements other than fields need `tabindex=-1`."""
    call(element, "focus({preventScroll: true})")


def move_focus_unless_typing(element: ui.element) -> None:
    """Give an element the keyboard focus, unless the visitor is in a field that is not empty."""
    element.client.run_javascript(f"focusUnlessTyping({element.id})")


def focus_if_lost(element: ui.element) -> None:
    """Give an element the keyboard focus if the one that had it was removed or hidden."""
    element.client.run_javascript(f"focusIfLost({element.id})")


def call(element: ui.element, method: str) -> None:
    """Call a method of the element in the browser."""
    element.client.run_javascript(f"getHtmlElement({element.id})?.{method}")
