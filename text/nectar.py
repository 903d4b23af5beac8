r"""Reading a row of Nectar (Zhu et al. 2023): a prompt with ranked answers.

{"prompt": "\n\nHuman: How many innings?\n\nAssistant: ", "turns": 1,
 "answers": [{"answer": "Nine.", "rank": 2.0}, {"answer": "Nine innings.", "rank": 1.0}]}
-> ["How many innings?", "Nine innings."]
"""

import math
from collections import Counter
from typing import Any

from text.dialogue import ASSISTANT, HUMAN, BrokenConversation, split_prompt

NO_RANK = "answer without a rank"
NOT_A_NUMBER = "answer with a rank that is not a number"
NAN = "answer ranked NaN"
INFINITE = "answer with an infinite rank"
NEGATIVE = "answer with a negative rank"
TIED = "answer tied with the best"


class UnusableRank(ValueError):
    """The rank of an answer that therefore cannot be compared; the message says why."""


def read_row(row: dict, counts: Counter[str] | None = None) -> list[str]:
    """The messages of a row, human first; the last one is its best-ranked answer.

    `counts` counts the answers that are left out, as `best_answer` does. Raises BrokenConversation,
    with the reason, if the row is not a usable conversation.
    """
    prompt, turns = row.get("prompt"), row.get("turns")
    if not isinstance(prompt, str) or not prompt.strip():
        raise BrokenConversation("has no prompt")
    answer = best_answer(row.get("answers"), Counter() if counts is None else counts)
    if not answer:
        raise BrokenConversation("has an empty best answer")
    if HUMAN in answer or ASSISTANT in answer:
        raise BrokenConversation("has an answer that speaks for both sides")
    return [*split_prompt(prompt, turns if type(turns) is int else None), answer]


def texts_of_row(row: dict) -> list[str]:
    """The prompt and all answers of a row. Raises KeyError or TypeError if one is not text."""
    return [row["prompt"], *(answer["answer"] for answer in row["answers"])]


def best_answer(answers: Any, counts: Counter[str]) -> str:
    """The text of the answer with the lowest rank: [{"answer": "Nine.", "rank": 1.0}] -> "Nine.".

    The number "1" may be a string. Answers whose rank is missing, negative, or not a finite number
    are left out; if several have the lowest rank, the first one is taken. `counts` counts the
    answers left out, by reason. Raises BrokenConversation if no answer with a rank is left.
    """
    ranked = []
    for answer in answers if isinstance(answers, list) else []:
        try:
            ranked.append((_read_rank(answer), answer))
        except UnusableRank as reason:
            counts[str(reason)] += 1
    if not ranked:
        raise BrokenConversation("has no ranked answer")
    lowest, best = min(ranked, key=lambda pair: pair[0])
    counts[TIED] += sum(rank == lowest for rank, _ in ranked) - 1
    text = best.get("answer")
    if not isinstance(text, str):
        raise BrokenConversation("has no ranked answer")
    return text.strip()


def _read_rank(answer: Any) -> float:
    """Raises UnusableRank, with the reason, if the answer has no rank that can be compared."""
    rank = answer.get("rank") if isinstance(answer, dict) else None
    if rank is None or rank == "":
        raise UnusableRank(NO_RANK)
    if isinstance(rank, bool) or not isinstance(rank, int | float | str):
        raise UnusableRank(NOT_A_NUMBER)
    try:
        number = float(rank)
    except OverflowError:  # an integer beyond the largest float
        raise UnusableRank(INFINITE) from None
    except ValueError:
        raise UnusableRank(NOT_A_NUMBER) from None
    if math.isnan(number):
        raise UnusableRank(NAN)
    if math.isinf(number):
        raise UnusableRank(INFINITE)
    if number < 0:
        raise UnusableRank(NEGATIVE)
    return number
