"""The live draft: shut to the public, equal to `geozone draft`, and told tile by tile as it changes."""

from __future__ import annotations

import asyncio
import csv
import dataclasses
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mapbox_vector_tile
import pandas as pd
import pytest
import shapely
from openapi_spec_validator import OpenAPIV30SpecValidator

from geozone.access import AccessPolicy, Identity, Right, Role, Scope
from geozone.api import ServiceOptions, create_app
from geozone.api.access import TokenPolicy
from geozone.api.desk import WorkspaceDesk
from geozone.api.drafts import DraftService
from geozone.api.drafts.app import PREFIX
from geozone.api.drafts.follower import standing_of
from geozone.api.problems import ProblemError
from geozone.api.review import review_router
from geozone.cli.console import now
from geozone.draft import LiveState
from geozone.pipeline import imports
from geozone.pipeline.aside import HaltedError
from geozone.pipeline.decide import choose_rules, make_draft
from geozone.pipeline.geocoding import geocode_pending
from geozone.pipeline.live import LiveDraft
from geozone.pipeline.publish import release
from geozone.tiles.mercator import to_world
from geozone.workspace import Workspace

NOW = datetime(2021, 11, 12, 8, tzinfo=UTC)
AS_OF = date(2021, 11, 5)
TIE = "Phường 7, Quận 8, TP. Hồ Chí Minh"
HEADER = ["Mã BN", "Địa chỉ", "Ngày báo cáo", "Kinh độ", "Vĩ độ"]
ROWS = [
    ["A1", TIE, "2/11/2021", "", ""],
    ["A2", TIE, "2/11/2021", "", ""],
    ["B1", "12 Ngô Quyền, Bắc Ninh", "4/11/2021", "106.0733", "21.1812"],
    ["B2", "15 Ngô Quyền, Bắc Ninh", "5/11/2021", "106.0741", "21.1809"],
    ["B3", "Cần Thơ", "5/11/2021", "105.7800", "10.0350"],
    ["B4", "Huế", "4/11/2021", "107.5850", "16.4630"],
    ["B5", "Đà Nẵng", "3/11/2021", "108.2100", "16.0600"],
]
NEW = ["C1", "Từ Sơn, Bắc Ninh", "5/11/2021", "105.9551", "21.1190"]
PUBLIC = ["communes", "containment_zones", "buffer_zones", "green_zones"]


def write_list(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drafts")
    with Workspace.create(folder / "w", created_at=NOW) as made:
        imports.import_cases(made, write_list(folder / "ds.csv", ROWS), imported_at=NOW, actor="an")
        geocode_pending(made, geocoded_at=NOW, actor="an")
        rules = choose_rules(made, None, AS_OF)
        make_draft(made, rules=rules, as_of=AS_OF, drawn_at=NOW, actor="an")
        release(made, decision="1/QĐ", created_at=NOW, actor="an")
    return folder / "w"


def settle(follower: Any) -> bool:
    """Look, and draw as a whole what was edited."""
    follower._settle_after_s = 0.0
    looked = follower.step()
    while follower.step():
        looked = True
    follower._settle_after_s = 3600.0
    return looked


@pytest.fixture
def desk(template: Path, tmp_path: Path, make_client: Any) -> Iterator[SimpleNamespace]:
    """A service for analysts whose live draft is drawn when the test says so."""
    shutil.copytree(template, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as space:
        policy, token = TokenPolicy.new("chị Bình")
        drafts = DraftService(
            LiveDraft(space, now=lambda: NOW, actor="máy"),
            space.releases,
            policy,
            note=lambda who, rows, why: space.store.note_reading(
                "draft cases", rows, at=NOW, actor=who, purpose=why
            ),
            options=ServiceOptions(),
        )
        review = review_router(WorkspaceDesk(space, now=lambda: NOW), policy)
        app = create_app(
            space.releases,
            web_root=None,
            options=ServiceOptions(prepare=False),
            private=[review],
            mounted={PREFIX: drafts.app},
        )
        opens = {"Authorization": f"Bearer {token}"}
        client = make_client(app)
        yield SimpleNamespace(
            space=space,
            app=app,
            drafts=drafts,
            step=lambda: settle(drafts.follower),
            edit=drafts.follower.step,
            opens=opens,
            get=lambda path, **headers: client.get(f"{PREFIX}{path}", headers=opens | headers),
            post=lambda path, body=None, **headers: client.post(path, headers=opens | headers, json=body),
            public=client.get,
        )


def test_the_public_service_knows_of_no_drafts(client: Any) -> None:
    for path in ("/tiles/communes/5/25/14.mvt", "/api/v1/live", "/ogc/collections/cases/items", ""):
        assert client.get(f"{PREFIX}{path}").status_code == 404


def test_the_drafts_describe_themselves_to_those_who_may_read_them(desk: Any) -> None:
    desk.step()
    document = desk.get("/ogc/api").json()
    OpenAPIV30SpecValidator(document).validate()
    assert document["info"]["title"].startswith("geozone")
    assert {"/api/v1/live/keep", "/api/v1/what-if"} <= set(document["paths"])
    for operations in document["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
    assert desk.public(f"{PREFIX}/ogc/api").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/communes/5/25/14.mvt",
        "/tiles/cases/5/25/14.mvt",
        "/tiles/communes.json",
        "/ogc/collections/cases/items",
        "/ogc/collections",
        "/api/v1/live",
        "/api/v1/events",
        "/api/v1/summary",
        "/nothing/at/all",
        "/",
        "/..%2f",
    ],
)
def test_nobody_gets_in_without_the_right(desk: Any, path: str) -> None:
    desk.step()
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = desk.public(f"{PREFIX}{path}", headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"


class Named:
    """Lets in one identity, held to the rules."""

    rules = AccessPolicy()

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def identify(self, request: Any, right: str) -> Identity:
        allowed, reason = self.rules.verdict(self._identity, Right(right))
        if not allowed:
            raise ProblemError(403, reason)
        return self._identity

    def admit(self, request: Any, right: str) -> str:
        return self.identify(request, right).name


@pytest.mark.parametrize(
    ("identity", "layers", "points"),
    [
        (Identity("a", Role.ANALYST), 200, 200),
        (Identity("b", Role.APPROVER), 200, 403),
        (Identity("c", Role.VIEWER), 403, 403),
        (Identity("d", Role.ADMIN), 403, 403),
        (Identity("e", Role.ANALYST, Scope(areas=frozenset({"24"}))), 403, 403),
        (Identity("f", Role.ANALYST, Scope(attributes={"disease": frozenset({"covid-19"})})), 200, 200),
    ],
)
def test_roles_and_limits_hold(desk: Any, identity: Identity, layers: int, points: int) -> None:
    desk.step()
    desk.drafts.app._policy = Named(identity)
    assert desk.get("/tiles/communes.json").status_code == layers
    assert desk.get("/api/v1/summary").status_code == layers
    assert desk.get("/ogc/collections/cases/items").status_code == points
    assert desk.get("/tiles/communes,cases/8/203/112.mvt").status_code == points
    tile = desk.get("/ogc/tiles/WebMercatorQuad/8/112/203?collections=cases")
    assert tile.status_code in ((points, 204) if points == 200 else (points,))


def test_points_of_cases_are_for_analysts_and_noted(desk: Any) -> None:
    desk.step()
    assert desk.public("/ogc/collections/cases/items").status_code == 403
    assert desk.public("/tiles/cases/5/25/14.mvt").status_code == 403
    answer = desk.get("/ogc/collections/cases/items?limit=10")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["numberMatched"] == 5
    known = {one["properties"]["case_id"]: one for one in found["features"]}
    assert known["B1"]["geometry"]["coordinates"] == [106.0733, 21.1812]
    assert known["B1"]["properties"]["zone_id"].startswith("KV-")
    assert not {"address", "person_name", "phone"} & set(known["B1"]["properties"])
    assert "Ngô Quyền" not in answer.text
    desk.get("/tiles/cases/5/25/14.mvt")
    reads = desk.space.store.audit()
    reads = reads[(reads["action"] == "read-addresses") & (reads["subject"] == "draft cases")]
    assert (len(reads), reads["actor"].iloc[0]) == (1, "chị Bình"), "once for each draft, not for each tile"
    assert not desk.step(), "a reading is no change"


def test_a_draft_is_served_as_a_release_is_but_kept_by_nobody_else(desk: Any) -> None:
    desk.step()
    live = desk.get("/api/v1/live")
    digest = live.json()["digest"]
    assert desk.get("/api/v1/summary").json()["release"]["digest"] == digest
    document = desk.get("/tiles/communes,containment_zones.json").json()
    [template] = document["tiles"]
    assert template == (
        f"http://geo.test{PREFIX}/tiles/communes,containment_zones/{{z}}/{{x}}/{{y}}.mvt?v={digest}"
    )
    address = template.removeprefix(f"http://geo.test{PREFIX}").format(z=8, x=203, y=112)
    tile = desk.get(address)
    assert tile.status_code == 200
    assert tile.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in tile.headers["vary"]
    assert set(mapbox_vector_tile.decode(tile.content)) == {"communes", "containment_zones"}
    again = desk.get(address, **{"If-None-Match": tile.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["cache-control"] == "private, no-cache"
    page = desk.get("/ogc/collections/communes/items?limit=2").json()
    onward = next(one["href"] for one in page["links"] if one["rel"] == "next")
    assert onward.startswith(f"http://geo.test{PREFIX}/ogc/")
    assert desk.get(onward.removeprefix(f"http://geo.test{PREFIX}")).json()["numberReturned"] == 2
    assert desk.get("/api/v1/communes/00004").status_code == 200
    current = desk.public("/api/v1/summary").json()["release"]["digest"]
    changes = desk.get(f"/api/v1/releases/{current}/diff/current").json()
    assert changes["changes"] == [], "nothing was decided since the release"


def test_the_live_draft_is_what_the_command_line_draws(desk: Any) -> None:
    desk.step()
    answer = desk.get("/api/v1/live")
    tag = answer.headers["etag"]
    assert desk.post(f"{PREFIX}/api/v1/live/keep").status_code == 428
    assert desk.post(f"{PREFIX}/api/v1/live/keep", **{"If-Match": '"0"'}).status_code == 412
    kept = desk.post(f"{PREFIX}/api/v1/live/keep", **{"If-Match": tag})
    assert kept.status_code == 201
    saved = desk.space.drafts.latest()
    assert saved.id == kept.json()["draft"]
    assert saved.actor == "chị Bình"
    rules = choose_rules(desk.space, None, AS_OF)
    make_draft(desk.space, rules=rules, as_of=AS_OF, drawn_at=NOW, actor="an")
    drawn = desk.space.drafts.latest()
    assert saved.layers.keys() == drawn.layers.keys()
    for name, table in drawn.layers.items():
        pd.testing.assert_frame_equal(saved.layers[name], table)
    live = desk.drafts.shelf.live.view
    for name in drawn.layers:
        pd.testing.assert_frame_equal(
            pd.DataFrame(live.attributes(name)),
            pd.DataFrame(drawn.layers[name].drop(columns="geometry", errors="ignore")),
        )
        outlines = live.outlines(name)
        if outlines is not None:
            assert shapely.equals_exact(outlines, drawn.layers[name].geometry.to_numpy(), 0.0).all()


def tags(desk: Any, layer: str, addresses: list[tuple[int, int, int]]) -> dict[tuple[int, int, int], str]:
    return {(z, x, y): desk.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt").headers["etag"] for z, x, y in addresses}


def around(lon: float, lat: float, zooms: list[int]) -> list[tuple[int, int, int]]:
    """Tiles at and beside a point."""
    found = []
    for zoom in zooms:
        x, y = (int(value * (1 << zoom)) for value in to_world(pd.DataFrame([[lon, lat]]).to_numpy())[0])
        found += [(zoom, x + i, y + j) for i in (-2, -1, 0, 1, 2) for j in (-1, 0, 1)]
    return found


def listen(desk: Any) -> list[dict[str, Any]]:
    """Collect what is told of each change."""
    told: list[dict[str, Any]] = []
    tell = desk.drafts.follower._tell
    desk.drafts.follower._tell = lambda *change: (tell(*change), told.append(change))
    return told


def check_told(desk: Any, change: Any, before: dict[str, Any], after: dict[str, Any]) -> int:
    """Every tile that changed is among those told; give how many did."""
    layers = {one.layer: one.document()["tiles"] for one in change[2]}
    changed = 0
    for layer, addresses in before.items():
        for (z, x, y), tag in addresses.items():
            if after[layer][z, x, y] == tag:
                continue
            changed += 1
            ranges = layers[layer][str(z)]
            assert any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in ranges), (layer, z, x, y)
    return changed


def test_a_decision_changes_the_tiles_told_and_no_other(desk: Any) -> None:
    desk.step()
    told = listen(desk)
    places = around(106.0733, 21.1812, [6, 9, 12, 14]) + around(106.68, 10.74, [6, 9, 12, 14])
    layers = [*PUBLIC, "cases"]
    before = {layer: tags(desk, layer, places) for layer in layers}
    queue = desk.public("/api/v1/review", headers=desk.opens).json()["queue"]
    tied = next(one for one in queue if one["address"] == TIE)
    entry = desk.public(f"/api/v1/review/{tied['place']}", headers=desk.opens)
    body = {"action": "pin", "lon": 106.6602, "lat": 10.7401, "reason": "hỏi tổ dân phố", "teach": False}
    done = desk.post(f"/api/v1/review/{tied['place']}/decisions", body, **{"If-Match": entry.headers["etag"]})
    assert done.status_code == 201
    assert desk.edit()
    [change] = told
    assert not desk.get("/api/v1/live").json()["settled"]
    after = {layer: tags(desk, layer, places) for layer in layers}
    assert check_told(desk, change, before, after) > 5
    edited = desk.drafts.shelf.live.view
    tag = desk.get("/api/v1/live").headers["etag"]
    assert desk.post(f"{PREFIX}/api/v1/live/keep", **{"If-Match": tag}).status_code == 503
    assert desk.step()
    settled = desk.drafts.shelf.live.view
    assert desk.get("/api/v1/live").json()["settled"]
    assert edited.manifest["counts"] == settled.manifest["counts"]
    for layer in ("communes", "containment_zones", "cases"):
        one, other = edited.attributes(layer), settled.attributes(layer)
        pd.testing.assert_frame_equal(one, other, rtol=1e-3, atol=2e-4)
        apart = shapely.symmetric_difference(edited.outlines(layer), settled.outlines(layer))
        assert (shapely.area(apart) <= 1e-3 * shapely.area(settled.outlines(layer))).all()
    drawn = {layer: tags(desk, layer, places) for layer in layers}
    assert drawn["cases"] == after["cases"], "drawing anew gives the same tiles"
    after = drawn
    north = around(106.0733, 21.1812, [9, 12, 14])
    for layer in PUBLIC:
        for place in north:
            assert before[layer][place] == after[layer][place], "the other end of the country is as it was"
    zones = desk.get("/ogc/collections/containment_zones/items?certainty=certain").json()
    assert any(one["properties"]["zone_id"].startswith("KV-") for one in zones["features"])
    number = done.json()["decision"]
    desk.post(f"/api/v1/review/decisions/{number}/undo", {})
    assert desk.step()
    assert {layer: tags(desk, layer, places) for layer in layers} == before, "taken back, all is as it was"


def test_decisions_made_while_the_day_is_drawn_are_in_it_when_it_is_put_up(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.step()
    follower, told = desk.drafts.follower, listen(desk)
    drawn, go_on = threading.Event(), threading.Event()
    draw = follower._drawing.draw

    def draw_slowly() -> Any:
        found = draw()
        drawn.set()
        assert go_on.wait(60)
        return found

    queue = desk.public("/api/v1/review", headers=desk.opens).json()["queue"]
    tied = next(one for one in queue if one["address"] == TIE)
    body = {"action": "pin", "lon": 106.6602, "lat": 10.7401, "reason": "hỏi tổ dân phố", "teach": False}
    tag = {"If-Match": f'"{tied["revision"]}"'}
    done = desk.post(f"/api/v1/review/{tied['place']}/decisions", body, **tag)
    assert desk.edit()
    monkeypatch.setattr(follower._drawing, "draw", draw_slowly)
    with ThreadPoolExecutor(1) as follower._aside:
        follower._settle_after_s = follower._rested_at = 0.0
        assert not follower.step(), "the day is drawn beside"
        assert drawn.wait(60)
        desk.post(f"/api/v1/review/decisions/{done.json()['decision']}/undo", {})
        assert follower.step(), "and decisions go on to change the live draft"
        places = around(106.68, 10.74, [9, 12])
        before = {layer: tags(desk, layer, places) for layer in PUBLIC}
        go_on.set()
        follower._drawn.result(60)
        assert follower.step()
    follower._aside = None
    assert check_told(desk, told[-1], before, {layer: tags(desk, layer, places) for layer in PUBLIC}) >= 0
    edited = desk.drafts.shelf.live.view
    assert edited.is_edited
    assert [one[1].digest for one in told[1:]] == [one[0].digest for one in told[:-1]], "one after another"
    assert desk.step()
    settled = desk.drafts.shelf.live.view
    for layer in ("communes", "containment_zones", "cases"):
        one, other = edited.attributes(layer), settled.attributes(layer)
        pd.testing.assert_frame_equal(one, other, rtol=1e-3, atol=2e-4)


def test_a_day_drawn_in_another_process_is_the_same(desk: Any) -> None:
    desk.step()
    root = desk.space.root
    there = LiveDraft(desk.space, now=now, actor="máy", reopen=partial(Workspace.open, root))
    mark, draft = there.draw()
    assert mark == there.mark()
    assert standing_of(draft, drawn_at=NOW).view.digest == desk.drafts.shelf.live.view.digest
    communes = there._outlines()[0].communes.geometry.array
    assert all(one is other for one, other in zip(draft.layers["communes"].geometry, communes, strict=True))
    assert there.follow(draft) is not None
    there.halt()
    with pytest.raises(HaltedError):
        there.draw()


def test_an_edit_that_fails_is_drawn_as_a_whole(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.step()

    def fail(*_: Any) -> None:
        raise RuntimeError("made up")

    monkeypatch.setattr(LiveState, "replace", fail)
    queue = desk.public("/api/v1/review", headers=desk.opens).json()["queue"]
    tied = next(one for one in queue if one["address"] == TIE)
    before = desk.get("/api/v1/live").json()["digest"]
    body = {"action": "pin", "lon": 106.6602, "lat": 10.7401, "reason": "hỏi tổ dân phố", "teach": False}
    tag = {"If-Match": f'"{tied["revision"]}"'}
    assert desk.post(f"/api/v1/review/{tied['place']}/decisions", body, **tag).status_code == 201
    assert desk.edit()
    live = desk.get("/api/v1/live").json()
    assert live["settled"]
    assert live["digest"] != before


def test_an_import_by_another_process_is_followed(desk: Any, tmp_path: Path) -> None:
    desk.step()
    told = listen(desk)
    places = around(105.9551, 21.1190, [7, 10, 13]) + around(105.78, 10.035, [10, 13])
    layers = ["communes", "containment_zones", "green_zones", "cases"]
    before = {layer: tags(desk, layer, places) for layer in layers}
    path = write_list(tmp_path / "more.csv", [NEW])
    command = [sys.executable, "-c", "from geozone.cli import main; main()", "import", "cases", str(path)]
    done = subprocess.run(
        [*command, "--workspace", str(desk.space.root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert desk.step()
    [change] = told
    assert {one.layer for one in change[2]} >= {"communes", "containment_zones", "cases"}
    after = {layer: tags(desk, layer, places) for layer in layers}
    assert check_told(desk, change, before, after) > 3
    assert desk.get("/ogc/collections/cases/items").json()["numberMatched"] == 6
    assert not desk.step(), "its own geocoding is no change"


def test_listeners_are_told_and_the_stream_ends_with_the_service(desk: Any, tmp_path: Path) -> None:
    desk.step()

    async def hear() -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        async for event in desk.drafts.events.listen():
            lines = event.decode().splitlines()
            heard += [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
            if len(heard) == 1:
                imports.import_cases(
                    desk.space, write_list(tmp_path / "more.csv", [NEW]), imported_at=NOW, actor="an"
                )
                await asyncio.to_thread(desk.step)
            elif len(heard) == 2:
                desk.drafts.events.close()
        return heard

    first, second = asyncio.run(hear())
    assert (first["previous"], first["layers"]) == (None, None), "whoever comes is told of the whole"
    assert second["previous"] == first["digest"]
    assert second["digest"] == desk.drafts.shelf.live.view.digest
    west, south, east, north = second["bbox"]
    assert west < 105.9551 < east
    assert south < 21.1190 < north
    assert desk.drafts.events.listeners == 0


def test_other_drafts_are_opened_by_their_digest(desk: Any) -> None:
    desk.step()
    live = desk.drafts.shelf.live
    other = standing_of(live.draft, drawn_at=NOW)
    assert other.view.digest == live.view.digest, "the same content has the same digest"
    moved = dataclasses.replace(live.draft, counts=live.draft.counts | {"placed": 77})
    digest = desk.drafts.shelf.put(standing_of(moved, drawn_at=NOW, before=live))
    assert digest != live.view.digest
    assert desk.get(f"/api/v1/summary?release={digest}").json()["counts"]["placed"] == 77
    assert desk.get(f"/tiles/communes/8/203/112.mvt?v={digest}").status_code == 200
    assert desk.get("/api/v1/summary").json()["counts"]["placed"] != 77


def test_a_kept_draft_is_opened_by_its_identifier_and_compared_with_a_release(desk: Any) -> None:
    desk.step()
    live = desk.drafts.shelf.live
    assert desk.get(f"/api/v1/summary?release={'0' * 64}").status_code == 404
    name = desk.drafts.follower._drawing.keep(live.draft, actor="an")
    told = desk.get(f"/api/v1/summary?release={name}").json()
    assert told["release"]["digest"] == name
    assert told["counts"] == desk.get("/api/v1/summary").json()["counts"]
    assert desk.get(f"/tiles/communes/8/203/112.mvt?v={name}").status_code == 200
    assert desk.get(f"/ogc/collections/cases/items?release={name}").status_code == 404, "points are not kept"
    released = desk.space.releases.get("current").digest
    told = desk.get(f"/api/v1/releases/{released}/diff/{name}").json()
    assert (told["a"], told["b"]) == (released, name)
    assert desk.public(f"{PREFIX}/api/v1/summary?release={name}").status_code == 401
    assert desk.public(f"/api/v1/summary?release={name}").status_code == 404, "it is no release"


def test_limits_hold_for_a_kept_draft_that_is_named(desk: Any) -> None:
    desk.step()
    live = desk.drafts.shelf.live
    name = desk.drafts.follower._drawing.keep(live.draft, actor="an")
    communes = live.view.attributes("communes").assign(cases_total=0, in_zone="none", possible_zone=False)
    view = live.view.edited({}, counts={"ambiguous": 0, "unplaced": 0}, drawn_at="2021-11-12T08:00:00Z")
    view.attributes = lambda layer: communes  # type: ignore[method-assign]
    desk.drafts.shelf.put_live(dataclasses.replace(live, view=view))
    desk.drafts.app._policy = Named(Identity("e", Role.ANALYST, Scope(areas=frozenset({"24"}))))
    assert desk.get("/api/v1/live").status_code == 200, "a live draft about nothing is within every limit"
    assert desk.get(f"/api/v1/summary?release={name}").status_code == 403
    assert desk.get(f"/tiles/communes/8/203/112.mvt?v={name}").status_code == 403


def test_why_exact_points_are_read_is_in_the_audit(desk: SimpleNamespace) -> None:
    desk.step()
    for why in ("care", "zoning", "care"):
        answer = desk.get("/tiles/cases/5/25/14.mvt", **{"X-Geozone-Purpose": why})
        assert answer.status_code in (200, 204)
    assert desk.get("/tiles/cases/5/25/14.mvt", **{"X-Geozone-Purpose": "fun"}).status_code == 400
    told = desk.space.store.audit()
    told = told[told["subject"] == "draft cases"]
    assert [detail["purpose"] for detail in told["detail"]] == ["zoning", "care"]
