"""Names that official lists do not carry: customary short forms, and districts that are no more.

Only what is needed to read an address is kept here; the lists of units and the names of merged
communes come from `geozone.admin`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from geozone.types import AdminLevel

__all__ = ["FORMER_DISTRICTS", "PROVINCE_ABBREVIATIONS", "PROVINCE_NAMES", "FormerDistrict"]

_P = AdminLevel.PROVINCE

PROVINCE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "hochiminh": ("Sài Gòn", "Ho Chi Minh City", "Saigon"),
    "hue": ("Thừa Thiên Huế", "Thừa Thiên"),
    "thuathienhue": ("Huế",),
    "daklak": ("Đắc Lắc", "Dak Lac"),
    "daknong": ("Đắc Nông",),
    "bariavungtau": ("Vũng Tàu Bà Rịa",),
    "backan": ("Bắc Cạn",),
}
"""Folded official name to other names in use. Spelling variants are those of the provinces' own portals."""

PROVINCE_ABBREVIATIONS: Final[dict[tuple[AdminLevel, str], tuple[str, ...]]] = {
    (_P, "hanoi"): ("hn", "hnoi"),
    (_P, "hochiminh"): ("hcm", "tphcm", "sg", "hcmc", "tpsg"),
    (_P, "haiphong"): ("hp",),
    (_P, "danang"): ("dn", "dng"),
    (_P, "cantho"): ("ct",),
    (_P, "bacninh"): ("bn",),
    (_P, "bacgiang"): ("bg",),
    (_P, "quangninh"): ("qn",),
    (_P, "bariavungtau"): ("brvt", "vt"),
    (_P, "hue"): ("tth", "tthue"),
}
"""Customary short forms that win over other provinces with the same initials."""


class FormerDistrict(NamedTuple):
    """A district that was merged or divided before the 2021 edition's table was closed."""

    province: str
    name: str
    """Name with its kind, as addresses still write it."""
    now: tuple[str, ...]
    """Districts of the table that its communes are in now, by full name."""
    source: str


FORMER_DISTRICTS: Final[tuple[FormerDistrict, ...]] = (
    FormerDistrict("Hồ Chí Minh", "Quận 2", ("Thành phố Thủ Đức",), "Resolution 1111/NQ-UBTVQH14"),
    FormerDistrict("Hồ Chí Minh", "Quận 9", ("Thành phố Thủ Đức",), "Resolution 1111/NQ-UBTVQH14"),
    FormerDistrict("Hồ Chí Minh", "Quận Thủ Đức", ("Thành phố Thủ Đức",), "Resolution 1111/NQ-UBTVQH14"),
    FormerDistrict(
        "Hà Nội", "Huyện Từ Liêm", ("Quận Bắc Từ Liêm", "Quận Nam Từ Liêm"), "Resolution 132/NQ-CP 2013"
    ),
    FormerDistrict("Huế", "Thành phố Huế", ("Quận Phú Xuân", "Quận Thuận Hóa"), "Resolution 175/2024/QH15"),
    FormerDistrict(
        "Hải Phòng", "Huyện Thủy Nguyên", ("Thành phố Thủy Nguyên",), "Resolution 1232/NQ-UBTVQH15"
    ),
    FormerDistrict("Hải Phòng", "Quận An Dương", ("Quận An Dương",), "Resolution 1232/NQ-UBTVQH15"),
)
"""Read where an address names a district that the 2021 edition's table no longer has."""
