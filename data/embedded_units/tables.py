"""Write the embedded tables."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import source_tables

from geozone.admin.units import AdminUnits, kind_of
from geozone.geodesy import area_km2
from geozone.schema import CROSSWALK, UNITS
from geozone.types import Edition, Source

LICENCE = "MIT (vietnamadminunits, © 2025 Tran Ngoc Minh Hieu); coast: Natural Earth, public domain"


def nfc(values: pd.Series) -> pd.Series:
    """Normalise and trim names."""
    return values.map(lambda value: unicodedata.normalize("NFC", value).strip(), na_action="ignore")


def write(
    target: Path,
    *,
    old: pd.DataFrame,
    new: pd.DataFrame,
    pieces: pd.DataFrame,
    shapes: np.ndarray,
    inputs: list[Path],
) -> None:
    """Write both editions, the crosswalk and the names."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    source = Source("units", "vietnamadminunits 1.0.4 with world-atlas 2.0.2", digest, LICENCE)
    basis = pieces.drop_duplicates("code_2021").set_index("code_2021")["basis"]
    outlines_of = {column: dissolve(pieces[column], shapes) for column in ("code_2021", "code_2025")}
    old_units = pd.DataFrame(
        {
            "code": old["code"],
            "full_name": nfc(old["ward"]),
            "name": nfc(old["wardShort"]),
            "parent_code": old["districtCode"],
            "province_code": old["provinceCode"],
            "province_name": nfc(old["province"]),
            "district_name": nfc(old["district"]),
            "lon": old["lon"],
            "lat": old["lat"],
            "outline_basis": old["code"].map(basis),
        }
    )
    known = pieces["basis"].eq("box").groupby(pieces["code_2025"]).all()
    new_units = pd.DataFrame(
        {
            "code": new["code"],
            "full_name": nfc(new["ward"]),
            "name": nfc(new["wardShort"]),
            "parent_code": new["provinceCode"],
            "province_code": new["provinceCode"],
            "province_name": nfc(new["province"]),
            "lon": new["lon"],
            "lat": new["lat"],
            "area_km2": new["area_km2"],
            "outline_basis": new["code"].map(known).map({True: "box", False: "assumed"}),
        }
    )
    for edition, units, column in (
        (Edition.E2021, old_units, "code_2021"),
        (Edition.E2025, new_units, "code_2025"),
    ):
        finish(units, edition, outlines_of[column], source).write(target / f"units_{edition.value}.parquet")
    compact(crosswalk(pieces, shapes), target / "crosswalk.parquet")
    names = [source_tables.aliases(old, new=False), source_tables.aliases(new, new=True)]
    compact(pd.concat(names, ignore_index=True), target / "names.parquet")


def dissolve(codes: pd.Series, shapes: np.ndarray) -> dict[str, shapely.Geometry]:
    """Join the pieces of each unit."""
    joined = {}
    drawn = np.array([shape is not None for shape in shapes])
    for code, at in codes[drawn].groupby(codes[drawn]).groups.items():
        joined[code] = shapely.coverage_union_all(shapes[list(at)])
    return joined


def finish(
    units: pd.DataFrame, edition: Edition, outlines: dict[str, shapely.Geometry], source: Source
) -> AdminUnits:
    """Complete the table of one edition; a point off its own outline is moved inside."""
    units = units.sort_values("code", ignore_index=True)
    geometry = np.array([outlines[code] for code in units["code"]], dtype=object)
    units["kind"] = [kind_of(name) for name in units["full_name"]]
    units["edition"], units["admin_level"], units["boundary_quality"] = (
        edition.value,
        "commune",
        "approximate",
    )
    drawn_km2 = np.round(area_km2(geometry), 3)
    units["area_km2"] = units["area_km2"].fillna(pd.Series(drawn_km2)) if "area_km2" in units else drawn_km2
    points = shapely.points(units["lon"], units["lat"])
    off = ~shapely.intersects(geometry, points)
    inside = shapely.point_on_surface(geometry[off])
    units["point_moved"] = off
    units.loc[off, "lon"], units.loc[off, "lat"] = shapely.get_x(inside), shapely.get_y(inside)
    units[["lon", "lat"]] = units[["lon", "lat"]].round(6)
    table = UNITS.conform(units)
    UNITS.validate(table)
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, crs="EPSG:4326"), crs="EPSG:4326")
    return AdminUnits(edition, frame, (source,))


def crosswalk(pieces: pd.DataFrame, shapes: np.ndarray) -> pd.DataFrame:
    """Compute each old commune's shares: by drawn area, at least 1 %, so that none vanishes."""
    drawn = np.array([0.0 if shape is None else shape.area for shape in shapes])
    table = pieces[["code_2021", "code_2025", "divided", "is_default"]].copy()
    total = table.assign(a=drawn).groupby("code_2021")["a"].transform("sum").to_numpy()
    parts = table.groupby("code_2021")["code_2025"].transform("size").to_numpy()
    share = np.where(total > 0, drawn / np.where(total > 0, total, 1), 1 / parts)
    share = np.maximum(share, 0.01)
    table["share"] = (
        share / pd.Series(share).groupby(table["code_2021"].to_numpy()).transform("sum").to_numpy()
    )
    table["share"] = table["share"].round(6)
    last = ~table.duplicated("code_2021", keep="last")
    table.loc[last, "share"] += 1 - table.groupby("code_2021")["share"].transform("sum")[last]
    result = CROSSWALK.conform(table).sort_values(["code_2021", "code_2025"], ignore_index=True)
    CROSSWALK.validate(result)
    return result


def compact(table: pd.DataFrame, path: Path) -> None:
    """Write a table small."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(arrow, path, compression="zstd", compression_level=19)
