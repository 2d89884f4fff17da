"""Imports: a file in, rows in the store; faults listed, nothing half-written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from geozone import linelist
from geozone.admin import (
    AdminUnits,
    UnitsReport,
    load_units,
    read_doses,
    read_population,
    read_units,
    read_ward_changes,
)
from geozone.errors import DataError, Fault
from geozone.places import GazetteerImport, import_gazetteer, read_facilities
from geozone.rules import list_rulesets, load_ruleset, read_committee_figures, read_override_file
from geozone.store import ImportReport
from geozone.types import Edition, PlaceKind, Progress, no_progress
from geozone.workspace import Workspace
from geozone.zoning.blocks import BlockFile, GroundTable, RoadFile, read_blocks, read_roads

__all__ = [
    "CaseImport",
    "TableImport",
    "import_blocks",
    "import_cases",
    "import_committee_figures",
    "import_doses",
    "import_facilities",
    "import_overrides",
    "import_places",
    "import_population",
    "import_roads",
    "import_units",
    "import_ward_changes",
]


@dataclass(frozen=True, slots=True)
class CaseImport:
    """What came of importing a line list.

    Attributes
    ----------
    line_list : LineList
        What was read, with its faults.
    report : ImportReport
        What changed in the store.
    rejects_path : Path or None
        Where the rejected rows were written, to be mended and imported again.
    """

    line_list: linelist.LineList
    report: ImportReport
    rejects_path: Path | None


@dataclass(frozen=True, slots=True)
class TableImport:
    """What came of importing a table.

    Attributes
    ----------
    rows : int
        Rows now in the store from this file.
    faults : tuple of Fault
        Rows left out, and why.
    changed : bool
        Whether the store changed; importing the same file twice changes nothing.
    """

    rows: int
    faults: tuple[Fault, ...]
    changed: bool


def import_units(
    workspace: Workspace,
    path: Path,
    *,
    code_column: str | None = None,
    licence: str = "",
    progress: Progress = no_progress,
) -> tuple[AdminUnits, UnitsReport]:
    """Replace the embedded outlines by a file's.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        GeoJSON, GeoParquet, GeoPackage or Shapefile of communes.
    code_column : str, optional
        Column of the unit code, if it cannot be found.
    licence : str
        Licence of the file, kept with it.
    progress : callable
        Told of each stage.

    Returns
    -------
    units : AdminUnits
        The outlines now in force.
    report : UnitsReport
        What was repaired; overlaps and gaps in km².

    Raises
    ------
    DataError
        If the file cannot be used; nothing changes.
    """
    units, report = read_units(
        path,
        code_column=code_column,
        licence=licence,
        base=load_units(Edition.E2025),
        progress=progress,
    )
    workspace.set_units(units)
    return units, report


def import_ward_changes(
    workspace: Workspace, path: Path, *, columns: Mapping[str, str] | None = None
) -> TableImport:
    """Import a record of communes that were merged, divided or renamed before 2025.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        The file.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.

    Returns
    -------
    TableImport
        Rows in force, and rows left out.

    Raises
    ------
    DataError
        If the file cannot be used; nothing changes.
    """
    read = read_ward_changes(path, columns=columns)
    return TableImport(len(read.table), read.faults, workspace.set_ward_changes(read))


def import_overrides(
    workspace: Workspace, path: Path, *, columns: Mapping[str, str] | None = None
) -> TableImport:
    """Import levels set by decision: the file takes the place of the one before.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        The file.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.

    Returns
    -------
    TableImport
        Rows in force.

    Raises
    ------
    DataError
        If any row is at fault; nothing changes.
    """
    read = read_override_file(path, codes=_all_codes(workspace), columns=columns)
    return TableImport(len(read.table), (), workspace.hand_in(read.table, read.source))


def import_committee_figures(
    workspace: Workspace, path: Path, *, rules_folder: Path | None = None
) -> TableImport:
    """Import figures that the committee hands in: the file takes the place of the one before.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        The file.
    rules_folder : Path, optional
        The user's own rule sets, whose figures are known, too.

    Returns
    -------
    TableImport
        Rows in force.

    Raises
    ------
    DataError
        If any cell is at fault; nothing changes.
    """
    known = {
        indicator.column
        for summary in list_rulesets(extra_folder=rules_folder)
        for indicator in load_ruleset(summary.id, extra_folder=rules_folder).indicators.values()
        if indicator.what == "input" and indicator.column
    }
    read = read_committee_figures(path, codes=_all_codes(workspace), known=known)
    return TableImport(len(read.table), (), workspace.hand_in(read.table, read.source))


def _all_codes(workspace: Workspace) -> set[str]:
    """Codes of the units of every tier in force."""
    communes = workspace.units().communes
    tiers = ("code", "parent_code", "province_code")
    return {str(code) for name in tiers for code in communes[name].dropna()}


def import_population(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    imported_at: datetime,
    actor: str,
) -> TableImport:
    """Import people by commune and age band.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        The file.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.

    Returns
    -------
    TableImport
        What came of it.

    Raises
    ------
    DataError
        If no row of the file can be used.
    """
    read = read_population(path, units=workspace.units(), columns=columns)
    _refuse_empty(path, read.table, read.faults)
    changed = workspace.store.replace_population(
        read.table, source=read.source, imported_at=imported_at, actor=actor
    )
    return TableImport(len(read.table), tuple(read.faults), changed)


def import_doses(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    imported_at: datetime,
    actor: str,
) -> TableImport:
    """Import doses given by commune, day, dose and age band.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        The file.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.

    Returns
    -------
    TableImport
        What came of it.

    Raises
    ------
    DataError
        If no row of the file can be used.
    """
    read = read_doses(path, units=workspace.units(), columns=columns)
    _refuse_empty(path, read.table, read.faults)
    changed = workspace.store.replace_doses(
        read.table, source=read.source, imported_at=imported_at, actor=actor
    )
    return TableImport(len(read.table), tuple(read.faults), changed)


def import_facilities(
    workspace: Workspace,
    path: Path,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    imported_at: datetime,
    actor: str,
) -> TableImport:
    """Import schools, markets, hospitals, ports and other places to watch.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        The file.
    kind : str, optional
        Kind of every row, if the file has no such column.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.

    Returns
    -------
    TableImport
        What came of it.

    Raises
    ------
    DataError
        If no row of the file can be used.
    """
    read = read_facilities(path, kind=kind, columns=columns)
    _refuse_empty(path, read.table, read.faults)
    changed = workspace.store.replace_facilities(
        read.table, source=read.source, imported_at=imported_at, actor=actor
    )
    return TableImport(len(read.table), tuple(read.faults), changed)


def import_places(
    workspace: Workspace,
    files: Sequence[Path],
    *,
    kind: PlaceKind | None = None,
    columns: Mapping[str, str] | None = None,
    layers: Sequence[str] | None = None,
    licence: str = "",
    replace: bool = False,
    progress: Progress = no_progress,
) -> tuple[GazetteerImport, bool]:
    """Import streets, house numbers, hamlets, estates and parks; pending cases use them from now on.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    files : sequence of Path
        OpenStreetMap extracts, map files or tables with coordinates. A file takes the place of the one
        of its name.
    kind : PlaceKind, optional
        Kind of every row, where the files do not say.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    layers : sequence of str, optional
        Layers of a map file; all where not given.
    licence : str
        Licence of the files, kept with them.
    replace : bool
        Whether the files take the place of all that were imported before.
    progress : callable
        Told of rows read.

    Returns
    -------
    done : GazetteerImport
        What came of each file, and the places now in force.
    changed : bool
        Whether anything changed; importing the same file twice changes nothing.

    Raises
    ------
    DataError
        If a file cannot be used; nothing changes.
    StoreError
        If the disk refuses; nothing changes.
    """
    known = None if replace else workspace.gazetteer()
    done = import_gazetteer(
        files,
        workspace.places_folder,
        known=known,
        kind=kind,
        columns=columns,
        layers=layers,
        licence=licence,
        progress=progress,
    )
    return done, workspace.set_gazetteer(done.gazetteer)


def import_blocks(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
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
    read = read_blocks(path, columns=columns, licence=licence, bounds=bounds, progress=progress)
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


def _bounds(workspace: Workspace) -> tuple[float, float, float, float]:
    west, south, east, north = workspace.units().communes.total_bounds.tolist()
    return west, south, east, north


def import_cases(
    workspace: Workspace,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    disease: str = "covid-19",
    max_rows: int = linelist.MAX_ROWS,
    imported_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> CaseImport:
    """Import a line list; good rows are kept, bad rows go to a file that can be mended.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    path : Path
        CSV, XLSX, Parquet or GeoJSON.
    columns : mapping of str to str, optional
        Field to header, where headers cannot be recognised.
    sheet : str, optional
        Sheet of a workbook.
    encoding : str, optional
        Encoding of a text file, if it is not detected.
    disease : str
        Disease of rows that name none.
    max_rows : int
        A file with more rows is refused.
    imported_at : datetime
        Time of import, with zone.
    actor : str
        Who imports.
    progress : callable
        Told of each stage.

    Returns
    -------
    CaseImport
        What came of it.

    Raises
    ------
    DataError
        If the file cannot be read as a line list at all; nothing changes.
    """
    read = linelist.read_line_list(
        path,
        columns=columns,
        sheet=sheet,
        encoding=encoding,
        disease=disease,
        max_rows=max_rows,
        progress=progress,
    )
    rejects_path = None
    if len(read.rejects):
        rejects_path = workspace.root / "rejects" / f"{path.stem}-{read.source.sha256[:8]}.csv"
        linelist.write_rejects(read, rejects_path)
    report = workspace.store.import_line_list(read, imported_at=imported_at, actor=actor)
    return CaseImport(read, report, rejects_path)


def _refuse_empty(path: Path, table: pd.DataFrame, faults: Sequence[Fault]) -> None:
    if table.empty:
        raise DataError(path.name, faults or [Fault(None, None, "no rows", "at least one row of data")])
