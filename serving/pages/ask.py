"""The page where all models answer the same question, side by side."""

import asyncio
import random

from nicegui import html, ui

from evaluation.answers import Question
from serving.engine import Engine
from serving.known_questions import KnownQuestions
from serving.pages.answer_card import AnswerCard, describe_reference
from serving.pages.elements import (
    ANSWERING,
    Text,
    announcer,
    button,
    focus_if_lost,
    show_from_top,
)
from serving.pages.question_box import QuestionBox
from serving.pages.settings_dialog import SettingsDialog
from serving.pages.shell import PAGES, frame
from serving.settings import AnswerSettings
from serving.speaker import Speaker

EXAMPLES = 6
PURPOSE = "Ask once; every model answers, and each remembers its own conversation with you."
LIKELIEST = (
    "At temperature 0 every answer is the likeliest one; a higher temperature in the settings "
    "varies them."
)


def add_ask_page(engine: Engine, settings: AnswerSettings, known: KnownQuestions) -> None:
    """Add the page to the site; `settings` are those that a visitor starts with."""

    @ui.page(PAGES["Ask"])
    def ask_page() -> None:
        AskPage(engine, settings, known).draw()


class AskPage:
    """A visitor's page: a conversation with each of the models."""

    def __init__(self, engine: Engine, settings: AnswerSettings, known: KnownQuestions):
        self.speakers = [Speaker(engine, name, settings) for name in engine.names]
        self.settings = settings
        self.known = known
        self.cards: list[AnswerCard] = []  # of the last question, in the order of `speakers`
        self.answering: set[Speaker] = set()
        self.known_question: Question | None = None  # the last question, if its answer is known
        ui.context.client.on_delete(self.stop)  # the visitor has left for good

    # ---- drawing ----

    def draw(self) -> None:
        """Draw the page, ready for the first question."""
        with frame("Ask", PURPOSE):
            self.welcome = html.div().classes("welcome")
            self.turns = html.div().classes("turns").style(f"--models: {len(self.speakers)}")
        self.draw_welcome()
        self.announcement = announcer()
        self.dialog = SettingsDialog(self.settings, self.configure)
        with ui.footer().classes("composer"), html.div().classes("composer-inside"):
            with html.div().classes("composer-row"):
                self.box = QuestionBox(self.ask, self.stop, "Your question")
                self.send_button = button("Ask", self.box.send, "primary")
                self.stop_button = button("Stop", self.stop, "primary")
            with html.div().classes("composer-row"):
                self.again_button = button("New conversation", self.start_again)
                button("Settings", self.dialog.open)
                Text("span", "Enter sends · Shift+Enter new line · Esc stops").classes("keys")
        ui.on("escape", self.stop)
        self.show_answering()

    def draw_welcome(self) -> None:
        """Show questions to click, and the models."""
        questions = self.known.draw(EXAMPLES, random.Random())
        with self.welcome:
            if questions:
                Text("h2", "Questions to begin with")
                with html.div().classes("examples"):
                    for question in questions:
                        button(question, lambda q=question: self.ask(q), "outlined")
            Text("h2", "Models")
            with html.ul().classes("models"):
                for speaker in self.speakers:
                    with html.li().classes("small"):
                        Text("strong", speaker.name)
                        Text("span", self.describe(speaker)).classes("muted")

    def describe(self, speaker: Speaker) -> str:
        """A line about a model; how long its answers can be, if that is less than wanted."""
        session = speaker.session
        line = session.assistant.describe()
        if session.max_new_tokens < session.wanted_new_tokens:
            line += f" Answers have at most {session.max_new_tokens} tokens, half the context."
        return line

    # ---- what a visitor does ----

    async def ask(self, question: str) -> None:
        """Let all models answer a question, unless they are still answering the last one."""
        if self.answering:
            return
        self.answering.update(self.speakers)
        self.show_answering()
        self.announcement.text = ANSWERING
        known = self.known_question = self.known.find(question)
        self.box.clear()
        self.welcome.clear()
        for card in self.cards:
            card.buttons.clear()  # only the last answers can be made again
        with self.turns, html.article().classes("turn") as turn:
            Text("h2", question).classes("question")
            with html.div().classes("answers"):
                cards = self.cards = [AnswerCard(speaker.name) for speaker in self.speakers]
            reference = Text("p").classes("reference")
        show_from_top(turn)
        focus_if_lost(self.box.field)
        await asyncio.gather(*[self.answer(*pair, question) for pair in zip(self.speakers, cards)])
        reference.text = describe_reference(known)
        self.announce()
        focus_if_lost(self.box.field)

    async def retry(self, speaker: Speaker, card: AnswerCard) -> None:
        """Let one model answer the last question again, with another seed."""
        if speaker in self.answering:  # the button was clicked twice
            return
        self.answering.add(speaker)
        self.show_answering()
        self.announcement.text = ANSWERING
        if self.settings.sampling.temperature == 0:
            ui.notify(LIKELIEST)
        await self.answer(speaker, card, None)
        self.announce()
        focus_if_lost(self.box.field)

    async def answer(self, speaker: Speaker, card: AnswerCard, question: str | None) -> None:
        """Let one model, already counted in `answering`, answer; None: the last question again."""
        try:
            was_asked = await self.fill(speaker, card, question)
        finally:
            self.answering.discard(speaker)
            self.show_answering()
        if card.section.is_deleted or not was_asked:  # the visitor has left, or it is too long
            return
        if self.known_question and card.text:
            card.mark(self.known_question)
        card.buttons.clear()
        with card.buttons:
            retry = button("Retry", lambda: self.retry(speaker, card))
            retry.props["aria-label"] = f"Retry {speaker.name}"
        focus_if_lost(retry)

    async def fill(self, speaker: Speaker, card: AnswerCard, question: str | None) -> bool:
        """Fill a card with an answer; returns False if the question is too long to be asked."""
        card.buttons.clear()
        session = speaker.session
        try:
            turn = session.begin_again() if question is None else session.begin(question)
        except ValueError as problem:
            card.refuse(str(problem))
            return False
        with card.buttons:
            stop = button("Stop", speaker.stop)
            stop.props["aria-label"] = f"Stop {speaker.name}"
        if question is None:
            focus_if_lost(stop)  # in the place of "Retry"
        await card.fill(speaker, turn)
        return True

    def stop(self) -> None:
        """Stop all answers; what there is of them stays."""
        for speaker in self.speakers:
            speaker.stop()

    def start_again(self) -> None:
        """Forget the conversation."""
        for speaker in self.speakers:
            speaker.session.reset()
        self.cards = []
        self.turns.clear()
        self.welcome.clear()
        self.draw_welcome()

    def configure(self, settings: AnswerSettings) -> None:
        """Change how later answers are chosen."""
        self.settings = settings
        for speaker in self.speakers:
            speaker.configure(settings)

    # ---- what a visitor is told ----

    def show_answering(self) -> None:
        """Offer to stop while a model answers, and to ask otherwise."""
        self.send_button.visible = not self.answering
        self.stop_button.visible = bool(self.answering)
        self.again_button.set_enabled(not self.answering)

    def announce(self) -> None:
        """Let a screen reader speak the answers and how they are marked, once they are complete."""
        answers = [
            f"{speaker.name}: {card.spoken}" for speaker, card in zip(self.speakers, self.cards)
        ]
        reference = describe_reference(self.known_question)
        self.announcement.text = "\n".join([*answers, reference]).strip()
