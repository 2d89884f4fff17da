"""Text that a spreadsheet would run as a formula, kept text."""

from __future__ import annotations

import re

import pandas as pd

__all__ = ["guard_formula", "guard_formulas", "unguard_formula"]

_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"-\d+(?:[.,]\d+)?")
_GUARDED = re.compile(r"''*\s*[=+\-@＝＋－＠\t\r\n]")


def guard_formula(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str
        With an apostrophe before it where it begins like a formula; a negative number stays.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguard_formula(text: str) -> str:
    """Take back what ``guard_formula`` did.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str
        The text.
    """
    return text[1:] if _GUARDED.match(text) else text


def guard_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Guard every text of a table, before it is written for a spreadsheet.

    Parameters
    ----------
    table : DataFrame
        Any.

    Returns
    -------
    DataFrame
        A copy; numbers and days as they were.
    """
    guarded = table.copy()
    for name in table.columns:
        if isinstance(table[name].dtype, pd.StringDtype | pd.CategoricalDtype) or table[name].dtype == object:
            guarded[name] = [
                guard_formula(cell) if isinstance(cell, str) else cell for cell in table[name].astype(object)
            ]
    return guarded
