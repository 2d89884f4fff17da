"""From an answer at commune level to one at street level, where a gazetteer knows the street."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from geozone.geocoding.answer_rows import Answer
from geozone.geocoding.answers import LEAST_SCORE, Answerer
from geozone.geocoding.lexicon import Lexicon
from geozone.geocoding.mentions import Mention
from geozone.geocoding.normalise import Text
from geozone.geocoding.rank import Reading
from geozone.geocoding.reasons import Language
from geozone.geocoding.spread import MAX_TIE
from geozone.geocoding.street.ground import Ground
from geozone.geocoding.street.parts import Parts, read_parts, separators
from geozone.geocoding.street.register import Register
from geozone.geocoding.street.search import Find, Search
from geozone.geocoding.street.stretches import Spot
from geozone.geocoding.wording import Wording
from geozone.geodesy import distance_m
from geozone.places import Gazetteer
from geozone.types import AdminLevel, Edition, GeoStatus, MatchLevel

__all__ = ["Pinpointer"]

_SURE: Final = 0.9
"""Share of a commune from which it is the answer."""
_SMALL: Final = 0.03
_LONGEST_M: Final = 750.0
"""A street that reaches further than this is no place for a circle: the answer is its commune."""

_METHODS: Final = {
    "house-known": 0.98, "house-beside": 0.97, "house-between": 0.97, "house-near": 0.96, "alley-mouth": 0.95,
    "alley-whole": 0.96, "street-whole": 0.96, "place": 0.95,
}  # fmt: skip
_LIKELY: Final = {"house-between": 0.6, "house-near": 0.5, "alley-mouth": 0.6}
"""Part of the radius that holds four of five: what the communes are weighed by, for the rest are outliers."""
_FAR_M: Final = 300.0
_FAR: Final = 0.92
"""Less trust in the nearest known number where it is nine numbers away and more."""
_UNDRAWN: Final = 0.92
"""Less trust in a street that is known by a few houses only."""
_MISTAKE: Final = 0.9
_MARKS: Final = 0.85
_TRIMMED: Final = 0.93
_UNPLAIN: Final = 0.95
_NO_UNIT: Final = 0.8


class _Verdict(NamedTuple):
    """An answer before it is worded."""

    level: MatchLevel
    members: list[tuple[int, float]]
    """2025 communes, positions in the lexicon, with shares that add up to 1; the first is the answer."""
    spot: Spot
    score: float


class Pinpointer:
    """Refines answers with a gazetteer.

    Parameters
    ----------
    gazetteer : Gazetteer
        Streets, houses, hamlets and other places.
    ground : Ground
        Communes of the current edition.
    lexicon : Lexicon
        Units of both editions.
    answerer : Answerer
        Knows what readings leave open.
    language : {"vi", "en"}
        Language of the reasons.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        ground: Ground,
        lexicon: Lexicon,
        answerer: Answerer,
        language: Language,
    ) -> None:
        self._ground = ground
        self._lexicon = lexicon
        self._answerer = answerer
        self._words = Wording(lexicon, language)
        self._search = Search(Register(gazetteer, ground), ground)
        units = [lexicon.by_code[(Edition.E2025, AdminLevel.COMMUNE, code)] for code in ground.codes]
        self._units = units
        self._position = {unit: at for at, unit in enumerate(units)}

    def refine(self, address: str, text: Text, readings: list[Reading], base: Answer) -> Answer:
        """Refine one answer.

        Parameters
        ----------
        address : str
            The address.
        text : Text
            Its tokens.
        readings : list of Reading
            What it can mean at commune level, best first.
        base : Answer
            The answer at commune level.

        Returns
        -------
        Answer
            A better one where the gazetteer knows the street, the hamlet or the estate in a commune that
            the address leaves open; else the same, with what was looked for in vain.
        """
        named = bool(readings) and readings[0].score >= LEAST_SCORE
        between = separators(address, text)
        parts = read_parts(text, between, _covered(readings[0]) if named else ())
        odds = self._odds(readings) if named else None
        found = self._search.find(parts, text, None if odds is None else frozenset(odds))
        if found is not None:
            return self._settle(found, odds, base, readings if named else [], text)
        if named:
            return self._with_longer_name(between, text, readings) or self._unfound(parts, text, base)
        return base

    def _odds(self, readings: list[Reading]) -> dict[int, float]:
        """Communes that the readings leave open."""
        return {self._position[unit]: odds for unit, odds in self._answerer.left_open(readings).items()}

    def _settle(
        self, found: Find, odds: dict[int, float] | None, base: Answer, readings: list[Reading], text: Text
    ) -> Answer:
        verdict = self._decide(found, base, odds)
        if verdict is None:
            return self._undecided(found, base)
        return self._answer(found, verdict, base, readings, text)

    def _with_longer_name(
        self, between: tuple[str, ...], text: Text, readings: list[Reading]
    ) -> Answer | None:
        """Read a name that was taken for a commune as the end of a street's: Phạm Quang Yên Lãng."""
        weak = readings[0].mention
        if weak.kind is not None or weak.start == 0 or text.breaks[weak.start] > 0:
            return None
        others = [
            reading
            for reading in readings
            if not any(weak.start < each.end and each.outer < weak.end for each in _mentions(reading))
        ]
        kept = others if others and others[0].score >= LEAST_SCORE else []
        parts = read_parts(text, between, _covered(kept[0]) if kept else ())
        odds = self._odds(kept) if kept else None
        found = self._search.find(parts, text, None if odds is None else frozenset(odds))
        whole = found is not None and found.span.start < weak.start < found.span.end
        if found is None or not whole or found.mistakes or found.trimmed or found.conflict:
            return None
        return self._settle(found, odds, self._answerer.answer(kept, text), kept, text)

    def _decide(self, found: Find, base: Answer, odds: dict[int, float] | None) -> _Verdict | None:
        """Settle the commune by where the street lies."""
        if odds is None and not found.settled:
            return None
        shares: dict[int, float] = {}
        inside = 0.0
        for spot in found.spots:
            for commune, share in self._shares(spot).items():
                if odds is None or commune in odds:
                    inside += share / len(found.spots)
                    shares[commune] = shares.get(commune, 0.0) + share * (
                        1.0 if odds is None else odds[commune]
                    )
        total = sum(shares.values())
        if not total:
            return None
        members = [
            (self._units[commune], share / total)
            for commune, share in sorted(shares.items(), key=lambda item: (-item[1], item[0]))
            if share / total >= _SMALL
        ]
        score = self._score(found, base, inside)
        apart = len(found.spots) > 1
        if members[0][1] >= _SURE:
            if apart and base.geo_commune_code is not None:
                return None
            level = MatchLevel.COMMUNE if apart or self._is_long(found) else found.level
            return _Verdict(level, members[:1], _around(found.spots), score * members[0][1])
        if len(members) > MAX_TIE:
            return None
        kept = sum(share for _, share in members)
        level = MatchLevel.COMMUNE if apart else found.level
        return _Verdict(level, [(u, s / kept) for u, s in members], _around(found.spots), score * kept)

    def _is_long(self, found: Find) -> bool:
        return found.level is not MatchLevel.HAMLET and found.spots[0].radius_m > _LONGEST_M

    def _shares(self, spot: Spot) -> dict[int, float]:
        if spot.drawn and spot.lon_trace is not None and spot.lat_trace is not None:
            return self._ground.shares_of_points(spot.lon_trace, spot.lat_trace)
        likely = spot.radius_m * _LIKELY.get(spot.method.key, 1.0)
        return self._ground.shares_of_disc(spot.lon, spot.lat, likely)

    def _score(self, found: Find, base: Answer, inside: float) -> float:
        """Trust in an answer: that of the units named, less what the name of the street lacks."""
        spot = found.spots[0]
        score = _METHODS[spot.method.key] * _MISTAKE**found.mistakes
        score *= 1.0 if spot.drawn else _UNDRAWN
        score *= _FAR if spot.method.key == "house-near" and spot.radius_m > _FAR_M else 1.0
        score *= _MARKS if found.conflict else 1.0
        score *= _TRIMMED if found.trimmed else 1.0
        score *= _UNPLAIN if found.rank > 1 else 1.0
        if base.geo_status == GeoStatus.NONE.value:
            return score * _NO_UNIT
        return min(base.geo_score, score) * (1.0 if inside > 0.5 else 0.9)

    def _answer(
        self, found: Find, verdict: _Verdict, base: Answer, readings: list[Reading], text: Text
    ) -> Answer:
        unit = verdict.members[0][0]
        match = len(verdict.members) == 1
        clauses = [self._words.say(spot.method.key, **self._named(found, spot)) for spot in found.spots[:1]]
        if found.mistakes or found.conflict:
            typed = " ".join(text.written[found.span.start : found.span.end])
            clauses.append(self._words.say("spelling" if found.mistakes else "marks", typed=typed))
        if not match:
            several = "spots-apart" if len(found.spots) > 1 else "street-crosses"
            clauses.append(self._words.say(several, street=found.name, count=len(verdict.members)))
        if readings:
            clauses += [*self._words.opening(readings[0]), *self._words.remarks(readings[0], text)]
        else:
            clauses.append(self._words.say("no-unit"))
        place = found.name if not match else f"{found.name}, {self._answerer.full_name(unit)}"
        return Answer(
            (GeoStatus.MATCH if match else GeoStatus.TIE).value,
            verdict.level.value,
            round(min(1.0, max(0.0, verdict.score)), 4),
            self._lexicon.units[unit].code if match else None,
            self._old_code(unit, base, readings) if match else base.geo_commune_code_2021,
            verdict.spot.lon,
            verdict.spot.lat,
            round(verdict.spot.radius_m, 1),
            place,
            self._words.listed([] if match else verdict.members),
            "; ".join(clauses),
        )

    def _named(self, found: Find, spot: Spot) -> dict[str, str]:
        return {"first": spot.method.first, "second": spot.method.second, "street": found.name}

    def _old_code(self, unit: int, base: Answer, readings: list[Reading]) -> str | None:
        """2021 commune: the one named, else the only one that the district named gave to the new commune."""
        if base.geo_commune_code_2021 is not None:
            return base.geo_commune_code_2021
        olds = self._lexicon.predecessors.get(unit, ())
        if readings and len(olds) > 1:
            above = self._lexicon.units[readings[0].unit]
            if above.level is AdminLevel.DISTRICT:
                olds = tuple(old for old in olds if self._lexicon.units[old].district == above.position)
        return self._lexicon.units[olds[0]].code if len(olds) == 1 else None

    def _undecided(self, found: Find, base: Answer) -> Answer:
        """Say that the street settles nothing."""
        unsure = not found.settled and base.geo_status == GeoStatus.NONE.value
        clause = self._words.say("street-unsure" if unsure else "street-everywhere", street=found.name)
        return base._replace(geo_reason=f"{base.geo_reason}; {clause}")

    def _unfound(self, parts: Parts, text: Text, base: Answer) -> Answer:
        """Say what was looked for in vain, and where else it is."""
        other = self._search.elsewhere(parts, text)
        if other is None:
            return base
        typed, communes = other
        if communes:
            names = [self._answerer.full_name(self._units[at]) for at in communes[:2]]
            clause = self._words.say("street-elsewhere", street=typed, units=" | ".join(names))
        else:
            clause = self._words.say("street-unknown", street=typed)
        return base._replace(geo_reason=f"{base.geo_reason}; {clause}")


def _mentions(reading: Reading) -> list[Mention]:
    """Give what a reading rests on, and what it passes over with a note."""
    used = [reading.mention, reading.district, reading.province, *(note.mention for note in reading.notes)]
    return [mention for mention in used if mention is not None]


def _covered(reading: Reading) -> set[int]:
    """Tokens that name the units of a reading."""
    return {at for mention in _mentions(reading) for at in range(mention.outer, mention.end)}


def _around(spots: Sequence[Spot]) -> Spot:
    """Give one spot that covers several."""
    if len(spots) == 1:
        return spots[0]
    lon, lat = np.array([spot.lon for spot in spots]), np.array([spot.lat for spot in spots])
    radius = np.array([spot.radius_m for spot in spots])
    x, y = float(lon.mean()), float(lat.mean())
    return Spot(x, y, float((distance_m(x, y, lon, lat) + radius).max()), spots[0].method)
