"""The words of sheets and annexes, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping

from geozone.maps.words import LEVEL_NAMES

__all__ = ["LEVEL_NAMES", "wording"]

_WORDING: dict[str, dict[str, str]] = {
    "vi": {
        "title": "BẢN ĐỒ KHOANH VÙNG VÀ CẤP ĐỘ DỊCH",
        "as_of": "Số liệu đến ngày {day}",
        "decision": "Quyết định {number}",
        "no_decision": "Chưa có số quyết định",
        "unverified": "bộ quy tắc chưa kiểm chứng",
        "approximate": "Ranh giới gần đúng — không dùng cho văn bản pháp lý.",
        "key": "Chú giải",
        "no_data": "Chưa có số liệu",
        "may_be": "Có thể ở cấp cao hơn (màu vạch)",
        "containment_zones": "Khu phong tỏa (chắc chắn)",
        "possible_zones": "Khu phong tỏa (có thể)",
        "buffer_zones": "Vùng đệm",
        "green_zones": "Vùng xanh an toàn",
        "facilities": "Cơ sở, địa điểm",
        "checkpoints": "Chốt kiểm soát",
        "inside": "Người trong khu phong tỏa: {count}",
        "unknown": "chưa rõ",
        "scale": "Tỷ lệ 1 : {scale} (khổ {paper}), phép chiếu Mercator",
        "north": "B",
        "check": "Quét mã để kiểm tra đây là bản chính thức",
        "digest": "Mã bản công bố {digest}",
        "annex": "PHỤ LỤC: DANH SÁCH KHU PHONG TỎA",
        "annex_short": "Phụ lục",
        "withheld": "Số ca dưới {under} được ghi theo khoảng để bảo vệ người bệnh.",
        "small_published": "Số ca nhỏ được công bố nguyên.",
        "totals": "{zones} khu chắc chắn, {possible} khu có thể; số người trong khu chắc chắn: {people}.",
        "number": "TT",
        "commune": "Xã, phường",
        "province": "Tỉnh, thành phố",
        "part": "Phạm vi",
        "hamlets": "Thôn, tổ dân phố",
        "certainty": "Mức",
        "certain": "chắc chắn",
        "possible": "có thể",
        "residents": "Số dân",
        "area": "Diện tích (km²)",
        "cases": "Số ca",
        "opened_on": "Lập ngày",
        "lift_on": "Dỡ sớm nhất",
        "zone_id": "Mã khu",
        "whole": "toàn bộ",
        "part_of": "một phần ({percent} %)",
        "part_unknown": "một phần",
        "hamlet_part": "{name} (một phần)",
        "none": "Không có khu phong tỏa nào.",
        "page": "Trang {page}",
    },
    "en": {
        "title": "MAP OF OUTBREAK ZONES AND EPIDEMIC LEVELS",
        "as_of": "Data up to {day}",
        "decision": "Decision {number}",
        "no_decision": "No decision number yet",
        "unverified": "unverified rule set",
        "approximate": "Approximate boundaries — not for legal documents.",
        "key": "Legend",
        "no_data": "No data",
        "may_be": "May be at a higher level (colour of the stripes)",
        "containment_zones": "Lockdown zone (certain)",
        "possible_zones": "Lockdown zone (possible)",
        "buffer_zones": "Buffer zone",
        "green_zones": "Green zone",
        "facilities": "Facilities, places",
        "checkpoints": "Checkpoints",
        "inside": "People in lockdown: {count}",
        "unknown": "unknown",
        "scale": "Scale 1 : {scale} (on {paper}), Mercator projection",
        "north": "N",
        "check": "Scan to check that this is the official release",
        "digest": "Release {digest}",
        "annex": "ANNEX: LIST OF LOCKDOWN ZONES",
        "annex_short": "Annex",
        "withheld": "Numbers of cases under {under} are given as ranges, to protect patients.",
        "small_published": "Small numbers of cases are published as they are.",
        "totals": "{zones} certain zones, {possible} possible ones; people in certain zones: {people}.",
        "number": "No.",
        "commune": "Commune",
        "province": "Province",
        "part": "Extent",
        "hamlets": "Hamlets, neighbourhoods",
        "certainty": "Kind",
        "certain": "certain",
        "possible": "possible",
        "residents": "Residents",
        "area": "Area (km²)",
        "cases": "Cases",
        "opened_on": "Opened on",
        "lift_on": "Earliest lifting",
        "zone_id": "Zone",
        "whole": "whole",
        "part_of": "part ({percent} %)",
        "part_unknown": "part",
        "hamlet_part": "{name} (part)",
        "none": "There is no lockdown zone.",
        "page": "Page {page}",
    },
}


def wording(language: str) -> Mapping[str, str]:
    """Choose the words of a language.

    Parameters
    ----------
    language : str
        ``vi`` or ``en``.

    Returns
    -------
    mapping of str to str
        The same names in both.
    """
    return _WORDING[language]
