"""The whole length of the pipe, step by step: import, geocode, draw, release.

Each step works on an open workspace, reports progress, and is atomic: killed at any point, it has
either happened or not.
"""

from geozone.pipeline.decide import choose_rules, make_draft, release
from geozone.pipeline.export import export_geojson
from geozone.pipeline.geocoding import build_geocoder, geocode_pending, geocoded_cases, pin_commune, pin_point
from geozone.pipeline.imports import (
    CaseImport,
    TableImport,
    import_cases,
    import_doses,
    import_facilities,
    import_population,
    import_units,
)

__all__ = [
    "CaseImport",
    "TableImport",
    "build_geocoder",
    "choose_rules",
    "export_geojson",
    "geocode_pending",
    "geocoded_cases",
    "import_cases",
    "import_doses",
    "import_facilities",
    "import_population",
    "import_units",
    "make_draft",
    "pin_commune",
    "pin_point",
    "release",
]
