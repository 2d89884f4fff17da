"""The drafts of a workspace behind the approval routes: loaded only where the private part is served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from geozone.access import AccessPolicy, Identity
from geozone.pipeline import approval
from geozone.pipeline.approval import RIGHT_OF, DraftStanding, list_standings, standing
from geozone.store import DraftState, Step
from geozone.workspace import Workspace

__all__ = ["WorkspaceOffice"]

_OPEN: dict[DraftState, tuple[Step, ...]] = {
    DraftState.DRAFTED: (Step.SUBMIT,),
    DraftState.RETURNED: (Step.SUBMIT,),
    DraftState.WITHDRAWN: (Step.SUBMIT,),
    DraftState.SUBMITTED: (Step.APPROVE, Step.RETURN, Step.WITHDRAW),
    DraftState.APPROVED: (Step.RELEASE, Step.RETURN),
    DraftState.RELEASED: (),
}
_NOT_ONES_OWN = (Step.APPROVE, Step.RELEASE)


class WorkspaceOffice:
    """The drafts of one workspace; safe to share between threads.

    Parameters
    ----------
    workspace : Workspace
        Open, and kept open by whoever opened it.
    now : callable
        Tells the time, with zone.
    """

    def __init__(self, workspace: Workspace, *, now: Callable[[], datetime]) -> None:
        self._space, self._now = workspace, now
        self._lock = threading.Lock()

    def drafts(self, identity: Identity, policy: AccessPolicy) -> list[dict[str, Any]]:
        """List the drafts, newest first."""
        newest = self._latest()
        return [self._document(one, newest, identity, policy) for one in list_standings(self._space)]

    def draft(self, draft: str, identity: Identity, policy: AccessPolicy) -> dict[str, Any]:
        """Describe one draft."""
        return self._document(standing(self._space, draft), self._latest(), identity, policy)

    def take_step(
        self,
        draft: str,
        step: str,
        identity: Identity,
        policy: AccessPolicy,
        *,
        expected: int,
        decision: str | None,
        note: str | None,
    ) -> dict[str, Any]:
        """Submit, withdraw, approve or return it."""
        taken = approval.take_step(
            self._space,
            draft,
            Step(step),
            identity,
            policy=policy,
            at=self._now(),
            expected=expected,
            decision=decision,
            note=note,
        )
        return self._document(taken, self._latest(), identity, policy)

    def release(
        self, draft: str, identity: Identity, policy: AccessPolicy, *, expected: int
    ) -> dict[str, Any]:
        """Put an approved draft in force."""
        name = standing(self._space, draft).header["id"]
        with self._lock:
            made = approval.release_approved(
                self._space, name, identity, policy=policy, at=self._now(), expected=expected
            )
        return {
            "digest": made.digest,
            "decision": made.manifest["decision"],
            "draft": self.draft(name, identity, policy),
        }

    def _latest(self) -> str:
        return str(self._space.drafts.header("latest")["id"]) if self._space.drafts.list() else ""

    def _document(
        self, found: DraftStanding, newest: str, identity: Identity, policy: AccessPolicy
    ) -> dict[str, Any]:
        header = found.header
        refused = self._refusals(found, identity, policy)
        return {
            "id": header["id"],
            "as_of": header["as_of"],
            "saved_at": header["saved_at"],
            "drafted_by": header["actor"],
            "rules": header["rules"],
            "state": str(found.state),
            "revision": found.revision,
            "decision": found.decision,
            "latest": header["id"] == newest,
            "counts": header["counts"],
            "warnings_vi": [vietnamese for vietnamese, _ in header["warnings"]],
            "warnings_en": [english for _, english in header["warnings"]],
            "steps": [
                {
                    "step": str(step.step),
                    "at": step.at.isoformat(),
                    "actor": step.actor,
                    "decision": step.decision,
                    "note": step.note,
                }
                for step in found.steps
            ],
            "may": {str(step): step in refused and refused[step] == "" for step in Step},
            "why_not": {str(step): reason for step, reason in refused.items() if reason},
        }

    def _refusals(self, found: DraftStanding, identity: Identity, policy: AccessPolicy) -> dict[Step, str]:
        """Tell, of every step that the draft is open to, why this person may not take it."""
        return {step: self._refusal(step, found, identity, policy) for step in _OPEN[found.state]}

    def _refusal(self, step: Step, found: DraftStanding, identity: Identity, policy: AccessPolicy) -> str:
        about = approval.resource_of(self._space, found) if identity.scope.limited else None
        verdict = (
            policy.verdict(identity, RIGHT_OF[step])
            if about is None
            else policy.verdict(identity, RIGHT_OF[step], about)
        )
        if verdict.allowed and step in _NOT_ONES_OWN:
            verdict = policy.other_verdict(identity, found.hands)
        return verdict.reason
