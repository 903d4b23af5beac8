"""A model in a conversation on a page: its side of the conversation, and its answer in progress.

speaker = Speaker(engine, "baseball", settings)
turn = speaker.session.begin("How many strikes make an out?")
async for text in speaker.answer(turn):
    show(text)                    # "Three", "Three strikes", ...
"""

from collections.abc import AsyncIterator

from network.chat_session import ChatSession, Turn
from serving.answer import CANCELLED, LENGTH, PendingAnswer
from serving.engine import Engine
from serving.settings import AnswerSettings


class Speaker:
    """A model's conversation, with the rules of chat.py; the engine makes its answers."""

    def __init__(self, engine: Engine, name: str, settings: AnswerSettings):
        """Raises ValueError if the engine has no model of this name."""
        self.engine = engine
        self.name = name
        self.session = ChatSession(
            engine.assistant(name), settings.sampling, settings.max_new_tokens, settings.seed
        )
        self._answer: PendingAnswer | None = None

    def configure(self, settings: AnswerSettings) -> None:
        """Change how later answers are chosen."""
        self.session.configure(settings.sampling, settings.max_new_tokens, settings.seed)

    async def answer(self, turn: Turn) -> AsyncIterator[str]:
        """Yield the answer so far, again and again as it grows, then record it.

        An answer that is stopped is recorded as far as it was made. Raises Busy if too many
        answers are waiting, and EngineFailure if this one cannot be finished.
        """
        session = self.session
        self._answer = self.engine.submit(
            self.name, turn.prompt, session.max_new_tokens, session.sampling, turn.seed
        )
        text = ""
        async for piece in self._answer:
            text += piece
            yield text.strip()
        session.record(turn, text.strip())

    def stop(self) -> None:
        """Stop the answer in progress, if there is one."""
        if self._answer is not None:
            self._answer.cancel()

    @property
    def was_stopped(self) -> bool:
        """Whether the last answer was stopped before its end."""
        return self._answer is not None and self._answer.finish_reason == CANCELLED

    @property
    def was_cut(self) -> bool:
        """Whether the last answer was ended by the limit on its length."""
        return self._answer is not None and self._answer.finish_reason == LENGTH
