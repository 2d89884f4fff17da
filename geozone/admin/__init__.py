"""Administrative units: two editions, the crosswalk between them, population and doses.

The package carries approximate outlines of both editions. Real ones are imported with `read_units`,
and downloaded with `geozone.admin.fetch` where there is internet.
"""

from geozone.admin.doses import DoseTable, read_doses
from geozone.admin.embedded_units import embedded_digest, load_crosswalk, load_names, load_units
from geozone.admin.outlines import read_units
from geozone.admin.population import PopulationTable, read_population
from geozone.admin.report import UnitsReport
from geozone.admin.units import AdminUnits
from geozone.admin.ward_changes import WardChanges, read_ward_changes

__all__ = [
    "AdminUnits",
    "DoseTable",
    "PopulationTable",
    "UnitsReport",
    "WardChanges",
    "embedded_digest",
    "load_crosswalk",
    "load_names",
    "load_units",
    "read_doses",
    "read_population",
    "read_units",
    "read_ward_changes",
]
