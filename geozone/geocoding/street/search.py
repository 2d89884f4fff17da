"""Find the street or the place that an address names, within the communes that it leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz.distance import OSA

from geozone.geocoding.normalise import Text, fold, marks_conflict
from geozone.geocoding.spread import MAX_TIE
from geozone.geocoding.street.ground import Ground
from geozone.geocoding.street.house_numbers import read_house_number
from geozone.geocoding.street.names import place_key, street_key
from geozone.geocoding.street.parts import Parts, Span
from geozone.geocoding.street.register import KnownPlace, Register
from geozone.geocoding.street.roads import Road
from geozone.geocoding.street.stretches import Method, Spot
from geozone.geodesy import distance_m
from geozone.types import MatchLevel, PlaceKind

__all__ = ["Find", "Search"]

Scope = frozenset[int] | None

_TRIMMED: Final = 3
_SHORTEST: Final = 4
_LEAST_ALONE: Final = 6
"""Letters of a name that may stand for itself where no unit is named."""
_FEW_HOUSES: Final = 2
"""A street without a line that is known by fewer houses may have a namesake that is not known at all."""
_HOUSE_M: Final = 100.0
"""Radius up to which an answer counts as an address."""
_LEAST_REACH_M: Final = {
    PlaceKind.HAMLET: 400.0, PlaceKind.ESTATE: 250.0, PlaceKind.INDUSTRIAL_PARK: 500.0,
    PlaceKind.BUILDING: 60.0, PlaceKind.POI: 100.0,
}  # fmt: skip
"""Radius of a place that is known by a point only, metres."""
_LEVELS: Final = {
    PlaceKind.HAMLET: MatchLevel.HAMLET, PlaceKind.ESTATE: MatchLevel.HAMLET,
    PlaceKind.INDUSTRIAL_PARK: MatchLevel.HAMLET, PlaceKind.BUILDING: MatchLevel.ADDRESS,
    PlaceKind.POI: MatchLevel.STREET,
}  # fmt: skip
_ALIKE: Final = {PlaceKind.ESTATE: PlaceKind.HAMLET, PlaceKind.BUILDING: PlaceKind.ESTATE}
"""Kinds that sources and people mix up."""


class Find(NamedTuple):
    """What was found: one spot, or several that fit alike."""

    name: str
    """Name in the gazetteer."""
    spots: tuple[Spot, ...]
    level: MatchLevel
    mistakes: int
    """Letters that differ from the name."""
    conflict: bool
    """Whether the diacritics typed contradict the name."""
    trimmed: bool
    """Whether words after the name were left out."""
    rank: int
    """How plainly the address says that it is a street: 0 by a word, 1 after a number, 2 not."""
    span: Span
    settled: bool
    """Whether the gazetteer knows it well enough to be sure that it is the only one of its name."""


class Search:
    """Searches one register.

    Parameters
    ----------
    register : Register
        The streets and places.
    ground : Ground
        Tells where they lie.
    """

    def __init__(self, register: Register, ground: Ground) -> None:
        self._register = register
        self._ground = ground

    def find(self, parts: Parts, text: Text, scope: Scope) -> Find | None:
        """Find what an address names.

        Parameters
        ----------
        parts : Parts
            The address, taken apart.
        text : Text
            Its tokens.
        scope : frozenset of int, optional
            Communes that it leaves open; all where not given.

        Returns
        -------
        Find or None
            A house or a street; a hamlet, estate, building or park where it is nearer to the point, or no
            street is found.
        """
        street = self._street(parts, text, scope)
        if street is not None and street.level is MatchLevel.ADDRESS:
            return street
        place = self._place(parts, text, scope)
        if street is None or place is None:
            return street or place
        return place if _is_better(place, street) else street

    def _street(self, parts: Parts, text: Text, scope: Scope) -> Find | None:
        for span in parts.streets:
            for key, mistakes, trimmed in self._keys(text, span, scope):
                found = self._on_roads(parts, text, span, scope, (key, mistakes, trimmed))
                if found is not None:
                    return found
        return None

    def _keys(self, text: Text, span: Span, scope: Scope) -> Iterator[tuple[str, int, bool]]:
        """Keys that a span may mean: as it stands, without its last words, and misspelled."""
        least = span.end - 1 if scope is None else max(span.start, span.end - 1 - _TRIMMED)
        for end in range(span.end, least, -1):
            key = street_key(text.folded[span.start : end], span.cue)
            short = len(key) < (_SHORTEST if scope is not None else _LEAST_ALONE)
            if short and (span.rank > 0 or scope is None):
                continue
            if end < span.end and end - span.start < 2:
                continue
            yield key, 0, end < span.end
        if scope is not None:
            key = street_key(text.folded[span.start : span.end], span.cue)
            reach = _reach(len(key), span.rank)
            if reach and not len(self._register.streets.rows(key)):
                for near, mistakes in self._register.streets.near(key, scope, reach):
                    yield near, mistakes, False

    def _on_roads(
        self, parts: Parts, text: Text, span: Span, scope: Scope, match: tuple[str, int, bool]
    ) -> Find | None:
        key, mistakes, trimmed = match
        number = None if parts.number is None else read_house_number(parts.number)
        in_rows = span.kind in (None, PlaceKind.STREET)
        if span.kind is PlaceKind.HAMLET and (scope is None or len(scope) > MAX_TIE):
            return None
        found: list[tuple[bool, Spot, Road]] = []
        box = None if not scope else self._ground.box(scope)
        for road in self._register.roads(key, scope):
            if box is not None and _are_apart(box, road.box):
                continue
            spot = road.parts(scope, self._ground.within).locate(
                number, parts.alleys, road.name, in_rows=in_rows
            )
            if spot is not None:
                if span.kind is PlaceKind.ESTATE and spot.method.key.startswith("house"):
                    # Numbers come again in every block of an estate.
                    spot = spot._replace(radius_m=spot.radius_m + _LEAST_REACH_M[span.kind])
                typed = text.marked[span.start : span.end]
                if mistakes and not any(_nearly(typed, known) for known in road.spellings):
                    continue
                conflict = not mistakes and all(_contradict(typed, known) for known in road.spellings)
                found.append((conflict, spot, road))
        if not found:
            return None
        least = min(conflict for conflict, _, _ in found)
        kept = [(spot, road) for conflict, spot, road in found if conflict == least]
        housed = [pair for pair in kept if pair[0].method.key.startswith("house")]
        kept = housed or kept
        spots = tuple(spot for spot, _ in kept)
        sure = len(spots) == 1 and spots[0].radius_m <= _HOUSE_M and bool(housed)
        level = MatchLevel.ADDRESS if sure else MatchLevel.STREET
        road = kept[0][1]
        settled = road.is_drawn or len(road.pieces) >= _FEW_HOUSES or spots[0].method.key == "house-known"
        return Find(road.name, spots, level, mistakes, least, trimmed, span.rank, span, settled)

    def elsewhere(self, parts: Parts, text: Text) -> tuple[str, list[int]] | None:
        """Find where else the street of an address is, if it is nowhere in the communes named.

        Parameters
        ----------
        parts : Parts
            The address, taken apart.
        text : Text
            Its tokens.

        Returns
        -------
        tuple or None
            The street as typed, and the communes that have one of its name; none where no street is plainly
            named.
        """
        for span in parts.streets:
            if span.rank > 1:
                continue
            key = street_key(text.folded[span.start : span.end], span.cue)
            typed = " ".join(text.written[span.start : span.end])
            return typed, self._register.communes_of(key)
        return None

    def _place(self, parts: Parts, text: Text, scope: Scope) -> Find | None:
        named = [span for span in parts.places if scope is not None or span.kind is not PlaceKind.HAMLET]
        for span in [*named, *(each for each in parts.streets if each.cue == "")]:
            key = place_key(text.folded[span.start : span.end])
            if not self._may_be_place(key, span, scope):
                continue
            fitting = [
                place
                for place in self._register.places_of(key)
                if _same_kind(place, span)
                and not _contradict(text.marked[span.start : span.end], place.marked)
            ]
            found = self._inside(fitting, scope)
            if found:
                return _place_found(found, span)
        return None

    def _may_be_place(self, key: str, span: Span, scope: Scope) -> bool:
        if span.cue:
            return not key.isdigit() or scope is not None
        return len(key) >= (_LEAST_ALONE if scope is not None else 2 * _SHORTEST)

    def _inside(self, places: list[KnownPlace], scope: Scope) -> list[KnownPlace]:
        if scope is None or not places:
            return [place for place in places if place.kind is not PlaceKind.HAMLET]
        lon = np.array([place.lon for place in places])
        lat = np.array([place.lat for place in places])
        inside = self._ground.within(lon, lat, scope)
        return [place for place, there in zip(places, inside, strict=True) if there]


def _are_apart(one: Sequence[float], other: Sequence[float]) -> bool:
    """Tell whether two boxes do not touch."""
    return one[0] > other[2] or other[0] > one[2] or one[1] > other[3] or other[1] > one[3]


def _is_better(place: Find, street: Find) -> bool:
    """Tell whether a place says more than a street: smaller, or more plainly named where they differ."""
    if len(place.spots) > 1:
        return False
    spot = place.spots[0]
    lon, lat = (np.array([each[at] for each in street.spots]) for at in (0, 1))
    apart = distance_m(spot.lon, spot.lat, lon, lat)
    reach = np.array([each.radius_m for each in street.spots])
    if (apart > reach + spot.radius_m).all():
        return place.rank < street.rank
    return bool(spot.radius_m < reach.min())


def _reach(length: int, rank: int) -> int:
    """Mistakes allowed in a name of this many letters."""
    if length < 8:
        return 0
    return 1 if length < 12 or rank > 1 else 2


def _nearly(typed: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Tell whether no word is wrong by more than a letter: Nguyễn Hoàng is not Nguyễn Khang misspelled."""
    plain = [[_plain(word) for word in words] for words in (typed, known)]
    if len(typed) != len(known):
        return OSA.distance("".join(plain[0]), "".join(plain[1])) <= 1
    return all(OSA.distance(a, b) <= 1 for a, b in zip(*plain, strict=True))


def _plain(word: str) -> str:
    return fold(word.rstrip("12345")) or word


def _contradict(typed: tuple[str, ...], known: tuple[str, ...]) -> bool:
    if len(typed) != len(known):
        return False
    return any(marks_conflict(a, b) for a, b in zip(typed, known, strict=True))


def _same_kind(place: KnownPlace, span: Span) -> bool:
    """Tell whether a place is of the kind that the address says."""
    if span.kind is None:
        return place.kind is not PlaceKind.HAMLET or place.cue == ""
    if place.kind is not span.kind:
        alike = place.kind is _ALIKE.get(span.kind) or span.kind is _ALIKE.get(place.kind)
        return alike or place.kind is PlaceKind.POI
    return not (span.kind is PlaceKind.HAMLET and place.cue and place.cue != span.cue)


def _place_found(places: list[KnownPlace], span: Span) -> Find:
    first = places[0]
    spots = tuple(
        Spot(
            place.lon, place.lat, max(place.radius_m, _LEAST_REACH_M[place.kind]), Method("place", place.name)
        )
        for place in places
    )
    return Find(first.name, spots, _LEVELS[first.kind], 0, False, False, span.rank, span, True)
