"""Nothing that leaves holds a name, telephone number or address: exports opened, unpacked and searched."""

from __future__ import annotations

import io
import logging
import re
import shutil
import traceback
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyarrow.parquet as pq
import pypdfium2
import pytest
from typer.testing import CliRunner

from geozone.api import ServiceOptions, create_app
from geozone.cli import app as command_line
from geozone.errors import GeozoneError
from geozone.pipeline import publish
from geozone.workspace import Workspace
from tests.access.test_routes import CANARIES


@pytest.fixture(scope="module")
def released(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("canaries") / "w"
    shutil.copytree(template, root)
    with Workspace.open(root) as space:
        publish.release(space, decision="1/QĐ", created_at=datetime(2021, 11, 12, tzinfo=UTC), actor="an")
        yield space


def texts(name: str, data: bytes) -> Iterator[str]:
    """All that a file says, unpacked."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for inside in packed.namelist():
                yield from texts(inside, packed.read(inside))
        if name.endswith("xlsx"):
            for sheet in openpyxl.load_workbook(io.BytesIO(data)):
                yield str([[cell.value for cell in row] for row in sheet.iter_rows()])
    elif data[:4] == b"PAR1":
        yield pq.read_table(io.BytesIO(data)).to_pandas().to_csv()
    elif data[:4] == b"%PDF":
        document = pypdfium2.PdfDocument(data)
        yield " ".join(page.get_textpage().get_text_bounded() for page in document)
        document.close()
    yield data.decode("utf-8", "replace")


def found(name: str, data: bytes) -> list[str]:
    """Canaries in a file, as whole words: communes may begin like somebody's name."""
    return [word for text in texts(name, data) for word in CANARIES if re.search(rf"{word}(?!\w)", text)]


def test_the_search_finds_what_is_packed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = CANARIES[0]
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "a.xlsx", "a.xlsx")
    assert CANARIES[0].encode() not in (tmp_path / "b.zip").read_bytes()
    assert found("b.zip", (tmp_path / "b.zip").read_bytes())


@pytest.mark.parametrize("kind", ["geojson", "archive", "bundle"])  # a bundle holds the HTML map
def test_exports(released: Workspace, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out-{kind}"
    words = ["export", f"--{kind}", "--out", str(out), "--workspace", str(released.root)]
    result = CliRunner().invoke(command_line, words)
    assert result.exit_code == 0, result.output
    files = [out] if out.is_file() else [path for path in out.rglob("*") if path.is_file()]
    assert files
    assert {path.name: found(path.name, path.read_bytes()) for path in files} == {p.name: [] for p in files}


@pytest.fixture(scope="module")
def client(released: Workspace, make_client: Any) -> Any:
    return make_client(create_app(released.releases, web_root=None, options=ServiceOptions(prepare=False)))


@pytest.mark.parametrize(
    "address",
    [
        *(
            f"/ogc/collections/communes/items?limit=5000&f={kind}"
            for kind in ("json", "csv", "xlsx", "geoparquet", "fgb")
        ),
        *(f"/ogc/collections/containment_zones/items?f={kind}" for kind in ("json", "xlsx", "fgb", "html")),
        *(f"/api/v1/annex?f={kind}" for kind in ("pdf", "html", "xlsx")),
        "/api/v1/sheet?bbox=105.7,20.9,106,21.1&f=pdf",
        "/metrics",
        f"/api/v1/search?q={CANARIES[0]}",
        f"/ogc/collections/communes/items?filter=name='{CANARIES[0]}",
    ],
)
def test_answers(client: Any, address: str, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.request("GET", address)
    assert answer.status_code in (200, 400), answer.text[:200]
    if answer.status_code == 200 or "filter" not in address:
        assert answer.status_code == 200
        assert not found(address, answer.content)
    if "f=fgb" in address:
        (tmp_path / "a.fgb").write_bytes(answer.content)
        told = gpd.read_file(tmp_path / "a.fgb").to_csv()
        assert not [word for word in CANARIES if word in told]
    records = " ".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("httpx")
    )
    assert not [word for word in CANARIES if word in records]


def test_a_traceback_of_the_store(released: Workspace) -> None:
    told = ""
    try:
        with released.store._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE case_persons SET phone = person_name WHERE case_id = 'A1'")
        released.store.persons()
    except GeozoneError:
        told = traceback.format_exc()
    assert "moved" in told
    assert not [word for word in CANARIES if word in told]
