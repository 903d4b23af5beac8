"""The web server: uvicorn, which also ends at once while answers are being made.

Connections whose request head is too long or too slow are closed.
"""

import asyncio
import logging
import socket
import warnings
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.engine import Engine
from serving.guard import ABORT
from tools.command_line import printable

CONNECTIONS = 500  # at once; further ones get status 503
CLOSING_SECONDS = 1  # for clients to read the end of what they were sent
MESSAGE_BYTES = 1_000_000  # the largest message of a websocket
HEAD_SECONDS = 10  # the longest wait for the complete head of a request
HEAD_BYTES = 1 << 18  # about the largest head; as much as is received at a time


class Connection(HttpToolsProtocol):
    """A client's connection, closed if a request's head is too long or takes over HEAD_SECONDS.

    Each request's scope has the function that cuts the connection, under the key ABORT.
    """

    head_timer: asyncio.TimerHandle | None = None
    pending_bytes = 0  # received since the last complete head or part of a body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app: Any = self.app

        async def app_that_can_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = transport.abort
            await app(scope, receive, send)

        self.app = app_that_can_abort
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        request = self.cycle
        self.pending_bytes += len(data)
        super().data_received(data)
        if self.pending_bytes > HEAD_BYTES:
            self.transport.abort()
            return
        if self.cycle is not request or self.transport.get_protocol() is not self:
            self._stop_head_timer()  # the head of a request, or of a websocket, is complete
        elif self.head_timer is None and (request is None or request.response_complete):
            self._expect_head()

    def on_headers_complete(self) -> None:
        self.pending_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.pending_bytes = 0
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None


class Server(uvicorn.Server):
    """Serves an app until Ctrl-C; then it cancels the answers before it waits for their readers."""

    def __init__(self, app: FastAPI, engine: Engine):
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=CLOSING_SECONDS,
            ws_max_size=MESSAGE_BYTES,
            http=Connection,
        )
        # NiceGUI looks at every object of the process when it starts, also at this one.
        warnings.filterwarnings("ignore", r"`torch\.distributed\.reduce_op`", FutureWarning)
        logging.getLogger("nicegui").addFilter(make_printable)  # it logs addresses as they came
        super().__init__(config)
        self.engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the engine, then the connections."""
        self.engine.close()
        await super().shutdown(sockets)


def make_printable(record: logging.LogRecord) -> bool:
    """A filter of log records that drops none, and replaces control characters."""
    record.msg, record.args = printable(record.getMessage()), None
    return True
