"""Sheets and annexes: read back with programs that did not write them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pypdfium2
import pyproj
import pytest
import segno
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from geozone.maps.sheets import (
    PAPERS,
    SHEET_LAYERS,
    Paper,
    SheetOptions,
    annex_of,
    annex_xlsx,
    map_sheet,
    sheet_png,
)
from geozone.maps.sheets.key import scale_bar_m
from geozone.maps.sheets.paint import classes_of
from geozone.maps.sheets.paper import MM, Frame, layout_of
from geozone.maps.sheets.window import Window
from geozone.types import LEVEL_COLOURS

BOX = (105.6, 20.9, 105.9, 21.2)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.parametrize(("language", "paper"), [("vi", "a4"), ("en", "a3")])
def test_a_sheet_carries_what_makes_it_official(client: Any, release: Any, language: str, paper: str) -> None:
    answer = client.get(f"/api/v1/sheet?paper={paper}&lang={language}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith(f'{release.digest[:12]}-{paper}-{language}.pdf"')
    text = text_of(answer.content)
    for said in (
        release.digest,
        "2021-07-08/QĐ",
        "1 : ",
        "km",
        *(
            ("Ranh giới gần đúng", "08/07/2021", "Cấp 4 – đỏ")
            if language == "vi"
            else ("Approximate boundaries", "2021-07-08", "Level 4 – red")
        ),
    ):
        assert said in text, said
    document = pypdfium2.PdfDocument(answer.content)
    sides = sorted(side / MM for side in document[0].get_size())
    document.close()
    assert sides == pytest.approx(PAPERS[paper], abs=0.01)
    assert (
        client.get(
            f"/api/v1/sheet?paper={paper}&lang={language}", {"If-None-Match": answer.headers["etag"]}
        ).status_code
        == 304
    )


def test_a_sheet_is_the_same_bytes_every_time_and_its_typeface_is_embedded(release: Any) -> None:
    options = SheetOptions(box=BOX, address="urn:x")
    pdf = map_sheet(release, options)
    assert map_sheet(release, options) == pdf
    assert b"/FontFile2" in pdf
    assert b"/ToUnicode" in pdf, "the text can be selected and searched"
    assert "Ba Đình" in text_of(pdf)


def test_communes_are_filled_with_the_legal_colours_where_they_lie(release: Any) -> None:
    shown = {"levels"}
    options = SheetOptions(box=BOX, address="urn:x", hidden=frozenset(SHEET_LAYERS) - shown)
    picture = pixels(sheet_png(map_sheet(release, options), dpi=144))
    window = Window(BOX, layout_of(options.paper).chart)
    communes = release.layer("communes")
    at = shapely.get_coordinates(shapely.point_on_surface(communes.geometry.to_numpy()))
    height = options.paper.points[1]
    seen = set()
    for (x, y), level in zip(window.points(at), communes["epidemic_level"], strict=True):
        colour = picture[int((height - y) * 2), int(x * 2)]
        if not pd.isna(level):
            wanted = LEVEL_COLOURS[level]
            assert np.abs(colour - [int(wanted[i : i + 2], 16) for i in (1, 3, 5)]).max() <= 3
            seen.add(int(level))
    assert seen == {1, 3, 4}


def test_the_code_on_the_sheet_is_the_address_that_checks_the_release(client: Any, release: Any) -> None:
    picture = pixels(client.get("/api/v1/sheet?f=png&dpi=288&orientation=landscape").content)
    code = segno.make(f"http://geo.test/verify/{release.digest}", error="q", micro=False, boost_error=False)
    wanted = np.array([[bool(dark) for dark in row] for row in code.matrix_iter(border=4)])
    key = layout_of(Paper("a4", upright=False)).key
    side, left, low = 30 * MM, key.x + 1.5 * MM, key.y + 1.5 * MM
    middles = (np.arange(len(wanted)) + 0.5) * side / len(wanted)
    rows = ((595.2756 - (low + side) + middles) * 4).astype(int)
    columns = ((left + middles) * 4).astype(int)
    assert ((picture[rows][:, columns].sum(axis=2) < 384) == wanted).all()


@pytest.mark.parametrize(
    "query",
    [
        "hide=roads",
        "bbox=1,2,3",
        "bbox=179,0,-179,1",
        "paper=a0",
        "dpi=2000&f=png",
        "lang=fr",
        "colour=red",
        "f=svg",
    ],
)
def test_what_a_sheet_cannot_show_is_refused(client: Any, query: str) -> None:
    answer = client.get(f"/api/v1/sheet?{query}")
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@given(west=st.floats(100, 110), south=st.floats(5, 23), wide=st.floats(0.001, 8), high=st.floats(0.001, 8))
def test_a_box_lies_whole_and_undistorted_in_its_frame(
    west: float, south: float, wide: float, high: float
) -> None:
    frame = Frame(30, 40, 500, 400)
    window = Window((west, south, west + wide, south + high), frame)
    corners = np.array([[west, south], [west + wide, south + high]])
    (left, low), (right, top) = window.points(corners)
    assert left >= frame.x - 1e-6
    assert low >= frame.y - 1e-6
    assert right <= frame.right + 1e-6
    assert top <= frame.top + 1e-6
    projected = np.array(pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(*corners.T)).T
    (across, up) = (projected[1] - projected[0]) / [right - left, top - low]
    assert across == pytest.approx(up, rel=1e-6)
    shown = window.box
    assert shown[0] <= west + 1e-9
    assert shown[3] >= south + high - 1e-9


def test_the_scale_bar_is_as_long_as_the_ground_it_measures() -> None:
    window = Window(BOX, Frame(0, 0, 400, 500))
    metres = scale_bar_m(window.metres_per_point, 110)
    length = metres / window.metres_per_point
    assert 44 <= length <= 110
    middle = np.array([[105.75, 21.05], [105.76, 21.05]])
    (x1, _), (x2, _) = window.points(middle)
    true = pyproj.Geod(ellps="WGS84").inv(*middle[0], *middle[1])[2]
    assert length / (x2 - x1) * true == pytest.approx(metres, rel=0.005)


def test_the_annex_lists_every_zone_with_its_communes_whole_or_in_part(client: Any, release: Any) -> None:
    for language, whole, part in (("vi", "toàn bộ", "một phần"), ("en", "whole", "part")):
        text = text_of(client.get(f"/api/v1/annex?lang={language}").content)
        page = client.get(f"/api/v1/annex?lang={language}&f=html")
        for told in (text, page.text):
            for said in ("Phường Ba Đình", "Phường Hoàn Kiếm", whole, part, "z-1", "z-2", release.digest):
                assert said in told, (language, said)
        assert "style-src 'sha256-" in page.headers["content-security-policy"]


def test_the_annex_as_a_workbook_keeps_numbers_and_never_runs_a_name(release: Any) -> None:
    annex = annex_of(release)
    line = annex.lines[0]._replace(commune='=HYPERLINK("http://x")')
    content = annex_xlsx(annex._replace(lines=(line, *annex.lines[1:])), address="urn:x")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] in (1, 2)]
    assert [row[5] for row in rows] == ["chắc chắn", "có thể"]
    assert (rows[0][6], rows[0][7], rows[0][8]) == (120, 0.15, 3)
    assert rows[0][9].date().isoformat() == "2021-07-01"
    assert rows[1][6] is None, "unknown is not zero"
    cell = next(cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=HYP"))
    assert cell.data_type == "s"


def test_hamlets_are_named_and_those_in_part_are_marked(release: Any) -> None:
    zones = release.layer("containment_zones")
    zones["blocks"] = [
        '[{"code":"T1","name":"Tổ dân phố 5","whole":true},{"code":"T2","name":"Thôn Ữ Đằng","whole":false}]',
        None,
    ]

    class Held:
        digest, manifest, layer_names = release.digest, release.manifest, release.layer_names
        layer = release.layer

        def attributes(self, name: str) -> Any:
            return zones.drop(columns="geometry") if name == "containment_zones" else release.attributes(name)

    lines = annex_of(Held()).lines  # type: ignore[arg-type]
    assert [hamlet.name for hamlet in lines[0].hamlets] == ["Tổ dân phố 5", "Thôn Ữ Đằng"]
    assert [hamlet.whole for hamlet in lines[0].hamlets] == [True, False]
    assert lines[1].hamlets == ()


@pytest.mark.parametrize(
    ("paint", "said", "colour"),
    [
        ("dose1_18_plus", ("mũi 1, từ 18 tuổi", "80 – < 90 %"), (0x3F, 0x7D, 0xBD)),
        ("rate", ("Ca mới trên 100.000 dân", "50 – < 150", "từ 150 trở lên"), (0xC0, 0x5A, 0x4A)),
    ],
)
def test_a_sheet_is_coloured_by_what_the_map_shows(
    client: Any, paint: str, said: tuple[str, ...], colour: tuple[int, int, int]
) -> None:
    text = text_of(client.get(f"/api/v1/sheet?paint={paint}").content)
    assert all(words in text for words in said), text
    assert "Cấp 4 – đỏ" not in text
    drawn = pixels(client.get(f"/api/v1/sheet?paint={paint}&f=png&dpi=60").content)
    assert (np.abs(drawn - colour).max(axis=2) < 6).sum() > 100


def test_a_coverage_that_the_release_lacks_is_no_data(client: Any) -> None:
    text = text_of(client.get("/api/v1/sheet?paint=dose3_5_plus&lang=en").content)
    assert "Vaccination: dose 3, aged 5 and over" in text
    assert "No data" in text
    assert client.get("/api/v1/sheet?paint=dose3").status_code == 400


@given(st.floats(0, 300), st.sampled_from(["rate", "dose1_18_plus"]))
def test_every_value_is_in_one_class(value: float, paint: str) -> None:
    table = pd.DataFrame({"v": [value, np.nan]})
    chosen = np.array([one.chosen for one in classes_of(table, "v", paint, "vi")])
    assert chosen.sum(axis=0).tolist() == [1, 0]
