"""Small editions to import into: a grid of square communes, and the embedded ones."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geozone.admin import AdminUnits, load_units
from geozone.geodesy import area_km2
from geozone.schema import UNITS
from geozone.types import Edition, Source

SIDE = 0.1
NAMES = ["Ba Đình", "Ngọc Hà", "Giảng Võ", "Hoàn Kiếm", "Cửa Nam", "Phú Thượng", "Hồng Hà", "Tây Hồ", "Bồ Đề"]


def square(column: int, row: int) -> shapely.Polygon:
    west, south = 105 + column * SIDE, 20 + row * SIDE
    return shapely.box(round(west, 6), round(south, 6), round(west + SIDE, 6), round(south + SIDE, 6))


@pytest.fixture
def grid() -> AdminUnits:
    """Nine square communes, 00001 to 00009, of which the last three are another province's."""
    shapes = [square(i % 3, i // 3) for i in range(9)]
    table = pd.DataFrame(
        {
            "code": [f"{i + 1:05d}" for i in range(9)],
            "name": NAMES,
            "full_name": [f"Phường {name}" for name in NAMES],
            "kind": "phường",
            "edition": "2025",
            "admin_level": "commune",
            "parent_code": ["01"] * 6 + ["04"] * 3,
            "province_code": ["01"] * 6 + ["04"] * 3,
            "province_name": ["Thành phố Hà Nội"] * 6 + ["Tỉnh Cao Bằng"] * 3,
            "lon": [shape.centroid.x for shape in shapes],
            "lat": [shape.centroid.y for shape in shapes],
            "area_km2": area_km2(shapes),
            "boundary_quality": "approximate",
            "outline_basis": "box",
        }
    )
    communes = gpd.GeoDataFrame(UNITS.conform(table), geometry=shapes, crs="EPSG:4326")
    return AdminUnits(Edition.E2025, communes, (Source("units", "grid", "0" * 64, "CC0"),))


@pytest.fixture(scope="session")
def units_2025() -> AdminUnits:
    return load_units(Edition.E2025)


@pytest.fixture(scope="session")
def units_2021() -> AdminUnits:
    return load_units(Edition.E2021)
