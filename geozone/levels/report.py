"""From what was decided to the ``LEVELS`` table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from geozone.levels.detail import details
from geozone.levels.explain import Explainer, is_community
from geozone.levels.proof import supports, verified_units
from geozone.levels.results import TierResult

__all__ = ["EXTRA", "tier_rows", "tier_table"]

EXTRA = {
    "previous_level": "Int64",
    "computed_level": "Int64",
    "possible_level": "Int64",
    "level_key": "str",
    "level_name_vi": "str",
    "level_name_en": "str",
    "level_colour": "str",
    "community_cases": "Int64",
    "community_rate_per_100k": "float64",
    "override_reason": "str",
    "override_decision": "str",
    "override_actor": "str",
    "override_until": "datetime64[s]",
}
"""Columns beyond the contract, with their dtypes."""


_LEVELS = ("epidemic_level", "base_level", "previous_level", "computed_level", "possible_level")
_COUNTS = ("cases_window", "community_cases")
_TEXTS = (
    "why_vi",
    "why_en",
    "detail",
    "lower_vi",
    "lower_en",
    "level_key",
    "level_name_vi",
    "level_name_en",
    "level_colour",
)


def tier_table(result: TierResult, *, explain: bool) -> pd.DataFrame:
    """Write the levels of one tier as a table.

    Parameters
    ----------
    result : TierResult
        What was decided.
    explain : bool
        Whether to write the sentences and the detail; without them they are empty.

    Returns
    -------
    DataFrame
        ``LEVELS`` and the columns of ``EXTRA``, in the order of the tier.
    """
    columns = _columns(result, explain=explain)
    for name in _LEVELS:
        columns[name] = pd.arrays.IntegerArray(columns[name].astype(np.int64), columns[name] == 0)
    for name in _COUNTS:
        if columns[name] is not None:
            columns[name] = pd.array(columns[name], dtype="Int64")
    for name in _TEXTS:
        if isinstance(columns.get(name), list | np.ndarray):
            columns[name] = pd.array(_text(columns[name]), dtype="str")
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})


def _text(values: Any) -> pa.Array:
    """Text as Arrow keeps it; JSON is written as bytes and needs no encoding any more."""
    if isinstance(values, list) and values and isinstance(values[0], bytes):
        return pa.array(values, pa.large_binary()).cast(pa.large_string())
    return pa.array(values, pa.large_string())


def tier_rows(result: TierResult) -> list[dict[str, Any]]:
    """Write the levels of a few units, one by one: quicker than a table.

    Parameters
    ----------
    result : TierResult
        What was decided.

    Returns
    -------
    list of dict
        The columns of ``tier_table`` with plain values; ``None`` where it has none.
    """
    columns = _columns(result, explain=True)
    lists = []
    for name, values in columns.items():
        if values is None or isinstance(values, str):
            lists.append([values] * result.tier.size)
            continue
        column = values if isinstance(values, list) else values.tolist()
        if name == "detail":
            column = [text.decode() for text in column]
        if name in _LEVELS:
            column = [value or None for value in column]
        elif isinstance(values, np.ndarray) and values.dtype.kind == "f":
            column = [None if value != value else value for value in column]  # noqa: PLR0124
        lists.append(column)
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _columns(result: TierResult, *, explain: bool) -> dict[str, Any]:
    """Columns of the table as arrays and lists; a level of 0 is none, a column of ``None`` is empty."""
    rules, outcome = result.decider.rules, result.outcome
    found = supports(result.decider, outcome)
    has_level = result.has_level()
    verified = verified_units(found, result.tier.size) | ~has_level
    computed = np.where(has_level, outcome.low[0], 0)
    shown = computed.copy()
    overrides = _overrides(result, shown)
    epidemic = np.array([0, *(level.epidemic_level for level in rules.levels)])
    overridden = np.array([reason is not None for reason in overrides["override_reason"]], dtype=bool)
    columns: dict[str, Any] = {
        "code": result.tier.codes,
        "admin_level": str(result.tier.admin_level),
        "epidemic_level": epidemic[shown],
        "level_status": np.select([overridden, shown == 0], ["override", "no-data"], "computed"),
        "verified": verified,
        "base_level": epidemic[np.where(has_level, outcome.base_low[0], 0)],
        **_rates(result),
        "previous_level": epidemic[result.decider.previous],
        "computed_level": epidemic[computed],
        "possible_level": epidemic[np.where(has_level, outcome.high[0], 0)],
        "level_key": _taken(shown, [level.key for level in rules.levels]),
        "level_name_vi": _taken(shown, [level.name.vi for level in rules.levels]),
        "level_name_en": _taken(shown, [level.name.en for level in rules.levels]),
        "level_colour": _taken(shown, [level.colour for level in rules.levels]),
        **overrides,
    }
    columns |= _texts(result, verified) if explain else {"why_vi": "", "why_en": ""}
    columns["detail"] = details(result, found) if explain else "{}"
    return columns


def _texts(result: TierResult, verified: NDArray[np.bool_]) -> dict[str, Any]:
    vietnamese, english = (Explainer(result, verified, language) for language in ("vi", "en"))
    first_day = np.datetime64(result.as_of)
    can = result.has_level() & (result.days > 0) & (result.outcome.low[0] > 1)
    days = np.where(can, first_day + result.days, np.datetime64("NaT"))
    return {
        "why_vi": vietnamese.why(),
        "why_en": english.why(),
        "lower_vi": vietnamese.lower(),
        "lower_en": english.lower(),
        "lower_on": days.astype("datetime64[s]"),
    }


def _rates(result: TierResult) -> dict[str, Any]:
    """Give cases and rate of the rule, and beside them those of community cases alone."""
    indicators = result.decider.rules.indicators
    facts = result.decider.decision.facts
    count = next((name for name in facts if indicators[name].what == "cases"), None)
    rate = next((name for name in facts if indicators[name].population), None)
    community = next((name for name, item in indicators.items() if is_community(item)), None)
    if community is not None and not result.measured[community].supplied:
        community = None
    return {
        "cases_window": _cases(result, count),
        "rate_per_100k": _per_100k(result, rate),
        "community_cases": _cases(result, community),
        "community_rate_per_100k": _per_100k(result, community),
    }


def _cases(result: TierResult, name: str | None) -> Any:
    if name is None:
        return None
    return np.round(result.measured[name].count[0]).astype(np.int64)


def _per_100k(result: TierResult, name: str | None) -> NDArray[np.float64]:
    if name is None:
        return np.full(result.tier.size, np.nan)
    rate: NDArray[np.float64] = result.measured[name].value[0] * 100_000
    return rate / result.decider.rules.indicators[name].scale


def _overrides(result: TierResult, shown: NDArray[np.int8]) -> dict[str, Any]:
    """Put the levels set by people into ``shown`` and give their columns."""
    size = result.tier.size
    columns: dict[str, list[Any]] = {
        f"override_{name}": [None] * size for name in ("reason", "decision", "actor", "until")
    }
    ranks = {level.epidemic_level: level.rank for level in reversed(result.decider.rules.levels)}
    for code, override in result.overrides.items():
        i = result.tier.position.get(code)
        if i is not None:
            shown[i] = ranks[override.level]
            for name in ("reason", "decision", "actor", "until"):
                columns[f"override_{name}"][i] = getattr(override, name)
    return columns


def _taken(ranks: NDArray[np.int8], texts: Sequence[str]) -> NDArray[np.object_]:
    return np.array([None, *texts], dtype=object)[ranks]
