"""What may be chosen of a zone of a draft to be lifted, with what a committee must know of each part."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geozone import zoning
from geozone.draft.result import Draft
from geozone.geodesy import area_km2

__all__ = ["draft_parts"]

_SPECK_KM2 = 1e-6


def draft_parts(draft: Draft, zone_id: str) -> gpd.GeoDataFrame:
    """Divide a containment zone of a draft into the parts that a committee may release.

    Parameters
    ----------
    draft : Draft
        The draft.
    zone_id : str
        The zone.

    Returns
    -------
    GeoDataFrame
        As ``zoning.zone_parts``, with ``cases`` (active cases placed in the part; none where the zone
        rests on cases known only to a unit) and ``lift_on`` (ISO day from which the rules let all of it go).

    Raises
    ------
    ValueError
        If there is no such zone.
    """
    inputs = draft.inputs
    parts = zoning.zone_parts(
        draft.zone_set, zone_id, inputs.land, population=inputs.population, ground=inputs.ground
    )
    shapes = parts.geometry.to_numpy()
    return parts.assign(cases=_cases(draft, zone_id, shapes), lift_on=_lift_on(draft, zone_id, shapes))


def _cases(draft: Draft, zone_id: str, shapes: np.ndarray) -> pd.Series:
    members = draft.zone_set.membership
    mine = members[(members["zone_id"] == zone_id).to_numpy(dtype=bool)]
    if not (mine["certainty"] == "certain").all():
        return pd.Series(pd.array([None] * len(shapes), dtype="Int64"))
    places = mine.merge(draft.inputs.cases[["case_id", "role", "geo_lon", "geo_lat"]], on=["case_id", "role"])
    at = shapely.points(places["geo_lon"].to_numpy(dtype=float), places["geo_lat"].to_numpy(dtype=float))
    counts = places["count"].to_numpy(dtype=np.int64)
    inside = [int(counts[shapely.intersects(shape, at)].sum()) for shape in shapes]
    return pd.Series(pd.array(inside, dtype="Int64"))


def _lift_on(draft: Draft, zone_id: str, shapes: np.ndarray) -> list[str | None]:
    """Find the day of the last step of the schedule that reaches into each part."""
    steps = draft.lifting_parts
    steps = steps[(steps["zone_id"] == zone_id).to_numpy(dtype=bool)]
    days = steps["lift_on"].dt.strftime("%Y-%m-%d").to_numpy(dtype=object)
    found: list[str | None] = []
    for shape in shapes:
        overlap = area_km2(shapely.intersection(steps.geometry.to_numpy(), shape)) > _SPECK_KM2
        found.append(max(days[overlap], default=None))
    return found
