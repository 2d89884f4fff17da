"""``geozone users``, ``geozone api-keys`` and ``geozone audit``.

Whoever may write the private database owns it all, so these commands ask for no password: they are for
the one who keeps the machine, and what they do is in the audit under that person's name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geozone.cli.console import AsJson, WorkspaceOption, actor, answer, now, opened, say

if TYPE_CHECKING:
    from geozone.access import Identity, Scope
    from geozone.settings import Settings
    from geozone.store import Account

__all__ = ["api_keys", "audit", "users"]

users = typer.Typer(help="People who may sign in: their roles, limits and passwords.", no_args_is_help=True)
api_keys = typer.Typer(help="Keys that machines sign in with.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="Name of the account.")]
_Role = Annotated[str, typer.Option("--role", help="viewer, analyst, approver or admin.")]
_Areas = Annotated[
    list[str] | None,
    typer.Option("--area", help="Code of a province, district or commune; may be repeated. Else everywhere."),
]
_Diseases = Annotated[
    list[str] | None, typer.Option("--disease", help="Only this disease; may be repeated. Else all.")
]


@users.command("add")
def add(
    name: _Name,
    role: _Role,
    area: _Areas = None,
    disease: _Diseases = None,
    subject: Annotated[
        str | None, typer.Option("--openid-subject", help="ISSUER SUBJECT of OpenID Connect: no password.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; its one-time secret is shown once."""
    from geozone.access import AccessPolicy, Identity
    from geozone.pipeline import accounts

    with opened(workspace) as (space, settings):
        new = Identity(name, _role(role), _scope(area, disease))
        made, secret = accounts.add_account(
            space.store, new, _owner(settings), policy=AccessPolicy(), at=now(), subject=subject
        )
    answer(
        as_json,
        {"name": made.identity.name, "role": str(made.identity.role), "secret": secret},
        f"Made {made.identity.name}, {made.identity.role}.",
        "Signs in by OpenID Connect."
        if secret is None
        else f"One-time secret, shown once, to be changed within three days: {secret}",
    )


@users.command("list")
def listed(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """List the accounts."""
    with opened(workspace) as (space, _):
        found = space.store.accounts()
    answer(
        as_json,
        {"users": [_document(account) for account in found]},
        *(_line(account) for account in found),
        *(() if found else ("No account yet: geozone serve --accounts makes the first, an admin.",)),
    )


@users.command("disable")
def disable(name: _Name, workspace: WorkspaceOption = None) -> None:
    """Shut an account at once: its sessions, tokens and keys end."""
    _change(workspace, name, disabled=True)
    say(f"{name} is disabled.")


@users.command("enable")
def enable(name: _Name, workspace: WorkspaceOption = None) -> None:
    """Open an account again."""
    _change(workspace, name, disabled=False)
    say(f"{name} is enabled.")


@users.command("change")
def change(
    name: _Name,
    role: Annotated[str | None, typer.Option("--role", help="Its new role.")] = None,
    area: _Areas = None,
    disease: _Diseases = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="Take every limit away.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Give an account another role or other limits; its sessions end."""
    limits = {} if not (area or disease or everywhere) else {"scope": _scope(area, disease)}
    _change(workspace, name, **({} if role is None else {"role": _role(role)}), **limits)
    say(f"{name} is changed.")


@users.command("password")
def password(name: _Name, workspace: WorkspaceOption = None) -> None:
    """Give a one-time secret in place of a lost password, and open a lock."""
    from geozone.access import AccessPolicy
    from geozone.pipeline import accounts

    with opened(workspace) as (space, settings):
        secret = accounts.reset_password(space.store, name, _owner(settings), policy=AccessPolicy(), at=now())
    say(f"One-time secret of {name}, shown once, to be changed within three days: {secret}")


@api_keys.command("add")
def add_key(
    owner: Annotated[str, typer.Argument(help="Account that answers for the key.")],
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    role: _Role = "viewer",
    area: _Areas = None,
    disease: _Diseases = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long it holds.")] = 90,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown once. Send it as: Authorization: Bearer KEY."""
    from geozone.access import AccessPolicy
    from geozone.pipeline import accounts

    with opened(workspace) as (space, settings):
        key, text = accounts.add_machine_key(
            space.store,
            owner,
            _owner(settings),
            policy=AccessPolicy(),
            label=label,
            role=_role(role),
            scope=_scope(area, disease),
            days=days,
            at=now(),
        )
    answer(
        as_json,
        {"public_id": key.public_id, "key": text, "expires_at": key.expires_at.isoformat()},
        f"Key {key.public_id}, until {key.expires_at.date()}, shown once: {text}",
    )


@api_keys.command("list")
def list_keys(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """List the keys."""
    with opened(workspace) as (space, _):
        found = space.store.machine_keys()
    rows = [
        {
            "public_id": key.public_id,
            "owner": key.owner,
            "role": str(key.identity.role),
            "label": key.label,
            "expires_at": key.expires_at.isoformat(),
            "revoked": key.revoked_at is not None,
        }
        for key in found
    ]
    lines = (
        f"{row['public_id']}  {row['owner']}  {row['role']}  {row['label']}  until {row['expires_at']}"
        f"{'  taken back' if row['revoked'] else ''}"
        for row in rows
    )
    answer(as_json, {"api_keys": rows}, *lines)


@api_keys.command("revoke")
def revoke_key(
    public_id: Annotated[str, typer.Argument(help="Name of the key, as listed.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Take a key back."""
    with opened(workspace) as (space, settings):
        space.store.revoke_machine_key(public_id, at=now(), actor=actor(settings))
    say(f"{public_id} opens nothing any more.")


def audit(
    subject: Annotated[
        str | None, typer.Option("--subject", help="Only this case, account or draft.")
    ] = None,
    who: Annotated[str | None, typer.Option("--actor", help="Only what this person did.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Only actions that begin so.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Tell who did what, newest first: imports, decisions, readings of addresses, sign-ins, drafts."""
    with opened(workspace) as (space, _):
        found = space.store.audit(subject=subject)
    if who is not None:
        found = found[found["actor"] == who]
    if action is not None:
        found = found[found["action"].str.startswith(action)]
    rows: list[dict[str, Any]] = found.head(limit).to_dict("records")
    lines = (
        f"{row['at']:%Y-%m-%d %H:%M:%S}  {row['actor']}  {row['action']}  {row['subject']}  {row['detail']}"
        for row in rows
    )
    answer(as_json, {"audit": rows}, *lines)


def _owner(settings: Settings) -> Identity:
    from geozone.pipeline.accounts import SYSTEM

    return replace(SYSTEM, name=f"{actor(settings)} (command line)")


def _change(workspace: Any, name: str, **values: Any) -> None:
    from geozone.access import AccessPolicy
    from geozone.pipeline import accounts

    with opened(workspace) as (space, settings):
        accounts.change_account(
            space.store, name, _owner(settings), policy=AccessPolicy(), at=now(), **values
        )


def _role(name: str) -> Any:
    from geozone.access import ASSIGNABLE, Role

    if name not in ASSIGNABLE:
        raise typer.BadParameter(f"{name!r} is not a role; name one of {', '.join(ASSIGNABLE)}")
    return Role(name)


def _scope(areas: list[str] | None, diseases: list[str] | None) -> Scope:
    from geozone.access import Scope

    return Scope(frozenset(areas) if areas else None, {"disease": frozenset(diseases)} if diseases else {})


def _document(account: Account) -> dict[str, Any]:
    who = account.identity
    return {
        "name": who.name,
        "role": str(who.role),
        "areas": None if who.scope.areas is None else sorted(who.scope.areas),
        "attributes": {name: sorted(values) for name, values in who.scope.attributes.items()},
        "disabled": account.disabled,
        "must_change_password": who.must_change_password,
        "changed_by": account.changed_by,
        "changed_at": account.changed_at.isoformat(),
    }


def _line(account: Account) -> str:
    row = _document(account)
    where = "everywhere" if row["areas"] is None else ",".join(row["areas"])
    what = "; ".join(f"{name} {','.join(values)}" for name, values in row["attributes"].items())
    marks = [
        mark
        for mark, on in (("disabled", row["disabled"]), ("one-time secret", row["must_change_password"]))
        if on
    ]
    return "  ".join([row["name"], row["role"], where, *([what] if what else []), *marks])
