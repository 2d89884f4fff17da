"""What a reader of a draft must know before relying on it, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from geozone.admin import AdminUnits
    from geozone.rules import RuleSet

__all__ = ["caveats", "not_placed"]


def caveats(
    units: AdminUnits,
    rules: RuleSet,
    counts: Mapping[str, Any],
    population: pd.DataFrame | None,
    doses: pd.DataFrame | None,
) -> tuple[tuple[str, str], ...]:
    """Say what a reader must know: trust in the inputs, and what is missing.

    Parameters
    ----------
    units : AdminUnits
        The communes used.
    rules : RuleSet
        The rules applied.
    counts : mapping
        Counts of the draft.
    population, doses : DataFrame or None
        What was given of each.

    Returns
    -------
    tuple of tuple
        Pairs of a Vietnamese and an English sentence.
    """
    found: list[tuple[str, str]] = []
    if units.boundary_quality == "approximate":
        found.append(
            (
                "Ranh giới xã, phường chỉ gần đúng: không dùng cho văn bản pháp lý.",
                "Commune boundaries are approximate: not for a legal order.",
            )
        )
    if not rules.verified:
        found.append(
            (
                f"Bộ quy tắc {rules.id} có giá trị chưa được kiểm chứng với văn bản gốc.",
                f"Rule set {rules.id} holds values not verified against the legal text.",
            )
        )
    if rules.partial:
        found.append(
            (
                f"Bộ quy tắc {rules.id} chỉ gồm những phần đã xác nhận được.",
                f"Rule set {rules.id} holds only the parts that could be confirmed.",
            )
        )
    if population is None:
        found.append(("Chưa có dữ liệu dân số.", "No population has been imported."))
    elif bool((population["population_flag"] == "synthetic").any()):
        found.append(("Dân số là số liệu giả lập.", "Population figures are synthetic."))
    if doses is None:
        found.append(("Chưa có dữ liệu tiêm chủng.", "No vaccination data has been imported."))
    by_decision = counts["communes_set_by_decision"]
    if by_decision:
        found.append(
            (
                f"{by_decision} xã, phường có cấp độ dịch do cấp có thẩm quyền quyết định;"
                " kết quả tính theo quy tắc được ghi bên cạnh (xem từng xã).",
                f"{by_decision} communes are at a level set by decision;"
                " what the rules give is told beside it (see each).",
            )
        )
    higher = counts["communes_possibly_higher"]
    if higher:
        found.append(
            (
                f"{higher} xã, phường có thể ở cấp cao hơn: thiếu thông tin mà quy tắc cần (xem từng xã).",
                f"{higher} communes may be at a higher level: facts the rules need are missing (see each).",
            )
        )
    missing = counts["ambiguous"] + counts["unplaced"]
    if missing:
        found.append(not_placed(str(missing), str(missing)))
    return tuple(found)


def not_placed(number_vi: str, number_en: str) -> tuple[str, str]:
    """Say how many cases are in no one commune.

    Parameters
    ----------
    number_vi, number_en : str
        The number, or a range of it, in each language.

    Returns
    -------
    tuple of str
        A Vietnamese and an English sentence.
    """
    return (
        _capital(f"{number_vi} ca chưa xác định được xã, phường."),
        _capital(f"{number_en} cases are not placed in one commune."),
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
