"""The what-if over HTTP: what the library says, outlines for the map, kept as a draft that says so."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from geozone.draft import drawn_with, sketch_of, what_if
from geozone.draft.result import Draft
from tests.serving.test_drafts import PREFIX, desk, template

__all__ = ["desk", "template"]

WHAT_IF = "/api/v1/what-if"


def ask(desk: Any, query: str = "") -> dict[str, Any]:
    answer = desk.get(f"{WHAT_IF}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def live(desk: Any) -> Draft:
    desk.step()
    return desk.drafts.shelf.live.draft


@pytest.mark.parametrize("path", [WHAT_IF, f"{WHAT_IF}/trade-off?radii_m=100"])
def test_only_analysts_may_ask(desk: Any, path: str) -> None:
    live(desk)
    assert desk.public(f"{PREFIX}{path}").status_code == 401


def test_it_says_what_the_library_says(desk: Any) -> None:
    draft = live(desk)
    told = ask(desk, "radius_m=100&days=7")
    found = what_if(draft, radius_m=100.0, days=7)
    figures = {row["figure"]: (row["before"], row["after"]) for row in told["figures"]}
    for row in found.figures.itertuples():
        assert figures[row.figure] == pytest.approx((row.before, row.after), nan_ok=True, abs=1e-6) or (
            figures[row.figure][0] is None
        )
    assert figures["certain_area_km2"][1] < figures["certain_area_km2"][0]
    assert told["now"]["radius_m"] == draft.rule_set.zoning.containment_m
    assert (told["tried"]["radius_m"], told["tried"]["days"]) == (100, 7)
    assert any("bán kính phong tỏa là 100 m" in sentence["vi"] for sentence in told["sentences"])


def test_nothing_tried_changes_nothing(desk: Any) -> None:
    live(desk)
    told = ask(desk)
    assert told["tried"] == told["now"]
    assert {row["difference"] for row in told["figures"]} <= {0, None}


def test_the_outlines_are_those_that_would_hold(desk: Any) -> None:
    draft = live(desk)
    zones = ask(desk, "radius_m=100")["zones"]["features"]
    drawn = shapely.union_all(
        [
            shapely.geometry.shape(zone["geometry"])
            for zone in zones
            if zone["properties"]["layer"] == "containment"
        ]
    )
    expected = shapely.union_all(what_if(draft, radius_m=100.0).after.zone_set.containment.geometry.array)
    assert shapely.area(shapely.symmetric_difference(drawn, expected)) < 1e-3 * expected.area
    assert all(set(zone["properties"]) <= {"layer", "zone_id", "certainty", "residents"} for zone in zones)


def test_a_window_has_the_outlines_that_touch_it_thinned(desk: Any) -> None:
    live(desk)
    whole = ask(desk, "radius_m=300")["zones"]["features"]
    bac_ninh = ask(desk, "radius_m=300&bbox=106,21,106.2,21.3&zoom=8")["zones"]["features"]
    assert 0 < len(bac_ninh) < len(whole)
    assert len(str(bac_ninh)) < len(str(whole))


@pytest.mark.parametrize(
    "query",
    [
        "radius_m=0",
        "radius_m=1e9",
        "radius_m=nan",
        "days=0",
        "caution=2",
        "bbox=1,2",
        "radius=100",
        "zoom=99",
    ],
)
def test_what_cannot_be_tried_is_refused(desk: Any, query: str) -> None:
    live(desk)
    answer = desk.get(f"{WHAT_IF}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_it_is_kept_as_a_draft_that_says_so(desk: Any) -> None:
    draft = live(desk)
    digest = ask(desk)["digest"]
    path = f"{PREFIX}{WHAT_IF}/keep"
    assert desk.post(path, {"radius_m": 100}).status_code == 428
    assert desk.post(path, {"radius_m": 100}, **{"If-Match": f'"{"0" * 64}"'}).status_code == 412
    assert desk.post(path, {}, **{"If-Match": f'"{digest}"'}).status_code == 400
    made = desk.post(path, {"radius_m": 100}, **{"If-Match": f'"{digest}"'})
    assert made.status_code == 201
    header = desk.space.drafts.header(made.json()["draft"])
    assert header["actor"] == "chị Bình"
    assert "bán kính phong tỏa là 100 m thay vì 200 m" in header["warnings"][0][0]
    assert desk.space.drafts.header("latest")["id"] == made.json()["draft"]
    expected = what_if(draft, radius_m=100.0).after.zone_set.containment
    kept = sketch_of(drawn_with(draft, {"radius_m": 100.0})).zone_set.containment
    assert kept["area_km2"].tolist() == pytest.approx(expected["area_km2"].tolist())


def test_the_trade_off_tells_each_combination(desk: Any) -> None:
    live(desk)
    told = desk.get(f"{WHAT_IF}/trade-off?radii_m=100,200&days=7,14").json()["rows"]
    assert [(row["containment_m"], row["window_days"]) for row in told] == [
        (100, 7), (100, 14), (200, 7), (200, 14),
    ]  # fmt: skip
    assert told[0]["certain_area_km2"] < told[2]["certain_area_km2"]
    assert all(row["vi"] and row["en"] for row in told)
    assert desk.get(f"{WHAT_IF}/trade-off?radii_m=1,2").status_code == 400
    many = ",".join(str(10 * i) for i in range(1, 9))
    assert desk.get(f"{WHAT_IF}/trade-off?radii_m={many}&days=7,14").status_code == 400
