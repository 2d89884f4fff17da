"""What an edit of a live draft made anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geozone.types import Certainty

__all__ = ["Edited"]


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit made anew; every other row of these layers is as it was.

    Attributes
    ----------
    zones_gone : mapping of str to Certainty
        Containment zones that are no more, or are among ``zones`` again.
    zones : GeoDataFrame
        Containment zones that are new or different.
    communes : DataFrame
        By ``code``: the columns of ``communes`` that may be different, of the communes touched.
    places_gone : frozenset of str
        Places whose points are no more, or are among ``points`` again; some may have had none.
    points : GeoDataFrame
        Points of the cases edited.
    counts : dict
        Counts of the draft that are different.
    """

    zones_gone: Mapping[str, Certainty]
    zones: gpd.GeoDataFrame
    communes: pd.DataFrame
    places_gone: frozenset[str]
    points: gpd.GeoDataFrame
    counts: dict[str, Any]
