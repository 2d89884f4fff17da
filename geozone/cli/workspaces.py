"""``geozone init``, ``status``, ``small-counts``, ``zone-mask`` and ``backup``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geozone.cli.console import AsJson, WorkspaceOption, actor, answer, now, opened
from geozone.settings import Settings, identifier_keys, remember_workspace


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist or be empty.")],
) -> None:
    """Make a workspace; the next commands in this folder use it."""
    from geozone.workspace import Workspace

    settings = Settings()
    keys = identifier_keys(settings, folder)
    Workspace.create(folder, created_at=now(), database_url=settings.database, key_file=keys).close()
    remember_workspace(folder, Path.cwd())
    answer(
        False,
        {},
        f"Made the workspace {folder}. Next: geozone import cases FILE",
        f"Names, telephone numbers and addresses are encrypted with the key in {keys}: "
        "keep a copy of it apart from the backups; without it they cannot be read.",
    )


def status(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show what the workspace holds."""
    with opened(workspace) as (space, _):
        units = space.units()
        releases = space.releases.list()
        sources = [*space.store.sources(), *space.place_sources()]
        document = {
            "workspace": str(space.root),
            "units": {
                "communes": len(units.communes),
                "edition": str(units.edition),
                "boundary_quality": str(units.boundary_quality),
            },
            "case_rows": len(space.store.cases()),
            "sources": [source._asdict() for source in sources],
            "releases": len(releases),
            "current": releases[0].digest if releases else None,
        }
    answer(
        as_json,
        document,
        f"Workspace {document['workspace']}",
        f"  units     {len(units.communes)} communes of {units.edition}, {units.boundary_quality} outlines",
        f"  cases     {document['case_rows']} rows",
        *(f"  {source.kind:<9} {source.name}" for source in sources),
        f"  releases  {len(releases)}",
    )


def small_counts(
    under: Annotated[
        int | None,
        typer.Argument(min=0, help="Withhold counts of cases from 1 to below this; 0 publishes them all."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Show or decide how small a count of cases must be to be withheld from releases to come."""
    from geozone.disclosure import Disclosure

    with opened(workspace) as (space, _):
        if under is not None:
            space.set_small_under(Disclosure(under).small_under)
        found = space.small_under
    told = (
        f"Counts of cases under {found} are published as ranges."
        if found
        else "Small counts are published as they are: anybody can read the cases of a commune and a day."
    )
    answer(as_json, {"small_under": found}, told)


def zone_mask(
    side: Annotated[
        float | None,
        typer.Argument(min=0, max=1000, help="Side of a cell, metres: 50 in a town; 0 for none."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Show or decide whether zones of drafts to come show a cell of homes instead of the home of a case.

    Discs grow, so that the radius of the rule is kept around every home of the cell.
    """
    from geozone.zoning.masking import mask_reach_m

    with opened(workspace) as (space, _):
        if side is not None:
            space.set_mask_m(side)
        found = space.mask_m
    told = (
        f"Zones are drawn around grid cells of {found:g} m; discs are larger by {mask_reach_m(found):.0f} m."
        if found
        else "Zones are drawn around the homes of cases: the middle of a disc is where somebody fell ill."
    )
    answer(as_json, {"mask_m": found}, told)


def backup(
    target: Annotated[Path, typer.Argument(help="File to write; it must not exist.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Copy the private database while others go on working."""
    with opened(workspace) as (space, settings):
        space.store.backup(target)
        space.store.note_backup(target.name, at=now(), actor=actor(settings))
    answer(False, {}, f"Wrote {target}. It holds personal data: keep it as safe as the workspace.")
