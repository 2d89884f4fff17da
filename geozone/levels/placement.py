"""Where the cases of a table count: surely in one unit, or by shares in several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from geozone.types import AdminLevel, Edition, GeoStatus, MatchLevel, PlaceRole

__all__ = ["Placement", "Tier", "first_place", "first_places", "make_tiers", "place_case", "place_cases"]

_ROLE_ORDER = {str(role): i for i, role in enumerate((PlaceRole.HOME, PlaceRole.EXPOSURE, PlaceRole.WORK))}
_PLACED = tuple(str(level) for level in MatchLevel if level.rank <= MatchLevel.COMMUNE.rank)
_WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Tier:
    """The units of one tier, in table order.

    Attributes
    ----------
    admin_level : AdminLevel
        The tier.
    codes : ndarray of str
        Code of each unit.
    names : list of str
        Full name of each unit.
    position : mapping of str to int
        From code to position.
    parent_of_commune : ndarray of int64
        Per commune, the position of the unit of this tier that holds it; -1 for none.
    """

    admin_level: AdminLevel
    codes: NDArray[np.object_]
    names: list[str]
    position: Mapping[str, int]
    parent_of_commune: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of units."""
        return len(self.codes)

    def part(self, units: NDArray[np.int64]) -> Tier:
        """Keep some units.

        Parameters
        ----------
        units : ndarray of int64
            Their positions.

        Returns
        -------
        Tier
            These units, in the order asked for, without the communes that they hold.
        """
        codes = self.codes[units]
        return Tier(
            self.admin_level,
            codes,
            [self.names[i] for i in units.tolist()],
            {code: i for i, code in enumerate(codes)},
            np.full(len(self.parent_of_commune), -1, dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """Rows of the case table against units: one entry per pair.

    Attributes
    ----------
    row : ndarray of int64
        Position in the table of first places.
    unit : ndarray of int64
        Position of the unit.
    share : ndarray of float64
        Part of the row that counts there.
    certain : ndarray of bool
        Whether the row is surely there.
    """

    row: NDArray[np.int64]
    unit: NDArray[np.int64]
    share: NDArray[np.float64]
    certain: NDArray[np.bool_]


def first_places(cases: pd.DataFrame) -> pd.DataFrame:
    """Keep one place per case: where it lives, else where it was exposed, else where it works.

    Parameters
    ----------
    cases : DataFrame
        One row per case and place.

    Returns
    -------
    DataFrame
        One row per case, index reset.
    """
    if not cases["case_id"].duplicated().any():
        return cases.reset_index(drop=True)
    order = cases["role"].map(_ROLE_ORDER).fillna(len(_ROLE_ORDER)).to_numpy()
    return cases.iloc[np.argsort(order, kind="stable")].drop_duplicates("case_id").reset_index(drop=True)


def first_place(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Choose the place where one case counts: as ``first_places``, for the rows of one case.

    Parameters
    ----------
    rows : sequence of mapping
        Its places, at least one.

    Returns
    -------
    mapping
        One of them.
    """
    return min(rows, key=lambda row: _ROLE_ORDER.get(row["role"], len(_ROLE_ORDER)))


def make_tiers(communes: pd.DataFrame, wanted: tuple[AdminLevel, ...]) -> dict[AdminLevel, Tier]:
    """List the units of each tier, the tiers above built from the communes' own columns.

    Parameters
    ----------
    communes : DataFrame
        Communes (``UNITS``).
    wanted : tuple of AdminLevel
        Tiers to list; communes always are. A tier without units (districts of 2025) is left out.

    Returns
    -------
    dict of AdminLevel to Tier
        Communes first.
    """
    codes = communes["code"].to_numpy(dtype=object)
    tiers = {
        AdminLevel.COMMUNE: Tier(
            AdminLevel.COMMUNE,
            codes,
            communes["full_name"].tolist(),
            {code: i for i, code in enumerate(codes)},
            np.arange(len(codes), dtype=np.int64),
        )
    }
    columns = {
        AdminLevel.DISTRICT: ("parent_code", "district_name"),
        AdminLevel.PROVINCE: ("province_code", "province_name"),
    }
    for level, (code_column, name_column) in columns.items():
        if level not in wanted:
            continue
        keys = communes[code_column]
        if level is AdminLevel.DISTRICT:
            keys = keys.where(communes[name_column].notna())
        positions, unique = pd.factorize(keys, sort=True)
        if len(unique) == 0:
            continue
        names = communes[name_column].groupby(keys.to_numpy()).first()
        tiers[level] = Tier(
            level,
            np.asarray(unique, dtype=object),
            [str(names[code]) for code in unique],
            {code: i for i, code in enumerate(unique)},
            positions.astype(np.int64),
        )
    return tiers


def place_cases(places: pd.DataFrame, tier: Tier, communes: Tier, edition: Edition) -> Placement:
    """Find the units of a tier where each case counts.

    Parameters
    ----------
    places : DataFrame
        One row per case, with the geocode columns.
    tier : Tier
        Units to count in.
    communes : Tier
        Communes, whose codes the geocodes carry.
    edition : Edition
        Edition of the units: chooses the code column.

    Returns
    -------
    Placement
        One entry per row and unit; a row that is in no unit has none.
    """
    column = "geo_commune_code_2021" if edition is Edition.E2021 else "geo_commune_code"
    placed = (
        (places["geo_status"] == str(GeoStatus.MATCH)) & places["geo_level"].isin(_PLACED)
    ).to_numpy() & places[column].notna().to_numpy()
    rows = np.flatnonzero(placed)
    commune = _positions(places[column].to_numpy(dtype=object)[rows], communes.position)
    unit = np.where(commune >= 0, tier.parent_of_commune[commune], -1)
    inside = unit >= 0
    rows, unit = rows[inside], unit[inside]
    spread = _spread(places, np.flatnonzero(~placed), tier, communes)
    return Placement(
        np.concatenate([rows, spread.row]),
        np.concatenate([unit, spread.unit]),
        np.concatenate([np.ones(len(rows)), spread.share]),
        np.concatenate([np.ones(len(rows), dtype=bool), spread.certain]),
    )


def place_case(
    case: Mapping[str, Any], tier: Tier, communes: Tier, edition: Edition
) -> list[tuple[int, float, bool]]:
    """Find the units of a tier where one case counts: as ``place_cases``, for one row.

    Parameters
    ----------
    case : mapping
        The columns of its place.
    tier, communes, edition : Tier, Tier, Edition
        As ``place_cases`` takes them.

    Returns
    -------
    list of tuple
        Unit, share and whether the case is surely there.
    """
    code = case["geo_commune_code_2021" if edition is Edition.E2021 else "geo_commune_code"]
    if case["geo_status"] == str(GeoStatus.MATCH) and case["geo_level"] in _PLACED and not pd.isna(code):
        commune = communes.position.get(code, -1)
        unit = int(tier.parent_of_commune[commune]) if commune >= 0 else -1
        return [(unit, 1.0, True)] if unit >= 0 else []
    if case["geo_status"] == str(GeoStatus.NONE) or pd.isna(case["geo_candidates"]):
        return []
    found = _candidates(case["geo_candidates"], tier, communes)
    return [(unit, share, share >= _WHOLE) for unit, share in found.items()]


def _positions(codes: NDArray[np.object_], position: Mapping[str, int]) -> NDArray[np.int64]:
    found, unique = pd.factorize(codes)
    places = np.array([position.get(code, -1) for code in unique] + [-1], dtype=np.int64)
    result: NDArray[np.int64] = places[found]
    return result


def _spread(places: pd.DataFrame, rows: NDArray[np.int64], tier: Tier, communes: Tier) -> Placement:
    """Spread the rows that are not in one commune over their candidates."""
    status = places["geo_status"].to_numpy(dtype=object)[rows]
    rows = rows[status != str(GeoStatus.NONE)]
    texts, unique = pd.factorize(places["geo_candidates"].to_numpy(dtype=object)[rows])
    parts = [_candidates(text, tier, communes) for text in unique]
    lengths = np.array([len(part) for part in parts] + [0], dtype=np.int64)[texts]
    units = [np.fromiter(part.keys(), dtype=np.int64, count=len(part)) for part in parts]
    shares = [np.fromiter(part.values(), dtype=np.float64, count=len(part)) for part in parts]
    kept = [int(text) for text in texts if text >= 0]
    share = np.concatenate([shares[i] for i in kept]) if kept else np.empty(0)
    unit = np.concatenate([units[i] for i in kept]) if kept else np.empty(0, dtype=np.int64)
    return Placement(np.repeat(rows, lengths), unit, share, share >= _WHOLE)


def _candidates(text: str, tier: Tier, communes: Tier) -> dict[int, float]:
    found: dict[int, float] = {}
    for candidate in orjson.loads(text):
        share = candidate.get("share")
        if share is None or not share > 0:
            continue
        code = candidate.get("code")
        if code in communes.position:
            unit = int(tier.parent_of_commune[communes.position[code]])
        else:
            unit = tier.position.get(code, -1)
        if unit >= 0:
            found[unit] = found.get(unit, 0.0) + float(share)
    return found
