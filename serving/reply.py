"""An order's answers in OpenAI's form: whole, or part by part as server-sent events."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from serving.answer import CANCELLED, EngineFailure, PendingAnswer
from serving.orders import ApiError, Order


@dataclass(frozen=True)
class Form:
    """How an answer of one kind is written, whole and in parts."""

    name: str  # of a whole answer
    part_name: str
    id_prefix: str
    whole: Callable[[str], dict[str, Any]]
    part: Callable[[str], dict[str, Any]]
    first_part: dict[str, Any] | None
    last_part: dict[str, Any]
    is_trimmed: bool  # without white space at its ends


CHAT = Form(
    name="chat.completion",
    part_name="chat.completion.chunk",
    id_prefix="chatcmpl-",
    whole=lambda text: {"message": {"role": "assistant", "content": text, "refusal": None}},
    part=lambda text: {"delta": {"content": text}},
    first_part={"delta": {"role": "assistant", "content": ""}},
    last_part={"delta": {}},
    is_trimmed=True,
)
COMPLETION = Form(
    name="text_completion",
    part_name="text_completion",
    id_prefix="cmpl-",
    whole=lambda text: {"text": text},
    part=lambda text: {"text": text},
    first_part=None,
    last_part={"text": ""},
    is_trimmed=False,
)


class Reply:
    """The answers to one order, in OpenAI's form."""

    def __init__(self, order: Order, form: Form, answers: Sequence[PendingAnswer]):
        self.order = order
        self.form = form
        self.answers = answers
        self.head = {"id": form.id_prefix + secrets.token_hex(12), "created": int(time.time())}

    async def whole(self) -> dict[str, Any]:
        """The complete answers. Raises EngineFailure if the engine cannot finish one."""
        try:
            texts = await asyncio.gather(*map(self._read, self.answers))
        finally:
            self.cancel()
        choices = [
            self._choice(index, self.form.whole(text), self.answers[index].finish_reason)
            for index, text in enumerate(texts)
        ]
        return self._envelope(self.form.name, choices, usage=self._usage())

    async def events(self) -> AsyncIterator[str]:
        """The answers as server-sent events, part by part."""
        form = self.form
        extra = {"usage": None} if self.order.includes_usage else {}

        def event(index: int, content: dict[str, Any], finish_reason: str | None = None) -> str:
            choices = [self._choice(index, content, finish_reason)]
            return _event(self._envelope(form.part_name, choices, **extra))

        try:
            if form.first_part is not None:
                for index in range(len(self.answers)):
                    yield event(index, form.first_part)
            async for index, text in self._parts():
                if text is not None:
                    yield event(index, form.part(text))
                else:
                    yield event(index, form.last_part, self.answers[index].finish_reason)
            if self.order.includes_usage:
                yield _event(self._envelope(form.part_name, [], usage=self._usage()))
            yield "data: [DONE]\n\n"
        except EngineFailure as problem:
            yield _event(ApiError(500, str(problem)).as_json())

    async def _parts(self) -> AsyncIterator[tuple[int, str | None]]:
        """Pairs of an answer's index and its next text, or None at its end."""
        parts: asyncio.Queue[tuple[int, str | None] | EngineFailure] = asyncio.Queue()

        async def forward(index: int, answer: PendingAnswer) -> None:
            try:
                async for text in self._texts(answer):
                    parts.put_nowait((index, text))
                parts.put_nowait((index, None))
            except EngineFailure as problem:
                parts.put_nowait(problem)

        tasks = [asyncio.create_task(forward(*pair)) for pair in enumerate(self.answers)]
        running = len(tasks)
        try:
            while running:
                part = await parts.get()
                if isinstance(part, EngineFailure):
                    raise part
                yield part
                running -= part[1] is None
        finally:
            for task in tasks:
                task.cancel()

    async def _texts(self, answer: PendingAnswer) -> AsyncIterator[str]:
        """Raises EngineFailure if the answer is not completed."""
        async for text in trimmed(answer) if self.form.is_trimmed else answer:
            yield text
        if answer.finish_reason == CANCELLED:
            raise EngineFailure("the server is shutting down")

    async def _read(self, answer: PendingAnswer) -> str:
        return "".join([text async for text in self._texts(answer)])

    def cancel(self) -> None:
        """Cancel the answers that have not ended."""
        for answer in self.answers:
            answer.cancel()

    def _choice(
        self, index: int, content: dict[str, Any], finish_reason: str | None
    ) -> dict[str, Any]:
        return {"index": index, **content, "logprobs": None, "finish_reason": finish_reason}

    def _envelope(self, name: str, choices: list[dict[str, Any]], **extra: Any) -> dict[str, Any]:
        return {**self.head, "object": name, "model": self.order.model, "choices": choices, **extra}

    def _usage(self) -> dict[str, int]:
        completion_tokens = sum(answer.completion_tokens for answer in self.answers)
        return {
            "prompt_tokens": self.order.prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self.order.prompt_tokens + completion_tokens,
        }


async def trimmed(texts: AsyncIterator[str] | PendingAnswer) -> AsyncIterator[str]:
    """The texts without the white space at both ends of what they make together."""
    held_back = ""
    is_first = True
    async for text in texts:
        text = text.lstrip() if is_first else held_back + text
        shown = text.rstrip()
        held_back = text[len(shown) :]
        if shown:
            is_first = False
            yield shown


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content)}\n\n"
