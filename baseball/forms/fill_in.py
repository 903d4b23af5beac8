"""Fill-ins: the claim of an item with a gap where its short answer belongs."""

from collections.abc import Iterator

from baseball.drawing import draw
from baseball.forms.item import Exchange, Item
from baseball.forms.source import FormSource

NAME = "fill_in"
GAP = "___"


def fill_in(source: FormSource, number: int, is_test: bool) -> Iterator[Exchange]:
    """At most one exchange for each item."""
    wording = source.wordings_of(NAME, (NAME,))[NAME]
    for item in source.items:
        gap = gap_of(item)
        if gap and gap not in source.ambiguous_gaps:
            turn = draw(source.seed, NAME, item.id) + number
            question = wording.choose(turn, is_test).format(gap=gap)
            yield Exchange(NAME, item.kind, (question, item.answer), item.accepted, item.states)


def gap_of(item: Item) -> str:
    """The claim with a gap: "Babe Ruth hit ___ home runs in 1927."; "" if it makes no good one.

    What is counted stays ("home runs"), except if there is one of it: the singular would tell.
    """
    if not item.claim or NAME in item.without:
        return ""
    if not item.unit:
        return item.claim_with(GAP)
    return "" if item.number == 1 else item.claim_with(f"{GAP} {item.unit}")
