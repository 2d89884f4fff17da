"""From a draft to a release with four eyes: submitted, approved under a decision number, put in force.

Each step asks the access policy, so that the service, the command line and a notebook are held to the
same rules, and is kept with who took it and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geozone.access import AccessPolicy, Identity, Resource, Right
from geozone.errors import DataError, Fault
from geozone.pipeline.publish import release
from geozone.release import Release
from geozone.rules import list_rulesets
from geozone.store import DraftState, DraftStep, Step, state_after
from geozone.workspace import Workspace

__all__ = [
    "RIGHT_OF",
    "DraftStanding",
    "list_standings",
    "release_approved",
    "resource_of",
    "standing",
    "take_step",
]

RIGHT_OF = {
    Step.SUBMIT: Right.DRAFT_SUBMIT,
    Step.WITHDRAW: Right.DRAFT_SUBMIT,
    Step.APPROVE: Right.DRAFT_APPROVE,
    Step.RETURN: Right.DRAFT_APPROVE,
    Step.RELEASE: Right.DRAFT_RELEASE,
}
"""What each step needs."""


@dataclass(frozen=True, slots=True)
class DraftStanding:
    """A draft and where it stands.

    Attributes
    ----------
    header : dict
        What the draft says of itself: ``id, saved_at, actor, as_of, rules, counts`` and more.
    steps : tuple of DraftStep
        What was done with it, oldest first.
    """

    header: dict[str, Any]
    steps: tuple[DraftStep, ...]

    @property
    def state(self) -> DraftState:
        """Where it stands."""
        return state_after(self.steps)

    @property
    def revision(self) -> int:
        """Number of its newest step; 0 before any."""
        return self.steps[-1].number if self.steps else 0

    @property
    def hands(self) -> frozenset[str]:
        """Who drew it and who submitted it: those who may not approve it."""
        submitted = {step.actor for step in self.steps if step.step is Step.SUBMIT}
        return frozenset({str(self.header["actor"]), *submitted})

    @property
    def decision(self) -> str | None:
        """Number of the decision that approved it; none where it is not approved."""
        if self.state not in (DraftState.APPROVED, DraftState.RELEASED):
            return None
        return next(step.decision for step in reversed(self.steps) if step.step is Step.APPROVE)


def standing(workspace: Workspace, draft: str) -> DraftStanding:
    """Tell where a draft stands.

    Parameters
    ----------
    workspace : Workspace
        Where it is kept.
    draft : str
        Identifier, or ``latest``.

    Returns
    -------
    DraftStanding
        With its steps.

    Raises
    ------
    NotFoundError
        If there is no such draft.
    """
    header = workspace.drafts.header(draft)
    return DraftStanding(header, tuple(workspace.store.draft_steps(header["id"])))


def list_standings(workspace: Workspace) -> list[DraftStanding]:
    """Tell where every draft stands.

    Parameters
    ----------
    workspace : Workspace
        Where they are kept.

    Returns
    -------
    list of DraftStanding
        Newest first.
    """
    steps: dict[str, list[DraftStep]] = {}
    for step in workspace.store.draft_steps():
        steps.setdefault(step.draft, []).append(step)
    return [
        DraftStanding(workspace.drafts.header(name), tuple(steps.get(name, ())))
        for name in reversed(workspace.drafts.list())
    ]


def resource_of(workspace: Workspace, found: DraftStanding) -> Resource:
    """Tell what a draft is about: the communes that have cases or zones, and its diseases.

    Parameters
    ----------
    workspace : Workspace
        Where it is kept.
    found : DraftStanding
        The draft.

    Returns
    -------
    Resource
        What the one who submits or approves it must be responsible for.
    """
    communes = workspace.drafts.attributes(found.header["id"], "communes")
    touched = (communes["cases_total"].fillna(0) > 0) | (communes["in_zone"] != "none")
    pairs = communes.loc[touched, ["code", "province_code"]].itertuples(index=False, name=None)
    rules = str(found.header["rules"].get("id", ""))
    # A rule set of the user's own folder is not known here: its diseases lie within no limits.
    known = next((item.diseases for item in list_rulesets() if item.id == rules), ("unknown",))
    areas = tuple((str(code), str(province)) for code, province in pairs)
    return Resource(areas, {"disease": frozenset(known)})


def take_step(
    workspace: Workspace,
    draft: str,
    step: Step,
    identity: Identity,
    *,
    policy: AccessPolicy,
    at: datetime,
    expected: int | None = None,
    decision: str | None = None,
    note: str | None = None,
) -> DraftStanding:
    """Submit, withdraw, approve or return a draft.

    Parameters
    ----------
    workspace : Workspace
        Where it is kept.
    draft : str
        Identifier, or ``latest``.
    step : Step
        What is done; for a release use ``release_approved``.
    identity : Identity
        Who does it.
    policy : AccessPolicy
        What they are held to.
    at : datetime
        When, with zone.
    expected : int, optional
        Revision of the draft as they saw it.
    decision : str, optional
        Number of the decision, needed to approve.
    note : str, optional
        Why; needed to return.

    Returns
    -------
    DraftStanding
        Where it stands now.

    Raises
    ------
    DeniedError
        If the policy refuses: their role, their area, or they drew or submitted it.
    DataError
        If an approval has no decision number, or a return no reason.
    ConflictError
        If somebody took a step meanwhile, or this one does not follow.
    NotFoundError
        If there is no such draft.
    """
    found = standing(workspace, draft)
    policy.require(identity, RIGHT_OF[step], resource_of(workspace, found))
    if step is Step.APPROVE:
        policy.require_other(identity, found.hands)
    _ask(step, decision, note)
    workspace.store.take_step(
        found.header["id"],
        step,
        expected=expected if expected is not None else found.revision,
        at=at,
        actor=identity.name,
        decision=decision.strip() if step is Step.APPROVE and decision else None,
        note=note,
    )
    return standing(workspace, found.header["id"])


def release_approved(
    workspace: Workspace,
    draft: str,
    identity: Identity,
    *,
    policy: AccessPolicy,
    at: datetime,
    expected: int | None = None,
) -> Release:
    """Put an approved draft in force under the number of its approval.

    Parameters
    ----------
    workspace : Workspace
        Where it is kept.
    draft : str
        Identifier, or ``latest``.
    identity : Identity
        Who does it.
    policy : AccessPolicy
        What they are held to.
    at : datetime
        When, with zone.
    expected : int, optional
        Revision of the draft as they saw it.

    Returns
    -------
    Release
        In force. Killed between publication and its record, the same call makes the record good.

    Raises
    ------
    DeniedError
        If the policy refuses.
    ConflictError
        If it is not approved, or somebody took a step meanwhile.
    NotFoundError
        If there is no such draft.
    """
    found = standing(workspace, draft)
    policy.require(identity, Right.DRAFT_RELEASE, resource_of(workspace, found))
    policy.require_other(identity, found.hands)
    workspace.store.check_step(
        found.header["id"], Step.RELEASE, expected=expected if expected is not None else found.revision
    )
    made = release(
        workspace,
        draft=found.header["id"],
        decision=found.decision or "",
        created_at=at,
        actor=identity.name,
    )
    if found.state is not DraftState.RELEASED:
        workspace.store.take_step(
            found.header["id"],
            Step.RELEASE,
            expected=found.revision,
            at=at,
            actor=identity.name,
            decision=found.decision,
            note=made.digest,
        )
    return made


def _ask(step: Step, decision: str | None, note: str | None) -> None:
    """Ask for what a step needs."""
    if step is Step.APPROVE and not (decision or "").strip():
        raise DataError("approval", [Fault(None, "decision", "nothing", "the number of the decision")])
    if step is Step.RETURN and not (note or "").strip():
        raise DataError("return", [Fault(None, "note", "nothing", "why it goes back")])
