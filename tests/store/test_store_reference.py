"""Population, doses and facilities: a file replaces what it speaks of, twice is once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from geozone.errors import DataError
from geozone.schema import DOSES, FACILITIES, POPULATION
from geozone.store import Store
from geozone.types import Source


def people(*rows: tuple[str, int, int | None, float | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["code", "age_from", "age_to", "population"])
    return POPULATION.conform(table.assign(population_flag="ok"))


def doses(*rows: tuple[str, str, int, int | None, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["code", "date", "dose", "age_to", "doses"])
    return DOSES.conform(table.assign(age_from=18, date=pd.to_datetime(table["date"])))


def source(kind: str, sha: str = "a") -> Source:
    return Source(kind, f"{kind}.csv", sha * 64, "CC BY 4.0")


def put(store: Store, kind: str, table: pd.DataFrame, now: datetime, sha: str = "a") -> Any:
    replace = getattr(store, f"replace_{kind}")
    return replace(table, source=source(kind, sha), imported_at=now, actor="an")


def test_population_is_replaced_commune_by_commune(store: Store, now: datetime) -> None:
    first = people(("00001", 0, None, 900.0), ("00001", 18, 65, 500.0), ("00002", 0, None, None))
    assert put(store, "population", first, now) is True
    pd.testing.assert_frame_equal(store.population(), first)
    assert put(store, "population", first, now) is False
    assert put(store, "population", people(("00001", 0, None, 950.0)), now, "b") is True
    found = store.population()
    assert list(zip(found["code"], found["age_from"], strict=True)) == [("00001", 0), ("00002", 0)]
    assert found["population"].tolist()[0] == 950.0
    assert pd.isna(found["population"].tolist()[1])


def test_doses_are_replaced_by_key_and_others_stay(store: Store, now: datetime) -> None:
    first = doses(("00001", "2021-07-01", 1, None, 10), ("00001", "2021-07-01", 1, 65, 4))
    assert put(store, "doses", first, now)
    second = doses(("00001", "2021-07-01", 1, None, 12), ("00001", "2021-07-02", 1, None, 5))
    assert put(store, "doses", second, now, "b")
    assert not put(store, "doses", second, now, "b")
    assert store.doses()["doses"].tolist() == [12, 4, 5]
    detail = store.audit().query("action == 'import-doses'").iloc[0]["detail"]
    assert (detail["new"], detail["updated"], detail["unchanged"]) == (1, 1, 0)
    assert store.audit().iloc[0]["action"] == "seen-again"


def test_facilities_are_replaced_by_identifier(store: Store, now: datetime) -> None:
    table = FACILITIES.conform(
        pd.DataFrame(
            {
                "facility_id": ["s1", "s2"],
                "name": ["Trường Đông", "Trường Tây"],
                "kind": "school",
                "lon": 105.8,
                "lat": 21.0,
            }
        )
    )
    assert put(store, "facilities", table, now)
    assert put(store, "facilities", table.head(1).assign(name="Trường Nam"), now, "b")
    assert store.facilities()["name"].tolist() == ["Trường Nam", "Trường Tây"]


def test_a_source_is_in_use_while_it_has_rows(store: Store, now: datetime) -> None:
    put(store, "population", people(("00001", 0, None, 900.0)), now)
    put(store, "population", people(("00001", 0, None, 950.0)), now, "b")
    put(store, "doses", doses(("00001", "2021-07-01", 1, None, 10)), now)
    assert [(s.kind, s.sha256[0]) for s in store.sources()] == [("population", "b"), ("doses", "a")]
    assert store.source_table()["kind"].tolist() == ["population", "population", "doses"]


def test_rows_that_break_the_contract_change_nothing(store: Store, now: datetime) -> None:
    twice = people(("00001", 0, None, 1.0), ("00001", 0, None, 2.0))
    with pytest.raises(DataError, match="each only once"):
        put(store, "population", twice, now)
    assert store.population().empty
    assert store.sources() == ()


def test_settings_keep_any_json_and_are_audited(store: Store, now: datetime) -> None:
    assert store.setting("focus", "none") == "none"
    store.set_setting("focus", {"province": "24", "tên": "Bắc Ninh"}, set_at=now, actor="an")
    store.set_setting("focus", {"province": "24", "tên": "Bắc Ninh"}, set_at=now, actor="an")
    assert store.setting("focus") == {"province": "24", "tên": "Bắc Ninh"}
    assert store.audit()["action"].tolist() == ["set"]
