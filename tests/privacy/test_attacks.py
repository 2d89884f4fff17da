"""Attacks that must fail on what is published, and succeed on what would be published without protection.

*Chance* is the success of somebody who has no release: who knows on which days a commune had cases, as
orders name them, and says one case for each; who knows the cell of a home and picks one of its homes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geozone.api import create_app
from geozone.geodesy import discs, distance_m
from geozone.maps.sheets.annex import COLUMNS, annex_of, heading_lines, line_texts
from geozone.maps.sheets.annex_xlsx import annex_xlsx
from geozone.maps.words import words
from geozone.maps.zone_popup import zone_columns
from geozone.release import diff
from geozone.zoning.masking import mask_places, mask_reach_m
from tests.serving.conftest import Client

from .attacks import Score, difference_releases, find_homes, middle, subtract_answers
from .outbreak import (
    MASK_M,
    SMALL_UNDER,
    Homes,
    Published,
    make_cases,
    make_homes,
    outlines,
    release_daily,
    single_cases,
)

ROUNDS = 5


@pytest.fixture(scope="module")
def homes() -> Homes:
    return make_homes()


@pytest.fixture(scope="module")
def cases(homes: Homes) -> pd.DataFrame:
    return make_cases(homes)


@pytest.fixture(scope="module")
def published(cases: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Published:
    return release_daily(tmp_path_factory.mktemp("releases"), cases)


@pytest.fixture(scope="module")
def days(cases: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], int]:
    counts = cases.groupby(["geo_commune_code", "report_date"]).size()
    return {(str(code), pd.Timestamp(day)): int(count) for (code, day), count in counts.items()}


@pytest.fixture(scope="module")
def totals(cases: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Cases of each commune, and the days on which it had any."""
    groups = cases.groupby("geo_commune_code")["report_date"]
    return {str(code): (len(group), group.nunique()) for code, group in groups}


def test_subtracting_releases_proves_no_small_count(
    published: Published, days: dict[tuple[str, pd.Timestamp], int]
) -> None:
    small = [count for count in days.values() if count < SMALL_UNDER]
    chance = sum(count == 1 for count in small) / len(small)
    bare = difference_releases(published.bare, days, SMALL_UNDER)
    assert bare == Score(len(small), len(small), len(small)), "without protection every count is proved"
    guarded = difference_releases(published.guarded, days, SMALL_UNDER)
    assert guarded.certain == 0
    assert guarded.success <= chance
    assert len(small) >= 40


def test_subtracting_two_releases_tells_no_new_cases(published: Published, cases: pd.DataFrame) -> None:
    """The plain attack: today's totals less yesterday's."""
    right = {"bare": 0, "guarded": 0}
    asked = known = 0
    for name in right:
        for before, after in zip(
            *(getattr(published, name)[part] for part in (slice(-1), slice(1, None))), strict=True
        ):
            old, new = (
                one.attributes("communes").set_index("code")["cases_total"] for one in (before, after)
            )
            day = cases["report_date"] == pd.Timestamp(after.as_of)
            truth = cases[day].groupby("geo_commune_code").size().reindex(new.index, fill_value=0)
            small = (truth > 0) & (truth < SMALL_UNDER)
            right[name] += int(((new - old) == truth)[small].sum())
            asked += int(small.sum()) if name == "bare" else 0
            known += int((truth[small] == 1).sum()) if name == "bare" else 0
    assert right["bare"] == asked
    assert right["guarded"] <= known, "no better than to say one case for a day with cases"


def test_the_difference_of_releases_quotes_no_cases(published: Published) -> None:
    told = diff(*published.guarded[-2:]).to_dict()
    assert not {name for change in told["changes"] for name in change if "case" in name}


@pytest.fixture(scope="module")
def services(published: Published) -> dict[str, Callable[[str], Any]]:
    return {
        name: Client(create_app(store, web_root=None)).get
        for name, store in (("bare", published.bare_store), ("guarded", published.guarded_store))
    }


def test_boxes_and_filters_prove_no_small_total(
    services: dict[str, Callable[[str], Any]], totals: dict[str, tuple[int, int]]
) -> None:
    truth = {code: count for code, (count, _) in totals.items()}
    small = {code: pair for code, pair in totals.items() if pair[0] < SMALL_UNDER}
    chance = sum(count == known for count, known in small.values()) / len(small)
    bare = subtract_answers(services["bare"], truth, SMALL_UNDER)
    assert bare == Score(len(small), len(small), len(small)), "without protection every total is proved"
    guarded = subtract_answers(services["guarded"], truth, SMALL_UNDER)
    assert guarded.certain == 0
    assert guarded.success <= chance


@pytest.mark.parametrize("path", ["summary", "communes/09003", "communes/09013"])
def test_no_answer_of_the_service_holds_an_exact_count(
    services: dict[str, Callable[[str], Any]], totals: dict[str, tuple[int, int]], path: str
) -> None:
    told = services["guarded"](f"/api/v1/{path}").json()
    if path == "summary":
        least, most = told["counts"]["cases"], told["counts"]["cases_upper"]
        assert least <= sum(count for count, _ in totals.values()) <= most
        assert told["release"]["small_under"] == SMALL_UNDER
    else:
        least, most = told["cases_total"], told["cases_total_upper"]
        assert least <= totals[told["code"]][0] <= most
        assert all(day["cases_upper"] - day["cases"] >= SMALL_UNDER - 2 for day in told["series"])
        assert told["detail"]["indicators"]["cases"] == {}
    assert most - least >= SMALL_UNDER - 2


def _centres(homes: Homes, mask_m: float) -> dict[int, tuple[float, float]]:
    found = {}
    for seed in range(ROUNDS):
        cases = single_cases(homes, seed)
        zones = outlines(cases, mask_m).merge(cases[["case_id", "home"]], on="case_id")
        found.update(zip(zones["home"], map(middle, zones.geometry), strict=True))
    return found


def test_the_outline_of_a_zone_does_not_show_the_home(homes: Homes) -> None:
    bare = find_homes(_centres(homes, 0.0), homes, MASK_M)
    assert bare.found >= 0.95 * bare.of, "without a mask the home is the middle of the disc"
    guarded = find_homes(_centres(homes, MASK_M), homes, MASK_M)
    assert guarded.of > 50
    assert guarded.found <= guarded.expected + 3 * guarded.spread
    assert guarded.expected < 0.3 * guarded.of


def test_averaging_outlines_over_releases_finds_no_home(homes: Homes) -> None:
    """Noise that is drawn anew each day is averaged away; a cell is the same every day."""
    rng = np.random.default_rng(3)
    ill = rng.choice(len(homes.lon), 150, replace=False)
    releases = 60
    jittered, masked = {}, {}
    for home in ill.tolist():
        noise = rng.normal(0.0, MASK_M / 2, (releases, 2)).mean(axis=0) / (103_900, 110_700)
        jittered[home] = (homes.lon[home] + noise[0], homes.lat[home] + noise[1])
        shown = [mask_places(homes.lon[home], homes.lat[home], MASK_M) for _ in range(releases)]
        lon, lat = np.mean(np.array(shown, dtype=float).reshape(releases, 2), axis=0)
        masked[home] = (float(lon), float(lat))
    weak, guarded = (find_homes(shown, homes, MASK_M) for shown in (jittered, masked))
    assert weak.found > weak.expected + 5 * weak.spread, "averaging undoes fresh noise"
    assert guarded.found <= guarded.expected + 3 * guarded.spread


def test_a_masked_zone_still_holds_the_radius_of_the_rule_around_the_home(homes: Homes) -> None:
    cases = single_cases(homes, 1)
    zones = outlines(cases, MASK_M).merge(cases[["case_id", "geo_lon", "geo_lat"]], on="case_id")
    asked = discs(zones["geo_lon"].to_numpy(), zones["geo_lat"].to_numpy(), 199.9)
    assert shapely.covers(zones.geometry.to_numpy(), asked).all()
    bare = outlines(cases, 0.0)
    growth = zones["area_km2"].sum() / bare["area_km2"].sum()
    assert growth == pytest.approx(((200 + mask_reach_m(MASK_M)) / 200) ** 2, rel=0.01)


def test_a_place_stays_within_reach_of_the_middle_of_its_cell(homes: Homes) -> None:
    for side in (25.0, 50.0, 200.0):
        lon, lat = mask_places(homes.lon, homes.lat, side)
        assert distance_m(homes.lon, homes.lat, lon, lat).max() <= mask_reach_m(side)
        again = mask_places(lon, lat, side)
        np.testing.assert_allclose(np.array(again), np.array([lon, lat]), atol=1e-9)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_annex_and_the_popups_say_ranges(published: Published, language: str) -> None:
    bare, guarded = (releases[-1] for releases in (published.bare, published.guarded))
    for release, told in ((bare, False), (guarded, True)):
        annex = annex_of(release)
        zones = release.attributes("containment_zones").set_index("zone_id")
        cases = {
            line.zone_id: line_texts(line, language)[COLUMNS.index("cases")]
            for line in annex.lines
            if line.first
        }
        popups = zone_columns(zones.reset_index(), language)
        assert len(cases) == len(zones) > 5
        assert list(cases.values()) != zones.loc[list(cases), "case_count"].astype(str).tolist() or not told
        assert any(("dưới" in text or "fewer" in text) for text in cases.values()) == told
        assert [cases[name] for name in zones.index] == popups[words(language)["case_count"]]
        assert (str(SMALL_UNDER) in heading_lines(annex, language)[-1]) == told
        assert len(annex_xlsx(annex, address="https://example.org", language=language)) > 1000
