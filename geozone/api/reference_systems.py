"""Coordinate reference systems of the service (OGC API Features, Part 2): axis order, both directions."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyproj import Transformer

__all__ = ["CRS84", "DEFAULT", "REFERENCE_SYSTEMS", "ReferenceSystem", "find_reference_system"]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""Longitude and latitude on WGS 84: the system of the data, of GeoJSON and of every default."""
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_CURIE = re.compile(r"\[?(EPSG|OGC):(\w+)\]?")
_URI = re.compile(r"https?://www\.opengis\.net/def/crs/(EPSG|OGC)/[\d.]+/(\w+)")
_URN = re.compile(r"urn:ogc:def:crs:(EPSG|OGC):[\d.]*:(\w+)")
Coordinates = NDArray[np.float64]


class ReferenceSystem(NamedTuple):
    """A system that coordinates may be asked for, and given, in.

    Attributes
    ----------
    uri : str
        Its name.
    epsg : int, optional
        Its EPSG code.
    is_geographic : bool
        Whether coordinates are degrees.
    is_latitude_first : bool
        Whether the first axis points north.
    """

    uri: str
    epsg: int | None
    is_geographic: bool = False
    is_latitude_first: bool = False

    @property
    def decimals(self) -> int:
        """Decimals of a written coordinate: about a tenth of a metre, or a centimetre."""
        return 6 if self.is_geographic else 2

    def from_lonlat(self, coordinates: Coordinates) -> Coordinates:
        """Turn longitude and latitude into this system.

        Parameters
        ----------
        coordinates : ndarray of shape (n, 2)
            Longitude and latitude on WGS 84, degrees.

        Returns
        -------
        ndarray of shape (n, 2)
            Coordinates in the order of its axes; infinite where it has none.
        """
        return self._turned(coordinates, "FORWARD")

    def to_lonlat(self, coordinates: Coordinates) -> Coordinates:
        """Turn coordinates of this system into longitude and latitude.

        Parameters
        ----------
        coordinates : ndarray of shape (n, 2)
            Coordinates in the order of its axes.

        Returns
        -------
        ndarray of shape (n, 2)
            Longitude and latitude on WGS 84, degrees; infinite where there is none.
        """
        return self._turned(coordinates, "INVERSE")

    def _turned(self, coordinates: Coordinates, direction: str) -> Coordinates:
        if self.is_geographic:
            return coordinates[:, ::-1] if self.is_latitude_first else coordinates
        x, y = _transformer(self.uri).transform(coordinates[:, 0], coordinates[:, 1], direction=direction)
        return np.column_stack([x, y])


_GEOGRAPHIC = (
    ReferenceSystem(CRS84, None, is_geographic=True),
    ReferenceSystem(f"{_EPSG}4326", 4326, is_geographic=True, is_latitude_first=True),
)
# Web Mercator; VN-2000 in UTM 48N and 49N; WGS 84 in UTM 48N and 49N; VN-2000 TM-3: the zones of the
# provinces (103-00 to 108-30), zones 481, 482, 491 and 107-45. All are easting, northing.
_PROJECTED = (3857, 3405, 3406, 32648, 32649, *range(9205, 9219), *range(5896, 5900))
REFERENCE_SYSTEMS: dict[str, ReferenceSystem] = {
    system.uri: system
    for system in (*_GEOGRAPHIC, *(ReferenceSystem(f"{_EPSG}{code}", code) for code in _PROJECTED))
}
"""Every system, by name, the default first."""
DEFAULT = REFERENCE_SYSTEMS[CRS84]
"""Longitude and latitude on WGS 84."""


def find_reference_system(text: str) -> ReferenceSystem | None:
    """Find a system by its URI, URN or short name (``EPSG:3405``).

    Parameters
    ----------
    text : str
        Its name.

    Returns
    -------
    ReferenceSystem or None
        ``None`` where the service does not have it.
    """
    for form in (_URI, _CURIE, _URN):
        found = form.fullmatch(text)
        if found is not None:
            uri = CRS84 if (found[1], found[2]) == ("OGC", "CRS84") else f"{_EPSG}{found[2]}"
            return REFERENCE_SYSTEMS.get(uri) if found[1] == "EPSG" or uri == CRS84 else None
    return None


@functools.cache
def _transformer(uri: str) -> Transformer:
    """Make the transformation to a system, safe between threads.

    The operation is chosen once, by accuracy and area, for all of the country: left to itself PROJ
    chooses point by point, and neighbours could be moved by different operations.
    """
    from pyproj import Transformer  # noqa: PLC0415 - made when first asked for
    from pyproj.transformer import TransformerGroup  # noqa: PLC0415

    best = TransformerGroup("OGC:CRS84", f"EPSG:{REFERENCE_SYSTEMS[uri].epsg}", always_xy=True).transformers[
        0
    ]
    make: Callable[[str], Transformer] = Transformer.from_pipeline
    return make(best.definition)
