"""Identifiers erased: of one case, of cases before a day, or of all that the outbreak keeps no longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geozone import geodesy
from geozone.errors import NotFoundError
from geozone.store import Erased

if TYPE_CHECKING:
    from pathlib import Path

    from geozone.workspace import Workspace

__all__ = ["Erasure", "Points", "Retention", "erase_before", "erase_cases", "retention", "set_retention"]

_SETTING = "retention"


class Points(StrEnum):
    """What becomes of the points of erased cases."""

    KEEP = "keep"
    COMMUNE = "commune"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long identifiers are kept.

    Attributes
    ----------
    days : int
        Days after the day a case was reported, or fell ill if that is later.
    points : Points
        What becomes of the points then.
    """

    days: int
    points: Points

    def first_kept(self, as_of: date) -> date:
        """Tell the first day whose cases keep their identifiers.

        Parameters
        ----------
        as_of : date
            Today.

        Returns
        -------
        date
            Everything before it is erased.
        """
        return as_of - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did, or would do.

    Attributes
    ----------
    erased : Erased
        In the database.
    files : tuple of str
        Files that were removed: the list of addresses not placed, which the next draft makes anew, and files
        of rejected rows that are older than what is erased.
    rejects : tuple of str
        Files of rejected rows that are still there: whether the person is in one is for somebody to look.
    backups : tuple of (datetime, str)
        Backups made before, which still hold what was erased.
    """

    erased: Erased
    files: tuple[str, ...]
    rejects: tuple[str, ...]
    backups: tuple[tuple[datetime, str], ...]


def retention(workspace: Workspace) -> Retention | None:
    """Read how long identifiers are kept.

    Parameters
    ----------
    workspace : Workspace
        Of which outbreak.

    Returns
    -------
    Retention or None
        None where nothing was said: for ever.
    """
    found: dict[str, Any] | None = workspace.store.setting(_SETTING)
    return None if found is None else Retention(int(found["days"]), Points(found["points"]))


def set_retention(workspace: Workspace, wanted: Retention | None, *, at: datetime, actor: str) -> None:
    """Say how long identifiers are kept.

    Parameters
    ----------
    workspace : Workspace
        Of which outbreak.
    wanted : Retention or None
        None for ever.
    at : datetime
        When, with zone.
    actor : str
        Who says so.

    Raises
    ------
    StoreError
        If the database refuses; nothing changes.
    """
    value = None if wanted is None else {"days": wanted.days, "points": str(wanted.points)}
    workspace.store.set_setting(_SETTING, value, set_at=at, actor=actor)


def erase_cases(
    workspace: Workspace,
    ids: list[str],
    *,
    points: Points,
    reason: str,
    at: datetime,
    actor: str,
    dry_run: bool = False,
) -> Erasure:
    """Erase the identifiers of some cases.

    Parameters
    ----------
    workspace : Workspace
        Where.
    ids : list of str
        The cases; at least one.
    points : Points
        What becomes of their points.
    reason : str
        Why, free of identifiers: it is kept.
    at : datetime
        When, with zone.
    actor : str
        Who erases.
    dry_run : bool
        Whether only to tell what would be done.

    Returns
    -------
    Erasure
        What was done.

    Raises
    ------
    NotFoundError
        If there is no such case; nothing changes.
    StoreError
        If the database refuses; nothing changes.
    """
    known = set(workspace.store.cases(only=ids)["case_id"])
    strange = [case_id for case_id in ids if case_id not in known]
    if strange:
        raise NotFoundError(f"there is no case {strange[0]!r}")
    erased = _erase(workspace, ids, points, reason=reason, at=at, actor=actor, dry_run=dry_run)
    files = _remove(_lists_of_unplaced(workspace), dry_run=dry_run)
    return Erasure(erased, files, _names(_rejects(workspace)), _backups(workspace, at))


def erase_before(
    workspace: Workspace,
    before: date,
    *,
    points: Points,
    reason: str,
    at: datetime,
    actor: str,
    dry_run: bool = False,
) -> Erasure:
    """Erase the identifiers of all cases before a day, and files of rejected rows written before it.

    Parameters
    ----------
    workspace : Workspace
        Where.
    before : date
        Cases reported, and fallen ill where that is known, before it.
    points : Points
        What becomes of their points.
    reason : str
        Why, free of identifiers: it is kept.
    at : datetime
        When, with zone.
    actor : str
        Who erases.
    dry_run : bool
        Whether only to tell what would be done.

    Returns
    -------
    Erasure
        What was done.

    Raises
    ------
    StoreError
        If the database refuses; nothing changes.
    """
    ids = workspace.store.cases_to_erase(before)
    erased = _erase(workspace, ids, points, reason=reason, at=at, actor=actor, dry_run=dry_run)
    limit = datetime(before.year, before.month, before.day, tzinfo=UTC).timestamp()
    old = [path for path in _rejects(workspace) if path.stat().st_mtime < limit]
    left = [path for path in _rejects(workspace) if path not in old]
    files = _remove([*old, *(_lists_of_unplaced(workspace) if ids else ())], dry_run=dry_run)
    return Erasure(erased, files, _names(left), _backups(workspace, at))


def _erase(
    workspace: Workspace,
    ids: list[str],
    points: Points,
    *,
    reason: str,
    at: datetime,
    actor: str,
    dry_run: bool,
) -> Erased:
    communes = None if points is Points.KEEP else _communes(workspace)
    return workspace.store.erase_identifiers(
        ids, at=at, actor=actor, reason=reason, communes=communes, dry_run=dry_run
    )


def _communes(workspace: Workspace) -> pd.DataFrame:
    """Give the point of each commune, and the radius of a disc as large as it is."""
    found = workspace.units().communes
    radius_m = np.sqrt(geodesy.area_km2(found.geometry.to_numpy()) / np.pi) * 1000
    return pd.DataFrame(found[["code", "lon", "lat"]]).assign(radius_m=radius_m)


def _rejects(workspace: Workspace) -> list[Path]:
    return sorted((workspace.root / "rejects").glob("*.csv"))


def _lists_of_unplaced(workspace: Workspace) -> list[Path]:
    return sorted((workspace.root / "drafts").glob("*.csv"))


def _remove(paths: list[Path], *, dry_run: bool) -> tuple[str, ...]:
    for path in () if dry_run else paths:
        path.unlink(missing_ok=True)
    return _names(paths)


def _names(paths: list[Path]) -> tuple[str, ...]:
    return tuple(path.name for path in paths)


def _backups(workspace: Workspace, at: datetime) -> tuple[tuple[datetime, str], ...]:
    told = workspace.store.audit()
    made = told[(told["action"] == "access:backup") & (told["at"] <= at)]
    return tuple(zip(made["at"].tolist(), made["subject"].tolist(), strict=True))
