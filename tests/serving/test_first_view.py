"""The first view of a map: never an error for a sliver, framed on the outbreak, drawn from one thinning."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mercantile
import numpy as np
import pandas as pd
import pytest
import shapely

from geozone.api import ServiceOptions, create_app, preparing
from geozone.api.layers import LAYERS
from geozone.api.service import Service
from geozone.api.summary import first_view
from geozone.api.table import LayerTable
from geozone.tiles import TileGeometry, rings
from geozone.tiles.mercator import to_world
from geozone.tiles.thinning import Thinning


def fine_cells(side: int = 5) -> np.ndarray:
    """Squares that share borders of many vertices."""
    squares = [
        shapely.box(105 + i / 10, 20 + j / 10, 105.1 + i / 10, 20.1 + j / 10)
        for i in range(side)
        for j in range(side)
    ]
    return np.array([shapely.segmentize(square, 0.001) for square in squares], dtype=object)


@pytest.mark.parametrize("mesh", [True, False])
def test_a_sliver_neither_fails_nor_takes_its_feature_away(mesh: bool) -> None:
    sliver = shapely.Polygon([(105.5, 20.5), (105.5 + 1e-10, 20.5), (105.5, 20.5 + 1e-10)])
    square = shapely.box(105, 20, 105.4, 20.4)
    geometry = TileGeometry([shapely.MultiPolygon([square, sliver]), sliver], mesh=mesh)
    for zoom in (4, 5, 7, 10):
        found = geometry.prepared(zoom)
        assert shapely.is_valid(found).all()
        assert not shapely.is_empty(found).any()
        assert found[1].area == 1, "one step of the grid stands for what is smaller"


def test_what_geos_refuses_is_shown_by_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    squares = np.array([shapely.box(x, 0, x + 8, 8) for x in (0, 10, 20)], dtype=object)
    original = rings._snapped

    def refuses_the_second(geometries: np.ndarray, scale: float) -> np.ndarray:
        if any(shapely.bounds(geometry)[0] == 10 for geometry in geometries):
            raise shapely.errors.GEOSException("point array must contain 0 or >1 elements")
        return original(geometries, scale)

    monkeypatch.setattr(rings, "_snapped", refuses_the_second)
    assert shapely.area(rings.snap(squares)).tolist() == [64, 1, 64]


def test_borders_stay_common_and_lose_their_needless_vertices() -> None:
    cells = fine_cells()
    thinning = Thinning(shapely.transform(cells, to_world), 10, 5)
    for zoom in (5, 8, 10):
        found = thinning.at(zoom)
        assert shapely.coverage_is_valid(found)
        assert shapely.get_num_coordinates(found).sum() < 0.1 * shapely.get_num_coordinates(cells).sum()


def test_zones_of_whole_communes_take_their_outlines_over() -> None:
    communes = fine_cells()
    own = shapely.box(106, 21, 106.5, 21.5)
    lender = TileGeometry(communes, mesh=True)
    zones = TileGeometry([communes[7], own, None, communes[3]], lender=lender)
    for zoom in (4, 6, 9):
        found, lent = zones.prepared(zoom), lender.prepared(zoom)
        assert found[0] is lent[7]
        assert found[3] is lent[3]
        assert found[1].area > 0
        assert shapely.is_empty(found[2])


def test_a_failing_step_is_logged_and_the_next_ones_follow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fails() -> None:
        raise shapely.errors.GEOSException("IllegalArgumentException")

    monkeypatch.setattr(preparing, "_preparations", lambda *_: iter([fails, lambda: done.append("next")]))
    with caplog.at_level(logging.ERROR):
        preparing.prepare_current(
            Service(SimpleNamespace(), ServiceOptions()), SimpleNamespace(), threading.Event()
        )  # type: ignore[arg-type]
    assert done == ["next"]
    assert "preparing the current release failed" in caplog.text


def release_of(rows: list[tuple[str, float, int, str]]) -> SimpleNamespace:
    """Communes of 0.1 degrees: province, west edge, cases, part in certain zones."""
    frame = pd.DataFrame(
        {
            "code": [str(position) for position in range(len(rows))],
            "province_code": [row[0] for row in rows],
            "cases_total": [row[2] for row in rows],
            "in_zone": [row[3] for row in rows],
        }
    )
    shapes = shapely.box(
        np.array([row[1] for row in rows]), 20, np.array([row[1] + 0.1 for row in rows]), 20.1
    )
    table = LayerTable(LAYERS["communes"], frame, shapely.bounds(shapes), lambda: shapes)
    return SimpleNamespace(has=lambda name: name == "communes", table=lambda _: table)


def test_the_view_frames_nine_cases_in_ten_and_not_a_far_tie() -> None:
    rows = [
        ("24", 106.0, 60, "part"),
        ("24", 106.1, 0, "part"),
        ("24", 106.5, 0, "none"),
        ("01", 105.8, 38, "none"),
        ("96", 109.0, 2, "none"),
    ]
    west, south, east, north = first_view(release_of(rows))  # type: ignore[arg-type]
    assert (west, east) == (pytest.approx(105.8 - 0.02), pytest.approx(106.2 + 0.02))
    assert south < 20
    assert north > 20.1


def test_without_a_case_the_view_is_of_every_commune() -> None:
    rows = [("24", 106.0, 0, "none"), ("96", 109.0, 0, "none")]
    assert first_view(release_of(rows)) == (106.0, 20.0, 109.1, 20.1)  # type: ignore[arg-type]


def test_the_service_starts_without_the_register_of_units() -> None:
    code = "import sys, geozone.api; print('geozone.admin' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("box", "zooms"),
    [
        ((102.1, 8.1, 109.6, 23.5), range(5, 7)),  # the country
        ((106.5, 20.9, 107.2, 21.4), range(8, 10 + 1)),  # a province
        ((106.70, 20.85, 106.71, 20.86), range(10, 11)),  # a ward: finer zooms are cut from the source
        ((-180, -90, 180, 90), range(5, 6)),
        ((106.7, 20.8, 106.7, 20.8), range(10, 11)),
    ],
)
def test_the_zooms_of_the_first_view(box: tuple[float, float, float, float], zooms: range) -> None:
    assert preparing.first_zooms(box) == zooms


def test_the_first_view_is_prepared_before_the_service_starts(
    tmp_path: Path, store: Any, make_client: Any, make_release: Any
) -> None:
    release = store.publish(make_release())
    preparing.prepare_first_view(store, tmp_path)
    release.layer = None  # would raise if called
    client = make_client(
        create_app(store, web_root=None, options=ServiceOptions(prepare=False, cache=tmp_path))
    )
    west, south, east, north = client.get("/api/v1/summary").json()["bounds"]
    for zoom in preparing.first_zooms((west, south, east, north)):
        tile = mercantile.tile((west + east) / 2, (south + north) / 2, zoom)
        assert client.get(f"/tiles/communes/{zoom}/{tile.x}/{tile.y}.mvt").status_code == 200


def test_the_service_cuts_the_country_behind_its_visitors(
    store: Any, make_release: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "_SETTLE_S", 0)
    monkeypatch.setattr(preparing, "_PAUSE_S", 0)
    store.publish(make_release())
    service = Service(store, ServiceOptions(prepare=False))
    preparing.prepare_current(service, SimpleNamespace(of=lambda _: None), threading.Event())  # type: ignore[arg-type]
    geometry = service.catalogue.current().tiles("communes").geometry
    monkeypatch.setattr(geometry, "shapes", None)  # would raise if called
    west, south, east, north = geometry.bounds
    for zoom in range(5, 11):
        for tile in mercantile.tiles(west, south, east, north, zoom):
            geometry.draw(zoom, tile.x, tile.y)


def test_preparing_an_empty_store_does_nothing(tmp_path: Path, store: Any) -> None:
    preparing.prepare_first_view(store, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
