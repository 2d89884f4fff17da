"""What is told of all cases together: the headline figures and the sentences that quote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geozone.disclosure.curves import Curves, Range
from geozone.disclosure.policy import Disclosure
from geozone.disclosure.sums import told_sum
from geozone.draft.caveats import not_placed
from geozone.levels.numbers import say_range

__all__ = ["public_counts", "public_warnings"]

_APART = ("ambiguous", "unplaced")


def public_counts(
    counts: Mapping[str, Any], series: pd.DataFrame, curves: Curves, rule: Disclosure
) -> dict[str, Any]:
    """Withhold what the headline figures would tell of small counts.

    Parameters
    ----------
    counts : mapping
        Of the draft.
    series : DataFrame
        Its cases by commune and day.
    curves : Curves
        What is told of them.
    rule : Disclosure
        How small is small.

    Returns
    -------
    dict
        ``cases``, ``placed``, ``ambiguous`` and ``unplaced`` are the least that may be told, and
        ``..._upper`` the most; the last three still add up to the first, on both sides.
    """
    wide = 2 * rule.small_under
    told = {"placed": _placed(int(counts["placed"]), int(series["cases"].sum()), curves, 2 * rule.width)}
    for name in _APART:
        start = int(counts[name]) // wide * wide
        told[name] = (max(1, start), start + wide - 1) if counts[name] else (0, 0)
    told["cases"] = (sum(low for low, _ in told.values()), sum(high for _, high in told.values()))
    least = {name: low for name, (low, _) in told.items()}
    return {**counts, **least, **{f"{name}_upper": high for name, (_, high) in told.items()}}


def _placed(placed: int, exact: int, curves: Curves, step: int) -> tuple[int, int]:
    """Tell how many cases have a commune; those that live elsewhere are in no series, and widen the range."""
    last = pd.Series(range(len(curves.code)), dtype="int64").groupby(curves.code).last().to_numpy()
    known = int(curves.known.sum())
    parts = Range(curves.excess.least[last], curves.excess.most[last])
    least, most = (known + end for end in told_sum(exact - known, parts, step))
    beyond = placed - exact
    return least + min(0, beyond // step * step), most + max(0, -(-beyond // step) * step)


def public_warnings(
    warnings: Sequence[Any], exact: Mapping[str, Any], told: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Say a range where a sentence quotes how many cases are in no one commune.

    Parameters
    ----------
    warnings : sequence
        Pairs of a Vietnamese and an English sentence.
    exact : mapping
        Counts of the draft.
    told : mapping
        Counts that are published.

    Returns
    -------
    tuple
        The sentences with the range.
    """
    quoted = not_placed(*(str(exact["ambiguous"] + exact["unplaced"]),) * 2)
    least = told["ambiguous"] + told["unplaced"]
    most = told["ambiguous_upper"] + told["unplaced_upper"]
    public = not_placed(say_range(least, most, "vi"), say_range(least, most, "en"))
    return tuple(public if tuple(pair) == quoted else pair for pair in warnings)
