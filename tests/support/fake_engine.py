"""An engine that gives scripted answers, so that a test decides what a model says and when."""

from collections import deque

from network.continuous import Request
from serving.answer import STOP, PendingAnswer
from serving.engine import unique_names


class FakeEngine:
    """The interface of serving.engine.Engine.

    `script` holds the next answers of each model, as text. For None, the answer stays open: the
    test finds it in `answers` and writes it. An exception is raised instead of an answer. A model
    without a script says its name and the number of the answer: "general 1".
    """

    def __init__(self, assistants):
        self._assistants = dict(zip(unique_names(assistants), assistants))
        self.names = list(self._assistants)
        self.script = {name: deque() for name in self.names}
        self.answers = {name: [] for name in self.names}

    def assistant(self, name):
        return self._assistants[name]

    def submit(self, name, prompt_ids, max_new_tokens, sampling, seed, stop=(), group=None):
        request = Request(list(prompt_ids), max_new_tokens, sampling, seed, tuple(stop))
        answer = PendingAnswer(name, request, lambda: None, group)
        number = len(self.answers[name]) + 1
        script = self.script[name]
        text = script.popleft() if script else f"{name} {number}"
        if isinstance(text, Exception):
            raise text
        self.answers[name].append(answer)
        if text is not None:
            answer.write(text, 1)
            answer.finish(STOP)
        return answer

    def prompts(self, name):
        """The prompts of a model's answers, as text."""
        tokenizer = self._assistants[name].tokenizer
        return [tokenizer.decode(answer.request.prompt) for answer in self.answers[name]]

    def close(self):
        pass
