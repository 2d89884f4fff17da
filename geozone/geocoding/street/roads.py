"""One street with its alleys: find a house on it, or in an alley of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geozone.geocoding.street.house_numbers import HouseNumber, read_house_number
from geozone.geocoding.street.names import NameKey
from geozone.geocoding.street.stretches import NO_NUMBER, Houses, Method, Spot, Stretch
from geozone.geodesy import degrees_per_metre

__all__ = ["Piece", "Road", "RoadParts", "roads_of"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Alleys = tuple[str, ...]

_JOINED_M: Final = 1_000.0
"""Pieces of one name nearer than this are one street."""
_ALLEY_DEPTH_M: Final = 350.0
"""How far a house in an alley may be from the mouth of the alley; half as much again for each further one."""
_IN_ALLEY_M: Final = 150.0
_THIN_M: Final = 100.0
_MOST_SCOPES: Final = 50


class Piece(NamedTuple):
    """One row of the gazetteer: a line or a house."""

    name: NameKey
    alleys: Alleys
    number: HouseNumber | None
    line: FloatArray | None
    """Coordinates, shape (n, 2), degrees; none for a house."""
    lon: float
    lat: float
    radius_m: float


class Road:
    """A street: pieces of one name that lie together.

    Parameters
    ----------
    pieces : list of Piece
        Lines and houses, those of its alleys too.
    """

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.name = _usual_name(pieces)
        self.spellings = tuple(dict.fromkeys(piece.name.marked for piece in pieces))
        self.is_drawn = any(piece.line is not None for piece in pieces)
        self.points, self._owner = _points_of(pieces)
        self.box = (*self.points.min(axis=0).tolist(), *self.points.max(axis=0).tolist())
        self._parts: dict[frozenset[int] | None, RoadParts] = {}

    def parts(
        self,
        scope: frozenset[int] | None,
        within: Callable[[FloatArray, FloatArray, frozenset[int]], BoolArray],
    ) -> RoadParts:
        """Give the street and its alleys, as far as they lie in some communes.

        Parameters
        ----------
        scope : frozenset of int, optional
            Communes; all where not given.
        within : callable
            Tells which points lie in some communes.

        Returns
        -------
        RoadParts
            Empty where nothing of it lies there.
        """
        known = self._parts.get(scope)
        if known is None:
            if len(self._parts) > _MOST_SCOPES:
                self._parts.clear()
            inside = np.ones(len(self.points), dtype=bool)
            if scope is not None:
                inside = within(self.points[:, 0], self.points[:, 1], scope)
            known = self._parts[scope] = self._cut(inside)
        return known

    def _cut(self, inside: BoolArray) -> RoadParts:
        parts = RoadParts()
        for owner in np.unique(self._owner[inside]).tolist():
            piece = self.pieces[owner]
            if piece.line is None:
                parts.houses[piece.alleys].append(piece)
            else:
                parts.lines[piece.alleys].extend(_runs(piece.line, inside[self._owner == owner]))
        return parts


class RoadParts:
    """A street and its alleys, by the numbers of the alleys; the street itself under none."""

    def __init__(self) -> None:
        self.lines: dict[Alleys, list[FloatArray]] = defaultdict(list)
        self.houses: dict[Alleys, list[Piece]] = defaultdict(list)
        self._made: dict[Alleys, Stretch | None] = {}

    def __bool__(self) -> bool:
        return bool(self.lines) or bool(self.houses)

    def get(self, alleys: Alleys) -> Stretch | None:
        """Give the street, or one of its alleys; none where nothing of it is known.

        Parameters
        ----------
        alleys : tuple of str
            Numbers of the alleys, outermost first.

        Returns
        -------
        Stretch or None
            Made when it is first asked for.
        """
        if alleys not in self._made:
            lines, houses = self.lines.get(alleys, []), self.houses.get(alleys, [])
            self._made[alleys] = Stretch(lines, _in_order(houses)) if lines or houses else None
        return self._made[alleys]

    @cached_property
    def everything(self) -> Stretch:
        """The street itself; where only alleys of it are known, all of them."""
        street = self.get(())
        if street is not None and (street.lines or len(street.houses.value) > 1):
            return street
        houses = [house for some in self.houses.values() for house in some]
        lines = self.lines.get(()) or [line for some in self.lines.values() for line in some]
        return Stretch(lines, _in_order(houses))

    def locate(
        self, number: HouseNumber | None, alleys: Alleys, name: str, *, in_rows: bool = True
    ) -> Spot | None:
        """Find a house on the street, or in one of its alleys.

        Parameters
        ----------
        number : HouseNumber, optional
            The house.
        alleys : tuple of str
            Numbers of the alleys, outermost first.
        name : str
            Name of the street, for the reason.
        in_rows : bool
            Whether houses stand in order of their numbers.

        Returns
        -------
        Spot or None
            The house, its alley, the mouth of the alley or the whole street, whichever is nearest to what
            is asked; none where nothing of the street is known.
        """
        if not self:
            return None
        street = self.get(())
        found: Spot | None = None
        if alleys:
            found = self._in_alley(number, alleys) or self._mouth(street, alleys, name)
        elif number is not None and street is not None:
            found = street.house(number, in_rows=in_rows)
        if found is not None:
            return found
        asked = read_house_number(alleys[0]) if alleys else number
        return self.everything.whole(Method("street-whole", name), asked)

    def _mouth(self, street: Stretch | None, alleys: Alleys, name: str) -> Spot | None:
        """Find where an alley branches from the street: at the house of its number."""
        mouth = read_house_number(alleys[0])
        at = None if street is None or mouth is None else street.house(mouth)
        if at is None:
            return None
        radius = at.radius_m + _ALLEY_DEPTH_M * (1 + 0.5 * (len(alleys) - 1))
        return at._replace(radius_m=radius, method=Method("alley-mouth", "/".join(alleys), name))

    def _in_alley(self, number: HouseNumber | None, alleys: Alleys) -> Spot | None:
        """Find a house in its alley, or in the alley that this one branches from."""
        for depth in range(len(alleys), 0, -1):
            stretch = self.get(alleys[:depth])
            if stretch is None:
                continue
            if depth == len(alleys) and number is not None:
                found = stretch.house(number)
                if found is not None:
                    return found
            spot = stretch.whole(Method("alley-whole", "/".join(alleys[:depth])))
            further = len(alleys) - depth + (0 if stretch.lines else 1)
            return spot._replace(radius_m=spot.radius_m + _IN_ALLEY_M * further)
        return None


def _points_of(pieces: list[Piece]) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Points that pieces lie on, and the piece of each."""
    houses = [at for at, piece in enumerate(pieces) if piece.line is None]
    drawn = [(at, piece.line) for at, piece in enumerate(pieces) if piece.line is not None]
    points = np.array([(pieces[at].lon, pieces[at].lat) for at in houses], dtype=np.float64).reshape(-1, 2)
    together = np.concatenate([points, *(line for _, line in drawn)])
    owners = [np.asarray(houses, dtype=np.int64), *(np.full(len(line), at) for at, line in drawn)]
    return together, np.concatenate(owners)


def _runs(line: FloatArray, inside: BoolArray) -> list[FloatArray]:
    """Cut a line where it leaves; one corner more on either side, for it is there that it crosses."""
    if inside.all():
        return [line]
    grown = inside.copy()
    grown[1:] |= inside[:-1]
    grown[:-1] |= inside[1:]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], grown.astype(np.int8), [0]])))
    return [line[start:end] for start, end in edges.reshape(-1, 2).tolist() if end - start > 1]


def _in_order(pieces: list[Piece]) -> Houses:
    """Lay houses out in order of number; those without a number come last, under one that nobody asks for."""
    numbers = [piece.number or HouseNumber(-1, "") for piece in pieces]
    order = sorted(range(len(pieces)), key=lambda at: numbers[at])
    order = [at for at in order if numbers[at].value >= 0]
    rest = [at for at in range(len(pieces)) if numbers[at].value < 0]
    at = [*order, *rest]
    return Houses(
        np.array([numbers[i].value if numbers[i].value >= 0 else NO_NUMBER for i in at], dtype=np.int64),
        np.array([numbers[i].suffix for i in at], dtype=object),
        np.array([pieces[i].lon for i in at], dtype=np.float64),
        np.array([pieces[i].lat for i in at], dtype=np.float64),
        np.array([pieces[i].radius_m for i in at], dtype=np.float64),
    )


def _usual_name(pieces: list[Piece]) -> str:
    """Give the name that most pieces write, those of lines first."""
    names: dict[str, float] = defaultdict(float)
    for piece in pieces:
        if not piece.alleys:
            names[piece.name.written] += 1.0 if piece.line is None else 10.0
    return max(names, key=lambda name: (names[name], name)) if names else pieces[0].name.written


def roads_of(pieces: list[Piece]) -> list[Road]:
    """Part pieces of one name into streets that lie apart.

    Parameters
    ----------
    pieces : list of Piece
        All of one name.

    Returns
    -------
    list of Road
        In the order of their first pieces.
    """
    if len(pieces) == 1:
        return [Road(pieces)]
    points, owner = _points_of(pieces)
    dlon, dlat = degrees_per_metre(points[:, 1])
    metres = np.column_stack([points[:, 0] / dlon.mean(), points[:, 1] / dlat.mean()])
    cells, cell = np.unique(np.round(metres / _THIN_M), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    near = cKDTree(cells).query_pairs(_JOINED_M / _THIN_M, output_type="ndarray")
    one_per_cell = np.zeros(len(cells), dtype=np.int64)
    one_per_cell[cell] = owner
    links = np.concatenate([
        np.column_stack([owner, one_per_cell[cell]]),
        np.column_stack([one_per_cell[near[:, 0]], one_per_cell[near[:, 1]]]),
    ])  # fmt: skip
    size = len(pieces)
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    groups: list[list[Piece]] = [[] for _ in range(count)]
    for piece, group in zip(pieces, label.tolist(), strict=True):
        groups[group].append(piece)
    return [Road(group) for group in groups]
