"""What a reviewer decides about a doubtful address: accept, choose, pin, reject, undo; what it teaches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from geozone import geodesy
from geozone.admin import load_crosswalk
from geozone.errors import DataError, Fault, NotFoundError
from geozone.pipeline.asking import Asked, Reviewer, ask, first_option, rank_of
from geozone.pipeline.teaching import lesson
from geozone.review import OptionKind
from geozone.schema import GEOCODES
from geozone.store import Decision
from geozone.types import GeoStatus, MatchLevel, ReviewAction, ReviewScope
from geozone.workspace import Workspace

__all__ = ["PIN_UNCERTAINTY_M", "Decided", "Reviewer", "accept", "choose", "pin", "reject", "undo"]

PIN_UNCERTAINTY_M = 25.0
"""Radius of a point set by hand without one, metres: that of a house found on a map."""
_MOST_UNCERTAIN_M = 5_000.0
_GEO = [column.name for column in GEOCODES.columns]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did.

    Attributes
    ----------
    decision : int
        Its number.
    places : int
        Places that it set.
    people : int
        People of these cases.
    name : str or None
        Where they are now; none for nowhere.
    alias : str or None
        Private: the phrase it taught; none where the address holds nothing fit to be taught.
    """

    decision: int
    places: int
    people: int
    name: str | None
    alias: str | None


def accept(workspace: Workspace, reference: str, reviewer: Reviewer, *, reason: str | None = None) -> Decided:
    """Take the geocoder's first answer.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    reference : str
        A place as the queue names it, or a case.
    reviewer : Reviewer
        Who decides, when, for which places.
    reason : str, optional
        Why.

    Returns
    -------
    Decided
        What was done.

    Raises
    ------
    NotFoundError
        If there is no such place, or the geocoder has no answer.
    ConflictError
        If the address changed or was decided about since the reviewer looked.
    """
    asked = ask(workspace, reference, reviewer)
    option = first_option(asked)
    if option.code is None:
        raise NotFoundError(
            "the geocoder has no answer to accept here: choose a commune, pin a point or reject"
        )
    if option.kind is OptionKind.COMMUNE:
        answer = _commune_answer(asked, option.code, reviewer.actor)
    else:
        kept = asked.first[_GEO].to_dict()
        answer = kept | {"geo_score": 1.0, "geo_reason": _by(reviewer.actor, "chấp nhận", kept["geo_reason"])}
    return _keep(workspace, asked, reviewer, answer, _Choice(ReviewAction.ACCEPT, option.code, 1, reason))


def choose(
    workspace: Workspace, reference: str, code: str, reviewer: Reviewer, *, reason: str | None = None
) -> Decided:
    """Say which commune the places are in.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    reference : str
        A place as the queue names it, or a case.
    code : str
        Commune, current edition: a candidate or any other.
    reviewer : Reviewer
        Who decides, when, for which places.
    reason : str, optional
        Why.

    Returns
    -------
    Decided
        What was done.

    Raises
    ------
    NotFoundError
        If there is no such place or commune.
    ConflictError
        If the address changed or was decided about since the reviewer looked.
    """
    asked = ask(workspace, reference, reviewer)
    answer = _commune_answer(asked, code, reviewer.actor)
    choice = _Choice(ReviewAction.CHOOSE, code, rank_of(asked, code), reason)
    return _keep(workspace, asked, reviewer, answer, choice)


def pin(
    workspace: Workspace,
    reference: str,
    lon: float,
    lat: float,
    reviewer: Reviewer,
    *,
    uncertainty_m: float = PIN_UNCERTAINTY_M,
    reason: str | None = None,
) -> Decided:
    """Put the places on a point: they are known to the address from then on.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    reference : str
        A place as the queue names it, or a case.
    lon, lat : float
        The point, degrees WGS 84.
    reviewer : Reviewer
        Who decides, when, for which places.
    uncertainty_m : float
        Radius that holds the true place, metres; over 0, at most 5,000.
    reason : str, optional
        Why.

    Returns
    -------
    Decided
        What was done.

    Raises
    ------
    DataError
        If the point is no point or the uncertainty is out of range.
    NotFoundError
        If there is no such place, or the point is in no commune.
    ConflictError
        If the address changed or was decided about since the reviewer looked.
    """
    _check_point(lon, lat, uncertainty_m)
    asked = ask(workspace, reference, reviewer)
    units = asked.units
    position = int(units.index.locate(np.array([lon]), np.array([lat]))[0])
    if position < 0:
        raise NotFoundError("the point is in no commune (longitude first?)")
    code = str(units.communes["code"].iloc[position])
    answer = _commune_answer(asked, code, reviewer.actor) | {
        "geo_level": str(MatchLevel.ADDRESS),
        "geo_lon": lon,
        "geo_lat": lat,
        "geo_uncertainty_m": uncertainty_m,
        "geo_reason": _by(reviewer.actor, "đặt điểm"),
    }
    choice = _Choice(ReviewAction.PIN, code, rank_of(asked, code), reason, lon, lat, uncertainty_m)
    return _keep(workspace, asked, reviewer, answer, choice)


def reject(workspace: Workspace, reference: str, reason: str, reviewer: Reviewer) -> Decided:
    """Say that the places cannot be placed: they stay unplaced, are counted so, and leave the queue.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    reference : str
        A place as the queue names it, or a case.
    reason : str
        Why; it is shown with the case.
    reviewer : Reviewer
        Who decides, when, for which places.

    Returns
    -------
    Decided
        What was done.

    Raises
    ------
    DataError
        If no reason is given.
    NotFoundError
        If there is no such place.
    ConflictError
        If the address changed or was decided about since the reviewer looked.
    """
    if not reason.strip():
        raise DataError("decision", [Fault(None, "reason", "nothing", "why the place cannot be known")])
    asked = ask(workspace, reference, reviewer)
    answer: dict[str, Any] = dict.fromkeys(_GEO) | {
        "geo_status": str(GeoStatus.NONE),
        "geo_level": str(MatchLevel.NONE),
        "geo_score": 0.0,
        "geo_candidates": "[]",
        "geo_reason": _by(reviewer.actor, "xác định không định vị được", reason.strip()),
    }
    choice = _Choice(ReviewAction.REJECT, None, None, reason.strip())
    return _keep(workspace, asked, reviewer, answer, choice)


def undo(workspace: Workspace, decision: int, reviewer: Reviewer, *, reason: str | None = None) -> Decided:
    """Take a decision back: its places are as before it, and what it taught is forgotten.

    Parameters
    ----------
    workspace : Workspace
        Where to.
    decision : int
        Number of the decision.
    reviewer : Reviewer
        Who takes it back, and when.
    reason : str, optional
        Why.

    Returns
    -------
    Decided
        What was done; places decided about again since keep the later decision.

    Raises
    ------
    NotFoundError
        If there is no such decision.
    ConflictError
        If it was taken back already, or is itself a taking back.
    """
    number, restored = workspace.store.undo_decision(
        decision, at=reviewer.at, actor=reviewer.actor, reason=reason
    )
    cases = workspace.store.cases().set_index("case_id")["count"]
    changed = workspace.store.decision_places()
    touched = changed.loc[changed["decision"] == number, "case_id"].drop_duplicates()
    people = int(cases.reindex(touched).fillna(0).sum())
    return Decided(number, restored, people, None, None)


class _Choice(NamedTuple):
    action: ReviewAction
    code: str | None
    rank: int | None
    reason: str | None
    lon: float | None = None
    lat: float | None = None
    uncertainty_m: float | None = None


def _check_point(lon: float, lat: float, uncertainty_m: float) -> None:
    faults = []
    for name, value, limit in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        if not (math.isfinite(value) and abs(value) <= limit):
            faults.append(Fault(None, name, repr(value), f"degrees from {-limit:g} to {limit:g}"))
    if not 0 < uncertainty_m <= _MOST_UNCERTAIN_M:
        found = f"{uncertainty_m!r}"
        faults.append(Fault(None, "uncertainty_m", found, f"metres over 0 and up to {_MOST_UNCERTAIN_M:g}"))
    if faults:
        raise DataError("decision", faults)


def _by(actor: str, what: str, detail: str | None = None) -> str:
    return f"{actor} {what}" + (f": {detail}" if detail else "")


def _commune_answer(asked: Asked, code: str, actor: str) -> dict[str, Any]:
    communes = asked.units.communes
    found = communes[communes["code"] == code]
    if found.empty:
        raise NotFoundError(f"no commune has the code {code!r}")
    unit = found.iloc[0]
    return {
        "geo_status": str(GeoStatus.MATCH),
        "geo_level": str(MatchLevel.COMMUNE),
        "geo_score": 1.0,
        "geo_commune_code": code,
        "geo_commune_code_2021": _old_code(asked, code),
        "geo_lon": float(unit["lon"]),
        "geo_lat": float(unit["lat"]),
        "geo_uncertainty_m": float(np.sqrt(geodesy.area_km2([unit["geometry"]])[0] / np.pi) * 1000),
        "geo_name": f"{unit['full_name']}, {unit['province_name']}",
        "geo_candidates": "[]",
        "geo_reason": _by(actor, "chọn xã, phường"),
    }


def _old_code(asked: Asked, code: str) -> str | None:
    """Find the 2021 commune: the one the address names if it went there, else the only one that did."""
    crosswalk = load_crosswalk()
    olds = crosswalk.loc[crosswalk["code_2025"] == code, "code_2021"]
    named = asked.first["geo_commune_code_2021"]
    if not pd.isna(named) and bool((olds == named).any()):
        return str(named)
    return str(olds.iloc[0]) if len(olds) == 1 else None


def _keep(
    workspace: Workspace, asked: Asked, reviewer: Reviewer, answer: dict[str, Any], choice: _Choice
) -> Decided:
    mine = asked.mine
    answers = GEOCODES.conform(mine[["case_id", "role"]].assign(**answer))
    alias = lesson(asked, reviewer, answer)
    decision = Decision(
        choice.action,
        ReviewScope.CASE if pd.isna(asked.first["address"]) else reviewer.scope,
        str(asked.first["key"]),
        choice.code,
        choice.lon,
        choice.lat,
        choice.uncertainty_m,
        choice.rank,
        choice.reason,
    )
    keys = zip(mine["case_id"], mine["role"], strict=True)
    seen = zip(mine["revision"].astype(int), mine["decision"].astype(int), strict=True)
    number = workspace.store.put_decision(
        decision,
        answers,
        expected=dict(zip(keys, seen, strict=True)),
        alias=alias,
        at=reviewer.at,
        actor=reviewer.actor,
    )
    people = int(mine.drop_duplicates("case_id")["count"].sum())
    return Decided(number, len(mine), people, answer["geo_name"], alias)
