"""What the service is told from outside; it reads no environment of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geozone.release.signing import Trust
from geozone.tiles import CUT_BYTES

if TYPE_CHECKING:
    from geozone.api.base_map import BaseMap
    from geozone.places import Gazetteer

__all__ = ["ServiceOptions"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """Options of the service.

    Attributes
    ----------
    title : str
        Name shown in documents.
    base_url : str, optional
        Public address, such as ``https://map.example.vn``, behind a proxy; else links use the
        address that the request was sent to.
    cors_origins : tuple of str
        Origins whose pages may read the service; ``("*",)`` for any.
    cache : Path, optional
        Folder for prepared outlines, which can be made again.
    tile_cache_bytes, page_cache_bytes : int
        Memory for finished tiles and pages.
    cut_bytes : int
        Memory for what tiles have shown of one set of outlines: drawn again from it when a release changes
        what is said of them.
    text_bytes : int
        Memory for outlines written as GeoJSON.
    open_releases : int
        Releases held in memory at once.
    prepare : bool
        Whether to prepare outlines in the background when the service starts.
    trust : callable
        Gives the keys of the office that publishes, and the history it has signed; by default nobody is
        trusted, and the page of a release says so.
    gazetteer : callable, optional
        Gives the streets and hamlets that the search finds beside communes, or none; the same object while
        the same ones are in force.
    base_map : BaseMap, optional
        A map beneath the map; none by default.
    shared_metrics : Path, optional
        Folder in which several processes keep their counts together.
    """

    title: str = "geozone"
    base_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    cache: Path | None = None
    tile_cache_bytes: int = 128 * _MIB
    page_cache_bytes: int = 64 * _MIB
    cut_bytes: int = CUT_BYTES
    text_bytes: int = 64 * _MIB
    open_releases: int = 4
    prepare: bool = True
    trust: Callable[[], Trust] = Trust
    gazetteer: Callable[[], Gazetteer | None] | None = None
    base_map: BaseMap | None = None
    shared_metrics: Path | None = None
