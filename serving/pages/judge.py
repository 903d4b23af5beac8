"""The page where a visitor judges two answers without knowing whose they are."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from nicegui import html, ui
from nicegui.events import GenericEventArguments

from serving.engine import Engine
from serving.known_questions import KnownQuestions
from serving.pages.answer_card import AnswerCard, describe_reference
from serving.pages.elements import (
    ANSWERING,
    Text,
    announcer,
    button,
    focus_if_lost,
    move_focus,
    move_focus_unless_typing,
    show_from_top,
)
from serving.pages.question_box import QuestionBox
from serving.pages.settings_dialog import SettingsDialog
from serving.pages.shell import PAGES, frame
from serving.pages.tally import draw_tally
from serving.settings import AnswerSettings
from serving.speaker import Speaker
from serving.votes import CHOICES, OWN_QUESTION, Vote, append_vote, draw_pair, read_votes
from tools.messages import describe_error

PURPOSE = "Two answers, and no names until you have voted."
SIDES = ("Left", "Right")
LABELS = {
    "left": "← Left is better",
    "right": "Right is better →",
    "both": "Both are good",
    "neither": "Neither is good",
}
ARROWS = {"ArrowLeft": "left", "ArrowRight": "right"}  # up and down scroll


def add_judge_page(
    engine: Engine, settings: AnswerSettings, known: KnownQuestions, votes: Path
) -> None:
    """Add the page to the site; `votes` is the file to which the votes go.

    Raises OSError if the file exists and cannot be read.
    """
    earlier, _ = read_votes(votes)
    times_compared = Counter(frozenset(vote.models) for vote in earlier)  # for all visitors

    @ui.page(PAGES["Judge"])
    def judge_page() -> None:
        if len(engine.names) < 2:
            with frame("Judge", "Judging needs at least two models."):
                ui.label("Start the server with two models or more to judge between them.")
            return
        JudgePage(engine, settings, known, votes, times_compared).draw()


class JudgePage:
    """A visitor's page: one question at a time, two answers, a vote."""

    def __init__(
        self,
        engine: Engine,
        settings: AnswerSettings,
        known: KnownQuestions,
        votes: Path,
        times_compared: Counter[frozenset[str]],
    ):
        self.engine = engine
        self.settings = settings
        self.known = known
        self.votes = votes
        self.times_compared = times_compared
        self.generator = random.Random()
        self.questions_asked = 0
        self.question = ""
        self.asked_with = settings  # those of the answers that are shown
        self.speakers: list[Speaker] = []  # left, right
        self.cards: list[AnswerCard] = []  # left, right
        self.is_answering = False
        ui.context.client.on_delete(self.stop)  # the visitor has left for good

    # ---- drawing ----

    def draw(self) -> None:
        """Draw the page, ready for the first question."""
        with frame("Judge", PURPOSE):
            with html.div().classes("judge-bar"):
                self.box = QuestionBox(self.ask, self.stop, "Your question")
                self.send_button = button("Ask", self.box.send, "primary")
                self.stop_button = button("Stop", self.stop, "primary")
                self.draw_button = button("Draw a question", self.ask_any, "outlined")
                button("Settings", lambda: self.dialog.open())
            self.draw_button.visible = bool(self.known.by_text)
            self.stage = html.div().classes("stage")
            self.ballot = html.div().classes("ballot").props("tabindex=-1")
            self.result = html.div().classes("result").props("tabindex=-1")
            self.tally = html.section().classes("tally")
        self.announcement = announcer()
        self.dialog = SettingsDialog(self.settings, self.configure)
        ui.on("escape", self.stop)
        ui.on("arrow", self.vote_by_key)
        self.set_answering(False)
        self.draw_tally()

    def draw_ballot(self) -> None:
        """Offer the four votes; the class "takes-arrows" lets two arrow keys vote."""
        with self.ballot.classes("takes-arrows").props("role=group aria-label='Your vote'"):
            for choice in CHOICES:
                button(LABELS[choice], lambda c=choice: self.vote(c), "outlined").mark(choice)

    def close_ballot(self) -> None:
        """Take no vote until the next answers are complete."""
        self.ballot.classes(remove="takes-arrows").clear()

    def draw_tally(self) -> None:
        """Show how the models stand, by all votes so far."""
        self.tally.clear()
        with self.tally:
            try:
                votes, damaged = read_votes(self.votes)
            except OSError as problem:
                reason = f"The votes so far cannot be shown. {describe_error(problem)}"
                Text("p", reason).classes("problem").props("role=alert")
                return
            draw_tally(votes, damaged)

    # ---- what a visitor does ----

    async def ask_any(self) -> None:
        """Ask a question whose answer is known, drawn at random."""
        [question] = self.known.draw(1, self.generator)
        await self.ask(question)

    async def ask(self, question: str) -> None:
        """Let two models answer, unless two of them still do."""
        if self.is_answering:
            return
        self.question = question
        self.announcement.text = ANSWERING
        self.box.clear()
        self.close_ballot()
        self.result.clear()
        self.choose_speakers()
        self.stage.clear()
        with self.stage:
            Text("h2", question).classes("question")
            with html.div().classes("answers").style("--models: 2"):
                self.cards = [AnswerCard(side) for side in SIDES]
        show_from_top(self.stage)
        self.set_answering(True)
        focus_if_lost(self.box.field)
        try:
            complete = await asyncio.gather(*map(self.answer, self.speakers, self.cards))
        finally:
            self.set_answering(False)
        if not self.stage.is_deleted:  # it is, if the visitor has left
            if all(complete):
                self.draw_ballot()
            self.announce_answers(can_vote=all(complete))
        focus_if_lost(self.box.field)

    async def answer(self, speaker: Speaker, card: AnswerCard) -> bool:
        """Let one model answer; returns whether it could."""
        try:
            turn = speaker.session.begin(self.question)
        except ValueError as problem:  # the question is too long
            card.refuse(str(problem))
            return False
        return await card.fill(speaker, turn)

    def choose_speakers(self) -> None:
        """Draw two models and their sides; each question begins a conversation of its own."""
        pair = draw_pair(self.engine.names, self.times_compared, self.generator)
        self.times_compared[frozenset(pair)] += 1
        self.asked_with = self.settings.with_seed(self.settings.seed + self.questions_asked)
        self.questions_asked += 1
        self.speakers = [Speaker(self.engine, name, self.asked_with) for name in pair]

    def vote(self, choice: str) -> None:
        """Record a vote, and tell whose answers they were."""
        if self.is_answering or not self.cards or "takes-arrows" not in self.ballot.classes:
            return
        self.close_ballot()
        try:
            append_vote(self.votes, self.as_vote(choice))
        except OSError as problem:
            ui.notify(f"The vote was not saved. {describe_error(problem)}", type="negative")
        self.draw_tally()
        self.reveal(choice)

    def vote_by_key(self, event: GenericEventArguments) -> None:
        """Vote for the answer on the side of an arrow key."""
        if event.args in tuple(ARROWS):  # a browser can send anything
            self.vote(ARROWS[event.args])

    def as_vote(self, choice: str) -> Vote:
        """The vote as it is kept."""
        known = self.known.find(self.question)
        left, right = self.speakers
        return Vote(
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            topic=known.topic if known else OWN_QUESTION,
            question=self.question,
            models=(left.name, right.name),
            runs=(left.session.assistant.run, right.session.assistant.run),
            answers=(self.cards[0].text, self.cards[1].text),
            choice=choice,
            settings=self.asked_with.as_json(),
            seed=self.asked_with.seed,
        )

    def stop(self) -> None:
        """Stop both answers; what there is of them can be judged."""
        for speaker in self.speakers:
            speaker.stop()

    def configure(self, settings: AnswerSettings) -> None:
        """Change how later answers are chosen; another seed starts the count of questions again."""
        if settings.seed != self.settings.seed:
            self.questions_asked = 0
        self.settings = settings

    # ---- what a visitor is told ----

    def reveal(self, choice: str) -> None:
        """Show the names and, if it is known, the right answer."""
        known = self.known.find(self.question)
        for side, speaker, card in zip(SIDES, self.speakers, self.cards):
            card.heading.text = f"{side}: {speaker.name}"
            card.section.classes("is-chosen" if choice in (side.lower(), "both") else "")
            if known and card.text:
                card.mark(known)
        left, right = [speaker.name for speaker in self.speakers]
        outcome = f"Left was {left}, right was {right}."
        reference = describe_reference(known)
        with self.result:
            Text("p", outcome)
            if reference:
                Text("p", reference).classes("reference")
            if self.known.by_text:
                button("Next question", self.ask_any, "primary")
        move_focus(self.result)
        verdicts = [f"{side}: {card.verdict.text}" for side, card in zip(SIDES, self.cards)]
        spoken = [outcome, *verdicts, reference] if known else [outcome]
        self.announcement.text = "\n".join(spoken)

    def announce_answers(self, can_vote: bool) -> None:
        """Let a screen reader speak both answers, once they are complete, or why there is none."""
        answers = [
            f"{side}: {card.text or card.remarks.text}" for side, card in zip(SIDES, self.cards)
        ]
        if can_vote:
            answers.append("Which is better?")
            move_focus_unless_typing(self.ballot)  # the arrow keys vote from there
        self.announcement.text = "\n".join(answers)

    def set_answering(self, is_answering: bool) -> None:
        """Offer to stop while the models answer, and to ask otherwise."""
        self.is_answering = is_answering
        self.send_button.visible = not is_answering
        self.stop_button.visible = is_answering
        self.draw_button.set_enabled(not is_answering)
