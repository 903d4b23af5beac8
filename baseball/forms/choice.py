"""Multiple choice: a direct question with three candidates.

The right one is as often first, second and third, and as often the lowest, middle and highest
number. A model that answers in sentences is tested on sentences: the choices to score are the claim
with each of the candidates in it.
"""

from collections.abc import Iterator

from baseball.drawing import draw, shuffled
from baseball.forms.item import Exchange, Item
from baseball.forms.source import OTHER_RIVALS, FormSource
from baseball.wording import without_double_period

NAME = "choice"
CANDIDATES = 3


def choice(source: FormSource, number: int, is_test: bool) -> Iterator[Exchange]:
    """At most one exchange for each item."""
    place = number
    drawn = number + OTHER_RIVALS if is_test else number
    for item in source.items:
        if not item.short or NAME in item.without:
            continue
        rivals = source.rivals.draw(item, CANDIDATES - 1, drawn)
        if len(rivals) == CANDIDATES - 1:
            rivals = shuffled(rivals, source.seed, NAME, item.id, number)
            candidates = [*rivals[: place % CANDIDATES], item.short, *rivals[place % CANDIDATES :]]
            yield _exchange(source, item, candidates, number, is_test)
            place += 1


def _exchange(
    source: FormSource, item: Item, candidates: list[str], number: int, is_test: bool
) -> Exchange:
    turn = draw(source.seed, NAME, item.id) + number
    wording = source.wordings_of(NAME, (NAME,))[NAME].choose(turn, is_test)
    *first, last = shown = [item.shown(short) for short in candidates]
    candidates_in_words = f"{', '.join(first)} or {last}"
    question = wording.format(
        question=item.questions[turn // 7 % len(item.questions)],
        candidates=candidates_in_words,
        sentence=candidates_in_words[0].upper() + candidates_in_words[1:],
        a=shown[0],
        b=shown[1],
        c=shown[2],
    )
    messages = (without_double_period(question), item.answer)
    choices = tuple(map(item.claim_with, candidates)) if item.claim else ()
    return Exchange(NAME, item.kind, messages, item.accepted, item.states, choices)
