"""``geozone import ...`` and ``geozone fetch-boundaries``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from geozone.cli import import_ground as ground
from geozone.cli.console import (
    AsJson,
    ColumnMap,
    ImportFile,
    WorkspaceOption,
    actor,
    answer,
    now,
    opened,
    parse_columns,
    progress_bars,
    warn,
    warn_faults,
)
from geozone.errors import Fault
from geozone.types import PlaceKind

app = typer.Typer(no_args_is_help=True, help="Import a file into the workspace.")
ground.add_to(app)


@app.command("units")
def units(
    file: ImportFile,
    code_column: Annotated[str | None, typer.Option(help="Column of the unit code.")] = None,
    licence: Annotated[str, typer.Option(help="Licence of the file, kept with it.")] = "",
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Replace the approximate outlines by a file's: GeoJSON, GeoParquet, GeoPackage or Shapefile."""
    from geozone.pipeline.imports import import_units

    with opened(workspace) as (space, _), progress_bars() as progress:
        read, report = import_units(space, file, code_column=code_column, licence=licence, progress=progress)
    answer(as_json, report.to_dict(), f"{len(read.communes)} communes in force.", str(report))


@app.command("ward-changes")
def ward_changes(
    file: ImportFile, column: ColumnMap = None, workspace: WorkspaceOption = None, as_json: AsJson = False
) -> None:
    """Import an official record of communes merged, divided or renamed: former names are then certain."""
    from geozone.pipeline.imports import import_ward_changes

    with opened(workspace) as (space, _):
        done = import_ward_changes(space, file, columns=parse_columns(column))
    _tell_table(as_json, "ward-changes", done.rows, done.faults, done.changed)


@app.command("population")
def population(
    file: ImportFile, column: ColumnMap = None, workspace: WorkspaceOption = None, as_json: AsJson = False
) -> None:
    """Import people by commune and age band."""
    from geozone.pipeline.imports import import_population

    with opened(workspace) as (space, settings):
        done = import_population(
            space, file, columns=parse_columns(column), imported_at=now(), actor=actor(settings)
        )
    _tell_table(as_json, "population", done.rows, done.faults, done.changed)


@app.command("doses")
def doses(
    file: ImportFile, column: ColumnMap = None, workspace: WorkspaceOption = None, as_json: AsJson = False
) -> None:
    """Import vaccine doses given by commune, day, dose and age band."""
    from geozone.pipeline.imports import import_doses

    with opened(workspace) as (space, settings):
        done = import_doses(
            space, file, columns=parse_columns(column), imported_at=now(), actor=actor(settings)
        )
    _tell_table(as_json, "doses", done.rows, done.faults, done.changed)


@app.command("overrides")
def overrides(
    file: ImportFile, column: ColumnMap = None, workspace: WorkspaceOption = None, as_json: AsJson = False
) -> None:
    """Import levels set by decision; the file takes the place of the one imported before."""
    from geozone.pipeline.imports import import_overrides

    with opened(workspace) as (space, _):
        done = import_overrides(space, file, columns=parse_columns(column))
    _tell_table(as_json, "overrides", done.rows, done.faults, done.changed)


@app.command("committee-figures")
def committee_figures(file: ImportFile, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Import what the committee hands in for the rules (capacity, positivity...), in place of the last."""
    from geozone.pipeline.imports import import_committee_figures

    with opened(workspace) as (space, settings):
        done = import_committee_figures(space, file, rules_folder=settings.rules_folder)
    _tell_table(as_json, "committee-figures", done.rows, done.faults, done.changed)


@app.command("facilities")
def facilities(
    file: ImportFile,
    kind: Annotated[str | None, typer.Option(help="Kind of every row, if the file does not say.")] = None,
    column: ColumnMap = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import schools, markets, hospitals, ports and other places to watch."""
    from geozone.pipeline.imports import import_facilities

    with opened(workspace) as (space, settings):
        done = import_facilities(
            space, file, kind=kind, columns=parse_columns(column), imported_at=now(), actor=actor(settings)
        )
    _tell_table(as_json, "facilities", done.rows, done.faults, done.changed)


@app.command("places")
def places(
    files: Annotated[list[Path], typer.Argument(help="The files.", show_default=False)],
    kind: Annotated[
        PlaceKind | None, typer.Option(help="Kind of every row, if the files do not say.")
    ] = None,
    layer: Annotated[
        list[str] | None, typer.Option(help="Layer of a map file to read; may be repeated; all by default.")
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the files, kept with them.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Forget the places imported before.")] = False,
    column: ColumnMap = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import streets, house numbers, hamlets, estates and parks: OpenStreetMap extracts or tables."""
    from geozone.pipeline.imports import import_places

    with opened(workspace) as (space, _), progress_bars() as progress:
        done, changed = import_places(
            space,
            files,
            kind=kind,
            columns=parse_columns(column),
            layers=layer,
            licence=licence,
            replace=replace,
            progress=progress,
        )
    for report in done.reports:
        if report.fault_count and not as_json:
            warn(f"{report.source.name}: {report.fault_count} faults; the rows concerned were left out:")
            warn_faults(report.faults)
    document = {
        "changed": changed,
        "digest": done.gazetteer.digest,
        "places": done.gazetteer.counts,
        "files": [
            {
                "name": report.source.name,
                "sha256": report.source.sha256,
                "licence": report.source.licence,
                "rows_read": report.rows_read,
                "skipped": report.skipped,
                "places": report.source.counts,
                "fault_count": report.fault_count,
                "faults": [fault._asdict() for fault in report.faults],
            }
            for report in done.reports
        ],
    }
    listed = ", ".join(f"{count} {name}" for name, count in done.gazetteer.counts.items())
    answer(
        as_json,
        document,
        f"places in force: {listed}" + ("" if changed else " (nothing changed: the same as before)"),
    )


def _tell_table(as_json: bool, kind: str, rows: int, faults: Sequence[Fault], changed: bool) -> None:
    if faults and not as_json:
        warn(f"{len(faults)} faults; the rows concerned were left out:")
        warn_faults(faults)
    answer(
        as_json,
        {"kind": kind, "rows": rows, "changed": changed, "faults": [fault._asdict() for fault in faults]},
        f"{kind}: {rows} rows" + ("" if changed else " (nothing changed: the same as before)"),
    )


@app.command("cases")
def cases(
    file: ImportFile,
    column: ColumnMap = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding, if it is not detected.")] = None,
    disease: Annotated[str, typer.Option(help="Disease of rows that name none.")] = "covid-19",
    max_rows: Annotated[int, typer.Option(help="Refuse a file with more rows than this.", min=1)] = 2_000_000,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 if any row was rejected.")] = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import a line list: CSV, XLSX, Parquet or GeoJSON. Good rows are kept, bad rows written aside."""
    from geozone.pipeline.imports import import_cases

    with opened(workspace) as (space, settings), progress_bars() as progress:
        done = import_cases(
            space,
            file,
            columns=parse_columns(column),
            sheet=sheet,
            encoding=encoding,
            disease=disease,
            max_rows=max_rows,
            imported_at=now(),
            actor=actor(settings),
            progress=progress,
        )
    read, report = done.line_list, done.report
    people = int(read.cases["count"].sum())
    if len(read.rejects) and not as_json:
        warn(f"{len(read.rejects)} of {read.rows_read} rows rejected:")
        warn_faults(read.faults)
        warn(f"Mend them in {done.rejects_path} and import that file.")
    answer(
        as_json,
        {
            "rows_read": read.rows_read,
            "rows_kept": len(read.cases),
            "cases": people,
            "rejected": len(read.rejects),
            "rejects_file": str(done.rejects_path) if done.rejects_path else None,
            "new": report.new,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "encoding": read.encoding,
            "columns": dict(read.mapping),
            "faults": [fault._asdict() for fault in read.faults],
        },
        f"{read.rows_read} rows read, {len(read.cases)} kept ({people} cases), {len(read.rejects)} rejected",
        f"{report.new} new, {report.updated} updated, {report.unchanged} unchanged",
        "columns: " + ", ".join(f"{field} <- {header!r}" for field, header in read.mapping.items()),
    )
    if len(read.rejects) and (strict or read.cases.empty):
        raise typer.Exit(1)


def fetch(
    target: Annotated[Path, typer.Argument(help="File to write.")] = Path("communes.geojson"),
    url: Annotated[str | None, typer.Option(help="Another source than the public repository.")] = None,
    sha256: Annotated[str | None, typer.Option(help="Expected checksum of the file.")] = None,
) -> None:
    """Download real commune outlines where there is internet; resumes where it was broken off."""
    import httpx

    from geozone.admin.fetch import BOUNDARIES_URL, fetch_boundaries

    with httpx.Client(follow_redirects=True, timeout=30) as client, progress_bars() as progress:
        path = fetch_boundaries(
            url or BOUNDARIES_URL, target, client=client, sha256=sha256, progress=progress
        )
    answer(False, {}, f"Wrote {path}. Next: geozone import units {path}")
