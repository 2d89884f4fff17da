"""Where and when the made-up cases fall: clusters that grow by transmission from case to case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geozone.geodesy import degrees_per_metre
from geozone.index import UnitIndex

__all__ = ["Spread", "choose_foci", "point_inside", "spread_cases"]

_SHARE_NEAR, _SHARE_AROUND = 0.68, 0.22
"""Infections in the same alley or lodging house, and in the communes around; the rest anywhere."""
_NEAR_M, _AROUND_M = 90.0, 2200.0
_OVER_SHARE = 0.35
"""Clusters that are over: their last case lies weeks back, so that zones can be lifted."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The cases in space and time, one entry a case, in order of report.

    Attributes
    ----------
    lon, lat : ndarray of float
        True place, degrees.
    day : ndarray of int
        Day of the positive test, counted from the first day.
    parent : ndarray of int
        Position of the infecting case, -1 for the first of a cluster.
    cluster : ndarray of int
        Number of the cluster.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    day: NDArray[np.int64]
    parent: NDArray[np.int64]
    cluster: NDArray[np.int64]


def point_inside(geometry: shapely.Geometry, rng: np.random.Generator) -> tuple[float, float]:
    """Draw a point inside an area, away from its border where it can.

    Parameters
    ----------
    geometry : Geometry
        Polygon or MultiPolygon, degrees.
    rng : Generator
        Source of chance.

    Returns
    -------
    tuple of float
        Longitude and latitude.
    """
    west, south, east, north = (float(edge) for edge in shapely.bounds(geometry))
    middle = shapely.point_on_surface(geometry)
    x, y = float(shapely.get_x(middle)), float(shapely.get_y(middle))
    for _ in range(30):
        lon, lat = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        lon, lat = (lon + x) / 2, (lat + y) / 2
        if shapely.contains_xy(geometry, lon, lat):
            return lon, lat
    return x, y


def choose_foci(
    communes: gpd.GeoDataFrame, names: Sequence[str], number: int, rng: np.random.Generator
) -> list[int]:
    """Choose the communes where clusters begin.

    Parameters
    ----------
    communes : GeoDataFrame
        Communes to choose from.
    names : sequence of str
        Full names that are preferred.
    number : int
        How many; fewer where there are not so many communes.
    rng : Generator
        Source of chance.

    Returns
    -------
    list of int
        Positions in ``communes``.
    """
    full = communes["full_name"].tolist()
    chosen = [full.index(name) for name in names if name in full][:number]
    others = [position for position in range(len(full)) if position not in chosen]
    missing = min(number - len(chosen), len(others))
    return chosen + [int(position) for position in rng.choice(others, size=missing, replace=False)]


def _moved(lon: float, lat: float, distance_m: float, rng: np.random.Generator) -> tuple[float, float]:
    east, north = rng.normal(scale=distance_m, size=2)
    dlon, dlat = degrees_per_metre(lat)
    return lon + float(dlon) * float(east), lat + float(dlat) * float(north)


def _days(size: int, length: int, over: bool, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the days of one cluster: it flares up and, where it is over, dies down early."""
    first = int(rng.integers(0, max(1, length // 4)))
    last = int(length * rng.uniform(0.45, 0.6)) if over else length - 1
    shape = rng.beta(2.0, 1.6, size=size) if over else rng.beta(1.8, 1.0, size=size)
    days = first + np.floor(shape * (last - first + 1)).astype(np.int64)
    days[0] = first
    return np.sort(np.clip(days, first, last))


def spread_cases(
    communes: gpd.GeoDataFrame, foci: Sequence[int], *, cases: int, days: int, rng: np.random.Generator
) -> Spread:
    """Let clusters grow from their first cases.

    Parameters
    ----------
    communes : GeoDataFrame
        Communes that cases may live in.
    foci : sequence of int
        Positions of the communes where clusters begin.
    cases : int
        Cases in all.
    days : int
        Days from the first to the last.
    rng : Generator
        Source of chance.

    Returns
    -------
    Spread
        Every case but the first of its cluster was infected by an earlier one, most of them near it.
    """
    geometry = communes.geometry.to_numpy()
    index = UnitIndex(geometry)
    weights = rng.gamma(1.2, size=len(foci)) + 0.25
    sizes = np.maximum(1, np.floor(weights / weights.sum() * cases).astype(np.int64))
    sizes[np.argmax(sizes)] += cases - int(sizes.sum())
    rows: list[tuple[int, float, float, int, int]] = []
    for cluster, (focus, size) in enumerate(zip(foci, sizes.tolist(), strict=True)):
        over = cluster > 0 and bool(rng.random() < _OVER_SHARE)
        start = len(rows)
        for number, day in enumerate(_days(size, days, over, rng).tolist()):
            if number == 0:
                rows.append((day, *point_inside(geometry[focus], rng), -1, cluster))
                continue
            ages = np.array([day - row[0] for row in rows[start:]], dtype="float64")
            chances = np.exp(-(((ages - 4.8) / 3.0) ** 2)) + 1e-6
            parent = start + int(rng.choice(len(ages), p=chances / chances.sum()))
            rows.append((day, *_place(rows[parent][1:3], geometry, index, rng), parent, cluster))
    order = sorted(range(len(rows)), key=lambda position: (rows[position][0], position))
    rank = {position: place for place, position in enumerate(order)}
    ordered = [rows[position] for position in order]
    return Spread(
        lon=np.array([row[1] for row in ordered]),
        lat=np.array([row[2] for row in ordered]),
        day=np.array([row[0] for row in ordered], dtype=np.int64),
        parent=np.array([rank.get(row[3], -1) for row in ordered], dtype=np.int64),
        cluster=np.array([row[4] for row in ordered], dtype=np.int64),
    )


def _place(
    origin: tuple[float, float], geometry: NDArray[np.object_], index: UnitIndex, rng: np.random.Generator
) -> tuple[float, float]:
    """Place an infected person: near the infecting one, around, or anywhere."""
    how = rng.random()
    if how >= _SHARE_NEAR + _SHARE_AROUND:
        return point_inside(geometry[int(rng.integers(len(geometry)))], rng)
    scale = _NEAR_M if how < _SHARE_NEAR else _AROUND_M
    for _ in range(20):
        lon, lat = _moved(*origin, scale, rng)
        if index.locate(np.array([lon]), np.array([lat]))[0] >= 0:
            return lon, lat
    return origin
