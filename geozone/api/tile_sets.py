"""What the tiles of a request are drawn from: layers of one release, and which of their features."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from fastapi import Request
from numpy.typing import NDArray

from geozone.api.filters import LANGUAGES, Filter, FilterError, compile_filter, read_filter
from geozone.api.layers import LayerSpec
from geozone.api.open_release import OpenRelease, require_layer
from geozone.api.parameters import check_query, parse_datetime, refuse
from geozone.api.problems import ProblemError
from geozone.api.service import declared_query
from geozone.api.table import Selection
from geozone.tiles import TileSource

__all__ = ["TileSet", "filters_of", "open_tile_set", "split_layers"]

_MOST_LAYERS = 12
_FILTERS = frozenset({"datetime", "filter", "filter-lang"})
_RECIPE = 1  # raise it when the same layers come to be drawn otherwise


@dataclass(frozen=True, slots=True)
class TileSet:
    """Layers drawn together.

    Attributes
    ----------
    release : OpenRelease
        The release.
    layers : tuple of LayerSpec
        The layers, lowest first.
    chosen : mapping of str to ndarray of bool
        Rows that may be drawn, of the layers that a filter speaks about.
    content : str
        Digest of all that the tiles depend on; the same in two releases that differ elsewhere.
    """

    release: OpenRelease
    layers: tuple[LayerSpec, ...]
    chosen: Mapping[str, NDArray[np.bool_]]
    content: str

    @property
    def sources(self) -> list[TileSource]:
        """The layers, as tiles."""
        return [self.release.tiles(spec.id) for spec in self.layers]

    @property
    def name(self) -> str:
        """Names of the layers with commas between, as in addresses."""
        return ",".join(spec.id for spec in self.layers)

    def tile(self, zoom: int, x: int, y: int) -> bytes:
        """Write a vector tile of all layers.

        Parameters
        ----------
        zoom, x, y : int
            Address of the tile, inside the pyramid.

        Returns
        -------
        bytes
            The tile, not compressed; empty where nothing is drawn.

        Raises
        ------
        ProblemError
            404 if no layer has tiles of that zoom.
        """
        return b"".join(
            source.tile(zoom, x, y, self.chosen.get(source.name)) for source in self._sources_at(zoom)
        )

    def effort(self, zoom: int, x: int, y: int) -> int | None:
        """Tell how much there is to do for a vector tile of all layers.

        Parameters
        ----------
        zoom, x, y : int
            Address of the tile, inside the pyramid.

        Returns
        -------
        int or None
            Vertices that are handled, about; ``None`` where a layer must first be read or prepared, or
            has no tiles of that zoom.
        """
        total = 0
        for spec in self.layers:
            source = self.release.opened_tiles(spec.id)
            if source is None or not source.min_zoom <= zoom <= source.max_zoom:
                return None
            one = source.geometry.effort(zoom, x, y)
            if one is None:
                return None
            total += one
        return total

    def picture(self, zoom: int, x: int, y: int, size: int) -> bytes:
        """Draw a picture of all layers.

        Parameters
        ----------
        zoom, x, y : int
            Address of the tile, inside the pyramid.
        size : int
            Pixels along a side, 256 or 512.

        Returns
        -------
        bytes
            PNG; empty where nothing is drawn.

        Raises
        ------
        ProblemError
            404 if no layer has tiles of that zoom.
        """
        # Only who asks for a picture pays for the library that draws it.
        from geozone.tiles.picture import PictureLayer, draw_picture  # noqa: PLC0415

        layers = [
            PictureLayer(
                source.name,
                source.geometry,
                self.release.table(source.name).attributes,
                self.chosen.get(source.name),
                self.release.specs[source.name].clustered_to,
            )
            for source in self._sources_at(zoom)
        ]
        return draw_picture(layers, zoom, x, y, size=size)

    def _sources_at(self, zoom: int) -> list[TileSource]:
        sources = self.sources
        deepest = max(source.max_zoom for source in sources)
        if zoom > deepest:
            raise ProblemError(404, f"There are tiles to zoom {deepest}; draw further in from those.")
        return [source for source in sources if source.min_zoom <= zoom <= source.max_zoom]


def split_layers(release: OpenRelease, names: str) -> tuple[LayerSpec, ...]:
    """Read the names of layers in an address.

    Parameters
    ----------
    release : OpenRelease
        The release asked.
    names : str
        Names with commas between.

    Returns
    -------
    tuple of LayerSpec
        The layers, in that order.

    Raises
    ------
    ProblemError
        400 for too many or repeated names, 403 for a layer of analysts, 404 for one that is not there.
    """
    parts = names.split(",")
    if len(parts) > _MOST_LAYERS or len(set(parts)) < len(parts):
        raise ProblemError(400, f"Name each layer once, and at most {_MOST_LAYERS}.")
    return tuple(require_layer(release, part) for part in parts)


def open_tile_set(release: OpenRelease, names: str, query: Mapping[str, str] = {}) -> TileSet:
    """Find what a request draws.

    A property and a CQL2 filter apply to the layers that have what they name, ``datetime`` to those
    whose features have days; the other layers are drawn whole.

    Parameters
    ----------
    release : OpenRelease
        The release asked.
    names : str
        Names of layers with commas between.
    query : mapping of str
        ``datetime``, ``filter`` with ``filter-lang``, and properties with the value that features have.

    Returns
    -------
    TileSet
        The layers and their features.

    Raises
    ------
    ProblemError
        As ``split_layers``; 400 for a filter that is wrong, or a property that no layer has.
    """
    layers = split_layers(release, names)
    content = hashlib.sha256(f"{_RECIPE}".encode())
    for spec in layers:
        content.update(release.content_digest(spec.id).encode())
    if not query:
        return TileSet(release, layers, {}, content.hexdigest())
    content.update(repr(sorted(query.items())).encode())
    return TileSet(release, layers, _chosen(release, layers, query), content.hexdigest())


def _chosen(
    release: OpenRelease, layers: tuple[LayerSpec, ...], query: Mapping[str, str]
) -> dict[str, NDArray[np.bool_]]:
    days = parse_datetime(query["datetime"]) if "datetime" in query else None
    wanted = {name: value for name, value in query.items() if name not in _FILTERS}
    filters = _compiled(release, layers, query)
    known: set[str] = set()
    chosen: dict[str, NDArray[np.bool_]] = {}
    for spec in layers:
        table = release.table(spec.id)
        own = {name: wanted[name] for name in table.filterable() if name in wanted}
        known |= own.keys()
        conditions = (filters[spec.id],) if spec.id in filters else ()
        if own or conditions or (days is not None and spec.interval is not None):
            rows = table.select(Selection(days=days, equal=own, filters=conditions))
            chosen[spec.id] = np.zeros(len(table), dtype=bool)
            chosen[spec.id][rows] = True
    for name in wanted.keys() - known:
        refuse(name, "is a property of none of these layers")
    return chosen


def _compiled(
    release: OpenRelease, layers: tuple[LayerSpec, ...], query: Mapping[str, str]
) -> dict[str, Filter]:
    """Read a CQL2 filter for the layers that have what it names; for one of them at least."""
    if "filter" not in query:
        return {}
    found: dict[str, Filter] = {}
    fault = ""
    for spec in layers:
        try:
            tree = read_filter(query["filter"], query.get("filter-lang", LANGUAGES[0]))
            found[spec.id] = compile_filter(tree, release.table(spec.id).kinds)
        except FilterError as error:
            fault = fault or str(error)
    if not found:
        refuse("filter", fault)
    return found


def filters_of(request: Request, release: OpenRelease, names: str) -> dict[str, str]:
    """Take the filters out of a query, refusing what neither is one nor is declared by the route.

    Parameters
    ----------
    request : Request
        The request, already routed.
    release : OpenRelease
        The release asked.
    names : str
        Names of layers with commas between.

    Returns
    -------
    dict
        Filters by name.

    Raises
    ------
    ProblemError
        400.
    """
    if not request.url.query:
        return {}
    declared = declared_query(request)
    properties = {
        name for spec in split_layers(release, names) for name in release.table(spec.id).filterable()
    }
    check_query(request, declared | properties)
    return {
        name: value
        for name, value in request.query_params.items()
        if name in _FILTERS or name not in declared
    }
