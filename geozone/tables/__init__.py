"""Tolerant reading of table files; knows nothing of what the columns mean."""

from geozone.tables.headers import fold
from geozone.tables.raw import MAX_BYTES, RawTable, refuse
from geozone.tables.read import read_table

__all__ = ["MAX_BYTES", "RawTable", "fold", "read_table", "refuse"]
