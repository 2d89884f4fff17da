"""The commands of ``geozone``, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from geozone import __version__
from geozone.cli import (
    accounts,
    comparing,
    database,
    decide,
    doctor,
    drafts,
    erasing,
    geocoding,
    histories,
    imports,
    keys,
    lifting,
    prints,
    review,
    service,
    verifying,
    workspaces,
)
from geozone.cli.console import run

__all__ = ["app", "main"]

app = typer.Typer(
    name="geozone",
    help="From an outbreak line list to zones, epidemic levels and vaccination coverage, on a map.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"geozone {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From an outbreak line list to zones, epidemic levels and vaccination coverage, on a map."""


app.command("demo")(service.demo)
app.command("init")(workspaces.init)
app.add_typer(imports.app, name="import")
app.command("fetch-boundaries")(imports.fetch)
app.command("geocode")(geocoding.geocode)
app.add_typer(review.app, name="review")
app.command("draft")(decide.draft)
app.command("replay")(histories.replay)
app.command("history")(histories.history)
app.command("what-if")(comparing.what_if)
app.command("trade-off")(comparing.trade_off)
app.command("compare-rules")(comparing.compare_rules)
app.command("lifting")(lifting.lifting)
app.add_typer(drafts.app, name="drafts")
app.command("release")(decide.release)
app.command("releases")(decide.releases)
app.command("diff")(decide.diff)
app.command("export")(decide.export)
app.command("put-in-force")(decide.put_in_force)
app.command("verify")(verifying.verify)
app.add_typer(keys.app, name="keys")
app.add_typer(prints.app, name="print")
app.command("rules")(decide.rules)
app.command("status")(workspaces.status)
app.command("small-counts")(workspaces.small_counts)
app.command("zone-mask")(workspaces.zone_mask)
app.command("doctor")(doctor.doctor)
app.command("backup")(workspaces.backup)
app.command("erase")(erasing.erase)
app.add_typer(erasing.retention, name="retention")
app.add_typer(database.app, name="database")
app.add_typer(accounts.users, name="users")
app.add_typer(accounts.api_keys, name="api-keys")
app.command("audit")(accounts.audit)
app.command("serve")(service.serve)


def main() -> None:
    """Run the command line and translate errors into exit codes."""
    run(app)
