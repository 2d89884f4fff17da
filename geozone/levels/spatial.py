"""Which units are next to each other, and what zones reach into them."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from shapely import STRtree

__all__ = ["adjacency"]

_TOLERANCE_DEGREES = 0.0002
_KEPT = 4
_cache: OrderedDict[bytes, sparse.csr_matrix] = OrderedDict()


def adjacency(units: gpd.GeoDataFrame) -> sparse.csr_matrix:
    """Find the neighbours of each unit.

    Units are neighbours where their outlines come within about 20 m of each other: outlines from
    public sources do not always share every vertex.

    Parameters
    ----------
    units : GeoDataFrame
        Units with polygons, EPSG:4326.

    Returns
    -------
    scipy.sparse.csr_matrix of bool
        Symmetric, empty diagonal, in table order. Kept for the last few unit sets.
    """
    geometries = units.geometry.to_numpy()
    key = _key(geometries)
    if key in _cache:
        _cache.move_to_end(key)
        return _cache[key]
    tree = STRtree(geometries)
    left, right = tree.query(geometries, predicate="dwithin", distance=_TOLERANCE_DEGREES)
    apart = left != right
    matrix = sparse.csr_matrix(
        (np.ones(int(apart.sum()), dtype=bool), (left[apart], right[apart])),
        shape=(len(geometries), len(geometries)),
    )
    matrix = (matrix + matrix.T).astype(bool).tocsr()
    _cache[key] = matrix
    while len(_cache) > _KEPT:
        _cache.popitem(last=False)
    return matrix


def _key(geometries: NDArray[np.object_]) -> bytes:
    digest = blake2b(shapely.bounds(geometries).tobytes(), digest_size=16)
    digest.update(shapely.get_num_coordinates(geometries).tobytes())
    digest.update(shapely.area(geometries).tobytes())
    return digest.digest()
