"""Words of the pages, Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["LANGUAGES", "WORDS"]

LANGUAGES = ("vi", "en")
"""Languages of the pages, the default first."""
WORDS: Mapping[str, tuple[str, str]] = {
    "about": (
        "Phân vùng dịch, cấp độ dịch và tiêm chủng, đọc từ bản công bố hiện hành.",
        "Outbreak zones, epidemic levels and vaccination, read from the current release.",
    ),
    "collections": ("Các lớp dữ liệu", "Collections"),
    "conformance": ("Các lớp tuân thủ tiêu chuẩn", "Conformance classes"),
    "api": ("Tài liệu API", "API documentation"),
    "openapi": ("Mô tả OpenAPI", "OpenAPI description"),
    "map": ("Bản đồ", "Map"),
    "features": ("Đối tượng", "Features"),
    "browse": ("Xem các đối tượng", "Browse the features"),
    "properties": ("Thuộc tính", "Properties"),
    "property": ("Tên", "Name"),
    "meaning": ("Ý nghĩa", "Meaning"),
    "unit": ("Đơn vị", "Unit"),
    "kind": ("Kiểu", "Type"),
    "value": ("Giá trị", "Value"),
    "values": ("Các giá trị", "Values"),
    "extent": ("Phạm vi (độ)", "Extent (degrees)"),
    "interval": ("Thời gian", "Time"),
    "systems": ("Hệ tọa độ", "Reference systems"),
    "formats": ("Tải về", "Download"),
    "schema": ("Lược đồ", "Schema"),
    "queryables": ("Thuộc tính có thể lọc", "Queryables"),
    "sortables": ("Thuộc tính có thể sắp xếp", "Sortables"),
    "next": ("Trang sau", "Next page"),
    "shown": ("Hiển thị {shown} trong {matched} đối tượng", "{shown} of {matched} features shown"),
    "nothing": ("Không có đối tượng nào.", "There are no features."),
    "no_value": ("không có số liệu", "no data"),
    "release": ("Bản công bố", "Release"),
    "as_of": ("Số liệu đến ngày", "As of"),
    "other": ("English", "Tiếng Việt"),
    "yes": ("có", "yes"),
    "no": ("không", "no"),
    "geometry": ("Hình dạng các đối tượng trên trang này", "Outlines of the features on this page"),
}
"""Every text, Vietnamese and English."""
