"""True or false: the claim of an item, with its own short answer or, as often, a rival.

The answer says what is right, and then whether the claim is: "Babe Ruth hit 60 home runs in 1927,
so the claim is false." A small model cannot compare the claim with a fact before it has written
that down. For the same reason there are no choices to score: either verdict would come after the
fact.
"""

from collections.abc import Iterator

from baseball.drawing import draw
from baseball.forms.item import Exchange, Item, inside_sentence, without_period
from baseball.forms.source import OTHER_RIVALS, FormSource

NAME = "true_false"
ACCEPTED = (("true", "yes"), ("false", "no"))


def true_false(source: FormSource, number: int, is_test: bool) -> Iterator[Exchange]:
    """At most one exchange for each item; right and wrong statements alternate."""
    is_right = number % 2 == 0
    drawn = number + OTHER_RIVALS if is_test else number
    for item in source.items:
        if not item.claim or NAME in item.without:
            continue
        rivals = source.rivals.draw(item, 1, drawn)
        if rivals:
            short = item.short if is_right else rivals[0]
            yield _exchange(source, item, short, number, is_test)
            is_right = not is_right


def _exchange(source: FormSource, item: Item, short: str, number: int, is_test: bool) -> Exchange:
    turn = draw(source.seed, NAME, item.id) + number
    wording = source.wordings_of(NAME, (NAME,))[NAME]
    is_false = short != item.short
    statement = item.claim_with(short)
    fields = {
        "statement": statement,
        "clause": inside_sentence(statement, source.common_words),
        "fact": without_period(item.answer),
    }
    question = wording.choose(turn, is_test).format_map(fields)
    answer = wording.answers[is_false].format_map(fields)
    return Exchange(NAME, item.kind, (question, answer), ACCEPTED[is_false], item.states)
