"""Routes of the admin: accounts, keys of machines, the audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geozone.access import Identity, Role, Scope
from geozone.api.account_policy import AccountPolicy
from geozone.api.preconditions import expected_revision
from geozone.api.problems import ProblemError, changed_meanwhile
from geozone.api.respond import json_bytes, respond
from geozone.api.service import strict_query
from geozone.errors import ConflictError, DataError
from geozone.pipeline import accounts
from geozone.store import Account, MachineKey

__all__ = ["account_router", "audit_router"]

_Made = TypeVar("_Made")
_Name = Annotated[str, Path(min_length=1, max_length=64)]
_AREAS = Field(None, max_length=4000, description="Codes of provinces, districts, communes; everywhere.")


class Limits(BaseModel):
    """Within which limits."""

    model_config = ConfigDict(extra="forbid")

    areas: list[str] | None = _AREAS
    attributes: dict[str, list[str]] = Field(default_factory=dict, description="Such as `disease`.")

    def scope(self) -> Scope:
        """Make them the limits of the access policy."""
        return Scope(
            None if self.areas is None else frozenset(self.areas),
            {name: frozenset(values) for name, values in self.attributes.items()},
        )


class NewAccountBody(Limits):
    """An account to make."""

    name: str = Field(min_length=1, max_length=64)
    role: Role
    subject: str | None = Field(None, max_length=500, description="Issuer and subject of OpenID Connect.")


class ChangeBody(BaseModel):
    """What to change of an account."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    limits: Limits | None = None
    disabled: bool | None = None


class NewKeyBody(Limits):
    """A key to make."""

    owner: str = Field(min_length=1, max_length=64)
    label: str = Field(min_length=1, max_length=200)
    role: Role = Role.VIEWER
    days: int = Field(90, ge=1, le=366)


class AccountAnswer(BaseModel):
    """An account."""

    name: str
    role: str
    areas: list[str] | None
    attributes: dict[str, list[str]]
    disabled: bool
    must_change_password: bool
    subject: str | None
    revision: int
    changed_at: str
    changed_by: str


class SecretAnswer(BaseModel):
    """A secret that is shown once."""

    model_config = ConfigDict(extra="allow")

    secret: str | None


def account_router(policy: AccountPolicy) -> APIRouter:
    """Make the routes under ``/api/v1/accounts`` and ``/api/v1/api-keys``.

    Parameters
    ----------
    policy : AccountPolicy
        Who is known, and who may.

    Returns
    -------
    APIRouter
        The routes.
    """

    def admin(request: Request) -> Identity:
        return policy.identify(request, "account:manage")

    router = APIRouter(
        prefix="/api/v1", tags=["Accounts (admin only)"], dependencies=[Depends(admin), Depends(strict_query)]
    )
    _account_routes(router, policy)
    _key_routes(router, policy)
    return router


def _account_routes(router: APIRouter, policy: AccountPolicy) -> None:
    given: dict[str, Any] = {"policy": policy.rules}

    @router.get("/accounts", summary="Every account", response_model=dict[str, list[AccountAnswer]])
    def listed(request: Request) -> Response:
        """Accounts, oldest first."""
        found = [_account_document(account) for account in policy.store.accounts()]
        return _private(request, {"accounts": found})

    @router.post("/accounts", summary="Make an account", response_model=SecretAnswer, status_code=201)
    def add(request: Request, body: NewAccountBody) -> Response:
        """With a one-time secret, shown once, that must be changed within three days."""
        by = policy.identify(request, "account:manage")
        new = Identity(body.name, body.role, body.scope())
        account, secret = _checked(
            lambda: accounts.add_account(
                policy.store, new, by, at=policy.now(), subject=body.subject, **given
            )
        )
        return _private(request, _account_document(account) | {"secret": secret}, status=201)

    @router.get("/accounts/{name}", summary="One account", response_model=AccountAnswer)
    def one(request: Request, name: _Name) -> Response:
        """Tell about an account; the `ETag` is for `If-Match`."""
        return _account(request, policy.store.account(name))

    @router.patch("/accounts/{name}", summary="Change an account", response_model=AccountAnswer)
    def change(request: Request, name: _Name, body: ChangeBody) -> Response:
        """Role, limits, disabled; its sessions end. Needs `If-Match`."""
        by = policy.identify(request, "account:manage")
        expected = expected_revision(request, "A change of an account")
        scope = None if body.limits is None else body.limits.scope()
        account = _checked(
            lambda: accounts.change_account(
                policy.store,
                name,
                by,
                at=policy.now(),
                role=body.role,
                scope=scope,
                disabled=body.disabled,
                expected=expected,
                **given,
            )
        )
        return _account(request, account)

    @router.post("/accounts/{name}/reset", summary="A new one-time secret", response_model=SecretAnswer)
    def reset(request: Request, name: _Name) -> Response:
        """In place of a lost password; opens a lock."""
        by = policy.identify(request, "account:manage")
        secret = accounts.reset_password(policy.store, name, by, at=policy.now(), **given)
        return _private(request, {"secret": secret})


def _key_routes(router: APIRouter, policy: AccountPolicy) -> None:
    @router.get("/api-keys", summary="Every key of a machine", response_model=dict[str, Any])
    def listed(request: Request) -> Response:
        """Keys, oldest first, without their secrets."""
        return _private(request, {"api_keys": [_key_document(key) for key in policy.store.machine_keys()]})

    @router.post("/api-keys", summary="Make a key", response_model=SecretAnswer, status_code=201)
    def add(request: Request, body: NewKeyBody) -> Response:
        """Its secret is shown once."""
        by = policy.identify(request, "account:manage")
        key, text = _checked(
            lambda: accounts.add_machine_key(
                policy.store,
                body.owner,
                by,
                policy=policy.rules,
                label=body.label,
                role=body.role,
                scope=body.scope(),
                days=body.days,
                at=policy.now(),
            )
        )
        return _private(request, _key_document(key) | {"secret": text}, status=201)

    @router.delete("/api-keys/{public_id}", summary="Take a key back", response_model=dict[str, Any])
    def revoke(request: Request, public_id: Annotated[str, Path(pattern="^[0-9a-f]{12}$")]) -> Response:
        """From now on it opens nothing."""
        by = policy.identify(request, "account:manage")
        policy.store.revoke_machine_key(public_id, at=policy.now(), actor=by.name)
        return _private(request, {"revoked": public_id})


def audit_router(policy: AccountPolicy) -> APIRouter:
    """Make the route of the audit.

    Parameters
    ----------
    policy : AccountPolicy
        Who is known, and who may.

    Returns
    -------
    APIRouter
        ``/api/v1/audit``.
    """

    def auditor(request: Request) -> Identity:
        return policy.identify(request, "audit:read")

    router = APIRouter(
        prefix="/api/v1", tags=["Audit (admin only)"], dependencies=[Depends(auditor), Depends(strict_query)]
    )

    @router.get("/audit", summary="Who did what", response_model=dict[str, Any])
    def audit(
        request: Request,
        subject: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Newest first; no names, telephone numbers, addresses or points of patients."""
        found = policy.store.audit(subject=subject, limit=limit)
        rows = [
            {
                "at": row.at.isoformat(),
                **{name: getattr(row, name) for name in ("actor", "action", "subject")},
            }
            | {"detail": row.detail}
            for row in found.itertuples(index=False)
        ]
        return _private(request, {"audit": rows})

    return router


def _checked(act: Callable[[], _Made]) -> _Made:
    """Act, and tell what is wrong or who was faster."""
    try:
        return act()
    except DataError as error:
        faults = tuple(
            {"in": "body", "name": str(fault.column), "reason": f"expected {fault.expected}"}
            for fault in error.faults
        )
        raise ProblemError(400, "The request is not complete or not right.", errors=faults) from error
    except ConflictError as error:
        status = 409 if error.by is None else 412
        raise changed_meanwhile(error, status, str(error).capitalize() + ".") from error


def _account_document(account: Account) -> dict[str, Any]:
    who = account.identity
    return {
        "name": who.name,
        "role": str(who.role),
        **_limits_document(who.scope),
        "disabled": account.disabled,
        "must_change_password": who.must_change_password,
        "subject": account.subject,
        "revision": account.revision,
        "changed_at": account.changed_at.isoformat(),
        "changed_by": account.changed_by,
    }


def _key_document(key: MachineKey) -> dict[str, Any]:
    return {
        "public_id": key.public_id,
        "owner": key.owner,
        "label": key.label,
        "role": str(key.identity.role),
        **_limits_document(key.identity.scope),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }


def _limits_document(scope: Scope) -> dict[str, Any]:
    return {
        "areas": None if scope.areas is None else sorted(scope.areas),
        "attributes": {name: sorted(values) for name, values in scope.attributes.items()},
    }


def _account(request: Request, account: Account) -> Response:
    return _private(request, _account_document(account), headers={"ETag": f'"{account.revision}"'})


def _private(
    request: Request, document: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    answer = respond(request, json_bytes(document), tag=None, headers=headers)
    answer.status_code = status
    return answer
