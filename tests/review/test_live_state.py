"""A draft that follows its cases, beside drawing it anew."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geozone.draft import LiveState, can_follow, case_points, draw
from geozone.rules import load_ruleset

from .conftest import AS_OF, made_up_cases


def same(found: pd.DataFrame, wanted: pd.DataFrame, key: str, left_out: tuple[str, ...] = ()) -> None:
    columns = [name for name in wanted.columns if name not in ("geometry", *left_out)]
    one, other = (table.sort_values(key).reset_index(drop=True) for table in (found, wanted))
    plain = [pd.DataFrame(table[columns]).astype(object) for table in (one, other)]
    one, other = (table.where(table.notna(), None) for table in plain)
    pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-3, atol=2e-4)


@pytest.mark.parametrize(("seed", "mask_m"), [(1, 0.0), (2, 50.0)])
@pytest.mark.parametrize("rules_id", ["vn-4800-2021", "vn-2686-2021"])
def test_zones_levels_and_points_equal_drawing_anew(
    corner: Any, seed: int, mask_m: float, rules_id: str
) -> None:
    rules = load_ruleset(rules_id)
    rules = dataclasses.replace(rules, zoning=dataclasses.replace(rules.zoning, mask_m=mask_m))
    corner = SimpleNamespace(communes=corner.communes, edition="2025", boundary_quality="approximate")
    before = made_up_cases(corner.communes, seed)
    other = made_up_cases(corner.communes, seed + 100)
    draft = draw(before, corner, rules, AS_OF)
    assert can_follow(draft)
    state = LiveState(draft)
    zones = draft.layers["containment_zones"]
    communes = pd.DataFrame(draft.layers["communes"].drop(columns="geometry")).set_index("code")
    cases, points = before, case_points(draft)
    rng = np.random.default_rng(seed)
    for case_id in rng.choice(before["case_id"].unique(), 5, replace=False):
        # The case is from now on where a case of another outbreak was.
        mine = cases[cases["case_id"] == case_id]
        answer = other[(other["case_id"] == case_id) & (other["role"] == "home")].iloc[0]
        moved = mine.copy()
        geo = [name for name in cases.columns if name.startswith("geo_")]
        for row in moved.index[moved["role"] == "home"]:
            moved.loc[row, geo] = answer[geo].to_numpy(dtype=object)
        cases = pd.concat([cases[cases["case_id"] != case_id], moved]).sort_index(kind="stable")
        cases = cases.astype(before.dtypes)
        edited = state.replace({str(case_id): moved.to_dict("records")})
        anew = draw(cases.reset_index(drop=True), corner, rules, AS_OF)

        zones = pd.concat([zones[~zones["zone_id"].isin(edited.zones_gone)], edited.zones], ignore_index=True)
        wanted = anew.layers["containment_zones"]
        same(zones, wanted, "zone_id")
        shapes = zones.set_index("zone_id").geometry
        for zone_id, shape in wanted.set_index("zone_id").geometry.items():
            apart = shapely.symmetric_difference(shapes[zone_id], shape).area
            assert apart < 1e-3 * shape.area, zone_id

        rows = edited.communes.set_index("code")
        for name in rows.columns:
            communes[name] = communes[name].astype(object)
            communes.loc[rows.index, name] = rows[name].astype(object)
        same(communes.reset_index(), anew.layers["communes"], "code")
        for name, value in edited.counts.items():
            assert anew.counts[name] == value, name
        kept = points[~points["place_id"].isin(edited.places_gone)]
        points = pd.concat([kept, edited.points], ignore_index=True)
        same(points, case_points(anew), "place_id")
