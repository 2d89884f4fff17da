"""Geocodes: what was answered, for which version of a place, from which inputs, by hand or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy.engine import Connection

from geozone.errors import DataError, NotFoundError
from geozone.schema import CASE_PLACES, GEOCODES, Column
from geozone.store.changes import key_of
from geozone.store.frames import among, insert, moment, read
from geozone.store.records import append_audit
from geozone.store.sealed import open_frame

__all__ = ["Besides", "GeocodeReport", "inputs_of", "read_geocodes", "read_pending", "save_geocodes"]

Besides = Callable[[object], str]
"""Tells of an address what its answer alone rests on; empty for nothing."""

_KEY = ("case_id", "role")
_KEY_COLUMNS = CASE_PLACES.columns[:2]
_REVISION = Column("revision", "integer", "version of the place")
_INPUTS = Column("inputs", "string", "what the answer rests on")
_PLACE_REVISION = Column("place_revision", "integer", "version of the place geocoded")
_MANUAL = Column("manual", "boolean", "set by hand")
_FEW = 500  # cases that are read one by one; of more, every place is
_TOLD = ("geo_status", "geo_level", "geo_commune_code")


@dataclass(frozen=True, slots=True)
class GeocodeReport:
    """What became of a batch of geocodes.

    Attributes
    ----------
    saved : int
        Answers now in the store.
    kept_manual : int
        Answers left out because a person has set the place.
    outdated : int
        Answers left out because the place has changed or gone since it was read; it stays pending.
    """

    saved: int
    kept_manual: int
    outdated: int


def read_geocodes(connection: Connection, *, cases: Sequence[str] | None = None) -> pd.DataFrame:
    """Read every geocode.

    Parameters
    ----------
    connection : Connection
        Where to read.
    cases : sequence of str, optional
        Only those of these cases.

    Returns
    -------
    DataFrame
        ``case_id, role``, the ``GEOCODES`` columns, ``manual``, and ``outdated``: whether the place has
        changed since. In the order in which the places came.
    """
    columns = [
        Column(f"g.{column.name}", column.kind, column.description)
        for column in (*_KEY_COLUMNS, *GEOCODES.columns, _MANUAL, _PLACE_REVISION)
    ]
    columns.append(Column("p.revision", "integer", "version of the place"))
    found = read(
        connection,
        "geocodes g JOIN case_places p ON p.case_id = g.case_id AND p.role = g.role",
        columns,
        tail="ORDER BY p.seq" if cases is None else f"{among('p.case_id', cases)} ORDER BY p.seq",
        values=() if cases is None else tuple(cases),
    )
    found = open_frame(connection, "geocodes", found)
    found["outdated"] = found["place_revision"] != found["revision"]
    return found.drop(columns=["place_revision", "revision"])


def read_pending(connection: Connection, inputs: str, besides: Besides | None = None) -> pd.DataFrame:
    """Read the places whose geocode is missing, or was made from another place or other inputs.

    Parameters
    ----------
    connection : Connection
        Where to read.
    inputs : str
        Fingerprint of the geocoder and of the outlines in force.
    besides : callable, optional
        Tells of an address what its answer alone rests on besides: `inputs_of` puts it after the fingerprint.

    Returns
    -------
    DataFrame
        ``CASE_PLACES`` and ``revision``; never a place that a person has set.
    """
    columns = [
        Column(f"p.{column.name}", column.kind, column.description)
        for column in (*CASE_PLACES.columns, _REVISION)
    ]
    where = "case_places p LEFT JOIN geocodes g ON g.case_id = p.case_id AND g.role = p.role"
    if besides is None:
        found = read(
            connection,
            where,
            columns,
            tail=(
                "WHERE g.case_id IS NULL OR "
                "(NOT g.manual AND (g.inputs <> ? OR g.place_revision <> p.revision)) ORDER BY p.seq"
            ),
            values=(inputs,),
        )
        return open_frame(connection, "case_places", found)
    found = read(
        connection,
        where,
        [*columns, Column("g.inputs", "string", ""), Column("g.place_revision", "integer", "")],
        tail="WHERE g.case_id IS NULL OR NOT g.manual ORDER BY p.seq",
    )
    found = open_frame(connection, "case_places", found)
    fresh = (found["place_revision"] == found["revision"]).fillna(False).to_numpy(dtype=bool)
    wanted = np.array(inputs_of(found["address"], inputs, besides), dtype=object)
    fresh &= found["inputs"].fillna("").to_numpy(dtype=object) == wanted
    return found[~fresh].drop(columns=["inputs", "place_revision"]).reset_index(drop=True)


def inputs_of(addresses: pd.Series, inputs: str, besides: Besides) -> list[str]:
    """Name what the answer of each address rests on.

    Parameters
    ----------
    addresses : Series of str
        As written; missing ones too.
    inputs : str
        What all rest on.
    besides : callable
        Tells of an address what it alone rests on; empty for nothing.

    Returns
    -------
    list of str
        One each.
    """
    known: dict[object, str] = {}
    result = []
    for address in addresses.to_numpy(dtype=object):
        key = address if isinstance(address, str) else None
        if key not in known:
            own = besides(key)
            known[key] = f"{inputs}+{own}" if own else inputs
        result.append(known[key])
    return result


def save_geocodes(
    connection: Connection,
    answers: pd.DataFrame,
    *,
    geocoded_at: datetime,
    actor: str,
    inputs: str,
    manual: bool,
    made_from: pd.DataFrame | None,
    besides: Besides | None = None,
) -> GeocodeReport:
    """Save answers in an open transaction.

    Parameters
    ----------
    connection : Connection
        A write transaction.
    answers : DataFrame
        ``case_id, role`` and the ``GEOCODES`` columns.
    geocoded_at : datetime
        Time of geocoding, with zone.
    actor : str
        Who asked.
    inputs : str
        Fingerprint of the geocoder and of the outlines used.
    manual : bool
        Whether a person has set these: no batch overwrites them.
    made_from : DataFrame or None
        The pending places that were geocoded, with their ``revision``; without it, the places as they
        are now.
    besides : callable, optional
        Tells of an address of ``made_from`` what its answer alone rests on besides.

    Returns
    -------
    GeocodeReport
        What was saved and what was not.

    Raises
    ------
    DataError
        If the answers break their contract.
    NotFoundError
        If a place set by hand does not exist.
    """
    answers = _checked(answers)
    where = "case_places p LEFT JOIN geocodes g ON g.case_id = p.case_id AND g.role = p.role"
    cases = sorted(set(answers["case_id"]))
    few = cases if 0 < len(cases) <= _FEW else []
    stored = read(
        connection,
        where,
        [
            Column("p.case_id", "string", ""),
            Column("p.role", "string", ""),
            _REVISION,
            _MANUAL,
            *(Column(f"g.{name}", "string", "") for name in _TOLD),
        ],
        tail=among("p.case_id", few) if few else "",
        values=few,
    )
    position = pd.Index(key_of(stored, _KEY)).get_indexer(pd.Index(key_of(answers, _KEY)))
    known = position >= 0
    if manual and not known.all():
        raise NotFoundError(f"{int((~known).sum())} of the places set by hand do not exist")
    now = stored["revision"].take(np.where(known, position, 0)) if len(stored) else stored["revision"]
    held = stored["manual"].fillna(False).to_numpy(dtype=bool)
    pinned = known & (held[position] if len(held) else known) & (not manual)
    revision, current = _revisions(answers, made_from, known, now)
    saved = current & ~pinned
    rest_on = _inputs_of_answers(answers, inputs, made_from, besides)
    table = answers[saved].assign(place_revision=revision[saved], inputs=rest_on[saved])
    names = [column.name for column in (*GEOCODES.columns, _PLACE_REVISION, _INPUTS)]
    constants = {
        "manual": manual,
        "geocoded_at": moment(connection, geocoded_at),
    }
    sets = ", ".join(f"{name} = excluded.{name}" for name in [*names, *constants])
    insert(
        connection,
        "geocodes",
        table,
        (*_KEY_COLUMNS, *GEOCODES.columns, _PLACE_REVISION, _INPUTS),
        constants,
        tail=f"ON CONFLICT (case_id, role) DO UPDATE SET {sets}",
    )
    report = GeocodeReport(int(saved.sum()), int(pinned.sum()), int((~current & ~pinned).sum()))
    if manual:
        before = stored.take(position[saved]).reset_index(drop=True)
        _tell_pins(connection, table.reset_index(drop=True), before, at=geocoded_at, actor=actor)
    elif report.saved:
        _tell_batch(connection, table, report, at=geocoded_at, actor=actor, inputs=inputs)
    return report


def _inputs_of_answers(
    answers: pd.DataFrame, inputs: str, made_from: pd.DataFrame | None, besides: Besides | None
) -> npt.NDArray[np.object_]:
    if besides is None or made_from is None:
        return np.full(len(answers), inputs, dtype=object)
    position = pd.Index(key_of(made_from, _KEY)).get_indexer(pd.Index(key_of(answers, _KEY)))
    each = inputs_of(made_from["address"], inputs, besides)
    return np.array([each[at] for at in position], dtype=object)


def _checked(answers: pd.DataFrame) -> pd.DataFrame:
    faults = [fault._replace(found="a value that does not fit") for fault in GEOCODES.faults(answers)]
    if faults:
        raise DataError("geocodes", faults)
    return GEOCODES.conform(answers)


def _revisions(
    answers: pd.DataFrame, made_from: pd.DataFrame | None, known: np.ndarray, now: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Version of the place each answer was made from, and whether that is still the place's version."""
    if not len(now):
        return np.zeros(len(answers), dtype="int64"), known
    stored = now.to_numpy(dtype="int64")
    if made_from is None:
        return stored, known
    position = pd.Index(key_of(made_from, _KEY)).get_indexer(pd.Index(key_of(answers, _KEY)))
    if (position < 0).any():
        raise ValueError("answers for places that are not among those they were made from")
    used = made_from["revision"].to_numpy(dtype="int64")[position]
    return used, known & (used == stored)


def _tell_pins(
    connection: Connection, table: pd.DataFrame, before: pd.DataFrame, *, at: datetime, actor: str
) -> None:
    entries = []
    for row in range(len(table)):
        old = {name: before[name].iloc[row] for name in _TOLD}
        new = {name: table[name].iloc[row] for name in _TOLD}
        detail = {
            "role": table["role"].iloc[row],
            "old": {name: None if pd.isna(value) else value for name, value in old.items()},
            "new": {name: None if pd.isna(value) else value for name, value in new.items()},
        }
        entries.append((table["case_id"].iloc[row], detail))
    append_audit(connection, at=at, actor=actor, action="place-set-by-hand", entries=entries)


def _tell_batch(
    connection: Connection,
    table: pd.DataFrame,
    report: GeocodeReport,
    *,
    at: datetime,
    actor: str,
    inputs: str,
) -> None:
    detail = {
        "saved": report.saved,
        "kept_manual": report.kept_manual,
        "outdated": report.outdated,
        "by_status": {str(k): int(v) for k, v in table["geo_status"].value_counts().items()},
        "inputs": inputs,
    }
    append_audit(connection, at=at, actor=actor, action="geocode", entries=[("places", detail)])
