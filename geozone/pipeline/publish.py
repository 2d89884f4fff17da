"""From a draft to a release."""

from __future__ import annotations

from datetime import datetime

from geozone.disclosure import Disclosure, protect
from geozone.errors import ConflictError
from geozone.release import Release
from geozone.release.signing import SigningKey
from geozone.workspace import Workspace

__all__ = ["put_in_force", "release", "signing_key"]


def release(
    workspace: Workspace, *, decision: str, created_at: datetime, actor: str, draft: str | None = None
) -> Release:
    """Publish a draft under a decision number, signed, with small counts of cases withheld.

    The first release makes the signing key of the workspace. How small is small is decided in the workspace.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    decision : str
        Number or name of the decision that puts it in force.
    created_at : datetime
        Time of publication, with zone.
    actor : str
        Who puts it in force.
    draft : str, optional
        Identifier of the draft; the latest by default.

    Returns
    -------
    Release
        Now the current one. Publishing the same draft twice returns the first.

    Raises
    ------
    NotFoundError
        If there is no draft.
    ConflictError
        If the passphrase is missing or wrong, or the signing key was revoked.
    StoreError
        If the disk refuses; the previous release stays whole.
    """
    chosen = workspace.drafts.latest() if draft is None else workspace.drafts.load(draft)
    key = signing_key(workspace, at=created_at)
    public = protect(chosen, Disclosure(workspace.small_under))
    published = workspace.releases.publish(
        public, decision=decision, created_at=created_at, actor=actor, signer=key
    )
    workspace.zone_days.mark_released(chosen.as_of, draft=chosen.id, release=published.digest)
    return published


def put_in_force(workspace: Workspace, ref: str, *, at: datetime, actor: str) -> Release:
    """Put an older release in force again, by a signed order.

    Parameters
    ----------
    workspace : Workspace
        Where.
    ref : str
        A digest, or at least the first six digits of one.
    at : datetime
        Time, with zone.
    actor : str
        Who decides.

    Returns
    -------
    Release
        Now in force.

    Raises
    ------
    NotFoundError
        If there is no such release.
    ConflictError
        If several begin so, or the passphrase is missing or wrong.
    StoreError
        If it is not whole, or the disk refuses.
    """
    key = signing_key(workspace, at=at)
    return workspace.releases.set_current(ref, at=at, actor=actor, signer=key)


def signing_key(workspace: Workspace, *, at: datetime) -> SigningKey:
    """Open the key that signs, making the first one, and publish the ring it belongs to.

    Its passphrase, if it has one, is that of ``workspace.keys``.

    Parameters
    ----------
    workspace : Workspace
        Whose key.
    at : datetime
        Time, with zone.

    Returns
    -------
    SigningKey
        Open.

    Raises
    ------
    ConflictError
        If the passphrase is missing or wrong, every key was revoked, or the key may not sign at that
        time, as after a clock was set back.
    StoreError
        If the disk refuses.
    """
    key = workspace.keys.signer()
    if key is None:
        key = workspace.keys.make(workspace.root.resolve().name, at=at)
        _sign_what_is_there(workspace, key, at)
    ring = workspace.keys.ring()
    public = ring.key(key.fingerprint)
    if public is not None and public.refusal(at) is not None:
        raise ConflictError(
            f"the key {key.fingerprint} may not sign at {at:%Y-%m-%d %H:%M} UTC: look at the clock of this "
            "machine, or replace the key with: geozone keys rotate"
        )
    workspace.releases.put_ring(ring)
    return key


def _sign_what_is_there(workspace: Workspace, key: SigningKey, at: datetime) -> None:
    """Sign the newest release of a folder that was never signed: it vouches for those before it."""
    older = workspace.releases.list()
    if older:
        workspace.releases.put_ring(workspace.keys.ring())
        workspace.releases.sign(older[0].digest, key, at=at)
