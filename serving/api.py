"""OpenAI's API for the engine's models: any of its clients can talk to them.

    POST /v1/chat/completions    an answer in a conversation
    POST /v1/completions         the continuation of a text
    GET  /v1/models              what can be asked

Answers come whole, or as server-sent events with `"stream": true`. What a request may hold is in
serving/orders.py, and what an answer looks like in serving/reply.py. When the client leaves, its
answers are cancelled. What a conversation looks like to the model is the same as in chat.py: a
system message goes before the first question, and the oldest turns are forgotten if the context is
full.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.background import BackgroundTask

from serving.answer import EngineFailure, PendingAnswer
from serving.engine import Busy, Engine
from serving.orders import ApiError, Order, read_chat_order, read_completion_order
from serving.reply import CHAT, COMPLETION, Form, Reply
from serving.settings import AnswerSettings

PREFIX = "/v1"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # else the pages get them
RETRY_SECONDS = 5  # what a client is told to wait if the engine is busy
LONG_BODY_BYTES = 20_000  # from here on a body is read in a thread of its own
CLIENT_LEFT = 499  # the status in the log of a client that did not wait; nobody receives it


def add_api(app: FastAPI, engine: Engine, settings: AnswerSettings) -> None:
    """Add the routes to an app. `settings` has the values of what a request leaves open."""
    router = APIRouter(prefix=PREFIX)
    started = int(time.time())

    def describe(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": started, "owned_by": "baseball-gpt"}

    @router.get("/models")
    async def list_models() -> Response:
        return _json({"object": "list", "data": [describe(name) for name in engine.names]})

    @router.get("/models/{name:path}")
    async def show_model(name: str) -> Response:
        if name not in engine.names:
            raise ApiError(404, f"there is no model {name!r}", "model_not_found", "model")
        return _json(describe(name))

    @router.post("/chat/completions")
    async def chat(request: Request) -> Response:
        order = await _in_thread(read_chat_order, await request.body(), engine, settings)
        return await _reply(request, engine, order, CHAT)

    @router.post("/completions")
    async def complete(request: Request) -> Response:
        order = await _in_thread(read_completion_order, await request.body(), engine, settings)
        return await _reply(request, engine, order, COMPLETION)

    @router.api_route("/{path:path}", methods=METHODS)
    async def refuse(request: Request) -> Response:
        raise ApiError(404, f"there is no {request.method} {request.url.path}", "unknown_url")

    app.include_router(router)
    app.add_exception_handler(ApiError, _show_api_error)
    app.add_exception_handler(Exception, _show_unexpected_error)


async def _in_thread(
    read: Callable[[bytes, Engine, AnswerSettings], Order],
    body: bytes,
    engine: Engine,
    settings: AnswerSettings,
) -> Order:
    """Read an order. A long one, whose tokens take time to find, must not hold up other clients."""
    if len(body) < LONG_BODY_BYTES:
        return read(body, engine, settings)
    return await run_in_threadpool(read, body, engine, settings)


async def _reply(request: Request, engine: Engine, order: Order, form: Form) -> Response:
    reply = Reply(order, form, submit(engine, order))
    if order.streams:
        return StreamingResponse(
            reply.events(),
            headers={"Cache-Control": "no-store"},
            media_type="text/event-stream",
            background=BackgroundTask(reply.cancel),  # runs after the last event, or a disconnect
        )
    try:
        content = await unless_client_leaves(request, reply.whole())
    except EngineFailure as problem:
        raise ApiError(500, str(problem)) from None
    return Response(status_code=CLIENT_LEFT) if content is None else _json(content)


def submit(engine: Engine, order: Order) -> list[PendingAnswer]:
    """Ask the engine for all answers of an order. Raises ApiError if it takes none, or not all."""
    answers: list[PendingAnswer] = []
    group = object()
    for prompt, seed in zip(order.prompts, order.seeds):
        try:
            answer = engine.submit(
                order.model, prompt, order.max_new_tokens, order.sampling, seed, order.stops, group
            )
        except Busy as problem:
            for earlier in answers:
                earlier.cancel()
            raise ApiError(429, str(problem), "rate_limit_exceeded") from None
        answers.append(answer)
    return answers


async def unless_client_leaves(
    request: Request, work: Coroutine[Any, Any, dict[str, Any]]
) -> dict[str, Any] | None:
    """The result of `work`, or None if the client leaves first, which cancels it."""

    async def wait_for_leaving() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(wait_for_leaving())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        leaving.cancel()


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON in ASCII, so that half of a surrogate pair in an error message is no problem."""
    return Response(json.dumps(content), status, headers, media_type="application/json")


async def _show_api_error(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, ApiError):
        raise problem
    headers = {"Retry-After": str(RETRY_SECONDS)} if problem.status == 429 else None
    return _json(problem.as_json(), problem.status, headers)


async def _show_unexpected_error(request: Request, problem: Exception) -> Response:
    """Answer in OpenAI's form below /v1; the traceback goes to the server's log."""
    message = "internal server error; see the server's log"
    if request.url.path.startswith(PREFIX + "/"):
        return _json(ApiError(500, message).as_json(), 500)
    return PlainTextResponse(message + "\n", 500)
