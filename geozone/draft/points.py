"""The cases of a draft as points, for those who may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.draft.result import Draft
from geozone.types import Certainty, GeoStatus

__all__ = ["case_points", "points_of"]

_TOLD = (
    "case_id", "role", "count", "report_date", "onset_date", "case_class", "contact_degree", "origin",
    "geo_level", "geo_uncertainty_m", "geo_commune_code",
)  # fmt: skip


def case_points(draft: Draft) -> gpd.GeoDataFrame:
    """Take the points of the cases that a draft was drawn from.

    Parameters
    ----------
    draft : Draft
        The draft.

    Returns
    -------
    GeoDataFrame
        Private: one row for each place that is known to a point and was reported by the draft's day, with
        ``place_id`` (case and role), what the line list says of the case, and ``zone_id`` of the certain
        zone that it opens; by ``place_id``. Never a name, a telephone number or an address.
    """
    member = draft.zone_set.membership
    certain = member.loc[(member["certainty"] == str(Certainty.CERTAIN)).to_numpy(dtype=bool)]
    keys = zip(certain["case_id"], certain["role"], strict=True)
    return points_of(draft.inputs.cases, draft.as_of, dict(zip(keys, certain["zone_id"], strict=True)))


def points_of(cases: pd.DataFrame, as_of: date, zone_of: Mapping[tuple[str, str], str]) -> gpd.GeoDataFrame:
    """Take the points of cases.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, as ``draw`` takes them.
    as_of : date
        The day; cases reported later are left out.
    zone_of : mapping of tuple to str
        The certain zone that each place opens, by case and role.

    Returns
    -------
    GeoDataFrame
        Private: as ``case_points`` gives them.
    """
    lon, lat = (cases[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("geo_lon", "geo_lat"))
    shown = (
        (cases["geo_status"] == str(GeoStatus.MATCH)).to_numpy(dtype=bool)
        & (cases["report_date"] <= pd.Timestamp(as_of)).to_numpy(dtype=bool)
        & np.isfinite(lon)
        & np.isfinite(lat)
    )
    table = cases.loc[shown, [name for name in _TOLD if name in cases.columns]].reset_index(drop=True)
    keys = list(zip(table["case_id"].tolist(), table["role"].astype("str").tolist(), strict=True))
    table.insert(0, "place_id", pd.Series([f"{case}:{role}" for case, role in keys], dtype="str"))
    table["zone_id"] = pd.Series([zone_of.get(key) for key in keys], dtype="str")
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon[shown], lat[shown]), crs="EPSG:4326")
    return points.sort_values("place_id", kind="stable").reset_index(drop=True)
