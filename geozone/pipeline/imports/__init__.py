"""Imports: a file in, rows in the store or files in the workspace; faults listed, nothing half-written."""

from geozone.pipeline.imports.cases import CaseImport, import_cases
from geozone.pipeline.imports.figures import (
    import_committee_figures,
    import_doses,
    import_facilities,
    import_overrides,
    import_population,
)
from geozone.pipeline.imports.ground import PeopleImport, import_blocks, import_people, import_roads
from geozone.pipeline.imports.reference import import_places, import_units, import_ward_changes
from geozone.pipeline.imports.results import TableImport

__all__ = [
    "CaseImport",
    "PeopleImport",
    "TableImport",
    "import_blocks",
    "import_cases",
    "import_committee_figures",
    "import_doses",
    "import_facilities",
    "import_overrides",
    "import_people",
    "import_places",
    "import_population",
    "import_roads",
    "import_units",
    "import_ward_changes",
]
