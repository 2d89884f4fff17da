"""The cases of a draft as points, for those who may see them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.draft.result import Draft
from geozone.types import Certainty, GeoStatus

__all__ = ["case_points"]

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
    cases = draft.inputs.cases
    lon, lat = (cases[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("geo_lon", "geo_lat"))
    shown = (
        (cases["geo_status"] == str(GeoStatus.MATCH)).to_numpy(dtype=bool)
        & (cases["report_date"] <= pd.Timestamp(draft.as_of)).to_numpy(dtype=bool)
        & np.isfinite(lon)
        & np.isfinite(lat)
    )
    table = cases.loc[shown, [name for name in _TOLD if name in cases.columns]].reset_index(drop=True)
    place = table["case_id"].astype("str") + ":" + table["role"].astype("str")
    table.insert(0, "place_id", place.astype("str"))
    member = draft.zone_set.membership
    certain = member.loc[(member["certainty"] == str(Certainty.CERTAIN)).to_numpy(dtype=bool)]
    table = table.merge(certain[["case_id", "role", "zone_id"]], on=["case_id", "role"], how="left")
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon[shown], lat[shown]), crs="EPSG:4326")
    return points.sort_values("place_id", kind="stable").reset_index(drop=True)
