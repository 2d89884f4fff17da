"""Geocode Vietnamese case addresses to communes of both editions, offline."""

from geozone.geocoding.batch import BatchSummary, geocode_file
from geozone.geocoding.case_places import geocode_places
from geozone.geocoding.contexts import EDITION_CHANGE
from geozone.geocoding.frames import geocode_line_list
from geozone.geocoding.geocoder import Geocoder

__all__ = [
    "EDITION_CHANGE",
    "BatchSummary",
    "Geocoder",
    "geocode_file",
    "geocode_line_list",
    "geocode_places",
]
