"""Population, doses and facilities into the store; what the committee decides and hands in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from geozone.admin import (
    read_doses,
    read_population,
)
from geozone.pipeline.imports.results import TableImport, refuse_empty
from geozone.places import read_facilities
from geozone.rules import list_rulesets, load_ruleset, read_committee_figures, read_override_file
from geozone.workspace import Workspace

__all__ = [
    "import_committee_figures",
    "import_doses",
    "import_facilities",
    "import_overrides",
    "import_population",
]


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
    refuse_empty(path, read.table, read.faults)
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
    refuse_empty(path, read.table, read.faults)
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
    refuse_empty(path, read.table, read.faults)
    changed = workspace.store.replace_facilities(
        read.table, source=read.source, imported_at=imported_at, actor=actor
    )
    return TableImport(len(read.table), tuple(read.faults), changed)
