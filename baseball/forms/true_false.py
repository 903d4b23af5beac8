"""True or false: the claim of an item, with its own short answer or, as often, a rival."""

from collections.abc import Iterator

from baseball.forms.item import Exchange, Item, draw, inside_sentence
from baseball.forms.source import OTHER_RIVALS, Source

NAME = "true_false"
TABLES = ("yes_no", "true_false")
YES_NO_TURNS = 2  # in so many turns of three, the question is answered with yes or no
ACCEPTED = {"yes_no": ("yes", "no"), "true_false": ("true", "false")}


def true_false(source: Source, number: int, is_test: bool) -> Iterator[Exchange]:
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


def _exchange(source: Source, item: Item, short: str, number: int, is_test: bool) -> Exchange:
    turn = draw(source.seed, NAME, item.id) + number
    table = TABLES[0] if turn % 3 < YES_NO_TURNS else TABLES[1]
    wording = source.wordings_of(NAME, TABLES)[table]
    is_false = short != item.short
    statement = item.claim_with(short)
    fields = {
        "statement": statement,
        "clause": inside_sentence(statement),
        "fact": inside_sentence(item.answer),
    }
    question = wording.choose(turn // 3, is_test).format_map(fields)
    answer = wording.answers[is_false].format_map(fields)
    accepted = (ACCEPTED[table][is_false],)
    return Exchange(NAME, item.kind, (question, answer), accepted, item.states)
