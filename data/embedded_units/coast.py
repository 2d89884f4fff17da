"""Decode the land polygons of a TopoJSON file (Natural Earth 1:10m, from npm ``world-atlas``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely


def read_land(path: Path, box: tuple[float, float, float, float]) -> shapely.Geometry:
    """Read the land inside a box (west, south, east, north), made valid."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [
        np.cumsum(np.asarray(arc, dtype="float64"), axis=0) * scale + translate for arc in topology["arcs"]
    ]

    def ring(indices: list[int]) -> np.ndarray:
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
        return np.concatenate([part if k == 0 else part[1:] for k, part in enumerate(parts)])

    window = shapely.box(*box)
    pieces = []
    for shape in topology["objects"]["land"]["geometries"]:
        for rings in shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]:
            outer = ring(rings[0])
            west, south = outer.min(axis=0)
            east, north = outer.max(axis=0)
            if west > box[2] or east < box[0] or south > box[3] or north < box[1]:
                continue
            polygon = shapely.make_valid(shapely.Polygon(outer, [ring(hole) for hole in rings[1:]]))
            pieces.append(shapely.intersection(polygon, window))
    return shapely.union_all(pieces)
