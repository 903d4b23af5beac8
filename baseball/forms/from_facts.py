"""Facts as items, and the hints that they give of players, clubs, franchises and seasons."""

import math
from collections.abc import Iterator
from dataclasses import replace

from baseball.facts.fact import Fact, club_forms, person_forms
from baseball.forms.item import Hint, Item
from baseball.held_out import held_out_indices, held_out_shared
from baseball.lahman import Tables
from baseball.lahman.clubs import nickname_of
from baseball.phrasings import BLANK, GAP, FactTemplate
from baseball.wording import without_double_period

# Fields of an answer that may stay in a claim, because they do not give the short answer away.
HARMLESS = ("combined", "so_far", "when", "as_of", "last", "tie", "plain")
# Fields of a question that say no more than another one does.
DERIVED = (
    *("owner", "so_far", "ended", "nickname", "city", "group", "number", "rank", "last"),
    *("do", "did", "done", "from", "since"),
)
PEOPLE = ("player", "manager")


def item_of(fact: Fact, seed: int) -> Item:
    """The fact as an item. It has no claim if its answer is not of the kind's usual form."""
    item = claim_item(fact)
    held_out = held_out_indices(fact, seed)
    trained = [number for number in range(len(fact.questions)) if number not in held_out]
    questions = tuple(fact.questions[number] for number in trained)
    asked = fact.questions[held_out_shared(fact, seed)]
    item = replace(item, questions=questions, test_question=asked)
    if fact.template is None:
        return replace(item, rivals=tuple(fact.fields.get("wrong", ())))
    keys, fields = fact.template.forms, fact.fields
    names = [name for name in fact.template.fields if name not in DERIVED]
    originals = [fact.template.questions[number] for number in trained]
    patterns = [_pattern(text, fact) for text in originals if "{name}" in text or "{owner}" in text]
    era = fields.get("year", fields.get("era"))
    least = float(fields[keys["at_least"]]) if "at_least" in keys else -math.inf
    most = float(fields[keys["at_most"]]) if "at_most" in keys else math.inf
    return replace(
        item,
        context={name: str(fields[name]) for name in names},
        also=fields.get("also", ()),
        rivals=tuple(str(fields[name]) for name in keys.get("rivals", ())),
        era=None if era is None else int(era),
        bounds=(least, most),
        unlike=tuple(keys.get("unlike", ())),
        person=str(fields.get("person", "")),
        patterns=() if _is_shared(fact) else tuple(patterns),
    )


def claim_item(fact: Fact) -> Item:
    """An item with the fact's answer, short answer and claim only."""
    short = claim = ""
    without: tuple[str, ...] = ()
    if fact.template is not None and not _is_shared(fact):
        short = without_double_period(_short_of(fact.template).format_map(fact.fields))
        claim = _claim_of(fact.template).format_map({**fact.fields, BLANK: GAP})
        without = tuple(fact.template.forms.get("without", ()))
        if short.startswith("no "):  # "no World Series titles": neither a number nor a name
            short = claim = ""
    elif "claim" in fact.fields:  # a knowledge entry
        short, claim = fact.fields["short"], fact.fields["claim"]
    return Item(
        kind=fact.kind,
        questions=(),
        test_question="",
        answer=fact.answer,
        accepted=fact.accepted,
        states=fact.states,
        short=short,
        claim=claim,
        without=without,
    )


def _pattern(question: str, fact: Fact) -> str:
    """A direct question in which only {name} and {owner} are left to fill in."""
    return question.format_map({**fact.fields, "name": "{name}", "owner": "{owner}"})


def _is_shared(fact: Fact) -> bool:
    """Whether several people are the answer together."""
    return "who" in fact.fields and "person" not in fact.fields


def _short_of(template: FactTemplate) -> str:
    return template.forms.get("short") or f"{{{template.answer_fields[0]}}}"


def _claim_of(template: FactTemplate) -> str:
    """The kind's claim, or its answer with the gap if nothing else gives the short answer away."""
    claim = template.forms.get("claim")
    if claim is not None:
        return claim
    others = set(template.answer_fields[1:]) - set(HARMLESS)
    if template.answer is None or others or "short" in template.forms:
        return ""
    return template.answer.replace(_short_of(template), GAP)


# ----------------------------------------------------------------------------------------- hints


def hints_of(fact: Fact, tables: Tables) -> Iterator[Hint]:
    """What the fact says of a player, manager, club, franchise or season, if its kind says how."""
    if fact.template is None or _is_shared(fact):
        return
    keys = fact.template.forms
    for subject_type in PEOPLE:
        if subject_type in keys and "person" in fact.fields:
            yield _hint_of_person(fact, subject_type, tables)
    if "club" in keys:
        yield _hint_of_club(fact, tables)
    if "franchise" in keys:
        team = str(fact.fields["team"])
        forms = (team.lower(), nickname_of(team).lower())
        yield _hint(fact, "franchise", team, team, forms)
    if "season" in keys and _names_a_clear_person(fact, tables):
        year = str(fact.fields["year"])
        yield _hint(fact, "season", year, year, (year,))


def _hint(
    fact: Fact, subject_type: str, subject: str, name: str, accepted: tuple[str, ...]
) -> Hint:
    assert fact.template is not None
    short = _short_of(fact.template).format_map(fact.fields)
    text = fact.template.forms[subject_type].format_map(fact.fields)
    is_long = bool(fact.fields.get("combined"))
    return Hint(
        subject_type, subject, name, accepted, text, is_asked=name == short, is_long=is_long
    )


def _hint_of_person(fact: Fact, subject_type: str, tables: Tables) -> Hint:
    assert fact.template is not None
    player = tables.players[fact.fields["person"]]
    hint = _hint(fact, subject_type, player.id, player.name, person_forms(player))
    leads = {
        key: fact.template.forms[key].format_map(fact.fields)
        for key in ("lead", "pitcher_lead")
        if key in fact.template.forms
    }
    return replace(hint, **leads)


def _hint_of_club(fact: Fact, tables: Tables) -> Hint:
    team, _, year = str(fact.fields["club"]).partition(":")
    row = tables.teams[team, int(year)]
    hint = _hint(fact, "club", f"{team}:{year}", row["name"], club_forms(row))
    return replace(hint, year=year)


def _names_a_clear_person(fact: Fact, tables: Tables) -> bool:
    """Whether a name in the fact means one person even if no year is given with it."""
    person = fact.fields.get("person")
    if person is None:
        return True
    player = tables.players[person]
    return player.label == player.name
