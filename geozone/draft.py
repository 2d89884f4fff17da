"""The one composition: cases, units and rules in; zones, levels, coverage and green zones out.

``draw`` is a plain function: no clock, no environment, no files. What-if is the same call with other
arguments. A draft holds everything that a release publishes, and beside it, privately, the list of
cases that could not be placed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geozone import levels, vaccination, zoning
from geozone.schema import FACILITIES, LEVELS
from geozone.types import Certainty, GeoStatus, MatchLevel, PlaceRole, Progress, Source, no_progress

if TYPE_CHECKING:
    from geozone.admin import AdminUnits
    from geozone.rules import RuleSet

__all__ = ["Draft", "DraftRules", "count_placements", "draw"]

_ROLE_ORDER = (PlaceRole.HOME, PlaceRole.EXPOSURE, PlaceRole.WORK)
_PUBLIC_LEVEL_COLUMNS = [column.name for column in LEVELS.columns if column.name != "admin_level"]
_PLACED = tuple(str(level) for level in MatchLevel if level.rank <= MatchLevel.COMMUNE.rank)


@dataclass(frozen=True, slots=True)
class DraftRules:
    """The rule set of a draft, as its readers see it.

    Attributes
    ----------
    id : str
        Identifier of the rule set.
    name_vi, name_en : str
        Its name.
    legal_basis : str
        The text that it applies.
    verified : bool
        Whether no value of it rests on memory alone.
    partial : bool
        Whether it holds only part of the text.
    """

    id: str
    name_vi: str
    name_en: str
    legal_basis: str
    verified: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """Zones, levels, coverage and green zones as of one day, not yet decided.

    Attributes
    ----------
    as_of : date
        The day it holds for.
    rules : DraftRules
        The rule set used.
    edition : str
        Edition of the administrative geography.
    boundary_quality : str
        The worst trust in any outline used: ``approximate`` if any unit is.
    layers : dict of str to DataFrame
        What a release publishes, by layer; geometry in EPSG:4326.
    counts : dict
        Cases placed, ambiguous and unplaced, zones, residents inside, communes by level.
    unplaced : DataFrame
        Private: one row per case that is not placed, with its status, level and reason.
    warnings : tuple of tuple
        What a reader must know, as (Vietnamese, English).
    sources : tuple of Source
        The inputs with their checksums and licences.
    """

    as_of: date
    rules: DraftRules
    edition: str
    boundary_quality: str
    layers: dict[str, pd.DataFrame]
    counts: dict[str, Any]
    unplaced: pd.DataFrame
    warnings: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = field(default=())


def draw(
    cases: pd.DataFrame,
    units: AdminUnits,
    rules: RuleSet,
    as_of: date,
    *,
    population: pd.DataFrame | None = None,
    doses: pd.DataFrame | None = None,
    facilities: pd.DataFrame | None = None,
    previous: pd.DataFrame | None = None,
    sources: tuple[Source, ...] = (),
    progress: Progress = no_progress,
) -> Draft:
    """Draw zones, levels, coverage and green zones as of one day.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place: the case columns, ``role`` and the geocode columns. Rows
        reported after ``as_of`` are left out.
    units : AdminUnits
        The communes with their outlines, and the tiers above them.
    rules : RuleSet
        The rules to apply.
    as_of : date
        The day to draw for.
    population : DataFrame, optional
        People by commune and age band (``POPULATION``); without it, rates are "no data".
    doses : DataFrame, optional
        Doses given (``DOSES``).
    facilities : DataFrame, optional
        Places to list inside zones (``FACILITIES``).
    previous : DataFrame, optional
        Levels of the last release (``LEVELS``), for rules that hold a level.
    sources : tuple of Source
        The inputs, kept in the draft.
    progress : callable
        Told of each stage.

    Returns
    -------
    Draft
        Everything that a release publishes, and the private list of unplaced cases.
    """
    stages = 5
    known = cases[cases["report_date"] <= pd.Timestamp(as_of)].reset_index(drop=True)
    counts, unplaced = count_placements(known)

    progress("zones", 0, stages)
    land = zoning.Land.of(units)
    zone_set = zoning.zones(known, land, rules.zoning, as_of=as_of, population=population)
    progress("coverage", 1, stages)
    coverage = None
    if doses is not None and population is not None:
        coverage = vaccination.coverage(doses, population, units.communes, as_of=as_of)
    progress("levels", 2, stages)
    level_table = levels.assess(
        units.communes,
        known,
        coverage,
        zone_set,
        population,
        rules,
        as_of=as_of,
        previous=previous,
    )
    progress("green zones", 3, stages)
    green = zoning.green_zones(land, zone_set, known, rules.zoning, as_of=as_of, coverage=coverage)
    progress("layers", 4, stages)

    series = _case_counts(known)
    layers: dict[str, pd.DataFrame] = {
        "communes": _commune_layer(
            units,
            level_table=level_table,
            zone_set=zone_set,
            population=population,
            coverage=coverage,
            series=series,
        ),
        "containment_zones": zone_set.containment,
        "buffer_zones": zone_set.buffer,
        "green_zones": green,
        "coverage": _coverage_layer(units, coverage),
        "facilities": _facility_layer(facilities, zone_set.containment),
        "checkpoints": _no_checkpoints(),
        "case_counts": series,
    }
    counts |= _zone_counts(zone_set, level_table)
    progress("layers", stages, stages)
    return Draft(
        as_of=as_of,
        rules=DraftRules(
            rules.id, rules.name_vi, rules.name_en, rules.legal_basis, rules.verified, rules.partial
        ),
        edition=str(units.edition),
        boundary_quality=str(units.boundary_quality),
        layers=layers,
        counts=counts,
        unplaced=unplaced,
        warnings=_warnings(units, rules, counts, population, doses),
        sources=tuple(sources),
    )


def count_placements(cases: pd.DataFrame) -> tuple[dict[str, int], pd.DataFrame]:
    """Count people placed, ambiguous and unplaced, each once.

    A case with several places counts where it lives; without a home, where it was exposed; then
    where it works.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, with the geocode columns.

    Returns
    -------
    counts : dict
        ``cases``, ``placed``, ``ambiguous`` and ``unplaced``; the last three add up to the first.
    unplaced : DataFrame
        The ambiguous and unplaced ones: ``case_id, role, count, geo_status, geo_level, geo_name,
        geo_candidates, geo_reason``, largest count first.
    """
    order = cases["role"].map({str(role): i for i, role in enumerate(_ROLE_ORDER)}).to_numpy()
    first = cases.iloc[np.argsort(order, kind="stable")].drop_duplicates("case_id")
    placed = (first["geo_status"] == str(GeoStatus.MATCH)) & first["geo_level"].isin(_PLACED)
    unplaced = first["geo_status"] == str(GeoStatus.NONE)
    people = first["count"].astype("int64")
    counts = {
        "cases": int(people.sum()),
        "placed": int(people[placed].sum()),
        "ambiguous": int(people[~placed & ~unplaced].sum()),
        "unplaced": int(people[unplaced].sum()),
    }
    columns = [
        "case_id",
        "role",
        "count",
        "geo_status",
        "geo_level",
        "geo_name",
        "geo_candidates",
        "geo_reason",
    ]
    table = first.loc[~placed, columns].sort_values(["count", "case_id"], ascending=[False, True])
    return counts, table.reset_index(drop=True)


def _case_counts(cases: pd.DataFrame) -> pd.DataFrame:
    """Count new cases by commune and day: placed ones, and the shares of ties apart."""
    homes = cases[cases["role"] == str(PlaceRole.HOME)]
    placed = homes[homes["geo_commune_code"].notna()]
    whole = placed.groupby(["geo_commune_code", "report_date"], as_index=False)["count"].sum()
    whole = whole.rename(columns={"geo_commune_code": "code", "report_date": "date", "count": "cases"})
    ties = homes[(homes["geo_status"] == str(GeoStatus.TIE)) & homes["geo_commune_code"].isna()]
    rows = [
        (candidate["code"], day, count * candidate["share"])
        for candidates, day, count in zip(
            ties["geo_candidates"], ties["report_date"], ties["count"].astype("float64"), strict=True
        )
        for candidate in json.loads(candidates)
        if candidate.get("share") is not None
    ]
    possible = pd.DataFrame(rows, columns=["code", "date", "possible_cases"])
    possible = possible.astype({"code": "str", "date": "datetime64[s]", "possible_cases": "float64"})
    possible = possible.groupby(["code", "date"], as_index=False)["possible_cases"].sum()
    whole = whole.astype({"code": "str", "date": "datetime64[s]"})
    table = whole.merge(possible, on=["code", "date"], how="outer").sort_values(["code", "date"])
    table["cases"] = table["cases"].astype("Int64").fillna(0)
    table["possible_cases"] = table["possible_cases"].fillna(0.0).round(2)
    return table.reset_index(drop=True)


def _commune_layer(
    units: AdminUnits,
    *,
    level_table: pd.DataFrame,
    zone_set: zoning.ZoneSet,
    population: pd.DataFrame | None,
    coverage: pd.DataFrame | None,
    series: pd.DataFrame,
) -> gpd.GeoDataFrame:
    communes = units.communes[
        [
            "code",
            "name",
            "full_name",
            "province_code",
            "province_name",
            "boundary_quality",
            "area_km2",
            "geometry",
        ]
    ]
    table = communes.merge(
        level_table[[*_PUBLIC_LEVEL_COLUMNS, "previous_level"]], on="code", how="left", validate="1:1"
    )
    table = table.merge(_everybody(population), on="code", how="left")
    shares = _zone_shares(zone_set.containment)
    table = table.merge(shares, on="code", how="left")
    table["zone_share"] = table["zone_share"].fillna(0.0).clip(upper=1.0).round(4)
    table["in_zone"] = np.select(
        [table["zone_share"] >= 0.9995, table["zone_share"] > 0], ["whole", "part"], "none"
    )
    table["possible_zone"] = table["possible_zone"].astype("boolean").fillna(False)
    totals = series.groupby("code")["cases"].sum().rename("cases_total").reset_index()
    table = table.merge(totals, on="code", how="left")
    table["cases_total"] = table["cases_total"].astype("Int64").fillna(0)
    for name, dose, age in (("coverage_18_dose1", 1, 18), ("coverage_50_dose2", 2, 50)):
        table[name] = table["code"].map(_one_coverage(coverage, dose, age)).astype("float64")
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")


def _everybody(population: pd.DataFrame | None) -> pd.DataFrame:
    if population is None:
        empty = {"code": "str", "population": "float64", "population_flag": "str"}
        return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in empty.items()})
    whole = population[(population["age_from"] == 0) & population["age_to"].isna()]
    return whole[["code", "population", "population_flag"]]


def _zone_shares(containment: pd.DataFrame) -> pd.DataFrame:
    """Share of each commune inside certain zones, and whether a possible zone covers it."""
    certain: dict[str, float] = {}
    possible: dict[str, bool] = {}
    for certainty, text in zip(containment["certainty"], containment["communes"], strict=True):
        for part in json.loads(text):
            if certainty == Certainty.CERTAIN:
                certain[part["code"]] = certain.get(part["code"], 0.0) + part["share"]
            else:
                possible[part["code"]] = True
    codes = sorted(certain.keys() | possible.keys())
    return pd.DataFrame(
        {
            "code": pd.Series(codes, dtype="str"),
            "zone_share": pd.Series([certain.get(code, 0.0) for code in codes], dtype="float64"),
            "possible_zone": pd.Series([possible.get(code, False) for code in codes], dtype="boolean"),
        }
    )


def _one_coverage(coverage: pd.DataFrame | None, dose: int, age_from: int) -> Mapping[str, float]:
    if coverage is None:
        return {}
    rows = coverage[
        (coverage["dose"] == dose) & (coverage["age_from"] == age_from) & coverage["age_to"].isna()
    ]
    return dict(zip(rows["code"], rows["coverage_percent"], strict=True))


def _coverage_layer(units: AdminUnits, coverage: pd.DataFrame | None) -> gpd.GeoDataFrame:
    communes = units.communes[["code", "name", "full_name", "province_name", "geometry"]]
    if coverage is None:
        return communes.iloc[:0].copy()
    wide = vaccination.coverage_wide(coverage)
    return gpd.GeoDataFrame(communes.merge(wide, on="code", how="inner"), crs="EPSG:4326")


def _facility_layer(facilities: pd.DataFrame | None, containment: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = FACILITIES.empty() if facilities is None else facilities
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")
    if points.empty or containment.empty:
        points["zone_id"] = pd.Series([None] * len(points), dtype="str")
        return points
    inside = gpd.sjoin(points[["facility_id", "geometry"]], containment[["zone_id", "certainty", "geometry"]])
    inside = inside.sort_values(["facility_id", "certainty", "zone_id"]).drop_duplicates("facility_id")
    return points.merge(inside[["facility_id", "zone_id"]], on="facility_id", how="left")


def _no_checkpoints() -> gpd.GeoDataFrame:
    columns = {name: pd.Series([], dtype="str") for name in ("checkpoint_id", "name", "zone_id", "kind")}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs="EPSG:4326"), crs="EPSG:4326")


def _zone_counts(zone_set: zoning.ZoneSet, level_table: pd.DataFrame) -> dict[str, Any]:
    containment = zone_set.containment
    certain = containment[containment["certainty"] == str(Certainty.CERTAIN)]
    residents = certain["residents"].dropna()
    levels_seen = level_table.loc[level_table["admin_level"] == "commune", "epidemic_level"]
    by_level = {str(level): int((levels_seen == level).sum()) for level in (1, 2, 3, 4)}
    by_level["none"] = int(levels_seen.isna().sum())
    higher = level_table["possible_level"] > level_table["epidemic_level"]
    return {
        "containment_zones": len(certain),
        "possible_zones": len(containment) - len(certain),
        "residents_inside": round(float(residents.sum())) if len(residents) else None,
        "communes_by_level": by_level,
        "communes_possibly_higher": int(higher.fillna(False).sum()),
    }


def _warnings(
    units: AdminUnits,
    rules: RuleSet,
    counts: Mapping[str, Any],
    population: pd.DataFrame | None,
    doses: pd.DataFrame | None,
) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if units.boundary_quality == "approximate":
        found.append(
            (
                "Ranh giới xã, phường chỉ gần đúng: không dùng cho văn bản pháp lý.",
                "Commune boundaries are approximate: not for a legal order.",
            )
        )
    if not rules.verified:
        found.append(
            (
                f"Bộ quy tắc {rules.id} có giá trị chưa được kiểm chứng với văn bản gốc.",
                f"Rule set {rules.id} holds values not verified against the legal text.",
            )
        )
    if rules.partial:
        found.append(
            (
                f"Bộ quy tắc {rules.id} chỉ gồm những phần đã xác nhận được.",
                f"Rule set {rules.id} holds only the parts that could be confirmed.",
            )
        )
    if population is None:
        found.append(("Chưa có dữ liệu dân số.", "No population has been imported."))
    elif bool((population["population_flag"] == "synthetic").any()):
        found.append(("Dân số là số liệu giả lập.", "Population figures are synthetic."))
    if doses is None:
        found.append(("Chưa có dữ liệu tiêm chủng.", "No vaccination data has been imported."))
    higher = counts["communes_possibly_higher"]
    if higher:
        found.append(
            (
                f"{higher} xã, phường có thể ở cấp cao hơn: thiếu thông tin mà quy tắc cần (xem từng xã).",
                f"{higher} communes may be at a higher level: facts the rules need are missing (see each).",
            )
        )
    missing = counts["ambiguous"] + counts["unplaced"]
    if missing:
        found.append(
            (
                f"{missing} ca chưa xác định được xã, phường.",
                f"{missing} cases are not placed in one commune.",
            )
        )
    return tuple(found)
