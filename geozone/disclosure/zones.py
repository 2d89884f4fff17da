"""What is told of the cases of each zone, and what its outline and dates tell anyway."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from geozone.disclosure.policy import Disclosure
from geozone.types import Certainty

__all__ = ["public_zones", "visible_cases"]


def visible_cases(zones: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], int]:
    """Count the cases that zones show by being there.

    Each zone has a case on the day of its first case and one on that of its last. Only zones that lie in
    one commune tell which commune.

    Parameters
    ----------
    zones : DataFrame
        Containment zones.

    Returns
    -------
    dict
        By commune and day, how many zones show a case there, where more than one does.
    """
    certain = zones[(zones["certainty"] == str(Certainty.CERTAIN)).to_numpy(dtype=bool)]
    seen: Counter[tuple[str, pd.Timestamp]] = Counter()
    days = zip(certain["communes"], certain["opened_on"], certain["last_case_on"], strict=True)
    for text, opened, last in days:
        parts = json.loads(text)
        if len(parts) == 1:
            own = {pd.Timestamp(day) for day in (opened, last) if not pd.isna(day)}
            seen.update((str(parts[0]["code"]), day) for day in own)
    return {key: count for key, count in seen.items() if count > 1}


def public_zones(zones: Any, communes: pd.DataFrame, rule: Disclosure) -> Any:
    """Withhold the small counts of zones.

    Parameters
    ----------
    zones : GeoDataFrame
        Containment or buffer zones of a draft.
    communes : DataFrame
        What is told of the communes.
    rule : Disclosure
        How small is small.

    Returns
    -------
    GeoDataFrame
        ``case_count`` is the least and ``case_count_upper`` the most: what the zone shows by being there,
        and what its communes are told to have, or the steps of the rule where these say more.
        ``tied_count`` is not told.
    """
    count = zones["case_count"].to_numpy(dtype=np.int64)
    step = rule.zone_step
    start = count // step * step
    dated = zones["opened_on"].notna() & zones["last_case_on"].notna()
    apart = (dated & (zones["opened_on"] != zones["last_case_on"])).to_numpy(dtype=bool)
    least = np.where(count > 0, np.maximum(start, 1 + apart), 0)
    most = np.where(count > 0, np.minimum(start + step - 1, _in_communes(zones, communes)), 0)
    return zones.assign(
        case_count=least,
        case_count_upper=pd.array(np.maximum(most, least), dtype="Int64"),
        tied_count=np.nan,
    )


def _in_communes(zones: pd.DataFrame, communes: pd.DataFrame) -> Any:
    """Most cases that the communes of each certain zone are told to have; no limit for possible ones."""
    most = dict(zip(communes["code"], communes["cases_total_upper"].to_numpy(dtype=np.int64), strict=True))
    certain = (zones["certainty"] == str(Certainty.CERTAIN)).tolist()
    sums = [
        sum(most.get(part["code"], 0) for part in json.loads(text)) if sure else 0
        for text, sure in zip(zones["communes"], certain, strict=True)
    ]
    return np.array([found or np.iinfo(np.int64).max for found in sums], dtype=np.int64)
