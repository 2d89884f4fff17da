"""``geozone erase`` and ``geozone retention``: names, telephone numbers and addresses taken out for ever."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geozone.cli.console import AsJson, WorkspaceOption, actor, answer, now, opened

if TYPE_CHECKING:
    from geozone.pipeline.erasing import Erasure

__all__ = ["erase", "retention"]

retention = typer.Typer(
    no_args_is_help=True, help="How long names, telephone numbers and addresses are kept."
)


class PointsKept(StrEnum):
    """What becomes of points."""

    KEEP = "keep"
    COMMUNE = "commune"


_Points = Annotated[
    PointsKept, typer.Option("--points", help="keep: points stay; commune: only the commune of each stays.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be erased, and erase nothing.")]


def erase(
    case: Annotated[list[str] | None, typer.Option("--case", help="This case; may be repeated.")] = None,
    before: Annotated[
        datetime | None,
        typer.Option(
            "--before", formats=["%Y-%m-%d"], help="All cases reported and fallen ill before a day."
        ),
    ] = None,
    points: _Points = PointsKept.KEEP,
    reason: Annotated[
        str, typer.Option("--reason", help="Why, for the audit; name nobody in it.")
    ] = "asked for",
    dry_run: _DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Erase names, telephone numbers and addresses wherever they are; the cases stay under their numbers."""
    from geozone.pipeline import erasing

    if bool(case) == (before is not None):
        raise typer.BadParameter("name cases with --case, or a day with --before")
    kept = erasing.Points(points)
    with opened(workspace) as (space, settings):
        who: dict[str, Any] = {"at": now(), "actor": actor(settings), "dry_run": dry_run}
        if before is not None:
            done = erasing.erase_before(space, before.date(), points=kept, reason=reason, **who)
        else:
            done = erasing.erase_cases(space, case or [], points=kept, reason=reason, **who)
    _tell(done, dry_run=dry_run, as_json=as_json)


@retention.command("show")
def show(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Tell how long they are kept, and how many cases are due today."""
    from geozone.pipeline import erasing

    with opened(workspace) as (space, _):
        found = erasing.retention(space)
        due = 0 if found is None else len(space.store.cases_to_erase(found.first_kept(now().date())))
    document = {"days": found and found.days, "points": found and str(found.points), "due": due}
    said = "Kept for ever: geozone retention set --days N"
    if found is not None:
        said = f"Kept for {found.days} days, points: {found.points}. Due today: {due} cases."
    answer(as_json, document, said)


@retention.command("set")
def set_(
    days: Annotated[
        int, typer.Option("--days", min=0, help="Days after the report, or the onset if later; 0 for ever.")
    ],
    points: _Points = PointsKept.KEEP,
    workspace: WorkspaceOption = None,
) -> None:
    """Say how long they are kept; `geozone retention run` erases what is due."""
    from geozone.pipeline import erasing

    wanted = erasing.Retention(days, erasing.Points(points)) if days else None
    with opened(workspace) as (space, settings):
        erasing.set_retention(space, wanted, at=now(), actor=actor(settings))
    answer(False, {}, "Kept for ever." if wanted is None else f"Kept for {days} days; run it every day.")


@retention.command("run")
def run(dry_run: _DryRun = False, workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Erase what is due today: for a timer, every night."""
    from geozone.pipeline import erasing

    with opened(workspace) as (space, settings):
        found = erasing.retention(space)
        if found is None:
            raise typer.BadParameter("nothing was said of retention: geozone retention set --days N")
        done = erasing.erase_before(
            space,
            found.first_kept(now().date()),
            points=found.points,
            reason=f"retention of {found.days} days",
            at=now(),
            actor=actor(settings),
            dry_run=dry_run,
        )
    _tell(done, dry_run=dry_run, as_json=as_json)


def _tell(done: Erasure, *, dry_run: bool, as_json: bool) -> None:
    erased = done.erased
    verb = "Would erase" if dry_run else "Erased"
    backups = [{"at": at.isoformat(), "name": name} for at, name in done.backups]
    document = {
        **asdict(erased),
        "dry_run": dry_run,
        "files_removed": list(done.files),
        "reject_files_left": list(done.rejects),
        "backups": backups,
    }
    lines = [
        f"{verb} the identifiers of {erased.cases} cases: {erased.persons} persons, {erased.places} places, "
        f"{erased.decisions} decisions, {erased.aliases} taught phrases; {erased.points} points made coarse."
    ]
    if done.files:
        lines.append(f"{verb} files: {', '.join(done.files)}")
    if done.rejects:
        lines.append(f"Look yourself whether somebody is in the rejected rows of: {', '.join(done.rejects)}")
    if backups:
        listed = ", ".join(f"{name} ({at:%Y-%m-%d})" for at, name in done.backups)
        lines.append(f"Backups still hold what they held: {listed}.")
        lines.append("Destroy them, or make them unreadable: geozone keys rotate-identifiers --destroy-old")
    answer(as_json, document, *lines)
