"""``geozone keys``: the keys that sign releases, those that are trusted, those that encrypt identifiers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geozone.cli.console import (
    AsJson,
    WorkspaceOption,
    actor,
    answer,
    now,
    opened,
    progress_bars,
    say,
)
from geozone.errors import DataError, Fault
from geozone.settings import Settings

if TYPE_CHECKING:
    from geozone.release.signing import KeyFolder, PublicKey
    from geozone.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True, help="Keys that sign releases, that are trusted, and that encrypt identifiers."
)

_Passphrase = Annotated[
    bool, typer.Option("--passphrase", help="Ask for a passphrase that encrypts the private key.")
]


def unlock(settings: Settings, keys: KeyFolder) -> None:
    """Take the passphrase of the key that signs from the environment, or ask for it at a terminal."""
    active = keys.active()
    if settings.key_passphrase is not None:
        keys.passphrase = settings.key_passphrase.get_secret_value()
    elif active is not None and keys.is_locked(active):
        keys.passphrase = str(typer.prompt("Passphrase of the signing key", hide_input=True, err=True))


def _new_passphrase(wanted: bool) -> str | None:
    if not wanted:
        return None
    return str(typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))


@app.command("make")
def make(
    name: Annotated[str, typer.Option("--name", help="The office, as readers should know it.")],
    passphrase: _Passphrase = False,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day on which it may sign.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make the first signing key, and sign the newest release if there is one."""
    from geozone.pipeline.publish import signing_key

    with opened(workspace) as (space, settings):
        unlock(settings, space.keys)
        space.keys.passphrase = _new_passphrase(passphrase) or space.keys.passphrase
        end = None if until is None else until.replace(hour=23, minute=59, second=59, tzinfo=UTC)
        made = space.keys.make(name, at=now(), until=end)
        signing_key(space, at=now())
        _sign_newest(space)
        _tell_made(space, made.fingerprint)


def _sign_newest(space: Workspace) -> None:
    """Sign the newest release: it vouches for all before it."""
    older = space.releases.list()
    key = space.keys.signer()
    if older and key is not None:
        space.releases.sign(older[0].digest, key, at=now())


def _tell_made(space: Workspace, fingerprint: str) -> None:
    from geozone.release.signing import grouped

    say(f"Key {grouped(fingerprint)}")
    say(f"The private key is in {space.root / 'keys'}: back it up apart from the releases.")
    say("Print the fingerprint on every order, so that readers can compare it.")


@app.command("list")
def list_keys(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the keys of the workspace."""
    from geozone.release.signing import grouped

    with opened(workspace) as (space, _):
        ring, active = space.keys.ring(), space.keys.active()
        found = [key for name in ring.fingerprints if (key := ring.key(name)) is not None]
        rows = [_row(key, space.keys, active) for key in found]
    answer(
        as_json,
        {"keys": rows},
        *(f"{'*' if row['active'] else ' '} {grouped(str(row['key']))}  {_told(row)}" for row in rows),
        *(() if rows else ("No key yet: the first release makes one, or: geozone keys make --name OFFICE",)),
    )


def _row(key: PublicKey, keys: KeyFolder, active: str | None) -> dict[str, object]:
    revocation = key.revocation
    return {
        "key": key.fingerprint,
        "name": key.name,
        "active": key.fingerprint == active,
        "private_key_here": keys.is_here(key.fingerprint),
        "since": key.since.isoformat(),
        "until": None if key.until is None else key.until.isoformat(),
        "revoked": None
        if revocation is None
        else {
            "at": revocation.at.isoformat(),
            "reason": revocation.reason,
            "compromised": revocation.compromised,
        },
    }


def _told(row: dict[str, object]) -> str:
    revoked = row["revoked"]
    state = f"since {str(row['since'])[:10]}"
    if row["until"]:
        state += f", until {str(row['until'])[:10]}"
    if isinstance(revoked, dict):
        grave = "COMPROMISED" if revoked["compromised"] else "revoked"
        state += f", {grave} on {str(revoked['at'])[:10]}: {revoked['reason']}"
    return f"{row['name']}  ({state})"


@app.command("rotate")
def rotate(passphrase: _Passphrase = False, workspace: WorkspaceOption = None) -> None:
    """Replace the signing key; the old one vouches for the new one and retires."""
    with opened(workspace) as (space, settings):
        unlock(settings, space.keys)
        secret = _new_passphrase(passphrase)
        made = space.keys.rotate(at=now(), new_passphrase=secret or space.keys.passphrase)
        space.releases.put_ring(space.keys.ring())
        _tell_made(space, made.fingerprint)


@app.command("rotate-identifiers")
def rotate_identifiers(
    destroy_old: Annotated[
        bool,
        typer.Option(
            "--destroy-old",
            help="Then destroy the older keys: identifiers in backups made before are unreadable for ever.",
        ),
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Encrypt names, telephone numbers and addresses with a new key; run again if it was interrupted."""
    with opened(workspace) as (space, settings), progress_bars() as progress:
        done = 0

        def told(rows: int) -> None:
            nonlocal done
            done += rows
            progress("encrypting anew", done, None)

        written = space.store.rotate_identifiers(
            at=now(), actor=actor(settings), destroy_old=destroy_old, told=told
        )
        path = space.store.keys.path
    say(f"Wrote {written} rows with a new key, in {path}: keep a copy of it apart from the backups.")
    if destroy_old:
        say("The older keys are destroyed: make a new backup now.")
    else:
        say("The older keys stay in the file, for backups made before are read with them.")


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Fingerprint, or its beginning.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is published.")],
    compromised: Annotated[
        bool,
        typer.Option("--compromised", help="Somebody else may hold it: no signature of it counts any more."),
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Say that a key is no longer to be believed. If it still signs: rotate first."""
    with opened(workspace) as (space, settings):
        found = space.keys.find(key)
        unlock(settings, space.keys)
        space.keys.revoke(found, reason=reason, compromised=compromised, at=now())
        space.releases.put_ring(space.keys.ring())
        active = space.keys.active()
        if active is not None:
            _sign_newest(space)
    say(f"Revoked {found}." + ("" if active else " No key signs now: geozone keys make --name OFFICE"))


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="File to write.")] = Path("geozone-keys.json"),
    workspace: WorkspaceOption = None,
) -> None:
    """Write the public keys to a file that others can trust; no private key is in it."""
    from geozone.release.disk import refusals, write_whole

    with opened(workspace) as (space, _), refusals(out):
        write_whole(out, space.keys.ring().to_bytes())
    say(f"Wrote {out}. Give it away together with the fingerprint on paper.")


@app.command("trust")
def trust(
    key: Annotated[str, typer.Argument(help="Fingerprint as printed on the order, or a file of keys.")],
) -> None:
    """Trust a key on this machine, after comparing its fingerprint with the one on paper."""
    from geozone.release.signing import KeyRing, Trust, TrustFile, grouped

    file = TrustFile(Settings().trust_path)
    path = Path(key)
    if path.is_file():
        try:
            ring = KeyRing.from_bytes(path.read_bytes())
        except ValueError as error:
            raise DataError(
                path.name, [Fault(None, None, str(error), "a file of geozone keys export")]
            ) from None
        anchors = frozenset(ring.fingerprints)
    else:
        wanted = key.replace(" ", "").lower()
        if len(wanted) != 32 or set(wanted) - set("0123456789abcdef"):
            raise typer.BadParameter("a fingerprint has 32 hexadecimal digits")
        ring, anchors = KeyRing(), frozenset({wanted})
    file.write(file.read() | Trust(anchors, ring))
    for name in sorted(anchors):
        say(f"Trusted: {grouped(name)}")


@app.command("sign")
def sign(
    release: Annotated[str, typer.Argument(help="Digest, its beginning, or current.")] = "current",
    workspace: WorkspaceOption = None,
) -> None:
    """Sign a release that was published without a signature."""
    from geozone.pipeline.publish import signing_key

    with opened(workspace) as (space, settings):
        unlock(settings, space.keys)
        key = signing_key(space, at=now())
        made = space.releases.sign(release, key, at=now())
    say(f"Signed {made.digest}")
