"""What an answer says about itself, in Vietnamese and English."""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["Language", "say"]

Language = Literal["vi", "en"]

_MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "empty": ("không có địa chỉ", "no address given"),
    "nothing": (
        "không nhận ra đơn vị hành chính nào trong địa chỉ",
        "the address names no administrative unit that is known",
    ),
    "commune-2021": (
        "khớp {unit} (đơn vị trước 01/7/2025)",
        "matched {unit} (unit before 2025-07-01)",
    ),
    "commune-2025": (
        "khớp {unit} (đơn vị từ 01/7/2025)",
        "matched {unit} (unit since 2025-07-01)",
    ),
    "whole": ("nay thuộc {unit}", "now in {unit}"),
    "mostly": (
        "nay nhiều khả năng nhất ({percent} %) thuộc {unit}; ít khả năng hơn: {others}",
        "now most likely ({percent} %) in {unit}; less likely: {others}",
    ),
    "divided": (
        "xã, phường này đã được chia cho {count} đơn vị mới; cần thêm tên đường hoặc thôn, tổ",
        "this commune was divided among {count} new ones; a street or hamlet is needed to choose",
    ),
    "district-only": (
        "địa chỉ chỉ rõ đến {unit}; nay thuộc {count} xã, phường",
        "the address goes no further than {unit}, whose ground is now in {count} communes",
    ),
    "province-only": (
        "địa chỉ chỉ rõ đến {unit}",
        "the address goes no further than {unit}",
    ),
    "several": (
        "{count} đơn vị cùng phù hợp với địa chỉ",
        "{count} units fit the address equally",
    ),
    "too-many": (
        "{count} xã, phường cùng tên phù hợp với địa chỉ; cần thêm huyện hoặc tỉnh",
        "{count} communes of this name fit the address; a district or province is needed",
    ),
    "province": (
        "tỉnh ghi trong địa chỉ ({typed}) mâu thuẫn với huyện và xã; đã theo xã",
        "the province written ({typed}) contradicts the commune; the commune was followed",
    ),
    "district": (
        "quận, huyện ghi trong địa chỉ ({typed}) mâu thuẫn với xã, phường",
        "the district written ({typed}) contradicts the commune",
    ),
    "mixed": (
        "địa chỉ trộn tên đơn vị trước và sau 01/7/2025",
        "the address mixes units from before and after 2025-07-01",
    ),
    "kind": (
        "loại đơn vị ghi khác với danh mục",
        "the kind of unit written differs from the official list",
    ),
    "marks": ("dấu ghi khác với tên chính thức", "the diacritics differ from the official name"),
    "spelling": ("chính tả gần đúng ({typed})", "the spelling is near but not exact ({typed})"),
    "alias": ("theo tên cũ hoặc tên gọi khác ({typed})", "by a former or other name ({typed})"),
    "former": (
        "theo tên đơn vị đã sáp nhập trước đó ({typed})",
        "by the former name of a unit merged before ({typed})",
    ),
    "longer": (
        "nếu tên ghi thiếu một chữ thì có thể là {units}",
        "if a word of the name was left out it may be {units}",
    ),
    "beside": (
        "kể cả xã, phường liền kề, vì ranh giới chỉ biết gần đúng",
        "communes beside it included, for the borders are known only approximately",
    ),
    "taught": ("theo quyết định đã lưu của người duyệt", "by an alias taught by a reviewer"),
    "other-edition": (
        "chỉ có trong danh mục khác với danh mục đã chọn",
        "exists only in the other edition than the one asked for",
    ),
    "unsupported": (
        "chưa đủ căn cứ để chọn xã, phường",
        "not enough in the address to choose a commune",
    ),
    "dropped": (
        "phần nhỏ còn lại ({percent} %) không liệt kê",
        "the small remainder ({percent} %) is not listed",
    ),
    "house-known": (
        "số {first} trên {street} có trong danh mục địa danh",
        "number {first} on {street} is in the gazetteer",
    ),
    "house-beside": (
        "số {first} theo số {second} cùng nhà trên {street}",
        "number {first} by number {second} of the same house on {street}",
    ),
    "house-between": (
        "nội suy giữa số {first} và số {second} trên {street}",
        "interpolated between numbers {first} and {second} on {street}",
    ),
    "house-near": (
        "số {first} chưa có trong danh mục; theo số gần nhất đã biết ({second}) trên {street}",
        "number {first} is not known; by the nearest known one ({second}) on {street}",
    ),
    "alley-mouth": (
        "ngõ, hẻm {first}: theo đầu ngõ trên {street}",
        "alley {first}: by its mouth on {street}",
    ),
    "alley-whole": ("theo ngõ, hẻm {first} của {street}", "by alley {first} of {street}"),
    "street-whole": ("theo toàn tuyến {street}", "by the whole of {street}"),
    "place": (
        "theo {first} trong danh mục địa danh",
        "by {first} in the gazetteer",
    ),
    "street-crosses": (
        "{street} nằm trên {count} xã, phường; cần thêm số nhà hoặc xã, phường",
        "{street} lies in {count} communes; a house number or a commune is needed",
    ),
    "spots-apart": (
        "có nhiều nơi tên {street}, trên {count} xã, phường; cần thêm xã, phường",
        "several places are called {street}, in {count} communes; a commune is needed",
    ),
    "street-everywhere": (
        "có nhiều nơi tên {street}; chưa đủ căn cứ để chọn",
        "too many places are called {street} to choose one",
    ),
    "street-unsure": (
        "danh mục địa danh chỉ biết một nhà trên {street}; địa chỉ không ghi đơn vị nên chưa đủ căn cứ",
        "the gazetteer knows one house on {street} only: too little where no unit is named",
    ),
    "street-unknown": (
        "không tìm thấy {street} trong danh mục địa danh",
        "{street} is not in the gazetteer",
    ),
    "street-elsewhere": (
        "danh mục địa danh không có {street} ở đơn vị này, chỉ có ở {units}",
        "the gazetteer has no {street} there, only in {units}",
    ),
    "no-unit": (
        "địa chỉ không ghi xã, huyện, tỉnh: chỉ theo tên trong danh mục địa danh",
        "the address names no unit: by the name in the gazetteer alone",
    ),
    "point": ("theo tọa độ đã cho", "by the point given"),
    "point-outside": (
        "tọa độ đã cho nằm ngoài lãnh thổ hoặc ngoài biển, không dùng",
        "the point given lies outside the country or at sea and was not used",
    ),
    "point-partial": (
        "chỉ có một nửa tọa độ, không dùng",
        "only half of a point was given; it was not used",
    ),
    "point-agrees": ("địa chỉ và tọa độ khớp nhau", "the address agrees with the point"),
    "conflict": (
        "mâu thuẫn: địa chỉ ({unit}) cách tọa độ khoảng {km} km",
        "conflict: the address ({unit}) is about {km} km from the point",
    ),
}


def say(key: str, language: Language, **values: object) -> str:
    """Word one reason.

    Parameters
    ----------
    key : str
        Which reason.
    language : {"vi", "en"}
        Language of the words.
    **values : object
        What the words name.

    Returns
    -------
    str
        A clause, without a full stop.
    """
    vietnamese, english = _MESSAGES[key]
    return (vietnamese if language == "vi" else english).format(**values)
