"""Facilities inside an outline: what a card lists of a commune or a zone."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geozone.api.open_release import OpenRelease

__all__ = ["facilities_inside"]


def facilities_inside(release: OpenRelease, layer: str, row: int) -> list[dict[str, Any]] | None:
    """List the facilities that lie in one outline.

    Parameters
    ----------
    release : OpenRelease
        The release.
    layer : str
        Layer of the outline.
    row : int
        Its row.

    Returns
    -------
    list of dict or None
        ``facility_id, name, kind`` and the point, by kind and name; None where no facility is known at all.
    """
    if not release.has("facilities"):
        return None
    table = release.table("facilities")
    outline = release.table(layer).geometry[row]
    if not len(table):
        return None
    if outline is None:
        return []
    lon, lat = table.boxes[:, 0], table.boxes[:, 1]
    found = []
    for inside in np.flatnonzero(shapely.intersects_xy(outline, lon, lat)).tolist():
        values = table.values(inside)
        point = {"lon": float(lon[inside]), "lat": float(lat[inside])}
        found.append({name: values[name] for name in ("facility_id", "name", "kind")} | point)
    return sorted(found, key=lambda one: (one["kind"], one["name"], one["facility_id"]))
