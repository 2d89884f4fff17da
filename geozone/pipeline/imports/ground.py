"""Blocks, roads and homes into the workspace: what is known below the commune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geozone.pipeline.imports.results import TableImport
from geozone.types import Progress, no_progress
from geozone.workspace import Workspace
from geozone.zoning import Land, People, PeoplePoints
from geozone.zoning.blocks import (
    BlockFile,
    GroundTable,
    PeopleFile,
    RoadFile,
    read_blocks,
    read_people,
    read_roads,
)

__all__ = ["PeopleImport", "import_blocks", "import_people", "import_roads"]

_FAR_OFF = 0.1


def import_blocks(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    add: bool = False,
    licence: str = "",
    progress: Progress = no_progress,
) -> tuple[BlockFile, TableImport]:
    """Import polygons below the commune, that zones are then made of.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        GeoJSON, GeoParquet, GeoPackage or Shapefile of hamlets, residential groups, city blocks or buildings.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    kind : str, optional
        ``hamlet``, ``block`` or ``building``: kind of the rows that tell none.
    add : bool
        Whether to keep those of other files.
    licence : str
        Licence of the file, kept with it.
    progress : callable
        Told of each stage.

    Returns
    -------
    file : BlockFile
        What was read, and what was mended.
    done : TableImport
        What came of it.

    Raises
    ------
    DataError
        If the file cannot be used; nothing changes.
    """
    bounds = _bounds(workspace)
    read = read_blocks(path, columns=columns, kind=kind, licence=licence, bounds=bounds, progress=progress)
    table = GroundTable.of(read.table, read.source)
    before = workspace.ground_table("blocks") if add else None
    changed = workspace.set_ground_table(
        "blocks", table if before is None else table.added_to(before, "block_code")
    )
    return read, TableImport(len(read.table), read.faults, changed)


def import_roads(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    add: bool = False,
    licence: str = "",
    progress: Progress = no_progress,
) -> tuple[RoadFile, TableImport]:
    """Import roads, rivers and railways, for checkpoints and as the bounds of blocks.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        GeoJSON, GeoParquet, GeoPackage or Shapefile of lines.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    kind : str, optional
        Kind of the rows that tell none.
    add : bool
        Whether to keep those of other files, such as rivers beside roads.
    licence : str
        Licence of the file, kept with it.
    progress : callable
        Told of each stage.

    Returns
    -------
    file : RoadFile
        What was read.
    done : TableImport
        What came of it.

    Raises
    ------
    DataError
        If the file cannot be used; nothing changes.
    """
    bounds = _bounds(workspace)
    read = read_roads(path, columns=columns, kind=kind, licence=licence, bounds=bounds, progress=progress)
    table = GroundTable.of(read.table, read.source)
    before = workspace.ground_table("roads") if add else None
    changed = workspace.set_ground_table(
        "roads", table if before is None else table.added_to(before, "road_id")
    )
    return read, TableImport(len(read.table), read.faults, changed)


@dataclass(frozen=True, slots=True)
class PeopleImport:
    """What came of importing homes or a population grid.

    Attributes
    ----------
    read : PeopleFile
        What was read.
    done : TableImport
        What came of it.
    residents : float
        People at the points in force.
    households : float
        Households there; nan if no file tells them.
    outside : int
        Points in force that lie in no commune.
    communes : DataFrame
        ``code, name, points, residents, population, differs`` by commune with a point: what the points add
        up to beside the population in force, and whether that is over a tenth away from it.
    """

    read: PeopleFile
    done: TableImport
    residents: float
    households: float
    outside: int
    communes: pd.DataFrame


def import_people(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    homes: bool = False,
    add: bool = False,
    licence: str = "",
    progress: Progress = no_progress,
) -> PeopleImport:
    """Import homes or a population grid: residents and households inside zones are then counted by them.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        CSV, XLSX, Parquet or GeoJSON of points.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    homes : bool
        Whether each row is one household.
    add : bool
        Whether to keep those of other files.
    licence : str
        Licence of the file, kept with it.
    progress : callable
        Told of each stage.

    Returns
    -------
    PeopleImport
        What was read, and how it compares with the population of the communes.

    Raises
    ------
    DataError
        If the file cannot be used; nothing changes.
    """
    read = read_people(path, columns=columns, homes=homes, licence=licence, progress=progress)
    table = GroundTable.of(read.table, read.source)
    before = workspace.ground_table("people") if add else None
    kept = table if before is None else table.added_to(before, "point_id")
    changed = workspace.set_ground_table("people", kept)
    points = PeoplePoints.of(kept.table)
    land = Land.of(workspace.units())
    communes = _beside_population(points, land, workspace.store.population())
    told = np.isfinite(points.households).any()
    return PeopleImport(
        read,
        TableImport(len(read.table), read.faults, changed),
        float(np.nansum(points.residents)),
        float(np.nansum(points.households)) if told else float("nan"),
        int((points.communes(land) < 0).sum()),
        communes,
    )


def _beside_population(points: PeoplePoints, land: Land, population: pd.DataFrame) -> pd.DataFrame:
    """Add the points up by commune, beside the population in force."""
    commune = points.communes(land)
    inside = commune >= 0
    number = np.bincount(commune[inside], minlength=len(land))
    people = np.bincount(commune[inside], np.nan_to_num(points.residents[inside]), minlength=len(land))
    rows = np.flatnonzero(number)
    counts = People.of(population, land).counts
    known = np.full(len(land), np.nan) if counts is None else counts
    with np.errstate(invalid="ignore"):
        differs = np.abs(people - known) > _FAR_OFF * known
    return pd.DataFrame(
        {
            "code": land.codes[rows],
            "name": land.names[rows],
            "points": number[rows],
            "residents": people[rows],
            "population": known[rows],
            "differs": differs[rows],
        }
    )


def _bounds(workspace: Workspace) -> tuple[float, float, float, float]:
    west, south, east, north = workspace.units().communes.total_bounds.tolist()
    return west, south, east, north
