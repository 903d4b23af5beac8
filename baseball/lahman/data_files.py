"""Additions and corrections to Lahman's tables, from TOML files that anyone can extend.

names.toml         names of players, clubs and ballparks
places.toml        states, provinces and countries
corrections.toml   disputed titles, unclear managers, misspelled and shared awards
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baseball.toml_files import read_toml
from tools.messages import damaged

FOLDER = Path(__file__).parent
REMEDY = "restore it from the repository, or correct the entry"


@dataclass(frozen=True)
class Names:
    """The content of names.toml."""

    generations: Mapping[str, str]  # playerID -> name with "Jr." or "Sr."
    two_word_nicknames: tuple[str, ...]
    club_replacements: Mapping[str, str]  # part of a name -> its replacement
    park_replacements: Mapping[str, str]
    # a park's name -> spans of years in which it is not told
    seasons_without_park: Mapping[str, Sequence[Sequence[int]]]
    college_forms: Mapping[str, Sequence[str]]  # a college's name -> what else it is called


@dataclass(frozen=True)
class Places:
    """The content of places.toml."""

    us_states: Mapping[str, str]  # code -> name
    canadian_provinces: Mapping[str, str]
    countries: Mapping[str, str]


@dataclass(frozen=True)
class Corrections:
    """The content of corrections.toml."""

    disputed_titles: frozenset[tuple[int, str, str]]  # (year, league, statistic)
    interim_managers: frozenset[tuple[str, int]]  # (teamID, year)
    long_stand_ins: frozenset[tuple[str, int]]
    award_names: Mapping[str, str]  # a name in the tables -> the name that the code uses
    # ((award, year, league, position), playerID of a winner whom the table lacks)
    shared_awards: frozenset[tuple[tuple[str, int, str, str], str]]


@functools.cache
def names() -> Names:
    """The names in names.toml. Raises ValueError if the file is invalid."""
    path = FOLDER / "names.toml"
    texts = ("generations", "clubs", "parks")
    tables = _tables(path, (*texts, "nicknames", "seasons_without_park", "colleges"))
    for name in texts:
        _check_texts(path, name, tables[name])
    _check_spans(path, "seasons_without_park", tables["seasons_without_park"])
    return Names(
        generations=tables["generations"],
        two_word_nicknames=_two_word_nicknames(path, tables["nicknames"]),
        club_replacements=tables["clubs"],
        park_replacements=tables["parks"],
        seasons_without_park=tables["seasons_without_park"],
        college_forms=_lists_of_texts(path, "colleges", tables["colleges"]),
    )


@functools.cache
def places() -> Places:
    """The places in places.toml. Raises ValueError if the file is invalid."""
    path = FOLDER / "places.toml"
    tables = _tables(path, ("us_states", "canadian_provinces", "countries"))
    for name, table in tables.items():
        _check_texts(path, name, table)
    return Places(**tables)


@functools.cache
def corrections() -> Corrections:
    """The corrections in corrections.toml. Raises ValueError if the file is invalid."""
    path = FOLDER / "corrections.toml"
    lists = ("disputed_titles", "interim_managers", "long_stand_ins", "shared_awards")
    tables = _tables(path, ("award_names", *lists))
    _check_texts(path, "award_names", tables["award_names"])
    return Corrections(
        disputed_titles=_keys(path, tables, "disputed_titles", ("year", "league", "statistic")),
        interim_managers=_keys(path, tables, "interim_managers", ("team", "year")),
        long_stand_ins=_keys(path, tables, "long_stand_ins", ("team", "year")),
        award_names=tables["award_names"],
        shared_awards=_shared_awards(path, tables),
    )


def _shared_awards(path: Path, tables: dict[str, Any]) -> frozenset:
    keys = ("award", "year", "league", "position", "player")
    entries = _keys(path, tables, "shared_awards", keys)
    return frozenset((tuple(award), player) for *award, player in entries)


def _tables(path: Path, expected: tuple[str, ...]) -> dict[str, Any]:
    """The file's tables, after checking that they are exactly the expected ones."""
    content = read_toml(path)
    if sorted(content) != sorted(expected):
        found = ", ".join(content)
        raise damaged(path, f"it holds {found}, not {', '.join(expected)}", REMEDY)
    return content


def _check_texts(path: Path, name: str, table: Any) -> None:
    for key, value in table.items():
        if not isinstance(value, str):
            raise damaged(path, f"[{name}] {key} must be text in quotes, not {value!r}", REMEDY)


def _check_spans(path: Path, name: str, table: Any) -> None:
    """Raise ValueError unless every value is a list of spans of years such as [1914, 1926]."""
    for key, spans in table.items():
        listed = spans if isinstance(spans, list) else [spans]
        for span in listed:
            is_span = isinstance(span, list) and list(map(type, span)) == [int, int]
            if not is_span or span[0] > span[1]:
                expected = "must be spans of years such as [[1914, 1926]]"
                raise damaged(path, f"[{name}] {key} {expected}, not {spans!r}", REMEDY)


def _lists_of_texts(path: Path, name: str, table: Any) -> dict[str, tuple[str, ...]]:
    for key, values in table.items():
        is_list = isinstance(values, list) and all(isinstance(value, str) for value in values)
        if not is_list:
            problem = f"[{name}] {key} must be a list of texts in quotes, not {values!r}"
            raise damaged(path, problem, REMEDY)
    return {key: tuple(values) for key, values in table.items()}


def _two_word_nicknames(path: Path, table: Any) -> tuple[str, ...]:
    if list(table) != ["two_words"]:
        raise damaged(path, "[nicknames] must hold two_words and nothing else", REMEDY)
    return _lists_of_texts(path, "nicknames", table)["two_words"]


def _keys(path: Path, tables: dict[str, Any], name: str, keys: tuple[str, ...]) -> frozenset:
    """The values of `keys` in each entry of [[name]], as tuples.

    An entry must have these keys and a reason, and no others.
    """
    found = set()
    for entry in tables[name]:
        if sorted(entry) != sorted((*keys, "reason")):
            wanted = ", ".join((*keys, "reason"))
            raise damaged(path, f"an entry of [[{name}]] must have {wanted}: {entry}", REMEDY)
        for key in keys:
            kind, expected = (int, "a whole number") if key == "year" else (str, "text in quotes")
            if type(entry[key]) is not kind:
                problem = f"{key} in [[{name}]] must be {expected}, not {entry[key]!r}"
                raise damaged(path, problem, REMEDY)
        found.add(tuple(entry[key] for key in keys))
    return frozenset(found)
