"""The reverse: what was done is given, and who did it, or when, is asked.

Only what fits one subject is asked, among all players, clubs and years of the tables.
"""

from collections.abc import Iterator

from baseball.drawing import draw
from baseball.forms.item import Exchange, Hint
from baseball.forms.source import FormSource
from evaluation.normalise import normalise

NAME = "reverse"
TABLES = ("player", "manager", "club", "franchise", "season")


def reverse(source: FormSource, number: int, is_test: bool) -> Iterator[Exchange]:
    """At most one exchange for each hint."""
    wordings = source.wordings_of(NAME, TABLES)
    for usable in source.hints:
        hint, item = usable.hint, usable.item
        if hint.is_asked or len(usable.fits) > 1 or NAME in item.without:
            continue
        turn = draw(source.seed, NAME, hint.subject_type, item.id) + number
        fields = {"clause": hint.text, "year": hint.year}
        question = wordings[hint.subject_type].choose(turn, is_test).format_map(fields)
        yield Exchange(NAME, item.kind, (question, item.answer), hint.accepted, item.states)


def gives_itself_away(hint: Hint) -> bool:
    """Whether a hint contains its answer: "was born in Jackson" of Reggie Jackson."""
    words = set(normalise(hint.text).split())
    names = [word for form in hint.accepted for word in normalise(form).split()]
    return any(name in words or name.removesuffix("s") in words for name in names)
