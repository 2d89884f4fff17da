"""What other parameters and other rules would change, against drawing the whole day again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geozone.admin import AdminUnits
from geozone.draft import (
    Draft,
    compare_rules,
    draft_parts,
    draw,
    drawn_with,
    replay,
    trade_off_sentences,
    what_if,
    what_if_sentences,
)
from geozone.draft.proofs import proof_for
from geozone.rules import load_ruleset
from geozone.synthetic.town import make_town
from geozone.types import Edition, Source
from geozone.zoning import Ground, lift_parts, totals, trade_off, zone_parts
from tests.zoning.conftest import SIDE, SOUTH, WEST, grid, place, table

AS_OF = dt.date(2021, 7, 13)
LON, LAT = WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE
METRE = 1 / 103_900


def units() -> AdminUnits:
    communes = grid()
    communes["full_name"] = communes["name"]
    communes["province_name"] = "Tỉnh " + communes["province_code"]
    communes["parent_code"] = communes["province_code"]
    communes["admin_level"], communes["kind"] = "commune", "xã"
    centre = shapely.centroid(communes.geometry.to_numpy())
    communes["lon"], communes["lat"], communes["area_km2"] = (
        shapely.get_x(centre),
        shapely.get_y(centre),
        28.7,
    )
    communes["district_name"] = None
    return AdminUnits(Edition.E2025, communes, (Source("units", "made up", "0" * 64, ""),))


def population(communes: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": communes["code"],
            "age_from": 0,
            "age_to": pd.array([None] * len(communes), dtype="Int64"),
            "population": 10_000.0,
            "population_flag": "ok",
        }
    )


def rows() -> pd.DataFrame:
    near = [place(f"N{i}", LON + 40 * i * METRE, LAT, report_date="2021-07-12") for i in range(4)]
    old = [place("O1", LON + 3_000 * METRE, LAT, report_date="2021-06-25")]
    border = [place("B1", WEST + 2 * SIDE - 150 * METRE, LAT, report_date="2021-07-11")]
    return table(*near, *old, *border).assign(
        origin="unknown", source_known=pd.NA, geo_name="x", geo_reason="x", geo_commune_code_2021=None
    )


def facilities() -> pd.DataFrame:
    east_m = np.array([0.0, 450.0, 3_000.0, 90_000.0])
    return pd.DataFrame(
        {
            "facility_id": ["school", "market", "port", "far"],
            "name": ["Trường A", "Chợ B", "Cảng C", "Xa"],
            "kind": ["school", "market", "port", "school"],
            "lon": LON + east_m * METRE,
            "lat": LAT,
        }
    )


@pytest.fixture(scope="module")
def draft() -> Draft:
    made = units()
    return draw(
        rows(),
        made,
        load_ruleset("vn-2686-2021"),
        AS_OF,
        population=population(made.communes),
        facilities=facilities(),
    )


@pytest.mark.parametrize(
    "changes", [{"radius_m": 80}, {"radius_m": 400, "days": 28}, {"buffer_m": 500}, {"link_m": 5_000}]
)
def test_a_what_if_is_the_same_as_drawing_the_day_again(draft: Draft, changes: dict) -> None:
    found = what_if(draft, **changes)
    rules = dataclasses.replace(draft.rule_set, zoning=found.after.zone_set.rules)
    again = draw(
        draft.inputs.cases,
        draft.inputs.units,
        rules,
        AS_OF,
        population=draft.inputs.population,
        facilities=draft.inputs.facilities,
    )
    figures = found.figures.set_index("figure")
    for name, value in totals(again.zone_set)._asdict().items():
        assert figures.loc[name, "after"] == pytest.approx(value, nan_ok=True)
    for name, value in totals(draft.zone_set)._asdict().items():
        assert figures.loc[name, "before"] == pytest.approx(value, nan_ok=True)
    inside = [set(one.layers["facilities"].dropna(subset="zone_id")["facility_id"]) for one in (draft, again)]
    moved = found.facilities.groupby("change")["facility_id"].agg(set).to_dict()
    assert moved.get("enter", set()) == inside[1] - inside[0]
    assert moved.get("leave", set()) == inside[0] - inside[1]
    touched = [
        {one["code"] for text in drawn.zone_set.containment["communes"] for one in json.loads(text)}
        for drawn in (draft, again)
    ]
    codes = found.communes.groupby("change")["code"].agg(set).to_dict()
    assert codes.get("enter", set()) == touched[1] - touched[0]
    assert codes.get("leave", set()) == touched[0] - touched[1]
    levels = [drawn.layers["communes"].set_index("code")["epidemic_level"] for drawn in (draft, again)]
    differs = levels[0].fillna(0) != levels[1].fillna(0)
    assert set(found.levels["code"]) == set(differs.index[differs])


def test_it_is_told_in_both_languages(draft: Draft) -> None:
    vietnamese, english = zip(*what_if_sentences(what_if(draft, radius_m=400, days=28)), strict=True)
    assert "Nếu bán kính phong tỏa là 400 m thay vì 200 m:" in vietnamese
    assert "If the containment radius were 400 m instead of 200 m:" in english
    assert any("Chợ B" in text and "thêm vào khu phong tỏa" in text for text in vietnamese)
    assert any(
        text.startswith("Thêm ") and "dân trong khu phong tỏa chắc chắn" in text for text in vietnamese
    )
    same = what_if(draft, radius_m=200)
    assert what_if_sentences(same) == [("Không có gì thay đổi.", "Nothing would change.")]


def test_unknown_facilities_and_residents_stay_unknown(draft: Draft) -> None:
    made = units()
    bare = draw(rows(), made, load_ruleset("vn-2686-2021"), AS_OF)
    figures = what_if(bare, radius_m=400).figures.set_index("figure")
    assert np.isnan(figures.loc["facilities", "difference"])
    assert np.isnan(figures.loc["certain_residents", "after"])
    texts = [vietnamese for vietnamese, _ in what_if_sentences(what_if(bare, radius_m=400))]
    assert sum("Chưa rõ số dân" in text for text in texts) == 1
    assert "Chưa có danh sách cơ sở." in texts


@pytest.mark.parametrize("changes", [{"radius": 100}, {"radius_m": -1}, {"days": 0}])
def test_a_parameter_that_is_none_is_refused(draft: Draft, changes: dict) -> None:
    with pytest.raises(ValueError, match=r"radius|containment_m|activity_days"):
        what_if(draft, **changes)


def test_people_per_case_is_residents_over_cases(draft: Draft) -> None:
    curve = trade_off(
        draft.inputs.cases,
        draft.inputs.land,
        draft.rule_set.zoning,
        as_of=AS_OF,
        radii_m=(100, 200, 400),
        window_days=(14, 28),
        population=draft.inputs.population,
    )
    assert len(curve) == 6
    assert curve["people_per_case"].tolist() == pytest.approx((curve["residents"] / curve["cases"]).tolist())
    for _, one in curve.groupby("window_days"):
        assert one["residents"].is_monotonic_increasing
    sentences = trade_off_sentences(curve)
    assert len(sentences) == 6
    assert sentences[0][0].startswith("Bán kính 100 m, 14 ngày: phong tỏa khoảng ")
    assert sentences[0][1].endswith(" people per case covered.")
    empty = trade_off(
        draft.inputs.cases.iloc[:0],
        draft.inputs.land,
        draft.rule_set.zoning,
        as_of=AS_OF,
        radii_m=(100,),
        population=draft.inputs.population,
    )
    assert trade_off_sentences(empty)[0][1] == "Radius 100 m, 14 days: no case needs a zone."


def test_rule_sets_side_by_side_say_what_each_says_alone(draft: Draft) -> None:
    ids = ("vn-2686-2021", "vn-4800-2021", "in-containment-2020")
    found = compare_rules(draft.inputs, [load_ruleset(name) for name in ids], AS_OF)
    for name in ids:
        alone = draw(
            draft.inputs.cases,
            draft.inputs.units,
            load_ruleset(name),
            AS_OF,
            population=draft.inputs.population,
        )
        communes = alone.layers["communes"].set_index("code")
        units_ = found.units.set_index("code")
        pd.testing.assert_series_equal(
            units_[f"level:{name}"], communes["epidemic_level"], check_names=False, check_index=True
        )
        assert units_[f"why_vi:{name}"].tolist() == communes["why_vi"].tolist()
        row = found.totals.set_index("rules").loc[name]
        for level in (1, 2, 3, 4):
            assert row[f"level_{level}"] == alone.counts["communes_by_level"][str(level)]
    differing = set(found.differing["code"])
    for row in found.units.itertuples(index=False):
        values = {
            None if pd.isna(value) else int(value)
            for value in found.units.loc[
                found.units["code"] == row.code, [f"level:{name}" for name in ids]
            ].iloc[0]
        }
        assert (len(values) > 1) == (row.code in differing)
    told = found.sentences(min(differing))
    assert len(told) == len(ids)
    assert all(vietnamese and english for vietnamese, english in told)
    with pytest.raises(ValueError, match="each once"):
        compare_rules(draft.inputs, [load_ruleset(ids[0])] * 2, AS_OF)


def test_on_streets_it_counts_checkpoints_and_takes_another_caution() -> None:
    made, town = units(), make_town(LON, LAT, seed=5, side_m=1_600.0)
    homes = [place(f"c{i}", *town.homes[i].tolist(), report_date="2021-07-12") for i in (0, 40, 90)]
    cases = table(*homes).assign(
        origin="unknown", source_known=pd.NA, geo_name="x", geo_reason="x", geo_commune_code_2021=None
    )
    held = draw(
        cases,
        made,
        load_ruleset("vn-2686-2021"),
        AS_OF,
        population=population(made.communes),
        ground=Ground(town.blocks, town.roads),
        caution=0.2,
    )
    found = what_if(held, caution=1.0)
    again = draw(
        cases,
        made,
        held.rule_set,
        AS_OF,
        population=held.inputs.population,
        ground=held.inputs.ground,
        caution=1.0,
    )
    figures = found.figures.set_index("figure")
    assert found.parameters == {"caution": (0.2, 1.0)}
    assert figures.loc["checkpoints", ["before", "after"]].tolist() == [
        len(held.layers["checkpoints"]),
        len(again.layers["checkpoints"]),
    ]
    assert figures.loc["checkpoints", "before"] > 0
    assert figures.loc["certain_area_km2", "after"] == pytest.approx(totals(again.zone_set).certain_area_km2)
    assert figures.loc["certain_area_km2", "difference"] > 0
    texts = [vietnamese for vietnamese, _ in what_if_sentences(found)]
    assert "Nếu mức thận trọng của ranh giới theo khối phố là 1 thay vì 0,2:" in texts
    with pytest.raises(ValueError, match="caution"):
        what_if(held, caution=2.0)


def test_what_must_be_shown_depends_on_the_disease() -> None:
    said = {
        name: proof_for(load_ruleset(name).diseases)[1]
        for name in ("vn-4800-2021", "vn-dengue-3711", "sg-dengue-cluster", "eu-2020-687", "vn-asf-practice")
    }
    assert said["vn-4800-2021"] == "a negative last round of tests"
    assert said["vn-dengue-3711"] == said["sg-dengue-cluster"]
    assert "larvae" in said["vn-dengue-3711"]
    assert "holdings" in said["eu-2020-687"]
    assert said["vn-asf-practice"] == said["eu-2020-687"]


def test_a_replay_is_the_days_drawn_one_after_another(draft: Draft) -> None:
    inputs, rules = draft.inputs, draft.rule_set
    first = dt.date(2021, 7, 9)
    done = replay(inputs.cases, inputs.units, rules, first, AS_OF, population=inputs.population)
    previous, zone_set = None, None
    for row in done.days.itertuples():
        drawn = draw(
            inputs.cases,
            inputs.units,
            rules,
            row.as_of.date(),
            population=inputs.population,
            previous=previous,
            previous_zones=zone_set,
        )
        previous, zone_set = drawn.layers["communes"], drawn.zone_set
        mine = done.history.zones[done.history.zones["as_of"] == row.as_of]
        assert mine["zone_id"].tolist() == zone_set.containment["zone_id"].tolist()
        assert mine["residents"].tolist() == zone_set.containment["residents"].tolist()
        assert [getattr(row, f"level_{n}") for n in (1, 2, 3, 4)] == [
            drawn.counts["communes_by_level"][str(n)] for n in (1, 2, 3, 4)
        ]
    with pytest.raises(ValueError, match="before the first"):
        replay(inputs.cases, inputs.units, rules, AS_OF, first)


def test_a_draft_printed_names_no_case(draft: Draft) -> None:
    assert "N0" in draft.zone_set.membership["case_id"].tolist()
    assert not [name for name in draft.inputs.cases["case_id"] if f"{name} " in repr(draft)]
    assert "zone_set" not in repr(draft)


def test_parts_of_a_zone_add_up_to_it_and_are_lifted_by_choice(draft: Draft) -> None:
    zones = draft.zone_set.containment
    certain = zones[zones["certainty"] == "certain"].sort_values("area_km2")
    zone_id, shape = certain["zone_id"].iloc[-1], certain.geometry.iloc[-1]
    parts = draft_parts(draft, zone_id)
    assert shapely.union_all(parts.geometry.to_numpy()).symmetric_difference(shape).area < 1e-9 * shape.area
    assert parts["area_km2"].sum() == pytest.approx(certain["area_km2"].iloc[-1], rel=1e-6)
    assert parts["lift_on"].max() == certain["earliest_lift_on"].iloc[-1].date().isoformat()
    names = [f"{zone_id}/{part}" for part in parts["part_id"]]
    whole = what_if(draft, lift=names).figures.set_index("figure")
    assert whole.loc["certain_zones", "difference"] == -1
    assert whole.loc["certain_residents", "difference"] == pytest.approx(
        -certain["residents"].iloc[-1], abs=1
    )
    kept = drawn_with(draft, {"lift": names})
    assert zone_id not in set(kept.layers["containment_zones"]["zone_id"])
    assert any("Dỡ bỏ từng phần" in vietnamese and zone_id in vietnamese for vietnamese, _ in kept.warnings)


def test_one_hamlet_is_lifted_and_the_rest_of_its_zone_stays(draft: Draft) -> None:
    zones = draft.zone_set.containment
    zone = zones[zones["certainty"] == "certain"].sort_values("area_km2").iloc[-1]
    west, south, east, north = zone.geometry.bounds
    middle = (west + east) / 2
    blocks = gpd.GeoDataFrame(
        {"block_code": ["W", "E"], "name": ["Thôn Tây", "Thôn Đông"], "kind": "hamlet",
         "residents": np.nan, "households": np.nan},
        geometry=[shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)],
        crs="EPSG:4326",
    )  # fmt: skip
    land, ground = draft.inputs.land, Ground(blocks)
    parts = zone_parts(draft.zone_set, zone["zone_id"], land, ground=ground)
    assert parts["name"].tolist() == ["Thôn Tây", "Thôn Đông"]
    left = lift_parts(draft.zone_set, [f"{zone['zone_id']}/block:W"], land, ground=ground)
    row = left.containment.set_index("zone_id").loc[zone["zone_id"]]
    assert row.geometry.equals_exact(parts.geometry.iloc[1], 1e-9)
    assert row["area_km2"] == pytest.approx(parts["area_km2"].iloc[1])
    others = left.containment["zone_id"] != zone["zone_id"]
    same = zones[zones["zone_id"] != zone["zone_id"]]
    assert left.containment[others]["area_km2"].tolist() == same["area_km2"].tolist()
    for wrong in (f"{zone['zone_id']}/block:X", "KV-0/block:W"):
        with pytest.raises(ValueError, match=r"no part|no containment zone"):
            lift_parts(draft.zone_set, [wrong], land, ground=ground)
