"""Read a line list of a million rows beside pandas' own CSV reader, which checks nothing.

python benchmarks/bench_line_list.py [ROWS]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from geozone.linelist import read_line_list

rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
rng = np.random.default_rng(1)
number = np.arange(rows)
day = pd.Timestamp("2021-05-01") + pd.to_timedelta(rng.integers(0, 200, rows), unit="D")
table = pd.DataFrame(
    {
        "STT": number + 1,
        "Họ và tên": "Nguyễn Văn Mẫu " + pd.Series(number).astype(str),
        "Tuổi": rng.integers(0, 99, rows),
        "Giới tính": rng.choice(["Nam", "Nữ"], rows),
        "Địa chỉ": "Số " + pd.Series(number).astype(str) + " đường Giả Định",
        "Xã/Phường": rng.choice(["Phường Đồng Nguyên", "Xã Phù Khê", "P. Từ Sơn"], rows),
        "Quận/Huyện": "Thành phố Từ Sơn",
        "Tỉnh/TP": "Bắc Ninh",
        "Ngày dương tính": day.strftime("%d/%m/%Y"),
        "Kinh độ": np.round(rng.uniform(105.9, 106.2, rows), 6),
        "Vĩ độ": np.round(rng.uniform(21.0, 21.3, rows), 6),
    }
)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "line_list.csv"
    table.to_csv(path, index=False)
    del table
    size = path.stat().st_size / 1024**2
    start = time.perf_counter()
    peer = pd.read_csv(path)
    pandas_s = time.perf_counter() - start
    del peer
    start = time.perf_counter()
    line_list = read_line_list(path)
    geozone_s = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{rows:,} rows, {size:.0f} MB: pandas.read_csv {pandas_s:.2f} s, read_line_list {geozone_s:.2f} s")
print(f"ratio {geozone_s / pandas_s:.1f}, peak memory {peak:.0f} MB, {len(line_list.cases):,} accepted")
