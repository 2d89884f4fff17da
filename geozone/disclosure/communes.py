"""What is told of the cases of each commune: ranges in its figures, its sentences and its detail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.disclosure.curves import Curves, Range
from geozone.disclosure.sentences import ToldCases, withhold
from geozone.levels.numbers import Language

__all__ = ["public_communes"]

_TEXTS: tuple[tuple[str, Language], ...] = (
    ("why_vi", "vi"),
    ("why_en", "en"),
    ("lower_vi", "vi"),
    ("lower_en", "en"),
)
_NAMES = (*(name for name, _ in _TEXTS), "detail")
_KEPT = ("band",)
"""What the detail says of an indicator made of cases: the band is the level's, anything else is a count."""
_COUNTED = ("value", "count", "high", "count_high")
_EVERY = 100_000.0


def public_communes(
    communes: pd.DataFrame, curves: Curves, as_of: date, *, figures: Mapping[str, Any], width: int
) -> pd.DataFrame:
    """Withhold the small counts of communes.

    Parameters
    ----------
    communes : DataFrame
        The layer of a draft.
    curves : Curves
        What is told of each commune by day.
    as_of : date
        The day it holds for.
    figures : mapping
        ``case_figures`` of the draft's rules.
    width : int
        Values in the range of a small count.

    Returns
    -------
    DataFrame
        The layer with ranges.
    """
    codes = communes["code"].to_numpy(dtype=object)
    details = [json.loads(text) if isinstance(text, str) else {} for text in communes["detail"]]
    of_cases = _of_cases(details, figures)
    counted = np.array([_counts_cases(one, of_cases) for one in details], dtype=bool)
    exact = communes["cases_window"].to_numpy(dtype=np.float64, na_value=np.nan)
    total = curves.windows(codes, None)
    window = _holding(exact, counted, curves.windows(codes, _first_day(as_of, figures)), width)
    per_case = _per_case(communes, figures)
    rated = communes["rate_per_100k"].notna().to_numpy() & ~np.isnan(per_case)
    table = communes.assign(
        cases_window=_integers(window.least, exact),
        cases_window_upper=_integers(window.most, exact),
        cases_total=pd.array(total.least, dtype="Int64"),
        cases_total_upper=pd.array(total.most, dtype="Int64"),
        rate_per_100k=np.where(rated, window.least * per_case, np.nan),
        rate_per_100k_upper=np.where(rated, window.most * per_case, np.nan),
        community_cases=pd.array([pd.NA] * len(communes), dtype="Int64"),
        community_rate_per_100k=np.nan,
    )
    texts = {name: table[name].to_numpy(dtype=object).copy() for name in _NAMES}
    for i in np.flatnonzero(counted | (window.most > 0)).tolist():
        other = _other_values(details[i], of_cases, width)
        told = ToldCases(
            least=int(window.least[i]),
            most=int(window.most[i]),
            ever=max(int(total.most[i]), int(window.most[i])),
            window_days=figures.get("window_days"),
            alone=bool(figures.get("alone")),
            per_case=float(np.nan_to_num(per_case[i])),
            other=other,
        )
        for name, language in _TEXTS:
            if isinstance(texts[name][i], str):
                texts[name][i] = withhold(texts[name][i], told, language)
        texts["detail"][i] = _public_detail(details[i], of_cases)
    return table.assign(**{name: pd.array(values, dtype="str") for name, values in texts.items()})


def _of_cases(details: list[dict[str, Any]], figures: Mapping[str, Any]) -> frozenset[str]:
    """Name the indicators made of cases: any may be, in a draft that does not say."""
    if "indicators" in figures:
        return frozenset(figures["indicators"])
    return frozenset(name for detail in details for name in detail.get("indicators", {}))


def _first_day(as_of: date, figures: Mapping[str, Any]) -> np.datetime64 | None:
    days = figures.get("window_days")
    return None if days is None else np.datetime64(as_of - timedelta(days=int(days) - 1))


def _holding(exact: NDArray[np.float64], counted: NDArray[np.bool_], told: Range, width: int) -> Range:
    """Widen ranges where the rule counts other cases than the days do, such as a part of a tie."""
    value = np.nan_to_num(exact).astype(np.int64)
    over = np.maximum(0, value - told.most)
    over = np.where(counted & (told.most == 0), np.maximum(over, 1), over)
    return Range(np.where(value < told.least, 0, told.least), told.most + -(-over // width) * width)


def _integers(values: NDArray[np.int64], exact: NDArray[np.float64]) -> Any:
    return pd.arrays.IntegerArray(values.astype(np.int64), np.isnan(exact))


def _per_case(communes: pd.DataFrame, figures: Mapping[str, Any]) -> NDArray[np.float64]:
    """Tell how much one case adds to the rate of each commune; nan where there is no rate."""
    divide = figures.get("divide")
    if divide is None:
        return np.full(len(communes), np.nan)
    people = communes["population"].to_numpy(dtype=np.float64, na_value=np.nan)
    return _EVERY / (float(divide) * np.where(people > 0, people, np.nan))


def _counts_cases(detail: dict[str, Any], of_cases: frozenset[str]) -> bool:
    """Tell whether an indicator made of cases is anything but nothing."""
    own = [one for name, one in detail.get("indicators", {}).items() if name in of_cases]
    return any(float(one.get(name) or 0) > 0 for one in own for name in _COUNTED)


def _other_values(
    detail: dict[str, Any], of_cases: frozenset[str], width: int
) -> dict[float, tuple[int, int]]:
    """Tell in steps what further indicators made of cases are, such as the cases of the largest cluster."""
    step = width + 1
    values = [one.get("value") for name, one in detail.get("indicators", {}).items() if name in of_cases]
    starts = {float(value): int(value // step) * step for value in values if value}
    return {value: (max(1, start), start + step - 1) for value, start in starts.items()}


def _public_detail(detail: dict[str, Any], of_cases: frozenset[str]) -> str:
    indicators = {
        name: {key: value for key, value in one.items() if key in _KEPT} if name in of_cases else one
        for name, one in detail.get("indicators", {}).items()
    }
    public = {**detail, "indicators": indicators} if indicators else detail
    return json.dumps(public, ensure_ascii=False, separators=(",", ":"))
