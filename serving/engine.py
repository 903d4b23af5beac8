"""Many answers at once, from several models.

    engine = Engine([load_assistant("runs/general", hardware), ...])
    answer = engine.submit("general", prompt, 64, Sampling(), seed=0, stop=("\n\nHuman:",))
    async for piece in answer:
        print(piece, end="")

One thread owns the models, since PyTorch computes one thing at a time anyway. The models take turns
there, and in a turn each answer of a model gains one token: they are all decoded together
(network/continuous.py). So a newcomer waits for no other answer to end, unless a model has as many
answers in progress as it can hold. Then requests take turns: the next answer to start belongs to
the request with the fewest in progress, and no request may have more than half of the places. An
answer is the same alone and in company, up to rounding.
"""

import threading
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

from network.chat_session import Assistant
from network.continuous import ContinuousBatch, Request
from network.sampling import Sampling
from serving.answer import CANCELLED, FAILED, LENGTH, STOP, PendingAnswer
from text.dialogue import HUMAN
from tools.command_line import LARGEST_SEED
from tools.messages import first_line

MOST_RUNNING = 16  # answers of one model that are decoded together
MOST_WAITING = 256  # answers, of all models, that have not started
CLOSING_SECONDS = 5  # the longest wait for the step that is being computed


class Busy(RuntimeError):
    """Too many answers are waiting; the request should be repeated after a while."""


class Engine:
    """Answers in progress of several models, and the thread that makes them."""

    def __init__(
        self,
        assistants: Sequence[Assistant],
        most_running: int = MOST_RUNNING,
        most_waiting: int = MOST_WAITING,
    ):
        """Start the thread. Raises ValueError if a model is given twice, or none."""
        self._queues = {
            name: Queue(assistant, most_running)
            for name, assistant in zip(unique_names(assistants), assistants)
        }
        self._most_waiting = most_waiting
        self._changed = threading.Condition()  # guards the queues' answers, and `_refusal`
        self._refusal = ""  # why no more answers are made; "" while they are
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @property
    def names(self) -> list[str]:
        """The models' names, in the order given."""
        return list(self._queues)

    def assistant(self, name: str) -> Assistant:
        """The model of this name. Raises ValueError if there is none."""
        return self._queue(name).assistant

    @property
    def running(self) -> int:
        """How many answers are being made."""
        return sum(len(queue.running) for queue in self._queues.values())

    @property
    def waiting(self) -> int:
        """How many answers have not been started."""
        return sum(len(queue.waiting) for queue in self._queues.values())

    def submit(
        self,
        name: str,
        prompt_ids: Sequence[int],
        max_new_tokens: int,
        sampling: Sampling,
        seed: int,
        stop: Sequence[str] = (HUMAN,),
        group: object = None,
    ) -> PendingAnswer:
        """Ask for an answer to a prompt; returns at once. May be called from any thread.

        The answer ends at <|endoftext|>, before one of the texts in `stop`, after `max_new_tokens`,
        or when the context is full. Answers of the same `group`, such as those of one request,
        count as one when others wait; None: a group of its own. Raises ValueError if the model is
        unknown, or if the prompt is empty or leaves no room in the context, and Busy if too many
        answers are waiting.
        """
        queue = self._queue(name)
        request = Request(
            list(prompt_ids), max_new_tokens, sampling, seed % (LARGEST_SEED + 1), tuple(stop)
        )
        request.check(queue.assistant.context)
        answer = PendingAnswer(name, request, self._wake, group)
        with self._changed:
            if self._refusal:
                raise Busy(self._refusal)
            if self.waiting >= self._most_waiting:
                raise Busy(f"{self.waiting} questions are waiting already; ask again in a while")
            queue.waiting.append(answer)
            self._changed.notify()
        return answer

    def close(self) -> None:
        """Cancel all answers and end the thread, after the step that it is computing.

        A step that takes longer than CLOSING_SECONDS is not waited for; it ends with the process.
        """
        self._end_all(CANCELLED, "the server is shutting down")
        self._thread.join(CLOSING_SECONDS)

    def _end_all(self, finish_reason: str, sentence: str) -> None:
        """End all answers, and take no more of them, for the reason that a sentence gives."""
        with self._changed:
            self._refusal = self._refusal or sentence
            self._changed.notify()
            answers = [answer for queue in self._queues.values() for answer in queue.answers]
        for answer in answers:
            answer.finish(finish_reason, sentence)

    def _queue(self, name: str) -> "Queue":
        if name not in self._queues:
            raise ValueError(f"there is no model {name!r}; there are: {', '.join(self.names)}")
        return self._queues[name]

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()

    # ---- in the thread ----

    def _work(self) -> None:
        try:
            while self._wait_for_work():
                for queue in self._queues.values():
                    with self._changed:
                        queue.admit()
                    queue.step()
        except BaseException:  # an error that no queue could handle: nobody must wait forever
            self._end_all(FAILED, "no more answers can be made; start the server again")
            raise

    def _wait_for_work(self) -> bool:
        """Wait until there is an answer to make; returns False when the engine closes."""
        with self._changed:
            while not (self._refusal or self.running or self.waiting):
                self._changed.wait()
            return not self._refusal


class Queue:
    """One model's answers: those that wait, and those that are being made."""

    def __init__(self, assistant: Assistant, most_running: int):
        self.assistant = assistant
        self.most_running = most_running
        self.waiting: deque[PendingAnswer] = deque()
        self.running: dict[int, PendingAnswer] = {}  # by the batch's number of the answer
        self._batch = ContinuousBatch(assistant.model, assistant.tokenizer)

    @property
    def answers(self) -> list[PendingAnswer]:
        """All that have not ended, and perhaps some that have."""
        return [*self.running.values(), *self.waiting]

    def admit(self) -> None:
        """Move answers from `waiting` to `running`, as long as there is room.

        An answer that cannot begin fails. If the batch cannot go on, all running answers fail.
        """
        try:
            self._drop_ended()
        except Exception as problem:
            self._fail(problem)
        while len(self.running) < self.most_running and (answer := self._next()):
            self.waiting.remove(answer)
            try:
                self.running[self._batch.add(answer.request)] = answer
            except Exception as problem:
                answer.finish(FAILED, _describe(problem))

    def _drop_ended(self) -> None:
        self.waiting = deque(answer for answer in self.waiting if not answer.has_ended)
        ended = [number for number, answer in self.running.items() if answer.has_ended]
        self._batch.remove(ended)
        for number in ended:
            del self.running[number]

    def _next(self) -> PendingAnswer | None:
        """The oldest answer of the groups with the fewest in progress; None if nobody may start."""
        running = Counter(answer.group for answer in self.running.values())
        answer = min(self.waiting, key=lambda answer: running[answer.group], default=None)
        most_of_group = max(1, self.most_running // 2)
        return answer if answer and running[answer.group] < most_of_group else None

    def step(self) -> None:
        """Let every answer in progress gain a token. If that is impossible, all of them fail."""
        if not self.running:
            return
        try:
            progress = self._batch.step()
        except Exception as problem:  # the thread, and the other models, must go on
            self._fail(problem)
            return
        for number, gain in progress.items():
            answer = self.running[number]
            answer.write(gain.text, gain.tokens)
            if gain.has_ended:
                del self.running[number]
                answer.finish(STOP if gain.has_stopped else LENGTH)

    def _fail(self, problem: Exception) -> None:
        for answer in self.running.values():
            answer.finish(FAILED, _describe(problem))
        self.running.clear()
        self._batch = ContinuousBatch(self.assistant.model, self.assistant.tokenizer)


def _describe(problem: Exception) -> str:
    return f"generation failed ({first_line(problem)}); try again"


def unique_names(assistants: Sequence[Assistant]) -> list[str]:
    """The name of each model's folder, or its path if another one has the same name.

    Raises ValueError if there are no models, or one is given twice.
    """
    if not assistants:
        raise ValueError("there is no model to serve")
    folders = [Path(assistant.run).resolve() for assistant in assistants]
    for number, assistant in enumerate(assistants):
        if folders[number] in folders[:number]:
            raise ValueError(f"{assistant.run} is given twice")
    # A link can have the name of another folder.
    times = Counter(name for assistant in assistants for name in {assistant.name, assistant.run})
    return [
        assistant.name if times[assistant.name] == 1 else assistant.run for assistant in assistants
    ]
