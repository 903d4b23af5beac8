"""Who may talk to the server: it stands before the API and the pages, websockets included.

Any web page that someone visits can send requests to this machine. The guard refuses

- requests whose Host is a name that does not belong to this server: otherwise a page could let its
  own name point to this machine ("DNS rebinding"), and would then be of the same origin;
- requests that a browser sends for a page of another origin (Origin, Sec-Fetch-Site);
- with a token, requests that do not bring it: as `Authorization: Bearer TOKEN`, or in a cookie that
  opening `/?token=TOKEN` sets;
- bodies that are too large or arrive too slowly.

It also gives up on clients that do not read what they are sent.
"""

import asyncio
import hmac
import ipaddress
import json
import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::\d{1,5})?", re.IGNORECASE)
BODY_BYTES = 1_000_000  # the largest body
RECEIVE_SECONDS = 30  # the longest wait for the next part of a body
WHOLE_BODY_SECONDS = 60  # the longest wait for all of it
SEND_SECONDS = 60  # the longest wait for a client that does not read
ABORT = "abort_connection"  # the key in an ASGI scope of the function that cuts the connection
COOKIE_SECONDS = 30 * 24 * 3600

SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # the token may be in the address
}


class Refusal(Exception):
    """A request that the guard does not let through."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class SlowClient(Exception):
    """A client that neither reads nor leaves."""


class Guard:
    """ASGI middleware. `hosts` are this server's names, besides localhost and IP addresses."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = (), token: str | None = None):
        self.app = app
        self.hosts = {"localhost", *(host.lower() for host in hosts)}
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            headers = Headers(scope=scope)
            check_host(headers, self.hosts)
            check_origin(headers, scope)
            check_length(headers)
            entrance = self._check_token(headers, scope)
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        if entrance is not None:
            await entrance(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, as long as its body is small and its client keeps up."""
        body_bytes = 0
        body_is_complete = False
        has_begun = False
        loop = asyncio.get_running_loop()
        body_deadline = loop.time() + WHOLE_BODY_SECONDS

        async def guarded_receive() -> Message:
            nonlocal body_bytes, body_is_complete
            if body_is_complete:  # what comes next is the end of the connection, at any time
                return await receive()
            try:
                deadline = min(loop.time() + RECEIVE_SECONDS, body_deadline)
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Refusal(408, "the body of the request came too slowly") from None
            body_is_complete = not message.get("more_body", False)
            body_bytes += len(message.get("body", b""))
            if body_bytes > BODY_BYTES:
                raise too_large()
            return message

        async def guarded_send(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                MutableHeaders(scope=message).update(SAFETY_HEADERS)
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await send(message)
            except TimeoutError:
                raise SlowClient from None

        try:
            await self.app(scope, guarded_receive, guarded_send)
        except Refusal as refusal:
            if not has_begun:
                await _refuse(refusal, scope, receive, send)
        except SlowClient:
            # Closing would wait until the client has read what is in the buffers.
            scope.get(ABORT, lambda: None)()
        except ClientDisconnect:
            pass

    # ---- the token ----

    def _check_token(self, headers: Headers, scope: Scope) -> Response | None:
        """Raise Refusal without the token. Returns a response if the token is in the address.

        That response sets the cookie, and leads to the same address without the token.
        """
        if self.token is None:
            return None
        cookie_name = f"token_{(scope.get('server') or ('', 0))[1]}"  # cookies ignore the port
        if self._is_token(_bearer(headers)) or self._is_token(_cookie(headers, cookie_name)):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        is_page = scope["type"] == "http" and scope["method"] == "GET"
        if is_page and any(name == "token" and self._is_token(given) for name, given in query):
            # Never "//": a browser would take what follows it for another server.
            page = "/" + scope["path"].lstrip("/")
            others = urlencode([(name, given) for name, given in query if name != "token"])
            response = RedirectResponse(f"{page}?{others}" if others else page, status_code=303)
            response.set_cookie(
                cookie_name, self.token, COOKIE_SECONDS, httponly=True, samesite="lax"
            )
            return response
        raise Refusal(
            401,
            "this server needs its token: open the address that it printed, or send the header "
            "Authorization: Bearer TOKEN",
        )

    def _is_token(self, given: str) -> bool:
        expected = (self.token or "").encode()
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected)


def check_host(headers: Headers, names: Collection[str]) -> None:
    """Raise Refusal unless the request is for an IP address or one of the names."""
    host = headers.get("host", "")
    match = HOST.fullmatch(host)
    if match is None:
        raise Refusal(400, "the header Host is missing or malformed")
    name = match[1].lower().rstrip(".")
    if name not in names and not _is_ip_address(name.strip("[]")):
        raise Refusal(403, f"this server does not answer for the host {host!r}")


def check_origin(headers: Headers, scope: Scope) -> None:
    """Raise Refusal if a browser sends the request for a page of another origin.

    Following a link to this server is allowed.
    """
    origin = headers.get("origin")
    if origin is not None:
        scheme, _, place = origin.partition("://")
        if scheme not in ("http", "https") or place.lower() != headers["host"].lower():
            raise Refusal(403, "requests from pages of another origin are refused")
    is_link = scope.get("method") == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not is_link:
        raise Refusal(403, "requests from pages of another site are refused")


def too_large() -> Refusal:
    return Refusal(413, f"the request body is too large; the limit is {BODY_BYTES:,} bytes")


def check_length(headers: Headers) -> None:
    """Raise Refusal if the body is said to be too large."""
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > BODY_BYTES:
        raise too_large()


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _bearer(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(headers: Headers, name: str) -> str:
    """The value of a cookie, or "". Other cookies of this host may be malformed."""
    return cookie_parser(headers.get("cookie", "")).get(name, "")


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in OpenAI's form below /v1, as text elsewhere; a websocket is not accepted."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # becomes status 403
        return
    headers = dict(SAFETY_HEADERS)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if scope["path"].startswith("/v1/"):
        error = {"message": refusal.sentence, "type": "invalid_request_error"}
        body = json.dumps({"error": {**error, "param": None, "code": None}})
        response = Response(body, refusal.status, headers, media_type="application/json")
    else:
        response = PlainTextResponse(refusal.sentence + "\n", refusal.status, headers)
    await response(scope, receive, send)
