"""Sessions of people and keys of machines: digests of their secrets, how long they hold, their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geozone.access import Identity, Role
from geozone.errors import NotFoundError
from geozone.store.accounts import Account, account_of, read_scope, scope_columns, scope_of
from geozone.store.engine import reading, writing
from geozone.store.records import append_audit
from geozone.store.tables import METADATA

__all__ = ["MachineKey", "Session", "Sessions"]

_ACCOUNTS = METADATA.tables["accounts"]
_SESSIONS = METADATA.tables["sessions"]
_KEYS = METADATA.tables["api_keys"]
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in.

    Attributes
    ----------
    number : int
        Its number in the store.
    account : Account
        Whose.
    """

    number: int
    account: Account


@dataclass(frozen=True, slots=True)
class MachineKey:
    """A key that a machine signs in with.

    Attributes
    ----------
    public_id : str
        Its name; no secret.
    identity : Identity
        Who is recorded, role and limits.
    owner : str
        Account that answers for it.
    label : str
        What it is for.
    created_at, expires_at : datetime
        How long it holds.
    revoked_at : datetime or None
        When it was taken back.
    """

    public_id: str
    identity: Identity
    owner: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Sessions:
    """The part of the store that keeps sessions and keys of machines.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open_session(
        self, account: Account, *, kind: str, secret_sha256: str, at: datetime, expires_at: datetime
    ) -> int:
        """Keep a new session.

        Parameters
        ----------
        account : Account
            Whose.
        kind : str
            ``browser`` or ``refresh``.
        secret_sha256 : str
            Digest of its secret.
        at, expires_at : datetime
            From when to when, with zone.

        Returns
        -------
        int
            Its number.
        """
        row = {
            "account_id": account.number,
            "account_revision": account.revision,
            "kind": kind,
            "secret_sha256": secret_sha256,
            "created_at": at,
            "seen_at": at,
            "expires_at": expires_at,
        }
        with writing(self._engine) as connection:
            # Sessions that ran out long ago say nothing that the audit does not.
            connection.execute(sa.delete(_SESSIONS).where(_SESSIONS.c.expires_at < at - timedelta(days=30)))
            made = connection.execute(sa.insert(_SESSIONS).values(row).returning(_SESSIONS.c.seq))
            return int(made.scalar_one())

    def session(self, number: int, *, revision: int, at: datetime) -> Session | None:
        """Find the session that a token belongs to.

        Parameters
        ----------
        number : int
            Its number.
        revision : int
            Revision of the account that the token was made for.
        at : datetime
            Now, with zone.

        Returns
        -------
        Session or None
            None if it was ended, has run out, or the account changed.
        """
        found = self._live(_SESSIONS.c.seq == number, at)
        return found if found is not None and found.account.revision == revision else None

    def session_of_secret(
        self, secret_sha256: str, *, kind: str, idle: timedelta, at: datetime
    ) -> Session | None:
        """Find a session by its secret, and note that it was used.

        Parameters
        ----------
        secret_sha256 : str
            Digest of the secret.
        kind : str
            Of which kind.
        idle : timedelta
            How long it may be unused.
        at : datetime
            Now, with zone.

        Returns
        -------
        Session or None
            None if there is none, or it does not hold any more.
        """
        mine = (_SESSIONS.c.secret_sha256 == secret_sha256) & (_SESSIONS.c.kind == kind)
        found = self._live(mine & (_SESSIONS.c.seen_at > at - idle), at)
        if found is not None:
            self._note_seen(found.number, at)
        return found

    def _note_seen(self, number: int, at: datetime) -> None:
        stale = (_SESSIONS.c.seq == number) & (_SESSIONS.c.seen_at < at - _SEEN_EVERY)
        with reading(self._engine) as connection:
            if connection.execute(sa.select(_SESSIONS.c.seq).where(stale)).first() is None:
                return
        with writing(self._engine) as connection:
            connection.execute(sa.update(_SESSIONS).where(stale).values(seen_at=at))

    def renew_session(self, secret_sha256: str, *, new_sha256: str, at: datetime) -> Session | None:
        """Change the secret of a session, once; whoever sends an old one again ends it.

        Parameters
        ----------
        secret_sha256, new_sha256 : str
            Digests of the secret that was sent and of the next one.
        at : datetime
            Now, with zone.

        Returns
        -------
        Session or None
            None if there is none, or the secret had been used: then two hold it, and the session ends.
        """
        found = self._live((_SESSIONS.c.secret_sha256 == secret_sha256) & (_SESSIONS.c.kind == "refresh"), at)
        with writing(self._engine) as connection:
            if found is None:
                used_twice = _SESSIONS.c.previous_sha256 == secret_sha256
                connection.execute(sa.update(_SESSIONS).where(used_twice).values(revoked_at=at))
                return None
            mine = (_SESSIONS.c.seq == found.number) & (_SESSIONS.c.secret_sha256 == secret_sha256)
            values = {"secret_sha256": new_sha256, "previous_sha256": secret_sha256, "seen_at": at}
            changed = connection.execute(sa.update(_SESSIONS).where(mine).values(values))
            return found if changed.rowcount == 1 else None

    def end_session(self, number: int, *, at: datetime, actor: str) -> None:
        """End a session and every token of it.

        Parameters
        ----------
        number : int
            Its number.
        at : datetime
            When, with zone.
        actor : str
            Who signs out.
        """
        with writing(self._engine) as connection:
            mine = (_SESSIONS.c.seq == number) & _SESSIONS.c.revoked_at.is_(None)
            connection.execute(sa.update(_SESSIONS).where(mine).values(revoked_at=at))
            append_audit(
                connection, at=at, actor=actor, action="access:sign-out", entries=[(f"account {actor}", {})]
            )

    def _live(self, condition: sa.ColumnElement[bool], at: datetime) -> Session | None:
        query = (
            sa.select(_ACCOUNTS, _SESSIONS.c.seq.label("session"))
            .join(_SESSIONS, _SESSIONS.c.account_id == _ACCOUNTS.c.seq)
            .where(
                condition,
                _SESSIONS.c.revoked_at.is_(None),
                _SESSIONS.c.expires_at > at,
                _SESSIONS.c.account_revision == _ACCOUNTS.c.revision,
                _ACCOUNTS.c.disabled.is_(False),
            )
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else Session(row.session, account_of(row))

    def add_machine_key(self, key: MachineKey, *, secret_sha256: str, at: datetime, actor: str) -> None:
        """Keep a key of a machine.

        Parameters
        ----------
        key : MachineKey
            Its name, owner, role, limits and end.
        secret_sha256 : str
            Digest of its secret.
        at : datetime
            When, with zone.
        actor : str
            Who makes it.

        Raises
        ------
        NotFoundError
            If its owner does not exist.
        """
        with writing(self._engine) as connection:
            owner = connection.execute(
                sa.select(_ACCOUNTS.c.seq).where(_ACCOUNTS.c.name == key.owner)
            ).scalar()
            if owner is None:
                raise NotFoundError(f"there is no account {key.owner!r}")
            row = {
                "public_id": key.public_id,
                "secret_sha256": secret_sha256,
                "account_id": owner,
                "label": key.label,
                "role": str(key.identity.role),
                **scope_columns(key.identity.scope),
                "created_at": at,
                "created_by": actor,
                "expires_at": key.expires_at,
            }
            connection.execute(sa.insert(_KEYS).values(row))
            detail = {"owner": key.owner, "role": str(key.identity.role)}
            entries = [(f"key {key.public_id}", detail)]
            append_audit(connection, at=at, actor=actor, action="access:key-add", entries=entries)

    def machine_keys(self) -> list[MachineKey]:
        """List the keys of machines.

        Returns
        -------
        list of MachineKey
            Oldest first; those taken back too.
        """
        query = sa.select(_KEYS, _ACCOUNTS.c.name.label("owner")).join(
            _ACCOUNTS, _KEYS.c.account_id == _ACCOUNTS.c.seq
        )
        with reading(self._engine) as connection:
            return [_key_of(row) for row in connection.execute(query.order_by(_KEYS.c.seq))]

    def machine_key(self, public_id: str, secret_sha256: str, *, at: datetime) -> MachineKey | None:
        """Find the key that a machine sent.

        Parameters
        ----------
        public_id : str
            Its name.
        secret_sha256 : str
            Digest of the secret that was sent.
        at : datetime
            Now, with zone.

        Returns
        -------
        MachineKey or None
            None if there is none, it has run out or was taken back, or its owner is disabled.
        """
        query = (
            sa.select(
                _KEYS,
                _ACCOUNTS.c.name.label("owner"),
                _ACCOUNTS.c.role.label("owner_role"),
                _ACCOUNTS.c.areas.label("owner_areas"),
                _ACCOUNTS.c.attributes.label("owner_attributes"),
            )
            .join(_ACCOUNTS, _KEYS.c.account_id == _ACCOUNTS.c.seq)
            .where(
                _KEYS.c.public_id == public_id,
                _KEYS.c.secret_sha256 == secret_sha256,
                _KEYS.c.revoked_at.is_(None),
                _KEYS.c.expires_at > at,
                _ACCOUNTS.c.disabled.is_(False),
            )
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        # The owner may have been given less since: a key never has more than its owner.
        owners = read_scope(row.owner_areas, row.owner_attributes)
        if row.role not in (row.owner_role, str(Role.VIEWER)) or not scope_of(row).within(owners):
            return None
        return _key_of(row)

    def revoke_machine_key(self, public_id: str, *, at: datetime, actor: str) -> None:
        """Take a key back.

        Parameters
        ----------
        public_id : str
            Its name.
        at : datetime
            When, with zone.
        actor : str
            Who.

        Raises
        ------
        NotFoundError
            If there is no such key in force.
        """
        with writing(self._engine) as connection:
            mine = (_KEYS.c.public_id == public_id) & _KEYS.c.revoked_at.is_(None)
            if connection.execute(sa.update(_KEYS).where(mine).values(revoked_at=at)).rowcount != 1:
                raise NotFoundError(f"there is no key {public_id!r} in force")
            entries: list[tuple[str, dict[str, Any]]] = [(f"key {public_id}", {})]
            append_audit(connection, at=at, actor=actor, action="access:key-revoke", entries=entries)


def _key_of(row: Any) -> MachineKey:
    identity = Identity(f"{row.owner} (key {row.public_id})", Role(row.role), scope_of(row), machine=True)
    return MachineKey(
        public_id=row.public_id,
        identity=identity,
        owner=row.owner,
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
