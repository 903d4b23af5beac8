"""The page where all models answer the same question, side by side."""

import asyncio
import random

from nicegui import html, ui

from evaluation.answers import Question
from serving.engine import Engine
from serving.known_questions import KnownQuestions
from serving.pages.answer_card import AnswerCard
from serving.pages.elements import Text, announcer, button, show_from_top
from serving.pages.question_box import QuestionBox
from serving.pages.settings_dialog import SettingsDialog
from serving.pages.shell import PAGES, frame
from serving.settings import AnswerSettings
from serving.speaker import Speaker

EXAMPLES = 6
PURPOSE = "Ask once; every model answers. Each remembers the conversation as it went for it."
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
        self.answering = 0  # how many models are answering
        ui.context.client.on_disconnect(self.stop)  # nobody reads the answers

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
        self.count_answering(0)

    def draw_welcome(self) -> None:
        """Show the models, and questions to click."""
        with self.welcome, html.ul().classes("models"):
            for speaker in self.speakers:
                with html.li():
                    Text("strong", speaker.name)
                    Text("span", self.describe(speaker)).classes("muted")
        questions = self.known.draw(EXAMPLES, random.Random())
        if questions:
            with self.welcome:
                Text("h2", "Questions to begin with").classes("small-heading")
                with html.div().classes("examples"):
                    for question in questions:
                        button(question, lambda q=question: self.ask(q), "outlined")

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
        self.box.clear()
        self.welcome.clear()
        for card in self.cards:
            card.buttons.clear()  # only the last answers can be made again
        with self.turns, html.article().classes("turn") as turn:
            Text("h2", question).classes("question")
            with html.div().classes("answers"):
                self.cards = [AnswerCard(speaker.name) for speaker in self.speakers]
            reference = Text("p").classes("reference")
        show_from_top(turn)
        known = self.known.find(question)
        await asyncio.gather(
            *[self.answer(number, question, known) for number in range(len(self.speakers))]
        )
        if known:
            reference.text = f"Reference answer: {known.answer}"
        self.announce()

    async def answer(self, number: int, question: str | None, known: Question | None) -> None:
        """Let one model answer a question; None: the last one again."""
        speaker, card = self.speakers[number], self.cards[number]
        card.buttons.clear()
        try:
            if question is None:
                turn = speaker.session.begin_again()
            else:
                turn = speaker.session.begin(question)
        except ValueError as problem:  # the question is too long
            card.refuse(str(problem))
            return
        with card.buttons:
            button("Stop", speaker.stop).props["aria-label"] = f"Stop {speaker.name}"
        self.count_answering(1)
        try:
            await card.fill(speaker, turn)
        finally:
            self.count_answering(-1)
        if card.section.is_deleted:  # the visitor has left
            return
        if known and card.text:
            card.mark(known)
        card.buttons.clear()
        with card.buttons:
            retry = button("Retry", lambda: self.retry(number, known))
            retry.props["aria-label"] = f"Retry {speaker.name}"

    async def retry(self, number: int, known: Question | None) -> None:
        """Let one model answer the last question again, with another seed."""
        if self.settings.sampling.temperature == 0:
            ui.notify(LIKELIEST)
        await self.answer(number, None, known)
        self.announce()

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

    def count_answering(self, change: int) -> None:
        """Offer to stop while a model answers, and to ask otherwise."""
        self.answering += change
        self.send_button.visible = self.answering == 0
        self.stop_button.visible = self.answering > 0
        self.again_button.set_enabled(self.answering == 0)

    def announce(self) -> None:
        """Let a screen reader speak the answers, once they are complete."""
        answers = [
            f"{speaker.name}: {card.text or card.remarks.text}"
            for speaker, card in zip(self.speakers, self.cards)
        ]
        self.announcement.text = "\n".join(answers)
