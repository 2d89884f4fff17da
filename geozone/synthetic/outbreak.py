"""Make an outbreak up: a line list, doses, population and facilities that fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone.errors import StoreError
from geozone.index import UnitIndex
from geozone.synthetic.clusters import choose_foci, spread_cases
from geozone.synthetic.people import homes_at, typed_line_list
from geozone.synthetic.reference import made_up_doses, made_up_facilities, made_up_population
from geozone.synthetic.words import FOCI

__all__ = ["AS_OF", "PROVINCES", "Outbreak", "OutbreakFiles", "UnitTable", "make_outbreak", "write_outbreak"]

AS_OF = date(2021, 11, 20)
"""Last day of the outbreak unless told otherwise: Decision 4800 was in force."""
PROVINCES = ("01", "24")
"""Hà Nội and Bắc Ninh, codes of the 2025 edition."""
_DAYS = 45
_CASES_PER_CLUSTER = 45
_KIND_WORDS = {
    "school": "Trường học",
    "market": "Chợ",
    "hospital": "Bệnh viện",
    "health-station": "Trạm y tế",
    "factory": "Nhà máy",
}


class UnitTable(Protocol):
    """What is needed of administrative units: `geozone.admin.AdminUnits` has it."""

    @property
    def communes(self) -> gpd.GeoDataFrame:
        """`geozone.schema.UNITS` with outlines."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Outbreak:
    """A made-up outbreak.

    Attributes
    ----------
    line_list : DataFrame of str
        As typed by hand, Vietnamese headers; some rows are wrong on purpose.
    doses : DataFrame
        `geozone.schema.DOSES`.
    population : DataFrame
        `geozone.schema.POPULATION`, flag ``synthetic``.
    facilities : DataFrame
        `geozone.schema.FACILITIES`.
    communes : DataFrame
        ``code``, ``full_name``, ``province_name`` of the communes it plays in.
    as_of : date
        Last day.
    seed : int
        Seed it was made with.
    """

    line_list: pd.DataFrame
    doses: pd.DataFrame
    population: pd.DataFrame
    facilities: pd.DataFrame
    communes: pd.DataFrame
    as_of: date
    seed: int


@dataclass(frozen=True, slots=True)
class OutbreakFiles:
    """The files of a made-up outbreak."""

    line_list: Path
    doses: Path
    population: Path
    facilities: Path


def make_outbreak(
    units_2025: UnitTable,
    units_2021: UnitTable,
    crosswalk: pd.DataFrame,
    *,
    seed: int = 2021,
    cases: int = 600,
    as_of: date = AS_OF,
    provinces: Sequence[str] = PROVINCES,
    days: int = _DAYS,
) -> Outbreak:
    """Make up an outbreak.

    Parameters
    ----------
    units_2025, units_2021 : UnitTable
        Communes of both editions, with outlines.
    crosswalk : DataFrame
        `geozone.schema.CROSSWALK`.
    seed : int
        The same seed on the same units makes the same outbreak.
    cases : int
        Rows of the line list.
    as_of : date
        Last day.
    provinces : sequence of str
        Provinces it plays in, codes of the 2025 edition.
    days : int
        Length, days.

    Returns
    -------
    Outbreak
        Clusters around workers' communes, three cases in five with a recorded point; addresses of
        either edition as people type them.

    Raises
    ------
    ValueError
        If there is no commune in those provinces, or no case is asked for.
    """
    if cases < 1 or days < 1:
        raise ValueError("an outbreak has at least one case and one day")
    rng = np.random.default_rng(seed)
    everywhere = units_2025.communes
    inside = everywhere["province_code"].isin(list(provinces)).to_numpy()
    communes = everywhere[inside].sort_values("code").reset_index(drop=True)
    if not len(communes):
        raise ValueError(f"no commune in the provinces {', '.join(provinces)}")
    ours = crosswalk[crosswalk["code_2025"].isin(communes["code"])]
    old = units_2021.communes
    old = old[old["code"].isin(ours["code_2021"])].sort_values("code").reset_index(drop=True)
    clusters = max(1, min(len(FOCI), round(cases / _CASES_PER_CLUSTER)))
    foci = choose_foci(communes, FOCI, clusters, rng)
    spread = spread_cases(communes, foci, cases=cases, days=days, rng=rng)
    home = communes.iloc[UnitIndex(communes.geometry.to_numpy()).locate(spread.lon, spread.lat)]
    home = home.reset_index(drop=True)
    before = homes_at(old, _old_positions(old, home, ours, spread.lon, spread.lat), home)
    first_day = as_of - timedelta(days=days - 1)
    line_list = typed_line_list(spread, home, before, communes.iloc[foci], first_day=first_day, rng=rng)
    population = made_up_population(communes, rng)
    return Outbreak(
        line_list=line_list,
        doses=made_up_doses(population, as_of=as_of, rng=rng),
        population=population,
        facilities=made_up_facilities(communes.iloc[sorted(foci)], rng),
        communes=communes[["code", "full_name", "province_name"]].copy(),
        as_of=as_of,
        seed=seed,
    )


def _old_positions(
    old: gpd.GeoDataFrame,
    home: gpd.GeoDataFrame,
    crosswalk: pd.DataFrame,
    lon: np.ndarray[tuple[int], np.dtype[np.float64]],
    lat: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Find the old commune of each case: the one that holds it, if it became the new one."""
    if not len(old):
        return np.full(len(home), -1, dtype=np.int64)
    found = UnitIndex(old.geometry.to_numpy()).locate(lon, lat)
    pairs = set(zip(crosswalk["code_2021"], crosswalk["code_2025"], strict=True))
    largest = crosswalk.sort_values("share", ascending=False, kind="stable").drop_duplicates("code_2025")
    predecessor = dict(zip(largest["code_2025"], largest["code_2021"], strict=True))
    place = {code: position for position, code in enumerate(old["code"])}
    codes = old["code"].to_numpy()
    return np.array(
        [
            position
            if position >= 0 and (codes[position], new) in pairs
            else place.get(predecessor.get(new, ""), -1)
            for position, new in zip(found.tolist(), home["code"], strict=True)
        ],
        dtype=np.int64,
    )


def _band_text(age_from: int, age_to: int | None) -> str:
    if age_to is None:
        return "Tất cả" if age_from == 0 else f"{age_from}+"
    return f"{age_from}-{age_to - 1}"


def _with_names(table: pd.DataFrame, communes: pd.DataFrame) -> pd.DataFrame:
    names = communes.set_index("code")
    to = [None if pd.isna(value) else int(value) for value in table["age_to"]]
    bands = [_band_text(int(low), high) for low, high in zip(table["age_from"], to, strict=True)]
    return pd.DataFrame(
        {
            "Mã xã": table["code"],
            "Tên xã": table["code"].map(names["full_name"]),
            "Tỉnh": table["code"].map(names["province_name"]),
            "Nhóm tuổi": bands,
        }
    )


def write_outbreak(outbreak: Outbreak, folder: str | Path) -> OutbreakFiles:
    """Write an outbreak as the files an analyst would get.

    Parameters
    ----------
    outbreak : Outbreak
        A made-up outbreak.
    folder : str or Path
        Folder to write into; made if it is not there.

    Returns
    -------
    OutbreakFiles
        ``line_list.csv``, ``doses.csv``, ``population.csv``, ``facilities.csv``: UTF-8 with a byte
        order mark, as spreadsheets write it.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    folder = Path(folder)
    doses = _with_names(outbreak.doses, outbreak.communes).assign(
        **{
            "Ngày": outbreak.doses["date"].dt.strftime("%d/%m/%Y"),
            "Mũi": outbreak.doses["dose"],
            "Số liều": outbreak.doses["doses"],
        }
    )
    population = _with_names(outbreak.population, outbreak.communes).assign(
        **{"Dân số": outbreak.population["population"].astype("Int64"), "Giả lập": "x"}
    )
    facilities = outbreak.facilities.assign(kind=outbreak.facilities["kind"].replace(_KIND_WORDS)).rename(
        columns={
            "facility_id": "Mã",
            "name": "Tên",
            "kind": "Loại",
            "lon": "Kinh độ",
            "lat": "Vĩ độ",
            "note": "Ghi chú",
        }
    )
    tables = {
        "line_list": outbreak.line_list,
        "doses": doses,
        "population": population,
        "facilities": facilities,
    }
    paths = {name: folder / f"{name}.csv" for name in tables}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(paths[name], index=False, encoding="utf-8-sig", lineterminator="\r\n")
    except OSError as error:
        raise StoreError(f"{folder.name}: cannot be written ({error.strerror})") from error
    return OutbreakFiles(**paths)
