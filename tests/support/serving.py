"""Models that answer for long, an engine of them, and a server on a free port."""

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

from network.chat_session import load_assistant
from network.sampling import GREEDY, Sampling
from serving.app import ServerSettings, make_api_app
from serving.engine import Engine
from serving.server import Server
from tests.support.models import CPU
from tests.support.talkers import save_talker

CONTEXT = 512
RANDOM = Sampling(1.0, top_k=0)


def load_talkers(folder, tokenizer, *names):
    """Assistants with random weights, whose answers only end at the limit on their length."""
    talkers = []
    for seed, name in enumerate(names):
        run = save_talker(folder / name, tokenizer, CONTEXT, seed, never_ends=True)
        talkers.append(load_assistant(run, CPU))
    return talkers


@contextmanager
def open_engine(assistants, **limits):
    engine = Engine(assistants, **limits)
    try:
        yield engine
    finally:
        engine.close()


def slow_down(assistant, seconds):
    """A copy of an assistant each of whose steps takes so many seconds longer."""
    model = assistant.model

    class SlowModel:
        def __getattr__(self, name):
            return getattr(model, name)

        def __call__(self, *arguments):
            time.sleep(seconds)
            return model(*arguments)

    return replace(assistant, model=SlowModel())


def submit(engine, name, prompt=(1, 2, 3), tokens=20, sampling=GREEDY, seed=0, stop=(), group=None):
    return engine.submit(name, prompt, tokens, sampling, seed, stop, group)


def read_all(*answers):
    """The texts of the answers, read at the same time."""

    async def read():
        return await asyncio.gather(*(answer.read() for answer in answers))

    return asyncio.run(read())


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.005)


@contextmanager
def serve(engine, **settings):
    """Serve the API of an engine on a free port; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = Server(make_api_app(engine, ServerSettings(**settings)), engine)
    thread = threading.Thread(target=server.run, args=[[listener]])
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
