"""The order of features: by identifier, or by properties as a Vietnamese reader sorts them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geozone.api.filters.operands import Kind, Values

__all__ = ["SortKey", "collation_key", "sorted_rows"]

_MARKS = {"\u0306": "1", "\u0302": "2", "\u031b": "3"}  # ă, then â ê ô, then ơ ư
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng


class SortKey(NamedTuple):
    """A property to sort by.

    Attributes
    ----------
    name : str
        The property.
    is_descending : bool
        Whether the largest comes first; features without a value come last either way.
    """

    name: str
    is_descending: bool = False


def collation_key(text: str) -> tuple[str, str, str]:
    """Make the key that Vietnamese text is sorted by: letters, then tones, then the text itself.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    tuple of str
        Keys in the order of the Vietnamese alphabet: a ă â b c d đ e ê ... o ô ơ ... u ư.
    """
    letters: list[str] = []
    tones: list[str] = []
    for sign in unicodedata.normalize("NFD", text.casefold()):
        if sign in _TONES:
            tones[-1:] = [_TONES[sign]]
        elif sign in _MARKS and letters:
            letters[-1] = letters[-1][0] + _MARKS[sign]
        else:
            letters.append("d1" if sign == "đ" else f"{sign}0")
            tones.append("0")
    return "".join(letters), "".join(tones), text


def sorted_rows(
    rows: NDArray[np.int64], keys: Sequence[SortKey], columns: dict[str, Values], kinds: dict[str, Kind]
) -> NDArray[np.int64]:
    """Sort rows, keeping the order they come in where the keys say nothing.

    Parameters
    ----------
    rows : ndarray of int64
        Every row, in their usual order.
    keys : sequence of SortKey
        Properties, the most important first.
    columns : dict of Values
        Values of these properties, of every row.
    kinds : dict of str
        Their kinds.

    Returns
    -------
    ndarray of int64
        The rows, sorted.
    """
    for key in reversed(keys):
        rank = _rank(columns[key.name], kinds[key.name])
        if key.is_descending:
            rank = -rank
        rank[columns[key.name].missing] = len(rank)
        rows = rows[np.argsort(rank[rows], kind="stable")]
    return rows


def _rank(column: Values, kind: Kind) -> NDArray[np.int64]:
    if kind != "text":
        return np.unique(column.values, return_inverse=True)[1].astype(np.int64)
    texts = column.values.tolist()
    place = {text: at for at, text in enumerate(sorted(set(texts), key=collation_key))}
    return np.fromiter((place[text] for text in texts), dtype=np.int64, count=len(texts))
