"""A column of counts in words, where some are told as ranges."""

from __future__ import annotations

from typing import cast

import pandas as pd

from geozone.levels.numbers import Language, say_range

__all__ = ["say_column"]


def say_column(table: pd.DataFrame, name: str, language: str, *, unknown: str) -> list[str]:
    """Say a column of counts, as ranges where the table tells only ranges.

    Parameters
    ----------
    table : DataFrame
        A layer of a draft or of a release.
    name : str
        The column; where there is ``{name}_upper`` too, it is the least of a range.
    language : str
        ``vi`` or ``en``.
    unknown : str
        What to say where it is not known.

    Returns
    -------
    list of str
        One text a row.
    """
    least = table[name]
    most = table[f"{name}_upper"] if f"{name}_upper" in table.columns else least
    ends, spoken = zip(least, most, strict=True), cast("Language", language)
    return [
        unknown if pd.isna(low) else say_range(low, low if pd.isna(high) else high, spoken)
        for low, high in ends
    ]
