"""What each served property means: titles in both languages, and its unit."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["ColumnTitle", "column_title"]


class ColumnTitle(NamedTuple):
    """Titles of a property.

    Attributes
    ----------
    vi, en : str
        Its title.
    unit : str, optional
        Unit of its numbers, by UCUM.
    """

    vi: str
    en: str
    unit: str | None = None


_KNOWN = {
    "code": ColumnTitle("Mã đơn vị hành chính", "Code of the administrative unit"),
    "name": ColumnTitle("Tên", "Name"),
    "full_name": ColumnTitle("Tên đầy đủ", "Full name"),
    "province_code": ColumnTitle("Mã tỉnh, thành phố", "Code of the province"),
    "province_name": ColumnTitle("Tỉnh, thành phố", "Province"),
    "boundary_quality": ColumnTitle("Độ tin cậy của ranh giới", "Trust in the outline"),
    "area_km2": ColumnTitle("Diện tích", "Area", "km2"),
    "population": ColumnTitle("Dân số", "Population", "{person}"),
    "population_flag": ColumnTitle("Độ tin cậy của dân số", "Trust in the population"),
    "epidemic_level": ColumnTitle("Cấp độ dịch", "Epidemic level"),
    "level_status": ColumnTitle("Cách xác định cấp độ dịch", "How the level came about"),
    "verified": ColumnTitle("Mọi giá trị đã được kiểm chứng", "Every value used is verified"),
    "base_level": ColumnTitle("Cấp độ trước điều chỉnh", "Level before modifiers"),
    "possible_level": ColumnTitle("Cấp độ cao nhất có thể", "Worst level that missing facts allow"),
    "previous_level": ColumnTitle("Cấp độ lần công bố trước", "Level of the previous release"),
    "cases_window": ColumnTitle("Số ca trong kỳ đánh giá", "Cases in the window of the rule", "{case}"),
    "cases_total": ColumnTitle("Tổng số ca", "Cases in all", "{case}"),
    "rate_per_100k": ColumnTitle(
        "Tỷ lệ mắc trên 100.000 dân", "Incidence per 100,000 people", "1/(100000.{person})"
    ),
    "cases_window_upper": ColumnTitle(
        "Số ca trong kỳ đánh giá, nhiều nhất", "Cases in the window of the rule, at most", "{case}"
    ),
    "cases_total_upper": ColumnTitle("Tổng số ca, nhiều nhất", "Cases in all, at most", "{case}"),
    "rate_per_100k_upper": ColumnTitle(
        "Tỷ lệ mắc trên 100.000 dân, cao nhất", "Incidence per 100,000 people, at most", "1/(100000.{person})"
    ),
    "in_zone": ColumnTitle("Thuộc khu phong tỏa", "Inside a containment zone"),
    "zone_share": ColumnTitle("Tỷ lệ diện tích trong khu phong tỏa", "Part inside containment zones", "1"),
    "possible_zone": ColumnTitle("Có thể thuộc khu phong tỏa", "Possibly inside a containment zone"),
    "coverage_18_dose1": ColumnTitle(
        "Tỷ lệ từ 18 tuổi tiêm ít nhất 1 mũi", "Aged 18 and over with at least 1 dose", "%"
    ),
    "coverage_50_dose2": ColumnTitle("Tỷ lệ từ 50 tuổi tiêm đủ 2 mũi", "Aged 50 and over with 2 doses", "%"),
    "why_vi": ColumnTitle("Lý do (tiếng Việt)", "Reason, in Vietnamese"),
    "why_en": ColumnTitle("Lý do (tiếng Anh)", "Reason, in English"),
    "lower_vi": ColumnTitle("Điều kiện hạ cấp độ (tiếng Việt)", "What would lower the level, in Vietnamese"),
    "lower_en": ColumnTitle("Điều kiện hạ cấp độ (tiếng Anh)", "What would lower the level, in English"),
    "lower_on": ColumnTitle("Ngày sớm nhất có thể hạ cấp độ", "Earliest day the level can be lowered"),
    "detail": ColumnTitle("Chi tiết đánh giá", "Detail of the assessment"),
    "zone_id": ColumnTitle("Mã khu vực", "Identifier of the zone"),
    "certainty": ColumnTitle("Mức độ chắc chắn", "Certainty"),
    "radius_m": ColumnTitle("Bán kính theo quy định", "Radius of the rule", "m"),
    "case_count": ColumnTitle("Số ca đang hoạt động", "Active cases", "{case}"),
    "case_count_upper": ColumnTitle("Số ca đang hoạt động, nhiều nhất", "Active cases, at most", "{case}"),
    "opened_on": ColumnTitle("Ngày thiết lập", "First day"),
    "last_case_on": ColumnTitle("Ngày có ca mới nhất", "Day of the newest case"),
    "earliest_lift_on": ColumnTitle("Ngày sớm nhất có thể dỡ bỏ", "Earliest day of lifting"),
    "residents": ColumnTitle("Số dân trong khu vực", "Residents", "{person}"),
    "residents_method": ColumnTitle("Cách ước tính số dân", "How residents were estimated"),
    "residents_method_vi": ColumnTitle(
        "Cách ước tính số dân (tiếng Việt)", "How residents were estimated, in Vietnamese"
    ),
    "households": ColumnTitle("Số hộ trong khu vực", "Households", "{household}"),
    "facility_count": ColumnTitle("Số cơ sở trong khu vực", "Facilities inside", "{facility}"),
    "facility_kinds": ColumnTitle("Số cơ sở theo loại", "Facilities inside by kind"),
    "facilities": ColumnTitle("Các cơ sở trong khu vực", "Facilities inside, by name"),
    "free_on": ColumnTitle("Ngày kết thúc theo dõi", "End of the surveillance that follows lifting"),
    "tied_count": ColumnTitle("Số ca chưa chắc vị trí", "Active cases that may be elsewhere", "{case}"),
    "perimeter": ColumnTitle(
        "Ranh giới theo bán kính (disc), theo ô phố, tổ dân phố (blocks) hoặc cả đơn vị (unit)",
        "What the outline follows: disc, blocks or unit",
    ),
    "blocks": ColumnTitle("Các ô phố, tổ dân phố, thôn bên trong", "Blocks inside"),
    "checkpoints": ColumnTitle("Số chốt kiểm soát cần lập", "Checkpoints needed", "{checkpoint}"),
    "exposed_inside": ColumnTitle(
        "Phần dân trong bán kính quy định nằm trong khu vực", "Part of the people within the radius inside"
    ),
    "disc_area_km2": ColumnTitle("Diện tích nếu theo bán kính", "Area of the plain discs", "km2"),
    "disc_residents": ColumnTitle("Số dân nếu theo bán kính", "Residents of the plain discs", "{person}"),
    "disc_checkpoints": ColumnTitle(
        "Số chốt nếu theo bán kính", "Checkpoints of the plain discs", "{checkpoint}"
    ),
    "came_from": ColumnTitle("Hình thành từ các khu vực", "Zones that it came from"),
    "communes": ColumnTitle("Các xã, phường liên quan", "Communes concerned"),
    "containment_ids": ColumnTitle("Các khu phong tỏa bên trong", "Containment zones inside"),
    "days_without_cases": ColumnTitle("Số ngày không có ca mới", "Days without a new case", "d"),
    "criteria_vi": ColumnTitle("Tiêu chí (tiếng Việt)", "Criteria, in Vietnamese"),
    "criteria_en": ColumnTitle("Tiêu chí (tiếng Anh)", "Criteria, in English"),
    "coverage_flag": ColumnTitle("Lưu ý về tỷ lệ tiêm chủng", "What to know of the vaccination coverage"),
    "facility_id": ColumnTitle("Mã cơ sở", "Identifier of the facility"),
    "checkpoint_id": ColumnTitle("Mã chốt", "Identifier of the checkpoint"),
    "kind": ColumnTitle("Loại", "Kind"),
    "geometry": ColumnTitle("Hình học", "Geometry"),
}
_DOSE = re.compile(r"dose(\d)_(\d+)_(\d+|plus)_(percent|vaccinated|denominator)")
_MEASURES = {
    "percent": ("Tỷ lệ tiêm", "Vaccination coverage", "%"),
    "vaccinated": ("Số người đã tiêm", "People vaccinated", "{person}"),
    "denominator": ("Số người cần tiêm", "People of that age", "{person}"),
}


def column_title(name: str) -> ColumnTitle:
    """Find the titles of a property.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    ColumnTitle
        Its titles; its name, where none are known.
    """
    dose = _DOSE.fullmatch(name)
    if dose is None:
        return _KNOWN.get(name, ColumnTitle(name, name))
    number, youngest, oldest, measure = dose.groups()
    vi, en, unit = _MEASURES[measure]
    ages_vi = f"từ {youngest} tuổi" if oldest == "plus" else f"từ {youngest} đến dưới {oldest} tuổi"
    ages_en = f"aged {youngest} and over" if oldest == "plus" else f"aged {youngest} to under {oldest}"
    return ColumnTitle(f"{vi}, mũi {number}, {ages_vi}", f"{en}, dose {number}, {ages_en}", unit)
