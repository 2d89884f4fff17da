"""Which places of which cases open a zone on a day, and how precisely each is known."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.errors import DataError, Fault
from geozone.rules.zoning_rules import ZoningRules
from geozone.types import GeoStatus, MatchLevel
from geozone.zoning.land import Land
from geozone.zoning.masking import mask_places

__all__ = [
    "CLOCK",
    "NEEDED",
    "Places",
    "candidate_codes",
    "clock_days",
    "counting_rows",
    "is_certain_place",
    "select_places",
    "tied_communes",
]

NEEDED = (
    "case_id", "count", "report_date", "case_class", "contact_degree", "role",
    "geo_status", "geo_level", "geo_lon", "geo_lat", "geo_uncertainty_m", "geo_candidates",
)  # fmt: skip
CLOCK = "clock_day"
_STREET = (MatchLevel.ADDRESS, MatchLevel.STREET)
_AREA = (MatchLevel.HAMLET, MatchLevel.COMMUNE)


class Places(NamedTuple):
    """Active places of cases, sorted by how precisely they are known.

    Every table has ``case_id, role, count`` and the day of the clock. Each active place is in
    exactly one of them, except that a tie is in ``possible`` once per candidate.
    """

    certain: pd.DataFrame
    """Known to the street or better: with ``lon, lat, uncertainty_m, commune`` (row or -1)."""
    possible: pd.DataFrame
    """Known to a hamlet or commune: with ``commune, level, name, lon, lat, uncertainty_m, tied``."""
    undrawn: pd.DataFrame
    """Too vague for any perimeter: with ``reason``."""


def clock_days(cases: pd.DataFrame, rules: ZoningRules) -> pd.Series:
    """Give the day on which each case starts the clocks.

    Parameters
    ----------
    cases : DataFrame
        Cases with ``report_date`` and, if the rules ask for it, ``onset_date``.
    rules : ZoningRules
        Says which date counts.

    Returns
    -------
    Series of datetime64
        In the order of the cases.
    """
    days = pd.to_datetime(cases["report_date"])
    if rules.clock == "onset_date" and "onset_date" in cases.columns:
        days = pd.to_datetime(cases["onset_date"]).fillna(days)
    return days.astype("datetime64[s]")


def counting_rows(cases: pd.DataFrame, rules: ZoningRules, as_of: dt.date) -> pd.DataFrame:
    """Keep the places that count under a rule set up to a day, active or not.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, with its geocode.
    rules : ZoningRules
        Says which classes, degrees and roles count.
    as_of : date
        The day; cases reported later are not known yet.

    Returns
    -------
    DataFrame
        Those rows with the column ``clock_day``, index reset.

    Raises
    ------
    DataError
        If a column is missing.
    """
    absent = [name for name in NEEDED if name not in cases.columns]
    if absent:
        raise DataError("cases", [Fault(None, name, "no such column", "a column") for name in absent])
    keep = (
        (pd.to_datetime(cases["report_date"]) <= pd.Timestamp(as_of))
        & cases["case_class"].isin([str(member) for member in rules.case_classes])
        & cases["contact_degree"].isin([str(member) for member in rules.contact_degrees])
        & cases["role"].isin([str(member) for member in rules.roles])
    )
    kept = cases.loc[keep.to_numpy(dtype=bool)].reset_index(drop=True)
    return kept.assign(**{CLOCK: clock_days(kept, rules)})


def candidate_codes(text: object) -> list[str]:
    """Read the communes of a tie.

    Parameters
    ----------
    text : object
        ``geo_candidates``: a JSON list of objects with ``code``; anything else has none.

    Returns
    -------
    list of str
        Codes in the order of the list, each once.
    """
    if not isinstance(text, str) or not text:
        return []
    try:
        members = json.loads(text)
    except ValueError:
        return []
    if not isinstance(members, list):
        return []
    codes = [str(member["code"]) for member in members if isinstance(member, dict) and member.get("code")]
    return list(dict.fromkeys(codes))


def select_places(cases: pd.DataFrame, land: Land, rules: ZoningRules, as_of: dt.date) -> Places:
    """Take the active places of cases and sort them by precision.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place, with its geocode.
    land : Land
        The communes.
    rules : ZoningRules
        Window, classes, degrees and roles.
    as_of : date
        The day.

    Returns
    -------
    Places
        Every active place, in exactly one of its tables.

    Raises
    ------
    DataError
        If a column is missing.
    """
    rows = counting_rows(cases, rules, as_of)
    age = (pd.Timestamp(as_of) - rows[CLOCK]).dt.days
    rows = rows.loc[(age < rules.window_days).to_numpy(dtype=bool)].reset_index(drop=True)
    level = rows["geo_level"].to_numpy(dtype=object)
    matched = rows["geo_status"].to_numpy(dtype=object) == GeoStatus.MATCH
    tied = rows["geo_status"].to_numpy(dtype=object) == GeoStatus.TIE
    lon = pd.to_numeric(rows["geo_lon"]).to_numpy(dtype=np.float64, na_value=np.nan)
    lat = pd.to_numeric(rows["geo_lat"]).to_numpy(dtype=np.float64, na_value=np.nan)
    located = np.isfinite(lon) & np.isfinite(lat)
    named = _named_communes(rows, land)
    exact = matched & located & _among(level, _STREET)
    commune = named.copy()
    nameless = np.flatnonzero(exact & (named < 0))
    commune[nameless] = land.index.locate(lon[nameless], lat[nameless])
    middle = mask_places(lon, lat, rules.mask_m)
    lon, lat = (np.where(exact, masked, own) for masked, own in zip(middle, (lon, lat), strict=True))
    in_unit = matched & ~exact & (_among(level, _AREA) | _among(level, _STREET)) & (commune >= 0)
    table = pd.DataFrame(
        {
            "case_id": rows["case_id"].astype("str"),
            "role": rows["role"].astype("str"),
            "count": rows["count"].astype("int64"),
            CLOCK: rows[CLOCK],
            "level": level,
            "name": _names(rows),
            "lon": lon,
            "lat": lat,
            "uncertainty_m": pd.to_numeric(rows["geo_uncertainty_m"]).to_numpy(np.float64, na_value=np.nan),
            "commune": commune,
            "tied": False,
        }
    )
    ties, unknown_ties = _spread_ties(table, rows["geo_candidates"], tied, land)
    undrawn = ~exact & ~in_unit & ~tied
    return Places(
        table.loc[exact].reset_index(drop=True),
        pd.concat([table.loc[in_unit], ties], ignore_index=True),
        _undrawn(table, rows, undrawn | unknown_ties),
    )


def is_certain_place(place: Mapping[str, Any], rules: ZoningRules, as_of: dt.date) -> bool:
    """Tell whether one place gets a disc: as ``select_places``, for one row.

    Parameters
    ----------
    place : mapping
        A row of the cases.
    rules : ZoningRules
        Window, classes, degrees and roles.
    as_of : date
        The day.

    Returns
    -------
    bool
        True if it is active and known to the street or better.
    """
    reported = pd.Timestamp(place["report_date"]).date()
    onset = place.get("onset_date") if rules.clock == "onset_date" else None
    day = reported if onset is None or pd.isna(onset) else pd.Timestamp(onset).date()
    at = (place["geo_lon"], place["geo_lat"])
    return (
        reported <= as_of
        and (as_of - day).days < rules.window_days
        and place["case_class"] in [str(member) for member in rules.case_classes]
        and place["contact_degree"] in [str(member) for member in rules.contact_degrees]
        and place["role"] in [str(member) for member in rules.roles]
        and place["geo_status"] == str(GeoStatus.MATCH)
        and place["geo_level"] in [str(level) for level in _STREET]
        and not any(pd.isna(value) or not np.isfinite(float(value)) for value in at)
    )


def _among(values: npt.NDArray[np.object_], levels: Iterable[MatchLevel]) -> npt.NDArray[np.bool_]:
    return np.isin(values.astype(str), [str(level) for level in levels])


def _names(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Tell what was matched, in words, where the geocoder knows."""
    if "geo_name" not in rows.columns:
        return np.full(len(rows), None, dtype=object)
    return np.asarray(rows["geo_name"], dtype=object)


def _named_communes(rows: pd.DataFrame, land: Land) -> npt.NDArray[np.int64]:
    if land.code_column not in rows.columns:
        return np.full(len(rows), -1, dtype=np.int64)
    return land.positions(rows[land.code_column].to_numpy(dtype=object))


def _spread_ties(
    table: pd.DataFrame, candidates: pd.Series, tied: npt.NDArray[np.bool_], land: Land
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """One row per candidate commune of each tie; and the ties whose candidates are all unknown."""
    rows, communes = tied_communes(candidates, tied, land)
    unknown = tied.copy()
    unknown[rows] = False
    spread = table.iloc[rows].assign(commune=communes, tied=True, level=str(MatchLevel.COMMUNE))
    return spread, unknown


def tied_communes(
    candidates: pd.Series, tied: npt.NDArray[np.bool_], land: Land
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find the candidate communes of every tie that stays in one province.

    A tie between namesakes of several provinces says too little to shut anything: it is left to review.

    Parameters
    ----------
    candidates : Series
        ``geo_candidates`` of each row.
    tied : ndarray of bool
        Which rows are ties.
    land : Land
        The communes.

    Returns
    -------
    rows, communes : ndarray of int64
        One entry per tie and known candidate: its row, and the row of the commune.
    """
    where = np.flatnonzero(tied)
    number, texts = pd.factorize(candidates.to_numpy(dtype=object)[where])
    lists = [candidate_codes(text) for text in texts]
    sizes = np.array([len(codes) for codes in lists], dtype=np.int64)
    found = land.positions([code for codes in lists for code in codes])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    counts = np.where(number >= 0, sizes[number], 0) if len(sizes) else np.zeros(len(where), np.int64)
    rows = np.repeat(where, counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    offset = np.repeat(starts[number] if len(sizes) else counts, counts)
    communes = found[offset + np.arange(len(rows)) - first] if len(rows) else np.empty(0, np.int64)
    kept = (communes >= 0) & ~_across_provinces(rows, communes, land, len(tied))[rows]
    return rows[kept], communes[kept]


def _across_provinces(
    rows: npt.NDArray[np.int64], communes: npt.NDArray[np.int64], land: Land, size: int
) -> npt.NDArray[np.bool_]:
    """Tell which rows have candidates in more than one province."""
    known = communes >= 0
    province = pd.factorize(land.provinces)[0]
    lowest, highest = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(lowest, rows[known], province[communes[known]])
    np.maximum.at(highest, rows[known], province[communes[known]])
    return highest > lowest


def _undrawn(table: pd.DataFrame, rows: pd.DataFrame, mask: npt.NDArray[np.bool_]) -> pd.DataFrame:
    chosen = table.loc[mask, ["case_id", "role", "count", CLOCK]].reset_index(drop=True)
    status = rows.loc[mask, "geo_status"].to_numpy(dtype=object)
    level = rows.loc[mask, "geo_level"].to_numpy(dtype=object)
    return chosen.assign(
        reason=pd.Series(
            [_reason(str(one), str(other)) for one, other in zip(status, level, strict=True)], dtype="str"
        )
    )


def _reason(status: str, level: str) -> str:
    if status == GeoStatus.NONE:
        return "the address was not found"
    if status == GeoStatus.TIE:
        return "the candidate communes are in several provinces, or not in this edition of the units"
    if level in (MatchLevel.DISTRICT, MatchLevel.PROVINCE):
        return f"known only to the {level}: too wide to draw"
    return "the commune is not in this edition of the units"
