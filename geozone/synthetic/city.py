"""A made-up city: curved streets with houses on both sides, alleys and hamlets, laid over real communes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geozone.geodesy import LocalFrame
from geozone.synthetic.clusters import point_inside
from geozone.synthetic.words import FAMILY_NAMES, HAMLETS, MIDDLE_NAMES, STREETS

__all__ = ["City", "make_city"]

_STEP_M: Final = 40.0
_NUMBERS_PER_M: Final = (0.16, 0.34)
"""House numbers per metre of street, both sides together."""
_SETBACK_M: Final = 9.0
_ALLEY_EVERY: Final = 25
"""Houses from one alley to the next, on the average."""
_ALLEY_M: Final = (50.0, 240.0)
_PLOT_M: Final = 7.0
_KINDS: Final = ("Phố", "Đường")


class City(NamedTuple):
    """Streets, houses and hamlets with names that addresses are made of."""

    streets: gpd.GeoDataFrame
    """``name, highway`` and ``geometry`` (lines, EPSG:4326): streets, and alleys long enough to be mapped."""
    houses: pd.DataFrame
    """``number, alleys`` (``12/34``, empty on the street), ``street, lon, lat`` of every house."""
    hamlets: gpd.GeoDataFrame
    """``name, place, commune`` and ``geometry`` (areas)."""


class _Way(NamedTuple):
    name: str
    points: NDArray[np.float64]
    """Metres east and north of the middle of its commune."""


def make_city(communes: gpd.GeoDataFrame, *, streets: int, seed: int) -> City:
    """Make up a city.

    Parameters
    ----------
    communes : GeoDataFrame
        `geozone.schema.UNITS` with ``geometry``: streets begin in their middle, and run on into the next.
    streets : int
        How many; a name is given to several, far apart or not.
    seed : int
        The same gives the same.

    Returns
    -------
    City
        Nothing in it exists.
    """
    rng = np.random.default_rng(seed)
    names = _names(max(12, streets // 2), rng)
    lines: list[dict[str, Any]] = []
    houses: list[pd.DataFrame] = []
    for _ in range(streets):
        start = point_inside(communes.geometry.iloc[int(rng.integers(len(communes)))], rng)
        frame = LocalFrame(start[0], start[1])
        way = _Way(names[int(rng.integers(len(names)))], _walk(rng.uniform(350, 2_600), rng))
        lines.append(_row(way.name, way.points, frame))
        houses.append(_houses(way, frame, lines, rng))
    table = pd.DataFrame(lines)
    drawn = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=table["geometry"], crs=4326)
    return City(drawn, pd.concat(houses, ignore_index=True), _hamlets(communes, rng))


def _names(count: int, rng: np.random.Generator) -> list[str]:
    """Make names of streets: a few of every town, the others of people who never lived."""
    names = dict.fromkeys(STREETS)
    while len(names) < count:
        middle = MIDDLE_NAMES["male"][int(rng.integers(4))]
        given = HAMLETS[int(rng.integers(len(HAMLETS)))]
        names[f"{FAMILY_NAMES[int(rng.integers(len(FAMILY_NAMES)))]} {middle} {given}"] = None
        if rng.random() < 0.3:
            names[f"Đường số {int(rng.integers(1, 60))}"] = None
    return [name if name.startswith("Đường") else f"{_KINDS[int(rng.integers(2))]} {name}" for name in names]


def _walk(length_m: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Walk a curve of some length."""
    steps = max(3, int(length_m / _STEP_M))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.06, steps))
    moves = _STEP_M * np.column_stack([np.cos(heading), np.sin(heading)])
    return np.concatenate([[[0.0, 0.0]], np.cumsum(moves, axis=0)])


def _row(name: str, points: NDArray[np.float64], frame: LocalFrame) -> dict[str, Any]:
    lon, lat = frame.to_degrees(points[:, 0], points[:, 1])
    return {"name": name, "highway": "residential", "geometry": shapely.linestrings(lon, lat)}


def _at(points: NDArray[np.float64], along: NDArray[np.float64], aside: NDArray[np.float64]) -> NDArray[Any]:
    """Points some way along a walk and aside of it, metres."""
    line = shapely.linestrings(points)
    on = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, along + 1.0))
    back = shapely.get_coordinates(shapely.line_interpolate_point(line, along - 1.0))
    way = np.where((along < shapely.length(line) - 1.0)[:, None], ahead - on, on - back)
    way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    return on + aside[:, None] * np.column_stack([-way[:, 1], way[:, 0]])


def _houses(
    way: _Way, frame: LocalFrame, lines: list[dict[str, Any]], rng: np.random.Generator
) -> pd.DataFrame:
    """Build on both sides, odd numbers on the left, and along the alleys."""
    length = float(shapely.length(shapely.linestrings(way.points)))
    last = int(length * rng.uniform(*_NUMBERS_PER_M))
    number = np.flatnonzero(rng.random(last + 1) < 0.8)[1:]
    along = np.clip(number / max(1, last) * length + rng.normal(0, 3.0, len(number)), 0, length)
    aside = np.where(number % 2 == 1, 1.0, -1.0) * (_SETBACK_M + rng.normal(0, 1.5, len(number)))
    at = _at(way.points, along, aside)
    tables = [_table(number, "", way.name, at, frame)]
    for i in np.flatnonzero(rng.random(len(number)) < 1 / _ALLEY_EVERY).tolist():
        mouth = _at(way.points, along[i : i + 1], np.zeros(1))[0]
        out = at[i] - mouth
        depth = rng.uniform(*_ALLEY_M)
        end = mouth + out / np.hypot(*out) * depth
        path = np.array([mouth, (mouth + end) / 2 + rng.normal(0, 6.0, 2), end])
        if rng.random() < 0.5:
            lines.append(_row(f"Ngõ {number[i]} {way.name}", path, frame))
        inner = np.arange(1, max(2, int(depth / _PLOT_M * 2)))
        places = _at(path, np.clip(inner / 2 * _PLOT_M, 0, depth), np.where(inner % 2 == 1, 5.0, -5.0))
        tables.append(_table(inner, str(number[i]), way.name, places, frame))
    return pd.concat(tables, ignore_index=True)


def _table(
    number: NDArray[np.int64], alleys: str, street: str, at: NDArray[np.float64], frame: LocalFrame
) -> pd.DataFrame:
    lon, lat = frame.to_degrees(at[:, 0], at[:, 1])
    return pd.DataFrame({"number": number, "alleys": alleys, "street": street, "lon": lon, "lat": lat})


def _hamlets(communes: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Give every rural commune three hamlets of different names."""
    rows: list[dict[str, Any]] = []
    rural = communes[communes["kind"].str.lower() == "xã"]
    for code, geometry in zip(rural["code"], rural.geometry, strict=True):
        for which in rng.permutation(len(HAMLETS))[:3].tolist():
            lon, lat = point_inside(geometry, rng)
            turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
            radius = rng.uniform(120, 450)
            ring = LocalFrame(lon, lat).to_degrees(radius * np.cos(turn), radius * np.sin(turn))
            shape = shapely.polygons(np.column_stack(ring))
            rows.append(
                {"name": f"Thôn {HAMLETS[which]}", "place": "hamlet", "commune": code, "geometry": shape}
            )
    table = pd.DataFrame(rows, columns=["name", "place", "commune", "geometry"])
    return gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=table["geometry"], crs=4326)
