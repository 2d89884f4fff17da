"""``geozone geocode``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from geozone.cli.console import AsJson, answer, progress_bars
from geozone.types import Edition


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
    places: Annotated[
        list[Path] | None,
        typer.Option(
            "--places", help="File of streets, house numbers, hamlets, as for import; may be repeated."
        ),
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
    from geozone.places import read_gazetteer

    record = None if ward_changes is None else read_ward_changes(ward_changes).table

    with progress_bars() as progress:
        gazetteer = read_gazetteer(*places, progress=progress) if places else None
        summary = geocode_file(
            Geocoder.embedded(ward_changes=record, gazetteer=gazetteer),
            file,
            out,
            address_column=address_column,
            date_column=date_column,
            edition=edition,
            workers=workers or os.cpu_count() or 1,
            progress=progress,
        )
    answer(as_json, summary.to_dict(), *summary.lines(), f"Wrote {out}")
