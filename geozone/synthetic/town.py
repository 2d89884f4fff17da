"""Make a town up: streets, alleys, a river with bridges, and blocks with their residents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.errors import StoreError
from geozone.geodesy import LocalFrame, area_km2
from geozone.schema import BLOCKS, ROADS

__all__ = ["Town", "TownFiles", "make_town", "write_town"]

FloatArray = npt.NDArray[np.float64]

_TREES = (
    "Hoa Sữa", "Bằng Lăng", "Phượng Vĩ", "Sao Đen", "Hoàng Lan", "Ngọc Lan", "Lộc Vừng", "Hoa Gạo",
    "Long Não", "Hoa Ban", "Cơm Nguội", "Sấu Già", "Muồng Vàng", "Đa Xanh", "Tre Ngà", "Sen Hồng",
)  # fmt: skip
_WARP_M = 28.0
_EVERY_MAIN = 6
_DROPPED = 0.13
_WITH_ALLEY = 0.45
_RIVER_SHARE = 0.44
_BRIDGE_EVERY = 2
_PARKS = 0.05
_TOWERS = 0.04
_PEOPLE_A_HOUSEHOLD = 3.6
_LEAST_HOME_KM2 = 0.003


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """A made-up town.

    Attributes
    ----------
    roads : GeoDataFrame
        `geozone.schema.ROADS` with lines: main roads, streets, alleys and the river.
    blocks : GeoDataFrame
        `geozone.schema.BLOCKS` with polygons: what the streets and the river enclose.
    homes : ndarray of float64, shape (n, 2)
        Longitudes and latitudes of places in the blocks with most people, the middle of the town first, for
        cases to live in.
    seed : int
        Seed it was made with.
    """

    roads: gpd.GeoDataFrame
    blocks: gpd.GeoDataFrame
    homes: FloatArray
    seed: int


@dataclass(frozen=True, slots=True)
class TownFiles:
    """The files of a made-up town."""

    blocks: Path
    roads: Path


class _Grid(NamedTuple):
    """Crossings of a bent grid, metres from the middle, shape (n, n, 2), and which are left of the river."""

    points: FloatArray
    west: npt.NDArray[np.bool_]


def make_town(
    lon: float,
    lat: float,
    *,
    seed: int = 2021,
    side_m: float = 3_600.0,
    spacing_m: float = 90.0,
    residents: float | None = None,
) -> Town:
    """Make up a town.

    Parameters
    ----------
    lon, lat : float
        Its middle, degrees.
    seed : int
        The same seed makes the same town.
    side_m : float
        Width and height, metres.
    spacing_m : float
        Distance between streets, metres.
    residents : float, optional
        People in all; by default as many as a dense town has.

    Returns
    -------
    Town
        Streets do not cross the river except on the main roads' bridges.

    Raises
    ------
    ValueError
        If the town has less than four streets a side.
    """
    count = round(side_m / spacing_m) + 1
    if count < 4:
        raise ValueError("a town has at least four streets a side")
    rng = np.random.default_rng(seed)
    grid = _bent_grid(count, spacing_m, rng)
    river = _river(grid, spacing_m)
    roads, bank = _streets(grid, rng)
    roads += _to_the_river(bank, river)
    walls = list(range(len(roads)))
    roads += _alleys(grid, rng)
    roads.append(("Sông Đào", "river", river))
    frame = LocalFrame(lon, lat)
    lines = [
        shapely.LineString(np.column_stack(frame.to_degrees(*np.asarray(line).T))) for _, _, line in roads
    ]
    table = pd.DataFrame(
        {
            "road_id": [f"t{i:05d}" for i in range(len(roads))],
            "name": pd.Series([name for name, _, _ in roads], dtype="str"),
            "kind": [kind for _, kind, _ in roads],
            "passable": [kind != "river" for _, kind, _ in roads],
        }
    )
    shaped = gpd.GeoDataFrame(ROADS.conform(table), geometry=lines, crs="EPSG:4326")
    blocks = _blocks(np.array(lines, dtype=object)[[*walls, len(lines) - 1]], (lon, lat), side_m, rng)
    if residents is not None:
        blocks["residents"] = np.rint(blocks["residents"] * residents / blocks["residents"].sum())
        blocks["households"] = np.ceil(blocks["residents"] / _PEOPLE_A_HOUSEHOLD)
    return Town(shaped, blocks, _homes(blocks, (lon, lat)), seed)


_KIND_WORDS = {"primary": "Đường tỉnh", "street": "Phố", "alley": "Ngõ", "river": "Sông"}


def write_town(town: Town, folder: str | Path) -> TownFiles:
    """Write a town as the files a district would hand over.

    Parameters
    ----------
    town : Town
        A made-up town.
    folder : str or Path
        Folder to write into; made if it is not there.

    Returns
    -------
    TownFiles
        ``blocks.geojson`` and ``roads.geojson`` with Vietnamese headers.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    folder = Path(folder)
    files = TownFiles(folder / "blocks.geojson", folder / "roads.geojson")
    blocks = town.blocks.rename(
        columns={
            "block_code": "Mã tổ dân phố",
            "name": "Tên tổ dân phố",
            "residents": "Số nhân khẩu",
            "households": "Số hộ",
        }
    )
    roads = town.roads.assign(kind=town.roads["kind"].map(_KIND_WORDS)).drop(columns="passable")
    roads = roads.rename(columns={"road_id": "Mã đường", "name": "Tên đường", "kind": "Loại đường"})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, table in ((files.blocks, blocks), (files.roads, roads)):
            path.write_text(table.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder.name}: cannot be written ({error.strerror})") from error
    return files


def _bent_grid(count: int, spacing_m: float, rng: np.random.Generator) -> _Grid:
    middle = (count - 1) / 2
    column, row = np.meshgrid(np.arange(count) - middle, np.arange(count) - middle)
    at = np.stack([column, row], axis=-1) * spacing_m
    for _ in range(6):
        wave = rng.normal(0, 1.6 / (count * spacing_m), 2) * 2 * np.pi
        push = rng.normal(0, _WARP_M, 2)
        at = at + np.sin(at @ wave + rng.uniform(0, 2 * np.pi))[..., None] * push
    at = at + rng.uniform(-0.06, 0.06, at.shape) * spacing_m
    return _Grid(at, at[..., 0] < _river_x(at[..., 1], count * spacing_m))


def _river_x(y: FloatArray, side_m: float) -> FloatArray:
    """Tell where the river is at a height, metres: it winds through the town east of its middle."""
    return np.asarray(
        (_RIVER_SHARE - 0.4) * side_m
        + 0.05 * side_m * np.sin(y / side_m * 7)
        + 0.02 * side_m * np.cos(y / side_m * 17)
    )


def _river(grid: _Grid, spacing_m: float) -> FloatArray:
    side_m = len(grid.points) * spacing_m
    y = np.linspace(grid.points[..., 1].min() - spacing_m, grid.points[..., 1].max() + spacing_m, 400)
    return np.column_stack([_river_x(y, side_m), y])


Roads = list[tuple[str | None, str, FloatArray]]


def _streets(grid: _Grid, rng: np.random.Generator) -> tuple[Roads, Roads]:
    """Lay streets along rows and columns, broken by gaps and, without a bridge, by the river; and those."""
    roads: Roads = []
    bank: Roads = []
    count = len(grid.points)
    for along in (0, 1):
        places = grid.points if along == 0 else grid.points.transpose(1, 0, 2)
        west = grid.west if along == 0 else grid.west.T
        for i in range(count):
            main = i % _EVERY_MAIN == _EVERY_MAIN // 2
            bridge = main and (i // _EVERY_MAIN) % _BRIDGE_EVERY == 0
            kept = np.ones(count - 1, dtype=bool) if main else rng.random(count - 1) >= _DROPPED
            kept &= (west[i, 1:] == west[i, :-1]) | bridge
            if i in (0, count - 1):
                kept = west[i, 1:] == west[i, :-1]
            tree = _TREES[(i + 5 * along) % len(_TREES)]
            way = ("Đường" if main else "Phố", tree, 2 * (i // len(_TREES)) + 1 + along)
            name, kind = " ".join(map(str, way)), "primary" if main else "street"
            edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
            roads += [(name, kind, places[i, a : b + 1]) for a, b in edges.reshape(-1, 2).tolist()]
            over = np.flatnonzero((west[i, 1:] != west[i, :-1]) & ~kept)
            bank += [(name, kind, places[i, j : j + 2]) for j in over.tolist()]
    return roads, bank


def _to_the_river(bank: Roads, river: FloatArray) -> Roads:
    """Lead streets that have no bridge up to the river from both sides."""
    water = shapely.LineString(river)
    roads: Roads = []
    for name, kind, ends in bank:
        met = shapely.get_coordinates(shapely.intersection(shapely.LineString(ends), water))
        if len(met) == 1:
            roads += [(name, kind, np.stack([end, met[0]])) for end in ends]
    return roads


def _alleys(grid: _Grid, rng: np.random.Generator) -> Roads:
    """Lay blind alleys from the middle of a stretch into the block beside it."""
    roads: Roads = []
    count = len(grid.points)
    for row in range(count - 1):
        for column in range(count - 1):
            if rng.random() >= _WITH_ALLEY:
                continue
            corner = grid.points[row : row + 2, column : column + 2]
            foot = corner[0].mean(axis=0)
            tip = foot + (corner[1].mean(axis=0) - foot) * rng.uniform(0.4, 0.75)
            same = grid.west[row : row + 2, column : column + 2]
            if same.all() or not same.any():
                name = f"Ngõ {2 * len(roads) + 1}" if rng.random() < 0.7 else None
                roads.append((name, "alley", np.stack([foot, tip])))
    return roads


def _blocks(
    lines: npt.NDArray[np.object_], middle: tuple[float, float], side_m: float, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Take what the streets enclose, with more people towards the middle, parks and towers."""
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=1e-8))
    faces = np.asarray(shapely.get_parts(shapely.polygonize(noded)), dtype=object)
    inside = shapely.point_on_surface(faces)
    order = np.lexsort((shapely.get_x(inside), -shapely.get_y(inside)))
    faces, inside = faces[order], inside[order]
    x, y = LocalFrame(*middle).to_metres(shapely.get_x(inside), shapely.get_y(inside))
    far = np.hypot(x, y) / side_m
    density = 4_000 + 22_000 * np.exp(-((far / 0.28) ** 2))
    luck = rng.lognormal(0, 0.45, len(faces))
    kind = rng.random(len(faces))
    luck[kind < _PARKS] = 0
    luck[kind > 1 - _TOWERS] *= 5
    residents = np.rint(density * luck * area_km2(faces))
    table = pd.DataFrame(
        {
            "block_code": [f"TDP-{i + 1:04d}" for i in range(len(faces))],
            "name": pd.Series([f"Tổ dân phố {i + 1}" for i in range(len(faces))], dtype="str"),
            "residents": residents,
            "households": np.ceil(residents / _PEOPLE_A_HOUSEHOLD),
        }
    )
    return gpd.GeoDataFrame(BLOCKS.conform(table), geometry=list(faces), crs="EPSG:4326")


def _homes(blocks: gpd.GeoDataFrame, middle: tuple[float, float]) -> FloatArray:
    """Give places in inhabited blocks, from the middle outwards."""
    lived = blocks[(blocks["residents"] > 0) & (area_km2(blocks.geometry.to_numpy()) > _LEAST_HOME_KM2)]
    inside = shapely.point_on_surface(lived.geometry.to_numpy())
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    x, y = LocalFrame(*middle).to_metres(lon, lat)
    order = np.argsort(np.hypot(x, y), kind="stable")
    return np.column_stack([lon, lat])[order]
