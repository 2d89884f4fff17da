"""What a what-if and a trade-off say, in Vietnamese and English."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd

from geozone.draft.whatif import WhatIf
from geozone.levels.numbers import say_number

__all__ = ["parameter_remarks", "trade_off_sentences", "what_if_sentences"]

Language = Literal["vi", "en"]
_SHOWN = 10

_PARAMETERS = {
    "containment_m": ("bán kính phong tỏa", "containment radius", "m"),
    "activity_days": ("số ngày ca còn được tính", "days that a case counts", ""),
    "lift_days": ("số ngày không có ca mới trước khi dỡ bỏ", "days without a new case before lifting", ""),
    "link_m": ("khoảng cách nối hai ca", "distance that links two cases", "m"),
    "buffer_widths_m": ("bề rộng vùng đệm", "width of the rings", "m"),
    "min_cluster_cases": ("số ca tối thiểu của một ổ dịch", "least cases of a cluster", ""),
    "close_holes_km2": ("lỗ hổng được lấp đến", "holes closed up to", "km²"),
    "caution": ("mức thận trọng của ranh giới theo khối phố", "caution of perimeters made of blocks", ""),
    "green_days": ("số ngày không có ca để thành vùng xanh", "days without a case for a green zone", ""),
}
_NO_RADIUS = (
    "Không có ca nào biết đến đường phố hoặc địa chỉ nên bán kính không tác động đến khu phong tỏa.",
    "No case is known to the street or the address, so the radius changes no zone.",
)
_NO_PEOPLE = (
    "Chưa rõ số dân nên chưa tính được số người thêm hoặc bớt.",
    "Residents are not known, so the people added or released cannot be told.",
)
_NO_FACILITIES = ("Chưa có danh sách cơ sở.", "No facilities have been imported.")
_FIGURES = {
    "certain_zones": ("khu phong tỏa chắc chắn", "certain containment zones", 0),
    "possible_zones": ("khu phong tỏa có thể", "possible containment zones", 0),
    "certain_residents": ("dân trong khu phong tỏa chắc chắn", "residents in certain zones", 0),
    "possible_residents": ("dân trong khu phong tỏa có thể", "residents in possible zones", 0),
    "certain_area_km2": ("km² khu phong tỏa chắc chắn", "km² of certain zones", 2),
    "possible_area_km2": ("km² khu phong tỏa có thể", "km² of possible zones", 2),
    "buffer_area_km2": ("km² vùng đệm", "km² of buffer zones", 2),
    "buffer_residents": ("dân trong vùng đệm", "residents in buffer zones", 0),
    "communes": ("xã, phường có khu phong tỏa", "communes with a containment zone", 0),
    "checkpoints": ("chốt kiểm soát", "checkpoints", 0),
    "facilities": ("cơ sở trong khu phong tỏa", "facilities in containment zones", 0),
    "cases": ("ca nằm trong khu phong tỏa", "cases that a zone covers", 0),
    "level_4": ("xã, phường cấp 4", "communes at level 4", 0),
    "level_3": ("xã, phường cấp 3", "communes at level 3", 0),
    "level_2": ("xã, phường cấp 2", "communes at level 2", 0),
    "level_1": ("xã, phường cấp 1", "communes at level 1", 0),
}


def what_if_sentences(found: WhatIf) -> list[tuple[str, str]]:
    """Tell what other parameters would change.

    Parameters
    ----------
    found : WhatIf
        The difference.

    Returns
    -------
    list of tuple
        A Vietnamese and an English sentence each: the parameters, every figure that would change, the
        communes and facilities that enter or leave, the levels. If nothing would change, that.
    """
    told = [
        _lifted(*values) if name == "lifted" else _parameter(name, *values)
        for name, values in found.parameters.items()
    ]
    if "containment_m" in found.parameters and not _figure_of(found, "certain_zones"):
        told.append(_NO_RADIUS)
    changes = _changes(found.figures)
    changes += _moves(found.communes, "xã, phường", "Communes")
    changes += _moves(found.facilities, "cơ sở", "Facilities")
    if len(found.levels):
        number = len(found.levels)
        changes.append((f"{number} xã, phường đổi cấp độ.", f"Communes that would change level: {number}."))
    nothing = ("Không có gì thay đổi.", "Nothing would change.")
    return told + (changes or [nothing])


def _changes(figures: pd.DataFrame) -> list[tuple[str, str]]:
    """Every figure that changes; what is not known is said once."""
    told: list[tuple[str, str]] = []
    for row in figures[figures["figure"].isin(list(_FIGURES)).to_numpy(dtype=bool)].itertuples():
        if not math.isnan(row.difference):
            told += [_figure(row)] if row.difference else []
        elif row.figure.endswith("residents") and _NO_PEOPLE not in told:
            told.append(_NO_PEOPLE)
        elif row.figure == "facilities":
            told.append(_NO_FACILITIES)
    return told


def _figure_of(found: WhatIf, figure: str) -> float:
    row = found.figures.set_index("figure").loc[figure]
    return float(max(row["before"], row["after"]))


def _parameter(name: str, before: Any, after: Any) -> tuple[str, str]:
    vietnamese, english, unit = _PARAMETERS.get(name, (name, name, ""))
    vi, en = ([_value(value, unit, language) for value in (before, after)] for language in ("vi", "en"))
    return (
        f"Nếu {vietnamese} là {vi[1]} thay vì {vi[0]}:",
        f"If the {english} were {en[1]} instead of {en[0]}:",
    )


def _lifted(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, str]:
    """Tell that parts of zones are released before their time, and of which zones."""
    chosen = sorted(set(after) - set(before))
    zones = sorted({name.partition("/")[0] for name in chosen})
    shown = ", ".join(zones[:_SHOWN]) + ("…" if len(zones) > _SHOWN else "")
    return (
        f"Dỡ bỏ từng phần: {len(chosen)} phần của khu phong tỏa {shown}, do người lập dự thảo chọn.",
        f"Partial lifting: {len(chosen)} part(s) of containment zone {shown}, as who drew it chose.",
    )


def parameter_remarks(parameters: Mapping[str, tuple[Any, Any]]) -> list[tuple[str, str]]:
    """Tell readers of a draft which values of its rule set somebody changed.

    Parameters
    ----------
    parameters : mapping of str to tuple
        Each parameter that was changed: the value of the rule set, and the one used.

    Returns
    -------
    list of tuple
        A Vietnamese and an English sentence for each.
    """
    told = []
    for name, (before, after) in parameters.items():
        if name == "lifted":
            told.append(_lifted(before, after))
            continue
        vietnamese, english, unit = _PARAMETERS.get(name, (name, name, ""))
        vi, en = ([_value(value, unit, language) for value in (before, after)] for language in ("vi", "en"))
        told.append(
            (
                f"Không theo bộ quy tắc: {vietnamese} là {vi[1]} thay vì {vi[0]}, do người lập dự thảo chọn.",
                f"Not by the rule set: the {english} is {en[1]} instead of {en[0]}, as who drew it chose.",
            )
        )
    return told


def _value(value: Any, unit: str, language: Any) -> str:
    if isinstance(value, tuple):
        nothing = "không có" if language == "vi" else "none"
        return " + ".join(_value(one, unit, language) for one in value) if value else nothing
    if isinstance(value, int | float):
        text = say_number(value, language, 1 if round(value, 1) == value else 2)
    else:
        text = str(value)
    return f"{text} {unit}".rstrip()


def _figure(row: Any) -> tuple[str, str]:
    vietnamese, english, digits = _FIGURES[row.figure]
    vi: Callable[[float], str] = lambda value: say_number(value, "vi", digits)  # noqa: E731
    en: Callable[[float], str] = lambda value: say_number(value, "en", digits)  # noqa: E731
    size = abs(row.difference)
    more = row.difference > 0
    verb_vi, verb_en, to_vi = ("Thêm", "more", "lên") if more else ("Bớt", "less", "còn")
    return (
        f"{verb_vi} {vi(size)} {vietnamese} (từ {vi(row.before)} {to_vi} {vi(row.after)}).",
        f"{english[0].upper()}{english[1:]}: {en(row.before)} before, {en(row.after)} after"
        f" ({en(size)} {verb_en}).",
    )


def _moves(table: pd.DataFrame, vietnamese: str, english: str) -> list[tuple[str, str]]:
    told = []
    for change, verb_vi, verb_en in (
        ("enter", "thêm vào khu phong tỏa", "would enter a containment zone"),
        ("leave", "ra khỏi khu phong tỏa", "would leave every containment zone"),
    ):
        names = table.loc[(table["change"] == change).to_numpy(dtype=bool), "name"].tolist()
        if names:
            more = len(names) - _SHOWN
            shown = ", ".join(names[:_SHOWN])
            told.append(
                (
                    f"{len(names)} {vietnamese} {verb_vi}: {shown}"
                    + (f" và {more} nơi khác." if more > 0 else "."),
                    f"{english} that {verb_en} ({len(names)}): {shown}"
                    + (f" and {more} others." if more > 0 else "."),
                )
            )
    return told


def trade_off_sentences(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Tell a trade-off: people locked for each case covered, by radius and days.

    Parameters
    ----------
    table : DataFrame
        From ``zoning.trade_off``.

    Returns
    -------
    list of tuple
        A Vietnamese and an English sentence for each row, in order.
    """
    return [_trade(row) for row in table.itertuples()]


def _trade(row: Any) -> tuple[str, str]:
    head_vi = f"Bán kính {_value(row.containment_m, 'm', 'vi')}, {row.window_days} ngày: "
    head_en = f"Radius {_value(row.containment_m, 'm', 'en')}, {row.window_days} days: "
    if row.cases == 0:
        return head_vi + "không có ca nào cần phong tỏa.", head_en + "no case needs a zone."
    if math.isnan(row.people_per_case):
        return (
            head_vi + f"{say_number(row.cases, 'vi')} ca; chưa rõ số dân.",
            head_en + f"{say_number(row.cases, 'en')} cases; residents are not known.",
        )
    gap_vi = gap_en = ""
    if row.zones_without_residents:
        gap_vi = f" Chưa kể {row.zones_without_residents} vùng chưa rõ số dân."
        gap_en = f" Zones whose residents are unknown, not counted: {row.zones_without_residents}."
    part_vi = part_en = ""
    if row.possible_zones and not math.isnan(row.certain_residents):
        part_vi = f" ({say_number(row.certain_residents, 'vi', 0)} ở khu chắc chắn)"
        part_en = f" ({say_number(row.certain_residents, 'en', 0)} in certain zones)"
    people_vi, cases_vi = say_number(row.residents, "vi", 0), say_number(row.cases, "vi")
    people_en, cases_en = say_number(row.residents, "en", 0), say_number(row.cases, "en")
    return (
        f"{head_vi}phong tỏa khoảng {people_vi} người{part_vi} cho {cases_vi} ca, "
        f"tức {say_number(row.people_per_case, 'vi', 0)} người mỗi ca.{gap_vi}",
        f"{head_en}about {people_en} people locked{part_en} for {cases_en} cases, "
        f"{say_number(row.people_per_case, 'en', 0)} people per case covered.{gap_en}",
    )
