"""What a doubtful address is about, for the access policy: where it may lie, and which disease."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from geozone.access import Resource
from geozone.workspace import Workspace

__all__ = ["Within", "provinces_of", "resource_of_commune", "resource_of_places", "visible_places"]

Within = Callable[[Resource], bool]
"""Tells whether something lies within the limits of the one who asks."""


def resource_of_places(places: pd.DataFrame, provinces: Mapping[str, str]) -> Resource:
    """Tell what some places are about.

    Parameters
    ----------
    places : DataFrame
        Rows of ``read_places``.
    provinces : mapping of str to str
        Province of each commune.

    Returns
    -------
    Resource
        For each place the communes that it may lie in, with their provinces: it concerns those who are
        responsible for any of them. A place that may lie anywhere concerns only those without limits.
    """
    names = ("geo_commune_code", "geo_candidates")
    areas = tuple(
        _codes(commune, candidates, provinces)
        for commune, candidates in zip(*(places[name] for name in names), strict=True)
    )
    return Resource(areas, {"disease": frozenset(places["disease"].astype(str))})


def resource_of_commune(code: str, provinces: Mapping[str, str]) -> Resource:
    """Tell what a commune is about.

    Parameters
    ----------
    code : str
        Its code.
    provinces : mapping of str to str
        Province of each commune.

    Returns
    -------
    Resource
        The commune and its province.
    """
    return Resource((tuple(part for part in (code, provinces.get(code)) if part),))


def visible_places(places: pd.DataFrame, workspace: Workspace, within: Within) -> frozenset[tuple[str, str]]:
    """Find the places that lie within limits.

    Parameters
    ----------
    places : DataFrame
        Of ``read_places``.
    workspace : Workspace
        Where the communes are.
    within : callable
        The limits.

    Returns
    -------
    frozenset of (str, str)
        Case and role.
    """
    provinces = provinces_of(workspace)
    alike: dict[tuple[Any, ...], bool] = {}
    found = set()
    for row in places[["case_id", "role", "geo_commune_code", "geo_candidates", "disease"]].itertuples(
        index=False
    ):
        kind = (row.geo_commune_code, row.geo_candidates, row.disease)
        if kind not in alike:
            area = _codes(row.geo_commune_code, row.geo_candidates, provinces)
            alike[kind] = within(Resource((area,), {"disease": frozenset({str(row.disease)})}))
        if alike[kind]:
            found.add((str(row.case_id), str(row.role)))
    return frozenset(found)


def provinces_of(workspace: Workspace) -> dict[str, str]:
    """Map communes to their provinces.

    Parameters
    ----------
    workspace : Workspace
        Where the communes are.

    Returns
    -------
    dict of str to str
        Province of each commune.
    """
    communes = workspace.units().communes
    return dict(zip(communes["code"].astype(str), communes["province_code"].astype(str), strict=True))


def _codes(commune: Any, candidates: Any, provinces: Mapping[str, str]) -> tuple[str, ...]:
    listed = [] if pd.isna(candidates) else json.loads(candidates)
    codes = {str(one["code"]) for one in listed} | (set() if pd.isna(commune) else {str(commune)})
    return tuple(sorted(codes | {provinces[code] for code in codes if code in provinces}))
