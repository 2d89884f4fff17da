"""From a draft to a release, and what can be asked of releases."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import (
    AsJson,
    PurposeOption,
    WorkspaceOption,
    actor,
    answer,
    chosen_purpose,
    note_reading,
    now,
    opened,
    progress_bars,
    say,
    warn,
)
from geozone.cli.keys import unlock
from geozone.errors import DeniedError, NotFoundError

if TYPE_CHECKING:
    import pandas as pd

    from geozone.draft import Draft
    from geozone.release import Release
    from geozone.settings import Settings
    from geozone.types import Progress
    from geozone.workspace import Workspace

_SHOWN = 10


class ExportFormat(StrEnum):
    """What a release can be exported as."""

    HTML = "html"
    GEOJSON = "geojson"
    ARCHIVE = "archive"


def draft(
    as_of: Annotated[
        datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day to draw for.", show_default=False)
    ],
    rules: Annotated[
        str | None,
        typer.Option("--rules", help="Rule set or file; by default the one in force for the disease."),
    ] = None,
    caution: Annotated[
        float,
        typer.Option(
            "--caution",
            min=0.0,
            max=1.0,
            help="Where blocks or roads are imported: 0, only blocks with cases, to 1, every exposed block.",
        ),
    ] = 0.75,
    unplaced: Annotated[
        Path | None, typer.Option("--unplaced", help="Write every case that is not placed to this CSV.")
    ] = None,
    purpose: PurposeOption = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Draw zones, levels and coverage as of a day; tell what was not placed and why."""
    from geozone.pipeline import decide

    day, why = as_of.date(), chosen_purpose(purpose)
    with opened(workspace) as (space, settings), progress_bars() as progress:
        chosen = decide.choose_rules(space, rules, day, settings.rules_folder)
        drawn = decide.make_draft(
            space,
            rules=chosen,
            as_of=day,
            drawn_at=now(),
            actor=actor(settings),
            caution=caution,
            progress=progress,
        )
        listed = space.root / "drafts" / "unplaced.csv" if unplaced is None else unplaced
        _write_unplaced(drawn, space, listed)
        note_reading(space, settings, "unplaced list", len(drawn.unplaced), why)
    if as_json:
        answer(True, _draft_document(drawn))
        return
    _tell_draft(drawn, listed)


def _write_unplaced(drawn: Draft, space: Workspace, path: Path) -> None:
    """Write the private list, addresses included, for the analyst who mends it."""
    places = space.store.places()[["case_id", "role", "address"]]
    table = drawn.unplaced.merge(places, on=["case_id", "role"], how="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    from geozone.tables.formulas import guard_formulas

    beside = path.with_name(f".{path.name}.tmp")
    guard_formulas(table).to_csv(beside, index=False, encoding="utf-8-sig")
    beside.chmod(0o600)
    beside.replace(path)


def _draft_document(drawn: Draft) -> dict[str, object]:
    return {
        "as_of": drawn.as_of.isoformat(),
        "rules": drawn.rules.id,
        "verified": drawn.rules.verified,
        "boundary_quality": drawn.boundary_quality,
        "counts": drawn.counts,
        "warnings": [english for _, english in drawn.warnings],
        "unplaced": drawn.unplaced.drop(columns=["geo_candidates"]).to_dict("records"),
    }


def _tell_draft(drawn: Draft, listed: Path) -> None:
    counts = drawn.counts
    say(f"Draft as of {drawn.as_of.isoformat()} by {drawn.rules.id} ({drawn.rules.name_en})")
    say(
        f"  {counts['cases']} cases: {counts['placed']} placed + {counts['ambiguous']} ambiguous"
        f" + {counts['unplaced']} unplaced"
    )
    residents = counts["residents_inside"]
    inside = "residents unknown" if residents is None else f"{residents} residents inside"
    say(f"  {counts['containment_zones']} containment zones ({inside}), {counts['possible_zones']} possible")
    _tell_perimeters(drawn)
    names = {"1": "green", "2": "yellow", "3": "orange", "4": "red", "none": "no data"}
    levels = counts["communes_by_level"]
    say("  communes: " + ", ".join(f"{levels[key]} {name}" for key, name in names.items()))
    for _, english in drawn.warnings:
        warn(f"  {english}")
    if len(drawn.unplaced):
        say(f"Not placed in one commune ({len(drawn.unplaced)} rows, all in {listed}):")
        for row in drawn.unplaced.head(_SHOWN).itertuples():
            say(f"  {row.case_id}  {row.count} case(s)  {row.geo_status}: {row.geo_reason}")
    say("Next: geozone release --decision NUMBER")


def _tell_perimeters(drawn: Draft) -> None:
    """Say what zones of blocks save beside the plain discs of the same cases."""
    zones = drawn.layers["containment_zones"]
    held = zones[(zones["perimeter"] == "blocks").to_numpy(dtype=bool)]
    if not len(held):
        return
    say(f"  {len(held)} zones follow blocks: {_sums(held, '')}")
    say(f"    plain discs of the same cases: {_sums(held, 'disc_')}")


def _sums(held: pd.DataFrame, prefix: str) -> str:
    people, posts = held[f"{prefix}residents"], held[f"{prefix}checkpoints"]
    return ", ".join(
        [
            f"{held[f'{prefix}area_km2'].sum():.3f} km²",
            f"{people.sum():.0f} residents" if people.notna().any() else "residents unknown",
            f"{posts.sum():.0f} checkpoints" if posts.notna().any() else "checkpoints unknown (no roads)",
        ]
    )


def release(
    decision: Annotated[str, typer.Option("--decision", help="Number or name of the decision.")],
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Publish the latest draft under a decision number, where one person works alone."""
    from geozone.api import prepare_first_view
    from geozone.pipeline import publish

    with opened(workspace) as (space, settings):
        unlock(settings, space.keys)
        if space.store.accounts():
            raise DeniedError(
                "This workspace has accounts, and four eyes: geozone drafts submit, approve, release."
            )
        made = publish.release(space, decision=decision, created_at=now(), actor=actor(settings))
        key = space.keys.active() or ""
        answer(
            as_json,
            {"digest": made.digest, "decision": decision, "key": key, "manifest": made.manifest},
            f"Released {made.digest}",
            f"Signed with key {key}; print it on the order",
            *_told_of_privacy(space),
            "Next: geozone serve",
        )
        # It is in force by now; this only makes the first start of the map a quick one.
        with progress_bars() as progress:
            prepare_first_view(space.releases, space.cache, progress=progress)


def _told_of_privacy(space: Workspace) -> list[str]:
    """Say what the release tells of single people, as the workspace decided it."""
    under, mask_m = space.small_under, space.mask_m
    counts = (
        f"Counts of cases under {under} are told as ranges"
        if under
        else "Small counts are published as they are"
    )
    homes = f"around cells of {mask_m:g} m" if mask_m else "around homes: each disc shows where a case lives"
    return [f"{counts} (geozone small-counts); zones of drafts are drawn {homes} (geozone zone-mask)"]


def put_in_force(
    release: Annotated[str, typer.Argument(help="Digest, or its beginning.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Put an older release in force again, by a signed order; nothing is removed."""
    from geozone.pipeline import publish

    with opened(workspace) as (space, settings):
        unlock(settings, space.keys)
        made = publish.put_in_force(space, release, at=now(), actor=actor(settings))
    say(f"In force: {made.digest} ({made.decision})")


def releases(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """List the releases, newest first."""
    with opened(workspace) as (space, _):
        found = space.releases.list()
    rows = [
        {
            "digest": item.digest,
            "as_of": item.as_of.isoformat(),
            "decision": item.decision,
            "created_at": item.created_at,
            "current": item.current,
        }
        for item in found
    ]
    answer(
        as_json,
        {"releases": rows},
        *(
            f"{'*' if row['current'] else ' '} {str(row['digest'])[:12]}  {row['as_of']}  {row['decision']}"
            for row in rows
        ),
        *(() if rows else ("No release yet.",)),
    )


def diff(
    a: Annotated[str, typer.Argument(help="Digest, its beginning, or current.")],
    b: Annotated[str, typer.Argument(help="Digest, its beginning, or current.")],
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell what changed between two releases."""
    from geozone.release import diff as compare

    with opened(workspace) as (space, _):
        found = compare(space.releases.get(a), space.releases.get(b))
    answer(as_json, found.to_dict(), *found.lines())


def export(
    release: Annotated[str, typer.Argument(help="Digest, its beginning, or current.")] = "current",
    out: Annotated[Path | None, typer.Option("--out", help="File or folder to write.")] = None,
    html: Annotated[bool, typer.Option("--html", help="One HTML file that opens without a network.")] = False,
    geojson: Annotated[bool, typer.Option("--geojson", help="A folder of GeoJSON files.")] = False,
    archive: Annotated[bool, typer.Option("--archive", help="One verifiable archive.")] = False,
    bundle: Annotated[
        bool,
        typer.Option("--bundle", help="One archive with the map page, tiles, GeoJSON and GeoParquet."),
    ] = False,
    province: Annotated[
        str | None, typer.Option("--province", help="Only this province (code); for --html.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="vi or en; for --html.")] = "vi",
    workspace: WorkspaceOption = None,
) -> None:
    """Write a release to files."""
    from geozone.pipeline.export import export_geojson
    from geozone.release import archive as write_archive

    kinds = (("html", html), ("geojson", geojson), ("archive", archive), ("bundle", bundle))
    chosen = [name for name, on in kinds if on]
    if len(chosen) != 1:
        raise typer.BadParameter("name one of --html, --geojson, --archive, --bundle")
    with opened(workspace) as (space, settings), progress_bars() as progress:
        found = space.releases.get(release)
        short = found.digest[:12]
        if chosen == ["html"]:
            from geozone import maps

            target = out or Path(f"geozone-{short}.html")
            maps.save_html(maps.folium_map(found, province=province, language=language), target)
        elif chosen == ["geojson"]:
            target = out or Path(f"geozone-{short}")
            export_geojson(found, target, progress=progress)
        elif chosen == ["bundle"]:
            target = out or Path(f"geozone-{short}-bundle.zip")
            _write_bundle(found, target, space, settings, language, progress)
        else:
            target = out or Path(f"geozone-{short}.zip")
            write_archive(found, target)
    say(f"Wrote {target}")


def _write_bundle(
    found: Release, target: Path, space: Workspace, settings: Settings, language: str, progress: Progress
) -> None:
    from tempfile import TemporaryDirectory

    import geozone
    from geozone import maps
    from geozone.api.bundle import write_bundle

    unlock(settings, space.keys)
    with TemporaryDirectory() as folder:
        page = Path(folder) / "map.html"
        maps.save_html(maps.folium_map(found, language=language), page)
        map_html = page.read_bytes()
    web = Path(geozone.__file__).parent / "web"
    write_bundle(
        found,
        target,
        page=web,
        map_html=map_html,
        cache=space.cache,
        signer=space.keys.signer(),
        base_url=settings.base_url,
        progress=progress,
    )


def rules(as_json: AsJson = False) -> None:
    """List the rule sets, and how sure each is."""
    from geozone.rules import list_rulesets
    from geozone.settings import Settings

    found = list_rulesets(extra_folder=Settings().rules_folder)
    if not found:
        raise NotFoundError("no rule set is installed")
    answer(
        as_json,
        {
            "rules": [
                {"id": item.id, "name_vi": item.name_vi, "name_en": item.name_en, "verified": item.verified}
                for item in found
            ]
        },
        *(
            f"{item.id:<24} {'verified  ' if item.verified else 'unverified'}"
            f" {'partial' if item.partial else '       '} {item.name_en}"
            for item in found
        ),
    )
