"""The words and tables for the statistics in records, career highs and comparisons."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from baseball import statements
from baseball.lahman import Tables
from baseball.toml_files import parse_toml
from tools.text_files import read_text

WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class StatisticTables:
    """The tables that hold a statistic, and the constructor of the ids of its figures."""

    by_season: pd.DataFrame
    by_career: pd.DataFrame
    by_club: pd.DataFrame
    figure: statements.Figure


def statistic_tables(tables: Tables, stat: str) -> StatisticTables:
    """Tables of pitching for "W", "SO", "SV" and "SHO", of batting for any other statistic."""
    if stat in statements.LED_AS_PITCHER:
        frames = tables.pitching, tables.career_pitching, tables.club_pitching
        return StatisticTables(*frames, statements.pitching)
    frames = tables.batting, tables.career_batting, tables.club_batting
    return StatisticTables(*frames, statements.batting)


def load_words(section: str, keys: Mapping[str, type]) -> dict[str, dict[str, Any]]:
    """The words of each statistic in words/SECTION.toml, in the file's order.

    Every table must be named after one of `statements.RECORD_STATS` and hold exactly these keys,
    with values of these types. Raises ValueError, with file and line, if one does not.
    """
    path = WORDS / f"{section}.toml"
    text = read_text(path)
    content = parse_toml(path, text)
    for stat, words in content.items():
        problem = _problem(stat, words, keys)
        if problem:
            raise ValueError(f"{path}, line {_line_of(stat, text)}: {problem}")
    return content


def _problem(stat: str, words: Any, keys: Mapping[str, type]) -> str | None:
    """What is wrong with the table of a statistic, or None."""
    if stat not in statements.RECORD_STATS:
        allowed = ", ".join(statements.RECORD_STATS)
        return f"unknown statistic {stat!r}; allowed are {allowed}"
    if not isinstance(words, dict):
        return f"{stat!r} must be a [table]"
    for key in keys:
        if key not in words:
            return f"[{stat}] lacks the key {key!r}"
    for key, value in words.items():
        if key not in keys:
            return f"[{stat}] has the unknown key {key!r}; allowed are {', '.join(keys)}"
        if type(value) is not keys[key]:
            expected = "text in quotes" if keys[key] is str else "a whole number"
            return f"[{stat}]: {key!r} must be {expected}"
    return None


def _line_of(stat: str, text: str) -> int:
    """The line on which the table of a statistic begins."""
    start = re.compile(rf"""\s*\[?\s*["']?{re.escape(stat)}\b""")  # [HR], or HR = ...
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if start.match(line):
            return number
    return len(lines)
