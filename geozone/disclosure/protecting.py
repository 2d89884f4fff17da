"""A draft turned into what is published of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geozone.disclosure.communes import public_communes
from geozone.disclosure.curves import Curves, told_curves
from geozone.disclosure.headline import public_counts, public_warnings
from geozone.disclosure.policy import Disclosure
from geozone.disclosure.zones import public_zones, visible_cases
from geozone.schema.publishable import Publishable
from geozone.types import Source

__all__ = ["PublicDraft", "protect"]


@dataclass(frozen=True, slots=True)
class PublicDraft:
    """What is published of a draft.

    Attributes
    ----------
    as_of, rules, edition, boundary_quality, sources
        As the draft has them.
    layers : mapping of str to DataFrame
        The tables, with ranges instead of counts of cases.
    counts : mapping
        The headline figures; of a range, the least, and beside it the most as ``..._upper``.
    warnings : sequence
        What a reader must know.
    disclosure : mapping
        The rule by which counts are published, as a manifest has it.
    """

    as_of: date
    rules: Any
    edition: str
    boundary_quality: str
    layers: Mapping[str, pd.DataFrame]
    counts: Mapping[str, Any]
    warnings: Sequence[Any]
    sources: Sequence[Source]
    disclosure: Mapping[str, Any]


def protect(draft: Publishable, rule: Disclosure) -> PublicDraft:
    """Withhold small counts of a draft that is to be published.

    Parameters
    ----------
    draft : Publishable
        With exact figures; it is not changed.
    rule : Disclosure
        How small is small.

    Returns
    -------
    PublicDraft
        In ``communes``: ``cases_window``, ``rate_per_100k`` and ``cases_total`` are the least that may be
        told, and ``..._upper`` the most; community cases are left out; sentences and detail say ranges. In
        ``case_counts``: ``cases`` and ``cases_upper``. In zones: ``case_count`` and ``case_count_upper``.
        The same draft and rule give the same answer, whatever was published before.
    """
    layers, counts, warnings = dict(draft.layers), dict(draft.counts), tuple(draft.warnings)
    if rule.withholds:
        shown = visible_cases(layers["containment_zones"])
        curves = told_curves(layers["case_counts"], rule.width, shown=shown)
        layers["case_counts"] = _public_days(curves)
        layers["communes"] = public_communes(
            layers["communes"], curves, draft.as_of, figures=_case_figures(draft.rules), width=rule.width
        )
        for name in ("containment_zones", "buffer_zones"):
            layers[name] = public_zones(layers[name], layers["communes"], rule)
        counts = public_counts(counts, draft.layers["case_counts"], curves, rule)
        warnings = public_warnings(warnings, draft.counts, counts)
    return PublicDraft(
        as_of=draft.as_of,
        rules=draft.rules,
        edition=draft.edition,
        boundary_quality=draft.boundary_quality,
        layers=layers,
        counts=counts,
        warnings=warnings,
        sources=draft.sources,
        disclosure=rule.told(),
    )


def _case_figures(rules: Any) -> Mapping[str, Any]:
    """Tell what the figures of cases are: of a draft, or of one that was kept and read back."""
    found = rules.get("case_figures") if isinstance(rules, Mapping) else getattr(rules, "case_figures", None)
    return found or {}


def _public_days(curves: Curves) -> pd.DataFrame:
    """Tell the cases of each commune and day; a case of which the commune is not certain is in none."""
    told = curves.of_day
    return pd.DataFrame(
        {
            "code": pd.Series(curves.code, dtype="str"),
            "date": pd.Series(curves.day, dtype="datetime64[s]"),
            "cases": pd.array(told.least, dtype="Int64"),
            "cases_upper": pd.array(told.most, dtype="Int64"),
            "possible_cases": np.full(len(curves.code), np.nan),
        }
    )
