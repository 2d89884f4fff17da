"""OGC API Features, Part 2: every system against pyproj and GDAL, in both directions."""

from __future__ import annotations

import shutil
import subprocess
import threading
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer
from pyproj.transformer import TransformerGroup
from shapely.geometry import shape

from geozone.api.reference_systems import CRS84, DEFAULT, REFERENCE_SYSTEMS, find_reference_system

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SYSTEMS = [system for system in REFERENCE_SYSTEMS.values() if system.epsg is not None]
PLACES = np.array(
    [[102.3, 22.4], [105.85, 21.03], [106.7, 10.78], [108.2, 16.05], [104.9, 8.7], [109.3, 11.6]]
)


def oracle_of(system: Any) -> Transformer:
    """Axis order as the authority has it; for VN-2000 the operation of the whole country (EPSG:6960)."""
    group = TransformerGroup("OGC:CRS84", f"EPSG:{system.epsg}")
    if "VN-2000" not in CRS.from_epsg(system.epsg).name:
        return Transformer.from_crs("OGC:CRS84", f"EPSG:{system.epsg}")
    (national,) = [one for one in group.transformers if "VN-2000 to WGS 84 (2)" in one.description]
    return national


def items(client: Any, query: str, layer: str = "communes") -> Any:
    answer = client.get(f"/ogc/collections/{layer}/items?limit=100&{query}")
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: str(system.epsg))
def test_both_directions_agree_with_pyproj(system: Any) -> None:
    expected = np.column_stack(oracle_of(system).transform(PLACES[:, 0], PLACES[:, 1]))
    found = system.from_lonlat(PLACES)
    assert np.abs(found - expected).max() < (1e-9 if system.is_geographic else 0.001)
    assert np.abs(system.to_lonlat(found) - PLACES).max() < 2e-8
    first = CRS.from_epsg(system.epsg).axis_info[0].direction
    assert (first == "north") is system.is_latitude_first


def test_one_operation_serves_the_whole_country() -> None:
    """Near points stay near, also where PROJ would change from one operation to another."""
    along = np.column_stack([np.linspace(103.9, 104.5, 400), np.full(400, 9.7)])
    steps = np.diff(REFERENCE_SYSTEMS[f"{EPSG}3405"].from_lonlat(along)[:, 0])
    assert np.abs(np.diff(steps)).max() < 0.001


def test_threads_agree() -> None:
    system = REFERENCE_SYSTEMS[f"{EPSG}9210"]
    expected = system.from_lonlat(PLACES)
    faults: list[bool] = []

    def work() -> None:
        faults.extend(not np.array_equal(system.from_lonlat(PLACES), expected) for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(faults) == 1600
    assert not any(faults)


def test_names_of_a_system() -> None:
    for name in (f"{EPSG}3405", "EPSG:3405", "[EPSG:3405]", "urn:ogc:def:crs:EPSG::3405"):
        assert find_reference_system(name).epsg == 3405  # type: ignore[union-attr]
    for name in (CRS84, "OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"):
        assert find_reference_system(name) is DEFAULT
    for name in ("", "3405", "EPSG:27700", "OGC:CRS27", f"{EPSG}", "EPSG:CRS84", "http://nothing"):
        assert find_reference_system(name) is None


def test_collections_list_them(client: Any) -> None:
    document = client.get("/ogc/collections").json()
    assert document["crs"] == list(REFERENCE_SYSTEMS)
    assert document["crs"][0] == CRS84
    for code in (4326, 3857, 3405, 3406, 32648, 32649, 9205, 9218):
        assert f"{EPSG}{code}" in document["crs"]
    for collection in document["collections"]:
        assert collection["storageCrs"] == CRS84
        assert "#/crs" in collection["crs"]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: str(system.epsg))
def test_features_in_every_system(client: Any, system: Any) -> None:
    plain = items(client, "").json()["features"]
    answer = items(client, f"crs={quote(system.uri)}")
    assert answer.headers["content-crs"] == f"<{system.uri}>"
    oracle = oracle_of(system)
    for one, other in zip(plain, answer.json()["features"], strict=True):
        turned = shapely.transform(
            shape(one["geometry"]), lambda xy: np.column_stack(oracle.transform(xy[:, 0], xy[:, 1]))
        )
        # The plain answer is rounded to 0.11 m, the turned one to a centimetre.
        tolerance = 2e-6 if system.is_geographic else 0.2
        assert shape(other["geometry"]).equals_exact(turned, tolerance, normalize=True) or (
            shapely.hausdorff_distance(shape(other["geometry"]), turned) < tolerance
        )
        assert one["properties"] == other["properties"]
    alone = client.get(f"/ogc/collections/communes/items/00004?crs={quote(system.uri)}")
    assert alone.headers["content-crs"] == f"<{system.uri}>"
    assert alone.json()["geometry"] == answer.json()["features"][0]["geometry"]


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: str(system.epsg))
def test_a_box_in_every_system(client: Any, system: Any) -> None:
    everything = items(client, "").json()["features"]
    west, south, east, north = 105.66, 20.96, 105.78, 21.09
    low, high = system.from_lonlat(np.array([[west, south], [east, north]]))
    box = shapely.box(*low, *high)
    oracle = oracle_of(system)
    expected = [
        feature["id"]
        for feature in everything
        if shapely.transform(
            shapely.segmentize(shape(feature["geometry"]), 0.001),
            lambda xy: np.column_stack(oracle.transform(xy[:, 0], xy[:, 1])),
        ).intersects(box)
    ]
    text = ",".join(map(repr, [*map(float, low), *map(float, high)]))
    found = items(client, f"bbox={text}&bbox-crs={quote(system.uri)}").json()
    assert [feature["id"] for feature in found["features"]] == expected
    assert 0 < len(expected) < len(everything)


@pytest.mark.parametrize(
    "query",
    [
        "crs=EPSG:27700",
        "crs=http://nothing",
        "crs=",
        "bbox-crs=EPSG:3405",
        "bbox-crs=x&bbox=1,2,3,4",
        "filter-crs=EPSG:3405",
        "filter-crs=x&filter=true",
        "bbox=1,2,3,4&bbox-crs=EPSG:4326&bbox-crs=EPSG:4326",
        "bbox=91,0,92,1&bbox-crs=EPSG:4326",
        "bbox=5,0,1,1&bbox-crs=EPSG:3405",
        "bbox=1e300,0,2e300,1&bbox-crs=EPSG:3405",
        "bbox=-1e9,-1e9,1e9,1e9&bbox-crs=EPSG:9210",
    ],
)
def test_what_is_no_system_is_refused(client: Any, query: str) -> None:
    answer = client.get(f"/ogc/collections/communes/items?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["in"] == "query"


@pytest.mark.skipif(shutil.which("gdaltransform") is None, reason="gdal-bin is not installed")
@pytest.mark.parametrize("code", [3857, 32648, 32649])
def test_gdal_agrees(code: int) -> None:
    given = "\n".join(f"{lon} {lat}" for lon, lat in PLACES.tolist())
    done = subprocess.run(
        ["gdaltransform", "-s_srs", "OGC:CRS84", "-t_srs", f"EPSG:{code}", "-output_xy"],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = np.array([line.split() for line in done.stdout.splitlines()], dtype=float)
    assert np.abs(REFERENCE_SYSTEMS[f"{EPSG}{code}"].from_lonlat(PLACES) - expected).max() < 0.001
