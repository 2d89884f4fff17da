"""Tolerant reading of table files; knows nothing of what the columns mean."""

from geozone.tables.cells import cell_text, clean_text, fold_texts, has_control, read_cells, shown
from geozone.tables.coordinates import Points, read_points, split_point
from geozone.tables.dates import MAX_DATE, MIN_DATE, ParsedDates, parse_date, parse_dates
from geozone.tables.headers import fold
from geozone.tables.mapping import Mapped, map_columns
from geozone.tables.raw import MAX_BYTES, RawTable, refuse
from geozone.tables.read import read_table

__all__ = [
    "MAX_BYTES",
    "MAX_DATE",
    "MIN_DATE",
    "Mapped",
    "ParsedDates",
    "Points",
    "RawTable",
    "cell_text",
    "clean_text",
    "fold",
    "fold_texts",
    "has_control",
    "map_columns",
    "parse_date",
    "parse_dates",
    "read_cells",
    "read_points",
    "read_table",
    "refuse",
    "shown",
    "split_point",
]
