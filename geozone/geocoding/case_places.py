"""Geocode the places of cases: a given point wins and is checked against the address."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geocoding.geocoder import Geocoder
from geozone.geocoding.reasons import say
from geozone.geodesy import distance_m
from geozone.schema import CASE_PLACES
from geozone.types import GeoStatus, MatchLevel, Progress, no_progress

__all__ = ["CONFLICT_M", "POINT_UNCERTAINTY_M", "geocode_places"]

POINT_UNCERTAINTY_M: Final = 25.0
"""Radius of a point given without one, metres: that of a hand-held receiver among houses."""
CONFLICT_M: Final = 3_000.0
"""How far beyond the matched unit a point may lie before it contradicts the address, metres."""

_POINT_SCORE: Final = 0.97
_AGREED_SCORE: Final = 0.995
_CONFLICT_SCORE: Final = 0.5
_WIDE: Final = frozenset({MatchLevel.DISTRICT.value, MatchLevel.PROVINCE.value})


class _Point(NamedTuple):
    lon: float
    lat: float
    radius_m: float
    commune: int
    """Position of the commune that holds it."""


def geocode_places(
    geocoder: Geocoder,
    places: pd.DataFrame,
    report_dates: pd.Series | None = None,
    *,
    uncertainty_m: float = POINT_UNCERTAINTY_M,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Geocode the places of cases.

    Parameters
    ----------
    geocoder : Geocoder
        Over both editions.
    places : DataFrame
        `CASE_PLACES`: an address, a point, or both.
    report_dates : Series, optional
        Day of each case, by ``case_id``: tells the edition where an address does not.
    uncertainty_m : float
        Radius of the points given, metres; a column ``uncertainty_m`` of `places` wins over it.
    progress : callable
        Told how many distinct addresses are done.

    Returns
    -------
    DataFrame
        ``case_id``, ``role`` and `GEOCODES`, one row per row of `places` in the same order, index
        0 to n - 1.

    Raises
    ------
    DataError
        If `places` breaks its contract.
    """
    CASE_PLACES.validate(places, source="case places")
    rows = places.reset_index(drop=True)
    dates = None if report_dates is None else rows["case_id"].map(report_dates)
    answers = geocoder.geocode(rows["address"], dates=dates, progress=progress)
    lon = rows["lon"].to_numpy(dtype=np.float64, na_value=np.nan)
    lat = rows["lat"].to_numpy(dtype=np.float64, na_value=np.nan)
    located = geocoder.locate(lon, lat)
    given = np.isfinite(lon) & np.isfinite(lat)
    radius_m = _radii(rows, uncertainty_m)
    taken = np.flatnonzero(given & (located >= 0))
    before = answers.loc[taken].to_dict("records")
    after = [
        _by_point(geocoder, answer, _Point(lon[row], lat[row], radius_m[row], int(located[row])))
        for row, answer in zip(taken, before, strict=True)
    ]
    if after:
        replaced = pd.DataFrame(after, index=taken).astype(answers.dtypes.to_dict())
        answers.loc[taken] = replaced
    _say_unused(geocoder, answers, given & (located < 0), "point-outside")
    _say_unused(geocoder, answers, np.isfinite(lon) ^ np.isfinite(lat), "point-partial")
    answers.insert(0, "case_id", rows["case_id"])
    answers.insert(1, "role", rows["role"])
    return answers


def _radii(rows: pd.DataFrame, otherwise: float) -> npt.NDArray[np.float64]:
    if "uncertainty_m" not in rows.columns:
        return np.full(len(rows), otherwise)
    given = pd.to_numeric(rows["uncertainty_m"], errors="coerce").fillna(otherwise)
    return np.asarray(given, dtype=np.float64)


def _say_unused(geocoder: Geocoder, answers: pd.DataFrame, rows: npt.NDArray[np.bool_], key: str) -> None:
    clause = say(key, geocoder.language)
    answers.loc[rows, "geo_reason"] = clause + "; " + answers.loc[rows, "geo_reason"]


def _by_point(geocoder: Geocoder, answer: dict[str, Any], point: _Point) -> dict[str, Any]:
    """Answer with the point given, keeping what the address says about it."""
    language = geocoder.language
    code = geocoder.codes_2025[point.commune]
    clauses = [say("point", language)]
    score = _POINT_SCORE
    code_2021 = geocoder.only_predecessor(code)
    if answer["geo_status"] != GeoStatus.NONE.value:
        beyond_m = _beyond(answer, code, point)
        if beyond_m > CONFLICT_M:
            score = _CONFLICT_SCORE
            clauses.append(say("conflict", language, unit=answer["geo_name"], km=round(beyond_m / 1000, 1)))
        else:
            clauses.append(say("point-agrees", language))
            if answer["geo_level"] not in _WIDE:
                score = _AGREED_SCORE
            if code_2021 is None and not pd.isna(answer["geo_commune_code_2021"]):
                code_2021 = answer["geo_commune_code_2021"]
    return {
        "geo_status": GeoStatus.MATCH.value,
        "geo_level": MatchLevel.ADDRESS.value,
        "geo_score": score,
        "geo_commune_code": code,
        "geo_commune_code_2021": code_2021,
        "geo_lon": point.lon,
        "geo_lat": point.lat,
        "geo_uncertainty_m": point.radius_m,
        "geo_name": geocoder.full_name_2025(code),
        "geo_candidates": "[]",
        "geo_reason": "; ".join(clauses),
    }


def _beyond(answer: dict[str, Any], code: str, point: _Point) -> float:
    """How far the point lies beyond what the address means, metres; 0 inside it."""
    if answer["geo_commune_code"] == code or f'"{code}"' in answer["geo_candidates"]:
        return 0.0
    away = distance_m(answer["geo_lon"], answer["geo_lat"], point.lon, point.lat)
    return max(0.0, float(np.ravel(away)[0]) - float(answer["geo_uncertainty_m"]))
