"""Spoiled files of every kind are read or refused in our words; bombs are refused with bounded memory."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

_HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("hostile_readers", _HERE / "readers.py")
assert _spec is not None
assert _spec.loader is not None
readers: Any = importlib.util.module_from_spec(_spec)
sys.modules["hostile_readers"] = readers
_spec.loader.exec_module(readers)

SPOILED = 40
_MEMORY_MB = 1500


@pytest.mark.parametrize("name", sorted(readers.READERS))
def test_a_spoiled_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    luck = random.Random(name)  # noqa: S311
    good = readers.READERS[name].good()
    assert readers.attempt(name, good, tmp_path) == "read"
    told = {readers.attempt(name, readers.spoil(good, luck), tmp_path) for _ in range(SPOILED)}
    assert told <= {"read", "refused"}, told


@pytest.mark.parametrize("name", sorted(readers.READERS))
@pytest.mark.parametrize(
    "data", [b"", b"\0" * 5000, b"\xff\xfe", b"PK\x03\x04", b"[" * 100_000, b'{"a":' * 50_000]
)
def test_what_is_no_such_file_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    assert readers.attempt(name, data, tmp_path) in ("read", "refused")


def test_a_rule_set_nested_without_end_is_refused(tmp_path: Path) -> None:
    """Found by the fuzzer."""
    data = b"a = " + b"[" * 5000
    assert readers.attempt("rule set", data, tmp_path) == "refused"


def geometry_bombs() -> dict[str, bytes]:
    ring = ",".join(f"[{106 + i * 1e-7},{21 + (i % 2) * 1e-3}]" for i in range(1_000_000))
    wrap = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1","name":"A"},"geometry":%s}]}'
    nested = '{"type":"GeometryCollection","geometries":[' * 400 + "]}" * 400
    bad = '{"type":"Polygon","coordinates":[[[106,21],[NaN,21],[107,22],[106,21]]]}'
    huge = '{"type":"Polygon","coordinates":[[[1e308,-1e308],[-1e308,1e308],[1e308,1e308],[1e308,-1e308]]]}'
    eight = '{"type":"Polygon","coordinates":[[[106,21],[107,22],[107,21],[106,22],[106,21]]]}'
    closed = f'{{"type":"Polygon","coordinates":[[{ring},[106,21]]]}}'
    many = {
        "million vertices": closed,
        "nested": nested,
        "not a number": bad,
        "huge numbers": huge,
        "self-touching": eight,
    }
    return {name: (wrap % shape).encode() for name, shape in many.items()}


PROGRAM = textwrap.dedent(
    """
    import importlib.util, resource, sys
    from pathlib import Path
    spec = importlib.util.spec_from_file_location("readers", sys.argv[1])
    readers = importlib.util.module_from_spec(spec)
    sys.modules["readers"] = readers
    spec.loader.exec_module(readers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = Path(sys.argv[3])
    for name in sys.argv[2].split(","):
        told = readers.attempt(name, path.read_bytes(), path.parent)
        if told not in ("read", "refused"):
            print(told)
    print("MB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """
)


def bomb(names: str, path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, _HERE / "readers.py", names, path],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    assert "Traceback" not in told.stdout, told.stdout
    assert int(told.stdout.split()[-1]) < _MEMORY_MB


def test_geometry_bombs(tmp_path: Path) -> None:
    for name, data in geometry_bombs().items():
        path = tmp_path / f"{name.replace(' ', '-')}.bomb"
        path.write_bytes(data)
        bomb("outlines,blocks,facilities" if name != "million vertices" else "blocks", path)


def test_a_workbook_of_billion_laughs_and_a_bundle_bomb(tmp_path: Path) -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
    )
    sheet = f'<?xml version="1.0"?>{entities}]><worksheet><sheetData><row><c t="inlineStr"><is><t>&m;</t></is></c></row></sheetData></worksheet>'
    good = tmp_path / "good.xlsx"
    good.write_bytes(readers.READERS["workbook"].good())
    laughs = tmp_path / "laughs.bin"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(laughs, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info.filename, sheet if "sheet1" in info.filename else data)
    bomb("workbook", laughs)
    zeros = tmp_path / "zeros.bin"
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        target.writestr(f"manifests/{'0' * 64}.json", "{}")
        with target.open("checksums.json", "w", force_zip64=True) as member:
            for _ in range(200):
                member.write(b" " * (4 << 20))
    bomb("archive", zeros)


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    """Sparse, so that it costs no disk; the reader looks at the size before it reads."""
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    for read in (readers.read_line_list, readers.read_facilities):
        with pytest.raises(readers.GeozoneError, match="MB"):
            read(path)


@pytest.mark.parametrize(
    "text", ["=1+1", "+84", "-x", "@SUM(A1)", "\t=1", "＝1", "'=1", " =cmd|' /C calc'!A0"]
)
def test_no_export_starts_a_formula(text: str) -> None:
    from geozone.tables.formulas import guard_formula, guard_formulas, unguard_formula

    table = pd.DataFrame({"address": [text], "number": [-1.5], "kind": pd.Categorical([text])})
    written = guard_formulas(table)
    assert written["address"][0] == written["kind"][0] == f"'{text}"
    assert written["number"][0] == -1.5
    assert unguard_formula(guard_formula(text)) == text
    assert guard_formula("-12,5") == "-12,5"
