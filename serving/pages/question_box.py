"""The box for a question: Enter sends, Shift+Enter begins a new line, Escape stops."""

from collections.abc import Awaitable, Callable

from nicegui import ui

# Enter sends, unless it chooses a character in an input method, such as for Japanese.
SEND_ON_ENTER = """(event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    emit();
}"""


class QuestionBox:
    """A box that grows with its text. `on_send` is called with a question that is not empty."""

    def __init__(
        self, on_send: Callable[[str], Awaitable[None]], on_stop: Callable[[], None], label: str
    ):
        self.on_send = on_send
        self.field = ui.textarea(label).props("outlined autogrow autofocus rows=1")
        self.field.classes("question-box").mark("question")
        self.field.on("keydown", self.send, js_handler=SEND_ON_ENTER)
        self.field.on("keydown.esc", on_stop)

    async def send(self) -> None:
        """Pass the question on, if there is one."""
        question = as_question(self.field.value or "")
        if question:
            await self.on_send(question)

    def clear(self) -> None:
        """Empty the box."""
        self.field.value = ""


def as_question(text: str) -> str:
    """A text without white space at its ends, and without halves of surrogate pairs."""
    return text.strip().encode("utf-8", "replace").decode("utf-8")
