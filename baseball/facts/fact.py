"""What all sections share: the fact, its fields and accepted answers, the choice of subjects."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

import pandas as pd

from baseball import statements
from baseball.lahman import FIRST_MAJOR_SEASON, Player, Tables, rows
from baseball.phrasings import FactTemplate, load_questions
from baseball.wording import in_words, join_names, possessive, without_double_period

QUESTIONS = Path(__file__).parent / "questions"

# In a name of three words with one of these in the middle, the first word is a nickname: Shoeless
# Joe Jackson is also Joe Jackson.
FIRST_NAMES_AFTER_NICKNAMES = ("joe", "sam", "bill", "john", "ray", "jim")

LEADER_BONUS = 10  # a season that led its league counts this many times


@dataclass(frozen=True)
class Fact:
    """One thing that can be asked, in several phrasings, with its answer as a sentence."""

    kind: str
    # Phrasings, in the same order for all facts of the kind. The first `own_question_count` are
    # written for this fact alone; the others are shared.
    questions: tuple[str, ...]
    answer: str
    accepted: tuple[str, ...]  # lowercase; an answer that contains any of them is right
    states: tuple[str, ...]  # ids of the statements it gives away, the one asked for first
    # What the other forms of question are made of (baseball/forms): the template, and the values of
    # its fields. Further values say whom the fact is about, where it is about one ("person", a
    # playerID; "club", a teamID and year such as "NYA:1927"), when he began ("era"), and which
    # other answers are not quite wrong ("also").
    template: FactTemplate | None = field(default=None, compare=False, repr=False)
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    own_question_count: int = 0


def load_section(
    section: str,
    extra: Mapping[str, type] | None = None,
    kinds: Collection[str] | None = None,
    choices: Mapping[str, Collection[str]] | None = None,
) -> dict[str, FactTemplate]:
    """The templates in questions/SECTION.toml by kind, checked as in `phrasings.load_questions`.

    `choices` are further text keys that every kind must have, each with its allowed values. Raises
    ValueError if a value is not allowed.
    """
    path = QUESTIONS / f"{section}.toml"
    choices = choices or {}
    keys = {**dict.fromkeys(choices, str), **(extra or {})}
    templates = load_questions(path, keys, kinds)
    for kind, template in templates.items():
        for key, allowed in choices.items():
            value = template.extra[key]
            if value not in allowed:
                problem = f"unknown {key} {value!r}; allowed are {', '.join(allowed)}"
                raise ValueError(f"{path}, [{kind}]: {problem}")
    return templates


def make_fact(
    template: FactTemplate,
    fields: Mapping[str, Any],
    accepted: Iterable[str],
    states: Iterable[str],
    answer: str | None = None,
) -> Fact:
    """A fact whose questions and answer are filled in from `fields`.

    `answer`, if given, replaces the template's answer. Raises ValueError if there is neither.
    """
    answer_template = template.answer if answer is None else answer
    if answer_template is None:
        raise ValueError(f"[{template.kind}] has no answer, neither in its file nor in code")
    questions = [question.format_map(fields) for question in template.questions]
    return Fact(
        kind=template.kind,
        questions=tuple(map(without_double_period, questions)),
        answer=without_double_period(answer_template.format_map(fields)),
        accepted=tuple(accepted),
        states=tuple(dict.fromkeys(states)),
        template=template if answer is None else None,
        fields=fields,
    )


# ------------------------------------------------------------------------------------- fields


def person_fields(tables: Tables, player: str, **more: Any) -> dict[str, Any]:
    """`name` and `owner` for a question that names a player and a year, with `more` fields."""
    name = tables.players[player].name
    return {"name": name, "owner": possessive(name), "person": player, **more}


def only_person(players: Sequence[Player]) -> dict[str, str]:
    """The field `person` of a fact that one player answers; nothing if several share it."""
    return {"person": players[0].id} if len(players) == 1 else {}


def labelled_fields(player: Player, **more: Any) -> dict[str, Any]:
    """`name` and `owner` for a question without a year, with `more` fields.

    Raises ValueError if the player has no label that tells him apart from his namesakes.
    """
    label = label_of(player)
    era = {"era": player.seasons[0]} if player.seasons else {}
    return {"name": label, "owner": possessive(label), "person": player.id, **era, **more}


def label_of(player: Player) -> str:
    """The player's label, which no other player shares. Raises ValueError if he has none."""
    if player.label is None:
        raise ValueError(f"{player.name} ({player.id}) has no label; his namesakes share his name")
    return player.label


def so_far(player: Player) -> str:
    """' through 2024' for a player whose career may continue, otherwise ''."""
    return f" through {player.as_of}" if player.is_active else ""


def team_fields(row: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """`team`, `nickname`, `owner` and `year` for a question about a team's season."""
    return {
        "team": row["name"],
        "nickname": row["nickname"],
        "owner": possessive(row["name"]),
        "year": row["yearID"],
        "club": club_key(row),
        **more,
    }


def club_key(row: Mapping[str, Any]) -> str:
    """A team's season, as facts name it: club_key(the row of the 1927 Yankees) -> 'NYA:1927'"""
    return f"{row['teamID']}:{row['yearID']}"


def clubs_combined(tables: Tables, player: str, year: int) -> tuple[str, tuple[str, ...]]:
    """What an answer adds if the player changed clubs during a season, and its statements.

    Mark McGwire in 1997: ', with the Oakland Athletics and the St. Louis Cardinals combined'.
    Both are empty for a player with one club.
    """
    clubs = list(dict.fromkeys(tables.players[player].clubs[year]))
    if len(clubs) == 1:
        return "", ()
    if len(clubs) > 2:
        words = f", with {in_words(len(clubs))} clubs combined"
        return words, (statements.clubs_of_season(player, year),)
    names = join_names([f"the {tables.team_name(club, year)}" for club in clubs])
    states: list[str] = []
    for club in clubs:
        states += statements.played_for(player, year, tables.franchise_of(club, year))
    return f", with {names} combined", tuple(states)


# ---------------------------------------------------------------------------- accepted answers


def person_forms(player: Player) -> tuple[str, ...]:
    """person_forms(Shoeless Joe Jackson) -> ('shoeless joe jackson', 'joe jackson', 'jackson')"""
    name = player.name.lower()
    plain = name.removesuffix(" jr.").removesuffix(" sr.")
    forms = [name, plain, player.last.lower()]
    words = plain.split()
    if len(words) == 3 and words[1] in FIRST_NAMES_AFTER_NICKNAMES:
        forms.insert(2, " ".join(words[1:]))
    return tuple(dict.fromkeys(forms))


def average_forms(average: str) -> tuple[str, ...]:
    """average_forms(".406") -> ('.406', '406'); average_forms("1.12") -> ('1.12',)"""
    return tuple(dict.fromkeys((average, average.removeprefix("."))))


def club_forms(row: Mapping[str, Any]) -> tuple[str, ...]:
    """club_forms(the row of the 1927 Yankees) -> ('yankees', 'new york yankees')"""
    return tuple(dict.fromkeys((row["nickname"].lower(), row["name"].lower())))


# -------------------------------------------------------------------------- choice of subjects


def _anyone(player: Player) -> bool:
    return True


def best_known_players(
    tables: Tables, count: int, wanted: Callable[[Player], object] = _anyone
) -> list[Player]:
    """The `count` most famous players who have a label and whom `wanted` accepts."""
    chosen = (player for player in tables.by_fame if player.label and wanted(player))
    return list(islice(chosen, count))


def best_seasons(
    tables: Tables,
    frame: pd.DataFrame,
    stat: str,
    minimum: int,
    count: int,
    leading_stat: str | None = None,
) -> list[dict[str, Any]]:
    """At most `count` rows of a frame by player and year with at least `minimum` of `stat`.

    The order is by fame and figure: famous players and outstanding years first. A season that led
    its league counts tenfold, so that the one great season of a forgotten player (67 doubles, 36
    triples) ranks among the everyday years of stars. If `stat` only measures playing time, the
    season must have led the league in `leading_stat` instead.
    """
    frame = frame[(frame[stat] >= minimum) & (frame["yearID"] >= FIRST_MAJOR_SEASON)]
    leaders = _leading_seasons(tables, leading_stat or stat)

    def weight(player: str, year: int) -> float:
        if not tables.is_clear(player, year):
            return 0
        bonus = LEADER_BONUS if (player, year) in leaders else 1
        return tables.players[player].fame * bonus

    seasons = zip(frame["playerID"], frame["yearID"], strict=True)
    fame = pd.Series([weight(player, year) for player, year in seasons], index=frame.index)
    scores = fame * (frame[stat] / minimum) ** 2
    scores = scores.sort_values(ascending=False, kind="stable")
    best = scores[scores > 0].index[:count]
    return rows(frame.loc[best])


def _leading_seasons(tables: Tables, stat: str) -> set[tuple[str, int]]:
    """(player, year) of everyone who led a league in a statistic."""
    return {
        (player, year)
        for (year, _, led), leader in tables.leaders.items()
        if led == stat
        for player in leader.players
    }


def stable_number(*parts: object) -> int:
    """A pseudo-random number that depends on the parts only, and so is the same in every run."""
    return crc32(":".join(map(str, parts)).encode())
