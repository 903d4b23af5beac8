"""Questions later in a conversation: which ones come before, and what leaks from them.

All questions form a ring, in an order drawn from the seed. At turn t, a question is asked after
the t - 1 questions before it in the ring, each with the model's own answer. So the conversation of
question b at turn 3 is that of a at turn 2, a's answer there, and b:

    ring … z a b …     turn 1: b?     turn 2: a? (answer) b?     turn 3: z? (answer) a? (answer) b?
"""

from collections.abc import Sequence
from random import Random

from evaluation.answers import Question, is_right
from evaluation.normalise import normalise

ATTEMPTS = 20  # at a ring in which no two questions of a conversation have an answer in common
YES_OR_NO = {"yes", "no"}


def draw_ring(questions: Sequence[Question], turns: int, seed: int) -> list[int]:
    """For each question, the number of the one before it in the ring.

    No two of any `turns` neighbours have an accepted form or a reference answer in common, if
    there is such a ring; otherwise as few as are found. So the earlier questions are about other
    facts, and their answers are no hint.
    """
    facts = [_facts(question) for question in questions]
    best: list[int] = []
    fewest = len(questions) + 1
    for attempt in range(ATTEMPTS):
        ring = _line_up(facts, turns - 1, Random(f"{seed} {attempt}"))
        conflicts = sum(
            any(facts[number] & facts[ring[place - back]] for back in range(1, turns))
            for place, number in enumerate(ring)
        )
        if conflicts < fewest:
            best, fewest = ring, conflicts
        if fewest == 0:
            break
    previous = [0] * len(questions)
    for place, number in enumerate(best):
        previous[number] = best[place - 1]
    return previous


def _facts(question: Question) -> frozenset[str]:
    """What tells that two questions are about one fact: accepted forms, and the whole answer."""
    return frozenset(_forms(question)) | {normalise(question.answer)}


def _forms(question: Question) -> set[str]:
    """The accepted forms, without "yes" and "no", which belong to no question in particular."""
    return {normalise(form) for form in question.accepted} - YES_OR_NO


def _line_up(facts: Sequence[frozenset[str]], distance: int, random: Random) -> list[int]:
    """A random order in which facts up to `distance` places apart differ, as far as possible."""
    remaining = list(range(len(facts)))
    random.shuffle(remaining)
    ring: list[int] = []
    while remaining:
        recent = ring[-distance:] if distance else []
        taken = frozenset().union(*(facts[number] for number in recent))
        fitting = (place for place, number in enumerate(remaining) if not taken & facts[number])
        ring.append(remaining.pop(next(fitting, 0)))
    return ring


def earlier_questions(previous: Sequence[int], number: int, turn: int) -> list[int]:
    """The numbers of the questions asked before question `number` at a turn, in order."""
    earlier = []
    for _ in range(turn - 1):
        number = previous[number]
        earlier.append(number)
    return earlier[::-1]


def leaks(
    answer: str,
    first_answer: str,
    question: Question,
    earlier: Sequence[Question],
    earlier_answers: Sequence[str],
) -> bool:
    """Whether an answer contains what belongs to an earlier question of the conversation.

    That is an accepted form of an earlier question that neither this question nor its reference
    answer contains, or, in a wrong answer, an earlier answer as a whole. Both count only if the
    model's answer at turn 1, `first_answer`, does not have it; otherwise it does not come from the
    conversation.
    """
    said, said_first = _padded(answer), _padded(first_answer)
    own = " ".join(_padded(text) for text in (*question.messages, question.answer))
    for other in earlier:
        for form in _forms(other) - _forms(question):
            word = f" {form} "
            if word in said and word not in said_first and word not in own:
                return True
    repeated = {_padded(text) for text in earlier_answers if text}
    return said in repeated and said != said_first and not is_right(answer, question)


def _padded(text: str) -> str:
    """The normalised text between spaces, so that whole words can be looked for."""
    return f" {normalise(text)} "
