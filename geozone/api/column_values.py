"""Columns of a release as kinds and values that can be compared, and values of a query as theirs."""

from __future__ import annotations

from datetime import date
from typing import NoReturn

import numpy as np
import pandas as pd

from geozone.api.filters import Kind
from geozone.api.filters.operands import Values

__all__ = ["column_kind", "column_values", "typed_value"]


def column_kind(column: pd.Series) -> Kind:
    """Tell what a column of a release holds.

    Parameters
    ----------
    column : Series
        The column.

    Returns
    -------
    str
        ``text``, ``number``, ``boolean`` or ``date``.
    """
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(column.dtype) else "text"


def column_values(column: pd.Series) -> Values:
    """Turn a column into what filters and orders compare.

    Parameters
    ----------
    column : Series
        The column.

    Returns
    -------
    Values
        Text, numbers, booleans or days since 1970, and where there is none.
    """
    missing, kind = column.isna().to_numpy(dtype=bool), column_kind(column)
    if kind == "number":
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return Values(numbers, missing | ~np.isfinite(numbers))
    if kind == "boolean":
        return Values(column.fillna(value=False).to_numpy(dtype=bool), missing)
    if kind == "date":
        days = column.to_numpy(dtype="datetime64[D]").astype(np.int64)
        return Values(np.where(missing, 0, days), missing)
    texts = np.empty(len(column), dtype=object)
    texts[:] = [
        "" if absent else str(text) for text, absent in zip(column.tolist(), missing.tolist(), strict=True)
    ]
    return Values(texts, missing)


def typed_value(column: pd.Series, value: str) -> bool | float | str | pd.Timestamp:
    """Read a value of a query as one of a column.

    Parameters
    ----------
    column : Series
        The column.
    value : str
        The value, as text.

    Returns
    -------
    bool, float, str or Timestamp
        The value.

    Raises
    ------
    ValueError
        If it is not one of the column's kind.
    """
    if pd.api.types.is_bool_dtype(column.dtype):
        return {"true": True, "false": False}[value] if value in ("true", "false") else _no(value)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return pd.Timestamp(date.fromisoformat(value))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return float(value)
    return value


def _no(value: str) -> NoReturn:
    raise ValueError(value)
