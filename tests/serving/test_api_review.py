"""The review over HTTP: shut to everybody without the token, nothing kept, everything in the audit."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from shapely.geometry import shape
from typer.testing import CliRunner

from geozone.access import AccessPolicy, Identity, Role
from geozone.api import create_app
from geozone.api.access import TokenPolicy
from geozone.api.desk import WorkspaceDesk
from geozone.api.problems import ProblemError
from geozone.api.review import review_router
from geozone.cli import app as command_line
from geozone.pipeline import imports
from geozone.pipeline.geocoding import geocode_pending
from geozone.workspace import Workspace

NOW = datetime(2021, 11, 12, 8, tzinfo=UTC)
TIE = "Phường 7, Quận 8, TP. Hồ Chí Minh"
ROWS = [("A1", TIE), ("A2", TIE), ("A3", "Tân Phú, Cái Răng, TP. Hồ Chí Minh"), ("A4", "không rõ")]
ROUTES = [
    ("GET", "/api/v1/review"),
    ("GET", "/api/v1/review/p1"),
    ("GET", "/api/v1/review/history"),
    ("POST", "/api/v1/review/p1/decisions"),
    ("POST", "/api/v1/review/decisions/1/undo"),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    with (folder / "ds.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Mã BN", "Địa chỉ", "Ngày báo cáo"])
        writer.writerows([case_id, address, "2/11/2021"] for case_id, address in ROWS)
    with Workspace.create(folder / "w", created_at=NOW) as made:
        imports.import_cases(made, folder / "ds.csv", imported_at=NOW, actor="an")
        geocode_pending(made, geocoded_at=NOW, actor="an")
    return folder / "w"


@pytest.fixture
def space(template: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(template, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


@pytest.fixture
def desk_client(space: Workspace, make_client: Any) -> Any:
    """Client of a service for analysts, and the header that opens it."""
    policy, token = TokenPolicy.new("chị Bình")
    desk = WorkspaceDesk(space, now=lambda: NOW)
    client = make_client(create_app(space.releases, web_root=None, private=[review_router(desk, policy)]))
    return client, {"Authorization": f"Bearer {token}"}


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert not any(address in answer.text for _, address in ROWS)
    return answer.json()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_off_by_default(client: Any, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"Authorization": "Bearer x"})
    problem(answer, 404 if method == "GET" else answer.status_code)
    assert answer.status_code in (404, 405)


@pytest.fixture(scope="module")
def shut(template: Path, make_client: Any) -> Iterator[tuple[Any, str]]:
    """Client of a service whose token it does not send, and the token."""
    policy, token = TokenPolicy.new("chị Bình")
    with Workspace.open(template) as space:
        routes = review_router(WorkspaceDesk(space, now=lambda: NOW), policy)
        yield make_client(create_app(space.releases, web_root=None, private=[routes])), token


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_shut_without_the_token(shut: Any, method: str, path: str) -> None:
    client, token = shut
    body = {"action": "accept"} if method == "POST" else None
    for header in (None, "Bearer wrong", "Basic YTpi", "Bearer", "bearer \u00e9", token, f"Bearer {token}x"):
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        answer = client.request(method, path, headers=headers, json=body)
        problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(client.request(method, f"{path}?token={token}", json=body), 401)


def test_from_the_queue_to_a_decision_and_back(desk_client: Any, space: Workspace) -> None:
    client, opens = desk_client
    answer = client.get("/api/v1/review?limit=10", headers=opens)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    listed = answer.json()
    assert listed["doubtful_addresses"] == 3
    [first] = [one for one in listed["queue"] if one["address"] == TIE]
    one = client.get(f"/api/v1/review/{first['place']}", headers=opens)
    tag = one.headers["etag"]
    assert tag.strip('"') == first["revision"] == one.json()["revision"]
    assert one.headers["cache-control"] == "no-store"
    for found in one.json()["answers"]:
        outline = shape(found["geometry"])
        assert outline.is_valid
        assert outline.bounds == pytest.approx(found["bbox"], abs=1e-5)
    where = f"/api/v1/review/{first['place']}/decisions"
    body = {"action": "choose", "code": one.json()["answers"][1]["code"], "reason": "tổ trưởng báo"}
    problem(client.post(where, headers=opens, json=body), 428)
    done = client.post(where, headers=opens | {"If-Match": tag}, json=body)
    assert done.status_code == 201
    assert (done.json()["places"], done.json()["people"]) == (2, 2)
    # Somebody else, who looked before, is told so and changes nothing.
    late = problem(client.post(where, headers=opens | {"If-Match": tag}, json={"action": "accept"}), 412)
    assert (late["changed_by"], late["changed_at"]) == ("chị Bình", NOW.isoformat())
    codes = space.store.geocodes().set_index("case_id")["geo_commune_code"]
    assert codes[["A1", "A2"]].tolist() == [body["code"]] * 2
    problem(client.get(f"/api/v1/review/{first['place']}", headers=opens), 404)
    [row] = client.get("/api/v1/review/history", headers=opens).json()["decisions"]
    assert (row["actor"], row["reason"], row["action"]) == ("chị Bình", "tổ trưởng báo", "choose")
    number = done.json()["decision"]
    back = client.post(f"/api/v1/review/decisions/{number}/undo", headers=opens, json={})
    assert back.json()["places"] == 2
    problem(client.post(f"/api/v1/review/decisions/{number}/undo", headers=opens, json={}), 409)
    again = client.get("/api/v1/review", headers=opens).json()
    assert again["doubtful_addresses"] == 3
    assert first["revision"] not in [entry["revision"] for entry in again["queue"]]


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        ({"action": "choose"}, 400, "code"),
        ({"action": "pin", "lon": 106.0}, 400, "lat"),
        ({"action": "pin", "lon": 506.0, "lat": 1.0}, 400, "lon"),
        ({"action": "pin", "lon": 120.0, "lat": 5.0}, 404, None),
        ({"action": "reject"}, 400, "reason"),
        ({"action": "reject", "reason": " "}, 400, "reason"),
        ({"action": "burn"}, 400, "action"),
        ({"action": "accept", "secret": 1}, 400, "secret"),
        ({"action": "choose", "code": "99999"}, 404, None),
        ({"action": "accept", "scope": "everything"}, 400, "scope"),
    ],
)
def test_wrong_decisions_are_told_and_change_nothing(
    desk_client: Any, space: Workspace, body: dict[str, Any], status: int, name: str | None
) -> None:
    client, opens = desk_client
    tag = client.get("/api/v1/review/p1", headers=opens).headers["etag"]
    answer = problem(
        client.post("/api/v1/review/p1/decisions", headers=opens | {"If-Match": tag}, json=body), status
    )
    assert name is None or name in [fault["name"] for fault in answer["errors"]]
    assert space.store.decisions().empty


def test_what_is_not_there_is_404(desk_client: Any) -> None:
    client, opens = desk_client
    problem(client.get("/api/v1/review/p999", headers=opens), 404)
    problem(client.get("/api/v1/review/history?place=p999", headers=opens), 404)
    problem(client.post("/api/v1/review/decisions/7/undo", headers=opens, json={}), 404)
    problem(client.get("/api/v1/review?order=alphabet", headers=opens), 400)
    problem(client.get("/api/v1/review?unknown=1", headers=opens), 400)


def test_every_reading_of_addresses_is_in_the_audit_without_them(desk_client: Any, space: Workspace) -> None:
    client, opens = desk_client
    for path in ("/api/v1/review", "/api/v1/review/p1", "/api/v1/review/history"):
        assert client.get(path, headers=opens).status_code == 200
    told = space.store.audit()
    read = told[told["action"] == "read-addresses"]
    assert read["subject"].tolist() == ["review history", "review p1", "review queue"]
    assert set(read["actor"]) == {"chị Bình"}
    assert [entry["places"] for entry in read["detail"]] == [0, 2, 4]
    assert "Phường 7" not in json.dumps(told["detail"].tolist(), ensure_ascii=False)


def test_the_routes_are_documented_only_where_they_are(desk_client: Any, client: Any) -> None:
    private, _ = desk_client
    document = private.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert "/api/v1/review/{place}/decisions" in document["paths"]
    assert not [path for path in client.get("/openapi.json").json()["paths"] if "review" in path]


def test_another_policy_takes_the_place_of_the_token(space: Workspace, make_client: Any) -> None:
    class ReadersOnly:
        rules = AccessPolicy()

        def admit(self, request: Any, right: str) -> str:
            return self.identify(request, right).name

        def identify(self, request: Any, right: str) -> Identity:
            if right != "review:read":
                raise ProblemError(403, "You may read, not decide.")
            return Identity("chị Lan", Role.ANALYST)

    desk = WorkspaceDesk(space, now=lambda: NOW)
    client = make_client(
        create_app(space.releases, web_root=None, private=[review_router(desk, ReadersOnly())])
    )
    tag = client.get("/api/v1/review/p1").headers["etag"]
    answer = client.post("/api/v1/review/p1/decisions", headers={"If-Match": tag}, json={"action": "accept"})
    problem(answer, 403)
    assert space.store.decisions().empty


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "map.example.vn", "::"])  # noqa: S104
def test_other_machines_are_refused_unless_asked_for(space: Workspace, host: str) -> None:
    words = ["serve", "--analyst", "--host", host, "--workspace", str(space.root)]
    result = CliRunner().invoke(command_line, words)
    assert result.exit_code == 2
    assert "--allow-remote-analyst" in result.output.replace("\n", " ").replace("│ ", "")


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("geozone.cli", ("pandas", "geopandas", "shapely", "sqlalchemy")),
        (
            "geozone.api, geozone.api.review, geozone.api.access",
            ("sqlalchemy", "geozone.store", "geozone.pipeline"),
        ),
    ],
)
def test_nothing_private_or_slow_is_loaded_before_it_is_asked_for(
    module: str, unwanted: tuple[str, ...]
) -> None:
    words = f"import sys, {module}; print([name for name in {unwanted!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "[]"


def read_why(space: Workspace) -> list[dict[str, Any]]:
    told = space.store.audit()
    return [dict(detail) for detail in told.loc[told["action"] == "read-addresses", "detail"]]


def test_why_addresses_are_read_is_in_the_audit(desk_client: Any, space: Workspace) -> None:
    client, opens = desk_client
    sent = [
        {"X-Geozone-Purpose": "address-review"},
        {"X-Geozone-Purpose": "other; c%C3%B4ng v%C4%83n 12"},
        {"Cookie": "geozone-purpose=zoning"},
        {"Cookie": "geozone-purpose=zoning", "X-Geozone-Purpose": "care"},
        {},
    ]
    for headers in sent:
        assert client.get("/api/v1/review?limit=1", headers=opens | headers).status_code == 200
    assert [why.get("purpose") for why in read_why(space)[::-1]] == [
        "address-review", "other", "zoning", "care", None,
    ]  # fmt: skip
    assert read_why(space)[3]["words"] == "công văn 12"
    for bad in ("curiosity", "other", f"care; {'x' * 201}", "care; a%0Ab\x07"):
        answer = client.get("/api/v1/review", headers=opens | {"X-Geozone-Purpose": bad})
        if answer.status_code != 200:
            told = problem(answer, 400)
            assert told["errors"][0]["name"] == "X-Geozone-Purpose"
    assert len(read_why(space)) <= 6


def test_where_a_purpose_is_asked_for_nothing_is_read_without(desk_client: Any, space: Workspace) -> None:
    client, opens = desk_client
    policy, token = TokenPolicy.new("chị Bình", AccessPolicy(four_eyes=False, purpose_required=True))
    desk = WorkspaceDesk(space, now=lambda: NOW)
    client = type(client)(create_app(space.releases, web_root=None, private=[review_router(desk, policy)]))
    opens = {"Authorization": f"Bearer {token}"}
    for path in ("/api/v1/review", "/api/v1/review/p1", "/api/v1/review/history"):
        told = problem(client.get(path, headers=opens), 428)
        assert "X-Geozone-Purpose" in told["detail"]
        assert "investigation" in told["detail"]
    assert read_why(space) == []
    assert client.get("/api/v1/review", headers=opens | {"X-Geozone-Purpose": "zoning"}).status_code == 200
    assert [why["purpose"] for why in read_why(space)] == ["zoning"]


def test_the_command_line_is_in_the_audit_too(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOZONE_ACTOR", "chi")
    root = ["--workspace", str(space.root)]
    run = CliRunner().invoke
    assert run(command_line, ["review", "list", "--purpose", "data-quality", *root]).exit_code == 0
    assert run(command_line, ["review", "history", *root]).exit_code == 0
    monkeypatch.setenv("GEOZONE_PURPOSE_REQUIRED", "1")
    assert run(command_line, ["review", "aliases", *root]).exit_code == 2
    assert run(command_line, ["review", "aliases", "--purpose", "other", *root]).exit_code == 2
    monkeypatch.setenv("GEOZONE_PURPOSE", "inspection; 12/CV")
    assert run(command_line, ["review", "aliases", *root]).exit_code == 0
    told = space.store.audit()
    told = told[told["action"] == "read-addresses"]
    assert told["actor"].unique().tolist() == ["chi"]
    assert told["subject"].tolist() == ["taught phrases", "review history", "review queue"]
    assert [why.get("purpose") for why in read_why(space)] == ["inspection", None, "data-quality"]
    said = run(command_line, ["audit", "--action", "read", *root]).stdout
    assert "inspection" in said
    assert "12/CV" in said
