"""Attacks on the server: strange hosts and pages, no token, bodies of all kinds, slow clients."""

import asyncio
import json
import logging
import socket
from contextlib import ExitStack, suppress

import httpx
import pytest

from serving import guard, server
from serving.app import ServerSettings, make_api_app
from serving.guard import BODY_BYTES, Guard
from serving.pages import site
from tests.support.serving import load_talkers, open_engine, serve, slow_down, wait_until

TOKEN = "open-sesame"
HALF_A_REQUEST = b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
FIELDS = {"model": "general", "prompt": "A", "max_tokens": 3}


@pytest.fixture(scope="module")
def talker(tokenizer, tmp_path_factory):
    return load_talkers(tmp_path_factory.mktemp("runs"), tokenizer, "general")[0]


@pytest.fixture(scope="module")
def engine(talker):
    with open_engine([talker]) as engine:
        yield engine


@pytest.fixture(scope="module")
def port(engine):
    with serve(engine) as port:
        yield port


@pytest.fixture(scope="module")
def address(port):
    return f"http://127.0.0.1:{port}/v1"


def works(port):
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/completions", json=FIELDS, timeout=60)
    return answer.status_code == 200


# ---- the guard alone ----


async def inner_app(scope, receive, send):
    """Says yes to everybody."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"let in"})


def knock(headers, token=None, hosts=(), kind="http", method="GET", path="/", query=b""):
    """What the guard sends to a request: the first message, and its headers as a dictionary."""
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query,
        "server": ("127.0.0.1", 8000),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(inner_app, hosts, token)(scope, receive, send))
    received = {key.decode(): text.decode() for key, text in sent[0].get("headers", [])}
    return sent[0].get("status", sent[0]["type"]), received


@pytest.mark.parametrize(
    "host, status",
    [
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:8000", 200),
        ("192.168.0.7:8000", 200),
        ("[::1]:8000", 200),
        ("my-machine:8000", 200),
        ("evil.example", 403),
        ("evil.example:8000", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:8000", 403),
        ("localhost@evil.example", 400),
        ("localhost:8000:8000", 400),
        ("", 400),
    ],
)
def test_only_this_servers_names_and_addresses_are_hosts(host, status):
    assert knock({"Host": host}, hosts=["My-Machine"])[0] == status
    expected = "websocket.accept" if status == 200 else "websocket.close"
    assert knock({"Host": host}, hosts=["My-Machine"], kind="websocket")[0] == expected


@pytest.mark.parametrize(
    "origin, is_let_in",
    [
        ("http://localhost:8000", True),
        ("https://localhost:8000", True),
        ("http://localhost:3000", False),
        ("http://localhost", False),
        ("http://127.0.0.1:8000", False),
        ("http://evil.example", False),
        ("null", False),
        ("file://", False),
        ("chrome-extension://localhost:8000", False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_pages_of_other_origins_are_refused(origin, is_let_in, kind):
    status, _ = knock({"Host": "localhost:8000", "Origin": origin}, kind=kind, method="POST")
    refused, let_in = (403, 200) if kind == "http" else ("websocket.close", "websocket.accept")
    assert status == (let_in if is_let_in else refused)


@pytest.mark.parametrize(
    "site, mode, method, status",
    [
        ("same-origin", "cors", "POST", 200),
        ("none", "navigate", "GET", 200),
        ("cross-site", "navigate", "GET", 200),
        ("cross-site", "no-cors", "GET", 403),
        ("same-site", "cors", "GET", 403),
        ("cross-site", "navigate", "POST", 403),
    ],
)
def test_other_sites_may_link_here_and_no_more(site, mode, method, status):
    headers = {"Host": "localhost", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert knock(headers, method=method)[0] == status


def test_every_response_forbids_frames_on_other_sites():
    for host in ("localhost", "evil.example"):
        _, headers = knock({"Host": host})
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"


# ---- the token ----


@pytest.mark.parametrize(
    "headers, is_let_in",
    [
        ({"Authorization": f"Bearer {TOKEN}"}, True),
        ({"Authorization": f"bearer {TOKEN}"}, True),
        ({"Cookie": f"other=1; token_8000={TOKEN}"}, True),
        ({"Cookie": f'a[]=1; b={{"c": 2}}; bare; a b=ü; token_8000={TOKEN}; last'}, True),
        ({}, False),
        ({"Authorization": "Bearer"}, False),
        ({"Authorization": f"Basic {TOKEN}"}, False),
        ({"Authorization": f"Bearer {TOKEN}x"}, False),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, False),
        ({"Authorization": "Bearer ÿ"}, False),
        ({"Cookie": "token_8000="}, False),
        ({"Cookie": "=;=;;token_8000"}, False),
        ({"Cookie": f"token={TOKEN}"}, False),
    ],
)
def test_with_a_token_only_those_who_know_it_are_let_in(headers, is_let_in):
    status, received = knock({"Host": "localhost", **headers}, TOKEN)
    assert status == (200 if is_let_in else 401)
    assert is_let_in or received["www-authenticate"] == "Bearer"
    status, _ = knock({"Host": "localhost", **headers}, TOKEN, kind="websocket")
    assert status == ("websocket.accept" if is_let_in else "websocket.close")


def test_the_address_with_the_token_sets_a_cookie_and_leads_to_the_page():
    host = {"Host": "localhost"}
    query = f"report=demo&token={TOKEN}".encode()
    status, headers = knock(host, TOKEN, path="/compare", query=query)
    assert (status, headers["location"]) == (303, "/compare?report=demo")
    cookie, *attributes = headers["set-cookie"].split("; ")
    assert "HttpOnly" in attributes and "SameSite=lax" in attributes
    assert knock({**host, "Cookie": cookie}, TOKEN)[0] == 200
    for query in (b"token=wrong", b"token=", b"token", b"%ff&;=\xff"):
        assert knock(host, TOKEN, query=query)[0] == 401
    token = f"token={TOKEN}".encode()
    assert knock(host, TOKEN, query=token, method="POST")[0] == 401
    assert knock(host, TOKEN, query=token, kind="websocket")[0] == "websocket.close"


def test_a_path_with_two_slashes_does_not_lead_to_another_server():
    query = f"token={TOKEN}".encode()
    _, headers = knock({"Host": "localhost"}, TOKEN, path="//evil.example/", query=query)
    assert not headers["location"].startswith("//")


def test_the_token_is_the_key_of_openais_clients(talker):
    with open_engine([talker]) as engine, serve(engine, token=TOKEN) as port:
        url = f"http://127.0.0.1:{port}/v1/models"
        assert httpx.get(url).json()["error"]["message"].startswith("this server needs its token")
        assert httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        page = httpx.get(f"http://127.0.0.1:{port}/?token={TOKEN}")
        assert page.status_code == 303
        assert httpx.get(url, cookies=dict(page.cookies)).status_code == 200


# ---- bodies ----


def test_a_body_of_a_megabyte_is_read_and_a_larger_one_refused(address):
    fields = json.dumps({**FIELDS, "user": ""})
    padded = fields.replace('"user": ""', f'"user": "{"x" * (BODY_BYTES - len(fields))}"')
    assert len(padded) == BODY_BYTES
    for body, status in ((padded, 200), (padded + " ", 413)):
        answer = httpx.post(f"{address}/completions", content=body, timeout=60)
        assert answer.status_code == status


def test_a_large_body_without_a_stated_length_is_refused(address):
    chunks = (b" " * 50_000 for _ in range(40))
    answer = httpx.post(f"{address}/completions", content=chunks, timeout=60)
    assert answer.status_code == 413
    assert "the limit is 1,000,000 bytes" in answer.json()["error"]["message"]


def test_a_body_that_does_not_come_is_not_waited_for(port, monkeypatch):
    monkeypatch.setattr(guard, "RECEIVE_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HALF_A_REQUEST)
        assert connection.recv(1000).startswith(b"HTTP/1.1 408")
    assert works(port)


def test_a_body_that_comes_byte_by_byte_is_not_waited_for(port, monkeypatch):
    monkeypatch.setattr(guard, "WHOLE_BODY_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", port), timeout=0.1) as connection:
        connection.sendall(HALF_A_REQUEST)
        for _ in range(45):
            connection.sendall(b" ")
            try:
                received = connection.recv(1000)
            except TimeoutError:
                continue
            assert received.startswith(b"HTTP/1.1 408")
            return
    raise AssertionError("the whole body was waited for")


@pytest.mark.parametrize(
    "earlier, sent",
    [
        (b"", b""),
        (b"", b"GET / HTTP/1.1\r\nHo"),
        (b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.1\r\nHo"),
    ],
)
def test_a_head_that_does_not_come_is_not_waited_for(port, monkeypatch, earlier, sent):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        if earlier:
            connection.sendall(earlier)
            assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
        connection.sendall(sent)
        with suppress(ConnectionResetError):
            assert connection.recv(1000) == b""


@pytest.mark.parametrize(
    "begin",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"POST /v1/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ",
    ],
    ids=["head", "trailer"],
)
def test_a_head_without_an_end_is_cut_off(port, begin):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    with connection, pytest.raises(ConnectionError):
        connection.sendall(begin)
        for _ in range(50):
            connection.sendall(b"a" * 1_000_000)
    assert works(port)


def test_a_large_body_is_not_taken_for_a_head(port):
    fields = {**FIELDS, "user": "a" * 900_000}
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/completions", json=fields, timeout=60)
    assert answer.status_code == 200


def test_an_address_in_the_log_cannot_control_the_terminal():
    record = logging.LogRecord(
        "nicegui", logging.WARNING, "", 0, "%s not found", ("\x1b[2J",), None
    )
    assert server.make_printable(record)
    assert record.getMessage() == "\N{REPLACEMENT CHARACTER}[2J not found"


@pytest.mark.parametrize(
    "path, is_full, status",
    [
        ("/judge", True, 503),
        ("/nowhere", True, 503),
        ("/judge", False, 200),
        ("/v1/models", True, 200),
        ("/_nicegui/x.js", True, 200),
    ],
)
def test_too_many_pages_are_refused_and_nothing_else_is(monkeypatch, path, is_full, status):
    pages = range(site.MOST_PAGES - (not is_full))
    monkeypatch.setattr(site.Client, "instances", dict.fromkeys(map(str, pages)))

    async def get():
        transport = httpx.ASGITransport(site.PageLimit(inner_app))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    assert asyncio.run(get()).status_code == status


def test_an_answer_may_take_longer_than_a_head(talker, monkeypatch):
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    with open_engine([slow_down(talker, 0.02)]) as engine, serve(engine) as port:
        fields = {**FIELDS, "max_tokens": 20}
        url = f"http://127.0.0.1:{port}/v1/completions"
        with httpx.Client(timeout=60) as client:
            assert [client.post(url, json=fields).status_code for _ in range(2)] == [200, 200]


def test_bytes_that_are_no_http_and_half_requests_do_no_harm(port):
    noise = (b"\x16\x03\x01\x02\x00\x01\x00\xff", b"\x00" * 1000)
    for sent in (*noise, b"GET / HTTP/1.1\r\n", HALF_A_REQUEST):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(sent)
    assert works(port)


# ---- crowds and slow clients ----


def test_two_hundred_clients_at_once_are_answered(address, engine):
    async def ask_all():
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            requests = [client.post(f"{address}/completions", json=FIELDS) for _ in range(200)]
            return await asyncio.gather(*requests)

    answers = asyncio.run(ask_all())
    assert [answer.status_code for answer in answers] == [200] * 200
    assert engine.running + engine.waiting == 0


def test_two_hundred_idle_connections_do_not_keep_others_out(port):
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert works(port)


def test_a_client_that_does_not_read_is_given_up(talker, monkeypatch):
    monkeypatch.setattr(guard, "SEND_SECONDS", 0.2)
    bodies = [json.dumps({**FIELDS, "max_tokens": 400, "stream": True}).encode()]
    sent = []

    async def receive():
        if not bodies:
            await asyncio.Event().wait()  # the client never leaves
        return {"type": "http.request", "body": bodies.pop()}

    async def send(message):
        sent.append(message)
        if len(sent) == 5:
            await asyncio.Event().wait()  # its buffers are full

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/completions",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        guard.ABORT: lambda: sent.append("aborted"),
    }
    with open_engine([slow_down(talker, 0.02)]) as engine:
        asyncio.run(make_api_app(engine, ServerSettings())(scope, receive, send))
        assert len(sent) == 6 and sent[5] == "aborted"
        wait_until(lambda: engine.running == 0, seconds=2)
