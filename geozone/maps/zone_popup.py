"""What the popup of a zone says: its clock, its people, the communes and facilities inside."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from geozone.disclosure import say_column
from geozone.maps.words import KIND_NAMES, format_date, format_number, words

__all__ = ["zone_columns"]

_MOST = 8


def zone_columns(zones: pd.DataFrame, language: str) -> dict[str, Any]:
    """Put zones into words.

    Parameters
    ----------
    zones : DataFrame
        Containment or buffer zones; columns that an older release does not have are left out.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    dict of str to list
        What each line of the popup is called, and what it says of each zone.
    """
    text = words(language)
    columns: dict[str, Any] = {text["zone"]: zones["zone_id"]}
    for name in ("opened_on", "last_case_on", "earliest_lift_on", "free_on"):
        if name in zones.columns:
            columns[text[name]] = [format_date(value, language) for value in zones[name]]
    columns[text["case_count"]] = say_column(zones, "case_count", language, unknown=text["no_data"])
    columns[text["residents"]] = _residents(zones, language)
    if "households" in zones.columns:
        columns[text["households"]] = [format_number(value, language) for value in zones["households"]]
    if "facility_kinds" in zones.columns:
        columns[text["facilities_inside"]] = [_kinds(value, language) for value in zones["facility_kinds"]]
    if "perimeter" in zones.columns:
        columns[text["perimeter"]] = [text.get(f"perimeter_{kind}", "") for kind in zones["perimeter"]]
    if "checkpoints" in zones.columns:
        columns[text["checkpoints"]] = [format_number(value, language) for value in zones["checkpoints"]]
    columns[text["communes_inside"]] = [_communes(value, language) for value in zones["communes"]]
    return columns


def _residents(zones: pd.DataFrame, language: str) -> list[str]:
    column = "residents_method_vi" if language == "vi" else "residents_method"
    methods = zones[column] if column in zones.columns else [None] * len(zones)
    return [
        format_number(value, language) + (f" ({method})" if isinstance(method, str) else "")
        for value, method in zip(zones["residents"], methods, strict=True)
    ]


def _kinds(value: Any, language: str) -> str:
    if not isinstance(value, str):
        return words(language)["no_data"]
    kinds = json.loads(value)
    names = KIND_NAMES[language]
    listed = [f"{format_number(count, language)} {names.get(kind, kind)}" for kind, count in kinds.items()]
    return ", ".join(listed) if listed else "0"


def _communes(value: str, language: str) -> str:
    parts = sorted(json.loads(value), key=lambda part: -(part["share"] or 0))
    whole = words(language)["whole"]
    listed = [
        f"{part['name']} ({whole if part['whole'] else _percent(part['share'])})" for part in parts[:_MOST]
    ]
    return ", ".join(listed) + (", …" if len(parts) > _MOST else "")


def _percent(share: float) -> str:
    return "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"
