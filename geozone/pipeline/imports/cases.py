"""Line lists into the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from geozone import linelist
from geozone.store import ImportReport
from geozone.types import Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["CaseImport", "import_cases"]


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
