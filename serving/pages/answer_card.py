"""One answer on a page: drawn empty, filled while the model answers, then marked."""

from nicegui import html, ui

from evaluation.answers import Question, is_right
from network.chat_session import Turn
from serving.answer import EngineFailure
from serving.engine import Busy
from serving.pages.elements import Text
from serving.speaker import Speaker

FORGETS = "The conversation exceeds the context: the model forgets the oldest turns."


def describe_reference(known: Question | None) -> str:
    """The right answer to a known question, in a line; "" if it is not known."""
    return f"Reference answer: {known.answer}" if known else ""


class AnswerCard:
    """A heading, the text of an answer, remarks about it, and room for buttons.

    `text` is the answer as far as it is shown, and `problem` a sentence if there is none.
    """

    def __init__(self, title: str):
        with html.section().classes("answer") as self.section:
            with html.div().classes("answer-head"):
                self.heading = Text("h3", title).classes("answer-title")
                self.verdict = Text("span").classes("verdict")
                self.buttons = html.div().classes("answer-buttons")
            self.label = ui.label().classes("answer-text")
            self.remarks = Text("p").classes("remarks")
        self.section.props(f"aria-labelledby={self.heading.html_id}")
        self._show_remarks([])

    @property
    def text(self) -> str:
        return self.label.text

    @property
    def spoken(self) -> str:
        """What a screen reader is told: the answer, or why there is none, and the verdict."""
        return " ".join(filter(None, [self.text or self.remarks.text, self.verdict.text]))

    async def fill(self, speaker: Speaker, turn: Turn) -> bool:
        """Let the speaker answer, and show the answer as it grows; returns whether it could."""
        remarks = [FORGETS] if turn.forgets else []
        self._begin(remarks)
        try:
            async for text in speaker.answer(turn):
                self.label.text = text
        except (Busy, EngineFailure) as problem:
            self.refuse(f"No answer: {problem}.")
            return False
        if speaker.was_stopped:
            remarks.append("Stopped.")
        elif not self.text:
            remarks.append("The model gave no answer.")
        elif speaker.was_cut:
            remarks.append("Cut off at the longest answer.")
        self._end(remarks)
        return True

    def refuse(self, reason: str) -> None:
        """Say why there is no answer."""
        self._begin([])
        self._end([reason])

    def mark(self, question: Question) -> None:
        """Show whether the answer is right."""
        is_correct = is_right(self.text, question)
        self.verdict.text = "✓ right" if is_correct else "✗ wrong"
        self.verdict.classes("is-right" if is_correct else "is-wrong")

    def _begin(self, remarks: list[str]) -> None:
        self.label.text = ""
        self.verdict.text = ""
        self.verdict.classes(remove="is-right is-wrong")
        self.section.classes("growing").props("aria-busy=true")
        self._show_remarks(remarks)

    def _end(self, remarks: list[str]) -> None:
        self.section.classes(remove="growing").props("aria-busy=false")
        self._show_remarks(remarks)

    def _show_remarks(self, remarks: list[str]) -> None:
        self.remarks.text = " ".join(remarks)
        self.remarks.visible = bool(remarks)
