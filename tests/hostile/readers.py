"""Every reader of a file from outside, a good file for each, and ways to spoil it.

A reader must answer or refuse with an error of ours; anything else is a fault. Run as a program, it
spoils files for as long as it is told and prints how many were read, refused and failed::

    python tests/hostile/readers.py --minutes 60 --seed 7
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import random
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geozone import admin
from geozone.api.filters import read_filter
from geozone.api.filters.faults import FilterError
from geozone.errors import GeozoneError
from geozone.linelist import read_line_list
from geozone.places import read_gazetteer
from geozone.places.facilities import read_facilities
from geozone.release.archive_check import verify_archive
from geozone.release.manifest import parse
from geozone.release.signing import KeyRing, SigningKey, Statement
from geozone.rules.library import parse_ruleset
from geozone.zoning.blocks.block_files import read_blocks
from geozone.zoning.blocks.road_files import read_roads

_spec = importlib.util.spec_from_file_location("hostile_served", Path(__file__).parent / "served.py")
assert _spec is not None
assert _spec.loader is not None
served: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(served)

_FILTER = (
    "epidemic_level >= 3 AND name LIKE 'Phường%' AND "
    "S_INTERSECTS(geom, POLYGON((106 21, 107 21, 107 22, 106 21)))"
)
AT = datetime(2021, 7, 1, tzinfo=UTC)


class Reader(NamedTuple):
    """A reader and what it reads."""

    suffix: str
    good: Callable[[], bytes]
    read: Callable[[Path], Any]
    refuses: tuple[type[Exception], ...] = (GeozoneError,)


def _line_list() -> bytes:
    rows = ["Mã ca,Họ tên,Địa chỉ,Ngày báo cáo,Tuổi"]
    rows += [
        f'BN{i},Đỗ Thị Ộ,"thôn {i}, xã Phù Khê, Bắc Ninh",{i % 27 + 1}/06/2021,{i}' for i in range(1, 30)
    ]
    return "\n".join(rows).encode()


def _workbook() -> bytes:
    sink = io.BytesIO()
    table = pd.DataFrame({"Mã ca": ["BN1", "BN2"], "Địa chỉ": ["thôn 1", "x"], "Ngày": ["1/6/2021"] * 2})
    table.to_excel(sink, index=False)
    return sink.getvalue()


def _shapes(shape: str, **columns: Any) -> bytes:
    box = shapely.box(106, 21, 106.02, 21.02)
    made = {"polygon": box, "line": shapely.LineString(box.exterior.coords), "point": box.centroid}[shape]
    table = gpd.GeoDataFrame({k: [v] for k, v in columns.items()}, geometry=[made], crs="EPSG:4326")
    return table.to_json().encode()


def _geoparquet() -> bytes:
    sink = io.BytesIO()
    box = shapely.box(106, 21, 106.02, 21.02)
    gpd.GeoDataFrame(
        {"name": ["A"], "kind": ["hospital"]}, geometry=[box.centroid], crs="EPSG:4326"
    ).to_parquet(sink)
    return sink.getvalue()


def _rule_set() -> bytes:
    folder = Path(sys.modules["geozone"].__file__ or "").parent / "rules" / "sets"
    return min(folder.rglob("*.toml")).read_bytes()


def _archive() -> bytes:
    key = SigningKey.new()
    manifest = {"format": 1, "layers": {}, "previous": None, "created_at": "2021-07-01T00:00:00Z"}
    data = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    import hashlib

    digest = hashlib.sha256(data).hexdigest()
    fields = {"digest": digest, "previous": None, "length": 1}
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr(f"manifests/{digest}.json", data)
        file.writestr(f"signatures/{digest}.json", key.sign("release", fields, at=AT).to_bytes())
        file.writestr("keys.json", _ring(key))
    return sink.getvalue()


def _ring(key: SigningKey) -> bytes:
    from geozone.release.signing.statements import packed

    introduced = {"public": packed(key.public), "name": "CDC", "until": None}
    return KeyRing([key.sign("key", introduced, at=AT)]).to_bytes()


def _units() -> Any:
    return admin.load_units(admin.Edition.E2025)


def _bytes(read: Callable[[bytes], Any]) -> Callable[[Path], Any]:
    return lambda path: read(path.read_bytes())


def _text(read: Callable[[str], Any]) -> Callable[[Path], Any]:
    return lambda path: read(path.read_bytes().decode("utf-8", "replace"))


READERS: dict[str, Reader] = {
    "line list": Reader(".csv", _line_list, read_line_list),
    "workbook": Reader(".xlsx", _workbook, read_line_list),
    "facilities": Reader(".geojson", lambda: _shapes("point", name="A", kind="hospital"), read_facilities),
    "geoparquet": Reader(".parquet", _geoparquet, read_facilities),
    "blocks": Reader(".geojson", lambda: _shapes("polygon", name="tổ 1", kind="group"), read_blocks),
    "roads": Reader(".geojson", lambda: _shapes("line", kind="primary", name="A"), read_roads),
    "outlines": Reader(
        ".geojson",
        lambda: _shapes("polygon", code="00001", name="Xã A"),
        lambda path: admin.read_units(path, base=None, code_column="code", name_column="name"),
    ),
    "places": Reader(".csv", lambda: b"name,kind,lon,lat\nA,street,106.0,21.0\n", read_gazetteer),
    "rule set": Reader(".toml", _rule_set, _text(lambda text: parse_ruleset(text, source="x"))),
    "filter": Reader(
        ".txt",
        _FILTER.encode,
        _text(lambda text: read_filter(text, "cql2-text")),
        (FilterError,),
    ),
    "filter json": Reader(
        ".json",
        lambda: (
            b'{"op":"and","args":[{"op":"=","args":[{"property":"code"},"00001"]},{"op":"isNull","args":[{"property":"name"}]}]}'
        ),
        _text(lambda text: read_filter(text, "cql2-json")),
        (FilterError,),
    ),
    "archive": Reader(".zip", _archive, verify_archive),
    "keys": Reader(".json", lambda: _ring(SigningKey.new()), _bytes(KeyRing.from_bytes), (ValueError,)),
    "statement": Reader(
        ".json",
        lambda: (
            SigningKey.new()
            .sign("release", {"digest": "a" * 64, "previous": None, "length": 1}, at=AT)
            .to_bytes()
        ),
        _bytes(Statement.from_bytes),
        (ValueError,),
    ),
    "manifest": Reader(
        ".json", lambda: b'{"format":1,"layers":{},"previous":null}', _bytes(parse), (ValueError,)
    ),
    "wkb": Reader(".wkb", served.good_wkb, served.read_wkb),
    **{
        name: Reader(".txt", partial(bytes, good), _bytes(served.ask), (served.RefusedError,))
        for name, good in (
            ("tile address", served.TILE),
            ("OGC tile address", served.OGC_TILE),
            ("items address", served.ITEMS),
            ("filter address", served.FILTERED),
        )
    },
    **{
        name: Reader(".txt", good, _text(read), (served.RefusedError,))
        for name, good, read in (
            ("token", served.good_token, served.read_token),
            ("OpenID token", served.good_foreign_token, served.read_foreign_token),
            ("key of a machine", served.good_machine_key, served.read_machine_key),
        )
    },
}

TOKENS: tuple[bytes, ...] = (
    b"NaN", b"Infinity", b"-1e400", b"9" * 400, b"null", b"[" * 3000, b'{"a":' * 2000, b"\x00", b"\xff\xfe", b"\xef\xbb\xbf",
    "\u202e\u200b\ufeff".encode(), b"\xed\xa0\x80", b'"', b"'", b"\r", b"\n" * 50, b"=cmd|' /C calc'!A0", b"../../etc/passwd",
    b"%s%n", b"<!ENTITY x SYSTEM 'file:///etc/passwd'>", b"-", b"0", b"1e9999", b"true", b",", b";", b"\t", b"(" * 500, b")",
)  # fmt: skip


def spoil(data: bytes, luck: random.Random) -> bytes:
    """Change a file in a few places."""
    for _ in range(luck.choice((1, 1, 1, 2, 4, 16))):
        at, end = sorted((luck.randrange(len(data) + 1), luck.randrange(len(data) + 1)))
        act = luck.randrange(6)
        if act == 0 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([data[at] ^ (1 << luck.randrange(8))]) + data[at + 1 :]
        elif act == 1:
            data = data[:at] + luck.choice(TOKENS) + data[at:]
        elif act == 2:
            data = data[:at] + data[min(end, at + 40) :]
        elif act == 3:
            data = data[:at]
        elif act == 4:
            data = data[:at] + data[at : min(end, at + 200)] * luck.choice((2, 3, 50)) + data[at:]
        else:
            data = data[:at] + luck.choice(TOKENS) + data[min(at + luck.randrange(12), len(data)) :]
    return data


def attempt(name: str, data: bytes, folder: Path) -> str:
    """Read bytes; give ``read``, ``refused``, or a traceback."""
    reader = READERS[name]
    path = folder / f"x{reader.suffix}"
    path.write_bytes(data)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            reader.read(path)
        except reader.refuses:
            return "refused"
        except Exception:  # noqa: BLE001 - this is what is looked for
            return traceback.format_exc()
    return "read"


def _place(told: str) -> str:
    """Name a fault by the last line of ours that it passed."""
    ours = [line for line in told.splitlines() if "/geozone/" in line and "site-packages" not in line]
    return f"{ours[-1:]} {told.splitlines()[-1].partition(':')[0]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", choices=sorted(READERS), action="append")
    arguments = parser.parse_args()
    luck = random.Random(arguments.seed)  # noqa: S311
    counts: dict[str, dict[str, int]] = {}
    faults: dict[str, str] = {}
    good = {name: READERS[name].good() for name in arguments.only or READERS}
    end = time.monotonic() + 60 * arguments.minutes
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            name = luck.choice(sorted(good))
            data = spoil(good[name], luck)
            told = attempt(name, data, Path(folder))
            word = told if told in ("read", "refused") else "failed"
            counts.setdefault(name, {"read": 0, "refused": 0, "failed": 0})[word] += 1
            if word == "failed":
                faults.setdefault(_place(told), f"{name}: {data[:300]!r}\n{told}")
    for name, found in sorted(counts.items()):
        sys.stdout.write(f"{name}: {found}\n")
    for text in faults.values():
        sys.stdout.write(f"\n{text}\n")
    sys.stdout.write(
        f"seed {arguments.seed}: {sum(sum(f.values()) for f in counts.values())} files, {len(faults)} kinds of fault\n"
    )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
