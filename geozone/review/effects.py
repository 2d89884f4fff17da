"""What each answer to a doubt would change: levels, zones, people; drawn with the engine of the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geozone import levels, zoning
from geozone.review.doubts import Doubt, Option, OptionKind
from geozone.types import GeoStatus, MatchLevel, Progress, no_progress
from geozone.zoning import Land, Placing, ZoneChanges
from geozone.zoning.inside import resident_counts

if TYPE_CHECKING:
    from geozone.admin import AdminUnits
    from geozone.levels import LevelChanges
    from geozone.rules import RuleSet

__all__ = ["Basis", "Change", "Effect", "Stake", "effects_of", "placed"]


@dataclass(frozen=True, slots=True)
class Basis:
    """What effects are computed from: the same as a draft.

    Attributes
    ----------
    cases : DataFrame
        One row per case and place, index 0 to n - 1: the table that ``draw`` takes.
    units : AdminUnits
        The communes.
    rules : RuleSet
        The rules.
    as_of : date
        The day.
    population, coverage, previous : DataFrame or None
        As a draft takes them.
    """

    cases: pd.DataFrame
    units: AdminUnits
    rules: RuleSet
    as_of: date
    population: pd.DataFrame | None = None
    coverage: pd.DataFrame | None = None
    previous: pd.DataFrame | None = None


class Change(NamedTuple):
    """A commune whose level would be another; 0 stands for no data."""

    code: str
    name: str
    before: int
    after: int


class Stake(NamedTuple):
    """People whose status an answer changes, against another answer."""

    certain: float
    """People whose epidemic level or certain zone would be another."""
    possible: float
    """People for whom only the level or zone that is possible would be another."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one answer would change, against what is drawn now.

    Attributes
    ----------
    option : Option
        The answer.
    levels, possible_levels : tuple of Change
        Communes whose level, or highest possible level, would be another.
    zone_people, possible_zone_people : float
        People more (or fewer) in certain and in possible containment zones.
    zone_km2, possible_zone_km2 : float
        Area more (or less) of the same.
    unknown_population : int
        Communes among those changed whose population is not known.
    against_first : Stake
        People whose status it changes against the likeliest answer.
    """

    option: Option
    levels: tuple[Change, ...]
    possible_levels: tuple[Change, ...]
    zone_people: float
    possible_zone_people: float
    zone_km2: float
    possible_zone_km2: float
    unknown_population: int
    against_first: Stake

    @property
    def changes_anything(self) -> bool:
        """Whether any level or zone would be another."""
        areas = abs(self.zone_km2) > 0 or abs(self.possible_zone_km2) > 0
        return bool(self.levels or self.possible_levels or areas)


def effects_of(
    basis: Basis, doubts: Sequence[Doubt], *, progress: Progress = no_progress
) -> list[tuple[Effect, ...]]:
    """Compute what every answer to every doubt would change.

    Parameters
    ----------
    basis : Basis
        What is drawn now.
    doubts : sequence of Doubt
        The doubts; their rows are those of ``basis.cases``.
    progress : callable
        Told of each stage.

    Returns
    -------
    list of tuple of Effect
        One tuple per doubt, in the order of its answers.
    """
    land = Land.of(basis.units)
    keys = [(i, option) for i, doubt in enumerate(doubts) for option in doubt.options]
    placings = [_placing(doubts[i], option, land) for i, option in keys]
    asked = [placing for placing in placings if placing is not None]
    level_changes, zone_changes = _draw(basis, land, asked, progress)
    people = _People(basis.population, land)
    found: list[list[_State]] = [[] for _ in doubts]
    answers = iter(zip(level_changes, zone_changes, strict=True))
    for (i, option), placing in zip(keys, placings, strict=True):
        found[i].append(_State(option, None, None) if placing is None else _State(option, *next(answers)))
    return [tuple(people.effect(state, states[0]) for state in states) for states in found]


class _State(NamedTuple):
    """The country under one answer, as it differs from now; none where nothing does."""

    option: Option
    levels: LevelChanges | None
    zones: ZoneChanges | None


def _placing(doubt: Doubt, option: Option, land: Land) -> Placing | None:
    if option.kind is OptionKind.AS_IS:
        return None
    if option.kind is OptionKind.ELSEWHERE:
        return Placing(doubt.rows, -1)
    return Placing(doubt.rows, int(land.positions([option.code])[0]))


def _draw(
    basis: Basis, land: Land, placings: Sequence[Placing], progress: Progress
) -> tuple[list[LevelChanges], list[ZoneChanges]]:
    progress("zones of each answer", 0, len(placings))
    zones = zoning.zone_placings(basis.cases, land, basis.rules.zoning, as_of=basis.as_of, placings=placings)
    progress("zones of each answer", len(placings), len(placings))
    if not levels.is_local(basis.rules):
        return _assess_each(basis, land, placings, progress), zones
    progress("levels of each answer", 0, len(placings))
    found = levels.assess_placings(
        basis.units.communes,
        basis.cases,
        basis.coverage,
        basis.population,
        basis.rules,
        as_of=basis.as_of,
        previous=basis.previous,
        placings=placings,
    )
    progress("levels of each answer", len(placings), len(placings))
    return found, zones


def _assess_each(
    basis: Basis, land: Land, placings: Sequence[Placing], progress: Progress
) -> list[LevelChanges]:
    """Assess the whole country anew for every answer: for rules that look at zones or clusters."""
    now = _assess(basis, land, basis.cases)
    found = []
    for done, placing in enumerate(placings):
        progress("levels of each answer", done, len(placings))
        then = _assess(basis, land, placed(basis.cases, placing, land))
        changed = np.flatnonzero((now[0] != then[0]) | (now[1] != then[1]))
        found.append(
            levels.LevelChanges(changed, now[0][changed], then[0][changed], now[1][changed], then[1][changed])
        )
    progress("levels of each answer", len(placings), len(placings))
    return found


def _assess(
    basis: Basis, land: Land, cases: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    drawn = zoning.zones(cases, land, basis.rules.zoning, as_of=basis.as_of, population=basis.population)
    table = levels.assess(
        basis.units.communes,
        cases[cases["report_date"] <= pd.Timestamp(basis.as_of)],
        basis.coverage,
        drawn,
        basis.population,
        basis.rules,
        as_of=basis.as_of,
        previous=basis.previous,
        explain=False,
    )
    table = table.set_index("code").reindex(land.codes)
    ranks = [table[name].fillna(0).to_numpy(dtype=np.int64) for name in ("epidemic_level", "possible_level")]
    return ranks[0], ranks[1]


def placed(cases: pd.DataFrame, placing: Placing, land: Land) -> pd.DataFrame:
    """Put a group of cases into one commune, or nowhere.

    Parameters
    ----------
    cases : DataFrame
        The table that ``draw`` takes.
    placing : Placing
        What goes where.
    land : Land
        The communes.

    Returns
    -------
    DataFrame
        The changed table; the one given stays as it is.
    """
    changed = cases.copy()
    rows = changed.index[list(placing.rows)]
    nowhere = placing.commune < 0
    changed.loc[rows, "geo_status"] = str(GeoStatus.NONE if nowhere else GeoStatus.MATCH)
    changed.loc[rows, "geo_level"] = str(MatchLevel.NONE if nowhere else MatchLevel.COMMUNE)
    changed.loc[rows, "geo_candidates"] = "[]"
    changed.loc[rows, land.code_column] = None if nowhere else land.codes[placing.commune]
    return changed


class _People:
    """Turns changed communes into people, area and names."""

    def __init__(self, population: pd.DataFrame | None, land: Land) -> None:
        counts = resident_counts(population, land)
        self.land = land
        self.count = np.full(len(land), np.nan) if counts is None else counts
        known = self.count[np.isfinite(self.count)]
        # Only for the order of the queue: a commune of unknown population weighs as a middling one.
        self.weight = np.where(np.isfinite(self.count), self.count, np.median(known) if len(known) else 1.0)
        self.names = land.table["full_name"].to_numpy(dtype=object)

    def effect(self, state: _State, first: _State) -> Effect:
        """Say what one answer changes against now, and against the likeliest answer."""
        against = self._stake(state, first)
        if state.levels is None or state.zones is None:
            return Effect(state.option, (), (), 0.0, 0.0, 0.0, 0.0, 0, against)
        found, zones = state.levels, state.zones
        areas = self.land.areas_km2(zones.commune)
        certain = zones.certain_after - zones.certain_before
        possible = zones.possible_after - zones.possible_before
        inside = np.nan_to_num(self.count[zones.commune])
        touched = np.union1d(found.commune, zones.commune)
        return Effect(
            state.option,
            self._changes(found.commune, found.before, found.after),
            self._changes(found.commune, found.possible_before, found.possible_after),
            float((inside * certain).sum()),
            float((inside * possible).sum()),
            float((areas * certain).sum()),
            float((areas * possible).sum()),
            int(np.isnan(self.count[touched]).sum()),
            against,
        )

    def _changes(
        self,
        communes: npt.NDArray[np.int64],
        before: npt.NDArray[np.int64],
        after: npt.NDArray[np.int64],
    ) -> tuple[Change, ...]:
        return tuple(
            Change(self.land.codes[unit], self.names[unit], int(old), int(new))
            for unit, old, new in zip(communes.tolist(), before, after, strict=True)
            if old != new
        )

    def _stake(self, state: _State, first: _State) -> Stake:
        """Count the people whose status differs between two answers, each once."""
        level, highest, certain, possible = (
            _differences(mine, theirs) for mine, theirs in zip(_values(state), _values(first), strict=True)
        )
        sure_people = maybe_people = 0.0
        for unit in level.keys() | highest.keys() | certain.keys() | possible.keys():
            sure = 1.0 if level.get(unit) else min(certain.get(unit, 0.0), 1.0)
            maybe = 1.0 if highest.get(unit) else min(possible.get(unit, 0.0), 1.0)
            sure_people += self.weight[unit] * sure
            maybe_people += self.weight[unit] * max(maybe - sure, 0.0)
        return Stake(float(sure_people), float(maybe_people))


_Values = dict[int, tuple[float, float]]
"""By commune: the value now, and under an answer."""


def _values(state: _State) -> tuple[_Values, _Values, _Values, _Values]:
    """Give level, highest possible level, and parts in certain and possible zones, where they change."""
    if state.levels is None or state.zones is None:
        return {}, {}, {}, {}
    found, zones = state.levels, state.zones
    return (
        _pairs(found.commune, found.before, found.after),
        _pairs(found.commune, found.possible_before, found.possible_after),
        _pairs(zones.commune, zones.certain_before, zones.certain_after),
        _pairs(zones.commune, zones.possible_before, zones.possible_after),
    )


def _pairs(
    communes: npt.NDArray[np.int64], before: npt.NDArray[np.generic], after: npt.NDArray[np.generic]
) -> _Values:
    return dict(zip(communes.tolist(), zip(before.tolist(), after.tolist(), strict=True), strict=True))


def _differences(mine: _Values, theirs: _Values) -> dict[int, float]:
    """Give how far apart two answers are in each commune that either changes."""
    found = {}
    for unit in mine.keys() | theirs.keys():
        now = (mine.get(unit) or theirs[unit])[0]
        found[unit] = abs(mine.get(unit, (now, now))[1] - theirs.get(unit, (now, now))[1])
    return found
