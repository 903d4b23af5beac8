"""The web server: uvicorn, which also ends at once while answers are being made."""

import socket
import warnings

import uvicorn
from fastapi import FastAPI

from serving.engine import Engine

CONNECTIONS = 500  # at once; further ones get status 503
CLOSING_SECONDS = 1  # for clients to read the end of what they were sent
MESSAGE_BYTES = 1_000_000  # the largest message of a websocket


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
        )
        # NiceGUI looks at every object of the process when it starts, also at this one.
        warnings.filterwarnings("ignore", r"`torch\.distributed\.reduce_op`", FutureWarning)
        super().__init__(config)
        self.engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the engine, then the connections."""
        self.engine.close()
        await super().shutdown(sockets)
