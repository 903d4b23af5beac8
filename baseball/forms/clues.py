"""Clues: two to four facts of one player, club or season that together fit nobody else."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from baseball.drawing import draw, shuffled
from baseball.forms.item import Exchange, as_sentence, merged
from baseball.forms.source import FormSource, UsableHint
from baseball.wording import join_names, with_indefinite_article, without_double_period

NAME = "clues"
TABLES = ("player", "club", "season")
FEWEST, MOST = 2, 4
TRIES = 12  # sets of clues that are tried for a subject, until one fits nobody else


def clues(source: FormSource, number: int, is_test: bool) -> Iterator[Exchange]:
    """At most one exchange for each subject."""
    subjects: dict[tuple[str, str], list[UsableHint]] = defaultdict(list)
    for usable in source.hints:
        is_clue = usable.hint.subject_type in TABLES and not usable.hint.is_long
        if is_clue and NAME not in usable.item.without:
            subjects[usable.hint.subject_type, usable.hint.subject].append(usable)
    for (subject_type, subject), hints in subjects.items():
        chosen = choose_clues(hints, source.seed, f"{subject_type} {subject} {number} {is_test}")
        if chosen:
            yield _exchange(source, subject_type, chosen, number, is_test)


def choose_clues(hints: Sequence[UsableHint], seed: int, name: str) -> list[UsableHint]:
    """Hints that together fit one subject only, none of which says what another says.

    Empty if none were found. `name` and `seed` decide which are tried.
    """
    for attempt in range(TRIES if len(hints) >= FEWEST else 0):
        size = FEWEST + draw(seed, NAME, name, attempt) % (MOST - FEWEST + 1)
        order = shuffled(hints, seed, NAME, name, attempt)
        chosen = list(islice(_without_overlap(order), size))
        if len(chosen) >= FEWEST and len(frozenset.intersection(*(c.fits for c in chosen))) == 1:
            return chosen
    return []


def _without_overlap(hints: Sequence[UsableHint]) -> Iterator[UsableHint]:
    """The hints, except those that share a statement with one before, or are of its kind."""
    told: set[str] = set()
    kinds: set[str] = set()
    for usable in hints:
        item = usable.item
        if told.isdisjoint(item.states) and (item.kind not in kinds or item.context.get("year")):
            told.update(item.states)
            kinds.add(item.kind)
            yield usable


def _exchange(
    source: FormSource, subject_type: str, chosen: list[UsableHint], number: int, is_test: bool
) -> Exchange:
    hint = chosen[0].hint
    wording = source.wordings_of(NAME, TABLES)[subject_type]
    texts = [usable.hint.text for usable in chosen]
    lead = "player"
    if subject_type == "player":
        lead, texts = _lead(chosen)
    fields = {
        "lead": lead,
        "a_lead": with_indefinite_article(lead),
        "clues": join_names(texts),
        "list": join_names(texts),
        "sentences": " ".join(map(as_sentence, texts)),
        "year": hint.year,
        "name": hint.name,
    }
    turn = draw(source.seed, NAME, hint.subject) + number
    question = wording.choose(turn, is_test).format_map(fields)
    answer = without_double_period(wording.answers[0].format_map(fields))
    states = merged(*(usable.item.states for usable in chosen))
    return Exchange(NAME, subject_type, (question, answer), hint.accepted, states)


def _lead(chosen: list[UsableHint]) -> tuple[str, list[str]]:
    """What to call the player, and the clues that are left to tell.

    If it is a clue that he was a pitcher, and another that he threw left-handed, he is called a
    left-handed pitcher.
    """
    leads = [usable for usable in chosen if usable.hint.lead]
    if not leads:
        return "player", [usable.hint.text for usable in chosen]
    lead, told = leads[0].hint.lead, [leads[0]]
    arms = [usable for usable in chosen if usable.hint.pitcher_lead]
    if lead == "pitcher" and arms and len(chosen) > FEWEST:
        lead, told = f"{arms[0].hint.pitcher_lead} {lead}", [*told, arms[0]]
    return lead, [usable.hint.text for usable in chosen if usable not in told]
