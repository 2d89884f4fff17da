"""Places below the commune and beside it: the gazetteer of streets and hamlets, and facilities."""

from geozone.places.facilities import KINDS, NO_NAME, FacilityTable, read_facilities
from geozone.places.gazetteer import Gazetteer, PlaceSource, remove_unused
from geozone.places.importing import GazetteerImport, PlaceReport, import_gazetteer, read_gazetteer
from geozone.places.model import PLACES

__all__ = [
    "KINDS",
    "NO_NAME",
    "PLACES",
    "FacilityTable",
    "Gazetteer",
    "GazetteerImport",
    "PlaceReport",
    "PlaceSource",
    "import_gazetteer",
    "read_facilities",
    "read_gazetteer",
    "remove_unused",
]
