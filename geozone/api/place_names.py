"""Streets, hamlets, estates and industrial parks by name, from the imported gazetteer.

House numbers, buildings and single places with a name are left out: a search of a public map needs none, and
what stands for one home is nobody's business. Nothing here comes from a line list.
"""

from __future__ import annotations

import logging
import re
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geozone.api.open_release import OpenRelease
from geozone.api.search import fold, without_telex
from geozone.api.summary import first_view
from geozone.errors import StoreError
from geozone.geodesy import degrees_per_metre
from geozone.index.units import UnitIndex
from geozone.types import PlaceKind

if TYPE_CHECKING:
    from geozone.places import Gazetteer

__all__ = ["PlaceNames", "PlaceSearch"]

_log = logging.getLogger("geozone.api")
_SHOWN = (PlaceKind.STREET, PlaceKind.HAMLET, PlaceKind.ESTATE, PlaceKind.INDUSTRIAL_PARK)
_KINDS = re.compile(r"^(?:duong pho|duong|pho|thon|xom|ap|ban|khu pho|khu do thi|khu cong nghiep)\s+(?=\S)")
_SHORTEST = 2  # letters: one names a tenth of all streets
_MOST_NAMES, _MOST_PLACES = 2_000, 5_000  # looked at for one question
_SMALLEST_M = 150.0  # half the side of the smallest box shown
_HELD = 4  # releases whose communes are held
_WHOLE, _BEGINS, _INSIDE = 3.0, 2.0, 1.0


class _Match(NamedTuple):
    name: int
    score: float


def _ends(name: str) -> Iterator[str]:
    words = name.split()
    return (" ".join(words[at:]) for at in range(len(words)))


class PlaceNames:
    """Names of one gazetteer, each with where it is.

    Parameters
    ----------
    gazetteer : Gazetteer
        The places.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        kinds = pa.array([str(kind) for kind in _SHOWN])
        tables = [table.filter(pc.is_in(table["kind"], value_set=kinds)) for table in gazetteer.tables]
        self._places = pa.concat_tables(tables).combine_chunks() if tables else pa.table({"name": []})
        names = self._places["name"].combine_chunks().dictionary_encode() if len(self._places) else None
        self.names: list[str] = [] if names is None else names.dictionary.to_pylist()
        self._codes = np.zeros(0, np.int64) if names is None else names.indices.to_numpy()
        self._order = np.argsort(self._codes, kind="stable")
        self._first = np.searchsorted(self._codes[self._order], np.arange(len(self.names) + 1))
        self._folded = [fold(name) for name in self.names]
        self._bare = [_KINDS.sub("", folded) for folded in self._folded]
        starts = sorted(self._starts())
        self._texts = [text for text, _ in starts]
        self._named = [number for _, number in starts]

    def _starts(self) -> set[tuple[str, int]]:
        """List every end of a name that begins with a word, other names of the place too."""
        starts = {(end, number) for number, name in enumerate(self._folded) for end in _ends(name)}
        if len(self._places):
            others = self._places["other_names"]
            for row in np.flatnonzero(pc.is_valid(others).to_numpy()):
                number = int(self._codes[row])
                for other in others[int(row)].as_py().split(";"):
                    starts |= {(end, number) for end in _ends(fold(other))}
        return starts

    def matches(self, wanted: str) -> list[_Match]:
        """Find the names in which what is wanted begins a word.

        Parameters
        ----------
        wanted : str
            Folded.

        Returns
        -------
        list of Match
            Number of a name and how well it answers, best first.
        """
        if len(wanted) < _SHORTEST:
            return []
        first = bisect_left(self._texts, wanted)
        last = min(bisect_left(self._texts, wanted + "\U0010ffff"), first + _MOST_NAMES)
        best: dict[int, float] = {}
        for number in self._named[first:last]:
            whole = wanted in (self._folded[number], self._bare[number])
            begins = self._folded[number].startswith(wanted) or self._bare[number].startswith(wanted)
            best[number] = _WHOLE if whole else _BEGINS if begins else max(_INSIDE, best.get(number, 0.0))
        return sorted((_Match(*entry) for entry in best.items()), key=lambda one: (-one.score, one.name))

    def rows(self, name: int) -> NDArray[np.int64]:
        """Find the places of a name.

        Parameters
        ----------
        name : int
            Its number.

        Returns
        -------
        ndarray of int
            Rows.
        """
        return self._order[self._first[name] : self._first[name + 1]]

    def points(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give longitude and latitude of places, degrees."""
        chosen = self._places.select(["lon", "lat"]).take(rows)
        return chosen["lon"].to_numpy(), chosen["lat"].to_numpy()

    def kind(self, row: int) -> str:
        """Give the kind of a place."""
        return str(self._places["kind"][row].as_py())

    def box(self, rows: NDArray[np.int64]) -> list[float]:
        """Find the box of places: of their lines, else of their radius, never smaller than a block.

        Parameters
        ----------
        rows : ndarray of int
            At least one.

        Returns
        -------
        list of float
            West, south, east, north, degrees.
        """
        chosen = self._places.select(["lon", "lat", "radius_m", "shape"]).take(rows)
        lon, lat = chosen["lon"].to_numpy(), chosen["lat"].to_numpy()
        lines = shapely.bounds(shapely.from_wkb(chosen["shape"].to_pylist()))
        known = ~np.isnan(lines).any(axis=1)
        reach_m = np.maximum(np.where(known, 0.0, chosen["radius_m"].to_numpy()), _SMALLEST_M)
        across, up = degrees_per_metre(lat)
        around = np.column_stack(
            [lon - reach_m * across, lat - reach_m * up, lon + reach_m * across, lat + reach_m * up]
        )
        boxes = np.vstack([around, lines[known]])
        edges = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
        return [round(float(edge), 6) for edge in edges]


class _Communes:
    """The communes of one release: which one a point is in, and what they are called."""

    def __init__(self, release: OpenRelease) -> None:
        table = release.table("communes")
        self.index = UnitIndex(table.geometry)
        columns = ["code", "full_name", "province_name"]
        self.named = list(table.attributes[columns].itertuples(index=False, name=None))
        self.folded = [f" {fold(f'{name} {province}')}" for _, name, province in self.named]
        west, south, east, north = first_view(release)
        self.middle = ((west + east) / 2, (south + north) / 2)
        self.edition = str(release.manifest.get("edition"))


class _Opened(NamedTuple):
    names: PlaceNames
    communes: _Communes


class _Place(NamedTuple):
    """A name in one commune: number of the name, row of the commune, rows of the places."""

    name: int
    commune: int
    rows: NDArray[np.int64]


class PlaceSearch:
    """Finds places of the gazetteer in force within the communes of a release.

    Parameters
    ----------
    gazetteer : callable
        Gives the gazetteer in force, or none; the same object while it stays in force.
    """

    def __init__(self, gazetteer: Callable[[], Gazetteer | None]) -> None:
        self._gazetteer = gazetteer
        self._lock = threading.Lock()
        self._names: tuple[Gazetteer, PlaceNames] | None = None
        self._communes: OrderedDict[str, _Communes] = OrderedDict()

    def mark(self) -> str:
        """Name the gazetteer in force; empty while there is none, or none that can be read."""
        found = self._in_force()
        return "" if found is None else found.digest

    def _in_force(self) -> Gazetteer | None:
        try:
            return self._gazetteer()
        except StoreError:
            _log.exception("the gazetteer cannot be read; communes are found without it")
            return None

    def prepare(self, release: OpenRelease) -> None:
        """Read the names, so that the first search is quick."""
        self._of(release)

    def _of(self, release: OpenRelease) -> _Opened | None:
        gazetteer = self._in_force()
        if gazetteer is None or not release.has("communes"):
            return None
        with self._lock:
            if self._names is None or self._names[0] is not gazetteer:
                self._names = (gazetteer, PlaceNames(gazetteer))
            communes = self._communes.get(release.digest)
            if communes is None:
                communes = self._communes[release.digest] = _Communes(release)
                while len(self._communes) > _HELD:
                    self._communes.popitem(last=False)
            return _Opened(self._names[1], communes)

    def search(self, release: OpenRelease, text: str, limit: int) -> list[dict[str, Any]]:
        """Find places: the beginning of what is typed is a name, the rest may say which commune or province.

        Parameters
        ----------
        release : OpenRelease
            Whose communes the places are told to be in.
        text : str
            As typed: with or without accents, whole or half, or in the keys of Telex.
        limit : int
            Places at most.

        Returns
        -------
        list of dict
            Best first; among equals those nearest to the outbreak.
        """
        opened = self._of(release)
        wanted = fold(text)
        if opened is None or not wanted:
            return []
        for typed in dict.fromkeys(_KINDS.sub("", one) for one in (wanted, without_telex(wanted))):
            words = typed.split()
            for many in range(len(words), 0, -1):
                found = _located(opened, " ".join(words[:many]), words[many:])
                if found:
                    return [_result(opened, place) for place in found[:limit]]
        return []


def _located(opened: _Opened, name: str, within: list[str]) -> list[_Place]:
    """Find the places of a name in the communes in whose names all other words begin a word."""
    names, communes = opened
    found: list[tuple[tuple[float, ...], _Place]] = []
    looked_at = 0
    for match in names.matches(name):
        rows = names.rows(match.name)[: _MOST_PLACES - looked_at]
        looked_at += len(rows)
        if not len(rows):
            break
        lon, lat = names.points(rows)
        inside = communes.index.locate(lon, lat)
        order = np.argsort(inside, kind="stable")
        edges = [0, *(np.flatnonzero(np.diff(inside[order])) + 1), len(order)]
        for start, end in pairwise(edges):
            commune = int(inside[order[start]])
            if commune < 0 or not all(f" {word}" in communes.folded[commune] for word in within):
                continue
            mine = order[start:end]
            far = float(np.hypot(lon[mine] - communes.middle[0], lat[mine] - communes.middle[1]).min())
            found.append(((-match.score, far, commune), _Place(match.name, commune, rows[mine])))
    return [place for _, place in sorted(found, key=lambda one: one[0])]


def _result(opened: _Opened, place: _Place) -> dict[str, Any]:
    names, communes = opened
    code, full_name, province = communes.named[place.commune]
    return {
        "kind": names.kind(int(place.rows[0])),
        "code": code,
        "name": names.names[place.name],
        "full_name": names.names[place.name],
        "commune_name": full_name,
        "province_name": province,
        "bbox": names.box(place.rows),
        "edition": communes.edition,
        "old_names": [],
    }
