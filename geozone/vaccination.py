"""Vaccination coverage of people by unit, dose and age band, with its denominator in view.

Coverage is never clipped: more than 100 % means that the register and the population disagree, and
is flagged. A unit without a population has no coverage, which is not zero; so has a unit without a
report. Bands are added up only where the age bands of the doses and of the population nest in the
band asked for: a band of 0-17 says nothing about 12-17.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geozone.schema import COVERAGE

__all__ = ["BANDS", "coverage", "coverage_gaps", "coverage_wide"]

Band = tuple[int, int | None]

BANDS: tuple[Band, ...] = ((18, None), (50, None), (65, None), (12, 18), (5, 12))
"""Age groups in use in Viet Nam: 18+, 50+, 65+, 12-17, 5-11 (half open; ``None`` for no limit)."""

_USABLE = ("ok", "check", "synthetic")
_OLDEST = 1000
_AGES = 200
_NO_END = 199
_BLOCK = 500_000
_Z = 1.959963984540054
_FLOAT = np.float64


def coverage(
    doses: pd.DataFrame,
    population: pd.DataFrame,
    units: pd.DataFrame,
    *,
    as_of: date,
    bands: Sequence[Band] = BANDS,
    dose_numbers: Sequence[int] = (1, 2, 3),
    intervals: bool = False,
) -> pd.DataFrame:
    """Compute vaccination coverage by unit, dose and age band.

    Parameters
    ----------
    doses : DataFrame
        Doses given (``DOSES``). Doses after ``as_of`` do not count.
    population : DataFrame
        People by age band (``POPULATION``).
    units : DataFrame
        Units, for their ``code``; doses elsewhere are left out.
    as_of : date
        Last day that counts.
    bands : sequence of (int, int or None)
        Ages wanted: from, and the age not reached.
    dose_numbers : sequence of int
        Doses wanted: a person has *at least* dose 2 if the second dose was given.
    intervals : bool
        Whether to add ``low_percent`` and ``high_percent``, Wilson 95 %: how far a figure of a few
        people can be trusted. None above 100 %.

    Returns
    -------
    DataFrame
        ``COVERAGE``: every unit, dose and band, in that order. ``coverage_flag`` is
        ``no-population`` (unknown, zero, or in age bands that do not nest), ``no-doses`` (nothing
        reported for the unit, or in age bands that do not nest), ``over-100``,
        ``synthetic-population`` or ``ok``: the first of these that holds.
    """
    codes = units["code"].drop_duplicates().reset_index(drop=True)
    position = pd.Index(codes)
    given = _doses_by_unit(doses, position, as_of)
    people = _People(population, position)
    parts = []
    for dose in dose_numbers:
        for band in bands:
            vaccinated, reported = _vaccinated(given, dose, band, len(codes))
            total, synthetic = people.of_band(band)
            figures = _Figures(vaccinated, reported, total, synthetic)
            parts.append(_rows(codes, dose, band, figures, intervals=intervals))
    if not parts:
        return COVERAGE.empty()
    table = pd.concat(parts, ignore_index=True)
    order = np.arange(len(table)).reshape(len(parts), len(codes)).T.ravel()
    return COVERAGE.conform(table.iloc[order])


def coverage_wide(table: pd.DataFrame) -> pd.DataFrame:
    """Turn coverage into one row per unit, for a map layer.

    Parameters
    ----------
    table : DataFrame
        ``COVERAGE``.

    Returns
    -------
    DataFrame
        ``code``, ``coverage_flag`` (the most serious one of the row) and, per dose and band,
        ``dose{n}_{from}_{to or plus}_percent``, ``_vaccinated`` and ``_denominator``; units in the
        order of ``table``.
    """
    codes = table["code"].drop_duplicates()
    wide = pd.DataFrame({"code": codes.to_numpy()}).astype({"code": "str"})
    severity = ("over-100", "no-population", "no-doses", "synthetic-population", "ok")
    rank = table["coverage_flag"].map({flag: i for i, flag in enumerate(severity)})
    worst = rank.groupby(table["code"].to_numpy()).min().reindex(codes.to_numpy())
    wide["coverage_flag"] = [severity[int(i)] for i in worst]
    keys = table[["dose", "age_from", "age_to"]].drop_duplicates()
    columns = {}
    for dose, start, end in keys.itertuples(index=False):
        name = f"dose{dose}_{start}_{'plus' if pd.isna(end) else end}"
        same_end = table["age_to"].isna() if pd.isna(end) else table["age_to"].eq(end).fillna(value=False)
        rows = table[(table["dose"] == dose) & (table["age_from"] == start) & same_end]
        rows = rows.set_index("code").reindex(codes.to_numpy())
        columns[f"{name}_percent"] = rows["coverage_percent"].to_numpy(dtype=_FLOAT)
        columns[f"{name}_vaccinated"] = rows["vaccinated"].to_numpy(dtype=_FLOAT)
        columns[f"{name}_denominator"] = rows["denominator"].to_numpy(dtype=_FLOAT)
    return pd.concat([wide, pd.DataFrame(columns)], axis=1)


def coverage_gaps(
    table: pd.DataFrame, *, dose: int, age_from: int, age_to: int | None = None, threshold_percent: float
) -> pd.DataFrame:
    """Count the people still to vaccinate before a threshold is reached.

    Parameters
    ----------
    table : DataFrame
        ``COVERAGE``.
    dose : int
        Dose number.
    age_from : int
        Youngest age, years.
    age_to : int, optional
        Age not reached; none for no limit.
    threshold_percent : float
        Coverage to reach, percent.

    Returns
    -------
    DataFrame
        ``code, vaccinated, denominator, coverage_percent, people_to_vaccinate, reached,
        coverage_flag``, units furthest from the threshold in people first, those without a figure
        (``people_to_vaccinate`` and ``reached`` empty) last. Reaching means *at least*.
    """
    ends = table["age_to"].astype("Float64").to_numpy(dtype=_FLOAT, na_value=np.inf)
    use = (
        (table["dose"] == dose).to_numpy(dtype=bool)
        & (table["age_from"] == age_from).to_numpy(dtype=bool)
        & (ends == (np.inf if age_to is None else age_to))
    )
    rows = table.loc[
        use, ["code", "vaccinated", "denominator", "coverage_percent", "coverage_flag"]
    ].reset_index(drop=True)
    people = rows["denominator"].to_numpy(dtype=_FLOAT)
    needed = np.ceil(np.round(people * threshold_percent / 100, 9)) - rows["vaccinated"].to_numpy(
        dtype=_FLOAT
    )
    known = ~np.isnan(needed)
    rows["people_to_vaccinate"] = pd.array(
        np.where(known, np.maximum(np.nan_to_num(needed), 0), 0).astype("int64"), dtype="Int64"
    )
    rows.loc[~known, "people_to_vaccinate"] = pd.NA
    rows["reached"] = pd.array(np.nan_to_num(needed, nan=1.0) <= 0, dtype="boolean")
    rows.loc[~known, "reached"] = pd.NA
    ordered = rows.sort_values(["people_to_vaccinate", "code"], ascending=[False, True], na_position="last")
    columns = [*rows.columns.drop("coverage_flag"), "coverage_flag"]
    return ordered[columns].reset_index(drop=True)


class _Given:
    """Doses given until a day, added up by unit, dose and age band of the file."""

    def __init__(
        self,
        totals: NDArray[np.float64],
        doses: NDArray[np.int64],
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> None:
        self.totals = totals
        self.doses = doses
        self.starts = starts
        self.ends = ends


def _doses_by_unit(doses: pd.DataFrame, position: pd.Index, as_of: date) -> _Given:
    """Add up with ``bincount`` over (unit, kind), a block of rows at a time to stay in the cache."""
    codes, names = pd.factorize(doses["code"])
    unit_of_code = np.append(position.get_indexer(pd.Index(names)), -1).astype(np.int64)
    starts = doses["age_from"].to_numpy(dtype=np.int64)
    ends = doses["age_to"].to_numpy(dtype=np.int64, na_value=_NO_END)
    keys = (doses["dose"].to_numpy(dtype=np.int64) * _AGES + starts) * _AGES + np.minimum(ends, _NO_END)
    present = np.flatnonzero(np.bincount(keys)) if len(keys) else np.empty(0, dtype=np.int64)
    kind_of_key = np.zeros(int(present[-1]) + 1 if len(present) else 0, dtype=np.int64)
    kind_of_key[present] = np.arange(len(present))
    late = doses["date"].to_numpy(dtype="datetime64[s]") >= np.datetime64(as_of) + np.timedelta64(1, "D")
    amounts = doses["doses"].to_numpy(dtype=_FLOAT)
    shape = (len(position), len(present))
    totals, seen = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for start in range(0, len(doses), _BLOCK):
        rows = slice(start, start + _BLOCK)
        unit = unit_of_code[codes[rows]]
        use = (unit >= 0) & ~late[rows]
        cells = unit[use] * shape[1] + kind_of_key[keys[rows][use]]
        totals += np.bincount(cells, amounts[rows][use], totals.size).reshape(shape)
        seen += np.bincount(cells, minlength=totals.size).reshape(shape)
    ends_of_kind = present % _AGES
    return _Given(
        np.where(seen > 0, totals, np.nan),
        present // _AGES**2,
        present // _AGES % _AGES,
        np.where(ends_of_kind == _NO_END, _OLDEST, ends_of_kind),
    )


def _factorize(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    kinds, unique = pd.factorize(keys)
    return np.asarray(kinds, dtype=np.int64), np.asarray(unique, dtype=np.int64)


def _vaccinated(
    given: _Given, dose: int, band: Band, units: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Add up the file's bands that nest in the band, for units that reported at all.

    A unit whose overlapping bands do not nest, or overlap each other, cannot be computed.
    """
    if given.totals.shape[1] == 0:
        return np.zeros(units), np.zeros(units, dtype=bool)
    reported = (~np.isnan(given.totals)).any(axis=1)
    lower, upper = band[0], _OLDEST if band[1] is None else band[1]
    touching = (given.doses == dose) & (given.starts < upper) & (given.ends > lower)
    chosen = given.totals[:, touching]
    present = ~np.isnan(chosen)
    nests = (given.starts[touching] >= lower) & (given.ends[touching] <= upper)
    usable = ~(present & ~nests[None, :]).any(axis=1)
    for left, right in _overlaps(given.starts[touching], given.ends[touching]):
        usable &= ~(present[:, left] & present[:, right])
    covered = _computable(given, dose, lower, upper)
    return np.nansum(chosen, axis=1), reported & usable & covered


def _computable(given: _Given, dose: int, lower: int, upper: int) -> NDArray[np.bool_]:
    """Tell which units reported in bands fine enough for the band asked for.

    A unit that reports only "all ages" has no zero for the elderly: it has no figure. A dose or an
    age band that the whole file never mentions was not reported by anybody.
    """
    nests = (given.starts >= lower) & (given.ends <= upper)
    present = ~np.isnan(given.totals)
    if not (nests & (given.doses == dose)).any():
        return np.zeros(len(present), dtype=bool)
    coarse = (given.starts < upper) & (given.ends > lower) & ~nests
    fine = present[:, ~coarse].any(axis=1)
    only_coarse = np.asarray(present[:, coarse].any(axis=1) & ~fine, dtype=bool)
    return ~only_coarse


def _overlaps(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [
        (i, j)
        for i in range(len(starts))
        for j in range(i + 1, len(starts))
        if starts[i] < ends[j] and starts[j] < ends[i]
    ]


class _People:
    """Population by unit and age band of the file."""

    def __init__(self, population: pd.DataFrame, position: pd.Index) -> None:
        usable = population[population["population_flag"].isin(_USABLE)]
        unit = position.get_indexer(usable["code"])
        usable, unit = usable[unit >= 0], unit[unit >= 0]
        starts = usable["age_from"].to_numpy(dtype=np.int64)
        ends = usable["age_to"].to_numpy(dtype=_FLOAT, na_value=_OLDEST).astype(np.int64)
        kinds, unique = _factorize(starts * 2000 + ends)
        self.starts, self.ends = unique // 2000, unique % 2000
        self.amounts = np.full((len(position), len(unique)), np.nan)
        self.amounts[unit, kinds] = usable["population"].to_numpy(dtype=_FLOAT, na_value=np.nan)
        self.synthetic = np.zeros(self.amounts.shape, dtype=bool)
        self.synthetic[unit, kinds] = (usable["population_flag"] == "synthetic").to_numpy(dtype=bool)

    def of_band(self, band: Band) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Add up the bands that exactly tile a band, the coarsest that do; NaN where none do.

        Parameters
        ----------
        band : (int, int or None)
            Ages.

        Returns
        -------
        people : ndarray of float64
            Per unit.
        synthetic : ndarray of bool
            Whether a part of it is synthetic.
        """
        lower, upper = band[0], _OLDEST if band[1] is None else band[1]
        units = len(self.amounts)
        reached = {upper: (np.zeros(units), np.zeros(units, dtype=bool))}
        inside = np.flatnonzero((self.starts >= lower) & (self.ends <= upper))
        for kind in inside[np.lexsort((-self.ends[inside], -self.starts[inside]))]:
            start, end = int(self.starts[kind]), int(self.ends[kind])
            if end not in reached:
                continue
            nothing = (np.full(units, np.nan), np.zeros(units, dtype=bool))
            total, synthetic = reached.get(start, nothing)
            beyond, made = reached[end]
            better = np.isnan(total) & ~np.isnan(self.amounts[:, kind] + beyond)
            reached[start] = (
                np.where(better, self.amounts[:, kind] + beyond, total),
                np.where(better, self.synthetic[:, kind] | made, synthetic),
            )
        people, synthetic = reached.get(lower, (np.full(units, np.nan), np.zeros(units, dtype=bool)))
        return np.where(people > 0, people, np.nan), synthetic


class _Figures(NamedTuple):
    vaccinated: NDArray[np.float64]
    reported: NDArray[np.bool_]
    people: NDArray[np.float64]
    synthetic: NDArray[np.bool_]


def _rows(codes: pd.Series, dose: int, band: Band, figures: _Figures, *, intervals: bool) -> pd.DataFrame:
    vaccinated, reported, people, synthetic = figures
    known = reported & ~np.isnan(people)
    percent = np.full(len(codes), np.nan)
    percent[known] = 100.0 * vaccinated[known] / people[known]
    table = pd.DataFrame(
        {
            "code": codes,
            "dose": dose,
            "age_from": band[0],
            "age_to": pd.array([band[1]] * len(codes), dtype="Int64"),
            "vaccinated": np.where(reported, vaccinated, np.nan),
            "denominator": people,
            "coverage_percent": percent,
            "coverage_flag": np.select(
                [np.isnan(people), ~reported, np.nan_to_num(percent) > 100, synthetic],
                ["no-population", "no-doses", "over-100", "synthetic-population"],
                "ok",
            ),
        }
    )
    if intervals:
        table["low_percent"], table["high_percent"] = _wilson(percent, people)
    return table


def _wilson(
    percent: NDArray[np.float64], people: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give Wilson's 95 % interval of a proportion, percent; NaN above 100 %."""
    share = np.where(percent <= 100, percent / 100, np.nan)
    centre = share + _Z**2 / (2 * people)
    spread = _Z * np.sqrt(share * (1 - share) / people + _Z**2 / (4 * people**2))
    scale = 1 + _Z**2 / people
    low = np.maximum(100 * (centre - spread) / scale, 0.0)
    return low, np.minimum(100 * (centre + spread) / scale, 100.0)
