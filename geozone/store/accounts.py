"""Accounts of people: their roles and limits, their passwords' digests, failures and locks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from geozone.access import Identity, Role, Scope
from geozone.errors import ConflictError, DeniedError, NotFoundError
from geozone.store.engine import reading, writing
from geozone.store.records import append_audit
from geozone.store.tables import METADATA

__all__ = ["Account", "Accounts", "account_of", "read_scope", "scope_columns", "scope_of"]

_ACCOUNTS = METADATA.tables["accounts"]
_SESSIONS = METADATA.tables["sessions"]
_FAILURES_BEFORE_LOCK = 5
_LONGEST_LOCK_MIN = 60


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes
    ----------
    number : int
        Its number in the store.
    identity : Identity
        Name, role and limits.
    password : str or None
        Digest; none for one who signs in elsewhere.
    disabled : bool
        Whether nothing is open to it.
    subject : str or None
        Issuer and subject by which OpenID Connect knows it.
    revision : int
        Grows with every change; tokens and sessions of an older one are void.
    secret_expires_at : datetime or None
        When a one-time secret runs out.
    changed_at : datetime
        Of the newest change.
    changed_by : str
        By whom.
    """

    number: int
    identity: Identity
    password: str | None
    disabled: bool
    subject: str | None
    revision: int
    secret_expires_at: datetime | None
    changed_at: datetime
    changed_by: str


class Accounts:
    """The part of the store that keeps accounts.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accounts(self) -> list[Account]:
        """List the accounts.

        Returns
        -------
        list of Account
            Oldest first.
        """
        with reading(self._engine) as connection:
            return [
                account_of(row) for row in connection.execute(sa.select(_ACCOUNTS).order_by(_ACCOUNTS.c.seq))
            ]

    def account(self, name: str) -> Account:
        """Find an account.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Account
            As it is now.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with reading(self._engine) as connection:
            return _find(connection, name)

    def account_of_subject(self, subject: str) -> Account | None:
        """Find the account of somebody whom an issuer of OpenID Connect vouches for.

        Parameters
        ----------
        subject : str
            Issuer and subject.

        Returns
        -------
        Account or None
            None if there is none.
        """
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(_ACCOUNTS).where(_ACCOUNTS.c.subject == subject)).first()
            return None if row is None else account_of(row)

    def add_account(
        self,
        identity: Identity,
        *,
        password: str | None,
        secret_expires_at: datetime | None = None,
        subject: str | None = None,
        first: bool = False,
        at: datetime,
        actor: str,
    ) -> Account:
        """Make an account.

        Parameters
        ----------
        identity : Identity
            Name, role, limits, and whether the password must be changed.
        password : str or None
            Digest of the password.
        secret_expires_at : datetime, optional
            When a one-time secret runs out.
        subject : str, optional
            How OpenID Connect knows it.
        first : bool
            Whether it is made only where there is no account at all.
        at : datetime
            When, with zone.
        actor : str
            By whom.

        Returns
        -------
        Account
            As kept.

        Raises
        ------
        ConflictError
            If there is an account of that name or subject, or, for the first one, any.
        """
        with writing(self._engine) as connection:
            if first and connection.execute(sa.select(_ACCOUNTS.c.seq).limit(1)).first() is not None:
                raise ConflictError("there are accounts already")
            same = _ACCOUNTS.c.name == identity.name
            if subject is not None:
                same |= _ACCOUNTS.c.subject == subject
            if connection.execute(sa.select(_ACCOUNTS.c.seq).where(same)).first() is not None:
                raise ConflictError(f"there is an account {identity.name!r} already")
            row = {
                "name": identity.name,
                "role": str(identity.role),
                **scope_columns(identity.scope),
                "password": password,
                "must_change": identity.must_change_password,
                "disabled": False,
                "subject": subject,
                "revision": 1,
                "failures": 0,
                "created_at": at,
                "created_by": actor,
                "secret_expires_at": secret_expires_at,
                "changed_at": at,
                "changed_by": actor,
            }
            connection.execute(sa.insert(_ACCOUNTS).values(row))
            _tell(connection, "account-add", identity.name, {"role": str(identity.role)}, at=at, actor=actor)
            return _find(connection, identity.name)

    def change_account(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        what: str,
        expected: int | None = None,
        at: datetime,
        actor: str,
    ) -> Account:
        """Change an account; every session and token of it ends.

        Parameters
        ----------
        name : str
            Its name.
        values : mapping
            New values by column of ``accounts``.
        what : str
            What is done, for the audit: ``role``, ``password``, ``disable``.
        expected : int, optional
            Revision as it was seen.
        at : datetime
            When, with zone.
        actor : str
            By whom.

        Returns
        -------
        Account
            As it is now.

        Raises
        ------
        NotFoundError
            If there is none.
        ConflictError
            If somebody changed it since (it says who and when), or no admin would be left.
        """
        with writing(self._engine) as connection:
            found = _find(connection, name)
            if expected is not None and expected != found.revision:
                raise ConflictError(
                    "somebody changed this account since you looked", by=found.changed_by, at=found.changed_at
                )
            changes = {**values, "revision": found.revision + 1, "changed_at": at, "changed_by": actor}
            connection.execute(sa.update(_ACCOUNTS).where(_ACCOUNTS.c.seq == found.number).values(changes))
            admin = sa.select(_ACCOUNTS.c.seq).where(
                _ACCOUNTS.c.role == str(Role.ADMIN), _ACCOUNTS.c.disabled.is_(False)
            )
            was_admin = found.identity.role is Role.ADMIN and not found.disabled
            if was_admin and connection.execute(admin.limit(1)).first() is None:
                raise ConflictError("no admin would be left")
            connection.execute(
                sa.update(_SESSIONS)
                .where(_SESSIONS.c.account_id == found.number, _SESSIONS.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )
            told = {key: values[key] for key in ("role", "disabled", "areas", "attributes") if key in values}
            _tell(connection, f"account-{what}", name, told, at=at, actor=actor)
            return _find(connection, name)

    def begin_sign_in(self, name: str, *, at: datetime) -> Account | None:
        """Count a try before the password is looked at, so that many at once are no way around the lock.

        Parameters
        ----------
        name : str
            The name that was given.
        at : datetime
            When, with zone.

        Returns
        -------
        Account or None
            None where there is none, or it is disabled: the caller goes on as if there were.

        Raises
        ------
        DeniedError
            If it is locked after too many failures.
        """
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(_ACCOUNTS).where(_ACCOUNTS.c.name == name)).first()
            if row is None or row.disabled:
                return None
            if row.locked_until is not None and at < row.locked_until:
                raise DeniedError(
                    "Too many wrong passwords: this account is locked for a while.", known=False
                )
            failures = row.failures + 1
            values: dict[str, Any] = {"failures": failures}
            if failures >= _FAILURES_BEFORE_LOCK:
                minutes = min(_LONGEST_LOCK_MIN, 2 ** (failures - _FAILURES_BEFORE_LOCK))
                values["locked_until"] = at + timedelta(minutes=minutes)
            connection.execute(sa.update(_ACCOUNTS).where(_ACCOUNTS.c.seq == row.seq).values(values))
            return account_of(row)

    def end_sign_in(self, name: str, *, worked: bool, how: str, at: datetime) -> None:
        """Keep how a sign-in ended; one that worked clears the failures.

        Parameters
        ----------
        name : str
            The account.
        worked : bool
            Whether the password was right.
        how : str
            ``password``, ``openid``.
        at : datetime
            When, with zone.
        """
        with writing(self._engine) as connection:
            if worked:
                cleared = {"failures": 0, "locked_until": None}
                connection.execute(sa.update(_ACCOUNTS).where(_ACCOUNTS.c.name == name).values(cleared))
            until = connection.execute(
                sa.select(_ACCOUNTS.c.locked_until).where(_ACCOUNTS.c.name == name)
            ).scalar()
            if until is not None and until > at:
                _tell(connection, "locked", name, {"until": until.isoformat()}, at=at, actor=name)
            action = "sign-in" if worked else "sign-in-failed"
            _tell(connection, action, name, {"how": how}, at=at, actor=name)


def account_of(row: Any) -> Account:
    """Make an account of a row.

    Parameters
    ----------
    row : Row
        Of the table ``accounts``.

    Returns
    -------
    Account
        What it says.
    """
    return Account(
        number=row.seq,
        identity=Identity(row.name, Role(row.role), scope_of(row), row.must_change),
        password=row.password,
        disabled=row.disabled,
        subject=row.subject,
        revision=row.revision,
        secret_expires_at=row.secret_expires_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def scope_of(row: Any) -> Scope:
    """Read limits from a row.

    Parameters
    ----------
    row : Row
        With ``areas`` and ``attributes``.

    Returns
    -------
    Scope
        The limits.
    """
    return read_scope(row.areas, row.attributes)


def read_scope(areas: str | None, attributes: str) -> Scope:
    """Read limits from their columns.

    Parameters
    ----------
    areas : str or None
        JSON list of codes.
    attributes : str
        JSON object of lists.

    Returns
    -------
    Scope
        The limits.
    """
    return Scope(
        None if areas is None else frozenset(json.loads(areas)),
        {name: frozenset(values) for name, values in json.loads(attributes).items()},
    )


def scope_columns(scope: Scope) -> dict[str, str | None]:
    """Write limits as columns.

    Parameters
    ----------
    scope : Scope
        The limits.

    Returns
    -------
    dict
        ``areas`` and ``attributes``.
    """
    attributes = {name: sorted(values) for name, values in sorted(scope.attributes.items())}
    return {
        "areas": None if scope.areas is None else json.dumps(sorted(scope.areas)),
        "attributes": json.dumps(attributes),
    }


def _find(connection: Connection, name: str) -> Account:
    row = connection.execute(sa.select(_ACCOUNTS).where(_ACCOUNTS.c.name == name)).first()
    if row is None:
        raise NotFoundError(f"there is no account {name!r}")
    return account_of(row)


def _tell(
    connection: Connection, action: str, name: str, detail: dict[str, Any], *, at: datetime, actor: str
) -> None:
    entries = [(f"account {name}", detail)]
    append_audit(connection, at=at, actor=actor, action=f"access:{action}", entries=entries)
