"""``geozone lifting``: how each zone may be lifted part by part, and the evidence still missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import (
    AsJson,
    Language,
    LanguageOption,
    WorkspaceOption,
    actor,
    answer,
    now,
    opened,
    progress_bars,
    records,
    say,
    spoken,
)
from geozone.errors import NotFoundError

if TYPE_CHECKING:
    from geozone.release import SavedDraft
    from geozone.settings import Settings
    from geozone.types import Progress
    from geozone.workspace import Workspace

_COLUMNS = ("zone_id", "step", "lift_on", "free_on", "days_missing", "area_km2", "residents")


def lifting(
    zone_id: Annotated[
        str | None,
        typer.Argument(help="A zone; without one, a line a step of every zone.", show_default=False),
    ] = None,
    geojson: Annotated[
        Path | None,
        typer.Option(
            "--geojson",
            help="Write the parts with their outlines to this file. Private: their edges are arcs around"
            " single cases, which a release does not hold.",
        ),
    ] = None,
    language: LanguageOption = Language.VI,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell how the zones of the latest draft may be lifted part by part, the least risk first."""
    from geozone.zoning import lifting_sentences

    with opened(workspace) as (space, settings), progress_bars() as progress:
        latest = space.drafts.latest()
        schedule = latest.layers.get("lifting")
        if schedule is None:
            raise NotFoundError("the latest draft has no lifting schedule; draw it again: geozone draft")
        if geojson is not None:
            _write_parts(space, settings, latest, geojson, progress)
    if zone_id is not None:
        schedule = schedule[(schedule["zone_id"] == zone_id).to_numpy(dtype=bool)]
        if schedule.empty:
            raise NotFoundError(f"the latest draft has no zone {zone_id!r}")
        lines = [spoken(pair, language) for pair in lifting_sentences(schedule, zone_id)]
    else:
        lines = [
            f"{row.zone_id:<24} {row.step}  {row.lift_on:%Y-%m-%d}  {row.days_missing:>3} days missing"
            for row in schedule.itertuples()
        ]
    answer(as_json, {"as_of": latest.as_of.isoformat(), "steps": records(schedule)}, *lines)
    if geojson is not None and not as_json:
        say(f"Wrote {geojson} (private)")


def _write_parts(
    space: Workspace, settings: Settings, latest: SavedDraft, path: Path, progress: Progress
) -> None:
    """Draw the parts again, for a draft that is kept has no outlines of them."""
    from geozone import zoning
    from geozone.draft import sketch
    from geozone.draft.proofs import proof_for
    from geozone.geojson import feature_collection
    from geozone.pipeline.decide import choose_rules, gather

    rules = choose_rules(space, str(latest.rules["id"]), latest.as_of, settings.rules_folder)
    inputs = gather(space, rules, latest.as_of, drawn_at=now(), actor=actor(settings), progress=progress)
    drawn = sketch(inputs, rules, latest.as_of).zone_set
    parts = zoning.lifting_schedule(
        drawn,
        inputs.cases,
        inputs.land,
        population=inputs.population,
        ground=inputs.ground,
        caution=inputs.caution,
        proof=proof_for(rules.diseases),
    )
    parts["part"] = parts["zone_id"] + "/" + parts["step"].astype("str")
    columns = [*_COLUMNS, "evidence_vi", "evidence_en"]
    data = feature_collection(parts, properties=columns, id_column="part")
    beside = path.with_name(f".{path.name}.tmp")
    beside.touch(mode=0o600)
    beside.write_bytes(data)
    beside.replace(path)
