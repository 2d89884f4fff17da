"""From weighed readings to one answer: match, tie or none, in both editions."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Final, NamedTuple

from geozone.geocoding.answer_rows import Answer
from geozone.geocoding.extents import Extent, Extents
from geozone.geocoding.lexicon import Lexicon, Unit
from geozone.geocoding.mentions import Role
from geozone.geocoding.neighbours import Neighbours
from geozone.geocoding.normalise import Text
from geozone.geocoding.rank import Reading
from geozone.geocoding.reasons import Language
from geozone.geocoding.spread import MAX_TIE, REMAINDER, Spread, Spreader
from geozone.geocoding.trust import trust_in
from geozone.geocoding.wording import Wording
from geozone.types import AdminLevel, Edition, GeoStatus, MatchLevel

__all__ = ["LEAST_SCORE", "Answerer"]

LEAST_SCORE: Final = 0.4
"""Evidence below which a reading is no answer."""
_LEAST_WEIGHT: Final = 0.1
_TEMPERATURE: Final = 0.5

_ONE_READING: Final = 0.98
"""Weight from which the 2021 commune of a reading is told."""
_BORDER_ERROR_M: Final = 500.0
"""How far approximate outlines err for 94 of 100 points of a ward: added where one beside may be meant."""

_NOTHING_FINER: Final = 0.7
"""Factor of a province where finer parts are named that fit nothing in it."""


class _Verdict(NamedTuple):
    """An answer before it is worded."""

    status: GeoStatus
    level: MatchLevel
    score: float
    unit: int | None
    old_code: str | None
    extent: Extent
    name: str
    members: Sequence[tuple[int, float]]


class Answerer:
    """Words answers for one lexicon.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    extents : Extents
        Their points and radii.
    neighbours : Neighbours
        The communes beside each.
    language : {"vi", "en"}
        Language of the reasons.
    """

    def __init__(
        self, lexicon: Lexicon, extents: Extents, neighbours: Neighbours, language: Language
    ) -> None:
        self._lexicon = lexicon
        self._extents = extents
        self._spreader = Spreader(lexicon, neighbours)
        self._words = Wording(lexicon, language)
        self.full_name = self._words.full_name

    def none(self, reason: str, candidates: Sequence[tuple[int, float]] = (), score: float = 0.0) -> Answer:
        """Answer that the address could not be placed.

        Parameters
        ----------
        reason : str
            Why, in words.
        candidates : sequence of (int, float)
            Runners-up: 2025 communes and their shares.
        score : float
            Trust in the best of them.

        Returns
        -------
        Answer
            Status ``none``.
        """
        return Answer(
            GeoStatus.NONE.value, MatchLevel.NONE.value, score, None, None, None, None, None, None,
            self._words.listed(candidates), reason,
        )  # fmt: skip

    def answer(self, readings: list[Reading], text: Text) -> Answer:
        """Decide between the readings of one address.

        Parameters
        ----------
        readings : list of Reading
            Best first, as `rank` gives them.
        text : Text
            The address, for quoting.

        Returns
        -------
        Answer
            A match, a tie of at most six communes, or none.
        """
        if not text.folded:
            return self.none(self._words.say("empty"))
        if not readings or readings[0].score < LEAST_SCORE:
            return self._province_alone(readings, text) or self.none(self._words.say("nothing"))
        near = self._near(readings)
        if self._lexicon.units[readings[0].unit].level is AdminLevel.PROVINCE:
            return self._province(readings[0], near, text)
        answer = self.decide(near, text)
        if answer.geo_status == GeoStatus.NONE.value:
            return self._province_alone(readings, text) or answer
        return answer

    def _province_alone(self, readings: list[Reading], text: Text) -> Answer | None:
        """Answer at the one province that is named with its kind, where nothing finer can be made out."""
        units = self._lexicon.units
        named = [
            reading
            for reading in readings
            if units[reading.unit].level is AdminLevel.PROVINCE
            and reading.mention.kind is not None
            and reading.mention.role is Role.UNIT
            and not reading.mention.mistakes
        ]
        if len({units[reading.unit].name for reading in named}) != 1:
            return None
        answer = self._province(named[0], [(named[0], 1.0)], text)
        return answer._replace(geo_score=round(answer.geo_score * _NOTHING_FINER, 4))

    def decide(self, near: list[tuple[Reading, float]], text: Text) -> Answer:
        """Decide between readings of communes and districts that cannot be told apart.

        Parameters
        ----------
        near : list of (Reading, float)
            The readings and their weights, which add up to 1.
        text : Text
            The address, for quoting.

        Returns
        -------
        Answer
            A match, a tie, or the unit above.
        """
        spread = self._spreader.spread(near)
        if len(spread.members) == 1:
            return self._match(spread, text)
        if len(spread.members) <= MAX_TIE and spread.kept >= 1 - REMAINDER:
            return self._tie(spread, text)
        return self._wider(spread, text)

    def left_open(self, readings: list[Reading]) -> dict[int, float]:
        """Tell which 2025 communes the likeliest readings leave open, and the odds of each.

        Parameters
        ----------
        readings : list of Reading
            Best first; at least one.

        Returns
        -------
        dict of int to float
            Position in the lexicon to odds.
        """
        return self._spreader.odds(self._near(readings))

    def _near(self, readings: list[Reading]) -> list[tuple[Reading, float]]:
        """Keep readings that cannot be told from the best one, with weights that add up to 1."""
        top = readings[0]
        top_level = self._lexicon.units[top.unit].level
        near: list[tuple[Reading, float]] = []
        for reading in readings:
            weight = exp((reading.score - top.score) / _TEMPERATURE)
            if weight < _LEAST_WEIGHT:
                break
            level = self._lexicon.units[reading.unit].level
            if level is AdminLevel.PROVINCE and top_level is not AdminLevel.PROVINCE:
                continue
            if level is not AdminLevel.PROVINCE and top_level is AdminLevel.PROVINCE:
                continue
            near.append((reading, weight))
        total = sum(weight for _, weight in near)
        return [(reading, weight / total) for reading, weight in near]

    def _match(self, spread: Spread, text: Text) -> Answer:
        unit, share = spread.members[0]
        reading, _ = spread.readings[0]
        matched = self._lexicon.units[reading.unit]
        old = self._old_code(spread)
        finest = reading.unit if matched.level is AdminLevel.COMMUNE else unit
        extent = self._extents.of(finest)
        clauses = self._words.opening(reading)
        if spread.runners_up:
            extent = extent._replace(radius_m=extent.radius_m + _BORDER_ERROR_M)
            others = self._words.names([other for other, _ in spread.runners_up])
            percent = round(100 * share, 1)
            clauses.append(
                self._words.say("mostly", unit=self.full_name(unit), percent=percent, others=others)
            )
        elif matched.edition is Edition.E2021:
            clauses.append(self._words.say("whole", unit=self.full_name(unit)))
        clauses += self._words.remarks(reading, text)
        score = self._score(spread) * spread.kept
        verdict = _Verdict(
            GeoStatus.MATCH,
            MatchLevel.COMMUNE,
            score,
            unit,
            old,
            extent,
            self.full_name(finest),
            (),
        )
        return self._row(verdict, clauses)

    def _tie(self, spread: Spread, text: Text) -> Answer:
        reading, _ = spread.readings[0]
        matched = self._lexicon.units[reading.unit]
        alone = len(spread.readings) == 1
        count = len(spread.members)
        if alone and matched.level is AdminLevel.COMMUNE:
            clauses = [*self._words.opening(reading), *self._divided(reading, spread)]
            extent, name = self._extents.of(reading.unit), self.full_name(reading.unit)
        elif alone:
            clauses = [self._words.say("district-only", unit=self.full_name(reading.unit), count=count)]
            extent, name = self._extents.of(reading.unit), self.full_name(reading.unit)
        else:
            clauses = [self._words.say("several", count=len(spread.readings))]
            extent = self._extents.covering([unit for unit, _ in spread.members])
            name = " | ".join(self.full_name(r.unit) for r, _ in spread.readings[:MAX_TIE])
        if spread.kept < 0.995:
            clauses.append(self._words.say("dropped", percent=round(100 * (1 - spread.kept), 1)))
        clauses += self._words.remarks(reading, text)
        district = sum(
            w for r, w in spread.readings if self._lexicon.units[r.unit].level is AdminLevel.DISTRICT
        )
        level = MatchLevel.DISTRICT if district > 0.5 else MatchLevel.COMMUNE
        verdict = _Verdict(
            GeoStatus.TIE,
            level,
            self._score(spread),
            None,
            self._old_code(spread),
            extent,
            name,
            spread.members,
        )
        return self._row(verdict, clauses)

    def _divided(self, reading: Reading, spread: Spread) -> list[str]:
        """Word why a commune of 2021 is not one commune now."""
        successors = {unit for unit, _ in self._spreader.onward(reading.unit)}
        clauses = []
        if len(successors) > 1:
            clauses.append(self._words.say("divided", count=len(successors)))
        else:
            clauses.append(self._words.say("whole", unit=self.full_name(next(iter(successors)))))
        if any(unit not in successors for unit, _ in spread.members):
            clauses.append(self._words.say("beside"))
        return clauses

    def _wider(self, spread: Spread, text: Text) -> Answer:
        """Answer at the smallest unit above that holds every reading."""
        reading, _ = spread.readings[0]
        units = self._lexicon.units
        rows = [units[r.unit] for r, _ in spread.readings]
        count = len(spread.members)
        listed = spread.members[:MAX_TIE]
        above = self._common_district(rows)
        if above is not None:
            level = MatchLevel.DISTRICT
            clauses = [self._words.say("district-only", unit=self.full_name(above), count=count)]
        elif (above := self._common_province(rows)) is not None:
            level = MatchLevel.PROVINCE
            clauses = [
                self._words.say("too-many", count=count),
                self._words.say("province-only", unit=self.full_name(above)),
            ]
        elif len(finer := self._communes_only(spread)) < len(spread.readings):
            return self.decide(finer, text)
        else:
            return self.none(self._words.say("too-many", count=count), listed, 0.2)
        clauses += self._words.remarks(reading, text)
        verdict = _Verdict(
            GeoStatus.MATCH,
            level,
            self._score(spread),
            None,
            None,
            self._extents.of(above),
            self.full_name(above),
            listed,
        )
        return self._row(verdict, clauses)

    def _communes_only(self, spread: Spread) -> list[tuple[Reading, float]]:
        """Keep the readings of communes, where there are any, with weights that add up to 1."""
        units = self._lexicon.units
        finer = [pair for pair in spread.readings if units[pair[0].unit].level is AdminLevel.COMMUNE]
        total = sum(weight for _, weight in finer)
        return [(reading, weight / total) for reading, weight in finer] or spread.readings

    def _common_district(self, rows: Sequence[Unit]) -> int | None:
        """Find the 2021 district on whose ground every one of these units lies."""
        districts = [row.district for row in rows if row.district >= 0]
        for district in dict.fromkeys(districts):
            if all(
                row.district == district or district in self._lexicon.kin.get(row.position, ())
                for row in rows
            ):
                return district
        return None

    def _common_province(self, rows: Sequence[Unit]) -> int | None:
        """Find the province that holds all of these units: of their own edition, else the 2025 one."""
        if len({row.province for row in rows}) == 1:
            return rows[0].province
        shared: set[int] | None = None
        for row in rows:
            kin = self._lexicon.above(row.position).kin_provinces
            own = {row.province} if row.edition is Edition.E2025 else set(kin)
            shared = own if shared is None else shared & own
        return min(shared) if shared else None

    def _province(self, reading: Reading, near: list[tuple[Reading, float]], text: Text) -> Answer:
        names = {self._lexicon.units[r.unit].name for r, _ in near}
        if len(names) > 1:
            return self.none(self._words.say("several", count=len(names)))
        clauses = [self._words.say("province-only", unit=self.full_name(reading.unit))]
        clauses += self._words.remarks(reading, text)
        verdict = _Verdict(
            GeoStatus.MATCH,
            MatchLevel.PROVINCE,
            self._score(Spread([], 1.0, near)),
            None,
            None,
            self._extents.of(reading.unit),
            self.full_name(reading.unit),
            (),
        )
        return self._row(verdict, clauses)

    def _old_code(self, spread: Spread) -> str | None:
        """2021 commune, where only one can be meant."""
        units = self._lexicon.units
        reading, weight = spread.readings[0]
        row = units[reading.unit]
        if row.level is not AdminLevel.COMMUNE:
            return None
        if row.edition is Edition.E2021:
            return row.code if weight >= _ONE_READING else None
        olds = self._lexicon.predecessors.get(reading.unit, ())
        return units[olds[0]].code if len(olds) == 1 and len(spread.members) == 1 else None

    def _score(self, spread: Spread) -> float:
        reading, _ = spread.readings[0]
        return trust_in(reading, self._lexicon.units[reading.unit].level)

    def _row(self, verdict: _Verdict, clauses: list[str]) -> Answer:
        return Answer(
            verdict.status.value,
            verdict.level.value,
            round(min(1.0, max(0.0, verdict.score)), 4),
            None if verdict.unit is None else self._lexicon.units[verdict.unit].code,
            verdict.old_code,
            verdict.extent.lon,
            verdict.extent.lat,
            round(verdict.extent.radius_m, 1),
            verdict.name,
            self._words.listed(verdict.members),
            "; ".join(clauses),
        )
