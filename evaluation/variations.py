"""Other ways of asking the same questions: later in a conversation, or typed as people type.

    plan = plan_variations(questions, turns=(1, 2), typing=("lower",), seed=0)
    asker = Asker(answer, tokenizer, context, max_new_tokens)
    ask_variations(plan, questions, first_answers, asker)

The plan is the same for all models; the earlier answers in a conversation are each model's own.
Careless typing is what fine-tuning does (text/careless.py), with wordings that it never uses.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from evaluation.answers import Question, is_right
from evaluation.turns import draw_ring, earlier_questions, leaks
from text.careless import read_wordings, retype, words_in
from text.conversation import prompt_ids
from text.dialogue import BrokenConversation
from text.tokenizer import Tokenizer

Item = TypeVar("Item")


@dataclass(frozen=True)
class Typing:
    """All questions, typed in one of the ways of text/careless.py."""

    way: str
    texts: list[str]

    @property
    def name(self) -> str:
        """The name in reports."""
        return f"typed: {self.way}"


@dataclass(frozen=True)
class Plan:
    """What is asked beside the questions as they are written.

    `turns` are those to report, above 1. `previous` has the number of the question before each one
    in a conversation; see turns.py.
    """

    turns: tuple[int, ...]
    previous: list[int]
    typings: list[Typing]

    @property
    def extra_answers(self) -> int:
        """How many times every question is asked, beside once as written."""
        return max(self.turns, default=1) - 1 + len(self.typings)


@dataclass(frozen=True)
class VariationScores:
    """The results of one model, in the order of the questions."""

    name: str
    asked: list[str]
    earlier: list[list[int]]  # the numbers of the questions asked before
    answers: list[str | None]  # None if the question and its answer exceed the model's context
    right: list[bool]
    leaks: list[bool] | None  # None if there are no earlier questions
    trimmed: list[bool]  # whether the oldest turns were left out, to fit the context

    def part(self, start: int, stop: int) -> "VariationScores":
        """The scores of the questions from `start` up to `stop`."""
        return VariationScores(
            self.name,
            self.asked[start:stop],
            self.earlier[start:stop],
            self.answers[start:stop],
            self.right[start:stop],
            None if self.leaks is None else self.leaks[start:stop],
            self.trimmed[start:stop],
        )


def plan_variations(
    questions: Sequence[Question], turns: Sequence[int], typing: Sequence[str], seed: int
) -> Plan:
    """What to ask: the turns above 1, and each way of typing. The seed draws both."""
    later = tuple(sorted({turn for turn in turns if turn > 1}))
    previous = draw_ring(questions, later[-1], seed) if later else []
    return Plan(later, previous, [_type_questions(questions, way, seed) for way in typing])


def _type_questions(questions: Sequence[Question], way: str, seed: int) -> Typing:
    known_words: set[str] = set()
    for question in questions:
        known_words.update(words_in(f"{question.question} {question.answer}"))
    wordings = read_wordings().held_out
    texts = []
    for question in questions:
        random = Random(f"{seed} {way} {question.question}")
        texts.append(retype(question.question, [way], random, wordings, known_words))
    return Typing(way, texts)


# ---- asking one model ----


@dataclass(frozen=True)
class Asker:
    """A model to ask: `answer` gives the answer to each of a list of prompts."""

    answer: Callable[[list[list[int]]], list[str]]
    tokenizer: Tokenizer
    context: int
    max_new_tokens: int

    @property
    def chat_limit(self) -> int:
        """The longest prompt of a chat: it leaves room for an answer, up to half the context."""
        return self.context - min(self.max_new_tokens, self.context // 2)

    def ask(self, conversations: Sequence[list[str]], limit: int) -> tuple[list[str], list[bool]]:
        """The answer to each conversation, of which the last message is human, and what is trimmed.

        The oldest turns of a prompt above `limit` are left out, as chat.py does; the last message
        is asked in any case.
        """
        prompts, trimmed = [], []
        for messages in conversations:
            whole = prompt = prompt_ids(messages, self.tokenizer, sys.maxsize)
            if len(whole) > limit:
                try:
                    prompt = prompt_ids(messages, self.tokenizer, limit)
                except BrokenConversation:
                    prompt = prompt_ids(messages[-1:], self.tokenizer, sys.maxsize)
            prompts.append(prompt)
            trimmed.append(len(prompt) < len(whole))
        return self.answer(prompts), trimmed


def ask_variations(
    plan: Plan,
    questions: Sequence[Question],
    first_answers: Sequence[str | None],
    asker: Asker,
) -> list[VariationScores]:
    """Ask a model everything in the plan; `first_answers` are those to the questions as written.

    Questions without a first answer do not fit the context; they are not asked, and count as wrong.
    """
    scores = _ask_at_turns(plan, questions, first_answers, asker)
    fitting = [number for number, answer in enumerate(first_answers) if answer is not None]
    nothing_earlier: list[list[int]] = [[] for _ in questions]
    for typing in plan.typings:
        asked = [[*questions[number].before, typing.texts[number]] for number in fitting]
        found, _ = asker.ask(asked, asker.context)
        answers = spread(found, fitting, len(questions))
        scores.append(
            VariationScores(
                typing.name,
                typing.texts,
                nothing_earlier,
                answers,
                judge(answers, questions),
                None,
                [False] * len(questions),
            )
        )
    return scores


def _ask_at_turns(
    plan: Plan,
    questions: Sequence[Question],
    first_answers: Sequence[str | None],
    asker: Asker,
) -> list[VariationScores]:
    scores = []
    fitting = [number for number, answer in enumerate(first_answers) if answer is not None]
    asked = [question.question for question in questions]
    answers = list(first_answers)
    histories: list[list[str]] = [[] for _ in questions]  # the messages before each question
    said: list[list[str]] = [[] for _ in questions]  # the answers among them
    for turn in range(2, max(plan.turns, default=1) + 1):
        histories, said = _next_turn(plan.previous, questions, answers, histories, said)
        talks = [histories[n] + questions[n].messages for n in fitting]
        found, was_trimmed = asker.ask(talks, asker.chat_limit)
        answers = spread(found, fitting, len(questions))
        if turn not in plan.turns:
            continue
        earlier = [earlier_questions(plan.previous, n, turn) for n in range(len(questions))]
        leaked, trimmed = [False] * len(questions), [False] * len(questions)
        for number, text, is_trimmed in zip(fitting, found, was_trimmed):
            before = [questions[other] for other in earlier[number]]
            first = first_answers[number] or ""
            leaked[number] = leaks(text, first, questions[number], before, said[number])
            trimmed[number] = is_trimmed
        right = judge(answers, questions)
        scores.append(
            VariationScores(f"turn {turn}", asked, earlier, answers, right, leaked, trimmed)
        )
    return scores


def _next_turn(
    previous: Sequence[int],
    questions: Sequence[Question],
    answers: Sequence[str | None],
    histories: Sequence[list[str]],
    said: Sequence[list[str]],
) -> tuple[list[list[str]], list[list[str]]]:
    """The messages before each question, and the answers among them, one turn later.

    An empty answer is left out with its question, as in a chat.
    """
    next_histories, next_said = [], []
    for number in previous:
        answer = answers[number]
        exchange = [*questions[number].messages, answer] if answer else []
        next_histories.append([*histories[number], *exchange])
        next_said.append([*said[number], *exchange[-1:]])
    return next_histories, next_said


def spread(found: Iterable[Item], numbers: Sequence[int], size: int) -> list[Item | None]:
    """A list of `size` items with those found at these numbers, and None elsewhere."""
    items: list[Item | None] = [None] * size
    for number, item in zip(numbers, found, strict=True):
        items[number] = item
    return items


def judge(answers: Sequence[str | None], questions: Sequence[Question]) -> list[bool]:
    """Whether each answer is right; a question that was not asked (None) counts as wrong."""
    return [
        answer is not None and is_right(answer, question)
        for answer, question in zip(answers, questions, strict=True)
    ]
