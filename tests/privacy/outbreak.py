"""A made-up epidemic in twelve communes, released day by day: as it is, and as it is published."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.disclosure import Disclosure, protect
from geozone.draft import draw
from geozone.release import Release, ReleaseStore
from geozone.rules import load_ruleset
from geozone.zoning import Land, zones
from tests.zoning.conftest import SIDE, SOUTH, WEST, commune_code
from tests.zoning.test_what_if import population, units

FIRST, DAYS, RELEASES = dt.date(2021, 11, 1), 16, 5
MASK_M = 50.0
SMALL_UNDER = 5
_HOMES, _TOWN_M = 700, 500.0
"""Homes of a town: 2,800 on a km², some seven in a cell of 50 m."""


@dataclass(frozen=True)
class Homes:
    """The register of homes, which everybody can have: a map with the houses on it."""

    code: np.ndarray
    lon: np.ndarray
    lat: np.ndarray


def make_homes() -> Homes:
    """Put one town into each commune."""
    rng = np.random.default_rng(11)
    codes, lons, lats = [], [], []
    for column in range(4):
        for row in range(3):
            half = _TOWN_M / 2
            east, north = rng.uniform(-half, half, (2, _HOMES))
            lons.append(WEST + (column + 0.5) * SIDE + east / 103_900)
            lats.append(SOUTH + (row + 0.5) * SIDE + north / 110_700)
            codes += [commune_code(column, row)] * _HOMES
    return Homes(np.array(codes), np.concatenate(lons), np.concatenate(lats))


def make_cases(homes: Homes) -> pd.DataFrame:
    """Let people fall ill: mostly one in a home on a day, sometimes several."""
    rng = np.random.default_rng(5)
    rows = []
    for number, code in enumerate(sorted(set(homes.code))):
        mine = np.flatnonzero(homes.code == code)
        daily = (0.08, 0.25, 0.5, 0.9)[number % 4]
        for day in range(DAYS):
            for home in rng.choice(mine, rng.poisson(daily)):
                together = 1 + int(rng.geometric(0.8) - 1)
                rows += [(int(home), code, day)] * together
    return _case_table(homes, rows)


def single_cases(homes: Homes, seed: int) -> pd.DataFrame:
    """Let one person fall ill in each commune, on the same day."""
    rng = np.random.default_rng(seed)
    ill = [int(rng.choice(np.flatnonzero(homes.code == code))) for code in sorted(set(homes.code))]
    return _case_table(homes, [(home, str(homes.code[home]), DAYS - 3) for home in ill])


def _case_table(homes: Homes, rows: list[tuple[int, str, int]]) -> pd.DataFrame:
    home, code, day = (np.array(values) for values in zip(*rows, strict=True))
    size = len(rows)
    table = pd.DataFrame(
        {
            "case_id": [f"C{number:04d}" for number in range(size)],
            "count": np.ones(size, dtype=np.int64),
            "report_date": pd.to_datetime(FIRST) + pd.to_timedelta(day, unit="D"),
            "onset_date": pd.Series(pd.NaT, index=range(size), dtype="datetime64[s]"),
            "geo_commune_code": pd.Series(code, dtype="str"),
            "geo_commune_code_2021": pd.Series([None] * size, dtype="str"),
            "geo_lon": homes.lon[home],
            "geo_lat": homes.lat[home],
            "geo_uncertainty_m": 10.0,
            "home": home,
        }
    )
    same = {
        "disease": "covid-19", "case_class": "confirmed", "contact_degree": "F0", "role": "home",
        "origin": "local", "geo_status": "match", "geo_level": "address", "geo_score": 1.0,
        "geo_candidates": "[]", "geo_name": "x", "geo_reason": "x",
    }  # fmt: skip
    table = table.assign(**same, source_known=pd.array([True] * size, dtype="boolean"))
    return table.astype({"report_date": "datetime64[s]"})


@dataclass(frozen=True)
class Published:
    """Releases of one epidemic, oldest first: every count as it is, and small counts withheld."""

    bare: tuple[Release, ...]
    guarded: tuple[Release, ...]
    bare_store: ReleaseStore
    guarded_store: ReleaseStore


def release_daily(folder: Path, cases: pd.DataFrame) -> Published:
    """Draw and publish the last days of an epidemic, in both ways."""
    communes, rules = units(), load_ruleset("vn-4800-2021")
    people = population(communes.communes).assign(population=30_000.0)
    stores = [ReleaseStore(folder / name) for name in ("bare", "guarded")]
    made: list[list[Release]] = [[], []]
    before = None
    for number in range(RELEASES):
        as_of = FIRST + dt.timedelta(days=DAYS - RELEASES + number)
        draft = draw(
            cases.drop(columns="home"), communes, rules, as_of, population=people, previous_zones=before
        )
        before = draft.zone_set
        at = dt.datetime.combine(as_of, dt.time(8), tzinfo=dt.UTC)
        for store, releases, small_under in zip(stores, made, (0, SMALL_UNDER), strict=True):
            public = protect(draft, Disclosure(small_under))
            releases.append(store.publish(public, decision=f"{number + 1}/QĐ", created_at=at, actor="x"))
    return Published(tuple(made[0]), tuple(made[1]), *stores)


def outlines(cases: pd.DataFrame, mask_m: float) -> gpd.GeoDataFrame:
    """Draw the zones of cases as a release shows them, with the case that each rests on."""
    rules = load_ruleset("vn-4800-2021").zoning
    drawn = zones(
        cases,
        Land.of(units()),
        dataclasses.replace(rules, mask_m=mask_m),
        as_of=FIRST + dt.timedelta(days=DAYS),
    )
    return drawn.containment.merge(drawn.membership[["zone_id", "case_id"]], on="zone_id")
