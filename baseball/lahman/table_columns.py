"""Which tables and columns are read (columns.toml), and whether a file's columns fit.

columns_of("Batting").numbers        # ('yearID', 'stint', 'G', 'AB', ...)
fit_columns(frame, columns_of("Batting"), path)   # the frame with these columns
"""

import difflib
import functools
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from baseball.toml_files import read_toml

COLUMNS = Path(__file__).parent / "columns.toml"
FIRST_ROW = 2  # of a file with a header: the line of its first row, as a spreadsheet counts


@dataclass(frozen=True)
class TableColumns:
    """What is read of a table."""

    name: str
    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    may_be_empty: tuple[str, ...] = ()
    leagues: tuple[str, ...] = ()
    key: tuple[str, ...] = ()  # the columns in which no two rows agree; () if rows may repeat
    without_it: str = ""  # what cannot be told without the table; "" if the table is needed

    @property
    def all(self) -> tuple[str, ...]:
        """The names of all columns."""
        return *self.text, *self.numbers, *self.dates

    def empty(self) -> pd.DataFrame:
        """A frame of these columns without rows, in place of a table that is not there."""
        types = dict.fromkeys(self.text, "object")
        types |= dict.fromkeys(self.numbers, "int64") | dict.fromkeys(self.dates, "datetime64[ns]")
        return pd.DataFrame({name: pd.Series(dtype=type) for name, type in types.items()})


@functools.cache
def all_tables() -> dict[str, TableColumns]:
    """The tables in columns.toml by name."""
    found = {}
    for name, keys in read_toml(COLUMNS).items():
        lists = {key: tuple(value) for key, value in keys.items() if isinstance(value, list)}
        found[name] = TableColumns(name, **lists, without_it=keys.get("without_it", ""))
    return found


def columns_of(table: str) -> TableColumns:
    """What is read of a table."""
    return all_tables()[table]


def plain_name(name: str) -> str:
    """A name without what spellings differ in: plain_name("name_full") -> 'namefull'"""
    return re.sub(r"[._]", "", name).lower()


def fit_columns(frame: pd.DataFrame, columns: TableColumns, path: Path) -> pd.DataFrame:
    """The frame with the columns that are read, under their own names: text, numbers and dates.

    Raises ValueError with the table, the file and the column if one is missing, is there twice, or
    holds something else than it should.
    """
    names = [str(name) for name in frame.columns]
    fitted = {}
    for name in columns.all:
        spellings = [other for other in names if plain_name(other) == plain_name(name)]
        if not spellings:
            raise ValueError(_missing_column(name, columns, names, path))
        if len(spellings) > 1:
            problem = f"is there as {' and '.join(spellings)}; remove all but one of them"
            raise ValueError(f"{_place(name, columns, path)} {problem}")
        fitted[name] = _typed(frame[spellings[0]], name, columns, path)
    return pd.DataFrame(fitted)


def with_plain_types(frame: pd.DataFrame, columns: TableColumns) -> pd.DataFrame:
    """The frame with numbers as int64 (float64 if one is missing) and text as Python strings.

    Group-by sums are fastest with these types.
    """
    plain = frame.copy()
    for name in columns.numbers:
        plain[name] = frame[name].astype("int64" if frame[name].notna().all() else "float64")
    for name in columns.text:
        plain[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return plain.reset_index(drop=True)


def check_complete(frame: pd.DataFrame, columns: TableColumns, path: Path) -> None:
    """Raise a ValueError if a cell is empty that must not be; it names column and row."""
    for name in columns.all:
        is_empty = frame[name].isna()
        if name not in columns.may_be_empty and is_empty.any():
            row = is_empty[is_empty].index[0] + FIRST_ROW
            raise ValueError(f"{_place(name, columns, path)} is empty in row {row}; fill it in")


def check_unique(frame: pd.DataFrame, columns: TableColumns, path: Path) -> None:
    """Raise a ValueError if two rows have the same key; it names the second row and its key."""
    if not columns.key:
        return
    repeats = frame[frame.duplicated(list(columns.key))]
    if len(repeats):
        cells = repeats[list(columns.key)].iloc[0]
        key = ", ".join(f"{name} {cell}" for name, cell in cells.items())
        raise ValueError(
            f"{path}: row {repeats.index[0] + FIRST_ROW} of the table {columns.name} repeats an "
            f"earlier one ({key}); remove one of them"
        )


def _missing_column(name: str, columns: TableColumns, found: Collection[str], path: Path) -> str:
    by_plain_name = {plain_name(other): other for other in found}
    close = difflib.get_close_matches(plain_name(name), by_plain_name, n=1)
    hint = f"the closest is {by_plain_name[close[0]]}" if close else "none is similar"
    return (
        f"{path}: the table {columns.name} has no column {name}; {hint}, and its columns are "
        f"{', '.join(found)}. Rename the column, or take the table from a release of the database"
    )


def _typed(column: pd.Series, name: str, columns: TableColumns, path: Path) -> pd.Series:
    """The column as numbers, dates or text. Raises ValueError at a value that is not one."""
    if name in columns.text:
        return column if pd.api.types.is_string_dtype(column.dtype) else _as_text(column)
    if name in columns.dates:
        kind, typed = "a date", pd.to_datetime(column, errors="coerce", format="mixed")
    else:
        kind, typed = "a whole number", pd.to_numeric(column, errors="coerce")
        typed = typed.where(typed % 1 == 0)
    is_wrong = typed.isna() & column.notna()
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong)[0])
        problem = f"holds {column.iloc[row]!r} in row {row + FIRST_ROW}, which is not {kind}"
        raise ValueError(f"{_place(name, columns, path)} {problem}; correct it")
    return typed


def _as_text(column: pd.Series) -> pd.Series:
    """Text of a column that was read as something else, such as one without any values."""
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


def _place(name: str, columns: TableColumns, path: Path) -> str:
    return f"{path}: the column {name} of the table {columns.name}"
