"""``geozone import blocks``, ``roads`` and ``people``: what is known below the commune."""

from __future__ import annotations

import json
import math
from typing import Annotated, Literal

import typer

from geozone.cli.console import (
    AsJson,
    ColumnMap,
    ImportFile,
    WorkspaceOption,
    answer,
    opened,
    parse_columns,
    progress_bars,
    warn,
    warn_faults,
)

__all__ = ["add_to"]

_SHOWN = 20
Add = Annotated[bool, typer.Option("--add", help="Keep those of other files imported before.")]
Licence = Annotated[str, typer.Option(help="Licence of the file, kept with it.")]


def blocks(
    file: ImportFile,
    column: ColumnMap = None,
    kind: Annotated[
        Literal["hamlet", "block", "building"] | None, typer.Option(help="Kind of rows that tell none.")
    ] = None,
    add: Add = False,
    licence: Licence = "",
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import hamlets, residential groups, city blocks or buildings: zones are then made of them."""
    from geozone.pipeline.imports import import_blocks

    with opened(workspace) as (space, _), progress_bars() as progress:
        read, done = import_blocks(
            space, file, columns=parse_columns(column), kind=kind, add=add, licence=licence, progress=progress
        )
    kinds = {str(name): int(count) for name, count in read.table["kind"].value_counts().items()}
    overlaps, gaps = read.topology.overlaps, read.topology.gaps
    if not as_json:
        warn_faults(done.faults)
        if overlaps:
            share = sum(pair.area_km2 for pair in overlaps)
            warn(
                f"{len(overlaps)} overlaps, {share:.4f} km² in all: each goes to the polygon that comes first"
            )
    answer(
        as_json,
        {
            "kind": "blocks",
            "rows": done.rows,
            "kinds": kinds,
            "changed": done.changed,
            "repaired": list(read.repaired),
            "overlaps": [pair._asdict() for pair in overlaps],
            "gaps": [gap._asdict() for gap in gaps],
            "columns": read.mapping,
            "faults": [fault._asdict() for fault in done.faults],
        },
        f"blocks: {done.rows} of {read.rows_read} polygons,"
        f" {int(read.table['residents'].notna().sum())} with residents, {kinds.get('hamlet', 0)} hamlets"
        + ("" if done.changed else " (nothing changed: the same as before)"),
    )


def people(
    file: ImportFile,
    column: ColumnMap = None,
    homes: Annotated[bool, typer.Option("--homes", help="Each row is one household.")] = False,
    add: Add = False,
    licence: Licence = "",
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import homes or a population grid: points with residents, which zones are then counted by."""
    from geozone.pipeline.imports import import_people

    with opened(workspace) as (space, _), progress_bars() as progress:
        found = import_people(
            space,
            file,
            columns=parse_columns(column),
            homes=homes,
            add=add,
            licence=licence,
            progress=progress,
        )
    differing = found.communes[found.communes["differs"]]
    if not as_json:
        warn_faults(found.done.faults)
        if found.outside:
            warn(f"{found.outside} points lie in no commune")
        for row in differing.head(_SHOWN).itertuples():
            warn(
                f"  {row.name} ({row.code}): {row.residents:,.0f} at points, {row.population:,.0f} registered"
            )
    households = None if math.isnan(found.households) else found.households
    answer(
        as_json,
        {
            "kind": "people",
            "rows": found.done.rows,
            "changed": found.done.changed,
            "residents": found.residents,
            "households": households,
            "outside": found.outside,
            "communes": json.loads(found.communes.to_json(orient="records")),
            "columns": found.read.mapping,
            "faults": [fault._asdict() for fault in found.done.faults],
        },
        f"people: {found.done.rows} of {found.read.rows_read} points;"
        f" in force {found.residents:,.0f} residents"
        + ("" if households is None else f" in {households:,.0f} households")
        + f" of {len(found.communes)} communes, {len(differing)} over 10 % away from their population"
        + ("" if found.done.changed else " (nothing changed: the same as before)"),
    )


def roads(
    file: ImportFile,
    column: ColumnMap = None,
    kind: Annotated[str | None, typer.Option(help="Kind of rows that tell none: street, river, ...")] = None,
    add: Add = False,
    licence: Licence = "",
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import roads, rivers and railways: checkpoints stand on roads, and all of them bound blocks."""
    from geozone.pipeline.imports import import_roads

    with opened(workspace) as (space, _), progress_bars() as progress:
        read, done = import_roads(
            space, file, columns=parse_columns(column), kind=kind, add=add, licence=licence, progress=progress
        )
    kinds = {str(name): int(count) for name, count in read.table["kind"].value_counts().items()}
    if done.faults and not as_json:
        warn(f"{len(done.faults)} remarks; lines that are no road, railway or water were left out:")
        warn_faults(done.faults)
    answer(
        as_json,
        {
            "kind": "roads",
            "rows": done.rows,
            "changed": done.changed,
            "kinds": kinds,
            "columns": read.mapping,
            "faults": [fault._asdict() for fault in done.faults],
        },
        f"roads: {done.rows} of {read.rows_read} lines ("
        + ", ".join(f"{n} {name}" for name, n in kinds.items())
        + ")"
        + ("" if done.changed else " (nothing changed: the same as before)"),
    )


def add_to(app: typer.Typer) -> None:
    """Add the commands.

    Parameters
    ----------
    app : Typer
        ``geozone import``.
    """
    app.command("blocks")(blocks)
    app.command("roads")(roads)
    app.command("people")(people)
