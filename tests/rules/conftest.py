"""A row of square communes in two provinces, with cases, population and coverage made on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geozone import levels
from geozone.rules import RuleSet, load_ruleset
from geozone.schema import LEVELS

DAY = date(2021, 12, 1)


def code(position: int) -> str:
    return f"{position:05d}"


def make_units(count: int, *, edition: str = "2025", per_province: int = 4) -> gpd.GeoDataFrame:
    old = edition == "2021"
    provinces = [f"{i // per_province + 1:02d}" for i in range(count)]
    districts = [f"{i // 2 + 1:03d}" if old else None for i in range(count)]
    return gpd.GeoDataFrame(
        {
            "code": [code(i) for i in range(count)],
            "edition": edition,
            "admin_level": "commune",
            "name": [f"Số {i}" for i in range(count)],
            "full_name": [f"Phường Số {i}" for i in range(count)],
            "kind": "phường",
            "parent_code": districts if old else provinces,
            "province_code": provinces,
            "province_name": [f"Tỉnh {name}" for name in provinces],
            "district_name": pd.array([d and f"Quận {d}" for d in districts], dtype="str"),
            "lon": 105.5,
            "lat": 21.5,
            "area_km2": 1.0,
            "boundary_quality": "approximate",
        },
        geometry=[box(105 + i / 100, 21, 105 + (i + 1) / 100, 21.01) for i in range(count)],
        crs="EPSG:4326",
    )


def make_case(unit: int | None, days_ago: int = 1, count: int = 1, **changes: Any) -> dict[str, Any]:
    placed = unit is not None
    row = {
        "count": count,
        "report_date": pd.Timestamp(DAY - timedelta(days=days_ago)),
        "onset_date": pd.NaT,
        "disease": "covid-19",
        "case_class": "confirmed",
        "contact_degree": "F0",
        "origin": "local",
        "source_known": None,
        "role": "home",
        "geo_status": "match" if placed else "none",
        "geo_level": "commune" if placed else "none",
        "geo_commune_code": code(unit) if placed else None,
        "geo_commune_code_2021": code(unit) if placed else None,
        "geo_candidates": "[]",
    }
    return row | changes


def make_tie(shares: Mapping[int, float], days_ago: int = 1, **changes: Any) -> dict[str, Any]:
    listed = [{"code": code(unit), "name": "", "share": share} for unit, share in shares.items()]
    return make_case(
        None,
        days_ago,
        geo_status="tie",
        geo_level="commune",
        geo_candidates=json.dumps(listed),
        **changes,
    )


def make_cases(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows or [make_case(0)])
    if "case_id" not in table.columns:
        table.insert(0, "case_id", [f"c{i}" for i in range(len(table))])
    table = table if rows else table.iloc[:0]
    return table.astype({"source_known": "boolean", "report_date": "datetime64[s]", "count": "int64"})


def make_population(people: Sequence[float | None], flags: Sequence[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": [code(i) for i in range(len(people))],
            "age_from": 0,
            "age_to": pd.array([None] * len(people), dtype="Int64"),
            "population": pd.array(people, dtype="float64"),
            "population_flag": flags or ["missing" if p is None else "ok" for p in people],
        }
    )


def make_coverage(percents: Mapping[tuple[int, int], Sequence[float | None]]) -> pd.DataFrame:
    """Coverage of 10,000 people per unit, from {(dose, age): percents}."""
    rows = [
        (code(i), dose, age, None if p is None else p * 100, 10_000.0, p)
        for (dose, age), values in percents.items()
        for i, p in enumerate(values)
    ]
    table = pd.DataFrame(
        rows, columns=["code", "dose", "age_from", "vaccinated", "denominator", "coverage_percent"]
    )
    table.insert(3, "age_to", pd.array([None] * len(table), dtype="Int64"))
    return table.assign(coverage_flag="ok").astype({"vaccinated": "float64", "coverage_percent": "float64"})


class World:
    """Everything ``assess`` takes, with defaults that change nothing."""

    code = staticmethod(code)
    case = staticmethod(make_case)
    tie = staticmethod(make_tie)
    cases = staticmethod(make_cases)
    units = staticmethod(make_units)
    population = staticmethod(make_population)
    coverage = staticmethod(make_coverage)
    day = DAY

    def assess(
        self,
        rows: Sequence[Mapping[str, Any]] | pd.DataFrame,
        *,
        rules: str | RuleSet = "vn-4800-2021",
        people: Sequence[float | None] = (10_000,) * 8,
        covered: Mapping[tuple[int, int], Sequence[float | None]] | None = None,
        as_of: date = DAY,
        edition: str = "2025",
        **options: Any,
    ) -> pd.DataFrame:
        units = make_units(len(people), edition=edition)
        if covered is None:
            full = [90.0] * len(people)
            covered = {(1, 18): full, (2, 50): full, (2, 65): full}
        options.setdefault("reporting", units["code"].tolist())
        zones = options.pop("zones", None)
        population = options.pop("population", make_population(people))
        table = levels.assess(
            units,
            rows if isinstance(rows, pd.DataFrame) else make_cases(rows),
            make_coverage(covered) if covered else None,
            zones,
            population,
            load_ruleset(rules) if isinstance(rules, str) else rules,
            as_of=as_of,
            **options,
        )
        LEVELS.validate(table)
        return table.set_index("code", drop=False)


@pytest.fixture(scope="session")
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def variant() -> Callable[[str, str, str], str]:
    """Change the text of a packaged rule set: ``variant(id, old, new)``."""
    from importlib.resources import files

    def change(name: str, old: str, new: str) -> str:
        text = files("geozone.rules").joinpath("sets", f"{name}.toml").read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {name}"
        return text.replace(old, new, 1)

    return change
