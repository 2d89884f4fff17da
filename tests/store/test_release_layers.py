"""What must not be published is refused, whatever it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geozone.errors import DataError
from geozone.release import LAYERS, ReleaseStore
from geozone.schema import CASE_PLACES, CASES, COVERAGE, FACILITIES, GEOCODES, LEVELS, ZONES

Make = Callable[..., Any]

PRIVATE = (
    {column.name for column in (*CASES.columns, *CASE_PLACES.columns, *GEOCODES.columns)}
    | {"person_name", "phone", "name_of_patient", "cccd", "email"}
) - {"count", "lon", "lat"}


def refuse(tmp_path: Path, made: Any, now: datetime) -> DataError:
    releases = ReleaseStore(tmp_path / "releases")
    with pytest.raises(DataError) as caught:
        releases.publish(made, decision="1", created_at=now, actor="an")
    assert releases.list() == ()
    assert not list((tmp_path / "releases" / "objects").iterdir())
    return caught.value


@pytest.mark.parametrize("column", sorted(PRIVATE))
def test_no_layer_may_carry_a_private_column(column: str) -> None:
    assert not [name for name, layer in LAYERS.items() if layer.allows(column)]


@pytest.mark.parametrize("layer", ["communes", "containment_zones", "case_counts"])
def test_a_private_column_is_refused_without_its_values(
    tmp_path: Path, draft: Make, now: datetime, layer: str
) -> None:
    made = draft()
    made.layers[layer]["person_name"] = "Hoàng Canary"
    made.layers[layer]["note"] = "Hoàng Canary"
    error = refuse(tmp_path, made, now)
    assert [fault.column for fault in error.faults] == [f"{layer}.person_name", f"{layer}.note"]
    assert "Canary" not in str(error)


def test_the_layer_of_cases_is_refused(tmp_path: Path, draft: Make, now: datetime) -> None:
    made = draft()
    made.layers["cases"] = gpd.GeoDataFrame(
        {"case_id": ["C1"]}, geometry=[shapely.Point(105, 21)], crs="EPSG:4326"
    )
    assert "a layer 'cases'" in str(refuse(tmp_path, made, now))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda zones: zones.set_geometry(zones.geometry.centroid), "geometry of kind Point"),
        (lambda zones: zones.set_crs("EPSG:3405", allow_override=True), "another coordinate system"),
        (lambda zones: zones.set_geometry([None]), "without geometry"),
        (lambda zones: zones.set_geometry([shapely.Polygon()]), "without geometry"),
        (lambda zones: pd.concat([zones, zones]), "repeated rows"),
        (lambda zones: zones.drop(columns="zone_id"), "no such column"),
        (lambda zones: pd.DataFrame(zones.drop(columns="geometry")), "no geometry"),
    ],
)
@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_zones_that_could_give_a_point_away_or_be_misread_are_refused(
    tmp_path: Path, draft: Make, now: datetime, change: Callable[[Any], Any], words: str
) -> None:
    made = draft()
    made.layers["containment_zones"] = change(made.layers["containment_zones"])
    assert words in str(refuse(tmp_path, made, now))


def test_every_fault_is_told_at_once(tmp_path: Path, draft: Make, now: datetime) -> None:
    made = draft()
    made.layers["cases"] = pd.DataFrame()
    made.layers["communes"]["phone"] = "x"
    made.layers["case_counts"]["address"] = "x"
    assert len(refuse(tmp_path, made, now).faults) == 3


def test_the_contracts_of_public_tables_can_be_published() -> None:
    for layer, schema in (
        ("communes", LEVELS),
        ("containment_zones", ZONES),
        ("buffer_zones", ZONES),
        ("facilities", FACILITIES),
        ("coverage", COVERAGE),
    ):
        assert all(LAYERS[layer].allows(column.name) for column in schema.columns)


def test_what_a_draft_makes_can_be_published() -> None:
    """Every layer that a draft names is on the list."""
    from geozone.draft import drawing

    text = inspect.getsource(drawing)
    assert [name for name in LAYERS if f'"{name}":' in text] == list(LAYERS)
