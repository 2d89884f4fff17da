"""Whole files: every row kept in its order, any format in and out, several processes, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from geozone.cli.app import app
from geozone.errors import DataError
from geozone.geocoding import Geocoder, geocode_file, workers
from geozone.geocoding.answer_rows import Answer
from geozone.geocoding.frames import geocode
from geozone.geocoding.workers import Solver

ADDRESSES = [
    "P. Phúc Xá, Q. Ba Đình, Hà Nội",
    "",
    "Ngõ 5, Q. Hoàng Mai, Tp. Hà Nội",
    "P. Phúc Xá, Q. Ba Đình, Hà Nội",
    "không rõ",
    "Xã Tân Lập, Huyện Đan Phượng, Thành phố Hà Nội",
]


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    rows = [{"id": f"0{i}", "Địa chỉ": address, "note": "=1+1"} for i, address in enumerate(ADDRESSES)]
    pd.DataFrame(rows).to_csv(path, index=False, sep=";")
    return path


def test_every_row_is_kept_in_its_order_with_the_columns_given(embedded: Geocoder, source: Path) -> None:
    out = source.with_name("out.csv")
    summary = geocode_file(embedded, source, out, address_column="địa chỉ")
    written = pd.read_csv(out, sep=";", dtype=str, keep_default_na=False)
    assert list(written.columns) == ["id", "Địa chỉ", "note", *Answer._fields]
    assert written["id"].tolist() == [f"0{i}" for i in range(len(ADDRESSES))]
    assert written["Địa chỉ"].tolist() == ADDRESSES
    direct = embedded.geocode(ADDRESSES)
    assert written["geo_status"].tolist() == direct["geo_status"].tolist()
    assert written["geo_commune_code"].tolist() == direct["geo_commune_code"].fillna("").tolist()
    assert [json.loads(text) for text in written["geo_candidates"]] == [
        json.loads(text) for text in direct["geo_candidates"]
    ]
    assert summary.to_dict()["by_status"] == {"match": 3, "tie": 1, "none": 2}
    assert summary.rows == sum(summary.by_level.values()) == len(ADDRESSES)


@pytest.mark.parametrize("into", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("given", ["csv", "xlsx", "parquet"])
def test_any_format_in_and_out(embedded: Geocoder, tmp_path: Path, given: str, into: str) -> None:
    frame = pd.DataFrame({"address": ADDRESSES[:1] * 2, "age": [3, 40], "note": ["=1+1", "a\vb"]})
    source, out = tmp_path / f"in.{given}", tmp_path / f"out.{into}"
    if given == "xlsx":
        frame["note"] = ["1+1", "ab"]  # pandas would write a formula; a workbook holds no control characters
        frame.to_excel(source, index=False)
    else:
        getattr(frame, f"to_{given}")(source, index=False)
    geocode_file(embedded, source, out, address_column="address")
    if into == "xlsx":
        sheet = openpyxl.load_workbook(out).active
        cells = list(sheet.iter_rows(values_only=True))
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        found = pd.DataFrame(cells[1:], columns=cells[0])
    else:
        found = table(out) if into == "csv" else pd.read_parquet(out)
    assert list(found.columns) == ["address", "age", "note", *Answer._fields]
    assert [int(age) for age in found["age"]] == [3, 40]
    assert found["geo_commune_code_2021"].tolist() == ["00001", "00001"]
    assert [float(score) for score in found["geo_score"]] == [0.99, 0.99]
    if given != "csv" and into == "parquet":
        assert str(pq.read_schema(out).field("age").type) == "int64"


def test_geo_columns_of_an_earlier_run_are_replaced(embedded: Geocoder, source: Path) -> None:
    first, second = source.with_name("first.csv"), source.with_name("second.csv")
    geocode_file(embedded, source, first, address_column="Địa chỉ")
    geocode_file(embedded, first, second, address_column="Địa chỉ")
    assert first.read_bytes() == second.read_bytes()


def test_cells_beyond_the_header_and_short_rows_are_kept(embedded: Geocoder, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,address\n1,"Q. Ba Đình, Hà Nội",extra\n2\n\n3,"a\nb"\n', encoding="utf-8")
    geocode_file(embedded, source, out, address_column="address")
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]
    assert rows[1][-1] == "extra"
    assert rows[3][1] == "a\nb"


def test_a_column_that_is_not_there_is_named_and_nothing_is_written(embedded: Geocoder, source: Path) -> None:
    out = source.with_name("out.csv")
    out.write_text("before")
    with pytest.raises(DataError, match="no such column"):
        geocode_file(embedded, source, out, address_column="address")
    assert out.read_text() == "before"


def test_a_file_that_breaks_half_way_leaves_what_was_there(embedded: Geocoder, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    head = "address\n" + "Q. Ba Đình\n" * 20_000
    source.write_bytes(head.encode("utf-8") + b'"' + b"x" * (17 * 1024 * 1024) + b'"\n')
    out.write_text("before")
    with pytest.raises(DataError):
        geocode_file(embedded, source, out, address_column="address")
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_killed_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "address\n" + "".join(f"{i} Xã Tn Lập, Hà Ni\n" for i in range(60_000)), encoding="utf-8"
    )
    out.write_text("before")
    command = ["geocode", str(source), "--address-column", "address", "--out", str(out), "--workers", "1"]
    program = "import sys; from geozone.cli import main; sys.exit(main())"
    with subprocess.Popen([sys.executable, "-c", program, *command], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(tmp_path.glob(".out.csv.*")):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert out.read_text() == "before"


def test_a_geocoder_travels_to_another_process(embedded: Geocoder) -> None:
    again = pickle.loads(pickle.dumps(embedded))  # noqa: S301 - our own
    assert again.language == "en"
    pd.testing.assert_frame_equal(again.geocode(ADDRESSES), embedded.geocode(ADDRESSES))


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other processes be started for any work at all."""
    monkeypatch.setattr(workers, "_LONG_READS_ALONE", 1)


def chunks(count: int) -> Iterator[tuple[int, list[str], None]]:
    for i in range(count):
        yield i, [f"{i} Lê Lợi, {ADDRESSES[0]}", ADDRESSES[2], f"Thon {i} xa Tan Lp Dan Phuong Ha Noi"], None


@pytest.mark.usefixtures("eager")
def test_several_processes_give_what_one_gives_in_the_same_order(embedded: Geocoder) -> None:
    with Solver(embedded, workers=2) as several, Solver(embedded) as one:
        assert list(several.solved(chunks(8))) == list(one.solved(chunks(8)))
        assert several._pool is not None


@pytest.mark.usefixtures("eager")
def test_a_killed_process_costs_nothing_but_time(embedded: Geocoder) -> None:
    with Solver(embedded, workers=2) as solver:
        answered = solver.solved(chunks(16))
        first = [next(answered) for _ in range(4)]
        for process in list(solver._pool._processes.values()):
            os.kill(process.pid, signal.SIGKILL)
        rest = list(answered)
    with Solver(embedded) as one:
        assert first + rest == list(one.solved(chunks(16)))


def test_frames_in_chunks_are_as_frames_at_once(embedded: Geocoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geozone.geocoding.frames.CHUNK", 4)
    frame = pd.DataFrame({"address": [*ADDRESSES, None] * 2}, index=range(20, 34))
    several = geocode(frame, address_column="address", geocoder=embedded, workers=2)
    pd.testing.assert_frame_equal(several, geocode(frame, address_column="address", geocoder=embedded))


def test_the_command(source: Path) -> None:
    out = source.with_name("out.csv")
    arguments = ["geocode", str(source), "--address-column", "Địa chỉ", "--out", str(out), "--json"]
    result = CliRunner().invoke(app, [*arguments, "--edition", "2021"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["by_status"] == {"match": 3, "tie": 1, "none": 2}
    assert out.is_file()
