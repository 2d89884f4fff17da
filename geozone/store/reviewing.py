"""The part of the store that keeps what reviewers decide and teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy.engine import Engine

from geozone.access.purposes import Purpose
from geozone.store import aliases, decided, reviews
from geozone.store.decided import Decision
from geozone.store.engine import reading, writing
from geozone.store.records import READING, append_audit

__all__ = ["Reviews"]


class Reviews:
    """Decisions about doubtful addresses, and the aliases they taught.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def place_mark(self) -> tuple[int, int, int]:
        """Tell the state of all addresses; another one whenever a place comes or its address changes.

        Returns
        -------
        tuple of int
            The mark.
        """
        with reading(self._engine) as connection:
            return decided.read_place_mark(connection)

    def place_keys(self) -> tuple[tuple[int, int, int], pd.DataFrame]:
        """Read what tells which places have one address.

        Returns
        -------
        mark : tuple of int
            As ``place_mark``.
        places : DataFrame
            Private: ``place, case_id, role, address, lon, lat, report_date``.
        """
        with reading(self._engine) as connection:
            return decided.read_place_keys(connection)

    def review_places(self, *, cases: Sequence[str] | None = None) -> pd.DataFrame:
        """Read every place with its case and its geocode.

        Parameters
        ----------
        cases : sequence of str, optional
            Only those of these cases; at least one.

        Returns
        -------
        DataFrame
            Private: ``place`` (its number), ``case_id, role, address, lon, lat, revision, report_date``,
            the ``GEOCODES`` columns, ``manual, inputs, place_revision`` and ``decision`` (the newest
            about it, 0 for none).
        """
        with reading(self._engine) as connection:
            return decided.read_review_places(connection, cases=cases)

    def put_decision(
        self,
        decision: Decision,
        answers: pd.DataFrame,
        *,
        expected: Mapping[tuple[str, str], tuple[int, int]] | None = None,
        alias: str | None = None,
        at: datetime,
        actor: str,
    ) -> int:
        """Keep a decision for ever, set its places by hand, and keep what it teaches.

        Parameters
        ----------
        decision : Decision
            What was decided.
        answers : DataFrame
            ``case_id, role`` and ``GEOCODES`` of every place it is for.
        expected : mapping, optional
            Revision and newest decision of each place as the reviewer saw them.
        alias : str, optional
            The phrase that means the decision's commune from now on.
        at : datetime
            When, with zone.
        actor : str
            Who decides.

        Returns
        -------
        int
            Number of the decision.

        Raises
        ------
        ConflictError
            If a place has changed, or was decided about, since; nothing changes.
        NotFoundError
            If a place does not exist; nothing changes.
        StoreError
            If the database refuses; nothing changes.
        """
        with writing(self._engine) as connection:
            number = reviews.put_decision(
                connection, decision, answers, expected=expected, at=at, actor=actor
            )
            if alias is not None and decision.code is not None:
                aliases.put_alias(connection, alias, decision.code, decision=number, at=at, actor=actor)
            return number

    def undo_decision(
        self, number: int, *, at: datetime, actor: str, reason: str | None = None
    ) -> tuple[int, int]:
        """Take a decision back: its places are as before, and what it taught is forgotten.

        Parameters
        ----------
        number : int
            The decision.
        at : datetime
            When, with zone.
        actor : str
            Who takes it back.
        reason : str, optional
            Why.

        Returns
        -------
        undo : int
            Number of the new decision.
        restored : int
            Places that are again as they were.

        Raises
        ------
        NotFoundError
            If there is no such decision.
        ConflictError
            If it was taken back already, or is itself a taking back.
        """
        with writing(self._engine) as connection:
            return reviews.undo_decision(connection, number, at=at, actor=actor, reason=reason)

    def apply_standing(self, places: pd.DataFrame, *, at: datetime, actor: str) -> int:
        """Settle pending places whose address was decided about before.

        Parameters
        ----------
        places : DataFrame
            ``case_id, role`` and ``address_key``.
        at : datetime
            When, with zone.
        actor : str
            Who asked.

        Returns
        -------
        int
            Places settled.
        """
        with writing(self._engine) as connection:
            return reviews.apply_standing(connection, places, at=at, actor=actor)

    def confirm_pins(self, places: pd.DataFrame) -> int:
        """Keep pins up to date whose address has not changed.

        Parameters
        ----------
        places : DataFrame
            ``case_id, role`` and ``address_key`` of outdated places set by hand.

        Returns
        -------
        int
            Pins confirmed.
        """
        with writing(self._engine) as connection:
            return reviews.confirm_pins(connection, places)

    def has_decisions(self) -> bool:
        """Tell whether anything was ever decided.

        Returns
        -------
        bool
            Whether there is a decision, taken back or not.
        """
        with reading(self._engine) as connection:
            return decided.has_decisions(connection)

    def decisions(self) -> pd.DataFrame:
        """Read every decision, newest first.

        Returns
        -------
        DataFrame
            Private: ``decision`` (its number), ``at, actor, action, scope, address_key, code, lon, lat,
            uncertainty_m, choice, reason, undoes, places, undone``.
        """
        with reading(self._engine) as connection:
            return decided.read_decisions(connection)

    def decision_places(self, *, place: tuple[str, str] | None = None) -> pd.DataFrame:
        """Read what decisions changed, oldest first.

        Parameters
        ----------
        place : tuple of (str, str), optional
            Only this case and role.

        Returns
        -------
        DataFrame
            Private: ``decision, at, case_id, role, place_revision, before, after`` (dicts).
        """
        with reading(self._engine) as connection:
            return decided.read_decision_places(connection, place=place)

    def last_change(self, case_id: str, role: str) -> tuple[str, datetime] | None:
        """Tell who changed a place last, and when.

        Parameters
        ----------
        case_id, role : str
            The place.

        Returns
        -------
        tuple of (str, datetime) or None
            None for a place that does not exist.
        """
        with reading(self._engine) as connection:
            return decided.last_change(connection, case_id, role)

    def aliases(self, *, forgotten: bool = False) -> pd.DataFrame:
        """Read the aliases that were taught, oldest first.

        Parameters
        ----------
        forgotten : bool
            Whether those that were forgotten are listed too.

        Returns
        -------
        DataFrame
            Private: ``number, alias, code, edition, decision, taught_at, taught_by, forgotten_at,
            forgotten_by``.
        """
        with reading(self._engine) as connection:
            return aliases.read_aliases(connection, forgotten=forgotten)

    def forget_alias(self, number: int, *, at: datetime, actor: str) -> str:
        """Forget an alias; it stays on record.

        Parameters
        ----------
        number : int
            Its number.
        at : datetime
            When, with zone.
        actor : str
            Who.

        Returns
        -------
        str
            The phrase.

        Raises
        ------
        NotFoundError
            If there is no such alias.
        ConflictError
            If it was forgotten already.
        """
        with writing(self._engine) as connection:
            phrase = aliases.forget_alias(connection, number, at=at, actor=actor)
            append_audit(
                connection, at=at, actor=actor, action="forget-alias", entries=[(f"alias {number}", {})]
            )
            return phrase

    def note_reading(
        self, what: str, rows: int, *, at: datetime, actor: str, purpose: Purpose | None = None
    ) -> None:
        """Write to the audit that somebody read identifiers or exact points.

        Parameters
        ----------
        what : str
            What was read, free of addresses.
        rows : int
            How many places.
        at : datetime
            When, with zone.
        actor : str
            Who.
        purpose : Purpose, optional
            Why.
        """
        with writing(self._engine) as connection:
            entry = (what, {"places": rows, **({} if purpose is None else purpose.detail())})
            append_audit(connection, at=at, actor=actor, action=READING, entries=[entry])
