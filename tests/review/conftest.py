"""A real corner of the country, on the embedded outlines, with made-up cases of every precision."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geozone.admin import load_units
from geozone.types import Edition

AS_OF = date(2021, 7, 13)
GEO = {
    "geo_status": "match", "geo_level": "commune", "geo_score": 0.95, "geo_commune_code": None,
    "geo_commune_code_2021": None, "geo_lon": np.nan, "geo_lat": np.nan, "geo_uncertainty_m": 1500.0,
    "geo_name": "x", "geo_candidates": "[]", "geo_reason": "made up",
}  # fmt: skip


@pytest.fixture(scope="session")
def corner() -> SimpleNamespace:
    """Communes of two provinces, as a draft takes them."""
    communes = load_units(Edition.E2025).communes
    chosen = communes[communes["province_code"].isin(["24", "33"])].reset_index(drop=True)
    assert len(chosen) > 150
    return SimpleNamespace(communes=chosen, edition="2025")


@pytest.fixture(scope="session")
def population(corner: SimpleNamespace) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    size = len(corner.communes)
    people = rng.integers(1_500, 60_000, size).astype(float)
    flags = np.where(rng.random(size) < 0.05, "missing", "ok")
    return pd.DataFrame(
        {
            "code": corner.communes["code"],
            "age_from": pd.array([0] * size, dtype="Int64"),
            "age_to": pd.array([None] * size, dtype="Int64"),
            "population": np.where(flags == "ok", people, np.nan),
            "population_flag": pd.Series(flags, dtype="str"),
        }
    )


def made_up_cases(communes: pd.DataFrame, seed: int, size: int = 60) -> pd.DataFrame:
    """Cases of one seed, crowded into a few communes so that zones and levels meet."""
    rng = np.random.default_rng(seed)
    crowd = communes.iloc[rng.choice(len(communes), 8, replace=False)]
    rows = []
    for i in range(size):
        unit = crowd.iloc[int(rng.integers(len(crowd)))]
        rows.append(_case(f"C{i:03d}", "home", unit, crowd, rng))
        if rng.random() < 0.2:
            other = crowd.iloc[int(rng.integers(len(crowd)))]
            day, count = rows[-1]["report_date"], rows[-1]["count"]
            rows.append(_case(f"C{i:03d}", "work", other, crowd, rng) | {"report_date": day, "count": count})
    table = pd.DataFrame(rows)
    table["report_date"] = pd.to_datetime(table["report_date"]).astype("datetime64[s]")
    table["onset_date"] = pd.Series(pd.NaT, index=table.index, dtype="datetime64[s]")
    table["source_known"] = pd.array(table["source_known"], dtype="boolean")
    strings = ["geo_commune_code", "geo_commune_code_2021"]
    return table.astype(dict.fromkeys(strings, "str")).reset_index(drop=True)


def _case(
    case_id: str, role: str, unit: pd.Series, crowd: pd.DataFrame, rng: np.random.Generator
) -> dict[str, Any]:
    kind = rng.choice(
        ["address", "hamlet", "commune", "tie", "district", "none"], p=[0.35, 0.15, 0.2, 0.2, 0.05, 0.05]
    )
    day = pd.Timestamp(AS_OF) - pd.Timedelta(days=int(rng.integers(-2, 25)))
    case = {
        "case_id": case_id, "role": role, "count": int(rng.integers(1, 8)), "report_date": day, "disease": "covid-19",
        "case_class": "confirmed", "contact_degree": "F0", "origin": str(rng.choice(["local", "unknown", "imported"])),
        "source_known": rng.choice(np.array([True, False, None], dtype=object)), **GEO,
    }  # fmt: skip
    if kind in ("address", "hamlet"):
        spread = 0.004 if kind == "address" else 0.02
        case |= {
            "geo_level": str(kind), "geo_commune_code": unit["code"],
            "geo_lon": unit["lon"] + rng.normal(0, spread), "geo_lat": unit["lat"] + rng.normal(0, spread),
            "geo_uncertainty_m": float(rng.choice([20.0, 150.0, 600.0])),
        }  # fmt: skip
    elif kind == "commune":
        case["geo_commune_code"] = unit["code"]
    elif kind == "tie":
        others = crowd.iloc[rng.choice(len(crowd), int(rng.integers(2, 4)), replace=False)]
        shares = rng.dirichlet(np.ones(len(others)))
        listed = [
            {"code": code, "name": name, "share": float(share)}
            for code, name, share in zip(others["code"], others["full_name"], shares, strict=True)
        ]
        case |= {"geo_status": "tie", "geo_candidates": json.dumps(listed, ensure_ascii=False)}
    elif kind == "district":
        case["geo_level"] = "district"
    else:
        case |= {"geo_status": "none", "geo_level": "none", "geo_score": 0.0}
    return case
