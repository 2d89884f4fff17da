"""Read the tables of the pip package ``vietnamadminunits`` (never its functions: one calls the network)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd

BOX = r"([\d.\-]+),([\d.\-]+) – ([\d.\-]+),([\d.\-]+)"
"""South, west, north, east as the package writes them."""

POINT_BOX_DEG = 0.0028
"""The geocoder behind the table gives a box of 0.0027 degrees to what it knows only as a point."""

FULL_ISLAND_DISTRICTS = {"318", "471", "498", "536", "755"}
"""Districts without communes: Bạch Long Vĩ, Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo."""

CODE_CORRECTIONS = {"06970": "06978"}
"""New commune of Ba Chẽ: the table keeps the code of the old town; the public repository
thanglequoc/vietnamese-provinces-database corrects it from the printed decree."""

ISLAND_POINTS = {
    "498": (112.135, 16.5),  # Hoàng Sa; the table gives a point in the city of Đà Nẵng
    "22736": (111.920, 8.645),  # Trường Sa; the table gives the province's point to all three
    "22737": (114.331, 11.429),  # Song Tử Tây
    "22739": (114.329, 9.886),  # Sinh Tồn
}
"""Longitude and latitude of units that the table puts on the mainland: positions of the islands, common
knowledge. The box of such a unit is discarded."""


def read_old(database: Path) -> pd.DataFrame:
    """Read the communes in force until 2025-06-30, with their points and boxes."""
    with sqlite3.connect(database) as connection:
        table = pd.read_sql("select * from admin_units_legacy", connection)
    whole = table["wardCode"].isna()
    if set(table.loc[whole, "districtCode"]) != FULL_ISLAND_DISTRICTS:
        raise ValueError("the districts without communes are not the five known ones")
    for column in ("ward", "wardShort", "wardType", "wardCode", "wardLat", "wardLon", "wardBounds"):
        table[column] = table[column].where(~whole, table[column.replace("ward", "district")])
    table["key"] = (
        table["provinceKey"]
        + "_"
        + table["districtKey"]
        + "_"
        + table["wardKey"].where(~whole, "").astype(str)
    )
    box = table["wardBounds"].str.extract(BOX).astype("float64")
    table["south"], table["west"], table["north"], table["east"] = (box[i] for i in range(4))
    table = table.rename(columns={"wardCode": "code", "wardLat": "lat", "wardLon": "lon"})
    for code, (lon, lat) in ISLAND_POINTS.items():
        at = table["code"] == code
        table.loc[at, ["lon", "lat"]] = lon, lat
        table.loc[at, ["west", "east"]] = lon - 0.01, lon + 0.01
        table.loc[at, ["south", "north"]] = lat - 0.01, lat + 0.01
    return table.reset_index(drop=True)


def read_new(database: Path) -> pd.DataFrame:
    """Read the communes in force since 2025-07-01, with their points and areas."""
    with sqlite3.connect(database) as connection:
        table = pd.read_sql("select * from admin_units", connection)
    table["key"] = table["provinceKey"] + "_" + table["wardKey"]
    table["wardCode"] = table["wardCode"].replace(CODE_CORRECTIONS)
    table["area_km2"] = table["wardAreaKm2"].where(table["wardAreaKm2"] > 0.05)
    return table.rename(columns={"wardCode": "code", "wardLat": "lat", "wardLon": "lon"})


def read_crosswalk(converter: Path, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Read which new communes each old one went to, and which of them is the default."""
    tables = json.loads(converter.read_text(encoding="utf-8"))
    rows = [
        (key, f"{province}_{ward}", True)
        for province, wards in tables["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for ward, keys in wards.items()
        for key in keys
    ]
    rows += [
        (key, f"{province}_{part['newWardKey']}", bool(part["isDefaultNewWard"]))
        for province, keys in tables["DICT_PROVINCE_WARD_DIVIDED"].items()
        for key, parts in keys.items()
        for part in parts
    ]
    table = pd.DataFrame(rows, columns=["old_key", "new_key", "is_default"])
    table["code_2021"] = table["old_key"].map(old.set_index("key")["code"])
    table["code_2025"] = table["new_key"].map(new.set_index("key")["code"])
    if table[["code_2021", "code_2025"]].isna().any(axis=None):
        raise ValueError("the crosswalk names a commune that is in neither table")
    table["divided"] = table["code_2021"].duplicated(keep=False)
    return table[["code_2021", "code_2025", "is_default", "divided"]].sort_values(
        ["code_2021", "code_2025"], ignore_index=True
    )


def judge_points(old: pd.DataFrame) -> pd.Series:
    """Say what is known of each old commune: ``box``, ``point`` or ``assumed`` (shared with another unit)."""
    shared = old.duplicated(["lon", "lat"], keep=False)
    lat_km = 110.6 * (old["north"] - old["south"])
    lon_km = 111.3 * np.cos(np.radians(old["lat"])) * (old["east"] - old["west"])
    parent = (old["wardBounds"] == old["districtBounds"]) | (old["wardBounds"] == old["provinceBounds"])
    whole = old["code"].isin(FULL_ISLAND_DISTRICTS)
    inside = old["lon"].between(old["west"], old["east"]) & old["lat"].between(old["south"], old["north"])
    tiny = (old["north"] - old["south"] < POINT_BOX_DEG) | (old["east"] - old["west"] < POINT_BOX_DEG)
    huge = (lat_km > 60) | (lon_km > 60)
    basis = pd.Series("box", index=old.index)
    basis[tiny | huge | ~inside] = "point"
    basis[(shared | parent) & ~whole] = "assumed"
    basis[old["code"].isin(ISLAND_POINTS)] = "point"
    return basis


def aliases(table: pd.DataFrame, *, new: bool) -> pd.DataFrame:
    """List the unaccented other names of each commune, one a row."""
    columns = ["wardKey", "wardShortKey", "wardAlias"]
    rows = []
    for row in table[["code", *columns]].itertuples(index=False):
        if pd.isna(row.wardKey):
            continue
        names = [row.wardKey, row.wardShortKey]
        if not pd.isna(row.wardAlias):
            names += json.loads(row.wardAlias)
        rows += [(row.code, name) for name in dict.fromkeys(names) if name]
    result = pd.DataFrame(rows, columns=["code", "alias"])
    result["edition"] = "2025" if new else "2021"
    return result
