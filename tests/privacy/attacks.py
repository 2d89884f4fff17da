"""Attacks on published figures: what somebody can work out who has every release and knows how they are made.

Each takes what anybody can read and returns its guesses; the tests compare them with the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import linprog

from geozone.release import Release
from geozone.zoning.masking import mask_places

from .outbreak import SMALL_UNDER, Homes

Cell = tuple[str, pd.Timestamp]
WINDOW_DAYS = 14


class Score(NamedTuple):
    """How an attack did."""

    guessed: int
    """Right guesses."""
    certain: int
    """Of all, those that it could prove."""
    of: int

    @property
    def success(self) -> float:
        return self.guessed / self.of


def ends(table: pd.DataFrame, name: str) -> tuple[pd.Series, pd.Series]:
    """Read a column as ranges, whether or not it is told so."""
    least = table[name].astype("float64")
    upper = f"{name}_upper"
    return least, table[upper].astype("float64") if upper in table.columns else least


class Constraints:
    """Sums of cases by commune and day, and the ranges that releases tell of them."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.bounds = [[1.0, np.inf] for _ in cells]
        self._position = {cell: position for position, cell in enumerate(cells)}
        self._rows: list[np.ndarray] = []
        self._limits: list[float] = []

    def day(self, cell: Cell, least: float, most: float) -> None:
        bounds = self.bounds[self._position[cell]]
        bounds[:] = [max(bounds[0], least), min(bounds[1], most)]

    def total(self, belongs: Callable[[Cell], bool], least: float, most: float) -> None:
        row = np.array([float(belongs(cell)) for cell in self.cells])
        if np.isfinite(most):
            self._rows.append(row)
            self._limits.append(most)
        self._rows.append(-row)
        self._limits.append(-least)

    def range_of(self, cell: Cell) -> tuple[int, int]:
        """Solve for the least and the most that a cell can be: linear programs, by HiGHS."""
        goal = np.zeros(len(self.cells))
        found = []
        for sign in (1.0, -1.0):
            goal[self._position[cell]] = sign
            answer = linprog(goal, A_ub=np.array(self._rows), b_ub=self._limits, bounds=self.bounds)
            assert answer.status == 0, answer.message
            found.append(sign * answer.fun)
        return int(np.ceil(found[0] - 1e-6)), int(np.floor(found[1] + 1e-6))


def read_releases(releases: Iterable[Release]) -> Constraints:
    """Put all that releases tell of communes, days, windows, zones and the whole into one system."""
    releases = list(releases)
    days = releases[-1].attributes("case_counts")
    constraints = Constraints(list(zip(days["code"], pd.DatetimeIndex(days["date"]), strict=True)))
    for release in releases:
        _read_release(release, constraints)
    return constraints


def _read_release(release: Release, constraints: Constraints) -> None:
    last = pd.Timestamp(release.as_of)
    first = last - pd.Timedelta(days=WINDOW_DAYS - 1)
    days = release.attributes("case_counts")
    for code, day, least, most in zip(days["code"], days["date"], *ends(days, "cases"), strict=True):
        constraints.day((code, pd.Timestamp(day)), least, most)
    communes = release.attributes("communes")
    windows, totals = ends(communes, "cases_window"), ends(communes, "cases_total")
    for code, *told in zip(communes["code"], *windows, *totals, strict=True):
        constraints.total(lambda cell, code=code: cell[0] == code and first <= cell[1] <= last, *told[:2])
        constraints.total(lambda cell, code=code: cell[0] == code and cell[1] <= last, *told[2:])
    zones = release.attributes("containment_zones")
    homes = zones["zone_id"].str.split("-").str[1]
    for code, least, most in zip(homes, *ends(zones, "case_count"), strict=True):
        if (homes == code).sum() == 1:  # the only zone of its commune holds all the cases of its days
            constraints.total(
                lambda cell, code=code: cell[0] == code and first <= cell[1] <= last, least, most
            )
    counts = release.manifest["counts"]
    most = counts.get("placed_upper", counts["placed"])
    constraints.total(lambda cell: cell[1] <= last, counts["placed"], most)


def difference_releases(releases: Sequence[Release], truth: Mapping[Cell, int], small_under: int) -> Score:
    """Solve for every small count of a commune and day; guess the least that is possible."""
    constraints = read_releases(releases)
    guessed = certain = small = 0
    for cell, count in truth.items():
        if not 0 < count < small_under:
            continue
        least, most = constraints.range_of(cell)
        assert least <= count <= most, "the attack reads the releases wrongly"
        small += 1
        guessed += least == count
        certain += least == most
    return Score(guessed, certain, small)


def subtract_answers(get: Callable[[str], Any], truth: Mapping[str, int], small_under: int) -> Score:
    """Ask the service for boxes that differ by one commune, and subtract; prove by filters on the rest."""
    items = "/ogc/collections/communes/items"
    boxes = {
        feature["id"]: shapely.bounds(shapely.geometry.shape(feature["geometry"]))
        for feature in get(f"{items}?limit=1000").json()["features"]
    }
    guessed = certain = small = 0
    for code, count in truth.items():
        if not 0 < count < small_under:
            continue
        west, south, east, north = boxes[code] + np.array([1e-4, 1e-4, -1e-4, -1e-4])
        wide = _sums(get, f"{items}?limit=1000&bbox={west - 0.05},{south},{east},{north}")
        narrow = _sums(get, f"{items}?limit=1000&bbox={west - 0.05},{south},{west - 2e-4},{north}")
        least, most = wide - narrow
        proved = [
            number
            for number in range(1, SMALL_UNDER + 3)
            if get(f"{items}?filter=code='{code}' AND cases_total={number}").json()["numberMatched"]
        ]
        said = [
            number
            for number in range(1, SMALL_UNDER + 3)
            if get(f"{items}?filter=code='{code}' AND why_en LIKE '%25: {number} new case%25'").json()[
                "numberMatched"
            ]
        ]
        assert least <= count <= most, "the attack reads the service wrongly"
        small += 1
        guessed += proved == [count]
        certain += least == most or (said == [count] and least == count)
    return Score(guessed, certain, small)


def _sums(get: Callable[[str], Any], url: str) -> np.ndarray:
    told = [feature["properties"] for feature in get(url).json()["features"]]
    return np.array(
        [
            sum(one["cases_total"] for one in told),
            sum(one.get("cases_total_upper", one["cases_total"]) for one in told),
        ]
    )


class HomeGuess(NamedTuple):
    """How the search for a home did."""

    found: int
    expected: float
    """Right guesses of somebody who picks among the homes that the outline leaves open."""
    spread: float
    """Standard deviation of that."""
    of: int


def find_homes(centres: Mapping[int, tuple[float, float]], homes: Homes, mask_m: float) -> HomeGuess:
    """Take the home nearest to the middle of a zone for the home of its case.

    Chance is to pick any home of the same commune and cell: what an outline that depends on the cell leaves
    open.
    """
    found, expected, variance = 0, 0.0, 0.0
    columns, rows = mask_places(homes.lon, homes.lat, mask_m)
    for home, (lon, lat) in centres.items():
        east, north = (homes.lon - lon) * 103_900, (homes.lat - lat) * 110_700
        found += int(np.hypot(east, north).argmin()) == home
        same = (
            (np.abs(columns - columns[home]) < 1e-9)
            & (np.abs(rows - rows[home]) < 1e-9)
            & (homes.code == homes.code[home])
        )
        share = 1.0 / int(same.sum())
        expected += share
        variance += share * (1 - share)
    return HomeGuess(found, expected, float(np.sqrt(variance)), len(centres))


def middle(outline: shapely.Geometry) -> tuple[float, float]:
    """Find the middle of an outline."""
    centre = shapely.centroid(outline)
    return centre.x, centre.y
