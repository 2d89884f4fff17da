"""TileJSON 3.0: where a layer's tiles are and what is in them."""

from __future__ import annotations

from typing import Any

from geozone.tiles.source import TileSource

__all__ = ["tilejson"]

_WORLD = (-180.0, -85.0511287798066, 180.0, 85.0511287798066)


def tilejson(
    source: TileSource,
    url: str,
    *,
    title: str | None = None,
    description: str = "",
    attribution: str = "",
    version: str = "1.0.0",
) -> dict[str, Any]:
    """Describe a layer.

    Parameters
    ----------
    source : TileSource
        The layer.
    url : str
        Address of its tiles, with ``{z}``, ``{x}`` and ``{y}``; absolute, so that every client
        resolves it alike.
    title : str, optional
        Name for people; the layer's own by default.
    description : str
        What it shows.
    attribution : str
        Whom to name on the map.
    version : str
        Version of the tileset, ``major.minor.patch``.

    Returns
    -------
    dict
        A TileJSON 3.0 document.
    """
    bounds = source.bounds or _WORLD
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": title or source.name,
        "version": version,
        "scheme": "xyz",
        "tiles": [url],
        "minzoom": source.min_zoom,
        "maxzoom": source.max_zoom,
        "bounds": [round(edge, 6) for edge in bounds],
        "center": [
            round((bounds[0] + bounds[2]) / 2, 6),
            round((bounds[1] + bounds[3]) / 2, 6),
            min(max(5, source.min_zoom), source.max_zoom),
        ],
        "vector_layers": [
            {
                "id": source.name,
                "description": description,
                "fields": source.fields,
                "minzoom": source.min_zoom,
                "maxzoom": source.max_zoom,
            }
        ],
    }
    if description:
        document["description"] = description
    if attribution:
        document["attribution"] = attribution
    return document
