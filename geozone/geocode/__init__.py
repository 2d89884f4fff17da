"""Geocode Vietnamese case addresses to communes of both editions, offline."""

from geozone.geocode.batch import BatchSummary, geocode_file
from geozone.geocode.case_places import geocode_places
from geozone.geocode.frames import geocode_line_list
from geozone.geocode.geocoder import EDITION_CHANGE, Geocoder

__all__ = [
    "EDITION_CHANGE",
    "BatchSummary",
    "Geocoder",
    "geocode_file",
    "geocode_line_list",
    "geocode_places",
]
