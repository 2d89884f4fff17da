"""Accounts of a workspace: made, changed, signed in to; each act asks the policy and is in the audit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from geozone.access import ASSIGNABLE, AccessPolicy, Identity, Right, Role, Scope
from geozone.access.machine_keys import new_key
from geozone.access.passwords import (
    check_password,
    hash_password,
    needs_new_hash,
    one_time_secret,
    verify_password,
)
from geozone.errors import ConflictError, DataError, DeniedError, Fault
from geozone.store import Account, MachineKey, Store, scope_columns

__all__ = [
    "SYSTEM",
    "add_account",
    "add_machine_key",
    "change_account",
    "change_own_password",
    "first_admin",
    "reset_password",
    "sign_in",
]

SYSTEM = Identity("geozone", Role.ADMIN)
"""Who owns the machine: the command line acts as this, for whoever can write the database owns it all."""

_NAME = re.compile(r"[^\W_][\w .@-]{0,62}[^\W_]|[^\W_]")
_AREA = re.compile(r"\d{2}|\d{3}|\d{5}")
_SECRET_HOLDS = timedelta(days=3)
_LONGEST_KEY = timedelta(days=366)
_WRONG = "Name or password is wrong."


def first_admin(store: Store, *, at: datetime) -> tuple[str, str] | None:
    """Make the one account that a new installation starts with.

    Parameters
    ----------
    store : Store
        The private database.
    at : datetime
        When, with zone.

    Returns
    -------
    tuple of (str, str) or None
        Name and one-time secret, to be shown once; none where there are accounts already.
    """
    if store.accounts():
        return None
    secret = one_time_secret()
    admin = Identity("admin", Role.ADMIN, must_change_password=True)
    try:
        store.add_account(
            admin,
            password=hash_password(secret),
            secret_expires_at=at + _SECRET_HOLDS,
            first=True,
            at=at,
            actor=SYSTEM.name,
        )
    except ConflictError:
        return None  # another process was faster, and has shown its secret
    return admin.name, secret


def add_account(
    store: Store,
    new: Identity,
    by: Identity,
    *,
    policy: AccessPolicy,
    at: datetime,
    subject: str | None = None,
) -> tuple[Account, str | None]:
    """Make an account with a one-time secret.

    Parameters
    ----------
    store : Store
        The private database.
    new : Identity
        Name, role and limits.
    by : Identity
        Who makes it.
    policy : AccessPolicy
        What they are held to.
    at : datetime
        When, with zone.
    subject : str, optional
        Issuer and subject of OpenID Connect: such an account has no password here.

    Returns
    -------
    account : Account
        As kept.
    secret : str or None
        Its one-time secret, to be shown once.

    Raises
    ------
    DeniedError
        If they may not.
    DataError
        If name, role or limits are not such.
    ConflictError
        If there is an account of that name.
    """
    policy.require(by, Right.ACCOUNT_MANAGE)
    new = replace(new, name=_one_form(new.name))
    _check(new.name, new.role, new.scope)
    secret = one_time_secret() if subject is None else None
    made = store.add_account(
        replace(new, must_change_password=secret is not None, machine=False),
        password=None if secret is None else hash_password(secret),
        secret_expires_at=None if secret is None else at + _SECRET_HOLDS,
        subject=subject,
        at=at,
        actor=by.name,
    )
    return made, secret


def change_account(
    store: Store,
    name: str,
    by: Identity,
    *,
    policy: AccessPolicy,
    at: datetime,
    role: Role | None = None,
    scope: Scope | None = None,
    disabled: bool | None = None,
    expected: int | None = None,
) -> Account:
    """Give an account another role or other limits, or disable it; its sessions end.

    Parameters
    ----------
    store : Store
        The private database.
    name : str
        The account.
    by : Identity
        Who changes it.
    policy : AccessPolicy
        What they are held to.
    at : datetime
        When, with zone.
    role : Role, optional
        Its new role.
    scope : Scope, optional
        Its new limits.
    disabled : bool, optional
        Whether nothing is open to it.
    expected : int, optional
        Revision as it was seen.

    Returns
    -------
    Account
        As it is now.

    Raises
    ------
    DeniedError
        If they may not.
    DataError
        If role or limits are not such.
    NotFoundError
        If there is no such account.
    ConflictError
        If somebody changed it meanwhile, or no admin would be left.
    """
    policy.require(by, Right.ACCOUNT_MANAGE)
    values: dict[str, Any] = {}
    _check(name, role or Role.VIEWER, scope or Scope())
    if role is not None:
        values["role"] = str(role)
    if scope is not None:
        values |= scope_columns(scope)
    if disabled is not None:
        values["disabled"] = disabled
    return store.change_account(name, values, what="change", expected=expected, at=at, actor=by.name)


def reset_password(store: Store, name: str, by: Identity, *, policy: AccessPolicy, at: datetime) -> str:
    """Give an account a one-time secret in place of a password that was lost; its lock is opened.

    Parameters
    ----------
    store : Store
        The private database.
    name : str
        The account.
    by : Identity
        Who resets it.
    policy : AccessPolicy
        What they are held to.
    at : datetime
        When, with zone.

    Returns
    -------
    str
        The secret, to be shown once.

    Raises
    ------
    DeniedError
        If they may not.
    NotFoundError
        If there is no such account.
    """
    policy.require(by, Right.ACCOUNT_MANAGE)
    secret = one_time_secret()
    values = {
        "password": hash_password(secret),
        "must_change": True,
        "secret_expires_at": at + _SECRET_HOLDS,
        "failures": 0,
        "locked_until": None,
    }
    store.change_account(name, values, what="reset", at=at, actor=by.name)
    return secret


def sign_in(store: Store, name: str, password: str, *, at: datetime) -> Account:
    """Let somebody in by name and password.

    Parameters
    ----------
    store : Store
        The private database.
    name, password : str
        What was given.
    at : datetime
        When, with zone.

    Returns
    -------
    Account
        Whose password it is.

    Raises
    ------
    DeniedError
        If it is wrong, has run out, or the account is locked or disabled: which, is told only to one who
        is locked out.
    """
    name = _one_form(name)
    found = store.begin_sign_in(name, at=at)
    right = verify_password(None if found is None else found.password, password)
    if found is None:
        raise DeniedError(_WRONG, known=False)
    ran_out = found.secret_expires_at is not None and at >= found.secret_expires_at
    store.end_sign_in(name, worked=right and not ran_out, how="password", at=at)
    if not right or ran_out:
        raise DeniedError(_WRONG, known=False)
    if found.password is not None and needs_new_hash(found.password) and not found.secret_expires_at:
        renewed = {"password": hash_password(password)}
        return store.change_account(name, renewed, what="rehash", at=at, actor=name)
    return found


def change_own_password(store: Store, name: str, old: str, new: str, *, at: datetime) -> Account:
    """Change one's own password; every session ends, this one too.

    Parameters
    ----------
    store : Store
        The private database.
    name : str
        The account.
    old, new : str
        The passwords.
    at : datetime
        When, with zone.

    Returns
    -------
    Account
        As it is now.

    Raises
    ------
    DeniedError
        If the old one is wrong.
    DataError
        If the new one is guessed easily, or is the old one.
    """
    sign_in(store, name, old, at=at)
    check_password(name, new)
    if old == new:
        raise DataError("password", [Fault(None, "password", "the old one", "another than the old one")])
    values = {"password": hash_password(new), "must_change": False, "secret_expires_at": None}
    return store.change_account(name, values, what="password", at=at, actor=name)


def add_machine_key(
    store: Store,
    owner: str,
    by: Identity,
    *,
    policy: AccessPolicy,
    label: str,
    role: Role,
    scope: Scope,
    days: int,
    at: datetime,
) -> tuple[MachineKey, str]:
    """Make a key for a machine: never with more than its owner may, never for ever.

    Parameters
    ----------
    store : Store
        The private database.
    owner : str
        The account that answers for it.
    by : Identity
        Who makes it.
    policy : AccessPolicy
        What they are held to.
    label : str
        What it is for.
    role : Role
        Viewer, or the owner's role.
    scope : Scope
        Limits, within the owner's.
    days : int
        How long it holds.
    at : datetime
        When, with zone.

    Returns
    -------
    key : MachineKey
        As kept.
    text : str
        What the machine sends, to be shown once.

    Raises
    ------
    DeniedError
        If they may not.
    DataError
        If it would have more than its owner, or hold too long.
    NotFoundError
        If there is no such owner.
    """
    policy.require(by, Right.ACCOUNT_MANAGE)
    answers = store.account(owner).identity
    faults = []
    if role not in (Role.VIEWER, answers.role):
        faults.append(Fault(None, "role", str(role), f"viewer or {answers.role}, the role of {owner}"))
    if not scope.within(answers.scope):
        faults.append(Fault(None, "areas", "wider limits", f"limits within those of {owner}"))
    if not 1 <= days <= _LONGEST_KEY.days:
        faults.append(Fault(None, "days", str(days), f"1 to {_LONGEST_KEY.days}"))
    if not label.strip():
        faults.append(Fault(None, "label", "nothing", "what the key is for"))
    if faults:
        raise DataError("key", faults)
    text, sent = new_key()
    key = MachineKey(
        public_id=sent.public_id,
        identity=Identity(f"{owner} (key {sent.public_id})", role, scope, machine=True),
        owner=owner,
        label=label.strip(),
        created_at=at,
        expires_at=at + timedelta(days=days),
        revoked_at=None,
    )
    store.add_machine_key(key, secret_sha256=sent.secret_sha256, at=at, actor=by.name)
    return key, text


def _one_form(name: str) -> str:
    """Keyboards send letters with accents whole or in parts: one form of both."""
    return unicodedata.normalize("NFC", name.strip())


def _check(name: str, role: Role, scope: Scope) -> None:
    faults = []
    if not _NAME.fullmatch(name):
        faults.append(Fault(None, "name", "another", "1 to 64 letters, digits, blanks, . @ -"))
    if role not in ASSIGNABLE:
        faults.append(Fault(None, "role", str(role), ", ".join(ASSIGNABLE)))
    expected = "codes of provinces (2 digits), districts (3), communes (5)"
    wrong = [code for code in sorted(scope.areas or ()) if not _AREA.fullmatch(code)]
    faults.extend(Fault(None, "areas", code, expected) for code in wrong)
    if scope.areas is not None and not scope.areas:
        faults.append(Fault(None, "areas", "nothing", "at least one code"))
    if faults:
        raise DataError("account", faults)
