"""Population, doses and facilities to go with a made-up outbreak. Every figure is made up too."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.schema import DOSES, FACILITIES, POPULATION
from geozone.synthetic.clusters import point_inside

__all__ = ["made_up_doses", "made_up_facilities", "made_up_population"]

_AGE_SHARES: tuple[tuple[int, int | None, float], ...] = (
    (0, None, 1.0), (0, 5, 0.081), (12, 18, 0.089), (18, None, 0.716), (50, None, 0.236), (65, None, 0.077),
)  # fmt: skip
"""Age bands and their share of everybody, near those of the 2019 census."""
_DOSE_BANDS: tuple[tuple[int, int | None], ...] = ((12, 18), (18, 50), (50, 65), (65, None))
_WEEKS = 14
_FACILITIES = (
    ("school", "Trường Tiểu học Giả Định", 1.0),
    ("school", "Trường THCS Minh Họa", 0.8),
    ("market", "Chợ Ví Dụ", 0.7),
    ("hospital", "Bệnh viện Mô Phỏng", 0.25),
    ("health-station", "Trạm Y tế Mẫu", 1.0),
    ("factory", "Nhà máy Giả Định", 0.4),
)


def made_up_population(communes: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Make up the population of communes.

    Parameters
    ----------
    communes : GeoDataFrame
        `geozone.schema.UNITS`.
    rng : Generator
        Source of chance.

    Returns
    -------
    DataFrame
        `geozone.schema.POPULATION`, flag ``synthetic``: everybody, under 5, 12-17, 18, 50 and 65 and
        over. Towns are denser than villages.
    """
    area = communes["area_km2"].fillna(15.0).to_numpy(dtype="float64")
    urban = communes["kind"].str.lower().isin(["phường", "thị trấn"]).to_numpy()
    people = np.where(urban, 42_000.0, 21_000.0) * (np.clip(area, 0.3, 60) / 12) ** 0.3
    people = np.round(people * rng.lognormal(0.0, 0.22, size=len(area)))
    tables = []
    for age_from, age_to, share in _AGE_SHARES:
        wobble = np.ones(len(area)) if share == 1.0 else rng.normal(1.0, 0.05, size=len(area))
        tables.append(
            pd.DataFrame(
                {
                    "code": communes["code"].to_numpy(),
                    "age_from": age_from,
                    "age_to": age_to,
                    "population": np.round(people * share * wobble),
                    "population_flag": "synthetic",
                }
            )
        )
    table = pd.concat([POPULATION.conform(table) for table in tables], ignore_index=True)
    return table.sort_values(["code", "age_from", "age_to"], kind="stable").reset_index(drop=True)


def _band_people(
    population: pd.DataFrame, codes: NDArray[np.object_]
) -> dict[tuple[int, int | None], NDArray[np.float64]]:
    def people(age_from: int, age_to: int | None) -> NDArray[np.float64]:
        to = population["age_to"].isna() if age_to is None else population["age_to"].eq(age_to)
        band = population[population["age_from"].eq(age_from) & to.fillna(False)]
        return np.asarray(band.set_index("code")["population"].reindex(codes), dtype="float64")

    adults, older, oldest = people(18, None), people(50, None), people(65, None)
    return {
        (12, 18): people(12, 18),
        (18, 50): adults - older,
        (50, 65): older - oldest,
        (65, None): oldest,
    }


def made_up_doses(population: pd.DataFrame, *, as_of: date, rng: np.random.Generator) -> pd.DataFrame:
    """Make up the doses given in each commune and week.

    Parameters
    ----------
    population : DataFrame
        From `made_up_population`.
    as_of : date
        Last day.
    rng : Generator
        Source of chance.

    Returns
    -------
    DataFrame
        `geozone.schema.DOSES`: doses 1 and 2 by week and age band (12-17, 18-49, 50-64, 65 and over).
        Most communes are well covered, some lag behind, a few have given more than they have people
        (workers registered elsewhere), as in real figures.
    """
    codes = population["code"].unique().astype(object)
    eager = np.clip(rng.beta(9, 1.4, size=len(codes)), 0.5, 1.0)
    eager[rng.random(len(codes)) < 0.03] = 1.08
    tables = []
    for (age_from, age_to), people in _band_people(population, codes).items():
        young, old = age_to == 18, age_from >= 50
        reach = {1: eager * (0.55 if young else 1.0), 2: eager * (0.0 if young else 0.78 if old else 0.66)}
        for dose, share in reach.items():
            start = _WEEKS - 4 if young else 0
            lag = 0 if dose == 1 else 3
            weeks = np.arange(_WEEKS)
            pace = np.where(weeks >= start + lag, rng.gamma(3.0, size=(len(codes), _WEEKS)), 0.0)
            pace /= pace.sum(axis=1, keepdims=True)
            given = np.floor(people[:, None] * share[:, None] * pace).astype(np.int64)
            row, week = np.nonzero(given)
            days = [as_of - timedelta(days=7 * (_WEEKS - 1 - int(number))) for number in week]
            tables.append(
                pd.DataFrame(
                    {
                        "code": codes[row],
                        "date": pd.to_datetime(pd.Series(days, dtype=object)),
                        "dose": dose,
                        "age_from": age_from,
                        "age_to": age_to,
                        "doses": given[row, week],
                    }
                )
            )
    table = pd.concat([DOSES.conform(table) for table in tables if len(table)], ignore_index=True)
    return table.sort_values(["code", "date", "dose", "age_from"], kind="stable").reset_index(drop=True)


def made_up_facilities(communes: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Make up schools, markets, hospitals and factories.

    Parameters
    ----------
    communes : GeoDataFrame
        Communes to put them in.
    rng : Generator
        Source of chance.

    Returns
    -------
    DataFrame
        `geozone.schema.FACILITIES`, with ``note`` saying that it is made up.
    """
    rows: list[dict[str, str | float]] = []
    for name, geometry in zip(communes["name"], communes.geometry, strict=True):
        for kind, label, chance in _FACILITIES:
            if rng.random() < chance:
                lon, lat = point_inside(geometry, rng)
                rows.append(
                    {
                        "facility_id": f"GD-{len(rows) + 1:04d}",
                        "name": f"{label} {name}",
                        "kind": kind,
                        "lon": round(lon, 6),
                        "lat": round(lat, 6),
                        "note": "giả lập",
                    }
                )
    return FACILITIES.conform(pd.DataFrame(rows)) if rows else FACILITIES.empty().assign(note="")
