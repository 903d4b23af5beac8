"""An answer that the engine is making: one thread writes it, an event loop reads it.

answer = engine.submit("baseball", prompt, max_new_tokens=64, sampling=Sampling(), seed=0)
async for piece in answer:
    print(piece, end="")
print(answer.finish_reason, answer.completion_tokens)
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from network.continuous import Request

STOP, LENGTH, CANCELLED, FAILED = "stop", "length", "cancelled", "failed"


class EngineFailure(RuntimeError):
    """The engine could not finish an answer; the message is a sentence for people."""


class PendingAnswer:
    """An answer in progress. Iterating over it, once, yields its text as it is made.

    `finish_reason` is None until the answer ends: "stop" at the model's own end or a stop text,
    "length" at the limit of tokens or of the context, "cancelled", or "failed", after which the
    iteration raises EngineFailure. If the iteration is given up, the answer is cancelled.
    """

    def __init__(
        self,
        name: str,
        request: Request,
        on_cancel: Callable[[], object],
        group: object = None,
    ):
        self.name = name
        self.request = request
        self.group = self if group is None else group  # answers that count as one; any object
        self.prompt_tokens = len(request.prompt)
        self.completion_tokens = 0
        self.finish_reason: str | None = None
        self._on_cancel = on_cancel
        self._lock = threading.Lock()
        self._text = ""  # made, and not yet read
        self._problem = ""
        self._wake_reader: Callable[[], object] | None = None

    @property
    def has_ended(self) -> bool:
        return self.finish_reason is not None

    def cancel(self) -> None:
        """Stop the answer, from any thread; it has no effect on an answer that has ended."""
        if self.finish(CANCELLED):
            self._on_cancel()

    # ---- the reader's side ----

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield the text in pieces. Raises EngineFailure if the engine could not finish it."""
        is_ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._listen(lambda: loop.call_soon_threadsafe(is_ready.set))
        try:
            while True:
                await is_ready.wait()
                is_ready.clear()
                text, has_ended = self._take()
                if text:
                    yield text
                if has_ended:
                    break
        finally:
            self.cancel()
        if self.finish_reason == FAILED:
            raise EngineFailure(self._problem)

    async def read(self) -> str:
        """The whole text, once it is complete. Raises EngineFailure like the iteration."""
        return "".join([piece async for piece in self])

    def _listen(self, wake_reader: Callable[[], object]) -> None:
        with self._lock:
            self._wake_reader = wake_reader
        wake_reader()  # for what has been written before

    def _take(self) -> tuple[str, bool]:
        with self._lock:
            text, self._text = self._text, ""
            return text, self.has_ended

    # ---- the engine's side ----

    def write(self, text: str, completion_tokens: int) -> None:
        """Add text that the reader may have; the answer has so many tokens now."""
        with self._lock:
            if self.has_ended:
                return
            self._text += text
            self.completion_tokens = completion_tokens
        if text:
            self._wake()

    def finish(self, reason: str, problem: str = "") -> bool:
        """End the answer; returns False if it had ended before."""
        with self._lock:
            if self.has_ended:
                return False
            self.finish_reason = reason
            self._problem = problem
        self._wake()
        return True

    def _wake(self) -> None:
        if self._wake_reader is None:
            return
        try:
            self._wake_reader()
        except RuntimeError:  # the reader's event loop is closed: nobody reads any more
            self.cancel()
