"""The words of a map, in Vietnamese and English."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

__all__ = ["KIND_NAMES", "LEVEL_NAMES", "format_date", "format_number", "words"]

LEVEL_NAMES: dict[str, dict[int, str]] = {
    "vi": {1: "Cấp 1 – xanh", 2: "Cấp 2 – vàng", 3: "Cấp 3 – cam", 4: "Cấp 4 – đỏ"},
    "en": {1: "Level 1 – green", 2: "Level 2 – yellow", 3: "Level 3 – orange", 4: "Level 4 – red"},
}

KIND_NAMES: dict[str, dict[str, str]] = {
    "vi": {
        "school": "trường học",
        "market": "chợ, siêu thị",
        "hospital": "bệnh viện, phòng khám",
        "health-station": "trạm y tế",
        "vaccination-site": "điểm tiêm chủng",
        "quarantine": "khu cách ly",
        "factory": "nhà máy",
        "industrial-park": "khu công nghiệp",
        "port": "cảng",
        "station": "bến xe, nhà ga, sân bay",
        "place-of-worship": "cơ sở thờ tự",
        "holding": "cơ sở chăn nuôi",
        "other": "cơ sở khác",
    },
    "en": {
        "school": "schools",
        "market": "markets",
        "hospital": "hospitals",
        "health-station": "health stations",
        "vaccination-site": "vaccination sites",
        "quarantine": "quarantine sites",
        "factory": "factories",
        "industrial-park": "industrial parks",
        "port": "ports",
        "station": "stations",
        "place-of-worship": "places of worship",
        "holding": "holdings",
        "other": "other facilities",
    },
}
"""Kinds of facility, as ``places`` names them, in words."""

_WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "communes": "Cấp độ dịch theo xã, phường",
        "containment_certain": "Khu phong tỏa",
        "containment_possible": "Có thể phải phong tỏa (chỉ biết đến xã)",
        "buffer_zones": "Vùng đệm",
        "green_zones": "Vùng xanh",
        "facilities": "Địa điểm cần chú ý",
        "no_data": "Không có dữ liệu",
        "as_of": "Tính đến ngày",
        "decision": "Quyết định",
        "draft": "Bản nháp, chưa ban hành",
        "rules": "Bộ quy tắc",
        "unverified": "chưa kiểm chứng",
        "approximate": "Ranh giới gần đúng, không dùng cho văn bản pháp lý",
        "commune": "Xã, phường",
        "province": "Tỉnh, thành phố",
        "level": "Cấp độ",
        "why": "Vì sao",
        "lower": "Khi nào giảm cấp",
        "population": "Dân số",
        "cases_total": "Tổng số ca",
        "zone": "Mã vùng",
        "case_count": "Số ca đang theo dõi",
        "opened_on": "Thiết lập từ",
        "last_case_on": "Ca gần nhất",
        "earliest_lift_on": "Sớm nhất có thể dỡ bỏ",
        "free_on": "Hết theo dõi sau dỡ bỏ",
        "households": "Số hộ bên trong",
        "facilities_inside": "Cơ sở bên trong",
        "perimeter": "Ranh giới",
        "perimeter_disc": "theo bán kính",
        "perimeter_blocks": "theo ô phố, tổ dân phố, thôn",
        "perimeter_unit": "cả xã, phường",
        "checkpoints": "Số chốt kiểm soát",
        "communes_inside": "Xã, phường liên quan",
        "whole": "toàn bộ",
        "residents": "Số dân bên trong (ước tính)",
        "days_without_cases": "Số ngày không có ca mới",
        "name": "Tên",
        "kind": "Loại",
    },
    "en": {
        "communes": "Epidemic level by commune",
        "containment_certain": "Containment zone",
        "containment_possible": "Possible containment (known to the commune only)",
        "buffer_zones": "Buffer zone",
        "green_zones": "Green zone",
        "facilities": "Places to watch",
        "no_data": "No data",
        "as_of": "As of",
        "decision": "Decision",
        "draft": "Draft, not in force",
        "rules": "Rule set",
        "unverified": "unverified",
        "approximate": "Approximate boundaries, not for a legal order",
        "commune": "Commune",
        "province": "Province",
        "level": "Level",
        "why": "Why",
        "lower": "What turns it lower",
        "population": "Population",
        "cases_total": "Cases in all",
        "zone": "Zone",
        "case_count": "Active cases",
        "opened_on": "Opened on",
        "last_case_on": "Last case",
        "earliest_lift_on": "Earliest lifting",
        "free_on": "End of surveillance",
        "households": "Households inside",
        "facilities_inside": "Facilities inside",
        "perimeter": "Outline",
        "perimeter_disc": "by distance",
        "perimeter_blocks": "by blocks",
        "perimeter_unit": "whole commune",
        "checkpoints": "Checkpoints",
        "communes_inside": "Communes",
        "whole": "whole",
        "residents": "Residents inside (estimate)",
        "days_without_cases": "Days without a new case",
        "name": "Name",
        "kind": "Kind",
    },
}


def words(language: str) -> dict[str, str]:
    """Choose the words of a language.

    Parameters
    ----------
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    dict of str to str
        Key to words.

    Raises
    ------
    ValueError
        If the language is another one.
    """
    if language not in _WORDS:
        raise ValueError(f"language is {language!r}, expected one of {', '.join(_WORDS)}")
    return _WORDS[language]


def format_number(value: Any, language: str) -> str:
    """Write a whole number as its readers do; nothing known is a dash.

    Parameters
    ----------
    value : number or missing
        The number.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        ``12.345`` in Vietnamese, ``12,345`` in English.
    """
    if pd.isna(value):
        return "–"
    text = f"{round(float(value)):,}"
    return text.replace(",", ".") if language == "vi" else text


def format_date(value: Any, language: str) -> str:
    """Write a date as its readers do; nothing known is a dash.

    Parameters
    ----------
    value : date or missing
        The date.
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    str
        ``13/07/2021`` in Vietnamese, ``2021-07-13`` in English.
    """
    if pd.isna(value):
        return "–"
    day: date = pd.Timestamp(value).date()
    return day.strftime("%d/%m/%Y") if language == "vi" else day.isoformat()
