"""A made-up outbreak of an animal disease: holdings that report it, and the holdings around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from geozone.geodesy import distance_m
from geozone.schema import FACILITIES
from geozone.synthetic.clusters import point_inside
from geozone.synthetic.outbreak import UnitTable

__all__ = ["HoldingOutbreak", "make_holdings"]

_SPECIES = ("gà", "vịt", "ngan", "chim cút")
_OWNERS = ("Nguyễn Văn Giả", "Trần Thị Định", "Lê Văn Mẫu", "Phạm Thị Thử", "Hoàng Văn Ví", "Vũ Thị Dụ")


@dataclass(frozen=True, slots=True, eq=False)
class HoldingOutbreak:
    """A made-up outbreak among holdings.

    Attributes
    ----------
    line_list : DataFrame of str
        One row per holding with the disease, as a veterinary station types it, Vietnamese headers. It
        names no patient; the owner is private all the same.
    holdings : DataFrame
        `FACILITIES` of kind ``holding``: every holding of the area.
    as_of : date
        Last day.
    """

    line_list: pd.DataFrame
    holdings: pd.DataFrame
    as_of: date


def make_holdings(
    units: UnitTable,
    *,
    as_of: date,
    seed: int = 687,
    outbreaks: int = 6,
    holdings: int = 400,
    days: int = 40,
    province: str = "24",
) -> HoldingOutbreak:
    """Make up an outbreak among the holdings of a province.

    Parameters
    ----------
    units : UnitTable
        Communes with outlines.
    as_of : date
        Last day.
    seed : int
        The same seed on the same units makes the same outbreak.
    outbreaks : int
        Holdings that report the disease.
    holdings : int
        Holdings of the area, those included.
    days : int
        Length, days.
    province : str
        Code of the province, 2025 edition.

    Returns
    -------
    HoldingOutbreak
        Within the 20 communes nearest to one another; one outbreak in five is known to its commune only.

    Raises
    ------
    ValueError
        If the province has no commune, or there are more outbreaks than holdings.
    """
    if not 1 <= outbreaks <= holdings:
        raise ValueError(f"{outbreaks} outbreaks among {holdings} holdings")
    everywhere = units.communes
    inside = everywhere[(everywhere["province_code"] == province).to_numpy(dtype=bool)]
    communes = inside.sort_values("code").reset_index(drop=True)
    if communes.empty:
        raise ValueError(f"no commune in the province {province!r}")
    rng = np.random.default_rng(seed)
    lon, lat = communes["lon"].to_numpy(), communes["lat"].to_numpy()
    away = distance_m(lon[:1], lat[:1], lon, lat)
    near = np.argsort(away, kind="stable")[: max(1, min(len(communes), 20))]
    commune = rng.choice(near, holdings)
    spots = [point_inside(communes.geometry.iloc[i], rng) for i in commune]
    table = pd.DataFrame(
        {
            "facility_id": [f"TR-{number:04d}" for number in range(1, holdings + 1)],
            "name": [f"Cơ sở chăn nuôi giả định số {number}" for number in range(1, holdings + 1)],
            "kind": "holding",
            "lon": [lon for lon, _ in spots],
            "lat": [lat for _, lat in spots],
        }
    )
    rows = [
        _row(table.iloc[number], communes.iloc[commune[number]], as_of, days, rng)
        for number in sorted(rng.choice(holdings, outbreaks, replace=False).tolist())
    ]
    return HoldingOutbreak(pd.DataFrame(rows, dtype="str"), FACILITIES.conform(table), as_of)


def _row(
    holding: pd.Series, commune: pd.Series, as_of: date, days: int, rng: np.random.Generator
) -> dict[str, str]:
    confirmed = as_of - timedelta(days=int(rng.integers(0, days)))
    birds = int(rng.integers(3, 80)) * 100
    sick = int(birds * rng.uniform(0.05, 0.4))
    located = rng.random() < 0.8
    return {
        "Mã cơ sở": str(holding["facility_id"]),
        "Chủ cơ sở": str(rng.choice(_OWNERS)),
        "Địa chỉ": f"{commune['full_name']}, {commune['province_name']}",
        "Ngày có con ốm": f"{confirmed - timedelta(days=int(rng.integers(1, 5))):%d/%m/%Y}",
        "Ngày xác nhận": f"{confirmed:%d/%m/%Y}",
        "Loài": str(rng.choice(_SPECIES)),
        "Tổng đàn": str(birds),
        "Số con ốm": str(sick),
        "Kết quả xét nghiệm": "dương tính H5N1",
        "Vĩ độ": f"{holding['lat']:.6f}" if located else "",
        "Kinh độ": f"{holding['lon']:.6f}" if located else "",
    }
