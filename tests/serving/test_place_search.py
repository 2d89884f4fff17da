"""Streets and hamlets beside communes: with or without accents, half typed, in the keys of Telex."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geozone.api import ServiceOptions, create_app
from geozone.api.models import SearchAnswer
from geozone.api.place_names import PlaceNames
from geozone.api.search import fold
from geozone.errors import StoreError
from geozone.places import Gazetteer, import_gazetteer
from geozone.places.model import PLACES
from geozone.workspace import open_places

BA_DINH, HOAN_KIEM = (105.625, 20.925), (105.625, 20.975)
STREETS = [
    ("street", "Đường Nguyễn Trãi", *BA_DINH),
    ("street", "Nguyễn Trãi", *HOAN_KIEM),
    ("street", "Phố Hàng Đào", *HOAN_KIEM),
    ("hamlet", "Thôn Đông Xuân", *BA_DINH),
    ("street", "Trãi Cũ", *BA_DINH),
    ("street", "Phố Xa", 102.0, 10.0),
]
PRIVATE = [
    ("address", "Nguyễn Trãi", *BA_DINH),
    ("building", "Nhà ông Trần Bí Mật", *BA_DINH),
    ("poi", "Quán Bí Mật", *BA_DINH),
]


def gazetteer(rows: list[tuple[str, str, float, float]], others: dict[str, str] | None = None) -> Gazetteer:
    table = [
        {
            "kind": kind, "name": name, "other_names": (others or {}).get(name), "number": None,
            "lon": lon, "lat": lat, "radius_m": 80.0, "source_id": None,
            "shape": shapely.to_wkb(shapely.LineString([(lon, lat), (lon + 0.004, lat)])) if kind == "street" else None,
        }
        for kind, name, lon, lat in rows
    ]  # fmt: skip
    return Gazetteer((), (pa.Table.from_pylist(table, schema=PLACES),))


@pytest.fixture(scope="module")
def names() -> PlaceNames:
    return PlaceNames(gazetteer(STREETS + PRIVATE))


@pytest.fixture
def serve(store: Any, release: Any, make_client: Any) -> Any:
    store.publish(release)

    def start(given: Any) -> Any:
        options = ServiceOptions(prepare=False, gazetteer=given)
        return make_client(create_app(store, web_root=None, options=options, former_names=list))

    return start


@pytest.fixture
def search(serve: Any) -> Any:
    opened = gazetteer(STREETS + PRIVATE, others={"Phố Hàng Đào": "Phố Paul Bert"})
    client = serve(lambda: opened)

    def ask(text: str, limit: int = 10) -> list[dict[str, Any]]:
        answer = client.get(f"/api/v1/search?q={text}&limit={limit}")
        assert answer.status_code == 200, answer.text
        SearchAnswer.model_validate(answer.json())
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    return ask


def told(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["name"], one["code"]) for one in found if one["kind"] != "commune"]


@pytest.mark.parametrize(
    "typed",
    [
        "Nguyễn Trãi",
        "nguyen trai",
        "NGUYEN TRAI",
        "nguyen tra",
        "nguyeenx traix",
        "nguyeenx tr",
        "duong nguyen trai",
    ],
)
def test_a_street_is_found_however_it_is_typed(search: Any, typed: str) -> None:
    assert {code for _, code in told(search(typed))} == {"00004", "00007"}


def test_a_word_more_says_which_of_them(search: Any) -> None:
    assert told(search("nguyen trai hoan kiem")) == [("Nguyễn Trãi", "00007")]
    assert told(search("nguyen trai ba dinh ha noi")) == [("Đường Nguyễn Trãi", "00004")]
    assert told(search("nguyen trai hai phong")) == []


def test_a_whole_name_comes_before_one_that_holds_it(search: Any) -> None:
    assert next(name for name, _ in told(search("trai"))) == "Trãi Cũ"


def test_a_hamlet_an_other_name_and_what_lies_in_no_commune(search: Any) -> None:
    assert told(search("dong xuan")) == [("Thôn Đông Xuân", "00004")]
    assert told(search("ddoong xuaan")) == [("Thôn Đông Xuân", "00004")]
    assert told(search("paul bert")) == [("Phố Hàng Đào", "00007")]
    assert told(search("pho xa")) == []


def test_communes_keep_at_least_half_of_the_list(search: Any) -> None:
    found = search("ba", limit=2)
    assert found[0]["kind"] == "commune"
    assert next(one["kind"] for one in search("hoan kiem")) == "commune"


@pytest.mark.parametrize("typed", ["bi mat", "tran bi mat", "quan bi mat", "nha ong tran"])
def test_homes_and_single_places_are_not_found(search: Any, typed: str) -> None:
    assert "Bí Mật" not in str(search(typed))


def test_a_place_says_where_it_is(search: Any) -> None:
    [found] = [one for one in search("hang dao") if one["kind"] == "street"]
    assert found["commune_name"] == "Phường Hoàn Kiếm"
    west, south, east, north = found["bbox"]
    assert west < HOAN_KIEM[0] < HOAN_KIEM[0] + 0.004 <= east
    assert south < HOAN_KIEM[1] < north


def test_another_gazetteer_is_noticed_and_a_damaged_one_leaves_the_communes(serve: Any) -> None:
    held: list[Any] = [None]

    def in_force() -> Any:
        if isinstance(held[0], StoreError):
            raise held[0]
        return held[0]

    client = serve(in_force)
    address = "/api/v1/search?q=hang%20dao"
    first = client.get(address)
    assert told(first.json()["results"]) == []
    held[0] = gazetteer(STREETS)
    second = client.get(address, {"If-None-Match": first.headers["etag"]})
    assert told(second.json()["results"]) == [("Phố Hàng Đào", "00007")]
    pinned = client.get(f"{address}&release=current")
    assert "immutable" not in pinned.headers["cache-control"]
    held[0] = StoreError("the places cannot be read")
    assert client.get("/api/v1/search?q=ba%20dinh").json()["results"][0]["code"] == "00004"


def test_the_gazetteer_of_a_workspace_is_opened_once_for_each_import(tmp_path: Path) -> None:
    from geozone.workspace.reference import ReferenceFiles

    opened = open_places(tmp_path)
    assert opened() is None
    files = ReferenceFiles(tmp_path)
    table = tmp_path / "streets.csv"
    table.write_text("kind,name,lon,lat\nstreet,Phố Huế,105.85,21.01\n", encoding="utf-8")
    files.set_gazetteer(import_gazetteer([table], files.places_folder).gazetteer)
    first = opened()
    assert first is not None
    assert opened() is first
    assert PlaceNames(first).names == ["Phố Huế"]


@given(st.sampled_from([name for kind, name, *_ in STREETS if kind == "street"]), st.data())
def test_every_beginning_of_a_name_finds_it(names: PlaceNames, name: str, data: st.DataObject) -> None:
    whole = fold(name)
    typed = whole[: data.draw(st.integers(2, len(whole)))].strip()
    if len(typed) >= 2:
        assert name in {names.names[match.name] for match in names.matches(typed)}


@given(st.text(max_size=30))
def test_matches_agree_with_reading_every_name(names: PlaceNames, text: str) -> None:
    wanted = fold(text)
    found = {names.names[match.name] for match in names.matches(wanted)}
    read = {name for name in names.names if len(wanted) > 1 and f" {wanted}" in f" {fold(name)}"}
    assert found == read
