"""What if: the same day under other parameters, and what that would change for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import pandas as pd

from geozone import zoning
from geozone.draft.inputs import Inputs
from geozone.draft.result import Draft
from geozone.draft.sketching import Sketch, sketch, sketch_of
from geozone.rules import RuleSet
from geozone.rules.zoning_rules import ZoningRules

__all__ = [
    "WhatIf",
    "changed_parameters",
    "compared",
    "differences",
    "varied",
    "varied_zoning",
    "what_if",
]

_NAMES = {"radius_m": ("containment_m",), "days": ("activity_days", "lift_days")}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The difference that other parameters make.

    Attributes
    ----------
    parameters : dict of str to tuple
        Each parameter that was changed: its value before and after.
    figures : DataFrame
        ``figure, before, after, difference``: zones, km², residents, communes, checkpoints, facilities,
        cases covered, communes by level. A figure that is not known is missing, so is its difference.
    communes : DataFrame
        ``code, name, change``: communes that would ``enter`` a containment zone or ``leave`` all of them.
    facilities : DataFrame
        ``facility_id, name, kind, change``, the same of facilities.
    levels : DataFrame
        ``code, before, after``: communes whose level would change.
    after : Sketch
        Private: the zones and levels that it would give.
    """

    parameters: dict[str, tuple[Any, Any]]
    figures: pd.DataFrame
    communes: pd.DataFrame
    facilities: pd.DataFrame
    levels: pd.DataFrame
    after: Sketch


def what_if(draft: Draft, **changes: float | tuple[float, ...] | str) -> WhatIf:
    """Draw a draft's zones and levels again under other parameters, and compare.

    Parameters
    ----------
    draft : Draft
        What to start from.
    **changes : float or tuple of float
        ``radius_m`` (containment), ``days`` (activity and lifting together), ``buffer_m`` (width of one
        ring, 0 for none), ``caution`` (of zones made of blocks, 0 to 1), ``lift`` (parts of zones to
        release, each ``zone_id/part_id``), or any parameter of `ZoningRules`: ``link_m, lift_days,
        activity_days, min_cluster_cases, buffer_widths_m``...

    Returns
    -------
    WhatIf
        The difference to the draft in people, area, communes, facilities and levels.

    Raises
    ------
    ValueError
        If a parameter is not known or its value is outside its domain.
    """
    return compared(sketch_of(draft), draft.inputs, draft.rule_set, draft.as_of, changes)


def compared(
    before: Sketch, inputs: Inputs, rules: RuleSet, as_of: date, changes: Mapping[str, Any]
) -> WhatIf:
    """Draw again under other parameters and compare with what was drawn from the same inputs.

    Parameters
    ----------
    before : Sketch
        What was drawn.
    inputs : Inputs
        What it was drawn from.
    rules : RuleSet
        The rules it was drawn by.
    as_of : date
        The day.
    changes : mapping
        Parameters as ``what_if`` takes them.

    Returns
    -------
    WhatIf
        The difference.

    Raises
    ------
    ValueError
        If a parameter is not known or its value is outside its domain.
    """
    tried, other = varied(inputs, rules, changes)
    found = differences(before, sketch(tried, other, as_of), rules.zoning, other.zoning)
    return replace(found, parameters=changed_parameters(inputs, rules, tried, other))


def varied(inputs: Inputs, rules: RuleSet, changes: Mapping[str, Any]) -> tuple[Inputs, RuleSet]:
    """Change parameters of what a day is drawn from.

    Parameters
    ----------
    inputs : Inputs
        What it is drawn from.
    rules : RuleSet
        The rules.
    changes : mapping
        Parameters as ``what_if`` takes them.

    Returns
    -------
    inputs : Inputs
        With another caution and with parts lifted, if these are among them.
    rules : RuleSet
        With the others.

    Raises
    ------
    ValueError
        If a parameter is not known or its value is outside its domain.
    """
    of_rules = {name: value for name, value in changes.items() if name not in ("caution", "lift")}
    caution = float(changes.get("caution", inputs.caution))
    lifted = tuple(sorted({*inputs.lifted, *changes.get("lift", ())}))
    return replace(inputs, caution=caution, lifted=lifted), replace(
        rules, zoning=varied_zoning(rules.zoning, of_rules)
    )


def changed_parameters(
    inputs: Inputs, rules: RuleSet, tried: Inputs, other: RuleSet
) -> dict[str, tuple[Any, Any]]:
    """Tell two ways of drawing a day apart.

    Parameters
    ----------
    inputs, tried : Inputs
        What the day is drawn from, before and after.
    rules, other : RuleSet
        The rules, before and after.

    Returns
    -------
    dict of str to tuple
        Each parameter that differs: its value before and after.
    """
    found = _changed_rules(rules.zoning, other.zoning)
    if inputs.caution != tried.caution:
        found |= {"caution": (inputs.caution, tried.caution)}
    return found if inputs.lifted == tried.lifted else found | {"lifted": (inputs.lifted, tried.lifted)}


def varied_zoning(rules: ZoningRules, changes: Mapping[str, Any]) -> ZoningRules:
    """Change parameters of a rule set.

    Parameters
    ----------
    rules : ZoningRules
        The parameters as they are.
    changes : mapping
        Names as ``what_if`` takes them, to new values.

    Returns
    -------
    ZoningRules
        Changed and checked.

    Raises
    ------
    ValueError
        If a parameter is not known or its value is outside its domain.
    """
    known = {field.name for field in fields(ZoningRules)}
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "buffer_m":
            values["buffer_widths_m"] = (float(value),) if value else ()
            continue
        for field in _NAMES.get(name, (name,)):
            if field not in known:
                expected = ", ".join(sorted({*_NAMES, "buffer_m", *known}))
                raise ValueError(f"{name!r} is no parameter of zones; expected one of {expected}")
            values[field] = value
    return replace(rules, **values)


def differences(before: Sketch, after: Sketch, old: ZoningRules, new: ZoningRules) -> WhatIf:
    """Compare two sketches of one day.

    Parameters
    ----------
    before, after : Sketch
        The two.
    old, new : ZoningRules
        Their parameters.

    Returns
    -------
    WhatIf
        What is different in the second.
    """
    return WhatIf(
        _changed_rules(old, new),
        _figures(before, after),
        _moved(_communes(before), _communes(after), ["code", "name"]),
        _moved(_inside(before), _inside(after), ["facility_id", "name", "kind"]),
        _levels(before.levels, after.levels),
        after,
    )


def _changed_rules(old: ZoningRules, new: ZoningRules) -> dict[str, tuple[Any, Any]]:
    return {
        field.name: (getattr(old, field.name), getattr(new, field.name))
        for field in fields(ZoningRules)
        if getattr(old, field.name) != getattr(new, field.name)
    }


def _figures(before: Sketch, after: Sketch) -> pd.DataFrame:
    counted = [_count(before), _count(after)]
    table = pd.DataFrame(
        {"figure": list(counted[0]), "before": counted[0].values(), "after": counted[1].values()}
    )
    table[["before", "after"]] = table[["before", "after"]].astype("float64")
    return table.assign(difference=table["after"] - table["before"])


def _count(drawn: Sketch) -> dict[str, float | None]:
    found: dict[str, float | None] = dict(zoning.totals(drawn.zone_set)._asdict())
    ring = drawn.zone_set.buffer
    found["buffer_area_km2"] = float(ring["area_km2"].sum())
    found["buffer_residents"] = float(ring["residents"].sum(min_count=1)) if len(ring) else 0.0
    found["checkpoints"] = None if drawn.checkpoints is None else len(drawn.checkpoints)
    found["facilities"] = None if drawn.facilities is None else len(_inside(drawn))
    known = drawn.levels["epidemic_level"]
    found |= {f"level_{level}": int((known == level).sum()) for level in (1, 2, 3, 4)}
    return found | {"level_none": int(known.isna().sum())}


def _communes(drawn: Sketch) -> pd.DataFrame:
    """List the communes that a containment zone, certain or possible, touches."""
    found = {
        one["code"]: one["name"]
        for text in drawn.zone_set.containment["communes"]
        for one in json.loads(text)
    }
    rows = sorted(found.items())
    return pd.DataFrame(rows, columns=["code", "name"]).astype("str")


def _inside(drawn: Sketch) -> pd.DataFrame:
    columns = ["facility_id", "name", "kind"]
    if drawn.facilities is None:
        return pd.DataFrame(columns=columns, dtype="str")
    return drawn.facilities.loc[drawn.facilities["zone_id"].notna(), columns]


def _moved(before: pd.DataFrame, after: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Say which rows of the first are not in the second, and the other way round."""
    key = columns[0]
    entering = after[~after[key].isin(before[key]).to_numpy(dtype=bool)].assign(change="enter")
    leaving = before[~before[key].isin(after[key]).to_numpy(dtype=bool)].assign(change="leave")
    joined = pd.concat([entering, leaving])[[*columns, "change"]].astype("str")
    return joined.sort_values(["change", key]).reset_index(drop=True)


def _levels(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    both = before[["code", "epidemic_level"]].merge(
        after[["code", "epidemic_level"]], on="code", suffixes=("_before", "_after")
    )
    both = both.rename(columns={"epidemic_level_before": "before", "epidemic_level_after": "after"})
    same = (both["before"] == both["after"]) | (both["before"].isna() & both["after"].isna())
    return both[~same.fillna(False).to_numpy(dtype=bool)].reset_index(drop=True)
