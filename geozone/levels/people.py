"""Population and reporting of the units of each tier."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.levels.placement import Placement, Tier

__all__ = ["commune_population", "parent_coverage", "reporting_communes", "tier_population"]

_USABLE = ("ok", "check", "synthetic")


def commune_population(population: pd.DataFrame | None, communes: Tier) -> NDArray[np.float64]:
    """Read the population of each commune.

    Parameters
    ----------
    population : DataFrame or None
        ``POPULATION``.
    communes : Tier
        The communes.

    Returns
    -------
    ndarray of float64
        People; NaN where the figure is missing, zero, or flagged as missing or in another unit.
    """
    return _everybody(population, communes)


def tier_population(
    population: pd.DataFrame | None, tier: Tier, of_communes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """Give each unit of a tier its population.

    Parameters
    ----------
    population : DataFrame or None
        ``POPULATION``; a row with the unit's own code wins over the sum of its communes.
    tier : Tier
        The units.
    of_communes : ndarray of float64
        People per commune.

    Returns
    -------
    people : ndarray of float64
        NaN where nothing is known.
    own : ndarray of bool
        Whether the figure is the unit's own.
    parts : ndarray of int64, shape (units, 2)
        Communes whose population is known, and all of them.
    """
    own_people = _everybody(population, tier)
    parent = tier.parent_of_commune
    inside = parent >= 0
    known = ~np.isnan(of_communes)
    total = np.bincount(parent[inside], minlength=tier.size)
    counted = np.bincount(parent[inside & known], minlength=tier.size)
    sums = np.bincount(parent[inside & known], weights=of_communes[inside & known], minlength=tier.size)
    own = ~np.isnan(own_people)
    people = np.where(own, own_people, np.where(counted > 0, sums, np.nan))
    parts = np.stack([np.where(own, total, counted), total], axis=1)
    return people, own, parts.astype(np.int64)


def parent_coverage(coverage: pd.DataFrame | None, tier: Tier, communes: Tier) -> pd.DataFrame | None:
    """Add up vaccination coverage for the units of a tier.

    Parameters
    ----------
    coverage : DataFrame or None
        ``COVERAGE`` of communes; rows with a unit's own code win over the sums.
    tier : Tier
        The units.
    communes : Tier
        The communes.

    Returns
    -------
    DataFrame or None
        ``code, dose, age_from, age_to, vaccinated, denominator``; only communes that have both
        numbers count.
    """
    if coverage is None:
        return None
    columns = ["code", "dose", "age_from", "age_to", "vaccinated", "denominator"]
    table = coverage[columns].copy()
    if tier.codes is communes.codes:
        return table
    own = table[table["code"].isin(tier.position.keys())]
    position = table["code"].map(communes.position)
    table = table[position.notna() & table["vaccinated"].notna() & table["denominator"].notna()]
    parent = tier.parent_of_commune[position[table.index].to_numpy(dtype=np.int64)]
    table = table[parent >= 0].assign(code=tier.codes[parent[parent >= 0]])
    sums = table.groupby(["code", "dose", "age_from", "age_to"], dropna=False, as_index=False)[
        ["vaccinated", "denominator"]
    ].sum()
    return pd.concat([own, sums], ignore_index=True)


def reporting_communes(
    communes: Tier,
    provinces: Tier | None,
    placed: Placement | None,
    reporting: Collection[str] | None,
) -> NDArray[np.bool_]:
    """Tell which communes report cases.

    Parameters
    ----------
    communes : Tier
        The communes.
    provinces : Tier or None
        The provinces.
    placed : Placement or None
        Cases by province.
    reporting : collection of str or None
        Codes of communes, districts or provinces that report; by default every commune of a
        province that surely has a case in the table.

    Returns
    -------
    ndarray of bool
        Per commune. A commune that does not report has no data, which is not zero.
    """
    if reporting is not None:
        listed = set(reporting)
        found = np.array([code in listed for code in communes.codes], dtype=bool)
        if provinces is not None:
            whole = np.array([code in listed for code in provinces.codes] + [False], dtype=bool)
            found |= whole[provinces.parent_of_commune]
        return found
    if provinces is None or placed is None:
        return np.ones(communes.size, dtype=bool)
    seen = np.zeros(provinces.size + 1, dtype=bool)
    seen[placed.unit[placed.certain]] = True
    seen[-1] = False
    return seen[provinces.parent_of_commune]


def _everybody(population: pd.DataFrame | None, tier: Tier) -> NDArray[np.float64]:
    people = np.full(tier.size, np.nan)
    if population is None:
        return people
    whole = population[(population["age_from"] == 0) & population["age_to"].isna()]
    whole = whole[whole["population_flag"].isin(_USABLE)]
    position = whole["code"].map(tier.position).to_numpy(dtype=np.float64, na_value=np.nan)
    found = ~np.isnan(position)
    values = whole["population"].to_numpy(dtype=np.float64, na_value=np.nan)[found]
    people[position[found].astype(np.int64)] = np.where(values > 0, values, np.nan)
    return people
