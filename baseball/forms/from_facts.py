"""Facts as items, and the hints that they give of players, clubs, franchises and seasons."""

from collections.abc import Iterator

from baseball.facts.fact import Fact, club_forms, person_forms
from baseball.forms.item import GAP, Hint, Item, without_double_period
from baseball.held_out import held_out_phrasing
from baseball.lahman import Tables
from baseball.phrasings import BLANK, FactTemplate

# Fields of an answer that may stay in a claim, because they do not give the short answer away.
HARMLESS = ("combined", "so_far", "when", "as_of", "tie", "plain")
# Fields of a question that say no more than another one does.
DERIVED = ("owner", "so_far", "ended", "nickname", "city", "group", "number", "rank", "last")
DERIVED_VERBS = ("do", "did", "done")
PEOPLE = ("player", "manager")


def item_of(fact: Fact, seed: int) -> Item:
    """The fact as an item. It has no claim if the fact's answer is not one of its kind's."""
    held_out = held_out_phrasing(fact, seed)
    trained = [number for number in range(len(fact.questions)) if number != held_out]
    template, fields = fact.template, fact.fields
    short = claim = ""
    without: tuple[str, ...] = ()
    context: dict[str, str] = {}
    rivals: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    if template is not None and not _is_shared(fact):
        keys = template.forms
        short = without_double_period(_short_of(template).format_map(fields))
        claim = _claim_of(template).format_map({**fields, BLANK: GAP})
        without, unlike = tuple(keys.get("without", ())), tuple(keys.get("unlike", ()))
        rivals = tuple(str(fields[name]) for name in keys.get("rivals", ()))
        patterns = tuple(_pattern(template.questions[number], fact) for number in trained)
    if template is not None:
        ignored = (*DERIVED, *DERIVED_VERBS)
        names = [name for name in template.fields if name not in ignored]
        context = {name: str(fields[name]) for name in names}
    return Item(
        kind=fact.kind,
        questions=tuple(fact.questions[number] for number in trained),
        test_question=fact.questions[held_out],
        answer=fact.answer,
        accepted=fact.accepted,
        states=fact.states,
        short=short,
        claim=claim,
        context=context,
        rivals=rivals,
        unlike=unlike,
        without=without,
        person=str(fields.get("person", "")),
        patterns=patterns,
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
    for type in PEOPLE:
        if type in keys and "person" in fact.fields:
            yield _hint_of_person(fact, type, tables)
    if "club" in keys:
        yield _hint_of_club(fact, tables)
    if "franchise" in keys:
        team = str(fact.fields["team"])
        forms = (team.lower(), team.rsplit(" ", 1)[-1].lower())
        yield _hint(fact, "franchise", team, team, forms)
    if "season" in keys and _names_a_clear_person(fact, tables):
        year = str(fact.fields["year"])
        yield _hint(fact, "season", year, year, (year,))


def _hint(fact: Fact, type: str, subject: str, name: str, accepted: tuple[str, ...]) -> Hint:
    assert fact.template is not None
    short = _short_of(fact.template).format_map(fact.fields)
    text = fact.template.forms[type].format_map(fact.fields)
    return Hint(type, subject, name, accepted, text, is_asked=name == short)


def _hint_of_person(fact: Fact, type: str, tables: Tables) -> Hint:
    assert fact.template is not None
    player = tables.players[fact.fields["person"]]
    hint = _hint(fact, type, player.id, player.name, person_forms(player))
    leads = {
        key: fact.template.forms[key].format_map(fact.fields)
        for key in ("lead", "pitcher_lead")
        if key in fact.template.forms
    }
    return Hint(**{**vars(hint), **leads})


def _hint_of_club(fact: Fact, tables: Tables) -> Hint:
    team, _, year = str(fact.fields["club"]).partition(":")
    row = tables.teams[team, int(year)]
    hint = _hint(fact, "club", f"{team}:{year}", row["name"], club_forms(row))
    return Hint(**{**vars(hint), "year": year})


def _names_a_clear_person(fact: Fact, tables: Tables) -> bool:
    """Whether a name in the fact means one person even if no year is given with it."""
    person = fact.fields.get("person")
    if person is None:
        return True
    player = tables.players[person]
    return player.label == player.name
