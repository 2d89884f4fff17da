"""Which places are doubtful, and between which answers: places with one address are one doubt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone.geocoding.reasons import say
from geozone.types import GeoStatus, MatchLevel

__all__ = ["SURE_SCORE", "Doubt", "DoubtKind", "Option", "OptionKind", "Reread", "find_doubts"]

SURE_SCORE: Final = 0.9
"""Score from which an answer counts as sure: of these at least 98 % are right."""
_SETTLED_SCORE: Final = 0.88
"""Score from which nobody is asked. Below the sure one are official names that are part of a longer one, and
names of communes merged before: right in 97 of 100, and the text tells a reviewer no more."""
_PLACED: Final = tuple(str(level) for level in MatchLevel if level.rank <= MatchLevel.COMMUNE.rank)
_EVEN: Final = 0.5

Record = Mapping[Any, Any]
"""One row of a table."""
Reread = Callable[[pd.DataFrame], pd.DataFrame]
"""Geocode addresses again without the points given: ``address, report_date`` in, ``GEOCODES`` out."""


class DoubtKind(StrEnum):
    """Why a place is doubtful."""

    TIE = "tie"
    """Several communes fit the address."""
    WIDE = "wide"
    """Known only to a district or province."""
    NONE = "none"
    """Not found at all."""
    CONFLICT = "conflict"
    """The point given is far from what the address says."""
    CONTRADICTION = "contradiction"
    """Parts of the address contradict each other."""
    LOW_SCORE = "low-score"
    """Found, but with a low score."""
    OUTDATED = "outdated"
    """Set by hand, and its address has changed since."""


class OptionKind(StrEnum):
    """What an answer does with the places."""

    COMMUNE = "commune"
    """They are in a commune."""
    AS_IS = "as-is"
    """They are where they are now."""
    ELSEWHERE = "elsewhere"
    """They are not there, and nobody knows where."""


class Option(NamedTuple):
    """One answer to a doubt."""

    kind: OptionKind
    code: str | None
    """Commune, current edition."""
    name: str
    """Full name of what is meant."""
    share: float
    """How likely it is, 0 to 1; the answers of one doubt add up to 1."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Places with one address whose answer is doubtful.

    Attributes
    ----------
    place : int
        Number of the first of the places: names the doubt.
    kind : DoubtKind
        Why it is doubtful.
    key : str
        Private: what the places have in common.
    address : str or None
        Private: the address, as written the first time.
    rows : tuple of int
        Rows of the table of places.
    cases, people : int
        Cases and people affected.
    status, level, reason : str
        The geocoder's answer.
    score : float
        Its score.
    name : str or None
        What it matched.
    options : tuple of Option
        The answers to choose from, likeliest first; none where nothing is known.
    """

    place: int
    kind: DoubtKind
    key: str
    address: str | None
    rows: tuple[int, ...]
    cases: int
    people: int
    status: str
    level: str
    score: float
    name: str | None
    reason: str
    options: tuple[Option, ...]


def find_doubts(table: pd.DataFrame, *, reread: Reread | None = None) -> list[Doubt]:
    """Find the doubtful places, those of one address together.

    Parameters
    ----------
    table : DataFrame
        Private. One row per case and place, index 0 to n - 1: ``place, key, case_id, role, count,
        address, report_date``, the geocode columns, ``manual`` and ``outdated``.
    reread : callable, optional
        Asked what addresses say without the point that came with them; without it a conflict has no
        other answer than the point.

    Returns
    -------
    list of Doubt
        In order of arrival.
    """
    kind = _kinds(table)
    doubtful = np.flatnonzero(kind != "")
    mine = table.iloc[doubtful].assign(kind=kind[doubtful], row=doubtful)
    others = _read_again(mine, reread)
    columns = ["key", "kind", "geo_status", "geo_level", "geo_commune_code", "geo_candidates"]
    groups = mine.groupby(columns, sort=False, dropna=False)["row"]
    records = dict(zip(doubtful.tolist(), mine.to_dict("records"), strict=True))
    return [_doubt(records, rows.tolist(), others) for _, rows in groups]


def _kinds(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Say why each place is doubtful, empty where it is not."""
    matched = (table["geo_status"] == str(GeoStatus.MATCH)).to_numpy()
    placed = matched & table["geo_level"].isin(_PLACED).to_numpy()
    reasons = table["geo_reason"].to_numpy(dtype=object)
    by_hand = table["manual"].to_numpy(dtype=bool)
    unsure = (table["geo_score"] < _SETTLED_SCORE).to_numpy()
    contradicted = _says(reasons, "province") | _says(reasons, "district")
    found = np.select(
        [
            by_hand & table["outdated"].to_numpy(dtype=bool),
            by_hand,
            (table["geo_status"] == str(GeoStatus.NONE)).to_numpy(),
            (table["geo_status"] == str(GeoStatus.TIE)).to_numpy(),
            ~placed,
            _says(reasons, "conflict"),
            unsure & contradicted,
            unsure,
        ],
        [
            DoubtKind.OUTDATED, "", DoubtKind.NONE, DoubtKind.TIE, DoubtKind.WIDE, DoubtKind.CONFLICT,
            DoubtKind.CONTRADICTION, DoubtKind.LOW_SCORE,
        ],
        "",
    )  # fmt: skip
    return found.astype(object)


def _says(reasons: npt.NDArray[np.object_], key: str) -> npt.NDArray[np.bool_]:
    """Tell which reasons hold a clause, in either language."""
    starts = [say(key, language, typed="\0", unit="\0", km="\0").split("\0")[0] for language in ("vi", "en")]
    return np.array([any(start in reason for start in starts) for reason in reasons], dtype=bool)


def _read_again(mine: pd.DataFrame, reread: Reread | None) -> dict[int, Record]:
    """Ask what the addresses of conflicts and of outdated pins say by themselves, by row."""
    asked = mine[mine["kind"].isin([DoubtKind.CONFLICT, DoubtKind.OUTDATED]) & mine["address"].notna()]
    if reread is None or asked.empty:
        return {}
    answers = reread(asked[["address", "report_date"]]).to_dict("records")
    return dict(zip(asked["row"].tolist(), answers, strict=True))


def _doubt(records: Mapping[int, Record], rows: list[int], others: Mapping[int, Record]) -> Doubt:
    first = records[rows[0]]
    people = {records[row]["case_id"]: int(records[row]["count"]) for row in reversed(rows)}
    kind = DoubtKind(first["kind"])
    return Doubt(
        place=int(first["place"]),
        kind=kind,
        key=str(first["key"]),
        address=_text(first["address"]),
        rows=tuple(rows),
        cases=len(people),
        people=sum(people.values()),
        status=str(first["geo_status"]),
        level=str(first["geo_level"]),
        score=float(first["geo_score"]),
        name=_text(first["geo_name"]),
        reason=str(first["geo_reason"]),
        options=_options(kind, first, others.get(rows[0])),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _options(kind: DoubtKind, answer: Record, other: Record | None) -> tuple[Option, ...]:
    """List the answers to a doubt, likeliest first."""
    if kind in (DoubtKind.TIE, DoubtKind.WIDE, DoubtKind.NONE):
        return _shared(_candidates(answer), 1.0)
    code = _text(answer["geo_commune_code"])
    sure = _EVEN if kind in (DoubtKind.CONFLICT, DoubtKind.OUTDATED) else float(answer["geo_score"])
    rivals = _candidates(answer) if other is None else _candidates(other, itself=True)
    rivals = [rival for rival in rivals if rival[0] != code]
    name = _text(answer["geo_name"]) or ""
    here = Option(OptionKind.AS_IS, code, name, sure)
    if rivals:
        return (here, *_shared(rivals, 1 - sure))
    return (here, Option(OptionKind.ELSEWHERE, None, name, 1 - sure))


def _candidates(answer: Record, *, itself: bool = False) -> list[tuple[str, str, float | None]]:
    """Read the candidates of an answer; its own commune, if asked, where it is sure of one."""
    own = _text(answer["geo_commune_code"])
    if itself and own is not None:
        return [(own, str(answer["geo_name"]), 1.0)]
    listed = json.loads(answer["geo_candidates"])
    return [(str(one["code"]), str(one["name"]), one.get("share")) for one in listed]


def _shared(members: Sequence[tuple[str, str, float | None]], whole: float) -> tuple[Option, ...]:
    """Divide a probability among communes by their shares; evenly where a share is not told."""
    if not members:
        return ()
    told = all(share is not None and share > 0 for _, _, share in members)
    weights = [float(share or 0) if told else 1.0 for _, _, share in members]
    total = sum(weights)
    options = [
        Option(OptionKind.COMMUNE, code, name, whole * weight / total)
        for (code, name, _), weight in zip(members, weights, strict=True)
    ]
    return tuple(sorted(options, key=lambda option: -option.share))
