"""Prepared outlines on disk: one file per geometry digest and zoom, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["read_mesh", "write_mesh"]

_RECIPE = 2  # raise it when the preparation changes, so that older files are not read


def _path(folder: Path, digest: str, zoom: int) -> Path:
    return folder / f"{digest}-{_RECIPE}-{zoom}.npz"


def read_mesh(folder: Path, digest: str, zoom: int) -> NDArray[Any] | None:
    """Read prepared polygons.

    Parameters
    ----------
    folder : Path
        Cache folder.
    digest : str
        Digest of the outlines they were made from.
    zoom : int
        Zoom they were made for.

    Returns
    -------
    ndarray of MultiPolygon, or None
        ``None`` where there is no readable file: a cache may always be made again.
    """
    try:
        with (
            _path(folder, digest, zoom).open("rb") as stream,
            np.load(stream, allow_pickle=False) as stored,
        ):
            coordinates = stored["coordinates"].astype(np.float64)
            offsets = tuple(stored[f"offsets_{depth}"] for depth in range(3))
        polygons = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, offsets)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return np.asarray(polygons, dtype=object)[:-1]


def write_mesh(folder: Path, digest: str, zoom: int, polygons: NDArray[Any]) -> None:
    """Write prepared polygons; a disk that refuses leaves no trace and raises nothing.

    Parameters
    ----------
    folder : Path
        Cache folder; made if absent.
    digest : str
        Digest of the outlines they were made from.
    zoom : int
        Zoom they were made for.
    polygons : ndarray of Polygon or MultiPolygon
        Whole grid coordinates.
    """
    # An empty multipolygon at the end makes the array one of multipolygons, whatever is in it.
    closed = np.array([*polygons, shapely.MultiPolygon()], dtype=object)
    _, coordinates, offsets = shapely.to_ragged_array(closed)
    temporary: str | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "wb") as stream:
            np.savez(
                stream,
                coordinates=coordinates.astype(np.int32),
                offsets_0=offsets[0],
                offsets_1=offsets[1],
                offsets_2=offsets[2],
            )
        Path(temporary).replace(_path(folder, digest, zoom))
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
