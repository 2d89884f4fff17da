"""Formats of features: GeoJSON and its sequences, CSV, XLSX, FlatGeobuf, GeoParquet."""

from geozone.api.formats.feature_page import FeaturePage
from geozone.api.formats.negotiation import (
    DOCUMENT_FORMATS,
    FEATURE_FORMATS,
    Format,
    choose_format,
    format_pattern,
)

__all__ = ["DOCUMENT_FORMATS", "FEATURE_FORMATS", "FeaturePage", "Format", "choose_format", "format_pattern"]
