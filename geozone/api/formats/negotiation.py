"""The format of an answer: ``f=`` first, then what the client accepts, then JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from fastapi import Request

from geozone.api.formats.feature_page import FeaturePage
from geozone.api.formats.features_json import write_geojson, write_geojson_sequence
from geozone.api.formats.map_files import write_flatgeobuf, write_geoparquet
from geozone.api.formats.spreadsheets import write_csv, write_xlsx

__all__ = ["DOCUMENT_FORMATS", "FEATURE_FORMATS", "Format", "choose_format", "format_pattern"]

Write = Callable[[FeaturePage], Iterator[bytes]]


class Format(NamedTuple):
    """A format of answers.

    Attributes
    ----------
    id : str
        Value of ``f``.
    media_type : str
        Its type.
    title : str
        Its name.
    suffix : str
        Of a file in it; none for what a browser shows.
    write : callable, optional
        Writes a page of features; ``None`` for HTML pages and documents.
    is_streamed : bool
        Whether it is written piece by piece.
    """

    id: str
    media_type: str
    title: str
    suffix: str = ""
    write: Write | None = None
    is_streamed: bool = False


_HTML = Format("html", "text/html", "HTML")
FEATURE_FORMATS: Mapping[str, Format] = {
    one.id: one
    for one in (
        Format("json", "application/geo+json", "GeoJSON", "", write_geojson, is_streamed=True),
        Format(
            "jsonseq",
            "application/geo+json-seq",
            "GeoJSON text sequence",
            ".geojsons",
            write_geojson_sequence,
            is_streamed=True,
        ),
        Format("csv", "text/csv", "CSV", ".csv", write_csv, is_streamed=True),
        Format("flatgeobuf", "application/vnd.flatgeobuf", "FlatGeobuf", ".fgb", write_flatgeobuf),
        Format("parquet", "application/vnd.apache.parquet", "GeoParquet", ".parquet", write_geoparquet),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "XLSX",
            ".xlsx",
            write_xlsx,
        ),
        _HTML,
    )
}
"""Formats of features, the default first."""
DOCUMENT_FORMATS: Mapping[str, Format] = {
    one.id: one for one in (Format("json", "application/json", "JSON"), _HTML)
}
"""Formats of everything else."""
_ALIASES = {"geojson": "json", "fgb": "flatgeobuf", "geoparquet": "parquet"}
_OTHER_TYPES = {
    "application/json": "json",
    "application/geo+json": "json",
    "application/schema+json": "json",
    "application/vnd.geo+json": "json",
    "application/xhtml+xml": "html",
    "application/flatgeobuf": "flatgeobuf",
    "application/parquet": "parquet",
}


def format_pattern(formats: Mapping[str, Format]) -> str:
    """Write the values that ``f`` may take as a regular expression.

    Parameters
    ----------
    formats : mapping of str
        The formats.

    Returns
    -------
    str
        The expression.
    """
    names = [*formats, *(alias for alias, name in _ALIASES.items() if name in formats and len(formats) > 2)]
    return f"^({'|'.join(names)})$"


def choose_format(request: Request, formats: Mapping[str, Format]) -> Format:
    """Choose the format of an answer.

    Parameters
    ----------
    request : Request
        The request; its ``f``, if any, has been checked.
    formats : mapping of str
        Those there are, the default first.

    Returns
    -------
    Format
        The format; the default where the client accepts none of them, as it did not ask.
    """
    default = next(iter(formats.values()))
    named = request.query_params.get("f")
    if named is not None:
        return formats.get(_ALIASES.get(named, named), default)
    best, chosen = 0.0, default
    for part in request.headers.get("accept", "*/*").lower().split(","):
        media_type, _, parameters = part.partition(";")
        found = _by_type(media_type.strip(), formats)
        weight = _weight(parameters)
        if found is not None and weight > best:
            best, chosen = weight, found
    return chosen


def _by_type(media_type: str, formats: Mapping[str, Format]) -> Format | None:
    if media_type in ("*/*", "application/*"):
        return next(iter(formats.values()))
    for one in formats.values():
        if one.media_type == media_type:
            return one
    return formats.get(_OTHER_TYPES.get(media_type, ""))


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
