"""``geozone geocode`` and ``geozone review``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from geozone.cli.console import AsJson, WorkspaceOption, actor, answer, now, opened, progress_bars, say
from geozone.types import Edition

review = typer.Typer(no_args_is_help=True, help="The doubtful addresses.")


def geocode(
    file: Annotated[
        Path, typer.Argument(help="CSV, XLSX or Parquet with one address a row.", show_default=False)
    ],
    address_column: Annotated[str, typer.Option("--address-column", help="Column that holds the address.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="File to write, .csv, .xlsx or .parquet: the same rows, with geo_ columns."
        ),
    ],
    edition: Annotated[
        Edition | None,
        typer.Option("--edition", help="Edition of the addresses; decided from evidence if not named."),
    ] = None,
    date_column: Annotated[
        str | None,
        typer.Option("--date-column", help="Column that holds the day of the case: tells the edition."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", help="Processes at most, for large files; as many as there are cores.", min=1
        ),
    ] = None,
    ward_changes: Annotated[
        Path | None,
        typer.Option("--ward-changes", help="Official record of communes merged or renamed before 2025."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Geocode a file of addresses, offline; needs no workspace."""
    from geozone.admin import read_ward_changes
    from geozone.geocoding import Geocoder, geocode_file

    record = None if ward_changes is None else read_ward_changes(ward_changes).table

    with progress_bars() as progress:
        summary = geocode_file(
            Geocoder.embedded(ward_changes=record),
            file,
            out,
            address_column=address_column,
            date_column=date_column,
            edition=edition,
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )
    answer(as_json, summary.to_dict(), *summary.lines(), f"Wrote {out}")


@review.command("list")
def list_doubtful(
    limit: Annotated[int, typer.Option(help="How many to list.", min=1)] = 20,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """List the cases that are not placed in one commune, most people first."""
    from geozone.draft import count_placements
    from geozone.pipeline.geocoding import geocode_pending, geocoded_cases

    with opened(workspace) as (space, settings), progress_bars() as progress:
        geocode_pending(space, geocoded_at=now(), actor=actor(settings), progress=progress)
        counts, doubtful = count_placements(geocoded_cases(space))
        places = space.store.places()[["case_id", "role", "address"]]
    rows = doubtful.merge(places, on=["case_id", "role"], how="left").head(limit)
    answer(
        as_json,
        {"counts": counts, "doubtful": rows.to_dict("records")},
        f"{counts['ambiguous']} ambiguous + {counts['unplaced']} unplaced of {counts['cases']} cases",
        *(
            f"{row.case_id} ({row.role})  {row.count} case(s)  {row.geo_status}: {row.address}\n"
            f"    {row.geo_reason}"
            for row in rows.itertuples()
        ),
    )


@review.command("accept")
def accept(
    case_id: Annotated[str, typer.Argument(help="The case.")],
    commune: Annotated[str, typer.Option("--commune", help="Code of the commune that is right.")],
    role: Annotated[str, typer.Option("--role", help="home, work or exposure.")] = "home",
    workspace: WorkspaceOption = None,
) -> None:
    """Say which commune a case is in; kept, and never overwritten by a re-run."""
    from geozone.pipeline.geocoding import pin_commune

    with opened(workspace) as (space, settings):
        name = pin_commune(space, case_id, role, commune, pinned_at=now(), actor=actor(settings))
    say(f"{case_id} is in {name}.")


@review.command("fix")
def fix(
    case_id: Annotated[str, typer.Argument(help="The case.")],
    lon: Annotated[float, typer.Option("--lon", min=-180, max=180, help="Longitude, degrees.")],
    lat: Annotated[float, typer.Option("--lat", min=-90, max=90, help="Latitude, degrees.")],
    role: Annotated[str, typer.Option("--role", help="home, work or exposure.")] = "home",
    workspace: WorkspaceOption = None,
) -> None:
    """Put a case on a point; kept, and never overwritten by a re-run."""
    from geozone.pipeline.geocoding import pin_point

    with opened(workspace) as (space, settings):
        name = pin_point(space, case_id, role, lon, lat, pinned_at=now(), actor=actor(settings))
    say(f"{case_id} is in {name}.")
