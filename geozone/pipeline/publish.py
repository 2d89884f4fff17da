"""From a draft to a release."""

from __future__ import annotations

from datetime import datetime

from geozone.release import Release
from geozone.workspace import Workspace

__all__ = ["release"]


def release(
    workspace: Workspace, *, decision: str, created_at: datetime, actor: str, draft: str | None = None
) -> Release:
    """Publish a draft under a decision number.

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
    StoreError
        If the disk refuses; the previous release stays whole.
    """
    chosen = workspace.drafts.latest() if draft is None else workspace.drafts.load(draft)
    published = workspace.releases.publish(chosen, decision=decision, created_at=created_at, actor=actor)
    workspace.zone_days.mark_released(chosen.as_of, draft=chosen.id, release=published.digest)
    return published
