"""``geozone drafts``: where each draft stands, and the way to a release with four eyes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import AsJson, WorkspaceOption, actor, answer, now, opened, say
from geozone.cli.keys import unlock

if TYPE_CHECKING:
    from geozone.access import AccessPolicy, Identity
    from geozone.pipeline.approval import DraftStanding
    from geozone.settings import Settings
    from geozone.workspace import Workspace

__all__ = ["app", "identified"]

app = typer.Typer(help="Drafts: submit, approve, put in force.", no_args_is_help=True)

_Draft = Annotated[str, typer.Argument(help="Identifier of the draft, or latest.")]
_As = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Account to sign in as, where there are accounts."),
]
_Note = Annotated[str | None, typer.Option("--note", help="Why, in your words.")]


def identified(space: Workspace, settings: Settings, name: str | None) -> tuple[Identity, AccessPolicy]:
    """Tell who works on the command line: an account where there are accounts, else the one person."""
    from geozone.access import AccessPolicy, Identity, Role
    from geozone.pipeline.accounts import sign_in

    if not space.store.accounts():
        return Identity(actor(settings), Role.OWNER), AccessPolicy(four_eyes=False)
    if name is None:
        raise typer.BadParameter("this workspace has accounts: say who you are with --as NAME")
    password = typer.prompt(f"Password of {name}", hide_input=True, err=True)
    return sign_in(space.store, name, password, at=now()).identity, AccessPolicy()


@app.command("list")
def listed(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """List the drafts, newest first, and where each stands."""
    from geozone.pipeline.approval import list_standings

    with opened(workspace) as (space, _):
        found = list_standings(space)
    rows = [
        {
            "id": one.header["id"],
            "as_of": one.header["as_of"],
            "drafted_by": one.header["actor"],
            "state": str(one.state),
            "decision": one.decision,
        }
        for one in found
    ]
    lines = (
        f"{str(row['id'])[:12]}  {row['as_of']}  {row['state']}  {row['drafted_by']}  {row['decision'] or ''}"
        for row in rows
    )
    answer(as_json, {"drafts": rows}, *(lines if rows else ("No draft yet.",)))


@app.command("submit")
def submit(
    draft: _Draft = "latest", name: _As = None, note: _Note = None, workspace: WorkspaceOption = None
) -> None:
    """Hand a draft to those who approve."""
    _tell(_step(workspace, draft, "submit", name, note=note))


@app.command("withdraw")
def withdraw(
    draft: _Draft = "latest", name: _As = None, note: _Note = None, workspace: WorkspaceOption = None
) -> None:
    """Take a submitted draft back."""
    _tell(_step(workspace, draft, "withdraw", name, note=note))


@app.command("approve")
def approve(
    decision: Annotated[str, typer.Option("--decision", help="Number of the decision.")],
    draft: _Draft = "latest",
    name: _As = None,
    note: _Note = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Approve a draft of somebody else under a decision number."""
    _tell(_step(workspace, draft, "approve", name, note=note, decision=decision))


@app.command("return")
def send_back(
    note: Annotated[str, typer.Option("--note", help="Why it goes back.")],
    draft: _Draft = "latest",
    name: _As = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Send a draft back to who drew it."""
    _tell(_step(workspace, draft, "return", name, note=note))


@app.command("release")
def release(draft: _Draft = "latest", name: _As = None, workspace: WorkspaceOption = None) -> None:
    """Put an approved draft in force under the number of its approval."""
    from geozone.pipeline.approval import release_approved

    with opened(workspace) as (space, settings):
        who, policy = identified(space, settings, name)
        unlock(settings, space.keys)
        chosen = _full(space, draft)
        made = release_approved(space, chosen, who, policy=policy, at=now())
    say(f"Released {made.digest} under {made.manifest['decision']} by {who.name}")


def _step(
    workspace: Path | None,
    draft: str,
    step: str,
    name: str | None,
    *,
    note: str | None,
    decision: str | None = None,
) -> DraftStanding:
    from geozone.pipeline import approval
    from geozone.store import Step

    with opened(workspace) as (space, settings):
        who, policy = identified(space, settings, name)
        return approval.take_step(
            space,
            _full(space, draft),
            Step(step),
            who,
            policy=policy,
            at=now(),
            decision=decision,
            note=note,
        )


def _full(space: Workspace, draft: str) -> str:
    """Complete the beginning of an identifier, as the list shows it."""
    found = [one for one in space.drafts.list() if one.startswith(draft)]
    return found[0] if len(found) == 1 and len(draft) >= 6 else draft


def _tell(found: DraftStanding) -> None:
    say(f"Draft {found.header['id'][:12]} as of {found.header['as_of']} is {found.state}.")
