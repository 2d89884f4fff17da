"""Geocode what is pending, by what reviewers decided and taught where they did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from geozone.admin import AdminUnits, load_crosswalk, load_names, load_units
from geozone.geocoding import Geocoder, geocode_places
from geozone.geocoding.knowledge import TaughtPhrases, package_knowledge
from geozone.places import Gazetteer
from geozone.review import address_keys
from geozone.types import Edition, Progress, no_progress
from geozone.workspace import Workspace

__all__ = ["build_geocoder", "geocode_pending", "geocoded_cases", "workspace_geocoder"]


def build_geocoder(
    units: AdminUnits,
    *,
    ward_changes: pd.DataFrame | None = None,
    taught: pd.DataFrame | None = None,
    gazetteer: Gazetteer | None = None,
) -> Geocoder:
    """Build the geocoder on the outlines in force.

    Parameters
    ----------
    units : AdminUnits
        The outlines in force, current edition.
    ward_changes : DataFrame, optional
        `WARD_CHANGES`: the record of former communes in force.
    taught : DataFrame, optional
        ``alias, code, edition``: what reviewers taught.
    gazetteer : Gazetteer, optional
        The streets, house numbers and hamlets in force.

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
        taught=taught,
        gazetteer=gazetteer,
    )


def workspace_geocoder(workspace: Workspace, units: AdminUnits) -> Geocoder:
    """Build the geocoder that the answers of a workspace rest on.

    Parameters
    ----------
    workspace : Workspace
        Whose former communes, streets and taught aliases.
    units : AdminUnits
        The outlines in force.

    Returns
    -------
    Geocoder
        Knows all that was imported and taught.
    """
    return build_geocoder(
        units,
        ward_changes=workspace.ward_changes(),
        taught=taught_aliases(workspace, units),
        gazetteer=workspace.gazetteer(),
    )


def taught_aliases(workspace: Workspace, units: AdminUnits) -> pd.DataFrame:
    """Read the aliases that reviewers taught and that mean a commune of the outlines in force.

    Parameters
    ----------
    workspace : Workspace
        Where from.
    units : AdminUnits
        The outlines in force.

    Returns
    -------
    DataFrame
        Private: ``alias, code, edition``, oldest first.
    """
    taught = workspace.store.aliases()[["alias", "code", "edition"]]
    known = taught["code"].isin(units.communes["code"]) | (taught["edition"] != str(units.edition))
    return taught[known].reset_index(drop=True)


def geocode_pending(
    workspace: Workspace,
    *,
    units: AdminUnits | None = None,
    geocoded_at: datetime,
    actor: str,
    progress: Progress = no_progress,
) -> int:
    """Geocode every place that has no answer yet, or whose answer rests on other outlines or places.

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
        Places geocoded now. A place set by hand is never touched; one whose address was decided about
        before takes that decision.
    """
    units = units or workspace.units()
    fingerprint = _fingerprint(workspace)
    taught = TaughtPhrases(taught_aliases(workspace, units).itertuples(index=False, name=None))
    besides = taught.digest if len(workspace.store.aliases(forgotten=True)) else None
    _hold_to_decisions(workspace, fingerprint, besides, at=geocoded_at, actor=actor)
    pending = workspace.store.pending_places(fingerprint, besides=besides)
    if pending.empty:
        return 0
    dates = workspace.store.cases().set_index("case_id")["report_date"]
    answers = geocode_places(workspace_geocoder(workspace, units), pending, dates, progress=progress)
    workspace.store.save_geocodes(
        answers,
        geocoded_at=geocoded_at,
        actor=actor,
        inputs=fingerprint,
        made_from=pending,
        besides=besides,
    )
    return len(answers)


def _fingerprint(workspace: Workspace) -> str:
    """Name what all answers rest on: the way of reading, the data of the package, and what was imported."""
    parts = (workspace.units_digest(), workspace.ward_changes_digest(), workspace.gazetteer_digest())
    return ":".join([package_knowledge(), *(part or "none" for part in parts)])


def _hold_to_decisions(
    workspace: Workspace,
    fingerprint: str,
    besides: Callable[[object], str] | None,
    *,
    at: datetime,
    actor: str,
) -> None:
    """Settle new places of addresses decided about before, and keep pins whose address is the same."""
    store = workspace.store
    if not store.has_decisions():
        return
    dates = store.cases().set_index("case_id")["report_date"]
    pending = store.pending_places(fingerprint, besides=besides)
    if len(pending):
        pending["report_date"] = pending["case_id"].map(dates)
        pending["address_key"] = address_keys(pending)
        store.apply_standing(pending[["case_id", "role", "address_key"]], at=at, actor=actor)
    places = store.review_places()
    moved = places["manual"].fillna(False) & (places["place_revision"] != places["revision"])
    outdated = places[moved.to_numpy(dtype=bool)].reset_index(drop=True)
    if len(outdated):
        outdated["address_key"] = address_keys(outdated)
        store.confirm_pins(outdated[["case_id", "role", "address_key"]])


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
