"""Roles, rights, and the table of which role has which: data, and nothing else decides."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["ASSIGNABLE", "PEOPLE_ONLY", "RIGHTS_OF", "Right", "Role"]


class Role(StrEnum):
    """What somebody is in the service."""

    VIEWER = "viewer"
    """Reads published releases."""
    ANALYST = "analyst"
    """Imports, reviews, draws and submits drafts; the only role that sees patients."""
    APPROVER = "approver"
    """Approves drafts of others under a decision number and puts them in force; sees no patients."""
    ADMIN = "admin"
    """Manages accounts and reads the audit; sees no patients and publishes nothing."""
    OWNER = "owner"
    """The one person of a workspace without accounts; cannot be given to an account."""


ASSIGNABLE = (Role.VIEWER, Role.ANALYST, Role.APPROVER, Role.ADMIN)
"""Roles that an account or a key may have."""


class Right(StrEnum):
    """What a request needs."""

    RELEASE_READ = "release:read"
    REVIEW_READ = "review:read"
    REVIEW_DECIDE = "review:decide"
    CASE_READ = "case:read"
    CASE_IMPORT = "case:import"
    DRAFT_READ = "draft:read"
    DRAFT_EDIT = "draft:edit"
    DRAFT_SUBMIT = "draft:submit"
    DRAFT_APPROVE = "draft:approve"
    DRAFT_RELEASE = "draft:release"
    AUDIT_READ = "audit:read"
    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_SELF = "account:self"


_ANYBODY = frozenset({Right.RELEASE_READ, Right.ACCOUNT_SELF})

RIGHTS_OF: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: _ANYBODY,
    Role.ANALYST: _ANYBODY
    | {
        Right.REVIEW_READ,
        Right.REVIEW_DECIDE,
        Right.CASE_READ,
        Right.CASE_IMPORT,
        Right.DRAFT_READ,
        Right.DRAFT_EDIT,
        Right.DRAFT_SUBMIT,
    },
    Role.APPROVER: _ANYBODY | {Right.DRAFT_READ, Right.DRAFT_APPROVE, Right.DRAFT_RELEASE},
    Role.ADMIN: _ANYBODY | {Right.AUDIT_READ, Right.ACCOUNT_MANAGE},
    Role.OWNER: frozenset(Right) - {Right.ACCOUNT_MANAGE, Right.ACCOUNT_SELF},
}
"""The rights of each role."""

PEOPLE_ONLY = frozenset(
    {
        Right.REVIEW_DECIDE,
        Right.DRAFT_APPROVE,
        Right.DRAFT_RELEASE,
        Right.ACCOUNT_MANAGE,
        Right.ACCOUNT_SELF,
    }
)
"""Rights that no key of a machine has, whatever its role."""
