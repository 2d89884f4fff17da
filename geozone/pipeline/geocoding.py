"""Geocode what is pending, and keep what people decide about the doubtful ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from geozone import __version__, geodesy
from geozone.admin import AdminUnits, load_crosswalk, load_names, load_units
from geozone.errors import NotFoundError
from geozone.geocoding import Geocoder, geocode_places
from geozone.schema import GEOCODES
from geozone.types import Edition, GeoStatus, MatchLevel, Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["build_geocoder", "geocode_pending", "geocoded_cases", "pin_commune", "pin_point"]

_PIN_UNCERTAINTY_M = 25.0


def build_geocoder(units: AdminUnits, *, ward_changes: pd.DataFrame | None = None) -> Geocoder:
    """Build the geocoder on the outlines in force.

    Parameters
    ----------
    units : AdminUnits
        The outlines in force, current edition.
    ward_changes : DataFrame, optional
        `WARD_CHANGES`: the record of former communes in force.

    Returns
    -------
    Geocoder
        Knows both editions.
    """
    return Geocoder(
        units.communes,
        load_units(Edition.E2021).communes,
        load_crosswalk(),
        aliases_2025=load_names(Edition.E2025),
        aliases_2021=load_names(Edition.E2021),
        ward_changes=ward_changes,
    )


def geocode_pending(
    workspace: Workspace,
    *,
    units: AdminUnits | None = None,
    geocoded_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> int:
    """Geocode every place that has no answer yet, or whose answer rests on other outlines.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    units : AdminUnits, optional
        The outlines in force, if they have been read already.
    geocoded_at : datetime
        Time of geocoding, with zone.
    actor : str
        Who asked.
    progress : callable
        Told of rows done.

    Returns
    -------
    int
        Places geocoded now; manual pins are never touched.
    """
    fingerprint = f"{__version__}:{workspace.units_digest() or 'embedded'}"
    if record := workspace.ward_changes_digest():
        fingerprint += f":{record}"
    pending = workspace.store.pending_places(fingerprint)
    if pending.empty:
        return 0
    dates = workspace.store.cases().set_index("case_id")["report_date"]
    geocoder = build_geocoder(units or workspace.units(), ward_changes=workspace.ward_changes())
    answers = geocode_places(geocoder, pending, dates, progress=progress)
    workspace.store.save_geocodes(
        answers, geocoded_at=geocoded_at, actor=actor, inputs=fingerprint, made_from=pending
    )
    return len(answers)


def geocoded_cases(workspace: Workspace) -> pd.DataFrame:
    """Join cases, their places and the geocodes: the table that ``draw`` takes.

    Parameters
    ----------
    workspace : Workspace
        Where from.

    Returns
    -------
    DataFrame
        One row per case and place; private.
    """
    cases = workspace.store.cases()
    geocodes = workspace.store.geocodes().drop(columns=["outdated"])
    return cases.merge(geocodes, on="case_id", how="inner", validate="1:m")


def pin_commune(
    workspace: Workspace, case_id: str, role: str, code: str, *, pinned_at: datetime, actor: str
) -> str:
    """Say by hand which commune a place is in; a re-run never overwrites it.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    case_id, role : str
        The place.
    code : str
        Commune, current edition.
    pinned_at : datetime
        Time, with zone.
    actor : str
        Who decides.

    Returns
    -------
    str
        Full name of the commune.

    Raises
    ------
    NotFoundError
        If there is no such place or commune.
    """
    communes = workspace.units().communes
    found = communes[communes["code"] == code]
    if found.empty:
        raise NotFoundError(f"no commune has the code {code!r}")
    unit = found.iloc[0]
    name = f"{unit['full_name']}, {unit['province_name']}"
    radius_m = float(np.sqrt(geodesy.area_km2([unit["geometry"]])[0] / np.pi) * 1000)
    _pin(
        workspace,
        case_id,
        role,
        {
            "geo_level": str(MatchLevel.COMMUNE),
            "geo_commune_code": code,
            "geo_lon": float(unit["lon"]),
            "geo_lat": float(unit["lat"]),
            "geo_uncertainty_m": radius_m,
            "geo_name": name,
            "geo_reason": f"commune chosen by hand by {actor}",
        },
        pinned_at=pinned_at,
        actor=actor,
    )
    return name


def pin_point(
    workspace: Workspace, case_id: str, role: str, lon: float, lat: float, *, pinned_at: datetime, actor: str
) -> str:
    """Put a place on a point by hand; a re-run never overwrites it.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    case_id, role : str
        The place.
    lon, lat : float
        The point, degrees WGS 84.
    pinned_at : datetime
        Time, with zone.
    actor : str
        Who decides.

    Returns
    -------
    str
        Full name of the commune that holds the point.

    Raises
    ------
    NotFoundError
        If there is no such place, or the point is in no commune.
    """
    units = workspace.units()
    position = int(units.index.locate(np.array([lon]), np.array([lat]))[0])
    if position < 0:
        raise NotFoundError(f"the point {lon}, {lat} is in no commune (longitude first?)")
    unit = units.communes.iloc[position]
    name = f"{unit['full_name']}, {unit['province_name']}"
    _pin(
        workspace,
        case_id,
        role,
        {
            "geo_level": str(MatchLevel.ADDRESS),
            "geo_commune_code": unit["code"],
            "geo_lon": lon,
            "geo_lat": lat,
            "geo_uncertainty_m": _PIN_UNCERTAINTY_M,
            "geo_name": name,
            "geo_reason": f"point set by hand by {actor}",
        },
        pinned_at=pinned_at,
        actor=actor,
    )
    return name


def _pin(
    workspace: Workspace,
    case_id: str,
    role: str,
    found: Mapping[str, object],
    *,
    pinned_at: datetime,
    actor: str,
) -> None:
    places = workspace.store.places()
    if not bool(((places["case_id"] == case_id) & (places["role"] == role)).any()):
        raise NotFoundError(f"case {case_id!r} has no {role} place")
    row = {
        "case_id": case_id,
        "role": role,
        "geo_status": str(GeoStatus.MATCH),
        "geo_score": 1.0,
        "geo_commune_code_2021": None,
        "geo_candidates": "[]",
        **found,
    }
    answers = GEOCODES.conform(pd.DataFrame([row]))
    workspace.store.save_geocodes(answers, geocoded_at=pinned_at, actor=actor, inputs="manual", manual=True)
