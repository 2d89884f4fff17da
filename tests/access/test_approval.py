"""From a draft to a release: who may, in which order, and who was faster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from geozone.access import AccessPolicy, Identity, Scope
from geozone.api import create_app
from geozone.api.access import TokenPolicy
from geozone.api.approvals import approvals_router
from geozone.api.draft_office import WorkspaceOffice
from geozone.errors import ConflictError, DataError, DeniedError, NotFoundError, StoreError
from geozone.pipeline.approval import release_approved, standing, take_step
from geozone.store import DraftState, Step
from geozone.store.engine import writing
from geozone.workspace import Workspace

POLICY = AccessPolicy()


def test_the_whole_way_with_four_eyes(space: Workspace, who: Callable[..., Identity], now: datetime) -> None:
    an, binh = who("an", "analyst"), who("bình", "approver")
    given: dict[str, Any] = {"policy": POLICY, "at": now}
    assert standing(space, "latest").state is DraftState.DRAFTED
    with pytest.raises(ConflictError, match="drafted"):
        take_step(space, "latest", Step.APPROVE, binh, decision="1/QĐ", **given)
    assert take_step(space, "latest", Step.SUBMIT, an, **given).state is DraftState.SUBMITTED
    with pytest.raises(DeniedError, match="role analyst"):
        take_step(space, "latest", Step.APPROVE, an, decision="1/QĐ", **given)
    with pytest.raises(DeniedError, match="somebody else"):
        take_step(space, "latest", Step.APPROVE, who("an", "approver"), decision="1/QĐ", **given)
    with pytest.raises(DataError, match="number of the decision"):
        take_step(space, "latest", Step.APPROVE, binh, decision="  ", **given)
    with pytest.raises(DataError, match="why it goes back"):
        take_step(space, "latest", Step.RETURN, binh, **given)
    assert take_step(space, "latest", Step.RETURN, binh, note="sai xã", **given).state is DraftState.RETURNED
    take_step(space, "latest", Step.SUBMIT, an, **given)
    with pytest.raises(ConflictError, match="submitted"):
        release_approved(space, "latest", binh, **given)
    found = take_step(space, "latest", Step.APPROVE, binh, decision=" 12/QĐ-UBND ", **given)
    assert (found.state, found.decision) == (DraftState.APPROVED, "12/QĐ-UBND")
    with pytest.raises(DeniedError):
        release_approved(space, "latest", who("an", "approver"), **given)
    made = release_approved(space, "latest", binh, **given)
    assert made.manifest["decision"] == "12/QĐ-UBND"
    assert space.releases.get("current").digest == made.digest
    assert standing(space, "latest").state is DraftState.RELEASED
    again = release_approved(space, "latest", who("chi", "approver"), **given)
    assert again.digest == made.digest
    assert [step.step for step in standing(space, "latest").steps].count(Step.RELEASE) == 1
    told = space.store.audit()
    assert {"draft-submit", "draft-approve", "draft-return", "draft-release"} <= set(told["action"])


def test_killed_between_publication_and_record_the_repeat_makes_it_good(
    space: Workspace, who: Callable[..., Identity], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {"policy": POLICY, "at": now}
    take_step(space, "latest", Step.SUBMIT, who("an", "analyst"), **given)
    take_step(space, "latest", Step.APPROVE, who("bình", "approver"), decision="1/QĐ", **given)
    with monkeypatch.context() as broken:
        broken.setattr(space.store, "take_step", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            release_approved(space, "latest", who("bình", "approver"), **given)
    published = space.releases.get("current").digest
    assert standing(space, "latest").state is DraftState.APPROVED
    assert release_approved(space, "latest", who("bình", "approver"), **given).digest == published
    assert standing(space, "latest").state is DraftState.RELEASED
    assert len(space.releases.list()) == 1


def test_an_approver_of_one_province_does_not_approve_for_another(
    space: Workspace, who: Callable[..., Identity], now: datetime
) -> None:
    take_step(space, "latest", Step.SUBMIT, who("an", "analyst"), policy=POLICY, at=now)
    hanoi = who("bình", "approver", scope=Scope(frozenset({"01"})))
    with pytest.raises(DeniedError, match="outside the area"):
        take_step(space, "latest", Step.APPROVE, hanoi, decision="1", policy=POLICY, at=now)
    both = who("bình", "approver", scope=Scope(frozenset({"01", "79"}), {"disease": frozenset({"dengue"})}))
    with pytest.raises(DeniedError, match="outside the area"):
        take_step(space, "latest", Step.APPROVE, both, decision="1", policy=POLICY, at=now)


def test_the_slower_of_two_is_told_who_and_when(
    space: Workspace, who: Callable[..., Identity], now: datetime
) -> None:
    given: dict[str, Any] = {"policy": POLICY, "at": now}
    seen = take_step(space, "latest", Step.SUBMIT, who("an", "analyst"), **given).revision
    take_step(space, "latest", Step.APPROVE, who("bình", "approver"), decision="1", expected=seen, **given)
    with pytest.raises(ConflictError) as caught:
        take_step(space, "latest", Step.RETURN, who("chi", "approver"), note="?", expected=seen, **given)
    assert (caught.value.by, caught.value.at) == ("bình", now)


def test_steps_are_only_ever_appended(space: Workspace, who: Callable[..., Identity], now: datetime) -> None:
    take_step(space, "latest", Step.SUBMIT, who("an", "analyst"), policy=POLICY, at=now)
    for table in ("draft_steps", "audit"):
        for sql in (f"UPDATE {table} SET actor = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(StoreError), writing(space.store._engine) as connection:
                connection.execute(sa.text(sql))
    assert standing(space, "latest").steps[0].actor == "an"


def test_no_such_draft(space: Workspace, who: Callable[..., Identity], now: datetime) -> None:
    with pytest.raises(NotFoundError):
        take_step(space, "0" * 64, Step.SUBMIT, who("an", "analyst"), policy=POLICY, at=now)


@pytest.fixture
def office(space: Workspace, make_client: Any, now: datetime) -> Any:
    policy, token = TokenPolicy.new("an")
    routes = approvals_router(WorkspaceOffice(space, now=lambda: now), policy)
    client = make_client(create_app(space.releases, web_root=None, private=[routes]))
    return client, {"Authorization": f"Bearer {token}"}


def test_over_http_alone(office: Any, space: Workspace) -> None:
    client, opens = office
    assert client.request("GET", "/api/v1/drafts").status_code == 401
    listed = client.request("GET", "/api/v1/drafts", headers=opens)
    assert listed.headers["cache-control"] == "no-store"
    assert listed.json()["four_eyes"] is False
    [one] = listed.json()["drafts"]
    assert (one["state"], one["drafted_by"], one["latest"]) == ("drafted", "an", True)
    assert one["may"] == {
        "submit": True,
        "approve": False,
        "return": False,
        "withdraw": False,
        "release": False,
    }
    address = f"/api/v1/drafts/{one['id']}"
    tag = client.request("GET", address, headers=opens).headers["etag"]
    without = client.request("POST", f"{address}/submit", headers=opens, json={})
    assert without.status_code == 428
    done = client.request(
        "POST", f"{address}/submit", headers=opens | {"If-Match": tag}, json={"note": "xem"}
    )
    assert (done.status_code, done.json()["state"]) == (200, "submitted")
    late = client.request("POST", f"{address}/withdraw", headers=opens | {"If-Match": tag}, json={})
    assert late.status_code == 412
    assert late.json()["changed_by"] == "an"
    assert late.json()["changed_at"] == "2021-11-12T08:00:00+00:00"
    held = opens | {"If-Match": done.headers["etag"]}
    empty = client.request("POST", f"{address}/approve", headers=held, json={"decision": " "})
    assert (empty.status_code, empty.json()["errors"][0]["name"]) == (400, "decision")
    approved = client.request("POST", f"{address}/approve", headers=held, json={"decision": "12/QĐ"})
    assert approved.json()["may"]["release"] is True
    held = opens | {"If-Match": approved.headers["etag"]}
    released = client.request("POST", f"{address}/release", headers=held)
    assert released.status_code == 200, released.text
    assert released.json()["digest"] == space.releases.get("current").digest
    assert client.request("GET", "/api/v1/summary").json()["release"]["decision"] == "12/QĐ"
