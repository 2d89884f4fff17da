"""Take the outlines of a file over into an edition: find the units, mend, check, report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geozone.admin.codes import UNIT_FIELDS, as_code, code_width
from geozone.admin.outline_files import OutlineFile, open_outlines, refuse_swapped
from geozone.admin.report import UnitsReport
from geozone.admin.topology import check_topology, polygons_of
from geozone.admin.units import AdminUnits, kind_of, name_of
from geozone.errors import DataError, Fault
from geozone.geodesy import area_km2
from geozone.schema import UNITS
from geozone.tables import fold, map_columns
from geozone.types import AdminLevel, BoundaryQuality, Edition, Progress, Source, no_progress

__all__ = ["read_units"]

_STEPS = 5
_FIELDS = {
    **UNIT_FIELDS,
    "name": ("full ?name", *UNIT_FIELDS["name"]),
    "province_code": ("province (code|id)", "ma tinh( .*)?", "parent( code)?"),
    "province_name": ("province( name)?", "(ten )?tinh( thanh pho| tp)?( .*)?", "province slug"),
}
_FIELDS.pop("province")


@dataclass(frozen=True)
class _Rows:
    """The rows of the file that are units."""

    codes: npt.NDArray[np.object_]
    outlines: npt.NDArray[np.object_]
    cells: pd.DataFrame
    rows: npt.NDArray[np.int64]


def read_units(
    path: str | os.PathLike[str],
    *,
    code_column: str | None = None,
    name_column: str | None = None,
    base: AdminUnits | None,
    edition: Edition | None = None,
    keep_base: bool = True,
    licence: str = "",
    progress: Progress = no_progress,
) -> tuple[AdminUnits, UnitsReport]:
    """Read the outlines of communes, mend them, and report how they fit together.

    Parameters
    ----------
    path : path-like
        GeoJSON, GeoParquet, GeoPackage, Shapefile, or a zip of GeoJSON files with one unit each.
    code_column, name_column : str, optional
        Columns of the codes and the full names; found where not given.
    base : AdminUnits or None
        The edition that the codes belong to; it gives the names and the province of each unit. None for
        another country: then the file needs a code and a name column.
    edition : Edition, optional
        Edition of the result, where there is no base; the current one by default.
    keep_base : bool
        Whether units of the base that the file does not have keep their own outline, less the imported
        ones, flagged per unit. A province can so import its own outlines alone.
    licence : str
        Licence of the file, kept with it.
    progress : Progress
        Told of each step.

    Returns
    -------
    units : AdminUnits
        Imported units have ``boundary_quality`` ``imported``.
    report : UnitsReport
        What was mended and what is left open.

    Raises
    ------
    DataError
        If the file cannot be read, has no column of codes, gives a code twice, has its coordinates
        swapped, or has no usable unit. Faults of single rows are in the report.
    """
    file = open_outlines(Path(path), progress=progress)
    progress("import units", 1, _STEPS)
    columns = _find_columns(file, code_column, name_column, base)
    rows, faults = _unit_rows(file, columns["code"], base)
    refuse_swapped(file.name, rows.outlines, None if base is None else tuple(base.communes.total_bounds))
    rows, repaired, mended = _mend(rows)
    progress("import units", 2, _STEPS)
    if not len(rows.codes):
        raise DataError(
            file.name, [*file.faults, *faults, *mended] or [Fault(None, None, "no unit", "units")]
        )
    topology = check_topology(rows.codes, rows.outlines)
    progress("import units", 3, _STEPS)
    chosen = edition or (base.edition if base is not None else Edition.E2025)
    table, remarks = _unit_table(rows, columns, base, chosen)
    progress("import units", 4, _STEPS)
    known = set() if base is None else set(base.communes["code"])
    missing = sorted(known - set(rows.codes))
    kept, emptied = _rest_of(base, missing, rows.outlines) if keep_base and base is not None else (None, [])
    communes = _assemble(table, kept)
    source = Source("units", file.name, file.sha256, licence)
    sources = (source, *(base.sources if kept is not None and len(kept) and base is not None else ()))
    report = UnitsReport(
        name=file.name,
        code_column=columns["code"],
        name_column=columns.get("name", ""),
        units_read=len(rows.codes),
        crs=file.crs,
        reprojected=file.reprojected,
        repaired=repaired,
        unknown_codes=() if base is None else tuple(sorted(set(rows.codes) - known)),
        missing_codes=tuple(missing),
        kept_from_base=0 if kept is None else len(kept),
        overlaps=topology.overlaps,
        overlap_km2=sum(pair.area_km2 for pair in topology.overlaps),
        gaps=topology.gaps,
        gap_km2=sum(gap.area_km2 for gap in topology.gaps),
        coverage_valid=topology.coverage_valid,
        mismatched=topology.mismatched,
        faults=(*file.faults, *sorted([*faults, *mended, *remarks], key=lambda f: f.row or 0), *emptied),
    )
    progress("import units", _STEPS, _STEPS)
    return AdminUnits(chosen, communes, sources), report


def _find_columns(
    file: OutlineFile, code_column: str | None, name_column: str | None, base: AdminUnits | None
) -> dict[str, str]:
    headers = [str(column) for column in file.table.columns if column != "geometry"]
    given = {"code": code_column, "name": name_column}
    overrides = {field: column for field, column in given.items() if column}
    columns = map_columns(headers, _FIELDS, overrides=overrides, name=file.name).columns
    if not code_column and base is not None:
        columns.pop("code", None)
        if (found := _code_column(file.table[headers], base)) is not None:
            columns = {field: header for field, header in columns.items() if header != found}
            columns["code"] = found
    missing = [field for field in ("code", *(() if base is not None else ("name",))) if field not in columns]
    if missing:
        found_columns = "columns " + (", ".join(map(repr, headers)) or "none")
        like = f" like {base.communes['code'].iloc[0]!r}" if base is not None and len(base.communes) else ""
        expected = {"code": f"a column of unit codes{like}", "name": "a column of unit names"}
        raise DataError(file.name, [Fault(None, field, found_columns, expected[field]) for field in missing])
    return columns


_TRIED = 200
"""Cells looked at before a column is read whole: a column of codes shows one among them."""


def _code_column(cells: pd.DataFrame, base: AdminUnits) -> str | None:
    """Find the column that names the most units of the base: at least one for every second row."""
    known = set(base.communes["code"])
    width = code_width(list(known))
    best, share = None, 0.5
    for header in cells.columns:
        values = cells[header].dropna()
        if not len(values) or not isinstance(values.iloc[0], str | int | float | np.integer | np.floating):
            continue
        tried = values.iloc[:_TRIED]
        if not any(as_code(value, width) in known for value in tried):
            continue
        hit = len({as_code(value, width) for value in values} & known) / len(values)
        if hit >= share and (best is None or hit > share):
            best, share = header, hit
    return best


def _unit_rows(file: OutlineFile, code_column: str, base: AdminUnits | None) -> tuple[_Rows, list[Fault]]:
    width = code_width(list(base.communes["code"])) if base is not None else 0
    codes = np.array([as_code(cell, width) for cell in file.table[code_column]], dtype=object)
    rows = np.arange(len(codes), dtype=np.int64) + file.first_row
    outlines = file.table.geometry.to_numpy()
    first: dict[str, int] = {}
    twice, faults = [], []
    for code, row in zip(codes, rows, strict=True):
        if not code:
            faults.append(Fault(int(row), code_column, "nothing", "the code of a unit"))
        elif code in first:
            twice.append(
                Fault(int(row), code_column, repr(code), f"each code once (row {first[code]} has it)")
            )
        else:
            first[code] = int(row)
    if twice:
        raise DataError(file.name, twice)
    no_area = shapely.is_missing(outlines) | shapely.is_empty(outlines)
    kinds = shapely.get_type_id(outlines)
    areal = np.isin(kinds, [3, 6, 7])
    for i in np.flatnonzero((codes != "") & ~areal | (codes != "") & no_area):
        found = "no outline" if no_area[i] else f"a {outlines[i].geom_type}"
        faults.append(Fault(int(rows[i]), "geometry", f"{found} for {codes[i]!r}", "a polygon"))
    keep = (codes != "") & areal & ~no_area
    return _Rows(codes[keep], outlines[keep], file.table[keep].reset_index(drop=True), rows[keep]), faults


def _mend(rows: _Rows) -> tuple[_Rows, tuple[str, ...], list[Fault]]:
    outlines = rows.outlines.copy()
    broken = ~shapely.is_valid(outlines)
    reasons = shapely.is_valid_reason(outlines[broken])
    outlines[broken] = shapely.make_valid(outlines[broken])
    outlines = polygons_of(outlines)
    faults = [
        Fault(
            int(row), "geometry", f"{code!r}: {str(reason).split('[')[0].lower()}", "a valid polygon (mended)"
        )
        for row, code, reason in zip(rows.rows[broken], rows.codes[broken], reasons, strict=True)
    ]
    flat = shapely.area(outlines) == 0
    faults += [
        Fault(int(row), "geometry", f"{code!r}: an outline without area", "a polygon")
        for row, code in zip(rows.rows[flat], rows.codes[flat], strict=True)
    ]
    keep = ~flat
    kept = _Rows(rows.codes[keep], outlines[keep], rows.cells[keep].reset_index(drop=True), rows.rows[keep])
    return kept, tuple(str(code) for code in rows.codes[broken & keep]), faults


def _unit_table(
    rows: _Rows, columns: dict[str, str], base: AdminUnits | None, edition: Edition
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Fill in the attributes: those of the base where it knows the unit, else those of the file."""
    attributes = UNITS.empty() if base is None else pd.DataFrame(base.communes.drop(columns="geometry"))
    known = attributes.set_index("code")
    at = known.reindex(rows.codes)
    in_base = np.isin(rows.codes, known.index.to_numpy())
    names, faults = _names(rows, columns, at, in_base)
    own = {field: _cells(rows, columns.get(field)) for field in ("province_code", "province_name")}
    provinces = dict(zip(known["province_code"], known["province_name"], strict=True))
    width = code_width(list(provinces))
    table = pd.DataFrame({"code": rows.codes, "full_name": names})
    table["name"] = [
        short if same and full_name == name else name_of(name)
        for short, full_name, same, name in zip(at["name"], at["full_name"], in_base, names, strict=True)
    ]
    table["kind"] = [kind_of(name) for name in names]
    codes = [as_code(cell, width) for cell in own["province_code"]]
    table["province_code"] = np.where(in_base, at["province_code"], codes)
    given = [
        provinces.get(code, str(cell or "")) for code, cell in zip(codes, own["province_name"], strict=True)
    ]
    table["province_name"] = np.where(in_base, at["province_name"], given)
    table["parent_code"] = np.where(in_base, at["parent_code"], table["province_code"].replace("", None))
    table["district_name"] = np.where(in_base, at["district_name"], None)
    table["edition"], table["admin_level"] = edition.value, AdminLevel.COMMUNE.value
    table["boundary_quality"] = BoundaryQuality.IMPORTED.value
    lon, lat = at["lon"].to_numpy(dtype="float64", copy=True), at["lat"].to_numpy(dtype="float64", copy=True)
    outside = ~(in_base & shapely.intersects_xy(rows.outlines, lon, lat))
    inside = shapely.point_on_surface(rows.outlines[outside])
    lon[outside], lat[outside] = shapely.get_x(inside), shapely.get_y(inside)
    table["lon"], table["lat"] = lon, lat
    table["area_km2"] = area_km2(rows.outlines)
    table["outline_basis"] = "imported"
    conformed = UNITS.conform(table)
    geometry = gpd.GeoSeries(rows.outlines, crs="EPSG:4326")
    return gpd.GeoDataFrame(conformed, geometry=geometry, crs="EPSG:4326"), faults


def _cells(rows: _Rows, header: str | None) -> list[object]:
    if header is None:
        return [None] * len(rows.codes)
    return [None if pd.isna(cell) else cell for cell in rows.cells[header]]


def _names(
    rows: _Rows, columns: dict[str, str], at: pd.DataFrame, in_base: npt.NDArray[np.bool_]
) -> tuple[list[str], list[Fault]]:
    """Full names: the base's, unless the file calls the unit something else."""
    names, faults = [], []
    full_names, short_names = at["full_name"].tolist(), at["name"].tolist()
    for i, cell in enumerate(_cells(rows, columns.get("name"))):
        written = str(cell).strip() if cell is not None else ""
        code, row = rows.codes[i], int(rows.rows[i])
        if not in_base[i]:
            names.append(written or str(code))
            if not written:
                faults.append(
                    Fault(row, columns.get("name"), f"no name for {code!r}", "a name (its code is used)")
                )
            continue
        full_name = str(full_names[i])
        same = written in ("", full_name) or fold(written) in (fold(full_name), fold(str(short_names[i])))
        names.append(full_name if same else written)
        if not same:
            expected = f"{full_name!r}, its name in the base edition (the file's is used)"
            faults.append(Fault(row, columns["name"], f"{written!r} for {code!r}", expected))
    return names, faults


def _rest_of(
    base: AdminUnits, missing: Sequence[str], imported: npt.NDArray[np.object_]
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Cut the imported outlines out of the base's, so that no place is in two units."""
    rest = base.communes[base.communes["code"].isin(missing)].reset_index(drop=True)
    outlines = rest.geometry.to_numpy().copy()
    unit, other = shapely.STRtree(imported).query(outlines, predicate="intersects")
    faults = []
    for i in np.unique(unit):
        taken = shapely.union_all(imported[other[unit == i]])
        left = polygons_of(np.array([shapely.difference(outlines[i], taken)], dtype=object))[0]
        if left.is_empty:
            code = rest["code"].iloc[i]
            found = f"nothing left of the approximate outline of {code!r}"
            faults.append(
                Fault(None, "geometry", found, "outlines of its neighbours that leave room (kept whole)")
            )
            continue
        outlines[i] = left
    rest = rest.set_geometry(gpd.GeoSeries(outlines, crs="EPSG:4326"))
    moved = ~shapely.intersects_xy(outlines, rest["lon"].to_numpy(), rest["lat"].to_numpy())
    inside = shapely.point_on_surface(outlines[moved])
    rest.loc[moved, "lon"], rest.loc[moved, "lat"] = shapely.get_x(inside), shapely.get_y(inside)
    return rest, faults


def _assemble(imported: gpd.GeoDataFrame, kept: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    columns = [column.name for column in UNITS.columns]
    columns += ["outline_basis", "geometry"]
    tables = [imported[columns]]
    if kept is not None and len(kept):
        tables.append(kept.reindex(columns=columns))
    together = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    ordered = together.sort_values("code", ignore_index=True)
    return gpd.GeoDataFrame(UNITS.conform(ordered), geometry="geometry", crs="EPSG:4326")
