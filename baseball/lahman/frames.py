"""Sums over the stints of a table, and its rows as dicts."""

from typing import Any

import numpy as np
import pandas as pd


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows as dicts of plain values: None if missing, int for numbers, all whole."""
    columns = [_plain_values(frame[name]) for name in frame.columns]
    names = list(frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_values(column: pd.Series) -> list:
    is_missing = column.isna().to_numpy()
    values = column.to_numpy()
    if values.dtype.kind == "f":
        values = np.where(is_missing, 0, values).astype(np.int64)
    if not is_missing.any():
        return values.tolist()
    return [None if absent else value for value, absent in zip(values.tolist(), is_missing)]


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
