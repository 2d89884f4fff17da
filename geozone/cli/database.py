"""``geozone database``: check, restore, move, and open the private database to GIS programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geozone.cli.console import AsJson, WorkspaceOption, answer, opened, say
from geozone.errors import StoreError
from geozone.settings import Settings, find_workspace, identifier_keys

app = typer.Typer(no_args_is_help=True, help="The private database: check, restore, move, GIS.")


@app.command("check")
def check(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Ask the database whether it is whole, and print a checksum of every table."""
    with opened(workspace) as (space, _):
        faults, sums = space.store.integrity_faults(), space.store.checksums()
    document = {
        "faults": faults,
        "tables": {name: {"rows": found.rows, "checksum": found.checksum} for name, found in sums.items()},
    }
    lines = [f"  {name:<18} {found.rows:>9}  {found.checksum}" for name, found in sums.items() if found.rows]
    answer(as_json, document, *(faults or ["The database is whole."]), *lines)
    if faults:
        raise typer.Exit(1)


@app.command("restore")
def restore(
    backup: Annotated[Path, typer.Argument(help="File that geozone backup wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the SQLite file that is there; it is kept beside.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Put a backup in place of the private database; stop the service first."""
    from geozone.store.restoring import restore as put_back

    settings = Settings()
    root = find_workspace(workspace or settings.workspace, Path.cwd())
    where = settings.database or root / "geozone.db"
    rows = put_back(backup, where, replace=replace, key_file=identifier_keys(settings, root))
    say(f"Restored {sum(rows.values())} rows of {sum(1 for n in rows.values() if n)} tables, checked.")


@app.command("move")
def move(
    address: Annotated[
        str, typer.Argument(help="Empty database: postgresql://USER@HOST/NAME, or a new SQLite file.")
    ],
    workspace: WorkspaceOption = None,
) -> None:
    """Copy everything into another kind of database and compare checksums; the old one stays."""
    from geozone.store.restoring import move as carry

    with opened(workspace) as (space, _):
        rows = carry(space.store, address)
    say(f"Moved {sum(rows.values())} rows, checksums equal.")
    if "://" in address:
        say("Set GEOZONE_DATABASE_URL to that address to use it.")


@app.command("gis")
def gis(workspace: WorkspaceOption = None) -> None:
    """Make views with geometry columns on PostGIS, for QGIS and ogrinfo; they show points of cases."""
    with opened(workspace) as (space, _):
        try:
            made = space.store.make_gis_views()
        except StoreError as error:
            raise typer.BadParameter(str(error)) from None
    for name in made:
        say(name)
