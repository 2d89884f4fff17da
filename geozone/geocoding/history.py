"""Names that official lists do not carry: customary short forms, and districts that are no more.

Only what is needed to read an address is kept here; the lists of units and the names of merged
communes come from `geozone.admin`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from geozone.types import AdminLevel

__all__ = ["FORMER_DISTRICTS", "PART_OF_FORMER", "PROVINCE_ABBREVIATIONS", "PROVINCE_NAMES", "FormerDistrict"]

_P = AdminLevel.PROVINCE

PART_OF_FORMER: Final = 0.1
"""Trust in the name of a district that still exists for one that took some of its communes."""

PROVINCE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "hochiminh": ("Sài Gòn", "Ho Chi Minh City", "Saigon"),
    "hue": ("Thừa Thiên Huế", "Thừa Thiên"),
    "thuathienhue": ("Huế",),
    "daklak": ("Đắc Lắc", "Dak Lac"),
    "daknong": ("Đắc Nông",),
    "bariavungtau": ("Vũng Tàu Bà Rịa",),
    "hanoi": ("Hà Tây",),
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
    """A district that was merged, renamed or divided before the 2021 table was closed (June 2025)."""

    province: str
    """Province of the 2021 edition, without its kind."""
    name: str
    """Name without its kind, as addresses still write it."""
    now: tuple[str, ...]
    """Districts of the table that its communes are in now, without their kind."""
    alive: bool = False
    """Whether a district of this name is still in the table, and only some communes left it."""


FORMER_DISTRICTS: Final[tuple[FormerDistrict, ...]] = (
    FormerDistrict("Hồ Chí Minh", "2", ("Thủ Đức",)),
    FormerDistrict("Hồ Chí Minh", "9", ("Thủ Đức",)),
    FormerDistrict("Hà Nội", "Từ Liêm", ("Bắc Từ Liêm", "Nam Từ Liêm")),
    FormerDistrict("Huế", "Huế", ("Phú Xuân", "Thuận Hóa")),
    FormerDistrict("Huế", "Nam Đông", ("Phú Lộc",)),
    FormerDistrict("Huế", "Phú Vang", ("Thuận Hóa",), alive=True),
    FormerDistrict("Huế", "Hương Trà", ("Phú Xuân", "Thuận Hóa"), alive=True),
    FormerDistrict("Huế", "Hương Thủy", ("Thuận Hóa",), alive=True),
    FormerDistrict("Hải Phòng", "An Dương", ("Hồng Bàng",), alive=True),
    FormerDistrict("Bà Rịa - Vũng Tàu", "Long Điền", ("Long Đất",)),
    FormerDistrict("Bà Rịa - Vũng Tàu", "Đất Đỏ", ("Long Đất",)),
    FormerDistrict("Bắc Giang", "Yên Dũng", ("Bắc Giang",)),
    FormerDistrict("Bắc Giang", "Lục Ngạn", ("Chũ",), alive=True),
    FormerDistrict("Cao Bằng", "Phục Hòa", ("Quảng Hòa",)),
    FormerDistrict("Cao Bằng", "Quảng Uyên", ("Quảng Hòa",)),
    FormerDistrict("Cao Bằng", "Thông Nông", ("Hà Quảng",)),
    FormerDistrict("Cao Bằng", "Trà Lĩnh", ("Trùng Khánh", "Quảng Hòa")),
    FormerDistrict("Hòa Bình", "Kỳ Sơn", ("Hòa Bình",)),
    FormerDistrict("Đắk Lắk", "Buôn Mê Thuột", ("Buôn Ma Thuột",)),
    FormerDistrict("Đắk Lắk", "Ban Mê Thuột", ("Buôn Ma Thuột",)),
    FormerDistrict("Hà Tĩnh", "Lộc Hà", ("Thạch Hà", "Hà Tĩnh")),
    FormerDistrict("Hà Tĩnh", "Thạch Hà", ("Hà Tĩnh",), alive=True),
    FormerDistrict("Hà Tĩnh", "Cẩm Xuyên", ("Hà Tĩnh",), alive=True),
    FormerDistrict("Lâm Đồng", "Cát Tiên", ("Đạ Huoai",)),
    FormerDistrict("Lâm Đồng", "Đạ Tẻh", ("Đạ Huoai",)),
    FormerDistrict("Nam Định", "Mỹ Lộc", ("Nam Định",)),
    FormerDistrict("Nghệ An", "Cửa Lò", ("Vinh",)),
    FormerDistrict("Nghệ An", "Nghi Lộc", ("Vinh",), alive=True),
    FormerDistrict("Ninh Bình", "Ninh Bình", ("Hoa Lư",)),
    FormerDistrict("Quảng Nam", "Nông Sơn", ("Quế Sơn",)),
    FormerDistrict("Quảng Ngãi", "Tây Trà", ("Trà Bồng",)),
    FormerDistrict("Quảng Ninh", "Hoành Bồ", ("Hạ Long",)),
    FormerDistrict("Thanh Hóa", "Tĩnh Gia", ("Nghi Sơn",)),
    FormerDistrict("Thanh Hóa", "Đông Sơn", ("Thanh Hóa",)),
)
"""Districts changed from 2013 to June 2025, from the resolutions of the National Assembly's Standing
Committee (among them 132/NQ-CP of 2013 for Từ Liêm, 1111/NQ-UBTVQH14 for Thủ Đức, 175/2024/QH15 for Huế).
Communes that moved alone are not here: an address with the district of before is then answered with the
conflict reported."""
