"""Geocode Vietnamese case addresses to communes of both editions, offline."""

from geozone.geocode.case_places import geocode_places
from geozone.geocode.geocoder import EDITION_CHANGE, Geocoder

__all__ = ["EDITION_CHANGE", "Geocoder", "geocode_places"]
