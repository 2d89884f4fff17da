"""What a draft is: everything that a release publishes, and what stays private beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import pandas as pd

from geozone.draft.inputs import Inputs
from geozone.rules import Threshold, thresholds_of
from geozone.types import AdminLevel, Source
from geozone.zoning import ZoneSet

if TYPE_CHECKING:
    from geozone.rules import RuleSet

__all__ = ["Draft", "DraftRules"]


@dataclass(frozen=True, slots=True)
class DraftRules:
    """The rule set of a draft, as its readers see it.

    Attributes
    ----------
    id : str
        Identifier of the rule set.
    name_vi, name_en : str
        Its name.
    legal_basis : str
        The text that it applies.
    verified : bool
        Whether no value of it rests on memory alone.
    partial : bool
        Whether it holds only part of the text.
    case_figures : dict
        What its figures of cases are: ``window_days`` and ``divide`` of the count and rate of communes, none
        where it has none; ``alone``, whether sentences quote no other count; and ``indicators``, the names of
        all that are made of cases.
    thresholds : tuple of Threshold
        The numbers of cases and of vaccination at which it changes its mind on that day.
    """

    id: str
    name_vi: str
    name_en: str
    legal_basis: str
    verified: bool
    partial: bool
    case_figures: dict[str, Any] = field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = ()

    @classmethod
    def of(cls, rules: RuleSet, as_of: date) -> Self:
        """Take what readers see of a rule set.

        Parameters
        ----------
        rules : RuleSet
            The rule set.
        as_of : date
            The day it is applied to.

        Returns
        -------
        DraftRules
            Its name, legal basis, trust and thresholds.
        """
        return cls(
            rules.id,
            rules.name_vi,
            rules.name_en,
            rules.legal_basis,
            rules.verified,
            rules.partial,
            _case_figures(rules),
            thresholds_of(rules, as_of),
        )


_OF_CASES = ("cases", "households", "cluster_cases", "doubling_days")


def _case_figures(rules: RuleSet) -> dict[str, Any]:
    """Say what the figures of cases of a rule set are, so that who publishes them need not know the rules."""
    decision = rules.decision(AdminLevel.COMMUNE)
    facts = [rules.indicators[name] for name in decision.facts] if decision is not None else []
    count = next((one for one in facts if one.what == "cases"), None)
    rate = next((one for one in facts if one.population), None)
    quoted = {(one.what, one.window_days, one.filter) for one in facts if one.what in ("cases", "households")}
    return {
        "window_days": None if count is None else count.window_days,
        "divide": None if rate is None else rate.divide,
        "alone": count is not None and len(quoted) == 1,
        "indicators": sorted(name for name, one in rules.indicators.items() if one.what in _OF_CASES),
    }


@dataclass(frozen=True, slots=True)
class Draft:
    """Zones, levels, coverage and green zones as of one day, not yet decided.

    Attributes
    ----------
    as_of : date
        The day it holds for.
    rules : DraftRules
        The rule set used.
    edition : str
        Edition of the administrative geography.
    boundary_quality : str
        The worst trust in any outline used: ``approximate`` if any unit is.
    layers : dict of str to DataFrame
        What a release publishes, by layer; geometry in EPSG:4326.
    counts : dict
        Cases placed, ambiguous and unplaced, zones, residents inside, communes by level.
    unplaced : DataFrame
        Private: one row per case that is not placed, with its status, level and reason.
    zone_set : ZoneSet
        Private: the zones with the cases they rest on, for the next day, what-ifs and comparison.
    lifting_parts : GeoDataFrame
        Private: the parts that each zone may be lifted in, with geometry. Inside a zone their edges are
        arcs around single cases, dated: the release has the schedule without the geometry.
    inputs : Inputs
        Private: what it was drawn from.
    rule_set : RuleSet
        The rules applied, whole.
    warnings : tuple of tuple
        What a reader must know, as (Vietnamese, English).
    sources : tuple of Source
        The inputs with their checksums and licences.
    """

    as_of: date
    rules: DraftRules
    edition: str
    boundary_quality: str
    layers: dict[str, pd.DataFrame]
    counts: dict[str, Any]
    unplaced: pd.DataFrame = field(repr=False)
    zone_set: ZoneSet = field(repr=False)
    lifting_parts: gpd.GeoDataFrame = field(repr=False)
    inputs: Inputs = field(repr=False)
    rule_set: RuleSet
    warnings: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = field(default=())
