"""Table contracts: the columns, units and domains of every table that crosses a module.

Tables are pandas data frames (geopandas where there is geometry, always EPSG:4326, x = longitude).
A contract finds every fault of a table and raises once. Extra columns are allowed.
"""

from geozone.schema.contract import Column, TableSchema
from geozone.schema.tables import (
    BLOCKS,
    CASE_PLACES,
    CASES,
    COVERAGE,
    CROSSWALK,
    DOSES,
    FACILITIES,
    GEOCODES,
    LEVELS,
    LIFTING,
    OVERRIDES,
    PEOPLE,
    POPULATION,
    ROADS,
    UNITS,
    WARD_CHANGES,
    ZONES,
)

__all__ = [
    "BLOCKS",
    "CASES",
    "CASE_PLACES",
    "COVERAGE",
    "CROSSWALK",
    "DOSES",
    "FACILITIES",
    "GEOCODES",
    "LEVELS",
    "LIFTING",
    "OVERRIDES",
    "PEOPLE",
    "POPULATION",
    "ROADS",
    "UNITS",
    "WARD_CHANGES",
    "ZONES",
    "Column",
    "TableSchema",
]
