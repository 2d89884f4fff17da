"""TileJSON 3.0: where the tiles are and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geozone.tiles.source import TileSource

__all__ = ["bounds_of", "tilejson"]

_WORLD = (-180.0, -85.0511287798066, 180.0, 85.0511287798066)


def tilejson(
    *sources: TileSource,
    url: str,
    title: str | None = None,
    descriptions: Mapping[str, str] = {},
    attribution: str = "",
    version: str = "1.0.0",
) -> dict[str, Any]:
    """Describe tiles of one layer or more.

    Parameters
    ----------
    *sources : TileSource
        The layers, in the order that tiles hold them.
    url : str
        Address of the tiles, with ``{z}``, ``{x}`` and ``{y}``; absolute, so that every client
        resolves it alike.
    title : str, optional
        Name for people; the names of the layers by default.
    descriptions : mapping of str
        What a layer shows, by its name.
    attribution : str
        Whom to name on the map.
    version : str
        Version of the tileset, ``major.minor.patch``.

    Returns
    -------
    dict
        A TileJSON 3.0 document.
    """
    west, south, east, north = bounds = bounds_of(sources)
    lowest, highest = min(each.min_zoom for each in sources), max(each.max_zoom for each in sources)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": title or ", ".join(each.name for each in sources),
        "version": version,
        "scheme": "xyz",
        "tiles": [url],
        "minzoom": lowest,
        "maxzoom": highest,
        "bounds": [round(edge, 6) for edge in bounds],
        "center": [
            round((west + east) / 2, 6),
            round((south + north) / 2, 6),
            min(max(5, lowest), highest),
        ],
        "vector_layers": [
            {
                "id": each.name,
                "description": descriptions.get(each.name, ""),
                "fields": each.fields,
                "minzoom": each.min_zoom,
                "maxzoom": each.max_zoom,
            }
            for each in sources
        ],
    }
    description = "; ".join(descriptions[each.name] for each in sources if each.name in descriptions)
    if description:
        document["description"] = description
    if attribution:
        document["attribution"] = attribution
    return document


def bounds_of(sources: Sequence[TileSource]) -> tuple[float, float, float, float]:
    """Find the box around every layer.

    Parameters
    ----------
    sources : sequence of TileSource
        The layers.

    Returns
    -------
    tuple of float
        West, south, east, north, degrees; the world where none has anything to draw.
    """
    boxes = [each.bounds for each in sources if each.bounds is not None]
    if not boxes:
        return _WORLD
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)
