"""Picture tiles: legal colours where they belong, no seam, the palette of the page, read by GDAL."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mercantile
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from geozone.tiles import TileGeometry
from geozone.tiles.palette import COLOURS, COVERAGE_SCALE, LEVELS, pattern, rgb
from geozone.tiles.picture import PictureLayer, draw_picture

CHECKOUT = Path(__file__).resolve().parents[2]
PALETTE = (CHECKOUT / "web" / "src" / "styles" / "palette.ts").read_text(encoding="utf-8")
AT = mercantile.tile(105.66, 20.96, 10)


def picture(answer: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(answer.content if hasattr(answer, "content") else answer)))


def pixel(lon: float, lat: float, tile: mercantile.Tile, size: int) -> tuple[int, int]:
    """Row and column, from mercantile's own projection."""
    x, y = mercantile.xy(lon, lat)
    box = mercantile.xy_bounds(tile)
    column = (x - box.left) / (box.right - box.left) * size
    return int((box.top - y) / (box.top - box.bottom) * size), int(column)


def layer_of(polygons: list[Any], levels: list[int | None]) -> PictureLayer:
    properties = pd.DataFrame({"epidemic_level": pd.array(levels, dtype="Int64")})
    return PictureLayer("communes", TileGeometry(np.array(polygons, dtype=object), mesh=True), properties)


@pytest.mark.parametrize(("suffix", "size"), [(".png", 256), ("@2x.png", 512)])
def test_every_commune_has_its_legal_colour(client: Any, release: Any, suffix: str, size: int) -> None:
    answer = client.get(f"/tiles/communes/{AT.z}/{AT.x}/{AT.y}{suffix}")
    assert answer.headers["content-type"] == "image/png"
    assert picture(answer).shape == (size, size, 4)
    pictures: dict[mercantile.Tile, np.ndarray] = {}
    for row in release.layer("communes").itertuples():
        at = shapely.maximum_inscribed_circle(row.geometry).coords[0]
        tile = mercantile.tile(*at, AT.z)
        if tile not in pictures:
            pictures[tile] = picture(client.get(f"/tiles/communes/{tile.z}/{tile.x}/{tile.y}{suffix}"))
        red, green, blue, alpha = pictures[tile][pixel(*at, tile, size)].tolist()
        assert alpha == 255
        if pd.isna(row.epidemic_level):
            assert red <= green <= blue  # grey, or the hatch over it
        else:
            assert (red, green, blue) == rgb(LEVELS[int(row.epidemic_level)])
    assert len(pictures) > 1


def test_there_is_no_seam_between_neighbours(client: Any) -> None:
    """Inside the area of all communes nothing is transparent; outside everything is."""
    drawn = picture(client.get(f"/tiles/communes/{AT.z}/{AT.x}/{AT.y}@2x.png"))
    west, south, east, north = 105.6, 20.9, 105.9, 21.2
    bottom, left = pixel(west, south, AT, 512)
    top, right = pixel(east, north, AT, 512)
    inside = drawn[max(0, top + 2) : min(512, bottom - 2), max(0, left + 2) : min(512, right - 2)]
    assert inside.size
    assert (inside[..., 3] == 255).all()


def test_a_hole_is_left_open_and_an_island_in_it_is_filled() -> None:
    outer = shapely.box(105.50, 20.90, 105.60, 21.00)
    hole = shapely.box(105.52, 20.92, 105.58, 20.98)
    island = shapely.box(105.54, 20.94, 105.56, 20.96)
    at = mercantile.tile(105.55, 20.95, 10)
    drawn = picture(draw_picture([layer_of([outer - hole, island], [4, 1])], *_zxy(at), size=512))
    assert drawn[pixel(105.51, 20.95, at, 512)].tolist() == [*rgb(LEVELS[4]), 255]
    assert drawn[pixel(105.53, 20.95, at, 512)][3] == 0
    assert drawn[pixel(105.55, 20.95, at, 512)].tolist() == [*rgb(LEVELS[1]), 255]


def test_a_level_that_may_be_higher_is_striped_in_that_colour() -> None:
    layer = layer_of([shapely.box(105.4, 20.8, 105.8, 21.2)], [2])
    layer.properties["possible_level"] = 4
    at = mercantile.tile(105.6, 21.0, 10)
    colours = {tuple(colour) for colour in picture(draw_picture([layer], *_zxy(at))).reshape(-1, 4).tolist()}
    assert (*rgb(LEVELS[2]), 255) in colours
    red, green, _ = rgb(LEVELS[4])
    assert any(abs(colour[0] - red) < 8 and abs(colour[1] - green) < 12 for colour in colours)


def test_a_pattern_goes_on_in_the_next_tile() -> None:
    for name in ("no-data", "may-be", "zone-certain", "zone-possible", "green-zone"):
        both = pattern(name, 1024, (0, 0))
        assert 0 < both.mean() < both.max() <= 1
        np.testing.assert_array_equal(pattern(name, 512, (512, 512)), both[512:, 512:])


def test_a_cluster_is_drawn_larger_than_a_point() -> None:
    def dark(count: int) -> int:
        geometry = TileGeometry(shapely.points([(105.6, 21.0)] * count))
        layer = PictureLayer("facilities", geometry, pd.DataFrame({"n": range(count)}), None, 12)
        at = mercantile.tile(105.6, 21.0, 9)
        return int((picture(draw_picture([layer], *_zxy(at), size=512))[..., 3] > 0).sum())

    assert dark(1) > 40
    assert dark(200) > 4 * dark(1)


def test_layers_over_one_another(client: Any, release: Any) -> None:
    """A zone over its commune: hatched, and the commune's colour between the lines."""
    centre = release.layer("containment_zones").geometry.iloc[0].centroid
    at = mercantile.tile(centre.x, centre.y, 14)
    zone = picture(client.get(f"/tiles/containment_zones/{at.z}/{at.x}/{at.y}@2x.png"))
    both = picture(client.get(f"/tiles/communes,containment_zones/{at.z}/{at.x}/{at.y}@2x.png"))
    clear = (zone[..., 3] == 0) & (both[..., 3] == 255)
    assert clear.any()
    inked = zone[..., 3] > 150
    assert inked.any()
    assert (
        np.abs(both[inked][:, :3].astype(int) - rgb(COLOURS["containment"])).max(axis=1) < 120
    ).mean() > 0.9


@pytest.mark.parametrize("layer", ["communes", "coverage", "containment_zones", "buffer_zones", "green_zones",
                                   "facilities"])  # fmt: skip
def test_every_layer_is_drawn(client: Any, layer: str) -> None:
    answer = client.get(f"/tiles/{layer}/9/{AT.x // 2}/{AT.y // 2}.png")
    assert answer.status_code == 200
    assert picture(answer)[..., 3].any()
    assert client.get(f"/tiles/{layer}/9/0/0.png").status_code == 204


def test_pictures_are_cached_and_tagged_as_vector_tiles_are(client: Any, release: Any) -> None:
    address = f"/tiles/communes/{AT.z}/{AT.x}/{AT.y}.png?v={release.digest}"
    first = client.get(address)
    again = client.get(address, {"Accept-Encoding": "gzip"})
    assert again.content == first.content
    assert "content-encoding" not in again.headers
    assert again.headers["cache-control"].endswith("immutable")
    assert client.get(address, {"If-None-Match": first.headers["etag"]}).status_code == 304
    filtered = client.get(f"/tiles/communes/{AT.z}/{AT.x}/{AT.y}.png?epidemic_level=4")
    assert filtered.headers["etag"] != first.headers["etag"]


def test_the_colours_are_those_of_the_page() -> None:
    light = PALETTE[PALETTE.index("LIGHT") : PALETTE.index("DARK")]
    for name, colour in COLOURS.items():
        assert re.search(rf"\b{name}: \"{colour}\"", light), name
    for level, colour in LEVELS.items():
        assert re.search(rf'\b{level}: "{colour}"', PALETTE, re.IGNORECASE), level
    scale = PALETTE[PALETTE.index("COVERAGE_SCALE") : PALETTE.index("RATE_SCALE")]
    on_page = re.findall(r'from: ([\d.]+), colour: "(#\w+)"', scale)
    assert [(float(lowest), colour) for lowest, colour in on_page] == list(COVERAGE_SCALE)


@pytest.mark.skipif(shutil.which("gdal_translate") is None, reason="gdal-bin is not installed")
def test_gdal_reads_them_as_xyz_tiles(server: str, release: Any, tmp_path: Path) -> None:
    source = tmp_path / "source.xml"
    source.write_text(
        f"""<GDAL_WMS><Service name="TMS"><ServerUrl>{server}/tiles/communes/${{z}}/${{x}}/${{y}}.png</ServerUrl>
        </Service><DataWindow><UpperLeftX>-20037508.34</UpperLeftX><UpperLeftY>20037508.34</UpperLeftY>
        <LowerRightX>20037508.34</LowerRightX><LowerRightY>-20037508.34</LowerRightY><TileLevel>14</TileLevel>
        <TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>
        <Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>
        <BandsCount>4</BandsCount><ZeroBlockHttpCodes>204,404</ZeroBlockHttpCodes></GDAL_WMS>"""
    )
    left, top = mercantile.xy(105.6, 21.2)
    right, bottom = mercantile.xy(105.9, 20.9)
    window = [str(edge) for edge in (left, top, right, bottom)]
    subprocess.run(
        ["gdal_translate", "-q", "-projwin", *window, "-outsize", "400", "0", "-of", "PNG", source,
         tmp_path / "map.png"], check=True, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    drawn = np.asarray(Image.open(tmp_path / "map.png"))
    assert drawn.shape[1] == 400
    assert (drawn[..., 3] > 200).mean() > 0.97
    first = release.layer("communes").geometry.iloc[0]
    x, y = mercantile.xy(*shapely.maximum_inscribed_circle(first).coords[0])
    at = int((top - y) / (top - bottom) * drawn.shape[0]), int((x - left) / (right - left) * 400)
    assert math.dist(drawn[at][:3].tolist(), rgb(LEVELS[4])) < 12


def _zxy(tile: mercantile.Tile) -> tuple[int, int, int]:
    return tile.z, tile.x, tile.y
