"""Outlines, former communes and streets into the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geozone.admin import (
    AdminUnits,
    UnitsReport,
    load_units,
    read_units,
    read_ward_changes,
)
from geozone.pipeline.imports.results import TableImport
from geozone.places import GazetteerImport, import_gazetteer
from geozone.types import Edition, PlaceKind, Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["import_places", "import_units", "import_ward_changes"]


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
