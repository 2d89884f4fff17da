"""The way of a draft to a release, step by step, each by somebody at some time; only ever appended.

::

    drafted -> submitted -> approved -> released
       ^           |            |
       +-----------+------------+   returned or withdrawn: to be submitted again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from geozone.errors import ConflictError
from geozone.store.engine import reading, writing
from geozone.store.records import append_audit
from geozone.store.tables import METADATA

__all__ = ["Approvals", "DraftState", "DraftStep", "Step", "state_after"]

_STEPS = METADATA.tables["draft_steps"]


class Step(StrEnum):
    """What is done with a draft."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    RELEASE = "release"


class DraftState(StrEnum):
    """Where a draft stands."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"


_LEADS_TO: Mapping[Step, DraftState] = {
    Step.SUBMIT: DraftState.SUBMITTED,
    Step.APPROVE: DraftState.APPROVED,
    Step.RETURN: DraftState.RETURNED,
    Step.WITHDRAW: DraftState.WITHDRAWN,
    Step.RELEASE: DraftState.RELEASED,
}
_FROM: Mapping[Step, frozenset[DraftState]] = {
    Step.SUBMIT: frozenset({DraftState.DRAFTED, DraftState.RETURNED, DraftState.WITHDRAWN}),
    Step.APPROVE: frozenset({DraftState.SUBMITTED}),
    Step.RETURN: frozenset({DraftState.SUBMITTED, DraftState.APPROVED}),
    Step.WITHDRAW: frozenset({DraftState.SUBMITTED}),
    Step.RELEASE: frozenset({DraftState.APPROVED, DraftState.RELEASED}),
}


@dataclass(frozen=True, slots=True)
class DraftStep:
    """A step that was taken.

    Attributes
    ----------
    number : int
        Its number in the store; that of the newest is the revision of the draft.
    draft : str
        Identifier of the draft.
    step : Step
        What was done.
    at : datetime
        When, UTC.
    actor : str
        By whom.
    decision : str or None
        Number of the decision, for an approval and a release.
    note : str or None
        Why, in their words.
    """

    number: int
    draft: str
    step: Step
    at: datetime
    actor: str
    decision: str | None
    note: str | None


def state_after(steps: Sequence[DraftStep]) -> DraftState:
    """Tell where a draft stands.

    Parameters
    ----------
    steps : sequence of DraftStep
        Its steps, oldest first.

    Returns
    -------
    DraftState
        After the newest.
    """
    return _LEADS_TO[steps[-1].step] if steps else DraftState.DRAFTED


class Approvals:
    """The part of the store that keeps the steps of drafts.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def draft_steps(self, draft: str | None = None) -> list[DraftStep]:
        """Read the steps of a draft, or of all.

        Parameters
        ----------
        draft : str, optional
            Identifier.

        Returns
        -------
        list of DraftStep
            Oldest first.

        Raises
        ------
        StoreError
            If the database refuses.
        """
        with reading(self._engine) as connection:
            return _read(connection, draft)

    def check_step(self, draft: str, step: Step, *, expected: int | None) -> None:
        """Refuse a step that could not be taken now.

        Parameters
        ----------
        draft : str
            Identifier.
        step : Step
            What would be done.
        expected : int or None
            Revision of the draft as it was seen.

        Raises
        ------
        ConflictError
            As ``take_step``.
        """
        with reading(self._engine) as connection:
            _check(_read(connection, draft), step, expected)

    def take_step(
        self,
        draft: str,
        step: Step,
        *,
        expected: int | None,
        at: datetime,
        actor: str,
        decision: str | None = None,
        note: str | None = None,
    ) -> DraftStep:
        """Take a step, if the draft stands where it may be taken and nobody took another meanwhile.

        Parameters
        ----------
        draft : str
            Identifier.
        step : Step
            What is done.
        expected : int or None
            Revision of the draft as it was seen, 0 before any step; ``None`` not to ask.
        at : datetime
            When, with zone.
        actor : str
            By whom.
        decision : str, optional
            Number of the decision.
        note : str, optional
            Why.

        Returns
        -------
        DraftStep
            As kept.

        Raises
        ------
        ConflictError
            If somebody took a step since (it says who and when), or this one does not follow; nothing
            changes.
        StoreError
            If the database refuses; nothing changes.
        """
        with writing(self._engine) as connection:
            _check(_read(connection, draft), step, expected)
            row = {"draft": draft, "step": str(step), "at": at, "actor": actor}
            row |= {"decision": decision, "note": note}
            number = connection.execute(sa.insert(_STEPS).values(row).returning(_STEPS.c.seq)).scalar_one()
            append_audit(
                connection,
                at=at,
                actor=actor,
                action=f"draft-{step}",
                entries=[(f"draft {draft[:12]}", {"decision": decision})],
            )
            return _read(connection, draft, number=int(number))[0]


def _check(steps: Sequence[DraftStep], step: Step, expected: int | None) -> None:
    newest = steps[-1] if steps else None
    who, when = (newest.actor, newest.at) if newest else (None, None)
    if expected is not None and expected != (newest.number if newest else 0):
        raise ConflictError("somebody took a step with this draft since you looked", by=who, at=when)
    state = state_after(steps)
    if state not in _FROM[step]:
        raise ConflictError(f"a draft that is {state} cannot take the step {step}", by=who, at=when)


def _read(connection: Connection, draft: str | None, *, number: int | None = None) -> list[DraftStep]:
    query = sa.select(_STEPS).order_by(_STEPS.c.seq)
    if draft is not None:
        query = query.where(_STEPS.c.draft == draft)
    if number is not None:
        query = query.where(_STEPS.c.seq == number)
    return [
        DraftStep(row.seq, row.draft, Step(row.step), row.at, row.actor, row.decision, row.note)
        for row in connection.execute(query)
    ]
