"""What ``geozone serve`` serves to people who are known: one person by a token, or all who have accounts.

Nothing of it is loaded by a service of releases alone.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geozone.cli.console import actor, now, open_workspace
from geozone.cli.keys import unlock
from geozone.settings import TOKEN_KEYS, Settings, secrets_folder

if TYPE_CHECKING:
    from fastapi import APIRouter

    from geozone.access.code_flow import CodeFlow
    from geozone.access.openid import Issuer
    from geozone.api.access import Policy
    from geozone.api.drafts import DraftService
    from geozone.release import ReleaseStore
    from geozone.workspace import Workspace

__all__ = ["DRAFTS", "PrivatePart", "for_accounts", "for_one_person"]

DRAFTS = "/drafts"
_TOKEN_HOLDS = timedelta(minutes=15)


class PrivatePart(NamedTuple):
    """What is served to people who are known only, and what they must be told."""

    routers: tuple[APIRouter, ...] = ()
    drafts: DraftService | None = None
    said: tuple[str, ...] = ()
    policy: Policy | None = None


def for_one_person(root: Path, releases: ReleaseStore, settings: Settings, opened: ExitStack) -> PrivatePart:
    """Open the private part of the workspace for whoever holds the token of this run."""
    from geozone.access import AccessPolicy
    from geozone.api.access import TokenPolicy
    from geozone.api.session import session_router

    space = opened.enter_context(open_workspace(root, settings))
    unlock(settings, space.keys)
    rules = AccessPolicy(four_eyes=False, purpose_required=settings.purpose_required)
    policy, token = TokenPolicy.new(actor(settings), rules)
    said = (
        "Review: /api/v1/review, drafts: /api/v1/drafts, live draft: /drafts, with this header;"
        " the token ends with this run.",
        f"Authorization: Bearer {token}",
    )
    drafts = _live_draft(space, releases, policy, settings, opened)
    routes = (session_router(policy), *_working_routes(space, policy, settings, drafts))
    return PrivatePart(routes, drafts, said)


def for_accounts(root: Path, releases: ReleaseStore, settings: Settings, opened: ExitStack) -> PrivatePart:
    """Open the private part of the workspace for everybody who has an account."""
    from geozone.access import AccessPolicy
    from geozone.access.key_files import read_keys
    from geozone.access.tokens import Tokens
    from geozone.api.account_policy import AccountPolicy
    from geozone.api.account_routes import account_router, audit_router
    from geozone.api.openid_sign_in import openid_router
    from geozone.api.sign_in import sign_in_router
    from geozone.pipeline.accounts import first_admin

    space = opened.enter_context(open_workspace(root, settings))
    unlock(settings, space.keys)
    keys = read_keys(secrets_folder(settings, root) / TOKEN_KEYS, create=True)
    issuer, flow = _issuer(settings, opened)
    policy = AccountPolicy(
        space.store,
        AccessPolicy(releases_public=settings.releases_public, purpose_required=settings.purpose_required),
        Tokens(keys, lifetime=_TOKEN_HOLDS),
        now=now,
        secure=(settings.base_url or "").startswith("https://"),
        foreign=issuer,
    )
    drafts = _live_draft(space, releases, policy, settings, opened)
    routes = (
        sign_in_router(policy, openid=flow is not None),
        openid_router(policy, flow, base_url=settings.base_url),
        account_router(policy),
        audit_router(policy),
        *_working_routes(space, policy, settings, drafts),
    )
    made = first_admin(space.store, at=now())
    said: tuple[str, ...] = ("People sign in on the map; accounts: geozone users",)
    if made is not None:
        name, secret = made
        said += (
            f"First start: sign in as {name} with the one-time secret {secret}",
            "It is shown this once, holds three days, and must be changed at the first sign-in.",
        )
    return PrivatePart(routes, drafts, said, policy)


def _issuer(settings: Settings, opened: ExitStack) -> tuple[Issuer, CodeFlow] | tuple[None, None]:
    """Prepare to ask the issuer that was set, if any: whose tokens hold, and who signs in there."""
    if settings.openid_issuer is None:
        return None, None
    import httpx

    from geozone.access.code_flow import CodeFlow
    from geozone.access.openid import Issuer

    client = opened.enter_context(httpx.Client(timeout=10.0, follow_redirects=False))
    issuer = Issuer(settings.openid_issuer, settings.openid_audience, client)
    secret = settings.openid_client_secret
    return issuer, CodeFlow(issuer, client, secret=secret.get_secret_value() if secret else None)


def _live_draft(
    space: Workspace, releases: ReleaseStore, policy: Policy, settings: Settings, opened: ExitStack
) -> DraftService:
    """Follow the workspace with a draft, for as long as it is served."""
    from geozone.api import ServiceOptions
    from geozone.api.drafts import DraftService
    from geozone.pipeline.live import LiveDraft

    drafts = DraftService(
        LiveDraft(
            space,
            now=now,
            actor=actor(settings),
            rules_folder=settings.rules_folder,
            reopen=partial(open_workspace, space.root, settings),
        ),
        releases,
        policy,
        note=lambda who, rows, why: space.store.note_reading(
            "draft cases", rows, at=now(), actor=who, purpose=why
        ),
        options=ServiceOptions(base_url=settings.base_url, cache=space.cache),
    )
    drafts.start()
    opened.callback(drafts.close)
    return drafts


def _working_routes(
    space: Workspace, policy: Policy, settings: Settings, drafts: DraftService
) -> tuple[APIRouter, ...]:
    """Make the routes that analysts and approvers work with, whoever tells who they are."""
    from geozone.api.approvals import approvals_router
    from geozone.api.desk import WorkspaceDesk
    from geozone.api.draft_office import WorkspaceOffice
    from geozone.api.review import review_router

    desk = WorkspaceDesk(space, now=now, rules_folder=settings.rules_folder, decided=drafts.follower.look)
    office = WorkspaceOffice(space, now=now)
    return review_router(desk, policy), approvals_router(office, policy)
