"""What a release may publish: the layers, their keys and the columns that each may carry.

A list of what is allowed, not of what is forbidden: a column nobody thought of stays private.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from geozone.errors import DataError, Fault
from geozone.schema import COVERAGE, FACILITIES, LEVELS, LIFTING, UNITS, ZONES, TableSchema

__all__ = ["LAYERS", "Layer", "refuse_private"]

_AREAL = frozenset({"Polygon", "MultiPolygon"})
_POINT = frozenset({"Point"})


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a release.

    Attributes
    ----------
    key : tuple of str
        Columns that identify a row.
    columns : frozenset of str
        The columns it may carry.
    patterns : tuple of str
        Regular expressions for families of columns it may carry.
    geometry : frozenset of str
        Kinds of geometry it may have; empty for a plain table.
    """

    key: tuple[str, ...]
    columns: frozenset[str]
    patterns: tuple[str, ...] = ()
    geometry: frozenset[str] = _AREAL

    def allows(self, column: str) -> bool:
        """Tell whether a column may be published.

        Parameters
        ----------
        column : str
            Its name.

        Returns
        -------
        bool
            Whether it is on the list.
        """
        return column in self.columns or any(re.fullmatch(pattern, column) for pattern in self.patterns)


def _names(schema: TableSchema, *more: str) -> frozenset[str]:
    return frozenset(column.name for column in schema.columns) | frozenset(more)


_UNIT = frozenset({"code", "name", "full_name", "province_code", "province_name", "boundary_quality"})
_PEOPLE = ("population", "population_flag")

LAYERS: Mapping[str, Layer] = {
    "communes": Layer(
        ("code",),
        _names(UNITS)
        | _names(LEVELS, *_PEOPLE)
        | frozenset(
            {"previous_level", "cases_total", "in_zone", "zone_share", "possible_zone", "residents_inside"}
        )
        | frozenset({f"{name}_upper" for name in ("cases_window", "cases_total", "rate_per_100k")}),
        (r"coverage_\d+_dose\d+",),
    ),
    "containment_zones": Layer(
        ("zone_id",), _names(ZONES, "case_count_upper", "name", "province_code", "province_name")
    ),
    "buffer_zones": Layer(
        ("zone_id",),
        _names(
            ZONES,
            "case_count_upper",
            "containment_ids",
            "ring",
            "inner_m",
            "outer_m",
            "name",
            "province_code",
        ),
    ),
    "green_zones": Layer(
        ("code",),
        _UNIT
        | _names(
            UNITS,
            *_PEOPLE,
            "zone_id",
            "days_without_cases",
            "last_case_on",
            "criteria_vi",
            "criteria_en",
            "status",
            "residents",
            "epidemic_level",
        ),
    ),
    "coverage": Layer(
        ("code",),
        _UNIT | _names(COVERAGE, *_PEOPLE),
        (r"dose\d+_\d+_[a-z0-9_]+",),
    ),
    "facilities": Layer(
        ("facility_id",),
        _names(FACILITIES, "zone_id", "code", "certainty", "province_code"),
        geometry=_POINT,
    ),
    "checkpoints": Layer(
        ("checkpoint_id",),
        frozenset({"checkpoint_id", "name", "name_vi", "name_en", "zone_id", "kind", "road", "lon", "lat"}),
        geometry=_POINT,
    ),
    "case_counts": Layer(
        ("code", "date"),
        frozenset({"code", "date", "cases", "cases_upper", "possible_cases"}),
        geometry=frozenset(),
    ),
    "lifting": Layer(("zone_id", "step"), _names(LIFTING), geometry=frozenset()),
}


def refuse_private(layers: Mapping[str, pd.DataFrame]) -> None:
    """Refuse anything that is not on the list of what may be published.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        The layers of a draft.

    Raises
    ------
    DataError
        If a layer or column is not on the list, or a geometry is of another kind; no value is quoted.
    """
    faults: list[Fault] = []
    for name, table in layers.items():
        if name not in LAYERS:
            faults.append(Fault(None, None, f"a layer {name!r}", f"one of {', '.join(LAYERS)}"))
            continue
        layer = LAYERS[name]
        geometry = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
        faults += [
            Fault(None, f"{name}.{column}", "a column that is not public", "a column of the layer's list")
            for column in table.columns
            if column != geometry and not layer.allows(str(column))
        ]
        missing = [column for column in layer.key if column not in table.columns]
        faults += [Fault(None, f"{name}.{column}", "no such column", "the layer's key") for column in missing]
        if not missing and table.duplicated(list(layer.key)).any():
            faults.append(Fault(None, f"{name}.{', '.join(layer.key)}", "repeated rows", "each only once"))
        if geometry is not None:
            faults += _geometry_faults(name, layer, table)
        elif layer.geometry:
            faults.append(Fault(None, name, "no geometry", "a geometry for every row"))
    if faults:
        raise DataError("layers to publish", faults)


def _geometry_faults(name: str, layer: Layer, table: gpd.GeoDataFrame) -> list[Fault]:
    found: list[Fault] = []
    values = table.geometry.to_numpy()
    kinds = set(table.geometry.geom_type.dropna()) - layer.geometry
    if kinds:
        allowed = ", ".join(sorted(layer.geometry)) or "none"
        found.append(Fault(None, name, f"geometry of kind {', '.join(sorted(kinds))}", allowed))
    if (shapely.is_missing(values) | shapely.is_empty(values)).any():
        found.append(Fault(None, name, "rows without geometry", "a geometry for every row"))
    if table.crs is not None and table.crs.to_epsg() != 4326:
        found.append(Fault(None, name, "another coordinate system", "EPSG:4326"))
    return found
