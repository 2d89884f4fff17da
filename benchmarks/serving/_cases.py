"""A workspace with many active cases known to a point, and some doubtful addresses to decide about."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "zoning"))

from locate import on_land

from geozone.pipeline import imports
from geozone.pipeline.geocoding import geocode_pending
from geozone.workspace import Workspace

AS_OF = date(2021, 11, 5)
NOW = datetime(2021, 11, 6, 8, tzinfo=UTC)
HEADER = ["Mã BN", "Địa chỉ", "Ngày báo cáo", "Kinh độ", "Vĩ độ"]


def write_cases(path: Path, count: int, *, first: int = 0, seed: int = 4, shapes: np.ndarray) -> np.ndarray:
    """Write cases over 13 days around places on land, and give the places."""
    rng = np.random.default_rng(seed)
    at = on_land(shapes, count)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i, (lon, lat) in enumerate(at.tolist(), start=first):
            day = AS_OF - timedelta(days=int(rng.integers(0, 13)))
            writer.writerow([f"C{i}", f"Nhà {i}", f"{day:%d/%m/%Y}", f"{lon:.6f}", f"{lat:.6f}"])
    return at


def make_workspace(root: Path, cases: int, doubtful: int) -> None:
    """Make the workspace: `cases` with a point, `doubtful` addresses that lie in one of several communes."""
    with Workspace.create(root, created_at=NOW) as space:
        shapes = np.asarray(space.units().communes.geometry.array, dtype=object)
        listed = root / "cases.csv"
        write_cases(listed, cases, shapes=shapes)
        imports.import_cases(space, listed, imported_at=NOW, actor="benchmark")
        with listed.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for i in range(doubtful):
                address = f"{i + 1} đường {i + 1}, Phường 7, Quận 8, TP. Hồ Chí Minh"
                writer.writerow([f"D{i}", address, f"{AS_OF:%d/%m/%Y}", "", ""])
        imports.import_cases(space, listed, imported_at=NOW, actor="benchmark")
        listed.unlink()
        geocode_pending(space, geocoded_at=NOW, actor="benchmark")
