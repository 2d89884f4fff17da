"""Administrative units: two editions, the crosswalk between them, population and doses.

The package carries approximate outlines of both editions. Real ones are imported with `read_units`,
and fetched with `fetch_boundaries` where there is internet.
"""

from geozone.admin.doses import DoseTable, read_doses
from geozone.admin.embedded_units import load_crosswalk, load_names, load_units
from geozone.admin.fetch import (
    BOUNDARIES_LICENCE,
    BOUNDARIES_REPOSITORY,
    BOUNDARIES_URL,
    fetch_boundaries,
)
from geozone.admin.outlines import read_units
from geozone.admin.population import PopulationTable, read_population
from geozone.admin.report import UnitsReport
from geozone.admin.units import AdminUnits

__all__ = [
    "BOUNDARIES_LICENCE",
    "BOUNDARIES_REPOSITORY",
    "BOUNDARIES_URL",
    "AdminUnits",
    "DoseTable",
    "PopulationTable",
    "UnitsReport",
    "fetch_boundaries",
    "load_crosswalk",
    "load_names",
    "load_units",
    "read_doses",
    "read_population",
    "read_units",
]
