"""Every street and place of a gazetteer, found by name, exactly or nearly, within some communes."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from geozone.geocoding.normalise import tokenise
from geozone.geocoding.street.ground import Ground
from geozone.geocoding.street.house_numbers import is_number, read_house_number
from geozone.geocoding.street.names import KnownName, NameKey, read_name
from geozone.geocoding.street.roads import Piece, Road, roads_of
from geozone.places import Gazetteer
from geozone.types import PlaceKind

__all__ = ["KnownPlace", "Register"]

IntArray = npt.NDArray[np.int64]

_STREETS: Final = (PlaceKind.STREET, PlaceKind.ADDRESS)
_MOST_ROADS: Final = 20_000
_MOST_SCOPES: Final = 2_000
_MOST_NEAR: Final = 3
_FEW_ROWS: Final = 50


class KnownPlace(NamedTuple):
    """A hamlet, an estate, a building, a park or another place."""

    name: str
    kind: PlaceKind
    cue: str
    marked: tuple[str, ...]
    lon: float
    lat: float
    radius_m: float


class _Keys:
    """Rows by key, and keys by commune."""

    def __init__(self, keys: list[str], key_of: IntArray, rows: IntArray, commune: IntArray) -> None:
        order = np.lexsort((rows, key_of))
        self._rows = rows[order]
        self._starts = np.searchsorted(key_of[order], np.arange(len(keys) + 1))
        self.position = {key: at for at, key in enumerate(keys)}
        self.keys = keys
        size = max(1, len(keys))
        pairs = np.unique((commune[rows] + 1) * size + key_of)
        self._by_commune = pairs % size
        self._communes, self._first = np.unique(pairs // size - 1, return_index=True)
        self._scopes: dict[frozenset[int], list[str]] = {}
        self._near: dict[tuple[str, frozenset[int]], list[tuple[str, int]]] = {}

    def rows(self, key: str) -> IntArray:
        at = self.position.get(key)
        return self._rows[:0] if at is None else self._rows[self._starts[at] : self._starts[at + 1]]

    def near(self, key: str, scope: frozenset[int], reach: int) -> list[tuple[str, int]]:
        """Find keys at most `reach` mistakes away among those of some communes, nearest first."""
        asked = (key, scope)
        known = self._near.get(asked)
        if known is None:
            if len(self._near) > _MOST_ROADS:
                self._near.clear()
            choices = self._within(scope)
            found = extract(key, choices, scorer=OSA.distance, score_cutoff=reach, limit=_MOST_NEAR)
            known = self._near[asked] = [(name, int(distance)) for name, distance, _ in found]
        return known

    def _within(self, scope: frozenset[int]) -> list[str]:
        known = self._scopes.get(scope)
        if known is None:
            if len(self._scopes) > _MOST_SCOPES:
                self._scopes.clear()
            chosen = np.flatnonzero(np.isin(self._communes, list(scope)))
            ends = np.append(self._first, len(self._by_commune))
            parts = [self._by_commune[ends[at] : ends[at + 1]] for at in chosen.tolist()]
            ids = np.unique(np.concatenate(parts)).tolist() if parts else []
            known = self._scopes[scope] = [self.keys[at] for at in ids]
        return known


class Register:
    """The streets and places of a gazetteer.

    Parameters
    ----------
    gazetteer : Gazetteer
        Its tables are kept, not copied, but for points and numbers.
    ground : Ground
        Tells where they lie.
    """

    def __init__(self, gazetteer: Gazetteer, ground: Ground) -> None:
        self._ground = ground
        table = pa.concat_tables(gazetteer.tables)
        self._shapes = table.column("shape").chunks
        self._first_rows = np.cumsum([0, *(len(chunk) for chunk in self._shapes)])[:-1]
        self._lon = table.column("lon").to_numpy()
        self._lat = table.column("lat").to_numpy()
        self._radius_m = table.column("radius_m").to_numpy()
        kinds = table.column("kind").combine_chunks().dictionary_encode()
        self._kinds = [PlaceKind(kind) for kind in kinds.dictionary.to_pylist()]
        self._kind = kinds.indices.to_numpy()
        self._numbers, self._number = _encoded(table.column("number"))
        self._names, self._name = _encoded(table.column("name"))
        self._known: dict[tuple[int, bool], KnownName] = {}
        self._aliases: dict[tuple[int, str], NameKey] = {}
        self._others = table.column("other_names")
        self.commune = ground.locate(self._lon, self._lat)
        street = np.isin(self._kind, [at for at, kind in enumerate(self._kinds) if kind in _STREETS])
        self.streets = self._index(np.flatnonzero(street), street=True)
        self.places = self._index(np.flatnonzero(~street), street=False)
        self._roads = lru_cache(maxsize=_MOST_ROADS)(self._build_roads)

    def _index(self, rows: IntArray, *, street: bool) -> _Keys:
        """Find the keys of every name once, and lay them out over the rows of that name."""
        kind_of = self._kind[rows].astype(np.int64)
        pair = self._name[rows] * len(self._kinds) + kind_of
        distinct, inverse = np.unique(pair, return_inverse=True)
        ids: dict[str, int] = {}
        owners: list[int] = []
        keys: list[int] = []
        for at, both in enumerate(distinct.tolist()):
            name, kind = divmod(both, len(self._kinds))
            known = read_name(self._names[name], self._kinds[kind])
            self._known[name, street] = known
            for key in {each.key for each in known.keys}:
                owners.append(at)
                keys.append(ids.setdefault(key, len(ids)))
        order = np.argsort(inverse, kind="stable")
        starts = np.searchsorted(inverse[order], np.arange(len(distinct) + 1))
        owner = np.asarray(owners, dtype=np.int64)
        counts = starts[owner + 1] - starts[owner] if len(owner) else np.zeros(0, dtype=np.int64)
        key_of = np.repeat(np.asarray(keys, dtype=np.int64), counts)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        offset = np.repeat(starts[owner], counts) + np.arange(len(key_of)) - first if len(owner) else key_of
        found = rows[order[offset]] if len(owner) else rows[:0]
        key_of, found = self._with_other_names(ids, key_of, found, rows, street=street)
        return _Keys(list(ids), key_of, found, self.commune)

    def _with_other_names(
        self, ids: dict[str, int], key_of: IntArray, found: IntArray, rows: IntArray, *, street: bool
    ) -> tuple[IntArray, IntArray]:
        """Add the keys of alternative and former names."""
        others = self._others.take(pa.array(rows))
        named = np.flatnonzero(others.is_valid().to_numpy())
        extra: list[tuple[int, int]] = []
        for row, names in zip(rows[named].tolist(), others.take(pa.array(named)).to_pylist(), strict=True):
            kind = self._kinds[self._kind[row]]
            known = {each.key for each in self._known[int(self._name[row]), street].keys}
            for name in names.split(";"):
                for each in read_name(name, kind).keys:
                    if each.key not in known:
                        known.add(each.key)
                        self._aliases[row, each.key] = each
                        extra.append((ids.setdefault(each.key, len(ids)), row))
        if not extra:
            return key_of, found
        added = np.asarray(extra, dtype=np.int64)
        return np.concatenate([key_of, added[:, 0]]), np.concatenate([found, added[:, 1]])

    def roads(self, key: str, scope: frozenset[int] | None = None) -> list[Road]:
        """Give the streets of one key; of a name of the whole country only those of the provinces asked for.

        Parameters
        ----------
        key : str
            Key of the name.
        scope : frozenset of int, optional
            Communes; their provinces are looked through, all where not given.

        Returns
        -------
        list of Road
            Built when first asked for.
        """
        rows = self.streets.rows(key)
        if scope is None or len(rows) < _FEW_ROWS:
            return self._roads(key, None)
        chosen = np.fromiter(scope, dtype=np.int64)
        return self._roads(key, tuple(np.unique(self._ground.province[chosen]).tolist()))

    def communes_of(self, key: str) -> list[int]:
        """Tell in which communes there is a street of one key, ascending."""
        found = np.unique(self.commune[self.streets.rows(key)])
        return [int(commune) for commune in found if commune >= 0]

    def _build_roads(self, key: str, provinces: tuple[int, ...] | None) -> list[Road]:
        rows = self.streets.rows(key)
        if provinces is not None:
            commune = self.commune[rows]
            rows = rows[(commune >= 0) & np.isin(self._ground.province[commune], provinces)]
        if not len(rows):
            return []
        shapes = shapely.from_wkb(self._wkb(rows))
        pieces: list[Piece] = []
        for row, shape in zip(rows.tolist(), shapes, strict=True):
            pieces.extend(self._pieces(row, shape, key))
        return roads_of(pieces)

    def _wkb(self, rows: IntArray) -> npt.NDArray[np.object_]:
        """Read some lines; ``take`` on the whole column would copy all of it."""
        found = np.full(len(rows), None, dtype=object)
        chunks = np.searchsorted(self._first_rows, rows, side="right") - 1
        for at, (chunk, row) in enumerate(zip(chunks.tolist(), rows.tolist(), strict=True)):
            found[at] = self._shapes[chunk][row - int(self._first_rows[chunk])].as_py()
        return found

    def _pieces(self, row: int, shape: shapely.Geometry | None, key: str) -> list[Piece]:
        known = self._known[int(self._name[row]), True]
        each = next((each for each in known.keys if each.key == key), None) or self._aliases[row, key]
        alleys, number = known.alleys, known.number
        written = self._numbers[self._number[row]] if self._number[row] >= 0 else None
        if written is not None:
            chain = _chain(written)
            alleys, number = (*alleys, *chain[:-1]), chain[-1] if chain else number
        house = None if number is None else read_house_number(number)
        at = (float(self._lon[row]), float(self._lat[row]), float(self._radius_m[row]))
        if shape is None:
            return [Piece(each, alleys, house, None, *at)]
        lines = shapely.get_parts(shape)
        return [Piece(each, alleys, None, shapely.get_coordinates(line), *at) for line in lines]

    def places_of(self, key: str) -> list[KnownPlace]:
        """Give the places of one key."""
        found = []
        for row in self.places.rows(key).tolist():
            kind = self._kinds[self._kind[row]]
            name = self._names[self._name[row]]
            keys = self._known[int(self._name[row]), False].keys
            known = next((each for each in keys if each.key == key), None) or self._aliases[row, key]
            at = (float(self._lon[row]), float(self._lat[row]), float(self._radius_m[row]))
            found.append(KnownPlace(name, kind, known.cue, known.marked, *at))
        return found


@lru_cache(maxsize=1 << 16)
def _chain(written: str) -> tuple[str, ...]:
    """Read a house number as a file has it: ``12/34`` is house 34 of alley 12; of a range the first."""
    text = tokenise(written)
    chain: list[str] = []
    for at, word in enumerate(text.folded):
        if not is_number(word, lettered=True):
            break
        if at == 0 or (text.breaks[at] == 1 and "/" in written):
            chain.append(word)
    return tuple(chain)


def _encoded(column: pa.ChunkedArray) -> tuple[list[str], IntArray]:
    """Part a column into its distinct texts and, for each row, which; -1 for none."""
    encoded = pc.dictionary_encode(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return encoded.dictionary.to_pylist(), indices
