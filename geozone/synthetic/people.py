"""The rows of the made-up line list, with the headers, habits and mistakes of a real one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.synthetic.addresses import typed_address
from geozone.synthetic.clusters import Spread
from geozone.synthetic.words import FACTORIES, FAMILY_NAMES, GIVEN_NAMES, MARKETS, MIDDLE_NAMES

__all__ = ["HEADERS", "typed_line_list"]

HEADERS = (
    "STT", "Mã BN", "Họ và tên", "Tuổi", "Giới tính", "SĐT", "Địa chỉ nơi ở", "Nơi làm việc",
    "Nơi phơi nhiễm", "Ngày khởi phát", "Ngày dương tính", "Phân loại", "F0/F1", "Nguồn lây", "Vĩ độ",
    "Kinh độ",
)  # fmt: skip
"""Columns of the line list."""
_WITH_POINT = 0.6
"""Share of cases whose place the investigation team has recorded."""
_Row = dict[str, str | None]


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _typed_date(day: date, rng: np.random.Generator) -> str:
    chance = rng.random()
    if chance < 0.72:
        return f"{day.day}/{day.month}/{day.year}"
    if chance < 0.86:
        return f"{day:%d/%m/%Y}"
    if chance < 0.93:
        return f"{day:%d-%m-%y}"
    if chance < 0.97:
        return f"{day.day}.{day.month}.{day.year}"
    return f"ngày {day.day} tháng {day.month} năm {day.year}"


def _typed_degrees(value: float, rng: np.random.Generator) -> str:
    text = f"{value:.6f}"
    return text.replace(".", ",") if rng.random() < 0.1 else text


def _person(number: int, rng: np.random.Generator) -> _Row:
    sex = "male" if rng.random() < 0.48 else "female"
    age = int(np.clip(rng.normal(33, 16), 0, 97))
    name = f"{_pick(FAMILY_NAMES, rng)} {_pick(MIDDLE_NAMES[sex], rng)} {_pick(GIVEN_NAMES, rng)}"
    forms = {"male": ("Nam", "Nam", "nam"), "female": ("Nữ", "Nữ", "nữ")}[sex]
    return {
        "Họ và tên": name,
        "Tuổi": f"{age} tuổi" if rng.random() < 0.05 else str(age),
        "Giới tính": _pick(forms, rng),
        "SĐT": f"0900{number:06d}" if rng.random() < 0.8 else None,
    }


def _source(parent_id: str | None, first: bool, rng: np.random.Generator) -> str | None:
    if parent_id is not None and rng.random() < 0.75:
        return f"F1 của {parent_id}"
    if first and rng.random() < 0.2:
        return "nhập cảnh"
    return "chưa rõ nguồn lây" if rng.random() < 0.6 else None


class _Writer:
    """Types one row after the other."""

    def __init__(
        self, spread: Spread, homes: Sequence[pd.DataFrame], foci: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        self.spread, self.homes, self.foci, self.rng = spread, homes, foci, rng

    def case_id(self, number: int) -> str:
        return f"GD{number + 1:05d}"

    def row(self, number: int, first_day: date) -> _Row:
        rng, parent = self.rng, int(self.spread.parent[number])
        positive = first_day + timedelta(days=int(self.spread.day[number]))
        focus = self.foci.iloc[int(self.spread.cluster[number])]
        edition = self.homes[0] if rng.random() < 0.5 else self.homes[1]
        suspected = rng.random() < 0.03
        located = rng.random() < _WITH_POINT
        place = f"{focus['full_name']}, {focus['province_name']}"
        return {
            "STT": str(number + 1),
            "Mã BN": self.case_id(number) if rng.random() < 0.88 else None,
            **_person(number, rng),
            "Địa chỉ nơi ở": typed_address(edition.iloc[number], rng),
            "Nơi làm việc": f"{_pick(FACTORIES, rng)}, {place}" if rng.random() < 0.25 else None,
            "Nơi phơi nhiễm": f"{_pick(MARKETS, rng)}, {place}" if rng.random() < 0.12 else None,
            "Ngày khởi phát": _typed_date(positive - timedelta(days=int(rng.integers(1, 5))), rng)
            if rng.random() < 0.7
            else None,
            "Ngày dương tính": _typed_date(positive, rng),
            "Phân loại": "nghi ngờ" if suspected else _pick(("Dương tính", "dương tính", "Xác định"), rng),
            "F0/F1": "F1" if suspected else "F0",
            "Nguồn lây": _source(self.case_id(parent) if parent >= 0 else None, parent < 0, rng),
            "Vĩ độ": _typed_degrees(float(self.spread.lat[number]), rng) if located else None,
            "Kinh độ": _typed_degrees(float(self.spread.lon[number]), rng) if located else None,
        }


def _spoil(rows: list[_Row], rng: np.random.Generator) -> None:
    """Put mistakes of kinds that really happen into about 1 row in 80."""
    number = max(4, len(rows) // 80) if len(rows) >= 20 else 0
    chosen: Iterable[int] = (
        rng.choice(np.arange(1, len(rows)), size=number, replace=False).tolist() if number else []
    )
    for order, position in enumerate(sorted(chosen)):
        row, kind = rows[position], order % 4
        if kind == 0:
            row["Ngày dương tính"] = "31/11/2021"
        elif kind == 1:
            row["Vĩ độ"], row["Kinh độ"] = "105.951200", "21.164300"
        elif kind == 2:
            given = [other["Mã BN"] for other in rows[:position] if other["Mã BN"]]
            row["Mã BN"] = given[0] if given else row["Mã BN"]
        else:
            row["Ngày dương tính"] = None


def typed_line_list(
    spread: Spread,
    homes_2025: gpd.GeoDataFrame,
    homes_2021: gpd.GeoDataFrame,
    foci: pd.DataFrame,
    *,
    first_day: date,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Type the line list.

    Parameters
    ----------
    spread : Spread
        Cases in space and time.
    homes_2025, homes_2021 : GeoDataFrame
        For each case the commune it lives in, in either edition.
    foci : DataFrame
        For each cluster the commune it began in.
    first_day : date
        Day 0 of ``spread``.
    rng : Generator
        Source of chance.

    Returns
    -------
    DataFrame of str
        Columns `HEADERS`; a few rows are wrong on purpose.
    """
    writer = _Writer(spread, (homes_2025, homes_2021), foci, rng)
    rows = [writer.row(number, first_day) for number in range(len(spread.day))]
    _spoil(rows, rng)
    return pd.DataFrame(rows, columns=list(HEADERS), dtype="str")


def homes_at(
    communes: gpd.GeoDataFrame, positions: NDArray[np.int64], fallback: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Give the commune of each case.

    Parameters
    ----------
    communes : GeoDataFrame
        Communes of one edition.
    positions : ndarray of int
        Position of the commune of each case, -1 where none holds its place.
    fallback : GeoDataFrame
        For each case the commune to take where there is none.

    Returns
    -------
    GeoDataFrame
        One row a case.
    """
    rows = [
        communes.iloc[position] if position >= 0 else fallback.iloc[number]
        for number, position in enumerate(positions.tolist())
    ]
    return gpd.GeoDataFrame(rows).reset_index(drop=True)
