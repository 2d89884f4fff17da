"""``geozone review``: the doubtful addresses, those that decide most first, and decisions about them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

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
    warn,
)
from geozone.types import ReviewOrder, ReviewScope

if TYPE_CHECKING:
    from geozone.pipeline.decisions import Decided, Reviewer
    from geozone.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The doubtful addresses: list them, decide, look back, undo.")

Reference = Annotated[str, typer.Argument(help="A place as `review list` names it (p812), or a case.")]
Role = Annotated[str, typer.Option("--role", help="Which place of a case: home, work or exposure.")]
OnlyThis = Annotated[bool, typer.Option("--only-this-case", help="Not the other cases of the same address.")]
NoTeaching = Annotated[bool, typer.Option("--no-teach", help="Teach nothing for other addresses.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; kept with the decision.")]
Lon = Annotated[float, typer.Option("--lon", min=-180, max=180, help="Longitude, degrees.")]
Lat = Annotated[float, typer.Option("--lat", min=-90, max=90, help="Latitude, degrees.")]
Uncertainty = Annotated[
    float, typer.Option("--uncertainty", min=0.1, max=5000, help="Radius that holds the true place, metres.")
]


@app.command("list")
def list_doubtful(
    limit: Annotated[int, typer.Option("--limit", help="How many to list.", min=1)] = 20,
    order: Annotated[ReviewOrder, typer.Option("--order", help="What comes first.")] = ReviewOrder.EFFECT,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the effects; that of the newest case."),
    ] = None,
    rules: Annotated[str | None, typer.Option("--rules", help="Rule set or file.")] = None,
    purpose: PurposeOption = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """List the doubtful addresses with what each answer would change, those that decide most first."""
    from geozone.pipeline.review import match_rate, review_queue
    from geozone.review.documents import entry_document
    from geozone.rules import load_ruleset

    why = chosen_purpose(purpose)
    with opened(workspace) as (space, settings), progress_bars() as progress:
        queue = review_queue(
            space,
            at=now(),
            actor=actor(settings),
            as_of=as_of.date() if as_of else None,
            rules=load_ruleset(rules, extra_folder=settings.rules_folder) if rules else None,
            rules_folder=settings.rules_folder,
            order=order,
            progress=progress,
        )
        rate = match_rate(space)
        listed = sum(len(entry.doubt.rows) for entry in queue.entries[:limit])
        note_reading(space, settings, "review queue", listed, why)
    documents = [entry_document(entry) for entry in queue.entries[:limit]]
    answer(
        as_json,
        {
            "as_of": queue.as_of.isoformat(),
            "rules": queue.rules.id,
            "doubtful_addresses": len(queue.entries),
            "match_rate": {name: getattr(rate, name) for name in rate.__slots__},
            "queue": documents,
        },
        f"{len(queue.entries)} doubtful addresses as of {queue.as_of.isoformat()} by {queue.rules.id};"
        f" the first {len(documents)}, most {'affected' if order is ReviewOrder.EFFECT else 'cases'} first",
        *rate.lines(),
        *(line for document in documents for line in _told(document)),
    )


def _told(document: dict[str, Any]) -> list[str]:
    stake = document["people_at_stake"]
    lines = [
        f"{document['place']}  {document['kind']}: {document['address'] or '(no address)'}"
        f"  {document['cases']} case rows, {document['people']} people",
        f"    {document['geo_reason']}",
    ]
    if stake["most_certain"] or stake["most_possible"]:
        lines.append(
            f"    at stake: {stake['most_certain']:,.0f} people's level or zone,"
            f" {stake['most_possible']:,.0f} more people's possible level or zone"
        )
    for found in document["answers"]:
        code = f" {found['code']}" if found["code"] else ""
        lines.append(f"    {found['number']}.{code} ({100 * found['share']:.0f} %) {found['effect_vi']}")
        lines.append(f"       {found['effect_en']}")
    return lines


def _reviewer(settings: Settings, role: str, only_this: bool, no_teaching: bool = False) -> Reviewer:
    from geozone.pipeline.decisions import Reviewer

    scope = ReviewScope.CASE if only_this else ReviewScope.ADDRESS
    return Reviewer(actor(settings), now(), scope, role, teach=not no_teaching)


def _tell(decided: Decided, as_json: bool) -> None:
    where = decided.name or "left unplaced"
    taught = [f"Taught: {decided.alias}"] if decided.alias else []
    answer(
        as_json,
        {
            "decision": decided.decision,
            "places": decided.places,
            "people": decided.people,
            "name": decided.name,
            "alias": decided.alias,
        },
        f"Decision {decided.decision}: {where} ({decided.places} places, {decided.people} people)",
        *taught,
        f"Take it back: geozone review undo {decided.decision}",
    )


@app.command("accept")
def accept(
    reference: Reference,
    commune: Annotated[
        str | None, typer.Option("--commune", help="Code of the commune that is right, as `choose` takes it.")
    ] = None,
    role: Role = "home",
    only_this: OnlyThis = False,
    no_teaching: NoTeaching = False,
    reason: Reason = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Take the geocoder's first answer, for every case of the same address."""
    from geozone.pipeline import decisions

    with opened(workspace) as (space, settings):
        reviewer = _reviewer(settings, role, only_this, no_teaching)
        if commune is None:
            decided = decisions.accept(space, reference, reviewer, reason=reason)
        else:
            decided = decisions.choose(space, reference, commune, reviewer, reason=reason)
    _tell(decided, as_json)


@app.command("choose")
def choose(
    reference: Reference,
    code: Annotated[str, typer.Argument(help="Code of the commune: a candidate or any other.")],
    role: Role = "home",
    only_this: OnlyThis = False,
    no_teaching: NoTeaching = False,
    reason: Reason = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Say which commune an address is in, for every case of it."""
    from geozone.pipeline import decisions

    with opened(workspace) as (space, settings):
        reviewer = _reviewer(settings, role, only_this, no_teaching)
        decided = decisions.choose(space, reference, code, reviewer, reason=reason)
    _tell(decided, as_json)


@app.command("fix", hidden=True)
@app.command("pin")
def pin(
    reference: Reference,
    lon: Lon,
    lat: Lat,
    uncertainty_m: Uncertainty = 25.0,
    role: Role = "home",
    only_this: OnlyThis = False,
    no_teaching: NoTeaching = False,
    reason: Reason = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Put an address on a point; never overwritten by a re-run."""
    from geozone.pipeline import decisions

    with opened(workspace) as (space, settings):
        reviewer = _reviewer(settings, role, only_this, no_teaching)
        decided = decisions.pin(
            space, reference, lon, lat, reviewer, uncertainty_m=uncertainty_m, reason=reason
        )
    if decided.places > 1:
        warn(
            f"All {decided.places} places of this address are now at one point;"
            " if only one is there, undo it and use --only-this-case."
        )
    _tell(decided, as_json)


@app.command("reject")
def reject(
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why the place cannot be known.")],
    role: Role = "home",
    only_this: OnlyThis = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Say that an address cannot be placed: it stays unplaced, counted, with the reason."""
    from geozone.pipeline import decisions

    with opened(workspace) as (space, settings):
        decided = decisions.reject(space, reference, reason, _reviewer(settings, role, only_this))
    _tell(decided, as_json)


@app.command("undo")
def undo(
    decision: Annotated[int, typer.Argument(help="Number of the decision.", min=1)],
    reason: Reason = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a decision back: its places are as before, and what it taught is forgotten."""
    from geozone.pipeline import decisions

    with opened(workspace) as (space, settings):
        reviewer = _reviewer(settings, "home", only_this=False)
        decided = decisions.undo(space, decision, reviewer, reason=reason)
    answer(
        as_json,
        {
            "decision": decided.decision,
            "undoes": decision,
            "places": decided.places,
            "people": decided.people,
        },
        f"Decision {decided.decision} took {decision} back: {decided.places} places are as before"
        f" ({decided.people} people)",
    )


@app.command("history")
def history(
    reference: Annotated[
        str | None, typer.Argument(help="A place (p812) or a case; everything by default.")
    ] = None,
    role: Role = "home",
    limit: Annotated[int, typer.Option("--limit", help="How many to list.", min=1)] = 20,
    purpose: PurposeOption = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """List the decisions, newest first: who, when, what, why, and what was before and after."""
    from geozone.pipeline.review import decision_history

    why = chosen_purpose(purpose)
    with opened(workspace) as (space, settings):
        rows = decision_history(space, reference, role)[:limit]
        note_reading(space, settings, "review history", sum(len(row["changes"]) for row in rows), why)
    answer(
        as_json,
        {"decisions": rows},
        *(line for row in rows for line in _history_lines(row)),
        *(() if rows else ("No decision yet.",)),
    )


def _history_lines(row: dict[str, Any]) -> list[str]:
    what = row["action"] + (f" of {row['undoes']}" if row["undoes"] else "")
    scope = "" if row["scope"] == "address" else ", one case only"
    why = f"  because: {row['reason']}" if row["reason"] else ""
    undone = "  (taken back)" if row["undone"] else ""
    first = (
        f"{row['decision']}  {row['at']}  {row['actor']}  {what} ({row['places']} places{scope}){undone}{why}"
    )
    changes = [
        f"    {change['case_id']} ({change['role']}): {change['before']} -> {change['after']}"
        for change in row["changes"][:3]
    ]
    rest = len(row["changes"]) - len(changes)
    return [first, *changes, *([f"    ... and {rest} more"] if rest > 0 else [])]


@app.command("aliases")
def aliases(
    forget: Annotated[int | None, typer.Option("--forget", help="Number of an alias to forget.")] = None,
    forgotten: Annotated[bool, typer.Option("--forgotten", help="List those forgotten too.")] = False,
    purpose: PurposeOption = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """List the phrases that decisions taught, or forget one."""
    with opened(workspace) as (space, settings):
        if forget is not None:
            phrase = space.store.forget_alias(forget, at=now(), actor=actor(settings))
            answer(as_json, {"forgotten": forget, "alias": phrase}, f"Forgotten: {phrase}")
            return
        why = chosen_purpose(purpose)
        table = space.store.aliases(forgotten=forgotten)
        note_reading(space, settings, "taught phrases", len(table), why)
        names = space.units().communes.set_index("code")["full_name"]
    rows = [
        {
            **{name: row[name] for name in ("number", "alias", "code", "decision", "taught_by")},
            "commune": names.get(row["code"]),
            "taught_at": row["taught_at"].isoformat(),
            "forgotten": row["forgotten_at"] is not None,
        }
        for row in table.astype(object).where(table.notna(), None).to_dict("records")
    ]
    answer(
        as_json,
        {"aliases": rows},
        *(
            f"{row['number']}  {row['alias']} = {row['commune'] or row['code']}"
            f"  (decision {row['decision']}, {row['taught_by']}){'  forgotten' if row['forgotten'] else ''}"
            for row in rows
        ),
        *(() if rows else ("Nothing was taught yet.",)),
    )
