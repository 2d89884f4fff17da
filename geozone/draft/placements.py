"""Cases placed, ambiguous and unplaced, and new cases by commune and day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geozone.types import GeoStatus, MatchLevel, PlaceRole

__all__ = ["count_cases", "count_placements", "placement_of"]

_ROLE_ORDER = (PlaceRole.HOME, PlaceRole.EXPOSURE, PlaceRole.WORK)
_PLACED = tuple(str(level) for level in MatchLevel if level.rank <= MatchLevel.COMMUNE.rank)


def count_placements(cases: pd.DataFrame) -> tuple[dict[str, int], pd.DataFrame]:
    """Count people placed, ambiguous and unplaced, each once.

    A case with several places counts where it lives; without a home, where it was exposed; then
    where it works.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, with the geocode columns.

    Returns
    -------
    counts : dict
        ``cases``, ``placed``, ``ambiguous`` and ``unplaced``; the last three add up to the first.
    unplaced : DataFrame
        The ambiguous and unplaced ones: ``case_id, role, count, geo_status, geo_level, geo_name,
        geo_candidates, geo_reason``, largest count first.
    """
    order = cases["role"].map({str(role): i for i, role in enumerate(_ROLE_ORDER)}).to_numpy()
    first = cases.iloc[np.argsort(order, kind="stable")].drop_duplicates("case_id")
    placed = (first["geo_status"] == str(GeoStatus.MATCH)) & first["geo_level"].isin(_PLACED)
    unplaced = first["geo_status"] == str(GeoStatus.NONE)
    people = first["count"].astype("int64")
    counts = {
        "cases": int(people.sum()),
        "placed": int(people[placed].sum()),
        "ambiguous": int(people[~placed & ~unplaced].sum()),
        "unplaced": int(people[unplaced].sum()),
    }
    columns = [
        "case_id",
        "role",
        "count",
        "geo_status",
        "geo_level",
        "geo_name",
        "geo_candidates",
        "geo_reason",
    ]
    table = first.loc[~placed, columns].sort_values(["count", "case_id"], ascending=[False, True])
    return counts, table.reset_index(drop=True)


def placement_of(places: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """Tell how one case counts: as ``count_placements``, for its rows.

    Parameters
    ----------
    places : sequence of mapping
        Its places, at least one.

    Returns
    -------
    standing : str
        ``placed``, ``ambiguous`` or ``unplaced``.
    people : int
        How many people the case stands for.
    """
    order = {str(role): i for i, role in enumerate(_ROLE_ORDER)}
    first = min(places, key=lambda place: order.get(place["role"], len(order)))
    people = int(first["count"])
    if first["geo_status"] == str(GeoStatus.NONE):
        return "unplaced", people
    is_placed = first["geo_status"] == str(GeoStatus.MATCH) and first["geo_level"] in _PLACED
    return ("placed" if is_placed else "ambiguous"), people


def count_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """Count new cases by commune and day: placed ones, and the shares of ties apart.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, with the geocode columns; only homes count.

    Returns
    -------
    DataFrame
        ``code, date, cases, possible_cases``, by commune and day.
    """
    homes = cases[cases["role"] == str(PlaceRole.HOME)]
    placed = homes[homes["geo_commune_code"].notna()]
    whole = placed.groupby(["geo_commune_code", "report_date"], as_index=False)["count"].sum()
    whole = whole.rename(columns={"geo_commune_code": "code", "report_date": "date", "count": "cases"})
    ties = homes[(homes["geo_status"] == str(GeoStatus.TIE)) & homes["geo_commune_code"].isna()]
    rows = [
        (candidate["code"], day, count * candidate["share"])
        for candidates, day, count in zip(
            ties["geo_candidates"], ties["report_date"], ties["count"].astype("float64"), strict=True
        )
        for candidate in json.loads(candidates)
        if candidate.get("share") is not None
    ]
    possible = pd.DataFrame(rows, columns=["code", "date", "possible_cases"])
    possible = possible.astype({"code": "str", "date": "datetime64[s]", "possible_cases": "float64"})
    possible = possible.groupby(["code", "date"], as_index=False)["possible_cases"].sum()
    whole = whole.astype({"code": "str", "date": "datetime64[s]"})
    table = whole.merge(possible, on=["code", "date"], how="outer").sort_values(["code", "date"])
    table["cases"] = table["cases"].astype("Int64").fillna(0)
    table["possible_cases"] = table["possible_cases"].fillna(0.0).round(2)
    return table.reset_index(drop=True)
