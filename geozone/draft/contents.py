"""What is inside each zone besides its residents: households, and facilities by kind."""

from __future__ import annotations

import json
import re
from collections import Counter

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

__all__ = ["method_in_vietnamese", "with_contents"]

_PHRASES = (
    (r"no population given", "chưa có dữ liệu dân số"),
    (r"outside every commune", "nằm ngoài mọi xã, phường"),
    (r"population unknown in all (\d+) communes", r"chưa rõ dân số của cả \1 xã, phường"),
    (r"population unknown in (\d+) of (\d+) communes", r"chưa rõ dân số của \1 trong \2 xã, phường"),
    (r"whole communes", "cộng dân số của cả xã, phường"),
    (r"blocks: ", "cộng theo ô: "),
    (r"(\d+) own figures", r"\1 ô có số liệu riêng"),
    (r"(\d+) population points", r"\1 ô theo điểm dân cư"),
    (r"(\d+) by area", r"\1 ô theo diện tích"),
    (r"(\d+) unknown", r"\1 ô chưa rõ dân số"),
    (r"areal interpolation where there is no block", "nội suy theo diện tích ở nơi không có ô"),
    (r"areal interpolation in (\d+) of (\d+) communes", r"nội suy theo diện tích ở \1 trong \2 xã, phường"),
    (r"points added up", "cộng theo điểm dân cư"),
    (r"areal interpolation", "nội suy theo diện tích"),
)


def with_contents(
    zones: gpd.GeoDataFrame, *, population: pd.DataFrame | None, facilities: pd.DataFrame | None
) -> gpd.GeoDataFrame:
    """Say of each zone how many households and which facilities are inside.

    Parameters
    ----------
    zones : GeoDataFrame
        Containment or buffer zones (``ZONES``).
    population : DataFrame or None
        ``POPULATION``, with ``households`` where they are known.
    facilities : DataFrame or None
        ``FACILITIES``; none if none were imported.

    Returns
    -------
    GeoDataFrame
        The zones with ``households``, ``residents_method_vi``, ``facility_count``, ``facility_kinds``
        and ``facilities``. Households are those of its blocks or points where these have any, else those
        of the communes by the part inside; if those of any of its communes are unknown, so are the zone's.
        Unknown is missing, never 0.
    """
    found = zones.copy()
    found["households"] = (
        zones["households"]
        .astype("float64")
        .fillna(pd.Series(_households(zones["communes"], population), index=zones.index))
    )
    found["residents_method_vi"] = pd.Series(
        [method_in_vietnamese(text) for text in zones["residents_method"]], index=zones.index, dtype="str"
    )
    inside = _facilities_by_zone(zones, facilities)
    found["facility_count"] = pd.array([None if one is None else len(one) for one in inside], dtype="Int64")
    found["facility_kinds"] = pd.Series(
        [None if one is None else _kinds(one) for one in inside], index=zones.index, dtype="str"
    )
    found["facilities"] = pd.Series(
        [None if one is None else one.to_json(orient="records", force_ascii=False) for one in inside],
        index=zones.index,
        dtype="str",
    )
    return found


def _households(communes: pd.Series, population: pd.DataFrame | None) -> npt.NDArray[np.float64]:
    if population is None or "households" not in population.columns:
        return np.full(len(communes), np.nan)
    everybody = (population["age_from"] == 0) & population["age_to"].isna()
    rows = population[everybody.to_numpy(dtype=bool)]
    known = dict(
        zip(rows["code"], rows["households"].to_numpy(dtype=np.float64, na_value=np.nan), strict=True)
    )
    sums = [
        sum(known.get(part["code"], np.nan) * part["share"] for part in parts) if parts else np.nan
        for parts in map(json.loads, communes)
    ]
    return np.array(sums, dtype=np.float64).round()


def _facilities_by_zone(
    zones: gpd.GeoDataFrame, facilities: pd.DataFrame | None
) -> list[pd.DataFrame | None]:
    """List the facilities in each zone, by identifier; a point on the edge is inside."""
    if facilities is None:
        return [None] * len(zones)
    table = facilities.sort_values("facility_id").reset_index(drop=True)
    tree = shapely.STRtree(shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy()))
    zone, point = tree.query(zones.geometry.to_numpy(), predicate="intersects")
    order = np.lexsort((point, zone))
    ends = np.searchsorted(zone[order], np.arange(len(zones) + 1))
    listed = table[["facility_id", "name", "kind"]]
    return [listed.iloc[point[order[ends[i] : ends[i + 1]]]] for i in range(len(zones))]


def _kinds(facilities: pd.DataFrame) -> str:
    counts = Counter(facilities["kind"])
    return json.dumps(dict(sorted(counts.items())), ensure_ascii=False)


def method_in_vietnamese(method: str | None) -> str | None:
    """Say in Vietnamese how the residents of a zone were estimated.

    Parameters
    ----------
    method : str or None
        ``residents_method`` of a zone.

    Returns
    -------
    str or None
        The same; a phrase that is not known stays as it is.
    """
    if not isinstance(method, str):
        return None
    for pattern, vietnamese in _PHRASES:
        method = re.sub(pattern, vietnamese, method)
    return method
