"""From what was decided to the ``LEVELS`` table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.detail import details
from geozone.levels.explain import Explainer, is_community
from geozone.levels.proof import supports, verified_units
from geozone.levels.results import TierResult

__all__ = ["EXTRA", "tier_table"]

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
    rules, outcome = result.decider.rules, result.outcome
    found = supports(result.decider, outcome)
    has_level = result.has_level()
    verified = verified_units(found, result.tier.size) | ~has_level
    computed = np.where(has_level, outcome.low[0], 0)
    shown = computed.copy()
    overrides = _overrides(result, shown)
    epidemic = np.array([0, *(level.epidemic_level for level in rules.levels)])
    overridden = pd.array(overrides["override_reason"], dtype="str").isna()
    columns: dict[str, Any] = {
        "code": result.tier.codes,
        "admin_level": str(result.tier.admin_level),
        "epidemic_level": _levels(epidemic[shown]),
        "level_status": np.select([~overridden, shown == 0], ["override", "no-data"], "computed"),
        "verified": verified,
        "base_level": _levels(epidemic[np.where(has_level, outcome.base_low[0], 0)]),
        **_rates(result),
        "previous_level": _levels(epidemic[result.decider.previous]),
        "computed_level": _levels(epidemic[computed]),
        "possible_level": _levels(epidemic[np.where(has_level, outcome.high[0], 0)]),
        "level_key": _taken(shown, [level.key for level in rules.levels]),
        "level_name_vi": _taken(shown, [level.name.vi for level in rules.levels]),
        "level_name_en": _taken(shown, [level.name.en for level in rules.levels]),
        "level_colour": _taken(shown, [level.colour for level in rules.levels]),
        **overrides,
    }
    columns |= _texts(result, verified) if explain else {"why_vi": "", "why_en": ""}
    columns["detail"] = details(result, found) if explain else "{}"
    return pd.DataFrame(columns)


def _texts(result: TierResult, verified: NDArray[np.bool_]) -> dict[str, Any]:
    vietnamese, english = (Explainer(result, verified, language) for language in ("vi", "en"))
    first_day = np.datetime64(result.as_of)
    can = result.has_level() & (result.days > 0) & (result.outcome.low[0] > 1)
    days = np.where(can, first_day + result.days, np.datetime64("NaT"))
    return {
        "why_vi": vietnamese.why(),
        "why_en": english.why(),
        "lower_vi": pd.array(vietnamese.lower(), dtype="str"),
        "lower_en": pd.array(english.lower(), dtype="str"),
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
        return pd.array([None] * result.tier.size, dtype="Int64")
    return pd.array(np.round(result.measured[name].count[0]).astype(np.int64), dtype="Int64")


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


def _levels(values: NDArray[np.int64]) -> Any:
    return pd.arrays.IntegerArray(values.astype(np.int64), values == 0)


def _taken(ranks: NDArray[np.int8], texts: Sequence[str]) -> Any:
    return pd.array(np.array([None, *texts], dtype=object)[ranks], dtype="str")
