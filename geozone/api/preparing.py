"""Outlines prepared ahead of the first request: those of the first view at once, the rest behind it."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from geozone.api.catalogue import Catalogue
from geozone.api.open_release import OpenRelease
from geozone.api.options import ServiceOptions
from geozone.api.place_names import PlaceSearch
from geozone.api.protocols import Releases
from geozone.api.search import NameIndexes
from geozone.api.service import Service
from geozone.api.summary import first_view
from geozone.errors import StoreError
from geozone.tiles.mercator import touched_tiles
from geozone.types import Progress, no_progress

__all__ = ["first_zooms", "prepare_current", "prepare_first_view"]

_log = logging.getLogger("geozone.api")
_COARSEST, _FINEST = 5, 10  # zooms that are prepared as a whole; finer ones are cut from the source
_LAST_CUT = 12  # of finer zooms a tile is drawn at once, and there are too many
_NARROW, _WIDE = 360, 1920  # pixels across: a phone and a wall
_TILE = 512  # pixels of a tile on the page
_SETTLE_S = 4.0  # the first visitor's requests are not kept waiting for zooms that nobody looks at yet
_MESH = "communes"  # the one layer of many outlines
_PAUSE_S = 0.002
_SOUTHMOST, _NORTHMOST = -85.05, 85.05


def first_zooms(box: tuple[float, float, float, float]) -> range:
    """Find the zooms at which screens from a phone to a wall show a box as a whole.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north, degrees.

    Returns
    -------
    range
        Of the zooms that are prepared as a whole: 5 to 10.
    """
    west, south, east, north = box
    across = max((east - west) / 360, abs(_mercator(north) - _mercator(south)), 1e-9)
    lowest, highest = (math.floor(math.log2(pixels / _TILE / across)) for pixels in (_NARROW, _WIDE))
    low = min(max(lowest, _COARSEST), _FINEST)
    return range(low, min(max(highest, low), _FINEST) + 1)


def prepare_first_view(releases: Releases, cache: Path, *, progress: Progress = no_progress) -> None:
    """Prepare what the map of the current release opens with, so that its first start is a quick one.

    Outlines that an earlier release has too are prepared already. Nothing is lost if it is stopped.

    Parameters
    ----------
    releases : Releases
        The store of releases.
    cache : Path
        Folder of prepared outlines.
    progress : callable
        Told of each zoom.
    """
    release = Catalogue(releases, ServiceOptions(cache=cache)).current()
    if release is None:
        return
    zooms = _zooms_of(release)
    for done, zoom in enumerate(zooms):
        progress("first view", done, len(zooms))
        for spec in release.layers:
            _try(partial(_prepare_zoom, release, spec.id, zoom))
    progress("first view", len(zooms), len(zooms))


def prepare_current(
    service: Service, names: NameIndexes, stop: threading.Event, places: PlaceSearch | None = None
) -> None:
    """Prepare the current release in the background; a fault shows again where a request meets it.

    Parameters
    ----------
    service : Service
        Shared state.
    names : NameIndexes
        Names for the search.
    stop : Event
        Ends it between two steps.
    places : PlaceSearch, optional
        Streets and hamlets for the search.
    """
    try:
        for step in _preparations(service, names, stop, places):
            if stop.is_set():
                return
            _try(step)
    except Exception:  # noqa: BLE001 - the thread only saves time: whatever happens, the service goes on
        _log.exception("the current release could not be prepared")


def _try(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # noqa: BLE001 - whatever one step meets, the others do not depend on it
        _log.exception("one step of preparing the current release failed; the next ones follow")


def _preparations(
    service: Service, names: NameIndexes, stop: threading.Event, places: PlaceSearch | None
) -> Iterator[Callable[[], object]]:
    """List what there is to do: what is seen first comes first."""
    release = service.catalogue.current()
    if release is None:
        return
    first = _zooms_of(release)
    others = [zoom for zoom in range(_COARSEST, _FINEST + 1) if zoom not in first]
    for zoom in (*first, *others):
        for spec in release.layers:
            yield partial(_prepare_zoom, release, spec.id, zoom)
        if zoom == first[-1]:
            yield partial(stop.wait, _SETTLE_S)
            yield partial(names.of, release)
            if places is not None:
                yield partial(places.prepare, release)
            for line in service.catalogue.lines():
                yield partial(service.catalogue.levels, line.digest)
    if release.has(_MESH):
        for zoom in (*first, *others, *range(_FINEST + 1, _LAST_CUT + 1)):
            for x, y in sorted(touched_tiles(release.table(_MESH).boxes, zoom)):
                yield partial(_cut, release, (zoom, x, y), stop)


def _zooms_of(release: OpenRelease) -> range:
    try:
        return first_zooms(first_view(release))
    except StoreError:
        _log.exception("one step of preparing the current release failed; the next ones follow")
        return range(_COARSEST, _FINEST + 1)


def _prepare_zoom(release: OpenRelease, layer: str, zoom: int) -> None:
    release.tiles(layer).geometry.prepare(zoom)


def _cut(release: OpenRelease, address: tuple[int, int, int], stop: threading.Event) -> None:
    """Cut the outlines that every tile of the country shows, a little at a time: visitors come first."""
    release.tiles(_MESH).geometry.draw(*address)
    stop.wait(_PAUSE_S)


def _mercator(latitude: float) -> float:
    """Height on the map, as a share of the world's."""
    within = math.radians(min(max(latitude, _SOUTHMOST), _NORTHMOST))
    return math.asinh(math.tan(within)) / (2 * math.pi)
