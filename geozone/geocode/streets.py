"""Streets whose name alone tells the district: the old trade streets of Ha Noi.

People who live among them write no more than the house number and the street. Only names that no other
district of the country is known to have are here; a street outside this list says nothing by itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from geozone.geocode.lexicon import Lexicon
from geozone.geocode.mentions import is_place_word
from geozone.geocode.normalise import Text, fold
from geozone.types import AdminLevel

__all__ = ["StreetNames"]

_LONGEST: Final = 4

_OLD_QUARTER: Final = (
    "Hàng Bạc", "Hàng Bè", "Hàng Bồ", "Hàng Bông", "Hàng Buồm", "Hàng Bút", "Hàng Cân", "Hàng Chai",
    "Hàng Chiếu", "Hàng Chĩnh", "Hàng Cót", "Hàng Đào", "Hàng Điếu", "Hàng Gai", "Hàng Giầy", "Hàng Giấy",
    "Hàng Hành", "Hàng Hòm", "Hàng Khay", "Hàng Khoai", "Hàng Lược", "Hàng Mắm", "Hàng Mành", "Hàng Muối",
    "Hàng Ngang", "Hàng Nón", "Hàng Phèn", "Hàng Quạt", "Hàng Rươi", "Hàng Thiếc", "Hàng Thùng",
    "Hàng Trống", "Hàng Vải", "Hàng Vôi", "Mã Mây", "Gia Ngư", "Lò Sũ", "Thuốc Bắc", "Chả Cá", "Phủ Doãn",
    "Tràng Tiền", "Báo Khánh", "Bảo Khánh", "Tông Đản", "Bát Đàn", "Bát Sứ", "Chân Cầm", "Cổ Tân",
    "Ngõ Gạch", "Ngõ Huyện", "Ô Quan Chưởng", "Tạm Thương", "Thợ Nhuộm", "Tố Tịch", "Vọng Đức", "Yên Thái",
    "Cấm Chỉ", "Nam Ngư", "Hội Vũ", "Hàm Tử Quan", "Chương Dương Độ", "Vọng Hà",
)  # fmt: skip


class _Place(NamedTuple):
    province: str
    district: str
    streets: tuple[str, ...]


_KNOWN: Final = (_Place("Hà Nội", "Hoàn Kiếm", _OLD_QUARTER),)


class StreetNames:
    """Finds the district of a street that is known by its name alone.

    Parameters
    ----------
    lexicon : Lexicon
        Units of both editions.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._districts: dict[str, int] = {}
        positions = {
            (lexicon.units[row.province].name, row.name): row.position
            for row in lexicon.units
            if row.level is AdminLevel.DISTRICT
        }
        for place in _KNOWN:
            district = positions.get((place.province, place.district))
            if district is not None:
                self._districts.update({fold(street): district for street in place.streets})

    def find(self, text: Text) -> int | None:
        """Find the district of a street.

        Parameters
        ----------
        text : Text
            A tokenised address in which no unit was found.

        Returns
        -------
        int or None
            Position of the district, where one phrase between commas is a house number, perhaps the word
            for a street, and a street known by its name.
        """
        count = len(text.folded)
        for start in range(count):
            if not self._may_start(text, start):
                continue
            for end in range(start + 1, min(count, start + _LONGEST) + 1):
                closes = end == count or text.breaks[end] == 2
                if closes and (district := self._districts.get("".join(text.folded[start:end]))) is not None:
                    return district
                if closes:
                    break
        return None

    def _may_start(self, text: Text, start: int) -> bool:
        if start == 0 or text.breaks[start] == 2:
            return True
        return text.folded[start - 1][0].isdigit() or is_place_word(text, start - 1)
