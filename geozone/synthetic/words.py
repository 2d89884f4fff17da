"""Words that made-up records are put together from. No person, firm or school of these names is meant."""

from __future__ import annotations

from typing import Final

__all__ = [
    "FACTORIES",
    "FAMILY_NAMES",
    "FOCI",
    "GIVEN_NAMES",
    "HAMLETS",
    "MARKETS",
    "MIDDLE_NAMES",
    "STREETS",
    "UNPLACEABLE",
]

FOCI: Final = (
    "Phường Nếnh", "Xã Yên Phong", "Xã Yên Trung", "Phường Phương Liễu", "Phường Từ Sơn", "Phường Vân Hà",
    "Phường Quế Võ", "Xã Đại Đồng", "Phường Thuận Thành", "Phường Đống Đa", "Xã Thiên Lộc",
    "Phường Hoàng Mai", "Phường Thanh Xuân", "Xã Gia Lâm", "Xã Quang Minh",
)  # fmt: skip
"""Communes of industrial parks and workers' lodgings where clusters begin, where the units have them."""
FAMILY_NAMES: Final = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đỗ", "Ngô", "Bùi", "Dương", "Đặng", "Đào",
)  # fmt: skip
MIDDLE_NAMES: Final = {"male": ("Văn", "Đức", "Hữu", "Quang"), "female": ("Thị", "Thị", "Ngọc", "Thu")}
GIVEN_NAMES: Final = ("Giả Định", "Ví Dụ", "Minh Họa", "Mẫu", "Thử Nghiệm", "Mô Phỏng", "Tưởng Tượng")
"""Given names that nobody bears: hypothetical, example, illustration, sample, test, simulated, imagined."""
STREETS: Final = (
    "Trần Hưng Đạo", "Lý Thái Tổ", "Nguyễn Trãi", "Lê Lợi", "Ngô Gia Tự", "Hai Bà Trưng", "Lý Thường Kiệt",
    "Nguyễn Văn Cừ", "Hoàng Quốc Việt", "Lạc Long Quân", "Nguyễn Du", "Thân Nhân Trung",
)  # fmt: skip
HAMLETS: Final = (
    "Đông", "Đoài", "Thượng", "Hạ", "Giữa", "Trại", "Chùa", "Đình", "Núi", "Mới", "Tân Lập",
    "Phú Thọ", "Yên Lãng",
)  # fmt: skip
FACTORIES: Final = (
    "Công ty TNHH Điện tử Sao Giả Định", "Công ty CP May Mẫu Số 1", "Công ty TNHH Linh kiện Ví Dụ",
    "Công ty TNHH Bao bì Minh Họa", "Công ty CP Thực phẩm Mô Phỏng",
)  # fmt: skip
MARKETS: Final = ("chợ Giả Định", "chợ đầu mối Minh Họa", "siêu thị Ví Dụ")
UNPLACEABLE: Final = (
    "chưa rõ địa chỉ",
    "lái xe đường dài, không có nơi ở cố định",
    "khu trọ gần cổng sau nhà máy",
    "đang điều tra",
)
